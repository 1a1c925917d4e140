-- What a script can say of stacks: rille.stack, ctx.stack, :run { stack = }, :with { stack =, tracker = }.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local LIST <const> = [[
rille.flavor { kind = "experiment_tracker", name = "list", options = { file = t.string },
  open = function(options, env)
    local function put(text)
      local f <close> = assert(io.open(env.folder .. "/" .. options.file, "a"))
      f:write(text, "\n")
    end
    return { run_begin = function(_, run) put("run " .. run.stack) end,
      step_end = function(_, step) put(step.id .. " " .. step.status) end }
  end }
]]

local CONFIG <const> = [[
format: 1
%s
components:
  experiment_tracker:
    one: { flavor: list, options: { file: one.txt } }
    two: { flavor: list, options: { file: two.txt } }
stacks:
  dev: {}
  first: { experiment_tracker: one }
  second: { experiment_tracker: two }
  both: { experiment_tracker: [one, two] }
]]

local function project(text, active)
  local p = scratch.script(LIST .. text)
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", CONFIG:format(active and "active: " .. active or ""))
  return p
end

-- What a tracker wrote; the file begins anew.
local function given(p, name)
  local text = p:read(name .. ".txt") or ""
  os.remove(p:path(name .. ".txt"))
  return (text:gsub("\n", ";"))
end

local STEP <const> = [[
local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
]]
local MAIN <const> = STEP .. 'return pipeline "main" { define = function() s() end }\n'

check.test("a run has the active stack, that of :run, YAML or --stack, the nearest first, and records it", function()
  local p <close> = project(MAIN, "first")
  p:write("run.yaml", "stack: second\n")
  p:write("both.lua", 'local main = require "main"\nmain:run { stack = "both" }\n')
  local function used(arguments)
    local _, err = p:ok(arguments)
    check.ok(not err:find "stack default", err)
    return select(2, p:newest()).stack
  end
  check.eq(used "run main.lua", "first")
  check.eq(given(p, "one"), "run first;s completed;")
  check.eq(used "run main.lua --config run.yaml", "second")
  check.eq(given(p, "two"), "run second;s cached;")
  check.eq(used "both.lua", "both")
  check.eq({ given(p, "one"), given(p, "two") }, { "run both;s cached;", "run both;s cached;" })
  check.eq(used "run main.lua --config run.yaml --stack dev", "dev")
  check.eq({ given(p, "one"), given(p, "two") }, { "", "" })
  local _, err = p:ok "run main.lua --no-cache --stack default"
  check.ok(err:find "stack default, cache off", err)
end)

check.test("a stack that there is not is a mistake before anything runs", function()
  local p <close> = project(MAIN)
  local _, err = p:ok("run main.lua --stack frist", 3)
  check.ok(err:find('there is no stack "frist"; did you mean "first"?', 1, true), err)
  p:write("run.yaml", "stack: frist\n")
  _, err = p:ok("run main.lua --config run.yaml", 3)
  check.ok(err:find('run.yaml:1:8: there is no stack "frist"; did you mean "first"?', 1, true), err)
  check.eq(p:read ".rille/meta.db", nil)
end)

