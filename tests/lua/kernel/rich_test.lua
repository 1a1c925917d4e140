-- Values as front ends show them: text that is UTF-8, tables of frames, images.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local date = require "rille.frame.date"
local frame = require "rille.frame"
local rich = require "rille.kernel.rich"

local test = check.test

test("what is no UTF-8 becomes a sign, and the rest stays", function()
  check.eq(rich.clean "größe", "größe")
  check.eq(rich.clean "", "")
  check.eq(rich.clean "\xff", "\u{FFFD}")
  check.eq(rich.clean "a\xc3", "a\u{FFFD}")
  check.eq(rich.clean "a\xffb\xc3\xb6\xe2\x82", "a\u{FFFD}bö\u{FFFD}\u{FFFD}")
  check.eq(#rich.clean(("\xff"):rep(100000)), 300000)
end)

local function html(f) return rich.of(f, tostring(f))["text/html"] end

test("a frame is a table with its names, of dates, texts, numbers and what is missing", function()
  local f = frame.new { { "when <x>", date.new { "2026-01-02", "2026-01-03" } }, { "what", { "a&b", ("ä"):rep(200) } },
    { "n", array.from { 1, 2 } }, { "x", array.from { 0.1, 0 / 0 } } }
  local text = html(f)
  check.has(text, "<th>when &lt;x&gt;</th><th>what</th><th>n</th><th>x</th>")
  check.has(text, "<td>2026-01-02</td><td>a&amp;b</td><td>1</td><td>0.1</td>")
  check.has(text, "<td>" .. ("ä"):rep(99) .. "…</td><td>2</td><td>nan</td>")
  check.ok(not text:find "<p>", text)
end)

test("of a large frame some rows and columns are shown, and how many", function()
  local columns = {}
  for k = 1, 60 do columns[k] = { "c" .. k, array.zeros { 30 } } end
  local text = html(frame.new(columns))
  check.has(text, "<p>20 of 30 rows, 40 of 60 columns</p>")
  check.eq(select(2, text:gsub("<td>", "")), 800)
end)

test("a frame without rows or columns", function()
  check.has(html(frame.new { { "a", {} } }), "<th>a</th>")
  check.has(html(frame.new {}), "<table")
end)

test("other values are text alone; a drawing is an image in base64", function()
  check.eq(rich.of(array.zeros { 2 }, "text")["text/html"], nil)
  local made = rich.of_drawing { svg = "<svg/>", text = "x" }
  check.eq(made["text/html"], '<img src="data:image/svg+xml;base64,PHN2Zy8+">')
  check.eq(rich.of_drawing({ svg = "<svg>1</svg>", text = "" })["text/html"],
    '<img src="data:image/svg+xml;base64,PHN2Zz4xPC9zdmc+">')
  check.eq(rich.of_drawing({ svg = "abcd", text = "" })["text/html"], '<img src="data:image/svg+xml;base64,YWJjZA==">')
  check.eq(rich.of_drawing({ svg = "abcde", text = "" })["text/html"], '<img src="data:image/svg+xml;base64,YWJjZGU=">')
end)

check.done()
