-- cron: when something is to run, as people write it:
--
--     0 3 * * 1-5        minute hour day month weekday, as in a crontab
--     @daily             @hourly @daily @midnight @weekly @monthly @yearly @annually
--     15m                every 15 minutes; 2h, 1d, 1w
--
-- A timetable is { text, sets = { minute, hour, day, month, weekday }, every = seconds of the last form, any_day,
-- any_weekday }; a set is { [number] = true }, weekdays from 0, Sunday.  Times are local.

local suggest = require "rille.base.suggest"

local cron = {}

local NAMES <const> = { "minute", "hour", "day", "month", "weekday" }
local LOW <const> = { minute = 0, hour = 0, day = 1, month = 1, weekday = 0 }
local HIGH <const> = { minute = 59, hour = 23, day = 31, month = 12, weekday = 7 }
local WORDS <const> = {
  month = { jan = 1, feb = 2, mar = 3, apr = 4, may = 5, jun = 6, jul = 7, aug = 8, sep = 9, oct = 10, nov = 11,
    dec = 12 },
  weekday = { sun = 0, mon = 1, tue = 2, wed = 3, thu = 4, fri = 5, sat = 6 },
}
local MACROS <const> = { ["@hourly"] = "0 * * * *", ["@daily"] = "0 0 * * *", ["@midnight"] = "0 0 * * *",
  ["@weekly"] = "0 0 * * 0", ["@monthly"] = "0 0 1 * *", ["@yearly"] = "0 0 1 1 *", ["@annually"] = "0 0 1 1 *" }
local DAYS <const> = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }     -- of the months, at most

local function fail(at, fmt, ...) error({ at = at, message = string.format(fmt, ...) }, 0) end

