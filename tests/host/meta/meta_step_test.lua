-- meta_step_test.lua -- steps that are written many at a time leave what they leave one by one.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fx = require "record_fixture"
local sha = fx.sha

local MANY <const> = 70         -- more than two statements of meta_rows.h

-- Tables with what their rows mean in place of the numbers of other rows.
local TABLES <const> = {
  "select id, run, node, step, position, status, started, seconds, hex(key) k, code, reusable, params, reason, error,"
    .. " metrics, metadata, hex(reads) r, log, notes from step_run order by id",
  "select hex(digest) d, type, materializer, version, size, objects, sum, hex(members) m, hex(inline) i from artifact"
    .. " order by digest",
  "select v.name, v.number, hex(a.digest) d, v.step_run, v.run, v.position, v.output from artifact_version v"
    .. " join artifact a on a.id = v.artifact order by v.name, v.number",
  "select e.step_run, e.role, e.position, e.port, hex(a.digest) d, v.name, v.number, e.source from edge e"
    .. " join artifact a on a.id = e.artifact left join artifact_version v on v.id = e.version"
    .. " order by e.step_run, e.role, e.position",
  "select hex(key) k, step_run, hex(outs) o, objects, observed, sum from record order by key, step_run",
  "select * from metric order by step_run, name",
  "select * from attempt order by step_run, number",
  "select h.pipeline, h.name, v.number from holding h join artifact_version v on v.id = h.version order by h.name",
  "select t.kind, t.tag, v.name, v.number from tagged t join artifact_version v on v.id = t.row order by 3, 4, 2",
}

local function everything(m)
  local list = {}
  for i, sql in ipairs(TABLES) do list[i] = fx.rows(m, sql) end
  return list
end

-- Steps of every kind, each with the output of the one before as an input.
local function steps()
  local list, last = {}, nil
  for i = 1, MANY do
    local node = "s" .. i
    local s = fx.step(node, i, "value " .. i, { code = { digest = sha("code " .. i % 3), leaves = "{}" } })
    if last then s.inputs = { { "x", last.digest }, { "y", sha("value"), fx.value("literal " .. i % 5) } } end
    if last then s.inputs[2][2] = s.inputs[2][3].digest end
    if i % 9 == 0 then s.outputs[1][2] = fx.value "the same again" end
    if i % 11 == 0 then s.outputs[2] = { "more", fx.object("object " .. i, 100), "own " .. i % 2, '["t"]', true } end
    if i % 13 == 0 then s.outputs[1][3] = "p::s1::output" end
    if i % 7 == 0 then s.status, s.error, s.outputs = "failed", "no", {} end
    if i % 5 == 0 then s.metrics, s.reads = '{"loss":' .. i .. "}", "read " .. i end
    if i % 6 == 0 then s.reusable = false end
    if i % 8 == 0 then s.key, s.started, s.seconds = nil, nil, nil end
    if i % 10 == 0 then s.attempts = { { started = 1.0, seconds = 2.0, error = "first" } } end
    if i % 4 == 0 and last then s.inputs[3] = { "x", last.digest, nil, true } end
    list[i], last = s, s.outputs[1] and s.outputs[1][2] or last
  end
  return list
end

