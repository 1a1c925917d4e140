-- execution_test.lua -- what a run sets while its steps run: rille.run.execution.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- A pipeline that says the pause of the collector: in its step, in a hook in the process of the run, after the run.
local SCRIPT <const> = [[
local rille = require "rille"
local t = rille.types
local large = ("x"):rep(SIZE)
local function pause()
  local now = collectgarbage("setpause", 200)
  collectgarbage("setpause", now)
  return now
end
local s = rille.step "s" { outputs = { t.integer "n" }, cache = false, run = function() return pause() end,
  on_success = function() io.open("hook", "w"):write("hook ", pause()):close() end }
local p = rille.pipeline "p" { define = function() s() end }
if rille.main() then
  collectgarbage("setpause", 180)
  local run = p:run {}
  io.stderr:write("step ", run.steps.s.output:load(), " after ", pause(), " ", #large, "\n")
end
return p
]]

local function pauses(size)
  local project <close> = scratch.new()
  project:write("main.lua", (SCRIPT:gsub("SIZE", size)))
  local said = project:rille("-q -j 1 main.lua").err
  return project:read "hook" .. " " .. said
end

check.test("with much in memory the collector of the run waits less, in its workers it does not", function()
  check.eq(pauses "80 << 20", "hook 120 step 180 after 180 83886080\n")
end)

check.test("with little in memory it is as the script set it", function()
  check.eq(pauses "100", "hook 180 step 180 after 180 100\n")
end)

check.done()
