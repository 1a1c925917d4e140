-- materializer_code: what of a script's materializers the result of a step depends on.
-- Built-in ones have no code that can change.
--
-- In the key of a step (of_step) are
--   those that the types of its ports name, or its options;
--   those with claims, where a port's type leaves the choice to the value: they are asked
--   of every value that no class decides, so beside them all count;
--   those for a class of rille's own that the type admits, and those with the name of a
--   built-in one: such a value or artifact is for rille's own materializer until the
--   script has one.
-- Observed while the step runs (note_use), and compared at each lookup (of_use), are those
-- for classes of the script.  They are chosen by a value that only the step's code can
-- have made, or by the artifact that an input is.  So are those for rille's own classes where
-- a step had values within a table (note_nested).

local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local libm = require "rille.host.libm"
local manifest = require "rille.materializers.manifest"
local observe = require "rille.host.observe"
local registry = require "rille.artifact.registry"
local types = require "rille.script.types"

local materializer_code = {}

local SCALARS <const> = { boolean = true, integer = true, number = true, string = true, bytes = true }
local CLASSLESS <const> = { ["nil"] = true, table = true }

-- A port that leaves the choice to the value.
local ANY <const> = { type = { name = "any" } }

local function by_type(list)
  table.sort(list, function(a, b) return a.type < b.type end)
  return list
end

-- Which ones ---------------------------------------------------------------------------

local function with_claims(list) return table.move(registry.claims, 1, #registry.claims, #list + 1, by_type(list)) end

-- Could a value of the class, one of rille's own, be of the type?
local function admits(typ, class)
  if typ.element then return admits(typ.element, class) end
  for _, member in ipairs(typ.members or {}) do
    if admits(member, class) then return true end
  end
  if typ.members or typ.values then return false end
  local is_own = types.class_of(typ)
  return is_own == nil or is_own(class)
end

-- May the materializer save a value of the type?
local function may_save(materializer, typ, all)
  if not materializer.claims and manifest[materializer.type] then return true end
  for _, class in ipairs(materializer.classes) do
    if (all or types.is_own_class(class)) and admits(typ, class) then return true end
  end
  return false
end

-- Those that may save a value of the port.  all: those for the script's classes too, for a
-- step in which nobody observes the choice.
local function savers(port, all)
  local typ, list = port.type, {}
  local named = registry.own[typ.name]
  if named then return { named } end
  if SCALARS[typ.name] then return list end
  all = all or registry.claims[1] ~= nil
  for _, materializer in next, CLASSLESS[typ.name] and {} or registry.own do
    if may_save(materializer, typ, all) then list[#list + 1] = materializer end
  end
  return with_claims(list)
end

-- All that are for a class that the materializer is for, itself too.
local function of_same_classes(materializer)
  local list, seen = {}, {}
  for _, class in ipairs(materializer.classes) do
    for _, other in ipairs(registry.by_class[class]) do
      if not seen[other] then
        seen[other] = true
        list[#list + 1] = other
      end
    end
  end
  return by_type(list)
end

-- Those that may load an input of the port: also another one for the same class, which
-- the node that made the artifact chose.
local function loaders(port, all)
  local named = registry.own[port.type.name]
  if not named or named.claims then return savers(named and ANY or port, all) end
  return with_claims(of_same_classes(named))
end

-- Their code ---------------------------------------------------------------------------

local function digest_of(materializer, method)
  local digest, message = fingerprint.value(materializer[method])
  if not digest then errors.at(materializer.at, 'materializer "%s": %s: %s', materializer.type, method, message) end
  return digest
end

local function classes_digests(materializer)
  local digests = {}
  for i, class in ipairs(materializer.classes) do
    local digest, message = fingerprint.value(class)
    if not digest then errors.at(materializer.at, 'materializer "%s": class: %s', materializer.type, message) end
    digests[i] = digest
  end
  return table.concat(digests)
end

local function add_code(fields, materializer, method)
  local classes = classes_digests(materializer)
  table.move({ "t", materializer.type, "v", tostring(materializer.version), "c", digest_of(materializer, method),
    "k", classes, "a", materializer.claims and digest_of(materializer, "claims") or "" }, 1, 10, #fields + 1, fields)
  -- what it says is kept with the artifact
  if materializer.signature and method == "save" then
    table.move({ "g", digest_of(materializer, "signature") }, 1, 2, #fields + 1, fields)
  end
end

-- Are the materializers that may load an input of the port in the step's key?  Those for
-- the class of a port's type are.
---@param port Port
---@return boolean
function materializer_code.is_in_key(port)
  local named = registry.own[port.type.name]
  return named ~= nil and not named.claims
end

-- The digest of the materializers that are in the key of the step, "" for none.
---@param step Step
---@return string
function materializer_code.of_step(step)
  if next(registry.own) == nil and not step.options.materializers then return "" end
  local fields = {}
  local chosen, command = registry.chosen(step), step.command and true or false
  for i, port in ipairs(step.outputs) do
    for _, one in ipairs(chosen[i] and { chosen[i] } or savers(port, command)) do add_code(fields, one, "save") end
    -- what a command wrote is loaded, then saved
    for _, one in ipairs(command and loaders(port, true) or {}) do add_code(fields, one, "load") end
  end
  for _, port in ipairs(step.inputs) do
    for _, one in ipairs(loaders(port, command)) do
      add_code(fields, one, "load")
      -- what a command is given is loaded, then saved as a file
      if command then add_code(fields, one, "save") end
    end
  end
  return fields[1] and hash.fields(table.unpack(fields)) or ""
end

-- The digest of all that may save or load a value of rille's own classes.
local function of_own_values()
  local fields = {}
  for _, one in ipairs(savers(ANY)) do
    add_code(fields, one, "save")
    add_code(fields, one, "load")
  end
  return #fields > 0 and hash.sha256(table.concat(fields, "\0")) or ""
end

-- The digest of what a use of the materializer depends on now: its code, and for "save"
-- that of all for the same classes; "" where there is none of that name.
---@param use "save"|"load"|"nested"
---@param name string
---@return string
function materializer_code.of_use(use, name)
  if use == "nested" then return of_own_values() end
  local materializer, fields = registry.own[name], {}
  if not materializer then return "" end
  for _, one in ipairs(use == "save" and of_same_classes(materializer) or { materializer }) do
    add_code(fields, one, use)
  end
  return hash.fields(table.unpack(fields))
end

-- Observations -------------------------------------------------------------------------

-- Notes that the running step depends on the C library's mathematics: the code of a
-- materializer, and methods of what it loads, may compute anything.
function materializer_code.note_libm()
  if observe.running() then observe.fact("value", "libm", libm.name()) end
end

-- Notes that the running step saved or loaded values within a table: the type of its port says
-- nothing of their materializers.
function materializer_code.note_nested()
  if not observe.running() then return end
  local ok, digest = pcall(of_own_values)
  if ok then observe.fact("value", "materializer nested values", digest)
  else observe.impure "a materializer whose code cannot be followed" end
end

-- Notes that the running step used a materializer that its key need not have in it.
---@param use "save"|"load"
---@param materializer Materializer
function materializer_code.note_use(use, materializer)
  if not observe.running() then return end
  local ok, digest = pcall(materializer_code.of_use, use, materializer.type)
  if ok then observe.fact("value", "materializer " .. use .. " " .. materializer.type, digest)
  else observe.impure(string.format('materializer "%s", whose code cannot be followed', materializer.type)) end
end

return materializer_code
