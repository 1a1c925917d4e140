-- watch_test.lua -- `rille watch` beside an editor: real edits, and what it says
-- of them.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"
local sys = require "rille.host.sys"

local PATIENCE <const> = 20         -- seconds, for a machine that is busy

-- A project with a watcher.
local Watched = {}
Watched.__index = Watched

local function start(project, arguments)
  project:sh(string.format([[( sh -c 'echo $$ >pid; exec "$RILLE" watch %s >out 2>err'; echo $? >code ) ]]
    .. [[</dev/null >/dev/null 2>&1 &]],
    arguments))
  return setmetatable({ project = project, seen = 0 }, Watched)
end

function Watched:lines()
  local list = {}
  for line in (self.project:read "out" or ""):gmatch "([^\n]*)\n" do list[#list + 1] = line end
  return list
end

local function pause(seconds) os.execute("sleep " .. seconds) end

-- Waits until one of the lines not asked for yet contains text; gives the line, and
-- how long it took.
function Watched:expect(text)
  local t0 = sys.mono()
  while true do
    local lines = self:lines()
    for i = self.seen + 1, #lines do
      if lines[i]:find(text, 1, true) then
        self.seen = i
        return lines[i], sys.mono() - t0
      end
    end
    if sys.mono() - t0 > PATIENCE then
      error(string.format("%q was not said; there is\n%s\n%s", text, self.project:read "out" or "",
        self.project:read "err" or ""),
        2)
    end
    pause(0.03)
  end
end

-- Nothing is said for a while.
function Watched:silence(seconds)
  pause(seconds)
  local lines = self:lines()
  check.eq(table.concat(lines, "\n", self.seen + 1), "")
end

function Watched:stop(signal)
  self.project:sh("kill -" .. (signal or "INT") .. " $(cat pid)")
  local t0 = sys.mono()
  while (self.project:read "code" or "") == "" and sys.mono() - t0 < PATIENCE do pause(0.03) end
  self.stopped = true
  return tonumber(self.project:read "code" or "")
end

function Watched:__close()
  if not self.stopped then self:stop "KILL" end
end

local MAIN <const> = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local helper = require "helper"
local read = step "read" { outputs = { t.string "text" }, run = function()
  local f = assert(io.open "data.txt")
  local text = f:read "a"
  f:close()
  local extra = io.open "extra.txt"
  if extra then text = text .. extra:read "a" extra:close() end
  return text
end }
local count = step "count" { inputs = { t.string "text" }, params = { by = 1 }, outputs = { t.integer "n" }, run = function(text, p)
  return helper.size(text) * p.by
end }
return pipeline "sizes" { params = { by = 1 }, define = function(p) count { text = read {}, by = p.by } end }
]]

local function project()
  local p = scratch.new()
  p:write("main.lua", MAIN)
  p:write("helper.lua", "return { size = function(text) return #text end }")
  p:write("data.txt", "one\n")
  return p
end

local function result(p) return (p:rille("artifact get sizes::count::n").out:gsub("%s+$", "")) end

check.test("an edit runs what it touches, told in one line", function()
  local p <close> = project()
  local w <close> = start(p, "main.lua")
  w:expect "watching main.lua, Ctrl-C to stop"
  check.ok(w:expect("first run: 2 ran in "):find "^%d%d:%d%d:%d%d  ")
  pause(0.1)
  p:write("data.txt", "three\n")
  w:expect "data.txt changed: 2 ran in "
  check.eq(result(p), "6")
  p:write("helper.lua", "return { size = function(text) return #text + 100 end }")
  w:expect "helper.lua changed: 1 ran, 1 cached in "
  check.eq(result(p), "106")
  p:sh "sed -i 's/p.by$/p.by * 2/' main.lua"
  w:expect "main.lua changed: 1 ran, 1 cached in "
  check.eq(result(p), "212")
  check.eq(w:stop(), 130)
  check.eq(p:read "err", "rille: stopped by SIGINT\n")
end)

