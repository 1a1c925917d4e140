-- Single flight: the same key wanted by two processes is made by one of them; real
-- processes, killed and interrupted.
--
--   RILLE_PROCESSES=8 RILLE_RUNS=20    how many at once on one store, and how often

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local PROCESSES <const> = math.tointeger(tonumber(os.getenv "RILLE_PROCESSES" or "8"))
local RUNS <const> = math.tointeger(tonumber(os.getenv "RILLE_RUNS" or "4"))

-- A step that makes the file begun-WHO, and ends when the file go is there.  The shell
-- does both, where nobody observes it.
local HELD <const> = [[
local rille = require "rille"
local t = rille.types
local held = rille.step "held" { params = { n = 1 }, outputs = { t.integer "n" }, cache = %s, run = function(p)
  os.execute "touch begun-$WHO; for i in $(seq 500); do test -e go && break; sleep 0.02; done"
  %s
  return p.n
end }
local beside = rille.step "beside" { params = { n = 7 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
return rille.pipeline "p" { define = function() held() beside() end }
]]

local function held(project, cache, ending)
  project:write("main.lua", HELD:format(cache or '"always"', ending or ""))
end

-- Waits in the shell for a line of code to hold, ten seconds at most.
local UNTIL <const> = [[until_() {
  for i in $(seq 500); do if eval "$1"; then return 0; fi; sleep 0.02; done
  echo "waited in vain: $1"; return 1
}
]]

local function with(body)
  local project <close> = scratch.new()
  body(project)
end

local function count(project, sql)
  local r = project:sh("sqlite3 .rille/meta.db " .. scratch.quoted(sql))
  return math.tointeger(tonumber(r.out)), r.err
end

local has_sqlite = os.execute "command -v sqlite3 >/dev/null 2>&1"

check.test("of two processes one makes the result, the other waits, says for whom, and takes it", function()
  with(function(project)
    held(project)
    local r = project:sh(UNTIL .. [[
WHO=a "$RILLE" run main.lua --name first >a.out 2>&1 & a=$!
until_ 'test -e begun-a'
WHO=b "$RILLE" run main.lua --name second >b.out 2>&1 & b=$!
until_ 'grep -q waiting b.out'
touch go
wait $a; echo "first $?"; wait $b; echo "second $?"; echo "pid $a"]])
    check.has(r.out, "first 0\nsecond 0\n")
    local pid = r.out:match "pid (%d+)"
    check.has(project:read "b.out",
      "held: waiting for run first, process " .. pid .. ", which is running the same step")
    check.eq(project:read "begun-b", nil, "the second one's step began")
    check.has(project:rille("show second/held").out, "first/held")
    check.has(project:read "b.out", "cached")
  end)
end)

check.test("what stands beside runs while another process is waited for", function()
  with(function(project)
    held(project)
    local r = project:sh(UNTIL .. [[
WHO=a "$RILLE" -q run main.lua & a=$!
until_ 'test -e begun-a'
WHO=b "$RILLE" run main.lua --set beside.n=9 >b.out 2>&1 & b=$!
until_ 'grep -q "ran  *beside" b.out' && echo "ran beside"
touch go; wait $a $b]])
    check.has(r.out, "ran beside")
  end)
end)

check.test("the owner is killed: the other one notices, and makes the result itself", function()
  with(function(project)
    held(project)
    local r = project:sh(UNTIL .. [[
WHO=a "$RILLE" -q run main.lua --name first & a=$!
until_ 'test -e begun-a'
WHO=b "$RILLE" run main.lua --name second >b.out 2>&1 & b=$!
until_ 'grep -q waiting b.out'
kill -9 $a; wait $a 2>/dev/null
until_ 'test -e begun-b'
touch go; wait $b; echo "second $?"]])
    check.has(r.out, "second 0")
    check.has(project:rille("show second/held").out, "completed")
    check.has(project:rille("show first").out, "interrupted")
  end)
end)

check.test("Ctrl-C ends a run that waits for another process", function()
  with(function(project)
    held(project)
    local r = project:sh(UNTIL .. [[
WHO=a "$RILLE" -q run main.lua & a=$!
until_ 'test -e begun-a'
WHO=b "$RILLE" run main.lua --name second >b.out 2>&1 & b=$!
until_ 'grep -q waiting b.out'
kill -TERM $b
wait $b; echo "ended $?"
test -e go || echo "before the owner"
touch go; wait $a]])
    check.has(r.out, "ended 143\nbefore the owner")
    check.has(project:rille("show second").out, "stopped")
  end)
end)

check.test("the owner fails: the other one runs the step itself", function()
  with(function(project)
    held(project, nil, 'if os.execute "test $WHO = a" then error "a cannot" end')
    local r = project:sh(UNTIL .. [[
WHO=a "$RILLE" -q run main.lua >/dev/null 2>&1 & a=$!
until_ 'test -e begun-a'
WHO=b "$RILLE" run main.lua >b.out 2>&1 & b=$!
until_ 'grep -q waiting b.out'
touch go
wait $a; echo "first $?"; wait $b; echo "second $?"]])
    check.has(r.out, "first 1\nsecond 0")
    check.ok(project:read "begun-b", "the second one's step did not run")
  end)
end)

check.test("a step that is not cached waits for nobody", function()
  with(function(project)
    held(project, "false")
    local r = project:sh(UNTIL .. [[
WHO=a "$RILLE" -q run main.lua & a=$!
until_ 'test -e begun-a'
WHO=b "$RILLE" -q run main.lua & b=$!
until_ 'test -e begun-b' && echo both
touch go; wait $a $b]])
    check.has(r.out, "both")
  end)
end)

check.test("results that are not committed yet are committed for one who waits", function()
  with(function(project)
    -- `quick` ends at once, `held` keeps the run from its end
    project:write("main.lua",
      (HELD:format('"always"', ""):gsub("define = .-\n",
        'define = function() held:with { after = "beside" } () beside() end }\n')))
    project:write("other.lua", (project:read "main.lua":gsub("define = .-\n", 'define = function() beside() end }\n')))
    local r = project:sh(UNTIL .. [[
WHO=a "$RILLE" -q run main.lua & a=$!
until_ 'test -e begun-a'
WHO=b "$RILLE" run other.lua --name second >b.out 2>&1 & b=$!
sleep 0.3; touch go; wait $a $b; echo done]])
    check.has(r.out, "done")
    check.has(project:rille("show second/beside").out, "from ")
  end)
end)

local function many(phrase, body)
  if has_sqlite then check.test(phrase, body) else check.skip(phrase, "there is no sqlite3") end
end

many(PROCESSES .. " processes, " .. RUNS
  .. " runs each, on one store: no key is made twice, none is told that it is locked", function()
  with(function(project)
    project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local round = math.tointeger(os.getenv "ROUND")
local small = rille.step "small" { params = { n = 0 }, outputs = { t.integer "y" }, run = function(p) return p.n * 2 end }
local slow = rille.step "slow" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x) local s = x for i = 1, 300000 do s = (s * 31 + i) % 65536 end return s end }
local all = rille.step "all" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "y" }, run = function(xs) local s = 0 for _, x in ipairs(xs) do s = s + x end return s end }
return rille.pipeline "p" { define = function()
  local xs = {}
  for i = 1, 8 do xs[i] = slow:with { id = "slow" .. i } (small:with { id = "small" .. i } { n = 100 * round + i }) end
  all(xs)
end }
]])
    local r = project:sh(string.format([[
"$RILLE" -q run main.lua >/dev/null 2>&1
for p in $(seq %d); do (
  for round in $(seq %d); do ROUND=$round "$RILLE" -q run main.lua >>out-$p 2>&1 || echo "exit $? in round $round" >>out-$p; done
) & done; wait; cat out-*]], PROCESSES, RUNS))
    check.eq(r.out, "")
    check.eq(count(project, "select count(*) from run where status = 'completed'"), PROCESSES * RUNS)
    check.eq(count(project,
      "select count(*) from (select key from step_run where status = 'completed' group by key having count(*) > 1)"),
      0, "keys made twice")
    check.eq(count(project, "select count(distinct key) from step_run where status = 'completed'"), RUNS * 17)
    check.eq(project:rille("fsck").code, 0)
  end)
