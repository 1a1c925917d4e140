-- What steps and hooks see of their model and ask of it: ctx.model, ctx:promote; artifacts of models as inputs.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local TRAIN <const> = [[
local m = rille.model "digits" {}
local train = step "train" { params = { C = 1.0 }, outputs = { t.number "model" { kind = "model" } },
  run = function(p, ctx) ctx:log_metric { acc = p.C / 10 } return p.C end }
local eval = step "eval" { inputs = { t.number "model" }, run = function(v, _, ctx) --[=[eval]=] end }
return pipeline "main" { model = m, params = { C = 1.0 }, define = function(p) eval(train { C = p.C }) end }
]]

local PREDICT <const> = [[
local predict = step "predict" { inputs = { t.number "model" }, outputs = { t.number "y" },
  run = function(v, _, ctx) return v * 2 end }
return pipeline "inference" { define = function()
  predict { model = rille.external { model_artifact = "model", model = "digits", version = "production" } } end }
]]

local function stages(p)
  local list = {}
  for i, one in ipairs(p:json("model version list digits").items) do list[i] = one.number .. ":" .. one.stage end
  return table.concat(list, " ")
end

local function with(body, text)
  return scratch.script(((text or TRAIN):gsub("%-%-%[=%[eval%]=%]", (body:gsub("%%", "%%%%")))))
end

check.test("a step's promotion is carried out by the run's commit, archives the holder, has its reason", function()
  local p <close> = with 'ctx:promote(ctx.model, "production", { reason = "asked" })'
  local _, err = p:ok "run main.lua"
  check.has(err, "  model     digits  version 1, new, in production, 1 artifact\n"
    .. "            moved to production: asked\n")
  p:ok "run main.lua -q --set C=2"
  check.eq(stages(p), "2:production 1:archived")
  local move = p:json("model history digits").items[2]
  check.eq({ move.version, move.reason, move.run ~= nil }, { 2, "asked", true })
end)

check.test("a request without a condition acts on a new version alone, also when its step is a hit", function()
  local p <close> = with 'ctx:promote(ctx.model, "production")'
  p:edit("inputs = { t.number \"model\" }, run", "run")
  p:edit("function(v, _, ctx)", "function(_, ctx)")
  p:edit("eval(train { C = p.C })", "train { C = p.C } eval()")
  p:ok "run main.lua -q"
  p:ok "model promote digits@1 archived"
  local _, err = p:ok "run main.lua"
  check.eq(stages(p), "1:archived")
  check.has(err, "            not moved to production: without a metric only a new version is moved\n")
  p:ok "run main.lua -q --set C=2"
  check.eq(p:statuses(), "train=completed eval=cached")
  check.eq(stages(p), "2:production 1:archived")
end)

check.test("the condition of a promotion is evaluated again when its step is a hit", function()
  local p <close> = with 'ctx:promote(ctx.model, "production", { metric = "train.acc" })'
  p:ok "run main.lua -q --set C=3"
  local _, err = p:ok "run main.lua --set C=2"
  check.has(err, "not moved to production: train.acc 0.2 < 0.3 of version 1")
  check.eq(stages(p), "2:none 1:production")
  p:ok "model promote digits@1 archived"
  _, err = p:ok "run main.lua --set C=2"
  check.eq(p:statuses(), "train=cached eval=cached")
  check.has(err, "moved to production: train.acc 0.2")
  check.eq(stages(p), "2:production 1:archived")
end)

check.test("promotions are the same with the cache on and off", function()
  local function history(option)
    local p <close> = with 'ctx:promote(ctx.model, "production", { metric = "train.acc" })'
    for _, C in ipairs { "2", "1", "1", "3", "1", "2", "3", "3" } do p:ok("run main.lua -q --set C=" .. C .. option) end
    local list = {}
    for i, move in ipairs(p:json("model history digits").items) do
      list[i] = string.format("%d %s>%s %s", move.version, move.from, move.to, tostring(move.reason))
    end
    return stages(p) .. "\n" .. table.concat(list, "\n")
  end
  check.eq(history " --no-cache", history "")
end)

