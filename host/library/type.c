/* type.c -- types in C: their registration, and the two ways of an object: to the members of an
 * artifact, and back.
 *
 *     save: rille_write -> art:write of lua/artifact/artifact_io.lua, by one protected call each
 *     load: rille_read <- art:read, or (registration_load_object) the store, without Lua
 *
 * What rille_write_meta wrote is a member too, meta.json, so that it counts as the rest does. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "base/bind.h"
#include "format/json_tree.h"
#include "library/registration_core.h"
#include "library/stored_artifact.h"

/* ---- registration ---- */

/* handle, name, version */
static int
push_type(lua_State *L, void *user)
{
    RegisteredType *t = user;

    registered_push_type(L, t);
    lua_pushstring(L, t->def.name);
    lua_pushinteger(L, t->def.version);
    return 3;
}

static int
check(rille_engine *e, const rille_type_def *def)
{
    const char *what = !def->name ? "name is NULL" : !def->save ? "save is NULL"
                     : !def->load ? "load is NULL"
                     : def->version < 1 ? "version must be at least 1; raise it when the format "
                                          "that save writes changes" : NULL;

    return what ? engine_report_as(e, RILLE_EINVAL, "rille_register_type: %s", what) : RILLE_OK;
}

static int
define(rille_engine *e, RegisteredType *t)
{
    EngineCall c = {e, "register_type", push_type, NULL, t, 0};
    int rc = engine_call(&c);

    if (rc)
        return rc;
    t->references++;
    t->next = e->registered->types;
    e->registered->types = t;
    return RILLE_OK;
}

int
rille_register_type(rille_engine *e, const rille_type_def *def)
{
    rille_type_def given = RILLE_TYPE_DEF_INIT;
    RegisteredType *t = NULL;
    int rc;

    if (!def)
        return engine_report(e, RILLE_EINVAL, "rille_register_type: def is NULL");
    rc = engine_take_struct(e, "rille_type_def", &given, sizeof given, def);
    if (!rc)
        rc = e ? check(e, &given) : RILLE_EINVAL;
    if (!rc && (!(t = registration_new_type(&given)) || !registration_of(e)))
        rc = engine_nomem(e);
    if (!rc)
        rc = define(e, t);
    if (rc && t)
        registration_end_type(t);       /* a handle of Lua may still have it */
    else if (rc && given.destroy_user)
        given.destroy_user(given.user);
    registration_release_type(t);
    return rc;
}

/* ---- saving ---- */

enum { ART = 2, META = 3 };             /* on the stack of type_save and type_load */

struct rille_writer {
    rille_engine *e;
    lua_State *L;
    Err err;                            /* of the first call that failed */
};

typedef struct Writing {
    const char *name;
    const void *p;
    size_t n;
} Writing;

/* art, light userdata of a Writing: art:write(name, bytes) */
static int
l_write(lua_State *L)
{
    const Writing *v = lua_touserdata(L, 2);

    lua_settop(L, 1);
    lua_getfield(L, 1, "write");
    lua_insert(L, 1);
    lua_pushstring(L, v->name);
    lua_pushlstring(L, v->n ? v->p : "", v->n);
    lua_call(L, 3, 0);
    return 0;
}

/* table, light userdata of a Writing: table[name] = text */
static int
l_note(lua_State *L)
{
    const Writing *v = lua_touserdata(L, 2);

    lua_pushlstring(L, v->p, v->n);
    lua_setfield(L, 1, v->name);
    return 0;
}

/* Calls f with the value at idx; no error passes. */
static int
call_protected(rille_engine *e, lua_State *L, lua_CFunction f, int idx, void *user, Err *err)
{
    int rc;

    if (!lua_checkstack(L, 8))
        return err_nomem(err);
    engine_enter_library(e);
    lua_pushcfunction(L, f);
    lua_pushvalue(L, idx);
    lua_pushlightuserdata(L, user);
    rc = lua_pcall(L, 2, 1, 0);
    if (rc == LUA_ERRMEM)
        rc = err_nomem(err);
    else if (rc)
        rc = err_set(err, ERR_ANY, "%s", lua_type(L, -1) == LUA_TSTRING
                                             ? lua_tostring(L, -1) : "an error without a message");
    if (rc)
        lua_pop(L, 1);
    engine_leave_library(e);
    return rc;
}

