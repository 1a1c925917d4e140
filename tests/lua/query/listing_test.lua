-- listing_test.lua -- pages of runs and artifacts, and the names that were probably meant: rille.query.listing,
-- rille.query.did_you_mean.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local did_you_mean = require "rille.query.did_you_mean"
local fx = require "record_fixture"
local listing = require "rille.query.listing"
local project = require "rille.project"

-- A project with runs r1 to r5 of pipeline p, each with a metric and a new version of p::make::output.
local function open_project()
  local dir = fx.folder()
  local m <close> = fx.open(dir .. "/.rille")
  local spec = fx.spec { { "make" } }
  for i = 1, 5 do
    local make = fx.step("make", 1, "value " .. i, { metrics = '{"acc":' .. i / 10 .. "}" })
    local run = fx.begin(m, { name = "r" .. i, spec = spec, params = '{"n":' .. i .. "}", started = 1000.0 + i,
      tags = i % 2 == 1 and '["odd"]' or nil })
    assert(m:commit(run.row, { make }, fx.finish(nil, { trace = { codes = { 1 }, rows = { make } } })))
  end
  assert(m:tag("artifact", m:version_row("p::make::output", 2), "best", true))
  project.close()
  project.set_folder(dir)
  project.need "read"
  return setmetatable({}, { __close = project.close })
end

local function names(rows, key)
  local list = {}
  for i, row in ipairs(rows) do list[i] = row[key or "name"] end
  return table.concat(list, " ")
end

check.test("runs come in pages, newest first", function()
  local _ <close> = open_project()
  local first, cursor = listing.runs { limit = 2 }
  local second, next = listing.runs { limit = 2, cursor = cursor }
  local last, none = listing.runs { limit = 2, cursor = next }
  check.eq({ names(first), names(second), names(last), none }, { "r5 r4", "r3 r2", "r1" })
end)

check.test("tag, time, condition and order hold together, in pages too", function()
  local _ <close> = open_project()
  check.eq(names((listing.runs { tag = "odd", limit = 9 })), "r5 r3 r1")
  check.eq(names((listing.runs { tag = "odd", since = 1003.0, limit = 9 })), "r5 r3")
  check.eq(names((listing.runs { tag = "odd", where = "params.n < 5 or name = r4", limit = 9 })), "r3 r1")
  local rows, cursor, shown = listing.runs { where = "metric.acc > 0.15", sort = "metric.acc:asc", limit = 3 }
  check.eq({ names(rows), cursor, shown, rows[1].shown }, { "r2 r3 r4", 3, { "metric.acc" }, { 0.2 } })
  rows, cursor = listing.runs { where = "metric.acc > 0.15", sort = "metric.acc:asc", limit = 3, cursor = cursor }
  check.eq({ names(rows), cursor }, { "r5" })
  rows, cursor, shown = listing.runs { where = "params.n = 2", sort = "params.n", limit = 1 }
  check.eq({ names(rows), shown, rows[1].shown }, { "r2", { "params.n" }, { 2 } })
end)

check.test("artifacts: the newest version of each name, or all with a tag", function()
  local _ <close> = open_project()
  local rows, cursor = listing.artifacts { limit = 1 }
  check.eq({ names(rows), rows[1].version, rows[1].tags, cursor }, { "p::make::output", 5, nil, "p::make::output" })
  check.eq(#listing.artifacts { limit = 1, cursor = cursor }, 0)
  rows, cursor = listing.artifacts { tag = "best", limit = 1 }
  check.eq({ names(rows), rows[1].version, rows[1].tags, cursor }, { "p::make::output", 2, "best", 1 })
  check.eq(#listing.artifacts { tag = "best", limit = 1, cursor = cursor }, 0)
  local where <const> = "metric.acc > 0.15 and run != r3"
  rows, cursor = listing.artifacts { versions = true, where = where, sort = "metric.acc:asc", limit = 2 }
  check.eq({ names(rows, "version"), rows[1].shown, cursor }, { "2 4", { 0.2 }, 2 })
  rows, cursor = listing.artifacts { versions = true, where = where, sort = "metric.acc:asc", limit = 2,
    cursor = cursor }
  check.eq({ names(rows, "version"), cursor }, { "5" })
  rows = listing.artifacts { where = "metric.make.acc = 0.5 and params.n = 5 and version = 5", limit = 9 }
  check.eq({ names(rows), #listing.artifacts { where = "params.n = 4", limit = 9 } }, { "p::make::output", 0 })
  local versions, count = listing.versions("p::make::output", 2)
  check.eq({ names(versions, "version"), names(versions, "run"), count }, { "5 4", "r5 r4", 5 })
  check.eq({ #listing.wirings "p", listing.wirings("p")[1].runs }, { 1, 5 })
end)

check.test("a name that is not there is told with the one that was probably meant", function()
  local _ <close> = open_project()
  check.has(did_you_mean.run "r6", 'did you mean "r')
  check.eq(did_you_mean.run "nothing like it", "")
  check.eq(did_you_mean.pipeline "p", nil)
  check.has(did_you_mean.pipeline "pp", "p")
  check.has(did_you_mean.artifact "p::make::outptu", 'did you mean "p::make::output"?')
  check.has(did_you_mean.version "p::make::output@9", "has no version 9; the newest is 5")
  check.has(did_you_mean.version "p::make::output@bst", 'has the tag "bst"')
  check.eq(did_you_mean.version "none@1", nil)
  check.has(did_you_mean.step "mak", 'did you mean "make"?')
  check.eq({ did_you_mean.field "params.n", did_you_mean.field "metric.acc", did_you_mean.field "metrics.acc" }, {})
  check.has(did_you_mean.field "params.m", 'no run has a parameter "m"')
  check.has(did_you_mean.field "metric.ac", 'no run has a metric "ac"; did you mean "acc"?')
  check.has(did_you_mean.nth_run("p", "9"), "it has 1 to 5, and -1 is the newest")
end)

fx.clean()
check.done()
