-- scripts: the scripts that a session runs: the one that it begins with, .load, .reload.  What a script declares local
-- outside of all blocks is local to the session too, so that entries can name it and give it another value, which the
-- functions of the script then see.
--
-- session.loaded[path] = { steps, pipelines: by name, modules: set of names }: what a script brought.

local entry = require "rille.repl.entry"
local format = require "rille.base.format"
local internal_error = require "rille.base.internal_error"
local origin = require "rille.host.origin"
local pipelines = require "rille.script.pipeline"
local project = require "rille.project"
local script_file = require "rille.run.script_file"
local steps = require "rille.script.step"
local sys = require "rille.host.sys"

local scripts = {}

local function copy(t)
  local made = {}
  for k, v in next, t do made[k] = v end
  return made
end

-- What a table has that the copy of it did not have.
local function added(t, was)
  local new = {}
  for k, v in next, t do if was[k] ~= v then new[k] = v end end
  return new
end

-- Locals -------------------------------------------------------------------------------------

local function read_cells(cells)
  local was = {}
  for name, cell in next, cells do
    was[name] = { cell = cell, const = cell.const, value = select(2, debug.getupvalue(cell.holder, cell.index)) }
  end
  return was
end

local function restore_cells(cells, was)
  for name in next, copy(cells) do
    local one = was[name]
    cells[name] = one and one.cell
    if one then
      one.cell.const = one.const
      debug.setupvalue(one.cell.holder, one.cell.index, one.value)
    end
  end
end

-- Compiles a script as an entry; nil where it is none, which the usual way explains.
local function compiler(cells)
  return function(path, text, chunk)
    text = text:gsub("^\xEF\xBB\xBF", ""):gsub("^#[^\n]*", "")
    return (entry.compile(text, chunk, cells, path))
  end
end

-- Modules ------------------------------------------------------------------------------------

-- Modules in Lua that a script brought: they are read again with it.
local function is_reloaded(name, v)
  return type(name) == "string" and origin.owns(v) == nil and package.preload[name] == nil
    and not origin.offers(name)
    and package.searchpath(name, package.path) ~= nil
end

local function take_modules(names)
  local held = {}
  for name in next, names do
    held[name] = package.loaded[name]
    package.loaded[name] = nil
  end
  return held
end

-- Loading ------------------------------------------------------------------------------------

local function load_into(session, path)
  local before = { steps = copy(steps.steps), pipelines = copy(pipelines.pipelines), loaded = copy(package.loaded) }
  script_file.library(path, nil, nil, project.known_folder(), compiler(session.cells))
  local modules = {}
  for name, v in next, added(package.loaded, before.loaded) do
    if is_reloaded(name, v) then modules[name] = true end
  end
  return { steps = added(steps.steps, before.steps), pipelines = added(pipelines.pipelines, before.pipelines),
    modules = modules }
end

-- Removes what the script brought before and defines no longer; their names.
local function remove_vanished(was)
  local gone = {}
  for name, step in next, was.steps do
    if rawequal(steps.steps[name], step) then
      steps.forget(name)
      gone[#gone + 1] = "step " .. name
    end
  end
  for name, pipeline in next, was.pipelines do
    if rawequal(pipelines.pipelines[name], pipeline) then
      pipelines.forget(name)
      gone[#gone + 1] = "pipeline " .. name
    end
  end
  table.sort(gone)
  return gone
end

local function count(t)
  local n = 0
  for _ in next, t do n = n + 1 end
  return n
end

-- Runs a script; one that the session ran before is run again, with its modules.  An error leaves the session as it
-- was.
---@param session Session
---@param path string
function scripts.load(session, path)
  local was = session.loaded[path]
  local cells, held = read_cells(session.cells), take_modules(was and was.modules or {})
  local ok, found = internal_error.call(load_into, session, path)
  if not ok then
    restore_cells(session.cells, cells)
    for name, v in next, held do package.loaded[name] = v end
    error(found, 0)
  end
  session.loaded[path] = found
  local text = sys.read_file(path)
  if text then
    text = text:gsub("^\xEF\xBB\xBF", ""):gsub("^#[^\n]*", "")
    session.transcript:succeeded(session.count, "-- from " .. path .. "\n" .. text)
  end
  session.script = session.script or path
  return found, was and remove_vanished(was) or {}
end

-- The same with what it brought in a line.
---@param session Session
---@param path string
function scripts.load_and_tell(session, path)
  local found, gone = scripts.load(session, path)
  session.face.put(string.format("%s: %s, %s", path, format.plural(count(found.steps), "step"),
    format.plural(count(found.pipelines), "pipeline")))
  if gone[1] then session.face.put("no longer there: " .. table.concat(gone, ", ")) end
end

return scripts
