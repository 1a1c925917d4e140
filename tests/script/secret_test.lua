-- Secret parameters: where they may go, what keys make of them, and that no file has them.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local alerting_project = require "alerting_project"

local SECRET <const>, OTHER <const> = "hunter2-plaintext", "correct-horse-battery"

local SCRIPT <const> = [[
local fetch = step "fetch" { params = { token = t.secret, n = 1 }, outputs = { t.integer "size" },
  run = function(p, ctx)
    print("printed " .. p.token)
    io.write("half ", p.token:sub(1, 5)) io.flush() io.write(p.token:sub(6), "\n")
    ctx:log("logged %s", ctx.params.token)
    ctx:log_metadata { note = "meta " .. p.token, [p.token] = { p.token } }
    ctx:log_params { chosen = p.token }
    ctx:log_metric { ["m_" .. p.token] = 1 }
    ctx:log_artifact_metadata { about = p.token }
    ctx:progress(0.5, "at " .. p.token)
    ctx.alerter:alert("alert " .. p.token, { title = p.token })
    io.popen("echo child " .. p.token):close()
    os.execute("echo direct $((1 + 1)) " .. p.token)
    if p.n == 2 then error("raised " .. p.token) end
    return #p.token
  end }
local words = step "words" { params = { token = t.secret }, outputs = { t.string "o" }, stdout = "o",
  env = { TOKEN = "is {params.token}" },
  command = { "/bin/sh", "-c", 'echo "env $TOKEN" >&2; echo "arg $0" >&2; printf %s "$0" | wc -c', "{params.token}" } }
local text = step "text" { params = { token = t.secret, n = 1 }, outputs = { t.string "o" }, stdout = "o",
  command = "echo text {params.token} >&2; tr '\\0' ' ' < /proc/self/cmdline >&2; printf %s {params.token} | wc -c; "
    .. "test {params.n} = 1" }
return pipeline "main" { params = { token = t.secret, n = 1 },
  on_failure = function(message, ctx) print("hook " .. message .. ctx.params.token) end,
  on_success = function(ctx) print("hook " .. ctx.params.token) end,
  on_end = function(run, ctx) print("end " .. ctx.params.token) end,
  define = function(p)
    fetch { token = p.token, n = p.n }
    words { token = p.token }
    text { token = p.token, n = p.n }
  end }
]]

local SIMPLE <const> = [[
local s = step "s" { params = { token = t.secret }, outputs = { t.integer "n" }, run = function(p) return #p.token end }
return pipeline "main" { params = { token = t.secret }, define = function(p) s { token = p.token } end }
]]

-- The files of the project and a dump of its database that have the text.
local function places(p, text)
  return p:sh(("grep -rlaF -e '%s' . ; sqlite3 .rille/meta.db .dump | grep -cF -e '%s'"):format(text, text)).out
end

local function none_has(p, text, r)
  check.eq(places(p, text), "0\n")
  if r then check.ok(not (r.out .. r.err):find(text, 1, true), r.out .. r.err) end
end

check.test("no file of the project has a secret, nor what is printed, with one job and several", function()
  for _, how in ipairs { "-j1", "-j4 --json", "-k --set n=2 -v", "-j4 --set n=2 --json", "--unlisted --no-cache" } do
    local p <close> = alerting_project("file", "", SCRIPT)
    local r = p:rille("run main.lua --set token=" .. SECRET .. " --openlineage lineage.jsonl " .. how)
    check.eq(r.code, how:find "n=2" and 1 or 0, r.err)
    none_has(p, SECRET, r)
    for _, command in ipairs { "show main@-1", "show main@-1 --json", "log main@-1/fetch", "log main@-1/text",
      "diff main@-1 main@-1", "why fetch --run main@-1", "graph main@-1 --html", "runs --json",
      "pipeline show main" } do
      local shown = p:rille(command)
      check.ok(not (shown.out .. shown.err):find(SECRET, 1, true), command .. "\n" .. shown.out .. shown.err)
    end
  end
end)

check.test("the texts of a step have *** in the place of its secrets", function()
  local p <close> = scratch.script(SCRIPT)
  p:ok("run main.lua --set token=" .. SECRET)
  local log = p:ok "log main@-1/fetch"
  for _, text in ipairs { "printed ***", "half ***", "logged ***", "direct 2 ***", "hook ***" } do
    check.ok(log:find(text, 1, true), text .. " in\n" .. log)
  end
  local step = p:newest().fetch
  check.eq(step.metadata.note, "meta ***")
  check.eq(step.metadata["***"][1], "***")
  check.eq(step.logged.chosen, "***")
  check.eq(step.metrics["m_***"], 1)
  check.ok(p:ok "log main@-1/words":find("env is ***\narg ***\n", 1, true))
end)

check.test("trackers get what stands for a secret", function()
  local p <close> = scratch.script(SCRIPT)
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", [[
format: 1
active: watched
components:
  experiment_tracker:
    flow: { flavor: mlflow, options: { path: mlruns } }
    board: { flavor: tensorboard, options: { path: board } }
stacks:
  watched: { experiment_tracker: [flow, board] }
]])
  p:ok("run main.lua --set token=" .. SECRET)
  check.ok(p:sh("grep -r 'm_\\*\\*\\*\\|[*][*][*]' mlruns | head -1").out ~= "")
  none_has(p, SECRET)
