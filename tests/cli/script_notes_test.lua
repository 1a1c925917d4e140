-- What is said of `rille FILE` where nothing came of it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

check.test("a script that looks at no arguments and runs nothing is told so", function()
  local p <close> = scratch.script [[
local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
return pipeline "p" { define = function() a() end }
]]
  local r = p:rille "main.lua"
  check.eq({ r.code, r.out }, { 0, "" })
  check.eq(r.err, 'note: main.lua ran nothing; to run its pipeline "p": rille run main.lua\n')
  check.eq(p:rille("main.lua run").err,
    "note: main.lua ignores the argument run; to run its pipeline: rille run main.lua\n")
  check.eq(p:rille("main.lua --set n=1").err,
    "note: main.lua ignores the arguments --set n=1; for its pipeline: rille run main.lua --set n=1\n")
  check.eq(p:rille("main.lua data.csv").err, "note: main.lua ignores the argument data.csv\n")
  check.eq(p:rille("-q main.lua").err, "")
  p:edit("return pipeline", "print(#arg)\nreturn pipeline")
  check.eq(p:rille("main.lua x").err, 'note: main.lua ran nothing; to run its pipeline "p": rille run main.lua\n')
end)

check.test("rille run says that a script runs its pipeline by a call, too", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
    local main = pipeline "main" { define = function() s() end }
    if os.getenv "CALL" then main:run {} end
    return main]]
  check.ok(not p:rille("run main.lua").err:find("note:", 1, true))
  check.has(p:sh('CALL=1 "$RILLE" run main.lua').err, 'runs the pipeline "main" as the script loads, and rille run')
end)

check.test("rille run of a file of tests names rille test", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
    pipeline "main" { define = function() s() end }
    require("rille.testing").test("it holds", function() end)]]
  local r = p:rille "run main.lua"
  check.eq(r.code, 2, r.err)
  check.has(r.err, "main.lua has tests and returns no pipeline; to run the tests: rille test main.lua")
end)

check.test("a project in place of its store is named, and so is a parameter in place of its field", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
    return pipeline "main" { params = { above = 1 }, define = function() s() end }]]
  p:ok "run main.lua -q"
  p:ok "run main.lua -q --set above=2"
  check.has(p:rille "--store . runs".err, "there is no store .; did you mean ./.rille?")
  check.has(p:rille "runs --where 'above = 9'".err, 'unknown field "above"; did you mean "params.above"?')
  check.has(p:ok "runs --columns above,differ", "above\n")
end)

check.test("the name of a script, of a module of rille and the place of an option are corrected", function()
  local p <close> = scratch.new()
  p:write("pipeline.lua", "")
  check.has(p:rille "run pipline.lua".err, "pipline.lua: No such file or directory; did you mean pipeline.lua?\n")
  check.has(p:rille "run ./pipline.lua".err, "; did you mean ./pipeline.lua?\n")
  check.has(p:rille "run other.lua".err, "other.lua: No such file or directory\n")
  p:write("main.lua", 'require "rille.cvs"')
  check.has(p:rille "main.lua".err, "module 'rille.cvs' not found; did you mean \"rille.csv\"?\n")
  check.has(p:rille "--set a=1 run main.lua".err,
    "unknown option --set; the options of run follow the command: rille run ... --set\n")
end)

check.done()
