-- rille.models: models and their versions as values.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT <const> = [[
local train = step "train" { params = { C = 1.0 }, outputs = { t.number "model" { kind = "model" }, t.number "loss" },
  run = function(p, ctx) ctx:log_metric { acc = p.C / 10 } return p.C, -p.C end }
local p = pipeline "main" { model = rille.model "digits" { description = "d", license = "MIT", audience = "all",
  use_cases = "reading", ethics = "none known", metadata = { lab = 3 } },
  params = { C = 1.0 }, define = function(p) train { C = p.C } end }
for C = 1, 3 do p:run { params = { C = C }, run_name = "r{n}" } end
local versions = rille.models.digits.versions
]]

-- What the code prints after runs with C = 1, 2, 3, and its error.
local function said(code)
  local project <close> = scratch.script(SCRIPT .. code)
  local r = project:rille "-q main.lua"
  return r.out, r.err
end

check.test("versions are found by number, from the end, by name, stage and tag; a missing one is nil", function()
  local out, err = said [[
    versions[2]:set_stage "production" versions[1]:tag "golden"
    print(versions[1].number, versions[-1].number, versions["production"].number, versions["golden"].number,
      versions["latest"].number, versions["v2"].number, versions["staging"], versions[9], #versions)
    for i, v in ipairs(versions) do io.write(i, v.number, " ") end
    for n, v in pairs(versions) do io.write(n, v.number, " ") end]]
  check.eq({ out, err }, { "1\t3\t2\t1\t3\t2\tnil\tnil\t3\n11 22 33 11 22 33 ", "" })
  check.has(select(2, said 'print(versions[0])'), "index versions by number, stage or name, found 0")
  check.has(select(2, said 'versions[1]:promote "production"'), 'version:set_stage("production")')
  check.has(select(2, said 'print(rille.models.digits.latest)'), "rille.models.NAME.versions[-1]")
  check.has(select(2, said 'print(versions["prodution"])'),
    'model "digits" has no version "prodution"; did you mean "production"?')
  check.has(select(2, said "print(rille.models.digit)"), 'there is no model "digit"; did you mean "digits"?')
end)

check.test("a version has its stage, metadata, tags, metrics, artifacts, runs; a model what was said of it", function()
  local out, err = said [[
    local v, m = versions[-1], rille.models.digits
    print(v.number, v.name, v.stage, v.model, v.metadata.lab, v.metrics["train.acc"], v.run.name, #v.runs)
    v:log_metadata { checked = true } v:tag("a", "b")
    print(v.metadata.checked, v.metadata.lab, table.concat(v.tags, " "), v:set_stage "staging", v.stage)
    print(v.artifacts.model:load(), v.artifacts["train::loss"]:load(), #v.artifacts)
    for name, artifact in v.artifacts:each { kind = "model" } do
      print(name, artifact.version, artifact.producer.run.name, artifact.producer.run.steps.train.outputs.loss:load())
    end
    print(m.name, m.description, m.license, m.audience, m.use_cases, m.ethics, #m.moves, m.moves[1].stage)]]
  check.eq({ out, err }, { [[
3	nil	none	digits	3	0.3	r3	1
true	3	a b	true	staging
3.0	-3.0	2
main::train::model	3	r3	-3.0
digits	d	MIT	all	reading	none known	1	staging
]], "" })
end)

check.test("a stage that another version has needs force, which archives that one", function()
  local out, err = said [[
    print(versions[1]:set_stage "production", versions[1]:set_stage "production")
    print(select(2, pcall(function() versions[2]:set_stage "production" end)))
    print(versions[2]:set_stage("production", { force = true, reason = "better" }), versions[1].stage, versions[2].stage)
    print(versions[2]:set_stage "none", versions[2].stage)
    local last = rille.models.digits.moves[#rille.models.digits.moves]
    print(last.previous, last.stage, last.number, last.who ~= "")]]
  check.eq({ out, err }, { [[
true	false
main.lua:11: model "digits", version 2: version 1 is in production; archive it with set_stage("production", { force = true })
true	archived	production
true	none
production	none	2	true
]], "" })
end)

check.test("a link replaces that of its name, or adds to it with overwrite = false; earlier ones have their number",
  function()
    local out, err = said [[
      local v = versions[1]
      local function of(n) return versions[n].artifacts.model end
      print(v:link(of(2), { name = "best", kind = "model" }), v:link(of(2), { name = "best", kind = "model" }))
      print(v:link(of(3), { name = "best", kind = "model", overwrite = false }), v.artifacts.best:load(),
        v.artifacts.best["1"]:load(), v.artifacts.best["2"]:load(), #v.artifacts)
      v:link(of(1), { name = "best" })
      print(v.artifacts.best:load(), pcall(function() return v.artifacts.best["1"] end))]]
    check.eq({ out, err }, { "true\tfalse\ntrue\t3.0\t2.0\t3.0\t3\n1.0\tfalse\tmain.lua:16: "
      .. 'the artifact has no link "1"; the newest is "3"\n', "" })
  end)

check.test("wrong uses are answered with what to write", function()
  for code, message in pairs {
    ['versions[1]:set_stage "latest"'] = "latest is the newest version, not a stage",
    ['versions[1].set_stage "production"'] = "write version:set_stage",
    ["versions[1]:link(3)"] = "version:link: expected an artifact, found 3",
    ['versions[1]:link(versions[1].artifacts.model, { kind = "mdel" })'] = "kind must be data, model or deployment",
    ["versions[1]:log_metadata(3)"] = "expected a table { name = value }",
    ["print(versions[1].artifacts.mdel)"] = 'version 1 has no artifact "mdel"; did you mean "model"?',
    ["print(versions[1].artifacts[1])"] = "write artifacts.NAME or artifacts:each()",
    ["print(versions[1].stge)"] = 'did you mean "stage"?',
    ["print(versions.production.foo)"] = "attempt to index a nil value",
    ['versions[1]:tag("a b")'] = "version:tag:",
    ["versions[1].stage = 3"] = 'a version of a model cannot be changed: its field "stage" cannot be set',
    ["versions[1]()"] = "its artifacts are version.artifacts.NAME",
    ["print(versions[1] .. 'x')"] = "a version of a model",
    ["versions[4] = 1"] = "the versions of a model are made by runs",
    ["versions()"] = "write versions[1], versions[-1], versions.production",
    ["for k in pairs(versions[1]) do end"] = "pairs does not iterate over a version of a model",
    ["print(rille.models.digits.version)"] = 'did you mean "versions"?',
    ["versions[1].artifacts()"] = "artifacts:each()",
    ["versions[1].artifacts.x = 1"] = "are added with version:link(artifact)",
    ["print(rille.models.digits + 1)"] = "a model's history",
  } do
    local _, err = said(code)
    check.has(err, message)
    check.has(err, "main.lua:10:")
    check.ok(not err:find "internal error", err)
  end
end)

check.test("a step reads models only with cache = false, and then it is never a hit", function()
  local p <close> = scratch.script(SCRIPT .. [[
    local v = versions[1]
    local ask = step "ask" { cache = false, run = function() print(rille.models.digits.versions["production"], v.stage) end }
    local captured = step "captured" { run = function() print(v.stage) end }
    pipeline "asking" { define = function() ask() captured() end }]])
  p:ok "run main.lua asking -q"
  check.has(p:ok "log asking@-1/ask", "nil\tnone")
  p:ok "model promote digits@1 production"
  local _, err = p:ok "run main.lua asking"
  check.has(err, "model version.stage")
  check.has(p:ok "log asking@-1/captured", "production")
  p:edit("cache = false, ", "")
  check.has(p:rille("run main.lua asking").err, "set cache = false")
end)

check.done()
