-- log_of_much_output_test.lua -- what is kept of the log of a step that prints much: its beginning
-- and its end, whoever prints it; while it runs, too, and in little room.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local HEAD <const> = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local LINES, LINE = 30000, ("z"):rep(99)
local function wait_for(what) os.execute("n=0; while ! { " .. what .. "; } && [ $n -lt 400 ]; do sleep 0.05; n=$((n + 1)); done") end
]]
local LEFT_OUT <const>, MOST <const> =
  "%[([%d,]+) bytes of this log omitted; its first and last 512 KiB are kept%]\n",
  1 << 20
local SIZE <const> = #"the first line\n" + 30000 * 100 + #"the last line\n"

local function with(script, body)
  local project <close> = scratch.new()
  project:write("main.lua", HEAD .. script)
  body(project)
end

-- That the text is the log of 30,000 lines between a first and a last one, cut.
local function check_cut(log)
  check.eq(log:sub(1, 15), "the first line\n")
  check.eq(log:sub(-14), "the last line\n")
  check.ok(#log <= MOST + 200, "length " .. #log)
  local from, to, number = log:find(LEFT_OUT)
  check.ok(from, "nothing says what is left out")
  check.eq(log:sub(from - 1, from - 1), "\n")
  -- what is said and what is kept make up the whole, in whole lines
  check.eq(math.tointeger((number:gsub(",", ""))) + (from - 1) + (#log - to), SIZE)
  check.eq((log:sub(16, from - 1):gsub(("z"):rep(99) .. "\n", "")), "")
  check.eq((log:sub(to + 1, -15):gsub(("z"):rep(99) .. "\n", "")), "")
end

local SHELL <const> = "echo the first line; yes $(printf %099d 0 | tr 0 z) 2>/dev/null | head -n 30000; echo the "
  .. "last line"
local WAYS <const> = {
  ["print"] = 'print "the first line" for _ = 1, LINES do print(LINE) end print "the last line"',
  ["io.write of single characters and lines"] = 'io.write "the first line\\n" for i = 1, LINES do io.write("z", '
    .. 'LINE:sub(2), "\\n") end io.write "the last line\\n"',
  ["io.write of all at once"] = 'io.write("the first line\\n", (LINE .. "\\n"):rep(LINES), "the last line\\n")',
  ["io.stderr"] = 'io.stderr:write "the first line\\n" for _ = 1, LINES do io.stderr:write(LINE, "\\n") end '
    .. 'io.stderr:write "the last line\\n"',
  ["ctx:log"] = 'ctx:log "the first line" for _ = 1, LINES do ctx:log("%s", LINE) end ctx:log "the last line"',
  ["a program of os.execute"] = string.format("os.execute %q", SHELL),
  ["a program of io.popen, on standard error"] = string.format("io.popen(%q):close()", "{ " .. SHELL .. "; } >&2"),
}

for what, body in pairs(WAYS) do
  check.test("a long log keeps its beginning and its end: " .. what, function()
    with(string.format('local s = step "s" { outputs = { t.integer "n" }, run = function(_, ctx) %s return 1 end '
      .. '}\nreturn pipeline "p" { define = function() s() end }',
      body),
      function(project)
      local r = project:rille "run main.lua -q --name one"
      check.eq(r.code, 0, r.err)
      check_cut(project:rille("log one/s").out)
      check_cut(json.decode(project:rille("log one/s --json").out).items[1].log)
    end)
  end)
end

check.test("a long log keeps its beginning and its end: a step with a command", function()
  with(string.format('local s = step "s" { command = { "sh", "-c", %q } }\nreturn pipeline "p" { define = '
    .. 'function() s() end }',
    SHELL),
    function(project)
    local r = project:rille "run main.lua -q --name one"
    check.eq(r.code, 0, r.err)
    check_cut(project:rille("log one/s").out)
  end)
end)

check.test("each attempt of a step has its own end, and so has the failure that is shown", function()
  with(([[
local s = step "s" { command = { "sh", "-c", %q }, retries = 1 }
return pipeline "p" { define = function() s() end }]]):format(SHELL .. "; exit 3"), function(project)
    local r = project:rille "run main.lua --name one"
    check.eq(r.code, 1)
    check.has(r.err:sub(-2000), "  zzz")
    check.has(r.err:sub(-2000), "  the last line\n")
    local one = json.decode(project:rille("log one/s --json").out).items[1]
    check.eq(#one.attempts, 1)
    check_cut(one.attempts[1].log)
    check_cut((one.log:gsub("the last line\nthe command ended with exit code 3.*$", "the last line\n")))
  end)
end)

check.test("a step that crashes keeps the end of its log", function()
  with([[
local s = step "s" { outputs = { t.integer "n" }, run = function() print "the first line" for _ = 1, LINES do print(LINE) end print "the last line" os.execute "kill -SEGV $PPID; sleep 20" end }
return pipeline "p" { define = function() s() end }]], function(project)
    local r = project:sh 'ASAN_OPTIONS="$ASAN_OPTIONS:handle_segv=0" "$RILLE" run main.lua --name one'
    check.eq(r.code, 1)
    check.has(r.err:sub(-2000), "\nthe last line\n")
    check_cut((project:rille("log one/s").out:gsub("the worker died: SIGSEGV[^\n]*\n$", "")))
  end)
end)

check.test("an endless line, bytes of zero and characters of several bytes are cut between characters", function()
  with([[
local function one(id, text) return step(id) { outputs = { t.integer "n" }, run = function() io.write((text):rep(2000000 // #text)) return 1 end } end
local x, zero, euro = one("x", "x"), one("zero", "\0"), one("euro", "€")
return pipeline "p" { define = function() x() zero() euro() end }]], function(project)
    local r = project:rille "run main.lua -q --name one"
    check.eq(r.code, 0, r.err)
    for id, text in pairs { x = "x", zero = "\0", euro = "€" } do
      local log = json.decode(project:rille("log one/" .. id .. " --json").out).items[1].log
      local before, number, after = log:match "^(.-)\n%[([%d,]+) bytes of this log[^\n]*%]\n(.*)$"
      check.eq(#before + #after + math.tointeger((number:gsub(",", ""))), 2000000 // #text * #text, id)
      check.eq((before:gsub(text, "")), "", id)
      check.eq((after:gsub(text, "")), "", id)
    end
  end)
end)

check.test("the file of a log stays small while it grows", function()
  with([[
-- bytes on disk of this process's log, and its size
local function room()
  local p = io.popen "stat -L -c '%b %s' /proc/self/fd/2"
  local blocks, size = p:read("n", "n")
  p:close()
  return blocks * 512, size
end
local s = step "s" { outputs = { t.integer "room", t.integer "size", t.integer "after" }, run = function()
  local line = ("z"):rep(1023)
  for _ = 1, 64 * 1024 do print(line) end
  local now, size = room()
  os.execute "head -c 67108864 /dev/zero"
  -- of what a program prints, the next look at the log gives room back
  local after
  for _ = 1, 400 do
    after = room()
    if after <= 8 << 20 then break end
    os.execute "sleep 0.05"
  end
  return now, size, after
end }
return pipeline "p" { define = function() s() end }]], function(project)
    local r = project:rille "run main.lua -q --name one"
    check.eq(r.code, 0, r.err)
    local of = {}
    for _, out in ipairs { "room", "size", "after" } do
      of[out] = tonumber(project:rille("artifact get p::s::" .. out).out)
    end
    check.eq(of.size, 64 << 20)
    check.ok(of.room <= 8 << 20, of.room .. " bytes on disk")
    check.ok(of.after <= 8 << 20, of.after .. " bytes on disk")
  end)
end)

local LOUD <const> = [[
local s = step "s" { outputs = { t.integer "n" }, run = function()
  print "the first line"
  wait_for "[ -e listen ]"
  for _ = 1, 400000 do print(LINE) end
  print "the last line"
  io.open("printed", "w"):close()
  wait_for "[ -e go ]"
  return 1
end }
return pipeline "p" { define = function() s() end }]]

check.test("log -f of a step that prints much has its beginning and its end, and says what is left out", function()
  with(LOUD, function(project)
    local r = project:sh [=[
"$RILLE" run main.lua -q --name r & run=$!
until "$RILLE" log r/s 2>/dev/null | grep -q 'the first line'; do sleep 0.05; done
"$RILLE" log r/s -f >followed 2>&1 & follow=$!
sleep 0.2; touch listen
n=0; until grep -q '^the last line$' followed || [ $n -gt 400 ]; do sleep 0.05; n=$((n + 1)); done
kill -0 $run && echo "it runs still"
touch go; wait $follow; wait $run]=]
    check.eq(r.out, "it runs still\n")
    local text = project:read "followed"
    check.eq(text:sub(1, 15), "the first line\n")
    check.has(text:sub(-100), "\nthe last line\nstep s has completed\n")
    check.ok(text:find "%[[%d,]+ bytes of this log are left out here%]\n" or #text > 400000 * 100,
      "it says nothing of what is left out")
    check.eq((text:gsub("[^\n]*\n",
      function(line) if line == ("z"):rep(99) .. "\n" or line:find "^%[" then return "" end end)),
      "the first line\nthe last line\nstep s has completed\n")
  end)
end)

check.test("what a running step tells others takes little room, and outlives kill -9", function()
  with(LOUD, function(project)
    local r = project:sh [=[
touch listen
setsid "$RILLE" run main.lua -q --name r & run=$!
n=0; until "$RILLE" log r/s 2>/dev/null | grep -q '^the last line$' || [ $n -gt 400 ]; do sleep 0.05; n=$((n + 1)); done
[ "$(cat .rille/runs/*.live | wc -c)" -lt 8000000 ] && echo small
kill -9 -$run; wait $run 2>/dev/null]=]
    check.has(r.out, "small\n")
    local text = project:rille("log r/s").out
    check.eq(text:sub(1, 15), "the first line\n")
    check.eq(text:sub(-15), "\nthe last line\n")
  end)
end)

check.test("log events of --json say what was passed over, and have the end", function()
  with(LOUD, function(project)
    local r = project:sh 'touch listen go; "$RILLE" run main.lua --json --name r'
    check.eq(r.code, 0, r.err)
    local parts = {}
    for line in r.out:gmatch "[^\n]+" do
      local event = json.decode(line)
      if event.event == "log" then parts[#parts + 1] = event.text end
    end
    local text = table.concat(parts)
    check.eq(text:sub(1, 15), "the first line\n")
    check.eq(text:sub(-15), "\nthe last line\n")
  end)
end)

check.done()