check.test("a file that was looked for in vain counts, when it comes and when it goes", function()
  local p <close> = project()
  local w <close> = start(p, "main.lua")
  w:expect "first run"
  p:write("extra.txt", "more")
  w:expect "extra.txt changed: 2 ran in "
  check.eq(result(p), "8")
  p:sh "rm extra.txt"
  w:expect "extra.txt changed: nothing to do, all 2 cached"
end)

check.test("what nothing depends on says nothing, and a change without effect leaves no run", function()
  local p <close> = project()
  local w <close> = start(p, "main.lua")
  w:expect "first run"
  p:write("other.txt", "x")
  p:write("other.lua", "x")
  w:silence(0.4)
  p:write("main.lua", MAIN .. "-- a comment\n")
  w:expect "main.lua changed: nothing to do, all 2 cached"
  check.eq(#json.decode(p:rille("runs --json").out).items, 1)
end)

check.test("a mistake in the script is told at its line, and watched until it is mended", function()
  local p <close> = project()
  local w <close> = start(p, "main.lua")
  w:expect "first run"
  p:write("main.lua", "x = = 1\n")
  w:expect "main.lua changed: waiting for a fix"
  w:expect "main.lua:1: unexpected symbol near '='"
  p:write("helper.lua", "return { size = function(text) return #text + 1 end }")       -- still watched
  w:expect "helper.lua changed: waiting"
  p:write("main.lua", MAIN)
  w:expect "main.lua changed: 1 ran, 1 cached"
  check.eq(result(p), "5")
end)

check.test("it begins with a mistake too, and waits for a module that is not there yet", function()
  local p <close> = project()
  p:write("main.lua", "local new = require 'lib.new'\n" .. MAIN)
  local w <close> = start(p, "main.lua")
  w:expect "first run: waiting for a fix"
  w:expect "module 'lib.new' not found"
  p:sh "mkdir lib && sleep 0.2 && echo 'return {}' >lib/new.lua"
  w:expect ": 2 ran in "
end)

check.test("a step that fails is told with its error, and runs again when it may have been mended", function()
  local p <close> = project()
  local w <close> = start(p, "main.lua")
  w:expect "first run"
  p:write("helper.lua", "return { size = function() error 'no luck' end }")
  w:expect "helper.lua changed: 1 cached, 1 failed in "
  w:expect "step count: helper.lua:1: no luck"
  w:expect "rille show sizes-"
  p:write("helper.lua", "return { size = function(text) return #text * 10 end }")
  w:expect "helper.lua changed: 1 ran, 1 cached in "
  check.eq(result(p), "40")
end)

check.test("files that an editor renames over others, moves away and writes again are seen", function()
  local p <close> = project()
  local w <close> = start(p, "main.lua")
  w:expect "first run"
  p:sh "echo three >data.tmp && mv data.tmp data.txt"                                     -- an atomic save
  w:expect "data.txt changed: 2 ran"
  check.eq(result(p), "6")
  p:sh "mv data.txt data.txt~ && echo fifteen >data.txt && rm data.txt~"                  -- as vim does
  w:expect "data.txt changed: 2 ran"
  check.eq(result(p), "8")
  p:sh "mv main.lua gone.lua"
  w:expect "main.lua changed: waiting for a fix"
  p:sh "mv gone.lua main.lua"
  w:expect "main.lua changed: nothing to do"
end)

check.test("many saves in a row are one change", function()
  local p <close> = project()
  local w <close> = start(p, "main.lua")
  w:expect "first run"
  p:sh "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i-$i-$i >data.txt; sleep 0.01; done"
  w:expect "data.txt changed: "
  pause(0.5)
  local rounds = 0
  for _, line in ipairs(w:lines()) do rounds = rounds + (line:find("data.txt changed", 1, true) and 1 or 0) end
  check.ok(rounds <= 2, rounds)
  check.eq(result(p), "9")
end)

check.test("an edit while a round runs is seen after it", function()
  local p <close> = project()
  p:write("helper.lua", "return { size = function(text) os.execute 'sleep 0.6' return #text end }")
  local w <close> = start(p, "main.lua")
  pause(0.4)
  p:write("data.txt", "three\n")
  w:expect "first run"
  w:expect "data.txt changed: 2 ran"
  check.eq(result(p), "6")
end)

check.test("folders that steps list, rille.dir and what a step writes itself", function()
  local p <close> = project()
  p:sh "mkdir -p all/sub && echo 1 >all/sub/a"
  p:write("main.lua", [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local sizes = step "sizes" { inputs = { t.dir "d" }, outputs = { t.integer "n" }, run = function(d)
  local n = 0
  for line in io.lines(d.path .. "/sub/a") do n = n + #line end
  local f = io.open("report.txt", "w")
  f:write(n)
  f:close()
  return n
end }
return pipeline "sizes" { define = function() sizes { d = rille.dir "all" } end }
]])
  local w <close> = start(p, "main.lua")
  w:expect "first run: 1 ran"
  w:silence(0.3)
  p:write("all/sub/a", "22")
  w:expect "all/sub/a changed: 1 ran"
  p:write("all/sub/b", "3")
  w:expect "all/sub/b changed: "
  w:silence(0.3)
end)

