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

check.done()
