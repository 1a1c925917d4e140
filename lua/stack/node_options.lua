-- node_options: what a node says of components: step:with { stack = "NAME", tracker = "NAME" }.
--
-- They choose which experiment trackers and alerters hear of the node.  The stack of a node has to have the stores and
-- the orchestrator of the run's stack: a run keeps its artifacts in one place.

local errors = require "rille.base.errors"
local kinds = require "rille.stack.kinds"
local stack = require "rille.stack"
local suggest = require "rille.base.suggest"

local node_options = {}

local LISTENERS <const> = { "experiment_tracker", "alerter" }
local SHARED <const> = { "artifact_store", "metadata_store", "orchestrator" }

local function names_of(parts)
  local names = {}
  for i, part in ipairs(parts) do names[i] = part.name end
  return names
end

-- Raises unless the stack of the node has the stores of the run's.
local function check_shared(what, own, of_run)
  for _, kind in ipairs(SHARED) do
    local a, b = own:parts(kind)[1].name, of_run:parts(kind)[1].name
    if a ~= b then
      errors.raise('%s: the stack "%s" has the %s "%s", but the run uses "%s" of the stack "%s"; a run uses one',
        what, own.name, kinds.by_name[kind].title, a, b, of_run.name)
    end
  end
end

-- The components that hear of nodes with these options: by kind a list of names; nil for the stack's own.  Those that
-- the run's stack does not have are added to what it opens.
---@param of_run rille.stack
---@param step Step
---@return table<string, string[]>?
function node_options.choice(of_run, step)
  local options, what = step.options, 'step "' .. step.name .. '"'
  if options.stack == nil and options.tracker == nil then return nil end
  local choice = {}
  if options.stack then
    local own = stack.of(options.stack)
    check_shared(what, own, of_run)
    for _, kind in ipairs(LISTENERS) do
      choice[kind] = names_of(own:parts(kind))
      for _, part in ipairs(own:parts(kind)) do of_run:add(part) end
    end
  end
  for _, name in ipairs(options.tracker or {}) do
    local part, known = stack.component("experiment_tracker", name)
    if not part then
      errors.raise('%s: there is no experiment tracker "%s"%s', what, name,
        known[1] and suggest.hint(name, known) or "; register one with rille experiment-tracker register")
    end
    of_run:add(part)
  end
  choice.experiment_tracker = options.tracker or choice.experiment_tracker
  return choice
end

return node_options
