-- rille stop.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local function wait(s) local t0 = os.clock() local command = io.popen("sleep " .. s) command:close() end
]]

-- Three steps of a quarter and more of a second; train says how far it is.
local MAIN = HEAD .. [[
local load = step "load" { outputs = { t.integer "n" }, run = function() wait(0.4) print "loaded" return 1 end }
local train = step "train" { inputs = { t.integer "n" }, params = { k = 1 }, outputs = { t.integer "n" }, run = function(n, p, ctx)
  for e = 1, 4 do
    wait(0.15)
    print(("%d: epoch %d"):format(p.k, e))
    ctx:progress(e / 4, "epoch " .. e .. " of 4")
  end
  return n + p.k
end }
return pipeline "p" { define = function()
  local n = load {}
  for k = 1, 3 do train:with { id = "train_" .. k } { n = n, k = k } end
end }
]]

local function with(files, body)
  local project <close> = scratch.new()
  for name, text in pairs(files) do project:write(name, text) end
  body(project)
end

-- Steps that call a program are not cached without being told to.
local ALWAYS = MAIN:gsub("run = function", 'cache = "always", run = function')

-- Starts a run in the background, as r, and waits until it is there.
local START = [[
"$RILLE" run main.lua --name r -j 1 2>err & run=$!
for i in $(seq 400); do [ -n "$(ls .rille/runs/*.live 2>/dev/null)" ] && break; sleep 0.05; done
]]

check.test("stop ends a run as Ctrl-C does, by name, by what it is the newest of, or as the only one", function()
  for _, name in ipairs { "r", "p@-1", "" } do
    with({ ["main.lua"] = ALWAYS }, function(project)
      local r = project:sh(START .. '"$RILLE" stop ' .. name .. '; echo "code $?"; wait $run; echo "run $?"')
      check.eq(r.out, "code 0\nrun 130\n")
      check.eq(r.err, "run r: no new steps start; running steps finish (rille stop again to end them)\n")
      local steps = json.decode(project:rille("show r --json").out)
      check.eq(steps.status, "stopped")
      check.ok(steps.steps[1].status == "completed", "the step that ran was not finished")
    end)
  end
end)

check.test("stop --now ends what runs at once, also after a stop, and never the program", function()
  for _, before in ipairs { "", '"$RILLE" stop; sleep 0.1;' } do
    with({ ["main.lua"] = HEAD .. [[
      local a = step "a" { run = function() print "here" wait(20) end }
      return pipeline "p" { define = function() a() end }]] }, function(project)
      local r = project:sh(START .. before
        .. '"$RILLE" stop --now; "$RILLE" stop --now 2>/dev/null; wait $run; echo "run $?"')
      check.eq(r.out, "run 130\n")
      check.eq(json.decode(project:rille("show r --json").out).status, "stopped")
    end)
  end
end)

check.test("stop of a run that is over, of none, and of one that was killed says so", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    project:rille "run main.lua --name r -j 3"
    local r = project:rille "stop r"
    check.eq({ r.code, r.err }, { 3, "rille: run r is not running: it is completed\n" })
    r = project:rille "stop"
    check.eq({ r.code, r.err }, { 3, "rille: no run is running in this store\n" })
    r = project:rille "stop q"
    check.eq({ r.code, r.err }, { 3, "rille: no run named 'q'\n" })
    project:sh(START:gsub("name r", "name k --no-cache") .. "kill -9 $run; wait $run")
    r = project:rille "stop k"
    check.eq({ r.code, r.err }, { 3, "rille: run k is not running: it is failed (interrupted)\n" })
  end)
end)

check.test("a lock that is held by another than who signed it is no reason to signal anyone", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    -- the victim's number stands in the lock, but nobody holds it
    local r = project:sh(START .. [[kill -9 $run; wait $run 2>/dev/null; sleep 30 & victim=$!
      lock=$(ls .rille/runs/*.lock); printf '%-63s\n' "$victim $(stat -Lc %i /proc/self/ns/pid)" > $lock
      "$RILLE" stop r; kill -0 $victim && echo "it lives"; kill $victim]])
    check.eq(r.out, "it lives\n")
  end)
end)

check.done()
