-- request_columns: the columns that a served model wants, as the dialects fill them: which values they take.
--
--   columns = request_columns.of(signature)     columns.at = { [name] = place }
--   columns[j] = { name, dtype, missing, is_number, of = SignatureColumn,
--       read(v) -> value | nil, problem         of a value of JSON
--       read_text(s) -> value | nil, problem }  of a field of CSV
-- The columns of a matrix are x1, x2, ...  What read gives: a float, an integer, a boolean or a string; for a date
-- its milliseconds.  A value that is missing is NaN, "" or date.MISSING.

local array = require "rille.array"
local date = require "rille.frame.date"
local frame = require "rille.frame"
local json = require "rille.json"
local refusal = require "rille.serve.refusal"

local request_columns = {}

---@class RequestColumn
---@field name string
---@field dtype string
---@field missing boolean
---@field is_number boolean
---@field of SignatureColumn
---@field read fun(v: any): any, string?
---@field read_text fun(s: string): any, string?

local NULL <const>, NAN <const> = json.null, 0 / 0
local LARGEST <const> = 1 << 53
local NOT_MISSING <const> = "the value is missing, and the model takes no missing values in this column"
local TOO_LARGE <const> = "the integer %d is beyond 2^53, which a float does not hold"
local INTEGERS <const> = { i64 = { math.mininteger, math.maxinteger }, i32 = { -2147483648, 2147483647 },
  u8 = { 0, 255 } }
local F32 <const> = 3.4028234663852886e38

local function expected(what, v) return nil, string.format("expected %s, got %s", what, refusal.shown(v)) end

-- What a missing value is, or nil and the problem.
local function missing_of(c, value)
  if c.missing then return function() return value end end
  return function() return nil, NOT_MISSING end
end

-- ---- values of JSON ----

local readers = {}

function readers.f64(c)
  local missing = missing_of(c, NAN)
  return function(v)
    local kind = math.type(v)
    if kind == "float" then
      if v - v == 0.0 then return v end
      if v ~= v then return missing() end
      return expected("a finite number", v)
    elseif kind == "integer" then
      if v <= LARGEST and v >= -LARGEST then return v + 0.0 end
      return nil, TOO_LARGE:format(v)
    end
    if v == NULL then return missing() end
    return expected("a number", v)
  end
end

function readers.f32(c)
  local read = readers.f64(c)
  return function(v)
    local x, problem = read(v)
    if not x then return nil, problem end
    if math.abs(x) > F32 then return expected("a number that a float of 32 bits holds", v) end
    return (string.unpack("<f", string.pack("<f", x)))
  end
end

local function integers(dtype)
  local low, high = INTEGERS[dtype][1], INTEGERS[dtype][2]
  return function(c)
    local missing = missing_of(c, NAN)
    return function(v)
      local kind = math.type(v)
      if not kind then
        if v == NULL then return missing() end
        return expected("an integer", v)
      end
      if v ~= v then return missing() end
      local n = math.tointeger(v)
      if not n then return expected("an integer", v) end
      if n < low or n > high then return expected(string.format("an integer from %d to %d", low, high), v) end
      return n
    end
  end
end
for dtype in next, INTEGERS do readers[dtype] = integers(dtype) end

function readers.bool()
  return function(v)
    if type(v) == "boolean" then return v end
    if v == NULL then return nil, NOT_MISSING end
    return expected("true or false", v)
  end
end

function readers.string(c)
  local missing = missing_of(c, "")
  return function(v)
    if v == NULL or v == "" then return missing() end
    if type(v) == "string" then return v end
    return expected("a string", v)
  end
end

function readers.date(c)
  local missing = missing_of(c, date.MISSING)
  return function(v)
    if v == NULL or v == "" then return missing() end
    local ok, ms = pcall(date.ms, v)
    if type(v) == "string" and ok then return ms end
    return expected("a date such as 2026-11-22 or 2026-11-22T10:30:00", v)
  end
end

-- ---- fields of CSV ----

local function number_of(s)
  local text = s:match "^%s*([+-]?%.?%d[%d.]*[eE]?[+-]?%d*)%s*$"
  return text and tonumber((text:gsub("^%+", "")))
end

local TRUTH <const> = { ["true"] = true, ["True"] = true, ["TRUE"] = true, ["false"] = false, ["False"] = false,
  ["FALSE"] = false }

