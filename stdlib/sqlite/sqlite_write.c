/* sqlite_write.c -- see sqlite_write.h */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sqlite/sqlite_write.h"

struct SqliteWriter {
    sqlite3 *db;
    unsigned char *bytes;
};

int
sqlite_writer_new(SqliteWriter **out, Err *err)
{
    SqliteWriter *w = calloc(1, sizeof *w);
    int rc = w ? sqlite3_open_v2(":memory:", &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                 NULL) : SQLITE_NOMEM;

    if (rc) {
        sqlite_writer_free(w);
        return err_nomem(err);
    }
    *out = w;
    return OK;
}

void
sqlite_writer_free(SqliteWriter *w)
{
    if (!w)
        return;
    sqlite3_free(w->bytes);
    sqlite3_close(w->db);
    free(w);
}

static int
fail(SqliteWriter *w, const char *table, Err *err)
{
    if ((sqlite3_errcode(w->db) & 0xff) == SQLITE_NOMEM)
        return err_nomem(err);
    return err_set(err, ERR_INVAL, "table %.80s: %s", table, sqlite3_errmsg(w->db));
}

/* "create table ..." or "insert into ..."; NULL when out of memory. */
static char *
statement(const char *table, const SqliteNewColumn *columns, int n, int insert)
{
    sqlite3_str *s = sqlite3_str_new(NULL);

    sqlite3_str_appendf(s, insert ? "insert into \"%w\" values(" : "create table \"%w\" (", table);
    for (int i = 0; i < n; i++) {
        if (insert)
            sqlite3_str_appendf(s, "%s?%d", i ? ", " : "", i + 1);
        else
            sqlite3_str_appendf(s, "%s\"%w\" %s", i ? ", " : "", columns[i].name,
                                columns[i].declared);
    }
    sqlite3_str_appendall(s, ")");
    return sqlite3_str_finish(s);
}

static int
bind_value(sqlite3_stmt *st, int at, const SqliteValue *v)
{
    switch (v->type) {
    case SQLITE_T_NULL:
        return sqlite3_bind_null(st, at);
    case SQLITE_T_INT:
        return sqlite3_bind_int64(st, at, v->i);
    case SQLITE_T_REAL:
        return sqlite3_bind_double(st, at, v->d);
    case SQLITE_T_TEXT:
        return sqlite3_bind_text64(st, at, v->text, v->len, SQLITE_TRANSIENT, SQLITE_UTF8);
    case SQLITE_T_BLOB:
        return sqlite3_bind_blob64(st, at, v->text ? v->text : "", v->len, SQLITE_TRANSIENT);
    }
    return SQLITE_MISUSE;
}

static int
insert_rows(sqlite3_stmt *st, int n, int64_t rows, SqliteGive *give, void *user)
{
    int rc = SQLITE_OK;

    for (int64_t row = 0; rc == SQLITE_OK && row < rows; row++) {
        for (int i = 0; rc == SQLITE_OK && i < n; i++) {
            SqliteValue v = {0};

            give(user, i, row, &v);
            rc = bind_value(st, i + 1, &v);
        }
        if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_DONE)
            rc = sqlite3_reset(st);
        else if (rc == SQLITE_OK)
            rc = SQLITE_ERROR;
    }
    return rc;
}

/* Runs a statement that it frees. */
static int
execute(SqliteWriter *w, char *sql)
{
    int rc = sql ? sqlite3_exec(w->db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;

    sqlite3_free(sql);
    return rc;
}

int
sqlite_writer_add(SqliteWriter *w, const char *table, const SqliteNewColumn *columns, int n,
                  int64_t rows, SqliteGive *give, void *user, Err *err)
{
    sqlite3_stmt *st = NULL;
    char *sql;
    int rc = sqlite3_exec(w->db, "begin", NULL, NULL, NULL);

    if (!rc)
        rc = execute(w, statement(table, columns, n, 0));
    if (!rc) {
        sql = statement(table, columns, n, 1);
        rc = sql ? sqlite3_prepare_v2(w->db, sql, -1, &st, NULL) : SQLITE_NOMEM;
        sqlite3_free(sql);
    }
    if (!rc)
        rc = insert_rows(st, n, rows, give, user);
    if (rc)
        rc = fail(w, table, err);
    sqlite3_finalize(st);
    if (rc == OK && sqlite3_exec(w->db, "commit", NULL, NULL, NULL))
        rc = fail(w, table, err);
    return rc;
}

int
sqlite_writer_bytes(SqliteWriter *w, const void **bytes, size_t *n, Err *err)
{
    sqlite3_int64 size;

    w->bytes = sqlite3_serialize(w->db, "main", &size, 0);
    if (!w->bytes)
        return err_nomem(err);
    *bytes = w->bytes;
    *n = (size_t)size;
    return OK;
}

static int
is_one_of(const char *name, const char *const *tables, int n)
{
    for (int i = 0; i < n; i++)
        if (sqlite3_stricmp(name, tables[i]) == 0)
            return 1;
    return 0;
}

/* Another program that has the file open would go on with the old one, and a log of it would
 * be applied to the new one. */
static int
check_sidecars(const char *path, const char *name, Err *err)
{
    static const char *const suffixes[] = {"-wal", "-journal"};
    char beside[PATH_MAX + 16];
    struct stat st;

    for (size_t i = 0; i < 2; i++) {
        snprintf(beside, sizeof beside, "%s%s", path, suffixes[i]);
        if (stat(beside, &st) == 0 && st.st_size > 0)
            return err_set(err, ERR_BUSY, "%s: another program has the database open or did not "
                           "finish (%s%s is there); write to another path", name, name,
                           suffixes[i]);
    }
    return OK;
}

int
sqlite_write_check(const char *path, const char *name, const char *const *tables, int n, Err *err)
{
    SqliteTable *have;
    struct stat st;
    SqliteKind kind;
    int rc;

    if (stat(path, &st) || !S_ISREG(st.st_mode))
        return OK;
    kind = sqlite_kind(path);
    if (kind == SQLITE_IS_EMPTY)
        return OK;
    if (kind == SQLITE_IS_NONE)
        return err_set(err, ERR_EXISTS, "%s: the file is there and is not a SQLite database; "
                       "remove it, or write to another path", name);
    if ((rc = check_sidecars(path, name, err))
        || (rc = sqlite_table_names(&have, path, name, 0, err)))
        return rc;
    for (int64_t row = 0; rc == OK && row < sqlite_table_rows(have); row++) {
        size_t len;
        const char *text = sqlite_table_text(have, 0, row, &len);
        char table[128];

        snprintf(table, sizeof table, "%.*s", (int)(len < 100 ? len : 100), text);
        if (!is_one_of(table, tables, n))
            rc = err_set(err, ERR_EXISTS, "%s: the database is there and has another table, "
                         "\"%s\", which a new file would lose; write to another path", name,
                         table);
    }
    sqlite_table_free(have);
    return rc;
}
