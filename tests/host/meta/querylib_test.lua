-- querylib_test.lua -- reading the history: rille.host.meta's queries.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fx = require "record_fixture"
local meta = require "rille.host.meta"
local sha = fx.sha

local NOTFOUND, INVAL = -4, -6

-- load -> train -> eval in pipeline p, run twice: the second hits load and train.
local function history()
  local m = fx.open()
  local spec = fx.spec { { "load", "loader" }, { "train", "trainer" }, { "eval", "evaluator" } }
  local load = fx.step("load", 1, "data", { step = "loader", params = '{"n":1}', log = "loaded\n", reads = "R" })
  local train = fx.step("train", 2, fx.object("model", 500),
    { step = "trainer", inputs = { { "x", load.outputs[1][2].digest } }, metrics = '{"acc":1}', metadata = '{"k":2}' })
  local eval = fx.step("eval", 3, "0.9", { step = "evaluator",
    inputs = { { "model", train.outputs[1][2].digest }, { "x", load.outputs[1][2].digest } } })
  local first = fx.begin(m, { name = "first", spec = spec, tags = '["t"]', script = "s.lua" })
  assert(m:commit(first.row, { load, train, eval }, fx.finish({ load, train, eval }, { counts = '{"ran":3}' })))
  local eval2 = fx.step("eval", 3, "0.8", { step = "evaluator", key = sha "other", inputs = eval.inputs })
  local second = fx.begin(m, { name = "second", spec = spec })
  assert(m:commit(second.row, { eval2 },
    fx.finish(nil,
      { status = "failed", reason = "eval failed",
        trace = { codes = { 4, 4, 5 }, rows = { load.row, train.row, eval2 } } })))
  return m, { load = load, train = train, eval = eval, eval2 = eval2, first = first, second = second }
end

