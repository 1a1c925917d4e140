-- script_state: prepares the Lua state for scripts: the standard library is observed, rille's own values are opaque to
-- fingerprints.

local fingerprint = require "rille.host.fingerprint"
local global_state = require "rille.cache.global_state"
local hash = require "rille.host.hash"
local named_in_keys = require "rille.cache.named_in_keys"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local program = require "rille.project.program"
local project = require "rille.project"
local upcalls = require "rille.base.upcalls"

local script_state = {}

-- Ways to globals and modules that code does not name: all of these count.  load, require and the like are observed
-- when they are called.
local HIDDEN <const> = { ["_ENV as a value"] = true, ["_G"] = true, ["package.*"] = true,
  ["package.loaded.*"] = true, ["package.preload.*"] = true, ["package.searchers.*"] = true }

local function first_hidden(info)
  for _, escape in ipairs(info.escapes) do
    if HIDDEN[escape.what] then return escape end
  end
end

-- The fingerprint of a module, or of code that a step loaded; or nil, what the fingerprint cannot cover, and where.
local function fingerprint_of(v)
  local info = fingerprint.walk(v)
  if not info then return nil end
  for _, name in ipairs(info.reaches) do
    if name:find "^foreign C" then return nil, "a C function that rille does not know" end
  end
  local escape = first_hidden(info)
  if not escape then return info.digest end
  local all = global_state.digest()
  if all then return hash.sha256(info.digest .. all) end
  -- a value has no place of its own: then it is the line where the step asked for it
  return nil, escape.what, escape.where and escape.where:find ":%d+$" and escape.where
end

local prepared = false

local function register()
  local face, context = fingerprint.together(function()
    local face = upcalls.public_face()
    named_in_keys.require()
    return face, require "rille.execute.context"
  end)
  named_in_keys.register(face, context.classes)
end

-- Has a module been loaded that scripts are given?
local function is_face_loaded()
  if package.loaded["rille.face"] then return true end
  for _, name in ipairs(origin.batteries()) do
    if package.loaded["rille." .. name] then return true end
  end
  return false
end

-- Rille's own values are opaque to fingerprints from here on.
local function set_up_fingerprints(is_program)
  fingerprint.setup(package.loaded._G, named_in_keys.KEY_NAMES)
  -- a program may never ask for rille
  if is_program and not is_face_loaded() then fingerprint.first(register) else register() end
end

-- For a state that is a host's own: its standard library stays as it is, so nothing is observed.
function script_state.share()
  prepared = true
  set_up_fingerprints()
end

-- Prepares the state for code of the user's, where it was not prepared.
---@param is_program boolean? a script that is a program of its own, and runs pipelines itself if at all
function script_state.set_up(is_program)
  if prepared then return end
  prepared = true
  observe.install(package.loaded._G)
  observe.module_fingerprint(fingerprint_of)
  observe.names(fingerprint.name_of)
  -- few scripts require a module that is told of
  observe.modules(function(...) return require("rille.cache.c_modules").told(...) end)
  global_state.begin()
  program.set_observed()
  set_up_fingerprints(is_program)
end

-- Prepares the state for the first script, and sets where relative paths start.
---@param base string absolute
---@param is_program boolean?
function script_state.prepare(base, is_program)
  project.set_folder(base)
  observe.set_base(base)
  script_state.set_up(is_program)
end

return script_state
