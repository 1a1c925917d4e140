-- execute_test.lua -- from ready steps to answers: rille.execute, with a runner
-- that answers from a table.  No disk, no database.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local execute = require "rille.execute"
local graph = require "rille.graph"
local plan = require "rille.plan"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local ID = graph.ID

local source = step.define "source" { outputs = { t.number "x" }, run = function() return 1 end }
local square = step.define "square" { inputs = { t.number "x" }, outputs = { t.number "y" },
  run = function(x) return x end }

local function digest(text) return (text .. ("."):rep(32)):sub(1, 32) end

-- A plan without a cache, unless hit(id) says that one is.
local function plan_of(define, hit)
  local g = graph.build("here.lua:1", nil, define)
  return plan.new(g, {
    lookup = function(_, node) if hit and hit(node[ID]) then return 1, digest(node[ID]) end end,
    spec = function(node) return { prefix = node[ID] } end,
    literal = function(input) return digest(tostring(input[1])) end,
  }, {})
end

-- Runs the plan.  options: fails = { id = true }, room, stop_after = number of
-- answers, mode.  Returns the status and everything that was told.
local function run(p, options)
  local told, queue, answered = {}, {}, 0
  local most = 0
  local function tell(text) told[#told + 1] = text end
  local world = {
    mode = options.mode, pool = { cpu = options.room or 1, memory = 0, gpu = 0 }, now = function() return 0 end,
    needs = function() end, retries = function() end, hook = function() end,
    stop_asked = function() return options.stop_after and answered >= options.stop_after and "finish" end,
    request = function(i) return { position = i, id = p.graph.nodes[i][ID] } end,
    judge = function(answer) tell("judge " .. answer.id) answer.reusable = answer.ok end,
    emit = function(event, i, extra)
      if event == "tick" then return end
      tell(event:gsub("^step_", "") .. " " .. p.graph.nodes[i][ID]
        .. (event == "step_skipped" and " for " .. p.graph.nodes[extra][ID] or ""))
    end,
    runner = {
      accepts = function() return #queue < (options.room or 1) and "idle" or nil end,
      count_busy = function() return #queue end,
      submit = function(_, request)
        queue[#queue + 1] = request
        most = math.max(most, #queue)
      end,
      next = function()
        -- the newest first: answers come in any order
        local request = table.remove(queue)
        answered = answered + 1
        local ok = not (options.fails and options.fails[request.id])
        return { position = request.position, id = request.id, ok = ok, output_digests = ok and digest(request.id)
          or nil }
      end,
    },
  }
  local status = execute.run(p, world)
  check.eq(#queue, 0, "requests without an answer")
  return status, table.concat(told, ", "), most
end

local function chain() square:with { id = "b" }(square:with { id = "a" }(source())) end

local function fan()
  local s = source()
  for i = 1, 4 do square:with { id = "n" .. i }(s) end
end

check.test("a chain runs in order, every answer judged before its end is told", function()
  local status, told = run(plan_of(chain), {})
  check.eq(status, "completed")
  check.eq(told, "begin source, judge source, end source, begin a, judge a, end a, begin b, judge b, end b")
end)

check.test("hits are not run", function()
  local status, told = run(plan_of(chain, function(id) return id ~= "b" end), {})
  check.eq(status, "completed")
  check.eq(told, "begin b, judge b, end b")
  status, told = run(plan_of(chain, function() return true end), {})
  check.eq({ status, told }, { "completed", "" })
end)

check.test("no more is submitted than the runner has room for", function()
  for room = 1, 5 do
    local status, _, most = run(plan_of(fan), { room = room })
    check.eq({ status, most }, { "completed", math.min(room, 4) })
  end
end)

check.test("a failure stops what is new; what runs is awaited", function()
  local status, told = run(plan_of(fan), { room = 2, fails = { n2 = true } })
  check.eq(status, "failed")
  check.eq(told, "begin source, judge source, end source, begin n1, begin n2, judge n2, failed n2, judge n1, end n1")
end)

check.test("a failure skips what needs it", function()
  local status, told = run(plan_of(chain), { fails = { source = true } })
  check.eq(status, "failed")
  check.eq(told, "begin source, judge source, failed source, skipped a for source, skipped b for source")
end)

check.test("when a run goes on after failures what does not need the failed step runs", function()
  local status, told = run(plan_of(fan), { mode = "continue_on_failure", fails = { n1 = true, n3 = true } })
  check.eq(status, "failed")
  check.eq(told,
    "begin source, judge source, end source, begin n1, judge n1, failed n1, begin n2, judge n2, end n2, "
      .. "begin n3, judge n3, failed n3,"
    .. " begin n4, judge n4, end n4")
end)

check.test("when a stop is asked nothing new begins, and what runs is awaited", function()
  local status, told = run(plan_of(fan), { room = 2, stop_after = 2 })
  check.eq(status, "stopped")
  check.eq(told, "begin source, judge source, end source, begin n1, begin n2, judge n2, end n2, judge n1, end n1")
end)

check.test("a stop before the first step runs none", function()
  check.eq({ run(plan_of(chain), { stop_after = 0 }) }, { "stopped", "", 0 })
end)

check.test("a stop after the last step is no stop", function()
  local status = run(plan_of(chain), { stop_after = 3 })
  check.eq(status, "completed")
end)

check.test("a failure while a stop is asked", function()
  local status, told = run(plan_of(fan), { room = 2, stop_after = 2, fails = { n1 = true } })
  check.eq(status, "stopped")
  check.has(told, "failed n1")
end)

-- ---- another attempt, limits ----

-- Runs the plan in simulated time.  A step takes seconds[id] or 1; fails[id] is how
-- often it fails; needs[id] what it asks of pool.  Returns the status and what was
-- told, each with its time.
local function simulate(p, o)
  local clock, running, told, failures = 0, {}, {}, {}
  local stopping = false
  local function id_of(i) return p.graph.nodes[i][ID] end
  local function tell(fmt, ...) told[#told + 1] = string.format("%g ", clock) .. string.format(fmt, ...) end
  local world = {
    mode = o.mode, pool = o.pool or { cpu = 2, memory = 0, gpu = 0 }, now = function() return clock end,
    needs = function(i) return o.needs and o.needs[id_of(i)] end,
    retries = function(i) return o.retries and o.retries[id_of(i)] end,
    hook = function(answer) if o.hooks then tell("hook %s", id_of(answer.position)) end end,
    stop_asked = function() return o.stops and o.stops(clock) or false end,
    request = function(i) return { position = i } end, judge = function(answer) answer.reusable = answer.ok end,
    emit = function(event, i, extra, more)
      if event == "tick" then return end
      tell("%s %s%s", event:gsub("^step_", ""), id_of(i), event == "step_retry"
        and string.format(" %d of %d in %g", more.attempt, more.times, more.delay)
        or event ~= "step_skipped" and extra and extra.attempts and " after " .. #extra.attempts or "")
    end,
    runner = {
      accepts = function() return #running < (o.room or 2) and "idle" or nil end,
      count_busy = function() return #running end,
      submit = function(_, request)
        request.at = clock + (o.seconds and o.seconds[id_of(request.position)] or 1)
        running[#running + 1] = request
      end,
      stop = function(_, at_once)
        tell(at_once and "kill" or "stop")
        stopping = true
      end,
      next = function(_, seconds)
        table.sort(running, function(a, b) return a.at < b.at end)
        local first = running[1]
        if stopping
          and first then return { position = table.remove(running, 1).position, ok = false, stopped = true } end
        if not first or seconds and first.at > clock + seconds then
          clock = clock + seconds
          return nil
        end
        clock = math.max(clock, first.at)
        local i = table.remove(running, 1).position
        local id = id_of(i)
        failures[id] = (failures[id] or 0) + 1
        local ok = failures[id] > (o.fails and o.fails[id] or 0)
        return { position = i, ok = ok, output_digests = ok and digest(id) or nil }
      end,
    },
  }
  local status = execute.run(p, world)
  check.eq(#running, 0, "requests without an answer")
  return status, table.concat(told, ", ")
end

local function single() source() end

check.test("a step is tried again after a delay that grows, and its hook is called once", function()
  local status, told = simulate(plan_of(single),
    { fails = { source = 2 }, retries = { source = { times = 3, delay = 2, backoff = 5 } }, hooks = true })
  check.eq(status, "completed")
  check.eq(told,
    "0 begin source, 1 retry source 1 of 3 in 2, 3 begin source, 4 retry source 2 of 3 in 10, 14 begin source, "
      .. "15 hook source, 15 end source after 2")
end)

check.test("the last attempt's failure is the step's", function()
  local status, told = simulate(plan_of(single),
    { fails = { source = 9 }, retries = { source = { times = 1, delay = 0, backoff = 1 } }, hooks = true })
  check.eq({ status, told },
    { "failed", "0 begin source, 1 retry source 1 of 1 in 0, 1 begin source, 2 hook source, 2 failed source after 1" })
end)

-- n1 .. n4, independent
local function four() for i = 1, 4 do source:with { id = "n" .. i }() end end
local function four_plan()
  return plan.new(graph.build("here.lua:1", nil, four),
    { lookup = function() end, spec = function(node) return { prefix = node[ID] } end }, {})
end

check.test("others run while a step waits to be tried again", function()
  local _, told = simulate(four_plan(),
    { room = 1, fails = { n1 = 1 }, retries = { n1 = { times = 1, delay = 1.5, backoff = 1 } } })
  check.eq(told,
    "0 begin n1, 1 retry n1 1 of 1 in 1.5, 1 begin n2, 2 end n2, 2 begin n3, 3 end n3, 3 begin n1, 4 end n1 "
      .. "after 1, 4 begin n4, 5 end n4")
end)

check.test("what waits to be tried again has failed when the run stops", function()
  local status, told = simulate(four_plan(),
    { room = 1, fails = { n1 = 1, n2 = 1 }, retries = { n1 = { times = 1, delay = 50, backoff = 1 } }, hooks = true })
  check.eq({ status, told },
    { "failed", "0 begin n1, 1 retry n1 1 of 1 in 50, 1 begin n2, 2 hook n2, 2 failed n2, 2 hook n1, 2 failed n1" })
end)

check.test("fail_fast stops what runs", function()
  local status, told = simulate(four_plan(), { mode = "fail_fast", fails = { n1 = 1 }, seconds = { n2 = 9 } })
  check.eq({ status, told }, { "failed", "0 begin n1, 0 begin n2, 1 failed n1, 1 stop, 1 stopped n2" })
end)

check.test("the first stop lets what runs finish, the second ends it", function()
  local status, told = simulate(four_plan(),
    { seconds = { n1 = 3, n2 = 9 }, stops = function(now) return now >= 3 and "kill" or now > 0 and "finish" end })
  check.eq({ status, told }, { "stopped", "0 begin n1, 0 begin n2, 3 end n1, 3 kill, 3 stopped n2" })
end)

check.test("a stop that ends what runs gives it its grace, whether anything waits or not", function()
  for _, seconds in ipairs { { n1 = 3, n2 = 9 }, { n1 = 3, n2 = 9, n3 = 9, n4 = 9 } } do
    local status, told = simulate(four_plan(),
      { room = 2, seconds = seconds, stops = function(now) return now >= 3 and "end" end })
    check.eq({ status, told }, { "stopped", "0 begin n1, 0 begin n2, 3 end n1, 3 stop, 3 stopped n2" })
  end
  local status, told = simulate(plan_of(single),
    { seconds = { source = 3 }, stops = function() return "end" end,
      retries = { source = { times = 3, delay = 1, backoff = 1 } } })
  check.eq({ status, told }, { "stopped", "0 stop" })
end)

check.test("a step that needs much gets its turn: later ones do not take what it waits for", function()
  local _, told = simulate(four_plan(), { room = 2, needs = { n2 = { cpu = 2 } }, seconds = { n1 = 3 } })
  check.eq(told, "0 begin n1, 3 end n1, 3 begin n2, 4 end n2, 4 begin n3, 4 begin n4, 5 end n3, 5 end n4")
end)

check.test("what needs nothing of what is short goes past", function()
  local _, told = simulate(four_plan(),
    { room = 4, pool = { cpu = 4, memory = 10, gpu = 1 },
      needs = { n1 = { gpu = 1 }, n2 = { gpu = 1 }, n3 = { memory = 6 }, n4 = { memory = 6 } },
    seconds = { n1 = 3, n3 = 1 } })
  check.eq(told, "0 begin n1, 0 begin n3, 1 end n3, 1 begin n4, 2 end n4, 3 end n1, 3 begin n2, 4 end n2")
end)

check.test("a step that asks for more processors than there are runs alone", function()
  local _, told = simulate(four_plan(), { needs = { n1 = { cpu = 64 } } })
  check.eq(told, "0 begin n1, 1 end n1, 1 begin n2, 1 begin n3, 2 end n2, 2 begin n4, 2 end n3, 3 end n4")
end)

check.done()
