/* syslib.c -- rille.host.sys: the operating system for rille's own Lua.
 *
 * Paths are as given (never a script's relative ones).  Failures of the world
 * are nil, message, code. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/buf.h"
#include "os/shared_library.h"
#include "os/shared_log.h"
#include "os/sys.h"
#include "value/sys_box.h"

#define FOLDER SYS_FOLDER

int luaopen_rille_host_sys(lua_State *L);

static int
fail_errno(lua_State *L, const char *path)
{
    Err err;

    err_set(&err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path, err_reason(errno));
    return bind_fail(L, &err);
}

/* true | nil, message, code */
static int
answer(lua_State *L, int status, const Err *err)
{
    if (status)
        return bind_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}

/* sys.now() -> seconds since 1970, UTC, a float */
static int
l_now(lua_State *L)
{
    lua_pushnumber(L, sys_now());
    return 1;
}

/* sys.mono() -> seconds of a clock that never goes back */
static int
l_mono(lua_State *L)
{
    lua_pushnumber(L, sys_mono());
    return 1;
}

/* sys.read_file(path) -> bytes | nil, message, code     of a regular file
 * sys.read_stream(path, most) -> the same, also of a pipe or device, at most so many */
static int
read_path(lua_State *L, int stream)
{
    const char *path = luaL_checkstring(L, 1);
    size_t most = stream ? (size_t)luaL_checkinteger(L, 2) : 0;
    Buf *out = lua_newuserdatauv(L, sizeof *out, 0);
    Err err;

    buf_init(out);
    luaL_setmetatable(L, "rille.text");
    if (stream ? sys_read_stream(path, most, out, &err) : sys_read_file(path, out, &err)) {
        buf_release(out);
        return bind_fail(L, &err);
    }
    lua_pushlstring(L, out->data ? (char *)out->data : "", out->len);
    buf_release(out);
    return 1;
}

static int
l_read_file(lua_State *L)
{
    return read_path(L, 0);
}

static int
l_read_stream(lua_State *L)
{
    return read_path(L, 1);
}

/* sys.write_file(path, bytes) -> true | nil, message, code; all or nothing */
static int
l_write_file(lua_State *L)
{
    size_t n;
    const char *path = luaL_checkstring(L, 1), *p = luaL_checklstring(L, 2, &n);
    Err err;

    return answer(L, sys_write_file(path, p, n, &err), &err);
}

/* sys.write_scratch(path, bytes[, executable]) -> true | nil, message, code; a new
 * file, all or nothing, not synced */
static int
l_write_scratch(lua_State *L)
{
    size_t n;
    const char *path = luaL_checkstring(L, 1), *p = luaL_checklstring(L, 2, &n);
    Err err;

    return answer(L, sys_write_scratch(path, p, n, lua_toboolean(L, 3) ? 0777 : 0666, &err),
                  &err);
}

/* sys.write_private(path, bytes) -> true | nil, message, code; a file that only its owner
 * may read, all or nothing; one that is there stays as it is */
static int
l_write_private(lua_State *L)
{
    size_t n;
    const char *path = luaL_checkstring(L, 1), *p = luaL_checklstring(L, 2, &n);
    Err err;

    return answer(L, sys_write_private(path, p, n, &err), &err);
}

/* sys.append_shared(path, line, most) -> true | nil, message, code; see os/shared_log.h */
static int
l_append_shared(lua_State *L)
{
    size_t n;
    const char *path = luaL_checkstring(L, 1), *p = luaL_checklstring(L, 2, &n);
    lua_Integer most = luaL_checkinteger(L, 3);
    Err err;

    luaL_argcheck(L, most > 0, 3, "expected a number of bytes");
    return answer(L, shared_log_append(path, p, n, (size_t)most, &err), &err);
}

/* sys.random() -> 32 bytes | nil, message, code */
static int
l_random(lua_State *L)
{
    char bytes[32];
    Err err;
    int rc = sys_random(bytes, sizeof bytes, &err);

    if (rc)
        return answer(L, rc, &err);
    lua_pushlstring(L, bytes, sizeof bytes);
    return 1;
}

