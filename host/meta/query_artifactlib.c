/* query_artifactlib.c -- rille.host.meta: artifacts, their versions, and questions about
 * everything; see querylib.c. */
#include <string.h>

#include "base/bind.h"
#include "base/hash.h"
#include "meta/artifact.h"
#include "meta/fsck.h"
#include "meta/metalib.h"
#include "meta/query.h"
#include "meta/query_filter.h"
#include "meta/query_models.h"
#include "meta/row_tables.h"

static void
push_member(lua_State *L, const Member *m)
{
    lua_createtable(L, 0, 4);
    row_tables_set(L, "name", m->name);
    row_tables_set(L, "digest", (Slice){(const char *)m->digest, HASH_SIZE});
    lua_pushinteger(L, m->size);
    lua_setfield(L, -2, "size");
    if (m->is_inline)
        row_tables_set(L, "bytes", m->bytes);
}

static void
push_artifact(lua_State *L, const Artifact *a, const Buf *members)
{
    const Member *m = (Member *)(void *)members->data;
    size_t n = members->len / sizeof *m;

    lua_createtable(L, 0, 9);
    row_tables_set(L, "digest", (Slice){(const char *)a->digest, HASH_SIZE});
    row_tables_set(L, "type", a->type);
    row_tables_set(L, "materializer", a->materializer);
    row_tables_set(L, "metadata", a->metadata);
    row_tables_set(L, "preview", a->preview);
    lua_pushinteger(L, a->id);
    lua_setfield(L, -2, "id");
    lua_pushinteger(L, a->version);
    lua_setfield(L, -2, "version");
    lua_pushinteger(L, a->size);
    lua_setfield(L, -2, "size");
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        push_member(L, &m[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "members");
}

/* m:artifact(digest)
 *   -> Artifact, as in a StepRow, and id =
 *   -> nil
 *   -> nil, message, code       ERR_CORRUPT when its row is damaged */
static int
l_artifact(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    const unsigned char *digest = meta_box_digest(L, 2);
    Found *f = row_tables_found(L);
    Artifact a;
    Err err;
    int rc = artifact_find(meta_db(m), digest, &a, &err);

    if (rc == 1)
        rc = artifact_unpack(&a, &f->bytes, &err) ? err.code : 1;
    if (rc == 1)
        push_artifact(L, &a, &f->bytes);
    artifact_release(&a);
    return rc < 0 ? bind_fail(L, &err) : rc;
}

/* m:find_artifact(name | name@number | name@tag | row | prefix of the digest in hex)
 *   -> { name =, number =, version_row =, step_run =, digest =, type =,
 *        materializer =, format =, size =, id =, objects =,
 *        origin = { source = row of a run, position =, output = }, others = }
 *        name, number, version_row and origin may be absent; others: how many other
 *        step runs made the same content, where it was found by its content
 *   -> nil, message, code       not found, or "ambiguous: ..." */
static int
l_find_artifact(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice what = row_tables_text(L, 2);
    Found *f = row_tables_found(L);
    Err err;
    int rc = query_artifact(m, what, &f->rows, &err);

    return row_tables_answer_row(L, &f->rows, rc, &err);
}

/* m:artifacts{ prefix =, name =, search =, type =, pipeline =, tag =, versions =, since =,
 *              after =, offset =, limit = 50, order =, where =, sort =, shown = }
 *                            as in query.h and query_filterlib.c
 *   -> { { name =, version = number, version_row =, digest =, type =, size =, preview =,
 *          created =, tags = "a,b", shown = }, ... }, by name
 *   -> nil, message, code */
static int
l_artifacts(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    QueryArtifacts q = {0};
    Slice order;
    Found *f;
    Err err;
    int rc;

    luaL_checktype(L, 2, LUA_TTABLE);
    q.prefix = row_tables_option(L, 2, "prefix");
    q.name = row_tables_option(L, 2, "name");
    q.search = row_tables_option(L, 2, "search");
    q.type = row_tables_option(L, 2, "type");
    q.pipeline = row_tables_option(L, 2, "pipeline");
    q.tag = row_tables_option(L, 2, "tag");
    q.versions = row_tables_option_flag(L, 2, "versions");
    q.after = row_tables_option(L, 2, "after");
    q.offset = row_tables_option_int(L, 2, "offset", 0);
    q.limit = row_tables_option_int(L, 2, "limit", 50);
    q.has_since = lua_getfield(L, 2, "since") != LUA_TNIL;
    q.since = lua_tonumber(L, -1);
    order = row_tables_option(L, 2, "order");
    q.ascending = order.data && strcmp(order.data, "asc") == 0;
    q.filter = query_filterlib_read(L, 2, &filter_artifacts);
    f = row_tables_found(L);
    rc = query_artifacts(m, &q, &f->rows, &err);
    return row_tables_answer_list(L, &f->rows, rc, &err);
}

/* m:list_model_versions{ model = row | nil, tag =, stage = but archived, since =, where =,
 *                        shown =, sort =, order =, limit =, offset = }
 *                               newest first, or in the order of sort
 *   -> { as m:model_version, and shown = values, ... }
 *   -> nil, message, code */
static int
l_list_model_versions(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    QueryModelVersions q = {0};
    Slice order;
    Found *f;
    Err err;
    int rc;

    luaL_checktype(L, 2, LUA_TTABLE);
    q.model = row_tables_option_int(L, 2, "model", 0);
    q.tag = row_tables_option(L, 2, "tag");
    q.stage = row_tables_option(L, 2, "stage");
    q.offset = row_tables_option_int(L, 2, "offset", 0);
    q.limit = row_tables_option_int(L, 2, "limit", 50);
    q.has_since = lua_getfield(L, 2, "since") != LUA_TNIL;
    q.since = lua_tonumber(L, -1);
    order = row_tables_option(L, 2, "order");
    q.ascending = order.data && strcmp(order.data, "asc") == 0;
    q.filter = query_filterlib_read(L, 2, &filter_models);
    f = row_tables_found(L);
    rc = query_model_versions(m, &q, &f->rows, &err);
    return row_tables_answer_list(L, &f->rows, rc, &err);
}

/* m:digests_from(hex digits)    of artifacts, at most two
 *   -> { digest, ... }
 *   -> nil, message, code */
static int
l_digests_from(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice hex = row_tables_text(L, 2);
    Found *f;
    Err err;
    int rc;

    luaL_argcheck(L, strspn(hex.data, "0123456789abcdef") == hex.len && hex.len <= HASH_HEX, 2,
                  "expected the beginning of a digest in hex");
    f = row_tables_found(L);
    rc = query_digests(m, hex, &f->rows, &err);
    return row_tables_answer_column(L, &f->rows, rc, &err);
}

/* m:versions(name)              in order
 *   -> { as m:find_artifact, and run = { id, name, started }, ... }
 *   -> nil, message, code */
static int
l_versions(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice name = row_tables_text(L, 2);
    Found *f = row_tables_found(L);
    Err err;
    int rc = query_versions(m, name, &f->rows, &err);

    return row_tables_answer_list(L, &f->rows, rc, &err);
}

/* m:version_at(name, digest, upto)   the newest version that is that artifact, of
 *                                    those whose rows are not above upto
 *   -> number, row
 *   -> nil
 *   -> nil, message, code */
static int
l_version_at(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice name = row_tables_text(L, 2);
    const unsigned char *digest = meta_box_digest(L, 3);
    int64_t number, row;
    Err err;

    if (query_version_at(m, name, digest, luaL_checkinteger(L, 4), &number, &row, &err))
        return bind_fail(L, &err);
    if (!number)
        return 0;
    lua_pushinteger(L, number);
    lua_pushinteger(L, row);
    return 2;
}

/* The step runs with the artifact in that role. */
static int
users(lua_State *L, int role)
{
    Meta *m = meta_box_check(L, 1);
    const unsigned char *digest = meta_box_digest(L, 2);
    Found *f = row_tables_found(L);
    Err err;
    int rc = query_users(m, digest, role, &f->rows, &err);

    return row_tables_answer_list(L, &f->rows, rc, &err);
}

/* m:consumers(digest)
 *   -> { { step_run =, node =, step =, pipeline =, started =, run = { row, id, name },
 *          invisible = }, ... }, newest first
 *   -> nil, message, code */
static int
l_consumers(lua_State *L)
{
    return users(L, 0);
}

/* m:producers(digest) -> the same, newest first */
static int
l_producers(lua_State *L)
{
    return users(L, 1);
}

/* m:check()
 *   -> { { kind =, message = }, ... }     empty when all is well
 *   -> nil, message, code */
static int
l_check(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Found *f = row_tables_found(L);
    Err err;
    int rc = fsck_check(m, &f->rows, &err);

    return row_tables_answer_list(L, &f->rows, rc, &err);
}

/* m:check_pages() -> as m:check, for the bytes of meta.db's pages */
static int
l_check_pages(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Found *f = row_tables_found(L);
    Err err;
    int rc = fsck_check_pages(m, &f->rows, &err);

    return row_tables_answer_list(L, &f->rows, rc, &err);
}

/* m:referenced()
 *   -> { [digest] = size }      every object that an artifact has
 *   -> nil, message, code       also when one artifact cannot be read */
static int
l_referenced(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Found *f = row_tables_found(L);
    Err err;

    if (fsck_objects(m, &f->objects, &err))
        return bind_fail(L, &err);
    lua_createtable(L, 0, (int)f->objects.n);
    for (size_t i = 0; i < f->objects.cap; i++) {
        const DigestEntry *e = &f->objects.entries[i];

        if (!e->used)
            continue;
        lua_pushlstring(L, (const char *)e->digest, HASH_SIZE);
        lua_pushinteger(L, e->a);
        lua_rawset(L, -3);
    }
    return 1;
}

const luaL_Reg query_artifactlib_methods[] = {
    {"artifact", l_artifact},
    {"find_artifact", l_find_artifact},
    {"artifacts", l_artifacts},
    {"list_model_versions", l_list_model_versions},
    {"digests_from", l_digests_from},
    {"versions", l_versions},
    {"version_at", l_version_at},
    {"consumers", l_consumers},
    {"producers", l_producers},
    {"check", l_check},
    {"check_pages", l_check_pages},
    {"referenced", l_referenced},
    {NULL, NULL}
};
