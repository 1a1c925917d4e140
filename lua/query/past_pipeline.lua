-- past_pipeline: the runs of a pipeline, by their numbers and in pages; see history.lua.

local class = require "rille.query.history_class"
local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local project = require "rille.project"
local past_run = require "rille.query.past_run"
local suggest = require "rille.base.suggest"

local answer = project.answer

local past_pipeline = {}

-- The run that was asked for last by its number, by pipeline: { id and newest number of
-- the pipeline, n, number of the run }.  A loop over runs[i] goes on from there, instead
-- of counting from the first run each time.
local asked = setmetatable({}, { __mode = "k" })

-- The n-th listed run of the pipeline; from the newest when n is negative.
local function nth_run(pipeline, n)
  local meta = project.meta
  local head = answer(meta:pipeline(pipeline))
  if not head or not head.newest or n == 0 then return nil end
  asked[meta] = asked[meta] or {}
  local last, row = asked[meta][pipeline]
  local is_near = last and last.id == head.id and (n < 0) == (last.n < 0) and (n > 0 or last.newest == head.newest)
    and math.abs(n - last.n) < math.abs(n)
  if is_near then
    local towards = n < last.n and meta.run_before or meta.run_after
    local found = towards(meta, head.id, last.number, math.abs(n - last.n))
    row = found and answer(meta:run(found))
  else row = answer(meta:nth_run(pipeline, n)) end
  if row then asked[meta][pipeline] = { id = head.id, newest = head.newest, n = n, number = row.number } end
  return row
end

local Pipeline = { __name = "pipeline history" }
local Runs = { __name = "runs" }
errors.refuse(Pipeline, "__call", "__concat")
function Pipeline.__pairs() require("rille.base.usage_hints").walk("pipeline history", { name = true, runs = true }) end
errors.refuse(Runs, "__call", "__concat")

-- One that there is not (yet) is nil.
function Runs.__index(self, n)
  local i = type(n) == "number" and math.tointeger(n)
  if not i or i == 0 then
    if type(n) == "string" and rawget(Pipeline, n) and n:sub(1, 2) ~= "__" then
      errors.raise("%s is a method of the pipeline's history: write rille.pipelines.NAME:%s()", n, n)
    end
    errors.raise("index runs by number (runs[1] is the oldest, runs[-1] the newest), found %s", errors.describe(n))
  end
  class.open()
  -- the newest is the one that goes on, for its own steps
  local own = i == -1 and class.within "identity"
  local row = own and own.pipeline == self.pipeline and not own.unlisted and answer(project.meta:run(own.id))
    or nth_run(self.pipeline, i)
  return row and past_run.run_of(row)
end

function Runs.__len(self)
  class.open()
  return answer(project.meta:listed_runs(self.pipeline)) or 0
end

-- All runs, from the oldest.
function Runs.__pairs(self)
  return function(runs, i)
    local run = runs[i + 1]
    if run then return i + 1, run end
  end, self, 0
end

function Runs.__newindex() errors.raise "the list of a pipeline's runs cannot be changed" end

local STATUSES = { running = true, completed = true, failed = true, stopped = true }

local function check_status(what, status)
  if status == nil or STATUSES[status] then return end
  errors.raise('%s: unknown status "%s"%s', what, tostring(status),
    suggest.hint(tostring(status), { "running", "completed", "failed", "stopped" }))
end

local EACH <const> = { status = true, limit = true, where = true, tag = true, since = true, sort = true,
  unlisted = true }

-- pipeline:each { status =, tag =, since =, where =, sort =, unlisted =, limit = } -> iterator over runs, newest
-- first or in the order of sort
---@param options? { status?: string, limit?: integer, where?: string, tag?: string, since?: string|number,
---  sort?: string, unlisted?: boolean }
---@return fun(): table? run
function Pipeline.each(self, options, ...)
  errors.check_self(self, Pipeline, "each", ...)
  local each = require "rille.query.each"
  options = each.check("each", options, EACH, 'status = "completed"')
  check_status("each", options.status)
  class.open()
  return each.page_by_page(options, function(wanted)
    wanted.pipeline = self.name
    return require("rille.query.listing").runs(wanted)
  end, past_run.run_of)
end

local LATEST <const> = { status = true, where = true, tag = true, since = true }

-- pipeline:latest { status =, where =, tag =, since = } -> run | nil
---@param options? { status?: string, where?: string, tag?: string, since?: string|number }
---@return table? run
function Pipeline.latest(self, options, ...)
  errors.check_self(self, Pipeline, "latest", ...)
  local each = require "rille.query.each"
  options = each.check("latest", options, LATEST, 'status = "completed"')
  check_status("latest", options.status)
  class.open()
  local row = require("rille.query.listing").runs { pipeline = self.name, status = options.status,
    where = options.where, tag = options.tag, since = options.since, limit = 1, method = "latest" }[1]
  return row and past_run.run_of(row)
end

function Pipeline.__index(self, k)
  local method = rawget(Pipeline, k)
  if method and k:sub(1, 2) ~= "__" then return method end
  if k == "runs" then return setmetatable({ pipeline = rawget(self, "name") }, Runs) end
  require("rille.base.usage_hints").field("pipeline history", k, Pipeline, { runs = true, name = true })
end
Pipeline.__tostring = function(self) return "history of pipeline " .. self.name end

function past_pipeline.pipeline(name) return setmetatable({ name = name }, Pipeline) end

-- rille.pipelines
past_pipeline.pipelines = setmetatable({}, {
  __call = class.not_called("rille.pipelines", "rille.pipelines.NAME"),
  __index = function(_, name)
    class.open()
    if type(name) == "string" and answer(project.meta:pipeline(name)) then return past_pipeline.pipeline(name) end
    local names = {}
    for i, one in ipairs(answer(project.meta:pipelines())) do names[i] = one.name end
    errors.raise('no runs of a pipeline named "%s"%s', tostring(name), suggest.hint(name, names))
  end,
  __pairs = function()
    class.open()
    local list, i = answer(project.meta:pipelines()), 0
    return function()
      i = i + 1
      if list[i] then return list[i].name, past_pipeline.pipeline(list[i].name) end
    end
  end,
})

class.describe(Runs, {})
class.describe(Pipeline, { runs = true, name = true }, { each = Pipeline.each, latest = Pipeline.latest })
for _, meta in ipairs { Runs, Pipeline } do fingerprint.closed(meta, "history." .. meta.__name) end
-- what a step reads of them is refused or observed: which pipeline they are of is all that a capture says
fingerprint.kind(Runs, function(runs) return { "runs of a pipeline", rawget(runs, "pipeline") } end)

return past_pipeline
