/* recorder_test.c -- what goes into a recording, and whose a path is */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lualib.h>

#include "check.h"
#include "observe/recorder.h"
#include "os/sys.h"

static char dir[] = "/tmp/rille-recorder-XXXXXX";

/* A state with a recorder whose base is dir; the recording on top is at index 1. */
static Recorder *
begin(lua_State *L)
{
    Recorder *rec = recorder_of(L);

    rec->base = strdup(dir);
    recorder_enter(rec, recording_new(L, rec));
    return rec;
}

static Fact *
find(const Recorder *rec, FactKind kind, const char *name)
{
    return fact_find(&rec->top->facts, kind, name, strlen(name));
}

static void
a_state_has_one_recorder(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec;

    CHECK(recorder_find(L) == NULL);
    rec = recorder_of(L);
    CHECK(rec && rec == recorder_of(L) && rec == recorder_find(L));
    CHECK(rec->top == NULL && lua_gettop(L) == 0);
    lua_close(L);
}

static void
a_value_that_is_held_comes_back(void)
{
    lua_State *L = luaL_newstate();

    lua_pushliteral(L, "kept");
    recorder_hold(L, HELD_STEP);
    CHECK(lua_gettop(L) == 0);
    CHECK(recorder_held(L, HELD_STEP) == LUA_TSTRING);
    CHECK_STR(lua_tostring(L, -1), "kept");
    CHECK(recorder_held(L, HELD_INPUT) == LUA_TNIL);
    lua_close(L);
}

static void
recordings_are_left_from_the_inside_out(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec = recorder_of(L);
    Recording *outer = recording_new(L, rec), *inner = recording_new(L, rec);

    recorder_enter(rec, outer);
    recorder_enter(rec, inner);
    CHECK(rec->top == inner && inner->parent == outer);
    recorder_leave(rec, inner);
    CHECK(rec->top == outer && !inner->is_open);
    recorder_enter(rec, inner);
    recorder_leave(rec, outer);             /* the one above it goes too */
    CHECK(rec->top == NULL && !inner->is_open && !outer->is_open);
    recorder_leave(rec, outer);
    CHECK(rec->top == NULL);
    lua_close(L);
}

static void
a_recording_that_is_collected_is_left(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec = begin(L);

    CHECK(rec->top != NULL);
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    CHECK(rec->top == NULL);
    lua_close(L);
}

static void
a_file_is_noted_with_its_state(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec = begin(L);
    Fact *f;

    recorder_note_read(L, rec, "./file", -1);
    f = find(rec, FACT_FILE, "file");
    CHECK(f && f->entry == ENTRY_FILE && f->sig.size == 1 && !(f->flags & FACT_MODE));
    recorder_note_handed(L, rec, "file");
    f = find(rec, FACT_FILE, "file");
    CHECK(f && (f->flags & FACT_MODE));
    recorder_note_read(L, rec, ".", -1);
    CHECK(find(rec, FACT_FOLDER, ".") != NULL);
    recorder_note_read(L, rec, "none", -1);
    f = find(rec, FACT_ABSENT, "none");
    CHECK(f && f->code == ENOENT);
    recorder_note_read(L, rec, "/dev/null", -1);
    CHECK(find(rec, MARK_IMPURE, "/dev/null") && !find(rec, FACT_FILE, "/dev/null"));
    lua_close(L);
}

static void
a_file_that_changes_between_two_reads_is_marked(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec = begin(L);
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/changing", dir);
    CHECK(sys_write_file(path, "a", 1, NULL) == OK);
    recorder_note_read(L, rec, "changing", -1);
    CHECK(!find(rec, MARK_CHANGED, "changing"));
    CHECK(sys_write_file(path, "bc", 2, NULL) == OK);
    recorder_note_read(L, rec, "changing", -1);
    CHECK(find(rec, MARK_CHANGED, "changing") != NULL);
    lua_close(L);
}

