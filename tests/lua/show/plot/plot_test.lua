-- plot_test.lua -- values as drawings, in characters and as SVG.
package.path = "../../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local frame = require "rille.frame"
local of_value = require "rille.show.plot.of_value"
local plot = require "rille.show.plot"
local text_width = require "rille.base.text_width"

local function made(v, options)
  options = options or {}
  options.title, options.y = options.title or "v", options.y or {}
  return of_value(v, options)
end

local function text(v, options, size)
  return plot.text(assert(made(v, options)), size or { columns = 24, lines = 9 })
end

local function message(v, options)
  local drawn, said = made(v, options)
  check.eq(drawn, nil)
  return said
end

check.test("a list of numbers is a line with axes", function()
  check.eq("\n" .. text { 0, 1, 2, 3, 4 }, [[

v
4┤                  ⣀⠤⠒⠉
 │             ⣀⡠⠔⠒⠉
2┤        ⢀⡠⠔⠒⠉
 │    ⣀⠤⠔⠊⠁
0┤⣀⠤⠒⠉
 └─────┬──────────┬─────
       2          4
          index
]])
end)

check.test("without UTF-8 it is drawn in ASCII", function()
  local drawn = text({ 0, 1, 2, 3, 4 }, nil, { columns = 24, lines = 9, ascii = true })
  check.ok(not drawn:find "[\x80-\xff]", drawn)
  check.has(drawn, "4+")
  check.has(drawn, "***")
end)

check.test("several lines are told apart by marks where there is no colour, by colours where there is", function()
  local v = { a = { 1, 2, 3 }, b = { 3, 2, 1 } }
  local drawn = text(v, { y = { "a", "b" } })
  check.has(drawn, "* a  + b\n")
  check.ok(not drawn:find "\xe2[\xa0-\xa3]", drawn)
  local coloured = text(v, { y = { "a", "b" } }, { columns = 24, lines = 9,
    colour = function(name, s) return "<" .. name .. ">" .. s end })
  check.has(coloured, "<cyan>━ a  <magenta>━ b\n")
end)

check.test("no line is wider than asked, at any size", function()
  local v = array.normal({ 500 }, 7)
  for _, columns in ipairs { 20, 40, 60, 80, 200 } do
    for _, options in ipairs { {}, { histogram = true } } do
      local drawn, lines = text(v, options, { columns = columns, lines = 15 }), 0
      for line in drawn:gmatch "[^\n]+" do
        lines = lines + 1
        check.ok(text_width.width(line) <= columns, line)
      end
      check.eq(lines, 15)
    end
  end
end)

check.test("a size that is too small is a small plot", function()
  local drawn = text({ 0.5, 1.25, 3 }, nil, { columns = 1, lines = 1 })
  check.has(drawn, "4┤")
  check.ok(not drawn:find "…", drawn)
end)

