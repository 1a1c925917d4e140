-- definition_key: one digest of all that the graph of a pipeline depends on: the code that wires its steps with what
-- it captures, these steps, and its parameters.
--
-- What is not known to be a function of that has no key: the code may be called again later or not at all, and nobody
-- could tell.  So it may use plain data, functions of the script, steps, and what PURE names; all else denies the key.

local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local internal_error = require "rille.base.internal_error"
local key = require "rille.cache.key"
local named_in_keys = require "rille.cache.named_in_keys"
local paths = require "rille.project.paths"
local program = require "rille.project.program"
local registry = require "rille.artifact.registry"
local step = require "rille.script.step"
local types = require "rille.script.types"
local value = require "rille.host.value"
local version = require "rille.base.version"

local definition_key = {}

-- Raised when keys are made of more or of something else.
local FORMAT <const> = "rille-definition/1"

-- What code may reach: its results follow from its arguments and from what it is seen to read, and it changes nothing
-- but its arguments.
local PURE <const> = { ["the method format"] = true, ["x ^ y"] = true, ["os.getenv"] = true,
  ["rille.file"] = true, ["rille.dir"] = true }
for name in ([[ipairs pairs type tostring tonumber select rawget rawequal rawlen assert error
  string.byte string.char string.find string.format string.gmatch string.gsub string.len string.lower string.match
  string.pack string.packsize string.rep string.reverse string.sub string.unpack string.upper
  table.concat table.insert table.move table.pack table.remove table.sort table.unpack
  math.abs math.ceil math.floor math.fmod math.max math.min math.modf math.sqrt math.tointeger math.type math.ult
  math.huge math.maxinteger math.mininteger math.pi
  math.sin math.cos math.tan math.asin math.acos math.atan math.exp math.log math.deg math.rad
  utf8.char utf8.charpattern utf8.codepoint utf8.codes utf8.len utf8.offset]]):gmatch "%S+" do PURE[name] = true end

-- Fields of steps that are functions, and not for wiring.
local BODIES <const> = { run = true, fn = true, test = true, options = true }

-- What is computed by the mathematical library.
local INEXACT <const> = { ["x ^ y"] = true }
for name in ("sin cos tan asin acos atan exp log"):gmatch "%a+" do INEXACT["math." .. name] = true end

-- Options of steps with which a node does other work, or reports it elsewhere.
local OPTIONS <const> = { "cache", "materializers", "stack", "tracker", "model", "after" }

local HOOKS <const> = { on_failure = true, on_success = true }

local function names_artifacts(ports)
  for _, port in ipairs(ports) do if port.options.name ~= nil or port.options.tags ~= nil then return true end end
  return false
end

-- The options of a step, its hooks by what they are: they are called for steps that run.
local function option_parts(options)
  local parts = {}
  for name, v in next, options do
    local is_hook = HOOKS[name] and type(v) == "function"
    parts[name] = is_hook and fingerprint.value(v) or not is_hook and v or nil
    if is_hook and not parts[name] then return nil end
  end
  return parts
end

-- All of a step that wiring it can depend on; nil and why it is no such thing.
local function step_parts(s)
  local options = s.options             -- a light step has its fields from here on
  if rawget(s, "members") then return nil, "is a step in class style" end
  if named_in_keys.is_changed(s) then return nil, "is a step that the script changed" end
  for _, name in ipairs(OPTIONS) do
    if options[name] ~= nil then return nil, "is a step with the option " .. name end
  end
  if names_artifacts(s.inputs) or names_artifacts(s.outputs) then
    return nil, "is a step whose ports name or tag artifacts"
  end
  local spec = key.spec_of(s, program.observed)         -- its prefix has the version
  if not spec.cacheable then return nil, "is a step that is not cached" end
  local parts = option_parts(options)
  if not parts then return nil, "is a step with a hook that has no fingerprint" end
  local source = not s.command and debug.getinfo(s.run, "S").source or ""
  return { "step", spec.prefix, s.name, s.doc or false, s.at, source, parts, s.bound, s.inputs,
    s.params, s.outputs }
end

-- A file or a folder is its path; what it holds is looked at when it is an input.
local function path_parts(v) return { "path", v.path, rawget(v, "name") or false } end

local PLAIN <const> = { [step.Step] = step_parts, [require("rille.host.step_call").light()] = step_parts,
  [types.Type] = named_in_keys.type_parts, [types.Port] = named_in_keys.port_parts, [paths.File] = path_parts,
  [paths.Dir] = path_parts }

-- The names by which reaches know rille's own types.
local function own_types()
  local names = {}
  for _, typ in next, types.registered do
    local name = fingerprint.name_of(typ)
    if name then names[name .. ".*"] = true end
  end
  return names
end

-- The first thing that is reached and not known to be pure, or nil.
local function first_impure(reaches)
  local own
  for _, name in ipairs(reaches) do
    if not PURE[name] then
      own = own or own_types()
      if not own[name] then return name end
    end
  end
end

-- The walk over what wires the steps; nil and why it is not all that these depend on.
local function walked(pipeline)
  fingerprint.look()
  local info, message = fingerprint.walk({ pipeline.define, pipeline.bound or false },
    { name = "define", plain = PLAIN, words = BODIES })
  if not info then return nil, message end
  if info.escapes[1] then return nil, info.escapes[1].what end
  if info.writes[1] then return nil, "it sets " .. info.writes[1].what end
  local name = first_impure(info.reaches)
  if name then return nil, name end
  return info
end

local function made(pipeline, params)
  local info, why = walked(pipeline)
  if not info then return nil, why end
  local libm = ""
  for _, name in ipairs(info.reaches) do if INEXACT[name] then libm = require("rille.host.libm").name() end end
  return hash.fields("F", FORMAT, "V", version, "K", key.FORMAT, "n", pipeline.name, "d", pipeline.at or "",
    "w", info.digest, "p", value.encode(params), "m", libm,
    "o", next(registry.own) ~= nil and "own" or "")
end

-- The key of the graph that the pipeline has with these parameters; nil and why it has none.
---@param pipeline Pipeline
---@param params table in full
---@return string?, string? why
function definition_key.of(pipeline, params)
  -- a mistake is raised by what defines and plans
  local ok, digest, why = internal_error.call(made, pipeline, params)
  if not ok and internal_error.is(digest) then error(digest, 0) end
  if not ok then return nil, tostring(digest):match "[^\n]*" end
  return digest, why
end

return definition_key
