-- scale: where a number stands on an axis, and the round numbers that the axis names.
--
-- A scale is { ticks = { { place, label }... }, at(v) -> place }; a place is 0 at the beginning of the axis, 1 at its
-- end.

local scale = {}

local SECOND <const>, DAY <const> = 1000, 86400000
local YEAR <const>, MONTH <const> = 365.2425 * DAY, 30.436875 * DAY

---@class rille.plot.scale
---@field ticks { [1]: number, [2]: string }[]
---@field at fun(v: number): number

-- Half of each is taken first: the difference of two large numbers is infinite.
local function span(low, high) return high / 2 - low / 2 end

-- 1, 2 or 5 times a power of ten, at least so large; nil where that is no number.
local function round_step(least)
  if not (least > 0 and least < math.huge) then return nil end
  local power = 10.0 ^ math.floor(math.log(least, 10))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    local step = power * factor
    if step >= least * 0.999999 then return step < math.huge and step or nil end
  end
end

local function with_commas(text)
  local sign, whole, rest = text:match "^(%-?)(%d+)(.*)$"
  if not whole or #whole < 4 then return text end
  whole = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return sign .. whole .. rest
end

local MOST_DIGITS <const> = 6       -- behind the point of 1.5e9

local function exact_text(v) return string.format("%.17g", v) end

-- How the numbers of an axis are written: all with the digits that their step has.
local function label_format(low, high, step)
  local largest = math.max(math.abs(low), math.abs(high))
  if largest >= 1e7 or largest < 1e-4 then
    local digits = math.max(0, math.floor(math.log(largest, 10)) - math.floor(math.log(step, 10) + 1e-9))
    if digits > MOST_DIGITS then return exact_text end
    return function(v)
      if v == 0 then return "0" end
      local text = string.format("%." .. digits .. "e", v):gsub("e%+0*", "e"):gsub("e%-0*", "e-")
      return text
    end
  end
  local digits = math.max(0, -math.floor(math.log(step, 10) + 1e-9))
  return function(v)
    local text = string.format("%." .. digits .. "f", v)
    return with_commas((text:gsub("^%-(0%.?0*)$", "%1")))
  end
end

local function number_ticks(low, high, count, whole)
  local step = round_step(2 * (span(low, high) / math.max(1, count)))
  if step and whole then step = math.max(1, step) end
  if not step or low + step == low or high - step == high then
    return { { low, exact_text(low) }, high > low and { high, exact_text(high) } or nil }
  end
  local label, ticks = label_format(low, high, step), {}
  for k = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) do
    ticks[#ticks + 1] = { k * step, label(k * step) }
  end
  return ticks, step
end

-- Powers of ten.
local function log_ticks(low, high, count)
  local first, last, ticks = math.ceil(low - 1e-9), math.floor(high + 1e-9), {}
  local every = math.max(1, (last - first + count) // count)
  for k = first, last, every do
    local v = 10.0 ^ k
    ticks[#ticks + 1] = { k, k >= 7 and "1e" .. k or k < -4 and "1e" .. k or with_commas(string.format("%.14g", v)) }
  end
  if #ticks > 1 then return ticks end
  ticks = {}
  for i, v in ipairs { low, high } do ticks[i] = { v, string.format("%.3g", 10 ^ v) } end
  return ticks
end

-- Dates ------------------------------------------------------------------------------------------

local STEPS <const> = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
  172800, 604800, 1209600 }     -- seconds
local MONTHS <const> = { 1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000 }

local function date_text(ms, fmt) return os.date("!" .. fmt, math.floor(ms / SECOND)) end

local function month_ticks(low, high, months)
  local ticks, at = {}, os.date("!*t", math.floor(low / SECOND))
  local index = (at.year * 12 + at.month - 1) // months * months
  while true do
    local year, month = index // 12, index % 12 + 1
    -- days since 1970 of the first day of a month
    local y = month <= 2 and year - 1 or year
    local days = 365 * y + y // 4 - y // 100 + y // 400 + (153 * ((month + 9) % 12) + 2) // 5 - 719468
    local ms = days * DAY
    if ms > high then return ticks end
    if ms >= low then
      ticks[#ticks + 1] = { ms, string.format(months % 12 == 0 and "%04d" or "%04d-%02d", year, month) }
    end
    index = index + months
  end
end

local function date_ticks(low, high, count)
  local least = (high - low) / math.max(1, count) * 0.98
  for _, seconds in ipairs(STEPS) do
    local step = seconds * SECOND
    if step >= least then
      local fmt = step >= DAY and "%Y-%m-%d" or high - low > DAY and "%m-%d %H:%M"
        or seconds >= 60 and "%H:%M" or "%H:%M:%S"
      local ticks = {}
      for k = math.ceil(low / step), math.floor(high / step) do
        ticks[#ticks + 1] = { k * step, date_text(k * step, fmt) }
      end
      return ticks
    end
  end
  for _, months in ipairs(MONTHS) do
    if months * (months < 12 and MONTH or YEAR / 12) >= least then return month_ticks(low, high, months) end
  end
  return month_ticks(low, high, 12000)
end

-- Scales -----------------------------------------------------------------------------------------

-- An axis on which one number alone stands has room on both sides.
local function widened(low, high, kind)
  if low < high then return low, high end
  local by = kind == "date" and DAY or kind == "integer" and 1 or math.max(math.abs(low) / 10, low == 0 and 1 or 0)
  local wide_low, wide_high = low - by, high + by
  if wide_low - wide_low ~= 0 or wide_high - wide_high ~= 0 or wide_low == wide_high then
    return math.min(low, 0), math.max(high, 0)
  end
  return wide_low, wide_high
end

-- The scale of an axis.
---@param low number
---@param high number
---@param options { kind: string, count: integer, log: boolean?, round: boolean? } kind as of a vector; count: about
--- so many ticks; round: the axis begins and ends at a tick
---@return rille.plot.scale
function scale.new(low, high, options)
  local log = options.log
  if log then low, high = math.log(low, 10), math.log(high, 10) end
  low, high = widened(low, high, log and "number" or options.kind)
  local ticks
  if log then
    ticks = log_ticks(low, high, options.count)
  elseif options.kind == "date" then ticks = date_ticks(low, high, options.count)
  else
    local step
    ticks, step = number_ticks(low, high, options.count, options.kind == "integer")
    if options.round and step then
      local round_low, round_high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
      if round_high - round_high == 0 and round_low - round_low == 0 then
        low, high = round_low, round_high
        ticks = number_ticks(low, high, math.max(1, math.floor((high - low) / step + 0.5)),
          options.kind == "integer")
      end
    end
  end
  local whole = span(low, high)
  for _, tick in ipairs(ticks) do tick[1] = span(low, tick[1]) / whole end
  return { ticks = ticks, at = function(v) return span(low, log and math.log(v, 10) or v) / whole end }
end

return scale
