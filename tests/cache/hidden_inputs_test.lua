-- What loaded code reaches, what an earlier step wrote, and types that differ by a float.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

-- A script whose step calls `load`, and whose G.f gives n.
local function loading(load, n)
  return oracle.program { top = ("G = { f = function() return %d end } package.loaded.g = G"):format(n),
    run = "function() return " .. load .. " end" }
end

local function hidden(text)
  for load, file in pairs { ["dofile 'a.lua'"] = text, ["require('a')()"] = "return function() " .. text .. " end" } do
    local project <close> = oracle.project()
    project:write("a.lua", file)
    project:write("main.lua", loading(load, 1))
    project:complete()
    project:write("main.lua", loading(load, 2))
    local run = project:complete()
    check.eq(run.steps.work.status, "completed", load .. ", " .. text)
    project:judge(run)
  end
end

check.test("globals that loaded code reaches without naming them are no hidden inputs", function()
  hidden "local n = 'G' return _ENV[n].f()"
  hidden "local g = _G return g.G.f()"
  hidden "for k, v in pairs(_G) do if k == 'G' then return v.f() end end"
  hidden "return package.loaded['g'].f()"
  hidden "local p = package return p.loaded.g.f()"
end)

check.test("the same step once more, behind one that wrote what it reads, is no twin", function()
  local project <close> = oracle.project()
  project:write("k.txt", "old")
  project:write("main.lua", [[
local rille = require "rille"
local t = rille.types
local read = rille.step "read" { outputs = { t.any "out" }, run = function() return io.open "k.txt":read "a" end }
rille.step "other" { run = function() end }
local write = rille.step "write" { run = function() local f = io.open("k.txt", "w") f:write "new" f:close() end }
return rille.pipeline "p" { define = function()
  read:with { id = "first" } {}
  rille.steps.other {}
  read:with { id = "same", after = { "other" } } {}
  write:with { after = { "first", "same" }, cache = false } {}
  read:with { id = "last", after = { "write" }, cache = false } {}
  read:with { id = "twin", after = { "write" } } {}
end }
]])
  local run = project:run()
  check.eq({ run.steps.first.status, run.steps.same.status, run.steps.last.status },
    { "completed", "cached", "completed" })
  check.ok(run.steps.last.outputs.out ~= run.steps.first.outputs.out, "the file is another")
  check.eq(run.steps.twin.status, "completed")
  check.eq(run.steps.twin.outputs, run.steps.last.outputs)
end)

check.test("another float in an enum is another type", function()
  local project <close> = oracle.project()
  local function version(value)
    return oracle.program { top = "local three = rille.step 'three' { outputs = { t.any 'out' }, run = function() "
      .. "return 0.3 end }",
      define_top = "local three = three {}", fields = "inputs = { t.enum { " .. value .. " } 'x' },",
      call = "{ x = three }",
      run = "function(x) return x end" }
  end
  project:write("main.lua", version "0.3")
  project:complete()
  project:write("main.lua", version "0.30000000000000004")
  project:judge(project:run())
end)

-- Runs the project, changes it, and judges the second run.
local function changed(files, change)
  local project <close> = oracle.project()
  for name, text in pairs(files) do project:write(name, text) end
  project:complete()
  local options = change(project)
  project:judge(project:complete(options))
end

check.test("a module that is loaded for what it does to another is no hidden input", function()
  changed({ ["reg.lua"] = "return {}", ["plug.lua"] = "require('reg').v = 1 return true",
    ["main.lua"] = oracle.program { run = "function() require 'plug' return require('reg').v end" } },
    function(project) project:write("plug.lua", "require('reg').v = 2 return true") end)
end)

check.test("the path of a file in a moved project is the new one", function()
  changed({ ["k.txt"] = "x", ["main.lua"] = oracle.program { run = "function() return rille.file('k.txt').path end" } },
    function(project)
      oracle.shell("cd " .. oracle.quote(project.dir) .. " && mkdir sub && mv main.lua k.txt sub")
      return { script = "sub/main.lua" }
    end)
end)

check.test("a module that the plan looks at leaves no global for the steps", function()
  local function main(text)
    return oracle.program {
      top = "local first = rille.step 'first' { outputs = { t.any 'o' }, run = function() return require('m').v end }",
      define_top = "first {}", run = "function() return '" .. text .. "' .. tostring(G) end" }
  end
  changed({ ["m.lua"] = "G = 1 return { v = 1 }", ["main.lua"] = main "a" }, function(project)
    project:write("m.lua", "-- a comment\nG = 1 return { v = 1 }")
    project:write("main.lua", main "b")
  end)
end)

check.done()
