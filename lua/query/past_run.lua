-- past_run: past runs as values; see history.lua.

local class = require "rille.query.history_class"
local did_you_mean = require "rille.query.did_you_mean"
local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local project = require "rille.project"
local past_step = require "rille.query.past_step"
local suggest = require "rille.base.suggest"
local unfinished_run = require "rille.record.unfinished_run"
local upcalls = require "rille.base.upcalls"

local meta_of = debug.getmetatable
local unpack = class.unpack

local answer = project.answer

local past_run = {}

local RECENT <const> = 50       -- runs in which newest_with looks

-- Puts tags on the run, or takes them off; how many changed.
local function tag(self, added, ...)
  errors.check_self(self, past_run.Run, added and "tag" or "untag")
  class.open()
  local row = rawget(self, "row")
  local changed = require("rille.query.tagging").method("run", "run", row.row, added, ...)
  row.tags = answer(project.meta:run(row.row)).tags
  class.forget(self, "tags")
  return changed
end

-- What the steps logged, by name; of a name that several have, that of the last.
local function logged(row, field)
  local all = {}
  for _, step in ipairs(past_step.of_run(row)) do
    if not rawget(step, "row").unordered then
      for name, v in next, step[field] or {} do all[name] = v end
    end
  end
  return all
end

local Run = class.new("run", {
  id = function(row) return row.id end,
  name = function(row) return row.name end,
  pipeline = function(row) return row.pipeline end,
  status = function(row) return row.status end,
  reason = function(row) return row.reason end,
  number = function(row) return row.number end,
  started = function(row) return row.started end,
  seconds = function(row) return row.seconds end,
  parameters = function(row) return unpack(row.params) end,
  tags = function(row) return unpack(row.tags) end,
  stack = function(row) return row.stack end,
  extra = function(row) return unpack(row.extra) end,
  notes = function(row)
    local list = {}
    for i, one in ipairs(answer(project.meta:run_notes(row.row)) or {}) do list[i] = one.text end
    return list
  end,
  script = function(row) return row.script end,
  metrics = function(row) return logged(row, "metrics") end,
  series = function(row) return logged(row, "series") end,
  models = function(row) return require("rille.query.past_model").of_run(row.row) end,
  git = function(row)
    local git = row.git and unpack(row.git)
    return git and { sha = git.sha, dirty = git.dirty, remote = git.remote } or nil
  end,
  steps = function(row)
    local map, order = {}, { names = {} }
    for i, step in ipairs(past_step.of_run(row)) do
      map[step.id], order[i], order.names[i] = step, step, step.id
    end
    setmetatable(map, {
      __index = function(_, k)
        if type(k) == "number" then return class.at("run.steps", order, k) end
        errors.raise('run %s has no step "%s"%s', row.name, tostring(k), suggest.hint(k, order.names))
      end,
      __len = function() return #order end,
      __call = class.not_called("run.steps", "run.steps.ID or run.steps[1]"),
      __pairs = function()
        local i = 0
        return function()
          i = i + 1
          if order[i] then return order[i].id, order[i] end
        end
      end,
    })
    return map
  end,
}, {
  -- run:diff(other) -> what differs from this run to the other (compare.lua)
  ---@param other table a run
  ---@return table
  diff = function(self, other, ...)
    errors.check_self(self, past_run.Run, "diff", ...)
    local row = type(other) == "table" and getmetatable(other) == past_run.Run and rawget(other, "row")
    if not row then
      errors.raise("run:diff: expected a run, found %s%s", errors.describe(other),
        other == nil and "; write run:diff(other), with a colon" or "")
    end
    class.open()
    return require("rille.query.compare").runs(rawget(self, "row"), row)
  end,
  -- run:tag("best", ...), run:untag("best", ...) -> how many changed
  tag = function(self, ...) return tag(self, true, ...) end,
  untag = function(self, ...) return tag(self, false, ...) end,
  -- run:graph() -> its drawing (rille help graph)
  graph = function(self, ...)
    errors.check_self(self, past_run.Run, "graph", ...)
    return upcalls.draw_run(self)
  end,
}, class.all_impure_but("run", { id = true, name = true, pipeline = true, number = true }))
Run.__tostring = function(self) return string.format("run %s (%s)", self.name, self.status) end
Run.__eq = function(a, b) return meta_of(a) == meta_of(b) and rawget(a, "row").id == rawget(b, "row").id end
past_run.Run = Run

-- The run of that row of the metadata; nil where there is none.
---@param number integer
---@return table?
function past_run.by_row(number)
  local row = answer(project.meta:run(number))
  return row and past_run.run_of(row)
end

function past_run.run_of(row) return setmetatable({ row = row }, Run) end

-- @-2: the newest run but one, of any pipeline.
local function newest(n)
  if n >= 0 then return nil, string.format("@%d: name a pipeline, PIPELINE@%d; @-1 is the newest run of all", n, n) end
  local list = answer(project.meta:runs { limit = -n })
  if not list[1] then return nil, "this store has no runs" end
  return list[-n], string.format("there is no run @%d; this store has %d", n, #list)
end

-- The run of that name, id or beginning of an id; PIPELINE@-1 is its newest, @-1 the newest of all.
---@param what string
---@param brief boolean? without the message, which compares names
---@return table? run, string? message
function past_run.find_run(what, brief)
  class.open()
  local pipeline, n = what:match "^(.-)@(%-?%d+)$"
  local row, message
  if pipeline == "" then
    row, message = newest(math.tointeger(n))
    if not row then return nil, message end
  elseif pipeline then
    row = answer(project.meta:nth_run(pipeline, math.tointeger(n)))
    if not row then return nil, not brief and did_you_mean.nth_run(pipeline, n) or nil end
  else
    row, message = project.meta:run(what)
    if not row and brief then return nil end
    if not row then
      return nil, did_you_mean.run_of_pipeline(what)
        or message and message .. did_you_mean.run(what) or string.format('there is no run "%s"', what)
    end
  end
  return past_run.run_of(row)
end

-- The run of RUN/STEP and the id of the step; nil where no run has that name.
---@param what string
---@return table? run, string? id
function past_run.find_with_step(what)
  local name, id = what:match "^(.*)/([^/]+)$"
  local run = name and past_run.find_run(name, true)
  if run then return run, id end
end

-- The newest of the recent runs that has a step with this id, or nil.
---@param id string
function past_run.newest_with(id)
  class.open()
  for _, row in ipairs((answer(project.meta:runs { limit = RECENT, unlisted = true }))) do
    if answer(unfinished_run.step(row, id)) then return past_run.run_of(row) end
  end
end

fingerprint.closed(Run, "history." .. Run.__name)
class.identity(Run, "run", "id", "name", "number")

return past_run
