/* worker_log.c -- rille.host.worker_process: the log of a worker (capped_log.h) */
#include "base/bind.h"
#include "os/capped_log.h"
#include "value/worker_box.h"

/* Bytes of a running step's log that are shown at once, and before that of its beginning. */
enum { PIECE = 256 * 1024, FIRST_PIECE = 64 * 1024 };

/* Pushes a piece of a log, of whole characters. */
static void
push_piece(lua_State *L, const Buf *piece, size_t from)
{
    size_t n = capped_log_characters(piece->data, piece->len);

    lua_pushlstring(L, (const char *)piece->data + from, n > from ? n - from : 0);
}

/* worker:log_head() -> the beginning of the log */
static int
l_log_head(lua_State *L)
{
    WorkerBox *box = worker_box_channel(L);
    uint64_t size = worker_log_size(&box->worker);

    box->scratch.len = 0;
    if (capped_log_part(box->worker.log, 0, size < FIRST_PIECE ? size : FIRST_PIECE, &box->scratch))
        return luaL_error(L, "not enough memory");
    push_piece(L, &box->scratch, 0);
    return 1;
}

/* worker:log(from) -> text of the log from there on, place in the log where it begins;
 *   of a longer one only the end, from the beginning of a line where there is one */
static int
l_log(lua_State *L)
{
    WorkerBox *box = worker_box_channel(L);
    lua_Integer from = luaL_checkinteger(L, 2);
    size_t skipped = 0;
    uint64_t at;
    Err err;

    luaL_argcheck(L, from >= 0, 2, "a place in the log");
    box->scratch.len = 0;
    if (worker_log(&box->worker, (uint64_t)from, PIECE, &box->scratch, &at, &err))
        return bind_raise(L, &err);
    if (at > (uint64_t)from)
        skipped = capped_log_tail(box->scratch.data, box->scratch.len);
    push_piece(L, &box->scratch, skipped);
    lua_pushinteger(L, (lua_Integer)(at + skipped));
    return 2;
}

/* worker:log_text() -> text of the whole log
 *   -> text, head, from, at      when its middle is left out (LogGap in capped_log.h) */
static int
l_log_text(lua_State *L)
{
    WorkerBox *box = worker_box_channel(L);
    LogGap gap;
    Err err;

    box->scratch.len = 0;
    if (worker_log_text(&box->worker, &box->scratch, &gap, &err))
        return bind_raise(L, &err);
    lua_pushlstring(L, (const char *)box->scratch.data, box->scratch.len);
    if (!gap.at)
        return 1;
    lua_pushinteger(L, (lua_Integer)gap.head);
    lua_pushinteger(L, (lua_Integer)gap.from);
    lua_pushinteger(L, (lua_Integer)gap.at);
    return 4;
}

/* worker:trim_log() -> bytes of the log, of which a long one loses its middle */
static int
l_trim_log(lua_State *L)
{
    WorkerBox *box = worker_box_channel(L);

    capped_log_trim(box->worker.log);
    lua_pushinteger(L, (lua_Integer)worker_log_size(&box->worker));
    return 1;
}

/* worker:log_size() -> bytes */
static int
l_log_size(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)worker_log_size(&worker_box_channel(L)->worker));
    return 1;
}

/* worker:clear_log()      in the child */
static int
l_clear_log(lua_State *L)
{
    worker_log_clear(&worker_box_channel(L)->worker);
    return 0;
}

const luaL_Reg worker_log_methods[] = {
    {"log", l_log},           {"log_head", l_log_head}, {"log_text", l_log_text},
    {"trim_log", l_trim_log}, {"log_size", l_log_size}, {"clear_log", l_clear_log},
    {NULL, NULL}};
