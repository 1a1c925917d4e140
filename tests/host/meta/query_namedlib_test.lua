-- query_namedlib_test.lua -- the questions of host/meta/query_named.c, and the interface of rille.host.meta.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fx = require "record_fixture"
local meta = require "rille.host.meta"
local paths = require "paths"
local sha = fx.sha

-- Three runs of pipeline p: make -> use, all again from the cache, one that is running; and one of q that is unlisted.
local function history()
  local m, h = fx.open(), {}
  local spec = fx.spec { { "make" }, { "use" } }
  local function begin(name, extra)
    local fields = { name = name, spec = spec, params = '{"n":1,"deep":{"a b":2}}', keys = "k1" }
    for k, v in pairs(extra or {}) do fields[k] = v end
    return fx.begin(m, fields)
  end
  h.make = fx.step("make", 1, "one",
    { metrics = '{"acc":1,"loss":0.5}', attempts = { { started = 1.0, seconds = 2.0, error = "first", log = "l" } } })
  h.use = fx.step("use", 2, "two", { inputs = { { "x", h.make.outputs[1][2].digest } }, seconds = 0.75 })
  h.first = begin("first", { naming = '{"make::output":{"name":"own"}}' })
  assert(m:commit(h.first.row, { h.make, h.use }, fx.finish { h.make, h.use }))
  h.second = begin("second", { origins = { { "from", h.make.outputs[1][2].digest, 1, 0, 0, 0 } } })
  assert(m:commit(h.second.row, {}, fx.finish(nil, { trace = { codes = { 2, 2 }, rows = { h.make.row, h.use.row } } })))
  h.hidden = begin("hidden", { pipeline = "q", unlisted = true, finish = { status = "completed" } })
  h.going = begin("going")
  return m, h
end

check.test("runs by their state, and by their place in a pipeline", function()
  local m <close>, h = history()
  local going = m:run(h.going.row)
  check.eq(m:running_runs(), { { row = h.going.row, id = going.id, name = "going", started = 1000.0 } })
  check.eq({ m:run_status(going.id), m:run_status(m:run("first").id), m:run_status "none" }, { "running", "completed" })
  local p = m:pipeline "p"
  check.eq({ p.newest, m:listed_runs "p", m:listed_runs "q", m:listed_runs "none" }, { 3, 3, 0, 0 })
  check.eq({ m:run_after(p.id, 1, 0), m:run_after(p.id, 1, 2), m:run_before(p.id, 3, 1), m:run_after(p.id, 3, 1) },
    { h.first.row, h.going.row, h.second.row })
  check.eq({ m:first_runs "p", m:first_runs "none" }, { { h.first.row }, {} })
end)

check.test("a pipeline that was deleted was one, and is none", function()
  local m <close> = history()
  check.eq({ m:was_pipeline "q", m:was_pipeline "none" }, { 1 })
  check.eq(m:pipeline_names(), { "p", "q" })
  check.eq(m:delete_pipeline "q", 1)
  check.eq({ m:was_pipeline "q", m:pipeline "q" }, { 1 })
end)

