/* worker_box.h -- what the parts of rille.host.worker_process share: the Lua value that
 * holds a Worker. */
#ifndef WORKER_BOX_H
#define WORKER_BOX_H

#include <lua.h>
#include <lauxlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "os/worker_process.h"

#define WORKER_TYPE "rille.worker_process"

typedef struct WorkerBox {
    Worker worker;
    Buf scratch;                /* bytes on their way to or from Lua */
} WorkerBox;

/* Pushes a box without a process. */
WorkerBox *worker_box_new(lua_State *L);
/* Argument 1, open or closed. */
WorkerBox *worker_box(lua_State *L);
/* Argument 1, which must be open; _channel: and that of a worker, not of a plain child. */
WorkerBox *worker_box_open(lua_State *L);
WorkerBox *worker_box_channel(lua_State *L);

/* Pushes true, or nil, message, code. */
int worker_box_answer(lua_State *L, int status, const Err *err);

/* The methods that the other parts add; each ends with NULL. */
extern const luaL_Reg worker_channel_methods[];     /* worker_channel.c */
extern const luaL_Reg worker_log_methods[];         /* worker_log.c */
/* worker_kill.c: methods, functions of the module, types */
extern const luaL_Reg worker_kill_methods[];
extern const luaL_Reg worker_kill_functions[];
void worker_kill_types(lua_State *L);
/* worker_channel.c */
extern const luaL_Reg worker_channel_functions[];
void worker_channel_prepare(lua_State *L);

#endif
