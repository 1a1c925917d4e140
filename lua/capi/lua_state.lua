-- lua_state: what rille_lua.h needs of rille's Lua, for hosts that use Lua themselves.

local failure = require "rille.capi.failure"
local program = require "rille.project.program"

local lua_state = {}

-- Calls f; what it raises becomes nil, message, code.
local function protected(f, ...) return failure.protected(failure.ERROR, f, ...) end

-- The module `rille`.
function lua_state.face() return protected(require("rille.base.upcalls").public_face) end

-- An artifact as scripts have it.
---@param digest string hex
function lua_state.artifact(digest) return protected(require("rille.query.history").artifact, digest) end

-- The digest of an artifact; "" for any other value.
---@param v any
---@return string digest
function lua_state.digest_of(v)
  local past_artifact = package.loaded["rille.query.past_artifact"]
  if not past_artifact or debug.getmetatable(v) ~= past_artifact.Artifact then return "" end
  return rawget(v, "row").digest
end

-- What identifies a value for the cache, or nil and why nothing does.
---@param v any
---@return string? digest, string? why_not
local function fingerprint(v)
  if program.hosted then require("rille.run.script_state").set_up() end
  local info, message = require("rille.host.fingerprint").walk(v)
  if not info then return nil, message end
  local why = require("rille.cache.key").why_incomplete(info, program.observed)
  if why then return nil, why end
  return info.digest
end

---@param v any
---@return string? digest, string? message, integer? code
function lua_state.fingerprint(v)
  local digest, why, code = protected(function()
    local found, reason = fingerprint(v)
    return found or false, reason
  end)
  if digest == nil then return nil, why, code end
  return digest or nil, why, not digest and failure.TYPE or nil
end

return lua_state
