-- ctx:deploy and deployments as inputs (the server is a stand-in, tests/lib/served_stand_in.lua: each prediction is the
-- number of the version that it serves).

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local stand_in = require "served_stand_in"

if not stand_in.available() then
  check.skip("deployments in steps", "lua-socket is not installed")
  return check.done()
end

local MAIN <const> = [[
local train = step "train" { params = { n = 7 }, outputs = { t.integer "model" { kind = "model" } },
  run = function(p) return p.n end }
local deploy = step "deploy" { inputs = { t.any "model" }, outputs = { t.deployment "served" { kind = "deployment" } },
  run = function(_, _, ctx) return ctx:deploy(ctx.model, { name = "d" }) end }
return pipeline "main" { model = rille.model "digits" {}, define = function() deploy(train()) end }
]]

local USE <const> = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local use = step "use" { inputs = { t.deployment "d" }, outputs = { t.any "predictions", t.any "answer" },
  run = function(d)
    local predictions, answer = d:predict_or(function(rows) return { -#rows } end, { { x = 1 }, { x = 2 } })
    return predictions, answer
  end }
return pipeline "use" { define = function()
  use { d = rille.external { model_artifact = "served", model = "digits" } } end }
]]

local function project(main)
  local p = stand_in.project(main or MAIN)
  p:write("use.lua", USE)
  return p
end

local function used(p)
  local _, err = p:ok "run use.lua"
  local list, how = p:json "artifact get use::use::predictions", p:json "artifact get use::use::answer"
  local status = p:statuses "use"
  return list, how.by, how.version or how.why, status, err
end



check.test("the run's new version is served when the run is committed, and left alone by a hit", function()
  local p <close> = project()
  local _, err = p:ok "run main.lua"
  local state = p:state "d"
  check.eq({ state.state, state.version, state.asked, state.run }, { "running", 1, "1", p:json("show main@-1").name })
  check.ok(err:find("deployment d: model digits, version 1, is served at " .. state.url, 1, true), err)
  _, err = p:ok "run main.lua"
  check.ok(err:find("deployment d: model digits, version 1, still served at " .. state.url, 1, true), err)
  check.eq(p:state("d").pid, state.pid)
  _, err = p:ok "run main.lua -q"
  check.eq(err, "")
end)

check.test("a hit starts what died, and another version takes the place and the port of the one before", function()
  local p <close> = project()
  p:ok "run main.lua"
  local first = p:state "d"
  p:sh("kill -9 " .. first.pid .. "; while kill -0 " .. first.pid .. " 2>/dev/null; do sleep 0.02; done")
  p:ok "run main.lua"
  check.eq(p:statuses(), "train=cached deploy=cached")
  local second = p:state "d"
  check.eq({ second.state, second.version, second.pid ~= first.pid }, { "running", 1, true })
  p:ok "run main.lua --set train.n=8"
  local third = p:state "d"
  check.eq({ third.state, third.version, third.port, third.pid ~= second.pid }, { "running", 2, second.port, true })
end)

check.test("a failed start is told and recorded, and keeps the run and the version before", function()
  local p <close> = project()
  p:ok "run main.lua"
  p:write("broken", "no signature")
  local _, err = p:ok "run main.lua --set train.n=8"
  check.ok(err:find("deployment d: version 2 of model digits is not served: no signature; nothing is served by it now "
    .. "(rille deploy logs d)", 1, true), err)
  check.eq(select(2, p:newest()).status, "completed")
  check.ok((p:ok "show main@-1"):find("version 2 of model digits is not served", 1, true), "not recorded")
  p:sh "rm broken"
  p:ok "run main.lua --set train.n=8"
  check.eq(p:state("d").version, 2)
end)

check.test("kill -9 between the commit and the start loses nothing: the next run starts it", function()
  local p <close> = project()
  p:write("slow", "5")
  p:sh [["$RILLE" run main.lua 2>/dev/null & run=$!
    for i in $(seq 400); do grep -q ticks .rille/deployments/d/record.json 2>/dev/null && break; sleep 0.02; done
    kill -9 $run; wait $run 2>/dev/null; "$RILLE" deploy stop d -q; rm -r .rille/deployments slow]]
  check.eq(select(2, p:newest()).status, "completed")
  p:ok "run main.lua"
  check.eq(p:statuses(), "train=cached deploy=cached")
  check.eq({ p:state("d").state, p:state("d").version }, { "running", 1 })
end)

check.test("of two runs that ask for the same at once one starts it; a name of another model's is not taken", function()
  local p <close> = project()
  p:ok "run main.lua -q"
  p:ok "deploy stop d -q"
  p:write("slow", "0.3")
  local r = p:sh [["$RILLE" run main.lua 2>a & a=$!
    "$RILLE" run main.lua 2>b & b=$!
    wait $a; echo $?; wait $b; echo $?; cat a b | grep -c "deployment d: model digits, version 1, .* served at"]]
  check.eq(r.out, "0\n0\n2\n")
  p:write("other.lua", (p:read("main.lua"):gsub('"digits"', '"wines"'):gsub('"main"', '"other"')))
  local _, err = p:ok "run other.lua"
  check.ok(err:find('version 1 of model wines is not served: the name is taken: deployment "d" serves model digits; '
    .. "ask for another name", 1, true), err)
  check.eq(p:state("d").model, "digits")
end)

