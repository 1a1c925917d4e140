/* worker_box.c -- see worker_box.h */
#include "base/bind.h"
#include "value/worker_box.h"

WorkerBox *
worker_box_new(lua_State *L)
{
    WorkerBox *box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = (WorkerBox){.worker = {.log = -1, .pid = -1}};
    channel_init(&box->worker.channel);
    luaL_setmetatable(L, WORKER_TYPE);
    return box;
}

WorkerBox *
worker_box(lua_State *L)
{
    return luaL_checkudata(L, 1, WORKER_TYPE);
}

WorkerBox *
worker_box_open(lua_State *L)
{
    WorkerBox *box = worker_box(L);

    luaL_argcheck(L, box->worker.channel.fd >= 0, 1, "the channel is closed");
    return box;
}

WorkerBox *
worker_box_channel(lua_State *L)
{
    WorkerBox *box = worker_box_open(L);

    luaL_argcheck(L, box->worker.channel.shared != NULL, 1, "not a worker's channel");
    return box;
}

int
worker_box_answer(lua_State *L, int status, const Err *err)
{
    if (status)
        return bind_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}
