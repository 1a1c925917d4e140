-- The benchmark works, at small sizes: what it refuses, what it counts, what its tables have.  No test here judges a
-- time.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"
local scratch = require "scratch"

local HERE <const> = paths.root .. "/tests/bench/"
-- the parts of `make bench` that are scripts of their own
local ALONE <const> = "W4=0 HISTORY=0 MANY=0 GROWTH=0 LISTINGS=0 LIBRARY=0 SERVE=0 E2E=0"

-- Runs a script of the benchmark with variables of the environment; all that it makes is below the project's folder.
local function bench(project, variables, script)
  if paths.build:find "asan" then check.cannot "a program with sanitizers is not measured" end
  return project:sh(string.format("WORK=$PWD/work B=%s %s sh %s", scratch.quoted(paths.build), variables,
    scratch.quoted(HERE) .. script))
end

local function need(program)
  local found = os.execute("command -v " .. program .. " >/dev/null 2>&1")
  if not found then check.cannot(program .. " is not installed") end
end

check.test("a tool that does nothing is refused, and one that does the work is not", function()
  local p <close> = scratch.new()
  local r = bench(p, "TOOLS='rille inline make'", "run --self-test")
  check.eq(r.out:match "[^\n]*\n$", "24 passed, 0 failed\n", r.out .. r.err)
  check.eq(r.code, 0)
end)

check.test("a benchmark of small workloads ends with its tables and its targets", function()
  local p <close> = scratch.new()
  local rounds = "ROUNDS=1 BIG_ROUNDS=1 HUGE=1 HUGE_ROUNDS=1 "
  local r = bench(p, "TOOLS='rille make' SIZES='1 5 20 30 40 2' " .. rounds .. ALONE, "run")
  check.eq(r.code, 0, r.out .. r.err)
  local _, tables = r.out:gsub("\n  rille ", "")
  check.eq(tables, 8)                   -- W1, W2, W3, W5, W6 twice, 100,000, 300,000
  for _, line in ipairs { "W3, steps ", "300,000 ", "target ", "W3 100,000 memory " } do
    check.has(r.out, "\n" .. line)
  end
  check.has(p:read "work/results.json", '"target":"W1 cached"')
end)

check.test("what a tool left that is wrong ends the benchmark", function()
  local p <close> = scratch.new()
  local program = scratch.quoted(paths.rille)
  p:write("rille", "#!/bin/sh\n[ $1 != run ] || set -- \"$@\" --no-cache\nexec " .. program .. ' "$@"\n')
  p:sh "chmod +x rille"
  local r = bench(p, "RILLE=$PWD/rille TOOLS=rille SIZES='1 2 3 4 5 1' ROUNDS=1 BIG=0 " .. ALONE, "run")
  check.has(r.err, "bench: rille W1 cached: refused: ")
  check.eq(r.code, 1)
end)

check.test("make counts tells what is counted of a start and of each workload, with each memo and without", function()
  need "valgrind"
  local p <close> = scratch.new()
  local r = bench(p, "SIZES='1 2 3 4' MEMOS='on off'", "counts")
  check.eq(r.code, 0, r.err)
  local rows = {}
  for line in r.out:gmatch "[^\n]+" do
    local name, rest = line:match "^(.-)  +(%d.*)$"
    if name then
      check.eq(select(2, rest:gsub("%f[%d.]%d+%.%d%d%f[^%d.]", "")) >= 2, true, line)
      rows[#rows + 1] = name:gsub("  +", " "):gsub("^ ", "")
    end
  end
  check.eq(table.concat(rows, "; "), "start version; -e ''; runs; W1 1 cold; cached; W2 2 cold; cached; "
    .. "W3 3 cold; cached; changed; again; W3 4 cached")
  -- workers are counted apart
  local cold = r.out:match "W3 3 +cold[^\n]*"
  check.ok(tonumber(cold:match "%+ ([%d.]+)") > 0, cold)
end)

check.test("many short runs are recorded while others read, and cost the same to the last", function()
  need "valgrind"
  need "sqlite3"
  local p <close> = scratch.new()
  local r = bench(p, "RUNS=30 HELD=5", "many")
  check.eq(r.code, 0, r.out .. r.err)
  check.has(r.out, "runs recorded, the last number   85 85 of 85\n")
  check.ok(not r.out:find "not so", r.out)
end)

check.done()
