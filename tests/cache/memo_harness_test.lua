-- What judges the memos (lib/memo_oracle.lua) finds differences, and no others.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local memo_oracle = require "memo_oracle"

local TWO <const> = [[
local rille = require "rille"
local t = rille.types
local a = rille.step "a" { params = { v = 1 }, outputs = { t.integer "x" }, run = function(p)
  print(io.open "data.txt":read "a", os.getenv "MODE")
  return p.v
end }
local b = rille.step "b" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x) return x + 1 end }
return rille.pipeline "p" { params = { v = 1 }, define = function(p) b { x = a { v = p.v } } end }
]]

local function two(lives)
  local h = memo_oracle.history(lives)
  h:write("main.lua", TWO)
  h:write("data.txt", "data")
  h:runs(3, { env = { MODE = "fast" } })
  h:edit("x + 1", "x + 2")
  h:run { args = "--set v=5 --name own --tag t -j 1" }
  h:run { args = "-v -j 1" }
  h:run { args = "--json -j 1" }
  for _, command in ipairs { "show p@-1", "show p@-1 --json", "why b", "lineage p::b::y", "runs", "artifact list",
    "log own" } do h:rille(command) end
  h:judge()
  return h
end

check.test("a history that is lived twice without memos is the same", function()
  local h <close> = two { "off", "off" }
  h:live()
end)

check.test("a row that differs, a printed line, an object and a stale output are found", function()
  for what, command in pairs {
    ["rows, line"] = [[sqlite3 .rille/meta.db "update run set counts = '{}' where row = 2"]],
    [", out, line"] = "echo differs", ["files, line"] = "touch .rille/tmp/more", STALE = [[
      sqlite3 .rille/meta.db "update edge set artifact = 1 where role = 1"]],
  } do
    local h <close> = two { "off", "on" }
    table.insert(h.ops, #h.ops, { sh = string.format('if [ $RILLE_MEMO = on ]; then %s; fi', command), compared = true
      })
    check.raises(function() h:live() end, what)
  end
end)

check.done()
