-- json_frame: the frame of a decoded text of JSON: records, columns, or what pandas writes.
--
-- to_json of pandas writes {"x": {"0": 1, "1": 2}, ...} ("columns"), {"0": {"x": 1}, ...} ("index") or
-- {"columns": [...], "index": [...], "data": [[...], ...]} ("split").  The index is that of a new frame, 0, 1, 2...;
-- another one would be lost.

local errors = require "rille.base.errors"
local json = require "rille.json"
local json_fields = require("rille.host.value").json_fields
local records = require "rille.frame.records"
local text_width = require "rille.base.text_width"

local json_frame = {}

local EXPECTED <const> = 'expected [{"x": 1}, ...] or {"x": [1, 2], ...}'
local ADVICE <const> = 'in pandas write df.reset_index().to_json(path, orient="records")'
local SHOWN <const> = 40

local function is_list(v) return type(v) == "table" and (#v > 0 or next(v) == nil) end
local function is_object(v) return type(v) == "table" and #v == 0 and next(v) ~= nil end

-- What a field is, for messages.
local function kind_of(v)
  return is_object(v) and "an object" or is_list(v) and "an array" or errors.describe(v)
end

-- Are these the names "0", "1", ... in any order?  Else false and the first that is none of them.
local function are_numbers(names)
  for _, name in ipairs(names) do
    local k = math.tointeger(tonumber(name))
    if not k or k < 0 or k >= #names or tostring(k) ~= name then return false, name end
  end
  return true
end

-- The values "0", "1", ... of an object; a null is no field of it.
local function numbered(object, n, null)
  local list = {}
  for i = 1, n do
    local v = object[tostring(i - 1)]
    if v == nil then v = null end
    list[i] = v
  end
  return list
end

-- An object of objects: columns, whose fields are rows, or rows, whose fields are columns.
local function of_objects(v, names, inner, what)
  local by_column, label = are_numbers(inner)
  local by_row = are_numbers(names)
  if by_column and by_row then
    errors.raise('%s: the fields of the object and those in them are numbers, so rows and columns cannot be told '
      .. 'apart; in pandas write df.to_json(path, orient="records")', what)
  end
  if by_row then return records.of_list(numbered(v, #names), inner, what) end
  if not by_column then
    errors.raise('%s: field "%s" is an object with the field "%s", and rows are named "0", "1", "2"...; %s', what,
      text_width.shorten(names[1], SHOWN), text_width.shorten(label, SHOWN), ADVICE)
  end
  local columns = {}
  for k, name in ipairs(names) do columns[k] = { name, numbered(v[name], #inner, json.null) } end
  return records.made(columns, what)
end

local function is_split(v, names)
  return #names == 3 and is_list(v.columns) and is_list(v.index) and is_list(v.data)
    and (#v.data == 0 or type(v.data[1]) == "table")
end

local function of_split(v, what)
  local columns = {}
  for i, label in ipairs(v.index) do
    if label ~= i - 1 then
      errors.raise('%s: "index" has %s at %d, and rows are numbered 0, 1, 2...; %s', what, errors.describe(label), i,
        ADVICE)
    end
  end
  for k, name in ipairs(v.columns) do columns[k] = { type(name) == "number" and tostring(name) or name, {} } end
  if #v.index ~= #v.data then
    errors.raise('%s: "index" has %d elements, and "data" %d', what, #v.index, #v.data)
  end
  for i, row in ipairs(v.data) do
    if not is_list(row) or #row ~= #columns then
      errors.raise('%s: row %d of "data": expected an array of %d values, found %s', what, i, #columns,
        is_list(row) and "an array of " .. #row or kind_of(row))
    end
    for k, one in ipairs(row) do columns[k][2][i] = one end
  end
  return records.made(columns, what)
end

-- The frame of a decoded list of records, or of columns { "x": [1, 2], ... }; the columns in the order of the text.
---@param v any
---@param text string
---@param what string
---@return frame
function json_frame.of(v, text, what)
  if type(v) ~= "table" then errors.raise("%s: %s, found %s", what, EXPECTED, errors.describe(v)) end
  local names = json_fields(text)
  if #v > 0 or next(v) == nil and #names == 0 then return records.of_list(v, names, what) end
  if is_split(v, names) then return of_split(v, what) end
  local inner, columns = json_fields(text, true), {}
  for k, name in ipairs(names) do
    local one = v[name]
    if type(one) ~= "table" or #inner > 0 and #one > 0 then
      errors.raise('%s: %s; field "%s" is %s', what, EXPECTED, text_width.shorten(name, SHOWN), kind_of(one))
    end
    if type(one[1]) == "table" then
      errors.raise('%s: %s; field "%s" is an array of which the first element is %s; json.read reads nested values',
        what, EXPECTED, text_width.shorten(name, SHOWN), kind_of(one[1]))
    end
    columns[k] = { name, one }
  end
  if #inner > 0 then return of_objects(v, names, inner, what) end
  return records.made(columns, what)
end

return json_frame
