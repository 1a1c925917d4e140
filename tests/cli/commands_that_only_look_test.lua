-- Commands that only look at a script run nothing of it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local HEAD = [[
local rille = require "rille"
local mark = rille.step "mark" { cache = false, run = function() io.open("RAN", "a"):write "x":close() end }
local p = rille.pipeline "p" { define = function() mark() end }
]]

local LOOKING = { "plan main.lua", "lint main.lua", "graph main.lua", "config main.lua", "types main.lua" }

-- What runs steps when a script is loaded, and how the message calls it.
local RUNNING = {
  { "p:run {}", 'pipeline "p"' },
  { "mark()", 'step "mark"' },
  { "p:run { unlisted = true, jobs = 2 }", 'pipeline "p"' },
  { 'require "helper"', 'pipeline "h"' },
}

local function project_of(line)
  local project = scratch.new()
  project:write("main.lua", HEAD .. line .. "\nreturn p\n")
  project:write("helper.lua", [[
local rille = require "rille"
local s = rille.step "s" { cache = false, run = function() io.open("RAN", "a"):write "x":close() end }
rille.pipeline "h" { define = function() s() end }:run {}
return {}
]])
  return project
end

for _, one in ipairs(RUNNING) do
  for _, command in ipairs(LOOKING) do
    check.test(command .. " runs nothing of a script that says " .. one[1], function()
      local project <close> = project_of(one[1])
      local r = project:rille(command)
      check.eq(r.code, 3, r.out .. r.err)
      check.has(r.err, "rille " .. command:match "^%a+" .. " only looks at the script, and here the script runs "
        .. one[2])
      check.has(r.err, "rille.main()")
      check.has(r.err, one[1]:find "require" and "helper.lua:3: " or "main.lua:4: ")
      check.eq(project:read "RAN", nil)
      check.eq(project:sh("ls -A").out, "helper.lua\nmain.lua\n", "nothing is made beside the script")
    end)
  end
end

check.test("lint looks at what a script has defined before it runs something, too", function()
  local project <close> = project_of [[
rille.pipeline("q", { define = function()
  local ok = mark()
  if ok then mark:with { id = "two" } () end
end }):run {}]]
  local r = project:rille "lint main.lua"
  check.eq(r.code, 3)
  check.has(r.out, 'main.lua:6: error: the output of step "mark" is a condition here')
  check.has(r.err, "main.lua:4: rille lint only looks at the script")
  check.eq(project:read "RAN", nil)
end)

check.test("a script that asks rille.main() first is looked at, and runs as a program", function()
  local project <close> = project_of "if rille.main() then p:run {} end"
  for _, command in ipairs(LOOKING) do
    local r = project:rille(command)
    check.ok(r.code ~= 3, command .. ": " .. r.err)
  end
  check.eq(project:read "RAN", nil)
  check.eq(project:rille("main.lua").code, 0)
  check.eq(project:read "RAN", "x")
end)

check.test("rille run runs what the script runs, and then its pipeline", function()
  local project <close> = project_of "p:run {}"
  check.eq(project:rille("run main.lua").code, 0)
  check.eq(project:read "RAN", "xx")
end)

check.test("verify --rerun does not run the pipeline of a script again", function()
  local project <close> = scratch.new()
  project:write("main.lua", [[
local rille = require "rille"
local one = rille.step "one" { outputs = { rille.types.integer "v" }, run = function() return 1 end }
local p = rille.pipeline "p" { define = function() one() end }
p:run {}
return p
]])
  check.eq(project:rille("main.lua").code, 0)
  local before = project:rille("runs").out
  local r = project:rille "verify p@-1 --rerun 100%"
  check.eq(r.code, 5, r.out .. r.err)
  check.has(r.out, "rille.main()")
  check.eq(project:rille("runs").out, before)
end)

check.done()