end)

check.test("another secret is another key, an equal one a hit; why and diff say so without values", function()
  local p <close> = scratch.script(SIMPLE)
  p:ok("run main.lua --set token=" .. SECRET)
  p:ok("run main.lua --set token=" .. SECRET)
  check.eq(p:statuses(), "s=cached")
  p:ok("run main.lua --set token=" .. OTHER)
  check.eq(p:statuses(), "s=completed")
  local why = p:ok "why s"
  check.ok(why:find("parameter token changed (a secret)", 1, true), why)
  local diff = p:ok "diff main@-2 main@-1"
  check.ok(diff:find("parameter token", 1, true), diff)
  none_has(p, SECRET, { out = why, err = diff })
  p:ok("run main.lua --no-cache --set token=" .. SECRET)
  check.eq(p:statuses(), "s=completed")
end)

check.test("a secret and a text never share a key", function()
  local p <close> = scratch.script(SIMPLE)
  p:ok("run main.lua --set token=" .. SECRET)
  local mark = p:newest().s.parameters.token
  check.ok(mark:find "^%*%*%* %x+$", mark)
  p:edit("token = t.secret }, outputs", "token = t.string }, outputs")
  p:edit("token = t.secret", "token = t.string")
  p:ok("run main.lua --set 'token=" .. mark .. "'")
  check.eq(p:statuses(), "s=completed")
end)

