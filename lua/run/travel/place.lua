-- place: the step of a past run that one travels to, by what a user types: RUN/STEP, or STEP for the newest run that
-- has it.

local errors = require "rille.base.errors"
local history = require "rille.query.history"
local live_log = require "rille.record.live_log"
local map_items = require "rille.graph.map_items"
local past_step = require "rille.query.past_step"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local unfinished_run = require "rille.record.unfinished_run"

local place = {}

---@class rille.travel.place
---@field run table a run of the history
---@field step table a step of it
---@field id string of the step
---@field row table of its step run; of one that did not end: without row, key, outputs
---@field is_recorded boolean its end is in the record

local NAMED <const> = 3         -- steps of a run, items of a map

-- The ids of steps that failed or were broken off come first: these are what one travels to.
local function interesting(list)
  local failed, others = {}, {}
  for _, step in ipairs(list) do
    local status = step.status
    local to = (status == "failed" or status == "stopped" or status == "running") and failed or others
    to[#to + 1] = step.id
  end
  table.move(others, 1, #others, #failed + 1, failed)
  return failed
end

local function some(run, ids)
  local words = {}
  for i = 1, math.min(#ids, NAMED) do words[i] = run.name .. "/" .. ids[i] end
  return table.concat(words, ", ") .. (#ids > NAMED and ", …" or "")
end

local function list_of(steps)
  local list = {}
  for i = 1, #steps do
    if steps[i].kind == "step" then list[#list + 1] = steps[i] end
  end
  return list
end

-- The item of a map that ran when its run was killed: neither the wiring nor the record has it.
local function broken_off_item(run, id)
  local row = rawget(run, "row")
  local map = map_items.map_of(id)
  if not map or not unfinished_run.is(row) or not live_log.steps(row.id)[id] then return nil end
  local of = unfinished_run.step(row, map)
  if not of then return nil end
  return setmetatable({ row = { node = id, step = of.step, inputs = {}, outputs = {}, run_name = run.name,
    owner = row.row, status_name = row.status == "running" and "running" or "stopped",
    reason = "interrupted: the process of the run died" } }, past_step.Step)
end

local function step_of(run, id)
  local steps, names = run.steps, {}
  for i = 1, #steps do
    if steps[i].id == id then return steps[i] end
    names[i] = steps[i].id
  end
  return broken_off_item(run, id)
    or errors.at(nil, 'run %s has no step "%s"%s', run.name, id, suggest.hint(id, names))
end

-- The items of a map that ran when its run was killed.
local function broken_off_items(run, id)
  local list = {}
  for item, state in next, live_log.steps(rawget(run, "row").id) do
    if map_items.map_of(item) == id and state.status == "running" then list[#list + 1] = item end
  end
  table.sort(list)
  return list
end

-- Raises where nothing of the step ran, so that there is nothing to go back to.
local function check(run, step)
  if step.kind == "map" then
    local items = step.items
    if not items[1] then errors.at(nil, "%s/%s is a map of an empty list: nothing ran", run.name, step.id) end
    errors.at(nil, "%s/%s is a map of %d items; name one, as in %s", run.name, step.id, #items,
      some(run, interesting(items)))
  elseif step.kind == "when" then
    errors.at(nil, "%s/%s is a choice between branches; the step that was chosen: %s/%s", run.name, step.id, run.name,
      rawget(step, "row").stands_for)
  elseif step.status == "skipped" or step.status == "pending" then
    local row = rawget(step, "row")
    local items = unfinished_run.is(rawget(run, "row")) and broken_off_items(run, step.id) or {}
    if items[1] then
      errors.at(nil, "%s/%s is a map; name an item, as in %s", run.name, step.id, some(run, items))
    end
    local cause = (row.reason or ""):match "^needs (.-), which"
    errors.at(nil, "step %s did not run in %s%s%s", step.id, run.name, row.reason and ": " .. row.reason or "",
      cause and string.format("; go to %s/%s", run.name, cause) or "")
  end
end

-- The run and the id that the text names.
local function split(what)
  local run = history.find_run(what, true)
  if run then
    errors.at(nil, "%s is a run; name one of its steps, as in %s", what, some(run, interesting(list_of(run.steps))))
  end
  local id
  run, id = history.find_with_step(what)
  if run then return run, id end
  local name = what:match "^(.*)/[^/]+$"
  if not name then
    run = history.newest_with(what)
    if run then return run, what end
  end
  local message = select(2, history.find_run(name or what))
  if not name then message = message .. require("rille.query.did_you_mean").step(what) end
  errors.at(nil, "%s%s", message, name and "" or "; expected RUN/STEP")
end

-- Finds the step; raises where there is none, or nothing of it to go back to.
---@param what string
---@return rille.travel.place
function place.find(what)
  project.need "read"
  local run, id = split(what)
  local step = step_of(run, id)
  check(run, step)
  local own = rawget(step, "row")
  local row = own.row and project.answer(project.meta:step_row(own.row)) or { inputs = {}, outputs = {} }
  row.node, row.step = id, own.step or row.step
  return { run = run, step = step, id = id, row = row, is_recorded = own.row ~= nil }
end

return place
