-- history_test.lua -- past runs as values: rille.query.history over metadata that the test has written.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fx = require "record_fixture"
local history = require "rille.query.history"
local project = require "rille.project"

-- A project whose pipeline p has the runs "first" (make -> use), "second" (both from the cache) and "failed".
local function open_project()
  local dir = fx.folder()
  local m <close> = fx.open(dir .. "/.rille")
  local spec = fx.spec { { "make" }, { "use" } }
  local make = fx.step("make", 1, "one",
    { metrics = '{"acc":0.5}', metadata = '{"k":[1,2]}',
      notes = '{"outputs":{"output":{"rows":3}},"params":{"seed":7}}',
    log = "hello\n", attempts = { { started = 1.0, seconds = 2.0, error = "first", log = "" } } })
  local use = fx.step("use", 2, "two", { inputs = { { "x", make.outputs[1][2].digest } }, params = '{"n":1}' })
  local first = fx.begin(m,
    { name = "first", spec = spec, params = '{"size":3}', tags = '["t"]', extra = '{"who":"me"}', script = "s.lua" })
  assert(m:commit(first.row, { make, use }, fx.finish(nil, { trace = { codes = { 1, 1 }, rows = { make, use } } })))
  local second = fx.begin(m, { name = "second", spec = spec })
  assert(m:commit(second.row, {}, fx.finish(nil, { trace = { codes = { 2, 2 }, rows = { make.row, use.row } } })))
  local bad = fx.step("use", 2, "three", { status = "failed", error = "main.lua:1: no", outputs = {} })
  local failed = fx.begin(m, { name = "failed", spec = spec })
  assert(m:commit(failed.row, { bad },
    fx.finish(nil, { status = "failed", reason = "use failed",
      trace = { codes = { 2, 3 }, rows = { make.row, bad } } })))
  project.close()
  project.set_folder(dir)
  return setmetatable({ make = make, use = use }, { __close = project.close })
end

check.test("a run is found by its name, its id, and its place", function()
  local _ <close> = open_project()
  local first = history.find_run "first"
  check.eq({ first.name, first.pipeline, first.number, first.status, first.started, first.seconds, first.script },
    { "first", "p", 1, "completed", 1000.0, 1.5, "s.lua" })
  check.eq({ first.parameters, first.tags, first.extra }, { { size = 3 }, { "t" }, { who = "me" } })
  check.eq({ history.find_run(first.id).name, history.find_run("p@1").name, history.find_run("p@-1").name,
    history.find_run("p@-1").reason }, { "first", "first", "failed", "use failed" })
  check.ok(history.find_run "first" == first and history.find_run "second" ~= first)
  check.eq(tostring(first), "run first (completed)")
  local none, message = history.find_run "firs"
  check.eq(none, nil)
  check.has(message, 'did you mean "first"?')
  check.has(select(2, history.find_run "p@9"), "it has 1 to 3")
  check.has(select(2, history.find_run "q@1"), 'no runs of a pipeline named "q"')
end)

