-- rille model-registry models, show, publish, import, stage, remove, verify: a folder of published versions.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local MAIN <const> = [[
local array, linear = require "rille.array", require "rille.linear"
local train = step "train" { params = { n = 7 }, outputs = { t.linear "model" { kind = "model" }, t.table "info",
    t.deployment "served" { kind = "deployment" } },
  run = function(p, ctx)
    ctx:log_metric { accuracy = 0.9 }
    local X = array.random({ 500, 3 }, p.n)
    return linear.Regression.fit(X, X:column(1)), { n = p.n, text = ("x"):rep(200000) },
      require("rille.deployment").named "d"
  end }
return pipeline "main" {
  model = rille.model "digits" { description = "digits", license = "MIT", metadata = { note = "hand made" } },
  define = function() train() end }
]]

-- Two projects with the registry `team` in their stacks, and the folder that they share.
local function projects(options)
  local a, b = scratch.script(MAIN), scratch.script(MAIN)
  for _, p in ipairs { a, b } do
    p:ok("model-registry register team --flavor local --set path=" .. a.dir .. "/shared " .. (options or ""))
    p:ok "stack copy default s -q"
    p:ok "stack update s --model-registry team -q"
    p:ok "stack set s -q"
  end
  a:ok "run main.lua -q"
  return a, b, setmetatable({}, { __close = function()
    for _, p in ipairs { a, b } do getmetatable(p).__close(p) end
  end })
end

