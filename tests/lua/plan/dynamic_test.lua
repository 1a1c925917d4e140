-- dynamic_test.lua -- maps and branches in a plan: rille.plan.dynamic.  Lists and truths are
-- what the digests say: "list N" has N items, "true" is true.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local plan = require "rille.plan"
local step = require "rille.script.step"
local map_when = require "rille.script.map_when"
local t = require "rille.script.types".t

local function digest(text) return (text .. ("."):rep(32)):sub(1, 32) end

local numbers = step.define "numbers" { outputs = { t.list(t.number) "xs" }, run = function() return {} end }
local asks = step.define "asks" { outputs = { t.boolean "yes" }, run = function() return true end }
local one = step.define "one" { outputs = { t.number "x" }, run = function() return 1 end }
local add = step.define "add" { inputs = { t.number "x", t.number "y" }, outputs = { t.number "z" },
  run = function(x) return x end }
local sum = step.define "sum" { inputs = { t.list(t.number) "xs" }, outputs = { t.number "total" },
  run = function() return 0 end }

local function plan_of(define)
  local world = {
    lookup = function() return nil, "no record" end,
    spec = function(node) return { prefix = node[graph.STEP].name } end,
    literal = function(input) return input[2] and input[2].digest or digest(tostring(input[1])) end,
    truth = function(d) if d:find "^neither" then return nil, "expected a boolean" end return d:find "^true" ~= nil end,
  }
  function world.items(d)
    local made, n = {}, d:match "^list (%d+)"
    if not n then return nil, "expected a list" end
    for i = 1, math.tointeger(n) do made[i] = { digest = digest("item " .. i) } end
    return made
  end
  return plan.new(graph.build("here.lua:1", nil, define), world, {})
end

-- Runs what is ready; made[id] is what a step makes.  Returns the ids that ran.
local function run_all(p, made)
  local ran = {}
  for i in p.take, p do
    local id = p.graph.nodes[i][graph.ID]
    ran[#ran + 1] = id
    p:finish(i, digest(made[id] or id), true)
  end
  return ran
end

local function statuses(p)
  local by = {}
  for i, node in p:each() do by[node[graph.ID]] = p:status(i) end
  return by
end

check.test("a map of an empty list is settled without an item", function()
  local p = plan_of(function() sum { xs = add:map { x = numbers(), y = 1 } } end)
  check.eq(run_all(p, { numbers = "list 0" }), { "numbers", "sum" })
  check.eq({ p:items_of(2), statuses(p).add }, { {}, "cached" })
end)

check.test("lists that are mapped together have one length", function()
  local p = plan_of(function() add:map { x = numbers(), y = numbers:with { id = "more" }() } end)
  p:finish(p:take(), digest "list 2", false)
  p:finish(p:take(), digest "list 3", false)
  check.eq(p:known_error(p:take()), "map: its lists differ in length: x has 2, y has 3")
end)

check.test("a condition that is no boolean is an error of the branch's steps and of the when", function()
  local p = plan_of(function()
    map_when.when(asks(), { function() return one() end, otherwise = function() return one:with { id = "b" }() end })
  end)
  p:finish(p:take(), digest "neither", true)
  local errors = {}
  for i, node in p:each() do errors[node[graph.ID]] = p:known_error(i) end
  check.eq({ errors.one, errors.b }, { "its condition: expected a boolean", "its condition: expected a boolean" })
  check.eq(p.graph.nodes[p:take()][graph.ID], "one")
end)

check.test("what needs a skipped step is skipped with that reason, and is reported once", function()
  local p = plan_of(function()
    map_when.when(asks(), { function() return add(one(), 2) end })
  end)
  check.eq(run_all(p, { asks = "false" }), { "asks" })
  local reported = {}
  for i in p.next_skipped, p do reported[#reported + 1] = p.graph.nodes[i][graph.ID] .. ": " .. p:skip_reason(i) end
  table.sort(reported)
  check.eq(reported,
    { "add: condition was false (asks)", "one: condition was false (asks)", "when_asks: condition was false (asks)" })
  check.eq(p:next_skipped(), nil)
end)

check.test("the record tells the items of maps, what each when stands for, and what was skipped", function()
  local p = plan_of(function()
    sum { xs = add:map { x = numbers(), y = 1 } }
    map_when.when(asks(), { function() return one() end, otherwise = function() return one:with { id = "b" }() end })
  end)
  run_all(p, { numbers = "list 2", asks = "true" })
  local at = {}
  for i, node in p:each() do at[node[graph.ID]] = i end
  local found = p:describe_dynamic()
  check.eq(found.maps, { { at.add, 2 } })
  check.eq(found.whens, { { at.when_asks, "one", "x" } })
  check.eq(found.skipped, { { at.b, "condition was true (asks)" } })
  check.eq(plan_of(function() one() end):describe_dynamic(), nil)
end)

check.done()