check.test("the runs of a pipeline are numbered from both ends, iterated, and counted", function()
  local _ <close> = open_project()
  local p = history.pipelines.p
  check.eq({ #p.runs, p.runs[1].name, p.runs[2].name, p.runs[-1].name, p.runs[-3].name, p.runs[4], p.runs[-4] },
    { 3, "first", "second", "failed", "first" })
  local names = {}
  for run in p:each() do names[#names + 1] = run.name end
  for i, run in pairs(p.runs) do names[#names + 1] = i .. run.name end
  check.eq(table.concat(names, " "), "failed second first 1first 2second 3failed")
  check.eq({ p:latest().name, p:latest({ status = "completed" }).name, p:latest { status = "running" } },
    { "failed", "second" })
  names = {}
  for run in p:each { status = "completed", limit = 1 } do names[#names + 1] = run.name end
  check.eq(names, { "second" })
  check.raises(function() return p.runs[0] end, "index runs by number")
  check.raises(function() return p.runs.each end, "each is a method of the pipeline's history")
  check.raises(function() p:each { status = "good" } end, 'unknown status "good"')
  check.raises(function() p:each { limit = 0 } end, "limit must be an integer of at least 1")
  check.raises(function() return history.pipelines.pp end, 'no runs of a pipeline named "pp"')
  names = {}
  for name in pairs(history.pipelines) do names[#names + 1] = name end
  check.eq(names, { "p" })
end)

check.test("the steps of a run are found by id and by place", function()
  local _ <close> = open_project()
  local steps = history.find_run("first").steps
  local make = steps.make
  check.eq({ #steps, steps[1].id, steps[-1].id, steps[3] }, { 2, "make", "use" })
  check.eq({ make.name, make.status, make.reason, make.seconds, make.metrics, make.metadata, make.logged, make.log },
    { "make", "completed", "new", 0.25, { acc = 0.5 }, { k = { 1, 2 } }, { seed = 7 }, "hello\n" })
  check.eq({ #make.attempts, make.attempts[1].error, make.run.name, make.kind }, { 1, "first", "first", "step" })
  check.eq({ steps.use.parameters, steps.use.error }, { { n = 1 } })
  check.eq({ history.find_run("failed").steps.use.error, history.find_run("failed").steps.use.status },
    { "main.lua:1: no", "failed" })
  check.raises(function() return steps.mak end, 'run first has no step "mak"; did you mean "make"?')
  check.raises(function() return steps[0] end, "they are numbered 1 to 2")
  check.raises(function() make.name = "x" end, "step run")
  local ids = {}
  for id in pairs(steps) do ids[#ids + 1] = id end
  check.eq(ids, { "make", "use" })
end)

check.test("a producer's run is a run, from which its other outputs are reached", function()
  local _ <close> = open_project()
  local run = history.find_run("second").steps.make.output.producer.run
  check.eq({ run.name, run.status, run.steps.use.id, run.steps.make.output:bytes() },
    { "second", "completed", "use", "one" })
end)

check.test("a step that was cached says where its result is from", function()
  local _ <close> = open_project()
  local make = history.find_run("second").steps.make
  check.eq({ make.status, make.cached_from, make.seconds, make.attempts }, { "cached", "first/make", 0.0, {} })
end)

check.test("outputs and inputs are artifacts, with their maker", function()
  local h <close> = open_project()
  local steps = history.find_run("second").steps
  local output = steps.make.output
  check.eq({ output.type, output.size, output.version, output.name, output.id, output:bytes() },
    { "string", 3, 1, "p::make::output", output.digest, "one" })
  check.eq({ output.metadata, output.tags, #output.members, output.members[1].name }, { { rows = 3 }, {}, 1, "value" })
  check.ok(steps.use.inputs.x == output and steps.make.outputs.output == output and steps.make.outputs[1] == output)
  -- no wire is recorded
  check.eq({ output.producer.id, output.producer.run.name, steps.use.inputs.x.producer }, { "make", "second" })
  check.eq({ #output.versions, output.versions[1].version }, { 1, 1 })
  check.raises(function() return steps.make.outputs.out end, 'there is no output "out"; did you mean "output"?')
  check.eq(require("rille.host.hash").unhex(output.digest), h.make.outputs[1][2].digest)
end)

check.test("an artifact is found by its name, and tagged", function()
  local _ <close> = open_project()
  local artifact = history.artifact "p::make::output"
  check.eq({ artifact:tag("best", "good"), artifact:tag "best", artifact.tags, artifact:untag "good", artifact.tags },
    { 2, 0, { "best", "good" }, 1, { "best" } })
  check.ok(history.artifact "p::make::output@best" == artifact)
  check.raises(function() history.artifact "p::mak::output" end, 'did you mean "p::make::output"?')
  check.raises(function() history.artifact "p::make::output@old" end,
    'no version of artifact p::make::output has the tag "old"')
  check.raises(function() history.artifact(1) end, "expected a name")
  check.raises(function() artifact:bytes "no" end, 'no member "no"')
end)

check.test("what was recorded of a read of an artifact holds until it changes", function()
  local h <close> = open_project()
  project.need "read"
  local rest = "tags " .. require("rille.host.hash").hex(h.make.outputs[1][2].digest) .. " p::make::output@1"
  check.eq({ history.is_unchanged("", rest), history.is_unchanged("x", rest),
    history.is_unchanged("", "nothing ab p@1") }, { true, false, false })
  history.artifact("p::make::output"):tag "x"
  check.eq(history.is_unchanged("x", rest), true)
end)

check.test("metadata that cannot be read is a failure, and not a run that is not there", function()
  local _ <close> = open_project()
  local decorator, real = require "meta_decorator", require("rille.host.meta").open
  project.close()
  project.use_openers { meta = function(...)
    return decorator.wrap(assert(real(...)), {}, function(name) return name == "nth_run" and "before" end)
  end }
  local ok, problem = pcall(history.find_run, "p@1")
  project.use_openers {}
  check.eq({ ok, getmetatable(problem) == project.Failure, tostring(problem) }, { false, true, decorator.MESSAGE })
end)

project.close()
fx.clean()
check.done()
