-- rille model: lists, stages and their history, deletion.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT <const> = [[
local m = rille.model "digits" {}
local train = step "train" { params = { C = 1.0 }, outputs = { t.number "model" { kind = "model" } },
  run = function(p, ctx) ctx:log_metric { acc = p.C / 10, bad = 0 / 0 } return p.C end }
return pipeline "main" { model = m, params = { C = 1.0 }, define = function(p) train { C = p.C } end }
]]

-- A project with versions 1, 2, ... whose metric train.acc grows.
local function with_versions(n)
  local p = scratch.script(SCRIPT)
  for C = 1, n do p:ok("run main.lua -q --set C=" .. C) end
  return p
end

local function stages(p)
  local list = {}
  for i, one in ipairs(p:json("model version list digits").items) do list[i] = one.number .. ":" .. one.stage end
  return table.concat(list, " ")
end

check.test("a stage has one version; force archives the one that has it", function()
  local p <close> = with_versions(2)
  check.has(p:ok "model promote digits@1 production", "model digits, version 1: moved to production")
  local r = p:rille "model promote digits@2 production"
  check.eq({ r.code, r.err }, { 3, "rille: model digits: version 1 is in production; add --force to archive it\n" })
  check.has(p:ok "model promote digits 2 production --force --reason tried",
    "version 2: moved to production: tried; version 1 is archived")
  check.eq(stages(p), "2:production 1:archived")
  p:ok "model promote digits@1 staging"
  p:ok "model promote digits@staging none"
  check.eq(stages(p), "2:production 1:none")
  p:ok "model promote digits@1 archived"
  check.eq((p:ok "model promote digits@1 archived"), "model digits, version 1: is archived already\n")
end)

check.test("the history has every move: who, when, from, reason and run; --back returns the stage", function()
  local p <close> = with_versions(3)
  p:ok "model promote digits@1 production --reason first"
  p:ok "model promote digits@2 production --force"
  p:ok "model promote digits@3 production --force"
  check.has(p:ok "model promote digits --back", "version 2: moved to production; version 3 is archived")
  p:ok "model promote digits production --back"
  check.eq(stages(p), "3:archived 2:archived 1:production")
  local list = {}
  for i, move in ipairs(p:json("model history digits").items) do
    list[i] = string.format("%d %s>%s%s%s", move.version, move.from, move.to, move.back and " back" or "",
      math.type(move.displaced_by) == "integer" and " by " .. move.displaced_by or "")
    check.ok(move.who ~= "" and move.time:find "^%d+%-")
  end
  check.eq(table.concat(list, "\n"), [[
2 production>archived back by 1
1 archived>production back
3 production>archived back by 2
2 archived>production back
2 production>archived by 3
3 none>production
1 production>archived by 2
2 none>production
1 none>production]])
  check.has(p:ok "model history digits", "first")
  local r = p:rille "model promote digits --back"
  check.eq({ r.code, r.err:match "no other version was in production before" ~= nil }, { 3, true })
end)