check.test("the key of the hashes is the owner's alone; its loss is reported, and the steps run again", function()
  local p <close> = scratch.script(SIMPLE)
  p:ok("run main.lua --set token=" .. SECRET)
  check.eq(p:sh("stat -c %a .rille/secret.key").out, "600\n")
  local key = p:read ".rille/secret.key"
  check.ok(key:find "^%x+\n$" and #key == 65, key)
  check.ok(not p:sh("sqlite3 .rille/meta.db .dump").out:find(key:sub(1, 64), 1, true))
  os.remove(p:path ".rille/secret.key")
  local _, err = p:ok("run main.lua --set token=" .. SECRET)
  check.ok(err:find(".rille/secret.key was lost or replaced", 1, true), err)
  check.eq(p:statuses(), "s=completed")
  _, err = p:ok("run main.lua --set token=" .. SECRET)
  check.eq(p:statuses(), "s=cached")
  check.ok(not err:find "lost", err)
  p:write(".rille/secret.key", "no key")
  local r = p:rille("run main.lua --set token=" .. SECRET)
  check.eq(r.code, 4)
  check.ok(r.err:find("secret.key is damaged", 1, true), r.err)
end)

check.test("two first runs at once make one key", function()
  local p <close> = scratch.script(SIMPLE)
  local r = p:sh(("for i in 1 2 3 4; do $RILLE run main.lua -q --set token=%s & done; wait"):format(SECRET))
  check.eq(r.code, 0, r.err)
  p:ok("run main.lua --set token=" .. SECRET)
  check.eq(p:statuses(), "s=cached")
  check.eq(p:sh("ls .rille | grep -c tmp$").out, "1\n")       -- the folder
end)

check.test("a plan writes nothing", function()
  local p <close> = scratch.script(SIMPLE)
  p:ok("plan main.lua --set token=" .. SECRET)
  check.eq(p:sh("ls -A").out, "main.lua\n")
end)

check.test("a secret that only its variable gives has a key that stays", function()
  local p <close> = scratch.script(SIMPLE)
  for _ = 1, 2 do check.eq(p:sh("RILLE_SECRET_TOKEN=" .. SECRET .. " $RILLE run main.lua").code, 0) end
  check.eq(p:statuses(), "s=cached")
end)

check.test("a secret comes from the call, from YAML, or from its variable, the nearest first", function()
  local p <close> = scratch.script((SIMPLE:gsub("return #p.token", "return tonumber((p.token:gsub('%%D', '')))")))
  p:write("c.yaml", "parameters: { token: '${env:TOK}' }\n")
  p:write("l.yaml", "parameters: { token: 0033 }\n")
  local function n(command)
    local r = p:sh(command)
    check.eq(r.code, 0, r.err)
    return p:ok "artifact show main::s::n":match "\n?value%s+(%d+)" or r.err:match "outputs%s+s%s+(%d+)"
  end
  check.eq(n "RILLE_SECRET_TOKEN=var11 $RILLE run main.lua --no-cache", "11")
  check.eq(n "TOK=yaml22 RILLE_SECRET_TOKEN=var11 $RILLE run main.lua --no-cache --config c.yaml", "22")
  check.eq(n "$RILLE run main.lua --no-cache --config l.yaml", "33")
  check.eq(n "TOK=yaml22 $RILLE run main.lua --no-cache --config c.yaml --set token=line44", "44")
  check.eq(n "$RILLE run main.lua --no-cache --set token=line44 --set s.token=step55", "55")
  local config = p:sh "RILLE_SECRET_TOKEN=var11 $RILLE config main.lua"
  check.ok(config.out:find "variable RILLE_SECRET_TOKEN", config.out)
  check.ok(not config.out:find "var11", config.out)
end)

check.test("a secret that nothing gives is named, with the ways to give it", function()
  local p <close> = scratch.script(SIMPLE)
  local r = p:rille "run main.lua"
  check.eq(r.code, 3)
  check.ok(r.err:find('main.lua:4: pipeline "main": parameter "token" is missing (secret); set the variable '
    .. 'RILLE_SECRET_TOKEN', 1, true), r.err)
end)

check.test("a secret is any text but null, which means none, and what stands for one", function()
  local p <close> = scratch.script(SIMPLE)
  for _, text in ipairs { "", "12", "true", "[1", "'quoted'", "two words" } do
    p:ok("run main.lua --no-cache --set " .. scratch.quoted("token=" .. text))
    check.eq(p:ok "artifact get main::s::n", tostring(#text), text)
  end
  check.eq(p:rille("run main.lua --set token=null").code, 3)
  local r = p:rille("run main.lua --set 'token=*** " .. ("0"):rep(32) .. "'")
  check.eq(r.code, 3)
  check.ok(r.err:find('parameter "token": *** ', 1, true) and r.err:find("give the secret itself", 1, true), r.err)
  p:edit("t.secret }, outputs", "t.password }, outputs")
  check.ok(p:rille("run main.lua").err:find('unknown type "password"; did you mean "secret"?', 1, true))
end)

check.test("inputs, outputs, lists and defaults are refused", function()
  local p <close> = scratch.new()
  local cases = {
    ['inputs = { t.secret "x" }'] = 'step "s": input "x": t.secret is only for parameters',
    ['outputs = { t.secret "x" }'] = 'step "s": output "x": t.secret is only for parameters',
    ["params = { x = t.list(t.secret) }"] = 'parameter "x": a secret is a parameter of its own',
    ["params = { x = t.any_of { t.string, t.secret } }"] = 'parameter "x": a secret is a parameter of its own',
    ['params = { x = t.secret { default = "abcd" } }'] = "a secret has no default in code",
  }
  for fields, message in pairs(cases) do
    p:write("main.lua", scratch.HEAD .. 'step "s" { ' .. fields .. ", run = function() end }")
    local r = p:rille "main.lua"
    check.eq(r.code, 3)
    check.ok(r.err:find("main.lua:3: ", 1, true) and r.err:find(message, 1, true), r.err)
  end
end)

check.test("in define a secret goes to secret parameters alone", function()
  local cases = {
    ['s { token = "x" .. p.token }'] = 'the secret parameter "token" of the pipeline has no value here',
    ["print(p.token)"] = 'the secret parameter "token" of the pipeline has no value here',
    ["s { token = p.token:upper() }"] = 'the secret parameter "token" of the pipeline has no value here',
    ["o { x = 1, url = p.token }"] = 'step "o": parameter "url" was given the secret parameter "token" of the pipeline',
    ["o { x = 1, any = { a = { p.token } } }"] = 'step "o": parameter "any" was given the secret parameter "token"',
    ["o { x = p.token }"] = 'step "o": input "x" was given the secret parameter "token" of the pipeline',
    ["o { x = { 1, p.token } }"] = 'step "o": input "x" was given the secret parameter "token" of the pipeline',
    ["s { token = 1234567 }"] = 'step "s": parameter "token": expected a secret (a text), found a number',
  }
  for code, message in pairs(cases) do
    local p <close> = scratch.script([[
local s = step "s" { params = { token = t.secret }, outputs = { t.integer "n" }, run = function(p) return 1 end }
local o = step "o" { inputs = { t.any "x" }, params = { url = "u", any = t.any { default = 1 } }, run = function() end }
return pipeline "main" { params = { token = t.secret }, define = function(p)
  ]] .. code .. "\nend }\n")
    local r = p:rille("run main.lua --set token=" .. SECRET)
    check.eq(r.code, 3, code .. r.err)
    check.ok(r.err:find("main.lua:6: ", 1, true) and r.err:find(message, 1, true), r.err)
    check.ok(not r.err:find("1234567", 1, true), r.err)
  end
end)

check.test("maps, classes, :with and steps called alone take secrets", function()
  local p <close> = scratch.script [[
local m = step "m" { inputs = { t.integer "i" }, params = { token = t.secret, list = t.table { default = { 1 } } },
  outputs = { t.integer "n" }, run = function(i, p) return i + #p.token + p.list[1] end }
local sum = step "sum" { inputs = { t.list(t.integer) "l" }, outputs = { t.integer "n" },
  run = function(l) local n = 0 for _, v in ipairs(l) do n = n + v end return n end }
local C = rille.Step:extend "C" { params = { token = t.secret }, outputs = { t.integer "n" } }
function C:entrypoint(p) return #p.token end
local P = rille.Pipeline:extend "main" { params = { token = t.secret } }
function P:connect(p)
  sum(m:map { i = { 1, 2, 3 }, token = p.token })
  C { token = p.token }
  C:with { id = "bound", token = "abc" } {}
end
local run = P:run { params = { token = "12345678" } }
print(run.steps.sum.output:load(), run.steps.C.output:load(), run.steps.bound.output:load(),
  C { token = "123456" }:load(), C.fn { token = "12345" }, (C:test { params = { token = "1234" } }))
]]
  check.eq((p:ok "main.lua -j4"), "33\t8\t3\t6\t5\t4\n")
  p:ok "main.lua -j2"
  check.ok(not p:statuses():find "completed", p:statuses())
end)

check.test("verify runs a step again with its secret, and says which one it lacks", function()
  local p <close> = scratch.script(SIMPLE)
  p:ok("run main.lua --set token=" .. SECRET)
  local r = p:rille "verify main@-1 --rerun 100%"
  check.ok(r.out:find('parameter "token" is a secret, which runs do not record: set the variable RILLE_SECRET_TOKEN', 1,
    true), r.out)
  r = p:sh("RILLE_SECRET_TOKEN=" .. OTHER .. " $RILLE verify main@-1 --rerun 100%")
  check.ok(r.out:find("it is set to another secret than that run had", 1, true), r.out)
  r = p:sh("RILLE_SECRET_TOKEN=" .. SECRET .. " $RILLE verify main@-1 --rerun 100%")
  check.eq(r.code, 0)
  check.ok(r.out:find "same%s+s", r.out)
  none_has(p, SECRET, r)
end)

check.test("a step that reads a name with a secret in it is not cached, whatever it declares", function()
  local p <close> = scratch.script((SIMPLE:gsub("return #p.token", 'return io.open("d-" .. p.token) and 1 or 0')
    :gsub("run =", 'cache = "always", run =')))
  p:ok("run main.lua --set token=" .. SECRET)
  none_has(p, SECRET)
  p:write("d-" .. SECRET, "")
  local _, err = p:ok("run main.lua --set token=" .. SECRET)
  check.eq(p:statuses(), "s=completed")
  check.ok(err:find "reads something whose name contains a secret", err)
end)

check.test("files that two steps share are found where their name has a secret in it", function()
  local p <close> = scratch.script [[
local w = step "w" { params = { token = t.secret }, outputs = { t.integer "n" }, cache = false,
  run = function(p) local f <close> = io.open("f-" .. p.token, "w") f:write "x" return 1 end }
local r = step "r" { params = { token = t.secret }, outputs = { t.any "n" },
  run = function(p) os.execute "sleep 0.3" local f <close> = io.open("f-" .. p.token) return f and f:read "a" end }
return pipeline "main" { params = { token = t.secret },
  define = function(p) w { token = p.token } r { token = p.token } end }
]]
  local r = p:rille("run main.lua -j2 --set token=" .. SECRET)
  check.eq(r.code, 1)
  check.ok(r.err:find("f-***", 1, true) and not r.err:find(SECRET, 1, true), r.err)
  check.eq(p:sh("sqlite3 .rille/meta.db .dump | grep -cF " .. SECRET).out, "0\n")
end)

check.test("a command that uses a file by the name of a secret is not cached, whatever it declares", function()
  for _, command in ipairs { '{ "cat", "{params.token}" }', '"cat ./{params.token}"', '"cat < {params.token}"' } do
    local p <close> = scratch.script([[
local s = step "s" { params = { token = t.secret }, outputs = { t.string "o" }, stdout = "o", cache = "always",
  command = ]] .. command .. [[ }
return pipeline "main" { params = { token = t.secret }, define = function(p) s { token = p.token } end }
]])
    p:write(SECRET, "one")
    p:ok("run main.lua --set token=" .. SECRET)
    check.ok(p:sh("sqlite3 .rille/meta.db .dump | grep -cF " .. SECRET).out == "0\n")
    p:write(SECRET, "two")
    local _, err = p:ok("run main.lua --set token=" .. SECRET)
    check.ok(err:find('outputs   s  "two"', 1, true), command .. "\n" .. err)
    check.ok(err:find("its command uses a file whose name contains a secret", 1, true), err)
  end
end)

check.test("a command with a secret in its words is cached", function()
  local p <close> = scratch.script [[
local P = { token = t.secret }
local function of(name, command)
  return step(name) { params = P, outputs = { t.string "o" }, stdout = "o", env = { A = "Bearer {params.token}" },
    command = command }
end
local words = of("words", { "/bin/echo", "-H", "Authorization: {params.token}" })
local text = of("text", "echo -H Authorization:{params.token} --token={params.token} {params.token} | wc -c")
local sh = step "sh" { params = P, outputs = { t.string "o" }, stdout = "o", shell = "sh",
  command = "printf %s {params.token}-end" }
return pipeline "main" { params = P, define = function(p)
  words { token = p.token } text { token = p.token } sh { token = p.token } end }
]]
  local secret = [[it is $HOME; 'quoted' "twice" *]]
  local run = "RILLE_SECRET_TOKEN=" .. scratch.quoted(secret) .. " $RILLE run main.lua"
  check.eq(p:sh(run).code, 0)
  check.eq(p:ok "artifact get main::sh::o", secret .. "-end")
  check.eq(p:ok "artifact get main::words::o", "-H Authorization: " .. secret .. "\n")
  p:sh(run)
  check.eq(p:statuses(), "words=cached text=cached sh=cached")
end)

check.test("the shell that runs a text does not show a secret to other users", function()
  local p <close> = scratch.script [[
local s = step "s" { params = { token = t.secret }, outputs = { t.string "o" }, stdout = "o",
  command = "echo {params.token} | wc -c >&2; tr '\\0' ' ' < /proc/$$/cmdline" }
return pipeline "main" { params = { token = t.secret }, define = function(p) s { token = p.token } end }
]]
  p:ok("run main.lua --set token=" .. SECRET)
  local line = p:ok "artifact get main::s::o"
  check.ok(line:find("$rille_secret_token", 1, true) and not line:find(SECRET, 1, true), line)
end)

check.test("an output that contains a secret is stored as it is, and noted", function()
  local p <close> = scratch.script((SIMPLE:gsub("return #p.token", 'return "=" .. p.token')
    :gsub("t.integer", "t.string")))
  local _, err = p:ok("run main.lua --set token=" .. SECRET)
  check.ok(err:find('output "n" contains a secret; outputs are stored as they are', 1, true), err)
end)

check.test("a secret of several lines is masked line by line", function()
  local p <close> = scratch.script((SIMPLE:gsub("return #p.token", "print(p.token) return #p.token")))
  p:ok("run main.lua --set \"token=$(printf 'first-line-of-it\\nsecond-line-of-it')\"")
  check.eq((p:ok "log main@-1/s"), "***\n")
  none_has(p, "second-line-of-it")
end)

check.test("a schedule takes no secret from the command line", function()
  local p <close> = scratch.script(SIMPLE)
  local r = p:rille("schedule add main.lua --every 15m --set token=" .. SECRET)
  check.eq(r.code, 3)
  check.ok(r.err:find('parameter "token" is a secret, which a schedule would show', 1, true), r.err)
  check.ok(not (r.out .. r.err):find(SECRET, 1, true), r.err)
end)

check.test("a run that is killed leaves no secret behind", function()
  local p <close> = scratch.script((SIMPLE:gsub("return #p.token",
    "print(p.token) io.stdout:flush() os.execute 'touch begun; sleep 20' return 1")))
  local r = p:sh(("$RILLE run main.lua --set token=%s >out.txt 2>&1 & pid=$!; for i in $(seq 100); do "
    .. "[ -e begun ] && break; sleep 0.1; done; sleep 0.4; kill -9 $pid; wait $pid; rm out.txt; $RILLE show main@-1; "
    .. "$RILLE log main@-1/s"):format(SECRET))
  check.ok(r.out:find("interrupted", 1, true) and r.out:find("***", 1, true), r.out .. r.err)
  none_has(p, SECRET, r)
end)

check.done()
