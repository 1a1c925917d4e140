-- meta_modellib_test.lua -- models in the metadata: what the end of a run leaves in them, stages, links, deletion.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fx = require "record_fixture"
local json = require "rille.json"

-- Ends a run whose only step makes the text, with what it asks of the model; the answer.
local function run_with(m, name, text, extra, complete)
  local run = fx.begin(m, { name = name, spec = fx.spec { { "make" } } })
  local step = fx.step("make", 1, text, { metrics = extra and extra.metrics })
  assert(m:commit(run.row, { step }))
  local one = { model = "digits", steps = { { step.row, "make" } }, links = { { step.row, 1, "out", "model", 1, 1 } },
    taken = {}, promote = {}, tags = {}, fields = {} }
  for k, v in pairs(extra or {}) do if k ~= "metrics" then one[k] = v end end
  for _, field in ipairs { "steps", "links", "taken", "promote", "tags" } do one[field] = json.array(one[field]) end
  local request = json.pack { complete = complete == false and 0 or 1, reads = json.array {},
    models = json.array { one } }
  local finish = fx.finish(nil, { models = request, trace = { codes = { 1 }, rows = { step.row } } })
  local ok, told = m:commit(run.row, nil, finish)
  assert(ok, told)
  return json.unpack(told)[1], run, step
end

local function call(m, method, request) return json.unpack(assert(m[method](m, json.pack(request)))) end

local function stages(m)
  local list = {}
  local rows = m:model_versions(m:model("digits").id, 0, 100)
  for i, row in ipairs(rows) do list[i] = row.number .. tostring(row.stage) end
  return table.concat(list, " ")
end

check.test("a run makes a version; one with the same artifacts shares it; an incomplete one makes none", function()
  local m <close> = fx.open()
  local first = run_with(m, "a", "one", { fields = { license = "MIT" }, tags = { "t" }, metadata = { k = 1 } })
  check.eq({ first.role, first.is.number, first.is.links }, { "made", 1, 1 })
  local again, run = run_with(m, "b", "one")
  check.eq({ again.role, again.is.row, m:run_models(run.row)[1].role }, { "shared", first.is.row, "shared" })
  check.eq(run_with(m, "c", "two", nil, false), { model = "digits" })
  check.eq({ run_with(m, "d", "two").is.number, run_with(m, "e", "one").is.number }, { 2, 3 })
  local version = m:model_version(first.is.row)
  check.eq({ version.tags, version.metadata, m:model("digits").license, version.run }, { "t", '{"k":1}', "MIT", "a" })
end)

check.test("a version with a name is always new; a name that another run gave meanwhile is not given twice", function()
  local m <close> = fx.open()
  local first = run_with(m, "a", "one", { name = "1.0" })
  local second = run_with(m, "b", "one", { name = "1.0" })
  check.eq({ first.is.name, first.role, second.role, second.is.number, second.is.unnamed },
    { "1.0", "made", "made", 2, "1.0" })
  check.eq({ run_with(m, "c", "one", { name = "1.1" }).is.number, run_with(m, "d", "one").is.number }, { 3, 3 })
end)

check.test("a stage has one holder: a second one is refused by the database itself", function()
  local m <close> = fx.open()
  local one, two = run_with(m, "a", "one").is.row, run_with(m, "b", "two").is.row
  check.eq(call(m, "model_move", { version = one, stage = "production", who = "me" }).outcome, "promoted")
  local held = call(m, "model_move", { version = two, stage = "production", who = "me" })
  check.eq({ held.outcome, held.displaced }, { "held", 1 })
  check.eq(call(m, "model_move", { version = two, stage = "production", holder = two, force = 1 }).outcome, "changed")
  check.eq(call(m, "model_move", { version = two, stage = "production", holder = one, force = 1 }).outcome, "promoted")
  check.eq(stages(m), "1archived 2production")
  check.eq(call(m, "model_move", { version = two, stage = "production" }).outcome, "already")
  check.eq(call(m, "model_move", { version = 99, stage = "production" }).outcome, "gone")
  check.has(fx.folder_said(m, string.format("update model_version set stage = 'production' where id = %d", one)),
    "UNIQUE constraint failed")
end)

