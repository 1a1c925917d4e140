-- of_values_test.lua -- several values in one plot, a scatter of two, metrics, numbers by name.
package.path = "../../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local of_values = require "rille.show.plot.of_values"
local plot = require "rille.show.plot"
local text_width = require "rille.base.text_width"

local function made(list, options)
  options = options or {}
  options.title, options.y = options.title or "v", options.y or {}
  return of_values(list, options)
end

local function text(list, options, size)
  return plot.text(assert(made(list, options)), size or { columns = 30, lines = 10 })
end

local SERIES <const> = { steps = { 10, 20, 30 }, values = { 3.0, 2.0, 1.0 }, times = { 0, 1, 2 } }

check.test("several vectors are lines with a key", function()
  local drawn = assert(made { { "a", { 1, 2, 3 } }, { "b", array.from { 3, 2 } } })
  check.eq(drawn.kind, "line")
  check.eq(#drawn.series, 2)
  check.eq(drawn.series[2].name, "b")
  check.has(text { { "a", { 1, 2 } }, { "b", { 2, 1 } } }, "* a  + b\n")
end)

check.test("two values against each other are points; more are as many series", function()
  local drawn = assert(made({ { "x", { 1, 2, 3 } }, { "y", { 4, 5, 6 } }, { "z", { 7, 8, 9 } } }, { scatter = true }))
  check.eq(drawn.kind, "scatter")
  check.eq(drawn.x, "x")
  check.eq(#drawn.series, 2)
  check.eq(drawn.series[1].x[3], 3)
  check.eq(drawn.series[1].y[3], 6)
  local _, message = made({ { "x", { 1, 2, 3 } }, { "y", { 4 } } }, { scatter = true })
  check.eq(message, "x has 3 values and y has 1 value; the points of a scatter need as many of both")
end)

check.test("the values of a metric stand at their steps; a table of metrics is a line each", function()
  local drawn = assert(made { { "loss", SERIES } })
  check.eq(drawn.x, "step of the metric")
  check.eq(drawn.series[1].x[3], 30)
  check.eq(#assert(made { { "s", { acc = SERIES, loss = SERIES } } }).series, 2)
  check.eq(assert(made({ { "loss", SERIES } }, { histogram = true })).kind, "bars")
end)

check.test("what is no vector is named", function()
  local _, message = made { { "a", { 1 } }, { "b", "text" } }
  check.has(message, "b is ")
  check.has(message, "several values are drawn together where each is a vector")
end)

check.test("numbers by name are bars from zero, to the left where they are negative", function()
  check.eq("\n" .. text { { "v", { apples = 12, pears = 3, plums = -6, none = 0 } } }, [[

v
apples        ████████████▋ 12
none           0
pears         ███▏ 3
plums   ██████ -6
]])
  check.eq("\n" .. text({ { "v", { a = 2, b = 1 } } }, nil, { columns = 20, ascii = true }), [[

v
a  ############### 2
b  ######## 1
]])
end)

check.test("bars of odd numbers: none finite is said, huge ones fit, wide names are aligned", function()
  local _, message = made { { "v", { a = 0 / 0 } } }
  check.eq(message, "there are no finite values to draw")
  check.has(text { { "v", { a = 1e308, b = -1e308, c = 1 / 0, d = 0 / 0, e = 1 } } }, "inf\n")
  local many = {}
  for i = 1, 100 do many["name" .. i] = i end
  local drawn = assert(made { { "v", many } })
  check.eq(drawn.notes[1], "40 more names not drawn")
  for _, columns in ipairs { 20, 40, 80 } do
    for _, v in ipairs { { ["日本語"] = 3, b = 2 }, many, { [("x"):rep(90)] = 1, b = -1 } } do
      for line in text({ { "v", v } }, nil, { columns = columns }):gmatch "[^\n]+" do
        check.ok(text_width.width(line) <= columns, line)
      end
    end
  end
end)

check.test("bars as SVG have a name, a number and a bar each", function()
  local svg = plot.svg(assert(made { { "v", { ["a<b"] = 2, c = -1 } } }))
  check.has(svg, "a&lt;b")
  check.has(svg, ">-1</text>")
  check.eq(select(2, svg:gsub('<rect class="f1"', "")), 2)
end)

check.done()
