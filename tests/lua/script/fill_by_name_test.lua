-- fill_by_name_test.lua -- nodes without a name in the table of a call, and node:unpack():
-- rille.script.fill_by_name, rille.graph.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local map_when = require "rille.script.map_when"
local pipeline = require "rille.script.pipeline"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local INPUTS, PARAMS = graph.INPUTS, graph.PARAMS

local function value() return 1 end
local load = step.define "load" { outputs = { t.number "X", t.number "y", t.boolean "big" }, run = value }
local train = step.define "train" { inputs = { t.number "X", t.number "y" }, params = { C = 1.0 },
  outputs = { t.number "model" }, run = value }
local evaluate = step.define "evaluate" { inputs = { t.number "model", t.number "X", t.any "note" },
  outputs = { t.number "score" }, run = value }
local sum = step.define "sum" { inputs = { t.list(t.number) "X" }, outputs = { t.number "total" }, run = value }
local parts = step.define "parts" { outputs = { t.list(t.number) "X", t.list(t.number) "y" }, run = value }
local words = step.define "words" { outputs = { t.string "text" }, run = value }
local silent = step.define "silent" { run = value }

local function build(define) return graph.build("here.lua:1", nil, define) end
local function hash(define) return (select(2, graph.spec(build(define)))) end

-- One wiring, written in other ways.
local function same(full, ...)
  local want, bytes = hash(full), graph.spec(build(full))
  for i, define in ipairs { ... } do
    check.eq(hash(define), want, "way " .. i)
    check.eq(graph.spec(build(define)), bytes, "way " .. i)
  end
end

-- define raises text, where x is a node of `load`.
local function refused(text, define)
  build(function() check.raises(function() define(load()) end, text) end)
end

check.test("a node in the table of a call fills the inputs that are called as its outputs are", function()
  same(function() local d = load() local m = train { X = d.X, y = d.y, C = 2 } evaluate { model = m, X = d.X } end,
    function() local d = load() local m = train { d, C = 2 } evaluate { d, model = m } end,
    function() local d = load() evaluate { d, train { d, C = 2 } } end,
    function() local d = load() evaluate { train { d, C = 2 }, d.X } end,
    function() local d = load() evaluate { d.X, model = train { d.y, X = d.X, C = 2 } } end)
end)

check.test("parameters stand beside nodes", function()
  local g = build(function() train { load(), C = 2 } end)
  check.eq(g.by_id.train[PARAMS], { C = 2.0 })
  check.eq(graph.source(g.by_id.train[INPUTS][2]), g.by_id.load)
end)

check.test("a name that is written wins", function()
  same(function() local d = load() train { X = 5, y = d.y } end, function() local d = load() train { d, X = 5 } end)
  same(function() local d = load() local e = load:with { id = "e" }() train { X = e.X, y = d.y } end,
    function() local d = load() local e = load:with { id = "e" }() train { d, X = e.X } end,
    function() local d = load() local e = load:with { id = "e" }() train { e.X, d.y } end)
end)

