-- reshape: transformers that learn nothing of the values: drop, select, cast, clip.

local array = require "rille.array"
local column = require "rille.frame.column"
local columns = require "rille.preprocess.columns"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local values = require "rille.preprocess.values"

local ALL <const> = { number = true, boolean = true, string = true, date = true }
local NUMBERS <const> = { number = true }

local reshape = {}

-- Columns left out; they may be absent at transform.
reshape.drop = { name = "drop", options = {}, wants_columns = true, keeps = "others" }

-- These columns alone, in this order.
reshape.select = { name = "select", options = {}, wants_columns = true, keeps = "chosen" }

for _, record in next, reshape do function record.kinds() return ALL end end

-- ---- clip ----

local clip = { name = "clip", options = { min = { kind = "number" }, max = { kind = "number" } } }
reshape.clip = clip

function clip.check(who, o)
  if not o.min and not o.max then errors.raise("%s: give min, max or both", who) end
  if o.min and o.max and o.min > o.max then
    errors.raise("%s: min is %s, which is more than max, %s", who, values.text(o.min), values.text(o.max))
  end
end

function clip.kinds() return NUMBERS end
function clip.learn() return {} end

function clip.apply(who, name, c, _, o)
  c = columns.floats(who, name, c)
  if o.min then c = c:lt(o.min):where(o.min, c) end
  if o.max then c = c:gt(o.max):where(o.max, c) end
  return { c }
end

-- ---- cast ----

local TO <const> = { "number", "integer", "boolean", "string" }
local CASTS <const> = { number = true, boolean = true, string = true }
local cast = { name = "cast", wants_columns = true,
  options = { to = { kind = "choice", values = TO, what = "a type" } } }
reshape.cast = cast

function cast.check(who, o)
  if not o.to then errors.raise('%s: give the type: to = "number", "integer", "boolean" or "string"', who) end
end

function cast.kinds(o)
  return o.to == "string" and ALL or CASTS
end

function cast.learn() return {} end

-- What a text is as a number, or nil: digits, not 0x10.
local function read_number(text)
  local plain = text:match "^%s*([+-]?%.?%d[%d.]*[eE]?[+-]?%d*)%s*$"
  return plain and tonumber(plain)
end

local to = {}

function to.number(v)
  if type(v) == "string" then return read_number(v) end
  if type(v) == "boolean" then return v and 1 or 0 end
  return v
end

function to.integer(v)
  local n = to.number(v)
  return n and math.tointeger(n)
end

local TRUTH <const> = { ["true"] = true, ["false"] = false, ["1"] = true, ["0"] = false }

function to.boolean(v)
  if type(v) == "number" then v = values.text(v) end
  if type(v) == "boolean" then return v end
  return TRUTH[v]
end

function to.string(v) return values.text(v) end

local DTYPE <const> = { number = "f64", integer = "i64", boolean = "bool" }
local WANTED <const> = { number = "a number", integer = "a whole number", boolean = "true, false, 1 or 0" }
local MISSING <const> = { number = 0 / 0, string = "" }

-- The value cast; raises where it is none of that type.
local function one(who, name, v, kind, codes, code)
  if values.is_missing(v) then
    if MISSING[kind] then return MISSING[kind] end
    errors.raise('%s: column "%s", row %d: the value is missing, and %ss cannot be; impute it before', who, name,
      values.row_of(codes, code), kind)
  end
  local made = to[kind](v)
  if made == nil then
    errors.raise('%s: column "%s", row %d: %s is not %s', who, name, values.row_of(codes, code), values.quoted(v),
      WANTED[kind])
  end
  return made
end

function cast.apply(who, name, c, _, o)
  if date.is(c) then return { c:totable() } end
  if o.to == "number" and array.is(c) then return { columns.floats(who, name, c) } end
  if column.kind(c) == DTYPE[o.to] then return { c } end
  local codes, different = values.coded(c)
  local made = {}
  for i, v in ipairs(different) do made[i] = one(who, name, v, o.to, codes, i) end
  if o.to ~= "string" then
    if #made == 0 then return { array.zeros(0, DTYPE[o.to]) } end
    return { array.from(made, DTYPE[o.to]):take(codes) }
  end
  local texts = {}
  for i, code in ipairs(codes:totable()) do texts[i] = made[code] end
  return { texts }
end

return reshape
