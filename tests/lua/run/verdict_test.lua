-- verdict_test.lua -- which results may be reused, and what the user is told: no disk, no database.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local key = require "rille.cache.key"
local step = require "rille.script.step"
local verdict = require "rille.run.verdict"
local t = require "rille.script.types".t

level = 1
local function plain(p) return p.k end
local function reads_level(p) return p.k * level end
local function loads(p) return load("return " .. p.k)() end

local function define(name, run, cache)
  return step.define(name, { params = { k = 1 }, outputs = { t.number "x" }, run = run, cache = cache })
end
local one, two = define("one", plain), define("two", plain)
local reader, loader = define("reader", reads_level), define("loader", loads)
local never, always = define("never", plain, false),
  define("always", function(p) return p.k + #os.tmpname() end, "always")
local rude = define("rude", function(p) return p.k + #io.popen("true"):read "a" end)

-- A judge of a graph with a node for each of these steps: { judge(answer) -> answer, notes }.
local function judge_of(steps, options)
  options = options or {}
  local g = graph.build("here.lua:1", nil, function() for _, one_of in ipairs(steps) do one_of {} end end)
  local made, notes, caught_up, specs = {}, {}, 0, {}
  local plan = { graph = g, key = function() return ("k"):rep(32) end,
    files = { check_run = function() return options.conflict end } }
  local function spec(node)
    local s = node[graph.STEP]
    specs[s] = specs[s] or key.spec_of(s, true)
    return specs[s]
  end
  for _, node in ipairs(g.nodes) do spec(node) end
  local recorder = { made = made, catch_up = function() caught_up = caught_up + 1 end }
  local judge = verdict.judge(plan, spec, recorder,
    function(event, i, text) notes[#notes + 1] = event .. " " .. i .. ": " .. text end, options.isolated or false)
  return { made = made, notes = notes, caught_up = function() return caught_up end, judge = function(answer)
    answer.position, answer.ok = answer.position or 1, answer.ok ~= false
    judge(answer)
    return answer
  end }
end

check.test("a result that depends on its key alone is reused", function()
  local j = judge_of { one }
  check.eq({ j.judge({ outputs = { { digest = "d" } } }).reusable, j.notes }, { true, {} })
  check.eq(j.made.d, { digest = "d" })
end)

check.test("a failed step is not reused, and nothing is said", function()
  local j = judge_of { one }
  check.eq({ j.judge({ ok = false }).reusable, j.notes }, { false, {} })
end)

check.test("cache = false is not reused, and nothing is said", function()
  local j = judge_of { never }
  check.eq({ j.judge({}).reusable, j.notes }, { false, {} })
end)

check.test("an impure step says what it used and where", function()
  local j = judge_of { one }
  check.eq(j.judge({ impure = { { what = "the clock", where = "a.lua:3" }, { what = "more", where = "" } } }).reusable,
    false)
  check.eq(j.notes, { 'note 1: not cached: it uses the clock at a.lua:3; '
    .. 'set cache = "always" to cache the result anyway' })
end)

check.test('cache = "always" insists', function()
  local j = judge_of { always }
  check.eq({ j.judge({ impure = { { what = "the clock", where = "a.lua:3" } } }).reusable, j.notes }, { true, {} })
end)

check.test("a reason is told once for a step", function()
  local j = judge_of { one, two }
  for _ = 1, 3 do j.judge { impure = { { what = "the clock", where = "" } } } end
  j.judge { position = 2, impure = { { what = "the clock", where = "" } } }
  check.eq(#j.notes, 2)
end)

check.test("a file that changed while the step ran", function()
  local j = judge_of { one }
  check.eq(j.judge({ changed = { "data.csv" } }).reusable, false)
  check.eq(j.notes, { "note 1: not cached: data.csv changed while it ran" })
end)

check.test("captured state that an earlier step changed", function()
  local j = judge_of { one }
  check.eq(j.judge({ stale = "level" }).reusable, false)
  check.eq(j.notes, { "note 1: not cached: level was changed by an earlier step of this run" })
end)

check.test("what it changed and another step captures", function()
  local j = judge_of { one, reader }
  level = 2
  local answer = j.judge { altered = "level" }
  level = 1
  check.eq(answer.reusable, false)
  check.eq(j.notes,
    { "note 1: it changed level, which it captures; later steps of this run that capture it are not cached",
    "note 1: not cached: it changed what step reader captures" })
end)

check.test("where steps are isolated no other sees the change", function()
  local j = judge_of({ one, reader }, { isolated = true })
  level = 2
  local answer = j.judge { altered = "level" }
  level = 1
  check.eq(answer.reusable, true)
  check.eq(j.notes,
    { "note 1: it changed level, which it captures; no other step sees the change: return the value instead" })
end)

check.test("what it did to a module may be seen by a step that loads code", function()
  local j = judge_of { one, loader }
  check.eq(j.judge({ acted = "module m" }).reusable, false)
  check.eq(j.notes, { "note 1: not cached: step loader, which loads code, may see its change to module m" })
  check.eq(judge_of({ one, two }).judge({ acted = "module m" }).reusable, true)
end)

check.test("a conflict over a file fails the step", function()
  local j = judge_of({ one }, { conflict = "it wrote what two reads" })
  local answer = j.judge { trace = "t", reads = "a file" }
  check.eq({ answer.ok, answer.error, answer.trace, answer.reusable }, { false, "it wrote what two reads", nil, false })
end)

check.test("notes of the step are told, of commands only when it succeeded", function()
  local j = judge_of { one }
  j.judge { notes = { "slow" }, ended = { "cat failed" } }
  check.eq(j.notes, { "note 1: slow", "note 1: cat failed" })
  j = judge_of { one }
  j.judge { ok = false, notes = { "slow" }, ended = { "cat failed" } }
  check.eq(j.notes, { "note 1: slow" })
end)

check.test("a damaged input writes what is deferred first", function()
  local j = judge_of { one }
  j.judge { ok = false, lost = "d" }
  check.eq(j.caught_up(), 1)
end)

check.test("what the fingerprint cannot cover is a reason of its own", function()
  if not fingerprint.walk(rude.run) then return end
  local j = judge_of { rude }
  j.judge { impure = { { what = "io.popen", where = "" } } }
  check.eq(#j.notes, 1)
end)

check.done()
