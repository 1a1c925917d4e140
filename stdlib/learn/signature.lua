-- signature: what a model wants to be given.
--
--     { input = "frame", columns = { { name =, dtype =, missing =, categories = {...} | min =, max = }, ... } }
--     { input = "array", width = n, dtype =, missing = }
--
--   dtype       of a column: that of an array (f64, f32, i64, i32, u8, bool), string or date
--   missing     true: a value may be missing
--   categories  the different values of a column of strings, ascending, where there are at most MOST
--   example     a value of a column of strings with more of them, or of dates
--   min, max    the range of a column of numbers
-- Categories and ranges say what was seen; a value beyond them is for the model to judge.  A signature is data: it is
-- kept in what a chain learned, in the metadata of artifacts and of versions of models.

local array = require "rille.array"
local column = require "rille.frame.column"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local frame = require "rille.frame"
local group = require "rille.host.group"

local signature = {}

---@class Signature
---@field input "frame"|"array"
---@field columns SignatureColumn[]?
---@field width integer?
---@field dtype string?
---@field missing boolean?

---@class SignatureColumn
---@field name string
---@field dtype string
---@field missing boolean
---@field categories string[]?
---@field example string?
---@field min number?
---@field max number?

local MOST <const> = 100            -- categories of a column
local DTYPES <const> = { f64 = true, f32 = true, i64 = true, i32 = true, u8 = true, bool = true }
local OTHERS <const> = { string = true, date = true }

-- ---- inferring ----

