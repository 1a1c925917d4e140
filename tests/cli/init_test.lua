-- rille init: the starter runs, its tests pass, its lint is clean, and nothing is overwritten.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local FILES <const> = ".gitignore .luarc.json pipeline.lua pipeline_test.lua stylua.toml weather.csv"

local function files(project, folder)
  return (project:sh("ls -A " .. folder .. " | LC_ALL=C sort | paste -sd ' ' -").out:gsub("\n", ""))
end

check.test("the starter runs, is cached the second time, passes its tests and has a clean lint", function()
  local project <close> = scratch.new()
  local out = project:ok "init weather"
  check.has(out, "  created  weather/pipeline.lua\n")
  check.has(out, "cd weather && rille run pipeline.lua\n")
  check.eq(files(project, "weather"), FILES)
  local function inside(command) return project:sh('cd weather && "$RILLE" ' .. command) end
  local r = inside "run pipeline.lua"
  check.eq(r.code, 0, r.err)
  check.has(inside("run pipeline.lua").err, "cached weather-")
  check.has(inside("run pipeline.lua --set above=8").err, "1 ran, 1 cached")
  r = inside "test"
  check.eq(r.code, 0, r.err)
  check.has(r.out, "3 passed, 0 failed")
  r = inside "lint pipeline.lua --strict"
  check.eq(r.code, 0, r.out)
end)

check.test("git sees the starter and not the store", function()
  local project <close> = scratch.new()
  project:ok "init"
  project:ok "-q run pipeline.lua"
  local r = project:sh("git init -q . && git status --short --untracked-files=all | cut -c 4- | LC_ALL=C sort | "
    .. "paste -sd ' ' -")
  if r.code ~= 0 then check.cannot "there is no git here" end
  check.eq(r.out, FILES .. "\n")
end)

check.test(".luarc.json is JSON and names a folder", function()
  local project <close> = scratch.new()
  project:ok "init"
  check.eq(json.decode(project:read ".luarc.json")["workspace.library"][1]:sub(1, 1), "/")
end)

check.test("settings that are there are kept; a pipeline that is there is an error, and nothing is written", function()
  local project <close> = scratch.new()
  project:write(".gitignore", "mine\n")
  check.has(project:ok "init .", "  kept     .gitignore\n")
  check.eq(project:read ".gitignore", "mine\n")
  project:sh "rm pipeline_test.lua stylua.toml; echo mine > pipeline.lua"
  local r = project:rille "init"
  check.eq({ r.code, r.out, r.err }, { 2, "",
    "rille: init: pipeline.lua already exists; nothing was written; choose another folder: rille init DIR\n" })
  check.eq(project:read "pipeline.lua", "mine\n")
  check.eq(project:read "stylua.toml", nil)
end)

check.test("a file in the place of the folder, and a folder that cannot be made, are errors", function()
  local project <close> = scratch.new()
  project:write("x", "")
  local r = project:rille "init x"
  check.eq({ r.code, r.err }, { 2, "rille: init: x is not a folder\n" })
  r = project:rille "init x/y"
  check.eq(r.code, 4)
  check.has(r.err, "Not a directory")
end)

check.test("a name that the shell would split is quoted", function()
  local project <close> = scratch.new()
  check.has(project:ok "init 'my project'", "cd 'my project' && rille run pipeline.lua\n")
end)

check.test("an empty name is no folder, least of all the root", function()
  local project <close> = scratch.new()
  check.eq(project:ok("init ''", 2), "")
end)

check.done()
