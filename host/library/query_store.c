/* query_store.c -- see query_store.h and artifact.h (query_store).
 *
 * The handles only read: they take no lock that a writer holds, create nothing, and see what
 * others commit at their next statement.  A store that appears later is opened by the first
 * question that finds it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "embedded/embedded.h"
#include "format/yaml_doc.h"
#include "library/artifact.h"
#include "library/query_store.h"
#include "meta/meta.h"
#include "os/sys.h"
#include "store/store.h"

enum { FORMAT = 1, LARGEST_CONFIG = 1 << 16 };

static int
has_database(const rille_engine *e)
{
    char path[PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/meta.db", e->store);

    /* where it is no file, opening it says so */
    return n < (int)sizeof path && lstat(path, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size);
}

const YamlNode *
query_config_field(const YamlDoc *doc, const char *key)
{
    const YamlNode *top = yaml_doc_count(doc) ? yaml_doc_node(doc, 0) : NULL, *node;

    for (size_t i = 1; top && top->kind == YAML_DOC_MAP && i < top->end; i = node->end) {
        node = yaml_doc_node(doc, i);
        if (node->key_len == strlen(key)
            && !memcmp(yaml_doc_bytes(doc, node->key), key, node->key_len))
            return node;
    }
    return NULL;
}

/* As a run wrote it (lua/project/store_format.lua): most are, and no YAML has to be read. */
static int
is_untouched(const Buf *text)
{
    static const char config[] = "# rille's state for this project; see rille help store\n"
                                 "format: 1\n";

    return text->len == sizeof config - 1 && memcmp(text->data, config, text->len) == 0;
}

int
query_read_config(const char *store, YamlDoc *doc, Err *err)
{
    char path[PATH_MAX];
    struct stat st;
    Buf text;
    int rc;

    if (snprintf(path, sizeof path, "%s/config.yaml", store) >= (int)sizeof path)
        return err_set(err, ERR_INVAL, "%s: the path is too long", store);
    if (stat(path, &st))
        return OK;
    if (st.st_size > LARGEST_CONFIG)
        return err_set(err, ERR_CORRUPT, "%s: %lld bytes, too large for this file; move it away",
                       path, (long long)st.st_size);
    buf_init(&text);
    rc = sys_read_file(path, &text, err);
    if (rc == OK && text.len && !is_untouched(&text)
        && (rc = yaml_doc_parse(doc, path, (const char *)text.data, text.len, err))
        && rc != ERR_NOMEM)
        err->code = rc = ERR_CORRUPT;
    buf_release(&text);
    return rc == ERR_NOTFOUND ? OK : rc;
}

/* Refuses a folder of a newer format, and one that does not say which it has. */
static int
check_format(const char *store, Err *err)
{
    const YamlNode *format;
    YamlDoc doc;
    int rc;

    yaml_doc_init(&doc);
    rc = query_read_config(store, &doc, err);
    format = query_config_field(&doc, "format");
    if (rc == OK && yaml_doc_count(&doc) && yaml_doc_node(&doc, 0)->kind != YAML_DOC_NULL
        && (!format || format->kind != YAML_DOC_INT))
        rc = err_set(err, ERR_CORRUPT,
                     "%s/config.yaml: the store's format is missing (format: 1)", store);
    else if (rc == OK && format && format->i > FORMAT)
        rc = err_set(err, ERR_VERSION, "%s/config.yaml: the store has format %lld, but this rille "
                     "knows %d; use a newer rille", store, (long long)format->i, FORMAT);
    yaml_doc_release(&doc);
    return rc;
}

static int
open_store(rille_engine *e, Err *err)
{
    const EmbeddedFile *schema = embedded_find("host/meta/schema.sql");
    int rc = check_format(e->store, err);

    if (rc == OK)
        rc = meta_open(&e->meta, e->store, schema->text, DB_READONLY, err);
    if (rc == OK && (rc = store_open(&e->objects, e->store, err))) {
        meta_close(e->meta);
        e->meta = NULL;
    }
    return rc;
}

int
query_store(rille_engine *e, struct Meta **meta, struct Store **objects)
{
    Err err;

    if (!e->open)
        return engine_report(e, RILLE_EINVAL,
                             "the engine is closed, so its store can no longer be read");
    if (!e->meta && !has_database(e))
        return engine_report_as(e, RILLE_ENOTFOUND, "there is no store %s; the first run makes it",
                                e->store);
    if (!e->meta && open_store(e, &err))
        return engine_report_err(e, &err);
    if (meta)
        *meta = e->meta;
    if (objects)
        *objects = e->objects;
    return RILLE_OK;
}

/* A store that a run may bring up to date, or that a newer rille made. */
static int
check_versions(rille_engine *e)
{
    const EmbeddedFile *schema = embedded_find("host/meta/schema.sql");
    Err err;
    int rc = check_format(e->store, &err);

    /* whoever opens the database reports what else is wrong with it */
    if (rc == OK && db_judge(e->store, schema->text, &err) == ERR_VERSION)
        rc = ERR_VERSION;
    return rc ? engine_report_err(e, &err) : RILLE_OK;
}

int
query_check_store(rille_engine *e)
{
    unsigned flags = e->options.flags;

    if (has_database(e))
        return flags & RILLE_OPEN_READONLY ? query_store(e, NULL, NULL) : check_versions(e);
    if (flags & RILLE_OPEN_READONLY)
        return engine_report_as(e, RILLE_ENOTFOUND,
                                "there is no store %s; an engine that only reads needs one",
                                e->store);
    if (flags & RILLE_OPEN_NOCREATE)
        return engine_report_as(e, RILLE_ENOTFOUND,
                                "there is no store %s; without RILLE_OPEN_NOCREATE the first run "
                                "makes it", e->store);
    return RILLE_OK;
}

void
query_close_store(rille_engine *e)
{
    store_close(e->objects);
    meta_close(e->meta);
    e->objects = NULL;
    e->meta = NULL;
}
