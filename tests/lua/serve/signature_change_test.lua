-- signature_change_test.lua -- how two signatures differ, in a sentence.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local signature_change = require "rille.serve.signature_change"

local function columns(...)
  local list = {}
  for i, text in ipairs { ... } do
    local name, dtype, missing = text:match "^(%w+) (%w+)(%??)$"
    list[i] = { name = name, dtype = dtype, missing = missing == "?" }
  end
  return { input = "frame", columns = list }
end

local function array(width) return { input = "array", width = width, dtype = "f64", missing = false } end

check.test("signatures with the same columns do not differ, in any order", function()
  check.eq(signature_change.text(columns("a f64", "b string"), columns("b string", "a f64")), nil)
  check.eq(signature_change.text(columns "a f64", columns "a f64?"), nil)
  check.eq(signature_change.text(array(3), array(3)), nil)
end)

check.test("columns that are gone, new, or of another type are named, the first five", function()
  check.eq(signature_change.text(columns("a f64", "b f64", "c f64?"), columns("b i64", "c f64", "d f64")),
    "without a; new: d; b is i64, was f64, c may not be missing")
  local seven = columns("a f64", "b f64", "c f64", "d f64", "e f64", "f f64", "g f64")
  check.eq(signature_change.text(seven, columns "x f64"), "without a, b, c, d, e and 2 more; new: x")
  check.eq(signature_change.text(array(3), array(4)), "4 numbers a row, was 3 numbers a row")
  check.eq(signature_change.text(array(3), columns "a f64"), "columns with names, was 3 numbers a row")
end)

check.done()
