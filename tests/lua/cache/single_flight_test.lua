-- single_flight_test.lua -- one process computes a key, the other waits: rille.cache.single_flight.
-- The other run is in a forked process, as locks hold among processes; they are in a folder of
-- their own.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local project = require "rille.project"
local single_flight = require "rille.cache.single_flight"
local sys = require "rille.host.sys"
local worker_process = require "rille.host.worker_process"

local KEY <const>, OTHER <const> = ("k"):rep(32), ("o"):rep(32)

-- A run that takes part: what execute and the plan call.
local function join(found)
  local run = { commits = 0, notes = {} }
  run.world = { emit = function() end, runner = { worker_of = function() end } }
  run.plan = { graph = { nodes = { { [graph.ID] = "one" }, { [graph.ID] = "two" } } }, world = {} }
  run.recorder = { run = { name = "run" }, due = function() return run.due end,
    is_written = function() return run.written or false end,
    commit = function() run.commits = run.commits + 1 end }
  run.keys = single_flight.join(run.world, run.plan, run.recorder, 0,
    function(_, _, text) run.notes[#run.notes + 1] = text end)
  run.keys.lookup = function(key) if found and found[key] then return found[key], "outputs" end end
  run.claim = function(position, key) return run.plan.world.claim(position, key, run.plan.graph.nodes[position]) end
  return run
end

local function with(body)
  local folder, before = assert(sys.make_folder "/tmp/rille-flight-"), project.dir
  project.dir = folder
  local ok, message = pcall(body)
  project.dir = before
  sys.remove(folder)
  if not ok then error(message, 0) end
end

-- A run in a child, which does what it is asked: other(COMMAND) -> what came of it.
--     claim   asks for KEY          end, fail    the step ended
--     commits how many there were
local function other_run()
  local channel = assert(worker_process.fork(function(c)
    local run = join()
    local commands = {
      claim = function() return run.claim(1, KEY) end,
      ["end"] = function() run.world.emit("step_end", 1, {}) return "ended" end,
      fail = function() run.world.emit("step_failed", 1, {}) return "ended" end,
      commits = function() return run.commits end,
    }
    for command in c.receive, c do c:send(tostring((commands[command]()))) end
  end))
  return setmetatable({}, { __close = function() channel:close() end, __call = function(_, command)
    assert(channel:send(command))
    return (assert(channel:receive()))
  end })
end

check.test("a key is the first one's, and others wait until its result is committed", function()
  with(function()
    local found = {}
    local other <close> = other_run()
    local run = join(found)
    check.eq(other "claim", "mine")
    check.eq(run.claim(1, KEY), "wait")
    check.eq(run.claim(2, OTHER), "mine", "another key is free")
    found[KEY] = 77
    other "end"
    check.eq(other "commits", "1", "somebody waits: the result is committed at once")
    check.eq({ run.claim(1, KEY) }, { "hit", 77, "outputs" })
    run.keys:close()
  end)
end)

check.test("where nobody waits the commit has time", function()
  with(function()
    local run = join()
    check.eq(run.claim(1, KEY), "mine")
    run.world.emit("step_end", 1, {})
    check.eq({ run.commits, run.world.commit_due(false) }, { 0, 0.1 })
    run.due = 0
    check.eq({ run.world.commit_due(false), run.commits }, { nil, 1 })
    run.keys:close()
  end)
end)

check.test("a run that only waits for others commits what it has", function()
  with(function()
    local run = join()
    run.claim(1, KEY)
    run.world.emit("step_end", 1, {})
    run.world.commit_due(true)
    check.eq(run.commits, 1)
    run.keys:close()
  end)
end)

check.test("a failure gives the key to the other, who computes it", function()
  with(function()
    local other <close> = other_run()
    local run = join()
    check.eq(other "claim", "mine")
    check.eq(run.claim(1, KEY), "wait")
    other "fail"
    check.eq(run.claim(1, KEY), "mine")
    run.keys:close()
  end)
end)

check.test("the keys of a process that ends are free", function()
  with(function()
    local run = join()
    do
      local other <close> = other_run()
      check.eq(other "claim", "mine")
      check.eq(run.claim(1, KEY), "wait")
    end
    local answer
    for _ = 1, 200 do
      answer = run.claim(1, KEY)
      if answer ~= "wait" then break end
      worker_process.wait({}, 0.01)
    end
    check.eq(answer, "mine")
    run.keys:close()
  end)
end)

check.done()