-- The value of JSON that a field stands for.
local function value_of(c, s)
  if s == "" then return NULL end
  if c.dtype == "bool" then
    if TRUTH[s] == nil then return s end
    return TRUTH[s]
  end
  if c.dtype == "string" or c.dtype == "date" then return s end
  if s:lower() == "nan" then return NULL end
  return number_of(s) or s
end

-- ---- columns ----

local NUMBERS <const> = { f64 = true, f32 = true, i64 = true, i32 = true, u8 = true }

local function column_of(of)
  local c = { name = of.name, dtype = of.dtype, missing = of.missing, is_number = NUMBERS[of.dtype] or false, of = of }
  c.read = readers[of.dtype](c)
  c.read_text = function(s) return c.read(value_of(c, s)) end
  return c
end

---@param signature Signature
---@return RequestColumn[]
function request_columns.of(signature)
  local list, at = {}, {}
  if signature.input == "array" then
    for j = 1, signature.width do
      list[j] = column_of { name = "x" .. j, dtype = signature.dtype, missing = signature.missing }
    end
  else
    for j, of in ipairs(signature.columns) do list[j] = column_of(of) end
  end
  for j, c in ipairs(list) do at[c.name] = j end
  list.at = at
  return list
end

-- ---- data ----

-- An array as one of the column: of its dtype, its values checked.
---@param c RequestColumn
---@param a table a vector
function request_columns.checked(c, a)
  if a.dtype == "bool" or c.dtype == "bool" then
    if a.dtype == c.dtype then return a end
    local want, got = "numbers", "booleans"
    if c.dtype == "bool" then want, got = got, want end
    refusal.cell(c.name, nil, string.format("expected %s, got %s", want, got))
  elseif not c.is_number then
    refusal.cell(c.name, nil, string.format("expected a %s, got numbers", c.dtype))
  end
  if a.dtype == "f64" and c.dtype == "f64" and (a * 0):eq(0):all() then return a end
  if a.dtype == c.dtype and c.dtype ~= "f64" and c.dtype ~= "f32" then return a end
  local list = {}
  for i, v in ipairs(a:totable()) do
    local value, problem = c.read(v)
    if value == nil then refusal.cell(c.name, i, problem) end
    list[i] = value
  end
  return list
end

-- Integers of which some are missing are floats, as in frames.
local function integer_column(c, list)
  for i = 1, #list do
    if list[i] ~= list[i] then
      local floats = {}
      for k, v in ipairs(list) do
        if math.type(v) == "integer" and (v > LARGEST or v < -LARGEST) then
          refusal.cell(c.name, k, TOO_LARGE:format(v))
        end
        floats[k] = v + 0.0
      end
      return array.from(floats, "f64")
    end
  end
  return array.from(list, c.dtype)
end

local function column(c, list)
  if array.is(list) or c.dtype == "string" then return list end
  if c.dtype == "date" then return date.of(#list == 0 and array.zeros(0, "i64") or array.from(list, "i64")) end
  if #list == 0 then return array.zeros(0, c.dtype) end
  if INTEGERS[c.dtype] then return integer_column(c, list) end
  return array.from(list, c.dtype)
end

-- The columns as a matrix of their dtype; nil where a value is missing: that one is of floats.
local function integer_matrix(columns, n)
  local parts = {}
  for j, c in ipairs(columns) do
    if c.dtype ~= columns[1].dtype or not INTEGERS[c.dtype] then return nil end
    parts[j] = c:reshape { n, 1 }
  end
  return array.concat(parts, 2)
end

-- What the model is given: a frame, or a matrix.
---@param served { columns: RequestColumn[], signature: Signature }
---@param lists any[] for each column its values: a list of what read gives, or an array
---@param n integer rows
function request_columns.data(served, lists, n)
  local names, made = {}, {}
  for j, c in ipairs(served.columns) do names[j], made[j] = c.name, column(c, lists[j]) end
  if served.signature.input == "array" and INTEGERS[served.signature.dtype] then
    return integer_matrix(made, n) or frame.assemble(names, made, n):to_matrix()
  end
  local f = frame.assemble(names, made, n)
  return served.signature.input == "frame" and f or f:to_matrix()
end

return request_columns
