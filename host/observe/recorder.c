/* recorder.c -- the observer of a state and what goes into its recorders; see
 * recorder.h and, for other faces, observelib.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/terminal_text.h"
#include "embedded/embedded.h"
#include "observe/observelib.h"
#include "observe/recorder.h"
#include "os/sys.h"

static const char KEY[] = "rille.observer", RECORDER[] = "rille.recorder";

/* ---- the observer ---- */

static int
l_release(lua_State *L)
{
    Observer *o = lua_touserdata(L, 1);

    o->top = o->step = NULL;
    o->random = NULL;
    free(o->base);
    free(o->tmpdir);
    free(o->tmp_real);
    o->base = o->tmpdir = o->tmp_real = NULL;
    capped_log_release(&o->log);
    buf_release(&o->unwritten);
    buf_release(&o->out);
    buf_release(&o->text);
    fact_set_release(&o->seen);
    fact_set_release(&o->plan);
    return 0;
}

static int
l_recorder_gc(lua_State *L)
{
    Recorder *r = lua_touserdata(L, 1);

    if (r->is_open)
        observer_leave(r->owner, r);
    fact_set_release(&r->facts);
    return 0;
}

static void
make_observer(lua_State *L)
{
    Observer *o = lua_newuserdatauv(L, sizeof *o, HELD_LAST);

    memset(o, 0, sizeof *o);
    o->confine = confine_of(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_release);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    for (int i = 1; i <= HELD_LAST; i++)
        if (i == HELD_MODULES || i == HELD_SOURCES || i == HELD_SOURCE_KEYS
            || i == HELD_VERDICTS || i == HELD_CODES || i == HELD_HANDLES) {
            lua_newtable(L);
            lua_setiuservalue(L, -2, i);
        }
    luaL_newmetatable(L, RECORDER);
    lua_pushcfunction(L, l_recorder_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, KEY);
}

/* NULL when the module was never opened in this state. */
static Observer *
find_observer(lua_State *L)
{
    Observer *o;

    lua_getfield(L, LUA_REGISTRYINDEX, KEY);
    o = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return o;
}

void
observer_push(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, KEY) == LUA_TNIL) {
        lua_pop(L, 1);
        make_observer(L);
    }
}

Observer *
observer_of(lua_State *L)
{
    Observer *o;

    observer_push(L);
    o = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return o;
}

int
observer_held(lua_State *L, int which)
{
    int type;

    observer_push(L);
    type = lua_getiuservalue(L, -1, which);
    lua_remove(L, -2);
    return type;
}

void
observer_hold(lua_State *L, int which)
{
    observer_push(L);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, which);
    lua_pop(L, 1);
}

/* ---- recorders ---- */

Recorder *
observer_recorder(lua_State *L, Observer *o)
{
    Recorder *r = lua_newuserdatauv(L, sizeof *r, 0);

    memset(r, 0, sizeof *r);
    r->owner = o;
    luaL_setmetatable(L, RECORDER);
    return r;
}

void
observer_enter(Observer *o, Recorder *r)
{
    r->parent = o->top;
    r->is_open = 1;
    o->top = r;
}

void
observer_leave(Observer *o, Recorder *r)
{
    Recorder *t = o->top;

    while (t && t != r)
        t = t->parent;
    while (t && o->top != r) {          /* those above it go too */
        o->top->is_open = 0;
        o->top = o->top->parent;
    }
    if (t)
        o->top = r->parent;
    r->is_open = 0;
    if (o->step == r)
        o->step = NULL;
}

Fact *
observer_put(lua_State *L, Recorder *r, FactKind kind, const char *name)
{
    Fact *f;

    if (fact_put(&r->facts, kind, name, strlen(name), &f))
        luaL_error(L, "out of memory");
    return f;
}

void
observer_put_value(lua_State *L, Fact *f, const char *p, size_t n)
{
    if (fact_set_value(f, p, n))
        luaL_error(L, "out of memory");
}

/* ---- paths ---- */

int
observer_full(const Observer *o, const char *path, char *out, size_t size)
{
    int n = path[0] == '/' || !o->base ? snprintf(out, size, "%s", path)
                                       : snprintf(out, size, "%s/%s", o->base, path);

    return n < 0 || (size_t)n >= size ? -1 : 0;
}

static int
is_below(const char *path, const char *dir)
{
    size_t n = dir ? strlen(dir) : 0;

    return dir && strncmp(path, dir, n) == 0 && path[n] == '/';
}

