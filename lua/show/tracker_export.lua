-- tracker_export: rille experiment-tracker export: past runs to the trackers of a stack, again.

local errors = require "rille.base.errors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local internal_error = require "rille.base.internal_error"
local out = require "rille.show.out"
local project = require "rille.project"
local replay = require "rille.run.replay"
local secret_texts = require "rille.stack.secret_texts"
local stack = require "rille.stack"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"

local tracker_export = {}

-- The components that get the runs: the one that is named, else those of the stack.
local function parts_of(name, stack_name)
  if name then
    local part, known = stack.component("experiment_tracker", name)
    if part then return { part } end
    local hint = suggest.hint(name, known)
    if hint == "" then hint = known[1] and "; available: " .. table.concat(known, ", ") or "" end
    errors.at(nil, 'there is no experiment tracker "%s"%s', name, hint)
  end
  local active = stack.of(stack_name)
  local parts = active:parts "experiment_tracker"
  if not parts[1] then
    errors.at(nil, 'the stack "%s" has no experiment tracker; name one with --tracker NAME, or a stack with --stack',
      active.name)
  end
  return parts
end

local function runs_of(names)
  local list = {}
  for _, name in ipairs(names) do
    local runs, message = replay.runs(name)
    if not runs then errors.at(nil, "%s", message) end
    for _, run in ipairs(runs) do
      if run.status ~= "running" then list[#list + 1] = run
      elseif #runs == 1 then errors.at(nil, "run %s is still running; export it when it has ended", run.name) end
    end
  end
  return list
end

-- Exports the runs to one tracker; returns how many, and where the last one is.
local function export(part, runs)
  local opened, secrets = stack.open(part)
  local object <close> = setmetatable({}, { __close = function() if opened.close then opened:close() end end })
  assert(object)
  if not (opened.run_begin or opened.step_end or opened.run_end) then
    errors.at(nil, 'the experiment tracker "%s" (%s) keeps nothing elsewhere: there is nothing to export', part.name,
      part.flavor)
  end
  for _, run in ipairs(runs) do
    local ok, message = internal_error.call(replay.tell, opened, run)
    if internal_error.is(message) then error(message, 0) end
    if not ok then
      errors.at(nil, 'experiment tracker "%s": run %s: %s', part.name, run.name,
        secret_texts.removed(errors.text_of(message, "it"), secrets))
    end
    if not global_options.quiet and not global_options.json then
      out.line("%s  %s", run.name, opened.place and project.show_path(opened:place()) or part.name)
    end
  end
end

---@param names string[] runs and pipelines
---@param tracker string? name of a component
---@param stack_name string? the active one without it
function tracker_export.run(names, tracker, stack_name)
  project.need "read"
  local runs, parts = runs_of(names), parts_of(tracker, stack_name)
  for _, part in ipairs(parts) do export(part, runs) end
  if global_options.json then
    local ids, to = {}, {}
    for i, run in ipairs(runs) do ids[i] = run.name end
    for i, part in ipairs(parts) do to[i] = part.name end
    return out.json { runs = require("rille.json").array(ids), trackers = require("rille.json").array(to) }
  end
  if not global_options.quiet then
    terminal.say(string.format("%s exported\n", format.plural(#runs, "run")))
  end
end

return tracker_export
