-- What a step says of its outputs by its context: files, metadata, the materializer.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local function run_of(p, name) return json.decode((p:ok("show " .. (name or "main") .. "@-1 --json"))) end

local function number(p, name) return (p:ok("artifact get " .. name)) end

local STAGED = [[
local make = step "make" { params = { extra = "report" }, outputs = { t.number "score", t.dir "plots", t.file "log" }, run = function(p, ctx)
  local function put(path, text)
    local f <close> = assert(io.open(path, "w"))
    f:write(text)
  end
  put(ctx:output_uri "score" .. "/report.txt", p.extra)
  put(ctx:output_uri "plots" .. "/a.svg", "<svg/>")
  put(ctx:output_uri "log" .. "/train.log", "done")
  ctx:log_artifact_metadata("score", { rows = 3, source = "lab" })
  ctx:log_params { depth = 4 }
  return 0.5
end }
local use = step "use" { inputs = { t.number "score", t.dir "plots", t.file "log" }, outputs = { t.string "s" },
  run = function(score, plots, log) return score .. table.concat(plots:files()) .. log.name .. log:read() end }
return pipeline "main" { params = { extra = "report" }, define = function(p)
  local m = make { extra = p.extra }
  use(m.score, m.plots, m.log)
end }
]]

check.test("files put under ctx:output_uri become members of the output, and nothing else is returned for a folder",
  function()
  local p <close> = scratch.script(STAGED)
  p:ok("run main.lua -q")
  check.eq(number(p, "main::use::s"), '0.5a.svgtrain.logdone')
  check.has((p:ok("artifact show main::make::score")), "staged/report.txt")
  p:ok("artifact get main::make::score -o got")
  check.eq(p:read "got/staged/report.txt", "report")
  p:ok("run main.lua -q")
  check.eq(p:statuses(), "make=cached use=cached")
end)

check.test("another staged file is another artifact, which runs what takes it", function()
  local p <close> = scratch.script(STAGED)
  p:ok("run main.lua -q")
  p:ok("run main.lua -q --set extra=other")
  check.eq(p:statuses(), "make=completed use=completed")
end)

check.test("metadata of an output and logged parameters are kept with it, through the cache", function()
  local p <close> = scratch.script(STAGED)
  p:ok("run main.lua -q")
  p:ok("run main.lua -q")
  local run = run_of(p)
  check.eq(run.steps[1].status, "cached")
  check.eq(run.steps[1].outputs.score.metadata, { rows = 3, source = "lab" })
  check.eq(run.steps[1].logged, { depth = 4 })
  local text = p:ok("show main@-1/make")
  check.has(text, "score: rows = 3, source = \"lab\"")
  check.has(text, "logged      depth = 4")
  check.has((p:ok("artifact show main::make::score")), 'metadata    rows = 3, source = "lab"')
end)

-- A step with these outputs and this body, which has to fail so.
local function fails(outputs, body, message)
  local p <close> = scratch.script(string.format([[
    local s = step "s" { outputs = { %s }, run = function(p, ctx) %s end }
    return pipeline "main" { define = function() s() end }]], outputs, body))
  local _, err = p:ok("run main.lua", 1)
  check.has(err, message)
end

check.test("output_uri: no output, several without a name, an unknown name", function()
  fails("", "ctx:output_uri()", 'ctx:output_uri: step "s" has no output')
  fails('t.any "a", t.any "b"', "ctx:output_uri()", 'ctx:output_uri: step "s" has 2 outputs; name one of a, b')
  fails('t.any "model", t.any "b"', 'ctx:output_uri "modle"', 'step "s" has no output "modle"; did you mean "model"?')
  fails('t.number "n"', "ctx:output_uri()", 'output "n": expected a number, found nil')
  fails('t.file "f"', "ctx:output_uri()", 'output "f" is a file, but its folder (ctx:output_uri) holds 0 files')
end)

check.test("output_materializer tells type and version; where the value decides it wants the value", function()
  fails("", "ctx:output_materializer()", 'ctx:output_materializer: step "s" has no output')
  fails('t.any "a", t.any "b"', "ctx:output_materializer()", "has 2 outputs; name one of a, b")
  fails('t.any "a"', 'ctx:output_materializer "x"', 'has no output "x"')
  fails('t.any "a"', "ctx:output_materializer()", "its materializer depends on the value; pass the value too")
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.any "a", t.matrix "m" }, run = function(p, ctx)
      local m = require("rille.array").zeros { 1, 1 }
      return ctx:output_materializer("a", { 1 }).type .. ctx:output_materializer("a", 1.5).type .. ctx:output_materializer("m").type
        .. ctx:output_materializer("m").version, m
    end }
    return pipeline "main" { define = function() s() end }]]
  p:ok("run main.lua -q")
  check.eq(number(p, "main::s::a"), 'tablenumberarray1')
end)

check.test("metadata that is no plain data, and of an output that there is not, are errors in the step", function()
  fails('t.any "a"', "ctx:log_artifact_metadata { f = print }", "ctx:log_artifact_metadata: ")
  fails('t.any "a"', 'ctx:log_artifact_metadata("b", {})', 'has no output "b"')
  fails('t.any "a"', "ctx:log_params(3)", "ctx:log_params: expected a table { name = value }, found 3")
end)

check.done()
