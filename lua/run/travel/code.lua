-- code: the script of a past run in this process: as it was that day, from the store, or as it is on disk.
--
-- Code of that day has a loader (host/observe/observe_pin.h), as code of a commit has: what it requires, or loads by
-- loadfile and dofile, is of that day too where the store has the text; else it is what is on disk, and the code notes
-- that.  Its chunks are called "main.lua@then".  Loading runs nothing: a script that runs its pipeline when it is
-- loaded is loaded up to there.  What the script sets is undone when one leaves.

local errors = require "rille.base.errors"
local internal_error = require "rille.base.internal_error"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local pinned_code = require "rille.run.pinned_code"
local pipelines = require "rille.script.pipeline"
local program = require "rille.project.program"
local project = require "rille.project"
local recorded_sources = require "rille.query.recorded_sources"
local script_state = require "rille.run.script_state"
local script_undo = require "rille.run.script_undo"
local steps = require "rille.script.step"
local sys = require "rille.host.sys"

local code = {}

---@class rille.travel.code
---@field is_then boolean it is that of the run, not what is on disk
---@field path string? of the script, absolute; nil: it came from no file
---@field folder string where its relative paths start
---@field pipeline table? of the run's name
---@field steps table<string, Step> that it defined
---@field texts table<string, string> of what was loaded, by the names that messages have
---@field today string[] modules of today in the place of those of that day, which the store does not have
---@field flaw string? why it was not loaded, or not to its end
---@field mark table? the state before it was loaded
---@field after table? the state when it was loaded
local Code = {}
Code.__index = Code

local THEN <const> = "@then"

-- Texts --------------------------------------------------------------------------------------

