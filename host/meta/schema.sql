-- schema.sql -- the metadata of a project: .rille/meta.db.
--
-- A block begins with a line "-- version N" and is the migration from N - 1 to
-- N; a new database runs them all.  Blocks are never edited once released.
--
-- Facts are appended and stay; the only rows that change are those of a run
-- (running -> its end), of a pipeline that is deleted, with its runs, of a model and
-- its versions (what is said of them, the stage, whose moves are appended), and of
-- verified (a memo).  References are declared for readers and for fsck, not
-- enforced at each insert.  Digests are blobs of 32 bytes, times are seconds
-- since 1970 UTC, JSON is text.  "sum" is a check value over the row's other
-- columns (base/checksum.h): a row that does not match its own is damaged and is treated
-- as absent.

-- version 1

create table pipeline(
    id      integer primary key,
    name    text not null unique        -- as written in the script
);

-- The wiring of a pipeline, once per wiring.
create table pipeline_spec(
    id       integer primary key,
    pipeline integer not null references pipeline,
    hash     blob not null,             -- of the wiring, made by the engine
    version  integer not null,          -- 1, 2, ... within the pipeline
    spec     blob not null,             -- nodes and wires (wiring_bytes.h), packed (packed_bytes.h)
    unique(hash, pipeline),
    unique(pipeline, version)
);

-- The text of a file, module or prompt entry that a run used.
create table source(
    digest  blob primary key,           -- SHA-256 of text
    text    text not null
);

-- The fingerprints of steps' code.
create table code(
    id      integer primary key,
    digest  blob not null unique,       -- the fingerprint
    leaves  text                        -- JSON: what went into it, path by path
);

create table run(
    row        integer primary key,     -- grows with time
    id         text not null unique,    -- 32 hex digits, ordered by time
    name       text not null unique,
    pipeline   integer not null references pipeline,
    number     integer not null,        -- 1, 2, ... within the pipeline
    spec       integer not null references pipeline_spec,
    status     text not null,           -- running completed failed stopped
    reason     text,                    -- why it did not complete
    started    real not null,
    seconds    real,                    -- how long it took; null while running
    stack      text,                    -- name of the stack
    cache      integer not null,        -- 1 when lookups were allowed
    unlisted   integer not null,        -- 1: kept out of listings; 2: also of "unlisted too"
    script     text,                    -- path of the main script
    first_step integer not null,        -- rows of step_run of this run are >= it
    last_step  integer,                 -- and <= it; null while running
    params     text,                    -- JSON
    tags       text,                    -- JSON
    counts     text,                    -- JSON: ran, cached, failed, ...
    extra      text,                    -- JSON: what YAML and callers add
    sources    text,                    -- JSON: [{"path":..., "digest":hex}, ...]
    trace      blob                     -- every step of the run, packed (run_outcomes.h)
);
create unique index run_by_pipeline on run(pipeline, number, unlisted, status);
create index run_running on run(row) where status = 'running';

-- A step that was executed.  Hits have no row: the trace names the row of the
-- step run whose result was taken.
create table step_run(
    id       integer primary key,
    run      integer not null references run,
    node     text not null,             -- id of the node in the graph
    step     text not null,             -- name of the step
    position integer not null,          -- of the node in the spec, from 1
    status   text not null,             -- completed failed skipped stopped
    started  real,
    seconds  real,
    key      blob,                      -- the cache key, if one was made
    code     integer references code,
    reusable integer not null,          -- 1: its result may serve as a hit
    params   text,                      -- JSON
    reason   text,                      -- why it ran
    error    text,
    metrics  text,                      -- JSON
    metadata text,                      -- JSON
    reads    blob,                      -- what it read outside, packed by observe
    log      text
);

-- An artifact: a list of members under one digest.
create table artifact(
    id           integer primary key,
    digest       blob not null unique,  -- SHA-256 of the canonical list of members
    type         text not null,
    materializer text not null,
    version      integer not null,      -- of the materializer's format
    size         integer not null,      -- plain bytes of all members
    objects      integer not null,      -- members in the object store, not inline
    sum          integer not null,
    members      blob not null,         -- names, digests, sizes (artifact.h)
    inline       blob,                  -- bytes of the inline members, end to end
    metadata     text,                  -- JSON, by the materializer
    preview      text
);

-- The versions of a named artifact, in order.
create table artifact_version(
    id       integer primary key,
    name     text not null,             -- PIPELINE::STEP::OUTPUT, or the port's name
    number   integer not null,          -- 1, 2, ... within the name
    artifact integer not null references artifact,
    step_run integer not null references step_run,
    unique(name, number)
);

