-- graph_test.lua -- nodes and wires: rille.graph, built by rille.step and
-- rille.pipeline.  No disk, no database.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local pipeline = require "rille.script.pipeline"
local pipeline_graph = require "rille.script.pipeline_graph"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local INPUTS, PARAMS, POSITION, ID = graph.INPUTS, graph.PARAMS, graph.POSITION, graph.ID

local source = step.define "source" { outputs = { t.number "x" }, run = function() return 1 end }
local two = step.define "two" { outputs = { t.number "a", t.string "b" }, run = function() return 1, "x" end }
local add = step.define "add" {
  inputs = { t.number "x", t.any "y" }, params = { k = 1.0, mode = t.enum { "up", "down", default = "up" } },
  outputs = { t.number "sum" }, run = function(x) return x end,
}
local sum = step.define "sum" { inputs = { t.list(t.number) "xs" }, outputs = { t.number "total" },
  run = function() return 0 end }
local alone = step.define "alone" { run = function() end }

local function build(define) return graph.build("here.lua:1", nil, define) end

local function ids(g)
  local list = {}
  for i, node in ipairs(g.nodes) do
    list[i] = node[ID]
    check.eq(node[POSITION], i)
  end
  return table.concat(list, " ")
end

check.test("nodes stand in the order of their calls", function()
  check.eq(ids(build(function() local a = source() add(a, 1) alone() end)), "source add alone")
end)

check.test("inputs are given by name, by position, or nested", function()
  local function inputs(define)
    local g = build(define)
    return g.by_id.add[INPUTS], g.by_id.source
  end
  for _, define in ipairs {
    function() local s = source() add { x = s, y = 7, k = 3 } end,
    function() add(source(), 7, { k = 3 }) end,
    function() local s = source() add({ y = 7, x = s.x, k = 3 }) end,
  } do
    local given, s = inputs(define)
    check.eq({ graph.source(given[1]) }, { s, 1 })
    check.eq(given[2][1], 7)
  end
end)

check.test("parameters are filled in and converted", function()
  local g = build(function() add { x = 1, k = 5 } add:with { id = "b", mode = "down" } { x = 1 } end)
  check.eq(g.by_id.add[PARAMS], { k = 5.0, mode = "up" })
  check.eq(g.by_id.b[PARAMS], { k = 1.0, mode = "down" })
end)

check.test("with leaves its step as it was, and adds to an earlier with", function()
  local g = build(function()
    local bound = add:with { k = 2 }
    local more = bound:with { mode = "down", id = "more" }
    more { x = 1 }
    bound { x = 1 }
    add:with { id = "plain" } { x = 1 }
  end)
  check.eq(g.by_id.more[PARAMS], { k = 2.0, mode = "down" })
  check.eq(g.by_id.add[PARAMS], { k = 2.0, mode = "up" })
  check.eq(g.by_id.plain[PARAMS], { k = 1.0, mode = "up" })
end)

check.test("an input of type any may be left off", function()
  local g = build(function() add { x = 1 } end)
  check.eq(g.by_id.add[INPUTS][2][1], nil)
  check.eq(getmetatable(g.by_id.add[INPUTS][2]) == graph.Literal, true)
end)

check.test("a literal is as its port makes it", function()
  local g = build(function() add { x = 1 } end)
  check.eq(g.by_id.add[INPUTS][1][1], 1.0)
end)

check.test("a list of nodes and values is a fan-in; an empty or plain one a literal", function()
  local g = build(function()
    local s = source()
    sum { xs = { s, 2, two().a } }
    sum:with { id = "plain" } { xs = { 1, 2 } }
    sum:with { id = "empty" } { xs = {} }
  end)
  local xs = g.by_id.sum[INPUTS][1]
  check.eq(getmetatable(xs) == graph.FanIn, true)
  check.eq(rawequal(xs[1], g.by_id.source), true)
  check.eq(xs[2][1], 2.0)
  check.eq({ graph.source(xs[3]) }, { g.by_id.two, 1 })
  check.eq(g.by_id.plain[INPUTS][1][1], { 1.0, 2.0 })
  check.eq(g.by_id.empty[INPUTS][1][1], {})
end)