-- A path as the record has it: relative to the folder of the script where it is below that.
local function recorded_name(self, path)
  local full = path:sub(1, 1) == "/" and path or self.folder .. "/" .. path
  local parts = {}
  for name in full:gmatch "[^/]+" do
    if name == ".." then parts[#parts] = nil elseif name ~= "." then parts[#parts + 1] = name end
  end
  full = "/" .. table.concat(parts, "/")
  return full:sub(1, #self.folder + 1) == self.folder .. "/" and full:sub(#self.folder + 2) or full
end

-- The chunk of a text of that day.  `load` keeps no text for the record of later runs.
local function chunk_of(self, name)
  local text, shown = self.sources.texts[name], name .. THEN
  self.texts[shown] = text
  observe.pin("@" .. shown, self.loader)
  return load(text:gsub("^\xEF\xBB\xBF", ""):gsub("^#[^\n]*", "", 1), "@" .. shown, "t")
end

-- The loader ---------------------------------------------------------------------------------

-- The recorded text of the module, by its path; the path of the file on disk where the record has none.
local function find_module(self, name)
  local on_disk
  for template in package.path:gmatch "[^;]+" do
    local path = template:gsub("%?", (name:gsub("%.", "/"):gsub("%%", "%%%%")))
    local recorded = recorded_name(self, path)
    if self.sources.texts[recorded] then return recorded, path end
    on_disk = on_disk or sys.stat(project.resolve(path)) == "file" and path
  end
  return nil, on_disk
end

local function note_today(self, name)
  for _, one in ipairs(self.today) do if one == name then return end end
  self.today[#self.today + 1] = name
end

local loaders = {}

function loaders.require(self, name)
  if type(name) ~= "string" or pinned_code.is_own(name) or pinned_code.is_preloaded(name) then return false end
  if self.loaded[name] ~= nil then return true, self.loaded[name] end
  local recorded, path = find_module(self, name)
  if not recorded then
    if path then note_today(self, name) end
    return false
  end
  local chunk, message = chunk_of(self, recorded)
  if not chunk then error(string.format("error loading module '%s' of that day:\n\t%s", name, message), 0) end
  local value = chunk(name, path)
  if value ~= nil then self.loaded[name] = value end
  if self.loaded[name] == nil then self.loaded[name] = true end
  return true, self.loaded[name], path
end

local function recorded_file(self, path)
  local name = type(path) == "string" and recorded_name(self, path)
  if not name then return nil end
  if self.sources.texts[name] then return name end
  if sys.stat(project.resolve(path)) == "file" then note_today(self, path) end
end

function loaders.loadfile(self, path, _, ...)
  local name = recorded_file(self, path)
  if not name then return false end
  local chunk, message = chunk_of(self, name)
  if not chunk then return true, nil, message end
  if select("#", ...) > 0 then debug.setupvalue(chunk, 1, (...)) end
  return true, chunk
end

function loaders.dofile(self, path)
  local name = recorded_file(self, path)
  if not name then return false end
  local chunk, message = chunk_of(self, name)
  if not chunk then error(message, 0) end
  return true, chunk()
end

---@class rille.travel.past_session
---@field pieces { [1]: string, [2]: string }[] what was entered, "In[3]", and what files it loaded, in order
---@field load fun(what: "require"|"loadfile"|"dofile", ...): boolean, ... the loader
---@field run_file fun(name: string) runs a file of that day

-- Loading ------------------------------------------------------------------------------------

-- Runs f where the relative paths of the script start.
---@param f function
---@return any ...
function Code:within(f, ...)
  local folder, script, chunk = project.known_folder(), program.script, program.chunk
  local back <close> = setmetatable({}, { __close = function()
    project.set_folder(folder)
    if folder then observe.set_base(folder) end
    program.set_script(script, chunk)
  end })
  assert(back)
  script_state.prepare(self.folder)
  program.set_script(self.path, "@" .. (self.path or "script"):match "[^/]*$" .. (self.is_then and THEN or ""))
  return f(...)
end

-- Steps and pipelines of the session are put away, so that only the script's are there; the mark gives them back.
local function clear()
  for _, known in ipairs { steps.steps, pipelines.pipelines } do
    for name in next, known do known[name] = nil end
  end
end

-- Modules of files are loaded again: they may have changed since.
local function forget_modules()
  for name, value in next, package.loaded do
    if not pinned_code.is_own(name) and origin.owns(value) == nil and package.searchpath(name, package.path) then
      package.loaded[name] = nil
    end
  end
end

local function is_named(v, name) return pipelines.is_pipeline(v) and v.name == name end

-- The pipeline of that name: what the script returned is nearer than what it defined.
local function pick(result, name)
  if is_named(result, name) then return result end
  local slot = type(result) == "table" and rawget(result, name)
  if is_named(slot, name) then return slot end
  return pipelines.pipelines[name]
end

local function text_of(err)
  if type(err) == "table" and (err.usage or err.message) then return tostring(err.usage or err.message) end
  return errors.text_of(err, "the script")
end

-- Runs the chunk of the script; make() gives it.
local function run_script(self, name, make)
  self.mark = script_undo.mark()
  clear()
  program.inspect "repl --at"
  local ok, result = internal_error.call(self.within, self, errors.from, nil, make)
  local refused = program.was_refused()
  program.inspect(nil)
  if internal_error.is(result) then error(result, 0) end
  if not ok and not refused then self.flaw = text_of(result) end
  self.pipeline = pick(ok and result or nil, name)
  for step_name, step in next, steps.steps do self.steps[step_name] = step end
  self.after = script_undo.mark()
  return self
end

-- Goes back to what was before the script; what was set since then stays.
function Code:leave()
  if self.mark then script_undo.back(self.mark, self.after) end
  self.mark, self.after = nil, nil
end

local function new(path, is_then)
  local folder = path and path:match "^(.*)/[^/]*$" or not path and project.parent_folder()
  return setmetatable({ is_then = is_then, path = path, folder = folder ~= "" and folder or "/", texts = {}, steps = {},
    today = {}, loaded = {} }, Code)
end

local function run_file(self, name)
  -- an entry, or the script, may have required it
  if self.texts[name .. THEN] then return end
  local chunk, message = chunk_of(self, name)
  if not chunk then error(message, 0) end
  chunk()
end

-- Does again what was entered at a prompt, if something was.
local function replay_entries(self, replay)
  local any = false
  for _, one in ipairs(self.sources.all) do
    if one[1]:find "^In%[%d+%]$" then self.texts[one[1]], any = one[2], true end
  end
  if not any then return end
  replay { pieces = self.sources.all, load = self.loader, run_file = function(name) run_file(self, name) end }
end

-- A file of today's code that changed since it was loaded; nil: none.
---@return string?
function Code:changed_file()
  if self.flaw then return self.path and project.show_path(self.path) or "the script" end
  for name, text in next, self.texts do
    local path = name:sub(1, 1) == "/" and name or self.folder .. "/" .. name
    if sys.read_file(path) ~= text then return name end
  end
end

-- The code of that day.
---@param run table a row
---@param replay fun(past: rille.travel.past_session)? does again what was entered at a prompt
---@return rille.travel.code
function code.of_run(run, replay)
  local self = new(recorded_sources.script_path(run), true)
  self.sources = recorded_sources.of(run)
  self.loader = function(what, ...) return loaders[what](self, ...) end
  local main = self.sources.main
  if not main then
    self.flaw = "the record of the run has no code"
    return self
  end
  if not self.sources.texts[main] then
    self.flaw = "the store no longer has the script of the run"
    return self
  end
  return run_script(self, run.pipeline, function()
    local result
    if not main:find "^In%[" then
      local chunk, message = chunk_of(self, main)
      if not chunk then error(message, 0) end
      result = chunk()
    end
    if replay then replay_entries(self, replay) end
    return result
  end)
end

-- The code as it is on disk.
---@param run table a row
---@return rille.travel.code
function code.of_today(run)
  local self = new(recorded_sources.script_path(run), false)
  if not self.path then
    self.flaw = string.format("run %s came from no file, so there is no code of today: leave out --patch", run.name)
    return self
  end
  if sys.stat(self.path) ~= "file" then
    self.flaw = string.format("%s is gone; without --patch the code of that day runs", project.show_path(self.path))
    return self
  end
  local before = #observe.sources()
  run_script(self, run.pipeline, function()
    forget_modules()
    local text, why = sys.read_file(self.path)
    if not text then error(why, 0) end
    local chunk, message = observe.load_script(self.path, text, "@" .. self.path:match "[^/]*$")
    if not chunk then error(message, 0) end
    self.texts[self.path:match "[^/]*$"] = text
    return chunk()
  end)
  local sources = observe.sources()
  for i = before + 1, #sources do self.texts[sources[i].path] = sources[i].text end
  return self
end

return code
