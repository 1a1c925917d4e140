-- worker_pool_test.lua -- forked workers as a runner: rille.execute.worker_pool.  The steps are
-- real and have no inputs or outputs, so that nothing is stored.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local key = require "rille.cache.key"
local step = require "rille.script.step"
local sys = require "rille.host.sys"
local worker_pool = require "rille.execute.worker_pool"

local DEADLINE <const> = 20     -- seconds after which a test gives up

-- A pool over steps with these functions: { pool, answers(n) -> by id, events }.
local function with(functions, jobs, body)
  local ids = {}
  for id in pairs(functions) do ids[#ids + 1] = id end
  table.sort(ids)
  local g = graph.build("here.lua:1", nil, function()
    for _, id in ipairs(ids) do step.define(id) { run = functions[id] } () end
  end)
  local specs, run = {}, { events = {}, asked = {} }
  local root = assert(sys.make_folder "/tmp/rille-pool-")
  local pool = worker_pool.new({
    store = {}, root = root, epoch = 0, echo = "log",
    node = function(id) return g.by_id[id] end,
    spec = function(node)
      local s = node[graph.STEP]
      specs[s] = specs[s] or key.spec_of(s, true)
      return specs[s]
    end,
    kind = function(position) return position end,
    ask = function(method, ...) run.asked[#run.asked + 1] = method return ... end,
    emit = function(event, _, text) run.events[#run.events + 1] = event .. " " .. tostring(text) end,
    idle = function() end,
  }, jobs)
  run.pool = pool
  function run.submit(id, more)
    local request = { position = g.by_id[id][graph.POSITION], id = id, key = ("k"):rep(32), inputs = {},
      run = { id = "r", name = "run" } }
    for k, v in pairs(more or {}) do request[k] = v end
    pool:submit(request)
    return request.position
  end
  function run.answers(n)
    local by, limit = {}, sys.mono() + DEADLINE
    while n > 0 do
      local answer = pool:next(0.1)
      if answer then by[g.nodes[answer.position][graph.ID]], n = answer, n - 1 end
      if sys.mono() > limit then error "no answer came" end
    end
    return by
  end
  local ok, message = pcall(body, run)
  pool:stop(true)
  pool:close()
  sys.remove(root)
  if not ok then error(message, 0) end
end

local function forever() while true do end end

check.test("steps run in processes of their own, and what they print is in the answer", function()
  with({ a = function() print "from a" end, b = function() print "from b" end }, 2, function(run)
    check.eq(run.pool:accepts(1, false), "idle")
    run.submit "a"
    check.eq({ run.pool:accepts(2, false), run.pool:count_busy() }, { "idle", 1 })
    run.submit "b"
    check.eq({ run.pool:accepts(1, false), run.pool:count_busy() }, { nil, 2 })
    local by = run.answers(2)
    check.eq({ by.a.ok, by.a.log, by.b.ok, by.b.log }, { true, "from a\n", true, "from b\n" })
    check.eq({ run.pool:accepts(1, false), run.pool:count_busy() }, { "idle", 0 })
  end)
end)

check.test("an error of a step is in its answer, and the worker goes on", function()
  with({ bad = function() error "no luck" end, good = function() end }, 1, function(run)
    run.submit "bad"
    local bad = run.answers(1).bad
    check.has(bad.error, "no luck")
    check.eq({ bad.ok, bad.died }, { false })
    local worker = run.pool.workers[1]
    run.submit "good"
    check.eq(run.answers(1).good.ok, true)
    check.eq(run.pool.workers[1] == worker, true)
  end)
end)

check.test("a step whose worker dies has failed, and another worker takes its place", function()
  with({ dies = function() os.execute "kill -9 $PPID" forever() end, good = function() end }, 1, function(run)
    run.submit "dies"
    local answer = run.answers(1).dies
    check.eq({ answer.ok, answer.died }, { false, true })
    check.has(answer.error, "the worker died: SIGKILL in step dies")
    run.submit "good"
    check.eq(run.answers(1).good.ok, true)
    check.eq(run.pool.n_forked, 2)
  end)
end)

check.test("a step that takes longer than its timeout is ended", function()
  with({ slow = forever }, 1, function(run)
    run.submit("slow", { timeout = 0.1, exclusive = true })
    check.eq(run.answers(1).slow.error, "took longer than its timeout of 0.1 s")
  end)
end)

check.test("stop ends running steps, and answers for those that did not begin", function()
  with({ slow = forever, later = function() end }, 1, function(run)
    run.submit "slow"
    run.submit "later"
    check.eq(run.pool:count_busy(), 2)
    run.pool:stop(true)
    local by = run.answers(2)
    check.eq({ by.slow.stopped, by.slow.unstarted, by.later.stopped, by.later.unstarted }, { true, nil, true, true })
  end)
end)

check.test("the pool tells where a step is", function()
  with({ slow = forever, other = function() end }, 1, function(run)
    local position = run.submit "slow"
    local pid, behind, single = run.pool:worker_of(position)
    check.eq({ math.type(pid), behind, single }, { "integer", false, true })
    local _, waits = run.pool:worker_of(run.submit "other")
    check.eq(waits, true)
  end)
end)

check.test("short steps are sent ahead, and come back in order", function()
  local functions, n = {}, 40
  for i = 1, n do functions[string.format("s%02d", i)] = function() end end
  with(functions, 1, function(run)
    run.pool.env.kind = function() return "short" end
    local waiting, most = 0, 0
    for i = 1, n do
      while not run.pool:accepts(i, false) do
        run.answers(1)
        waiting = waiting - 1
      end
      run.submit(string.format("s%02d", i))
      waiting = waiting + 1
      most = math.max(most, run.pool.workers[1].requests.count)
    end
    run.answers(waiting)
    check.ok(most > 1, "one worker had " .. most .. " requests at most")
    check.eq(run.pool.n_forked, 1)
  end)
end)

check.done()
