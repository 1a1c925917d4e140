/* sqlite_table.c -- see sqlite_table.h */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/datetime.h"
#include "base/decimal.h"
#include "sqlite/sqlite_table.h"

enum { TYPES = SQLITE_NULL + 1, FIRST_ROWS = 64 };

typedef union Cell {
    int64_t i;                  /* also where a text is among all texts */
    double d;
} Cell;

typedef struct Column {
    char *name, *declared;
    unsigned char *types;       /* SQLITE_INTEGER ... SQLITE_NULL */
    Cell *cells;
    int64_t count[TYPES];
    int large;                  /* has an integer that no double holds */
    SqliteColumnKind kind;
} Column;

struct SqliteTable {
    Column *columns;
    int n_columns;
    int64_t rows, room;
    Buf texts;                  /* each its length, a size_t, and its bytes */
    char shown[DECIMAL_SIZE];
    SqliteSeen seen;
};

void
sqlite_table_free(SqliteTable *t)
{
    if (!t)
        return;
    for (int i = 0; t->columns && i < t->n_columns; i++) {
        free(t->columns[i].name);
        free(t->columns[i].declared);
        free(t->columns[i].types);
        free(t->columns[i].cells);
    }
    free(t->columns);
    buf_release(&t->texts);
    free(t);
}

/* ---- statements ---- */

/* Behind spaces and comments. */
static const char *
skip_blank(const char *p)
{
    for (;;) {
        const char *from = p;

        p += strspn(p, " \t\r\n\f;");
        if (p[0] == '-' && p[1] == '-')
            p += strcspn(p, "\n");
        else if (p[0] == '/' && p[1] == '*' && strstr(p + 2, "*/"))
            p = strstr(p + 2, "*/") + 2;
        if (p == from)
            return p;
    }
}

static int
is_query(const char *text)
{
    static const char *const words[] = {"select", "with", "values"};
    const char *p = skip_blank(text);
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == n && strncasecmp(p, words[i], n) == 0)
            return 1;
    return 0;
}