static int
put(rille_writer *w, lua_CFunction f, int idx, Writing v)
{
    Err err;
    int rc = call_protected(w->e, w->L, f, idx, &v, &err);

    if (!rc)
        lua_pop(w->L, 1);
    else if (!w->err.code)
        w->err = err;
    return rc;
}

int
rille_write(rille_writer *w, const char *member, const void *p, size_t n)
{
    if (!w)
        return RILLE_EINVAL;
    if (!member || (!p && n))
        return err_set(&w->err, RILLE_EINVAL, "rille_write: %s is NULL", member ? "p" : "member");
    if (strcmp(member, TYPE_META_MEMBER) == 0)
        return err_set(&w->err, RILLE_EINVAL,
                       "rille_write: the member \"%s\" is what rille_write_meta makes", member);
    return put(w, l_write, ART, (Writing){member, p, n});
}

int
rille_write_meta(rille_writer *w, const char *key, const char *value)
{
    if (!w)
        return RILLE_EINVAL;
    if (!key || !value)
        return err_set(&w->err, RILLE_EINVAL, "rille_write_meta: %s is NULL",
                       key ? "value" : "key");
    return put(w, l_note, META, (Writing){key, value, strlen(value)});
}

void
type_save(lua_State *L, RegisteredObject *o)
{
    const rille_type_def *def = &o->type->def;
    rille_engine *e = engine_of(L);
    rille_writer w = {.e = e, .L = L};
    int rc;

    engine_leave_library(e);
    rc = def->save(o->obj, &w, def->user);
    engine_enter_library(e);
    if (!w.err.code && !rc)
        return;
    if (w.err.code)
        lua_pushfstring(L, "type \"%s\": save: %s", def->name, w.err.msg);
    else
        lua_pushfstring(L, "type \"%s\": save failed with the status %d (%s)", def->name, rc,
                        rille_strerror(rc));
    lua_error(L);
}

/* ---- loading ---- */

struct rille_reader {
    rille_engine *e;
    int (*find)(rille_reader *r, const char *member, const void **p, size_t *n);
    lua_State *L;                       /* of the way through Lua */
    const StoredArtifact *stored;       /* of the other one */
    Buf blobs;                          /* Blob *, freed at the end */
    JsonTree meta;
    int has_meta;
    Err err;                            /* of the last call that failed */
};

/* art, light userdata of a Writing: art:read(name) */
static int
l_read(lua_State *L)
{
    const Writing *v = lua_touserdata(L, 2);

    lua_settop(L, 1);
    lua_getfield(L, 1, "read");
    lua_insert(L, 1);
    lua_pushstring(L, v->name);
    lua_call(L, 2, 1);
    return 1;
}

/* The bytes stay on the stack until the load has ended. */
static int
find_by_lua(rille_reader *r, const char *member, const void **p, size_t *n)
{
    Writing v = {member, NULL, 0};
    int rc = call_protected(r->e, r->L, l_read, ART, &v, &r->err);

    if (!rc)
        *p = lua_tolstring(r->L, -1, n);
    return rc;
}

static int
find_stored(rille_reader *r, const char *member, const void **p, size_t *n)
{
    const Member *m = stored_artifact_member(r->stored, member);
    Slice bytes;
    Blob *blob = NULL;
    int rc;

    if (!m)
        return err_set(&r->err, ERR_NOTFOUND, "the artifact has no member \"%.200s\"", member);
    rc = stored_artifact_bytes(r->e, m, &bytes, &blob, &r->err);
    if (!rc && blob && buf_put(&r->blobs, &blob, sizeof blob)) {
        packed_bytes_free(blob);
        rc = err_nomem(&r->err);
    }
    if (!rc) {
        *p = bytes.data;
        *n = bytes.len;
    }
    return rc;
}