end)

-- Waits without an end ------------------------------------------------------------------
--
-- A wait that is not told of lasts until LONG ends it: then its exit code is 124.
local LONG <const> = "timeout -k 1 30 "

-- What a step's program says when it starts a run of main.lua and waits for it.
local NESTED <const> = {
  ["os.execute"] = 'run = function() os.execute(%q) return "x" end',
  ["io.popen"] = 'run = function() local p = io.popen(%q) p:read "a" p:close() return "x" end',
  ["a command"] = 'shell = "sh", env = { PATH = true, RILLE = true }, command = %q .. "; echo x >{outputs.o}"',
}

check.test("a step that starts a run which needs its own result is told of a deadlock", function()
  for how, form in pairs(NESTED) do
    for _, start in ipairs { LONG .. '"$RILLE" run main.lua >nested 2>&1; echo $? >code', "(setsid sh -c '( " .. LONG
      .. ' "$RILLE" run main.lua >nested 2>&1; echo $? >code ) & \' &); until [ -s code ]; do sleep 0.02; done' } do
      with(function(project)
        project:write("main.lua",
          'local rille = require "rille"\nlocal t = rille.types\nlocal rec = rille.step "rec" { cache = '
            .. '"always", retries = 2, outputs = { t.string "o" }, '
          .. form:format(start) .. ' }\nreturn rille.pipeline "self" { define = function() rec() end }\n')
        local r = project:rille "run main.lua --name outer"
        check.eq(r.code, 0, how .. r.err)
        check.eq(project:read "code", "1\n", how .. "\n" .. (project:read "nested" or ""))
        check.has(project:read "nested", "deadlock: this run was started by step rec of run outer (process ")
        check.eq(select(2, project:read "nested":gsub("deadlock", "")), 1, "it was tried again")
      end)
    end
  end
end)