check.test("the table that was given stays as it was", function()
  build(function()
    local given = { load(), C = 2 }
    train(given)
    check.eq({ #given, given.C, given.X }, { 1, 2 })
  end)
end)

check.test("unpack gives the outputs in declared order", function()
  build(function()
    local d = load()
    local X, y, big, more = d:unpack()
    check.eq({ tostring(X), tostring(y), tostring(big), more },
      { 'output "X" of node "load"', 'output "y" of node "load"', 'output "big" of node "load"' })
    local m = train(X, y)
    check.ok(rawequal(m:unpack(), m))
    check.raises(function() silent():unpack() end, 'node "silent" has no outputs to unpack')
    check.raises(function() d.unpack {} end, "write NODE:unpack(), with a colon")
  end)
  same(function() local d = load() train { X = d.X, y = d.y } end,
    function() local X, y = load():unpack() train { X = X, y = y } end,
    function() local X, y = load():unpack() train(X, y) end)
end)

check.test("an output that is called unpack is that output", function()
  local odd = step.define "odd" { outputs = { t.number "unpack", t.number "b" }, run = value }
  build(function() check.eq(tostring(odd().unpack), 'output "unpack" of node "odd"') end)
end)

check.test("a table of nodes for an input that takes a list is that list, as it was", function()
  same(function() local d, e = load(), load:with { id = "e" }() sum { X = { d.X, e.X } } end,
    function() local d, e = load(), load:with { id = "e" }() sum { d.X, e.X } end)
  same(function() local d = load() sum { X = { d.X, 2 } } end, function() local d = load() sum { d.X, 2 } end)
  -- the list itself, from a node, by name
  same(function() local d = parts() sum { X = d.X } end, function() sum { parts() } end)
  refused('input "X" expects number, but node "words" is string', function() sum { words() } end)
end)

check.test("a map takes nodes without a name", function()
  same(function() local d = parts() train:map { X = d.X, y = d.y } end, function() train:map { parts() } end,
    function() local d = parts() train:map { d, X = d.X } end)
  same(function() local d = parts() local m = train:map { X = d.X, y = 1 } evaluate:map { model = m, X = d.X } end,
    function() local d = parts() evaluate:map { d, train:map { d, y = 1 } } end)
  build(function()
    local X, y = parts():unpack()
    local m = train:map { X, y }
    check.eq(graph.type_of(m:unpack()).name, "list(number)")
  end)
  local one = step.define "one" { inputs = { t.number "X" }, outputs = { t.number "o" }, run = value }
  same(function() local d = load() one:map { X = { d.X, d.y } } end,
    function() local d = load() one:map { d.X, d.y } end)
  refused('step "one": node "words" fills no input: it has text, and the inputs are X; write X = NODE',
    function() one:map { words() } end)
end)

check.test("the result of rille.when has the name that its branches agree on", function()
  local other = step.define "other" { outputs = { t.number "model" }, run = value }
  local function chosen(d, name, id)
    return map_when.when(d.big, { function() return train { d } end,
      otherwise = function() return name() end, id = id })
  end
  same(function() local d = load() evaluate { model = chosen(d, other), X = d.X } end,
    function() local d = load() evaluate { d, chosen(d, other) } end)
  refused('element 2 of the table: node "c" is output "model" or "text", by its branch; write NAME = NODE',
    function(d) evaluate { d, chosen(d, words, "c") } end)
end)

check.test("an input of the pipeline fills the input of its name", function()
  local function hash_of(define)
    return pipeline.define "p" { inputs = { t.number "X" }, define = define }:spec().hash
  end
  local want = hash_of(function(_, i) train { X = i.X, y = load().y } end)
  check.eq(hash_of(function(_, i) train { i.X, load().y } end), want)
  check.eq(hash_of(function(_, i) local d = load() train { d, X = i.X } end), want)
  check.raises(function() hash_of(function(_, i) train { i.X, load() } end) end,
    'input "X" of the pipeline and node "load" both fill input "X"; choose one: write X = NODE.X')
end)

check.test("two nodes for one input are named, with what to write", function()
  refused('step "train": node "load" and node "e" both fill input "X"; choose one: write X = NODE.X',
    function(d) train { d, load:with { id = "e" }() } end)
  refused('output "X" of node "load" and node "load" both fill input "X"', function(d) train { d.X, d } end)
  local both = step.define "both" { inputs = { t.list(t.number) "X", t.number "y" }, run = value }
  refused('write X = NODE.X, or X = { NODE, ... } for a list of them',
    function(d) both { d, load:with { id = "e" }().X } end)
end)

check.test("a node that is in the table twice", function()
  refused('step "train": node "load" is in the table twice; leave one out', function(d) train { d, d } end)
  refused('step "train": output "X" of node "load" is in the table twice; leave one out',
    function(d) train { d.X, d.X, y = 1 } end)
end)

check.test("wrong uses of unpack", function()
  refused("unpack takes no arguments: it gives all outputs, in declared order: X, y, big",
    function(d) d:unpack(2) end)
  refused('output "X" of node "load" has no field "unpack": unpack is a method of nodes; write NODE:unpack()',
    function(d) d.X:unpack() end)
  refused('step "load" has no field "unpack"; call the step first: STEP():unpack() gives the outputs of its node',
    function() load:unpack() end)
  for _, wrong in ipairs { table.unpack, pairs, function(d) return #d end } do
    refused('node "load" has no value here: it is known only when the step has run; NODE:unpack() gives its outputs',
      wrong)
  end
  refused('output "big" of node "load" fills no input: it has big, and the inputs are X, y; write INPUT = NODE, or '
    .. "leave it out", function(d) train { d:unpack() } end)
end)

check.test("a node that fills nothing is a mistake", function()
  refused('step "train": node "words" fills no input: it has text, and the inputs are X, y; write INPUT = NODE',
    function(d) train { d, words() } end)
  refused('step "train": node "load" fills no input: X, y are given by name; leave the node out',
    function(d) train { d, X = 1, y = 2 } end)
  refused('step "train": node "silent" fills no input: it has no outputs; to run after it write '
    .. "train:with { after = NODE } { ... }", function(d) train { d, silent() } end)
  refused('step "words": node "load" fills no input: the step takes no inputs', function(d) words { d } end)
  local param = step.define "param" { outputs = { t.number "C" }, run = value }
  refused('node "param" fills no input: "C" is a parameter, which takes a plain value',
    function(d) train { d, param() } end)
end)

check.test("other mistakes in a table with nodes", function()
  refused("element 2 of the table is 5; only nodes can be without a name: write NAME = VALUE",
    function(d) train { d, 5 } end)
  refused('element 2 of the table: found step "words" itself; call it', function(d) train { d, words } end)
  refused("the table has a gap (a nil among its nodes)", function(d) train { d, nil, d.X } end)
  refused("element 2 of the table has no name, and a nil is before it", function(d) train { nil, d } end)
  refused('unknown input or parameter "D"', function(d) train { d, D = 1 } end)
  refused('input "model" (number) is missing; no node in the table has an output of that name',
    function(d) evaluate { d } end)
  refused('input "X" expects list(number), but output "X" of node "load" is number; write { NODE, ... }',
    function(d) sum { d } end)
  refused('node "load" has 3 outputs; choose one: write NODE.NAME with one of X, y, big; NODE:unpack() gives '
    .. "them in order, train { NODE } takes them by name", function(d) train(d, 1) end)
  local kept
  build(function() kept = load() end)
  refused('output "X" of node "load" belongs to another pipeline', function() train { kept } end)
end)

check.done()