local function categories(c)
  local _, different = group.strings(c)
  local list = {}
  for _, v in ipairs(different) do if v ~= "" then list[#list + 1] = v end end
  if #list > MOST or #list == 0 then return nil end
  table.sort(list)
  return list
end

-- The first value that is there.
local function first(c)
  for i = 1, #c do
    local v = date.is(c) and column.slice(c, i, i):totable()[1] or c[i]
    if v ~= "" then return v end
  end
end

local function is_float(dtype) return dtype == "f64" or dtype == "f32" end

-- The smallest and the largest value that is there; nil where there is none, or an infinite one.
local function range(c)
  if is_float(c.dtype) then c = c:present() end
  if #c == 0 then return nil end
  local low, high = c:min(), c:max()
  if low == -math.huge or high == math.huge then return nil end
  return low, high
end

-- Whether a value of the column is missing.
local function has_missing(c)
  local there = column.present(c)
  return there ~= nil and not there:all()
end

---@param missing boolean
---@return SignatureColumn
local function column_of(name, c, missing)
  local kind = column.kind(c)
  local made = { name = name, dtype = kind == "dates" and "date" or kind == "strings" and "string" or kind,
    missing = missing }
  if kind == "strings" then made.categories = categories(c) end
  if kind == "dates" or kind == "strings" and not made.categories then made.example = first(c)
  elseif kind ~= "strings" and kind ~= "bool" then made.min, made.max = range(c) end
  return made
end

-- The signature of data: a frame, or a matrix.
---@param who string
---@param data frame|table
---@param allows? fun(name: string): boolean may a value of the column be missing? nil: where one is
---@param names? string[] the columns that count; all when absent
---@return Signature
function signature.infer(who, data, allows, names)
  if frame.is(data) then
    local made = {}
    for i, name in ipairs(names or data.columns) do
      local c = data.data[name]
      made[i] = column_of(name, c, (allows or function() return has_missing(c) end)(name))
    end
    return { input = "frame", columns = made }
  end
  if not (array.is(data) and data.ndim == 2) then
    errors.raise("%s: found %s, expected a frame or a matrix: what the model is given", who, errors.describe(data))
  end
  local missing = is_float(data.dtype) and #data > 0 and not data:eq(data):all()
  return { input = "array", width = data.shape[2], dtype = data.dtype, missing = missing }
end

-- The signature of a matrix of that width.
---@return Signature
function signature.of_width(width, dtype, missing)
  return { input = "array", width = width, dtype = dtype, missing = missing or false }
end

local TAKES_MISSING <const> = { ["xgboost.Classifier"] = true, ["xgboost.Regressor"] = true }

-- What a value knows of its signature, or nil: a transformer or chain has one of its fit; the models of the standard
-- library read all numbers as f64.
---@param v any
---@return Signature?
function signature.of(v)
  if type(v) ~= "table" then return nil end
  local own = rawget(v, "signature")
  if own ~= nil then return signature.is(own) and own or nil end
  local width = rawget(v, "n_features")
  if math.type(width) ~= "integer" then return nil end
  return signature.of_width(width, "f64", TAKES_MISSING[(debug.getmetatable(v) or {}).__name])
end

-- ---- checking ----

local function is_column(c, seen)
  if type(c) ~= "table" or type(c.name) ~= "string" or seen[c.name] then return false end
  seen[c.name] = true
  if not (DTYPES[c.dtype] or OTHERS[c.dtype]) or type(c.missing) ~= "boolean" then return false end
  for _, v in ipairs(type(c.categories) == "table" and c.categories or {}) do
    if type(v) ~= "string" then return false end
  end
  return (c.categories == nil or type(c.categories) == "table")
    and (c.example == nil or type(c.example) == "string")
    and (c.min == nil or type(c.min) == "number") and (c.max == nil or type(c.max) == "number")
end

-- Is the value a signature?
---@return boolean
function signature.is(v)
  if type(v) ~= "table" or debug.getmetatable(v) then return false end
  if v.input == "array" then
    return math.type(v.width) == "integer" and v.width > 0 and DTYPES[v.dtype] ~= nil and type(v.missing) == "boolean"
  end
  if v.input ~= "frame" or type(v.columns) ~= "table" or #v.columns == 0 then return false end
  local seen = {}
  for _, c in ipairs(v.columns) do if not is_column(c, seen) then return false end end
  return true
end

local EXPECTED <const> = "a frame or a matrix like those that the model is given, or a signature: "
  .. '{ input = "frame", columns = { { name =, dtype =, missing = }, ... } } or { input = "array", width = }'

-- The signature that a script gives: itself, or data to infer it from.
---@param who string
---@param v any
---@return Signature
function signature.given(who, v)
  if frame.is(v) or array.is(v) then return signature.infer(who, v) end
  if type(v) == "table" and not debug.getmetatable(v) then
    local made = {}
    for k, x in next, v do made[k] = x end
    if made.input == "array" then made.dtype, made.missing = made.dtype or "f64", made.missing or false end
    if signature.is(made) then return made end
  end
  errors.raise("%s: found %s, expected %s", who, errors.describe(v), EXPECTED)
end

-- ---- as text ----

local function number_text(v) return string.format("%.6g", v) end

local SHOWN <const> = 5             -- categories

-- "0 to 28.11", "Basel, Bern, Chur"
---@param c SignatureColumn
---@return string
function signature.seen_text(c)
  if c.categories then
    local shown = table.move(c.categories, 1, math.min(#c.categories, SHOWN), 1, {})
    local more = #c.categories - #shown
    if more > 0 then shown[#shown + 1] = string.format("and %d other%s", more, more == 1 and "" or "s") end
    return table.concat(shown, ", ")
  end
  return c.min and number_text(c.min) .. " to " .. number_text(c.max) or ""
end

-- "30 columns", "a matrix of 30 columns, f64"
---@param s Signature
---@return string
function signature.text(s)
  if s.input == "array" then
    return string.format("a matrix of %d column%s, %s", s.width, s.width == 1 and "" or "s", s.dtype)
  end
  return string.format("%d column%s", #s.columns, #s.columns == 1 and "" or "s")
end

-- The text of what is a signature, else nil.
---@param v any
---@return string?
function signature.short(v) return signature.is(v) and signature.text(v) or nil end

return signature