/* sys.mkdirs(path) -> true | nil, message, code */
static int
l_mkdirs(lua_State *L)
{
    Err err;

    return answer(L, sys_mkdirs(luaL_checkstring(L, 1), &err), &err);
}

/* sys.remove(path) -> true | nil, message, code; a folder with all in it */
static int
l_remove(lua_State *L)
{
    Err err;

    return answer(L, sys_remove(luaL_checkstring(L, 1), &err), &err);
}

/* sys.stat(path) -> "file" | "folder" | "other", size, uid, seconds since 1970 of
 * its last change (also of its name or rights) | nil, message, code */
static int
l_stat(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    struct stat st;

    if (stat(path, &st))
        return fail_errno(L, path);
    lua_pushstring(L, S_ISREG(st.st_mode) ? "file" : S_ISDIR(st.st_mode) ? "folder" : "other");
    lua_pushinteger(L, (lua_Integer)st.st_size);
    lua_pushinteger(L, (lua_Integer)st.st_uid);
    lua_pushnumber(L, (double)st.st_ctim.tv_sec + (double)st.st_ctim.tv_nsec / 1e9);
    return 4;
}

/* sys.entry(path) -> "file" | "folder" | "link" | "special", may its owner execute it |
 * nil, message, code; what is at the path itself: a link is not followed */
static int
l_entry(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1), *kind = "special";
    struct stat st;

    if (lstat(path, &st))
        return fail_errno(L, path);
    if (S_ISREG(st.st_mode))
        kind = "file";
    else if (S_ISDIR(st.st_mode))
        kind = "folder";
    else if (S_ISLNK(st.st_mode))
        kind = "link";
    lua_pushstring(L, kind);
    lua_pushboolean(L, (st.st_mode & S_IXUSR) != 0);
    return 2;
}

/* sys.read_link(path) -> the target as it is written | nil, message, code */
static int
l_read_link(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof target);

    if (n < 0)
        return fail_errno(L, path);
    lua_pushlstring(L, target, (size_t)n);
    return 1;
}

/* sys.make_executable(path) -> true | nil, message, code; for all who may read it */
static int
l_make_executable(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    struct stat st;

    if (stat(path, &st) || chmod(path, (st.st_mode & 0777) | (st.st_mode & 0444) >> 2))
        return fail_errno(L, path);
    lua_pushboolean(L, 1);
    return 1;
}

/* sys.make_link(target, path) -> true | nil, message, code */
static int
l_make_link(lua_State *L)
{
    const char *target = luaL_checkstring(L, 1), *path = luaL_checkstring(L, 2);

    if (symlink(target, path))
        return fail_errno(L, path);
    lua_pushboolean(L, 1);
    return 1;
}

static int
free_text(lua_State *L)
{
    buf_release(lua_touserdata(L, 1));
    return 0;
}

static int
close_dir(lua_State *L)
{
    DIR **box = lua_touserdata(L, 1);

    if (*box)
        closedir(*box);
    *box = NULL;
    return 0;
}

/* sys.list(path) -> names, unsorted, without . and .. | nil, message, code */
static int
l_list(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    DIR **box = bind_box(L, "rille.folder");
    struct dirent *e;
    lua_Integer n = 0;

    *box = opendir(path);
    if (!*box)
        return fail_errno(L, path);
    lua_newtable(L);
    while ((e = readdir(*box))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        lua_pushstring(L, e->d_name);
        lua_rawseti(L, -2, ++n);
    }
    closedir(*box);
    *box = NULL;
    return 1;
}

/* sys.realpath(path) -> absolute path without links | nil, message, code */
static int
l_realpath(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    char out[PATH_MAX];

    if (!realpath(path, out))
        return fail_errno(L, path);
    lua_pushstring(L, out);
    return 1;
}

/* sys.user() -> the name of the user who runs this process, else "uid N" */
static int
l_user(lua_State *L)
{
    char name[256];

    sys_user(name, sizeof name);
    lua_pushstring(L, name);
    return 1;
}

