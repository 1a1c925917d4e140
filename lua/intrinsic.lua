-- intrinsic: what the fingerprint of a step never descends into: rille itself.
--
-- A function of rille's own that a step captures counts by its name and version;
-- values that stand for something of a script (a step, an artifact, a type)
-- count by what they stand for.

local class = require "rille.class"
local fingerprint = require "rille.host.fingerprint"

local intrinsic = {}

local done = false

-- The batteries that scripts capture.  Each counts as a whole by its name, from
-- the moment it is loaded: what it fills in lazily is nobody's captured state.
local BATTERIES = { "array", "csv", "frame", "json", "linear", "metrics", "split", "svm", "testing", "tree", "yaml" }

local function register_battery(name)
  local full = "rille." .. name
  if package.loaded[full] then return fingerprint.intrinsic(package.loaded[full], full) end
  local load = package.preload[full]
  package.preload[full] = function(...)
    local module = load(...)
    fingerprint.intrinsic(module, full)
    return module
  end
end

-- All that code can read of a step, a type or a pipeline that it captures, or that
-- a call of it depends on; where it stands in the file is nobody's value.
local function step_parts(s)
  local body = class.body(s)
  return { "step", body or rawget(s, "run") or false, body and class.takes_self(body) or false, s.version or false, s.options.cache == nil and "default" or s.options.cache, s.bound or false,
    rawget(s, "members") or false, s.name, s.doc or false, s.inputs, s.params, s.outputs }
end

local function type_parts(t)
  local options = {}
  for k, v in next, t.options do options[k] = v end
  return { "type", t.name, options, t.element or false, t.members or false, t.values or false, t.methods or false }
end

local function pipeline_parts(p)
  local get = function(k) return rawget(p, k) or false end
  return { "pipeline", p.name, class.body(p) or get "define", get "members", get "doc", p.params, p.inputs, get "slots", get "bound", get "cache" }
end

---@param rille table the public face
function intrinsic.register(rille)
  if done then return end
  done = true
  local step = require "rille.step"
  local types = require "rille.types"
  fingerprint.intrinsic(rille, "rille")
  for _, name in ipairs(BATTERIES) do register_battery(name) end
  fingerprint.kind(step.Step, step_parts)
  fingerprint.kind(types.Type, type_parts)
  fingerprint.kind(types.Port, function(p) return { "port", p.name, p.type, p.options } end)
  fingerprint.kind(require("rille.pipeline").Pipeline, pipeline_parts)
  fingerprint.kind(require("rille.external").External, function() return nil, "is an external artifact" end)
end

-- Classes that come with modules loaded on demand.
function intrinsic.artifact(meta)
  fingerprint.kind(meta, function(a) return { "artifact", a.digest } end)
end

return intrinsic
