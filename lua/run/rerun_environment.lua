-- rerun_environment: what surrounds a recorded step that runs again: the store of its run to read from, a scratch one
-- to write to, and the run as it was.

local context = require "rille.execute.context"
local graph = require "rille.graph"
local project = require "rille.project"

local rerun_environment = {}

local STEP <const>, INPUTS <const> = graph.STEP, graph.INPUTS

-- Reads fall back on the run's store, writes go to the scratch one.
---@param real Store
---@param scratch Store
---@return table
function rerun_environment.split_store(real, scratch)
  local both = {}
  local function own(name) both[name] = function(_, ...) return scratch[name](scratch, ...) end end
  local function either(name)
    both[name] = function(_, digest, ...)
      return (scratch:path(digest) and scratch or real)[name](scratch:path(digest) and scratch or real, digest, ...)
    end
  end
  for _, name in ipairs { "put", "put_file", "begin", "note", "sync" } do own(name) end
  for _, name in ipairs { "map_path", "path", "verify", "sig", "trust" } do either(name) end
  for _, name in ipairs { "get", "copy_out", "has" } do
    both[name] = function(_, ...)
      local found = table.pack(scratch[name](scratch, ...))
      if found[1] then return table.unpack(found, 1, found.n) end
      return real[name](real, ...)
    end
  end
  return both
end

-- What the record says of an artifact from outside: its name, number and the step run that made it; nil where it says
-- nothing, or not which of several it was.
local function from_outside(run, edge, label)
  local found
  for _, one in ipairs(project.answer(project.meta:origins(run.row)) or {}) do
    if one.digest == edge.digest and (not label or one.label == label) then
      if found then return nil end
      found = one
    end
  end
  local version = found and found.version and project.answer(project.meta:version(found.version)) or {}
  local step = found and found.source and project.answer(project.meta:step(found.source, found.position))
  return { name = version.name, number = version.number, step_run = step and step.row or version.step_run }
end

-- What an artifact that an input takes as such is called, as the record has it.
local function input_of(run, row, node, k, place)
  local port, at = node[STEP].inputs[k].name, 0
  for _, edge in ipairs(row.inputs) do
    at = edge.name == port and at + 1 or at
    if edge.name == port and at == place then
      if not edge.artifact and not edge.source then
        local input = node[INPUTS][k]
        return from_outside(run, edge, type(input) == "table" and rawget(input, "label"))
      end
      return { name = edge.artifact, number = edge.version, step_run = edge.source }
    end
  end
end

-- The environment of task.run for the step.
---@param run table the row of the run
---@param row table of the step run
---@param node Node
---@param spec table of its key
---@param scratch string a folder
---@return TaskEnv
function rerun_environment.of(run, row, node, spec, scratch)
  local function within(method, _, _, k, place)
    if method == "input" then return input_of(run, row, node, k, place) end
  end
  return { store = project.store, within = within,
    hand = function(...) return require("rille.query.history").handed(...) end, root = scratch .. "/tmp",
    model_field = function(...) return require("rille.query.past_model").of_context(...) end,
    node = function() return node end, spec = function() return spec end, epoch = 0, echo = false,
    history = function()
      context.check_history()
      return require("rille.query.history").pipeline(run.pipeline)
    end }
end

return rerun_environment
