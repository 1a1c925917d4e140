-- record_test.lua -- what is written of a run, when, and in which order: rille.record with a project that is a list of
-- calls.  No disk, no database.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local outcome = require "rille.record.outcome"
local plan = require "rille.plan"
local project = require "rille.project"
local record = require "rille.record"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local ID <const> = graph.ID
local source = step.define "source" { params = { n = 1 }, outputs = { t.number "x" }, run = function() return 1 end }
local square = step.define "square" { inputs = { t.number "x" }, outputs = { t.number "y" },
  run = function(x) return x end }

local function digest(text) return (text .. ("."):rep(32)):sub(1, 32) end

-- A plan of source and two squares; hit(id): is the step cached?
local function new_plan(hit)
  local g = graph.build("here.lua:1", nil,
    function() square:with { id = "b" } { x = square:with { id = "a" } { x = source {} } } end)
  return plan.new(g, {
    lookup = function(_, node) if hit and hit(node[ID]) then return 7, digest(node[ID]) end end,
    spec = function(node) return { prefix = node[ID] } end,
    literal = function(input) return digest(tostring(input[1])) end,
  }, {})
end

-- A project whose parts write down their calls; fails[method] = { message, code }.
local function new_project(fails)
  local calls, made = {}, { number = 0 }
  local function called(name, value)
    calls[#calls + 1] = name
    local failure = (fails or {})[name]
    if failure then return nil, failure[1], failure[2] end
    return value
  end
  made.calls, made.check = calls, project.check
  made.store = { sync = function() return called("sync", true) end }
  made.meta = {
    wiring = function() return nil end,
    begin_run = function(_, fields)
      made.fields = fields
      return called("begin", { row = 5, name = fields.name, number = 1 })
    end,
    commit = function(_, run, rows, finish)
      made.run, made.finish = run, finish
      local words = {}
      for i, row in ipairs(rows) do
        made.number = made.number + 1
        words[i], row.row = row.node .. " " .. row.status, made.number
      end
      made.rows = rows
      return called("commit", true)
    end,
  }
  return made
end

local function begin(p, fails, done)
  local made = new_project(fails)
  return record.begin(made, { pipeline = "p", name = "p-1", unlisted = false, spec = "s", spec_hash = "h" }, p, done),
    made
end

local function answer(id, more)
  local one = { position = 1, ok = true, started = 1.0, seconds = 0.5, reusable = true,
    outputs = { { digest = digest(id), size = 3, type = "number", members = { {} } } } }
  for k, v in pairs(more or {}) do one[k] = v end
  return one
end

local SPEC <const> = { code = { digest = "c", leaves = "{}" } }

-- The first step has run.
local function ran(p, recorder, more)
  local i = p:take()
  local one = answer("source", more)
  recorder:add(p, i, one, SPEC, "no result with this key")
  return one
end

check.test("a row has what the step was made of, and what came out", function()
  local p = new_plan()
  local r, made = begin(p)
  ran(p, r, { log = "hello\n", ended = { "cat failed" }, metrics = { a = 1 } })
  r:commit()
  local row = made.rows[1]
  check.eq({ row.node, row.step, row.position, row.status, row.seconds, row.reusable, row.params, row.reason },
    { "source", "source", 1, "completed", 0.5, true, '{"n":1}', "no result with this key" })
  check.eq({ row.log, row.metrics, row.metadata, row.error }, { "hello\nnote: cat failed\n", '{"a":1}', nil, nil })
  check.eq({ row.outputs[1][1], row.outputs[1][3] }, { "x", "p::source::x" })
end)

check.test("bytes are durable before rows", function()
  local p = new_plan()
  local r, made = begin(p)
  ran(p, r)
  check.eq(made.calls, { "begin" })
  r:commit()
  check.eq(made.calls, { "begin", "sync", "commit" })
  check.eq(made.run, 5)
end)

check.test("no row is written where the bytes could not be made durable", function()
  local p = new_plan()
  local r, made = begin(p, { sync = { "no space left", -9 } })
  ran(p, r)
  local ok, failure = pcall(r.commit, r)
  check.eq({ ok, failure.message, failure.code }, { false, "no space left", -9 })
  check.eq(made.calls, { "begin", "sync" })
  check.eq(r:is_written(), false)
end)

check.test("a committed row is known by its number", function()
  local p = new_plan()
  local r = begin(p)
  ran(p, r)
  check.eq(type(r.row_of[1]), "table")
  r:commit()
  check.eq(r.row_of[1], 1)
end)

check.test("deferred rows are built when they are needed", function()
  local p = new_plan()
  local r, made = begin(p)
  r:defer(p, p:take(), answer "source", SPEC)
  check.eq({ r:is_written(), #r.rows, r:due() ~= nil }, { false, 0, true })
  r:catch_up()
  check.eq(#r.rows, 1)
  r:commit()
  check.eq({ r:is_written(), r:due(), #made.rows }, { true, nil, 1 })
end)

check.test("many deferred rows are built at once", function()
  local p = new_plan()
  local r = begin(p)
  local i = p:take()
  for _ = 1, 255 do r:defer(p, i, answer "source", SPEC) end
  check.eq(#r.rows, 0)
  r:defer(p, i, answer "source", SPEC)
  check.eq(#r.rows, 256)
end)

check.test("small values stay in memory after their commit, large ones go", function()
  local p = new_plan()
  local r = begin(p)
  local i = p:take()
  local large = { digest = digest "large", size = 65, type = "number", members = { {} } }
  local one = answer("source", { outputs = { answer("small").outputs[1], large } })
  for _, artifact in ipairs(one.outputs) do r.made[artifact.digest] = artifact end
  -- the step has one output: the second is put beside it by hand
  one.outputs[2] = nil
  r:add(p, i, one, SPEC)
  r.rows[1].outputs[2] = { "y", large }
  r:commit()
  check.eq({ r.made[digest "small"] ~= nil, r.made[digest "large"] }, { true, nil })
end)

check.test("a step that was skipped says which one failed", function()
  local p = new_plan()
  local r, made = begin(p)
  ran(p, r, { ok = false, error = "no luck", trace = "a.lua:1", outputs = false })
  p:fail(1)
  r:add_skipped(p, 2, 1)
  r:commit()
  check.eq({ made.rows[1].status, made.rows[1].error }, { "failed", "no luck\na.lua:1" })
  check.eq({ made.rows[2].status, made.rows[2].reason, made.rows[2].row },
    { "skipped", "needs source, which failed", 2 })
end)

check.test("attempts are kept, oldest first", function()
  local p = new_plan()
  local r, made = begin(p)
  ran(p, r,
    { attempts = { { started = 1, seconds = 2, error = "first", trace = "", log = "" },
      { started = 3, seconds = 4, error = "second", log = "l" } } })
  r:commit()
  check.eq(made.rows[1].attempts,
    { { started = 1, seconds = 2, error = "first" }, { started = 3, seconds = 4, error = "second", log = "l" } })
end)

check.test("the end has the codes and rows of all steps", function()
  local p = new_plan(function(id) return id == "source" or id == "a" end)
  local r, made = begin(p)
  r:add(p, p:take(), answer("b", { position = 3 }), SPEC)
  p:finish(3, digest "b", true)
  r:finish(p, "completed", nil, 1.5)
  check.eq({ made.finish.status, made.finish.seconds, made.finish.reason }, { "completed", 1.5, nil })
  check.eq(made.finish.trace.codes, { 2, 2, 1 })
  check.eq({ made.finish.trace.rows[1], made.finish.trace.rows[2] }, { 7, 7 })
  check.has(made.finish.counts, '"ran":1')
  check.has(made.finish.counts, '"cached":2')
end)

check.test("a run in which all is cached is written at once", function()
  local p = new_plan(function() return true end)
  local _, made = begin(p, nil, 0.25)
  check.eq(made.calls, { "begin" })
  check.eq({ made.fields.finish.status, made.fields.finish.seconds }, { "completed", 0.25 })
  check.eq(made.fields.finish.trace.codes, { 2, 2, 2 })
end)

check.test("a run that an error broke off is closed with its reason", function()
  local p = new_plan()
  local r, made = begin(p)
  ran(p, r)
  r:give_up(p, "internal error")
  check.eq({ made.finish.status, made.finish.reason, #made.rows }, { "failed", "internal error", 1 })
  r:give_up(p, "again")
  check.eq(made.finish.reason, "internal error")
end)

check.test("where even that fails the bare end is written", function()
  local p = new_plan()
  local r, made = begin(p)
  r:defer(p, 1, false, SPEC)            -- no answer: its row cannot be built
  r:give_up(p, "broken")
  check.eq({ made.finish.status, made.finish.reason, made.finish.counts, #made.rows }, { "failed", "broken", "{}", 0 })
end)

check.test("a store that cannot begin a run raises its failure", function()
  local ok, failure = pcall(begin, new_plan(), { begin = { "disk I/O error", -3 } })
  check.eq({ ok, failure.message, failure.code, getmetatable(failure) == project.Failure },
    { false, "disk I/O error", -3, true })
end)

check.test("outcomes are counted from the plan while there are no codes", function()
  local p = new_plan(function(id) return id == "source" end)
  check.eq(outcome.counts(p), { ran = 0, cached = 1, cut_off = 0, failed = 0, skipped = 0, stopped = 2 })
end)

check.done()