-- Lineage: the artifacts that a step run took and made.
create table edge(
    step_run integer not null references step_run,
    role     integer not null,          -- 0 input, 1 output, 2 the list that an
                                        -- input, an item, is from
    position integer not null,          -- in declared order, from 1
    port     text not null,             -- lists repeat it
    artifact integer not null references artifact,
    version  integer references artifact_version,   -- outputs that have a name
    primary key(step_run, role, position)
) without rowid;
create index edge_by_artifact on edge(artifact, role);

-- The cache: key -> results, newest first.
create table record(
    key      blob not null,
    step_run integer not null references step_run,
    outs     blob not null,             -- digests of the outputs, end to end
    objects  integer not null,          -- members of them in the object store
    observed integer not null,          -- 1: step_run.reads must be checked first
    sum      integer not null,
    primary key(key, step_run desc)
) without rowid;

-- Objects whose bytes were compared with their name, so that they need not be again.
create table verified(
    digest  blob primary key,
    inode   integer not null,
    size    integer not null,
    mtime   integer not null,           -- nanoseconds
    ctime   integer not null            -- nanoseconds
) without rowid;

-- version 2

-- A pipeline may be deleted: its row stays for its runs, its name is free.
create table pipeline_2(
    id      integer primary key,
    name    text not null,              -- as written in the script
    deleted real                        -- when; null while it is there
);
insert into pipeline_2(id, name) select id, name from pipeline;
drop table pipeline;
alter table pipeline_2 rename to pipeline;
create unique index pipeline_by_name on pipeline(name) where deleted is null;

-- The tags of artifact versions: what was put on and taken off, in order.
create table tagging(
    id      integer primary key,
    version integer not null references artifact_version,
    tag     text not null,
    added   integer not null,           -- 1 put on, 0 taken off
    time    real not null
);
create index tagging_by_version on tagging(version, tag);
create index tagging_by_tag on tagging(tag);

-- The tags that a version has now.
create view tag as
    select t.version as version, t.tag as tag, t.time as time from tagging t
    where t.added = 1 and t.id = (select max(u.id) from tagging u
        where u.version = t.version and u.tag = t.tag);

-- Derived: the numbers in step_run.metrics, for listings that sort by one.
create table metric(
    name     text not null,
    step_run integer not null references step_run,
    value    real not null,
    primary key(name, step_run)
) without rowid;
insert or ignore into metric(name, step_run, value)
    select m.key, s.id, m.value from step_run s, json_each(s.metrics) m
    where s.metrics is not null and json_valid(s.metrics)
    and m.type in ('integer', 'real');

-- JSON: what else the step said: {"params": {...}, "outputs": {"NAME": {...}}},
-- the parameters it chose itself and the metadata of its outputs.
alter table step_run add column notes text;

-- The attempts of a step run that was tried again, apart from its last one.
create table attempt(
    step_run integer not null references step_run,
    number   integer not null,          -- 1, 2, ...
    started  real not null,
    seconds  real not null,
    error    text not null,
    log      text,
    primary key(step_run, number)
) without rowid;

-- JSON: what a run has beside its wiring, where that depends on data: {
-- "maps": [[position, items]...], whose items follow the wiring's steps in the
-- trace; "whens": [[position, node that it stands for, output]...];
-- "skipped": [[position, reason]...]}
alter table run add column expansion text;

-- version 3

-- The formats of cache keys that runs of this store made, and the first run that
-- made keys of each: earlier runs have keys of an earlier format, which no step
-- finds again.
create table key_format(
    format text primary key,            -- lua/cache/key.lua
    run    integer not null             -- its row
) without rowid;
-- The wiring of a pipeline, once per wiring and order of its nodes: the positions
-- in a run are those of the spec that it names.
create table pipeline_spec_3(
    id       integer primary key,
    pipeline integer not null references pipeline,
    hash     blob not null,             -- of the wiring, in whatever order
    version  integer not null,          -- 1, 2, ... within the pipeline, one per hash
    spec     blob not null              -- nodes and wires (wiring_bytes.h), packed (packed_bytes.h)
);
insert into pipeline_spec_3 select id, pipeline, hash, version, spec from pipeline_spec;
drop table pipeline_spec;
alter table pipeline_spec_3 rename to pipeline_spec;
create index pipeline_spec_by_hash on pipeline_spec(hash, pipeline);
create index pipeline_spec_by_version on pipeline_spec(pipeline, version);

