/* local_test.c -- a host that opens librille.so by dlopen: with RTLD_LOCAL modules in C do not find
 * Lua's functions, until the host makes them global. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>

#include "host.h"

#define FUNCTION(name) __typeof__(&name) name##_

static FUNCTION(rille_open);
static FUNCTION(rille_close);
static FUNCTION(rille_load_string);
static FUNCTION(rille_errmsg);

static const char script[] = "return require('lpeg').match(require('lpeg').P 'a', 'a')";

/* "" when the script loads, or the message. */
static const char *
load(void)
{
    static char message[4096];
    rille_engine *e;

    message[0] = 0;
    if (rille_open_(&e, host_store, NULL) || rille_load_string_(e, "x", script, strlen(script)))
        snprintf(message, sizeof message, "%s", rille_errmsg_(e));
    rille_close_(e);
    return message;
}

static void
modules_in_c_lack_the_functions_of_lua_until_it_is_global(void)
{
    const char *message = load();

    if (!strstr(message, "module 'lpeg' not found")) {
        CHECK(host_has(message, "undefined symbol: lua"));
        CHECK(dlopen("liblua5.4.so.0", RTLD_NOW | RTLD_GLOBAL) != NULL);
        CHECK_STR(load(), "");
    } else {
        CHECK_CANNOT("lpeg is not installed");
    }
}

/* librille.so of the build that this program, BUILD/tests/embed/local_test, is of. */
static void *
open_library(void)
{
    char path[PATH_MAX + 32] = "", *end;
    void *library;

    if (readlink("/proc/self/exe", path, PATH_MAX) < 0
        || !(end = strstr(path, "/tests/embed/local_test")))
        return NULL;
    strcpy(end, "/librille.so");
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        printf("%s\n", dlerror());
    return library;
}

int
main(void)
{
    void *library = open_library();

    if (!library)
        return 2;
#define FIND(name) *(void **)&name##_ = dlsym(library, #name)
    FIND(rille_open);
    FIND(rille_close);
    FIND(rille_load_string);
    FIND(rille_errmsg);
    host_begin("local");
    RUN(modules_in_c_lack_the_functions_of_lua_until_it_is_global);
    return host_end();
}
