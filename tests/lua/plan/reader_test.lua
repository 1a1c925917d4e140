-- reader_test.lua -- what other rooms read of a plan: rille.plan.reader.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local plan = require "rille.plan"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local function digest(text) return (text .. ("."):rep(32)):sub(1, 32) end

local source = step.define "source" { params = { v = 1 }, outputs = { t.number "x" }, run = function() return 1 end }
local pair = step.define "pair" { outputs = { t.number "a", t.number "b" }, run = function() return 1, 2 end }
local sum = step.define "sum" { inputs = { t.list(t.number) "xs" }, outputs = { t.number "total" },
  run = function() return 0 end }

-- A plan in which the nodes of `cached` are hits: { [id] = row }.
local function plan_of(define, cached, options)
  local g = graph.build("here.lua:1", nil, define)
  return plan.new(g, {
    lookup = function(_, node)
      local id = node[graph.ID]
      local row = (cached or {})[id]
      if row then return row, #node[graph.STEP].outputs == 2 and digest(id .. 1) .. digest(id .. 2) or digest(id) end
      return nil, "no record"
    end,
    spec = function(node) return { prefix = node[graph.STEP].name } end,
    literal = function(input) return digest(tostring(input[1])) end,
  }, options or {})
end

check.test("each() gives all nodes with their positions, in order", function()
  local p = plan_of(function() sum { xs = { source(), 2 } } end)
  local list = {}
  for position, node in p:each() do list[position] = node[graph.ID] end
  check.eq(list, { "source", "sum" })
end)

check.test("a hit has a row and digests, a miss a reason, a waiting node neither", function()
  local p = plan_of(function() sum { xs = { source(), source:with { id = "other", v = 2 }() } } end, { source = 7 })
  check.eq({ p:status(1), p:is_cached(1), p:result_row(1), p:output_digests(1) },
    { "cached", true, 7, digest "source" })
  check.eq({ p:status(2), p:is_cached(2), p:reason(2) }, { "ready", false, "no record" })
  check.eq({ p:status(3), p:key(3) or "no key", p:output_digests(3) or "unknown" }, { "waiting", "no key", "unknown" })
  check.eq({ p:count(), p:all_cached(), p:ready_positions() }, { 3, false, { 2 } })
  p:set_reason(2, "told better")
  check.eq(p:reason(2), "told better")
end)

check.test("a node whose key another node has computed says which", function()
  local p = plan_of(function() source() source:with { id = "again" }() end)
  p:finish(p:take(), digest "made", true)
  check.eq(p:take(), nil)
  check.eq({ p:status(2), p:same_key_as(2), p:result_row(2) or "none" }, { "cached", 1, "none" })
  check.eq({ p:late_hits(), p:is_cut_off(2) }, { { 2 }, false })
end)

check.test("in a run of some steps only these are selected", function()
  local p = plan_of(function() source() source:with { id = "b", v = 2 }() end, nil, { selected = { [2] = true } })
  check.eq({ p:is_partial(), p:is_selected(1), p:is_selected(2), p:status(1), p:status(2) },
    { true, false, true, "skipped", "ready" })
  check.eq({ plan_of(function() source() end):is_partial(), plan_of(function() source() end):is_selected(1) },
    { false, true })
end)

check.test("steps that are forced are not looked up", function()
  local p = plan_of(function() source() end, { source = 7 }, { forced = { true } })
  check.eq({ p:status(1), p:reason(1) }, { "ready", "requested by --from" })
end)

check.test("the digests that an input is given have the rows of hits", function()
  local p = plan_of(function()
    local s, both = source(), pair()
    sum:with { id = "all" } { xs = { s, both.b, source:with { id = "other", v = 2 }() } }
    sum:with { id = "with literal" } { xs = { s, 2 } }
    sum:with { id = "none" } { xs = {} }
  end, { source = 7, pair = 8 })
  local function input(id) return p.graph.by_id[id][graph.INPUTS][1] end
  check.eq({ p:digests(input "all") }, {})
  p:finish(p:take(), digest "made", true)
  check.eq({ p:digests(input "all") }, { { digest "source", digest "pair2", digest "made" }, { 7, 8, false } })
  check.eq({ p:digests(input "all"[1]) }, { digest "source", 7 })
  check.eq({ p:digests(input "all"[3]) }, { digest "made" })
  check.eq({ p:digests(input "with literal") }, {})
end)

check.test("an input is given artifacts one by one, with the step and output that made each", function()
  local p = plan_of(function()
    local d = pair()
    sum { xs = { d.b, d.a } }
  end, { pair = 3 })
  local given, is_list = p:given(p.graph.nodes[2][graph.INPUTS][1])
  check.eq({ is_list, given[1], given[2] }, { true, { digest "pair2", nil, 1, 2 }, { digest "pair1", nil, 1, 1 } })
  local waiting = plan_of(function() sum { xs = { source() } } end)
  check.eq(waiting:given(waiting.graph.nodes[2][graph.INPUTS][1]), nil)
end)

check.done()
