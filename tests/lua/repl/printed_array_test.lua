-- Arrays as the prompt shows them.

package.path = "../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local printed = require "rille.repl.printed"
local text_width = require "rille.base.text_width"

local test = check.test

local LIMITS <const> = { blocks = true }
for name, v in next, printed.LIMITS do LIMITS[name] = v end

local function shown(v, width) return (printed.text(v, width or 80, LIMITS)) end

test("few elements are shown as tostring shows them", function()
  for _, a in ipairs { array.from { 1, 2, 3 }, array.from { { 1.5, 2 }, { 3, 4.25 } }, array.zeros { 2, 2, 2 },
    array.zeros { 0 }, array.from { true, false } } do
    check.eq(shown(a), tostring(a))
  end
end)

test("a long vector has its ends, what is left out, a line of blocks and its range", function()
  check.eq(shown(array.arange(1, 500), 40), [[
[  1    2    3    4    5    6    7
   8    9   10   11   12   13   14
 … 472 more
 487  488  489  490  491  492  493
 494  495  496  497  498  499  500]
i64 {500}
▁▁▁▂▂▃▃▄▄▅▅▆▆▇▇███  1 to 500, mean 250.5]])
  check.eq((printed.text(array.arange(1, 9), 40)), "[1  2  3  4  5  6  7  8  9]  i64 {9}")
end)

test("a large matrix has its corners", function()
  check.eq(shown(array.zeros { 40, 30 }, 30), [==[
[[0.0  0.0  …  0.0  0.0]
 [0.0  0.0  …  0.0  0.0]
 [0.0  0.0  …  0.0  0.0]
 [0.0  0.0  …  0.0  0.0]
 [0.0  0.0  …  0.0  0.0]
 … 32 more rows
 [0.0  0.0  …  0.0  0.0]
 [0.0  0.0  …  0.0  0.0]
 [0.0  0.0  …  0.0  0.0]]
f64 {40, 30}]==])
end)

test("more axes: the first and the last of each", function()
  local text, is_cut = printed.text(array.zeros { 9, 8, 7, 6 }, 60)
  check.eq(is_cut, true)
  check.has(text, "… 7 more")
  check.has(text, "… 6 more")
  check.has(text, "… 2 more rows")
  check.ok(select(2, text:gsub("\n", "")) < 40, text)
end)

test("numbers of an array are written alike; what is not finite is named", function()
  check.eq(shown(array.from { 0.5, 0 / 0, -1 / 0 }), "[ 0.5   nan  -inf]  f64 {3}")
  check.eq(shown(array.from { 1e300, 1e-300 }),
    "[1.0000e+300  1.0000e-300]  f64 {2}")
  local a = array.arange(20):astype "f64"
  a[3] = 0 / 0
  check.has(shown(a), ", 1 not finite")
end)

test("no line is wider than the terminal", function()
  for _, a in ipairs { array.normal({ 1000 }, 1), array.normal({ 50, 50 }, 1), array.normal({ 3, 50, 50 }, 1),
    array.integers(0, 2 ^ 40 // 1, { 30 }, 3) } do
    for _, width in ipairs { 40, 60, 80, 200 } do
      for line in shown(a, width):gmatch "[^\n]+" do check.ok(text_width.width(line) <= width, line) end
    end
  end
end)

test("for files and pipes all elements are there, and no blocks", function()
  local text, is_cut = printed.text(array.arange(1, 500), 40, printed.NONE)
  check.eq(is_cut, false)
  local n = 0
  for number in text:match "^%[(.*)%]":gmatch "%d+" do
    n = n + 1
    check.eq(math.tointeger(number), n)
  end
  check.eq(n, 500)
  check.eq(text:match "[^\n]*$", " 498  499  500]  i64 {500}")
  local _, rows = printed.text(array.zeros { 40, 30 }, 80, printed.NONE):gsub("%[0.0", "")
  check.eq(rows, 40)
end)

check.done()
