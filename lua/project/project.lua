-- project: the base folder, and the .rille folder with the store and the metadata that belong to it.
--
--     .rille/config.yaml    format of the folder
--     .rille/.gitignore     keeps all of it out of git; made with the folder
--     .rille/meta.db, lock  metadata (host/meta)
--     .rille/objects/       store (host/store)
--     .rille/runs/          files of running runs: ID.lock (host/os/run_lock.h), ID.live (record/live_log.lua)
--     .rille/tmp/           temporary folders of live processes;  secret.*: project/secrets.lua
--
-- Only this file knows that layout.  One project is open at a time; suspend() and resume() change it.

local access = require "rille.project.access"
local global_options = require "rille.project.global_options"
local meta = require "rille.host.meta"
local store = require "rille.host.store"
local store_format = require "rille.project.store_format"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local upcalls = require "rille.base.upcalls"

---@class rille.project
---@field dir string? the .rille folder, once it was opened
---@field mode "read"|"write"? how it is open; nil: it is not
---@field meta Meta? the metadata while it is open (host/meta/interface.lua)
---@field store table? the store while it is open
local project = {}

-- An error of the store or its surroundings, not a mistake of a script.
project.Failure = { __name = "store failure", __tostring = function(self) return self.message end }

-- Raises a Failure.
---@param message string
---@param code integer? of host/base/err.h
function project.fail(message, code) error(setmetatable({ message = message, code = code }, project.Failure), 0) end

-- Returns its arguments; where the first is nil, raises a Failure with the others.
---@return any ...
function project.check(value, message, code)
  if value == nil then project.fail(message, code) end
  return value, message, code
end

-- Codes of a metadata that could not be read; others answer: not found, ambiguous, damaged.
local UNREADABLE <const> = { [-2] = true, [-3] = true, [-11] = true }

-- Returns its arguments, an answer of the metadata; where it could not be read, raises a Failure.
---@return any ...
function project.answer(value, message, code)
  if value == nil and UNREADABLE[code] then project.fail(message, code) end
  return value, message, code
end

-- The base folder ----------------------------------------------------------------------

local base

local function working_folder() return (project.check(sys.cwd())) end

-- The folder that relative paths start from; without one of its own, the working folder.
---@return string
function project.folder()
  base = base or working_folder()
  return base
end

-- The base folder, or nil where it was never set nor asked for.
---@return string?
function project.known_folder() return base end

---@param dir string? absolute
function project.set_folder(dir) base = dir end

-- A path of a script as an absolute one.
---@param path string
---@return string
function project.resolve(path)
  if path:sub(1, 1) == "/" then return path end
  return project.folder() .. "/" .. path:gsub("^%./+", "")
end

