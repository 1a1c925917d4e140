-- heat_test.lua -- a matrix as a map of shades.
package.path = "../../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local frame = require "rille.frame"
local heat = require "rille.show.plot.heat"
local of_value = require "rille.show.plot.of_value"
local plot = require "rille.show.plot"
local text_width = require "rille.base.text_width"

local function made(v) return of_value(v, { title = "m", y = {}, heat = true }) end

check.test("each element of a small matrix is a cell, two characters wide", function()
  check.eq("\n" .. plot.text(assert(made(array.from { { 0, 1 }, { 2, 3 } })), { columns = 20, lines = 9 }), [[

m
░░▒▒
▓▓██
0 ░▒▓█ 3
]])
  check.has(plot.text(assert(made { { 0, 1 }, { 2, 3 } }), { columns = 20, ascii = true }), "\n..::\n++##\n0 .:+# 3\n")
end)

check.test("of a large one each cell is a mean, and no line is too wide", function()
  local map = heat.of(array.from { { 1, 3, 5, 7 }, { 1, 3, 5, 7 } }, 1, 2)
  check.eq(map.rows[1][1], 2.0)
  check.eq(map.rows[1][2], 6.0)
  local drawn = assert(made(array.normal({ 300, 200 }, 1)))
  check.eq(drawn.notes[1], "a cell is the mean of several values")
  for _, columns in ipairs { 20, 60, 120 } do
    local text = plot.text(drawn, { columns = columns, lines = 20 })
    check.ok(select(2, text:gsub("\n", "")) <= 20, text)
    for line in text:gmatch "[^\n]+" do check.ok(text_width.width(line) <= columns, line) end
  end
end)

check.test("what is not finite is blank; constant, huge and empty matrices", function()
  check.has(plot.text(assert(made(array.from { { 0, 0 / 0, 1 } })), { columns = 20 }), "\n░░  ██\n")
  check.has(plot.text(assert(made(array.full({ 2, 2 }, 5))), { columns = 20 }), "\n▓▓▓▓\n")
  check.has(plot.text(assert(made(array.from { { -1e308, 1e308 } })), { columns = 20 }), "\n░░██\n")
  check.eq(select(2, made(array.zeros { 0, 3 })), "there are no values to draw")
  check.eq(select(2, made(array.from { { 0 / 0 } })), "there are no finite values to draw")
end)

check.test("a frame of numbers is a matrix; other values are refused", function()
  check.eq(assert(made(frame.new { { "a", array.from { 1, 2 } }, { "b", array.from { 3, 4 } } })).kind, "heat")
  check.has(select(2, made(frame.new { { "a", { "x" } } })), "columns that are not numbers")
  check.has(select(2, made { 1, 2 }), "--heat draws a matrix, and m is ")
end)

check.test("as SVG each cell is a rectangle", function()
  local svg = plot.svg(assert(made(array.from { { 0, 1 }, { 2, 0 / 0 } })))
  check.eq(select(2, svg:gsub('<rect class="f1"', "")), 3)
end)

check.done()
