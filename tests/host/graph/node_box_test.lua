-- Light nodes: a node gets its fields when one is read, and is the same for all who look at it.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local pipeline_graph = require "rille.script.pipeline_graph"
local rille = require "rille"
local t = rille.types

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS
local POSITION <const> = graph.POSITION

local two = rille.step "two" {
  params = { k = 1, f = 1.0, s = "a", b = true }, outputs = { t.integer "a", t.string "b" },
  run = function() return 1, "x" end }
local one = rille.step "one" { outputs = { t.integer "x" }, run = function() return 1 end }
local sum = rille.step "sum" { inputs = { t.list(t.integer) "xs", t.string "s", t.number "n" },
  outputs = { t.integer "x" }, run = function() return 1 end }

local function build(quick)
  local new_rows = graph.new_rows
  if not quick then graph.new_rows = function() end end
  local nodes = {}
  local g = graph.build("here", nil, function()
    nodes.two = two { k = 7, f = -0.0 }
    nodes.one = one {}
    nodes.sum = sum { xs = { nodes.two.a, nodes.one, nodes.one.x }, s = nodes.two.b, n = 3 }
  end)
  graph.new_rows = new_rows
  return nodes, g
end

local function is_light(node) return debug.getmetatable(node) ~= graph.Node end
local function message(f, ...) return select(2, pcall(f, ...)) end

check.test("a node is light until its inputs or parameters are read", function()
  local nodes = build(true)
  for _, node in pairs(nodes) do
    check.ok(is_light(node) and getmetatable(node) == graph.Node and graph.is_wire(node))
    check.ok(rawget(node, ID) == nil and rawget(node, INPUTS) == nil)
  end
  check.eq({ nodes.sum[ID], nodes.sum[STEP] == sum, nodes.sum[POSITION] }, { "sum", true, 3 })
  check.ok(is_light(nodes.sum))
  check.eq(nodes.two[PARAMS], { k = 7, f = -0.0, s = "a", b = true })
  check.eq(math.type(nodes.two[PARAMS].f) .. 1 / nodes.two[PARAMS].f, "float-inf")
  local inputs = nodes.sum[INPUTS]
  check.ok(not is_light(nodes.two) and not is_light(nodes.sum) and is_light(nodes.one))
  check.ok(rawequal(inputs, nodes.sum[INPUTS]) and getmetatable(inputs[1]) == graph.FanIn)
  check.ok(rawequal(inputs[1][2], nodes.one) and rawequal(inputs[1][3], nodes.one))
  check.eq({ graph.source(inputs[2]) }, { nodes.two, 2 })
  check.ok(getmetatable(inputs[3]) == graph.Literal and math.type(inputs[3][1]) == "float")
end)

check.test("a script sees no difference", function()
  local light, whole = build(true), build(false)
  for _, f in ipairs { function(n) return n.nothing end, function(n) n.x = 1 end, function(n) return n + 1 end,
    function(n) return #n end, function(n) return n[1] end, function(n) for _ in pairs(n) do break end end,
    function(n) return n() end, function(n) return n.unpack() end, tostring, function(n) n[POSITION .. "x"] = 1 end } do
    for name in pairs(light) do
      local fresh = build(true)[name]
      check.eq(message(f, fresh), message(f, whole[name]))
    end
  end
  local a, b = build(true).two:unpack()
  check.eq({ tostring(a), tostring(b), tostring(light.two.b) },
    { 'output "a" of node "two"', 'output "b" of node "two"', 'output "b" of node "two"' })
  check.ok(is_light(light.two))
end)

check.test("a key has the same of a captured node, light or not", function()
  local function capturing(node) return function() return node end end
  local light, whole = build(true).sum, build(false).sum
  whole[INPUTS][1][3] = whole[INPUTS][1][2]             -- as NODE.NAME of an only output is kept as NODE
  local a = assert(fingerprint.walk(capturing(light)))
  local b = assert(fingerprint.walk(capturing(whole)))
  check.eq(a.digest, b.digest)
  check.ok(not is_light(light))
end)

check.test("the nodes of a graph without rows are whole", function()
  local p = rille.pipeline "p" { define = function() two {} one:with { id = "b" } {} end }
  local g = pipeline_graph.build(p)
  check.eq({ #g.rows, is_light(g.nodes[1]), is_light(g.nodes[2]) }, { 2, true, true })
  local changed = pipeline_graph.build(p, nil, { ["two.k"] = "5" })
  check.eq({ changed.rows or false, is_light(changed.nodes[1]), is_light(changed.nodes[2]) }, { false, false, false })
  check.eq(changed.nodes[1][PARAMS].k, 5)
  local adjusted = pipeline_graph.build(p, nil, nil, function(made) made.nodes[1][PARAMS].k = 6 end)
  check.eq({ adjusted.rows or false, adjusted.nodes[1][PARAMS].k }, { false, 6 })
  local q = rille.pipeline "q" { define = function() two:with { id = "b", after = "one" } {} one {} end }
  local sorted = pipeline_graph.build(q)
  check.eq({ sorted.rows or false, sorted.nodes[1][ID], is_light(sorted.nodes[1]) }, { false, "one", false })
  local r = rille.pipeline "r" { define = function() one {} sum:map { xs = { { 1 }, { 2 } }, s = "a", n = 1 } end }
  local dynamic = pipeline_graph.build(r)
  check.eq({ dynamic.rows or false, is_light(dynamic.nodes[1]) }, { false, false })
end)

check.test("rows tell which nodes are taken, and of which they do not know it", function()
  local p = rille.pipeline "taken" { define = function()
    local a = one {}
    local b, c = two {}, one:with { id = "c" } {}
    sum { xs = { a }, s = b.b, n = 1 }
    sum:with { id = "mixed" } { xs = { c, 1 }, s = "a", n = a }
  end }
  local g = pipeline_graph.build(p)
  local taken, unknown = g.rows:taken()
  check.eq({ taken, unknown }, { { true, true }, { 5 } })
  check.ok(is_light(g.nodes[4]) and not is_light(g.nodes[5]))
end)

check.test("a graph's rows outlive it as long as a node does", function()
  local nodes = build(true)
  collectgarbage()
  collectgarbage()
  check.eq(nodes.sum[INPUTS][3][1], 3.0)
  check.eq(nodes.two[ID], "two")
end)

check.done()