static int
is_spelled_in_tmp(const Observer *o, const char *path)
{
    char full[PATH_MAX], normal[PATH_MAX];

    return o->tmpdir && observer_full(o, path, full, sizeof full) == 0
           && fact_normal_path(full, normal, sizeof normal) >= 0
           && is_below(normal, o->tmpdir);
}

/* Where the absolute path leads, links followed; the last part may be missing.
 * 0, or -1 when its folder is. */
static int
real_path(const char *full, char out[PATH_MAX])
{
    const char *last = strrchr(full, '/');
    char folder[PATH_MAX];

    if (realpath(full, out))
        return 0;
    snprintf(folder, sizeof folder, "%.*s/", (int)(last - full), full);
    return realpath(folder, out)
           && strlen(out) + strlen(last) < PATH_MAX && strcat(out, last) ? 0 : -1;
}

/* The path, spelled in the tmpdir, leads out of it; then *out is where to. */
static int
leads_out(Observer *o, const char *path, char out[PATH_MAX])
{
    char full[PATH_MAX];

    if (!o->tmp_real)
        o->tmp_real = realpath(o->tmpdir, NULL);
    if (!o->tmp_real || observer_full(o, path, full, sizeof full) || real_path(full, out))
        return 0;
    return !is_below(out, o->tmp_real);
}

int
observer_is_tmp(Observer *o, const char *path)
{
    char out[PATH_MAX];

    return is_spelled_in_tmp(o, path) && !leads_out(o, path, out);
}

/* A write of the path as it is spelled, by any recorder that is open. */
static int
wrote(const Observer *o, const char *name)
{
    for (const Recorder *r = o->top; r; r = r->parent)
        if (fact_find(&r->facts, FACT_WRITE, name, strlen(name)))
            return 1;
    return 0;
}

int
observer_is_own(const Observer *o, const char *path)
{
    char name[PATH_MAX], full[PATH_MAX];

    if (fact_normal_path(path, name, sizeof name) < 0)
        return 0;
    if (wrote(o, name))
        return 1;
    if (name[0] != '/')
        return observer_full(o, name, full, sizeof full) == 0 && wrote(o, full);
    return is_below(name, o->base) && wrote(o, name + strlen(o->base) + 1);
}

/* The two forms of a path that is to be recorded; 0 when it is not: too long to
 * exist, or the step's own scratch.  A path that leads out of that is where it
 * leads: the scratch has another name the next time. */
static int
take_path(Observer *o, const char *path, char *name, char *full)
{
    if (fact_normal_path(path, name, PATH_MAX) <= 0
        || observer_full(o, name, full, PATH_MAX))
        return 0;
    if (!is_spelled_in_tmp(o, path))
        return 1;
    if (!leads_out(o, path, full))
        return 0;
    strcpy(name, full);
    return 1;
}

/* ---- facts ---- */

/* "digits.lua:14" of the innermost Lua function that is not rille's. */
static int
position_in(lua_State *L, char *out, size_t size)
{
    lua_Debug ar;

    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline < 0 || embedded_is_ours(ar.source))
            continue;
        snprintf(out, size, "%s:%d", ar.short_src, ar.currentline);
        return 1;
    }
    return 0;
}

/* The stack of a coroutine whose body is a C function has no line. */
static void
position(lua_State *L, const Observer *o, char *out, size_t size)
{
    if (!position_in(L, out, size)
        && (!o->step || o->main == L || !position_in(o->main, out, size)))
        snprintf(out, size, "?");
}

int
observer_called_by_rille(lua_State *L)
{
    lua_Debug ar;

    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline >= 0)
            return embedded_is_ours(ar.source);
    }
    return 0;
}

void
observer_impure(lua_State *L, Observer *o, const char *what)
{
    char where[LUA_IDSIZE + 16];

    if (fact_find(&o->top->facts, MARK_IMPURE, what, strlen(what)))
        return;
    position(L, o, where, sizeof where);
    observer_put_value(L, observer_put(L, o->top, MARK_IMPURE, what), where, strlen(where));
}

void
observer_ended(lua_State *L, Observer *o, const char *what, const char *command, int first)
{
    char where[LUA_IDSIZE + 16];
    const char *name, *text, *how = lua_tostring(L, first + 1);
    lua_Integer code = lua_tointeger(L, first + 2);
    int top = lua_gettop(L);

    if (!o->step || lua_toboolean(L, first) || !how || (strcmp(how, "exit") == 0 && code == 141)
        || (strcmp(how, "signal") == 0 && code == SIGPIPE))
        return;
    name = lua_pushfstring(L, "%s\n%s", what, command);
    if (!fact_find(&o->step->facts, MARK_ENDED, name, strlen(name))) {
        position(L, o, where, sizeof where);
        /* for a shell that could not be started there is the message of the system */
        text = strcmp(how, "exit") == 0 || strcmp(how, "signal") == 0
                   ? lua_pushfstring(L, "%s %I\n%s", how, (LUAI_UACINT)code, where)
                   : lua_pushfstring(L, "%s\n%s", how, where);
        observer_put_value(L, observer_put(L, o->step, MARK_ENDED, name), text, strlen(text));
    }
    lua_settop(L, top);
}

