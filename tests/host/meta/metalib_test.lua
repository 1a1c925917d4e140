-- metalib_test.lua -- recording runs: rille.host.meta's writing side.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local fx = require "record_fixture"
local hash = require "rille.host.hash"
local meta = require "rille.host.meta"
local sha = fx.sha

local NOTFOUND, EXISTS, INVAL, CORRUPT = -4, -5, -6, -12

check.test("opening a folder without a store is an error, unless it may be created", function()
  local dir = fx.folder()
  local m, message, code = meta.open(dir)
  check.eq(m, nil)
  check.has(message, "no rille store here")
  check.eq(code, NOTFOUND)
  m = assert(meta.open(dir .. "/a/b", { create = true }))
  m:close()
  m:close()
  check.ok(meta.open(dir .. "/a/b")):close()
end)

check.test("a closed handle refuses, and is closed at the end of its scope", function()
  local dir = fx.folder()
  local kept
  do
    local m <close> = fx.open(dir)
    kept = m
  end
  check.raises(function() kept:close_dead() end, "closed")
end)

check.test("ids have 32 hex digits and grow with time", function()
  local a = meta.new_id()
  os.execute "sleep 0.01"
  local b = meta.new_id()
  check.ok(a:match "^%x+$" and #a == 32 and a < b)
end)

check.test("runs are numbered within their pipeline and specs versioned", function()
  local m <close> = fx.open()
  local a = fx.begin(m, { name = "{n}-a-{n}" })
  check.eq({ a.number, a.name, a.spec_version, a.spec_new }, { 1, "1-a-1", 1, true })
  local b = fx.begin(m)
  check.eq({ b.number, b.name, b.spec_version, b.spec_new }, { 2, "run-2", 1, false })
  local c = fx.begin(m, { spec = "other", spec_hash = sha "other" })
  check.eq({ c.number, c.spec_version, c.spec_new }, { 3, 2, true })
  local d = fx.begin(m, { pipeline = "q", name = "q-{n}" })
  check.eq({ d.number, d.spec_version, d.spec_new }, { 1, 1, true })
end)

check.test("a name is taken once", function()
  local m <close> = fx.open()
  fx.begin(m, { name = "mine" })
  local r, message, code = m:begin_run { id = meta.new_id(), name = "mine", pipeline = "p", spec = "",
    spec_hash = sha "spec", started = 1.0 }
  check.eq(r, nil)
  check.has(message, "run name 'mine' is taken")
  check.eq(code, EXISTS)
  check.eq(#m:runs(), 1)
end)

check.test("what is wrong in a table is named, and nothing is written", function()
  local m <close> = fx.open()
  check.raises(function() m:begin_run { id = "x" } end, "field 'name' is missing")
  check.raises(function() fx.begin(m, { spec_hash = "short" }) end, "expected 32 bytes")
  check.raises(function() fx.begin(m, { started = "now" }) end, "expected a number")
  local _, message, code = m:begin_run { id = "../../etc", name = "n", pipeline = "p", spec = "",
    spec_hash = sha "s", started = 1 }
  check.has(message, "32 hex digits")
  check.eq(code, INVAL)
  local run = fx.begin(m)
  check.raises(function() m:commit(run.row, { fx.step("a", 1, "v", { position = "one" }) }) end, "an integer")
  check.raises(function() m:commit(run.row, { {} }) end, "field 'node' is missing")
  check.raises(function() m:commit(run.row, { 1 }) end, "step 1: expected a table")
  check.raises(function()
    m:commit(run.row,
      { fx.step("a", 1, fx.value("abc", { members = { { name = "v", digest = sha "x", size = 9, bytes = "abc" } } })) })
  end, "not that of its bytes")
  check.raises(function() m:commit(run.row, {}, fx.finish({}, { trace = { codes = { 1 }, rows = { {} } } })) end,
    "'row'")
  check.eq(fx.rows(m, "select count(*) as n from step_run"), { { n = 0 } })
end)

check.test("a commit writes steps, edges, artifacts and records, and tells the rows", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  local a = fx.step("a", 1, "one")
  local b = fx.step("b", 2, "two", { inputs = { { "x", a.outputs[1][2].digest }, { "x", a.outputs[1][2].digest } } })
  check.ok(m:commit(run.row, { a, b }))
  check.eq({ a.row, b.row }, { 1, 2 })
  local counts = fx.rows(m, [[select (select count(*) from step_run) as steps, (select count(*) from edge) as edges,
    (select count(*) from artifact) as artifacts, (select count(*) from record) as records]])
  check.eq(counts, { { steps = 2, edges = 4, artifacts = 2, records = 2 } })
  check.ok(m:commit(run.row, nil, fx.finish { a, b }))
  check.eq(m:run(run.row).status, "completed")
end)

check.test("an input that nobody made fails the whole commit", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  local ok, message, code = m:commit(run.row,
    { fx.step("a", 1, "one"), fx.step("b", 2, "two", { inputs = { { "x", sha "nowhere" } } }) })
  check.eq(ok, nil)
  check.has(message, "does not exist")
  check.eq(code, NOTFOUND)
  check.eq(fx.rows(m, "select count(*) as n from artifact"), { { n = 0 } })
  check.ok(m:commit(run.row, { fx.step("a", 1, "one") }), "and the memory of what it wrote is gone too")
  check.eq(#m:check(), 0)
end)

check.test("an input that is a literal brings its artifact along", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  local literal = fx.value "literal"
  check.ok(m:commit(run.row, { fx.step("a", 1, "one", { inputs = { { "x", literal.digest, literal } } }) }))
  check.eq(select(4, m:inline(literal.digest)), "literal")
  check.eq(m:step_row(1).inputs[1].name, "x")
end)

check.test("equal content is one artifact; a name gets a version when the content changes", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  local function make(bytes) check.ok(m:commit(run.row, { fx.step("a", 1, bytes) })) end
  make "one"; make "one"; make "two"; make "one"
  check.eq(fx.rows(m, "select count(*) as n from artifact"), { { n = 2 } })
  local versions = m:versions "p::a::output"
  check.eq(#versions, 3)
  check.eq(versions[1].digest, versions[3].digest)
  check.eq(versions[2].number, 2)
end)

check.test("only completed reusable steps with a key are recorded", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  check.ok(m:commit(run.row, { fx.step("a", 1, "1", { status = "failed" }), fx.step("b", 2, "2", { reusable = false }),
    fx.step("c", 3, "3") }))
  check.eq(fx.rows(m, "select step_run from record"), { { step_run = 3 } })
end)

check.test("a run ends once", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  check.ok(m:commit(run.row, nil, fx.finish()))
  local ok, message, code = m:commit(run.row, { fx.step("a", 1, "v") }, fx.finish())
  check.eq(ok, nil)
  check.has(message, "is not running")
  check.eq(code, INVAL)
  check.eq(fx.rows(m, "select count(*) as n from step_run"), { { n = 0 } })
end)

check.test("a cached run is begun and ended in one call", function()
  local dir = fx.folder()
  local m <close> = fx.open(dir)
  local first = fx.begin(m)
  local a = fx.step("a", 1, "one")
  m:commit(first.row, { a }, fx.finish { a })
  local run = fx.begin(m,
    { finish = { status = "completed", seconds = 0.01, trace = { codes = { 4 }, rows = { a.row } } } })
  check.eq(run.number, 2)
  check.eq(m:run(run.row).status, "completed")
  check.eq(m:steps(run.row)[1].run.name, first.name)
  check.eq(#m:close_dead(), 0)
end)

check.test("what a finished run holds is let go of", function()
  local dir = fx.folder()
  local m <close> = fx.open(dir)
  local run = fx.begin(m)
  check.ok(os.execute("ls " .. dir .. "/runs/*.lock > /dev/null"))
  m:commit(run.row, nil, fx.finish())
  check.ok(not os.execute("ls " .. dir .. "/runs/*.lock > /dev/null 2>&1"))
end)

check.test("a live run is not dead, neither for its process nor for another handle", function()
  local dir = fx.folder()
  local m <close> = fx.open(dir)
  local run = fx.begin(m)
  check.eq(m:close_dead(), {})
  local second <close> = fx.open(dir)
  check.eq(second:close_dead(), {})
  check.eq(m:run(run.row).status, "running")
end)

check.test("a handle closed in the middle leaves a run that is found interrupted", function()
  local dir = fx.folder()
  local m = fx.open(dir)
  local run = fx.begin(m)
  m:commit(run.row, { fx.step("a", 1, "one") })
  m:close()
  local again <close> = fx.open(dir)
  check.eq(again:close_dead(), { run.row })
  local r = again:run(run.row)
  check.eq({ r.status, r.reason, r.seconds }, { "failed", "interrupted", 0.75 })
  check.eq(again:steps(run.row)[1].node, "a")
  check.eq(again:close_dead(), {})
end)

-- A script for another process that shares this one's modules.
local function child(text)
  local dir = fx.folder()
  local f <close> = assert(io.open(dir .. "/child.lua", "w"))
  f:write(("package.path = %q\n"):format(paths.root .. "/tests/lib/?.lua"), "local fx = require 'record_fixture'\n",
    text)
  return fx.program() .. " " .. dir .. "/child.lua"
end

check.test("kill -9 of a process with a run: its steps stay, it is interrupted, the next ones hit", function()
  local dir = fx.folder()
  local command = child [[
    local m = fx.open(arg[1])
    local run = fx.begin(m, { name = "doomed" })
    assert(m:commit(run.row, { fx.step("a", 1, "one") }))
    os.execute "kill -9 $PPID"
    os.execute "sleep 10"]]
  os.execute("{ " .. command .. " " .. dir .. "; } > /dev/null 2>&1")
  local m <close> = fx.open(dir)
  check.eq(m:run("doomed").status, "running")
  check.eq(#m:close_dead(), 1)
  check.eq(m:run("doomed").reason, "interrupted")
  check.ok(m:cache(1):get(sha "key a"))
  check.eq(#m:check(), 0)
end)

check.test("four processes write at once and none is refused", function()
  local dir = fx.folder()
  local command = child [[
    local m = fx.open(arg[1])
    for i = 1, 20 do
      local run = fx.begin(m)
      local steps = {}
      for k = 1, 5 do steps[k] = fx.step(arg[2] .. "-" .. i .. "-" .. k, k, arg[2] .. i .. k) end
      assert(m:commit(run.row, steps))
      assert(m:commit(run.row, nil, fx.finish(steps)))
      assert(m:close_dead())
    end
    m:close()]]
  local all = {}
  for i = 1, 4 do all[i] = ("(%s %s w%d || echo failed) & "):format(command, dir, i) end
  local f <close> = assert(io.popen(table.concat(all) .. "wait"))
  check.eq(f:read "a", "")
  local m <close> = fx.open(dir)
  check.eq(fx.rows(m, "select count(*) as runs, max(number) as last, sum(status = 'completed') as done from run"),
    { { runs = 80, last = 80, done = 80 } })
  check.eq(fx.rows(m, "select count(*) as n from record"), { { n = 400 } })
  check.eq(#m:check(), 0)
end)

check.test("a folder of another user is refused", function()
  if not os.execute "test $(id -u) = 0" then return end
  local dir = fx.folder()
  fx.open(dir):close()
  os.execute("chown 12345 " .. dir)
  local m, message, code = meta.open(dir)
  check.eq(m, nil)
  check.has(message, dir .. " belongs to another user (uid 12345)")
  check.eq(code, INVAL)
end)

check.test("read-only handles read and do not write", function()
  local dir = fx.folder()
  local m <close> = fx.open(dir)
  fx.begin(m)
  local reader <close> = assert(meta.open(dir, { readonly = true }))
  check.eq(#reader:runs(), 1)
  local r, message = reader:begin_run { id = meta.new_id(), name = "n", pipeline = "p", spec = "", spec_hash = sha "s",
    started = 1 }
  check.eq(r, nil)
  check.has(message, "readonly")
end)

check.test("a damaged artifact is no value, and is healed by the step that makes it again", function()
  local dir = fx.folder()
  local m = fx.open(dir)
  local run = fx.begin(m)
  local a = fx.step("a", 1, "precious value")
  local digest = a.outputs[1][2].digest
  m:commit(run.row, { a }, fx.finish { a })
  check.eq({ m:inline(digest) }, { "string", "string", 1, "precious value", "value" })
  m:close()
  check.ok(os.execute("sqlite3 " .. dir .. "/meta.db \"update artifact set inline = cast('precious walue' as blob)\""))
  m = fx.open(dir)
  check.eq(m:inline(digest), nil)
  local artifact, message, code = m:artifact(digest)
  check.eq(artifact, nil)
  check.has(message, "damaged")
  check.eq(code, CORRUPT)
  check.has(m:check()[1].message, "artifact 1")
  run = fx.begin(m)
  check.ok(m:commit(run.row, { fx.step("a", 1, "precious value") }))
  check.eq(select(4, m:inline(digest)), "precious value")
  check.eq(#m:check(), 0)
  m:close()
end)

check.test("a store remembers in the metadata which files it saw hash right", function()
  local dir = fx.folder()
  local m = fx.open(dir)
  local s = assert(require("rille.host.store").open(dir))
  m:memo(s)
  local digest, size = s:put(("0123456789abcdef"):rep(8192), true)
  check.ok(s:sync())
  local run = fx.begin(m)
  check.eq(fx.rows(m, "select size from verified"), { { size = size } })
  check.eq(#fx.rows(m, "select 1 from verified where digest = x'%s'", hash.hex(digest)), 1)
  m:close()
  check.ok(s:get(digest, size), "and goes on without it")
  s:close()
  local again <close> = fx.open(dir)
  local s2 <close> = assert(require("rille.host.store").open(dir))
  again:memo(s2)
  s2:close()
  check.ok(fx.begin(again))
  check.raises(function() again:memo(s2) end, "closed")
end)

check.test("sources are kept once, with the paths of the run", function()
  local m <close> = fx.open()
  local text = "return 1 -- \"quoted\"\0zero"
  local sources = { { path = "a \"b\".lua", digest = sha(text), text = text },
    { path = "c.lua", digest = sha(text), text = text } }
  local run = fx.begin(m, { sources = sources })
  check.eq(m:source(sha(text)), text)
  check.eq(m:source(sha "no"), nil)
  local json = m:run(run.row).sources
  check.has(json, [[{"path":"a \"b\".lua","digest":"]])
  check.has(json, [["path":"c.lua"]])
end)

fx.clean()
-- A store as version 1 of the schema made it.
local function old_store()
  local dir = fx.folder()
  local schema = io.open("../../../host/meta/schema.sql"):read "a":match "\n(%-%- version 1\n.-)\n%-%- version 2\n"
  local id = meta.new_id()
  local f = io.open(dir .. "/old.sql", "w")
  f:write(schema, "\npragma user_version = 1; pragma application_id = 1919511660;\n",
    "insert into pipeline values(7, 'p');\n",
    "insert into pipeline_spec values(1, 7, x'" .. ("00"):rep(32) .. "', 3, x'7200');\n",
    "insert into run(id, name, pipeline, number, spec, status, started, seconds, cache, unlisted, "
      .. "first_step, last_step) values('"
      .. id .. "', 'old', 7, 4, 1, 'completed', 1, 1, 1, 0, 1, 2);\n",
    "insert into step_run(id, run, node, step, position, status, reusable, metrics) values(1, 1, 'a', 'a', 1, "
      .. "'completed', 1, '{\"acc\":0.5,\"w\":\"x\","
      .. "\"far\":{\"$number\":\"-inf\"},\"odd\":{\"$number\":\"nan\"},\"o\":{\"$number\":\"?\"}}');\n",
    "insert into step_run(id, run, node, step, position, status, reusable, metrics) values(2, 1, 'b', 'b', 2, "
      .. "'completed', 1, 'damaged');\n")
  f:close()
  check.ok(os.execute(("sqlite3 %s/meta.db < %s/old.sql > /dev/null && rm %s/old.sql && sqlite3 %s/meta.db "
    .. "'pragma journal_mode=wal' > /dev/null"):format(dir,
    dir, dir, dir)))
  return dir
end

check.test("notes about a run are kept in order, also after its end; other runs have none", function()
  local m <close> = fx.open(fx.folder())
  local run, other = fx.begin(m, { name = "a" }), fx.begin(m, { name = "b" })
  check.eq(m:run_notes(run.row), {})
  check.eq({ m:note_run(run.row, "one"), m:note_run(run.row, "two\n\0") }, { true, true })
  local notes = m:run_notes(run.row)
  check.eq({ #notes, notes[1].text, notes[2].text, notes[1].time <= notes[2].time }, { 2, "one", "two\n\0", true })
  check.eq(m:run_notes(other.row), {})
end)

check.test("a database of version 1 is brought up to date, with a copy of it beside", function()
  local dir = old_store()
  local m, message = meta.open(dir, { readonly = true })
  check.eq(m, nil)
  check.has(message, "the next run brings it up to date")
  m = assert(meta.open(dir))
  check.eq({ m:run("old").pipeline, m:pipelines()[1].name, m:nth_run("p", -1).name }, { "p", "p", "old" })
  check.eq(m:runs { shown = { { "metric", "acc" } } }[1].shown, { 0.5 })
  check.eq(fx.rows(dir, "select name, typeof(value) as type, value < 0 as below from metric order by name"),
    { { name = "acc", type = "real", below = 0 }, { name = "far", type = "real", below = 1 },
      { name = "odd", type = "null" } })
  check.eq(m:check(), {})
  local run = fx.begin(m, { name = "new-{n}" })
  check.eq({ run.number, run.spec_version, run.name }, { 5, 4, "new-5" })
  check.eq(m:delete_pipeline "q", nil)
  m:close()
  check.ok(io.open(dir .. "/meta.db.v1.bak")):close()
end)

check.done()
