-- earlier_keys_test: a store whose results an earlier rille made, under keys of
-- another format.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local fixture = require "record_fixture"
local scratch = require "scratch"

local SENTENCE <const> = "results cached by an earlier version of rille are not reused; every step runs once"

local SCRIPT <const> = [[
local rille = require "rille"
local work = rille.step "work" { outputs = { rille.types.integer "n" }, run = function() return 1 end }
return rille.pipeline "p" { define = function() work {} end }
]]

-- A project with a run of p in its store, which noted no format of keys, or this one.
local function project_with(keys)
  local project = scratch.new()
  project:write("main.lua", SCRIPT)
  local m <close> = fixture.open(project:path ".rille")
  local run, work = fixture.begin(m, { keys = keys, spec = fixture.spec { { "work" } } }), fixture.step("work", 1, "1")
  assert(m:commit(run.row, { work }, fixture.finish({ work }, { trace = { codes = { 1 }, rows = { work } } })))
  return project
end

local function times(text, part)
  local n, at = 0, 1
  while true do
    local _, e = text:find(part, at, true)
    if not e then return n end
    n, at = n + 1, e + 1
  end
end

local function judge(project)
  local first = project:rille "run main.lua"
  check.eq({ first.code, times(first.err, SENTENCE) }, { 0, 1 }, first.err)
  check.has(first.err, "1 ran")
  local again = project:rille "run main.lua"
  check.eq({ again.code, times(again.err, SENTENCE) }, { 0, 0 }, again.err)
  check.has(again.err, "cached")
end

check.test("the first run says why everything runs, and no later one", function()
  local project <close> = project_with(nil)
  judge(project)
end)

check.test("so does the first run after one whose keys have another format", function()
  local project <close> = project_with "another format"
  judge(project)
end)

check.test("plan and why give the same reason, and nothing that only another format makes differ", function()
  local project <close> = project_with(nil)
  check.has(project:rille("plan main.lua").out, SENTENCE)
  project:rille "run main.lua"
  local why = project:rille("why work --run p@-1").out
  check.eq(times(why, SENTENCE), 1, why)
  check.eq(times(why, "its code"), 0, why)
  project:write("main.lua", (SCRIPT:gsub("return 1", "return 2")))
  project:rille "run main.lua"
  why = project:rille("why work").out
  check.eq(times(why, SENTENCE), 0, why)
  check.has(why, "its code")
end)

check.test("a new store says nothing of it", function()
  local project <close> = scratch.new()
  project:write("main.lua", SCRIPT)
  local run = project:rille "run main.lua"
  check.eq({ run.code, times(run.err, "earlier rille") }, { 0, 0 }, run.err)
end)

fixture.clean()
check.done()