void
observer_changed(lua_State *L, Recorder *r, const char *name)
{
    observer_put(L, r, MARK_CHANGED, name);
}

void
observer_absent(lua_State *L, Observer *o, const char *path, int code)
{
    char name[PATH_MAX], full[PATH_MAX];
    struct stat st;

    if (!take_path(o, path, name, full)) {
        if (is_spelled_in_tmp(o, path) && lstat(full, &st) == 0 && S_ISLNK(st.st_mode))
            observer_impure(L, o, "a link in its folder that leads nowhere");
        return;
    }
    if (observer_is_own(o, path))
        return;
    if (probe_special(full) || (code != ENOENT && code != ENOTDIR))
        observer_impure(L, o, name);    /* a right or a limit, not a file */
    else
        observer_put(L, o->top, FACT_ABSENT, name)->code = code;
}

/* The digest, from what this process hashed before when the signature proves it. */
static int
digest_of(Observer *o, const char *full, int fd, Probe *p, Err *err)
{
    Fact *f = fact_find(&o->seen, FACT_FILE, full, strlen(full));
    int rc;

    if (f && !(f->flags & FACT_RACY) && fact_same_sig(&f->sig, &p->sig)) {
        memcpy(p->digest, f->digest, HASH_SIZE);
        return OK;
    }
    rc = probe_fd_digest(fd, p, err);
    if (rc || p->type != PROBE_FILE || p->torn)
        return rc;
    if (!f && fact_put(&o->seen, FACT_FILE, full, strlen(full), &f))
        return err_nomem(err);
    f->sig = p->sig;
    f->flags = p->racy ? FACT_RACY : 0;
    memcpy(f->digest, p->digest, HASH_SIZE);
    return OK;
}

/* Fills *p; 1 when the step knows the file already, as it is. */
static int
look(Observer *o, const char *name, const char *full, int fd, Probe *p, Err *err)
{
    Fact *f;
    int rc = probe_fd_stat(fd, p, err);

    if (rc)
        return rc;
    f = fact_find(&o->top->facts, p->type == PROBE_FOLDER ? FACT_FOLDER : FACT_FILE,
                  name, strlen(name));
    if (f && fact_same_sig(&f->sig, &p->sig))
        return 1;
    return digest_of(o, full, fd, p, err);
}

void
observer_fill(Fact *f, const Probe *p)
{
    f->entry = (FactEntry)p->type;
    f->sig = p->sig;
    f->flags = p->racy ? FACT_RACY : 0;
    memcpy(f->digest, p->digest, HASH_SIZE);
}

static FactKind
kind_of(const Probe *p)
{
    return p->type == PROBE_FOLDER ? FACT_FOLDER : FACT_FILE;
}

static void
put_probe(lua_State *L, Recorder *r, const char *name, const Probe *p)
{
    Fact *f = fact_find(&r->facts, kind_of(p), name, strlen(name));

    if (f || p->torn)
        observer_changed(L, r, name);
    if (!f)
        observer_fill(observer_put(L, r, kind_of(p), name), p);
}

/* What a program that is given the path sees of it beside the bytes: the rights, and
 * that it is a link and where to, a fact "link NAME" (cache.lua). */
static void
note_entry(lua_State *L, Observer *o, const char *name, const char *full, unsigned mode)
{
    char target[PATH_MAX];
    int n = probe_link(full, target, sizeof target);
    Fact *f = fact_find(&o->top->facts, FACT_FILE, name, strlen(name));

    if (!f && n < 0)
        f = fact_find(&o->top->facts, FACT_ABSENT, name, strlen(name));
    if (f) {
        f->flags |= FACT_MODE;
        f->mode = mode | (n < 0 ? 0 : MODE_LINK);
    }
    if (n >= 0) {
        f = observer_put(L, o->top, FACT_VALUE, lua_pushfstring(L, "link %s", name));
        observer_put_value(L, f, target, (size_t)n);
        lua_pop(L, 1);
    }
}