check.test("so are a hook that starts a run which needs what its process holds, and a step in a library", function()
  with(function(project)
    project:write("main.lua", string.format([[
local rille = require "rille"
local t = rille.types
local a = rille.step "a" { outputs = { t.integer "n" }, run = function() return 1 end, on_success = function() os.execute %q end }
rille.pipeline "outer" { define = function() a() end }
rille.pipeline "inner" { define = function() a() end }
]], LONG .. '"$RILLE" run main.lua inner >nested 2>&1; echo $? >code'))
    check.eq(project:rille("run main.lua outer --name outer").code, 0)
    check.eq(project:read "code", "1\n", project:read "nested")
    check.has(project:read "nested", "deadlock: this run was started by a step or hook of run outer (process ")
  end)
  local lua = scratch.stock_lua()
  if not lua then return check.skip("a deadlock in a library", "there is no lua5.4") end
  with(function(project)
    project:write("main.lua", string.format([[
local rille = require "rille"
local t = rille.types
local a = rille.step "a" { cache = "always", outputs = { t.integer "n" }, run = function() os.execute %q return 1 end }
local p = rille.pipeline "p" { define = function() a() end }
if LIBRARY then p:run { run_name = "outer" } end
return p
]], LONG .. '"$RILLE" run main.lua >nested 2>&1; echo $? >code'))
    local r = project:sh(string.format("LUA_CPATH=%s/'?.so' %s -e 'LIBRARY = true' main.lua", paths.build, lua))
    check.eq(r.code, 0, r.err)
    check.eq(project:read "code", "1\n", project:read "nested")
    check.has(project:read "nested", "deadlock: this run was started by a step or hook of run outer (process ")
  end)
end)

check.test("two steps of two runs that wait for each other, by runs that they started: one is told, and both "
  .. "come to an end",
  function()
  with(function(project)
    project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local function waits(name, other)
  return rille.step(name) { cache = "always", outputs = { t.string "o" }, run = function()
    os.execute("touch begun-" .. name .. "; until [ -e begun-" .. other .. " ]; do sleep 0.02; done; timeout -k 1 60 \"$RILLE\" run main.lua p" .. other .. " >nested-" .. name .. " 2>&1; echo $? >code-" .. name)
    return "x"
  end }
end
local a, b = waits("a", "b"), waits("b", "a")
rille.pipeline "pa" { define = function() a() end }
rille.pipeline "pb" { define = function() b() end }
]])
    project:sh '"$RILLE" run main.lua pa --name A & "$RILLE" run main.lua pb --name B & wait'
    local codes = { project:read "code-a", project:read "code-b" }
    table.sort(codes)
    check.eq(codes, { "0\n", "1\n" }, project:read "nested-a" .. project:read "nested-b")
    check.has(project:read "nested-a" .. project:read "nested-b", "move one of the two runs out of its step")
  end)
end)

check.test("waits that come to an end are no deadlock: beside the step, before the run, in another run", function()
  with(function(project)
    -- `slow` is made by one worker while a step at another one starts a run that needs it
    project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local slow = rille.step "slow" { cache = "always", outputs = { t.integer "n" }, run = function() os.execute "touch begun; sleep 4" return 1 end }
local asks = rille.step "asks" { cache = false, outputs = { t.integer "n" }, run = function() os.execute 'until [ -e begun ]; do sleep 0.02; done; "$RILLE" run main.lua inner >nested 2>&1; echo $? >code' return 1 end }
rille.pipeline "outer" { define = function() slow() asks() end }
local inner = rille.pipeline "inner" { define = function() slow() end }
if OUTSIDE then
  -- started by the script before the run, and no part of it
  local other = io.popen 'until [ -e begun ]; do sleep 0.02; done; "$RILLE" run main.lua inner >nested 2>&1; echo $? >code'
  inner:run()
  other:close()
end
]])
    local r = project:rille "run main.lua outer -j 2"
    check.eq(r.code, 0, r.err)
    check.eq(project:read "code", "0\n", project:read "nested")
    check.has(project:read "nested", "cached")
    r = project:sh [[rm -rf .rille begun code; "$RILLE" -e 'OUTSIDE = true; dofile "main.lua"']]
    check.eq(r.code, 0, r.err)
    check.eq(project:read "code", "0\n", project:read "nested")
  end)
end)

check.done()
