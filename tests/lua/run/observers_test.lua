-- What listens to a run is given the run and every step that ended, and cannot fail the run.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

-- A tracker that writes what it is given, a line each.
local RECORDER <const> = [[
rille.flavor { kind = "experiment_tracker", name = "recorder", options = { file = t.string, fails = "" },
  open = function(options, env)
    local json = require "rille.json"
    local self = {}
    local function put(what, v)
      if options.fails == what then error("no room for " .. what) end
      local f <close> = assert(io.open(env.folder .. "/" .. options.file, "a"))
      f:write(what, " ", (json.encode(v):gsub("\n%s*", " ")), "\n")
    end
    function self:run_begin(run) put("begin", run) run.name = "changed" end
    function self:step_end(step, run) put("step", { step = step, run = run.name }) step.metrics.mine = 1 end
    function self:run_end(run) put("end", run) end
    function self:close() put("close", {}) end
    return self
  end }
]]

local CONFIG <const> = [[
format: 1
active: watched
components:
  experiment_tracker:
    one: { flavor: recorder, options: { file: one.txt } }
    two: { flavor: recorder, options: { file: two.txt, fails: "%s" } }
stacks:
  watched: { experiment_tracker: [one, two] }
]]

local STEPS <const> = RECORDER .. [[
local make = step "make" { params = { n = 2 }, outputs = { t.integer "x" }, run = function(p, ctx)
  for i = 1, 3 do ctx:log_metric({ loss = 1 / i }, i) end
  ctx:log_params { seed = 7 }
  ctx:log_metadata { source = "lab" }
  return p.n
end }
local use = step "use" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x) return x + 1 end }
return pipeline "main" { params = { n = 2 }, define = function(p) use { x = make { n = p.n } } end }
]]

local function watched(fails, text)
  local p = scratch.script(text or STEPS)
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", CONFIG:format(fails or ""))
  return p
end

