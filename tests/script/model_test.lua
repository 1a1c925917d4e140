-- rille.model: versions of models that runs make, links, stages, what steps see and ask of their version.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local TRAIN <const> = [[
local m = rille.model "digits" { description = "a classifier", license = "MIT", tags = { "demo" } }
local load = step "load" { outputs = { t.list(t.integer) "X" }, run = function() return { 1, 2, 3 } end }
local train = step "train" { inputs = { t.list(t.integer) "X" }, params = { C = 1.0 },
  outputs = { t.number "model" { kind = "model" } },
  run = function(X, p, ctx) ctx:log_metric { acc = p.C / 10 } return p.C * #X end }
return pipeline "main" { model = m, params = { C = 1.0 }, define = function(p) train { load(), C = p.C } end }
]]

local function versions(p, model)
  local list = {}
  for i, one in ipairs(p:json("model version list " .. (model or "digits")).items) do
    list[i] = one.number .. ":" .. one.stage
  end
  return table.concat(list, " ")
end

check.test("a completed run makes a version of its model, with all outputs linked by their kinds", function()
  local p <close> = scratch.script(TRAIN)
  p:ok "run main.lua -q"
  local version = p:json "model version show digits@latest"
  check.eq({ version.number, version.stage, version.tags, version.metrics }, { 1, "none", { "demo" },
    { ["train.acc"] = 0.1 } })
  local kinds = {}
  for i, link in ipairs(version.artifacts) do kinds[i] = link.name .. " " .. link.kind end
  check.eq(kinds, { "main::load::X data", "main::train::model model" })
  local model = p:json "model show digits"
  check.eq({ model.description, model.license, model.versions }, { "a classifier", "MIT", 1 })
end)

check.test("a run whose artifacts equal those of the latest version shares it, cached or not", function()
  local p <close> = scratch.script(TRAIN)
  p:ok "run main.lua -q"
  local _, err = p:ok "run main.lua"
  check.has(err, "model     digits  version 1, unchanged artifacts, 2 artifacts")
  p:ok "run main.lua -q --no-cache"
  check.eq(versions(p), "1:none")
  p:ok "run main.lua -q --set C=2"
  p:ok "run main.lua -q --set C=1"
  check.eq(versions(p), "3:none 2:none 1:none")
  local roles = {}
  for i, run in ipairs(p:json("model version show digits@1").runs) do roles[i] = run.role end
  check.eq(table.concat(roles, " "), "shared shared made")
end)

check.test("what runs and users add to a version keeps no run with the same artifacts from sharing it", function()
  local p <close> = scratch.script(TRAIN .. [[
]])
  p:edit("return pipeline", [[local note = step "note" { outputs = { t.integer "n" }, run = function() return 1 end }
    pipeline "later" { model = rille.model "digits" { version = "latest" }, define = function() note() end }
    return pipeline]])
  p:ok "run main.lua main -q"
  p:ok "run main.lua later -q"
  p:write("link.lua", 'local v = require("rille").models.digits.versions[1] v:link(v.artifacts.model, { name = "x" })')
  p:ok "link.lua"
  check.eq(#p:json("model version show digits").artifacts, 4)
  p:ok "run main.lua main -q"
  check.eq(versions(p), "1:none")
end)

check.test("of outputs of one name in a run the last is the version's, and the next run shares the version", function()
  local p <close> = scratch.script [[
    local outputs = { t.integer "y" { name = "best" } }
    local a = step "a" { outputs = outputs, run = function() return 1 end }
    local b = step "b" { outputs = outputs, run = function(_, ctx) ctx:promote(ctx.model, "staging") return 2 end }
    return pipeline "main" { model = rille.model "digits" {}, define = function() a() b() end }]]
  p:ok "run main.lua -q"
  p:ok "model promote digits archived"
  for _, more in ipairs { "", "--no-cache", "-j 1" } do p:ok("run main.lua -q " .. more) end
  check.eq(versions(p), "1:archived")
  check.eq(#p:json("model version show digits").artifacts, 1)
  p:edit("rille.model \"digits\" {}", 'rille.model "digits" { version = 1 }')
  for _ = 1, 2 do p:ok "run main.lua -q" end
  local artifacts = p:json("model version show digits").artifacts
  check.eq({ #artifacts, artifacts[1].number }, { 1, 1 })
end)

check.test("versions and their artifacts are the same with the cache on and off", function()
  local function history(option)
    local p <close> = scratch.script(TRAIN)
    for _, C in ipairs { "1", "2", "2", "1", "1", "3", "2" } do
      p:ok("run main.lua -q --set C=" .. C .. option)
    end
    local list = {}
    for _, one in ipairs(p:json("model version list digits").items) do
      local shown = p:json("model version show digits@" .. one.number)
      local digests = {}
      for k, link in ipairs(shown.artifacts) do digests[k] = link.name .. "=" .. link.digest end
      list[#list + 1] = one.number .. " " .. #shown.runs .. " " .. table.concat(digests, " ")
    end
    return table.concat(list, "\n")
  end
  check.eq(history " --no-cache", history "")
end)

check.test("a failed run, one of some steps and an unlisted one make no version, and a failed one says so", function()
  local p <close> = scratch.script(TRAIN)
  p:edit("return p.C * #X", 'error "no"')
  local r = p:rille "run main.lua"
  check.eq(r.code, 1)
  check.has(r.err, "model     digits  no new version: the run failed")
  p:edit('error "no"', "return p.C * #X")
  local _, err = p:ok "run main.lua --only load"
  check.has(err, "model     digits  no new version: the run has only some of the steps")
  _, err = p:ok "run main.lua --unlisted"
  check.has(err, "model     digits  no new version: the run is unlisted")
  check.eq(p:rille("model show digits").code, 3)
  check.eq(#p:json("model list").items, 0)
end)

check.test("a run that asked for a version, and failed or has some of the steps, links nothing, and says so", function()
  local p <close> = scratch.script(TRAIN)
  p:ok "run main.lua -q"
  p:edit('tags = { "demo" }', "version = 1")
  local _, err = p:ok "run main.lua --set C=2 --from train"
  check.has(err, "model     digits  version 1, 2 artifacts")
  _, err = p:ok "run main.lua --set C=2 --only load"
  check.has(err, "model     digits  version 1, nothing is linked: the run has only some of the steps")
  p:edit("return p.C * #X", 'error "no"')
  check.has(p:rille("run main.lua").err, "model     digits  version 1, nothing is linked: the run failed")
  check.eq(p:json("model version show digits").artifacts[2].digest, p:json("show main::train::model@2").digest)
end)

check.test("parallel steps and two runs at once make one version each, with numbers of their own", function()
  local p <close> = scratch.script [[
    local m = rille.model "many" {}
    local s = step "s" { params = { n = 1, seed = 1 }, outputs = { t.integer "n" },
      run = function(p) return p.n * p.seed end }
    return pipeline "main" { model = m, params = { seed = 1 }, define = function(p)
      for i = 1, 8 do s:with { id = "s" .. i } { n = i, seed = p.seed } end end }]]
  p:ok "run main.lua -q -j 4"
  check.eq(versions(p, "many"), "1:none")
  p:sh [[for i in 2 3 4 5; do "$RILLE" run main.lua -q -j 2 --set seed=$i & done; wait]]
  check.eq(versions(p, "many"), "5:none 4:none 3:none 2:none 1:none")
  check.eq(#p:json("model version show many@5").artifacts, 8)
end)

check.test("a version that is not there is an error before the run has a row", function()
  local p <close> = scratch.script(TRAIN)
  p:ok "run main.lua -q"
  p:edit('{ description = "a classifier", license = "MIT", tags = { "demo" } }', '{ version = "production" }')
  local r = p:rille "run main.lua"
  check.eq(r.code, 3)
  check.has(r.err, 'main.lua:3: model "digits" has no version in production; move one there: '
    .. "rille model promote digits@VERSION production")
  check.eq(#p:json("runs").items, 1)
  for from, to in pairs { ['"production"'] = "7", ["version = 7"] = 'version = "prodution"' } do
    p:edit(from, to)
    check.eq(p:rille("plan main.lua").code, 3)
  end
end)

check.test("a run that asks for a version by number, name, stage or latest links its outputs to it", function()
  local p <close> = scratch.script(TRAIN)
  p:edit('tags = { "demo" }', 'new_version = true, version = "first"')
  p:ok "run main.lua -q"
  check.has(p:rille("run main.lua").err, 'model "digits": there is a version "first" already (number 1)')
  p:ok "model promote digits staging"
  p:edit('new_version = true, version = "first"', 'version = "first"')
  local before = '"first"'
  for k, which in ipairs { '"staging"', '"latest"', "1", '"v1"', '"first"' } do
    p:edit("version = " .. before, "version = " .. which)
    before = which
    local _, err = p:ok("run main.lua --set C=" .. k)
    check.has(err, "model     digits  version 1 (first), in staging, 2 artifacts")
  end
  check.eq(versions(p), "1:staging")
end)

check.test("creating a version in a stage, a number or latest is an error of the definition", function()
  for which, message in pairs {
    ['"production"'] = 'a new version cannot be made in production; make it with new_version = true, and move it there',
    ['"latest"'] = "latest is the newest version that there is",
    ["3"] = "new_version = true gives the version its number",
    ['"v3"'] = "new_version = true gives the version its number",
  } do
    local p <close> = scratch.script(TRAIN)
    p:edit('tags = { "demo" }', "new_version = true, version = " .. which)
    local r = p:rille "run main.lua"
    check.eq(r.code, 3)
    check.has(r.err, message)
    check.has(r.err, "main.lua:3:")
  end
end)

check.test("YAML names the model of a run, and its mistakes have their line", function()
  local p <close> = scratch.script(TRAIN, {
    ["c.yaml"] = "model: { name: other, version: null, new_version: true, license: MIT, tags: [demo] }\n",
    ["bad.yaml"] = "run_name: x\nmodel: { name: other, new_version: true, version: production }\n",
    ["typo.yaml"] = "model: { name: other, licence: MIT }\n" })
  p:ok "run main.lua -q --config c.yaml"
  check.eq({ p:json("model show other").license, versions(p, "other") }, { "MIT", "1:none" })
  check.has(p:rille("run main.lua --config bad.yaml").err, "bad.yaml:2:1: model \"other\": a new version cannot")
  check.has(p:rille("run main.lua --config typo.yaml").err, "licence")
  p:write("own.yaml", "model: { new_version: true, version: '1.0' }\n")
  p:ok "run main.lua -q --config own.yaml"
  check.eq(p:json("model version show digits@1.0").number, 1)
  p:edit("model = m,", "")
  check.has(p:rille("run main.lua --config own.yaml").err, "own.yaml:1:1: model: name is missing")
end)

check.test("in one version a new link replaces that of its name, or adds to it where the port says overwrite = false",
  function()
    local p <close> = scratch.script(TRAIN)
    p:ok "run main.lua -q"
    p:edit('tags = { "demo" }', "version = 1")
    for C = 2, 3 do p:ok("run main.lua -q --set C=" .. C) end
    check.eq(#p:json("model version show digits").artifacts, 2)
    p:edit('{ kind = "model" }', '{ kind = "model", overwrite = false }')
    for _, C in ipairs { 4, 5, 5 } do p:ok("run main.lua -q --set C=" .. C) end
    local numbers = {}
    for _, link in ipairs(p:json("model version show digits").artifacts) do
      if link.kind == "model" then numbers[#numbers + 1] = link.number end
    end
    check.eq(numbers, { 3, 4, 5 })
  end)

check.test("a step may have a model of its own; others have the pipeline's", function()
  local p <close> = scratch.script(TRAIN)
  p:edit('params = { C = 1.0 },\n', 'params = { C = 1.0 }, model = rille.model "own" {},\n')
  p:ok "run main.lua -q"
  check.eq(p:json("model version show own").artifacts[1].name, "main::train::model")
  check.eq(p:json("model version show digits").artifacts[1].name, "main::load::X")
end)

check.test("a model does not change the key of a step", function()
  local p <close> = scratch.script(TRAIN)
  p:ok "run main.lua -q"
  p:edit('pipeline "main" { model = m,', 'pipeline "main" {')
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "load=cached train=cached")
end)

check.done()
