-- past_model: models and their versions as values.
--
--   rille.models.NAME.versions[-1] | ["production"] | [3] | ["its own name"]
--   version.artifacts.NAME, version.artifacts.NAME["1"], version.artifacts:each()
--
-- Like the rest of the history they are read when asked for, and inside a step only with cache = false.

local class = require "rille.query.history_class"
local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local history = require "rille.query.history"
local json = require "rille.json"
local model_version = require "rille.script.model_version"
local observe = require "rille.host.observe"
local project = require "rille.project"
local running = require "rille.project.running"
local stages = require "rille.project.stages"
local sys = require "rille.host.sys"
local version_artifacts = require "rille.query.version_artifacts"

local answer = project.answer
local meta_of = debug.getmetatable

local past_model = {}

-- Versions -------------------------------------------------------------------------------------

local FIXED <const> = { model = true, number = true, name = true, created = true, run = true }

-- The row with what may have changed since.
local function fresh(row)
  local now = answer(project.meta:model_version(row.id))
  if not now then errors.raise("%s is deleted", version_artifacts.what_of(row)) end
  return now
end

-- Sends a request that changes the version; returns the answer.
local function change(self, method, request)
  project.need "write"
  local text = project.check(project.meta[method](project.meta, json.pack(request)))
  class.forget_all(self)
  return require("rille.record.model_links").told(text)
end

local methods = {}

local function refuse_in_step(what, instead)
  if running.is_step() then errors.raise("%s: a step is running; %s", what, instead) end
end

local STAGE_OPTIONS <const> = { force = true, reason = true }

-- version:set_stage(stage, { force = true, reason = }): another version that has the stage is archived with force,
-- else it is an error
function methods.set_stage(self, stage, options, ...)
  errors.check_self(self, past_model.Version, "set_stage", ...)
  refuse_in_step("version:set_stage", 'ask for the stage with ctx:promote(ctx.model, "production")')
  options = options or {}
  if type(options) ~= "table" then
    errors.raise("version:set_stage: expected options, as in { force = true }, found %s", errors.describe(options))
  end
  errors.check_fields("version:set_stage", options, STAGE_OPTIONS)
  errors.check_text("version:set_stage", "reason", options.reason)
  local row = rawget(self, "row")
  local request = { version = row.id, stage = stages.check("version:set_stage", stage), reason = options.reason,
    force = options.force and 1 or 0 }
  local told = past_model.move(request, self)
  if told.outcome == "held" then
    errors.raise("%s: version %d is in %s; archive it with set_stage(%q, { force = true })",
      version_artifacts.what_of(row), told.displaced, stage, stage)
  end
  if told.outcome == "gone" then errors.raise("%s is deleted", version_artifacts.what_of(row)) end
  return told.outcome == "promoted"
end

-- version:log_metadata { note = "..." }: merged into its metadata
function methods.log_metadata(self, values, ...)
  errors.check_self(self, past_model.Version, "log_metadata", ...)
  refuse_in_step("version:log_metadata", "write ctx.model:log_metadata { ... }")
  if type(values) ~= "table" then
    errors.raise("version:log_metadata: expected a table { name = value }, found %s", errors.describe(values))
  end
  local ok, message = pcall(json.pack, values)
  if not ok then errors.raise("version:log_metadata: %s", message) end
  change(self, "model_note", { version = rawget(self, "row").id, metadata = values })
end

-- version:log_signature(data): a frame or a matrix like those that the model is given, or a signature
function methods.log_signature(self, data, ...)
  errors.check_self(self, past_model.Version, "log_signature", ...)
  refuse_in_step("version:log_signature", "write ctx.model:log_signature(data)")
  local made = require("rille.learn.signature").given("version:log_signature", data)
  change(self, "model_note", { version = rawget(self, "row").id, metadata = { signature = made } })
end

-- version:link(artifact, { name =, kind =, overwrite = })
function methods.link(self, artifact, options, ...)
  errors.check_self(self, past_model.Version, "link", ...)
  refuse_in_step("version:link", "write ctx.model:link(artifact)")
  local name, kind, overwrite = require("rille.execute.model_context").link_options("version:link", artifact, options)
  local found = answer(project.meta:artifact(rawget(artifact, "row").digest))
  if not found then errors.raise "version:link: the artifact is not in the metadata" end
  local told = change(self, "model_link", { version = rawget(self, "row").id, artifact = found.id, name = name,
    kind = kind, overwrite = overwrite and 1 or 0 })
  return told.outcome == "linked"
