/* fixture.c -- see fixture.h */
#include <string.h>

#include "embedded/embedded.h"
#include "fixture.h"
#include "meta/cache.h"
#include "meta/fsck.h"
#include "meta/query.h"

const unsigned char fixture_key[HASH_SIZE] = {1, 2, 3};
/* of the artifact, and of its member's bytes, "hello" */
const unsigned char fixture_digest[HASH_SIZE] = {
    0x6a, 0x6b, 0x65, 0xc4, 0x40, 0x0f, 0xce, 0x8a, 0xec, 0x95, 0xbf, 0x88,
    0x69, 0xd9, 0x91, 0x66, 0x62, 0x06, 0xe6, 0xf9, 0x37, 0x69, 0xf9, 0xee,
    0x3f, 0x3b, 0xe3, 0x03, 0xe5, 0xf9, 0x80, 0x8e};
static const unsigned char hello[HASH_SIZE] = {
    0x2c, 0xf2, 0x4d, 0xba, 0x5f, 0xb0, 0xa3, 0x0e, 0x26, 0xe8, 0x3b, 0x2a,
    0xc5, 0xb9, 0xe2, 0x9e, 0x1b, 0x16, 0x1e, 0x5c, 0x1f, 0xa7, 0x42, 0x5e,
    0x73, 0x04, 0x33, 0x62, 0x93, 0x8b, 0x98, 0x24};
static const unsigned char spec_hash[HASH_SIZE] = {7, 8, 9};

static Slice
text(const char *s)
{
    Slice out = {s, strlen(s)};

    return out;
}

const char *
fixture_schema(void)
{
    const EmbeddedFile *file = embedded_find("host/meta/schema.sql");

    return file ? file->text : NULL;
}

static MetaBegin
begin_of(const char *id)
{
    static const char spec[] = "\1\1\1a\1a\0";
    MetaBegin b = {0};

    b.id = text(id);
    b.name = text("run-{n}");
    b.pipeline = text("p");
    b.spec.data = spec;
    b.spec.len = sizeof spec;
    b.spec_hash = spec_hash;
    b.params = text("{}");
    b.started = 1000;
    b.cache = 1;
    return b;
}

static MetaStep
step_of(void)
{
    MetaStep s = {0};

    s.node = s.step = text("a");
    s.status = text("completed");
    s.key = fixture_key;
    s.position = 1;
    s.started = 1000;
    s.seconds = 0.5;
    s.reusable = 1;
    s.metrics = text("{\"acc\":1}");
    s.n_outputs = 1;
    return s;
}

static MetaArtifact
artifact_of(void)
{
    MetaArtifact a = {0};

    a.row.digest = fixture_digest;
    a.row.type = a.row.materializer = text("string");
    a.row.version = 1;
    a.row.size = 5;
    a.n_members = 1;
    return a;
}

static int
commit(Meta *m, int64_t run, Err *err)
{
    Member member = {text("value"), hello, 5, 1, text("hello")};
    MetaOutput output = {text("x"), text("p::a::x"), text("[\"raw\"]"), 0, 0, 0};
    MetaName other = {1, 1, text("other"), text("[\"new\"]")};
    TraceItem trace = {0, TRACE_RAN, 1};
    MetaArtifact artifact = artifact_of();
    MetaStep step = step_of();
    MetaBatch batch = {&step, NULL, &output, &artifact, &member, NULL, 1};
    MetaFinish finish = {.status = text("completed"),
                         .reason = text("done"),
                         .counts = text("{}"),
                         .expansion = text("{\"maps\":[[1,0]]}"),
                         .git = text("{\"sha\":\"1\"}"),
                         .seconds = 0.5,
                         .traced = 1,
                         .trace = &trace,
                         .n_trace = 1,
                         .naming = {.prefix = text("p::"), .given = &other, .n_given = 1}};

    return meta_commit(m, run, &batch, &finish, err);
}

/* What is tagged after it was made. */
static int
tag(Meta *m, Err *err)
{
    int changed;
    MetaTag t = {text(META_TAG_ARTIFACT), 1, text("best"), text("me")};

    return meta_tag(m, &t, 1, &changed, err);
}

int
fixture_write(Meta *m, Err *err)
{
    char id[META_ID + 1];
    MetaBegin begin;
    MetaRun run = {0};
    int code = meta_new_id(id, err);

    if (code)
        return code;
    begin = begin_of(id);
    buf_init(&run.name);
    code = meta_begin_run(m, &begin, NULL, &run, err);
    if (code == OK)
        code = commit(m, run.row, err);
    buf_release(&run.name);
    return code ? code : tag(m, err);
}

static int
read_cache(Meta *m, Err *err)
{
    Cache *c = NULL;
    CacheHit hit;
    int code = cache_open(&c, m, 10, err);

    if (code == OK)
        code = cache_get(c, fixture_key, 1, &hit, err);
    if (code == 1)
        cache_release(c);
    cache_close(c);
    return code < 0 ? code : OK;
}

static int
read_steps(Meta *m, Err *err)
{
    QuerySteps steps;
    int code;

    query_steps_init(&steps);
    code = query_steps(m, 1, &steps, err);
    query_steps_release(&steps);
    return code;
}

/* Each appends other columns, so each has rows of its own. */
static int
ask(Meta *m, int what, Err *err)
{
    QueryRuns all = {0};
    DigestMap objects;
    Rows rows;
    Buf spec;
    int64_t next, other;
    int code = OK;

    all.limit = 50;
    rows_init(&rows);
    buf_init(&spec);
    digest_map_init(&objects);
    switch (what) {
    case 0: code = query_runs(m, &all, &rows, &next, err); break;
    case 1: code = query_run(m, text("run-1"), &rows, err); break;
    case 2: code = query_pipelines(m, &rows, err); break;
    case 3: code = query_step_run(m, 1, 1, &rows, err); break;
    case 4: code = query_edges(m, 1, 1, &rows, err); break;
    case 5: code = query_wiring(m, text("p"), spec_hash, &spec, err); break;
    case 6: code = query_run_row(m, 1, &rows, err); break;
    case 7: code = query_artifact(m, text("p::a::x"), &rows, err); break;
    case 8: code = query_versions(m, text("p::a::x"), &rows, err); break;
    case 9: code = query_users(m, fixture_digest, 1, &rows, err); break;
    case 10:
        code = query_version_at(m, text("p::a::x"), fixture_digest, 9, &next, &other, err);
        break;
    case 11: code = fsck_objects(m, &objects, err); break;
    case 12: code = fsck_check(m, &rows, err); break;
    case 13: code = read_cache(m, err); break;
    case 14: code = read_steps(m, err); break;
    case 15: code = query_hits(m, &spec, err); break;
    }
    digest_map_release(&objects);
    buf_release(&spec);
    rows_release(&rows);
    return code < 0 ? code : OK;
}

int
fixture_read(Meta *m, Err *err)
{
    int worst = OK;

    for (int what = 0; what < 16; what++) {
        int code = ask(m, what, err);

        if (code)
            worst = code;
    }
    return worst;
}
