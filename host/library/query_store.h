/* query_store.h -- the database and the objects of an engine, read by C alone. */
#ifndef LIBRARY_QUERY_STORE_H
#define LIBRARY_QUERY_STORE_H

#include "format/yaml_doc.h"
#include "library/engine.h"

/* RILLE_ENOTFOUND where the options want a store that there is not; RILLE_EVERSION for one of a
 * newer rille. */
int query_check_store(rille_engine *e);
/* Opens them at the first use; the engine is busy, and keeps them until it is closed. */
int query_store(rille_engine *e, struct Meta **meta, struct Store **objects);
void query_close_store(rille_engine *e);
/* Reads config.yaml of the store into doc, which stays empty where there is none, or where the file
 * is as a run wrote it. */
int query_read_config(const char *store, YamlDoc *doc, Err *err);
/* A field of it; NULL where there is none. */
const YamlNode *query_config_field(const YamlDoc *doc, const char *key);

#endif