end

local function tag(self, added, what, ...)
  errors.check_self(self, past_model.Version, added and "tag" or "untag")
  refuse_in_step("version:" .. what, "tags are put on outside")
  local changed = require("rille.query.tagging").method("version", "model", rawget(self, "row").id, added, ...)
  class.forget_all(self)
  return changed
end

-- version:tag("best", ...), version:untag("best", ...) -> how many changed
function methods.tag(self, ...) return tag(self, true, "tag", ...) end
function methods.untag(self, ...) return tag(self, false, "untag", ...) end

-- Moves a version; returns what became of it (host/meta/meta_model.h).
---@param request table
---@param version table? a Version
function past_model.move(request, version)
  request.who = sys.user()
  return change(version, "model_move", request)
end

local function metrics_of(row)
  local map = {}
  for _, one in ipairs(answer(project.meta:model_metrics(row.id)) or {}) do
    map[one.step .. "." .. one.name] = one.value or 0 / 0
  end
  return map
end

local function runs_of(row)
  local list, seen = {}, {}
  for _, one in ipairs(answer(project.meta:model_runs(row.id)) or {}) do
    if not seen[one.row] then
      seen[one.row], list[#list + 1] = true, history.run_of(answer(project.meta:run(one.row)))
    end
  end
  return list
end

local Version = class.new("model version", {
  model = function(row) return row.model end,
  number = function(row) return row.number end,
  name = function(row) return row.name end,
  created = function(row) return row.created end,
  stage = function(row) return fresh(row).stage or "none" end,
  metadata = function(row) return class.unpack(fresh(row).metadata) end,
  tags = function(row) return answer(project.meta:tags("model", row.id)) or {} end,
  metrics = metrics_of,
  signature = function(row)
    local now = fresh(row)
    now.model = row.model
    return require("rille.query.served_parts").signature(now)
  end,
  artifacts = function(row) return version_artifacts.of(row) end,
  runs = runs_of,
  run = function(row) return row.run and history.find_run(row.run) or nil end,
}, methods, class.all_impure_but("model version", FIXED))
Version.__tostring = function(self)
  local row = rawget(self, "row")
  return string.format("model %s, version %s", row.model, model_version.label(row))
end
Version.__eq = function(a, b) return meta_of(a) == meta_of(b) and rawget(a, "row").id == rawget(b, "row").id end
past_model.Version = Version

---@param row table of meta:model_version or meta:model_versions
---@param model string
function past_model.version_of(row, model)
  row.model = model
  return setmetatable({ row = row }, Version)
end

-- The versions that a run had to do with; role: made, shared, used or read; asked: how the run named it.
---@param run integer row
---@return { version: table, role: string, asked: string? }[]
function past_model.of_run(run)
  local list = {}
  for _, one in ipairs(answer(project.meta:run_models(run)) or {}) do
    local row = not one.deleted and answer(project.meta:model_version(one.id))
    if row then
      list[#list + 1] = { version = past_model.version_of(row, row.model), role = one.role, asked = one.asked }
    end
  end
  return list
end

-- A field of the version of ctx.model, or `versions`, those that the model has.  Of a new version there are the
-- artifacts of the steps that have ended, and that come before the one that asks.
---@param data table of record/model_links.lua
---@param field string
function past_model.of_context(data, field)
  if field == "versions" then return past_model.versions_of(data.model) end
  if data.new and field == "artifacts" then
    return version_artifacts.of { model = data.model, own = class.within "model_links" }
  end
  if data.new then
    errors.raise("ctx.model.%s: this run makes a new version, which has it when the run has completed", field)
  end
  local found = answer(project.meta:model_version(data.row))
  if not found then errors.raise "the version of ctx.model is deleted" end
  return past_model.version_of(found, found.model)[field]
end

-- Models -----------------------------------------------------------------------------------------

local Versions = { __name = "versions of a model" }
errors.refuse(Versions, "__call", "__concat")

-- The model whose versions are asked for.
local function model_row(self)
  class.open()
  local row = rawget(self, "row")
  if running.is_step() then observe.impure("models." .. row.name .. ".versions") end
  return row
end

local EACH <const> = { tag = true, stage = true, since = true, where = true, sort = true, limit = true }

-- versions:each { where = "metric.acc > 0.9", tag =, since =, sort =, limit = } -> iterator over versions, newest first
-- or in the order of sort
---@param options table?
---@return fun(): table? version
local function each_version(self, options, ...)
  errors.check_self(self, Versions, "each", ...)
  local each = require "rille.query.each"
  options = each.check("each", options, EACH, 'where = "metric.acc > 0.9"')
  if options.stage ~= nil then options.stage = stages.check("each", options.stage) or "none" end
  local model = model_row(self)
  return each.page_by_page(options, function(wanted)
    wanted.model = model.id
    return require("rille.query.listing").model_versions(wanted)
  end, function(row) return past_model.version_of(row, model.name) end)
end

-- By number, from the end (-1 is the newest), by stage, name or tag.  A number and a stage without a version are nil,
-- as is what ipairs ends with; another text is a mistake.
function Versions.__index(self, which)
  if which == "each" then return each_version end
  local model = model_row(self)
  local n = type(which) == "number" and math.tointeger(which)
  if not n and type(which) ~= "string" or n == 0 then
    errors.raise("index versions by number, stage or name, found %s", errors.describe(which))
  end
  local row
  if n and n < 0 then
    local found = answer(project.meta:model_version_at(model.id, -n))
    row = found and answer(project.meta:model_version(found))
  elseif n or stages.is_stage(which) and which ~= "archived" then row = model_version.seek(model, which)
  else row = model_version.need(model, which) end
  return row and past_model.version_of(row, model.name)
end

function Versions.__len(self) return answer(project.meta:model_version_count(model_row(self).id)).n end

local PAGE <const> = 50

-- All versions that are there, from the oldest: number, version.
function Versions.__pairs(self)
  local model = model_row(self)
  local page, i, last = {}, 0, 0
  return function()
    i = i + 1
    if not page[i] then page, i = answer(project.meta:model_versions(model.id, last, PAGE)) or {}, 1 end
    local row = page[i]
    if not row then return nil end
    last = row.number
    return last, past_model.version_of(row, model.name)
  end
end

function Versions.__newindex() errors.raise "the versions of a model are made by runs" end

-- The versions of the model of that name: none where no run has made it yet.
---@param name string
function past_model.versions_of(name)
  return setmetatable({ row = answer(project.meta:model(name)) or { id = 0, name = name } }, Versions)
end

local Model = class.new("model history", {
  name = function(row) return row.name end,
  created = function(row) return row.created end,
  description = function(row) return row.description end,
  license = function(row) return row.license end,
  audience = function(row) return row.audience end,
  use_cases = function(row) return row.use_cases end,
  ethics = function(row) return row.ethics end,
  versions = function(row) return setmetatable({ row = row }, Versions) end,
  moves = function(row) return past_model.moves(row) end,
}, nil, class.all_impure_but("model", { name = true, versions = true }))
Model.__tostring = function(self) return "model " .. rawget(self, "row").name end

-- The moves of a model's versions between stages, oldest first.
---@return { number: integer, stage: string, previous: string, time: number, who: string, reason: string?, run: string?,
---    by: integer?, back: boolean }[]
function past_model.moves(row)
  local list = {}
  for i, one in ipairs(answer(project.meta:stage_moves(row.id)) or {}) do
    list[i] = { number = one.number, stage = one.stage or "none", previous = one.previous or "none", time = one.time,
      who = one.who, reason = one.reason, run = one.run, by = one.by, back = one.back == 1 }
  end
  return list
end

---@param row table of meta:model
function past_model.model_of(row) return setmetatable({ row = row }, Model) end

-- rille.models
past_model.models = setmetatable({}, {
  __call = class.not_called("rille.models", "rille.models.NAME"),
  __index = function(_, name)
    class.open()
    return past_model.model_of(model_version.model(name))
  end,
  __pairs = function()
    class.open()
    local list, i = answer(project.meta:models()) or {}, 0
    return function()
      i = i + 1
      if list[i] then return list[i].name, past_model.model_of(answer(project.meta:model(list[i].name))) end
    end
  end,
})

class.describe(Versions, {}, { each = each_version })
fingerprint.closed(Version, "history." .. Version.__name)
fingerprint.closed(Model, "history." .. Model.__name)
fingerprint.closed(Versions, "history." .. Versions.__name)
class.identity(Version, "model version", "model", "number")
class.identity(Model, "model", "name")
fingerprint.kind(Versions, function(versions) return { "versions of a model", rawget(versions, "row").name } end)

return past_model
