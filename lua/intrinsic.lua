-- intrinsic: what the fingerprint of a step never descends into: rille itself.
--
-- A function of rille's own that a step captures counts by its name and version;
-- values that stand for something of a script (a step, an artifact, a type)
-- count by what they stand for.

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

---@param rille table the public face
function intrinsic.register(rille)
  if done then return end
  done = true
  local step = require "rille.step"
  local types = require "rille.types"
  fingerprint.intrinsic(rille, "rille")
  for _, name in ipairs(BATTERIES) do register_battery(name) end
  fingerprint.kind(step.Step, function(s)
    local parts = { "step", s.run, s.version or false, s.options.cache == nil and "default" or s.options.cache, s.bound or false }
    parts[6] = rawget(s, "members")
    return parts
  end)
  fingerprint.kind(types.Type, function(t)
    local options = {}
    for k, v in next, t.options do options[k] = v end
    return { "type", t.name, options }
  end)
  fingerprint.kind(types.Port, function(p) return { "port", p.name, p.type } end)
  fingerprint.kind(require("rille.pipeline").Pipeline, function(p) return { "pipeline", p.name, p.define } end)
  fingerprint.kind(require("rille.external").External, function() return nil, "is an external artifact" end)
end

-- Classes that come with modules loaded on demand.
function intrinsic.artifact(meta)
  fingerprint.kind(meta, function(a) return { "artifact", a.digest } end)
end

return intrinsic
