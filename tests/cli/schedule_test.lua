-- rille schedule: entries shown, installed with a crontab and a systemctl of the test's own, listed and removed.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local MAIN <const> = [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]

local OTHERS <const> = "MAILTO=ann\n\n5 4 * * * backup\n"

-- A project with programs named crontab and systemctl in bin/, which keep all in files of the project.
local function project()
  local p = scratch.script(MAIN)
  p:sh "mkdir bin home"
  p:write("bin/crontab", [=[#!/bin/sh
tab="${0%/*}/tab"
case $1 in
-l) [ -e "$tab" ] && exec cat "$tab"; echo "no crontab for me" >&2; exit 1 ;;
*) [ -e "${0%/*}/refuse" ] && { echo "bad minute" >&2; exit 1; }
  cat "$1" > "$tab.new.$$" && mv "$tab.new.$$" "$tab" ;;
esac
]=])
  p:write("bin/systemctl", [[#!/bin/sh
echo "$@" >> "${0%/*}/log"
[ -e "${0%/*}/refuse" ] && { echo "Failed to connect to bus" >&2; exit 1; }
exit 0
]])
  p:sh "chmod +x bin/*"
  return p
end

-- The command with these programs first; nothing of the machine's own user is reached.
local function schedule(p, args, code)
  local r = p:sh('HOME="$PWD/home" XDG_CONFIG_HOME= PATH="$PWD/bin:$PATH" "$RILLE" schedule ' .. args)
  check.eq(r.code, code or 0, r.err)
  return r.out, r.err
end

local function tab(p) return p:read "bin/tab" end
local function line(p)
  return '# rille schedule {"name":"main","project":"' .. p:sh("pwd -P").out:gsub("\n", "") .. '"}\n'
end