check.test("the list that was given may be changed afterwards", function()
  local g = build(function()
    local list = { source() }
    sum { xs = list }
    list[1], list[2] = nil, 5
  end)
  check.eq(#g.by_id.sum[INPUTS][1], 1)
end)

check.test("after moves nodes that were defined too early, and no others", function()
  local g = build(function()
    source()
    alone:with { id = "first", after = { "third" } }()
    alone:with { id = "second" }()
    alone:with { id = "third", after = "fourth" }()
    alone:with { id = "fourth" }()
  end)
  check.eq(ids(g), "source fourth third first second")
end)

check.test("after takes nodes, wires, ids and lists of them", function()
  local g = build(function()
    local s, d = source(), two()
    alone:with { id = "a", after = s }()
    alone:with { id = "b", after = { s, d.a, "a" } }()
  end)
  check.eq(#g.after[g.by_id.a], 1)
  check.eq(#g.after[g.by_id.b], 3)
  local seen = {}
  graph.each_source(g, g.by_id.b, function(node) seen[#seen + 1] = node[ID] end)
  check.eq(seen, { "source", "two", "a" })
end)

check.test("a cycle is named", function()
  local message = check.raises(function()
    build(function()
      alone:with { id = "a", after = "b" }()
      alone:with { id = "b", after = "c" }()
      alone:with { id = "c", after = "b" }()
    end)
  end, "the pipeline has a cycle: b needs c needs b")
  check.has(message, "graph_test.lua:")
end)

check.test("a long chain of after is no deep recursion", function()
  local g = build(function()
    for i = 20000, 1, -1 do alone:with { id = "n" .. i, after = i > 1 and "n" .. i - 1 or nil }() end
  end)
  check.eq(g.nodes[1][ID], "n1")
  check.eq(g.nodes[20000][ID], "n20000")
end)

check.test("a failed define leaves no graph behind, nor does a define in a define", function()
  check.raises(function() build(function() source() error "stop" end) end, "stop")
  check.eq(graph.current, nil)
  local inner
  local outer = build(function()
    source()
    inner = build(function() two() end)
    alone()
  end)
  check.eq({ ids(outer), ids(inner) }, { "source alone", "two" })
end)

check.test("the hash of the wiring is over the wiring, not over its order or parameters", function()
  local function hash(define)
    local _, h = graph.spec(build(define))
    return h
  end
  local first = hash(function() local a = source() local b = two() add(a, b.a) end)
  check.eq(hash(function() local b = two() local a = source() add(a, b.a) end) == first, true)
  check.eq(hash(function() local a = source() local b = two() add { x = a, y = b.a, k = 9 } end) == first, true)
  check.eq(hash(function() local a = source() local b = two() add(a, b.b) end) == first, false)
  check.eq(hash(function() local a = source() local b = two() add(b.a, a) end) == first, false)
  check.eq(hash(function() local a = source:with { id = "s" }() local b = two() add(a, b.a) end) == first, false)
end)

check.test("a pipeline's spec gives the nodes and their sources", function()
  local p = pipeline.define "spec_test" { params = { k = 1.0 },
    define = function(p) add { x = source(), y = 1, k = p.k } end }
  local spec = p:spec { params = { k = 2 } }
  check.eq(#spec.hash, 64)
  check.eq({ spec.nodes[1].id, spec.nodes[2].id, spec.nodes[2].step }, { "source", "add", "add" })
  check.eq(p:spec().hash, spec.hash)
end)

check.test("slots name the steps that are given for them", function()
  local p = pipeline.define "slots_test" { slots = { "from", "to" }, define = function(_, s) s.to { x = s.from() } end }
  local bound = p { from = source, to = add:with { k = 3 } }
  local g = pipeline_graph.build(bound)
  check.eq(ids(g), "from to")
  check.eq(g.by_id.to[PARAMS].k, 3.0)
  check.raises(function() pipeline_graph.build(p) end, "its slots (from, to) have no steps")
end)

check.test("overrides of the command line go to the steps' parameters, by type", function()
  local p = pipeline.define "override_test" { define = function() add { x = 1 } end }
  check.eq(pipeline_graph.build(p, nil, { ["add.k"] = "4" }).by_id.add[PARAMS].k, 4.0)
  check.raises(function() pipeline_graph.build(p, nil, { ["add.k"] = "x" }) end,
    'step "add": parameter "k": expected a number, found x')
  check.raises(function() pipeline_graph.build(p, nil, { ["ad.k"] = "4" }) end,
    'there is no step "ad"; did you mean "add"?')
end)

check.test("a wiring of format 1, whose literals have no label, can be read", function()
  local nodes = require("rille.host.wiring").read "\1\2\1a\1s\0\1\1o\2bb\1s\1\1x\2\0\1\1\1\1o"
  check.eq(nodes[2].inputs[1], { port = "x", { 0, 0 }, { 1, 1 } })
  local now = require("rille.host.wiring").read "\2\2\1a\1s\0\1\1o\2bb\1s\1\1x\2\0\1X\1\1\1\1o"
  check.eq(now[2].inputs[1], { port = "x", { 0, 0, label = "X" }, { 1, 1 } })
end)

check.done()