-- 1: the positions in the trace and in step_run are those of the spec.  Null: an
-- older program wrote the run, whose spec may have the nodes in another order.
alter table run add column placed integer;

-- JSON: { "NODE::PORT": { "name":, "tags": } }, what the ports of a listed run say
-- of the names of their artifacts; null where they say nothing.
alter table run add column naming text;

-- The newest artifact_version when the run ended (until then: when it began): the
-- latest version of a name up to it is the run's.  Null where the process died.
alter table run add column named integer;

-- The run that had the version first, the position of the node in its trace, and
-- which of the node's outputs it is; null where an older program did not say.
alter table artifact_version add column run integer references run;
alter table artifact_version add column position integer;
alter table artifact_version add column output integer;
update artifact_version set (run, position, output) =
    (select s.run, s.position, e.position from step_run s join edge e
        on e.step_run = s.id and e.role = 1 and e.version = artifact_version.id
        where s.id = artifact_version.step_run);

-- Names that ports give and that are not PIPELINE::STEP::OUTPUT: which versions of
-- them the runs of a pipeline had.
create table holding(
    pipeline integer not null references pipeline,
    name     text not null,
    version  integer not null references artifact_version,
    primary key(pipeline, name, version)
) without rowid;
insert into holding select distinct r.pipeline, v.name, v.id
    from artifact_version v join step_run s on s.id = v.step_run
    join run r on r.row = s.run join pipeline p on p.id = r.pipeline
    where substr(v.name, 1, length(p.name) + 2) <> p.name || '::';

-- An input whose value was taken from another run: its step run.  What steps of the
-- same run made is found by the wiring and the trace.
alter table edge add column source integer references step_run;

-- What a run took from outside, by the label that the wiring has of it: a version
-- of a name, or an output of a run by its position; neither: unknown.
create table origin(
    id       integer primary key,
    run      integer not null references run,
    label    text not null,
    artifact integer not null references artifact,
    version  integer references artifact_version,
    source   integer references run,
    position integer,
    output   integer
);
create index origin_by_run on origin(run);
create index origin_by_artifact on origin(artifact);

-- Derived anew: the numbers in step_run.metrics, infinite ones too; NaN has no value.
drop table metric;
create table metric(
    name     text not null,
    step_run integer not null references step_run,
    value    real,
    primary key(name, step_run)
) without rowid;
insert or ignore into metric(name, step_run, value)
    select m.key, s.id, case when m.type <> 'object' then m.value
        else case json_extract(m.value, '$."$number"') when 'inf' then 9e999 when '-inf' then -9e999 end end
    from step_run s, json_each(s.metrics) m
    where s.metrics is not null and json_valid(s.metrics)
    and (m.type in ('integer', 'real')
        or m.type = 'object' and json_extract(m.value, '$."$number"') in ('inf', '-inf', 'nan'));

-- What the steps of a run that died had printed by then: the lines of its
-- runs/ID.live (lua/record/live_log.lua), packed (packed_bytes.h).
create table unfinished(
    run   integer primary key references run,
    lines blob not null
);

-- version 4

-- The tags of anything: what was put on and taken off, in order.  kind says which table the
-- row is of: 'run' (run), 'artifact' (artifact_version), 'model' (model_version).
create table tagging_4(
    id      integer primary key,
    kind    text not null,
    row     integer not null,
    tag     text not null,
    added   integer not null,           -- 1 put on, 0 taken off
    time    real not null,
    author  text                        -- the user who did it; null: a run, or not recorded
);
insert into tagging_4(id, kind, row, tag, added, time)
    select id, 'artifact', version, tag, added, time from tagging;
-- until version 4 the tags of a run were in run.tags, which later runs leave null
insert into tagging_4(kind, row, tag, added, time)
    select 'run', r.row, t.value, 1, r.started from run r, json_each(r.tags) t
    where r.tags <> '[]' and json_valid(r.tags) order by r.row, t.key;
-- a program that had the store open when it was brought up to date writes as it knows the
-- tables: its runs would have neither tags nor metrics
create trigger run_of_older_program before insert on run when new.tags is not null
begin
    select raise(abort, 'a newer rille has brought this store up to date; update rille');
end;
drop view tag;
drop table tagging;
alter table tagging_4 rename to tagging;
create index tagging_by_row on tagging(kind, row, tag);

