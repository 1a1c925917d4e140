-- first_planlib_test.lua -- plans whose plain hits are found in C are those that Lua makes alone.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local first_plan = require "rille.host.first_plan"
local fx = require "record_fixture"
local hash = require "rille.host.hash"
local graph = require "rille.graph"
local plan = require "rille.plan"
local step = require "rille.script.step"
local t = require "rille.script.types".t
local value = require "rille.host.value"

local ID, STEP = graph.ID, graph.STEP
local seed = math.tointeger(tonumber(os.getenv "RILLE_SEED")) or 7

local function stub() return 1 end
local source = step.define "source" { params = { v = 1, word = "w", half = 0.5 }, outputs = { t.any "x" }, run = stub }
local pair = step.define "pair" { params = { v = 1 }, outputs = { t.any "a", t.any "b" }, run = stub }
local join = step.define "join" { inputs = { t.any "x", t.any "y" }, params = { v = 1 }, outputs = { t.any "z" },
  run = stub }
local sum = step.define "sum" { inputs = { t.list(t.any) "xs" }, outputs = { t.any "total" }, run = stub }
local sure = step.define "sure" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = stub }
local silent = step.define "silent" { inputs = { t.any "x" }, run = stub }

-- A random graph of n nodes; its parameters are below `values`.
local function random_graph(n, values)
  return graph.build("here.lua:1", nil, function()
    local wires, nodes = {}, {}
    local function any() return wires[math.random(#wires)] end
    local function some()
      local list = {}
      for i = 1, math.random(0, 4) do list[i] = math.random(9) == 1 and 5 or any() end
      return list
    end
    for i = 1, n do
      local id, v = "n" .. i, math.random(values)
      local after = nodes[1] and math.random(12) == 1 and { nodes[math.random(#nodes)] } or nil
      local kind, node = math.random(i > 2 and 6 or 2), nil
      if kind == 1 then node = source:with { id = id, after = after } { v = v, word = "w" .. v, half = v / 2 }
      elseif kind == 2 then node = pair:with { id = id, after = after } { v = v }
      elseif kind == 3 then node = join:with { id = id, after = after } { x = any(), y = any(), v = v }
      elseif kind == 4 then node = sum:with { id = id, after = after } { xs = some() }
      elseif kind == 5 then node = sure:with { id = id } (any())
      else node = silent:with { id = id } (any()) end
      nodes[i] = node
      if kind == 2 then
        wires[#wires + 1], wires[#wires + 2] = node:unpack()
      elseif kind < 6 then
        wires[#wires + 1] = node
      end
    end
  end)
end

-- What is asked of the world; with quick, C finds the plain hits.
local function world_of(records, quick)
  local world = { asked = {} }
  function world.spec(node)
    local name = node[STEP].name
    return { prefix = fx.sha(name), cacheable = name ~= "sure", why = "never kept" }
  end
  function world.literal(input) return value.digest(input[1]) end
  function world.lookup(key)
    for i = 1, 9 do
      local row, outs, n_objects, reads = records:get(key, i)
      if not row then return nil, i > 1 and "changed" or nil end
      if (not reads or #reads % 2 == 0) and n_objects == 0 then return row, outs end
    end
  end
  if quick then
    world.records = function() return records end
    world.prefix = function(one) return one.name ~= "sure" and fx.sha(one.name) or nil end
  end
  return world
end

local function short(bytes) return bytes and hash.hex(fx.sha(bytes)):sub(1, 6) end

-- All that is known of the nodes.
local function state_of(p)
  local list = { ready = table.move(p:ready_positions(), 1, #p:ready_positions(), 1, {}), hits = p.n_hits }
  for i in p:each() do
    list[i] = string.format("%s %s %s %s %s", p:status(i), short(p:key(i)), short(p:output_digests(i)),
      p:result_row(i), p:reason(i))
  end
  return list
end

local function node_text(p, i) return p.graph.nodes[i][ID] end

-- Runs what is ready, as a run would, and records it; some of it is left out, some reads or has objects.
local function run_all(m, p, drop)
  local run, rows = fx.begin(m), {}
  while true do
    local i = p:take()
    if not i then break end
    local outs, outputs = {}, {}
    for k, port in ipairs(p.graph.nodes[i][STEP].outputs) do
      local text = string.format("%s:%d:%d", p.graph.nodes[i][STEP].name, k, math.random(3))
      local artifact = math.random(9) == 1 and fx.object(text, #text) or fx.value(text)
      outs[k], outputs[k] = artifact.digest, { port.name, artifact }
    end
    local luck, reads = math.random(100), math.random(5) == 1 and ("r"):rep(math.random(2)) or nil
    if luck > drop then
      rows[#rows + 1] = fx.step(node_text(p, i), i, "", { key = p:key(i), outputs = outputs, reads = reads })
    end
    p:finish(i, table.concat(outs), math.random(9) > 1)
  end
  check.ok(m:commit(run.row, rows))
end

check.test("the first plan of C is that of Lua, and so is what follows from it", function()
  math.randomseed(seed)
  for round = 1, 60 do
    local m <close> = fx.open()
    local n, values = math.random(3, 90), math.random(4)
    for _ = 1, 3 do
      local draw, drop = math.random(1 << 30), math.random(2) == 1 and 0 or 30
      local function made(quick)
        math.randomseed(draw)
        local records = m:cache(n)
        return plan.new(random_graph(n, values), world_of(records, quick), {})
      end
      local quick, slow = made(true), made(false)
      check.eq(state_of(quick), state_of(slow), "round " .. round)
      for i in slow:each() do
        if slow:status(i) == "waiting" then check.eq(quick.n_missing[i], slow.n_missing[i]) end
      end
      math.randomseed(draw)
      run_all(m, slow, 101)                     -- records nothing
      math.randomseed(draw)
      run_all(m, quick, drop)
      check.eq(state_of(quick), state_of(slow), "round " .. round)
      check.eq(quick.late, slow.late)
    end
  end
end)

local function two_hits()
  local m = fx.open()
  local g = graph.build("here.lua:1", nil, function() sure:with { id = "b", cache = true } (source {}) end)
  local p = plan.new(g, world_of(m:cache(2), false), {})
  local run, row = fx.begin(m), nil
  row = fx.step("source", 1, "one", { key = p:key(1) })
  check.ok(m:commit(run.row, { row }))
  return m, g, row
end

check.test("what is undone is no hit, and keeps its key and its outputs", function()
  local m <close>, g, row = two_hits()
  local p = plan.new(g, world_of(m:cache(2), true), {})
  check.eq({ p:status(1), p:result_row(1), p.columns:count() }, { "cached", row.row, 1 })
  local key, outs = p:key(1), p:output_digests(1)
  check.eq(p:recover(2, outs, "it is gone"), { 1 })
  check.eq({ p:status(1), p:key(1), p:output_digests(1), p:result_row(1), p.columns:count() },
    { "ready", key, outs, nil, 0 })
end)

check.test("the trace has the rows of hits and the positions of other nodes", function()
  local m <close>, g, row = two_hits()
  local p = plan.new(g, world_of(m:cache(2), true), {})
  local rows, others = p:plain_hits()
  check.eq({ rows, others }, { string.pack("<i8i8", row.row, 0), { 2 } })
  check.eq(plan.of_wiring(g):plain_hits(), nil)
end)

check.test("a plan without nodes has an empty trace", function()
  check.eq({ first_plan.new(0):trace() }, { "", {} })
end)

check.test("each step is listed once, in the order of first use", function()
  local g = graph.build("here.lua:1", nil, function()
    local x = source {}
    sure:with { id = "b" } (x)
    source:with { id = "c" } {}
    silent(x)
  end)
  local names = {}
  for i, one in ipairs(first_plan.steps(g.nodes)) do names[i] = one.name end
  check.eq(names, { "source", "sure", "silent" })
  check.eq(first_plan.steps {}, {})
end)

fx.clean()
check.done()
