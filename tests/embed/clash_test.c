/* clash_test.c -- a host with functions and data of names that rille uses inside, and
 * with its own Lua and SQLite: neither form of the library brings a name but those of rille.h. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lualib.h>
#include <sqlite3.h>

#include "check.h"
#include "rille.h"

static int calls;

/* Each with external linkage, none called but by this file. */
#define CLASH(name) int name(void); int name(void) { return ++calls; }
#define CLASHES(X) \
    X(array_new) \
    X(array_fill) X(array_free) X(artifact_put) X(bind_check) X(bind_fail) X(buf_init) X(buf_put) \
        X(buf_release) X(cache_find) X(sandbox_enter) X(sandbox_install) X(csv_open) \
            X(datetime_parse) X(db_open) X(db_run) X(decimal_parse) X(dump_read) X(err_set) \
                X(err_nomem) X(fact_put) X(key_lock_open) X(graph_new) X(group_new) X(hash_init) \
                    X(hash_of) X(json_parse) X(json_read) X(open_keys_close) X(layout_new) \
                        X(lz4_pack) X(meta_open) X(npy_read) X(recorder_of) X(recorder_log) \
                            X(order_pairs) X(pack_read) X(slab_new) X(slab_free) \
                                X(file_state_of_path) X(worker_fork) X(query_run) \
                                    X(cache_record_read) X(rows_int) X(state_new) X(embedded_call) \
                                        X(spawn_start) X(store_open) X(store_check) \
                                            X(sys_read_file) X(terminal_put) X(writer_check) \
                                                X(utf8_count) X(file_watch_open) X(yaml_parse) \
                                                    X(modules)
CLASHES(CLASH)
int embedded_count = 77;

static void
the_functions_of_the_host_are_its_own(void)
{
    int n = 0;

#define CALL(name) n++, name();
    CLASHES(CALL)
    CHECK(calls == n && n >= 50 && embedded_count == 77);
}

static void
the_library_calls_none_of_them(void)
{
    const char *script = "local rille = require 'rille' local s = rille.step 'a' { outputs = { "
                         "rille.types.number 'n' }, run = function() return 3 end }\n"
                         "rille.pipeline 'q' { define = function() s() end }";
    char store[64] = "/tmp/rille-clash-XXXXXX", command[96];
    rille_engine *e = NULL;
    rille_run *r = NULL;
    double v = 0;
    int before = calls;

    CHECK(mkdtemp(store) != NULL);
    CHECK(rille_open(&e, store, NULL) == RILLE_OK
          && rille_load_string(e, "x", script, strlen(script)) == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "q", NULL) == RILLE_OK
          && rille_get_number(rille_run_outputs(r), "a", &v) == RILLE_OK && v == 3);
    rille_run_free(r);
    rille_close(e);
    CHECK(calls == before);
    snprintf(command, sizeof command, "rm -rf %s", store);
    CHECK(system(command) == 0);
}

static void
the_host_has_lua_and_sqlite_of_its_own_beside(void)
{
    lua_State *L = luaL_newstate();
    sqlite3 *db = NULL;
    rille_engine *e;

    luaL_openlibs(L);
    CHECK(rille_open(&e, "/tmp/rille-clash-none", NULL) == RILLE_OK);
    CHECK(luaL_dostring(L, "return package.loaded.rille == nil and package.preload.rille == nil "
                           "and io.stdout ~= nil")
              == LUA_OK
          && lua_toboolean(L, -1));
    CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK
          && sqlite3_exec(db, "create table t(x)", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
    rille_close(e);
    CHECK(luaL_dostring(L, "return 1 + 1") == LUA_OK);
    lua_close(L);
}

int
main(void)
{
    RUN(the_functions_of_the_host_are_its_own);
    RUN(the_library_calls_none_of_them);
    RUN(the_host_has_lua_and_sqlite_of_its_own_beside);
    return check_done();
}