check.test("runs are listed newest first, page by page", function()
  local m <close> = fx.open()
  for i = 1, 7 do
    fx.begin(m, { name = "r" .. i, pipeline = i % 2 == 0 and "even" or "odd", unlisted = i == 5,
      finish = { status = i == 3 and "failed" or "completed", seconds = 0.5 } })
  end
  local function names(options)
    local out = {}
    repeat
      local list, cursor = m:runs(options)
      for _, r in ipairs(list) do out[#out + 1] = r.name end
      options.before = cursor
    until not cursor
    return table.concat(out, " ")
  end
  check.eq(names { limit = 2 }, "r7 r6 r4 r3 r2 r1")
  check.eq(names { limit = 2, order = "asc" }, "r1 r2 r3 r4 r6 r7")
  check.eq(names { limit = 2, unlisted = true }, "r7 r6 r5 r4 r3 r2 r1")
  check.eq(names { limit = 1, pipeline = "odd" }, "r7 r3 r1")
  check.eq(names { limit = 1, pipeline = "odd", order = "asc" }, "r1 r3 r7")
  check.eq(names { status = "failed" }, "r3")
  check.eq(names { pipeline = "none" }, "")
  check.raises(function() m:runs { order = "up" } end, "'asc' or 'desc'")
  check.raises(function() m:runs { limit = "3" } end, "expected a number")
end)

check.test("a run has its fields, and is found by name, id, prefix and row", function()
  local m <close>, h = history()
  local r = m:run "first"
  check.eq({ r.row, r.name, r.pipeline, r.number, r.status, r.started, r.seconds, r.cache, r.unlisted, r.script, r.tags,
    r.counts, r.spec_hash, r.spec_version, r.params, r.reason },
    { h.first.row, "first", "p", 1, "completed", 1000.0, 1.5, true, false, "s.lua", '["t"]', '{"ran":3}', sha "spec", 1,
      "{}" })
  check.eq(m:run(r.id).name, "first")
  check.eq(m:run(h.second.row).reason, "eval failed")
  check.eq(m:run(r.id:sub(1, 31)).name, "first")
  local none, message, code = m:run "nothing"
  check.eq({ none, message, code }, { nil, "no run named 'nothing'", NOTFOUND })
  check.eq(select(3, m:run(99)), NOTFOUND)
  none, message, code = m:run(r.id:sub(1, 4))
  check.has(message, "ambiguous: '" .. r.id:sub(1, 4) .. "' is first, second")
  check.eq(code, INVAL)
end)

check.test("the n-th run counts from both ends, listed ones unless all are wanted", function()
  local m <close> = fx.open()
  for i = 1, 4 do fx.begin(m, { name = "r" .. i, unlisted = i == 4, finish = { status = "failed" } }) end
  local function nth(n, options) local r = m:nth_run("p", n, options) return r and r.name end
  check.eq({ nth(1), nth(3), nth(-1), nth(-3) }, { "r1", "r3", "r3", "r1" })
  check.eq({ nth(4), nth(-4), nth(0) }, {})
  check.eq(nth(-1, { unlisted = true }), "r4")
  check.eq(m:nth_run("none", 1), nil)
end)

check.test("an invisible run is found by its name alone", function()
  local m <close> = fx.open()
  fx.begin(m, { name = "r1", finish = { status = "completed" } })
  local made = fx.begin(m, { name = "mixture", pipeline = "p (blame)", unlisted = true, invisible = true,
    finish = { status = "completed" } })
  check.eq({ #m:runs { unlisted = true }, #m:runs { unlisted = true, pipeline = "p (blame)" } }, { 1, 0 })
  check.eq({ #m:pipelines(), m:nth_run("p (blame)", -1, { unlisted = true }) }, { 1 })
  check.eq({ m:run("mixture").row, m:run("mixture").unlisted }, { made.row, true })
end)

check.test("pipelines come with counts and their newest run", function()
  local m <close>, h = history()
  fx.begin(m, { pipeline = "another", name = "x", unlisted = true })
  local list = m:pipelines()
  check.eq(#list, 2)
  check.eq(list[1], { name = "another", runs = 0, completed = 0, failed = 0, running = 0 })
  local p = list[2]
  check.eq({ p.name, p.runs, p.completed, p.failed, p.running }, { "p", 2, 1, 1, 0 })
  check.eq({ p.newest.name, p.newest.row, p.newest.number, p.newest.status }, { "second", h.second.row, 2, "failed" })
end)

check.test("the steps of a run are its trace, with hits seen from the run that made them", function()
  local m <close>, h = history()
  local steps = m:steps(h.second.row)
  check.eq(#steps, 3)
  local load, train, eval = steps[1], steps[2], steps[3]
  check.eq({ load.node, load.step, load.position, load.status, load.row, load.run.name, load.run.node },
    { "load", "loader", 1, 4, h.load.row, "first", "load" })
  check.eq({ load.params, load.key, load.seconds, load.started, load.reason, load.reusable },
    { '{"n":1}', sha "key load", 0.25, 1000.5, "new", true })
  check.eq({ train.metrics, train.metadata }, { '{"acc":1}', '{"k":2}' })
  check.eq(load.log, nil, "logs are read one by one")
  check.eq({ eval.row, eval.run.name, eval.status }, { h.eval2.row, "second", 5 })
  check.eq(#train.outputs, 1)
  local o = train.outputs[1]
  check.eq({ o.name, o.digest, o.type, o.size, o.version, o.artifact, o.objects },
    { "output", fx.object("model", 500).digest, "array", 500, 1, "p::train::output", 1 })
  check.eq({ eval.inputs[1].name, eval.inputs[1].digest, eval.inputs[2].name }, { "model", o.digest, "x" })
  check.eq(eval.outputs[1].version, 2)
  check.eq(m:step(h.second.row, "eval"), eval)
  check.eq(m:step(h.second.row, 2), train)
  check.eq(m:step(h.second.row, "none"), nil)
  check.eq(select(3, m:steps(77)), NOTFOUND)
end)

check.test("a hit is named as in its own run; what did not run has a name and a status", function()
  local m <close>, h = history()
  local run = fx.begin(m,
    { pipeline = "q", spec_hash = sha "q", spec = fx.spec { { "fetch" }, { "later" } }, name = "q1",
    finish = { status = "stopped", trace = { codes = { 4, 6 }, rows = { h.load.row, false } } } })
  local steps = m:steps(run.row)
  check.eq({ steps[1].node, steps[1].step, steps[1].run.node }, { "fetch", "fetch", "load" })
  check.eq(steps[2], { node = "later", step = "later", position = 2, status = 6 })
  check.eq(m:step(run.row, "fetch").run.name, "first")
end)

check.test("without a spec that can be read a hit has the name it was made under", function()
  local m <close>, h = history()
  local run = fx.begin(m, { pipeline = "q", spec_hash = sha "q", name = "q1",
    finish = { status = "completed", trace = { codes = { 4 }, rows = { h.load.row } } } })
  check.eq(m:steps(run.row)[1].node, "load")
  check.eq(m:step(run.row, "load").position, 1)
end)

check.test("a running run shows the steps that are committed, in spec order", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  local other = fx.begin(m, { name = "other" })
  m:commit(run.row, { fx.step("b", 2, "b") })
  m:commit(other.row, { fx.step("c", 1, "c") })
  m:commit(run.row, { fx.step("a", 1, "a", { status = "failed", error = "boom" }) })
  local steps = m:steps(run.row)
  check.eq({ #steps, steps[1].node, steps[1].status, steps[1].error, steps[2].node }, { 2, "a", "failed", "boom", "b" })
  check.eq(m:step(run.row, "b").status, "completed")
end)

check.test("a step run tells everything", function()
  local m <close>, h = history()
  local s = m:step_row(h.load.row)
  check.eq({ s.log, s.reads, s.code.digest, s.code.leaves, s.status, s.run.id },
    { "loaded\n", "R", sha "code", '{"body":"x"}', "completed", m:run("first").id })
  check.eq(m:step_row(99), nil)
  check.eq(m:code(sha "code"), '{"body":"x"}')
  check.eq(m:code(sha "no"), nil)
  check.eq(m:spec(m:run("first").spec),
    fx.spec { { "load", "loader" }, { "train", "trainer" }, { "eval", "evaluator" } })
  check.eq(m:spec(99), nil)
  check.eq(m:wiring("p", sha "spec"), m:spec(m:run("first").spec))
  check.eq({ m:wiring("p", sha "no"), m:wiring("q", sha "spec") }, {})
end)

check.test("artifacts are found by name, version, tag, number and digest", function()
  local m <close>, h = history()
  local function found(what) local a = m:find_artifact(what) return a and a.number end
  check.eq({ found "p::eval::output@1", found "p::eval::output@2", found "p::eval::output@-1",
    found "p::eval::output@-2" },
    { 1, 2, 2, 1 })
  check.eq({ found "p::eval::output@3", found "p::eval::output@0", found "p::eval::output@-3", found "p::eval::output@",
    found "@1" },
    {})
  check.eq(m:tag("artifact", m:find_artifact("p::eval::output@1").version_row, "first", true), true)
  check.eq({ found "p::eval::output@first", found "p::eval::output@last" }, { 1 })
  check.eq(m:find_artifact("p::eval::output").digest, fx.value("0.8").digest)
  local model = m:find_artifact "p::train::output"
  check.eq({ model.type, model.size, model.number, model.step_run }, { "array", 500, 1, h.train.row })
  check.eq(model.origin, { source = m:run("first").row, position = 2, output = 1 })
  model.others = 0
  check.eq(m:find_artifact(tostring(model.id)), model)
  local hex = model.digest:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  check.eq(m:find_artifact(hex), model)
  check.eq(m:find_artifact(hex:sub(1, 9)), model)
  check.eq(select(3, m:find_artifact "nothing"), NOTFOUND)
  check.eq(select(3, m:find_artifact "abc"), NOTFOUND)
  local versions = m:versions "p::eval::output"
  check.eq({ #versions, versions[1].run.name, versions[2].number, versions[2].run.name }, { 2, "first", 2, "second" })
  check.eq(m:versions "none", {})
end)

check.test("a tag is on or off, and every change is kept", function()
  local m <close> = history()
  local row = m:find_artifact("p::eval::output").version_row
  local function tag(name, added) return (m:tag("artifact", row, name, added)) end
  check.eq({ tag("a", true), tag("a", true), tag("b", false), tag("a", false), tag("a", true) },
    { true, false, false, true, true })
  check.eq(fx.rows(m, "select tag, added from tagging where kind = 'artifact' order by id"),
    { { tag = "a", added = 1 }, { tag = "a", added = 0 }, { tag = "a", added = 1 } })
  check.eq(m:tags("artifact", row), { "a" })
  check.raises(function() m:tag("artifact", "x", "a", true) end, "number expected")
end)

-- A run of pipeline "n", whose wiring is the nodes a and b, ended with a trace.
local function named_run(m, name, codes, rows, steps, naming)
  local bytes = fx.spec { { "a" }, { "b" } }
  local run = fx.begin(m,
    { name = name, pipeline = "n", spec = bytes, spec_hash = sha "a b", naming = naming and naming.text })
  check.ok(m:commit(run.row, steps, { status = "completed", trace = { codes = codes, rows = rows }, naming = naming }))
  return run
end

local function versions_of(m, name)
  local list = fx.rows(m,
    "select v.number as n, a.preview as bytes, r.name as run, v.position as position, v.output as output"
    .. " from artifact_version v join artifact a on a.id = v.artifact join run r on r.row = v.run where v.name = "
      .. "'%s' order by v.number",
    name)
  local parts = {}
  for i, one in ipairs(list) do
    parts[i] = string.format("%d %s of %s %d.%d", one.n, one.bytes, one.run, one.position, one.output)
  end
  return table.concat(parts, ", ")
end

-- A step whose artifact shows its bytes as the preview, named NAME or not at all.
local function shown(node, position, bytes, name)
  local s = fx.step(node, position, fx.value(bytes, { preview = bytes }))
  s.outputs[1][3] = name
  return s
end

check.test("the latest version is what the newest run had, computed or from the cache", function()
  local m <close> = fx.open()
  local plain = { prefix = "n::" }
  local a1, b1 = shown("a", 1, "one", "n::a::output"), shown("b", 2, "b", "n::b::output")
  named_run(m, "first", { 1, 1 }, { a1, b1 }, { a1, b1 }, plain)
  local a2 = shown("a", 1, "two", "n::a::output")
  named_run(m, "second", { 1, 2 }, { a2, b1.row }, { a2 }, plain)
  named_run(m, "third", { 2, 2 }, { a1.row, b1.row }, nil, plain)
  named_run(m, "fourth", { 2, 6 }, { a1.row, b1.row }, nil, plain)
  check.eq(versions_of(m, "n::a::output"), "1 one of first 1.1, 2 two of second 1.1, 3 one of third 1.1")
  check.eq(versions_of(m, "n::b::output"), "1 b of first 2.1")
  named_run(m, "unlisted", { 2, 2 }, { a2.row, b1.row }, nil, nil)
  named_run(m, "failed", { 3, 4 }, { a2.row, 0 }, nil, plain)
  check.eq(m:find_artifact("n::a::output").number, 3)
  named_run(m, "mute", { 2, 2 }, { a2.row, b1.row }, nil, { prefix = "n::", mute = "\1\0" })
  check.eq(m:find_artifact("n::a::output").number, 3)
  -- with a row that others had named otherwise meanwhile
  local other = fx.begin(m, { name = "other", pipeline = "x", spec = fx.spec { { "c" } }, spec_hash = sha "c" })
  local c = shown("c", 1, "three", "n::a::output")
  check.ok(m:commit(other.row, { c },
    { status = "completed", trace = { codes = { 1 }, rows = { c } }, naming = { prefix = "x::" } }))
  named_run(m, "fifth", { 2, 2 }, { a1.row, b1.row }, nil, plain)
  check.eq(versions_of(m, "n::a::output"),
    "1 one of first 1.1, 2 two of second 1.1, 3 one of third 1.1, 4 three of other 1.1, 5 one of fifth 1.1")
  check.eq(m:check(), {})
end)

check.test("an item of a map that stands where another one stood is named, too", function()
  local m <close> = fx.open()
  local bytes = fx.spec { { "m1" }, { "m2" } }
  local function run(name, maps, items, rows, steps)
    local r = fx.begin(m, { name = name, pipeline = "n", spec = bytes, spec_hash = sha "maps" })
    check.ok(m:commit(r.row, steps,
      { status = "completed", expansion = maps,
        trace = { codes = { 1, 1, 2, 2, 2 }, rows = { false, false, table.unpack(rows) } },
      naming = { prefix = "n::", items = items } }))
  end
  local one, two = shown("x", 1, "one"), shown("y", 2, "two")
  local first = fx.begin(m, { name = "made", pipeline = "other" })
  check.ok(m:commit(first.row, { one, two }, { status = "completed" }))
  run("r1", '{"maps":[[1,2],[2,1]]}', { "m1[1]", "m1[2]", "m2[1]" }, { one.row, two.row, one.row })
  run("r2", '{"maps":[[1,1],[2,2]]}', { "m1[1]", "m2[1]", "m2[2]" }, { one.row, two.row, one.row })
  check.eq(versions_of(m, "n::m2[1]::output"), "1 one of r1 5.1, 2 two of r2 4.1")
  check.eq(versions_of(m, "n::m2[2]::output"), "1 one of r2 5.1")
  check.eq(versions_of(m, "n::m1[1]::output"), "1 one of r1 3.1")
end)

check.test("of two runs at once the one that ends last has the latest version", function()
  local m <close> = fx.open()
  local bytes, naming = fx.spec { { "a" } }, { prefix = "n::" }
  local function begin(name) return fx.begin(m, { name = name, pipeline = "n", spec = bytes, spec_hash = sha "a" }) end
  local function finish(rows)
    return { status = "completed", trace = { codes = { 1 }, rows = rows }, naming = naming }
  end
  local slow, a1 = begin "slow", shown("a", 1, "one", "n::a::output")
  check.ok(m:commit(slow.row, { a1 }))
  local fast, a2 = begin "fast", shown("a", 1, "two", "n::a::output")
  check.ok(m:commit(fast.row, { a2 }, finish { a2 }))
  check.eq(versions_of(m, "n::a::output"), "1 one of slow 1.1, 2 two of fast 1.1")
  check.ok(m:commit(slow.row, nil, finish { a1.row }))
  check.eq(versions_of(m, "n::a::output"), "1 one of slow 1.1, 2 two of fast 1.1, 3 one of slow 1.1")
end)

check.test("one wiring in another order is a spec of its own, of the same version", function()
  local m <close> = fx.open()
  local function run(...)
    local nodes = {}
    for i, id in ipairs { ... } do nodes[i] = { id } end
    local spec = fx.spec(nodes)
    local r = fx.begin(m,
      { name = table.concat({ ... }) .. "-{n}", pipeline = "n", spec = spec, spec_hash = sha "a b",
        finish = { status = "completed" } })
    check.eq(m:spec(m:run(r.row).spec), spec)
    return { r.spec_version, r.spec_new }
  end
  check.eq({ run("a", "b"), run("b", "a"), run("a", "b") }, { { 1, true }, { 1, false }, { 1, false } })
  check.eq(fx.rows(m, "select count(*) as n, max(version) as v from pipeline_spec"), { { n = 2, v = 1 } })
  check.eq(m:check(), {})
end)

check.test("a name that a port gives is that of the last node, and tagged once", function()
  local m <close> = fx.open()
  local naming = { prefix = "n::", text = "{}", given = { { 1, 1, "own", '["x"]' }, { 2, 1, "own" } } }
  local a, b = shown("a", 1, "one"), shown("b", 2, "two")
  named_run(m, "first", { 1, 1 }, { a, b }, { a, b }, naming)
  check.eq(versions_of(m, "own"), "1 one of first 1.1, 2 two of first 2.1")
  check.eq(m:step_row(a.row).outputs[1].version, 1)
  named_run(m, "second", { 2, 2 }, { a.row, b.row }, nil, naming)
  check.eq(versions_of(m, "own"), "1 one of first 1.1, 2 two of first 2.1, 3 one of second 1.1, 4 two of second 2.1")
  check.eq(#fx.rows(m, "select 1 from tagging"), 2)
  check.eq({ (m:version_at("own", fx.value("one").digest, 2)), (m:version_at("own", fx.value("one").digest, 4)),
    (m:version_at("no", sha "x", 9)) },
    { 1, 3 })
  check.eq(#fx.rows(m, "select 1 from holding"), 4)
  check.raises(function() named_run(m, "bad", { 2 }, { a.row }, nil, { prefix = "n::", given = { { 1 } } }) end,
    "number expected")
  check.raises(function() named_run(m, "worse", { 2 }, { a.row }, nil, { prefix = 1 }) end, "prefix")
end)

-- "NAME=VALUE" of the runs, oldest first.
local function metric_of(m, name, pipeline)
  local parts = {}
  for i, run in ipairs(assert(m:runs { shown = { { "metric", name } }, order = "asc", pipeline = pipeline })) do
    parts[i] = run.name .. "=" .. tostring(run.shown and run.shown[1])
  end
  return table.concat(parts, " ")
end

check.test("a metric of a run is that of its last step that logged it, hits too", function()
  local m <close> = history()
  check.eq(metric_of(m, "acc"), "first=1.0 second=1.0")
  check.eq({ metric_of(m, "acc", "p"), metric_of(m, "acc", "none"), metric_of(m, "loss") },
    { "first=1.0 second=1.0", "", "first=nil second=nil" })
  local going = fx.begin(m, { name = "going" })
  m:commit(going.row,
    { fx.step("b", 2, "b", { metrics = '{"acc":3}' }), fx.step("a", 1, "a", { metrics = '{"acc":2,"text":"x"}' }) })
  check.eq(metric_of(m, "acc"), "first=1.0 second=1.0 going=3.0")
  check.eq(metric_of(m, "text"), "first=nil second=nil going=nil")
  check.eq(m:metric_names(), { "acc" })
end)

check.test("check compares tags and metrics of runs with what they are derived from", function()
  local m <close> = history()
  m:tag("run", 1, "y", true)
  check.eq(m:check(), {})
  fx.rows(m, "update run_metric set value = 9 where run = 1 and field = (select id from metric_field where step = '')")
  fx.rows(m, "delete from run_metric where run = 2 and field = (select id from metric_field where step <> '')")
  fx.rows(m, "update tagged set tag = 'z' where tag = 'y'")
  local found = {}
  for i, one in ipairs(m:check()) do found[i] = one.kind .. ": " .. one.message end
  table.sort(found)
  check.eq(found, { "metric: run 'first': metric acc is not that of its steps",
    "metric: run 'second': metric acc of step train is not that of its steps",
    "tag: tag 'y' of run row 1 is not as it was put on or taken off",
    "tag: tag 'z' of run row 1 is not as it was put on or taken off" })
end)

check.test("infinite metrics and NaN are numbers", function()
  local m <close> = fx.open()
  for i, text in ipairs { "inf", "-inf", "nan", "other" } do
    local run = fx.begin(m, { name = "run" .. i })
    m:commit(run.row,
      { fx.step("a", 1, "a", { metrics = string.format('{"far":{"$number":"%s"},"list":[1]}', text) }) })
  end
  check.eq(metric_of(m, "far"):gsub("%-nan", "nan"), "run1=inf run2=-inf run3=nan run4=nil")
  check.eq(m:metric_names(), { "far" })
end)

-- The names of the runs that a condition lets through, oldest first.
local function names_where(m, condition)
  local names = {}
  for i, run in ipairs(assert(m:runs { where = condition, order = "asc", unlisted = true })) do names[i] = run.name end
  return table.concat(names, " ")
end

check.test("runs are listed with a condition, an order and more columns", function()
  local m <close> = history()
  local where = { op = "and", { field = "number", cmp = ">=", value = 1 },
    { field = "pipeline", cmp = "=", value = "p" } }
  local list, next = m:runs { where = where, sort = "number", order = "asc", shown = { "number", { "params", "n" } },
    limit = 1 }
  check.eq({ list[1].name, list[1].shown, next }, { "first", { 1 }, 1 })
  list, next = m:runs { where = where, sort = "number", order = "asc", limit = 5, before = next }
  check.eq({ #list, list[1].name, next }, { 1, "second" })
end)

check.test("a condition compares values of all kinds", function()
  local m <close> = fx.open()
  local function run(name, params, tags)
    fx.begin(m, { name = name, params = params, tags = tags, finish = { status = "completed" } })
  end
  run("one", '{"n":1,"deep":{"a b":true},"s":"x"}', '["best","t"]')
  run("far", '{"n":{"$number":"inf"},"s":"nan"}')
  run("odd", '{"n":{"$number":"nan"}}', '["t"]')
  run("none", "{}")
  local function param(cmp, value, ...)
    return names_where(m, { field = { "params", ... }, cmp = cmp, value = value })
  end
  check.eq({ param("=", 1, "n"), param(">", 0, "n"), param("<", math.huge, "n"), param("<>", 1, "n") },
    { "one", "one far", "one", "far odd" })
  check.eq({ param("=", 0 / 0, "n"), param("<>", 0 / 0, "n"), param(">=", 0 / 0, "n") }, { "odd", "one far", "" })
  check.eq({ param("=", nil, "n"), param("<>", nil, "n") }, { "none", "one far odd" })
  check.eq({ param("=", true, "deep", "a b"), param("=", "x", "s"), param("<", "y", "s"), param(">", 0, "s"),
    param("=", 0 / 0, "s") },
    { "one", "one", "one far", "", "far" })
  check.eq({ names_where(m, { field = "tag", cmp = "=", value = "t" }),
    names_where(m, { field = "tag", cmp = "<>", value = "t" }) },
    { "one odd", "far none" })
  local is_one, is_odd = { field = "name", cmp = "=", value = "one" }, { field = "name", cmp = "=", value = "odd" }
  local has_n = { field = { "params", "n" }, cmp = ">", value = 0 }
  check.eq({ names_where(m, { op = "or", is_one, is_odd }), names_where(m, { op = "and", is_one, is_odd }),
    names_where(m, { op = "not", has_n }) },
    { "one odd", "", "odd none" })
  check.eq(names_where(m, { op = "and", { op = "or", is_one, is_odd }, { op = "not", is_one } }), "odd")
end)

check.test("a text in a filter is a value and never SQL", function()
  local m <close> = history()
  check.eq(names_where(m, { field = "name", cmp = "=", value = "x' or '1'='1" }), "")
  check.eq(names_where(m, { field = { "params", "') or 1=1 --" }, cmp = "=", value = 1 }), "")
  check.eq(names_where(m, { field = "tag", cmp = "=", value = "'" }), "")
  check.eq(#m:runs(), 2)
end)

check.test("a filter that is none is a mistake of the caller", function()
  local m <close> = history()
  local function refused(where, text) check.raises(function() m:runs { where = where } end, text) end
  refused(1, "expected a condition")
  refused({}, "expected a field")
  refused({ field = "nothing", cmp = "=" }, "unknown field 'nothing'")
  refused({ field = { "params" }, cmp = "=" }, "unknown field 'params'")
  refused({ field = { "metric", "a", "b", "c" }, cmp = "=" }, "unknown field 'metric'")
  refused({ field = "name", cmp = "like" }, "unknown comparison 'like'")
  refused({ op = "xor", { field = "name", cmp = "=" } }, "unknown op 'xor'")
  refused({ op = "and" }, "'and' of 0 conditions")
  refused({ op = "not", { field = "name", cmp = "=" }, { field = "name", cmp = "=" } }, "'not' of 2 conditions")
  refused({ field = "name", cmp = "=", value = {} }, "string expected")
  check.raises(function() m:runs { sort = "tag" } end, "unknown field 'tag'")
  check.raises(function() m:runs { shown = { { 1, 2 } } } end, "expected a name")
  local deep = { field = "name", cmp = "=", value = "x" }
  for _ = 1, 1000 do deep = { op = "not", deep } end
  refused(deep, "nested too deep")
end)

check.test("a deleted pipeline leaves its runs, unlisted, and its name", function()
  local m <close> = history()
  check.eq(m:delete_pipeline "p", 2)
  check.eq({ #m:runs(), #m:runs { unlisted = true }, #m:pipelines(), m:nth_run("p", -1) }, { 0, 2, 0 })
  check.eq(select(3, m:delete_pipeline "p"), NOTFOUND)
  local again = fx.begin(m)
  check.eq({ again.number, again.spec_version, again.spec_new }, { 3, 1, true })
  local _, message, code = m:delete_pipeline "p"
  check.has(message, "pipeline 'p' has a running run")
  check.eq({ code, #m:pipelines() }, { -11, 1 })
  check.eq(m:check(), {})
end)

check.test("an ambiguous digest says so", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  local a, b = fx.value "a", fx.value "b"
  a.digest, b.digest = "\xab\xcd\x10" .. ("x"):rep(29), "\xab\xcd\x1f" .. ("x"):rep(29)
  m:commit(run.row, { fx.step("a", 1, a), fx.step("b", 2, b) })
  check.has(select(2, m:find_artifact "abcd1"), "ambiguous: 'abcd1' is abcd10")
  check.eq(m:find_artifact("abcd1f").digest, b.digest)
end)

check.test("who made and who took an artifact is told, newest first", function()
  local m <close> = history()
  local data = fx.value("data").digest
  local function nodes(list)
    local names = {}
    for i, one in ipairs(list) do names[i] = one.node end
    return table.concat(names, " ")
  end
  check.eq(nodes(m:consumers(data)), "eval eval train")
  check.eq(nodes(m:producers(data)), "load")
end)

check.test("referenced names every object and no inline value", function()
  local m <close> = history()
  check.eq(m:referenced(), { [sha "model"] = 500 })
end)

check.test("a whole history has no problems; damage is named", function()
  local function damaged(sql)
    local dir = fx.folder()
    local m = fx.open(dir)
    local run = fx.begin(m)
    local a = fx.step("a", 1, "one")
    m:commit(run.row, { a, fx.step("b", 2, fx.object("o", 9), { inputs = { { "x", a.outputs[1][2].digest } } }) },
      fx.finish { a })
    check.eq(m:check(), {})
    m:close()
    check.ok(os.execute(("sqlite3 %s/meta.db \"%s\" > /dev/null"):format(dir, sql)))
    m = fx.open(dir)
    local list, referenced = m:check(), m:referenced()
    m:close()
    for i, one in ipairs(list) do list[i] = one.kind .. ": " .. one.message end
    return table.concat(list, "\n"), referenced
  end
  check.eq(damaged "select 1", "")
  check.has(damaged "delete from artifact where id = 1", "reference: a row of edge")
  check.has(damaged "update artifact set size = 4 where id = 1", "artifact: artifact 1: its row")
  check.has(damaged "update record set objects = 3 where step_run = 1", "record: the record of step run 1 is damaged")
  check.has(damaged "update run set trace = x'7a05ffff'", "run: the trace of run 'run-1' is damaged")
  local _, referenced = damaged "update artifact set members = x'01' where id = 2"
  check.eq(referenced, nil, "a collector must not take the unreadable for nothing")
end)

check.test("the hits of all runs are in the order of the step runs that made the results", function()
  local m <close>, h = history()
  local third = fx.begin(m,
    { name = "third", spec = fx.spec { { "load", "loader" }, { "train", "trainer" }, { "eval", "evaluator" } } })
  assert(m:commit(third.row, {},
    fx.finish(nil, { trace = { codes = { 2, 6, 2 }, rows = { h.load.row, h.train.row, h.eval.row } } })))
  local bytes, found = m:hits(), {}
  for at = 1, #bytes, 16 do found[#found + 1] = { string.unpack("=i8i4i4", bytes, at) } end
  for i, one in ipairs(found) do found[i] = { one[1], one[2], one[3] } end
  check.eq(found, { { h.load.row, third.row, 1 }, { h.train.row, third.row, 2 }, { h.eval.row, third.row, 3 } })
  local brief, full = m:step_row(h.load.row, true), m:step_row(h.load.row)
  check.eq({ brief.log, full.log, brief.node, brief.outputs[1].digest },
    { nil, "loaded\n", "load", full.outputs[1].digest })
end)

fx.clean()
check.done()
