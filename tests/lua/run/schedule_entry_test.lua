-- schedule_entry_test.lua -- entries of rille schedule as lines of a crontab and as units of systemd.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local cron = require "rille.script.cron"
local schedule_entry = require "rille.run.schedule_entry"

local function entry(name, extra)
  local e = { name = name, project = "/home/ann/p", folder = "/home/ann/p", timetable = assert(cron.parse "0 3 * * *"),
    words = { "/bin/rille", "run", "main.lua" } }
  for k, v in pairs(extra or {}) do e[k] = v end
  return e
end

local MINE <const> = '# rille schedule {"name":"a","project":"/home/ann/p"}\n'
  .. "0 3 * * * cd /home/ann/p && /bin/rille run main.lua\n"
local OTHERS <const> = "MAILTO=ann\n# a comment\n\n5 4 * * * backup\n"

check.test("an entry is two lines, and is put at the end or in its own place", function()
  local text, found = schedule_entry.change_crontab("", entry "a", entry "a")
  check.eq({ text, found }, { MINE, false })
  text = schedule_entry.change_crontab(OTHERS, entry "a", entry "a")
  check.eq(text, OTHERS .. MINE)
  local more = text .. "6 5 * * * last\n"
  local changed = entry("a", { timetable = assert(cron.every "15m") })
  text, found = schedule_entry.change_crontab(more, changed, changed)
  check.eq({ text, found }, { OTHERS .. MINE:gsub("0 3 %* %* %*", "*/15 * * * *") .. "6 5 * * * last\n", true })
  check.eq((schedule_entry.change_crontab(more, entry "a", entry "a")), more, "the same again changes nothing")
end)

check.test("taking an entry away leaves every other byte", function()
  local foreign = MINE:gsub("/home/ann/p", "/home/ann/q")
  local other = MINE:gsub('"a"', '"b"')
  for _, rest in ipairs { "", OTHERS, foreign .. OTHERS, other .. "\n\n" .. foreign,
    "# rille schedule {broken\n0 1 * * * x\n",
    '# rille schedule {"name":"a","project":"/home/ann/p"}\n' } do
    for _, text in ipairs { rest .. MINE, MINE .. rest } do
      check.eq({ schedule_entry.change_crontab(text, entry "a") }, { rest, true }, text)
    end
    check.eq({ schedule_entry.change_crontab(rest, entry "a") }, { rest, false }, rest)
  end
end)

check.test("words are quoted for the shell, and % for cron", function()
  local one = entry("it's 5%", { folder = "/home/ann/my p",
    words = { "/bin/rille", "run", "a.lua", "--set", "x='50%'" } })
  local lines = schedule_entry.crontab(one)
  check.eq(lines[2], [[0 3 * * * cd '/home/ann/my p' && /bin/rille run a.lua --set 'x='\''50\%'\''']])
  check.eq(schedule_entry.read_mark(lines[1]), { name = "it's 5%", project = "/home/ann/p" })
  local words = { "printf", "%s|", "a b", "c'd", "$e", "" }
  local out = io.popen(schedule_entry.command(entry("q", { folder = "/", words = words })))
  check.eq(out:read "a", "a b|c'd|$e||")
  out:close()
end)

check.test("units of systemd have the words, the folder and the times", function()
  local service, timer = schedule_entry.units(entry("n", { folder = "/home/ann/50%",
    words = { "/bin/rille", "run", "a b.lua", "--set", 'x="$HOME"' } }))
  check.has(service, '\nWorkingDirectory=/home/ann/50%%\nExecStart=/bin/rille run "a b.lua" --set "x=\\"$$HOME\\""\n')
  check.has(timer, "\n[Timer]\nOnCalendar=*-*-* 3:0:00\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n")
  check.eq(schedule_entry.read_mark(timer:match "^[^\n]*"), { name = "n", project = "/home/ann/p" })
  local _, every = schedule_entry.units(entry("n", { timetable = assert(cron.every "90m") }))
  check.has(every, "OnActiveSec=5400s\nOnUnitActiveSec=5400s\n")
  check.ok(schedule_entry.unit(entry "n") ~= schedule_entry.unit(entry("n", { project = "/x" })))
  check.eq(schedule_entry.unit(entry "a/b c"):match "^rille%-a%-b%-c%-%x%x%x%x%x%x%x%x$" ~= nil, true)
end)

check.done()