check.test("of several runs at once that promote, one holds the stage, and it is the best", function()
  local p <close> = with 'ctx:promote(ctx.model, "production", { metric = "train.acc" })'
  p:ok "run main.lua -q"
  p:sh [[for C in 5 9 2 7 3 8; do "$RILLE" run main.lua -q --set C=$C & done; wait]]
  local holders, best = 0, nil
  for _, one in ipairs(p:json("model version list digits").items) do
    if one.stage == "production" then holders, best = holders + 1, one.number end
  end
  check.eq(holders, 1)
  check.eq(p:json("model version show digits@" .. best).metrics["train.acc"], 0.9)
  check.eq(#p:json("model version list digits").items, 7)
end)

check.test("a failed run promotes nothing, and a hook may ask for a promotion", function()
  local p <close> = with 'ctx:promote(ctx.model, "production") error "no"'
  check.eq(p:rille("run main.lua -q").code, 1)
  check.eq(p:rille("model show digits").code, 3)
  p:edit('ctx:promote(ctx.model, "production") error "no"', "")
  p:edit('model = m, params', 'model = m, on_success = function(ctx) ctx:promote("digits", "staging") end, params')
  p:ok "run main.lua -q"
  check.eq(stages(p), "1:staging")
  -- what the hook of a step asked is in the step's record
  p:ok "run main.lua -q --set C=2"
  p:ok "model promote digits@2 none"
  p:ok "run main.lua -q --set C=1"
  check.eq({ p:statuses(), stages(p) }, { "train=cached eval=cached", "3:staging 2:none 1:archived" })
  -- and is not asked of another model
  p:edit('rille.model "digits"', 'rille.model "other"')
  p:ok "run main.lua -q"
  check.eq({ p:statuses(), p:json("model version show other").stage }, { "train=cached eval=cached", "none" })
end)

check.test("on_end sees the version that the run has made, also when all is cached, and cannot change it", function()
  local p <close> = scratch.script(TRAIN)
  p:edit("model = m, params", [[model = m, on_end = function(run, ctx)
    print("has", ctx.model.model, ctx.model.number, ctx.model.stage, ctx.model.artifacts.model:load(), ctx.model.new) end,
    params]])
  p:edit("--[=[eval]=]", 'ctx:promote(ctx.model, "staging")')
  for _ = 1, 2 do
    local out, err = p:ok "run main.lua"
    check.has(out .. err, "has\tdigits\t1\tstaging\t1.0\tfalse")
  end
  p:edit('print("has"', 'ctx:promote(ctx.model, "production") print("has"')
  local out, err = p:ok "run main.lua"
  check.has(out .. err, "on_end: the run has ended, so nothing can be added to its record (model)")
end)

check.test("a step sees the other versions of its model: none before the first", function()
  local p <close> = scratch.script(TRAIN)
  p:edit("--[=[eval]=]", [[local now = ctx.model.versions.production
    print(#ctx.model.versions, now and now.artifacts.model:load(), ctx.model.versions[1] and "first")
    ctx:promote(ctx.model, "production")]])
  p:edit('step "eval" {', 'step "eval" { cache = false,')
  p:ok "run main.lua -q"
  check.has(p:ok "log main@-1/eval", "0\tnil\tnil")
  p:ok "run main.lua -q --set C=2"
  check.has(p:ok "log main@-1/eval", "1\t1.0\tfirst")
end)

check.test("wrong promotions are mistakes of the step", function()
  for code, message in pairs {
    ['ctx:promote(ctx.model, "prodution")'] = 'ctx:promote: there is no stage "prodution"; did you mean "production"?',
    ['ctx:promote("other", "production")'] = 'model "other" is not the model of this step (which is "digits")',
    ['ctx:promote(nil, "production")'] = "ctx:promote: expected a model",
    ['ctx:promote(ctx.model, "production", { metrc = "a" })'] = 'did you mean "metric"?',
    ['ctx:promote(ctx.model, "production", { metric = "a", better = "bigger" })'] = "better must be",
    ['ctx:promote(ctx.model, "latest")'] = "latest is the newest version, not a stage",
    ['ctx.model:set_stage("production")'] = "a step asks for a stage: write ctx:promote",
    ["print(ctx.model.number)"] = "this run makes a new version, which gets its number when the run has completed",
    ["print(ctx.model.stge)"] = 'did you mean "stage"?',
    ["print(ctx.model.artifacts)"] = "set cache = false",
    ["print(ctx.model.versions)"] = "set cache = false",
  } do
    local p <close> = with(code)
    local r = p:rille "run main.lua"
    check.eq(r.code, 1, code)
    check.has(r.err, message)
    check.has(r.err, "main.lua:")
  end
end)

check.test("what a step reads of its version is a fact: a moved stage makes it miss, other runs hit", function()
  local p <close> = scratch.script(TRAIN)
  p:ok "run main.lua -q"
  p:ok "run main.lua -q --set C=2"
  p:ok "model promote digits@1 production"
  p:edit("digits\" {}", 'digits" { version = "production" }')
  p:edit("--[=[eval]=]", 'print(ctx.model.number, ctx.model.stage, ctx.model.model, ctx.model.new)')
  p:ok "run main.lua -q"
  check.has(p:ok "log main@-1/eval", "1\tproduction\tdigits\tfalse")
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "train=cached eval=cached")
  p:ok "model promote digits@2 production --force"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "train=cached eval=completed")
  check.has(p:ok "log main@-1/eval", "2\tproduction")
end)