-- What is left when the steps are committed n at a time; after the earlier ones, where given, of another process.
local function written(n, earlier)
  local dir = fx.folder()
  if earlier then
    local m <close> = fx.open(dir)
    local run = fx.begin(m)
    check.ok(m:commit(run.row, earlier, fx.finish(earlier)))
  end
  local m <close> = fx.open(dir)
  local run = fx.begin(m)
  local list = steps()
  for from = 1, MANY, n do
    check.ok(m:commit(run.row, table.move(list, from, math.min(from + n - 1, MANY), 1, {})))
  end
  check.ok(m:commit(run.row, nil, fx.finish(list)))
  check.eq(#m:check(), 0)
  return everything(m), list
end

check.test("steps leave the same rows however many are written at a time", function()
  local one, list = written(1)
  check.eq(#one[1], MANY)
  check.eq(list[MANY].row, MANY)
  for _, n in ipairs { 2, 32, 33, MANY } do
    local many, other = written(n)
    check.eq(many, one)
    check.eq(other[MANY].row, MANY)
  end
end)

check.test("so they do where artifacts and names are there already", function()
  local function earlier()
    return { fx.step("s3", 3, "value 3"), fx.step("s5", 5, "another"), fx.step("e", 1, "end") }
  end
  local one = written(1, earlier())
  for _, n in ipairs { 32, MANY } do check.eq(written(n, earlier()), one) end
end)

check.test("digests end to end are as many inputs, each with its source", function()
  local function rows_of(inputs_of)
    local m <close> = fx.open()
    local run, list = fx.begin(m), {}
    for i = 1, 40 do list[i] = fx.step("s" .. i, i, "value " .. i) end
    local digests = {}
    for i = 1, 40 do digests[i] = list[i].outputs[1][2].digest end
    list[41] = fx.step("all", 41, "sum", { inputs = inputs_of(digests) })
    check.ok(m:commit(run.row, list))
    check.eq(m:commit(run.row, { fx.step("x", 1, "x", { inputs = { { "x", digests[1], nil, false, {} } } }) }), true)
    check.raises(function() m:commit(run.row, { fx.step("x", 1, "x", { inputs = { { "x", "short" } } }) }) end,
      "input 1: expected a digest")
    return everything(m)
  end
  local one = rows_of(function(digests)
    local list = { { "n", digests[3] } }
    for i, digest in ipairs(digests) do list[i + 1] = { "xs", digest, nil, false, i % 2 == 0 and 7 or nil } end
    return list
  end)
  local joined = rows_of(function(digests)
    local sources = {}
    for i = 1, #digests do sources[i] = i % 2 == 0 and 7 end
    return { { "n", digests[3] }, { "xs", table.concat(digests), nil, false, sources } }
  end)
  check.eq(joined, one)
end)

check.test("an artifact that is one small value may be a list", function()
  local m <close> = fx.open()
  local run, one = fx.begin(m), fx.value "text"
  local member = one.members[1]
  local list = { one.digest, one.type, one.materializer, one.version, "a preview", member.name, member.digest, "text" }
  check.ok(m:commit(run.row, { fx.step("a", 1, list) }))
  one.preview = "a preview"
  check.eq(m:check(), {})
  check.eq(m:inlines(one.digest .. sha "none" .. one.digest), { list, false, list })
  list[7] = false
  check.raises(function() m:commit(run.row, { fx.step("b", 1, list) }) end, "field 'digest'")
end)

check.test("a damaged artifact is healed by one of many", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  check.ok(m:commit(run.row, { fx.step("first", 1, "value 7") }))
  fx.folder_said(m, "update artifact set inline = cast('walue 7' as blob)")
  check.eq(#m:check(), 1)
  local list = {}
  for i = 1, 64 do list[i] = fx.step("s" .. i, i, "value " .. i) end
  check.ok(m:commit(run.row, list))
  check.eq(#m:check(), 0)
  check.eq(select(4, m:inline(fx.value("value 7").digest)), "value 7")
end)

check.test("one of many that cannot be written leaves nothing of the others", function()
  local m <close> = fx.open()
  local run = fx.begin(m)
  local list = {}
  for i = 1, 64 do list[i] = fx.step("s" .. i, i, "value " .. i) end
  list[40].inputs = { { "x", sha "nowhere" } }
  check.eq(m:commit(run.row, list), nil)
  list[40].inputs = {}
  list[40].node = nil
  check.raises(function() m:commit(run.row, list) end, "field 'node' is missing")
  for _, name in ipairs { "step_run", "artifact", "artifact_version", "edge", "record" } do
    check.eq(fx.rows(m, "select count(*) as n from %s", name), { { n = 0 } }, name)
  end
  list[40].node = "s40"
  check.ok(m:commit(run.row, list))
  check.eq(fx.rows(m, "select min(id) as a, max(id) as b from step_run"), { { a = 1, b = 64 } })
end)

fx.clean()
check.done()
