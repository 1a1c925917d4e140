-- sparkline_test.lua -- numbers as a line of blocks.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local sparkline = require "rille.show.sparkline"

check.test("the least is the lowest block, the largest the highest", function()
  check.eq(sparkline({ 0, 1, 2, 3, 4, 5, 6, 7 }, 20), "▁▂▃▄▅▆▇█")
  check.eq(sparkline({ 5, 5 }, 20), "▅▅")
  check.eq(sparkline({}, 20), "")
end)

check.test("many values are means of groups", function()
  check.eq(sparkline({ 0, 0, 1, 1 }, 2), "▁█")
  local many = {}
  for k = 1, 1000 do many[k] = k end
  check.eq(utf8.len(sparkline(many, 32)), 32)
end)

check.test("what is no finite number is a blank", function()
  check.eq(sparkline({ 0, 0 / 0, 1, math.huge, -math.huge }, 9), "▁ █  ")
end)

check.done()
