-- vector_test.lua -- numbers of columns, and few points that look like many.
package.path = "../../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local json = require "rille.json"
local vector = require "rille.show.plot.vector"

check.test("arrays, lists and booleans are vectors; texts are none", function()
  check.eq(vector.of(array.from { 1.5, 2 }).kind, "number")
  check.eq(vector.of(array.from { 1, 2 }).kind, "integer")
  check.eq(vector.of(array.from { true, false }).read(1, 2)[1], 1)
  check.eq(vector.of({ 1, true, json.null }).read(1, 2)[2], 1)
  check.eq(vector.of { "a" }, nil)
  check.eq(vector.of { x = 1 }, nil)
  check.eq(vector.of(array.zeros { 2, 2 }), nil)
end)

check.test("a line of a million points keeps its highest and lowest ones", function()
  local a = array.zeros { 1000000 }
  a:set(123457, 50)
  a:set(876543, -70)
  local points = vector.line(vector.counting(#a), vector.of(a))
  check.ok(#points.x < 5000, #points.x .. " points")
  local at = {}
  for i, v in ipairs(points.y) do if v ~= 0 then at[#at + 1] = points.x[i] .. "=" .. v end end
  check.eq(table.concat(at, " "), "123457=50.0 876543=-70.0")
  check.eq(points.x[1], 1)
  check.eq(points.x[#points.x], 1000000)
end)

check.test("what is not finite is a gap, and counted", function()
  local points = vector.line(vector.counting(5), vector.of { 1, 0 / 0, 3, math.huge, 5 })
  check.eq(points.hidden, 2)
  local shown = {}
  for i, v in ipairs(points.y) do shown[i] = v == v and tostring(v) or "gap" end
  check.eq(table.concat(shown, " "), "1 gap 3 gap 5")
  local scattered = vector.scatter(vector.of { 1, 2, 0 / 0 }, vector.of { 1, 0 / 0, 3 })
  check.eq(#scattered.x .. " " .. scattered.hidden, "1 2")
end)

check.test("of many points of a scatter those in one place are one", function()
  local x, y = array.random({ 200000 }, 1), array.zeros { 200000 }
  local points = vector.scatter(vector.of(x), vector.of(y))
  check.ok(#points.x <= 1001, #points.x .. " points")
end)

check.test("counts are in bins, the last with its end", function()
  check.eq(table.concat(vector.counts(vector.of { 0, 1, 1, 2, 0 / 0 }, 0, 1, 2), " "), "1 3")
end)

check.done()
