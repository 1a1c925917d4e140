-- pipeline_test.lua -- how pipelines are defined and build their graph: rille.script.pipeline,
-- rille.script.pipeline_graph.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local pipeline = require "rille.script.pipeline"
local pipeline_graph = require "rille.script.pipeline_graph"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local one = step.define "one" { params = { k = 1.0 }, outputs = { t.number "v" }, run = function(p) return p.k end }
local twice = step.define "twice" { inputs = { t.number "x" }, outputs = { t.number "v" },
  run = function(x) return 2 * x end }

local function ids(g)
  local list = {}
  for i, node in ipairs(g.nodes) do list[i] = node[graph.ID] end
  return table.concat(list, " ")
end

check.test("a pipeline is found by its name; a second one of the name is remembered", function()
  local p = pipeline.define "found" { define = function() one() end }
  check.ok(rawequal(pipeline.pipelines.found, p) and pipeline.is_pipeline(p))
  local before = #pipeline.twice
  local again = pipeline.define "found" { define = function() one() end }
  check.ok(rawequal(pipeline.pipelines.found, again))
  check.eq(#pipeline.twice, before + 1)
  pipeline.forget_duplicates()
  check.eq(#pipeline.twice, 0)
end)

check.test("what is wrong in a definition names the pipeline and the field", function()
  local function refused(fields, text) check.raises(function() pipeline.define "bad"(fields) end, text) end
  refused(function() end, 'write pipeline "bad" { define = function() ... end }')
  refused({}, "define must be the function that wires the steps, found nil")
  refused({ define = function() end, slot = {} }, 'unknown field "slot"; did you mean "slots"?')
  refused({ define = function() end, slots = { "a", "a" } }, 'the slot "a" is named twice')
  refused({ define = function() end, cache = "always" }, "cache must be true or false")
  refused({ define = function(a) return a end, params = { a = 1 } }, "; a is p.a")
end)

check.test("parameters are given, else defaults; define is told of a name that is none", function()
  local seen
  local p = pipeline.define "params" { params = { a = 1.0, b = t.integer }, define = function(p)
    seen = { p.a, p.b }
    one()
  end }
  local _, full = pipeline_graph.build(p, { b = 2 })
  check.eq({ seen, full }, { { 1.0, 2 }, { a = 1.0, b = 2 } })
  check.raises(function() pipeline_graph.build(p, {}) end, 'parameter "b" is missing (integer)')
  check.raises(function() pipeline_graph.build(p, { b = 2, c = 3 }) end, 'unknown parameter "c"')
  local q = pipeline.define "strict" { params = { alpha = 1 }, define = function(p) one { k = p.alpah } end }
  check.raises(function() pipeline_graph.build(q) end, 'there is no parameter "alpah"; did you mean "alpha"?')
end)

check.test("an input is a value that the run gives; the wiring alone needs none", function()
  local p = pipeline.define "inputs" { inputs = { t.number "x" }, define = function(_, i) twice { x = i.x } end }
  check.eq(ids(pipeline_graph.build(p)), "twice")
  check.eq(ids(pipeline_graph.build(p, nil, nil, nil, { x = 3 })), "twice")
  check.raises(function() pipeline_graph.build(p, nil, nil, nil, {}) end, 'input "x" (number) is missing')
  check.raises(function() pipeline_graph.build(p, nil, nil, nil, { x = "a" }) end, "expected a number")
  check.raises(function() pipeline_graph.build(p, nil, nil, nil, { x = 1, z = 1 }) end, 'unknown input "z"')
end)

check.test("a pipeline in class style wires its steps in connect", function()
  local P = pipeline.Base:extend "class_style" { params = { n = 2 } }
  function P:connect(p)
    one { k = p.n }
    return self
  end
  check.eq(pipeline_graph.build(P).by_id.one[graph.PARAMS].k, 2.0)
  check.raises(function() pipeline_graph.build(pipeline.Base:extend "no_connect" {}) end, "it has no method connect")
end)

check.test("a pipeline calls a step, and a condition on a node is a mistake", function()
  local empty = pipeline.define "empty" { define = function() end }
  check.raises(function() pipeline_graph.build(empty) end, "define called no step")
  local tests = pipeline.define "tests_a_node" { define = function() if one() then twice { x = 1 } end end }
  check.raises(function() pipeline_graph.build(tests) end,
    "is a condition here, but it is known only when the step has run")
  local calls = pipeline.define "calls_a_pipeline" { define = function() empty() end }
  check.raises(function() pipeline_graph.build(calls) end, "a pipeline is not a step; call its steps here")
end)

check.test("options of a method are checked", function()
  local p = pipeline.define "options" { params = { a = 1 }, define = function() one() end }
  check.raises(function() p:run { jobs = 0 } end, "jobs must be an integer of at least 1")
  check.raises(function() p:run { a = 2 } end,
    '"a" is a parameter of the pipeline; write PIPELINE:run { params = { a = 2 } }')
  check.raises(function() p:plan { jobs = 1 } end, 'unknown field "jobs"')
  check.raises(function() return p.rnu end, 'has no field "rnu"; did you mean "run"?')
end)

check.done()
