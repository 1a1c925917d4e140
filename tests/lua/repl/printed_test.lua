-- Values as the prompt shows them.

package.path = "../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local json = require "rille.json"
local printed = require "rille.repl.printed"

local test = check.test

local function shown(v, width) return printed.text(v, width or 80) end

test("numbers, texts, booleans and nothing", function()
  check.eq(shown(3), "3")
  check.eq(shown(3.0), "3.0")
  check.eq(shown(0.1), "0.1")
  check.eq(shown(1 / 3), "0.3333333333333333")
  check.eq(shown(0 / 0), "nan")
  check.eq(shown(-math.huge), "-inf")
  check.eq(shown "a\"b\n\27[1m\\", '"a\\"b\\n\\x1b[1m\\\\"')
  check.eq(shown "\xff\u{e9}", '"\\xff\\xc3\\xa9"')
  check.eq(shown "\u{e9}", '"\u{e9}"')
  check.eq(shown(true), "true")
  check.eq(shown(nil), "nil")
  check.eq(shown(json.null), "null")
  check.eq(shown(print):match "^function", "function")
end)

test("tables: the list first, then fields in order; keys as constructors have them", function()
  check.eq(shown { 1, "a", z = 1, a = { b = {} } }, '{ 1, "a", a = { b = {} }, z = 1 }')
  check.eq(shown { ["end"] = 1, ["a b"] = 2, [2.5] = 3, [true] = 4 },
    '{ [2.5] = 3, ["a b"] = 2, ["end"] = 1, [true] = 4 }')
  check.eq(shown {}, "{}")
end)

test("long tables are laid out in lines, and say what they leave out", function()
  local list = {}
  for i = 1, 1250 do list[i] = i end
  local text = shown(list, 40)
  check.has(text, "… 1,150 more")
  for line in text:gmatch "[^\n]+" do check.ok(#line <= 44, line) end
  check.eq(shown({ name = ("x"):rep(30), other = ("y"):rep(30) }, 40),
    '{\n  name = "' .. ("x"):rep(30) .. '",\n  other = "' .. ("y"):rep(30) .. '"\n}')
end)

test("depth is limited, cycles are marked, shared tables are not cycles", function()
  local loop = { 1 }
  loop.self = loop
  check.eq(shown(loop), "{ 1, self = <cycle> }")
  local shared = { 2 }
  check.eq(shown { shared, shared }, "{ { 2 }, { 2 } }")
  check.eq(shown { { { { { 5 } } } } }, "{ { { { { … } } } } }")
end)

test("long texts are cut between characters, and say by how much", function()
  local text = shown(("\u{e9}"):rep(2000))
  check.has(text, '" … 2,000 more bytes')
  check.eq(utf8.len(text) ~= nil, true)
end)

test("arrays show themselves; within a table they take one line", function()
  check.eq(shown(array.from { 1, 2, 3 }), tostring(array.from { 1, 2, 3 }))
  check.eq(shown { a = array.zeros { 3, 2 } }, "{ a = f64 array of 3 x 2 }")
end)

test("a __tostring that fails is no error of the prompt", function()
  local bad = setmetatable({}, { __tostring = function() error "no" end })
  check.has(shown(bad), "no")
  check.has(shown { bad }, "no")
end)

check.done()