/* as_entry: what it is beside its bytes counts. */
static void
note_file(lua_State *L, Observer *o, const char *path, int fd, int as_entry)
{
    char name[PATH_MAX], full[PATH_MAX];
    int own = -1, rc;
    Probe p;
    Err err;

    if (!take_path(o, path, name, full) || observer_is_own(o, path))
        return;
    if (probe_special(full)) {
        observer_impure(L, o, name);
        return;
    }
    if (fd < 0) {
        fd = own = open(full, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0) {
            observer_absent(L, o, path, errno);
            if (as_entry)
                note_entry(L, o, name, full, 0);
            return;
        }
    }
    rc = look(o, name, full, fd, &p, &err);
    if (own >= 0)
        close(own);
    if (rc == ERR_NOMEM)
        bind_raise(L, &err);
    if (rc < 0 || p.type == PROBE_SPECIAL) {
        observer_impure(L, o, name);
        return;
    }
    if (rc == OK)
        put_probe(L, o->top, name, &p);
    if (as_entry)
        note_entry(L, o, name, full, p.mode);
}

void
observer_file(lua_State *L, Observer *o, const char *path, int fd)
{
    note_file(L, o, path, fd, 0);
}

void
observer_handed(lua_State *L, Observer *o, const char *path)
{
    note_file(L, o, path, -1, 1);
}

void
observer_written(lua_State *L, Observer *o, const char *path)
{
    char name[PATH_MAX], full[PATH_MAX];

    if (!take_path(o, path, name, full))
        return;
    if (probe_special(full))
        observer_impure(L, o, name);
    else
        observer_put(L, o->top, FACT_WRITE, name);
}

void
observer_secret(const char *name, const char *value, unsigned char out[HASH_SIZE])
{
    Hash h;

    hash_init(&h);
    hash_field(&h, 'k', "rille-env/1", 11);
    hash_field(&h, 'n', name, strlen(name));
    if (value)
        hash_field(&h, 'v', value, strlen(value));
    hash_final(&h, out);
}

/* Into the file that is the log, whose middle goes as it grows. */
static void
write_log(Observer *o, const char *p, size_t n)
{
    for (size_t part; n; p += part, n -= part) {
        part = n < CAPPED_LOG_TAIL ? n : CAPPED_LOG_TAIL;
        sys_write(STDERR_FILENO, p, part, "log", NULL);
        o->written += part;
        if (o->written >= CAPPED_LOG_SLACK) {
            capped_log_trim(STDERR_FILENO);
            o->written = 0;
        }
    }
}

void
observer_flush(Observer *o)
{
    write_log(o, (const char *)o->unwritten.data, o->unwritten.len);
    o->unwritten.len = 0;
}

void
observer_log(lua_State *L, Observer *o, const char *p, size_t n)
{
    if (o->echo == LOG_WRITE && n > LOG_PIECE) {
        observer_flush(o);
        write_log(o, p, n);
        return;
    }
    if (o->echo == LOG_SHOW)
        terminal_put(stderr, p, n, TERMINAL_LOG);
    if (o->echo == LOG_WRITE ? buf_put(&o->unwritten, p, n) : capped_log_put(&o->log, p, n))
        luaL_error(L, "out of memory");
    if (o->unwritten.len > LOG_PIECE)
        observer_flush(o);
}

/* ---- for other faces ---- */

void
observe_resolve(lua_State *L, const char *path, char *out, size_t size)
{
    static const Observer none;
    const Observer *o = find_observer(L);

    if (observer_full(o ? o : &none, path, out, size))
        luaL_error(L, "%s: the path is too long", path);
}

void
observe_read(lua_State *L, const char *path, char *out, size_t size)
{
    Observer *o = find_observer(L);

    observe_resolve(L, path, out, size);
    if (o && o->top)
        observer_file(L, o, path, -1);
}

void
observe_folder(lua_State *L, const char *path, char *out, size_t size)
{
    observe_read(L, path, out, size);
}

void
observe_write(lua_State *L, const char *path, char *out, size_t size)
{
    Observer *o = find_observer(L);

    observe_resolve(L, path, out, size);
    if (o && o->top)
        observer_written(L, o, path);
}

void
observe_value(lua_State *L, const char *name, const char *p, size_t n)
{
    Observer *o = find_observer(L);
    Fact *f;

    if (!o || !o->step)
        return;
    f = fact_find(&o->step->facts, FACT_VALUE, name, strlen(name));
    if (f && (f->value_len != n || memcmp(f->value, p, n) != 0))
        observer_changed(L, o->step, name);
    if (!f)
        observer_put_value(L, observer_put(L, o->step, FACT_VALUE, name), p, n);
}

void
observe_impure(lua_State *L, const char *what)
{
    Observer *o = find_observer(L);

    if (o && o->top)
        observer_impure(L, o, what);
}
