-- What runs at the prompt record of the session: its entries once, in whatever number of runs.

package.path = "../lib/?.lua;" .. package.path
local at_prompt = require "at_prompt"
local check = require "check"
local scratch = require "scratch"

local test, READY = check.test, at_prompt.READY

local SESSION <const> = [[
local step, t = rille.step, rille.types
local k = 3
local made = step "made" { outputs = { t.integer "n" }, run = function() return k end }
local p = rille.pipeline "p" { define = function() made {} end }
]]

local function answer(project, sql) return project:sh('sqlite3 .rille/meta.db "' .. sql .. '"').out end

test("a run names a list of the entries since the run before; the store has each entry once", function()
  local project <close> = scratch.new()
  project:write("entries", SESSION .. ("p:run {};\n"):rep(20) .. "for i = 1, 20 do p:run {} end\n")
  check.eq(project:sh("$RILLE repl < entries").code, 0)
  check.eq(answer(project, "select count(*) from run"), "40\n")
  check.eq(answer(project, "select count(*) from source"), "21\n")
  check.eq(answer(project, "select count(*) from source where instr(text, 'local k = 3') > 0"), "1\n")
  check.eq(answer(project, "select max(length(sources)) < 200 from run"), "1\n")
end)

test("entries of any bytes, and between files that were loaded, are there as they were", function()
  local project <close> = scratch.new()
  project:write("word.lua", "return 'w'\n")
  project:write("entries", "text = 'a\xff\\0'\nlong = [[a\n\nb]]\nword = require 'word'\n" .. SESSION .. "p:run {};\n")
  check.eq(project:sh("$RILLE repl < entries").code, 0)
  project:write("word.lua", "return 'another'\n")
  local r = project:sh("echo 'step()' | $RILLE repl --at p@-1/made")
  check.has(r.out, "n: same as recorded\n3\n", r.err)
  check.has(project:rille("verify p@-1").out, "all intact")
  check.has(project:rille("show p@-1/made --source").out, "function() return k end")
end)

test("an entry that was interrupted is not done again; another value than the recorded one has its cause", function()
  local project <close> = scratch.new()
  at_prompt.play(project, {
    READY .. ":keys:t = rille.types T = {n=0}^M",
    READY .. ':keys:S = rille.step "S" { outputs={t.any "x"}, run=function() return T.n > 0 end }^M',
    READY .. ':keys:P = rille.pipeline "P" { define = function() S() end }^M',
    READY .. ":keys:while true do T.n = T.n + 1 if T.n == 9 then io.write('go', 'ing') io.flush() end end^M",
    '"going":keys:^C', READY .. ":keys:P:run{};^M", READY .. ":keys:.quit^M" })
  local shown = project:sh("echo 'step()' | $RILLE repl --at P@-1/S")
  check.has(shown.out, "x: false (recorded true)\nlikely cause: the code of that day cannot be rebuilt exactly: ")
  check.has(shown.out, "false")
end)

test("a list that is damaged, or gone, is told by verify", function()
  local project <close> = scratch.new()
  project:write("entries", SESSION .. "p:run {};\nlocal more = 1\np:run {};\n")
  check.eq(project:sh("$RILLE repl < entries").code, 0)
  answer(project, "delete from source where instr(text, 'before -')")
  local r = project:rille("verify p@-1")
  check.eq(r.code, 5)
  check.has(r.out .. r.err, "source of the prompt's entries is missing from the metadata")
end)

check.done()
