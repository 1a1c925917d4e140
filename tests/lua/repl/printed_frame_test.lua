-- Frames as the prompt shows them.

package.path = "../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local frame = require "rille.frame"
local printed = require "rille.repl.printed"
local text_width = require "rille.base.text_width"

local test = check.test

local function shown(v, width) return printed.text(v, width or 80) end

test("a small frame is a table with the kinds of its columns", function()
  check.eq((shown(frame.new { { "name", { "Ada", "日本語", "Zoë" } }, { "n", array.from { 1, 20, 3 } },
    { "x", array.from { 0.5, 0.25, 0 / 0 } } })), [[
name      n     x
text    i64   f64
Ada       1  0.50
日本語   20  0.25
Zoë       3   nan
3 rows, 3 columns]])
end)

local function wide_frame(columns, rows)
  local list = {}
  for k = 1, columns do list[k] = { "column_" .. k, array.arange(1, rows) } end
  return frame.new(list)
end

test("columns that do not fit are counted and named, the last one is there", function()
  local text, is_cut = shown(wide_frame(9, 2), 40)
  check.eq(text, [[
column_1  column_2  …  column_9
     i64       i64  …       i64
       1         1  …         1
       2         2  …         2
… 6 more columns: column_3, column_4,
  column_5, column_6, column_7, column_8
2 rows, 9 columns]])
  check.eq(is_cut, true)
  check.has(shown(wide_frame(99, 2), 40), "… 96 more columns: column_3, column_4,\n  column_5, column_6, column_7, …")
end)

test("cells are narrower where all columns fit by that", function()
  local f = frame.new { { "a name that is rather long", array.from { 1 } }, { "n", array.from { 2 } },
    { "another long name here", array.from { 3 } } }
  check.eq((shown(f, 40)), [[
a name that i…    n  another long …
           i64  i64             i64
             1    2               3
1 row, 3 columns]])
end)

test("of many rows the first and the last are there", function()
  local text = shown(wide_frame(1, 100))
  check.has(text, "       8\n… 89 more rows\n      98\n      99\n     100\n100 rows, 1 column")
end)

test("long texts are cut at a cell's width; control characters do not act", function()
  local f = frame.new { { "t", { ("x"):rep(50), "a\nb\27[1m" } } }
  check.has(shown(f), ("x"):rep(29) .. "…\n")
  check.has(shown(f), "a\\nb\\x1b[1m")
end)

test("no line is wider than the terminal", function()
  local f = frame.new { { ("name"):rep(20), { ("x"):rep(100) } }, { "日本", { ("語"):rep(50) } },
    { "n", array.from { 1.5 } } }
  for _, width in ipairs { 30, 60, 80, 120 } do
    for line in shown(f, width):gmatch "[^\n]+" do check.ok(text_width.width(line) <= width, line) end
  end
end)

test("for files and pipes all rows, columns and texts are there", function()
  local text, is_cut = printed.text(frame.new { { "t", { ("x"):rep(50) } } }, 80, printed.NONE)
  check.has(text, ("x"):rep(50) .. "\n")
  check.eq(is_cut, false)
  local whole = printed.text(wide_frame(60, 100), 40, printed.NONE)
  check.eq(select(2, whole:gsub("\n", "")), 102)
  check.ok(not whole:find "…", whole)
end)

test("a frame without columns and one without rows", function()
  check.has(shown(frame.new { { "a", {} } }), "0 rows, 1 column")
end)

test("a column of text that holds numbers comes with advice", function()
  check.has(shown(frame.new { { "price", { "1,5", "2,5" } } }), 'column "price" is text; csv.read reads numbers with ')
end)

check.done()
