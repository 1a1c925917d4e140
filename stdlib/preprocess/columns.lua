-- columns: what transformers see of their data: a frame, whose columns are of four kinds.
--
--     number    an array of integers or floats; NaN is missing
--     boolean   an array of bool; none is missing
--     string    a list of strings; "" is missing
--     date      dates
--
-- A matrix is seen as a frame with the columns x1, x2, ... and given back as a matrix.
-- A column in which all is missing is of the kind that is expected: of one row nobody can
-- tell what an empty cell is.

local array = require "rille.array"
local column = require "rille.frame.column"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local frame = require "rille.frame"
local model_helpers = require "rille.learn.model_helpers"
local suggest = require "rille.base.suggest"

local columns = {}

columns.KINDS = { "number", "boolean", "string", "date" }
columns.ANY = { number = true, boolean = true, string = true, date = true }
local NUMERIC <const> = { number = true, boolean = true }
local PLURAL <const> = { number = "numbers", boolean = "booleans", string = "strings", date = "dates" }

---@return "number"|"boolean"|"string"|"date"
function columns.kind(c)
  local kind = column.kind(c)
  return kind == "bool" and "boolean" or kind == "dates" and "date" or kind == "strings" and "string" or "number"
end

-- The data as a frame, and what it was: "frame" or "matrix".
---@param who string
---@param X table
---@return frame, "frame"|"matrix"
function columns.frame(who, X)
  if frame.is(X) then return X, "frame" end
  if array.is(X) and X.ndim ~= 2 or not array.is(X) and type(X) ~= "table" then
    errors.raise("%s: X is %s, expected a frame or a matrix (rows by features)", who, errors.describe(X))
  end
  local m = model_helpers.matrix(who, X)
  local names, made = {}, {}
  for j = 1, m.shape[2] do names[j], made[j] = "x" .. j, m:column(j) end
  return frame.assemble(names, made, #m), "matrix"
end

-- A frame as the kind of data that it was made of.
---@param f frame
---@param input "frame"|"matrix"
function columns.back(who, f, input)
  if input == "frame" then return f end
  if #f.columns == 0 then return array.zeros { f.n_rows, 0 } end
  return columns.matrix(who, f)
end

-- The frame as a matrix of f64.
---@param f frame
function columns.matrix(who, f)
  for _, name in ipairs(f.columns) do
    local kind = columns.kind(f.data[name])
    if kind == "string" or kind == "date" then
      errors.raise('%s: column "%s" holds %s, and a matrix has numbers; %s', who, name, PLURAL[kind],
        kind == "string" and "encode it with one_hot or ordinal, or drop it" or "drop it")
    end
  end
  if #f.columns == 0 then errors.raise("%s: no column is left", who) end
  return f:to_matrix()
end

local function no_column(who, f, name)
  errors.raise('%s: there is no column "%s"%s', who, tostring(name), suggest.hint(name, f.columns, true))
end

-- The column of the name.
function columns.get(who, f, name) return f.data[name] or no_column(who, f, name) end

local function listed(who, f, list)
  local names, seen = {}, {}
  for i, name in ipairs(list) do
    if type(name) == "number" then name = f.columns[name] or no_column(who, f, name) end
    columns.get(who, f, name)
    if seen[name] then errors.raise('%s: column "%s" is named twice', who, name) end
    names[i], seen[name] = name, true
  end
  return names
end

-- The names of the columns that a transformer is for: those that it names, those of its type, or else those of
-- the kinds that are usual for it.
---@param f frame
---@param which { columns: (string|integer)[]?, type: string? }
---@param usual table<string, true>
---@return string[]
function columns.choose(who, f, which, usual)
  if which.columns then return listed(who, f, which.columns) end
  local names = {}
  for _, name in ipairs(f.columns) do
    local kind = columns.kind(f.data[name])
    if which.type and kind == which.type or not which.type and usual[kind] then names[#names + 1] = name end
  end
  return names
end

-- "numbers, booleans or strings"
local function kinds_text(kinds)
  local parts = {}
  for _, kind in ipairs(columns.KINDS) do if kinds[kind] then parts[#parts + 1] = PLURAL[kind] end end
  local last = table.remove(parts)
  return #parts > 0 and table.concat(parts, ", ") .. " or " .. last or last
end

-- Raises where the transformer is not for columns of the kind.
---@param kinds table<string, true>
---@param hint table<string, string>? what to do, by kind
function columns.check_kind(who, name, kind, kinds, hint)
  if kinds[kind] then return end
  local what = hint and hint[kind]
  errors.raise('%s: column "%s" holds %s, expected %s%s', who, name, PLURAL[kind], kinds_text(kinds),
    what and "; " .. what or "")
end

-- Whether the column has no value at all.
local function is_empty(c)
  local there = column.present(c)
  return #(date.is(c) and c.ms or c) == 0 or there ~= nil and not there:any()
end

local function all_missing(kind, n)
  if kind == "number" then return array.full(n, 0 / 0) end
  if kind == "date" then return date.of(array.full(n, date.MISSING, "i64")) end
  if kind == "boolean" then return n == 0 and array.zeros(0, "bool") or nil end
  local list = {}
  for i = 1, n do list[i] = "" end
  return list
end

-- The place of the first text that is not a number, nor missing.
local function place_of_text(c)
  for i, text in ipairs(c) do if text ~= "" and not tonumber(text) then return i end end
end

-- The column as one of the kind that it had at fit.
---@param kind string
---@param n integer rows
function columns.align(who, name, c, kind, n)
  local found = columns.kind(c)
  if found == kind then return c end
  local made = is_empty(c) and all_missing(kind, n)
  if made then return made end
  if found == "number" and kind == "boolean" and is_empty(c) then
    errors.raise('%s: column "%s" has no values, and booleans cannot be missing', who, name)
  end
  local i = found == "string" and kind == "number" and place_of_text(c)
  if i then errors.raise('%s: column "%s", row %d: expected a number, got %s', who, name, i, errors.describe(c[i])) end
  local hint = found == "number" and kind == "string"
    and string.format('; csv.read(path, { types = { %s = "string" } }) reads strings',
      name:find "^[%a_][%w_]*$" and name or string.format("[%q]", name)) or ""
  errors.raise('%s: column "%s" holds %s; at fit it held %s%s', who, name, PLURAL[found], PLURAL[kind], hint)
end

-- A column of numbers as f64.
function columns.floats(who, name, c)
  columns.check_kind(who, name, columns.kind(c), NUMERIC)
  if not column.fits_float(c) then
    errors.raise('%s: column "%s" has integers past 2^53, which a float does not hold', who, name)
  end
  return c:astype "f64"
end

-- The values of a column of numbers that are there, as f64; raises where there is none, or an infinite one.
function columns.values(who, name, c)
  c = columns.floats(who, name, c)
  local there = c:present()
  if #there == 0 then
    errors.raise('%s: column "%s" has no values; drop it, or put a value there: impute { "%s", strategy = "constant", '
      .. "value = 0 }", who, name, name)
  end
  if there:max() == math.huge or there:min() == -math.huge then
    errors.raise('%s: column "%s", row %d: the value is infinite', who, name,
      c:abs():eq(math.huge):astype "i64":argmax())
  end
  return there
end

return columns
