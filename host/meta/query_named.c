/* query_named.c -- see query_named.h; above each record how Lua calls it, and what it gets. */
#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "meta/query_models.h"
#include "meta/query_named.h"

#define VERSION_COLUMNS "v.number as number, v.id as id, a.digest as digest"
/* When a run had the version first: the time of its step, or of the run where that
 * took the result from the cache. */
#define VERSION_CREATED "case when v.run <> s.run then r.started else s.started end as created"
const NamedQuery named_queries[] = {

    /* -- runs -- */

    /* m:running_runs() -> { { row, id, name, started }, ... } */
    {"running_runs", "", NAMED_LIST,
     "select row, id, name, started from run where status = 'running' order by row"},
    /* m:run_status(id) -> status | nil */
    {"run_status", "s", NAMED_CELL, "select status from run where id = ?1"},
    /* m:key_format(row of a run) -> format of the cache keys that the run made | nil */
    {"key_format", "i", NAMED_CELL,
     "select format from key_format where run <= ?1 order by run desc limit 1"},
    /* m:param_names() -> names of parameters of all runs; inside tables as "a.b" */
    {"param_names", "", NAMED_COLUMN,
     "select distinct replace(substr(t.fullkey, 3), '\"', '') as name"
     " from (select distinct params from run where json_valid(params)) p,"
     " json_tree(p.params) t where t.fullkey <> '$'"},
    /* m:metric_names() -> names of the metrics of all runs
     * m:metric_fields() -> { { name, step }, ... } of those of single steps */
    {"metric_names", "", NAMED_COLUMN,
     "select name from metric_field where step = '' order by name"},
    {"metric_fields", "", NAMED_LIST,
     "select name, step from metric_field where step <> '' order by step, name"},
    /* m:origins(row of a run), what it took from outside
     *   -> { { label, digest, version | source, position, output }, ... } */
    {"origins", "i", NAMED_LIST,
     "select o.label as label, a.digest as digest, o.version as version, o.source as source,"
     " o.position as position, o.output as output"
     " from origin o join artifact a on a.id = o.artifact where o.run = ?1 order by o.id"},

    /* m:recent_run_names(n) -> names of the newest n listed runs */
    {"recent_run_names", "i", NAMED_COLUMN,
     "select name from run where unlisted = 0 order by row desc limit ?1"},
    /* m:run_notes(row of a run), oldest first -> { { time, text }, ... } */
    {"run_notes", "i", NAMED_LIST, "select time, text from run_note where run = ?1 order by id"},

    /* -- pipelines -- */

    /* m:pipeline(name) -> { id, newest = number of its newest run | nil } | nil */
    {"pipeline", "s", NAMED_ROW,
     "select p.id as id, (select max(r.number) from run r where r.pipeline = p.id) as newest"
     " from pipeline p where p.name = ?1 and p.deleted is null"},
    /* m:pipeline_names() -> by name, those that are not deleted */
    {"pipeline_names", "", NAMED_COLUMN,
     "select name from pipeline where deleted is null order by name"},
    /* m:was_pipeline(name) -> 1 | nil: one of that name, which may be deleted */
    {"was_pipeline", "s", NAMED_CELL, "select 1 from pipeline where name = ?1 limit 1"},
    /* m:listed_runs(pipeline) -> how many there are */
    {"listed_runs", "s", NAMED_CELL,
     "select count(*) from run r join pipeline p on p.id = r.pipeline"
     " where p.name = ?1 and p.deleted is null and r.unlisted = 0"},
    /* m:run_after(id of the pipeline, number, n), m:run_before(...)
     *   -> row of the listed run n places after or before that one | nil */
    {"run_after", "iii", NAMED_CELL,
     "select row from run where pipeline = ?1 and unlisted = 0 and number >= ?2"
     " order by number limit 1 offset ?3"},
    {"run_before", "iii", NAMED_CELL,
     "select row from run where pipeline = ?1 and unlisted = 0 and number <= ?2"
     " order by number desc limit 1 offset ?3"},
    /* m:first_runs(pipeline) -> row of the first run with a trace of each wiring */
    {"first_runs", "s", NAMED_COLUMN,
     "select min(r.row) from pipeline p join run r on r.pipeline = p.id where p.name = ?1"
     " and r.trace is not null group by r.spec order by 1"},
    /* m:newest_naming(pipeline) -> JSON of run.naming of its newest listed run | nil */
    {"newest_naming", "s", NAMED_CELL,
     "select r.naming from pipeline p join run r on r.pipeline = p.id"
     " where p.name = ?1 and p.deleted is null and r.unlisted = 0 order by r.number desc limit 1"},
    /* m:wirings(pipeline), oldest first
     *   -> { { version, hash, spec = its newest row, runs, first, last = times }, ... } */
    {"wirings", "s", NAMED_LIST,
     "select s.version as version, s.hash as hash, max(s.id) as spec, count(r.row) as runs,"
     " min(r.started) as first, max(r.started) as last"
     " from pipeline p join pipeline_spec s on s.pipeline = p.id"
     " left join run r on r.spec = s.id and r.pipeline = p.id"
     " where p.name = ?1 and p.deleted is null group by s.version, s.hash order by s.version"},

    /* -- step runs -- */

    /* m:view() -> number, another one when another process has written */
    {"view", "", NAMED_CELL, "pragma data_version"},
    /* m:newest_step_run() -> row, 0 where there is none */
    {"newest_step_run", "", NAMED_CELL, "select coalesce(max(id), 0) from step_run"},
    /* m:step_seconds(row) -> seconds that the step run took | nil */
    {"step_seconds", "i", NAMED_CELL, "select seconds from step_run where id = ?1"},
    /* m:step_metrics(row) -> JSON of the numbers that it logged | nil */
    {"step_metrics", "i", NAMED_CELL, "select metrics from step_run where id = ?1"},
    /* m:past_step_runs(n), completed ones of the newest n, newest first
     *   -> { { row, step, node, seconds, code = digest | nil }, ... } */
    {"past_step_runs", "i", NAMED_LIST,
     "select s.id as row, s.step as step, s.node as node, s.seconds as seconds, c.digest as code"
     " from step_run s left join code c on c.id = s.code"
     " where s.id > (select coalesce(max(id), 0) from step_run) - ?1 and s.status = 'completed'"
     " order by s.id desc"},
    /* m:input_bytes(row of a step run), of its inputs together */
    {"input_bytes", "i", NAMED_CELL,
     "select coalesce(sum(a.size), 0) from edge e join artifact a on a.id = e.artifact"
     " where e.step_run = ?1 and e.role = 0"},
    /* m:recent_seconds(pipeline, before = row of a run, runs, most)
     *   -> { { node, seconds }, ... }, at most that many step runs of so many runs before */
    {"recent_seconds", "siii", NAMED_LIST,
     "select s.node as node, s.seconds as seconds from"
     " (select r.first_step, coalesce(r.last_step, r.first_step - 1) as last_step"
     "   from run r join pipeline p on p.id = r.pipeline"
     "   where p.name = ?1 and r.row < ?2 and r.last_step is not null"
     "   order by r.row desc limit ?3) r"
     " join step_run s on s.id between r.first_step and r.last_step"
     " where s.status = 'completed' and s.seconds is not null limit ?4"},
    /* m:attempts(row of a step run), those before the last
     *   -> { { number, started, seconds, error, log }, ... } */
    {"attempts", "i", NAMED_LIST,
     "select number, started, seconds, error, log from attempt where step_run = ?1"
     " order by number"},
    /* m:attempt_counts(row of a run) -> { { row = of a step run, n }, ... } */
    {"attempt_counts", "i", NAMED_LIST,
     "select a.step_run as row, count(*) as n from run r"
     " join attempt a on a.step_run between r.first_step and coalesce(r.last_step, 1 << 62)"
     " join step_run s on s.id = a.step_run and s.run = r.row where r.row = ?1 group by 1"},

    /* -- artifacts and their versions -- */

    /* m:artifact_digests() -> digests of all artifacts */
    {"artifact_digests", "", NAMED_COLUMN, "select digest from artifact"},
    /* m:version(row)
     *   -> { id, name, number, digest, step_run, run, position, output } | nil */
    {"version", "i", NAMED_ROW,
     "select " VERSION_COLUMNS ", v.name as name, v.run as run, v.position as position,"
     " v.output as output, v.step_run as step_run"
     " from artifact_version v join artifact a on a.id = v.artifact where v.id = ?1"},
    /* m:version_row(name, number) -> row | nil */
    {"version_row", "si", NAMED_CELL,
     "select id from artifact_version where name = ?1 and number = ?2"},
    /* m:newest_version(name) -> number | nil */
    {"newest_version", "s", NAMED_CELL,
     "select max(number) from artifact_version where name = ?1"},
    /* m:named_version(name, number; 0: the newest) -> { number, id, digest } | nil */
    {"named_version", "si", NAMED_ROW,
     "select " VERSION_COLUMNS " from artifact_version v join artifact a on a.id = v.artifact"
     " where v.name = ?1 and (?2 = 0 or v.number = ?2) order by v.number desc limit 1"},
    /* m:held_version(name, number, pipeline): the same of the versions that runs of the
     * pipeline had, of a name that its port gives */
    {"held_version", "sis", NAMED_ROW,
     "select " VERSION_COLUMNS " from pipeline p"
     " join holding h on h.pipeline = p.id and h.name = ?1"
     " join artifact_version v on v.id = h.version join artifact a on a.id = v.artifact"
     " where p.name = ?3 and (?2 = 0 or v.number = ?2) order by v.number desc limit 1"},
    /* m:newest_versions(name, n), newest first
     *   -> { { version = number, version_row, digest, size, created, run = its name,
     *          tags = "a, b" }, ... } */
    {"newest_versions", "si", NAMED_LIST,
     "select v.number as version, v.id as version_row, a.digest as digest, a.size as size,"
     " " VERSION_CREATED ", r.name as run,"
     " (select group_concat(tag, ', ') from"
     "   (select tag from tag where version = v.id order by +tag)) as tags"
     " from artifact_version v left join artifact a on a.id = v.artifact"
     " left join step_run s on s.id = v.step_run left join run r on r.row = coalesce(v.run, s.run)"
     " where v.name = ?1 order by v.number desc limit ?2"},
    /* m:tags(kind, row) -> the tags that it has now, by name (meta_tag.c) */
    {"tags", "si", NAMED_COLUMN,
     "select tag from tagged where kind = ?1 and row = ?2 order by +tag"},
    /* m:taggings(kind, row): what was put on and taken off, in order
     *   -> { { tag, added?, time, author | nil }, ... } */
    {"taggings", "si", NAMED_LIST,
     "select tag, added as \"added?\", time, author from tagging"
     " where kind = ?1 and row = ?2 order by id"},
    /* m:tag_names(kind) -> tags that something of the kind has, by name */
    {"tag_names", "s", NAMED_COLUMN,
     "with recursive t(tag) as (select min(tag) from tagged where kind = ?1 union all"
     " select (select min(tag) from tagged where kind = ?1 and tag > t.tag) from t"
     " where t.tag is not null) select tag from t where tag is not null"},
    /* m:names_from(start, n) -> the first n names of artifacts that begin with it */
    {"names_from", "si", NAMED_COLUMN,
     "select distinct name from artifact_version where name >= ?1 and name < ?1 || char(1114111)"
     " order by name limit ?2"},
    /* m:names_with(part, n) -> at most six of the first n names of artifacts that have the part
     * between "::" */
    {"names_with", "si", NAMED_COLUMN,
     "select name from (select distinct name from artifact_version order by name limit ?2)"
     " where instr(name || '::', '::' || ?1 || '::') limit 6"},
    /* m:newest_version_row() -> row of the version that got its name last | nil */
    {"newest_version_row", "", NAMED_CELL, "select max(id) from artifact_version"},
    /* m:names_of(pipeline): the names PIPELINE::STEP::OUTPUT, one after the other in the
     * index, however many versions they have; and those that ports give (own = 1)
     *   -> { { name, own }, ... } */
    {"names_of", "s", NAMED_LIST,
     "with recursive names(name) as ("
     "  select min(name) from artifact_version where name >= ?1 || '::' and name < ?1 || ':;'"
     "  union all select (select min(name) from artifact_version"
     "    where name > names.name and name < ?1 || ':;') from names where names.name is not null)"
     " select name, 0 as own from names where name is not null"
     " union select h.name, 1 from pipeline p join holding h on h.pipeline = p.id"
     "  where p.name = ?1 order by 1"},

    /* -- models -- */

    /* m:models()
     *   -> { { id, name, created, description, license, versions = how many,
     *          latest = number, changed = time of the newest version }, ... } */
    {"models", "", NAMED_LIST,
     "select m.id as id, m.name as name, m.created as created, m.description as description,"
     " m.license as license, count(v.id) as versions, max(v.number) as latest,"
     " max(v.created) as changed from model m"
     " left join model_version v on v.model = m.id and v.deleted is null"
     " where m.deleted is null group by m.id order by m.name"},
    /* m:model_names() -> by name */
    {"model_names", "", NAMED_COLUMN,
     "select name from model where deleted is null order by name"},
    /* m:model(name) -> { id, name, created, description, license, audience, use_cases, ethics } */
    {"model", "s", NAMED_ROW,
     "select id, name, created, description, license, audience, use_cases, ethics from model"
     " where name = ?1 and deleted is null"},
    /* m:model_versions(row of a model, after, n): the first n whose number is larger
     *   -> { { id, number, name, stage, created, run = its name, metadata, tags = "a, b",
     *          links = how many }, ... } */
    {"model_versions", "iii", NAMED_LIST,
     "select " QUERY_MODEL_VERSION " from model_version v left join run r on r.row = v.run"
     " where v.model = ?1 and v.number > ?2 and v.deleted is null order by v.number limit ?3"},
    /* m:model_versions_before(row of a model, before | nil, n): the last n whose number is
     * smaller, newest first */
    {"model_versions_before", "iii", NAMED_LIST,
     "select " QUERY_MODEL_VERSION " from model_version v left join run r on r.row = v.run"
     " where v.model = ?1 and v.number < coalesce(?2, 1 << 62) and v.deleted is null"
     " order by v.number desc limit ?3"},
    /* m:model_version_names(row of a model, n) -> own names of its newest n versions */
    {"model_version_names", "ii", NAMED_COLUMN,
     "select name from (select name, number from model_version where model = ?1"
     " and deleted is null order by number desc limit ?2) where name is not null"},
    /* m:model_version_at(row of a model, n) -> row of the n-th version from the end | nil */
    {"model_version_at", "ii", NAMED_CELL,
     "select id from model_version where model = ?1 and deleted is null"
     " order by number desc limit 1 offset ?2 - 1"},
    /* m:model_version_numbered(row of a model, number), in a stage but archived, of that own
     * name, the newest with a tag -> row | nil */
    {"model_version_numbered", "ii", NAMED_CELL,
     "select id from model_version where model = ?1 and number = ?2 and deleted is null"},
    {"model_version_in", "is", NAMED_CELL,
     "select id from model_version where model = ?1 and stage = ?2 and stage <> 'archived'"},
    {"model_version_named", "is", NAMED_CELL,
     "select id from model_version where model = ?1 and name = ?2 and deleted is null"},
    {"model_version_tagged", "is", NAMED_CELL,
     "select v.id from tagged t join model_version v on v.id = t.row and v.model = ?1"
     " and v.deleted is null where t.kind = 'model' and t.tag = ?2 order by v.number desc limit 1"},
    /* m:model_version_count(row of a model) -> { n, first, last = numbers } */
    {"model_version_count", "i", NAMED_ROW,
     "select count(*) as n, min(number) as first, max(number) as last from model_version"
     " where model = ?1 and deleted is null"},
    /* m:model_stages(row of a model), but archived -> { { id, number, stage }, ... } */
    {"model_stages", "i", NAMED_LIST,
     "select id, number, stage from model_version where model = ?1 and stage <> 'archived'"
     " order by number"},
    /* m:model_version(row) -> the same, with model = its name; or nil */
    {"model_version", "i", NAMED_ROW,
     "select " QUERY_MODEL_VERSION ", m.name as model from model_version v"
     " join model m on m.id = v.model left join run r on r.row = v.run"
     " where v.id = ?1 and v.deleted is null"},
    /* m:model_links(row of a version), as they are now
     *   -> { { name, number, kind, digest, type, size, version_row, version, source, position,
     *          output, run = name of the run that linked it }, ... } */
    {"model_links", "i", NAMED_LIST,
     "select l.name as name, l.number as number, l.kind as kind, a.digest as digest,"
     " a.type as type, a.size as size, l.named as version_row, n.number as version,"
     " l.source as source, l.position as position, l.output as output, r.name as run"
     " from model_link_now l join artifact a on a.id = l.artifact"
     " left join artifact_version n on n.id = l.named left join run r on r.row = l.run"
     " where l.version = ?1 order by l.name, l.number"},
    /* m:model_metrics(row of a version) -> { { step, name, value | nil: NaN }, ... } */
    {"model_metrics", "i", NAMED_LIST,
     "select step, name, value from model_metric where version = ?1 order by step, name"},
    /* m:model_runs(row of a version), newest first
     *   -> { { row, id, name, role, asked, pipeline, started }, ... } */
    {"model_runs", "i", NAMED_LIST,
     "select r.row as row, r.id as id, r.name as name, u.role as role, u.asked as asked,"
     " p.name as pipeline, r.started as started from model_run u join run r on r.row = u.run"
     " join pipeline p on p.id = r.pipeline where u.version = ?1 order by r.row desc, u.role"},
    /* m:run_models(row of a run)
     *   -> { { model, number, name, stage, role, asked, deleted }, ... } */
    {"run_models", "i", NAMED_LIST,
     "select m.name as model, v.number as number, v.name as name, v.stage as stage,"
     " u.role as role, u.asked as asked, v.deleted as deleted, v.id as id from model_run u"
     " join model_version v on v.id = u.version join model m on m.id = v.model"
     " where u.run = ?1 order by m.name, v.number, u.role"},
    /* m:models_with(row of an artifact, a name of it | nil for any)
     *   -> { { model, number, name, stage, link = its name, kind, source, position, output },
     *        ... } */
    {"models_with", "is", NAMED_LIST,
     "select m.name as model, v.number as number, v.name as name, v.stage as stage,"
     " l.name as link, l.kind as kind, l.source as source, l.position as position,"
     " l.output as output from model_link_now l"
     " join model_version v on v.id = l.version and v.deleted is null"
     " join model m on m.id = v.model where l.artifact = ?1 and (?2 is null or l.name = ?2)"
     " order by m.name, v.number"},
    /* m:stage_moves(row of a model), oldest first
     *   -> { { id, version = row, number, stage, previous, time, who, reason, run = name,
     *          cause, by = number of the version that displaced it, back, deleted }, ... } */
    {"stage_moves", "i", NAMED_LIST,
     "select s.id as id, v.id as version, v.number as number, s.stage as stage,"
     " s.previous as previous, s.time as time, s.who as who, s.reason as reason, r.name as run,"
     " s.cause as cause, b.number as by, s.back as back, v.deleted as deleted from stage_move s"
     " join model_version v on v.id = s.version left join run r on r.row = s.run"
     " left join stage_move c on c.id = s.cause left join model_version b on b.id = c.version"
     " where v.model = ?1 order by s.id"},
    /* m:step_notes(JSON list of rows) -> { { row, notes }, ... } of those that speak of a model */
    {"step_notes", "s", NAMED_LIST,
     "select s.id as row, s.notes as notes from json_each(?1) j join step_run s on s.id = j.value"
     " where s.notes like '%\"model\":%'"},

    {NULL, NULL, NAMED_LIST, NULL}
};

int
query_named(Meta *m, const NamedQuery *q, const DbValue values[NAMED_PARAMETERS], Rows *out,
            Err *err)
{
    DbStmt *st;
    int rc = db_query_values(meta_db(m), &st, err, q->sql, values, strlen(q->types));

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

int
query_ask(Meta *m, Rows *out, Err *err, const char *name, ...)
{
    const NamedQuery *q = named_queries;
    DbValue values[NAMED_PARAMETERS];
    va_list args;

    while (q->name && strcmp(q->name, name) != 0)
        q++;
    assert(q->name);
    va_start(args, name);
    for (size_t i = 0; q->types[i]; i++) {
        values[i].type = q->types[i] == 's' ? DB_TEXT : DB_INT;
        if (q->types[i] == 's')
            values[i].as.s = va_arg(args, Slice);
        else
            values[i].as.i = va_arg(args, int64_t);
    }
    va_end(args);
    return query_named(m, q, values, out, err);
}