local function keys_of(map)
  local list = {}
  for k in next, map do list[#list + 1] = k end
  table.sort(list)
  return list
end

-- A number or a name of the field.
local function number_of(field, text, at)
  local words = WORDS[field]
  local n = math.tointeger(tonumber(text:match "^%d+$")) or words and words[text:lower()]
  if not n then
    fail(at, "%s: expected a number%s, found %s%s", field, words and " or a name" or "",
      text == "" and "nothing" or '"' .. text .. '"', words and suggest.hint(text:lower(), keys_of(words)) or "")
  end
  if n < LOW[field] or n > HIGH[field] then
    fail(at, "%s: %d is not between %d and %d", field, n, LOW[field], HIGH[field])
  end
  return n
end

-- Adds what one part of a list says: *, 5, 1-5, */15, 1-30/5.
local function add_part(set, field, part, at)
  local range, step = part:match "^([^/]*)/(.*)$"
  range = range or part
  local every = 1
  if step then
    every = math.tointeger(tonumber(step:match "^%d+$")) or 0
    if every < 1 then fail(at + #range + 1, '%s: expected a step of at least 1, found "%s"', field, step) end
  end
  local first, last = LOW[field], field == "weekday" and 6 or HIGH[field]
  local low, high = range:match "^([^-]*)%-(.*)$"
  if low then
    first, last = number_of(field, low, at), number_of(field, high, at + #low + 1)
    if first > last then fail(at, "%s: %s-%s goes backwards", field, low, high) end
  elseif range ~= "*" then
    first = number_of(field, range, at)
    -- some crons take 5/10 for 5 alone, others for every tenth from 5 on
    if step then fail(at, "%s: a step needs a range: write %s-%d/%s", field, range, last, step) end
    last = first
  end
  for n = first, last, every do set[field == "weekday" and n % 7 or n] = true end
end

local function read_field(field, text, at)
  local set = {}
  for from, part in (text .. ","):gmatch "()([^,]*)," do add_part(set, field, part, at + from - 1) end
  return set
end

-- The first day of the sets that a month has, or nothing: 31 February.
local function check_possible(t)
  if not t.any_weekday then return end
  for month in next, t.sets.month do
    for day in next, t.sets.day do if day <= DAYS[month] then return end end
  end
  fail(1, "none of the months has such a day, so this never comes")
end

local function read_fields(text)
  local words = {}
  for at, word in text:gmatch "()(%S+)" do words[#words + 1] = { at, word } end
  if #words ~= 5 then
    fail(words[6] and words[6][1] or #text + 1, "expected 5 fields, minute hour day month weekday, found %d", #words)
  end
  local t = { text = text:match "^%s*(.-)%s*$", sets = {} }
  for i, field in ipairs(NAMES) do t.sets[field] = read_field(field, words[i][2], words[i][1]) end
  t.any_day, t.any_weekday = words[3][2]:sub(1, 1) == "*", words[5][2]:sub(1, 1) == "*"
  check_possible(t)
  return t
end

local function read(text)
  local macro = text:match "^%s*(@%S*)%s*$"
  if not macro then return read_fields(text) end
  local fields = MACROS[macro:lower()]
  if not fields then fail(text:find "@", "unknown %s%s", macro, suggest.hint(macro:lower(), keys_of(MACROS))) end
  local t = read_fields(fields)
  t.text = macro:lower()
  return t
end

-- The result of f, or nil, the message and the place in the text.
local function caught(f, text)
  local ok, result = pcall(f, text)
  if ok then return result end
  if type(result) ~= "table" or not result.at then error(result, 0) end
  return nil, result.message, result.at
end

-- The timetable of a line of a crontab.
---@param text string
---@return table? timetable, string? message, integer? at
function cron.parse(text) return caught(read, text) end

-- Every so often ---------------------------------------------------------------------

local UNITS <const> = { m = 60, h = 3600, d = 86400, w = 604800 }

-- The fields that a crontab has for it, or nil.
local function fields_of(n, unit)
  if unit == "m" and n < 60 and 60 % n == 0 then return n == 1 and "* * * * *" or "*/" .. n .. " * * * *" end
  if unit == "m" and n % 60 == 0 then return fields_of(n // 60, "h") end
  if unit == "h" and n < 24 and 24 % n == 0 then return n == 1 and "0 * * * *" or "0 */" .. n .. " * * *" end
  if unit == "h" and n % 24 == 0 then return fields_of(n // 24, "d") end
  if unit == "d" and n == 1 then return "0 0 * * *" end
  if unit == "d" and n == 7 or unit == "w" and n == 1 then return "0 0 * * 0" end
end

local function read_every(text)
  local n, unit = text:match "^%s*(%d+)%s*([mhdw])%s*$"
  n = math.tointeger(tonumber(n or 0))
  if not n or n < 1 or n > 1000 then
    fail(1, "expected an interval such as 15m, 2h, 1d or 1w, found %s", text == "" and "nothing" or '"' .. text .. '"')
  end
  local fields = fields_of(n, unit)
  local t = fields and read_fields(fields) or { sets = {} }
  t.every, t.text, t.fields = n * UNITS[unit], n .. unit, fields
  return t
end

-- The timetable of an interval; .fields is nil where a crontab cannot have it.
---@param text string
---@return table? timetable, string? message, integer? at
function cron.every(text) return caught(read_every, text) end

-- What comes next -----------------------------------------------------------------------

-- Is it the day?  As cron does: where day and weekday are both restricted, either will do.
local function is_day(t, date)
  if not t.sets.month[date.month] then return false end
  local day, weekday = t.sets.day[date.day], t.sets.weekday[date.wday - 1]
  if t.any_day or t.any_weekday then return (day and weekday) or false end
  return day or weekday or false
end

local FURTHEST <const> = 366 * 8        -- days: 29 February comes in that time

-- The first time after `now`, in seconds; nil for an interval that no crontab has.
---@param t table timetable
---@param now number
---@return integer?
function cron.next(t, now)
  if not t.sets.minute then return nil end
  local start = os.date("*t", math.tointeger(now // 60) * 60 + 60)
  for ahead = 0, FURTHEST do
    local noon = os.date("*t", os.time { year = start.year, month = start.month, day = start.day + ahead, hour = 12 })
    if is_day(t, noon) then
      for hour = ahead == 0 and start.hour or 0, 23 do
        for minute = t.sets.hour[hour] and (ahead == 0 and hour == start.hour and start.min or 0) or 60, 59 do
          if t.sets.minute[minute] then
            return os.time { year = noon.year, month = noon.month, day = noon.day, hour = hour, min = minute }
          end
        end
      end
    end
  end
end

-- For systemd ---------------------------------------------------------------------------

local DAY_NAMES <const> = { [0] = "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }

-- The numbers of a set as systemd lists them; "*" for all.
local function listed(t, field, names)
  local list, n = {}, 0
  local last = field == "weekday" and 6 or HIGH[field]
  for i = LOW[field], last do
    if t.sets[field][i] then list[#list + 1], n = names and names[i] or tostring(i), n + 1 end
  end
  return n == last - LOW[field] + 1 and "*" or table.concat(list, ",")
end

-- The OnCalendar lines of systemd.timer; two where cron's day and weekday are alternatives.
---@param t table timetable
---@return string[]
function cron.calendar(t)
  local month = listed(t, "month")
  local time = string.format("%s:%s:00", listed(t, "hour"), listed(t, "minute"))
  local function line(weekday, day)
    return (weekday ~= "*" and weekday .. " " or "") .. string.format("*-%s-%s %s", month, day, time)
  end
  local weekday, day = listed(t, "weekday", DAY_NAMES), listed(t, "day")
  if t.any_day or t.any_weekday then return { line(weekday, day) } end
  return { line("*", day), line(weekday, "*") }
end

return cron
