-- review_test: what a reader of the cache tried to break it with.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local oracle = require "oracle"

local CHAIN <const> = [[
local rille = require "rille"
local t = rille.types
local text = rille.step "text" { outputs = { t.string "out" }, run = function() return ("x"):rep(20000) end }
local length = rille.step "length" { inputs = { t.string "s" }, outputs = { t.any "out" }, run = function(s) return #s + K end }
return rille.pipeline "p" { define = function() length { s = text {} } end }
]]

local function damaged(command)
  local project <close> = oracle.project()
  project:write("main.lua", (CHAIN:gsub("K", "1")))
  project:complete()
  project:shell("for f in $(find ../store/objects -type f); do chmod u+w $f; " .. command .. "; done")
  project:write("main.lua", (CHAIN:gsub("K", "2")))
  local run = project:complete()
  check.eq({ run.steps.text.status, run.steps.length.status }, { "completed", "completed" })
  project:judge(run)
  local again = project:complete()
  check.eq({ again.steps.text.status, again.steps.length.status }, { "cached", "cached" })
  project:judge(again)
end

check.test("a hit whose object has other bytes runs again, in the run that finds out", function()
  damaged "printf zzzz | dd of=$f bs=1 seek=40 conv=notrunc 2>/dev/null"
end)

check.test("a hit whose object is cut short, empty or gone runs again", function()
  damaged "truncate -s 10 $f"
  damaged ": > $f"
  damaged "rm $f"
end)

-- A script whose step calls `load`, and whose G.f gives n.
local function loading(load, n)
  return oracle.program { top = ("G = { f = function() return %d end } package.loaded.g = G"):format(n), run = "function() return " .. load .. " end" }
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
  check.eq({ run.steps.first.status, run.steps.same.status, run.steps.last.status }, { "completed", "cached", "completed" })
  check.ok(run.steps.last.outputs.out ~= run.steps.first.outputs.out, "the file is another")
  check.eq(run.steps.twin.status, "completed")
  check.eq(run.steps.twin.outputs, run.steps.last.outputs)
end)

check.test("another float in an enum is another type", function()
  local project <close> = oracle.project()
  local function version(value)
    return oracle.program { top = "local three = rille.step 'three' { outputs = { t.any 'out' }, run = function() return 0.3 end }",
      define_top = "local three = three {}", fields = "inputs = { t.enum { " .. value .. " } 'x' },", call = "{ x = three }",
      run = "function(x) return x end" }
  end
  project:write("main.lua", version "0.3")
  project:complete()
  project:write("main.lua", version "0.30000000000000004")
  project:judge(project:run())
end)

check.test("what the world refuses is told without a position of rille's own", function()
  local project <close> = oracle.project()
  project:write("main.lua", oracle.program "function(_, ctx) local f = assert(io.open(ctx.tmpdir .. '/x', 'w')) f:close() return 1 end")
  project:complete()
  project:shell "rm -rf ../store/tmp; touch ../store/tmp"
  local run = project:run { args = "--no-cache" }
  check.eq({ run.code, run.status }, { 4, nil })
  check.has(run.err, "store/tmp: no folder for temporary files can be made there: Not a directory; remove what is in its place")
  project:shell "rm ../store/tmp"
  check.eq(project:run({ args = "--no-cache" }).status, "completed")
  local text = oracle.shell("cd " .. oracle.quote(project.root) .. " && mkdir gone && cd gone && rmdir ../gone && " .. oracle.quote(oracle.rille) .. " runs 2>&1")
  check.eq(text, "rille: working folder: No such file or directory\n")
end)

check.done()