/* sys.cwd() -> the working folder | nil, message, code */
static int
l_cwd(lua_State *L)
{
    char out[PATH_MAX];

    if (!getcwd(out, sizeof out))
        return fail_errno(L, errno == ENOENT ? "the working folder was removed" : "working folder");
    lua_pushstring(L, out);
    return 1;
}

/* sys.home() -> the folder of the program or library | nil, message, code */
static int
l_home(lua_State *L)
{
    char out[PATH_MAX];
    Err err;

    if (sys_home(out, sizeof out, &err))
        return bind_fail(L, &err);
    lua_pushstring(L, out);
    return 1;
}

/* sys.make_folder(prefix) -> a new folder PREFIXxxxxxx | nil, message, code */
static int
l_make_folder(lua_State *L)
{
    const char *prefix = luaL_checkstring(L, 1);
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%sXXXXXX", prefix) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return fail_errno(L, prefix);
    }
    if (!mkdtemp(path))
        return fail_errno(L, prefix);
    lua_pushstring(L, path);
    return 1;
}

/* sys.lock_folder(path): the folder is ours until the handle is closed or the process
 * and all that it forked end
 *   -> handle
 *   -> nil, message, code       "another process holds the lock", for one */
static int
l_lock_folder(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    int *fd = lua_newuserdatauv(L, sizeof *fd, 0);
    Err err;

    *fd = -1;
    luaL_setmetatable(L, FOLDER);
    return sys_lock_folder(path, fd, &err) ? bind_fail(L, &err) : 1;
}

/* sys.is_folder_locked(path) -> does a process hold the lock of sys.lock_folder? */
static int
l_is_folder_locked(lua_State *L)
{
    lua_pushboolean(L, sys_is_folder_locked(luaL_checkstring(L, 1)));
    return 1;
}

static int
close_folder(lua_State *L)
{
    int *fd = luaL_checkudata(L, 1, FOLDER);

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return 0;
}

/* sys.beneath(root, path): makes the folders of path, a relative one, below root,
 * never through a link
 *   -> handle, path of the file for other calls until the handle is closed
 *   -> nil, message, code */
static int
l_beneath(lua_State *L)
{
    const char *root = luaL_checkstring(L, 1), *path = luaL_checkstring(L, 2), *slash;
    int *fd = lua_newuserdatauv(L, sizeof *fd, 0);
    Err err;

    *fd = -1;
    luaL_setmetatable(L, FOLDER);
    if (sys_beneath(root, path, 1, fd, &err))
        return bind_fail(L, &err);
    slash = strrchr(path, '/');
    lua_pushfstring(L, "/proc/self/fd/%d/%s", *fd, slash ? slash + 1 : path);
    return 2;
}

/* sys.is_terminal(fd) -> boolean, columns, lines (80 and 24 when it cannot tell) */
static int
l_is_terminal(lua_State *L)
{
    int fd = (int)luaL_checkinteger(L, 1);
    struct winsize w;

    int known = ioctl(fd, TIOCGWINSZ, &w) == 0;

    lua_pushboolean(L, isatty(fd));
    lua_pushinteger(L, known && w.ws_col ? w.ws_col : 80);
    lua_pushinteger(L, known && w.ws_row ? w.ws_row : 24);
    return 3;
}

/* sys.getuid() -> effective user */
static int
l_getuid(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)geteuid());
    return 1;
}

/* sys.processors() -> how many this process may use */
static int
l_processors(lua_State *L)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) ? 0 : CPU_COUNT(&set);

    lua_pushinteger(L, n > 0 ? n : 1);
    return 1;
}

/* sys.memory() -> bytes of the machine */
static int
l_memory(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
    return 1;
}

/* sys.signal_name(n) -> "SIGSEGV" */
static int
l_signal_name(lua_State *L)
{
    int n = (int)luaL_checkinteger(L, 1);
    const char *name = sigabbrev_np(n);

    if (name)
        lua_pushfstring(L, "SIG%s", name);
    else
        lua_pushfstring(L, "signal %d", n);
    return 1;
}

