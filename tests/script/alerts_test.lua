-- ctx.alerter in steps and hooks, on_end of a pipeline, and what a stack's alerter says of a failed run.
package.path = "../lib/?.lua;" .. package.path
local alerting_project = require "alerting_project"
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

-- What the alerter "file" was given, a list; the file begins anew.
local function alerts(p)
  local list = {}
  for line in (p:read "alerts.jsonl" or ""):gmatch "[^\n]+" do list[#list + 1] = json.decode(line) end
  os.remove(p:path "alerts.jsonl")
  return list
end

local function texts(p)
  local list = {}
  for i, one in ipairs(alerts(p)) do list[i] = one.text end
  return list
end

local NOTIFY <const> = [[
local make = step "make" { outputs = { t.integer "n" }, run = function() return 3 end }
local notify = step "notify" { inputs = { t.integer "n" }, run = function(n, _, ctx)
  ctx.alerter:alert("n is " .. n, { title = "done", level = "warning" })
end }
return pipeline "main" { define = function() notify { n = make() } end }
]]

check.test("a step alerts in every run: it is not cached, and says why", function()
  for _, jobs in ipairs { "-j 1", "-j 2" } do
    local p <close> = alerting_project("file", "", NOTIFY)
    local _, err = p:ok("run main.lua --name first " .. jobs)
    check.has(err, "ctx.alerter:alert at main.lua:5")
    local list = alerts(p)
    check.eq(#list, 1)
    local one = list[1]
    check.eq({ one.text, one.title, one.level, one.run, one.pipeline, one.step },
      { "n is 3", "done", "warning", "first", "main", "notify" })
    check.ok(one.time:find "^%d%d%d%d%-%d%d%-%d%dT")
    p:ok("run main.lua " .. jobs)
    check.eq(texts(p), { "n is 3" })
    check.eq(p:statuses(), "make=cached notify=completed")
  end
end)

check.test("a step of the script's own process alerts, too, and one that is called outside of a pipeline", function()
  local p <close> = alerting_project("file", "", [[
local notify = step "notify" { outputs = { t.integer "n" }, run = function(_, ctx)
  ctx.alerter:alert "from a call"
  return 1
end }
notify()
]])
  p:ok "main.lua"
  check.eq(texts(p), { "from a call" })
end)

check.test("a node alerts by the alerters of its stack", function()
  local p <close> = alerting_project("file", "", [[
local notify = step "notify" { params = { text = "" }, run = function(p, _, ctx) ctx.alerter:alert(p.text) end }
return pipeline "main" { define = function()
  notify { text = "usual" }
  notify:with { id = "other", stack = "other" } { text = "other" }
  notify:with { id = "none", stack = "none" } { text = "none" }
end }
]])
  p:write(".rille/config.yaml", (p:read ".rille/config.yaml":gsub("stacks:", [[
    second: { flavor: file, options: { path: second.jsonl } }
stacks:
  other: { alerter: second }
  none: {}]])))
  p:write("main.lua", (p:read "main.lua":gsub("function%(p, _, ctx%)", "function(p, ctx)")))
  p:ok "run main.lua"
  check.eq(texts(p), { "usual" })
  check.has(p:read "second.jsonl", '"text":"other"')
  check.ok(not p:read "second.jsonl":find "none")
end)

check.test("--json has an event for each alert, also without an alerter", function()
  local p <close> = scratch.script(NOTIFY)
  local found
  for line in (p:ok "run main.lua --json"):gmatch "[^\n]+" do
    local event = json.decode(line)
    if event.event == "alert" then found = event end
  end
  check.eq(found, { event = "alert", step = "notify", level = "warning", title = "done", text = "n is 3" })
end)

check.test("a step that is tested alerts nobody", function()
  local p <close> = alerting_project("file", "", NOTIFY)
  p:write("main.lua", p:read "main.lua":gsub("return pipeline", "return notify, pipeline"))
  p:write("main_test.lua", [[
local testing = require "rille.testing"
local notify = require "main"
testing.step(notify, { inputs = { n = 3 }, pure = false })
]])
  local out = p:ok "main_test.lua"
  check.eq(out, "")
  check.eq(alerts(p), {})
end)

check.test("without an alerter nothing happens, silently", function()
  local p <close> = scratch.script(NOTIFY)
  local _, err = p:ok "run main.lua"
  check.ok(not err:find "deliver", err)
  check.eq(p:read "alerts.jsonl", nil)
end)

check.test("wrong calls are mistakes with the line", function()
  local p <close> = alerting_project("file", "", [[
local s = step "s" { outputs = { t.string "x" }, run = function(_, ctx)
  local lines = {}
  for _, arguments in ipairs { { 5 }, { "a", { levle = "info" } }, { "a", { level = "bad" } }, { "a", 3 },
    { "a", {}, 1 } } do
    local _, message = pcall(ctx.alerter.alert, ctx.alerter, table.unpack(arguments))
    lines[#lines + 1] = message
  end
  lines[#lines + 1] = select(2, pcall(function() return ctx.alerter.alrt end))
  lines[#lines + 1] = select(2, pcall(function() ctx.alerter.alert "x" end))
  lines[#lines + 1] = select(2, pcall(function() ctx.alerter:post "x" end))
  lines[#lines + 1] = select(2, pcall(function() ctx:notify "x" end))
  lines[#lines + 1] = select(2, pcall(function() ctx.tracker:log_metrics { a = 1 } end))
  lines[#lines + 1] = select(2, pcall(function() ctx.tracker.log_metric { a = 1 } end))
  lines[#lines + 1] = select(2, pcall(function() ctx.alerter.x = 1 end))
  lines[#lines + 1] = select(2, pcall(function() ctx.alerter "x" end))
  return table.concat(lines, "\n")
end }
return pipeline "main" { define = function() s() end }
]])
  p:ok "run main.lua"
  local text = p:json("show main@-1/s").outputs and p:ok "artifact get main::s::x"
  for _, wanted in ipairs { "expected a text, found 5", 'unknown field "levle"; did you mean "level"?',
    'level must be info, warning or error, found "bad"', "expected options, as in", 'did you mean "alert"?',
    'ctx.alerter has no field "post"; write ctx.alerter:alert "text"', 'has no field "notify"; write ctx.alerter:alert',
    'ctx.tracker has no field "log_metrics"; write ctx.tracker:log_metric',
    "write ctx.tracker:log_metric { ... }, with a colon",
    'ctx.alerter cannot be called: write ctx.alerter:alert "text"', 'ctx.alerter cannot be changed (field "x")',
    "main.lua:" } do check.has(text, wanted) end
  check.eq(alerts(p), {})
end)

local FAILING <const> = [[
local bad = step "bad" { outputs = { t.integer "n" }, HOOK run = function() error "broken pipe" end }
return pipeline "main" { define = function() bad() end }
]]

check.test("a failed run of which nobody was alerted is told; a hook that alerts is enough", function()
  local p <close> = alerting_project("file", "", (FAILING:gsub("HOOK", "")))
  p:ok("run main.lua --name first", 1)
  local one = alerts(p)[1]
  check.eq({ one.title, one.level, one.status, one.run }, { "first failed", "error", "failed", "first" })
  check.has(one.text, "step bad: main.lua:3: broken pipe\nrille show first")
  p:write("main.lua", p:read "main.lua":gsub("run =", 'on_failure = function(message, ctx) '
    .. 'ctx.alerter:alert("failed: " .. message:match "broken.*") end, run ='))
  p:ok("run main.lua", 1)
  local list = alerts(p)
  check.eq({ #list, list[1].text, list[1].level, list[1].step }, { 1, "failed: broken pipe", "error", "bad" })
end)

check.test("on = never says nothing by itself, on = end every run", function()
  local p <close> = alerting_project("file", "on: never", (FAILING:gsub("HOOK", "")))
  p:ok("run main.lua", 1)
  check.eq(alerts(p), {})
  local q <close> = alerting_project("file", 'on: "end"', (NOTIFY:gsub("ctx.alerter:alert%b()", "")))
  for _, name in ipairs { "one", "two" } do
    q:ok("run main.lua --name " .. name)
    check.eq(alerts(q)[1].title, name .. " completed")
  end
end)

check.test("on = end reports a run in which a step alerted, too", function()
  local p <close> = alerting_project("file", 'on: "end"', NOTIFY)
  p:ok "run main.lua --name one"
  local list = alerts(p)
  check.ok(#list > 1)
  check.eq({ list[#list].title, list[#list].level }, { "one completed", "info" })
end)

local ON_END <const> = [[
local make = step "make" { outputs = { t.integer "n" }, run = function() BODY return 3 end }
return pipeline "main" { params = { depth = 2 }, define = function() make() end,
  on_end = function(run, ctx)
    print("end of " .. run.name .. ": " .. run.status .. " " .. ctx.params.depth)
    ctx.alerter:alert(run.status)
    EXTRA
  end }
]]

-- The lines that on_end printed.
local function ends(_, err)
  local list = {}
  for line in err:gmatch "[^\n]+" do if line:find "^end of" then list[#list + 1] = line end end
  return list
end

local function with_on_end(body, extra)
  return alerting_project("file", "", (ON_END:gsub("BODY", body or ""):gsub("EXTRA", extra or "")))
end

check.test("on_end is called once: after a run that ran, that was all cached, that failed", function()
  local p <close> = with_on_end()
  check.eq(ends(p:ok "run main.lua --name a"), { "end of a: completed 2" })
  check.eq(texts(p), { "completed" })
  check.eq(ends(p:ok "run main.lua --name b"), { "end of b: completed 2" })
  check.eq(texts(p), { "completed" })
  check.eq(p:json("show b").notes[1], "on_end: end of b: completed 2")
  local q <close> = with_on_end 'error "broken"'
  check.eq(ends(q:ok("run main.lua --name c", 1)), { "end of c: failed 2" })
  check.eq(texts(q), { "failed" }, "what on_end says is enough")
end)

check.test("--json has what on_end prints", function()
  local p <close> = with_on_end()
  check.has(p:ok "run main.lua --name a --json", '{"event":"notice","text":"on_end: end of a: completed 2"}\n')
end)

check.test("on_end reads what the run made; it cannot add to the record", function()
  local p <close> = with_on_end(nil, 'print(run.steps.make.output:load(), rille.context().run.name) '
    .. 'print(select(2, pcall(ctx.log_metric, ctx, { a = 1 })))')
  local _, text = p:ok "run main.lua --name a"
  check.has(text, "3\ta\n")
  check.has(text, "on_end: the run has ended, so nothing can be added to its record")
end)

check.test("an error in on_end is reported and recorded, and changes nothing", function()
  local p <close> = with_on_end(nil, 'error "no end"')
  local _, err = p:ok "run main.lua --name a"
  local _, times = err:gsub("on_end failed: main.lua:8: no end", "")
  check.eq(times, 1)
  check.eq(p:json("show a").status, "completed")
  check.has(p:ok "show a", "on_end failed: main.lua:8: no end")
end)

check.test("on_end is called when Ctrl-C or SIGTERM stops the run", function()
  for _, signal in ipairs { "INT", "TERM" } do
    local p <close> = with_on_end('while true do local f = io.open("running", "w") f:close() end')
    local command = string.format("cd '%s' && exec timeout 30 %s run main.lua --name a >out 2>err", p:path "",
      require "paths".rille)
    local pipe = assert(io.popen(string.format("sh -c '%s' & echo $!", (command:gsub("'", "'\\''")))))
    local pid = pipe:read "l"
    for _ = 1, 200 do
      if p:read "running" then break end
      os.execute "sleep 0.05"
    end
    check.ok(p:read "running", "the step runs")
    os.execute("pkill -" .. signal .. " -P " .. pid)
    if signal == "INT" then os.execute("sleep 0.2; pkill -INT -P " .. pid) end
    pipe:close()
    for _ = 1, 200 do
      if not os.execute("kill -0 " .. pid .. " 2>/dev/null") then break end
      os.execute "sleep 0.05"
    end
    check.eq(texts(p), { "stopped" }, signal .. ": " .. (p:read "err" or ""))
    check.eq(ends("", p:read "err"), { "end of a: stopped 2" })
  end
end)

check.test("on_end and the alerters hear of a run that loses its store; the error is that of the store", function()
  local p <close> = with_on_end 'os.execute "for f in .rille/meta.db*; do head -c 200000 /dev/zero >$f; done"'
  local done = p:rille "run main.lua --name a"
  check.ok(done.code ~= 0, done.err)
  check.eq(ends("", done.err), { "end of a: failed 2" }, done.err)
  check.eq(texts(p), { "failed" })
  check.has(done.err, "meta.db")
end)

check.test("on_end that is no function is a mistake", function()
  local p <close> = scratch.script 'return pipeline "main" { define = function() end, on_end = 3 }'
  local _, err = p:ok("run main.lua", 3)
  check.has(err, 'main.lua:3: pipeline "main": on_end must be a function(run, ctx), found 3')
end)

check.test("whatever an alerter of one's own says or gives as its reason, the run goes on", function()
  local p <close> = alerting_project("odd", "", [[
rille.flavor { kind = "alerter", name = "odd", options = {},
  open = function() return { alert = function(_, message, say)
    say(nil)
    return nil, { code = 3 }
  end } end }
local s = step "s" { cache = false, run = function(_, ctx) ctx.alerter:alert "hello" end }
return pipeline "main" { define = function() s() end }
]])
  local _, err = p:ok "run main.lua"
  check.has(err, 'alerter "tell": not delivered: it raised a table instead of a message: code = 3 (hello)')
  local r = p:rille "alerter test --script main.lua"
  check.eq(r.code, 1)
  check.has(r.err, "not delivered: it raised a table instead of a message: code = 3")
end)

check.test("a command that another user configured is not run", function()
  local p <close> = alerting_project("command", "command: touch called",
    'return pipeline "main" { define = function() end }')
  if p:sh("chown -R 12345 .rille").code ~= 0 then check.cannot "only root gives a folder to another user" end
  for _, command in ipairs { "alerter test", "alerter test tell", "run main.lua", "stack list" } do
    local _, err = p:ok(command, 4)
    check.has(err, ".rille belongs to another user (uid 12345); name a store of your own with --store DIR")
  end
  check.eq(p:read "called", nil)
end)

check.test("ctx.tracker logs what ctx logs", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.integer "n" }, run = function(_, ctx)
  for i = 1, 2 do ctx.tracker:log_metric({ loss = i }, { step = i }) end
  ctx.tracker:log_params { seed = 7 }
  ctx.tracker:log_metadata { a = "b" }
  return 1
end }
return pipeline "main" { define = function() s() end }
]]
  p:ok "run main.lua"
  p:ok "run main.lua"
  local step = p:json "show main@-1/s"
  check.eq({ step.status, step.metrics.loss, step.logged.seed, step.metadata.a, #step.series.loss.steps },
    { "cached", 2, 7, "b", 2 })
end)

check.done()