-- What a tracker was given: a list of { what, value }; the file begins anew.
local function given(p, name)
  local list = {}
  for line in (p:read(name .. ".txt") or ""):gmatch "[^\n]+" do
    local what, text = line:match "^(%l+) (.*)$"
    list[#list + 1] = { what, json.decode(text) }
  end
  os.remove(p:path(name .. ".txt"))
  return list
end

local function words(list)
  local all = {}
  for i, one in ipairs(list) do all[i] = one[1] .. (one[1] == "step" and ":" .. one[2].step.id or "") end
  return table.concat(all, " ")
end

check.test("an observer is given the run, each step that ran with what it logged, and the end", function()
  local p <close> = watched()
  p:ok "run main.lua --name first --tag a"
  local list = given(p, "one")
  check.eq(words(list), "begin step:make step:use end close")
  local run, make, use, ended = list[1][2], list[2][2].step, list[3][2].step, list[4][2]
  check.eq({ run.name, run.pipeline, run.status, run.params.n, run.tags, run.stack },
    { "first", "main", "running", 2, { "a" }, "watched" })
  check.eq({ make.status, make.metrics, make.logged.seed, make.metadata.source, make.params.n },
    { "completed", { loss = 1 / 3 }, 7, "lab", 2 })
  local loss = make.series.loss
  check.eq({ loss.steps, loss.values, #loss.times }, { { 1, 2, 3 }, { 1.0, 0.5, 1 / 3 }, 3 })
  check.eq({ use.inputs.x.type, use.inputs.x.digest == make.outputs.x.digest }, { "integer", true })
  check.ok(make.outputs.x.uri:find "^rille:%x+$", make.outputs.x.uri)
  check.eq({ ended.status, ended.counts.ran, ended.id == run.id }, { "completed", 2, true })
  check.ok(ended.seconds > 0)
end)

check.test("a cached step is given with what it logged when it ran, also in a run in which all is cached", function()
  local p <close> = watched()
  p:ok "run main.lua"
  given(p, "one")
  p:ok "run main.lua"
  local list = given(p, "one")
  check.eq(words(list), "begin step:make step:use end close")
  local make = list[2][2].step
  check.eq({ make.status, make.metrics.loss, make.series.loss.values, make.logged.seed, make.seconds },
    { "cached", 1 / 3, { 1.0, 0.5, 1 / 3 }, 7, 0.0 })
  check.ok(make.cached_from)
  check.eq(list[4][2].counts.cached, 2)
end)

check.test("each observer has tables of its own", function()
  local p <close> = watched()
  p:ok "run main.lua --name first"
  for _, one in ipairs(given(p, "two")) do
    if one[1] == "step" then
      check.eq(one[2].run, "first")
      check.eq(one[2].step.metrics.mine, nil)
    end
  end
end)

check.test("an observer that fails is named once and left out; the run and the others go on", function()
  local p <close> = watched "step"
  local _, err = p:ok "run main.lua"
  local _, times = err:gsub('experiment tracker "two" failed: [^\n]*no room for step', "")
  check.eq(times, 1)
  check.eq(words(given(p, "one")), "begin step:make step:use end close")
  check.eq(words(given(p, "two")), "begin close")
  check.eq(p:statuses(), "make=completed use=completed")
  local _, run = p:newest()
  check.eq(#run.notes, 1)
  check.has(run.notes[1], 'experiment tracker "two" failed: ')
  check.has((p:ok "show main@-1"), 'note        experiment tracker "two" failed: ')
  p:write("notes.lua", 'print(#require("rille").pipelines.main.runs[-1].notes)\n')
  check.eq((p:ok "notes.lua"), "1\n")
end)

check.test("what fails when a tracker is closed is told and recorded, too", function()
  local p <close> = watched "close"
  local _, err = p:ok "run main.lua"
  check.has(err, 'experiment tracker "two" could not be closed: ')
  check.eq(#select(2, p:newest()).notes, 1)
  p:ok "run main.lua -q"
  check.eq(#select(2, p:newest()).notes, 1)
end)

check.test("a failed step and what it skips are given, and the run says which step failed", function()
  local p <close> = watched(nil, (STEPS:gsub("return p%.n", 'error "broken"')))
  p:ok("run main.lua", 1)
  local list = given(p, "one")
  check.eq(words(list), "begin step:make step:use end close")
  check.eq({ list[2][2].step.status, list[3][2].step.status, list[4][2].status, list[4][2].failed.step },
    { "failed", "skipped", "failed", "make" })
  check.ok(list[2][2].step.error:find "broken")
end)

check.test("steps with one key are given one by one, with what the one that ran logged", function()
  local p <close> = watched(nil, (STEPS:gsub("use { x = make { n = p.n } }",
    'make:with { id = "a" } { n = p.n } make:with { id = "b" } { n = p.n }')))
  p:ok "run main.lua -j 1"
  local list = given(p, "one")
  check.eq(words(list), "begin step:a step:b end close")
  check.eq({ list[2][2].step.status, list[3][2].step.status, list[3][2].step.metrics.loss },
    { "completed", "cached", 1 / 3 })
end)

check.test("what a tracker has buffered is written once, however many workers are forked", function()
  local p <close> = scratch.script [[
rille.flavor { kind = "experiment_tracker", name = "buffered", open = function(_, env)
  local f = assert(io.open(env.folder .. "/out.txt", "w"))
  f:setvbuf("full", 1 << 16)
  return { run_begin = function() f:write "begin\n" end, step_end = function(_, step) f:write(step.id, "\n") end,
    run_end = function() f:write "end\n" end, close = function() f:close() end }
end }
local s = step "s" { params = { i = 0 }, outputs = { t.integer "n" }, run = function(p) return p.i end }
return pipeline "main" { define = function() for i = 1, 4 do s:with { id = "s" .. i } { i = i } end end }
]]
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", "format: 1\nactive: b\n"
    .. "components: { experiment_tracker: { b: { flavor: buffered } } }\nstacks: { b: { experiment_tracker: b } }\n")
  p:ok "run main.lua -j 4"
  local lines = {}
  for line in p:read "out.txt":gmatch "[^\n]+" do lines[#lines + 1] = line end
  check.eq({ lines[1], lines[6], #lines }, { "begin", "end", 6 })
end)

check.test("a flavor that opens no object is told so; an error that has no text fails no run", function()
  local p <close> = scratch.script [[
rille.flavor { kind = "experiment_tracker", name = "odd", options = { object = t.boolean },
  open = function(o)
    if not o.object then return 3 end
    return { run_begin = function() error(setmetatable({}, { __tostring = function() error "no text" end })) end }
  end }
local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
return pipeline "main" { define = function() s() end }
]]
  assert(os.execute("mkdir " .. p:path ".rille"))
  local function configure(object)
    p:write(".rille/config.yaml", "format: 1\nactive: b\nstacks: { b: { experiment_tracker: b } }\n"
      .. "components: { experiment_tracker: { b: { flavor: odd, options: { object: " .. object .. " } } } }\n")
  end
  configure "false"
  local _, err = p:ok("run main.lua", 3)
  check.has(err, 'experiment tracker "b": flavor odd opened 3 in place of an object')
  configure "true"
  _, err = p:ok "run main.lua"
  check.has(err, 'experiment tracker "b" failed: it raised a table with a metatable instead of a message')
end)

check.test("a project without stacks loads nothing of stacks and observers", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
local main = pipeline "main" { define = function() s() end }
main:run {}
for name in pairs(package.loaded) do
  if name:find "^rille%.stack" or name:find "observe[rd]" then print(name) end
end
]]
  check.eq((p:ok "main.lua -q"), "")
end)

check.done()
