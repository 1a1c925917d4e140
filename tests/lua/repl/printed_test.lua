-- Values as the prompt shows them.

package.path = "../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local json = require "rille.json"
local printed = require "rille.repl.printed"

local test = check.test

local LIMITS <const> = { blocks = true }
for name, v in next, printed.LIMITS do LIMITS[name] = v end

local function shown(v, width) return printed.text(v, width or 80, LIMITS) end

test("numbers, texts, booleans and nothing", function()
  check.eq(shown(3), "3")
  check.eq(shown(3.0), "3.0")
  check.eq(shown(0.1), "0.1")
  check.eq(shown(1 / 3), "0.3333333333333333")
  check.eq(shown(0 / 0), "nan")
  check.eq(shown(-math.huge), "-inf")
  check.eq(shown "a\"b\n\27[1m\\", '"a\\"b\\n\\x1b[1m\\\\"')
  check.eq(shown "\xff\u{e9}", '"\\xff\u{e9}"')
  check.eq(shown "a\u{202e}b\u{9b}\u{200b}", '"a\\u{202e}b\\u{9b}\\u{200b}"')
  check.eq(shown(1e300), "1e+300")
  check.eq(shown(2^53), "9007199254740992.0")
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

test("of very many fields the first in their order are shown; many short ones share lines", function()
  local t = {}
  for i = 10000, 1, -1 do t[string.format("k%05d", i)] = i end
  local text = shown(t)
  check.eq(text:match "^[^\n]*\n[^\n]*", "{\n  k00001 = 1, k00002 = 2, k00003 = 3, k00004 = 4, k00005 = 5, k00006 = 6,")
  check.has(text, "k00100 = 100, … 9,900 more\n}")
end)

test("depth is limited, cycles are marked, shared tables are not cycles", function()
  local loop = { 1 }
  loop.self = loop
  check.eq(shown(loop), "{ 1, self = <cycle> }")
  local shared = { 2 }
  check.eq(shown { shared, shared }, "{ { 2 }, { 2 } }")
  check.eq(shown { { { { { 5 } } } } }, "{ { { { { … 1 value } } } } }")
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

test("no metamethod of a script is called but __tostring", function()
  local function called() error "called" end
  local quiet = setmetatable({ 1, a = 2 }, { __index = called, __len = called, __pairs = called, __eq = called,
    __lt = called, __concat = called, __name = "Thing" })
  check.eq(shown(quiet), "{ 1, a = 2 }")
  check.eq(shown { [quiet] = 1 }, "{ [Thing] = 1 }")
  check.has(shown(setmetatable({}, { __tostring = called })), "its __tostring failed: ")
end)

test("what is left out is said, and counted over all tables", function()
  local rows = {}
  for i = 1, 90 do
    rows[i] = {}
    for k = 1, 90 do rows[i][k] = k end
  end
  local text, is_cut = shown(rows)
  check.eq(is_cut, true)
  check.has(text, "{ … 90 values }")
  check.ok(#text < 20000, #text)
  local whole, any = printed.text(rows, 80, printed.NONE)
  check.eq(any, false)
  check.ok(not whole:find "…", whole)
  check.eq(select(2, shown { 1 }), false)
  check.has(shown { ("x"):rep(1000) }, '" … 700 more bytes')
end)

test("wide characters count for the columns that they take", function()
  local text = shown({ "日本語日本語", "日本語日本語", "🙂🙂🙂" }, 40)
  check.eq(text, '{\n  "日本語日本語", "日本語日本語",\n  "🙂🙂🙂"\n}')
end)

test("coroutines, files and functions say what they are", function()
  check.eq(shown(coroutine.create(print)), "<coroutine, suspended>")
  check.has(shown(io.stdout), "file (0x")
  check.eq(shown(function() end), "function (lua/repl/printed_test.lua:" .. debug.getinfo(1, "l").currentline .. ")")
end)

test("the values of a metric are a line of blocks with their ends", function()
  local series = { steps = { 1, 2, 3 }, values = { 4.0, 1.0, 2.5 }, times = { 0, 1, 2 } }
  check.eq(shown(series), "3 values, steps 1 to 3: 4 to 2.5\nlowest 1 at step 2, highest 4 at step 1\n█▁▅")
  check.eq(shown { loss = series }, "{ loss = series of 3: 4 to 2.5 █▁▅ }")
  check.eq(printed.text(series, 80, printed.NONE), "1\t4\n2\t1\n3\t2.5")
  check.has(shown { steps = { 1 }, values = { "x" } }, "steps = { 1 }")
end)

check.done()