check.test("a component of the stack can be asked for at definition; a missing one is a mistake", function()
  local p <close> = project(STEP .. [[
return pipeline "main" { define = function()
  local tracker = rille.stack.experiment_tracker
  print(rille.stack.name, tracker.name, tracker.flavor, tracker.options.file, rille.stack.has "alerter",
    #rille.stack.all "experiment_tracker")
  s()
end }
]])
  check.eq(p:ok "run main.lua --stack both -q", "both\tone\tlist\tone.txt\tfalse\t2\n")
  local _, err = p:ok("run main.lua --stack dev", 3)
  check.ok(err:find('main.lua:%d+: the stack "dev" has no experiment tracker; add one with rille stack update dev '
    .. "%-%-experiment%-tracker NAME"), err)
  _, err = p:ok("run main.lua", 3)
  check.ok(err:find("rille stack copy default NAME, then rille stack update NAME --experiment-tracker COMPONENT", 1,
    true), err)
  check.eq(#p:json("runs").items, 1)
end)

check.test("a script sees the stack of the command line before it runs anything, too", function()
  local p <close> = project("print(rille.stack.name)\n" .. MAIN, "first")
  check.eq((p:ok "run main.lua -q --stack both"), "both\n")
  check.eq((p:ok "main.lua"), "first\n")
end)

check.test("a field that a stack does not have is a mistake with a suggestion", function()
  local p <close> = project "print(rille.stack.alertor)"
  local _, err = p:ok("main.lua", 3)
  check.ok(err:find('rille.stack has no field "alertor"; did you mean "alerter"?', 1, true), err)
end)

check.test("what a step reads of ctx.stack is a part of what its result depends on", function()
  local p <close> = project [[
local s = step "s" { outputs = { t.string "n" }, run = function(_, ctx) return ctx.stack.experiment_tracker.name end }
return pipeline "main" { define = function() s() end }
]]
  p:ok "run main.lua --stack first"
  p:ok "run main.lua --stack both"
  check.eq(p:statuses(), "s=cached", "the first tracker is the same")
  local _, why = p:ok "run main.lua --stack second"
  check.eq(p:statuses(), "s=completed")
  check.ok(why:find("the stack has another experiment tracker", 1, true), why)
  p:ok "run main.lua --stack first -j 1"
  check.eq(p:statuses(), "s=cached")
  local _, err = p:ok("run main.lua --stack dev", 1)
  check.ok(err:find('the stack "dev" has no experiment tracker', 1, true), err)
end)

check.test("a component that rille never calls by itself is opened by the script, and closed by it", function()
  local p <close> = project [[
rille.flavor { kind = "data_validator", name = "limits", options = { most = 10 }, open = function(options, env)
  return { close = function() print("closed", env.name) end,
    validate = function(_, v) if v <= options.most then return true end return nil, v .. " is too large" end }
end }
local s = step "s" { params = { n = 3 }, outputs = { t.integer "n" }, run = function(p, ctx)
  local validator = ctx.stack.open "data_validator"
  local ok, why = validator:validate(p.n)
  validator:close()
  assert(ok, why)
  return p.n
end }
return pipeline "main" { params = { n = 3 }, define = function(p) s { n = p.n } end }
]]
  p:ok "data-validator register few --flavor limits --script main.lua --set most=5"
  p:ok "stack register checked --data-validator few --active"
  local out, err = p:ok "run main.lua"
  check.eq(out, "")
  check.has(err, "not cached: it uses rille.stack.open")
  check.has((p:ok "log main@-1/s"), "closed\tfew\n")
  check.has(select(2, p:ok("run main.lua --set n=6", 1)), "6 is too large")
  check.has(select(2, p:ok("run main.lua --stack dev", 1)), 'the stack "dev" has no data validator')
end)

check.test("the name in an error that a step catches, and in the stack as text, is a part of it, too", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.string "y" }, run = function(_, ctx) return tostring(ctx.stack) end }
    local e = step "e" { outputs = { t.string "y" }, run = function(_, ctx)
      local _, message = pcall(function() return ctx.stack.alerter end)
      return message
    end }
    return pipeline "main" { define = function() s() e() end }]]
  p:ok "run main.lua -q"
  p:ok "stack register other"
  p:ok "run main.lua -q --stack other"
  check.eq({ p:statuses(), (p:ok "artifact get main::s::y") }, { "s=completed e=completed", 'stack "other"' })
  check.has(p:ok "artifact get main::e::y", 'the stack "other" has no alerter')
end)

check.test("a node names its trackers, or none", function()
  local p <close> = project(STEP .. [[
return pipeline "main" { define = function()
  s()
  s:with { id = "none", tracker = false } {}
  s:with { id = "two", tracker = "two" } {}
  s:with { id = "all", tracker = { "one", "two" } } {}
  s:with { id = "other", stack = "second" } {}
end }
]], "first")
  p:ok "run main.lua -j 1"
  check.eq(given(p, "one"), "run first;s completed;all cached;")
  check.eq(given(p, "two"), "run first;two cached;all cached;other cached;")
end)

check.test("a tracker or a stack of a node that there is not is a mistake", function()
  local p <close> = project(STEP .. [[
return pipeline "main" { define = function() s:with(WHAT) {} end }
]])
  local function refused(what, message)
    p:edit("WHAT", what)
    local _, err = p:ok("run main.lua", 3)
    check.ok(err:find(message, 1, true), err)
    p:edit(what, "WHAT")
  end
  refused('{ tracker = "oen" }', 'step "s": there is no experiment tracker "oen"; did you mean "one"?')
  refused('{ tracker = 3 }', "tracker must be the name of an experiment tracker, a list of names, or false; found 3")
  refused('{ stack = "secnod" }', 'there is no stack "secnod"; did you mean "second"?')
end)

check.done()