check.test("add shows the entry, and installs it only when asked", function()
  local p <close> = project()
  local out, err = schedule(p, "add main.lua --cron '0 3 * * 1-5' --set n=3")
  check.eq(out:sub(1, #line(p)), line(p))
  check.has(out, "\n0 3 * * 1-5 cd ")
  check.has(out, " run main.lua -q --set n=3\n")
  check.has(err, "main: not installed; to install it: the same with --install; next run 20")
  check.eq(tab(p), nil)
  p:write("bin/tab", OTHERS)
  local shown
  shown, err = schedule(p, "add main.lua --cron '0 3 * * 1-5' --set n=3 --install")
  check.eq(shown, out)
  check.has(err, "main: installed in the crontab; next run 20")
  check.eq(tab(p), OTHERS .. out)
  check.eq(p:sh("ls .rille 2>/dev/null").out, "", "no store was made")
end)

check.test("the entry runs the pipeline", function()
  local p <close> = project()
  schedule(p, "add main.lua --every 1m --set n=7 --install")
  local command = tab(p):match "\n%* %* %* %* %* (.-)\n$"
  check.eq(p:sh("cd / && env -i sh -c \"" .. command .. "\"").code, 0)
  check.eq(p:json("show main@-1").parameters, { n = 7 })
end)

check.test("an entry of the same name is replaced, and others stay", function()
  local p <close> = project()
  p:write("bin/tab", OTHERS)
  schedule(p, "add main.lua --every 15m --install")
  schedule(p, "add main.lua --every 1h --name hourly --install")
  local _, err = schedule(p, "add main.lua --every 30m --install")
  check.has(err, "main: replaced in the crontab")
  local items = require("rille.json").decode((schedule(p, "list --json"))).items
  check.eq({ #items, items[1].name, items[1].times, items[2].name, items[2].kind },
    { 2, "main", "*/30 * * * *", "hourly", "crontab" })
  check.has(schedule(p, "list"), "hourly  0 * * * *")
  check.eq(tab(p):sub(1, #OTHERS), OTHERS)
end)

check.test("remove takes exactly the entry of this project away", function()
  local p <close> = project()
  local foreign = '# rille schedule {"name":"main","project":"/elsewhere"}\n1 1 * * * cd /elsewhere\n'
  p:write("bin/tab", OTHERS .. foreign)
  check.has(select(2, schedule(p, "remove main", 3)), 'no installed entry of this project is named "main"; '
    .. "the project /elsewhere has one: remove it from that folder")
  schedule(p, "add main.lua --every 15m --install")
  check.eq(schedule(p, "remove main"), "main: removed from the crontab\n")
  check.eq(tab(p), OTHERS .. foreign)
  check.has(select(2, schedule(p, "list")), "no installed entries of this project\n1 entry of other projects")
  check.has(schedule(p, "list --all"), "/elsewhere")
end)

check.test("a timer of systemd is two files, which remove takes away", function()
  local p <close> = project()
  local out = schedule(p, "add main.lua --every 90m --timer")
  check.has(out, "OnUnitActiveSec=5400s\n")
  check.eq(p:sh("ls -A home").out, "")
  local _, err = schedule(p, "add main.lua --every 90m --timer --install")
  check.has(err, "main: installed in systemd's timers")
  local files = p:sh("ls home/.config/systemd/user").out
  check.eq(select(2, files:gsub("rille%-main%-%x+%.[a-z]+\n", "")), 2, files)
  local unit = files:match "(rille%-main%-%x+)%.timer"
  check.eq(p:read "bin/log", "--user daemon-reload\n--user enable " .. unit .. ".timer\n--user restart " .. unit
    .. ".timer\n")
  check.has(schedule(p, "list"), "main  5400s")
  check.eq(schedule(p, "remove main"), "main: removed from systemd's timers\n")
  check.eq(p:sh("ls -A home/.config/systemd/user").out, "")
end)

if not os.execute "systemd-analyze --version >/dev/null 2>&1" then
  check.skip("systemd takes the units", "systemd-analyze is not installed")
else
  check.test("systemd takes the units", function()
    local p <close> = project()
    p:sh "mkdir 'a folder of 50%'; cp main.lua a*; mkdir runtime"
    local args = [[schedule add main.lua --timer --install --set 'n=3' --name 'it is $HOME' --cron '*/20 8-9 13 * fri']]
    local r = p:sh("export HOME=\"$PWD/home\" XDG_CONFIG_HOME= PATH=\"$PWD/bin:$PATH\"; cd a*; \"$RILLE\" " .. args)
    check.eq(r.code, 0, r.err)
    r = p:sh "cd home/.config/systemd/user && XDG_RUNTIME_DIR=$PWD systemd-analyze verify --user *.timer *.service 2>&1"
    check.eq({ r.code, r.out }, { 0, "" })
  end)
end

check.test("what the programs refuse leaves nothing behind", function()
  local p <close> = project()
  p:write("bin/refuse", "")
  p:write("bin/tab", OTHERS)
  check.has(select(2, schedule(p, "add main.lua --every 15m --install", 3)), "crontab refused the new text: bad minute")
  check.eq(tab(p), OTHERS)
  check.has(select(2, schedule(p, "add main.lua --every 15m --install --timer", 3)),
    "systemctl --user could not start the timer: Failed to connect to bus")
  check.eq(p:sh("find home -type f").out, "")
  p:sh "rm bin/crontab bin/systemctl"
  local r = p:sh('mkdir none; PATH="$PWD/none" HOME="$PWD/home" "$RILLE" schedule add main.lua --every 15m --install')
  check.eq(r.code, 3)
  check.has(r.err, "the program crontab is not installed; use --timer, or install cron")
end)

check.test("add names the variables that the settings and the stack need, which the entry does not have", function()
  local p <close> = project()
  p:sh "mkdir .rille"
  p:write(".rille/config.yaml", [[
format: 1
components: { alerter: { chat: { flavor: webhook, options: { url: "${env:CHAT_URL}" } } } }
stacks: { told: { alerter: chat } }
]])
  p:write("n.yaml", 'parameters: { n: "${env:MANY}" }\nstack: told\n')
  local function add(more)
    local r = p:sh('HOME="$PWD/home" MANY=3 "$RILLE" schedule add main.lua --every 15m ' .. more)
    check.eq(r.code, 0, r.err)
    return r
  end
  check.has(add("--config n.yaml").err,
    "main: cron does not set CHAT_URL, MANY: write CHAT_URL=... above the entry, with crontab -e\n")
  local err = add("--config n.yaml --timer").err
  check.has(err, "main: systemd does not set CHAT_URL, MANY: systemctl --user edit rille-main-")
  check.has(err, ".service, with Environment=CHAT_URL=... below [Service]\n")
  check.eq(json.decode(add("--config n.yaml --json").out).variables, { "CHAT_URL", "MANY" })
  check.eq(add("").err:match "does not set", nil)
  check.has(add("--stack told").err, "cron does not set CHAT_URL: ")
  p:sh '"$RILLE" stack set told'
  check.has(add("").err, "cron does not set CHAT_URL: ")
  check.eq(add("--stack default").err:match "does not set", nil)
end)

check.test("an entry has one kind: a timer takes the place of a crontab entry, and the other way round", function()
  local p <close> = project()
  local function kinds()
    local list = {}
    for i, one in ipairs(json.decode((schedule(p, "list --json"))).items) do list[i] = one.kind end
    return list
  end
  schedule(p, "add main.lua --every 15m --install")
  local _, err = schedule(p, "add main.lua --every 15m --timer --install")
  check.has(err, "main: replaced in systemd's timers")
  check.eq(kinds(), { "timer" })
  _, err = schedule(p, "add main.lua --every 15m --install")
  check.has(err, "main: replaced in the crontab")
  check.eq(kinds(), { "crontab" })
end)

check.test("a timer stays as it was when systemctl refuses the new one; one that cannot be stopped is told", function()
  local p <close> = project()
  schedule(p, "add main.lua --every 15m --timer --install")
  local before = p:sh("cat home/.config/systemd/user/*").out
  p:write("bin/refuse", "")
  schedule(p, "add main.lua --every 2h --timer --install", 3)
  check.eq(p:sh("cat home/.config/systemd/user/*").out, before)
  local _, err = schedule(p, "remove main", 3)
  check.has(err, "main: its files are removed, but systemctl --user could not stop the timer: Failed to connect to bus")
  check.eq(p:sh("find home -type f").out, "")
end)

check.test("the time may be in the YAML file, and mistakes have their place", function()
  local p <close> = project()
  p:write("n.yaml", "parameters: { n: 2 }\nschedule: { every: 2h }\n")
  local out = schedule(p, "add main.lua --config n.yaml")
  check.has(out, "\n0 */2 * * * cd ")
  check.has(out, " run main.lua -q --config n.yaml\n")
  check.has(schedule(p, "add main.lua --config n.yaml --cron @daily"), "\n@daily cd ")
  p:write("n.yaml", "schedule: 0 25 * * *\n")
  check.eq(select(2, schedule(p, "add main.lua --config n.yaml", 3)),
    "rille: n.yaml:1:13: schedule: hour: 25 is not between 0 and 23\n")
  check.eq(select(2, schedule(p, "add main.lua --cron '0 3 * * fry'", 2)), "rille: --cron: weekday: expected a "
    .. 'number or a name, found "fry"; did you mean "fri"?\n  0 3 * * fry\n          ^\n')
  check.has(select(2, schedule(p, "add main.lua --every 90m", 3)), "a crontab cannot have an interval of 90m")
  check.has(select(2, schedule(p, "add main.lua", 2)), "when is it to run?")
  check.has(select(2, schedule(p, "add main.lua --every 1h --cron @daily", 2)), "exclude each other")
  check.has(select(2, schedule(p, "add main.lua --every 1h --set m=1", 3)), 'unknown parameter "m"')
  check.has(select(2, schedule(p, "addd main.lua", 2)), 'did you mean "add"?')
end)

check.test("commands at once lose no entry", function()
  local p <close> = project()
  p:write("bin/tab", OTHERS)
  local parts = {}
  for i = 1, 4 do
    parts[i] = string.format('"$RILLE" -q schedule add main.lua --every 15m --name e%d --install >/dev/null 2>>err & ',
      i)
  end
  p:sh('export HOME="$PWD/home" PATH="$PWD/bin:$PATH"; ' .. table.concat(parts) .. "wait")
  local found = {}
  for name in tab(p):gmatch '"name":"(e%d)"' do found[#found + 1] = name end
  table.sort(found)
  check.eq({ table.concat(found, " "), tab(p):sub(1, #OTHERS) }, { "e1 e2 e3 e4", OTHERS }, p:read "err")
end)

check.done()
