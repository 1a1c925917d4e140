/* db_functions_test.c -- the functions in the SQL, see host/meta/db_functions.c */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "meta/db.h"
#include "meta/packed_bytes.h"
#include "meta/run_outcomes.h"
#include "os/sys.h"

static const char SCHEMA[] = "-- version 1\ncreate table t(id integer primary key);\n";
/* nodes "a" and "bb" of step "s" (wiring_bytes.h) */
static const char SPEC[] = "\1\2" "\1a\1s\0\0" "\2bb\1s\0\0";

static char dir[64];
static Db *db;

static Slice
slice(const Buf *b)
{
    return (Slice){(const char *)b->data, b->len};
}

static Slice
text(const char *s)
{
    return (Slice){s, s ? strlen(s) : 0};
}

/* Is the answer of the only row of the SQL, with those three values, this text? */
static int
gives(const char *sql, Slice a, Slice b, Slice c, const char *expected)
{
    Err err = {0};
    DbStmt *st;
    int same = 0;

    if (db_query(db, &st, &err, sql, "bbs", a, b, c) == OK && db_step(db, st, &err) == 1) {
        Slice found = db_bytes(st, 0);

        same = found.len == strlen(expected) && memcmp(found.data, expected, found.len) == 0;
        if (!same)
            fprintf(stderr, "found %.*s\n", (int)found.len, found.data);
        db_reset(st);
    } else {
        fprintf(stderr, "%s\n", err.msg);
    }
    return same;
}

static int
steps(Slice trace, Slice spec, const char *expansion, const char *expected)
{
    return gives("select trace_steps(?, ?, ?)", trace, spec, text(expansion), expected);
}

/* what no map names has the rank of its place, from 1, times 2^24 */
#define PLAIN "[[7,\"a\",16777216],[9,\"\",50331648],[3,\"\",67108864],[5,\"\",83886080]]"

static void
trace_steps_names_nodes_and_items(void)
{
    TraceItem items[] = {{7, TRACE_RAN, 0}, {0, 4, 0}, {9, TRACE_RAN, 0}, {3, TRACE_CACHED, 0},
                         {5, TRACE_RAN, 0}};
    Slice none = {NULL, 0};
    Buf trace, spec;

    buf_init(&trace);
    buf_init(&spec);
    CHECK(run_outcomes_pack(&trace, items, 5, NULL) == OK);
    CHECK(packed_bytes_pack(&spec, SPEC, sizeof SPEC - 1, NULL) == OK);
    CHECK(steps(slice(&trace), slice(&spec), NULL,
                PLAIN));
    CHECK(steps(slice(&trace), slice(&spec), "{\"maps\":[[2,2],[1,0]]}",
                "[[7,\"a\",16777216],[9,\"bb\",33554433],[3,\"bb\",33554434],"
                "[5,\"\",83886080]]"));
    CHECK(steps(slice(&trace), slice(&spec), "{\"maps\":[[1,1],[2,9]],\"whens\":[[1,\"x\",\"y\"]]}",
                "[[7,\"a\",16777216],[9,\"a\",16777217],[3,\"bb\",33554433],"
                "[5,\"bb\",33554434]]"));
    /* maps that are none, cut short or of nodes that are none */
    CHECK(steps(slice(&trace), slice(&spec), "{\"maps\":[[77,3]]}",
                PLAIN));
    CHECK(steps(slice(&trace), slice(&spec), "{\"maps\":[[2,",
                PLAIN));
    CHECK(steps(slice(&trace), none, NULL, "[[7,\"\",16777216],[9,\"\",50331648],[3,\"\",67108864],"
                "[5,\"\",83886080]]"));
    CHECK(steps(none, slice(&spec), NULL, "[]"));
    buf_release(&trace);
    buf_release(&spec);
}

static void
damaged_traces_and_specs_name_nothing(void)
{
    TraceItem item = {7, TRACE_RAN, 0};
    Buf trace, spec;

    buf_init(&trace);
    buf_init(&spec);
    CHECK(run_outcomes_pack(&trace, &item, 1, NULL) == OK);
    CHECK(packed_bytes_pack(&spec, SPEC, sizeof SPEC - 1, NULL) == OK);
    for (size_t n = 0; n < trace.len; n++)
        CHECK(steps((Slice){(char *)trace.data, n}, slice(&spec), NULL, "[]"));
    for (size_t n = 0; n < spec.len; n++)
        CHECK(steps(slice(&trace), (Slice){(char *)spec.data, n}, NULL, "[[7,\"\",16777216]]"));
    CHECK(steps(slice(&trace), slice(&spec), NULL, "[[7,\"a\",16777216]]"));
    buf_release(&trace);
    buf_release(&spec);
}

static void
json_number_gives_numbers_that_JSON_has_not(void)
{
    static const char sql[] = "with n(x) as (select json_number(json_extract(?3, '$.x')))"
                              " select case x when 9e999 then 'inf' when -9e999 then '-inf'"
                              " else quote(x) end || coalesce(?1, '') || coalesce(?2, '') from n";
    Slice none = {NULL, 0};

    CHECK(gives(sql, none, none, text("{\"x\":{\"$number\":\"inf\"}}"), "inf"));
    CHECK(gives(sql, none, none, text("{\"x\":{\"$number\":\"-inf\"}}"), "-inf"));
    CHECK(gives(sql, none, none, text("{\"x\":{\"$number\":\"nan\"}}"), "X'6E616E'"));
    CHECK(gives(sql, none, none, text("{\"x\":0.5}"), "0.5"));
    CHECK(gives(sql, none, none, text("{\"x\":\"inf\"}"), "'inf'"));
    CHECK(gives(sql, none, none, text("{\"x\":{\"y\":1}}"), "'{\"y\":1}'"));
    CHECK(gives(sql, none, none, text("{}"), "NULL"));
}

int
main(void)
{
    Err err = {0};

    snprintf(dir, sizeof dir, "/tmp/rille-db-functions-%ld", (long)getpid());
    if (db_open(&db, dir, SCHEMA, DB_CREATE, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    RUN(trace_steps_names_nodes_and_items);
    RUN(damaged_traces_and_specs_name_nothing);
    RUN(json_number_gives_numbers_that_JSON_has_not);
    db_close(db);
    sys_remove(dir, NULL);
    return check_done();
}
