-- compare_value_test.lua -- what differs between two values: rille.query.compare_value.
local array = require "rille.array"
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local compare = require("rille.query.compare_value").values
local frame = require "rille.frame"

check.test("scalars: a and b, and the difference of numbers", function()
  check.eq(compare(1, 3), { kind = "value", a = 1, b = 3, delta = 2 })
  check.eq(compare(true, false), { kind = "value", a = true, b = false })
  check.eq(compare("a", "b"), { kind = "value", a = "a", b = "b" })
  check.eq(compare("a", 1), { kind = "value", a = "a", b = 1 })
  check.eq(compare(nil, 1), { kind = "value", b = 1 })
end)

check.test("strings of several lines are compared by line, very long ones are not", function()
  check.eq(compare("a\nb\n", "a\nc\n"), { kind = "text", lines = { { "-", "b" }, { "+", "c" } } })
  check.eq(compare(("x\n"):rep(40000), "x\n").kind, "value")
end)

check.test("tables: the first cells that differ, and how many there are", function()
  local a, b = {}, {}
  for i = 1, 100 do a[i], b[i] = i, i % 2 == 0 and i or -i end
  local d = compare(a, b)
  check.eq({ d.kind, d.differing, #d.cells, d.cells[1] }, { "table", 50, 10, { path = "[1]", a = 1, b = -1 } })
  check.eq(compare({ x = 1, [true] = 2, [2] = 3, [1.5] = 4 }, { x = 1.0, [false] = 2, [2] = 3, [1.5] = 4 }).differing,
    3)
  check.eq(compare({ a = { b = { 1 } } }, { a = { b = 1 } }).cells[1].path, "a.b")
  check.eq(compare({ ["a b"] = 0 / 0 }, { ["a b"] = 0 / 0 }).differing, 0)
  check.eq(compare({ 1 }, { 1, 2 }).cells, { { path = "[2]", b = 2 } })
end)

check.test("arrays of every type: how many, where the largest, the norm", function()
  for _, dtype in ipairs { "u8", "i32", "i64", "f32", "f64" } do
    local d = compare(array.from({ { 1, 2 }, { 3, 4 } }, dtype), array.from({ { 1, 2 }, { 6, 0 } }, dtype))
    check.eq({ d.elements, d.differing, d.max, d.at, d.norm }, { 4, 2, 4.0, { 2, 2 }, 5.0 }, dtype)
  end
  local d = compare(array.from { true, false }, array.from { true, true })
  check.eq({ d.differing, d.at, d.a, d.b }, { 1, { 2 }, false, true })
  check.eq(compare(array.from({ 1 }, "i64"), array.from({ 1 }, "f64")).differing, 0)
  check.eq(compare(array.zeros({ 0 }), array.zeros({ 0 })).differing, 0)
  check.eq(compare(array.zeros({ 2 }), array.zeros({ 3 })).differing, nil)
  check.eq(compare(array.zeros({ 2, 3, 4 }), array.zeros({ 2, 3, 4 })).differing, 0)
  check.eq(compare(array.from { 1 / 0 }, array.from { -1 / 0 }).max, 1 / 0)
end)

check.test("arrays longer than a piece are compared to their end", function()
  local a, b = array.zeros { 1 << 20 | 3 }, array.zeros { 1 << 20 | 3 }
  b:set((1 << 20) + 2, 3)
  b:set(7, -4)
  local d = compare(a, b)
  check.eq({ d.differing, d.max, d.at, d.norm }, { 2, 4.0, { 7 }, 5.0 })
end)

check.test("frames: columns that came and went, cells by column, rows", function()
  local a = frame.new { { "x", array.from { 1, 2, 3 } }, { "s", { "a", "b", "c" } }, { "old", array.from { 1, 1, 1 } } }
  local b = frame.new { { "x", array.from { 1, 5 } }, { "s", { "a", "B" } }, { "new", array.from { 1, 1 } } }
  local d = compare(a, b)
  check.eq({ d.rows, d.added, d.removed }, { { 3, 2 }, { "new" }, { "old" } })
  check.eq(d.columns[1], { name = "x", differing = 2, row = 2, a = 2, b = 5, max = 3.0 })
  check.eq(d.columns[2], { name = "s", differing = 2, row = 2, a = "b", b = "B" })
  local text = compare(frame.new { { "x", array.from { 1, 2 } } }, frame.new { { "x", { "1", "2" } } })
  check.eq(text.columns[1].differing, 2)
  local bool = compare(frame.new { { "x", array.from { 1, 0 } } }, frame.new { { "x", array.from { true, false } } })
  check.eq(bool.columns[1].differing, 2)
end)

check.test("values of two kinds are told as such", function()
  check.eq(compare(array.from { 1 }, { 1 }), { kind = "value", a = "a vector of 1", b = { 1 } })
  local null = require("rille.json").null
  check.eq(compare({ a = null }, { a = 1 }).cells, { { path = "a", a = null, b = 1 } })
  check.eq(compare({ a = null, 1, null }, { a = null, 1, null }).differing, 0)
  local one, two = { array.from { 1, 2 }, array.from { 1 } }, { array.from { 1, 2 }, array.from { 2 } }
  check.eq(compare(one, two),
    { kind = "table", differing = 1,
      cells = { { path = "[2]", a = "a vector of 1", b = "a vector of 1, 1 of 1 elements differs" } } })
end)

check.done()
