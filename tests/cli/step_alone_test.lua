-- Steps that a script calls outside of a pipeline.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local ALONE = [[
local rille = require "rille"
local t = rille.types
local slow = rille.step "slow" {
  params = { n = 1 }, cache = false, outputs = { t.integer "x" },
  run = function(p)
    if p.n == 1 then os.execute "kill -INT $(cat pid)" end
    if p.n < 0 then error "it is negative" end
    return p.n
  end,
}
if (...) == "stop" then
  local f = io.open("pid", "w")
  f:write((io.open("/proc/self/stat"):read "n"))
  f:close()
  for i = 1, 3 do print(slow { n = i }:load()) end
elseif (...) == "caught" then
  local ok, message = pcall(slow, { n = -1 })
  print(ok, message)
else
  slow { n = -1 }
end
]]

local function alone(phrase, body)
  check.test(phrase, function()
    local project <close> = scratch.new()
    project:write("main.lua", ALONE)
    body(project)
  end)
end

alone("Ctrl-C in a step outside of a pipeline ends the script after it", function(project)
  local r = project:rille "main.lua stop"
  check.eq({ r.code, r.out }, { 130, "1\n" })
  check.eq(r.err:find "traceback", nil, r.err)
end)

alone("a step outside of a pipeline that fails is a run that failed, told once", function(project)
  local r = project:rille "main.lua"
  check.eq(r.code, 1)
  check.eq(select(2, r.err:gsub("main.lua:7: it is negative\n", "")), 1, r.err)
  r = project:rille "main.lua caught"
  check.eq({ r.code, r.out }, { 0, "false\tmain.lua:7: it is negative\n" })
end)

alone("the command that resumes has the arguments of the script", function(project)
  check.has(project:rille("main.lua 'a b' ''").err, "\n    rille main.lua 'a b' ''\n")
end)

check.done()
