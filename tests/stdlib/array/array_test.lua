-- rille.array: indices are 1-based, ranges inclusive, views share memory.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local test, eq, ok, raises = check.test, check.eq, check.ok, check.raises
local nan = 0 / 0

local function list(a) return a:totable() end
local function temporary() local name = os.tmpname() return name end

-- making -------------------------------------------------------------------

test("an integer that no float holds meets no floats", function()
  local large = (1 << 53) + 1
  eq(list(array.from { large, -large }), { large, -large })
  raises(function()
    array.from { large, 0.5 }
  end,
    'the integer 9007199254740993 beside fractions, in an array of floats, which cannot hold it exactly; the '
      .. 'dtype "f64" rounds it')
  raises(function() array.from { { 0.5, 1 }, { 2, math.maxinteger } } end,
    "the integer 9223372036854775807 beside fractions")
  eq(list(array.from({ large, 0.5 }, "f64")), { 2.0 ^ 53, 0.5 })
  eq(list(array.from { large - 1, 0.5 }), { 2.0 ^ 53, 0.5 })
  raises(function() array.concat { array.from { 0.5 }, array.from { large } } end,
    'array 2 has integers past 2^53, which the floats of another cannot hold exactly; a:astype "f64" rounds them')
  eq(list(array.concat { array.from { math.mininteger }, array.from { 0.5 } }), { -2.0 ^ 63, 0.5 })
  eq(list(array.concat { array.from { large }, array.from { 1 } }), { large, 1 })
  local mask = array.from { true, false }
  raises(function() return mask:where(array.from { large, 1 }, 0.5) end,
    "integers past 2^53 are mixed with floats, which cannot hold them exactly")
  raises(function() return mask:where(array.from { 0.5, 1 }, large) end, "integers past 2^53 are mixed with floats")
  eq(list(mask:where(array.from { large, 1 }, 7)), { large, 7 })
  eq(list(mask:where(array.from { large - 1, 1 }, 0.5)), { 2.0 ^ 53, 0.5 })
end)

test("a list of integers is i64, of floats f64, of booleans bool", function()
  eq(array.from { 1, 2, 3 }.dtype, "i64")
  eq(array.from { 1.0, 2.0 }.dtype, "f64")
  eq(array.from { 1, 2.5 }.dtype, "f64")
  eq(array.from { true, false }.dtype, "bool")
  eq(list(array.from { 1, 2.5 }), { 1.0, 2.5 })
  eq(list(array.from { true, false }), { true, false })
end)

