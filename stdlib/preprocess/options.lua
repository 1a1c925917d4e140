-- options: what a script says of a transformer, checked.
--
--   scale { "age", "income", method = "robust" }    the list part names the columns, as `columns` does
--   drop "id"                                       a name alone is a list of it
--
-- Beside the kinds of options of model_helpers:
--     cell         a number or a string
--     range        { low, high }
--     numbers      a list of finite numbers
--     categories   { column = { value, ... } }

local array = require "rille.array"
local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local model_helpers = require "rille.learn.model_helpers"

local options = {}

local function is_finite(v) return type(v) == "number" and v == v and math.abs(v) ~= math.huge end

local checks = {}

function checks.cell(v)
  if type(v) == "string" then return v end
  if type(v) == "number" then return v + 0.0 end
  return nil, "a number or a string"
end

function checks.numbers(v)
  if array.is(v) and v.ndim == 1 then v = v:totable() end
  if type(v) ~= "table" then return nil, "a list of numbers" end
  local made = {}
  for i, x in ipairs(v) do
    if not is_finite(x) then return nil, "a list of finite numbers" end
    made[i] = x + 0.0
  end
  return made
end

function checks.range(v)
  local made = checks.numbers(v)
  if not made or #made ~= 2 or made[1] >= made[2] then
    return nil, "{ low, high }, low less than high, as in { 0, 1 }"
  end
  return made
end

local PLAIN <const> = { number = true, string = true, boolean = true }

local function category_list(who, name, list)
  if type(list) ~= "table" or getmetatable(list) or #list == 0 then
    errors.raise("%s: categories of %s: found %s, expected a list of values", who, errors.describe(name),
      errors.describe(list))
  end
  local made, seen = {}, {}
  for i, v in ipairs(list) do
    if not PLAIN[type(v)] or v ~= v or v == "" then
      errors.raise("%s: categories of %s: element %d is %s", who, errors.describe(name), i, errors.describe(v))
    elseif seen[v] then
      errors.raise("%s: categories of %s: %s is there twice", who, errors.describe(name), errors.describe(v))
    end
    made[i], seen[v] = v, true
  end
  return made
end

function checks.categories(v, who)
  if type(v) ~= "table" or getmetatable(v) then return nil, "{ COLUMN = { value, ... } }" end
  local made = {}
  for name, list in next, v do
    if type(name) ~= "string" then return nil, "{ COLUMN = { value, ... } }, by the names of columns" end
    made[name] = category_list(who, name, list)
  end
  return made
end

-- The columns that are named, or nil.
local function read_columns(who, given)
  local list = given.columns
  if #given > 0 then
    if list ~= nil then errors.raise("%s: columns are named twice, in the list and by columns", who) end
    list = table.move(given, 1, #given, 1, {})
  end
  if list == nil then return nil end
  if type(list) == "string" or type(list) == "number" then list = { list } end
  if type(list) ~= "table" or getmetatable(list) then
    errors.raise("%s: columns is %s, expected a list of names", who, errors.describe(list))
  end
  if #list == 0 then errors.raise("%s: columns is empty", who) end
  local names = {}
  for i, name in ipairs(list) do
    local place = type(name) == "number" and math.tointeger(name)
    if type(name) ~= "string" and not (place and place >= 1) then
      errors.raise("%s: columns[%d] is %s, expected the name of a column, or its number from 1", who, i,
        errors.describe(name))
    end
    names[i] = place or name
  end
  return names
end

local function plain_fields(given, known, is_own)
  local fields, these = {}, {}
  for name, v in next, given do
    if known[name] and (checks[known[name].kind] ~= nil) == is_own then fields[name] = v end
  end
  for name, o in next, known do if (checks[o.kind] ~= nil) == is_own then these[name] = o end end
  return fields, these
end

-- Which columns, { columns =, type = }, and the options of the kind of transformer, with defaults.
---@param who string
---@param given table?
---@param record table with options, check, wants_columns
function options.read(who, given, record)
  if type(given) == "string" then given = { given } end
  if given ~= nil and type(given) ~= "table" or getmetatable(given) then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(given))
  end
  given = given or {}
  local named, allowed = {}, { columns = true, type = true }
  for name in next, record.options do allowed[name] = true end
  for name, v in next, given do
    if not (math.type(name) == "integer" and name >= 1 and name <= #given) then named[name] = v end
  end
  errors.check_fields(who, named, allowed)
  local which = { columns = read_columns(who, given) }
  which.type = model_helpers.options(who, { type = given.type },
    { type = { kind = "choice", values = columns.KINDS, what = "a type of columns" } }).type
  if which.columns and which.type then errors.raise("%s: give columns or type, not both", who) end
  if record.wants_columns and not which.columns and not which.type then
    errors.raise('%s: name the columns, as in %s { "a", "b" }, or give their type', who, record.name)
  end
  local made = model_helpers.options(who, plain_fields(given, record.options, false))
  for name, v in next, (plain_fields(given, record.options, true)) do
    local value, expected = checks[record.options[name].kind](v, who)
    if value == nil then errors.raise("%s: %s is %s, expected %s", who, name, errors.describe(v), expected) end
    made[name] = value
  end
  if record.check then record.check(who, made) end
  return which, made
end

return options
