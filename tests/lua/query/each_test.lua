-- each_test.lua -- loops over runs and artifacts with the options of listings: pipelines.NAME:each,
-- rille.artifacts:each.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fx = require "record_fixture"
local history = require "rille.query.history"
local project = require "rille.project"

-- A project with 120 runs of pipeline p, each with a metric and a new version of p::make::output.
local function open_project()
  local dir = fx.folder()
  local m <close> = fx.open(dir .. "/.rille")
  local spec = fx.spec { { "make" } }
  for i = 1, 120 do
    local make = fx.step("make", 1, "value " .. i, { metrics = '{"acc":' .. i / 1000 .. "}" })
    local run = fx.begin(m, { name = "r" .. i, spec = spec, params = '{"n":' .. i .. "}", started = 1000.0 + i,
      tags = i % 2 == 1 and '["odd"]' or nil, unlisted = i == 7 })
    assert(m:commit(run.row, { make }, fx.finish(nil, { trace = { codes = { 1 }, rows = { make } } })))
  end
  assert(m:tag("artifact", m:version_row("p::make::output", 2), "best", true))
  project.close()
  project.set_folder(dir)
  return setmetatable({}, { __close = project.close })
end

local function collect(iterator, key)
  local list = {}
  for one in iterator do list[#list + 1] = one[key] end
  return #list, table.concat(list, " ", 1, math.min(#list, 4))
end

check.test("runs: by condition, tag, time and order, over all pages", function()
  local _ <close> = open_project()
  local p = history.pipelines.p
  check.eq({ collect(p:each(), "name") }, { 119, "r120 r119 r118 r117" })
  check.eq({ collect(p:each { unlisted = true, sort = "metric.acc:asc" }, "name") }, { 120, "r1 r2 r3 r4" })
  check.eq({ collect(p:each { tag = "odd", where = "metric.make.acc < 0.1" }, "name") }, { 49, "r99 r97 r95 r93" })
  check.eq({ collect(p:each { since = 1118.0, status = "completed" }, "name") }, { 3, "r120 r119 r118" })
  check.eq({ collect(p:each { sort = "metric.acc", limit = 55 }, "name") }, { 55, "r120 r119 r118 r117" })
  check.eq({ collect(p:each { since = "1h" }, "name") }, { 0, "" })
  check.eq({ p:latest().name, p:latest { tag = "odd" }.name, p:latest { where = "params.n < 9" }.name,
    p:latest { status = "failed" } }, { "r120", "r119", "r8" })
end)

check.test("artifacts: the newest versions, all versions, those with a tag", function()
  local _ <close> = open_project()
  local all = history.artifacts
  check.eq({ collect(all:each(), "version") }, { 1, "120" })
  check.eq({ collect(all:each { versions = true }, "version") }, { 120, "120 119 118 117" })
  check.eq({ collect(all:each { tag = "best" }, "version") }, { 1, "2" })
  check.eq({ collect(all:each { versions = true, where = "metric.acc <= 0.003", sort = "metric.acc" }, "version") },
    { 3, "3 2 1" })
  check.eq({ collect(all:each { tag = { "best", "other" } }, "version") }, { 0, "" })
  check.eq({ collect(all:each { prefix = "q" }, "version"), collect(all:each { type = "string" }, "version") },
    { 0, 1, "120" })
  for artifact in all:each { tag = "best" } do
    check.eq({ artifact.name, artifact:load() }, { "p::make::output", "value 2" })
  end
end)

check.test("a mistake in the options is one of the script, with its place in the condition", function()
  local _ <close> = open_project()
  local p = history.pipelines.p
  check.raises(function() p:each { where = "acc > 1" } end,
    'each: where: unknown field "acc"; did you mean "metric.acc"?\n  acc > 1\n  ^')
  check.raises(function() p:each { sort = "nix" } end, 'each: sort: unknown field "nix"')
  check.raises(function() p:each { wher = "x" } end, 'did you mean "where"?')
  check.raises(function() p:each { since = "soon" } end, "since must be a date such as 2026-11-01")
  check.raises(function() p:each { status = "done" } end, 'unknown status "done"')
  check.raises(function() p:each { where = 7 } end, "where must be a string")
  check.raises(function() history.artifacts:each { status = "completed" } end, 'unknown field "status"')
  check.raises(function() history.artifacts:each({ limit = 0 }) end, "limit must be an integer of at least 1")
  check.raises(function() return history.artifacts.best end, "best")
end)

fx.clean()
check.done()
