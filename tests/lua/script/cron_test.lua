-- cron_test.lua -- timetables: the fields of a crontab, intervals, what comes next, the calendars of systemd.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local cron = require "rille.script.cron"

local function next_of(text, from)
  local t = assert(cron.parse(text))
  local y, m, d, hour, min = from:match "(%d+)-(%d+)-(%d+) (%d+):(%d+)"
  return os.date("%Y-%m-%d %H:%M", cron.next(t, os.time { year = y, month = m, day = d, hour = hour, min = min }))
end

check.test("the next time is the first minute that fits, after now", function()
  check.eq(next_of("0 3 * * *", "2026-11-29 23:10"), "2026-11-30 03:00")
  check.eq(next_of("0 3 * * *", "2026-11-29 03:00"), "2026-11-30 03:00")
  check.eq(next_of("*/15 * * * *", "2026-11-29 23:50"), "2026-11-30 00:00")
  check.eq(next_of("5-20/5,59 * * * *", "2026-11-29 23:21"), "2026-11-29 23:59")
  check.eq(next_of("30 8 * * mon-fri", "2026-11-28 09:00"), "2026-11-30 08:30")
  check.eq(next_of("0 0 * * 7", "2026-11-28 09:00"), "2026-11-29 00:00")
  check.eq(next_of("0 0 1 JAN *", "2026-11-28 09:00"), "2027-01-01 00:00")
  check.eq(next_of("0 0 29 2 *", "2026-11-28 09:00"), "2028-02-29 00:00")
  check.eq(next_of("@weekly", "2026-11-28 09:00"), "2026-11-29 00:00")
end)

check.test("a day and a weekday are alternatives, as cron has them", function()
  check.eq(next_of("0 0 13 * 5", "2026-11-28 09:00"), "2026-12-04 00:00")
  check.eq(next_of("0 0 1 * 5", "2026-11-28 09:00"), "2026-12-01 00:00")
  check.eq(next_of("0 0 */2 * 5", "2026-11-28 09:00"), "2026-12-11 00:00", "with a star both have to fit")
end)

check.test("mistakes have a place in the text, and what was meant", function()
  local function refused(text, message, at)
    local t, found, place = cron.parse(text)
    check.eq({ t, found, place }, { nil, message, at })
  end
  refused("75 3 * * *", "minute: 75 is not between 0 and 59", 1)
  refused("0 3 * * fry", 'weekday: expected a number or a name, found "fry"; did you mean "fri"?', 9)
  refused("0 3 0 * *", "day: 0 is not between 1 and 31", 5)
  refused("0 3 * *", "expected 5 fields, minute hour day month weekday, found 4", 8)
  refused("0 3 * * * root", "expected 5 fields, minute hour day month weekday, found 6", 11)
  refused("0 20-3 * * *", "hour: 20-3 goes backwards", 3)
  refused("*/0 * * * *", 'minute: expected a step of at least 1, found "0"', 3)
  refused("5/10 * * * *", "minute: a step needs a range: write 5-59/10", 1)
  refused("0 0 * * mon/2", "weekday: a step needs a range: write mon-6/2", 9)
  refused("1,,2 * * * *", "minute: expected a number, found nothing", 3)
  refused("0 0 31 2 *", "none of the months has such a day, so this never comes", 1)
  refused("@dayly", 'unknown @dayly; did you mean "@daily"?', 1)
  refused("", "expected 5 fields, minute hour day month weekday, found 0", 1)
  check.ok(cron.parse "0 0 31 2 5", "a weekday comes")
end)

check.test("an interval has fields where a crontab can have it", function()
  for text, fields in pairs { ["1m"] = "* * * * *", ["15m"] = "*/15 * * * *", ["2h"] = "0 */2 * * *",
    ["1h"] = "0 * * * *", ["60m"] = "0 * * * *", ["1d"] = "0 0 * * *", ["24h"] = "0 0 * * *", ["1w"] = "0 0 * * 0",
    ["7d"] = "0 0 * * 0" } do
    check.eq(cron.every(text).fields, fields, text)
  end
  for _, text in ipairs { "7m", "90m", "5h", "2d", "2w" } do check.eq(cron.every(text).fields, nil, text) end
  check.eq({ cron.every("90m").every, cron.every("2w").every }, { 5400, 1209600 })
  for _, text in ipairs { "", "0m", "15", "15s", "-1h", "soon", "1.5h" } do
    check.has(select(2, cron.every(text)), "expected an interval such as 15m, 2h, 1d or 1w, found", text)
  end
end)

check.test("systemd's calendars say the same", function()
  local function calendar(text) return table.concat(cron.calendar(assert(cron.parse(text))), " | ") end
  check.eq(calendar "0 3 * * *", "*-*-* 3:0:00")
  check.eq(calendar "*/20 * * * 1-5", "Mon,Tue,Wed,Thu,Fri *-*-* *:0,20,40:00")
  check.eq(calendar "0 0 1 1,7 *", "*-1,7-1 0:0:00")
  check.eq(calendar "0 0 13 * 5", "*-*-13 0:0:00 | Fri *-*-* 0:0:00")
end)

check.done()
