-- arguments: what the measures are given, checked: lists of labels, of numbers, of probabilities.
--
-- Errors are the user's mistakes and begin with `who`: "metrics.f1".

local array = require "rille.array"
local errors = require "rille.base.errors"

local arguments = {}

-- A vector as a list.
---@param name string of the argument
function arguments.list(who, name, v)
  if array.is(v) then
    if v.ndim ~= 1 then errors.raise("%s: %s is %s, expected a vector", who, name, errors.describe(v)) end
    return v:totable()
  elseif type(v) ~= "table" or getmetatable(v) then
    errors.raise("%s: %s is %s, expected a vector or a list", who, name, errors.describe(v))
  end
  return v
end

local function pair(who, y, pred)
  y, pred = arguments.list(who, "y", y), arguments.list(who, "pred", pred)
  if #y ~= #pred then errors.raise("%s: y has %d values and pred has %d", who, #y, #pred) end
  if #y == 0 then errors.raise("%s: y and pred are empty", who) end
  return y, pred
end

arguments.RANK = { boolean = 1, number = 2, string = 3 }

-- Raises unless all of the list are labels.
function arguments.check_labels(who, name, list)
  for i = 1, #list do
    local v = list[i]
    if not arguments.RANK[type(v)] then
      errors.raise("%s: %s[%d] is %s, a label must be a number, a boolean or a string", who, name, i,
        errors.describe(v))
    elseif v ~= v then
      errors.raise("%s: %s[%d] is NaN", who, name, i)
    end
  end
end

-- The kinds of labels in the list: "numbers", or "booleans and numbers".
local function kinds_of(list)
  local is, names = {}, {}
  for _, v in ipairs(list) do is[type(v)] = true end
  for kind in next, is do names[#names + 1] = kind .. "s" end
  table.sort(names)
  return is, table.concat(names, " and ")
end

-- Labels of different kinds are never equal: 1, true and "1" are three.
local function check_kinds(who, y, pred)
  local of_y, text_y = kinds_of(y)
  local of_pred, text_pred = kinds_of(pred)
  for kind in next, of_y do if of_pred[kind] then return end end
  errors.raise("%s: y holds %s and pred %s, which are never equal", who, text_y, text_pred)
end

-- What is true and what was predicted, as lists of labels.
---@return table y, table pred
function arguments.label_pair(who, y, pred)
  y, pred = pair(who, y, pred)
  arguments.check_labels(who, "y", y)
  arguments.check_labels(who, "pred", pred)
  check_kinds(who, y, pred)
  return y, pred
end

-- Raises unless all of the list are finite numbers.
function arguments.check_numbers(who, name, list)
  for i = 1, #list do
    local v = list[i]
    if type(v) ~= "number" or v ~= v or math.abs(v) == math.huge then
      errors.raise("%s: %s[%d] is %s, expected a finite number", who, name, i, errors.describe(v))
    end
  end
end

-- The same as lists of finite numbers.
---@return table y, table pred
function arguments.number_pair(who, y, pred)
  y, pred = pair(who, y, pred)
  arguments.check_numbers(who, "y", y)
  arguments.check_numbers(who, "pred", pred)
  return y, pred
end

-- The options of a measure.
---@param allowed table<string, true>
---@return table
function arguments.options(who, options, allowed)
  if options == nil then return {} end
  if type(options) ~= "table" then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(options))
  end
  errors.check_fields(who, options, allowed)
  return options
end

return arguments