-- A path as seen from the working folder, for people.
---@param path string
---@return string
function project.show_path(path)
  local cwd = sys.cwd()
  if cwd and path:sub(1, #cwd + 1) == cwd .. "/" then return path:sub(#cwd + 2) end
  return path
end

-- Layout -------------------------------------------------------------------------------

-- A file of a run in runs/.
---@param id string of the run
---@param ending ".lock"|".live"
---@return string
function project.run_file(id, ending)
  -- an id from the metadata becomes a path
  if not id:find "^%x+$" then project.fail(string.format("the id of a run is damaged: %q", id), -12) end
  return project.dir .. "/runs/" .. id .. ending
end

-- The files in runs/: a list of { id, ending (without its dot), path }.
---@return { id: string, ending: string, path: string }[]
function project.run_files()
  local list, folder = {}, project.dir .. "/runs"
  for _, name in ipairs(sys.list(folder) or {}) do
    local id, ending = name:match "^(%x+)%.(%l+)$"
    if id then list[#list + 1] = { id = id, ending = ending, path = folder .. "/" .. name } end
  end
  return list
end

-- The folder of temporary folders.
---@return string
function project.tmp_folder() return project.dir .. "/tmp" end

-- The file of an object, uncompressed or compressed.
---@param name string its digest in hex
---@return string
function project.object_file(name)
  local path = project.dir .. "/objects/" .. name:sub(1, 2) .. "/" .. name:sub(3)
  if sys.stat(path) then return path end
  -- a project with stacks has other stores, too
  local opened = project.store
  return type(opened) == "table" and opened.where and opened:where(name) or path .. ".lz4"
end

-- The folder that contains .rille.
---@return string
function project.parent_folder() return (project.dir:match "^(.*)/[^/]*$") end

-- Finding ------------------------------------------------------------------------------

local function upward(dir)
  while true do
    local candidate = (dir == "/" and "" or dir) .. "/.rille"
    if sys.stat(candidate) == "folder" then return candidate end
    if dir == "/" or dir == "" then return nil end
    dir = dir:match "^(.*)/[^/]*$"
    if dir == "" then dir = "/" end
  end
end

-- An empty .rille folder is no store yet.  Where meta.db is something other than a file, opening it says so.
local function has_database(dir)
  local kind, size = sys.stat(dir .. "/meta.db")
  return kind == "file" and size > 0 or kind == "folder" or kind == "other"
end

-- Its active stack may have the metadata elsewhere.
local function has_store(dir)
  return has_database(dir) or store_format.may_have_stacks(dir) and upcalls.metadata_opener(dir) ~= nil
end

-- Was meta.db of a store removed?  A process notes transactions in the lock once meta.db exists, so a lock with
-- content tells it from a store that another process is creating.  The lock is looked at first.
local function has_lost_database(dir)
  local kind, size = sys.stat(dir .. "/lock")
  return kind == "file" and size > 0 and not has_store(dir)
end

local function named_store()
  local named = global_options.store or os.getenv "RILLE_STORE"
  return named ~= "" and named or nil
end

-- The .rille of this project: the named one, or the nearest upward, or where the first run would create it.
---@return string dir
---@return boolean exists
function project.find()
  local named = named_store()
  if named then
    if named:sub(1, 1) ~= "/" then named = working_folder() .. "/" .. named end
    return named, has_store(named)
  end
  local from = project.folder()
  local found = upward(from)
  if found then return found, has_store(found) end
  return from .. "/.rille", false
end

local announced             -- the .rille folder that take_store_above gave last

-- Where the open store is, the first time, if nobody would look for it there: it was not named, and is neither in the
-- base folder nor in the working folder.
---@return string?
function project.take_store_above()
  local parent = project.parent_folder()
  if named_store() or announced == project.dir or parent == project.folder() or parent == sys.cwd() then return nil end
  announced = project.dir
  return project.show_path(project.dir)
end

-- Opening ------------------------------------------------------------------------------

-- What opens the two parts.  Tests give others, whose objects count calls and fail.
local openers = { meta = meta.open, store = store.open }

---@param given { meta: function?, store: function? }
---@return { meta: function, store: function } before
function project.use_openers(given)
  local before = openers
  openers = { meta = given.meta or meta.open, store = given.store or store.open }
  return before
end

-- Opens the metadata of dir, beside that of the project.
---@param dir string
---@param options table? as of meta.open
---@return Meta?, string? message, integer? code
function project.open_meta(dir, options) return openers.meta(dir, options) end

local created = false               -- this process created the store
local interrupted_runs = {}         -- names of runs that were closed, as their process had died

-- What happened when the project was opened and nobody has been told yet.
---@return boolean created, string[] interrupted_runs
function project.take_news()
  local was_created, runs = created, interrupted_runs
  created, interrupted_runs = false, {}
  return was_created, runs
end

-- Tells that the database lacks what was recorded.
local function warn_of_lost(headless)
  local lost = project.lost(true)
  if headless then
    terminal.say("rille: ", project.show_path(project.dir), " had no meta.db, or an empty one: a new history begins; ",
      "a backup of meta.db put there gives the old one back\n")
  elseif lost then terminal.say("rille: ", lost, "; the history goes on from what is there\n") end
end

local configured = false            -- the open project has stacks beside the default one

-- Does the project have stacks beside the default one?
---@return boolean
function project.is_configured()
  if project.meta then return configured end
  return store_format.may_have_stacks((project.find()))
end

-- Opens store and metadata.  "write" creates what is missing; "read" creates and changes nothing, but that runs
-- whose process died are closed.
---@param mode "write"|"read"
---@return true? ok, string? message, integer? code
function project.open(mode)
  if project.meta and (project.mode == "write" or mode == "read") then return true end
  local dir, exists = project.find()
  local ok, message, code
  message, code = access.refused(mode, project.show_path, dir)
  if message then return nil, message, code end
  project.close()
  local headless = not exists and has_lost_database(dir)
  if headless and mode == "read" then
    return nil, project.show_path(dir) .. " has no meta.db, or an empty one: put a backup of it there, or run a "
      .. "pipeline to begin a new history", -4
  end
  if not exists then
    ok, message, code = require("rille.project.store_folder").create(dir, mode, named_store(), project.show_path)
    if not ok then return nil, message, code end
    created = not headless
  end
  ok, message, code = store_format.check(dir, mode == "write")
  if not ok then return nil, message, code end
  configured = message == true
  local open_meta = configured and upcalls.metadata_opener(dir) or openers.meta
  project.meta, message, code = open_meta(dir, { create = mode == "write", readonly = mode == "read" })
  if not project.meta then return nil, message, code end
  project.store, message, code = openers.store(dir)
  if not project.store then
    project.close()
    return nil, message, code
  end
  project.dir, project.mode = dir, mode
  if configured then project.store = upcalls.project_store(project.store, dir) end
  if mode == "write" then
    project.store:use_memo(project.meta)
    warn_of_lost(headless)
  end
  local names
  names, message, code = upcalls.recover(project)
  if not names then return nil, message, code end
  table.move(names, 1, #names, #interrupted_runs + 1, interrupted_runs)
  return true
end

-- As open, but raises a Failure.
---@param mode "write"|"read"
function project.need(mode) project.check(project.open(mode)) end

function project.close()
  if project.meta then project.meta:close() end
  if project.store then project.store:close() end
  project.meta, project.store, project.mode = nil, nil, nil
end

-- A forked child lets go of the handles of its parent without closing them.
---@param replacement table? serves as metadata from here on: a worker asks its parent
function project.abandon(replacement)
  if project.meta then project.meta:abandon() end
  project.meta = replacement
  if not replacement then project.store, project.mode = nil, nil end
end

-- The open project of another process, whose metadata are asked for there.
---@param dir string
---@param opened table the store
---@param metadata table
function project.adopt(dir, opened, metadata)
  project.dir, project.mode, project.store, project.meta = dir, "write", opened, metadata
end

-- Objects are written to another store from here on, and read from it first.
---@param other table
function project.use_store(other) project.store = other end

-- Makes place for another project; resume(what this returns) goes on with this one.
---@return table suspended
function project.suspend()
  local suspended = { dir = project.dir, mode = project.mode, meta = project.meta, store = project.store, base = base,
    created = created, interrupted_runs = interrupted_runs, configured = configured }
  project.dir, project.mode, project.meta, project.store = nil, nil, nil, nil
  base, created, interrupted_runs, configured = nil, false, {}, false
  return suspended
end

---@param suspended table
function project.resume(suspended)
  project.close()
  project.dir, project.mode = suspended.dir, suspended.mode
  project.meta, project.store = suspended.meta, suspended.store
  base, created, interrupted_runs = suspended.base, suspended.created, suspended.interrupted_runs
  configured = suspended.configured
end

-- Damage -------------------------------------------------------------------------------

-- What the database complained of in this process, or what is wrong with its rows and pages, or nil.  Damage that
-- no caller took care of shows as some other error; this tells its cause.
---@return string?
function project.trouble()
  local opened = project.meta
  if not opened then return nil end
  local text = opened:trouble()
  if text then return text end
  -- SQLite accepts rows that another program wrote
  for _, check in ipairs { "check", "check_pages" } do
    local found = opened[check](opened)
    if found and found[1] then
      return string.format("the metadata cannot be used: %s; for details run rille fsck", found[1].message)
    end
  end
end

-- What to say when the database lacks what was recorded, or nil.
---@param reported boolean? the user is told now
---@return string?
function project.lost(reported)
  local n = project.meta:lost(reported) or 0
  if n == 0 then return nil end
  return string.format("%s/meta.db lacks the last %d %s: it was replaced by an older copy, or its log was damaged or "
    .. "removed", project.show_path(project.dir), n,
    n == 1 and "change that was recorded" or "changes that were recorded")
end

-- Temporary files ----------------------------------------------------------------------

local at_exit = {}

-- f() is called when the program ends.
---@param f fun()
function project.at_exit(f) at_exit[#at_exit + 1] = f end

local scratch               -- { dir, path, lock }: dir is the .rille folder that it is in

-- A folder of this process for temporary files, removed when the program ends, or else by the next command.
---@return string path
function project.scratch()
  if scratch and scratch.dir == project.dir then return scratch.path end
  scratch = require("rille.project.scratch_folder").new(project)
  local path = scratch.path
  project.at_exit(function() sys.remove(path) end)
  return path
end

-- The end of the program: calls what was registered by at_exit, and closes the project.
function project.shut_down()
  for _, f in ipairs(at_exit) do f() end
  at_exit = {}
  project.close()
end

return project
