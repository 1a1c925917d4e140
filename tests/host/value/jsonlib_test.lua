package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"

local function pack_law(v, what)
  local text = json.pack(v)
  check.eq(json.unpack(text), v, what or text)
  check.eq(json.pack(json.unpack(text)), text, "packed twice")
  return text
end

-- Sign of a zero, which == does not see.
local function is_negative(v) return v < 0 or 1 / v < 0 end

check.test("null, booleans, numbers and strings decode to themselves", function()
  check.eq(json.decode " null ", json.null)
  check.eq(json.decode "true", true)
  check.eq(json.decode "false", false)
  check.eq(json.decode "12", 12)
  check.eq(json.decode "-12.0", -12.0)
  check.eq(json.decode "1e2", 100.0)
  check.eq(json.decode "9223372036854775807", math.maxinteger)
  check.eq(json.decode "-9223372036854775808", math.mininteger)
  check.eq(json.decode '"a\\u0000\\"\\/\\ud83d\\ude00"', 'a\0"/\u{1F600}')
  check.eq(json.decode "1e-400", 0.0)
  check.ok(is_negative(json.decode "-0.0"))
  check.eq(json.decode "-0", 0)
end)

check.test("arrays and objects decode to tables", function()
  check.eq(json.decode '[1, [2], {"a": [3]}, []]', { 1, { 2 }, { a = { 3 } }, {} })
  check.eq(json.decode '{"a": {"": 1}, "b": null}', { a = { [""] = 1 } })
  check.eq(#json.decode("[" .. ("1,"):rep(9999) .. "1]"), 10000)
end)

local bad = {
  { "", "j:1:1: the text ends, but a value is expected; is it truncated?" },
  { " \n ", "j:2:2: the text ends, but a value is expected" },
  { "[1,]", "j:1:4: a comma before ']'; remove it" },
  { '{"a":1,}', "j:1:8: a comma before '}'; remove it" },
  { "[1 2]", "j:1:4: found '2', expected ',' or ']'" },
  { '{"a":1 "b":2}', "j:1:8: found '\"', expected ',' or '}'" },
  { '{"a" 1}', "j:1:6: found '1', expected ':'" },
  { "{a:1}", "j:1:2: found 'a', expected a key in double quotes" },
  { "{'a':1}", "j:1:2: a single quote; write strings in double quotes" },
  { "{1:2}", "j:1:2: found '1', expected a key in double quotes" },
  { '{"a":1,"a":2}', 'j:1:8: key "a" is written twice; remove one' },
  { '{"b":{"a":1,"\\u0061":2}}', 'j:1:13: key "a" is written twice; remove one' },
  { "[1", "j:1:3: the text ends, but ',' or ']' is expected" },
  { "]", "j:1:1: found ']', expected a value" },
  { "[}", "j:1:2: found '}', expected a value" },
  { '{"a":}', "j:1:6: found '}', expected a value" },
  { "1 2", "j:1:3: more text after the value; keep one value per text" },
  { "[]\n[]", "j:2:1: more text after the value" },
  { "tru", "j:1:1: unknown word 'tru'" },
  { "nulll", "j:1:5: more text after the value" },
  { "nil", "j:1:1: nil is not JSON; write null" },
  { "NaN", "j:1:1: NaN is not JSON; write null, or a string" },
  { "-Infinity", "j:1:1: '-' without a digit after it" },
  { "None", "j:1:1: None is not JSON; write null" },
  { "01", "j:1:1: a number with a leading zero; remove the zero, or write a string" },
  { "-", "j:1:1: '-' without a digit after it" },
  { "+1", "j:1:1: a number with a plus sign; remove the sign" },
  { ".5", "j:1:1: a number that begins with a point; write a 0 before it" },
  { "-.5", "j:1:1: a number that begins with a point" },
  { "1.", "j:1:1: a number that ends with a point; write a digit after it" },
  { "1e", "j:1:1: an exponent without a digit" },
  { "0x10", "j:1:2: more text after the value" },
  { "99999999999999999999",
    "j:1:1: integer 99999999999999999999 does not fit 64 bits; write it with a point, or as a string" },
  { "9223372036854775808", "integer 9223372036854775808 does not fit 64 bits" },
  { "-9223372036854775809", "integer -9223372036854775809 does not fit 64 bits" },
  { "1e309", "j:1:1: number 1e309 is beyond the range of a float; write it as a string" },
  { '"abc', 'j:1:1: a string that is never closed; write " at its end' },
  { '"a\nb"', "j:1:3: control character 0x0a in a string; write it as \\u000a" },
  { '"a\0"', "j:1:3: control character 0x00 in a string" },
  { '"\\x41"', "j:1:2: an unknown escape; write \\\\ for a backslash" },
  { '"\\u12g4"', "j:1:6: \\u needs four hex digits" },
  { '"\\ud800"', "j:1:2: half of a surrogate pair" },
  { '"\\udc00\\ud800"', "j:1:2: half of a surrogate pair" },
  { '"\\ud800\\u0041"', "j:1:2: half of a surrogate pair" },
  { '"é\xff"', "j:1:3: byte 0xff is not UTF-8; save the text as UTF-8" },
  { '"\xc0\x80"', "j:1:2: byte 0xc0 is not UTF-8" },
  { '"\xed\xa0\x80"', "j:1:2: byte 0xed is not UTF-8" },
  { '"\xf4\x90\x80\x80"', "j:1:2: byte 0xf4 is not UTF-8" },
  { "\xef\xbb\xbf1", "j:1:1: a byte order mark; remove it" },
  { "// x\n1", "j:1:1: a comment; JSON has no comments, remove it" },
  { "[1, # x\n2]", "j:1:5: a comment; JSON has no comments, remove it" },
  { "\1", "j:1:1: found byte 0x01, expected a value" },
  { "[\n\n  é]", "j:3:3: found byte 0xc3, expected a value" },
  { ("["):rep(201) .. ("]"):rep(201), "j:1:201: more than 200 levels of nesting; make the data flatter" },
}
for _, case in ipairs(bad) do
  check.test(("JSON refuses %q"):format(case[1]:sub(1, 40)), function()
    local message = check.raises(function() json.decode(case[1], "j") end, case[2])
    check.eq(message:sub(1, 2), "j:")
  end)
end

check.test("a text without a name is called json", function()
  check.raises(function() json.decode "[" end, "json:1:2: ")
end)

check.test("200 levels are read", function()
  json.decode(("["):rep(200) .. ("]"):rep(200))
end)

check.test("decode and encode refuse what is not a text or a value", function()
  check.raises(function() json.decode() end, "expected a string, found")
  check.raises(function() json.decode {} end, "expected a string, found")
  check.raises(function() json.encode() end, ": argument 1: expected a value, found nil")
  check.raises(function() json.encode(1, 2) end, "expected options, as { indent = 2 }")
  check.raises(function() json.encode(1, { indent = 99 }) end, "indent must be 0 to 16")
end)

check.test("hostile texts of a megabyte are refused", function()
  local n = 1 << 20
  for _, part in ipairs { "[", '{"":', '"', "[[],", "9", "1e", "-", '"\\', "{", "[1,", "\xff" } do
    check.raises(function() json.decode(part:rep(n // #part)) end, "json:1:")
  end
end)

check.test("encode writes sorted keys, exact integers and floats that stay floats", function()
  check.eq(json.encode { b = 1, a = { 1, 2.0, "x" }, B = true, [""] = json.null },
           '{"":null,"B":true,"a":[1,2.0,"x"],"b":1}')
  check.eq(json.encode(1e100), "1e100")
  check.eq(json.encode(-0.0), "-0.0")
  check.eq(json.encode(0.1 + 0.2), "0.30000000000000004")
  check.eq(json.encode(math.mininteger), "-9223372036854775808")
  check.eq(json.encode "é\"\\\n\1\127/", '"é\\"\\\\\\n\\u0001\127/"')
  check.eq(json.encode(json.null), "null")
end)

check.test("encode indents on request", function()
  check.eq(json.encode({ a = { 1, { b = 2 } }, c = {}, d = json.array {} }, { indent = 2 }), [[
{
  "a": [
    1,
    {
      "b": 2
    }
  ],
  "c": {},
  "d": []
}]])
end)

check.test("an empty table is {} unless it is marked or was read as []", function()
  check.eq(json.encode {}, "{}")
  check.eq(json.encode(json.array {}), "[]")
  check.eq(json.encode(json.object(json.array {})), "{}")
  check.eq(json.encode(json.decode '{"a":[],"b":{}}'), '{"a":[],"b":{}}')
  check.eq(json.encode(json.array { 1 }), "[1]")
  check.raises(function() json.array(1) end, "expected a table")
end)

local cycle = { 1 }
cycle[2] = { back = cycle }
local deep = 1
for _ = 1, 201 do deep = { deep } end
local refused = {
  { { a = { 1, 2, { b = print } } }, "value.a[3].b: a function cannot be written as JSON" },
  { print, "value: a function cannot be written as JSON" },
  { nil, "value: a nil cannot be written as JSON" },
  { { x = io.stdout }, "value.x: a FILE* cannot be written as JSON" },
  { { coroutine.create(print) }, "value[1]: a thread cannot be written as JSON" },
  { { a = 0 / 0 }, "value.a: NaN cannot be written as JSON; write rille.null or a string" },
  { { -1 / 0 }, "value[1]: -inf cannot be written as JSON" },
  { { 1 / 0 }, "value[1]: inf cannot be written as JSON" },
  { cycle, "value[2].back: a table that contains itself cannot be written as JSON" },
  { { 1, nil, 3 }, "value: a list with a hole at [2] cannot be written as JSON; put rille.null there" },
  { { x = { [2] = 1 } }, "value.x: a list with a hole at [1]" },
  { { 1, a = 2 }, "value: a table with both list elements and other keys" },
  { { [0] = 1 }, "or with keys that are not strings, cannot be written as JSON" },
  { { [1.5] = 1 }, "make the keys strings" },
  { { [true] = 1 }, "make the keys strings" },
  { { [{}] = 1 }, "value: a table with a table as a key cannot be written as JSON" },
  { { [json.null] = 1 }, "value: a table with null as a key" },
  { { a = "\xff" }, "value.a: a string that is not UTF-8 cannot be written as JSON" },
  { { ["\xff"] = 1 }, "a string that is not UTF-8 cannot be written as JSON" },
  { { ["a b"] = { [""] = print } }, 'value["a b"][""]: a function' },
  { setmetatable({}, { __name = "svm.SVC" }), "value: a table with a metatable (svm.SVC) cannot be written as JSON" },
  { { setmetatable({}, {}) }, "value[1]: a table with a metatable cannot be written as JSON" },
  { deep, "more than 200 levels of tables cannot be written as JSON" },
}
for _, case in pairs(refused) do
  check.test("JSON has no " .. case[2], function()
    local message = check.raises(function() json.encode(case[1]) end, case[2])
    check.has(message, "jsonlib_test.lua:")        -- the caller's position
  end)
end

check.test("the same table twice is written twice", function()
  local t = { 1 }
  check.eq(json.encode { t, t }, "[[1],[1]]")
  check.eq(json.pack { a = t, b = t }, '{"a":[1],"b":[1]}')
end)

-- The artifact encoding ------------------------------------------------------

check.test("packed values have the texts of the manual", function()
  check.eq(json.pack(nil), "null")
  check.eq(json.pack(true), "true")
  check.eq(json.pack(7), "7")
  check.eq(json.pack(7.0), "7.0")
  check.eq(json.pack(-0.0), "-0.0")
  check.eq(json.pack(1e16), "1e16")
  check.eq(json.pack(0 / 0), '{"$number":"nan"}')
  check.eq(json.pack(-(0 / 0)), '{"$number":"nan"}')
  check.eq(json.pack(1 / 0), '{"$number":"inf"}')
  check.eq(json.pack(-1 / 0), '{"$number":"-inf"}')
  check.eq(json.pack "é\1", '"é\\u0001"')
  check.eq(json.pack "\xff\0", '{"$bytes":"/wA="}')
  check.eq(json.pack {}, "[]")
  check.eq(json.pack { 1, { 2 } }, "[1,[2]]")
  check.eq(json.pack { b = 1, a = {} }, '{"a":[],"b":1}')
  check.eq(json.pack { [3] = "x", [2.5] = 1, [true] = 2, [false] = 0, a = 1, [-1] = 0 },
           '{"$table":[[false,0],[true,2],[-1,0],[3,"x"],[2.5,1],["a",1]]}')
  check.eq(json.pack { ["\xff"] = 1, a = 2 }, '{"$table":[["a",2],[{"$bytes":"/w=="},1]]}')
  check.eq(json.pack { [1 / 0] = 1 }, '{"$table":[[{"$number":"inf"},1]]}')
  check.eq(json.pack { json.null }, "[null]")
  check.eq(json.pack(json.null), '{"$null":true}')
end)

check.test("a table that looks like a special form stays a table", function()
  for _, v in ipairs { { ["$number"] = "nan" }, { ["$bytes"] = "" }, { ["$table"] = {} }, { ["$"] = 1 },
                       { ["$null"] = true }, { ["$x"] = { ["$number"] = "inf" } } } do
    check.has(pack_law(v), '{"$table":[["$')
  end
  check.eq(pack_law { ["$a"] = 1, ["$b"] = 2 }, '{"$a":1,"$b":2}')
end)

check.test("equal tables have equal bytes however they were made", function()
  local a, b = {}, {}
  for i = 1, 100 do a[i] = i; a["k" .. i] = i end
  for i = 100, 1, -1 do b["k" .. i] = i; b[i] = i end
  check.eq(json.pack(a), json.pack(b))
  local c, d = { 1, 2, 3 }, {}
  for i = 3, 1, -1 do d[i] = i end
  d.x = 1
  d.x = nil
  check.eq(json.pack(c), json.pack(d))
  check.eq(json.pack { [2^53] = 1 }, json.pack { [1 << 53] = 1 })
end)

check.test("integers and floats, and the two zeros, stay apart", function()
  check.ok(is_negative(json.unpack(json.pack(-0.0))))
  check.ok(not is_negative(json.unpack(json.pack(0.0))))
  check.eq(math.type(json.unpack(json.pack(3.0))), "float")
  check.eq(math.type(json.unpack(json.pack(3))), "integer")
  check.ok(json.pack(1) ~= json.pack(1.0))
end)

check.test("extreme values come back", function()
  for _, v in ipairs { math.maxinteger, math.mininteger, 5e-324, 1.7976931348623157e308, 2^-1074, 2^63, 0.1, 1 / 3,
                       0 / 0, 1 / 0, -1 / 0, "", "\0", "\u{10FFFF}", "\xed\xa0\x80", ("x"):rep(100000),
                       ("\xff"):rep(1001), { [math.mininteger] = 1, [math.maxinteger] = 2 },
                       { {}, { {} }, a = { b = { c = {} } } } } do
    pack_law(v)
  end
  check.eq(json.unpack(json.pack(nil)), nil)
end)

-- Random values by a generator of its own, the same on every machine.
local state = 20261122
local function random(n)
  state = state ~ (state << 13)
  state = state ~ (state >> 7)
  state = state ~ (state << 17)
  return (state >> 11) % n
end

local function random_string()
  local kind, t = random(4), {}
  for i = 1, random(12) do
    t[i] = kind == 0 and string.char(random(256)) or kind == 1 and utf8.char(random(0xd800))
           or string.char(32 + random(95))
  end
  return (random(6) == 0 and "$" or "") .. table.concat(t)
end

local function random_scalar()
  local kind = random(9)
  if kind == 0 then return random(2) == 0 end
  if kind == 1 then return random(100) - 50 end
  if kind == 2 then return state end
  if kind == 3 then return string.unpack("d", string.pack("i8", state)) end
  if kind == 4 then return (random(2000) - 1000) / 8 end
  if kind == 5 then return ({ 0 / 0, 1 / 0, -1 / 0, -0.0, 0.0, 1e300, 2^53 })[1 + random(7)] end
  return random_string()
end

local function random_value(depth)
  local kind = depth > 0 and random(6) or 5
  local t = {}
  if kind > 3 then return random_scalar() end
  for i = 1, random(6) do
    local key = kind == 0 and i or kind == 1 and random_string() or random_scalar()
    if key == key then t[key] = random_value(depth - 1) end
  end
  return t
end

check.test("unpack(pack(v)) is v, and packs to the same bytes, for random values", function()
  for _ = 1, 5000 do json.decode(pack_law(random_value(5))) end     -- and is strict JSON
end)

check.test("what pack refuses it names by its path", function()
  check.raises(function() json.pack { x = { print } } end, "value.x[1]: a function cannot be stored as data")
  check.raises(function() json.pack { io.stdout } end, "value[1]: a FILE* cannot be stored as data")
  check.raises(function() json.pack { coroutine.create(print) } end, "value[1]: a thread cannot be stored as data")
  check.raises(function() json.pack(cycle) end, "value[2].back: a table that contains itself cannot be stored as data")
  check.raises(function() json.pack { a = setmetatable({}, {}) } end, "value.a: a table with a metatable")
  check.raises(function() json.pack { [{}] = 1 } end, "value: a table with a table as a key")
  check.raises(function() json.pack { [2.5] = print } end, "value[2.5]: a function")
  check.raises(function() json.pack { [true] = print } end, "value[true]: a function")
  check.raises(function() json.pack(deep) end, "more than 200 levels of tables cannot be stored as data")
  check.raises(function() json.pack() end, ": argument 1: expected a value, found nil")
end)

check.test("an empty table that a JSON library marked as an array is written as []", function()
  check.eq(json.encode { setmetatable({}, { __jsontype = "array" }), setmetatable({}, { __jsontype = "object" }) },
    "[[],{}]")
  check.raises(function() json.encode(setmetatable({}, { __jsontype = "array", __len = print })) end, "a metatable")
end)

check.test("200 levels of tables come back, mixed ones too", function()
  local list, mixed = 1, 1
  for _ = 1, 200 do list, mixed = { list }, { [-1] = mixed } end
  pack_law(list)
  pack_law(mixed)
end)

check.test("unpack takes any spelling of the same value", function()
  check.eq(json.unpack ' { "b" : 1 , "a" : [ 1.50 , {"$number" : "inf"} ] } ', { b = 1, a = { 1.5, 1 / 0 } })
  check.eq(json.unpack "{}", {})
  check.eq(json.unpack '{"$table":[[2,1],[1,0]]}', { 0, 1 })
end)

local malformed = {
  { '{"$number":"NaN"}', 'p:1:1: $number must be "nan", "inf" or "-inf"' },
  { '[{"$number":1}]', "p:1:2: $number must be" },
  { '{"$bytes":"*"}', "p:1:1: $bytes is not base64" },
  { '{"$bytes":"YQ"}', "p:1:1: $bytes is not base64" },
  { '{"$bytes":7}', "p:1:1: $bytes must be a string of base64" },
  { '{"$table":1}', "p:1:1: $table must be a list of pairs [key, value]" },
  { '{"$table":[[1]]}', "$table must be a list of pairs" },
  { '{"$table":[[1,2,3]]}', "$table must be a list of pairs" },
  { '{"$table":[1]}', "$table must be a list of pairs" },
  { '{"$table":{"a":1}}', "$table must be a list of pairs" },
  { '{"$table":[[1,2],[1,3]]}', "a key in $table appears twice" },
  { '{"$table":[[1,2],[1.0,3]]}', "a key in $table appears twice" },
  { '{"$table":[[{"$number":"nan"},3]]}', "a key in $table is NaN, which no table can have" },
  { '{"$table":[[[],3]]}', "a key in $table must be a boolean, a number or a string" },
  { '{"$table":[[null,3]]}', "a key in $table must be a boolean, a number or a string" },
  { '{"$else":1}', "an object whose only key begins with '$' is" },
  { '{"$null":false}', "an object whose only key begins with '$' is" },
  { '{"a":1,"a":2}', 'key "a" is written twice' },
  { "[1", "p:1:3: the text ends" },
  { "", "p:1:1: the text ends" },
  { "null null", "p:1:6: more text after the value" },
}
for _, case in ipairs(malformed) do
  check.test("unpack refuses " .. case[1], function()
    check.raises(function() json.unpack(case[1], "p") end, case[2])
  end)
end

check.test("large values are packed and unpacked", function()
  local list, map, sparse = {}, {}, {}
  for i = 1, 200000 do list[i], map["k" .. i], sparse[i * 3] = i / 7, i, i end
  pack_law(list, "list")
  pack_law(map, "map")
  pack_law(sparse, "sparse")
end)

check.done()
