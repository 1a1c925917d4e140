-- execute_test.lua -- from ready steps to answers: rille.execute, with a runner
-- that answers from a table.  No disk, no database.
local check = require "check"
local execute = require "rille.execute"
local graph = require "rille.graph"
local plan = require "rille.plan"
local step = require "rille.step"
local t = require "rille.types".t

local ID = graph.ID

local source = step.define "source" { outputs = { t.number "x" }, run = function() return 1 end }
local square = step.define "square" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x) return x end }

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
-- answers, keep_going.  Returns the status and everything that was told.
local function run(p, options)
  local told, queue, answered = {}, {}, 0
  local most = 0
  local function tell(text) told[#told + 1] = text end
  local world = {
    keep_going = options.keep_going,
    stop_asked = function() return options.stop_after and answered >= options.stop_after end,
    request = function(i) return { position = i, id = p.graph.nodes[i][ID] } end,
    judge = function(answer) tell("judge " .. answer.id) answer.reusable = answer.ok end,
    emit = function(event, i, extra)
      if event == "tick" then return end
      tell(event:gsub("^step_", "") .. " " .. p.graph.nodes[i][ID] .. (event == "step_skipped" and " for " .. p.graph.nodes[extra][ID] or ""))
    end,
    runner = {
      room = options.room or 1,
      submit = function(_, request)
        queue[#queue + 1] = request
        most = math.max(most, #queue)
      end,
      next = function()
        -- the newest first: answers come in any order
        local request = table.remove(queue)
        answered = answered + 1
        local ok = not (options.fails and options.fails[request.id])
        return { position = request.position, id = request.id, ok = ok, outs = ok and digest(request.id) or nil }
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

check.test("with keep_going what does not need the failed step runs", function()
  local status, told = run(plan_of(fan), { keep_going = true, fails = { n1 = true, n3 = true } })
  check.eq(status, "failed")
  check.eq(told, "begin source, judge source, end source, begin n1, judge n1, failed n1, begin n2, judge n2, end n2, begin n3, judge n3, failed n3,"
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

check.done()