check.test("an error that depends on the version or the project's stages is a fact, if the step catches it", function()
  local p <close> = with [=[
    return tostring(pcall(function() return ctx.model.number end)) .. " " ..
      tostring(pcall(function() ctx:promote(ctx.model, "canary") end))]=]
  p:edit('"eval" { inputs', '"eval" { outputs = { t.string "seen" }, inputs')
  local function seen(arguments)
    p:ok("run main.lua -q " .. (arguments or ""))
    return (p:ok "artifact get main::eval::seen")
  end
  check.eq({ seen(), seen() }, { "false false", "false false" })
  p:edit('"digits" {}', '"digits" { version = 1 }')
  check.eq({ seen(), p:statuses() }, { "true false", "train=cached eval=completed" })
  local config = p:read ".rille/config.yaml"
  p:write(".rille/config.yaml", config .. "stages: [canary]\n")
  check.eq({ seen(), p:statuses(), stages(p) }, { "true true", "train=cached eval=completed", "1:none" })
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "train=cached eval=cached")
  p:write(".rille/config.yaml", config)
  check.eq(seen(), "true false")
end)

check.test("without a model ctx.model is nil, and a step that saw that runs when there is one", function()
  local p <close> = with "print(ctx.model)"
  p:edit("model = m,", "")
  p:ok "run main.lua -q"
  check.has(p:ok "log main@-1/eval", "nil")
  p:edit('pipeline "main" {', 'pipeline "main" { model = m,')
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "train=cached eval=completed")
  check.has(p:ok "log main@-1/eval", "model digits")
end)

check.test("that there is a model is a fact, and so is its name: a step that saw one is no hit for another", function()
  local p <close> = with "print(ctx.model and 1 or 0)"
  p:ok "run main.lua -q"
  p:edit("model = m,", "")
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "train=cached eval=completed")
  check.has(p:ok "log main@-1/eval", "0")
  local q <close> = with 'ctx:promote("digits", "staging")'
  q:ok "run main.lua -q"
  q:edit('rille.model "digits"', 'rille.model "other"')
  local r = q:rille "run main.lua"
  check.eq(r.code, 1)
  check.has(r.err, 'model "digits" is not the model of this step (which is "other")')
end)

check.test("a model that a step captures counts by its name; what else it says is not for steps", function()
  local p <close> = with 'ctx:promote(m, "staging")'
  p:ok "run main.lua -q"
  p:edit('"digits" {}', '"digits" { license = "MIT", version = 1 }')
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "train=cached eval=cached")
  p:edit('ctx:promote(m, "staging")', "print(m.license)")
  local _, err = p:ok "run main.lua"
  check.has(err, "not cached: it uses model.license at main.lua:")
end)

check.test("two nodes of one step that work for different models do not share what they asked", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.string "n" }, run = function(_, ctx) return ctx.model.model end }
    return pipeline "main" { define = function()
      s:with { id = "a", model = rille.model "one" {} } () s:with { id = "b", model = rille.model "two" {} } () end }]]
  for _ = 1, 2 do
    p:ok "run main.lua -q"
    check.has(p:ok "show main::a::n", "one")
    check.has(p:ok "show main::b::n", "two")
  end
end)

