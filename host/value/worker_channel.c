/* worker_channel.c -- rille.host.worker_process: messages, requests sent ahead, progress
 * (channel.h) */
#include <string.h>

#include "base/bind.h"
#include "value/message.h"
#include "value/worker_box.h"

static const char NAMES = 0;        /* its address: where the registry has message_names */

/* worker:send(bytes[, later]) -> true | nil, message, code
 * later: in the parent, with what else goes out in worker_process.wait */
static int
l_send(lua_State *L)
{
    WorkerBox *box = worker_box_open(L);
    size_t n;
    const char *s = luaL_checklstring(L, 2, &n);
    Err err;

    return worker_box_answer(
        L, channel_send(&box->worker.channel, s, n, !lua_toboolean(L, 3), &err), &err);
}

/* worker:receive()
 *   -> bytes
 *   -> false                in the parent: none is there yet
 *   -> nil, message, code   NOTFOUND at its end */
static int
l_receive(lua_State *L)
{
    WorkerBox *box = worker_box_open(L);
    const unsigned char *data;
    size_t n;
    Err err;
    int rc = channel_receive(&box->worker.channel, &data, &n, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    if (rc)
        lua_pushlstring(L, (const char *)data, n);
    else
        lua_pushboolean(L, 0);
    return 1;
}

/* worker:ready(seconds) -> boolean: whether receive need not wait; waits so long, or
 * for a signal
 *   -> nil, message, code */
static int
l_ready(lua_State *L)
{
    Err err;
    int rc = channel_ready(&worker_box_open(L)->worker.channel, luaL_checknumber(L, 2), &err);

    if (rc < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, rc);
    return 1;
}

/* worker:post(v[, later]): as send, of plain data; raises when it is none */
static int
l_post(lua_State *L)
{
    WorkerBox *box = worker_box_open(L);
    int now = !lua_toboolean(L, 3), rc;
    Err err;

    luaL_checkany(L, 2);
    lua_settop(L, 3);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &NAMES);
    box->scratch.len = 0;
    message_put(L, 2, 4, &box->scratch);
    rc = channel_send(&box->worker.channel, box->scratch.data, box->scratch.len, now, &err);
    return worker_box_answer(L, rc, &err);
}

/* worker:take() -> what was posted, as receive */
static int
l_take(lua_State *L)
{
    WorkerBox *box = worker_box_open(L);
    const unsigned char *data;
    size_t n;
    Err err;
    int rc = channel_receive(&box->worker.channel, &data, &n, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 0);
    if (rc) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &NAMES);
        message_get(L, -1, data, n);
    }
    return 1;
}

/* worker_process.pack(v) -> the bytes of a message; raises as post does */
static int
l_pack(lua_State *L)
{
    WorkerBox *box;

    luaL_checkany(L, 1);
    lua_settop(L, 1);
    box = worker_box_new(L);            /* which releases what is packed */
    lua_rawgetp(L, LUA_REGISTRYINDEX, &NAMES);
    message_put(L, 1, 3, &box->scratch);
    lua_pushlstring(L, (char *)box->scratch.data, box->scratch.len);
    return 1;
}

/* worker_process.unpack(bytes) -> v */
static int
l_unpack(lua_State *L)
{
    size_t n;
    const char *s = luaL_checklstring(L, 1, &n);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &NAMES);
    message_get(L, -1, (const unsigned char *)s, n);
    return 1;
}

/* worker_process.wait(workers, seconds) -> true | nil, message, code */
static int
l_wait(lua_State *L)
{
    Channel *list[CHANNEL_WAIT_MAX];
    double seconds = luaL_checknumber(L, 2);
    size_t n;
    Err err;

    luaL_checktype(L, 1, LUA_TTABLE);
    n = lua_rawlen(L, 1);
    luaL_argcheck(L, n <= CHANNEL_WAIT_MAX, 1, "too many channels");
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        list[i] = &((WorkerBox *)luaL_checkudata(L, -1, WORKER_TYPE))->worker.channel;
        luaL_argcheck(L, list[i]->fd >= 0 && !list[i]->plain, 1,
                      "not an open channel of a worker");
        lua_pop(L, 1);
    }
    return worker_box_answer(L, channel_wait(list, n, seconds, &err), &err);
}

/* worker:claim(number) -> boolean     in the child: may it begin that request? */
static int
l_claim(lua_State *L)
{
    Channel *c = &worker_box_channel(L)->worker.channel;

    lua_pushboolean(L, channel_claim(c, (uint64_t)luaL_checkinteger(L, 2)));
    return 1;
}

/* worker:withdraw() -> the number that the child is at; it gets no further */
static int
l_withdraw(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)channel_withdraw(&worker_box_channel(L)->worker.channel));
    return 1;
}

/* worker:reopen(last)     it may go on behind that number */
static int
l_reopen(lua_State *L)
{
    channel_reopen(&worker_box_channel(L)->worker.channel, (uint64_t)luaL_checkinteger(L, 2));
    return 0;
}

/* worker:at() -> the number that the child claimed last */
static int
l_at(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)channel_at(&worker_box_channel(L)->worker.channel));
    return 1;
}

/* worker:tell_progress(number, fraction, text or nil)     in the child */
static int
l_tell_progress(lua_State *L)
{
    WorkerBox *box = worker_box_channel(L);
    ChannelProgress report = {0};
    size_t n;
    const char *text = luaL_optlstring(L, 4, "", &n);

    report.number = (uint64_t)luaL_checkinteger(L, 2);
    report.fraction = luaL_checknumber(L, 3);
    if (n > sizeof report.text)
        n = capped_log_characters(text, sizeof report.text);
    report.length = (uint32_t)n;
    memcpy(report.text, text, report.length);
    channel_tell_progress(&box->worker.channel, &report);
    return 0;
}

/* worker:progress(number) -> fraction, text
 *   -> nothing            when the step with that number reported nothing new */
static int
l_progress(lua_State *L)
{
    WorkerBox *box = worker_box_channel(L);
    uint64_t number = (uint64_t)luaL_checkinteger(L, 2);
    ChannelProgress report;

    if (!channel_progress(&box->worker.channel, &report) || report.number != number
        || report.length > sizeof report.text)
        return 0;
    lua_pushnumber(L, report.fraction);
    lua_pushlstring(L, report.text, report.length);
    return 2;
}

void
worker_channel_prepare(lua_State *L)
{
    message_names(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &NAMES);
}

const luaL_Reg worker_channel_functions[] = {
    {"wait", l_wait}, {"pack", l_pack}, {"unpack", l_unpack}, {NULL, NULL}};

const luaL_Reg worker_channel_methods[] = {
    {"send", l_send},         {"receive", l_receive}, {"ready", l_ready},
    {"post", l_post},         {"take", l_take},       {"claim", l_claim},
    {"withdraw", l_withdraw}, {"reopen", l_reopen},   {"at", l_at},
    {"tell_progress", l_tell_progress}, {"progress", l_progress}, {NULL, NULL}};