check.test("of promotions at once one holds the stage in the end; the history has each displacement once", function()
  local p <close> = with_versions(6)
  p:sh [[for i in 1 2 3 4 5 6; do "$RILLE" model promote digits@$i production --force >/dev/null & done; wait]]
  local holders, archived = 0, {}
  for _, one in ipairs(p:json("model version list digits").items) do
    holders = holders + (one.stage == "production" and 1 or 0)
  end
  local moves = p:json("model history digits").items
  for _, move in ipairs(moves) do if move.to == "archived" then archived[move.version] = true end end
  local count = 0
  for _ in pairs(archived) do count = count + 1 end
  check.eq({ holders, #moves, count }, { 1, 11, 5 })
end)

check.test("a promotion by metric needs a number at least as good; NaN and a missing metric never win", function()
  local p <close> = with_versions(3)
  p:ok "model promote digits@2 production --metric train.acc"
  local r = p:rille "model promote digits@1 production --metric acc"
  check.eq({ r.code, r.out },
    { 1, "model digits, version 1: not moved to production: acc 0.1 < 0.2 of version 2\n" })
  check.has(p:ok "model promote digits@1 production --metric metric.train.acc --better lower",
    "train.acc 0.1 < 0.2 of version 2; version 2 is archived")
  check.has(p:rille("model promote digits@3 production --metric bad").out, "not moved to production: bad is nan")
  check.has(p:rille [[model promote digits@3 production --metric 'metric.train."acx"']].out,
    "train.acx was not measured by version 3, only train.acc, train.bad\n")
  check.has(p:rille("model promote digits@3 production --metric acx").out, "acx was not measured by version 3")
  check.has(p:ok "model promote digits@3 production --metric acc", "moved to production: acc 0.3 > 0.1 of version 1")
  check.eq(stages(p), "3:production 2:archived 1:archived")
end)

check.test("a version in a stage, or one that runs used, is deleted with --force alone, which names what loses it",
  function()
    local p <close> = with_versions(2)
    p:ok "model promote digits@1 production"
    p:edit('"digits" {}', '"digits" { version = "production" }')
    p:ok "run main.lua -q --name user"
    local r = p:rille "model version delete digits@production --yes"
    check.eq(r.code, 3)
    check.has(r.err, "model digits, version 1 is in use; add --force to delete it anyway\n"
      .. "  version 1 is in production\n  version 1: run user asked for it\n")
    check.eq(p:rille("model delete digits --yes").code, 3)
    check.has(p:ok "model version delete digits@1 --yes --force", "model digits, version 1 is deleted\n"
      .. "  version 1 was in production\n  version 1: run user asked for it\n")
    check.eq(stages(p), "2:none")
    check.eq(p:rille("run main.lua").code, 3)
    p:edit('version = "production"', "")
    p:ok "run main.lua -q --set C=9"
    check.eq(stages(p), "3:none 2:none")
    p:ok "model version delete digits@3 --yes"
    p:ok "run main.lua -q --set C=9"
    check.eq(stages(p), "4:none 2:none")
  end)

check.test("a deleted model's name is free; its runs and artifacts stay", function()
  local p <close> = with_versions(2)
  check.eq(p:rille("model delete digits").code, 2)
  check.eq(p:ok "model delete digits --yes", "model digits is deleted\n")
  check.eq(#p:json("model list").items, 0)
  p:ok "run main.lua -q --set C=2"
  check.eq(stages(p), "1:none")
  check.eq(#p:json("runs").items, 3)
end)

check.test("models are listed by stage and tag, versions newest first in pages", function()
  local p <close> = with_versions(4)
  p:ok "model promote digits@2 staging"
  check.eq({ #p:json("model list --stage staging").items, #p:json("model list --stage production").items,
    #p:json("model list --tag x").items }, { 1, 0, 0 })
  local page = p:json "model version list digits --limit 3"
  check.eq({ #page.items, page.items[1].number, page.next }, { 3, 4, "3" })
  page = p:json("model version list digits --limit 3 --cursor " .. page.next)
  check.eq({ #page.items, page.items[1].number }, { 1, 1 })
  for line in p:ok("model list"):gmatch "[^\n]+" do check.ok(#line <= 80, line) end
end)

check.test("versions are found by conditions, metrics and tags, and sorted, on the command line and in Lua", function()
  local p <close> = with_versions(4)
  p:ok "model promote digits@2 staging"
  p:ok "tag digits@3 good"
  local function numbers(options)
    local list = {}
    for i, one in ipairs(p:json("model version list " .. options).items) do list[i] = one.number end
    return table.concat(list, " ")
  end
  check.eq(numbers "digits --where 'metric.acc > 0.15 and stage = none'", "4 3")
  check.eq(numbers "--where 'metric.train.acc <= 0.2 or tag = good' --sort metric.acc:asc", "1 2 3")
  check.eq({ numbers "digits --stage staging", numbers "digits --tag good", numbers "--sort number:asc --limit 2" },
    { "2", "3", "1 2" })
  check.eq(p:json("model version list digits --columns metric.acc,params.C --limit 1").items[1].values,
    { ["metric.acc"] = 0.4, ["params.C"] = 4.0 })
  check.has(p:ok "model version list --columns metric.acc", "metric.acc")
  check.has(p:rille("model version list digits --where 'stge = none'").err, 'did you mean "stage"?')
  p:write("each.lua", [[
    local versions = require("rille").models.digits.versions
    for v in versions:each { where = "metric.acc >= 0.2", sort = "metric.acc:asc", limit = 2 } do io.write(v.number, " ") end
    for v in versions:each { tag = "good" } do io.write(v.number, " ", v.stage, "\n") end
    print(pcall(function() return versions:each { where = "stge = 1" } end))]])
  local out = p:ok "each.lua"
  check.has(out, "2 3 3 none\n")
  check.has(out, 'each.lua:4: each: where:')
end)

check.test("the project adds stages of its own; latest, numbers and vN are reserved", function()
  local p <close> = with_versions(2)
  local r = p:rille "model promote digits@1 canary"
  check.eq(r.code, 3)
  check.has(r.err, 'there is no stage "canary"; available: archived, none, production, staging')
  p:write(".rille/config.yaml", "format: 1\nstages: [canary]\n")
  p:ok "model promote digits@1 canary"
  check.has(p:rille("model promote digits@2 canary").err, "version 1 is in canary; add --force")
  check.eq(stages(p), "2:none 1:canary")
  for _, name in ipairs { "latest", "3", "v3", "none", "production" } do
    check.eq(p:rille("model promote digits@2 " .. (name == "production" and "prod" or name)).code,
      name == "none" and 0 or 3)
    p:write(".rille/config.yaml", "format: 1\nstages: [" .. name .. "]\n")
    r = p:rille "model promote digits@2 staging"
    check.eq(r.code, 3, name)
    check.has(r.err, name == "3" and "cannot be the name of a stage" or "reserved")
    p:write(".rille/config.yaml", "format: 1\n")
  end
end)

check.test("a tag that no version has is reported", function()
  local p <close> = with_versions(1)
  p:ok "tag digits@1 golden"
  for _, command in ipairs { "model version list --tag goldn", "model version list digits --where 'tag = goldn'" } do
    check.eq(select(2, p:ok(command)),
      'no version of a model has the tag "goldn"; did you mean "golden"?\nno matching versions\n')
  end
end)

check.test("with -q a promotion and a deletion say nothing, one that was not made does", function()
  local p <close> = with_versions(2)
  check.eq((p:ok "-q model promote digits@2 production"), "")
  check.has(p:rille("-q model promote digits@1 production --metric acc").out, "not moved to production")
  check.eq((p:ok "-q model version delete digits@1 --yes"), "")
end)

check.test("a mistake in the list of stages is told by what asks for a stage", function()
  local p <close> = with_versions(1)
  for text, message in pairs {
    ["stage: [canary]"] = 'unknown key "stage"; did you mean "stages"?',
    ["Stages: [canary]"] = 'did you mean "stages"?',
    ["stacks: {}"] = 'there is no stage "canary"',
    ["stages: canary"] = "stages is a list of names, as in [canary]",
    ["stages: { canary: true }"] = "stages is a list of names, as in [canary]",
  } do
    p:write(".rille/config.yaml", "format: 1\n" .. text .. "\n")
    local r = p:rille "model promote digits@1 canary"
    check.eq(r.code, 3, text)
    check.has(r.err, message)
  end
end)

check.test("wrong names and arguments are answered with what to write", function()
  local p <close> = with_versions(1)
  for command, message in pairs {
    ["model shw"] = 'did you mean "show"?', ["model show digit"] = 'there is no model "digit"; did you mean "digits"?',
    ["model version show digits@7"] = 'model "digits" has no version 7; its only version is 1',
    ["model version show digits@lates"] = 'did you mean "latest"?',
    ["model promote digits@1"] = "usage: rille model promote NAME[@VERSION] STAGE",
    ["model promote digits@1 2 production"] = "the version is given twice",
    ["model promote digits@1 prodction"] = 'did you mean "production"?',
    ["model promote digits@1 production --better lower"] = "better is for a metric",
    ["model version delete digits --yes"] = "usage: rille model version delete NAME@VERSION",
  } do
    local r = p:rille(command)
    check.ok(r.code == 2 or r.code == 3, command)
    check.has(r.err, message)
    check.ok(not r.err:find "stack traceback", command)
  end
end)

check.test("a list without models says whether there are any", function()
  local p <close> = scratch.script [[
    local s = step "s" { run = function() end }
    return pipeline "p" { define = function() s() end }]]
  p:ok "run main.lua -q"
  check.eq(select(2, p:ok "model list"), "no models yet; a run of a pipeline with a model makes them\n")
  local q <close> = with_versions(1)
  check.eq(select(2, q:ok "model list --stage staging"), "no matching models\n")
end)

check.test("deleted versions are not among those that a message counts", function()
  local p <close> = with_versions(4)
  check.has(p:rille("model version show digits@9").err, "; its versions: 1 to 4\n")
  p:ok "model version delete digits@2 --yes"
  check.has(p:rille("model version show digits@2").err,
    'model "digits" has no version 2; it has 3 versions from 1 to 4, others were deleted\n')
end)

check.test("a version of YAML that is not there is told with the place where it is asked for", function()
  local p <close> = with_versions(1)
  for text, message in pairs {
    ["tags: [a]\nmodel: { version: 7 }\n"] = 'rille: c.yaml:2:19: model "digits" has no version 7',
    ["model:\n  name: digit\n  version: production\n"] = 'rille: c.yaml:3:12: there is no model "digit"',
    ["stack: nowhere\n"] = 'rille: c.yaml:1:8: there is no stack "nowhere"',
  } do
    p:write("c.yaml", text)
    for _, command in ipairs { "run", "plan" } do
      local r = p:rille(command .. " main.lua --config c.yaml")
      check.eq(r.code, 3, r.err)
      check.has(r.err, message)
    end
  end
  check.eq(#p:json("runs").items, 1)
end)

check.test("reasons in the history keep to the width of the terminal", function()
  scratch.pty(check)
  local p <close> = with_versions(2)
  p:ok("model promote digits@1 production --reason '" .. ("because of this "):rep(9) .. "'")
  local out = p:sh [[script -qec 'stty cols 60; "$RILLE" model history digits' typescript </dev/null]].out
  for line in out:gsub("\27%[[%d;]*m", ""):gmatch "[^\r\n]+" do check.ok(#line <= 60, line) end
  -- the table of versions leaves columns out, the least needed first
  out = p:sh [[script -qec 'stty cols 48; "$RILLE" model version list digits' typescript </dev/null]].out
  check.has(out, "production")
  for line in out:gsub("\27%[[%d;]*m", ""):gmatch "[^\r\n]+" do check.ok(#line <= 48, line) end
end)

check.test("lineage crosses models: a prediction reaches the version that it was made with, and its data",
  function()
    local p <close> = scratch.script [[
      local load = step "load" { outputs = { t.integer "data" }, run = function() return 3 end }
      local train = step "train" { inputs = { t.integer "data" }, params = { C = 1 },
        outputs = { t.integer "model" { kind = "model" } }, run = function(d, p) return d * p.C end }
      pipeline "training" { model = rille.model "digits" {}, params = { C = 1 },
        define = function(p) train { load(), C = p.C } end }
      local predict = step "predict" { inputs = { t.integer "model" }, outputs = { t.integer "y" },
        run = function(m) return m + 1 end }
      return pipeline "inference" { model = rille.model "predictions" {}, define = function()
        predict { model = rille.external { model_artifact = "model", model = "digits", version = "production" } } end }]]
    p:ok "run main.lua training -q --set C=5 --name good"
    p:ok "run main.lua training -q --name newer"
    p:ok "model promote digits@1 production"
    p:ok "run main.lua inference -q --name now"
    local items = p:json("lineage inference::predict::y").items
    local seen = {}
    for i, item in ipairs(items) do
      local models = {}
      for k, one in ipairs(item.models or {}) do models[k] = one.model .. one.version .. one.stage end
      seen[i] = item.run .. "/" .. item.step .. " " .. table.concat(models, ",")
    end
    check.eq(seen, { "now/predict predictions1none", "good/train digits1production", "good/load digits1production" })
    local text = p:ok "lineage inference::predict::y"
    check.has(text, "now of inference, model predictions 1\n")
    check.has(text, "good of training, model digits 1 (production)\n")
    check.has(p:ok "lineage training::train::model@1 --down", "now of inference")
    check.eq(p:ok "lineage digits@production", p:ok "lineage training::train::model@1")
    p:write("of_run.lua", scratch.HEAD .. [[for _, one in ipairs(rille.pipelines.inference.runs[1].models) do
      print(one.version, one.role, one.asked) end]])
    check.eq((p:ok "of_run.lua"), "model digits, version 1\tread\tproduction\n"
      .. "model predictions, version 1\tmade\tnil\n")
    check.has(p:ok "show now", "model       digits, version 1 (production): artifacts taken from it as production\n"
      .. "            predictions, version 1: made by this run\n")
    check.eq(p:json("show now").models[1], { model = "digits", version = 1, stage = "production", role = "read",
      asked = "production" })
    check.has(p:ok "show training::train::model@1", "in          model digits 1 (production)\n")
  end)

check.test("lineage names the version that an artifact was taken from, not the first one that has its bytes", function()
  local p <close> = scratch.script [[
    local load = step "load" { outputs = { t.integer "data" }, run = function() return 3 end }
    local train = step "train" { inputs = { t.integer "data" }, params = { C = 1 },
      outputs = { t.integer "model" }, run = function(d, p) return d * p.C end }
    pipeline "training" { model = rille.model "digits" {}, params = { C = 1 },
      define = function(p) train { load(), C = p.C } end }
    local look = step "look" { inputs = { t.integer "data" }, outputs = { t.integer "y" },
      run = function(d) return d + 1 end }
    return pipeline "inference" { define = function()
      look { data = rille.external { model_artifact = "data", model = "digits", version = "production" } } end }]]
  p:ok "run main.lua training -q --name one"
  p:ok "run main.lua training -q --set C=5 --name two"
  p:ok "model promote digits@2 production"
  p:ok "run main.lua inference -q"
  check.has(p:ok "lineage inference::look::y", ", model digits 2 (production)")
end)

check.test("show and tag take a model; tags name a version", function()
  local p <close> = with_versions(2)
  check.eq(p:ok "show digits", p:ok "model show digits")
  check.eq(p:ok "show digits@1", p:ok "model version show digits@1")
  check.has(p:ok "tag digits@1 golden", "digits version 1: added golden")
  check.eq(p:json("model version show digits@golden").number, 1)
  check.eq(#p:json("model list --tag golden").items, 1)
  p:ok "untag digits@golden golden"
  check.eq(p:rille("model version show digits@golden").code, 3)
end)

check.test("the shell completes models and their versions", function()
  local p <close> = with_versions(2)
  p:ok "model promote digits@1 production"
  local models, versions = p:ok "completion names model di", p:ok "completion names model digits@"
  check.eq({ models, versions }, { "digits\n", "digits@production\ndigits@2\ndigits@1\n" })
end)

check.test("the events of a run tell of its models", function()
  local p <close> = scratch.script(SCRIPT)
  local json = require "rille.json"
  local last
  for line in p:ok("run main.lua --json"):gmatch "[^\n]+" do last = json.decode(line) end
  check.eq({ last.event, last.models[1].model, last.models[1].role, last.models[1].version },
    { "run_end", "digits", "made", 1 })
end)

check.done()