-- Derived: the tags that things have now, by tag and then in the order of the rows.
create table tagged(
    kind    text not null,
    tag     text not null,
    row     integer not null,
    tagging integer not null references tagging,    -- which put it on
    primary key(kind, tag, row)
) without rowid;
create index tagged_by_row on tagged(kind, row, tagging);
insert or ignore into tagged select t.kind, t.tag, t.row, t.id from tagging t
    where t.added = 1 and t.id >= (select max(u.id) from tagging u
        where u.kind = t.kind and u.row = t.row and u.tag = t.tag);
create view tag as select row as version, tag from tagged where kind = 'artifact';

-- JSON: the commit of the code (lua/run/code_version.lua): { "sha":, "remote":, "dirty":, ... };
-- null where the script is in no git repository.
alter table run add column git text;

-- Derived anew, by step run: the numbers in step_run.metrics; NaN has no value.
create table metric_4(
    step_run integer not null references step_run,
    name     text not null,
    value    real,
    primary key(step_run, name)
) without rowid;
insert into metric_4(step_run, name, value) select step_run, name, value from metric order by 1, 2;
drop table metric;
alter table metric_4 rename to metric;

-- What a run can have a metric by: metric.NAME, or metric.STEP.NAME of one step.
create table metric_field(
    id   integer primary key,
    name text not null,
    step text not null,                 -- id of the node, of an item that of its map; '': the
                                        -- last step of the run that logged it
    unique(name, step)
);

-- Derived: the metrics of runs, those of hits too; NaN has no value (run_metric.c).
create table run_metric(
    run   integer not null references run,
    field integer not null references metric_field,
    value real,
    place integer not null,             -- rank of the step in the run: the last one counts
    primary key(run, field)
) without rowid;
-- trace_steps (db_functions.c) gives [[step_run, node, rank], ...] of a trace
create temp table traced_4 as
    select r.row as run, json_extract(j.value, '$[2]') as place,
        json_extract(j.value, '$[0]') as step_run,
        case when r.placed is null then null else json_extract(j.value, '$[1]') end as node
    from run r left join pipeline_spec s on s.id = r.spec,
        json_each(trace_steps(r.trace, s.spec, r.expansion)) j
    where r.trace is not null
        and json_extract(j.value, '$[0]') in (select step_run from metric)
    union all select s.run, s.position, s.id, null from step_run s join run r on r.row = s.run
    where r.trace is null and s.metrics is not null;
update traced_4 set node = (select case when substr(s.node, -1) = ']'
    then substr(s.node, 1, instr(s.node, '[') - 1) else s.node end
    from step_run s where s.id = traced_4.step_run) where node is null;
insert or ignore into metric_field(name, step)
    select distinct m.name, '' from metric m union select distinct m.name, t.node
    from traced_4 t join metric m on m.step_run = t.step_run where t.node <> '';
insert or replace into run_metric(run, field, value, place)
    select t.run, f.id, m.value, t.place from traced_4 t join metric m on m.step_run = t.step_run
    join metric_field f on f.name = m.name and f.step in ('', t.node)
    order by t.run, t.place;
drop table traced_4;
create index run_metric_by_value on run_metric(field, value, run);

-- For listings that have few of the runs, or the versions of few runs.
create index artifact_version_by_run on artifact_version(run);
drop index run_running;
create index run_by_status on run(status);
create index run_by_started on run(started);

-- Models: a name, under which runs put versions of the artifacts that belong together.
create table model(
    id          integer primary key,
    name        text not null,
    created     real not null,
    deleted     real,                   -- when; null while it is there
    description text,
    license     text,
    audience    text,
    use_cases   text,
    ethics      text
);
create unique index model_by_name on model(name) where deleted is null;

-- The versions of a model.  One that is deleted stays as a row: its number is not given again.
create table model_version(
    id       integer primary key,
    model    integer not null references model,
    number   integer not null,          -- 1, 2, ... within the model
    name     text,                      -- besides its number; or null
    stage    text,                      -- now: staging, production, archived, one of the
                                        -- project's own; null: none
    created  real not null,
    deleted  real,
    run      integer not null references run,   -- that made it
    metadata text,                      -- JSON
    unique(model, number)
);
create unique index model_version_by_name on model_version(model, name) where deleted is null;
create index model_version_by_run on model_version(run);
-- One version of a model holds a stage, but for archived.
create unique index model_stage_holder on model_version(model, stage) where stage <> 'archived';

