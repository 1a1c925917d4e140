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

local function body() return 1 end
local source = step.define "source" { params = { v = 1, word = "w", half = 0.5 }, outputs = { t.any "x" }, run = body }
local pair = step.define "pair" { params = { v = 1 }, outputs = { t.any "a", t.any "b" }, run = body }
local join = step.define "join" { inputs = { t.any "x", t.any "y" }, params = { v = 1 }, outputs = { t.any "z" },
  run = body }
local sum = step.define "sum" { inputs = { t.list(t.any) "xs" }, outputs = { t.any "total" }, run = body }
local sure = step.define "sure" { inputs = { t.any "x" }, outputs = { t.any "y" }, run = body }
local silent = step.define "silent" { inputs = { t.any "x" }, run = body }

-- A random graph of n nodes; its parameters are at most `values`, plus what `changed` has for a node.
local function random_graph(n, values, changed, with_after)
  return graph.build("here.lua:1", nil, function()
    local wires, nodes = {}, {}
    local function any() return wires[math.random(#wires)] end
    local function some()
      local list = {}
      for i = 1, math.random(0, 4) do list[i] = math.random(9) == 1 and 5 or any() end
      return list
    end
    for i = 1, n do
      local id, v = "n" .. i, math.random(values) + (changed[i] or 0)
      local after = with_after and nodes[1] and math.random(12) == 1 and { nodes[math.random(#nodes)] } or nil
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

-- What is asked of the world; with quick, C finds the plain hits, and takes nodes from the memo.  phase: which of the
-- things that were read are as they were.
local function world_of(records, quick, memo, phase)
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
      if (not reads or (#reads + (phase or 0)) % 2 == 0) and n_objects == 0 then return row, outs end
    end
  end
  if quick then
    world.records = function() return records end
    world.prefix = function(one) return one.name ~= "sure" and fx.sha(one.name) or nil, one.name end
    world.memo = memo
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

-- Runs what is ready, as a run would, and records it; some of it is left out, some reads or has objects.  keep: the
-- nodes are kept for the next run.  again: some hits are computed again.
local function run_all(m, p, drop, keep, again)
  local run, rows, made, view = fx.begin(m), {}, {}, m:view()
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
      made[i] = fx.step(p.graph.nodes[i][ID], i, "", { key = p:key(i), outputs = outputs, reads = reads })
      rows[#rows + 1] = made[i]
    end
    p:finish(i, table.concat(outs), math.random(9) > 1)
  end
  if again then                         -- as a run without the cache does
    for i in p:each() do
      if p:is_cached(i) and math.random(4) == 1 and p.graph.nodes[i][STEP].outputs[1] then
        local outputs = {}
        for k, port in ipairs(p.graph.nodes[i][STEP].outputs) do outputs[k] = { port.name, fx.value "again" } end
        rows[#rows + 1] = fx.step(p.graph.nodes[i][ID], i, "", { key = p:key(i), outputs = outputs })
      end
    end
  end
  if not keep then return check.ok(m:commit(run.row, rows)) end
  local trace = { codes = {}, rows = {} }
  for i in p:each() do
    trace.codes[i], trace.rows[i] = 2, p:result_row(i) or made[p:same_key_as(i) or i] or false
  end
  local nodes = { key = "k", view = view }
  nodes.steps, nodes.nodes = p:for_memo(p.graph.rows)
  check.ok(m:commit(run.row, rows, fx.finish({}, { trace = trace, nodes = nodes })))
end

local n_taken = 0

-- Four runs of one graph that changes a little; how many nodes were taken from memos is counted.
local function four_runs(round, dir, with_after)
  local n, values, draw, changed = math.random(3, 90), math.random(4), math.random(1 << 30), {}
  for k = 1, 4 do
    local m <close> = fx.open(dir)                  -- as another process does
    local drop, luck = math.random(2) == 1 and 0 or 30, math.random(1 << 30)
    local function made(quick, memo)
      math.randomseed(draw)
      return plan.new(random_graph(n, values, changed, with_after), world_of(m:cache(n), quick, memo, k // 2), {})
    end
    local memo = { found = m:node_memo("p", "k") }
    local quick, slow, kept, checked = made(true), made(false), made(true, memo), made(true, { found = memo.found,
      checks = true })
    local want = state_of(slow)
    check.eq(state_of(quick), want, "round " .. round)
    check.eq(state_of(kept), want, "round " .. round)
    check.eq(state_of(checked), want, "round " .. round)
    n_taken = n_taken + kept:from_memo()
    for i in slow:each() do
      if slow:status(i) == "waiting" then check.eq(quick.n_missing[i], slow.n_missing[i]) end
    end
    math.randomseed(luck)
    run_all(m, slow, 101)                       -- records nothing
    math.randomseed(luck)
    run_all(m, kept, drop, kept.graph.rows and k ~= 3, k == 3)
    check.eq(state_of(kept), state_of(slow), "round " .. round)
    check.eq(kept.late, slow.late)
    math.randomseed(luck)
    for _ = 1, math.random(3) do changed[math.random(n)] = math.random(9) end
  end
end

check.test("the first plan of C is that of Lua, and so is what follows from it", function()
  math.randomseed(seed)
  for round = 1, 60 do
    local luck = math.random(1 << 30)
    four_runs(round, fx.folder(), round % 2 == 0)
    math.randomseed(luck)
  end
  check.ok(n_taken > 500, n_taken .. " nodes were taken from memos")
end)

-- A store with a run of two steps, whose nodes are kept, and its graph.
local function kept_run(dir)
  local m <close> = fx.open(dir)
  local g = graph.build("here.lua:1", nil, function() silent(source {}) end)
  local p = plan.new(g, world_of(m:cache(2), true), {})
  local run, view, rows = fx.begin(m), m:view(), {}
  for i in p.take, p do
    local id = g.nodes[i][ID]
    rows[i] = fx.step(id, i, "x", { key = p:key(i) })
    if id == "silent" then rows[i].outputs = {} end
    p:finish(i, id == "silent" and "" or fx.value("x").digest, true)
  end
  local nodes = { key = "k", view = view }
  nodes.steps, nodes.nodes = p:for_memo(g.rows)
  check.ok(m:commit(run.row, rows, fx.finish(rows, { nodes = nodes })))
  return g
end

local function plan_with_memo(m, g, key)
  return plan.new(g, world_of(m:cache(2), true, { found = m:node_memo("p", key or "k") }), {})
end

check.test("nodes of an earlier run are taken, and so is its wiring", function()
  local dir = fx.folder()
  local g = kept_run(dir)
  local m <close> = fx.open(dir)
  local p = plan_with_memo(m, g)
  check.eq({ p:from_memo() }, { 2, true })
  check.eq({ m:node_memo("p", "k"):spec() }, { fx.spec {}, fx.sha "spec" })
  check.eq({ plan_with_memo(m, g, "other"):from_memo() }, { 0, false })
  check.eq({ m:node_memo("q", "k") }, {})
end)

check.test("where another process has recorded a key meanwhile, the node is looked up", function()
  local dir = fx.folder()
  local g = kept_run(dir)
  local m <close> = fx.open(dir)
  local other <close> = fx.open(dir)
  local view, p = m:view(), plan_with_memo(m, g)
  local run, late = fx.begin(other), fx.step("source", 1, "late", { key = p:key(1) })
  check.ok(other:commit(run.row, { late }))
  local nodes = { key = "k", view = view }
  nodes.steps, nodes.nodes = p:for_memo(g.rows)
  run = fx.begin(m)
  local trace = { codes = { 2, 2 }, rows = { p:result_row(1), p:result_row(2) } }
  check.ok(m:commit(run.row, {}, fx.finish({}, { trace = trace, nodes = nodes })))
  local again = plan_with_memo(m, g)
  check.eq({ again:result_row(1), again:status(2) }, { late.row, "ready" })
end)

check.test("a memo that is damaged, or whose pipeline is gone, is none", function()
  for _, change in ipairs { "update node_memo set nodes = cast(nodes as text) || 'x'",
    "update node_memo set last_step = 0", "update node_memo set spec = 2",
    "update node_memo set steps = x'00'", "update node_memo set results = zeroblob(16)",
    "update pipeline set deleted = 1" } do
    local dir = fx.folder()
    kept_run(dir)
    local m <close> = fx.open(dir)
    check.ok(m:node_memo("p", "k"))
    check.eq(fx.folder_said(m, change), "")
    check.eq({ m:node_memo("p", "k") }, {})
  end
end)

check.test("a node that is not what its memo says is an internal error, where that is compared", function()
  local dir = fx.folder()
  local g = kept_run(dir)
  local m <close> = fx.open(dir)
  local p, run = plan_with_memo(m, g), fx.begin(m)
  local nodes = { key = "k", view = m:view() }
  nodes.steps, nodes.nodes = p:for_memo(g.rows)
  local trace = { codes = { 2, 2 }, rows = { p:result_row(2), p:result_row(1) } }       -- exchanged
  check.ok(m:commit(run.row, {}, fx.finish({}, { trace = trace, nodes = nodes })))
  local memo = { found = m:node_memo("p", "k"), checks = true }
  check.raises(function() plan.new(g, world_of(m:cache(2), true, memo), {}) end,
    'node memo: node "source" (1): the row of its result differ')
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