/* 1 when the file has a table or a view of that name, 0, or an error. */
static int
has_table(SqliteFile *f, const SqliteQuery *q, Err *err)
{
    static const char sql[] =
        "select 1 from sqlite_master where type in ('table', 'view') and name = ?1 collate nocase";
    sqlite3 *db = sqlite_handle(f);
    sqlite3_stmt *st = NULL;
    int rc;

    if (sqlite3_stricmp(q->text, "sqlite_master") == 0
        || sqlite3_stricmp(q->text, "sqlite_schema") == 0)
        return 1;
    rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (!rc)
        rc = sqlite3_bind_text(st, 1, q->text, -1, SQLITE_STATIC);
    if (!rc)
        rc = sqlite3_step(st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        rc = sqlite_fail(db, rc, q->name, err);
    else
        rc = rc == SQLITE_ROW;
    sqlite3_finalize(st);
    return rc;
}

static int
prepare_query(SqliteFile *f, const SqliteQuery *q, sqlite3_stmt **st, Err *err)
{
    const char *rest;
    int rc = sqlite3_prepare_v2(sqlite_handle(f), q->text, -1, st, &rest);

    if (rc)
        return sqlite_fail(sqlite_handle(f), rc, q->name, err);
    if (*skip_blank(rest))
        return err_set(err, ERR_SYNTAX, "%s: the query has a second statement: %.40s", q->name,
                       skip_blank(rest));
    if (!sqlite3_stmt_readonly(*st) || !sqlite3_column_count(*st))
        return err_set(err, ERR_INVAL, "%s: the statement writes, and a query only reads", q->name);
    return OK;
}

static int
prepare(SqliteFile *f, const SqliteQuery *q, sqlite3_stmt **st, Err *err)
{
    int rc = has_table(f, q, err);
    char *sql;

    if (rc < 0)
        return rc;
    if (!rc && is_query(q->text))
        return prepare_query(f, q, st, err);
    if (!rc)
        return err_set(err, ERR_NOTFOUND, "%s: no such table: %.80s", q->name, q->text);
    sql = sqlite3_mprintf("select * from \"%w\"", q->text);
    if (!sql)
        return err_nomem(err);
    rc = sqlite3_prepare_v2(sqlite_handle(f), sql, -1, st, NULL);
    sqlite3_free(sql);
    return rc ? sqlite_fail(sqlite_handle(f), rc, q->name, err) : OK;
}

/* ---- parameters ---- */

static int
bind_one(sqlite3_stmt *st, int at, const SqliteValue *v)
{
    switch (v->type) {
    case SQLITE_T_NULL:
        return sqlite3_bind_null(st, at);
    case SQLITE_T_INT:
        return sqlite3_bind_int64(st, at, v->i);
    case SQLITE_T_REAL:
        return sqlite3_bind_double(st, at, v->d);
    case SQLITE_T_TEXT:
        return sqlite3_bind_text64(st, at, v->text, v->len, SQLITE_STATIC, SQLITE_UTF8);
    case SQLITE_T_BLOB:
        return sqlite3_bind_blob64(st, at, v->text, v->len, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

/* The value of the parameter at a place, whose name is NULL for "?"; or NULL. */
static const SqliteValue *
value_of(const SqliteQuery *q, const char *name, int at)
{
    if (!name || name[0] == '?') {
        for (size_t i = 0, place = 0; i < q->n_values; i++)
            if (!q->values[i].name && ++place == (size_t)at)
                return &q->values[i];
        return NULL;
    }
    for (size_t i = 0; i < q->n_values; i++)
        if (q->values[i].name && strcmp(q->values[i].name, name + 1) == 0)
            return &q->values[i];
    return NULL;
}

/* Every value is one that the statement has. */
static int
check_values(sqlite3_stmt *st, const SqliteQuery *q, Err *err)
{
    int n = sqlite3_bind_parameter_count(st);
    size_t place = 0;

    for (size_t i = 0; i < q->n_values; i++) {
        int found = 0;

        place += !q->values[i].name;
        for (int at = 1; at <= n && !found; at++)
            found = value_of(q, sqlite3_bind_parameter_name(st, at), at) == &q->values[i];
        if (found)
            continue;
        if (q->values[i].name)
            return err_set(err, ERR_INVAL, "%s: the query has no parameter :%s", q->name,
                           q->values[i].name);
        return err_set(err, ERR_INVAL, "%s: parameter %zu is given, and the query has %d: write ? "
                       "where each value belongs", q->name, place, n);
    }
    return OK;
}

static int
bind(SqliteFile *f, sqlite3_stmt *st, const SqliteQuery *q, Err *err)
{
    int n = sqlite3_bind_parameter_count(st), rc = check_values(st, q, err);

    for (int at = 1; rc == OK && at <= n; at++) {
        const char *name = sqlite3_bind_parameter_name(st, at);
        const SqliteValue *v = value_of(q, name, at);

        if (!v && name && name[0] != '?')
            rc = err_set(err, ERR_INVAL, "%s: the query's parameter %s has no value", q->name,
                         name);
        else if (!v)
            rc = err_set(err, ERR_INVAL, "%s: the query has %d parameter%s, found %zu value%s",
                         q->name, n, n == 1 ? "" : "s", q->n_values, q->n_values == 1 ? "" : "s");
        else if (bind_one(st, at, v))
            rc = sqlite_fail(sqlite_handle(f), sqlite3_errcode(sqlite_handle(f)), q->name, err);
    }
    return rc;
}

/* ---- rows ---- */

static char *
copy_text(const char *s)
{
    return strdup(s ? s : "");
}

static int
make_columns(SqliteTable *t, sqlite3_stmt *st, Err *err)
{
    t->n_columns = sqlite3_column_count(st);
    t->columns = calloc((size_t)t->n_columns, sizeof *t->columns);
    if (!t->columns)
        return err_nomem(err);
    for (int i = 0; i < t->n_columns; i++) {
        t->columns[i].name = copy_text(sqlite3_column_name(st, i));
        t->columns[i].declared = copy_text(sqlite3_column_decltype(st, i));
        if (!t->columns[i].name || !t->columns[i].declared)
            return err_nomem(err);
    }
    return OK;
}

static int
grow(SqliteTable *t, Err *err)
{
    int64_t room = t->room ? 2 * t->room : FIRST_ROWS;

    for (int i = 0; i < t->n_columns; i++) {
        Column *c = &t->columns[i];
        unsigned char *types = realloc(c->types, (size_t)room);
        Cell *cells;

        if (!types)
            return err_nomem(err);
        c->types = types;
        cells = realloc(c->cells, (size_t)room * sizeof *cells);
        if (!cells)
            return err_nomem(err);
        c->cells = cells;
    }
    t->room = room;
    return OK;
}

static int
take_text(SqliteTable *t, sqlite3_stmt *st, int i, Cell *cell)
{
    /* text in UTF-16 becomes UTF-8 */
    const void *p = sqlite3_column_type(st, i) == SQLITE_TEXT
                        ? (const void *)sqlite3_column_text(st, i) : sqlite3_column_blob(st, i);
    size_t len = (size_t)sqlite3_column_bytes(st, i);

    cell->i = (int64_t)t->texts.len;
    return buf_put(&t->texts, &len, sizeof len) || (len && (!p || buf_put(&t->texts, p, len)));
}

static int
take_row(SqliteTable *t, sqlite3_stmt *st, Err *err)
{
    if (t->rows == t->room && grow(t, err))
        return err->code;
    for (int i = 0; i < t->n_columns; i++) {
        Column *c = &t->columns[i];
        Cell *cell = &c->cells[t->rows];
        int type = sqlite3_column_type(st, i);

        c->types[t->rows] = (unsigned char)type;
        c->count[type]++;
        if (type == SQLITE_INTEGER) {
            cell->i = sqlite3_column_int64(st, i);
            c->large |= cell->i > INT64_C(1) << 53 || cell->i < -(INT64_C(1) << 53);
        } else if (type == SQLITE_FLOAT) {
            cell->d = sqlite3_column_double(st, i);
        } else if (type != SQLITE_NULL && take_text(t, st, i, cell)) {
            return err_nomem(err);
        }
    }
    t->rows++;
    return OK;
}

/* ---- types ---- */

static int
declares(const Column *c, const char *word)
{
    return strcasestr(c->declared, word) != NULL;
}

static const char *
text_at(const SqliteTable *t, const Column *c, int64_t row, size_t *len)
{
    const unsigned char *at = t->texts.data + c->cells[row].i;

    memcpy(len, at, sizeof *len);
    return (const char *)at + sizeof *len;
}

static int
has_dates_only(const SqliteTable *t, const Column *c)
{
    int64_t ms;

    for (int64_t row = 0; row < t->rows; row++) {
        size_t len;
        const char *text;

        if (c->types[row] == SQLITE_NULL)
            continue;
        if (c->types[row] != SQLITE_TEXT)
            return 0;
        text = text_at(t, c, row, &len);
        if (datetime_parse(text, len, &ms))
            return 0;
    }
    return 1;
}

static int
has_bits_only(const SqliteTable *t, const Column *c)
{
    for (int64_t row = 0; row < t->rows; row++)
        if (c->types[row] != SQLITE_INTEGER || c->cells[row].i >> 1)
            return 0;
    return 1;
}

static SqliteColumnKind
kind_of(const SqliteTable *t, const Column *c)
{
    int64_t texts = c->count[SQLITE_TEXT] + c->count[SQLITE_BLOB];
    int none = !texts && !c->count[SQLITE_INTEGER] && !c->count[SQLITE_FLOAT];

    if ((declares(c, "date") || declares(c, "timestamp")) && (texts || none)
        && has_dates_only(t, c))
        return SQLITE_C_DATE;
    if (none && (declares(c, "char") || declares(c, "clob") || declares(c, "text")
                 || declares(c, "blob")))
        return SQLITE_C_STRING;
    if (none && !t->rows && declares(c, "bool"))
        return SQLITE_C_BOOLEAN;
    if (none)
        return !t->rows && declares(c, "int") ? SQLITE_C_INTEGER : SQLITE_C_NUMBER;
    if (texts)
        return SQLITE_C_STRING;
    if (!c->count[SQLITE_FLOAT] && !c->count[SQLITE_NULL])
        return declares(c, "bool") && has_bits_only(t, c) ? SQLITE_C_BOOLEAN : SQLITE_C_INTEGER;
    return c->large ? SQLITE_C_STRING : SQLITE_C_NUMBER;
}

/* ---- reading ---- */

static int
gather(SqliteTable *t, SqliteFile *f, sqlite3_stmt *st, const char *name, Err *err)
{
    int rc = make_columns(t, st, err), step;

    while (rc == OK && (step = sqlite3_step(st)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? take_row(t, st, err)
                                : sqlite_fail(sqlite_handle(f), step, name, err);
    for (int i = 0; rc == OK && i < t->n_columns; i++)
        t->columns[i].kind = kind_of(t, &t->columns[i]);
    return rc;
}

/* One reading; *changed: a writer came in between, and what was read may be of two times. */
static int
read_once(SqliteTable **out, const SqliteQuery *q, int flags, int *changed, Err *err)
{
    SqliteTable *t = calloc(1, sizeof *t);
    sqlite3_stmt *st = NULL;
    SqliteFile *f = NULL;
    int rc = t ? sqlite_open(&f, q->path, q->name, flags, err) : err_nomem(err);

    *changed = 0;
    if (rc == OK)
        rc = prepare(f, q, &st, err);
    if (rc == OK)
        rc = bind(f, st, q, err);
    if (rc == OK)
        rc = gather(t, f, st, q->name, err);
    sqlite3_finalize(st);
    if (f) {
        t->seen = sqlite_seen(f);
        *changed = sqlite_has_changed(f);
    }
    sqlite_close(f);
    if (rc == OK)
        *out = t;
    else
        sqlite_table_free(t);
    return rc;
}

int
sqlite_table_read(SqliteTable **out, const SqliteQuery *q, Err *err)
{
    int changed, rc = read_once(out, q, SQLITE_LOCKLESS, &changed, err);

    if (!changed)
        return rc;
    if (rc == OK)
        sqlite_table_free(*out);
    return read_once(out, q, 0, &changed, err);
}

int
sqlite_table_names(SqliteTable **out, const char *path, const char *name, int columns, Err *err)
{
    SqliteQuery q = {path, name, NULL, NULL, 0};

    q.text = columns ? "select distinct p.name from sqlite_master m, pragma_table_info(m.name) p"
                       " where m.type in ('table', 'view') order by 1"
                     : "select name from sqlite_master where type in ('table', 'view')"
                       " and name not like 'sqlite\\_%' escape '\\' order by 1";
    return sqlite_table_read(out, &q, err);
}

/* ---- results ---- */

int64_t
sqlite_table_rows(const SqliteTable *t)
{
    return t->rows;
}

int
sqlite_table_columns(const SqliteTable *t)
{
    return t->n_columns;
}

SqliteSeen
sqlite_table_seen(const SqliteTable *t)
{
    return t->seen;
}

const char *
sqlite_table_name(const SqliteTable *t, int column)
{
    return t->columns[column].name;
}

SqliteColumnKind
sqlite_table_kind(const SqliteTable *t, int column)
{
    return t->columns[column].kind;
}

static void
put_cell(const SqliteTable *t, const Column *c, int64_t row, unsigned char *at)
{
    int64_t *i = (int64_t *)(void *)at + row;
    double *d = (double *)(void *)at + row;
    const char *text;
    size_t len;

    switch (c->kind) {
    case SQLITE_C_INTEGER:
        *i = c->cells[row].i;
        break;
    case SQLITE_C_BOOLEAN:
        at[row] = (unsigned char)c->cells[row].i;
        break;
    case SQLITE_C_NUMBER:
        *d = c->types[row] == SQLITE_FLOAT     ? c->cells[row].d
             : c->types[row] == SQLITE_INTEGER ? (double)c->cells[row].i
                                               : NAN;
        break;
    default:
        *i = DATETIME_MISSING;
        if (c->types[row] != SQLITE_NULL && (text = text_at(t, c, row, &len)))
            datetime_parse(text, len, i);
    }
}

int
sqlite_table_array(SqliteTable *t, int column, Array **out, Err *err)
{
    const Column *c = &t->columns[column];
    ArrayType type = c->kind == SQLITE_C_NUMBER    ? ARRAY_F64
                     : c->kind == SQLITE_C_BOOLEAN ? ARRAY_BOOL
                                                   : ARRAY_I64;
    int rc = array_make(out, type, 1, &t->rows, err);

    for (int64_t row = 0; rc == OK && row < t->rows; row++)
        put_cell(t, c, row, (*out)->data);
    return rc;
}

const char *
sqlite_table_text(SqliteTable *t, int column, int64_t row, size_t *len)
{
    const Column *c = &t->columns[column];
    double d = c->cells[row].d;

    switch (c->types[row]) {
    case SQLITE_NULL:
        *len = 0;
        return "";
    case SQLITE_INTEGER:
        *len = decimal_put_int(c->cells[row].i, t->shown);
        return t->shown;
    case SQLITE_FLOAT:
        *len = isfinite(d) ? decimal_put_double(d, t->shown)
                           : (size_t)snprintf(t->shown, sizeof t->shown, d > 0 ? "inf" : "-inf");
        return t->shown;
    default:
        return text_at(t, c, row, len);
    }
}
