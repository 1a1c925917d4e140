-- run_test.lua -- a run as a library sees it: options stay the caller's, everything is told to emit, and two projects
-- of one process do not disturb each other.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local global_options = require "rille.project.global_options"
local project = require "rille.project"
local rille = require "rille"
local run = require "rille.run"
local runner = require "rille.execute.runner"
local sys = require "rille.host.sys"
local t = rille.types

local root = assert(sys.make_folder "/tmp/rille-run-")
local clean <close> = setmetatable({}, { __close = function() sys.remove(root) end })
assert(clean)
global_options.set { silent = true, quiet = true }

-- Each test has a store of its own.
local n_stores = 0
local function new_store()
  n_stores = n_stores + 1
  project.close()
  global_options.set { store = root .. "/" .. n_stores }
  return root .. "/" .. n_stores
end

local source = rille.step "source" { params = { n = 1 }, outputs = { t.integer "x" }, run = function(p) return p.n end }
local double = rille.step "double" { inputs = { t.integer "x" }, outputs = { t.integer "y" },
  run = function(x) return 2 * x end }
local fail = rille.step "fail" { inputs = { t.integer "x" }, outputs = { t.integer "y" },
  run = function() error "no luck" end }

local chain = rille.pipeline "chain" { params = { n = 1 }, define = function(p)
  local x = source { n = p.n }
  double:with { id = "twice" } { x = double { x = x } }
end }
local doomed = rille.pipeline "doomed" { define = function() double { x = fail { x = source {} } } end }

-- A copy of a table, as deep as it goes.
local function copy(v)
  if type(v) ~= "table" then return v end
  local made = {}
  for k, one in pairs(v) do made[k] = copy(one) end
  return made
end

check.test("a run leaves the caller's options as they are", function()
  new_store()
  local emit = function() end
  for _, options in ipairs {
    { params = { n = 3 }, run_name = "r-{n}", tags = { "a" }, emit = emit },
    { cache = false, jobs = 1, execution_mode = "continue_on_failure", emit = emit },
    { only = { "source" }, emit = emit },
    { runner = runner.inline },
  } do
    local before = copy(options)
    run.pipeline(chain, options)
    check.eq(options, before)
    run.pipeline(chain, options)           -- and again, when all is cached
    check.eq(options, before)
  end
end)

check.test("a plan leaves the caller's options as they are", function()
  new_store()
  local options = { params = { n = 3 } }
  run.plan(chain, options)
  check.eq(options, { params = { n = 3 } })
end)

-- The events of a run, as words.
local function events_of(pipeline, options)
  local told = {}
  options.emit = function(event, position)
    if event == "tick" or event == "log" then return end
    told[#told + 1] = event .. (position and ":" .. position or "")
  end
  local result = run.pipeline(pipeline, options)
  return told, result
end

check.test("emit is given the plan first, then what happens, then the end", function()
  new_store()
  local told, result = events_of(chain, { runner = runner.inline })
  check.eq(told,
    { "plan", "run_begin", "step_begin:1", "step_end:1", "step_begin:2", "step_end:2", "step_begin:3", "step_end:3",
      "run_end" })
  check.eq(result.status, "completed")
end)

check.test("a run in which all is cached has no beginning", function()
  check.eq(events_of(chain, { runner = runner.inline }), { "plan", "run_end" })
end)

check.test("a failure is told, with the steps that it keeps from running", function()
  new_store()
  local told, result = events_of(doomed, { runner = runner.inline })
  check.eq(told,
    { "plan", "run_begin", "step_begin:1", "step_end:1", "step_begin:2", "step_failed:2", "step_skipped:3", "run_end" })
  check.eq({ result.status, result.failed.id }, { "failed", "fail" })
  check.has(result.failed.answer.error, "no luck")
end)

check.test("a run without emit tells nobody", function()
  new_store()
  check.eq(run.pipeline(chain, {}).status, "completed")
end)

check.test("an error of the listener ends the run as failed", function()
  new_store()
  local ok, message = pcall(run.pipeline, chain,
    { runner = runner.inline, emit = function(event) if event == "step_end" then error("listener", 0) end end })
  check.eq({ ok, message }, { false, "listener" })
  check.eq(rille.pipelines.chain.runs[-1].status, "failed")
end)

-- Two projects ---------------------------------------------------------------------------

-- A run in a store of its own that stops after each of its steps until it is resumed.
local function in_project(store, folder, pipeline, options)
  return coroutine.wrap(function()
    global_options.set { store = store }
    project.set_folder(folder)
    local told = {}
    options.emit = function(event, position)
      if event ~= "step_end" then return end
      told[#told + 1] = position
      local suspended = project.suspend()
      coroutine.yield(position)
      project.resume(suspended)
    end
    local result = run.pipeline(pipeline, options)
    local found = rille.pipelines[pipeline.name].runs[-1]
    local value = found.steps.twice.output:load()
    project.close()
    return { result = result, told = told, value = value, name = found.name, dir = project.dir }
  end)
end

for _, way in ipairs { "inline", "forked" } do
  check.test("two runs of two projects go on in turns, " .. way, function()
    project.close()
    local folder = project.folder()
    local options = function(n)
      return { params = { n = n }, run_name = "r", runner = function(env) return runner[way](env, 1) end }
    end
    local a = in_project(root .. "/a-" .. way, "/tmp", chain, options(10))
    local b = in_project(root .. "/b-" .. way, root, chain, options(100))
    check.eq({ a(), b(), a(), b(), a(), b() }, { 1, 1, 2, 2, 3, 3 })
    local first, second = a(), b()
    project.suspend()
    project.set_folder(folder)
    check.eq({ first.value, second.value }, { 40, 400 })
    check.eq({ first.told, second.told }, { { 1, 2, 3 }, { 1, 2, 3 } })
    check.eq({ first.dir, second.dir }, { root .. "/a-" .. way, root .. "/b-" .. way })
    check.eq({ first.result.status, second.result.status }, { "completed", "completed" })
  end)
end

check.test("each of the two has its own results afterwards", function()
  for _, one in ipairs { { "a", 10, 40 }, { "b", 100, 400 } } do
    project.close()
    global_options.set { store = root .. "/" .. one[1] .. "-inline" }
    local result = run.pipeline(chain, { params = { n = one[2] } })
    check.eq(result.plan:all_cached(), true)
    check.eq(rille.pipelines.chain.runs[-1].steps.twice.output:load(), one[3])
    check.eq(#rille.pipelines.chain.runs, 2)
  end
end)

project.close()
check.done()
