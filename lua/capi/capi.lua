-- capi: what the C library (host/library/) calls.  Every function returns its result, or nil, message, code, details
-- (failure.lua).

require "rille.composition"

local access = require "rille.project.access"
local child_wait = require "rille.execute.child_wait"
local events = require "rille.capi.events"
local failure = require "rille.capi.failure"
local global_options = require "rille.project.global_options"
local interrupt = require "rille.host.interrupt"
local observe = require "rille.host.observe"
local pipelines = require "rille.script.pipeline"
local program = require "rille.project.program"
local project = require "rille.project"
local running = require "rille.project.running"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"

local capi = {}

local SIGTERM <const> = 15
local ERROR <const>, INVALID <const>, SYNTAX <const> = failure.ERROR, failure.INVALID, failure.SYNTAX

local tell                                              -- tells the host of events, if it listens
local base                                              -- where relative paths start, if the host said so
local config                                            -- path of a YAML file for all runs, or nil
local search                                            -- package.path and cpath before any script
local files = {}                                        -- paths of the scripts that were loaded from files
local scripts = setmetatable({}, { __mode = "k" })      -- { script, chunk } by pipeline

-- The engine -----------------------------------------------------------------------------

local function absolute_folder(path)
  local full, message, code = sys.realpath(path)
  if not full then return nil, message, code end
  local kind = sys.stat(full)
  if kind ~= "folder" then
    return nil, string.format("%s: base must be a folder, found %s", path,
      kind == "file" and "a file" or "something else"), INVALID
  end
  return full
end

-- What signals ask of the program, a host asks by an interrupt, a timeout, a limit.
local function asked_to_stop(what, lines)
  if what or lines or not interrupt.reason() then return nil end
  return SIGTERM, child_wait.END
end

-- Begins the life of the state.
---@param store string absolute path of its .rille folder
---@param options { base: string?, config: string?, readonly: boolean, shared: boolean, tell: function? } base: where
--- relative paths of scripts start; shared: the state is the host's; tell: see events.lua
function capi.open(store, options)
  program.set_hosted()
  global_options.set { store = store, silent = true, quiet = true }
  tell, config = options.tell, options.config
  search = { path = package.path, cpath = package.cpath }
  signals.connect(asked_to_stop)
  -- here, where a failure (of memory) leaves no state behind: it cannot be done twice
  require("rille.run.script_state")[options.shared and "share" or "set_up"]()
  if options.readonly then access.set_readonly() end
  if options.base then
    local full, message, code = absolute_folder(options.base)
    if not full then return nil, message, code end
    base = full
    project.set_folder(full)
  end
  return true
end

-- Ends it.  In a state that the host shares, values of rille may outlive this.
function capi.close()
  project.shut_down()
  local c_modules = package.loaded["rille.cache.c_modules"]
  if c_modules then c_modules.unwatch() end
  access.refuse "the engine of this lua_State was closed"
  return true
end

-- The host is going to use the state itself.
function capi.prepare()
  require("rille.run.script_state").set_up()
  return true
end

local RESTORED <const> = { __close = function() project.set_folder(base) end }

-- Steps and types in C are defined, and run, before a script is loaded that may be of any folder: until then relative
-- paths start from the working folder.  The state is prepared first: what there is by then counts by its name in keys.
local function in_some_folder(f, ...)
  if project.known_folder() then return f(...) end
  require("rille.run.script_state").prepare(project.check(sys.cwd()))
  local restored <close> = setmetatable({}, RESTORED)
  assert(restored)
  return (f(...))
end

-- Scripts --------------------------------------------------------------------------------

-- Loads a script, and remembers it as that of its pipelines.
local function load_script(...)
  local before = {}
  for name, pipeline in next, pipelines.pipelines do before[name] = pipeline end
  require("rille.run.script_file").library(...)
  for name, pipeline in next, pipelines.pipelines do
    if before[name] ~= pipeline then scripts[pipeline] = { script = program.script, chunk = program.chunk } end
  end
  pipelines.forget_duplicates()
  return true
end

---@param path string
function capi.load_file(path)
  local ok, message, code, details = failure.protected(SYNTAX, load_script, path, nil, nil, base)
  if not ok then return nil, message, code, details end
  for _, loaded in ipairs(files) do if loaded == path then return true end end
  files[#files + 1] = path
  return true
end

---@param name string of the chunk
---@param text string
function capi.load_string(name, text) return failure.protected(SYNTAX, load_script, nil, text, "=" .. name, base) end

-- Runs -----------------------------------------------------------------------------------

-- A call of the host begins, so no step runs: memory that ended within the last call may have left one that began and
-- did not end.
local function leave_broken_step()
  if not running.is_step() then return end
  local ok, err = pcall(observe.finish)
  if not ok and err == "not enough memory" then error(err, 0) end
  running.leave()
end

-- Runs a pipeline or a step; see run.lua.
---@param is_step boolean
---@param name string
---@param args table
---@param given table
function capi.run(is_step, name, args, given)
  return failure.protected(ERROR, function()
    leave_broken_step()
    local run = require "rille.capi.run"
    local emit = events.listener(tell)
    given.config = config
    given.workers = { scripts = files, base = base, program = given.program, search = search }
    global_options.set { stack = given.stack or false }
    if is_step then return in_some_folder(run.step, name, args, given, emit) end
    local script = scripts[pipelines.pipelines[name] or 0]
    if script then program.set_script(script.script, script.chunk) end
    return run.pipeline(name, args, given, emit)
  end)
end

-- Steps and types in C -------------------------------------------------------------------

---@param handle userdata
---@param definition table see registered.lua
function capi.register_step(handle, definition)
  return failure.protected(INVALID, in_some_folder, function()
    return require("rille.capi.registered").step(handle, definition)
  end)
end

---@param handle userdata
---@param name string
---@param version integer
function capi.register_type(handle, name, version)
  return failure.protected(INVALID, in_some_folder, function()
    return require("rille.capi.registered").type(handle, name, version)
  end)
end

function capi.describe() return failure.protected(ERROR, require("rille.capi.run").describe) end

return capi
