-- date: columns of dates.
--
-- Dates are { ms = i64 array } with the metatable Dates: milliseconds since
-- 1970-01-01T00:00 UTC, years 1 to 9999; the smallest integer is a missing one.
-- As text they are ISO 8601, "" when missing.  Dates do not change.

local array = require "rille.array"
local host = require "rille.host.date"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local DAY <const> = 86400000

---@class dates
---@field ms table an i64 array
local methods = {}
local Dates = { __name = "dates" }
local date = { class = Dates, MISSING = host.MISSING }

---@return boolean
function date.is(v) return getmetatable(v) == Dates end

-- Dates of checked milliseconds.
function date.of(ms) return setmetatable({ ms = ms }, Dates) end

-- The milliseconds of "2026-11-22" or "2026-11-22T10:30:00Z".
---@param text string
---@return integer
function date.ms(text, ...)
  errors.no_more("frame.date", ...)
  local ms = type(text) == "string" and host.parse(text)
  if not ms then
    errors.raise("date: expected a date such as 2026-11-22 or 2026-11-22T10:30:00, found %s",
      type(text) == "string" and string.format('"%s"', text) or errors.describe(text))
  end
  return ms
end

local function check_ms(ms)
  if ms.dtype ~= "i64" or ms.ndim ~= 1 then
    errors.raise("dates: expected a vector of i64, milliseconds since 1970, found %s of %d axes", ms.dtype, ms.ndim)
  end
  local there = ms:ne(host.MISSING)
  if #ms > 0 and (ms:lt(host.MIN) * there:astype "i64" + ms:gt(host.MAX)):sum() > 0 then
    errors.raise "dates: a number of milliseconds is outside the years 1 to 9999"
  end
  return ms
end

-- Dates of a list of ISO texts ("" is missing) or of an i64 array of milliseconds.
---@param values string[]|table
---@return dates
function date.new(values, ...)
  errors.no_more("frame.dates", ...)
  if date.is(values) then return values end
  if array.is(values) then return date.of(check_ms(values)) end
  if type(values) ~= "table" or getmetatable(values) then
    errors.raise("dates: expected a list of texts or an i64 array, found %s", errors.describe(values))
  end
  local ms, at = host.parse_list(values)
  if not ms then
    local bad = values[at]
    errors.raise("dates: element %d is %s, expected a date such as 2026-11-22 or 2026-11-22T10:30:00", at,
      type(bad) == "string" and string.format('"%s"', bad) or errors.describe(bad))
  end
  return date.of(ms)
end

-- The milliseconds of what dates are compared with.
local function other(v, what)
  if date.is(v) then return v.ms end
  if math.type(v) == "integer" then return v end
  if type(v) == "string" then return date.ms(v) end
  errors.raise('%s: expected dates, a text such as "2026-11-22" or milliseconds, found %s', what, errors.describe(v))
end

-- d:missing() -> bool array
function methods:missing(...)
  errors.check_self(self, Dates, "missing", ...)
  return self.ms:eq(host.MISSING)
end

for _, name in ipairs { "eq", "lt", "le", "gt", "ge" } do
  methods[name] = function(self, v, ...)
    errors.check_self(self, Dates, name, ...)
    local ms = other(v, name)
    local found = self.ms[name](self.ms, ms)
    local missing = self:missing()
    if date.is(v) then missing = missing:where(true, v:missing()) end
    return missing:where(false, found)
  end
end

-- Not the same, or missing on one side.
function methods:ne(v, ...)
  errors.check_self(self, Dates, "ne", ...)
  return self:eq(v):eq(false)
end

for _, name in ipairs { "year", "month", "day", "hour", "minute", "second", "weekday", "yearday" } do
  -- An i64 array, f64 with NaN when a date is missing; weekday 1 is Monday.
  methods[name] = function(self, ...)
    errors.check_self(self, Dates, name, ...)
    local part, missing = host.part(self.ms, name), self:missing()
    if #part == 0 or not missing:any() then return part end
    return missing:where(0 / 0, part:astype "f64")
  end
end

local SPANS <const> = { "year", "quarter", "month", "week", "day", "hour", "minute" }

-- The beginnings of the years, quarters, months, weeks (Mondays), days, hours or
-- minutes in which the dates lie.
---@param span string
---@return dates
function methods:truncate(span, ...)
  errors.check_self(self, Dates, "truncate", ...)
  for _, one in ipairs(SPANS) do
    if span == one then return date.of(host.truncate(self.ms, span)) end
  end
  errors.raise("truncate: unknown span %s%s",
    type(span) == "string" and string.format('"%s"', span) or errors.describe(span), suggest.hint(span, SPANS))
end

-- How many days each date is after the other: an f64 array, NaN when missing.
function methods:days_since(v, ...)
  errors.check_self(self, Dates, "days_since", ...)
  local ms = other(v, "days_since")
  local missing = self:missing()
  if date.is(v) then missing = missing:where(true, v:missing()) end
  return missing:where(0 / 0, (self.ms - ms) / (DAY + 0.0))
end

-- The dates so many days later; days is a number or an array.
---@return dates
function methods:add_days(days, ...)
  errors.check_self(self, Dates, "add_days", ...)
  if type(days) ~= "number" and not array.is(days) then
    errors.raise("add_days: expected a number or an array, found %s", errors.describe(days))
  end
  local more = days * DAY
  if array.is(more) then more = more:astype "i64" else more = math.tointeger(more) or math.floor(more + 0.5) end
  return date.of(check_ms(self:missing():where(self.ms, self.ms + more)))
end

local function extreme(self, how)
  local there = self.ms:take(self:missing():eq(false))
  return #there > 0 and host.format(there[how](there)) or ""
end

-- The first and the last as text, "" without any.
function methods:min(...)
  errors.check_self(self, Dates, "min", ...)
  return extreme(self, "min")
end
function methods:max(...)
  errors.check_self(self, Dates, "max", ...)
  return extreme(self, "max")
end

-- "day", "second" or "ms": how much the texts of all of them show.
function methods:unit(...)
  errors.check_self(self, Dates, "unit", ...)
  return host.unit(self.ms)
end

-- A list of texts.
---@return string[]
function methods:totable(...)
  errors.check_self(self, Dates, "totable", ...)
  local unit, texts = host.unit(self.ms), {}
  for i = 1, #self.ms do texts[i] = host.format(self.ms[i], unit) end
  return texts
end

function Dates.__index(self, key)
  if type(key) ~= "number" then
    local method = methods[key]
    if method == nil then require("rille.base.usage_hints").field("dates", key, methods, { ms = true }) end
    return method
  end
  local i, n = math.tointeger(key), #self.ms
  if i and i >= 1 and i <= n then return host.format(self.ms[i]) end
  if i ~= n + 1 then errors.raise("dates[%.14g]: an index must be an integer from 1 to %d", key, n) end
end
errors.refuse(Dates, "__call", "__concat", "__lt", "__le", "__add", "__sub")

-- What a value of the class can do: lua/cache/opaque.lua watches it.
date.methods = methods

function Dates.__len(self) return #self.ms end

function Dates.__eq(a, b) return date.is(a) and date.is(b) and a.ms == b.ms end

function Dates.__newindex() errors.raise "dates cannot be changed; make new ones" end

function Dates.__tostring(self)
  local unit, texts = host.unit(self.ms), {}
  for i = 1, math.min(#self, 10) do texts[i] = host.format(self.ms[i], unit) end
  if #self > 10 then texts[11] = string.format("... %d dates", #self) end
  return table.concat(texts, "\n")
end

return date
