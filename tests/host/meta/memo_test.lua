-- memo_test.lua -- the tables memo and node_memo: what deletes or mends rows empties them, what appends rows does not.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fx = require "record_fixture"
local json = require "rille.json"

-- Puts a row into each table, by another program.
local function put_rows(m)
  check.eq(fx.folder_said(m, [[
    insert into memo(pipeline, key, run, spec, last_step, named, counts, artifacts, trace, keys, sum)
      values(1, x'00', 1, 1, 1, 1, '{}', x'', x'', x'', 0);
    insert into node_memo(pipeline, key, last_step, spec, steps, nodes, results, sum)
      values(1, x'00', 1, 1, x'', x'', x'', 0)]]), "")
end

local function rows_left(m)
  return { fx.rows(m, "select count(*) as n from memo")[1].n, fx.rows(m, "select count(*) as n from node_memo")[1].n }
end

check.test("a pipeline that is deleted leaves no memo", function()
  local m <close> = fx.open()
  local run, step = fx.begin(m), fx.step("a", 1, "x")
  assert(m:commit(run.row, { step }, fx.finish { step }))
  put_rows(m)
  check.eq(rows_left(m), { 1, 1 })
  check.eq(m:delete_pipeline "p", 1)
  check.eq(rows_left(m), { 0, 0 })
end)

check.test("an artifact that is made again in the place of a damaged one leaves no memo", function()
  local dir = fx.folder()
  local m = fx.open(dir)
  local run, step = fx.begin(m), fx.step("a", 1, "precious value")
  assert(m:commit(run.row, { step }, fx.finish { step }))
  m:close()
  check.ok(os.execute("sqlite3 " .. dir .. "/meta.db \"update artifact set inline = cast('precious walue' as blob)\""))
  m = fx.open(dir)
  put_rows(m)
  run = fx.begin(m)
  check.ok(m:commit(run.row, { fx.step("b", 1, "another value") }))
  check.eq(rows_left(m), { 1, 1 })
  check.ok(m:commit(run.row, { fx.step("a", 1, "precious value") }))
  check.eq(rows_left(m), { 0, 0 })
  m:close()
end)

check.test("a model that is deleted leaves no memo", function()
  local m <close> = fx.open()
  local run, step = fx.begin(m, { spec = fx.spec { { "make" } } }), fx.step("make", 1, "one")
  assert(m:commit(run.row, { step }))
  local request = json.pack { complete = 1, reads = json.array {}, models = json.array { { model = "digits",
    steps = json.array { { step.row, "make" } }, links = json.array { { step.row, 1, "out", "model", 1, 1 } },
    taken = json.array {}, promote = json.array {}, tags = json.array {}, fields = {} } } }
  assert(m:commit(run.row, nil, fx.finish(nil, { models = request, trace = { codes = { 1 }, rows = { step.row } } })))
  put_rows(m)
  local told = json.unpack(assert(m:model_delete(json.pack { model = m:model("digits").id, force = 1 })))
  check.eq({ told.outcome, rows_left(m) }, { "deleted", { 0, 0 } })
end)

check.test("runs, steps, names, tags and notes are appended, and leave the memo", function()
  local m <close> = fx.open()
  local run, step = fx.begin(m), fx.step("a", 1, "x")
  assert(m:commit(run.row, { step }, fx.finish { step }))
  put_rows(m)
  local second, again = fx.begin(m), fx.step("a", 1, "y")
  assert(m:commit(second.row, { again }, fx.finish { again }))
  assert(m:tag("run", run.row, "good", true))
  assert(m:tag("run", run.row, "good", false))
  assert(m:note_run(run.row, "text"))
  assert(m:close_dead())
  check.eq(rows_left(m), { 1, 1 })
end)

check.test("traced tells of a position of a run's trace which step run it has, and what that made", function()
  local m <close> = fx.open()
  local run, a, b = fx.begin(m), fx.step("a", 1, "x"), fx.step("b", 2, "y")
  assert(m:commit(run.row, { a, b }, fx.finish { a, b }))
  check.eq({ m:traced(run.row, 1) }, { a.row, a.outputs[1][2].digest })
  check.eq({ m:traced(run.row, 2) }, { b.row, b.outputs[1][2].digest })
  check.eq({ m:traced(run.row, 0), m:traced(run.row, 3), m:traced(99, 1) }, {})
end)

-- A run of one step, whose code in the trace is this; true or the reason for which it leaves no row; what it leaves.
local function ended(m, code)
  local run, step = fx.begin(m), fx.step("a", 1, nil, { outputs = { { "output", fx.value "x" } } })
  assert(m:commit(run.row, { step }, fx.finish({ step }, { trace = { codes = { code }, rows = { step } } })))
  local basis, why = m:memo_basis(run.row)
  return basis ~= nil or why, basis
end

check.test("a run leaves a row when all of its steps have a result", function()
  local m <close> = fx.open()
  check.eq({ (ended(m, 1)), (ended(m, 2)), (ended(m, 6)) }, { true, true, true })
  for _, code in ipairs { 3, 4, 5 } do check.eq({ code, (ended(m, code)) }, { code, "a step has no result" }) end
end)

check.test("a row is taken of the run that was found, not of another that has come in its place", function()
  local m <close> = fx.open()
  local _, basis = ended(m, 1)
  basis.key, basis.counts, basis.facts = fx.sha "key", "{}", ""
  check.eq(m:keep_memo(basis), true)
  check.eq(m:find_memo("p", basis.key).run, basis.run)
  local function take(run)
    local id = require("rille.host.meta").new_id()
    return m:take_memo(basis.key, run, 0.5, { id = id, name = "run-{n}", pipeline = "p", started = 1000.0, cache = true,
      params = "{}" })
  end
  check.eq(take(basis.run + 1), nil)
  check.eq(#fx.rows(m, "select row from run"), 1)
  check.eq(take(basis.run).row, 2)
end)

fx.clean()
check.done()