check.test("failed, partial and unlisted runs deploy nothing; without a model it is a mistake", function()
  local p <close> = project()
  p:ok "run main.lua --only train,deploy"
  check.eq(#p:json("deploy list").items, 0)
  p:edit('rille.model "digits" {}', "nil")
  local r = p:rille "run main.lua"
  check.eq(r.code, 1)
  check.ok(r.err:find('ctx:deploy: expected a model, as in ctx:deploy(ctx.model, { name = "digits" }), found nil; '
    .. "this step has no model", 1, true), r.err)
end)

check.test("mistakes in the options are told at the line of the step", function()
  for options, message in pairs {
    ['{ nme = "x" }'] = 'ctx:deploy: unknown field "nme"; did you mean "name"?',
    ["{ port = 99999 }"] = "ctx:deploy: port must be an integer from 0 to 65535 (0: one that is free), found ",
    ['{ name = "a b" }'] = "ctx:deploy: name must have letters, digits, - _ and . only, found ",
    ['"d"'] = 'ctx:deploy: expected options, as in { name = "digits", port = 8080 }, found ',
  } do
    local p <close> = project((MAIN:gsub('{ name = "d" }', function() return options end)))
    local r = p:rille "run main.lua"
    check.eq(r.code, 1, options)
    check.ok(r.err:find(message, 1, true), r.err)
    check.ok(r.err:find("main.lua:6", 1, true), r.err)
  end
end)

check.test("a step predicts with what is served, and is a hit while the same version is", function()
  local p <close> = project()
  p:ok "run main.lua"
  local list, by, version, status = used(p)
  check.eq({ list, by, version, status }, { { 1, 1 }, "deployment", 1, "use=completed" })
  check.eq(select(4, used(p)), "use=cached")
  p:ok "run main.lua --set train.n=8"
  list, by, version, status = used(p)
  check.eq({ list, by, version, status }, { { 2, 2 }, "deployment", 2, "use=completed" })
  check.ok((p:ok "why use@-1/use"):find("the deployment d has changed", 1, true), "why does not say it")
end)

check.test("where nothing is served a step predicts in memory, says so, and runs again when something is", function()
  local p <close> = project()
  p:ok "run main.lua"
  p:ok "deploy stop d"
  local list, by, why, status, err = used(p)
  check.eq({ list, by, why, status }, { { -2 }, "memory", "deployment d is not running: stopped", "use=completed" })
  check.ok(err:find("predicted in memory: deployment d is not running: stopped", 1, true), err)
  check.eq(select(4, used(p)), "use=cached")
  p:ok "run main.lua"
  list, by = used(p)
  check.eq({ list, by }, { { 1, 1 }, "deployment" })
end)

check.test("a refusal of the rows is an answer, an unreachable server leaves the step uncached", function()
  local p <close> = project()
  p:ok "run main.lua"
  p:write("ask.lua", [[
local rille = require "rille"
local t, deployment = rille.types, require "rille.deployment"
local ask = rille.step "ask" { params = { x = "bad" }, outputs = { t.string "why" }, run = function(params)
  local predictions, why = deployment.named("d"):predict { { x = params.x } }
  return why
end }
return rille.pipeline "ask" { define = function() ask() end }
]])
  p:ok "run ask.lua"
  check.eq((p:ok "artifact get ask::ask::why"),
    'deployment d: the server answered 400: column x, row 1: expected a number, got "bad"')
  p:ok "run ask.lua"
  check.eq(p:statuses "ask", "ask=cached")
  -- it is there, and takes no connections
  p:sh [[sed -i 's/"port":[0-9]*/"port":1/' .rille/deployments/d/status.json]]
  for _ = 1, 2 do
    p:ok "run ask.lua --set ask.x=good"
    check.eq((p:ok "artifact get ask::ask::why"), "deployment d does not answer: nobody listens there")
    check.eq(p:statuses "ask", "ask=completed")
  end
end)

check.test("of a frame and a matrix predictions are a vector, of no rows too; of rows they are a list", function()
  local p <close> = project()
  p:ok "run main.lua"
  p:write("ask.lua", [[
local array, frame, d = require "rille.array", require "rille.frame", require("rille.deployment").named "d"
local f = frame.new { { "x", array.from { 1.5, 2 } }, { "s", { "a", "" } } }
print((d:predict(f)), (d:predict(f:head(0))), (d:predict(array.from { { 1, 0 / 0 }, { 2, 3 } })), d:predict({ {} })[1])
]])
  check.eq((p:ok "ask.lua"), "[1  1]  i64 {2}\t[]  f64 {0}\t[1  1]  i64 {2}\t1\n")
end)

check.test("alive, url, version and stage are facts of the step that reads them", function()
  local p <close> = project()
  p:ok "run main.lua"
  p:write("look.lua", [[
local rille = require "rille"
local t, deployment = rille.types, require "rille.deployment"
local look = rille.step "look" { outputs = { t.any "seen" }, run = function()
  local d = deployment.named("d", "digits")
  return { d.alive, d.version or false, d.stage or false, d.name, d.model }
end }
return rille.pipeline "look" { define = function() look() end }
]])
  local function seen()
    p:ok "run look.lua"
    return p:json "artifact get look::look::seen"
  end
  check.eq(seen(), { true, 1, false, "d", "digits" })
  p:ok "deploy stop d"
  check.eq(seen(), { false, false, false, "d", "digits" })
  p:ok "deploy start digits@1 --name d"
  check.eq(seen(), { true, 1, false, "d", "digits" })
  check.eq(p:statuses "look", "look=cached")
  -- a promotion counts at once, also of a version that is served by its number
  p:ok "model promote digits@1 staging -q"
  check.eq(seen(), { true, 1, "staging", "d", "digits" })
  check.eq(p:state("d").stage, "staging")
end)

check.done()