static void
what_the_step_wrote_is_no_read_of_it(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec = begin(L);
    char full[PATH_MAX];

    recorder_note_write(L, rec, "out");
    snprintf(full, sizeof full, "%s/out", dir);
    CHECK(recorder_wrote(rec, "out") && recorder_wrote(rec, "./out") && recorder_wrote(rec, full));
    CHECK(!recorder_wrote(rec, "other"));
    recorder_note_read(L, rec, "out", -1);
    CHECK(!find(rec, FACT_ABSENT, "out") && !find(rec, FACT_FILE, "out"));
    recorder_enter(rec, recording_new(L, rec));
    CHECK(recorder_wrote(rec, "out"));          /* by the recording around this one */
    lua_close(L);
}

static void
the_tmpdir_is_left_out_but_for_links_that_lead_out(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec = begin(L);
    char tmp[PATH_MAX], path[PATH_MAX + 16], target[PATH_MAX], real[PATH_MAX];

    snprintf(tmp, sizeof tmp, "%s/tmp", dir);
    snprintf(target, sizeof target, "%s/file", dir);
    CHECK(mkdir(tmp, 0777) == 0);
    rec->tmpdir = strdup(tmp);
    snprintf(path, sizeof path, "%s/link", tmp);
    CHECK(symlink(target, path) == 0 && realpath(target, real));
    CHECK(!recorder_is_in_tmp(rec, path) && recorder_is_spelled_in_tmp(rec, path));
    CHECK(recorder_is_in_tmp(rec, "tmp/new") && !recorder_is_in_tmp(rec, "file"));
    recorder_note_read(L, rec, "tmp/new", -1);
    CHECK(rec->top->facts.n == 0);
    recorder_note_read(L, rec, path, -1);
    CHECK(find(rec, FACT_FILE, real) != NULL);
    lua_close(L);
}

static void
an_impure_act_is_marked_once_with_its_place(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec = begin(L);
    Fact *f;

    recorder_note_impure(L, rec, "the clock");
    recorder_note_impure(L, rec, "the clock");
    f = find(rec, MARK_IMPURE, "the clock");
    CHECK(rec->top->facts.n == 1 && f && strcmp(f->value, "?") == 0);   /* no Lua runs */
    lua_close(L);
}

static void
the_log_keeps_what_is_printed(void)
{
    lua_State *L = luaL_newstate();
    Recorder *rec = begin(L);
    Buf text;

    lua_settop(L, 0);
    rec->echo = LOG_KEEP;
    recorder_log(L, rec, "a ", 2);
    lua_pushinteger(L, 3);
    lua_pushnumber(L, 0.5);
    lua_pushliteral(L, " z");
    recorder_log_arguments(L, rec, 1);
    buf_init(&text);
    CHECK(capped_log_text(&rec->log, &text) == OK && buf_byte(&text, 0) == OK);
    CHECK_STR((char *)text.data, "a 30.5 z");
    buf_release(&text);
    lua_close(L);
}

static void
an_unset_variable_has_another_digest_than_an_empty_one(void)
{
    unsigned char unset[HASH_SIZE], empty[HASH_SIZE], other[HASH_SIZE];

    recorder_env_digest("A", NULL, unset);
    recorder_env_digest("A", "", empty);
    recorder_env_digest("B", "", other);
    CHECK(memcmp(unset, empty, HASH_SIZE) != 0 && memcmp(empty, other, HASH_SIZE) != 0);
}

int
main(void)
{
    char path[64];

    if (!mkdtemp(dir))
        return EXIT_FAILURE;
    snprintf(path, sizeof path, "%s/file", dir);
    if (sys_write_file(path, "x", 1, NULL))
        return EXIT_FAILURE;
    RUN(a_state_has_one_recorder);
    RUN(a_value_that_is_held_comes_back);
    RUN(recordings_are_left_from_the_inside_out);
    RUN(a_recording_that_is_collected_is_left);
    RUN(a_file_is_noted_with_its_state);
    RUN(a_file_that_changes_between_two_reads_is_marked);
    RUN(what_the_step_wrote_is_no_read_of_it);
    RUN(the_tmpdir_is_left_out_but_for_links_that_lead_out);
    RUN(an_impure_act_is_marked_once_with_its_place);
    RUN(the_log_keeps_what_is_printed);
    RUN(an_unset_variable_has_another_digest_than_an_empty_one);
    sys_remove(dir, NULL);
    return check_done();
}
