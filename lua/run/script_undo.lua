-- script_undo: takes back what a script that failed has left in a state that goes on.
--
-- Steps, pipelines, types, materializers, modules and globals are what a script leaves;
-- what it changed inside of values that others hold stays changed.  Modules of rille
-- stay loaded, with the types that they bring.

local registry = require "rille.artifact.registry"
local origin = require "rille.host.origin"
local pipelines = require "rille.script.pipeline"
local project = require "rille.project"
local program = require "rille.project.program"
local step = require "rille.script.step"
local types = require "rille.script.types"

local script_undo = {}

local function copy(t)
  local made = {}
  for k, v in next, t do made[k] = v end
  return made
end

-- keep(k, v): what stays although it is new.
local function restore(t, was, keep)
  for k, v in next, copy(t) do
    if was[k] ~= v and not (keep and keep(k, v)) then rawset(t, k, was[k]) end
  end
  for k, v in next, was do
    if rawget(t, k) == nil then rawset(t, k, v) end
  end
end

local function is_own_module(_, v) return origin.owns(v) ~= nil end

-- Materializers of a script; those of a battery have no place in one.
local function restore_materializers(was)
  for name, m in next, copy(registry.own) do
    if was[name] ~= m and m.custom then registry.remove(name, was[name]) end
  end
end

-- What there is now.  undo(mark) goes back to it.
---@return table mark
function script_undo.mark()
  local globals = package.loaded._G
  return { steps = copy(step.steps), pipelines = copy(pipelines.pipelines), types = copy(types.registered),
    own = copy(registry.own), loaded = copy(package.loaded), preload = copy(package.preload), globals = copy(globals),
    metatable = debug.getmetatable(globals), base = project.known_folder(), script = program.script, chunk = program.chunk }
end

---@param mark table
function script_undo.back(mark)
  local globals = package.loaded._G
  restore(step.steps, mark.steps)
  restore(pipelines.pipelines, mark.pipelines)
  restore_materializers(mark.own)
  restore(types.registered, mark.types, function(name) return registry.own[name] ~= nil and not registry.own[name].custom end)
  restore(package.loaded, mark.loaded, is_own_module)
  restore(package.preload, mark.preload)
  restore(globals, mark.globals)
  debug.setmetatable(globals, mark.metatable)
  project.set_folder(mark.base)
  program.set_script(mark.script, mark.chunk)
end

return script_undo