check.test("a version is published as data, listed, shown and imported elsewhere with its digests", function()
  local a, b, both <close> = projects()
  assert(both)
  check.eq((a:ok "model-registry publish digits@1"), "model digits, version 1: published in team\n")
  check.eq(a:json "model-registry models", { items = { { name = "digits", versions = 1, latest = 1, stages = {} } } })
  local there, here = b:json "model-registry show digits@1", a:json "model version show digits@1"
  check.eq({ there.number, there.project, there.metadata.note }, { 1, a.dir, "hand made" })
  check.eq(#there.artifacts, 2)             -- the deployment stays where it is
  check.ok(there.signature, "no signature")
  local out = b:ok "model-registry import digits@1"
  check.ok(out:find "^model digits, version 1: imported from team, version 1 %(run import_digits", out)
  local got = b:json "model version show digits@1"
  local digests = {}
  for _, one in ipairs(here.artifacts) do digests[one.name:match "[^:]+$"] = one.digest end
  for _, one in ipairs(got.artifacts) do check.eq(one.digest, digests[one.name:match "[^:]+$"], one.name) end
  check.eq(got.signature, here.signature)
  check.eq({ got.metadata.note, got.metadata.imported.registry, got.metadata.imported.version },
    { "hand made", "team", 1 })
  check.eq({ got.metrics, there.metrics }, { { ["train.accuracy"] = 0.9 }, { ["train.accuracy"] = 0.9 } })
  check.eq((b:ok "model-registry import digits@1 --as wines"):match "^model (%S+), version 1", "wines")
end)

check.test("without @ the version in production is meant, never the newest", function()
  local a, b, both <close> = projects()
  assert(both)
  local r = a:rille "model-registry publish digits"
  check.eq({ r.code, r.err }, { 3, 'rille: model "digits" has no version in production; move one there: rille model '
    .. "promote digits@VERSION production\n" })
  a:ok "model-registry publish digits@1 -q"
  r = b:rille "model-registry import digits"
  check.eq({ r.code, r.err }, { 3, 'rille: the registry has no version of model "digits" in production; its versions: '
    .. "1\n" })
  a:ok "model promote digits@1 production -q"
  check.eq((a:ok "model-registry publish digits"),
    "model digits, version 1 (production): is in team already; its stage there is that of here\n")
  b:ok "model-registry import digits -q"
  check.eq((a:ok "model-registry stage digits@1 none"), "model digits, version 1: has no stage\n")
  check.eq(b:rille("model-registry show digits").code, 3)
end)

check.test("a published version never changes: another one with its number is refused", function()
  local a, b, both <close> = projects()
  assert(both)
  b:ok "run main.lua -q --set train.n=8"
  a:ok "model-registry publish digits@1 -q"
  local r = b:rille "model-registry publish digits@1"
  check.eq(r.code, 3)
  check.ok(r.err:find('model "digits" has another version 1 in the registry, published from ' .. a.dir, 1, true), r.err)
  b:ok "model-registry publish digits@1 --as digits-b -q"
  check.eq(#b:json("model-registry models").items, 2)
  check.eq((a:ok "model-registry remove digits@1"), "model digits, version 1: removed from the registry\n")
  check.eq(a:json("model-registry models").items[1].name, "digits-b")
end)

check.test("what is damaged or not finished is found, and never imported", function()
  local a, b, both <close> = projects()
  assert(both)
  a:ok "model-registry publish digits@1 -q"
  check.eq((a:ok "model-registry verify"), "1 version verified, all intact\n")
  a:sh 'f=$(ls -S shared/digits/1/files/* | head -1); printf x | dd of=$f bs=1 seek=7 conv=notrunc 2>/dev/null'
  local r = a:rille "model-registry verify"
  check.eq(r.code, 1)
  check.ok(r.out:find("is damaged: its content is not that of its digest\n1 version verified, 1 problem\n", 1, true),
    r.out)
  check.eq(b:rille("model-registry import digits@1").code, 3)
  a:sh [[sed -i 's/hand made/hand maid/' shared/digits/1/version.json]]
  r = b:rille "model-registry show digits@1"
  check.ok(r.code == 3 and r.err:find("version.json is damaged", 1, true), r.err)
  -- a process that was killed while it published leaves no version, and the next one takes its place
  a:sh "rm shared/digits/1/version.json"
  check.eq(a:json("model-registry models").items, {})
  a:ok "model-registry publish digits@1 -q"
  check.eq((a:ok "model-registry verify"), "1 version verified, all intact\n")
end)

check.test("what others wrote into the folder is not trusted, whatever its digest says", function()
  local a, b, both <close> = projects()
  assert(both)
  a:ok "model-registry publish digits@1 -q"
  for _, name in ipairs { "../x", "..", "/tmp/abs", "a b", ".x" } do
    local r = a:rille("model-registry publish digits@1 --as '" .. name .. "'")
    check.eq(r.code, 3, name)
    check.has(r.err, "the name of a model has letters, digits, _, - and . only, found ")
  end
  a:write("forge.lua", [[
local json, hash, field, text = require "rille.json", require "rille.host.hash", arg[1], arg[2]
local f = assert(io.open("shared/digits/1/version.json"))
local v = json.unpack(f:read "a")
f:close()
load("local v = ... v." .. field .. " = " .. text)(v)
local copy = {}
for k, x in next, v do if k ~= "digest" and k ~= "published" and k ~= "by" then copy[k] = x end end
v.digest = hash.hex(hash.sha256(json.pack(copy)))
f = assert(io.open("shared/digits/1/version.json", "w"))
f:write(json.pack(v))
f:close()
]])
  a:sh "cp shared/digits/1/version.json kept"
  for _, one in ipairs { "signature 5", "number -3", "model '\"other\"'", "created '\"x\"'",
    "artifacts[1].members[1].size -1", "artifacts[1].members[1].digest '\"../../../x\"'",
    "artifacts[1].members[1].name '\"../x\"'", "artifacts[2].kind 7",
    "artifacts 3" } do
    a:ok("forge.lua " .. one)
    local r = a:rille "model-registry verify"
    check.eq(r.code, 1, one)
    check.has(r.out, "shared/digits/1/version.json is damaged: ")
    r = b:rille "model-registry import digits@1"
    check.eq(r.code, 3, one)
    check.has(r.err, "version.json is damaged: ")
    a:sh "cp kept shared/digits/1/version.json"
  end
  a:sh "echo '[...' >shared/digits/1/version.json"
  local r = a:rille "model-registry verify"
  check.eq({ r.code, r.out:match "\n(.*)" }, { 1, "1 version verified, 1 problem\n" })
  a:sh "cp kept shared/digits/1/version.json"
  for _, stages in ipairs { '{"production":"x"}', '{"production":1.5}', '{"production":99}', "nothing" } do
    a:sh("echo '" .. stages .. "' >shared/digits/stages.json")
    check.eq(a:json("model-registry models").items[1].stages, {}, stages)
    check.eq(a:rille("model-registry verify").code, 1, stages)
    check.eq(b:rille("model-registry show digits").code, 3, stages)
  end
  a:ok "model-registry stage digits@1 production"
  check.eq((a:ok "model-registry verify"), "1 version verified, all intact\n")
end)

check.test("a model of a script's own class is imported with its script", function()
  local a, b, both <close> = projects()
  assert(both)
  a:write("half.lua", [[
local rille = require "rille"
local Half = { __name = "half" }
rille.materializer "half" { class = Half, version = 1, save = function(_, art) art:write("half", "1") end,
  load = function() return setmetatable({}, Half) end }
local train = rille.step "train" { outputs = { rille.types.half "model" { kind = "model" } },
  run = function() return setmetatable({}, Half) end }
return rille.pipeline "half" { model = rille.model "halves" {}, define = function() train() end }
]])
  a:ok "run half.lua -q"
  a:ok "model-registry publish halves@1 -q"
  local r = b:rille "model-registry import halves@1"
  check.eq({ r.code, r.err }, { 3, "rille: half::train::model is of type \"half\", a class of a script's own: give the "
    .. "script with --script FILE\n" })
  b:ok("model-registry import halves@1 -q --script " .. a.dir .. "/half.lua")
  check.eq(b:json("model version show halves@1").artifacts[1].type, "half")
end)

check.test("with the option publish a promotion by a run or by the command publishes", function()
  local a, b, both <close> = projects "--set publish=staging,production"
  assert(both)
  check.eq(#a:json("model-registry models").items, 0)
  local _, err = a:ok "model promote digits@1 staging"
  check.eq(err, "model digits, version 1: published in team\n")
  b:edit("run = function(p, ctx)", 'run = function(p, ctx) ctx:promote(ctx.model, "production")')
  b:edit('rille.model "digits"', 'rille.model "wines"')
  _, err = b:ok "run main.lua"
  check.ok(err:find("model wines, version 1: published in team", 1, true), err)
  check.eq(b:json("model-registry models").items[2].stages.production, 1)
end)

check.test("a registry of a script's own publishes, and what it has not is told", function()
  local a, b, both <close> = projects()
  assert(both)
  b:write("own.lua", [[
local rille = require "rille"
rille.flavor { kind = "model_registry", name = "own", open = function() return { publish = function(_, version)
  local f <close> = io.open("got", "w")
  f:write(version.model, " ", version.number, " ", #version.artifacts, " ", version.artifacts[1].name)
  return true
end } end }
]])
  b:ok "run main.lua -q"
  b:ok "model-registry register mine --flavor own --script own.lua"
  b:ok "model-registry publish digits@1 --registry mine --script own.lua"
  check.eq(b:read "got", "digits 1 2 main::train::info")
  local r = b:rille "model-registry models --registry mine --script own.lua"
  check.eq({ r.code, r.err }, { 3, 'rille: model registry "mine" (flavor own) can publish only\n' })
  r = a:rille "model-registry models --registry tem"
  check.eq({ r.code, r.err }, { 3, 'rille: there is no model registry "tem"; did you mean "team"?\n' })
  check.eq(a:rille("model-registry show").code, 2)
  check.eq(a:rille("model-registry shw").code, 2)
end)

check.done()
