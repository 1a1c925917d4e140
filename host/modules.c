/* modules.c -- see modules.h */
#include "modules.h"

int luaopen_rille_array(lua_State *L);
int luaopen_rille_csv(lua_State *L);
int luaopen_rille_host_blas(lua_State *L);
int luaopen_rille_host_data_flow(lua_State *L);
int luaopen_rille_host_date(lua_State *L);
int luaopen_rille_host_file_watch(lua_State *L);
int luaopen_rille_host_filter(lua_State *L);
int luaopen_rille_host_fingerprint(lua_State *L);
int luaopen_rille_host_graph_rows(lua_State *L);
int luaopen_rille_host_first_plan(lua_State *L);
int luaopen_rille_host_group(lua_State *L);
int luaopen_rille_host_hash(lua_State *L);
int luaopen_rille_host_http_post(lua_State *L);
int luaopen_rille_host_loopback(lua_State *L);
int luaopen_rille_host_interrupt(lua_State *L);
int luaopen_rille_host_json_request(lua_State *L);
int luaopen_rille_host_key_lock(lua_State *L);
int luaopen_rille_host_layout(lua_State *L);
int luaopen_rille_host_libm(lua_State *L);
int luaopen_rille_host_meta(lua_State *L);
int luaopen_rille_host_npy(lua_State *L);
int luaopen_rille_host_observe(lua_State *L);
int luaopen_rille_host_origin(lua_State *L);
int luaopen_rille_host_output_file(lua_State *L);
int luaopen_rille_host_registered(lua_State *L);
int luaopen_rille_host_run_lock(lua_State *L);
int luaopen_rille_host_spawn(lua_State *L);
int luaopen_rille_host_sqlite(lua_State *L);
int luaopen_rille_host_step_call(lua_State *L);
int luaopen_rille_host_store(lua_State *L);
int luaopen_rille_host_sys(lua_State *L);
int luaopen_rille_host_terminal_text(lua_State *L);
int luaopen_rille_host_text_file(lua_State *L);
int luaopen_rille_host_value(lua_State *L);
int luaopen_rille_host_wiring(lua_State *L);
int luaopen_rille_host_worker_process(lua_State *L);
int luaopen_rille_json(lua_State *L);
int luaopen_rille_yaml(lua_State *L);

const luaL_Reg modules[] = {
    {"rille.array", luaopen_rille_array},
    {"rille.csv", luaopen_rille_csv},
    {"rille.host.blas", luaopen_rille_host_blas},
    {"rille.host.data_flow", luaopen_rille_host_data_flow},
    {"rille.host.date", luaopen_rille_host_date},
    {"rille.host.file_watch", luaopen_rille_host_file_watch},
    {"rille.host.filter", luaopen_rille_host_filter},
    {"rille.host.fingerprint", luaopen_rille_host_fingerprint},
    {"rille.host.graph_rows", luaopen_rille_host_graph_rows},
    {"rille.host.first_plan", luaopen_rille_host_first_plan},
    {"rille.host.group", luaopen_rille_host_group},
    {"rille.host.hash", luaopen_rille_host_hash},
    {"rille.host.http_post", luaopen_rille_host_http_post},
    {"rille.host.loopback", luaopen_rille_host_loopback},
    {"rille.host.interrupt", luaopen_rille_host_interrupt},
    {"rille.host.json_request", luaopen_rille_host_json_request},
    {"rille.host.key_lock", luaopen_rille_host_key_lock},
    {"rille.host.layout", luaopen_rille_host_layout},
    {"rille.host.libm", luaopen_rille_host_libm},
    {"rille.host.meta", luaopen_rille_host_meta},
    {"rille.host.npy", luaopen_rille_host_npy},
    {"rille.host.observe", luaopen_rille_host_observe},
    {"rille.host.origin", luaopen_rille_host_origin},
    {"rille.host.output_file", luaopen_rille_host_output_file},
    {"rille.host.registered", luaopen_rille_host_registered},
    {"rille.host.run_lock", luaopen_rille_host_run_lock},
    {"rille.host.spawn", luaopen_rille_host_spawn},
    {"rille.host.sqlite", luaopen_rille_host_sqlite},
    {"rille.host.step_call", luaopen_rille_host_step_call},
    {"rille.host.store", luaopen_rille_host_store},
    {"rille.host.sys", luaopen_rille_host_sys},
    {"rille.host.terminal_text", luaopen_rille_host_terminal_text},
    {"rille.host.text_file", luaopen_rille_host_text_file},
    {"rille.host.value", luaopen_rille_host_value},
    {"rille.host.wiring", luaopen_rille_host_wiring},
    {"rille.host.worker_process", luaopen_rille_host_worker_process},
    {"rille.json", luaopen_rille_json},
    {"rille.yaml", luaopen_rille_yaml},
    {NULL, NULL}
};