test("nested lists give axes, and come back as they were", function()
  local nested = { { { 1, 2 }, { 3, 4 }, { 5, 6 } }, { { 7, 8 }, { 9, 10 }, { 11, 12 } } }
  local a = array.from(nested)
  eq(a.shape, { 2, 3, 2 })
  eq(a.ndim, 3)
  eq(#a, 2)
  eq(list(a), nested)
end)

test("an empty list is one axis of no elements", function()
  local a = array.from {}
  eq(a.shape, { 0 })
  eq(a.dtype, "f64")
  eq(array.from { {}, {} }.shape, { 2, 0 })
end)

test("a dtype may be asked for, and must hold every element", function()
  eq(array.from({ 1, 2 }, "u8").dtype, "u8")
  eq(array.from({ 1, 2 }, "f32").dtype, "f32")
  eq(list(array.from({ 1.0, 2.0 }, "i32")), { 1, 2 })
  raises(function() array.from({ { 1, 2 }, { 3, 300 } }, "u8") end, "element [2][2]: u8 cannot hold 300")
  raises(function() array.from({ 1.5 }, "i64") end, "element [1]: i64 cannot hold 1.5")
  raises(function() array.from({ nan }, "i32") end, "element [1]: i32 cannot hold")
  raises(function() array.from({ true }, "f64") end, "f64 cannot hold a boolean")
  raises(function() array.from({ 1 }, "bool") end, "bool cannot hold 1")
  raises(function() array.from({ 1 }, "f16") end, "unknown dtype 'f16'")
end)

test("ragged nesting is an error that names the position", function()
  raises(function() array.from { { 1, 2 }, { 3 } } end, "ragged: [2] has 1 elements, the others of its axis 2")
  raises(function() array.from { { 1 }, 2 } end, "ragged: element [2] is a single value")
  raises(function() array.from { 1, { 2 } } end, "ragged: element [2] is a list")
  raises(function() array.from { {}, 1 } end, "ragged: element [2]")
  raises(function() array.from { { { 1 }, { 2 } }, { { 3 }, { 4, 5 } } } end, "ragged: [2][2] has 2")
end)

test("other values in a list are refused with their position", function()
  raises(function() array.from { 1, "2" } end, "element [2] is a string")
  raises(function() array.from { { 1, {} } } end, "ragged: element [1][2] is a list")
  raises(function() array.from { true, 1 } end, "booleans and numbers in one array")
  raises(function() array.from(3) end,
    "array.from: argument 1: expected a list of numbers or booleans, or an array, found 3")
  local deep = 1
  for _ = 1, 9 do deep = { deep } end
  raises(function() array.from(deep) end, "nested deeper than 8")
  local loop = {}
  loop[1] = loop
  raises(function() array.from(loop) end, "nested deeper than 8")
end)

test("from copies an array, also into another dtype", function()
  local a = array.from { 1, 2 }
  local b = array.from(a)
  b:set(1, 9)
  eq(a:get(1), 1)
  eq(array.from(a, "f64").dtype, "f64")
end)

test("zeros, ones and full fill a shape", function()
  eq(list(array.zeros { 2, 2 }), { { 0.0, 0.0 }, { 0.0, 0.0 } })
  eq(list(array.zeros(2, "i32")), { 0, 0 })
  eq(list(array.ones({ 2 }, "u8")), { 1, 1 })
  eq(list(array.ones({ 2 }, "bool")), { true, true })
  eq(list(array.zeros({ 2 }, "bool")), { false, false })
  eq(array.full({ 2 }, 7).dtype, "i64")
  eq(array.full({ 2 }, 7.5).dtype, "f64")
  eq(array.full({ 2 }, true).dtype, "bool")
  eq(list(array.full({ 3 }, 7, "f32")), { 7.0, 7.0, 7.0 })
  eq(array.zeros({ 0, 3 }).shape, { 0, 3 })
  raises(function() array.full({ 2 }, 300, "u8") end, "u8 cannot hold 300")
  raises(function() array.full({ 2 }, "x") end, "expected a number or a boolean")
end)

test("a shape that cannot be is refused", function()
  raises(function() array.zeros { -1 } end, "cannot have negative entries: -1")
  raises(function() array.zeros {} end, "1 to 8 axes, not 0")
  raises(function() array.zeros { 1, 1, 1, 1, 1, 1, 1, 1, 1 } end, "1 to 8 axes, not 9")
  raises(function() array.zeros { 1 << 40, 1 << 40 } end, "too large")
  raises(function() array.zeros { 1 << 40, 1 << 40, 0 } end, "too large")
  raises(function() array.zeros { 1 << 45 } end, "out of memory")
  raises(function() array.zeros { 1.5 } end, "a shape must be a list of integers")
  raises(function() array.zeros { "3" } end, "a shape must be a list of integers")
  raises(function() array.zeros "x" end, "expected a shape, as 3 or { 2, 3 }")
end)

test("arange includes its end, like a for loop", function()
  eq(list(array.arange(4)), { 1, 2, 3, 4 })
  eq(list(array.arange(2, 8, 3)), { 2, 5, 8 })
  eq(list(array.arange(3, 1, -1)), { 3, 2, 1 })
  eq(list(array.arange(3, 1)), {})
  eq(#array.arange(0, 1, 0.1), 11)
  eq(array.arange(0, 1, 0.5).dtype, "f64")
  eq(list(array.arange(math.mininteger, math.maxinteger, math.maxinteger)),
     { math.mininteger, -1, math.maxinteger - 1 })
  raises(function() array.arange(1, 2, 0) end, "the step is zero")
  raises(function() array.arange(0, 1 / 0, 1) end, "not finite")
  raises(function() array.arange(math.mininteger, math.maxinteger) end, "too long")
  raises(function() array.arange "x" end, "expected a")
end)

test("linspace hits both ends", function()
  eq(list(array.linspace(0, 1, 5)), { 0.0, 0.25, 0.5, 0.75, 1.0 })
  eq(list(array.linspace(3, 4, 1)), { 3.0 })
  eq(array.linspace(0, 0.1, 7):get(7), 0.1)
  raises(function() array.linspace(0, 1, -1) end, "negative")
end)

test("eye has ones on its diagonal", function()
  eq(list(array.eye(2)), { { 1.0, 0.0 }, { 0.0, 1.0 } })
  eq(array.eye(3, "bool"):get(2, 2), true)
end)

test("random numbers follow from the seed alone", function()
  ok(array.random({ 3, 4 }, 7) == array.random({ 3, 4 }, 7))
  ok(array.random({ 12 }, 7) ~= array.random({ 12 }, 8))
  eq(array.random(3, 1):get(2), array.random({ 3, 1 }, 1):get(2, 1))
  local a = array.random({ 100000 }, 42)
  ok(a:min() >= 0 and a:max() < 1)
  ok(math.abs(a:mean() - 0.5) < 0.01)
  raises(function() array.random { 3 } end, "expected a")
  raises(function() array.normal { 3 } end, "expected a")
end)

test("random numbers are those of xoshiro256++ after splitmix64", function()
  -- worked out here in Lua's own integers, after the published algorithms
  local state = 12345
  local function splitmix()
    state = state + 0x9e3779b97f4a7c15
    local z = state
    z = (z ~ (z >> 30)) * 0xbf58476d1ce4e5b9
    z = (z ~ (z >> 27)) * 0x94d049bb133111eb
    return z ~ (z >> 31)
  end
  local s = { splitmix(), splitmix(), splitmix(), splitmix() }
  local function rotl(x, k) return (x << k) | (x >> (64 - k)) end
  local a = array.random({ 50 }, 12345)
  for i = 1, 50 do
    local out = rotl(s[1] + s[4], 23) + s[1]
    local t = s[2] << 17
    s[3] = s[3] ~ s[1] s[4] = s[4] ~ s[2] s[2] = s[2] ~ s[3] s[1] = s[1] ~ s[4]
    s[3] = s[3] ~ t
    s[4] = rotl(s[4], 45)
    eq(a:get(i), (out >> 11) * 2.0 ^ -53)
  end
end)

test("normal numbers have mean 0 and deviation 1, and known bits", function()
  local a = array.normal({ 200000 }, 3)
  ok(math.abs(a:mean()) < 0.01)
  ok(math.abs(a:std() - 1) < 0.01)
  local beyond = a:gt(2):sum() / #a
  ok(math.abs(beyond - 0.02275) < 0.002)
  eq(string.format("%a", array.normal({ 3 }, 1):get(3)), string.format("%a", array.normal({ 5 }, 1):get(3)))
end)

-- elements and views ---------------------------------------------------------

test("get and set use 1-based indices", function()
  local a = array.from { { 1, 2, 3 }, { 4, 5, 6 } }
  eq(a:get(1, 1), 1)
  eq(a:get(2, 3), 6)
  a:set(2, 3, 60)
  eq(a:get(2, 3), 60)
  raises(function() a:get(0, 1) end, "index 0 is not in 1 to 2")
  raises(function() a:get(1, 4) end, "index 4 is not in 1 to 3")
  raises(function() a:get(-1, 1) end, "index -1 is not in 1 to 2")
  raises(function() a:get(1) end, "has 2 indices, not 1")
  raises(function() a:get(1, 1, 1) end, "has 2 indices, not 3")
  raises(function() a:set(1, 5) end, "has 2 indices, not 1")
  raises(function() a:get("x", 1) end, "expected a")
  raises(function() a:set(1, 1, 1.5) end, "i64 cannot hold 1.5")
  raises(function() a:set(1, 1, "x") end, "i64 cannot hold a string")
  raises(function() a:set(1, 1, true) end, "i64 cannot hold a boolean")
  raises(function() array.zeros(2, "u8"):set(1, -1) end, "u8 cannot hold -1")
  raises(function() array.zeros(2, "i32"):set(1, 1 << 31) end, "i32 cannot hold 2147483648")
  raises(function() array.zeros(2, "bool"):set(1, 1) end, "bool cannot hold 1")
  raises(function() a.get(3, 1) end, "get is a method of arrays: write a:get(3), with a colon")
end)

test("an error has the position of the script's line", function()
  local message = raises(function() array.zeros { 2 }:get(3) end)
  check.has(message, "array_test.lua:")
end)

test("a[i] reads an element or a slice, and ends in nil", function()
  local a = array.from { 10, 20, 30 }
  eq(a[2], 20)
  eq(a[4], nil)
  raises(function() return a[0] end, "a[0]: index 0 is not in 1 to 3; the first is 1")
  local seen = {}
  for i, v in ipairs(a) do seen[i] = v end
  eq(seen, { 10, 20, 30 })
  a[2] = 21
  eq(a:get(2), 21)
  eq(list(array.from { { 1, 2 }, { 3, 4 } }[2]), { 3, 4 })
  raises(function() a[4] = 1 end, "index 4 is not in 1 to 3")
  raises(function() a.shape = { 1 } end, "no field 'shape' to set")
  raises(function() array.zeros { 2, 2 }[1] = 3 end, "a 1-d array; this one has 2 axes")
  raises(function() return a.nothing end, 'an array has no field "nothing"')
end)

test("rows, columns and slices are views that share memory", function()
  local a = array.from { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }
  eq(list(a:row(2)), { 4, 5, 6 })
  eq(list(a:column(3)), { 3, 6, 9 })
  eq(list(a:slice(2, 3)), { { 4, 5, 6 }, { 7, 8, 9 } })
  eq(list(a:slice(2, 3, 2)), { { 2, 3 }, { 5, 6 }, { 8, 9 } })
  eq(list(a:slice(2)), { { 4, 5, 6 }, { 7, 8, 9 } })
  eq(a:slice(2, 1).shape, { 0, 3 })
  eq(a:slice(4, 3).shape, { 0, 3 })
  a:row(1):set(2, 20)
  a:slice(2, 3, 2):column(1):set(3, 80)
  eq(list(a), { { 1, 20, 3 }, { 4, 5, 6 }, { 7, 80, 9 } })
  raises(function() a:row(4) end, "index 4 is not in 1 to 3")
  raises(function() a:row(1):row(1) end, "1-d array has no rows")
  raises(function() a:slice(0, 2) end, "0 to 2 is not a range in 1 to 3")
  raises(function() a:slice(3, 1) end, "3 to 1 is not a range")
  raises(function() a:slice(1, 4) end, "1 to 4 is not a range")
  raises(function() a:slice(1, 2, 3) end, "axis 3 of an array with 2")
end)

test("a view keeps the memory when the array is gone", function()
  local row = array.from { { 1, 2 }, { 3, 4 } }:row(2)
  collectgarbage()
  collectgarbage()
  eq(list(row), { 3, 4 })
end)

test("copy parts ways", function()
  local a = array.from { { 1, 2 }, { 3, 4 } }
  local b = a:transpose():copy()
  b:set(1, 1, 9)
  eq(a:get(1, 1), 1)
  eq(list(b), { { 9, 3 }, { 2, 4 } })
end)

test("copies of turned arrays have every element in its place", function()
  local a = array.arange(20 * 24 * 18):reshape { 20, 24, 18 }
  for _, dtype in ipairs { "i64", "i32", "f32" } do
    for _, order in ipairs { { 3, 2, 1 }, { 3, 1, 2 }, { 2, 3, 1 }, { 2, 1, 3 } } do
      local v = a:astype(dtype):transpose(table.unpack(order)):slice(2)
      local c, t = v:copy(), list(v)
      ok(c == v)
      eq(list(c), t)
      eq(list(array.concat { v, v }:slice(#v + 1)), t)
      eq(list(v:take(array.arange(#v))), t)
    end
  end
end)

test("take copies what indices or a mask choose", function()
  local a = array.from { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }
  eq(list(a:take { 3, 1, 3 }), { { 7, 8, 9 }, { 1, 2, 3 }, { 7, 8, 9 } })
  eq(list(a:take(array.from { 2, 2 })), { { 4, 5, 6 }, { 4, 5, 6 } })
  eq(list(a:take(array.from({ 2 }, "u8"))), { { 4, 5, 6 } })
  eq(list(a:take(array.from { true, false, true })), { { 1, 2, 3 }, { 7, 8, 9 } })
  eq(list(a:take({ 3, 1 }, 2)), { { 3, 1 }, { 6, 4 }, { 9, 7 } })
  eq(a:take({}).shape, { 0, 3 })
  eq(list(array.from { 5, 6, 7 }:take { 3 }), { 7 })
  raises(function() a:take { 1, 4 } end, "index 4 (at 2) is not in 1 to 3")
  raises(function() a:take { 0 } end, "index 0 (at 1)")
  raises(function() a:take { 1.5 } end, "index 1 is not an integer")
  raises(function() a:take(array.from { 1.0 }) end, "indices must be a 1-d array of integers or booleans")
  raises(function() a:take(array.from { { 1 } }) end, "indices must be a 1-d array")
  raises(function() a:take(array.from { true }) end, "the mask has 1 elements for 3")
  raises(function() a:take(1) end, "expected a list of indices, or an array of integers or booleans")
end)

test("reshape keeps row-major order and shares where it can", function()
  local a = array.arange(6)
  local b = a:reshape { 2, 3 }
  eq(list(b), { { 1, 2, 3 }, { 4, 5, 6 } })
  b:set(1, 1, 9)
  eq(a:get(1), 9)
  eq(a:reshape({ 3, -1 }).shape, { 3, 2 })
  eq(a:reshape(2, 3).shape, { 2, 3 })
  eq(list(b:transpose():reshape { -1 }), { 9, 4, 2, 5, 3, 6 })
  raises(function() a:reshape { 4 } end, "6 elements do not fill the new shape")
  raises(function() a:reshape { 4, -1 } end, "6 elements do not fill")
  raises(function() a:reshape { -1, -1 } end, "only one entry of a shape can be -1")
  raises(function() a:reshape { -2, 3 } end, "negative")
  raises(function() a:reshape() end, "1 to 8 axes")
end)

test("transpose reverses axes, or takes an order", function()
  local a = array.arange(24):reshape { 2, 3, 4 }
  eq(a:transpose().shape, { 4, 3, 2 })
  eq(a:transpose():get(4, 3, 2), a:get(2, 3, 4))
  eq(a:transpose(2, 1, 3).shape, { 3, 2, 4 })
  eq(a:transpose(2, 1, 3):get(3, 2, 1), a:get(2, 3, 1))
  raises(function() a:transpose(1, 1, 2) end, "every axis must be named once")
  raises(function() a:transpose(1) end, "an order of 1 axes")
end)

test("concat joins along an axis and finds the common dtype", function()
  local a, b = array.from { { 1, 2 } }, array.from { { 3, 4 }, { 5, 6 } }
  eq(list(array.concat { a, b }), { { 1, 2 }, { 3, 4 }, { 5, 6 } })
  eq(list(array.concat({ b, b:transpose() }, 2)), { { 3, 4, 3, 5 }, { 5, 6, 4, 6 } })
  eq(array.concat { a, array.zeros({ 1, 2 }) }.dtype, "f64")
  eq(array.concat { array.ones(2, "bool"), array.ones(1, "u8") }.dtype, "u8")
  eq(array.concat { array.ones(2, "u8"), array.ones(1, "i32") }.dtype, "i32")
  eq(array.concat { array.ones(2, "i64"), array.ones(1, "f32") }.dtype, "f64")
  raises(function() array.concat {} end, "at least one array")
  raises(function() array.concat { a, 3 } end, "element 2 of the list is a number")
  raises(function() array.concat { a, array.zeros { 1, 3 } } end, "array 2 is 3 long on axis 2")
  raises(function() array.concat { a, array.zeros { 2 } } end, "array 2 has 1 axes")
  raises(function() array.concat({ a, b }, 3) end, "axis 3")
end)

test("astype cuts fractions off and refuses what does not fit", function()
  eq(list(array.from { 1.9, -1.9 }:astype "i32"), { 1, -1 })
  eq(list(array.from { 255.9, -0.9 }:astype "u8"), { 255, 0 })
  eq(list(array.from { 0, 2, -1 }:astype "bool"), { false, true, true })
  eq(list(array.from { 0.0, nan }:astype "bool"), { false, true })
  eq(list(array.from { true, false }:astype "f64"), { 1.0, 0.0 })
  eq(array.from { 0.1 }:astype "f32":get(1), string.unpack("f", string.pack("f", 0.1)))
  for _, dtype in ipairs { "u8", "i32", "i64" } do
    raises(function() array.from { nan }:astype(dtype) end, dtype .. " cannot hold")
    raises(function() array.from { 1 / 0 }:astype(dtype) end, dtype .. " cannot hold inf")
  end
  raises(function() array.from { 1, 256 }:astype "u8" end, "u8 cannot hold 256")
  raises(function() array.from { -1.0 }:astype "u8" end, "u8 cannot hold -1")
  raises(function() array.from { 2.0 ^ 31 }:astype "i32" end, "i32 cannot hold")
  raises(function() array.from { 2.0 ^ 63 }:astype "i64" end, "i64 cannot hold")
  eq(array.from { -2.0 ^ 63 }:astype "i64":get(1), math.mininteger)
  raises(function() array.from { 1 }:astype "x" end, "unknown dtype 'x'")
  raises(function() array.from { 1 }:astype() end, "expected a string, found nil")
end)

-- arithmetic -----------------------------------------------------------------

test("integers stay integers, with Lua's // and %", function()
  for _, pair in ipairs { { 7, 3 }, { -7, 3 }, { 7, -3 }, { -7, -3 }, { 0, 5 }, { math.mininteger, -1 },
                          { math.maxinteger, 2 }, { math.mininteger, 7 } } do
    local x, y = pair[1], pair[2]
    local a, b = array.from { x }, array.from { y }
    eq((a + b):get(1), x + y)
    eq((a - b):get(1), x - y)
    eq((a * b):get(1), x * y)
    eq((a // b):get(1), x // y)
    eq((a % b):get(1), x % y)
    eq((a / b):get(1), x / y)
    eq((a ^ b):get(1), x ^ y)
    eq((x - b):get(1), x - y)
    eq((a // y):get(1), x // y)
  end
end)

test("floats follow Lua, too", function()
  local values = { 7.5, -7.5, 0.0, -0.0, 3.0, -3.0, 1 / 0, -1 / 0, nan, 1e300, 1e-300 }
  for _, x in ipairs(values) do
    for _, y in ipairs(values) do
      local a, b = array.from { x }, array.from { y }
      eq((a + b):get(1), x + y)
      eq((a - b):get(1), x - y)
      eq((a * b):get(1), x * y)
      eq((a / b):get(1), x / y)
      eq((a // b):get(1), x // y)
      eq((a % b):get(1), x % y)
      eq((a ^ b):get(1), x ^ y)
      eq(a:lt(b):get(1), x < y)
      eq(a:le(b):get(1), x <= y)
      eq(a:gt(b):get(1), x > y)
      eq(a:ge(b):get(1), x >= y)
      eq(a:eq(b):get(1), x == y)
      eq(a:ne(b):get(1), x ~= y)
    end
  end
end)

test("the dtype of a result follows the rules", function()
  local function dtype(a, b) return (a + b).dtype, (a / b).dtype end
  local made = {}
  for _, t in ipairs { "bool", "u8", "i32", "i64", "f32", "f64" } do made[t] = array.ones(1, t) end
  local function is(a, b, add, div) eq({ dtype(made[a] or a, made[b] or b) }, { add, div }, a .. " and " .. b) end
  for _, a in ipairs { "bool", "u8", "i32", "i64" } do
    for _, b in ipairs { "bool", "u8", "i32", "i64" } do is(a, b, "i64", "f64") end
    is(a, "f64", "f64", "f64")
  end
  is("f32", "f32", "f32", "f32")
  is("f32", "u8", "f32", "f32")
  is("bool", "f32", "f32", "f32")
  is("f32", "i32", "f64", "f64")
  is("i64", "f32", "f64", "f64")
  is("f32", "f64", "f64", "f64")
  is("f32", 2, "f32", "f32")
  is(2.5, "f32", "f32", "f32")
  is("u8", 2, "i64", "f64")
  is("u8", 2.5, "f64", "f64")
  is("f64", 2, "f64", "f64")
  eq((-made.u8).dtype, "i64")
  eq((-made.f32).dtype, "f32")
  eq((made.i32 ^ 2).dtype, "f64")
  eq((made.f32 ^ 2).dtype, "f32")
end)

test("small integers do not wrap around", function()
  eq(list(array.from({ 200, 100 }, "u8") + array.from({ 100, 100 }, "u8")), { 300, 200 })
  eq(list(array.from({ 10 }, "u8") - 20), { -10 })
end)

test("an integer divided by zero raises, a float does not", function()
  local a = array.from { 1, 2 }
  raises(function() return a // 0 end, "attempt to perform 'n//0'")
  raises(function() return a % array.from { 1, 0 } end, "attempt to perform 'n%0'")
  eq(list(a / 0), { 1 / 0, 1 / 0 })
  eq(list(a // 0.0), { 1 / 0, 1 / 0 })
end)

test("negation keeps the zero's sign", function()
  local z = (-array.from { 0.0 }):get(1)
  eq(1 / z, -1 / 0)
  eq(list(-array.from { 1, -2 }), { -1, 2 })
end)

test("shapes broadcast", function()
  local a = array.from { { 1, 2, 3 }, { 4, 5, 6 } }
  eq(list(a + array.from { 10, 20, 30 }), { { 11, 22, 33 }, { 14, 25, 36 } })
  eq(list(a + array.from { { 10 }, { 20 } }), { { 11, 12, 13 }, { 24, 25, 26 } })
  eq(list(array.from { 1, 2 }:reshape { 2, 1 } * array.from { 3, 4 }), { { 3, 4 }, { 6, 8 } })
  eq(list(a + a:transpose():transpose()), { { 2, 4, 6 }, { 8, 10, 12 } })
  eq((array.zeros { 3, 1, 2 } + array.zeros { 4, 1 }).shape, { 3, 4, 2 })
  eq((array.zeros { 0, 3 } + array.zeros { 1, 3 }).shape, { 0, 3 })
  eq((array.zeros { 0, 3 } + 1).shape, { 0, 3 })
  raises(function() return a + array.from { 1, 2 } end, "shapes {2, 3} and {2} do not fit together")
  raises(function() return a + array.zeros { 3, 3 } end, "shapes {2, 3} and {3, 3}")
end)

test("views compute like their copies", function()
  local a = array.random({ 40, 50 }, 5)
  local v = a:transpose():slice(3, 47):slice(2, 39, 2)
  local c = v:copy()
  ok(v == c)
  ok(v + v == c + c)
  ok(v:gt(0.5) == c:gt(0.5))
  ok(v + v:row(1) == c + c:row(1))
  ok(v * v:column(2):reshape { -1, 1 } == c * c:column(2):reshape { -1, 1 })
  for _, f in ipairs { "sum", "mean", "var", "std", "min", "max", "argmin", "argmax", "any", "all" } do
    eq(v[f](v), c[f](c), f)
    ok(v[f](v, 1) == c[f](c, 1), f)
    ok(v[f](v, 2) == c[f](c, 2), f)
  end
  ok(v:sort() == c:sort())
  ok(v:argsort() == c:argsort())
  ok(v:unique() == c:unique())
  ok(v:dot(v:transpose()) == c:dot(c:transpose()))
  eq(array.digest(v), array.digest(c))
  eq(array.tonpy(v), array.tonpy(c))
  eq(tostring(v), tostring(c))
  ok(v:astype "f32" == c:astype "f32")
end)

test("large arrays cross the blocks that they are read in", function()
  for _, n in ipairs { 127, 128, 129, 1023, 1024, 1025, 5000 } do
    local a = array.arange(n)
    eq(a:sum(), n * (n + 1) // 2)
    eq((a * 2 - a):sum(), n * (n + 1) // 2)
    eq(a:astype "f64":sum(), n * (n + 1) / 2)
    eq(a:gt(n - 3):sum(), 3)
    eq((a + a:astype "f32"):max(), 2.0 * n)
    eq(a:argmax(), n)
  end
end)

test("arithmetic with other values raises", function()
  local a = array.from { 1 }
  raises(function() return a + "x" end, 'arithmetic with an array: expected an array or a number, found "x"')
  raises(function() return a + {} end, "expected an array or a number, found a table")
  raises(function() return a + true end, "arithmetic on a boolean")
  raises(function() return a + nil end, "expected an array or a number")
  raises(function() return a < a end, "arrays cannot be compared with < or <=: write a:lt(b)")
end)

test("comparisons of integers and floats are exact", function()
  local big = (1 << 53) + 1
  eq(array.from { big }:eq(2.0 ^ 53):get(1), false)
  eq(array.from { big }:gt(2.0 ^ 53):get(1), true)
  eq(array.from { 2.0 ^ 53 }:lt(big):get(1), true)
  eq(array.from { 2.0 ^ 53 }:ge(array.from { big }):get(1), false)
  eq(array.from { math.maxinteger }:lt(2.0 ^ 63):get(1), true)
  eq(array.from { math.maxinteger }:le(nan):get(1), false)
  eq(array.from { math.maxinteger }:ne(nan):get(1), true)
  eq(array.from { 3 }:ge(2.5):get(1), true)
  eq(array.from { -3 }:lt(-2.5):get(1), true)
  eq(array.from { -3 }:gt(-2.5):get(1), false)
  eq(array.from { true, false }:eq(true):totable(), { true, false })
  raises(function() array.from { 1 }:eq "1" end, "expected an array or a number")
  raises(function() array.from { 1, 2 }:eq(array.from { 1, 2, 3 }) end, "do not fit together")
end)

test("where chooses element by element", function()
  local mask = array.from { true, false, true }
  eq(list(mask:where(array.from { 1, 2, 3 }, array.from { 10, 20, 30 })), { 1, 20, 3 })
  eq(list(mask:where(1, 0)), { 1, 0, 1 })
  eq(list(mask:where(1.5, 0)), { 1.5, 0.0, 1.5 })
  eq(list(mask:where(true, false)), { true, false, true })
  eq(mask:where(array.ones(3, "u8"), array.ones(3, "u8")).dtype, "u8")
  eq(mask:where(array.ones(3, "f32"), 0.1).dtype, "f32")
  eq(mask:reshape({ 3, 1 }):where(array.from { 1, 2 }, 0):totable(), { { 1, 2 }, { 0, 0 }, { 1, 2 } })
  raises(function() array.from { 1 }:where(1, 2) end, "the condition is an array of i64, not of bool")
  raises(function() mask:where(array.from { 1, 2 }, 0) end, "do not fit together")
  raises(function() mask:where(1) end, "expected an array or a number")
end)

-- reductions -----------------------------------------------------------------

test("reductions over all elements give a number", function()
  local a = array.from { { 3, 1, 2 }, { 6, 5, 4 } }
  eq(a:sum(), 21)
  eq(a:mean(), 3.5)
  eq(a:var(), 35 / 12)
  eq(a:std(), math.sqrt(35 / 12))
  eq(a:var(nil, 1), 3.5)
  eq(a:min(), 1)
  eq(a:max(), 6)
  eq(a:argmin(), 2)
  eq(a:argmax(), 4)
  eq(a:any(), true)
  eq(a:gt(1):all(), false)
  eq(a:gt(0):all(), true)
  eq(a:gt(3):sum(), 3)
  eq(a:gt(3):max(), true)
  eq(array.from({ 1, 2 }, "f32"):sum(), 3.0)
end)

test("reductions along an axis give an array without it", function()
  local a = array.from { { 3, 1, 2 }, { 6, 5, 4 } }
  eq(list(a:sum(1)), { 9, 6, 6 })
  eq(list(a:sum(2)), { 6, 15 })
  eq(list(a:mean(2)), { 2.0, 5.0 })
  eq(list(a:max(1)), { 6, 5, 4 })
  eq(list(a:argmin(2)), { 2, 3 })
  eq(list(a:gt(1):all(2)), { false, true })
  eq(list(a:var(1, 1)), { 4.5, 8.0, 2.0 })
  eq(array.ones({ 2, 3, 4 }):sum(2).shape, { 2, 4 })
  eq(array.from { 1, 2, 3 }:sum(1), 6)
  eq(array.ones({ 2 }, "u8"):reshape({ 1, 2 }):max(1).dtype, "u8")
  eq(array.ones({ 1, 2 }, "f32"):min(1).dtype, "f32")
  eq(array.ones({ 1, 2 }, "f32"):sum(1).dtype, "f64")
  raises(function() a:sum(3) end, "axis 3 of an array with 2")
  raises(function() a:sum(0) end, "axis 0")
  raises(function() a:var(1, -1) end, "must not be negative")
end)

test("an axis gives what each lane alone gives", function()
  local a = array.normal({ 37, 300, 5 }, 11)
  for _, f in ipairs { "sum", "mean", "var", "std", "min", "max", "argmin", "argmax" } do
    local along = a[f](a, 2)
    for _, at in ipairs { { 1, 1 }, { 17, 3 }, { 37, 5 } } do
      local lane = a[at[1]]:column(at[2])
      eq(along:get(at[1], at[2]), lane[f](lane), f)
    end
  end
end)

test("sums of integers are exact or an error", function()
  local top = math.maxinteger
  eq(array.from { top, 1, -1 }:sum(), top)
  eq(array.from { top, top, math.mininteger, math.mininteger }:sum(), -2)
  raises(function() array.from { top, 1 }:sum() end, "the sum does not fit an integer")
  raises(function() array.from { { top, 1 } }:sum(2) end, "the sum does not fit an integer")
  eq(array.from { top, top }:mean(), 2.0 ^ 63)
end)

test("sums of floats are pairwise", function()
  local n = 1 << 20
  local error = math.abs(array.full({ n }, 0.1):sum() - n * 0.1)
  ok(error < 1e-9, error)
  eq(array.from { 1e16, 1.0, -1e16 }:slice(2, 2):sum(), 1.0)
end)

test("NaN is the smallest and the largest", function()
  local a = array.from { 1, nan, 3.0 }
  eq(a:min(), nan)
  eq(a:max(), nan)
  eq(a:argmin(), 2)
  eq(a:argmax(), 2)
  eq(a:sum(), nan)
  eq(a:any(), true)
  local long = array.zeros(3000)
  long:set(2500, nan)
  eq(long:argmax(), 2500)
  eq(long:max(), nan)
end)

test("no elements have a sum, but no mean", function()
  local a = array.zeros { 0 }
  eq(a:sum(), 0.0)
  eq(array.zeros({ 0 }, "i32"):sum(), 0)
  eq(a:any(), false)
  eq(a:all(), true)
  for _, f in ipairs { "mean", "var", "std", "min", "max", "argmin", "argmax" } do
    raises(function() a[f](a) end, "an empty array has no " .. f)
  end
  eq(list(array.zeros { 0, 2 }:sum(1)), { 0.0, 0.0 })
  eq(array.zeros { 0, 2 }:max(2).shape, { 0 })
  raises(function() array.zeros { 0, 2 }:max(1) end, "an empty array has no max")
end)

test("dot multiplies vectors and matrices", function()
  local a = array.from { { 1, 2 }, { 3, 4 }, { 5, 6 } }
  local v = array.from { 10, 1 }
  eq(v:dot(v), 101)
  eq(list(a:dot(v)), { 12, 34, 56 })
  eq(list(v:dot(a:transpose())), { 12, 34, 56 })
  eq(list(a:transpose():dot(a)), { { 35, 44 }, { 44, 56 } })
  eq(a:dot(v:astype "f64").dtype, "f64")
  eq(array.ones({ 2, 2 }, "f32"):dot(array.ones({ 2, 2 }, "f32")).dtype, "f32")
  eq(array.ones({ 2, 0 }):dot(array.ones { 0, 2 }):totable(), { { 0.0, 0.0 }, { 0.0, 0.0 } })
  raises(function() a:dot(a) end, "dot of lengths 2 and 3")
  raises(function() a:dot(array.zeros { 2, 2, 2 }) end, "not 3 axes")
  raises(function() a:dot(3) end, "expected an array, found")
  raises(function() array.from { math.maxinteger }:dot(array.from { 2 }) end, "does not fit an integer")
end)

test("a large product agrees with the plain sum", function()
  local a, b = array.random({ 70, 130 }, 1), array.random({ 130, 600 }, 2)
  local c = a:dot(b)
  for _, at in ipairs { { 1, 1 }, { 70, 600 }, { 35, 513 } } do
    local s = (a:row(at[1]) * b:column(at[2])):sum()
    ok(math.abs(c:get(at[1], at[2]) - s) < 1e-12 * s)
  end
end)

test("sort is ascending with NaN last, and leaves the array alone", function()
  local a = array.from { 3.0, nan, -1.0, 1 / 0, 2.0, -1 / 0 }
  eq(list(a:sort()), { -1 / 0, -1.0, 2.0, 3.0, 1 / 0, nan })
  eq(list(a:argsort()), { 6, 3, 5, 1, 4, 2 })
  eq(a:get(1), 3.0)
  eq(list(array.from { { 3, 1, 2 }, { 9, 7, 8 } }:sort()), { { 1, 2, 3 }, { 7, 8, 9 } })
  eq(list(array.from { true, false }:sort()), { false, true })
  eq(list(array.from({ 3, 1, 2 }, "u8"):sort()), { 1, 2, 3 })
  eq(array.zeros({ 0 }):sort().shape, { 0 })
  eq(array.zeros({ 0, 3 }):argsort().shape, { 0, 3 })
  eq(array.zeros({ 3, 0 }):sort().shape, { 3, 0 })
end)

test("argsort is stable, short and long", function()
  for _, n in ipairs { 10, 1000 } do
    local keys = (array.arange(n) * 7) % 5
    local order = keys:argsort()
    for i = 2, n do
      local before, after = order:get(i - 1), order:get(i)
      ok(keys:get(before) < keys:get(after) or keys:get(before) == keys:get(after) and before < after)
    end
    ok(keys:take(order) == keys:sort())
  end
end)

test("sort agrees with table.sort", function()
  for _, a in ipairs { array.normal({ 3000 }, 2), (array.random({ 3000 }, 3) * 1e6 - 5e5):astype "i32",
                       (array.random({ 3000 }, 3) * 200):astype "u8", array.normal({ 3000 }, 4):astype "f32" } do
    local t = list(a)
    table.sort(t)
    eq(list(a:sort()), t)
  end
end)

test("unique gives each value once", function()
  eq(list(array.from { { 3, 1 }, { 3, 2 } }:unique()), { 1, 2, 3 })
  eq(list(array.from { nan, 1.0, nan }:unique()), { 1.0, nan })
  eq(#array.from { 0.0, -0.0 }:unique(), 1)
  eq(array.zeros({ 0 }):unique().shape, { 0 })
  eq(array.from { true, true }:unique():totable(), { true })
end)

-- identity and text ------------------------------------------------------------

test("== compares type, shape and content", function()
  local a = array.from { 1, 2 }
  ok(a == array.from { 1, 2 })
  ok(a ~= array.from { 1, 3 })
  ok(a ~= array.from { 1.0, 2.0 })
  ok(a ~= array.from { { 1, 2 } })
  ok(a ~= 3)
  ok(array.from { nan, 0.0 } == array.from { nan, -0.0 })
  ok(array.from { nan } ~= array.from { 1.0 })
  ok(array.from({ nan }, "f32") == array.from({ nan }, "f32"))
end)

test("is tells arrays from other values", function()
  eq(array.is(array.zeros(1)), true)
  eq(array.is {}, false)
  eq(array.is(io.stdout), false)
  eq(array.is(), false)
end)

test("a digest tells dtype, shape and every bit", function()
  local a = array.from { 1, 2, 3, 4 }
  eq(#array.digest(a), 32)
  eq(array.digest(a), array.digest(array.arange(4)))
  ok(array.digest(a) ~= array.digest(a:reshape { 2, 2 }))
  ok(array.digest(a) ~= array.digest(a:astype "i32"))
  ok(array.digest(a) ~= array.digest(a:astype "f64"))
  ok(array.digest(array.from { 0.0 }) ~= array.digest(array.from { -0.0 }))
  ok(array.digest(array.zeros { 0, 2 }) ~= array.digest(array.zeros { 2, 0 }))
  raises(function() array.digest {} end, "expected an array, found")
end)

test("text is aligned, with type and shape", function()
  eq(tostring(array.from { 1, 20, 300 }), "[  1   20  300]  i64 {3}")
  eq(tostring(array.from { { 1.5, -2 }, { 10, 0 } }), "[[ 1.5  -2.0]\n [10.0   0.0]]  f64 {2, 2}")
  eq(tostring(array.from { true, false }), "[ true  false]  bool {2}")
  eq(tostring(array.from { 0.123456, nan, 1 / 0 }), "[0.1235     nan     inf]  f64 {3}")
  eq(tostring(array.from { 1e-10, 1 }), "[1.0000e-10  1.0000e+00]  f64 {2}")
  eq(tostring(array.zeros { 0, 3 }), "[]  f64 {0, 3}")
end)

test("text of a large array is elided, and lines break", function()
  eq(tostring(array.arange(2000)), "[   1     2     3  ...  1998  1999  2000]  i64 {2000}")
  local s = tostring(array.zeros { 100, 100 })
  check.has(s, "...")
  ok(#s < 400)
  for line in (tostring(array.arange(200)) .. "\n"):gmatch "(.-)\n" do ok(#line <= 92) end
end)

-- .npy -------------------------------------------------------------------------

local kinds = {
  array.from { { true, false }, { false, false } }, array.from({ 0, 255 }, "u8"),
  array.from({ -2147483648, 2147483647 }, "i32"), array.from { math.mininteger, math.maxinteger },
  array.from({ 0.1, nan, 1 / 0 }, "f32"), array.from { 0.1, -0.0, nan }, array.zeros { 0, 3 },
  array.normal({ 3, 4, 5 }, 1), array.normal({ 3, 4 }, 1):transpose(), array.zeros { 1, 1, 1, 1, 1, 1, 1, 2 },
}

test("every dtype survives bytes, files and mapping", function()
  local path = temporary()
  for _, a in ipairs(kinds) do
    local bytes = array.tonpy(a)
    ok(array.fromnpy(bytes) == a)
    eq(array.tonpy(array.fromnpy(bytes)), bytes)
    array.save(a, path)
    ok(array.load(path) == a)
    ok(array.map(path) == a)
    ok(array.map(path, #bytes) == a)
    local f = io.open(path, "rb")
    eq(f:read "a", bytes)
    f:close()
  end
  os.remove(path)
end)

test("the elements begin at a multiple of 64 bytes", function()
  for _, a in ipairs(kinds) do
    local bytes = array.tonpy(a)
    eq((10 + string.unpack("<I2", bytes, 9)) % 64, 0)
  end
end)

test("writenpy gives the same bytes in pieces", function()
  for _, a in ipairs { array.arange(300000), array.random({ 300, 500 }, 1):transpose() } do
    local pieces = {}
    array.writenpy(a, function(bytes)
      ok(#bytes <= 1 << 20)
      pieces[#pieces + 1] = bytes
    end)
    ok(#pieces > 2)
    eq(table.concat(pieces) == array.tonpy(a), true)
  end
  raises(function() array.writenpy(array.zeros(3), function() error "full" end) end, "full")
  raises(function() array.writenpy(array.zeros(3), 1) end, "array.writenpy: argument 2: expected a function")
end)

test("a mapped array and its views are read only, a copy is not", function()
  local path = temporary()
  array.save(array.arange(6):reshape { 2, 3 }, path)
  local a = array.map(path)
  raises(function() a:set(1, 1, 5) end, "read-only, like everything loaded; change a copy: a:copy()")
  raises(function() a:row(1):set(1, 5) end, "read-only")
  raises(function() a:row(1)[1] = 5 end, "read-only")
  raises(function() a:reshape { 6 }:set(1, 5) end, "read-only")
  local b = a:copy()
  b:set(1, 1, 5)
  eq(b:get(1, 1), 5)
  eq((a + 1):sum(), 27)
  local row = a:row(2)
  a = nil
  collectgarbage()
  os.remove(path)
  eq(list(row), { 4, 5, 6 })
  raises(function() array.map(path) end, path)
end)

test("a mapping of another size is refused", function()
  local path = temporary()
  array.save(array.arange(3), path)
  raises(function() array.map(path, 100) end, path .. ": 152 bytes long, not 100")
  raises(function() array.map(path, -1) end, "must not be negative")
  os.remove(path)
end)

-- A .npy file out of parts.
local function npy(header, data, version)
  version = version or "\1\0"
  local length = version == "\1\0" and string.pack("<I2", #header) or string.pack("<I4", #header)
  return "\x93NUMPY" .. version .. length .. header .. (data or "")
end

local function fields(descr, order, shape) return
  string.format("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape) end

test("what other writers make is read", function()
  local two = string.pack("<i8i8", 5, 6)
  eq(list(array.fromnpy(npy(fields("<i8", "False", "(2,)"), two))), { 5, 6 })
  eq(list(array.fromnpy(npy(fields("<i8", "False", "(2,)"), two, "\2\0"))), { 5, 6 })
  eq(list(array.fromnpy(npy('{"shape":(1,2),"fortran_order":False,"descr":"<i8"}\n', two))), { { 5, 6 } })
  eq(list(array.fromnpy(npy(fields("<i8", "False", "()"), string.pack("<i8", 7)))), { 7 })
  eq(list(array.fromnpy(npy(fields("<b1", "False", "(2,)"), "\0\1"))), { false, true })
  eq(list(array.fromnpy(npy(fields("|u1", "True", "(2, 3)"), "\1\2\3\4\5\6"))), { { 1, 3, 5 }, { 2, 4, 6 } })
end)

test("bad files are refused with their path and the reason", function()
  local good = npy(fields("<i8", "False", "(2,)"), string.pack("<i8i8", 5, 6))
  local path = temporary()
  local function refuse(bytes, reason)
    local f = io.open(path, "wb")
    f:write(bytes)
    f:close()
    raises(function() array.load(path) end, path .. ": " .. reason)
    raises(function() array.map(path) end, path .. ": " .. reason)
    raises(function() array.fromnpy(bytes) end, "array.fromnpy: " .. reason)
  end
  local function header(text, reason) refuse(npy(text, string.rep("\0", 64)), reason) end
  refuse("", "not a .npy file")
  refuse("hello, this is no array", "not a .npy file")
  refuse("\x93NUMPX" .. good:sub(7), "not a .npy file")
  refuse(good:sub(1, 9), "not a .npy file")
  refuse(good:sub(1, 11), "the file is truncated in its header")
  refuse(good:sub(1, 40), "the file is truncated in its header")
  refuse(good:sub(1, -2), "the file is truncated: 1 bytes of elements are missing")
  refuse(good:sub(1, -17), "the file is truncated: 16 bytes")
  refuse(good .. "x", "1 bytes follow the elements")
  refuse(npy(fields("<i8", "False", "(2,)"), "", "\4\0"), ".npy version 4.0 cannot be read")
  refuse("\x93NUMPY\2\0\255\255\255\255" .. good, "bad .npy header: it is too long")
  refuse("\x93NUMPY\2\0\1\0\0", "the file is truncated in its header")
  header(fields("|O", "False", "(8,)"), "elements of type '|O' cannot be read; in NumPy save a.astype(float) or "
    .. "a.astype(str)")
  header(fields("O", "False", "(8,)"), "elements of type 'O' cannot be read")
  header(fields("<c8", "False", "(8,)"), "elements of type '<c8' cannot be read; in NumPy save a.real and a.imag")
  header("{'descr': '<f8', 'fortran_order': False, 'shape': (8,), }", "bad .npy header: it does not end in a newline")
  header("\n", "bad .npy header: '{' is expected")
  header("{}\n", "bad .npy header: descr, fortran_order or shape is missing")
  header("{'descr': '<f8', 'shape': (8,)}\n", "bad .npy header: descr, fortran_order or shape is missing")
  header("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (8,)}\n", "bad .npy header: unexpected key")
  header("{'descr': '<f8', 'fortran_order': False, 'shape': (8,), 'more': 1}\n", "bad .npy header: unexpected key")
  header("{'descr': '<f8' 'fortran_order': False}\n", "bad .npy header: ',' or '}'")
  header("{'descr' '<f8'}\n", "bad .npy header: ':' is expected")
  header("{descr: '<f8'}\n", "bad .npy header: expected a string")
  header("{'descr: \n", "bad .npy header: a string does not end")
  header("{'descr': '<f8', 'fortran_order': 0, 'shape': (8,)}\n", "bad .npy header: fortran_order is not True or False")
  header("{'descr': '<f8', 'fortran_order': False, 'shape': (8,)} x\n", "bad .npy header: something follows")
  header(fields("<f8", "False", "8"), "bad .npy header: the shape is not a tuple")
  header(fields("<f8", "False", "(-8,)"), "bad .npy header: the shape is not a tuple")
  header(fields("<f8", "False", "(8"), "bad .npy header: the shape is not a tuple")
  header(fields("<f8", "False", "(8 8)"), "bad .npy header: the shape is not a tuple")
  header(fields("<f8", "False", "(2**3,)"), "bad .npy header: the shape is not a tuple")
  header(fields("<f8", "False", "(99999999999999999999,)"), "bad .npy header: the shape is too large")
  header(fields("<f8", "False", "(4611686018427387904, 4611686018427387904)"),
    "bad .npy header: the shape is too large")
  header(fields("<f8", "False", "(4294967296, 4294967296, 0)"), "bad .npy header: the shape is too large")
  header(fields("<f8", "False", "(1152921504606846975,)"), "the file is truncated")
  header(fields("<f8", "False", "(1,1,1,1,1,1,1,1,1)"), "more than 8 axes")
  header(fields("|b1", "False", "(2,)"), "62 bytes follow the elements")
  refuse(npy(fields("|b1", "False", "(2,)"), "\1\2"), "a bool has the byte 2 instead of 0 or 1")
  os.remove(path)
end)

test("files that are not there or not files are refused", function()
  raises(function() array.load "/nonexistent/x.npy" end, "/nonexistent/x.npy: No such file")
  raises(function() array.load "/dev/zero" end, "/dev/zero: not a regular file")
  raises(function() array.load "/tmp" end, "/tmp: not a regular file")
  raises(function() array.save(array.zeros(1), "/nonexistent/x.npy") end, "/nonexistent/x.npy: No such file")
  raises(function() array.save({}, "/tmp/x") end, "expected an array, found")
end)

test("array.save writes text where the path ends so, and dates as datetime64[ms]", function()
  local function saved(a, ending)
    local path = os.tmpname() .. "." .. ending
    array.save(a, path)
    local f <close> = io.open(path, "rb")
    local text = f:read "a"
    os.remove(path)
    return text
  end
  local a = array.from { { 1.5, 2 }, { 0 / 0, 4 } }
  eq(saved(a, "csv"), "c1,c2\n1.5,2.0\n,4.0\n")
  eq(saved(a, "json"), "[[1.5,2.0],[null,4.0]]")
  eq(saved(a, "JSONL"), "[1.5,2.0]\n[null,4.0]\n")
  eq(saved(a, "txt"), "1.5 2.0\nnan 4.0\n")
  eq(saved(a, "dat"), array.tonpy(a))
  eq(saved(array.from({ 0.1, 0.2 }, "f32"), "json"), "[0.1,0.2]")
  eq(saved(array.zeros { 2, 0 }, "json") .. saved(array.zeros { 0, 2 }, "json"), "[[],[]][]")
  local d = require("rille.frame").dates { "2026-11-22", "" }
  eq(saved(d, "json"), '["2026-11-22",null]')
  local bytes = saved(d, "npy")
  eq(bytes:match "'descr': '(.-)'", "<M8[ms]")
  eq(#bytes % 64, 16)
  eq(string.unpack("<i8", bytes, -8), math.mininteger)
  raises(function() saved(array.zeros { 2, 2, 2 }, "csv") end,
    "an array of 2 x 2 x 2 cannot be written as .csv; use .json")
  raises(function() saved(array.from { 1 / 0 }, "json") end, "JSON has no infinity")
end)

test("the engine's own map returns its failures", function()
  local host = require "rille.host.npy"
  local a, message, code = host.map "/nonexistent/x.npy"
  eq(a, nil)
  check.has(message, "No such file")
  eq(code, -4)
end)

test("memory of temporaries comes back", function()
  local x = array.zeros(500000)
  for _ = 1, 300 do x = x * 0.5 + 1 end
  ok(x:max() <= 2)
  local status = io.open("/proc/self/status")
  if status then
    local high = tonumber(status:read "a":match "VmHWM:%s+(%d+)")
    status:close()
    ok(high < 500 * 1024 or os.getenv "ASAN_OPTIONS", "peak of " .. high .. " KiB")
  end
end)

-- NumPy, where it is installed
local python = io.popen "/usr/bin/python3 -c 'import numpy; print(numpy.__version__)' 2>/dev/null"
local version = python and python:read "l"
if python then python:close() end
if not version then
  print "skipped 1: numpy is not installed"
else
  test("NumPy reads what is written here, and the other way round", function()
    local path, back = temporary(), temporary()
    for _, a in ipairs(kinds) do
      array.save(a, path)
      local command = string.format([[/usr/bin/python3 -c '
import numpy, sys
a = numpy.load(sys.argv[1], allow_pickle=False)
with open(sys.argv[2], "wb") as f:
    numpy.save(f, numpy.asfortranarray(a), allow_pickle=False)
print(a.dtype.str, ",".join(map(str, a.shape)))' %s %s]], path, back)
      local p = io.popen(command)
      local said = p:read "l"
      p:close()
      local names = { bool = "|b1", u8 = "|u1", i32 = "<i4", i64 = "<i8", f32 = "<f4", f64 = "<f8" }
      eq(said, names[a.dtype] .. " " .. table.concat(a.shape, ","))
      ok(array.load(back) == a)
      ok(array.map(back) == a)
    end
    os.remove(path)
    os.remove(back)
  end)
end

-- fast ways give what the plain ones give ---------------------------------------

test("reductions down the columns have the bits of the same over copies of the columns", function()
  for _, shape in ipairs { { 1000, 300 }, { 129, 257 }, { 7, 3 }, { 2, 600 } } do
    local m = array.normal(shape, 5)
    local part = m:slice(2, shape[2] - 1, 2)
    for _, how in ipairs { "sum", "mean", "min", "max" } do
      local down, over = part[how](part, 1), {}
      for j = 1, shape[2] - 2 do local c = part:column(j):copy() over[j] = c[how](c) end
      eq(list(down), over, how)
    end
  end
end)

test("sums of integers down the columns are exact or an error", function()
  local m = array.from { { math.maxinteger, -1, 5 }, { math.mininteger, -2, 6 }, { 3, -3, 7 } }
  eq(list(m:sum(1)), { 2, -6, 18 })
  eq(m:slice(2, 3, 2):sum(), 12)
  raises(function() return array.from { { math.maxinteger, 0 }, { 1, 0 } }:sum(1) end, "does not fit an integer")
  eq(array.from { math.mininteger, math.mininteger, math.maxinteger, math.maxinteger, 2 }:sum(), 0)
end)

test("the extremes of a row see NaN and infinities wherever they stand", function()
  for at = 1, 20 do
    local values = {}
    for i = 1, 20 do values[i] = i == at and nan or i + 0.0 end
    local a = array.from(values)
    ok(a:min() ~= a:min() and a:max() ~= a:max(), at)
    eq(a:argmin(), at)
    values[at] = 1 / 0
    eq(array.from(values):max(), 1 / 0)
    values[at] = -1 / 0
    eq(array.from(values):min(), -1 / 0)
    eq(array.from(values):argmin(), at)
  end
  local m = array.from { { 1.0, nan, -1 / 0 }, { 2.0, 1.0, 5.0 }, { 0.5, 3.0, nan } }
  eq(list(m:max(1)), { 2.0, nan, nan })
  eq(list(m:min(1)), { 0.5, nan, nan })
end)

test("dot with a BLAS is the same but for rounding, and the same again", function()
  local a, b = array.normal({ 60, 50 }, 1), array.normal({ 50, 40 }, 2)
  local plain, fast = a:dot(b), a:dot(b, { blas = true })
  eq(fast.shape, { 60, 40 })
  ok((plain - fast):max() < 1e-12 and (fast - plain):max() < 1e-12)
  ok(fast == a:dot(b, { blas = true }))
  eq(a:transpose():dot(a, { blas = true }).shape, { 50, 50 })
  eq(array.from({ 1, 2 }):dot(array.from { 3, 4 }, { blas = true }), 11)
  raises(function() a:dot(b, { bls = true }) end, 'unknown option "bls"; the only option is blas = true')
  raises(function() a:dot(b, { blas = 1 }) end, "blas: expected true or false")
end)

test("random integers stay in their range, fill it, and depend on the seed alone", function()
  local a = array.integers(-2, 3, { 100, 10 }, 1)
  eq(a.dtype, "i64")
  eq(list(a:unique()), { -2, -1, 0, 1, 2, 3 })
  ok(a == array.integers(-2, 3, { 100, 10 }, 1) and not (a == array.integers(-2, 3, { 100, 10 }, 2)))
  eq(list(array.integers(7, 7, 3, 1, "u8")), { 7, 7, 7 })
  eq(array.integers(0, 255, 5, 1, "f64"):astype "i64", array.integers(0, 255, 5, 1))
  ok(#array.integers(math.mininteger, math.maxinteger, 100, 1):unique() == 100)
  raises(function() array.integers(3, 2, 5, 1) end, "below the lowest")
  raises(function() array.integers(0, 300, 500, 1, "u8") end, "u8 cannot hold")
end)

-- builders ---------------------------------------------------------------------

local function folder() return os.getenv "TMPDIR" or "/tmp" end

test("a builder makes one array out of pieces that were appended", function()
  local b = array.builder(folder(), "f64", 3)
  eq(#b, 0)
  b:append(array.from { { 1, 2, 3 }, { 4, 5, 6 } }):append(array.from { 7.5, 8, 9 })
  b:append(array.from { { 1, 4 }, { 2, 5 }, { 3, 6 } }:transpose())
  eq(#b, 5)
  local a = b:finish()
  eq(list(a), { { 1.0, 2.0, 3.0 }, { 4.0, 5.0, 6.0 }, { 7.5, 8.0, 9.0 }, { 1.0, 2.0, 3.0 }, { 4.0, 5.0, 6.0 } })
  raises(function() a:set(1, 1, 0) end, "read")
  b = nil
  collectgarbage()
  eq(a:sum(), 66.5)
  eq(array.builder(folder(), "i64"):finish().shape, { 0 })
  eq(list(array.builder(folder(), "i64"):append(array.arange(3)):append(array.arange(2)):finish()), { 1, 2, 3, 1, 2 })
end)

test("what does not fit a builder is an error", function()
  local b = array.builder(folder(), "f64", 3)
  raises(function() b:append(array.from { { 1, 2 } }) end, "the builder has 3 columns, found 2")
  raises(function() array.builder(folder(), "f64"):append(array.zeros { 2, 2 }) end, "holds a vector, found 2 axes")
  raises(function() array.builder("/nowhere/at/all") end, "/nowhere/at/all: No such file")
  raises(function() array.builder(folder(), "f16") end, "unknown dtype 'f16'")
  raises(function() array.builder(folder(), "f64", 0) end, "expected a number of columns")
  b:finish()
  raises(function() b:append(array.zeros { 1, 3 }) end, "the builder is finished")
  raises(function() b:finish() end, "the builder is finished")
end)

check.test("functions of each element keep the shape, and those that round leave integers", function()
  local a = array.from { { 1.0, 4.0 }, { 9.0, 2.25 } }
  check.eq(a:sqrt():totable(), { { 1.0, 2.0 }, { 3.0, 1.5 } })
  check.eq(a:transpose():sqrt():totable(), { { 1.0, 3.0 }, { 2.0, 1.5 } })
  check.eq(array.from({ 1.5, 2.5, -1.5 }):round():totable(), { 2.0, 2.0, -2.0 })
  check.eq(array.from({ 1.5, -1.5 }):floor():totable(), { 1.0, -2.0 })
  check.eq(array.from({ 1.5, -1.5 }):ceil():totable(), { 2.0, -1.0 })
  check.eq(array.from({ -2, 3 }):abs():totable(), { 2, 3 })
  check.eq(array.from({ -2, 3 }):round():totable(), { -2, 3 })
  check.eq(array.from({ 0 }):exp():totable(), { 1.0 })
  check.eq(array.from({ 1 }):log():totable(), { 0.0 })
  check.eq(array.from({ 4 }, "f32"):sqrt().dtype, "f32")
  check.eq(array.zeros({ 0, 3 }):sqrt().shape, { 0, 3 })
end)

check.test("a vector is mapped by a function", function()
  check.eq(array.from({ 1, 2 }):map(function(v) return v * 2 end):totable(), { 2, 4 })
  check.eq(array.from({ 1, 2 }):map(function(v) return v > 1 end).dtype, "bool")
  check.raises(function() array.from({ 1 }):map(function() end) end, "map: the function gave a nil for element 1")
  check.raises(function() array.zeros({ 1, 1 }):map(function(v) return v end) end, "map is of a vector")
end)

check.test("NaN is left out by present, and a quantile lies between elements", function()
  local a = array.from { 3.0, 0 / 0, 1.0 }
  check.eq(a:present():totable(), { 3.0, 1.0 })
  check.eq(array.from({ 1, 2 }):present():totable(), { 1, 2 })
  check.eq(a:present():quantile(0.5), 2.0)
  check.eq(array.from({ 4, 1, 3, 2 }):quantile(0.25), 1.75)
  check.eq(array.from({ 5 }):quantile(1), 5.0)
  check.ok(a:quantile(0.5) ~= a:quantile(0.5), "NaN")
  check.raises(function() a:quantile(50) end, "a share is from 0 to 1")
end)

check.test("a reduction that is NaN has no sign", function()
  for _, how in ipairs { "mean", "sum", "max", "min", "std" } do
    local a = array.from { 1.0, -(0 / 0), 0 / 0 }
    check.eq(tostring(a[how](a)), "nan", how)
  end
end)

check.test("masks are combined by operators", function()
  local a, b = array.from { true, true, false, false }, array.from { true, false, true, false }
  check.eq((a & b):totable(), { true, false, false, false })
  check.eq((a | b):totable(), { true, true, true, false })
  check.eq((a ~ b):totable(), { false, true, true, false })
  check.eq((~a):totable(), { false, false, true, true })
  check.eq((a & true):totable(), a:totable())
  check.raises(function() return a & array.from { 1, 2, 3, 4 } end, "found an array of i64")
  check.raises(function() return a & 1 end, "found a number")
end)

check.test("after memory ran out, what the failed call left makes room", function()
  if (os.getenv "B" or ""):find "asan" then check.cannot "AddressSanitizer needs all addresses" end
  local project <close> = require("scratch").new()
  project:write("main.lua", [[
local array = require "rille.array"
local function big() return array.zeros(20000000) + 1 end
print((pcall(function() return big() + big() + big() end)))
print(#big())
]])
  check.eq(project:sh('ulimit -v 600000; "$RILLE" -q main.lua').out, "false\n20000000\n")
end)

check.done()