check.test("the script that a command step runs counts", function()
  local p <close> = project()
  p:write("size.sh", "wc -c <\"$1\" | tr -d '\\n ' >\"$2\"\n")
  p:write("main.lua", [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local size = step "size" { inputs = { t.file "f" }, outputs = { t.integer "n" }, command = { "sh", "size.sh", "{inputs.f}", "{outputs.n}" } }
return pipeline "sizes" { define = function() size { f = rille.file "data.txt" } end }
]])
  local w <close> = start(p, "main.lua")
  w:expect "first run: 1 ran"
  p:write("size.sh", "echo 7 >\"$2\"\n")
  w:expect "size.sh changed: 1 ran"
  check.eq((p:rille("artifact get sizes::size::n").out:gsub("%s+$", "")), "7")
  p:write("data.txt", "another\n")
  w:expect "data.txt changed: 1 ran"
end)

check.test("the files of --config and --input count", function()
  local p <close> = project()
  p:write("main.lua", [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
local add = step "add" { inputs = { t.vector "X" }, params = { to = 0 }, outputs = { t.number "n" }, run = function(X, p) return X:sum() + p.to end }
return pipeline "sizes" { params = { to = 1 }, inputs = { t.vector "X" }, define = function(p, s) add { X = s.X, to = p.to } end }
]])
  p:write("x.csv", "x\n1\n2\n")
  p:write("c.yaml", "parameters: { to: 10 }\n")
  local w <close> = start(p, "main.lua --input X=x.csv --config c.yaml")
  w:expect "first run: 1 ran"
  p:write("x.csv", "x\n1\n2\n3\n")
  w:expect "x.csv changed: 1 ran"
  p:write("c.yaml", "parameters: { to: 20 }\n")
  w:expect "c.yaml changed: 1 ran"
  check.eq((p:rille("artifact get sizes::add::n").out:gsub("%s+$", "")), "26.0")
end)

check.test("with --json an event a line; SIGTERM ends it with 143", function()
  local p <close> = project()
  local w <close> = start(p, "main.lua --set by=3 --json")
  local first = json.decode(w:expect '"event":"round"')
  check.eq({ first.status, first.counts.ran, #first.changed }, { "completed", 2, 0 })
  p:write("data.txt", "five\n")
  local second = json.decode(w:expect '"data.txt"')
  check.eq({ second.changed, second.status }, { { "data.txt" }, "completed" })
  check.eq(result(p), "15")
  check.eq(w:stop "TERM", 143)
end)

check.test("wrong use is told: no file, a folder, an unknown option", function()
  local p <close> = project()
  local r = p:rille "watch nothing.lua"
  check.eq(r.code, 2)
  check.has(r.err, "nothing.lua: No such file or directory")
  r = p:rille "watch ."
  check.eq(r.code, 2)
  check.has(r.err, "is a folder, not a script")
  check.eq(p:rille("watch main.lua --sett a=1").code, 2)
  check.eq(p:rille("watch").code, 2)
end)

check.done()
