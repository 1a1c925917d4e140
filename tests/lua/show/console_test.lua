-- console_test.lua -- what people read of a run, event by event.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local console = require "rille.show.console"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local plan = require "rille.plan"
local program = require "rille.project.program"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local source = step.define "source" { params = { n = 1 }, outputs = { t.number "x" }, run = function() return 1 end }
local square = step.define "square" { inputs = { t.number "x" }, outputs = { t.number "y" },
  run = function(x) return x end }

local function digest(text) return (text .. ("."):rep(32)):sub(1, 32) end

-- source -> step_1 -> ... -> step_n; hit(id): is the step cached?
local function chain(n, hit)
  local g = graph.build("here.lua:1", nil, function()
    local x = source {}
    for i = 1, n do x = square:with { id = "step_" .. i } { x = x } end
  end)
  return plan.new(g, {
    lookup = function(_, node) if hit and hit(node[graph.ID]) then return 7, digest(node[graph.ID]) end end,
    spec = function(node) return { prefix = node[graph.ID] } end,
    literal = function(input) return digest(tostring(input[1])) end,
  }, {})
end

-- A console that has been given a plan: itself, and a function that takes what it wrote since the last call.
local function new(p, more)
  local written = {}
  local c = require("rille.show.console_lines").new(function(text) written[#written + 1] = text end)
  local run = { result = { name = "p-1", pipeline = "p", status = "completed", plan = p, seconds = 1.5 }, plan = p,
    info = { spec_version = 1 }, cache = true, stack = "default" }
  for k, v in pairs(more or {}) do run[k] = v end
  c:event("plan", nil, run)
  return c, function()
    local text = table.concat(written)
    written = {}
    return text
  end, run.result
end

local function answer(more)
  local one = { seconds = 0.25, outputs = { { size = 100 } } }
  for k, v in pairs(more or {}) do one[k] = v end
  return one
end

check.test("the plan alone says nothing", function()
  local _, taken = new(chain(1))
  check.eq(taken(), "")
end)

check.test("a run begins with its name and whether the cache is used", function()
  local c, taken = new(chain(1))
  c:event "run_begin"
  check.eq(taken(), "run p-1  stack default, cache on\n")
  c, taken = new(chain(1), { cache = false })
  c:event "run_begin"
  check.eq(taken(), "run p-1  stack default, cache off\n")
end)

check.test("a new wiring and new keys are told at the beginning", function()
  local c, taken = new(chain(1), { info = { spec_new = true, spec_version = 2, keys_new = true } })
  c:event "run_begin"
  local text = taken()
  check.has(text, "pipeline p: new wiring, version 2\n")
  check.has(text, "results cached by an earlier version of rille are not reused")
end)

check.test("hits have a line each, many of them one", function()
  local c, taken = new(chain(1, function(id) return id == "source" end))
  c:event "run_begin"
  check.has(taken(), "  cached    source\n")
  c, taken = new(chain(12, function(id) return id ~= "step_12" end))
  c:event "run_begin"
  check.has(taken(), "  cached    12 steps\n")
end)

check.test("a step that ends has a line with its time", function()
  local c, taken = new(chain(1))
  c:event("step_begin", 1)
  check.eq(taken(), "")
  c:event("step_end", 1, answer())
  check.eq(taken(), "  ran       source              250 ms\n")
end)

check.test("after forty lines the others are counted once a second", function()
  local c, taken = new(chain(45))
  for i = 1, 40 do c:event("step_end", i, answer()) end
  taken()
  c:event("step_end", 41, answer())
  check.eq(taken(), "  ... further steps are summarised once a second\n")
  for i = 42, 45 do c:event("step_end", i, answer()) end
  check.eq(taken(), "")
  c.counted = c.counted - 2            -- two seconds later
  c:event "tick"
  check.eq(taken(), "  45/46\n")
  c:event "tick"
  check.eq(taken(), "")
end)

check.test("what a step prints alone is written at once, whole lines only", function()
  local c, taken = new(chain(1))
  c:event("step_begin", 1)
  c:event("log", 1, "one\ntw", {})
  check.eq(taken(), "── source ──\none\n")
  c:event("log", 1, "o\n", {})
  check.eq(taken(), "two\n")
end)

check.test("what steps print side by side is held until each ends", function()
  local c, taken = new(chain(1), { jobs = 2 })
  c:event("step_begin", 1)
  c:event("step_begin", 2)
  c:event("log", 1, "one\n", {})
  c:event("log", 2, "two\n", {})
  check.eq(taken(), "")
  c:event("step_end", 2, answer())
  check.has(taken(), "── step_1 ──\ntwo\n  ran       step_1")
end)

check.test("a failure shows the error, the arguments and the end of the log", function()
  local c, taken = new(chain(1))
  c:event("step_failed", 1, answer { error = "no luck", trace = "a.lua:3: in run", log = "first\nlast\n" })
  check.eq(taken(),
    "\nfailed step source of run p-1\n  no luck\n    a.lua:3: in run\n  parameters  n = 1\n  log\n    first\n    "
      .. "last\n")
  c:event("step_failed", 2, answer { error = "it says: last", log = "last\n" })
  check.eq(taken(), "\nfailed step step_1 of run p-1\n  it says: last\n  input       x: node \"source\"\n")
end)

check.test("what a step printed before it failed is shown once", function()
  local c, taken = new(chain(1))
  c:event("log", 1, "first\nlast\n", {})
  c:event("step_failed", 1, answer { error = "no luck", log = "first\nlast\n" })
  check.eq(select(2, taken():gsub("last", "last")), 1)
end)

check.test("an internal error comes with no traceback here", function()
  local c, taken = new(chain(1))
  c:event("step_failed", 1, answer { error = "internal error", trace = "rille:lua/x.lua:1", fault = true })
  check.eq(taken():find "rille:lua", nil)
end)

check.test("a skipped step says why", function()
  local c, taken = new(chain(1))
  c:event("step_skipped", 2, 1)
  check.has(taken(), "needs source, which failed\n")
  c:event("step_skipped", 2, nil, "the condition is false")
  check.has(taken(), "the condition is false\n")
end)

check.test("an attempt that failed says when the next one comes", function()
  local c, taken = new(chain(1))
  c:event("step_retry", 1, answer { error = "busy\nmore" }, { attempt = 1, times = 2, delay = 1.5 })
  check.eq(taken(), "  retrying  source: attempt 1 of 3 failed, the next in 1.50 s: more\n")
end)

check.test("a note names its step", function()
  local c, taken = new(chain(1))
  c:event("note", 1, "not cached: it uses the clock")
  check.eq(taken(), "  note      source: not cached: it uses the clock\n")
end)

check.test("the end sums up", function()
  local p = chain(1)
  local c, taken = new(p)
  p:finish(p:take(), digest "source", true)
  c:event("step_end", 1, answer())
  p:finish(p:take(), digest "step_1", true)
  c:event("step_end", 2, answer { seconds = 1.0 })
  taken()
  c:event "run_end"
  check.eq(taken(), "completed p-1 in 1.50 s: 2 ran\n  200 B written; slowest step_1 1.00 s\n  rille show p-1\n")
end)

check.test("a failed run says how to resume and where its log is", function()
  local p = chain(1)
  local c, taken, result = new(p)
  program.set_resume_command "rille run a.lua"
  result.status, result.failed = "failed", { id = "source" }
  p:take()
  p:fail(1)
  c:event "run_end"
  program.set_resume_command(nil)
  local text = taken()
  check.has(text, "resume with:\n    rille run a.lua\n  rille log p-1/source\n")
  check.has(text, "failed p-1 in 1.50 s: 1 failed, 1 skipped\n")
end)

check.test("a run that was stopped was told of", function()
  local p = chain(1)
  local c, _, result = new(p)
  result.status = "stopped"
  c:event "run_end"
  check.eq(program.stop_reported, true)
  result.status = "completed"
  c:event "run_end"
  check.eq(program.stop_reported, false)
end)

check.test("two consoles do not know of each other", function()
  local a, taken_a = new(chain(1))
  local b, taken_b = new(chain(1))
  a:event("log", 1, "held", {})
  b:event("step_end", 1, answer())
  check.eq({ taken_a(), taken_b() }, { "", "  ran       source              250 ms\n" })
  a:event("step_end", 1, answer())
  check.eq(taken_a(), "── source ──\nheld\n  ran       source              250 ms\n")
end)

check.test("silent says nothing, whatever comes", function()
  local before = global_options.set { silent = true }
  local emit = console.new()
  global_options.set(before)
  emit("plan", nil, {})
  emit "run_begin"
  emit("step_failed", 1, {})
end)

check.done()
