-- format_test.lua -- times, sizes and tables for people: rille.base.format.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local paint = require "rille.base.format"

check.test("seconds in the unit that reads well", function()
  local cases = { { 0, "0 us" }, { 0.0000421, "42 us" }, { 0.0009, "900 us" }, { 0.00095, "0.9 ms" },
    { 0.001, "1.0 ms" }, { 0.0042, "4.2 ms" },
    { 0.0994, "99.4 ms" }, { 0.0996, "100 ms" }, { 0.5, "500 ms" }, { 0.9949, "995 ms" }, { 0.9951, "1.00 s" },
    { 1.234, "1.23 s" },
    { 99.4, "99.40 s" }, { 99.6, "1 min 39 s" }, { 100, "1 min 40 s" }, { 119.9, "1 min 59 s" },
    { 3600, "60 min 00 s" }, { 7325, "122 min 05 s" } }
  for _, case in ipairs(cases) do check.eq(paint.seconds(case[1]), case[2]) end
end)

check.test("bytes in the unit that reads well", function()
  local cases = { { 0, "0 B" }, { 1023, "1023 B" }, { 1024, "1.0 KiB" }, { 10 * 1024, "10 KiB" },
    { 1024 * 1024, "1.0 MiB" }, { 1023.9 * 1024 * 1024, "1.0 GiB" },
    { 5 * 1024 ^ 4, "5.0 TiB" }, { 5000 * 1024 ^ 4, "5000 TiB" } }
  for _, case in ipairs(cases) do check.eq(paint.bytes(math.tointeger(case[1]) or case[1]), case[2]) end
end)

check.test("counts with commas", function()
  local cases = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 12345, "12,345" }, { 1234567, "1,234,567" },
    { -1234, "-1,234" } }
  for _, case in ipairs(cases) do check.eq(paint.count(case[1]), case[2]) end
  check.eq(paint.plural(1, "step"), "1 step")
  check.eq(paint.plural(0, "step"), "0 steps")
  check.eq(paint.plural(1000, "step"), "1,000 steps")
end)

check.test("times for programs are UTC with milliseconds", function()
  check.eq(paint.iso(0), "1970-01-01T00:00:00.000Z")
  check.eq(paint.iso(1234567890.1239), "2009-02-13T23:31:30.123Z")
end)

check.test("a table's columns are as wide as their widest cell; > stands to the right", function()
  check.eq(paint.table({ "name", ">n", "" }, { { "a", 1, "x" }, { "longer", 1000, "" } }),
    "name       n\na          1  x\nlonger  1000\n")
end)

check.test("cells may be missing, painted, of any kind, or of several bytes a letter", function()
  check.eq(paint.table({ "a", "b", "c" }, { { "é", { "red", "red" }, true }, { nil, false } }),
    "a  b      c\né  red    true\n   false\n")
end)

check.test("a table without rows is its head", function()
  check.eq(paint.table({ "a", ">b" }, {}), "a  b\n")
end)

check.test("text that is no UTF-8 has a width too", function()
  check.eq(paint.table({ "a", "b" }, { { "\255\254", 1 } }), "a   b\n\255\254  1\n")
end)

check.test("nothing is painted that is no terminal", function()
  check.eq(paint.in_colour("red", "x"), "x")
  check.eq(paint.status("completed"), "completed")
  check.eq(paint.status("ran", 2, 6), "ran   ")
  check.eq(paint.status("of another kind"), "of another kind")
end)

check.done()
