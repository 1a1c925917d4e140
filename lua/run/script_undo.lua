-- script_undo: undoes what a failing script did to a state that goes on: its steps, pipelines, types, materializers,
-- modules and globals are removed.
--
-- Changes inside values that others hold stay.  Modules of rille stay loaded, with the types that they define.

local registry = require "rille.artifact.registry"
local origin = require "rille.host.origin"
local pipelines = require "rille.script.pipeline"
local program = require "rille.project.program"
local project = require "rille.project"
local step = require "rille.script.step"
local types = require "rille.script.types"

local script_undo = {}

local function copy(t)
  local made = {}
  for k, v in next, t do made[k] = v end
  return made
end

-- Makes a table again what it was; keep(k, v) tells of entries that stay although they are new.
local function restore(t, was, keep)
  for k, v in next, copy(t) do
    if was[k] ~= v and not (keep and keep(k, v)) then rawset(t, k, was[k]) end
  end
  for k, v in next, was do
    if rawget(t, k) == nil then rawset(t, k, v) end
  end
end

local function is_own_module(_, v) return origin.owns(v) ~= nil end

-- Is it a type of a module of rille?
local function is_own_type(name)
  local materializer = registry.own[name]
  return materializer ~= nil and not materializer.custom
end

local function restore_materializers(was)
  for name, materializer in next, copy(registry.own) do
    if was[name] ~= materializer and materializer.custom then registry.remove(name, was[name]) end
  end
end

-- The state as it is now.
---@return table mark
function script_undo.mark()
  local globals = package.loaded._G
  return { steps = copy(step.steps), pipelines = copy(pipelines.pipelines), types = copy(types.registered),
    materializers = copy(registry.own),
    loaded = copy(package.loaded), preload = copy(package.preload), globals = copy(globals),
    metatable = debug.getmetatable(globals),
    folder = project.known_folder(), script = program.script, chunk = program.chunk }
end

-- Tables of a mark in which what was set later may stay.
local KEPT <const> = { "globals", "steps", "pipelines", "types", "loaded", "preload" }

local function tables()
  return { globals = package.loaded._G, steps = step.steps, pipelines = pipelines.pipelines, types = types.registered,
    loaded = package.loaded, preload = package.preload }
end

-- Sets again what differs between two marks.
local function redo(from, to)
  local own = tables()
  for _, name in ipairs(KEPT) do
    for k, v in next, to[name] do if from[name][k] ~= v then rawset(own[name], k, v) end end
    for k in next, from[name] do if to[name][k] == nil then rawset(own[name], k, nil) end end
  end
end

-- Goes back to a mark.
---@param mark table
---@param after table? a later mark: what was set after it stays
function script_undo.back(mark, after)
  local now = after and script_undo.mark()
  local globals = package.loaded._G
  restore(step.steps, mark.steps)
  restore(pipelines.pipelines, mark.pipelines)
  restore_materializers(mark.materializers)
  restore(types.registered, mark.types, is_own_type)
  restore(package.loaded, mark.loaded, is_own_module)
  restore(package.preload, mark.preload)
  restore(globals, mark.globals)
  debug.setmetatable(globals, mark.metatable)
  project.set_folder(mark.folder)
  program.set_script(mark.script, mark.chunk)
  if after then redo(after, now) end
end

return script_undo