/* Where the C part of a battery is: beside the program (build/), in PREFIX/lib
 * for a program in PREFIX/bin, for a library in PREFIX/lib, and for the module of
 * a stock lua5.4 in PREFIX/lib/lua/5.4. */
static const char *const places[] = {"%s/%s.so", "%s/../lib/rille/%s.so", "%s/rille/%s.so",
                                     "%s/../../rille/%s.so", NULL};

/* Pushes the path of NAME.so; NULL, with nothing pushed, when it is nowhere. */
static const char *
push_path(lua_State *L, const char *name)
{
    char home[PATH_MAX];
    Err err;

    if (sys_home(home, sizeof home, &err))
        bind_raise(L, &err);
    for (int i = 0; places[i]; i++) {
        const char *path = lua_pushfstring(L, places[i], home, name);

        if (access(path, F_OK) == 0)
            return path;
        lua_pop(L, 1);
    }
    return NULL;
}

/* sys.module(name, package) -> the C part of a battery, opened: what
 * luaopen_rille_NAME_core of NAME.so returned.  Raises when it is not there or
 * cannot be opened; package, of Debian, is what it needs.  It is never closed:
 * libraries keep pointers into it. */
static int
l_module(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1), *package = luaL_checkstring(L, 2);
    const char *path, *opener;
    lua_CFunction open;
    void *handle;

    luaL_argcheck(L, strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name), 1,
                  "a module's name must be lower-case letters");
    path = push_path(L, name);
    if (!path) {
        lua_pushfstring(L, "%s.so is missing; install %s (Debian) and run make", name, package);
        return lua_error(L);
    }
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        lua_pushfstring(L, "%s; install %s (Debian)", dlerror(), package);
        return lua_error(L);
    }
    opener = lua_pushfstring(L, "luaopen_rille_%s_core", name);
    *(void **)&open = dlsym(handle, opener);
    if (!open)
        return luaL_error(L, "%s: it has no %s", path, opener);
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    return 1;
}

/* sys.library(name) -> path, id     of a shared library, which is not loaded; see shared_library.h
 *   -> nil                           there is none */
static int
l_library(lua_State *L)
{
    char path[PATH_MAX], id[PATH_MAX];

    if (!shared_library_find(luaL_checkstring(L, 1), path, id, sizeof path)) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushstring(L, path);
    lua_pushstring(L, id);
    return 2;
}

int
luaopen_rille_host_sys(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"now", l_now}, {"mono", l_mono}, {"processors", l_processors}, {"memory", l_memory},
        {"signal_name", l_signal_name}, {"getuid", l_getuid}, {"cwd", l_cwd}, {"home", l_home},
        {"user", l_user},
        {"read_file", l_read_file}, {"read_stream", l_read_stream},
        {"write_file", l_write_file}, {"write_scratch", l_write_scratch},
        {"write_private", l_write_private}, {"append_shared", l_append_shared},
        {"random", l_random},
        {"mkdirs", l_mkdirs}, {"make_folder", l_make_folder}, {"remove", l_remove},
        {"stat", l_stat}, {"entry", l_entry}, {"list", l_list}, {"realpath", l_realpath},
        {"read_link", l_read_link}, {"make_link", l_make_link},
        {"make_executable", l_make_executable}, {"beneath", l_beneath},
        {"lock_folder", l_lock_folder}, {"is_folder_locked", l_is_folder_locked},
        {"is_terminal", l_is_terminal}, {"module", l_module}, {"library", l_library},
        {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg folder[] = {{"__gc", close_dir}, {NULL, NULL}};
    static const luaL_Reg handle[] = {
        {"__gc", close_folder}, {"__close", close_folder}, {NULL, NULL}};
    static const luaL_Reg text[] = {{"__gc", free_text}, {NULL, NULL}};

    bind_type(L, "rille.folder", none, folder);
    bind_type(L, "rille.text", none, text);
    bind_type(L, FOLDER, none, handle);
    luaL_newlib(L, lib);
    return 1;
}
