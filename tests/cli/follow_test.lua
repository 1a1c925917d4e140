-- A run that is followed from another terminal: log -f, runs.

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
for i in $(seq 400); do grep -qs loaded .rille/runs/*.live && break; sleep 0.05; done
]]

check.test("log -f of a step shows what it prints as it does, and ends with the step", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START
      .. [["$RILLE" log r/train_2 -f; echo "code $?"; kill -0 $run && echo "the run goes on"; wait $run]])
    check.eq(r.out, "2: epoch 1\n2: epoch 2\n2: epoch 3\n2: epoch 4\ncode 0\nthe run goes on\n")
    check.eq(r.err, "step train_2 has completed\n")
  end)
end)

check.test("log -f of a run has each line behind the step that printed it", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [["$RILLE" log r -f; wait $run]])
    check.has(r.out, "load     │ loaded\ntrain_1  │ 1: epoch 1\n")
    check.has(r.out, "train_3  │ 3: epoch 4\n")
    check.eq(r.err, "run r has completed\n")
    check.eq(project:sh("ls .rille/runs -I flight").out, "", "the journal is still there")
  end)
end)

check.test("log -f says that the run was killed, and what its last step had printed is kept", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [[(sleep 0.35; kill -9 $run) & "$RILLE" log r/train_1 -f; echo "code $?"]])
    check.has(r.out, "1: epoch 1\n")
    check.has(r.out, "code 1\n")
    check.has(r.err, "the process of run r has ended; the run was interrupted\n")
    check.has(project:rille("log r/train_1").out, "1: epoch 1\n")
  end)
end)

check.test("log -f of a step that is not there names one that is", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [["$RILLE" log r/trian_1 -f; echo "code $?"; kill -9 $run]])
    check.eq(r.out, "code 3\n")
    check.has(r.err, 'run r has no step "trian_1"; did you mean "train_1"?')
  end)
end)

check.test("runs tells how far a running one is", function()
  with({ ["main.lua"] = ALWAYS }, function(project)
    local r = project:sh(START .. [["$RILLE" runs; "$RILLE" runs --json; kill -9 $run]])
    check.ok(r.out:find "r +running .* 1 of 4 steps\n", r.out)
    check.eq(json.decode(r.out:match "{.*}").items[1].progress, { done = 1, total = 4 })
  end)
end)

check.done()
