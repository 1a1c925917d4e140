-- json_rows: runs, steps and artifacts as the tables that --json prints.

local recorded_code = require "rille.query.recorded_code"
local hash = require "rille.host.hash"
local history = require "rille.query.history"
local json = require "rille.json"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local project = require "rille.project"
local value_text = require "rille.base.value_text"

local json_rows = {}

local function unpack(text) return text and json.unpack(text) or {} end
local function or_null(v) if v == nil then return json.null end return v end
local function object(t) return json.object(t) end

local plain = value_text.plain
json_rows.plain = plain

-- The commit of a run's code; null outside of a repository.
function json_rows.git(row)
  local git = recorded_code.recorded(row)
  if not git then return json.null end
  return { sha = git.sha, dirty = or_null(git.dirty), remote = git.remote }
end

-- What went wrong beside the steps of a run; nil for nothing.
local function notes(row)
  local list = {}
  for i, one in ipairs(project.meta:run_notes(row.row) or {}) do list[i] = one.text end
  return list[1] and json.array(list) or nil
end

-- A run without its steps.
---@param row table of the metadata
---@return table
function json_rows.run_head(row)
  return {
    id = row.id, name = row.name, pipeline = row.pipeline, status = row.status, reason = or_null(row.reason),
    started = format.iso(row.started), seconds = or_null(row.seconds), stack = row.stack,
    parameters = object(plain(unpack(row.params))), tags = json.array(unpack(row.tags)),
    script = or_null(row.script), number = row.number, counts = object(unpack(row.counts)), git = json_rows.git(row),
    extra = row.extra and object(plain(unpack(row.extra))) or nil,
  }
end

json_rows.glance = require "rille.artifact.glance"

-- The artifact of a digest in a line, as it is in the metadata; nil where that does not have it.
---@param digest string? 32 bytes
---@param uncommitted (fun(digest: string): table?)? of a run that is running
---@return string?
function json_rows.glance_of(digest, uncommitted)
  local row = digest and (uncommitted and uncommitted(digest) or project.meta and project.meta:artifact(digest))
  return row and (json_rows.glance(row) or string.format("%s, %s", row.type, format.bytes(row.size))) or nil
end

local function output(out, noted)
  local artifact = history.artifact_of { digest = out.digest, name = out.artifact, number = out.version,
    type = out.type, size = out.size, noted = noted or false }
  local digest = hash.hex(out.digest)
  return { id = digest, digest = digest, type = out.type, version = or_null(out.version), size = out.size,
    uri = artifact.uri, metadata = object(plain(artifact.metadata)) }, json_rows.glance(rawget(artifact, "row"))
end

local function inputs(row)
  local map = {}
  for _, input in ipairs(row.inputs or {}) do
    local digest = hash.hex(input.digest)
    local before = map[input.name]
    if type(before) == "table" then before[#before + 1] = digest
    elseif before then map[input.name] = json.array { before, digest }
    else map[input.name] = digest end
  end
  return map
end

local function ids_of(rows)
  local ids = {}
  for i, row in ipairs(rows) do ids[i] = row.node end
  return json.array(ids)
end

-- The attempts before the last one.
function json_rows.attempts(step)
  local list = {}
  for i, one in ipairs(step.attempts) do
    list[i] = { attempt = one.number, status = "failed", started = format.iso(one.started), seconds = one.seconds,
      error = one.error, log = one.log or "" }
  end
  return json.array(list)
end

-- A step of a run.  output_list has its outputs in order, for text.
---@param row table of the history: its status is a word
---@return table
function json_rows.step(row)
  local outputs, list = {}, {}
  local noted = unpack(row.notes)
  for i, out in ipairs(row.outputs or {}) do
    local data, preview = output(out, noted.outputs and noted.outputs[out.name])
    outputs[out.name] = data
    list[i] = { name = out.name, type = data.type, size = data.size, digest = data.digest, preview = preview,
      metadata = data.metadata }
  end
  return {
    id = row.node, step = row.step, status = row.status_name, reason = or_null(row.reason),
    key = row.key and hash.hex(row.key) or json.null, seconds = or_null(row.seconds), cached_from = row.cached_from,
    parameters = object(plain(unpack(row.params))), inputs = object(inputs(row)),
    metrics = object(plain(unpack(row.metrics))), metadata = object(plain(unpack(row.metadata))),
    logged = object(plain(noted.params or {})), outputs = object(outputs), output_list = list,
    series = noted.series and object(plain(noted.series)) or nil,
    error = row.error, kind = row.kind, items = row.items and ids_of(row.items) or nil,
  }
end

-- A run with its steps.
---@param row table of the metadata
---@return table
function json_rows.run(row)
  local data = json_rows.run_head(row)
  local steps, git = {}, recorded_code.recorded(row)
  -- what ran is in no commit: the texts that are kept
  local kept = git and git.dirty and (row.sources or (project.meta:run(row.id) or {}).sources)
  if kept then data.git.sources = json.array(json.unpack(kept)) end
  local run = history.run_of(row)
  for i = 1, #run.steps do
    local step = json_rows.step(rawget(run.steps[i], "row"))
    if global_options.json then step.output_list = nil end
    step.pin = recorded_code.pin(git, step)
    steps[i] = step
  end
  data.steps, data.notes = json.array(steps), notes(row)
  local models = project.answer(project.meta:run_models(row.row)) or {}
  if models[1] then
    data.models = {}
    for i, one in ipairs(models) do
      data.models[i] = { model = one.model, version = one.number, name = one.name, stage = one.stage or "none",
        role = one.role, asked = one.asked, deleted = one.deleted and true or nil }
    end
  end
  return data
end

---@param artifact table of the history
---@return table
function json_rows.artifact(artifact)
  local members = {}
  for i, one in ipairs(artifact.members) do members[i] = { name = one.name, size = one.size, digest = one.digest } end
  return { id = artifact.id, digest = artifact.digest, type = artifact.type, size = artifact.size, uri = artifact.uri,
    name = or_null(artifact.name), version = or_null(artifact.version), tags = json.array(artifact.tags),
    preview = or_null(artifact.preview), materializer = artifact.materializer,
    metadata = object(plain(artifact.metadata)), members = json.array(members) }
end

return json_rows
