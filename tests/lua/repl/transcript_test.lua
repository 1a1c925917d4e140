-- The texts of a session's entries, in a file.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local saved = require "rille.repl.saved"
local tokens = require "rille.repl.tokens"
local transcript = require "rille.repl.transcript"

local test = check.test

test("texts are found by their number and by their name, the newest of one number", function()
  local t = transcript.new()
  t:put(1, "one")
  t:put(2, "two\n\0")
  t:put(1, "uno")
  check.eq(t:text(1), "uno")
  check.eq(t:text(2), "two\n\0")
  check.eq(t:text(3), nil)
  local texts = t:by_name()
  check.eq(texts["In[2]"], "two\n\0")
  check.eq(texts["main.lua"], nil)
  texts["main.lua"] = "script"
  check.eq(texts["main.lua"], "script")
end)

test("those that succeeded, in order", function()
  local t = transcript.new()
  t:put(1, "one")
  t:succeeded(1, "one")
  t:put(2, "bad")
  t:succeeded(2, "part of two")
  local list = {}
  for i, text in t:each_success() do list[i] = text end
  check.eq(table.concat(list, ","), "one,part of two")
end)

test("what leaves an entry early", function()
  for _, text in ipairs { "if a then return end", "do return 1 end", "goto x", "::x::",
    "for i = 1, 2 do return i end" } do
    check.eq(tokens.leaves_early(text), true, text)
  end
  for _, text in ipairs { "return 1", "local function f() if a then return end end", "a.b:c()", "x = 'goto'" } do
    check.eq(tokens.leaves_early(text), false, text)
  end
end)

test("a session as a script", function()
  check.eq(saved.script { "local a = 1", "local a = 2", "a + 1", "f(a)", "(a or b)()" },
    "local a = 1\n      a = 2\nprint(a + 1)\nf(a)\n;(a or b)()\n")
  check.eq(saved.script { "rille.version" }, ("local rille = require %q\nprint(rille.version)\n"):format "rille")
  check.eq(saved.script { "1;", "-- from a.lua\nlocal x = 1\nreturn x" },
    "do local _ = 1 end\n-- from a.lua\nlocal x = 1\ndo local _ =  x\nend\n")
end)

check.done()
