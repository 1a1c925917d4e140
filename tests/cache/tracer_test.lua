-- The same pipeline through every way of running a step gives the same digests:
-- inline, in a forked child that speaks the protocol, through librille from a C
-- host, and by require "rille" in a stock lua5.4.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local rille = require "rille"
local json = require "rille.json"
local run = require "rille.run"
local runner = require "rille.execute.runner"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local sys = require "rille.host.sys"

local B = paths.build
local root = assert(sys.make_folder "/tmp/rille-tracer-")
local here = paths.root .. "/tests/cache/tracer"
local script = here .. "/pipe.lua"
local OUTPUTS = { "join:sum", "join:text", "make_3:x", "make_2:about", "mean_4:m", "draw:r" }

local function capture(command)
  local f = assert(io.popen(command .. " 2>&1"))
  local text = f:read "a"
  local ok = f:close()
  return ok, text
end

-- { ["step:output"] = digest } of a run, by `rille show --json`.
local function digests_of(store, name)
  local ok, text = capture(string.format("%s/rille show %s --json --store %s", B, name, store))
  check.ok(ok, text)
  local found = {}
  for _, step in ipairs(json.decode(text).steps) do
    for output, artifact in pairs(step.outputs) do found[step.id .. ":" .. output] = artifact.digest end
  end
  return found
end

local pipeline = dofile(script)
global_options.set { silent = true, store = root .. "/inline" }
project.close()
run.pipeline(pipeline, { run_name = "inline" })
local expected = digests_of(root .. "/inline", "inline")

local function same(found)
  local n = 0
  for name, digest in pairs(expected) do
    check.eq(found[name], digest, name)
    n = n + 1
  end
  check.ok(n >= 12, "too few outputs: " .. n)
end

check.test("inline, through the program", function()
  local ok, text = capture(string.format("%s/rille run %s --name program --store %s/program", B, script, root))
  check.ok(ok, text)
  same(digests_of(root .. "/program", "program"))
end)

check.test("in a forked child that speaks the protocol", function()
  project.close()
  global_options.set { store = root .. "/forked" }
  local result = run.pipeline(pipeline, { run_name = "forked", runner = function(env) return runner.forked(env) end })
  check.eq(result.status, "completed")
  check.eq(result.plan.n_hits, 0)
  same(digests_of(root .. "/forked", "forked"))
end)

check.test("what a forked child made is a hit for the others", function()
  project.close()
  local ok, text = capture(string.format("%s/rille run %s --name again --json --store %s/forked", B, script, root))
  check.ok(ok, text)
  check.eq(json.decode(text:match "[^\n]+\n?$").counts.ran, 0)
end)

check.test("a child that dies fails its step, and the run is recorded", function()
  project.close()
  global_options.set { store = root .. "/dead" }
  local die = rille.step "die" { outputs = { rille.types.integer "x" },
    run = function() os.execute "kill -9 $PPID" return 1 end }
  local doomed = rille.pipeline "doomed" { define = function() die {} end }
  local result = run.pipeline(doomed, { run_name = "dead", runner = function(env) return runner.forked(env) end })
  check.eq(result.status, "failed")
  check.has(result.failed.answer.error, "the worker died")
end)

check.test("through librille from a small C host", function()
  local ok, text = capture(string.format("%s/tracer %s/embedded %s pipe %s", B, root, script,
    table.concat(OUTPUTS, " ")))
  check.ok(ok, text)
  for _, name in ipairs(OUTPUTS) do
    check.eq(text:match(name:gsub("%p", "%%%0") .. " (%x+)"), expected[name], name)
  end
end)

check.test("the C host is told of a script that is not there, and of a wrong one", function()
  local ok, text = capture(string.format("%s/tracer %s/embedded2 %s/none.lua pipe", B, root, root))
  check.ok(not ok)
  check.has(text, "none.lua")
  assert(sys.write_file(root .. "/wrong.lua", "local x = = 1\n"))
  ok, text = capture(string.format("%s/tracer %s/embedded2 %s/wrong.lua pipe", B, root, root))
  check.ok(not ok)
  check.has(text, "wrong.lua:1:")
end)

check.test("by require \"rille\" in a stock lua5.4", function()
  assert(sys.write_file(root .. "/stock.lua", string.format([[
    package.cpath = "%s/?.so"
    local rille = require "rille"
    rille.open { store = "%s/stock", quiet = true }
    local pipeline = dofile "%s"
    pipeline:run { run_name = "stock" }
    local run = rille.pipelines.pipe.runs[-1]
    print(run.status, #run.steps)
  ]], B, root, script)))
  local ok, text = capture("lua5.4 " .. root .. "/stock.lua")
  if os.getenv("ASAN_OPTIONS") and text:find "ASan runtime does not come first" then
    ok,
    text = capture("LD_PRELOAD=$(cc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 lua5.4 " .. root
      .. "/stock.lua")
  end
  check.ok(ok, text)
  check.has(text, "completed\t11")
  same(digests_of(root .. "/stock", "stock"))
end)

check.test("rille.h is C99 and C++17, without a warning", function()
  local header = paths.root .. "/host"
  local ok, text = capture(string.format("printf '#include <rille.h>\\nint main(void) { rille_options o = "
    .. "RILLE_OPTIONS_INIT; rille_run_options r = RILLE_RUN_OPTIONS_INIT; return (int)(o.flags + r.flags); "
    .. "}\\n' >%s/h.c && "
    .. "cc -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only -I%s %s/h.c && cp %s/h.c %s/h.cc && { ! command "
      .. "-v g++ >/dev/null || g++ -std=c++17 -pedantic -Wall -Wextra -Werror -fsyntax-only -I%s %s/h.cc; }",
    root, header, root, root, root, header, root))
  check.ok(ok, text)
end)

project.close()
sys.remove(root)
check.done()
