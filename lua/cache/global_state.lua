-- global_state: all that code can see which holds the table of the globals: the globals, the modules that the script
-- loaded, what the script made of package.  It counts for modules with _G or _ENV as a value that a step loads.
--
-- What the step loads itself is left out: code that a step loads has facts of its own.

local fingerprint = require "rille.host.fingerprint"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"

local global_state = {}

local globals = package.loaded._G
local package <const> = package

local function copy(t)
  local out = {}
  for k, v in next, t do out[k] = v end
  return out
end

-- The fields of a table without its metatable, which counts beside them.
local function parts(t)
  if type(t) ~= "table" then return { t } end
  return { copy(t), debug.getmetatable(t) }
end

local own_preload = {}

-- Before the first script.
function global_state.begin() own_preload = copy(package.preload) end

local function script_preload()
  local out = {}
  for name, loader in next, package.preload do
    if own_preload[name] ~= loader then out[name] = loader end
  end
  return { out, debug.getmetatable(package.preload) or false }
end

local function script_modules()
  local out, of_step = {}, observe.loaded_by_step()
  for name, module in next, package.loaded do
    if not of_step[name] and not origin.owns(module) then out[name] = module end
  end
  return out
end

-- A digest of it; nil and a message when something in it cannot be hashed.
---@return string?
---@return string?
function global_state.digest()
  local all = parts(globals)
  all[1]._G, all[1].package = nil, nil
  local of_package = copy(package)
  of_package.loaded, of_package.preload, of_package.searchers = nil, nil, nil
  return fingerprint.value({
    all, rawequal(globals._G, globals), rawequal(globals.package, package) or globals.package,
    of_package, debug.getmetatable(package) or false,
    script_modules(), debug.getmetatable(package.loaded) or false,
    script_preload(), parts(package.searchers),
  }, "_G")
end

return global_state