check.test("a promotion compares numbers of one metric; NaN never wins, against NaN every number does", function()
  local m <close> = fx.open()
  local function version(name, metrics) return run_with(m, name, name, { metrics = metrics }).is.row end
  local nan, low, high = version("nan", '{"acc":{"$number":"nan"}}'), version("low", '{"acc":0.5}'),
    version("high", '{"acc":{"$number":"inf"},"other":1}')
  local function move(row, extra)
    local request = { version = row, stage = "production", metric = "acc", better = "higher" }
    for k, v in pairs(extra or {}) do request[k] = v end
    local told = call(m, "model_move", request)
    return told.outcome .. ": " .. tostring(told.reason)
  end
  check.eq(move(nan), "kept: acc is nan")
  call(m, "model_move", { version = nan, stage = "production" })
  check.eq(move(low), "promoted: acc 0.5 against nan of version 1")
  check.eq(move(high, { better = "lower" }), "kept: acc inf > 0.5 of version 2")
  check.eq(move(high, { metric = "other" }), "kept: other 1; version 2, which holds the stage, has no such metric")
  check.eq(move(high, { metric = "none" }), "kept: none was not measured by version 3, only make.acc, make.other")
  check.eq(move(high, { step = "make", reason = "why" }), "promoted: why: make.acc inf > 0.5 of version 2")
  check.eq(move(low, { better = "lower" }), "promoted: acc 0.5 < inf of version 3")
end)

check.test("links replace those of their name or add to them; equal ones in a row are one", function()
  local m <close> = fx.open()
  local row, _, step = run_with(m, "a", "one").is.row, nil, nil
  local _, _, other = run_with(m, "b", "two")
  step = m:artifact(other.outputs[1][2].digest)
  local function link(extra)
    local request = { version = row, artifact = step.id, name = "out", kind = "model", overwrite = 0 }
    for k, v in pairs(extra or {}) do request[k] = v end
    return call(m, "model_link", request).outcome
  end
  check.eq({ link(), link(), #m:model_links(row) }, { "linked", "already", 2 })
  check.eq({ link { kind = "data", overwrite = 1 }, #m:model_links(row), m:model_links(row)[1].number },
    { "linked", 1, 3 })
  check.eq({ #m:models_with(step.id, "out"), #m:models_with(step.id), #m:models_with(step.id, "x") }, { 2, 2, 0 })
  check.eq(call(m, "model_note", { version = row, metadata = { a = { b = 1 } } }).outcome, "noted")
  check.eq(m:model_version(row).metadata, '{"a":{"b":1}}')
end)

check.test("what is in use is deleted by force alone; numbers are not given again", function()
  local m <close> = fx.open()
  local one = run_with(m, "a", "one").is.row
  local model = m:model("digits").id
  call(m, "model_move", { version = one, stage = "staging" })
  run_with(m, "b", "three", { version = one, asked = "staging" })
  local told = call(m, "model_delete", { model = model, version = one, force = 0 })
  check.eq({ told.outcome, told.stages, told.uses, told.runs },
    { "refused", { { 1, "staging" } }, 1, { { 1, "b", "used" } } })
  check.eq(call(m, "model_delete", { model = model, version = one, force = 1 }).outcome, "deleted")
  check.eq(call(m, "model_delete", { model = model, version = one, force = 1 }).outcome, "gone")
  check.eq({ call(m, "model_note", { version = one, metadata = {} }).outcome, m:model_version(one) }, { "gone" })
  check.eq(run_with(m, "c", "one", { version = one }), { model = "digits", gone = 1 })
  check.eq(run_with(m, "d", "one").is.number, 2)
  check.eq(call(m, "model_delete", { model = model, force = 0 }).versions, 1)
  check.eq({ m:model "digits", run_with(m, "e", "one").is.number }, { nil, 1 })
end)

check.test("a request that is no JSON changes nothing and is told", function()
  local m <close> = fx.open()
  for _, method in ipairs { "model_move", "model_link", "model_note", "model_delete" } do
    local ok, message = m[method](m, "{")
    check.ok(ok == nil, method)
    check.has(message, "JSON")
  end
end)

fx.clean()
check.done()
