-- Deployments with rille serve itself: what they predict, what they follow, tokens, classes of a script's own.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

if not pcall(require, "rille.http") then
  check.skip("served deployments", "libmicrohttpd is not installed")
  return check.done()
end

local MAIN <const> = [[
local array, frame, preprocess = require "rille.array", require "rille.frame", require "rille.preprocess"
local linear = require "rille.linear"
local train = step "train" { params = { n = 7 }, outputs = { t.transformer "model" { kind = "model" } },
  run = function(p)
    local x = array.random({ 200 }, p.n)
    return preprocess.chain { preprocess.scale {}, linear.Logistic }
      :fit(frame.new { { "x", x }, { "z", array.random({ 200 }, 3) } }, x:gt(0.5):astype "i64")
  end }
local deploy = step "deploy" { inputs = { t.any "model" }, outputs = { t.deployment "served" { kind = "deployment" } },
  run = function(_, _, ctx) return ctx:deploy(ctx.model, { name = "d" }) end }
return pipeline "main" { model = rille.model "digits" {}, define = function() deploy(train()) end }
]]

local USE <const> = [[
local rille = require "rille"
local t, array, frame = rille.types, require "rille.array", require "rille.frame"
local use = rille.step "use" { inputs = { t.deployment "d", t.transformer "model" }, outputs = { t.any "seen" },
  run = function(d, model)
    local rows = frame.new { { "x", array.from { 0.9, 0.1, 0.7 } }, { "z", array.from { 0.5, 2, 1 } } }
    local got, answer = d:predict(rows, { proba = true })
    if not got then return { answer } end
    local own = model:predict(rows)
    local _, why = d:predict { { x = "bad", z = 1 } }
    return { tostring(got), got == own, tostring(answer.probabilities) == tostring(model:predict_proba(rows)),
      #answer.classes, answer.version, #d:predict(rows:head(0)), why }
  end }
return rille.pipeline "use" { define = function() use { d = require("rille.deployment").named "d",
  model = rille.external { model_artifact = "model", model = "digits", version = 1 } } end }
]]

local function project(text)
  local p = scratch.script(text or MAIN)
  p:write("use.lua", USE)
  local class = getmetatable(p)
  return setmetatable(p, { __index = class.__index, __close = function(self)
    self:rille "deploy stop --all"
    class.__close(self)
  end })
end

check.test("a deployment predicts as the model in memory does, and refuses rows with its sentence", function()
  local p <close> = project()
  p:ok "run main.lua"
  p:ok "run use.lua"
  check.eq(p:json "artifact get use::use::seen", { "[1  0  1]  i64 {3}", true, true, 2, 1, 0,
    'deployment d: the server answered 400: column x, row 1: expected a number, got "bad"' })
  local state = p:json "deploy status d"
  check.eq({ state.state, state.version, state.requests >= 3, state.errors }, { "running", 1, true, 1 })
  p:ok "run use.lua"
  check.eq(p:statuses "use", "use=cached")
end)

check.test("a deployment of a stage follows a promotion, and one of a number does not", function()
  local p <close> = project()
  p:ok "run main.lua -q"
  p:ok "run main.lua -q --set train.n=8"
  p:ok "model promote digits@1 production -q"
  p:ok "deploy start digits --name follows"
  p:ok "deploy start digits@1 --name stays"
  p:ok "model promote digits@2 production --force -q"
  p:sh [[for i in $(seq 100); do
    "$RILLE" deploy status follows --json | grep -q '"version":2' && break; sleep 0.1; done]]
  check.eq({ p:json("deploy status follows").version, p:json("deploy status stays").version }, { 2, 1 })
end)

check.test("a version that cannot be served is told before a server is started, or in its words", function()
  local p <close> = project()
  p:ok "run main.lua -q"
  local r = p:rille "deploy start digits"
  check.eq(r.code, 3)
  check.ok(r.err:find('rille: model "digits" has no version in production; its versions: 1; name one: digits@VERSION',
    1, true), r.err)
  check.eq(p:rille("deploy status digits").code, 3)
  r = p:rille "deploy start digits@1 --host 0.0.0.0"
  check.eq(r.code, 1)
  check.ok(r.err:find("0.0.0.0 can be reached from other machines", 1, true), r.err)
  local port = p:json("deploy status d").port
  r = p:rille("deploy start digits@1 --name e --port " .. port)
  check.ok(r.code == 1 and r.err:find("it is that of deployment d in " .. p.dir, 1, true), r.err)
end)

check.test("a server whose project was deleted is listed with its process, without any store", function()
  local p <close> = project()
  p:ok "run main.lua -q"
  local pid = p:json("deploy status d").pid
  p:sh "rm -r .rille"
  local out = p:ok "deploy list --machine"
  check.has(out, "(the project was deleted: stop it with kill " .. pid .. ")")
  p:sh("kill " .. pid)
end)

check.test("a token is sent where the deployment has one, and a wrong one is no answer", function()
  local p <close> = project()
  p:ok "run main.lua -q"
  p:ok "deploy stop d -q"
  local r = p:sh [[export TOKEN=abc
    "$RILLE" deploy start digits@1 --name d --token-env TOKEN -q && "$RILLE" run use.lua -q]]
  check.eq(r.code, 0, r.err)
  check.eq(p:json("artifact get use::use::seen")[5], 1)
  r = p:sh [[TOKEN=other "$RILLE" run use.lua -q --no-cache]]
  local seen = p:json("artifact get use::use::seen")[1]
  check.ok(seen:find("deployment d: the server answered 401", 1, true), seen)
  check.ok(not p:read(".rille/deployments/d/record.json"):find("abc", 1, true), "the token is in the record")
end)

check.test("a model of a script's own class is served by its script", function()
  local p <close> = project [[
local array, frame = require "rille.array", require "rille.frame"
local Half = { __name = "half" }
Half.__index = Half
function Half.predict(_, rows) return rows:column "x" / 2 end
rille.materializer "half" { class = Half, version = 1, save = function(_, art) art:write("half", "1") end,
  load = function() return setmetatable({}, Half) end,
  signature = function() return frame.new { { "x", array.from { 1.0, 2.0 } } } end }
local train = step "train" { outputs = { t.half "model" { kind = "model" } },
  run = function() return setmetatable({}, Half) end }
local deploy = step "deploy" { inputs = { t.any "model" }, outputs = { t.deployment "served" { kind = "deployment" } },
  run = function(_, _, ctx) return ctx:deploy(ctx.model) end }
return pipeline "main" { model = rille.model "halves" {}, define = function() deploy(train()) end }
]]
  local _, err = p:ok "run main.lua"
  check.ok(err:find("deployment halves: model halves, version 1, is served at", 1, true), err)
  local out = p:ok [[-e 'print(require("rille.deployment").named("halves"):predict { { x = 3 } }[1])']]
  check.eq(out, "1.5\n")
  p:ok "deploy stop halves -q"
  p:ok "deploy start halves@1 --script main.lua"
  check.eq(p:rille("deploy start halves@1 --name other").code, 1)
end)

check.done()