check.test("what a step logs and links for its version is kept, and repeated on a hit", function()
  local p <close> = with [[ctx.model:log_metadata { note = "n" }
    ctx.model:link(rille.artifact "other::s::n", { kind = "deployment", name = "extra" })]]
  p:edit("inputs = { t.number \"model\" }, run", 'inputs = { t.number "model" }, cache = "always", run')
  p:edit('local m =', [[local s = step "s" { outputs = { t.integer "n" }, run = function() return 7 end }
    pipeline "other" { define = function() s() end }
    local m =]])
  check.eq(p:rille("run main.lua").code, 1)      -- history needs cache = false
  p:edit('cache = "always"', "cache = false")
  p:ok "run main.lua other -q"
  p:ok "run main.lua -q"
  local version = p:json "model version show digits"
  check.eq({ version.metadata, version.artifacts[1].name, version.artifacts[1].kind },
    { { note = "n" }, "extra", "deployment" })
end)

check.test("links and metadata that a step asks for are made again for a new version when the step is a hit", function()
  local p <close> = scratch.script [[
    local load = step "load" { outputs = { t.integer "n" }, run = function() return 7 end }
    local side = step "side" { inputs = { t.artifact "a" }, run = function(a, _, ctx)
      ctx.model:link(a, { name = "kept", kind = "model" }) ctx.model:log_metadata { side = true } end }
    local train = step "train" { params = { C = 1 }, outputs = { t.integer "m" }, run = function(p) return p.C end }
    return pipeline "main" { model = rille.model "digits" {}, params = { C = 1 }, define = function(p)
      side(load()) train { C = p.C } end }]]
  p:ok "run main.lua -q"
  p:ok "run main.lua -q --set C=2"
  check.eq(p:statuses(), "load=cached side=cached train=completed")
  for number = 1, 2 do
    local version, names = p:json("model version show digits@" .. number), {}
    for i, link in ipairs(version.artifacts) do names[i] = link.name .. " " .. link.kind end
    check.eq(names, { "kept model", "main::load::n data", "main::train::m data" })
    check.eq(version.metadata, { side = true })
  end
end)