-- Which runs had to do with a version.
create table model_run(
    version integer not null references model_version,
    run     integer not null references run,
    role    text not null,              -- made; shared: its artifacts were those of the version
                                        -- already; used: it asked for the version, its outputs
                                        -- are linked; read: it took an artifact of the version
    asked   text,                       -- how it named the version: production, 3, ...; or null
    primary key(version, run, role)
) without rowid;
create index model_run_by_run on model_run(run);

-- The artifacts of a version, appended: see model_link_now.
create table model_link(
    id        integer primary key,
    version   integer not null references model_version,
    name      text not null,            -- the artifact's own: PIPELINE::STEP::OUTPUT, or its port's
    number    integer not null,         -- 1, 2, ... within version and name
    kind      text not null,            -- data, model, deployment
    overwrite integer not null,         -- 1: those of the name before it are links no more
    artifact  integer not null references artifact,
    named     integer references artifact_version,  -- the version of its name; or null
    run       integer references run,   -- that linked it; null: a user did
    source    integer references run,   -- whose output it is: of the node at the position
    position  integer,                  -- in its trace; null where that is unknown
    output    integer,
    time      real not null,
    unique(version, name, number)
);
create index model_link_by_artifact on model_link(artifact);

-- The links that versions have now.
create view model_link_now as
    select l.* from model_link l where l.id >= (select coalesce(max(o.id), 0) from model_link o
        where o.version = l.version and o.name = l.name and o.overwrite = 1);

-- Those of them that the run which made the version linked, or one that shares it: not what
-- users and runs that asked for the version added.
create view model_link_made as
    select l.* from model_link_now l join model_run u
        on u.version = l.version and u.run = l.run and u.role in ('made', 'shared');

-- What the steps of a version's runs measured; the newest run counts.
create table model_metric(
    version integer not null references model_version,
    step    text not null,              -- id of the node
    name    text not null,
    value   real,                       -- null: NaN
    run     integer not null references run,
    primary key(version, name, step)
) without rowid;

-- The moves of versions between stages, appended.
create table stage_move(
    id       integer primary key,
    version  integer not null references model_version,
    stage    text,                      -- null: none
    previous text,                      -- the stage before; null: none
    time     real not null,
    who      text not null,             -- the user of the machine
    reason   text,
    run      integer references run,    -- that asked for it
    cause    integer references stage_move, -- the move of another version that displaced this one
    back     integer not null           -- 1: the stage went back to an earlier holder
);
create index stage_move_by_version on stage_move(version);

-- What went wrong beside the steps of a run and did not fail it, in sentences: an experiment
-- tracker that raised an error, an alert that was not delivered; and what its hook on_end printed.
create table run_note(
    id   integer primary key,
    run  integer not null references run,
    time real not null,
    text text not null
);
create index run_note_by_run on run_note(run);

-- version 5

-- Derived: the last run of a pipeline in which all was cached or may be reused, with what its
-- definition and its plan depend on: a run that finds the same takes its trace over and
-- neither defines nor plans (lua/run/definition_memo.lua).  What deletes or mends rows empties
-- it, and node_memo (memo.h).
create table memo(
    id        integer primary key,
    pipeline  integer not null references pipeline,
    key       blob not null,            -- of all that its definition depends on
    run       integer not null references run,
    spec      integer not null references pipeline_spec,
    last_step integer not null,         -- the step_runs up to it are known
    named     integer not null,         -- the artifact_versions up to it are known
    counts    text not null,            -- as in run, of a run in which all is cached
    git       text,                     -- JSON: what the text of run.git was made of
    facts     blob,                     -- what the steps read outside, packed by observe
    artifacts blob not null,            -- digests of the outputs that have objects
    trace     blob not null,            -- as in run
    keys      blob not null,            -- the first 8 bytes of each cache key, sorted
    sum       integer not null,
    unique(pipeline, key)
);

-- Derived: the nodes of the last run of a pipeline whose results may all be used again, so that
-- those that are the same need not be looked up again (node_memo.h, which has the bytes).
create table node_memo(
    pipeline  integer primary key references pipeline,
    key       blob not null,            -- of what its keys depend on beside the nodes
    last_step integer not null,         -- the step_runs up to it are known
    spec      integer not null references pipeline_spec,    -- of the run
    steps     blob not null,            -- what the keys of each step begin with
    nodes     blob not null,            -- of each node its row, its key and its outputs
    results   blob not null,            -- of each node the step_run of its result
    sum       integer not null
);