check.test("a histogram counts values; few integers have a bar each", function()
  local drawn = assert(made({ 1, 2, 2, 4, 4, 4 }, { histogram = true }))
  local counts = {}
  for i, bin in ipairs(drawn.bins) do counts[i] = bin.text end
  check.eq(table.concat(counts, ", "), "1: 1, 2: 2, 3: 0, 4: 3")
  check.eq(#assert(made(array.normal({ 1000 }, 1), { histogram = true })).bins, 20)
  check.eq(#assert(made({ 2.5, 2.5 }, { histogram = true })).bins, 1)
end)

local F <const> = frame.new { { "day", frame.dates { "2024-01-01", "2024-06-01", "2025-01-01" } },
  { "v", { 1.5, 2, 3 } }, { "city", { "a", "b", "c" } } }

check.test("columns of frames, matrices and tables of lists are named; dates are joined by a line", function()
  check.eq(assert(made(F, { x = "day", y = { "v" } })).kind, "line")
  check.has(text(F, { x = "day", y = { "v" } }, { columns = 60, lines = 10 }), "2024-07")
  local m = array.from { { 1, 2 }, { 3, 4 }, { 5, 1 } }
  check.eq(assert(made(m, { x = "1", y = { "2" } })).kind, "scatter")
  check.eq(assert(made(m, { x = "1", y = { "2" }, lines = true })).kind, "line")
  check.eq(assert(made({ { a = 1 }, { a = 2 } })).kind, "line")
  check.eq(#assert(made(array.zeros { 1, 7 })).series[1].x, 7)
end)

check.test("what cannot be drawn is said in a sentence", function()
  check.eq(message "x",
    "v is a string; a plot shows vectors, matrices, frames, lists of numbers, numbers by name and metrics")
  check.has(message { "a", 1 }, "v is a list with other things than numbers")
  check.has(message(array.zeros { 2, 2, 2 }), "v is an array with 3 axes")
  check.eq(message {}, "there are no values to draw")
  check.eq(message { 0 / 0, math.huge }, "there are no finite values to draw")
  check.eq(message({ -1, 0 }, { log = true }), "--log draws values greater than 0, and there are none")
  check.eq(message(F), "the frame of 3 x 3 has several columns; choose with --y, and --x if wanted: day, v")
  check.eq(message(F, { y = { "city" } }), 'column "city" is text; columns of numbers and dates: day, v')
  check.eq(message(F, { y = { "w" } }), 'the frame of 3 x 3 has no column "w"; available: city, day, v')
  check.eq(message(array.zeros { 2, 3 }, { y = { "4" } }), 'the matrix of 2 x 3 has no column "4"; available: 1, 2, 3')
  check.has(message(F, { y = { "v", "day" }, histogram = true }), "--histogram shows one column")
  check.has(message({ 1, 2 }, { y = { "a" } }), "v has none")
end)

check.test("what is left out is said", function()
  check.eq(assert(made { 1, 0 / 0, 3 }).notes[1], "1 of 3 values is not finite and is left out")
  check.eq(assert(made({ 1, -1, 3 }, { log = true })).notes[1],
    "--log: values that are not greater than 0 are left out")
end)

check.test("a plot as SVG is for light and dark, with a text for each of few points and no script", function()
  local svg = plot.svg(assert(made({ 1, 2, 3 }, { title = "a < b" })))
  check.has(svg, "prefers-color-scheme:dark")
  check.has(svg, "<title>a &lt; b</title>")
  check.has(svg, "<title>2: 2</title>")
  check.ok(not svg:find "<script", svg)
  local many = plot.svg(assert(made(array.normal({ 1000000 }, 1))))
  check.ok(#many < 100000, #many .. " bytes")
  check.has(plot.svg(assert(made({ 1, 2, 2 }, { histogram = true }))), "<title>2: 2</title>")
end)

check.test("a label at the end of the axis stays inside the page", function()
  local svg = plot.svg(assert(made(array.zeros { 1000000 })))
  local x = tonumber(svg:match 'x="([%d.]+)" y="[%d.]+" text%-anchor="middle">1,000,000<')
  check.ok(x and x < 690, "at " .. tostring(x))
end)

check.test("the widest and the narrowest ranges are drawn", function()
  for _, list in ipairs { { -1.7e308, 1.7e308, 0.0 }, { 5e-324, 1e-323 }, { 1.0, 1.0 + 2 ^ -52 } } do
    local lines, bars = made(array.from(list)), made(array.from(list), { histogram = true })
    local n = 0
    for _, bin in ipairs(bars.bins) do
      check.ok(bin.from - bin.from == 0 and bin.to - bin.to == 0 and bin.from <= bin.to)
      n = n + bin.count
    end
    check.eq(n, #list)
    for _, one in ipairs { lines, bars } do
      for height = 4, 12, 4 do check.ok(plot.text(one, { columns = 60, lines = height })) end
      check.ok(not plot.svg(one):find "nan" and not plot.svg(one):find "inf")
    end
  end
end)

check.test("the locale says whether a terminal reads UTF-8", function()
  local is = require("rille.show.plot.text").is_utf8
  check.eq(type(is()), "boolean")
end)

check.done()
