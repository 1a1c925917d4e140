/* cache_record.h -- rows of the cache: a key and the result that a step run gave.
 * A row that does not match its sum is damaged; no lookup finds it. */
#ifndef CACHE_RECORD_H
#define CACHE_RECORD_H

#include "base/err.h"
#include "meta/db.h"

/* What cache_record_read expects the columns to be. */
#define CACHE_RECORD_COLUMNS "key, step_run, outs, objects, observed, sum"

typedef struct CacheRecord {
    const unsigned char *key;
    int64_t step_run;
    Slice outs;                 /* digests of the outputs, end to end */
    int64_t objects;            /* members of them that are objects */
    int64_t observed;           /* 1: step_run.reads must be checked first */
} CacheRecord;

/* An insert of one row, or of several. */
#define CACHE_RECORD_INSERT "insert or fail into record(" CACHE_RECORD_COLUMNS ") values "
#define CACHE_RECORD_ROW "(?, ?, ?, ?, ?, ?)"
enum { CACHE_RECORD_VALUES = 6 };

/* The values of its row, borrowed from it. */
void cache_record_values(const CacheRecord *r, DbValue *v);
/* Reads the row at hand, borrowed from it; 0 when it is damaged, else 1. */
int cache_record_read(DbStmt *st, CacheRecord *r);

#endif
