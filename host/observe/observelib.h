/* observelib.h -- the parts of the face rille.host.observe */
#ifndef OBSERVELIB_H
#define OBSERVELIB_H

#include "observe/wrap.h"

extern const Wrap observe_io_wraps[], observe_load_wraps[], observe_require_wraps[],
    observe_base_wraps[];

/* What is wrapped otherwise, in the table of globals at the top. */
void observe_base_wrap_debug(lua_State *L);
void observe_file_wrap(lua_State *L);
void observe_require_wrap_searchers(lua_State *L);

/* Functions of the module. */
int observe_check_l_check(lua_State *L);
int observe_check_l_describe(lua_State *L);
int observe_check_l_merged(lua_State *L);
int observe_check_l_new_plan(lua_State *L);
int observe_code_l_same_code(lua_State *L);
int observe_load_l_load_script(lua_State *L);
int observe_pin_l_pin(lua_State *L);
int observe_source_l_sources(lua_State *L);
int observe_step_l_begin(lua_State *L);
int observe_step_l_finish(lua_State *L);
int observe_step_l_running(lua_State *L);
int observe_step_l_watch(lua_State *L);
int observe_step_l_watched(lua_State *L);

/* Finds the state of math.random in the table of globals at the index. */
void observe_step_find_random(lua_State *L, Recorder *rec, int globals);

#endif
