-- braces_test.lua -- brace expansion as the shell does it: rille.shell.braces.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local braces = require "rille.shell.braces"

check.test("alternatives multiply, also within each other", function()
  check.eq(braces.expand("a{b,c{d,e}}f", 99), { "abf", "acdf", "acef" })
  check.eq(braces.expand("{a,b}{1,2}", 99), { "a1", "a2", "b1", "b2" })
  check.eq(braces.expand("x{,y}", 99), { "x", "xy" })
end)

check.test("a range counts, up or down, with the zeros of its ends", function()
  check.eq(braces.expand("{08..10}", 99), { "08", "09", "10" })
  check.eq(braces.expand("{3..1}", 99), { "3", "2", "1" })
  check.eq(braces.expand("{a..c}", 99), nil)
end)

check.test("quotes, expansions and single braces stay as they are", function()
  check.eq(braces.expand("'{a,b}'{c}", 99), { "'{a,b}'{c}" })
  check.eq(braces.expand("\\{a,b}", 99), { "\\{a,b}" })
  check.eq(braces.expand("${x:-a,b}", 99), { "${x:-a,b}" })
  check.eq(braces.expand("{}", 99), { "{}" })
end)

check.test("too many texts are none", function() check.eq(braces.expand("{1..9}{1..9}", 20), nil) end)

check.done()