check.test("nodes that share a result ask for links in their order, as they do when each runs", function()
  local p <close> = scratch.script [[
    local note = step "note" { inputs = { t.artifact "x" }, outputs = { t.string "y" }, run = function(x, _, ctx)
      ctx.model:link(x, { name = "report", overwrite = false })
      ctx.model:log_metadata { last = x:load() }
      return x:load()
    end }
    local list = step "list" { outputs = { t.list(t.string) "l" }, run = function() return { "a", "b", "a" } end }
    return pipeline "main" { model = rille.model "digits" {}, define = function() note:map { x = list() } end }]]
  local seen = {}
  for i, more in ipairs { "", "--no-cache", "-j 1" } do
    p:ok("run main.lua -q " .. more)
    local version, reports = p:json "model version show digits", {}
    for _, link in ipairs(version.artifacts) do
      if link.name == "report" then reports[#reports + 1] = link.number end
    end
    seen[i] = version.number .. ": " .. table.concat(reports, " ") .. " " .. version.metadata.last
  end
  check.eq(seen, { "1: 1 2 3 a", "1: 1 2 3 a", "1: 1 2 3 a" })
end)

check.test("the best of several candidates is chosen through the links of the run", function()
  local p <close> = scratch.script [[
    local try = step "try" { params = { n = 1 }, outputs = { t.integer "result" },
      run = function(p, ctx) ctx:log_artifact_metadata { score = ({ 0.3, 0.9, 0.5 })[p.n] } return p.n end }
    local select_best = step "select_best" { cache = false, outputs = { t.integer "best" { kind = "model" } },
      run = function(_, ctx)
        local best, score = nil, -1
        for name, artifact in ctx.model.artifacts:each() do
          local s = artifact.metadata.score
          if s > score then best, score = artifact:load(), s end
        end
        return best
      end }
    return pipeline "search" { model = rille.model "found" {}, define = function()
      local all = {}
      for n = 1, 3 do all[n] = try:with { id = "try_" .. n } { n = n } end
      select_best:with { after = all } {}
    end }]]
  for _, option in ipairs { "", " -j 3", " --no-cache" } do
    p:ok("run main.lua -q" .. option)
    check.has(p:ok "show search::select_best::best", "2")
  end
  check.eq(#p:json("model version list found").items, 1)
  check.eq(#p:json("model version show found").artifacts, 4)
end)

check.test("artifacts of steps without an order before the one that asks are an error that says what to add", function()
  local p <close> = scratch.script [[
    local try = step "try" { outputs = { t.integer "result" }, run = function() return 1 end }
    local ask = step "ask" { cache = false, run = function(_, ctx) print(ctx.model.artifacts.result:load()) end }
    local later = step "later" { outputs = { t.integer "after" }, run = function() return 2 end }
    return pipeline "main" { model = rille.model "m" {}, define = function()
      try() local a = ask() later:with { after = { a } } {} end }]]
  for code, message in pairs {
    ["ctx.model.artifacts.result:load()"] = 'add it to `after`, as in :with { after = { "try" } }',
    ["#ctx.model.artifacts.after"] = 'has no artifact "after"',
    ["ctx.model.artifacts:each()()"] = 'add it to `after`, as in :with { after = { "try" } }',
    ['ctx.model.artifacts:each { kind = "dta" }'] = "kind must be data, model or deployment",
  } do
    p:edit("print(ctx.model.artifacts.result:load())", "print(" .. code .. ")")
    check.has(p:rille("run main.lua").err, message)
    p:edit("print(" .. code .. ")", "print(ctx.model.artifacts.result:load())")
  end
  p:edit("try() local a = ask()", "local b = try() local a = ask:with { after = { b } } {}")
  p:ok "run main.lua -q"
  check.has(p:ok "log main@-1/ask", "1")
end)

check.test("inference takes the promoted version, not the newest, and runs again when the stage moves", function()
  local p <close> = scratch.script(TRAIN)
  p:write("predict.lua", scratch.HEAD .. PREDICT)
  check.has(p:rille("run predict.lua").err, "nothing has run in this project yet")
  p:ok "run main.lua -q"
  check.has(p:rille("run predict.lua").err, 'model "digits" has no version in production')
  p:ok "run main.lua -q --set C=2"
  p:ok "model promote digits@1 production"
  p:ok "run predict.lua -q"
  check.has(p:ok "show inference::predict::y", "2")
  p:ok "run predict.lua -q"
  check.eq(p:statuses "inference", "predict=cached")
  p:ok "model promote digits@2 production --force"
  p:ok "run predict.lua -q"
  check.has(p:ok "show inference::predict::y", "4")
  p:ok "model promote digits --back"
  p:ok "run predict.lua -q"
  check.eq(p:statuses "inference", "predict=cached")
  local used = {}
  for i, run in ipairs(p:json("model version show digits@1").runs) do
    used[i] = run.role .. " " .. tostring(run.asked)
  end
  check.eq({ used[1], used[2], used[3] }, { "read production", "read production", "read production" })
end)

check.test("an artifact of a version is from that version's run, though another run made equal bytes before", function()
  local p <close> = scratch.script [[
    local make = step "make" { params = { n = 1 }, outputs = { t.string "model", t.integer "n" }, run = function(p, ctx)
      ctx:log_artifact_metadata("model", { n = p.n })
      return "equal", p.n
    end }
    local use = step "use" { inputs = { t.artifact "model" }, outputs = { t.string "seen" }, run = function(model)
      return model.producer.run.name .. " " .. model.metadata.n .. " " .. model.version
    end }
    pipeline "use" { define = function()
      use { model = rille.external { model_artifact = "model", model = "digits", version = os.getenv "V" } } end }
    return pipeline "main" { model = rille.model "digits" {}, params = { n = 1 }, define = function(p) make { n = p.n } end }]]
  for n = 1, 2 do p:ok(string.format("run main.lua main -q --name run%d --set n=%d", n, n)) end
  local function seen(version, more)
    check.eq(p:sh(string.format('V=%d "$RILLE" run main.lua use -q %s', version, more or "")).code, 0)
    return (p:ok "artifact get use::use::seen")
  end
  check.eq({ seen(1), seen(2), seen(1), seen(2, "--no-cache") }, { "run1 1 1", "run2 2 1", "run1 1 1", "run2 2 1" })
  check.has(p:ok "lineage use::use::seen@2", "run2 of main, model digits 2")
  -- run again by verify, it is what the record says
  check.has(p:sh 'V=2 "$RILLE" verify use@-1 --rerun 100%'.out, "  same     use")
end)

check.test("an artifact of a model is named by number, name, tag, or by the pipeline's own model", function()
  local p <close> = scratch.script(TRAIN)
  for C = 1, 3 do p:ok("run main.lua -q --set C=" .. C) end
  p:ok 'run main.lua -q --set C=1'
  p:write("tag.lua", 'require("rille").models.digits.versions[2]:tag "golden"')
  p:ok "tag.lua"
  local before = 'model = "digits", version = "production"'
  p:write("predict.lua", scratch.HEAD .. PREDICT)
  for form, y in pairs {
    ['model = "digits"'] = "2", ['model = "digits", version = 3'] = "6", ['model = "digits", version = "v2"'] = "4",
    ['model = "digits", tag = "golden"'] = "4", ['model = "digits", version = "golden"'] = "4",
    ['version = "golden"'] = "4",
  } do
    p:write("predict.lua", scratch.HEAD .. (PREDICT:gsub(before:gsub("%p", "%%%0"), form)
      :gsub('"inference" {', '"inference" { model = rille.model "digits" { version = 3 },')))
    p:ok "run predict.lua -q"
    check.has(p:ok "show inference::predict::y", y)
  end
  p:write("predict.lua", scratch.HEAD .. (PREDICT:gsub(before:gsub("%p", "%%%0"), "")
    :gsub('"inference" {', '"inference" { model = rille.model "digits" { version = 3 },')))
  p:ok "run predict.lua -q"
  check.has(p:ok "show inference::predict::y", "6")
end)

check.test("wrong names of artifacts of models are answered with what there is", function()
  local p <close> = scratch.script(TRAIN)
  p:ok "run main.lua -q"
  local before = 'model_artifact = "model", model = "digits", version = "production"'
  for form, message in pairs {
    ['model_artifact = "mdel", model = "digits"'] = 'version 1 has no artifact "mdel"; did you mean "model"?',
    ['model_artifact = "model"'] = "name the model",
    ['model_artifact = "model", model = "digit"'] = 'there is no model "digit"; did you mean "digits"?',
    ['model_artifact = "model", model = "digits", tag = "x"'] = 'has no version with the tag "x"',
    ['model_artifact = "model", model = "digits", tag = "x", version = 1'] = "give version or tag, not both",
    ['model_artifact = "model", pipeline = "main"'] = "pipeline",
    ['pipeline = "main", artifact = "train::model", tag = "x"'] = 'no version has the tag "x"',
  } do
    p:write("predict.lua", scratch.HEAD .. (PREDICT:gsub(before:gsub("%p", "%%%0"), (form:gsub("%%", "%%%%")))))
    local r = p:rille "run predict.lua"
    check.eq(r.code, 3, form)
    check.has(r.err, message)
  end
end)

check.test("a step that read its version is the same when it is rerun, though the stage has moved", function()
  local p <close> = scratch.script(TRAIN)
  p:ok "run main.lua -q"
  p:ok "run main.lua -q --set C=2"
  p:ok "model promote digits@1 production"
  p:edit('digits" {}', 'digits" { version = "production" }')
  p:edit('--[=[eval]=] end', 'return ctx.model.number .. ctx.model.stage end')
  p:edit('inputs = { t.number "model" }, run', 'inputs = { t.number "model" }, outputs = { t.string "s" }, run')
  p:ok "run main.lua -q --name one"
  p:ok "model promote digits@2 production --force"
  check.has(p:ok "verify one --rerun 100%", "2 steps run again\n  same     train")
end)

check.test("items of a map, branches and class style link to the model, whatever the order of the nodes", function()
  local p <close> = scratch.script [[
    local items = step "items" { outputs = { t.list(t.integer) "list" }, run = function() return { 1, 2, 3 } end }
    local double = step "double" { inputs = { t.integer "n" }, outputs = { t.integer "twice" },
      run = function(n) return 2 * n end }
    local yes = step "yes" { outputs = { t.boolean "b" }, run = function() return true end }
    local Left = rille.Step:extend "left" { outputs = { t.string "side" } }
    function Left:entrypoint() return "left" end
    local right = step "right" { outputs = { t.string "side" }, run = function() return "right" end }
    local P = rille.Pipeline:extend "main" { model = rille.model "dynamic" {} }
    function P:connect()
      local b = yes()
      rille.when(b, { function() return Left() end, otherwise = function() return right() end, id = "chosen" })
      double:map { n = items() }
    end
    return P]]
  for _, option in ipairs { "", "", " --no-cache" } do p:ok("run main.lua -q" .. option) end
  local version, names = p:json "model version show dynamic", {}
  for i, link in ipairs(version.artifacts) do names[i] = link.name:match "main::(.*)$" end
  check.eq({ version.number, table.concat(names, " ") },
    { 1, "double[1]::twice double[2]::twice double[3]::twice items::list left::side yes::b" })
end)

check.done()
