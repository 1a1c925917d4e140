-- changes: which steps and pipelines an entry changed: what enters their keys, compared with what the last look found.
-- A step is changed by its own definition and by all that it captures: a helper, a number, a table.
--
-- A change is { kind = "step"|"pipeline", name, what }; what is "run", "function normalise", "scale 2 -> 3".

local fingerprint = require "rille.host.fingerprint"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local key = require "rille.cache.key"
local key_parts = require "rille.query.key_parts"
local pipeline_graph = require "rille.script.pipeline_graph"
local pipelines = require "rille.script.pipeline"
local printed = require "rille.repl.printed"
local program = require "rille.project.program"
local run_row = require "rille.record.run_row"
local steps = require "rille.script.step"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local changes = {}

local SHOWN <const> = 2                 -- reasons of a step
local SLOW <const> = 0.25               -- seconds of a look, after which captured values are left alone

---@class Change
---@field kind "step"|"pipeline"
---@field name string
---@field what string

---@class ChangeWatch
---@field steps table<string, table> what the last look found, by name
---@field pipelines table<string, table>
---@field slow boolean looking takes long: only what was defined again is looked at
local Watch = {}
Watch.__index = Watch

-- Steps --------------------------------------------------------------------------------------

local function params_text(params)
  local parts = {}
  for i, param in ipairs(params) do
    local default = param.default == nil and "" or printed.text(param.default, 200)
    parts[i] = param.name .. "\0" .. types.identity(param.type) .. "\0" .. default
  end
  return table.concat(parts, "\0\0")
end

-- What the keys of a step are made of; nil where it is not complete, or is refused: a run says that.
local function read_step(step)
  local ok, spec = internal_error.call(key.spec_of, step, program.observed)
  if not ok then return nil end
  return { step = step, prefix = spec.prefix, params = params_text(step.params), cacheable = spec.cacheable,
    code = run_row.code(step, spec).leaves }
end

local function parts_of(found)
  local code = json.unpack(found.code)
  return { params = {}, inputs = {}, noted = {}, leaves = code.leaves, command = code.command, ports = code.ports,
    version = code.version, save = code.save, keys = key.FORMAT, sources = function() end }
end

-- "its code (In[7]:1) changed" -> "run"
local function short(what, step)
  if what:find "^its code" then return rawget(step, "members") and "entrypoint" or "run" end
  if what:find "^command changed" then return "command" end
  if what == "the names or types of its ports changed" then return "inputs and outputs" end
  what = what:gsub("^captured ", ""):gsub(" changed$", ""):gsub(" %([^()]*:%d+%)$", "")
  return (what:gsub("^a materializer of its ports$", "a materializer"))
end

local function what_changed(before, now)
  local list = {}
  local found = key_parts.compare(parts_of(before), parts_of(now))
  for _, change in ipairs(found) do
    -- what new code captures follows from it
    local follows = found[1] ~= change and (change.what:find " is new$" or change.what:find " is gone$")
    if not follows then list[#list + 1] = short(change.what, now.step) end
  end
  if before.params ~= now.params then list[#list + 1] = "params" end
  if before.cacheable ~= now.cacheable then list[#list + 1] = "cache" end
  if #list > SHOWN then list = { list[1], list[2], string.format("%d more", #list - SHOWN) } end
  return list[1] and table.concat(list, ", ") or "what it captures"
end

local function is_same_step(a, b)
  return a.prefix == b.prefix and a.params == b.params and a.cacheable == b.cacheable
end

-- Pipelines ----------------------------------------------------------------------------------

-- Does the leaf say which step is captured?  A step is expanded as a list that has its name.
local function is_step_name(leaf)
  return leaf.kind == "string" and leaf.path:find "^[^%[]*%[%d+%]$" ~= nil
    and steps.steps[(leaf.text or ""):match '^"(.*)"$'] ~= nil
end

-- The functions and plain values of a pipeline itself, and the names of its steps, whose own changes are told apart.
local function read_pipeline(pipeline)
  local ok, info = internal_error.call(function() return fingerprint.walk(pipeline_graph.wires(pipeline)) end)
  if not ok or not info then return nil end
  local parts = {}
  for _, leaf in ipairs(info.leaves) do
    if is_step_name(leaf) or not leaf.path:find("[", 1, true) then parts[#parts + 1] = leaf.digest end
  end
  return { pipeline = pipeline, wiring = table.concat(parts), params = params_text(pipeline.params) }
end

local function pipeline_changed(before, now)
  local list = {}
  if before.wiring ~= now.wiring then
    list[1] = rawget(now.pipeline, "members") and "connect" or "define"
  end
  if before.params ~= now.params then list[#list + 1] = "params" end
  return list[1] and table.concat(list, ", ")
end

-- Looking ------------------------------------------------------------------------------------

local function sorted_names(known)
  local list = {}
  for name in next, known do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function look_at_steps(self, found)
  local now = {}
  for _, name in ipairs(sorted_names(steps.steps)) do
    local step, before = steps.steps[name], self.steps[name]
    if self.slow and before and before.step == step then now[name] = before
    else now[name] = read_step(step) or before end
    if before and now[name] and not is_same_step(before, now[name]) then
      found[#found + 1] = { kind = "step", name = name, what = what_changed(before, now[name]) }
    end
  end
  self.steps = now
end

local function look_at_pipelines(self, found)
  local now = {}
  for _, name in ipairs(sorted_names(pipelines.pipelines)) do
    local before = self.pipelines[name]
    now[name] = read_pipeline(pipelines.pipelines[name]) or before
    local what = before and now[name] and pipeline_changed(before, now[name])
    if what then found[#found + 1] = { kind = "pipeline", name = name, what = what } end
  end
  self.pipelines = now
end

---@return ChangeWatch
function changes.watch() return setmetatable({ steps = {}, pipelines = {}, slow = false }, Watch) end

-- What changed since the last look, steps first, by name.  What is new is no change.
---@return Change[]
function Watch:look()
  local began, found = sys.mono(), {}
  fingerprint.look()
  look_at_steps(self, found)
  look_at_pipelines(self, found)
  -- large values that are captured are hashed at each look
  self.slow = self.slow or sys.mono() - began > SLOW
  return found
end

-- The names of steps and pipelines that were there at the last look and are no longer.
---@return string[]
function Watch:vanished()
  local list = {}
  for _, name in ipairs(sorted_names(self.steps)) do
    if not steps.steps[name] then list[#list + 1] = "step " .. name end
  end
  for _, name in ipairs(sorted_names(self.pipelines)) do
    if not pipelines.pipelines[name] then list[#list + 1] = "pipeline " .. name end
  end
  return list
end

return changes