check.test("what runs had: wirings, names, origins, formats of keys, parameters, metrics", function()
  local m <close>, h = history()
  local list = m:wirings "p"
  check.eq({ #list, list[1].version, list[1].hash, list[1].runs, list[1].first, list[1].last },
    { 1, 1, sha "spec", 3, 1000.0, 1000.0 })
  check.eq(m:spec(list[1].spec), m:wiring("p", sha "spec"))
  check.eq({ m:newest_naming "p", m:newest_naming "none" }, {})
  check.eq(m:origins(h.second.row), { { label = "from", digest = h.make.outputs[1][2].digest, version = 1 } })
  check.eq({ m:key_format(h.first.row), m:key_format(h.going.row), m:key_format(0) }, { "k1", "k1" })
  local names = m:param_names()
  table.sort(names)
  check.eq({ names, m:metric_names() }, { { "deep", "deep.a b", "n" }, { "acc", "loss" } })
end)

check.test("step runs: how long they took, their attempts", function()
  local m <close>, h = history()
  check.eq({ m:newest_step_run(), m:step_seconds(h.use.row), m:step_seconds(99), m:step_seconds(nil) },
    { h.use.row, 0.75 })
  check.eq({ m:step_metrics(h.make.row), m:step_metrics(h.use.row) }, { '{"acc":1,"loss":0.5}' })
  check.eq(m:past_step_runs(10),
    { { row = h.use.row, step = "use", node = "use", seconds = 0.75, code = fx.code.digest },
      { row = h.make.row, step = "make", node = "make", seconds = 0.25, code = fx.code.digest } })
  check.eq({ m:input_bytes(h.make.row), m:input_bytes(h.use.row) }, { 0, h.make.outputs[1][2].size })
  check.eq(#m:past_step_runs(1), 1)
  local seconds = m:recent_seconds("p", h.going.row, 20, 100)
  table.sort(seconds, function(a, b) return a.node < b.node end)
  check.eq(seconds, { { node = "make", seconds = 0.25 }, { node = "use", seconds = 0.75 } })
  check.eq({ #m:recent_seconds("p", h.going.row, 20, 1), #m:recent_seconds("p", h.first.row, 20, 100) }, { 1, 0 })
  check.eq(m:attempts(h.make.row), { { number = 1, started = 1.0, seconds = 2.0, error = "first", log = "l" } })
  check.eq({ m:attempts(h.use.row), m:attempt_counts(h.first.row) }, { {}, { { row = h.make.row, n = 1 } } })
  local empty <close> = fx.open()
  check.eq({ empty:newest_step_run(), empty:running_runs() }, { 0, {} })
end)

check.test("versions by name, number, row and tag", function()
  local m <close>, h = history()
  local name, digest = "p::make::output", h.make.outputs[1][2].digest
  local row = m:version_row(name, 1)
  local v = m:version(row)
  check.eq({ v.id, v.name, v.number, v.digest, v.step_run }, { row, name, 1, digest, h.make.row })
  check.eq({ m:version_row(name, 2), m:version(99), m:newest_version(name), m:newest_version "none" }, { nil, nil, 1 })
  check.eq({ m:named_version(name, 0), m:named_version(name, 1), m:named_version(name, 2) },
    { { number = 1, id = row, digest = digest }, { number = 1, id = row, digest = digest } })
  check.eq(m:held_version(name, 0, "p"), nil)
  m:tag("artifact", row, "b", true)
  m:tag("artifact", row, "a", true)
  m:tag("artifact", row, "c", true, "ann")
  m:tag("artifact", row, "c", false)
  check.eq({ m:tags("artifact", row), m:tags("artifact", 99), m:tags("run", row) }, { { "a", "b" }, {}, {} })
  local done = m:taggings("artifact", row)
  check.eq({ #done, done[3].tag, done[3].added, done[3].author, done[4].added, done[4].author },
    { 4, "c", true, "ann", false })
  m:tag("run", 1, "z", true)
  check.eq({ m:tag_names "artifact", m:tag_names "run", m:tag_names "model" }, { { "a", "b" }, { "z" }, {} })
  check.eq({ select(2, m:tag("step", 1, "z", true)) }, { "there are no tags of a 'step'", -6 })
  local newest = m:newest_versions(name, 5)[1]
  check.eq({ newest.version, newest.version_row, newest.digest, newest.size, newest.run, newest.tags },
    { 1, row, digest, 3, "first", "a, b" })
  check.eq({ m:names_from("p::", 9), m:names_from("p::u", 9), m:names_from("", 1) },
    { { name, "p::use::output" }, { "p::use::output" }, { name } })
  check.eq(m:names_of "p", { { name = name, own = 0 }, { name = "p::use::output", own = 0 } })
  local digests = m:artifact_digests()
  table.sort(digests)
  check.eq(#digests, 2)
end)

check.test("a page of artifacts has the newest version of each name, or all with a tag", function()
  local m <close>, h = history()
  local name = "p::make::output"
  local function names(options)
    local list = assert(m:artifacts(options))
    for i, one in ipairs(list) do list[i] = one.name .. "@" .. one.version end
    return table.concat(list, " ")
  end
  check.eq({ names {}, names { limit = 1 }, names { after = name } },
    { name .. "@1 p::use::output@1", name .. "@1", "p::use::output@1" })
  check.eq({ names { prefix = "p::u" }, names { name = "use" }, names { name = "_" }, names { search = "string" },
    names { search = "%" } },
    { "p::use::output@1", "p::use::output@1", "", name .. "@1 p::use::output@1", "" })
  check.eq({ names { type = "array" }, names { pipeline = "p" }, names { pipeline = "q" }, names { since = 2000.0 },
    names { since = 1000.0 } },
    { "", name .. "@1 p::use::output@1", "", "", name .. "@1 p::use::output@1" })
  m:tag("artifact", m:version_row(name, 1), "best", true)
  check.eq({ names { tag = "best" }, names { tag = "none" }, names { search = "bes" },
    names { tag = "best", pipeline = "q" } },
    { name .. "@1", "", name .. "@1", "" })
  local one = m:artifacts({ tag = "best" })[1]
  check.eq({ one.digest, one.type, one.size, one.tags, one.created },
    { h.make.outputs[1][2].digest, "string", 3, "best", 1000.5 })
end)

check.test("digests are found by their beginning", function()
  local m <close>, h = history()
  local digest = h.make.outputs[1][2].digest
  local hex = digest:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  check.eq({ m:digests_from(hex), m:digests_from(hex:sub(1, 9)), #m:digests_from "", m:digests_from(("0"):rep(64)) },
    { { digest }, { digest }, 2, {} })
  check.raises(function() m:digests_from "xyz" end, "in hex")
end)

check.test("the interface names every method, and no other; what reads is told", function()
  local m <close> = fx.open()
  local text = fx.read(paths.root .. "/host/meta/interface.lua")
  local have, said, wrong = getmetatable(m).__index, {}, {}
  for name in text:match("%-%-%-@class Meta\n(.-)\n\n"):gmatch "@field ([%w_]+)" do said[name] = true end
  for name in pairs(said) do if not have[name] then wrong[#wrong + 1] = name .. " is not there" end end
  for name in pairs(have) do if not said[name] then wrong[#wrong + 1] = name .. " is not in the interface" end end
  check.eq(table.concat(wrong, ", "), "")
  local reads = meta.reads()
  for name in pairs(reads) do check.ok(have[name], name) end
  for _, name in ipairs { "begin_run", "commit", "tag", "delete_pipeline", "close_dead", "close", "abandon", "memo",
    "cache" } do check.eq(reads[name], nil, name) end
  check.eq({ reads.run, reads.tags, reads.inline, reads.artifacts }, { true, true, true, true })
end)

fx.clean()
check.done()