int
rille_read(rille_reader *r, const char *member, const void **p, size_t *n)
{
    if (p)
        *p = NULL;
    if (n)
        *n = 0;
    if (!r)
        return RILLE_EINVAL;
    if (!member || !p || !n)
        return err_set(&r->err, RILLE_EINVAL, "rille_read: %s is NULL",
                       !member ? "member" : !p ? "p" : "n");
    return r->find(r, member, p, n);
}

int
rille_read_meta(rille_reader *r, const char *key, const char **value)
{
    const void *text;
    size_t n;
    int rc = RILLE_OK;

    if (value)
        *value = NULL;
    if (!r)
        return RILLE_EINVAL;
    if (!key || !value)
        return err_set(&r->err, RILLE_EINVAL, "rille_read_meta: %s is NULL", key ? "value" : "key");
    if (!r->has_meta && !(rc = r->find(r, TYPE_META_MEMBER, &text, &n))) {
        json_tree_release(&r->meta);
        rc = json_tree_parse(&r->meta, TYPE_META_MEMBER, text, n, &r->err);
        r->has_meta = rc == OK;
    }
    if (rc)
        return rc;
    *value = json_tree_string(&r->meta, json_tree_field(&r->meta, json_tree_top(&r->meta), key),
                              NULL);
    return *value ? RILLE_OK : err_set(&r->err, RILLE_ENOTFOUND,
                                       "the artifact has no metadata \"%.200s\"", key);
}

static void
release_reader(rille_reader *r)
{
    for (size_t i = 0; i < r->blobs.len / sizeof(Blob *); i++)
        packed_bytes_free(((Blob **)(void *)r->blobs.data)[i]);
    buf_release(&r->blobs);
    json_tree_release(&r->meta);
}

/* Calls load; what is wrong is in err. */
static int
load(rille_reader *r, RegisteredObject *o, int64_t version, Err *err)
{
    const rille_type_def *def = &o->type->def;
    void *obj = NULL;
    int rc = def->load(&obj, r, (int)version, def->user);

    if (!rc && !obj)
        rc = err_set(err, ERR_ANY, "type \"%s\": load gave no object", def->name);
    else if (rc && r->err.code)
        err_set(err, rc, "type \"%s\": load: %s", def->name, r->err.msg);
    else if (rc)
        err_set(err, rc, "type \"%s\": load failed with the status %d (%s)", def->name, rc,
                rille_strerror(rc));
    else
        o->obj = obj;
    return rc;
}

void
type_load(lua_State *L, RegisteredObject *o, int version)
{
    rille_engine *e = engine_of(L);
    rille_reader r = {.e = e, .L = L, .find = find_by_lua};
    Err err;
    int rc;

    engine_leave_library(e);
    rc = load(&r, o, version, &err);
    engine_enter_library(e);
    release_reader(&r);
    if (rc)
        bind_raise(L, &err);
}

int
registration_load_object(rille_engine *e, RegisteredType *type, const StoredArtifact *a,
                         RegisteredObject **out, Err *err)
{
    rille_reader r = {.e = e, .stored = a, .find = find_stored};
    RegisteredObject *o;
    int rc;

    *out = NULL;
    if (a->row.version > type->def.version)
        return err_set(err, ERR_VERSION,
                       "%s was saved by version %lld of type \"%s\", but this program registered "
                       "version %d", a->short_name, (long long)a->row.version, type->def.name,
                       type->def.version);
    o = registration_new_object(type, NULL);
    rc = o ? load(&r, o, a->row.version, err) : err_nomem(err);
    release_reader(&r);
    if (rc)
        registration_free_object(o);
    else
        *out = o;
    return rc;
}

/* ---- in Lua ---- */

void *
type_check_object(lua_State *L, int idx, const char *name)
{
    RegisteredObject *o = registration_object_of_lua(L, idx);

    if (!o || strcmp(o->type_name, name) != 0)
        bind_typeerror(L, idx, lua_pushfstring(L, "a %s", name));
    return o->obj;
}
