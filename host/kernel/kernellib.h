/* kernellib.h -- what the program gives to lua/kernel/: the sockets of a Jupyter kernel. */
#ifndef KERNELLIB_H
#define KERNELLIB_H

#include <lua.h>

/* open(options) -> sockets | nil, message
 *     options: transport, ip, shell_port, control_port, iopub_port, stdin_port, hb_port, key,
 *     session (a name for the kernel's own messages), info (content of kernel_info_reply), parent
 *     (number of the process that started the kernel, or nil).
 *     From then on what is printed is published, and Ctrl-C does nothing while no entry runs.
 * sockets:receive() -> "shell" | "control", type, header, content, is held: the next request
 *                   -> "alone": the process is gone that started the kernel
 * sockets:hold()                          holds the requests that have come by now: receive gives
 *                                         them first
 * sockets:reply(type, content)            to the request that was received last
 * sockets:publish(type, header, content)  header: of the request that it belongs to
 * sockets:parent(header)                  what is printed from now on belongs to that request
 * sockets:input(may)                      whether reading standard input asks the front end
 * sockets:close() */
int kernel_l_open(lua_State *L);

#endif
