-- valuelib_test.lua -- rille.host.value
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local value = require "rille.host.value"
local hash = require "rille.host.hash"
local encode, decode = value.encode, value.decode

local function roundtrip(v) check.eq(decode(encode(v)), v) end

check.test("all data comes back as it was", function()
  for _, v in ipairs { true, false, 0, -1, math.maxinteger, math.mininteger, 0.5, 1e300, math.huge, -math.huge,
      "", "x", "a\0b\xff", ("long"):rep(1000), {}, { 1, 2, 3 }, { a = { b = { c = 1 } } },
      { [true] = 1, [false] = 2, [-3] = 3, [1.5] = 4, x = 5, 10, 20 }, { nil, 2, nil, 4 } } do
    roundtrip(v)
  end
  roundtrip(nil)
  check.ok(decode(encode(0 / 0)) ~= decode(encode(0 / 0)), "NaN stays NaN")
  check.eq(1 / decode(encode(-0.0)), -math.huge)
end)

check.test("an integer and a float, a number and a string, true and 'true' differ", function()
  check.ok(encode(1) ~= encode(1.0))
  check.ok(encode(1) ~= encode "1")
  check.ok(encode(true) ~= encode "true")
  check.ok(encode(0.0) ~= encode(-0.0))
  check.ok(encode { 1 } ~= encode { 1.0 })
  check.ok(encode { [1] = 1 } ~= encode { ["1"] = 1 })
end)

check.test("null is a value of its own", function()
  local null = require("rille.json").null
  roundtrip(null)
  roundtrip { null, 2, a = null, { null } }
  for _, other in ipairs { false, "null", "z", 0, {} } do check.ok(encode(null) ~= encode(other)) end
  check.ok(encode { 1, null } ~= encode { 1 } and encode { 1, null } ~= encode { 1, false }
    and encode { a = null } ~= encode {})
  check.ok(encode(null) ~= encode(nil))
  check.raises(function() encode { [null] = 1 } end, "value has a null as a key")
end)

check.test("values swapped between keys differ, and names do not run into values", function()
  check.ok(encode { a = "bc" } ~= encode { ab = "c" })
  check.ok(encode { lr = 1, x = 2 } ~= encode { lr = "1x2" })
  check.ok(encode { a = 1, b = 2 } ~= encode { a = 2, b = 1 })
  check.ok(encode { { 1 }, 2 } ~= encode { { 1, 2 } })
  check.ok(encode { "ab", "c" } ~= encode { "a", "bc" })
end)

check.test("every NaN is the same", function()
  check.eq(encode(0 / 0), encode(-(0 / 0)))
end)

check.test("the order in which keys were set does not matter", function()
  local a, b = {}, {}
  for i = 1, 100 do a["k" .. i] = i; a[-i] = i; a[i + 0.5] = i end
  for i = 100, 1, -1 do b[i + 0.5] = i; b[-i] = i; b["k" .. i] = i end
  a[true], a[false] = 1, 2
  b[false], b[true] = 2, 1
  check.eq(encode(a), encode(b))
  check.eq(value.digest(a), value.digest(b))
end)

check.test("a list built backwards is the same list", function()
  local a, b = { 1, 2, 3, 4, 5 }, {}
  for i = 5, 1, -1 do b[i] = i end
  check.eq(encode(a), encode(b))
end)

check.test("the digest is the SHA-256 of the encoding", function()
  local large = {}
  for i = 1, 3000 do large[i] = ("x"):rep(i % 50) .. i end
  large.big = ("y"):rep(5000)
  for _, v in ipairs { 1, "x", { a = { 1, 2 } }, large } do check.eq(value.digest(v), hash.sha256(encode(v))) end
  roundtrip(large)
end)

check.test("what is no data is refused by its path", function()
  check.raises(function() encode(print) end, "value is a function")
  check.raises(function() encode({ model = { layers = { 1, 2, print } } }, "p") end, "p.model.layers[3] is a function")
  check.raises(function() encode({ co = coroutine.create(print) }, "p") end, "p.co is a thread")
  check.raises(function() encode({ fh = io.stdout }, "p") end, "p.fh is a userdata")
  check.raises(function() encode({ m = setmetatable({}, {}) }, "p") end, "p.m is a table with a metatable")
  check.raises(function() encode({ m = { [{}] = 1 } }, "p") end, "p.m has a table as a key")
  check.raises(function() encode { [1.5] = print } end, "value[1.5] is a function")
end)

check.test("a cycle is refused, a table that occurs twice is not", function()
  local t = { a = {} }
  t.a.b = t
  check.raises(function() encode(t) end, "value.a.b contains itself")
  local shared = { 1 }
  check.eq(decode(encode { shared, shared }), { { 1 }, { 1 } })
end)

check.test("nesting is bounded", function()
  local t = {}
  for _ = 1, 500 do t = { t } end
  check.raises(function() encode(t) end, "is nested too deeply")
  t = {}
  for _ = 1, 150 do t = { t } end
  roundtrip(t)
end)

check.test("an object with a digest is encoded by it, and not decoded", function()
  local class = { __name = "thing", __digest = function(o) return hash.sha256(o.id) end }
  local a, b, c = setmetatable({ id = "1" }, class), setmetatable({ id = "1" }, class),
    setmetatable({ id = "2" }, class)
  check.eq(encode { a }, encode { b })
  check.ok(encode(a) ~= encode(c))
  check.raises(function() decode(encode(a)) end, "digest of an object only")
  check.raises(function() encode { x = setmetatable({}, { __digest = function() return "short" end }) } end,
    "value.x has a __digest")
end)

check.test("bytes that are no encoding are refused", function()
  local bytes = encode { 1, 2.5, "three", { a = true, [1.5] = false } }
  for n = 0, #bytes - 1 do check.raises(function() decode(bytes:sub(1, n)) end, "not an encoded value") end
  check.raises(function() decode(bytes .. "n") end, "not an encoded value")
  check.raises(function() decode "T\1\255" end, "not an encoded value")
  check.raises(function() decode "s\255\255\255\255\255\255\255\255\127x" end, "not an encoded value")
  check.raises(function() decode(("T\1\0"):rep(1000) .. "n") end, "not an encoded value")
  local seed = 7
  for _ = 1, 3000 do
    seed = seed * 6364136223846793005 + 1442695040888963407
    local at = (seed >> 33) % #bytes + 1
    pcall(decode, bytes:sub(1, at - 1) .. string.char(seed >> 56) .. bytes:sub(at + 1))
  end
end)

check.test("a key is the digest of its fields", function()
  local a, b = hash.sha256 "a", hash.sha256 "b"
  check.eq(value.key("p", "q", { a, b }), hash.fields("P", "p", "A", "q", "I", a, "I", b))
  check.eq(value.key("p", "q", { a, b }, 1), hash.fields("P", "p", "A", "q", "I", a))
  check.eq(value.key("p", "q", a), hash.fields("P", "p", "A", "q", "I", a))
  check.eq(value.key("p", "q", {}), hash.fields("P", "p", "A", "q"))
  check.ok(value.key("p", "q", { a, b }) ~= value.key("p", "q", { b, a }))
  check.eq(value.key("p", { x = 1, y = "two" }, a), value.key("p", value.encode { x = 1, y = "two" }, a))
  check.raises(function() value.key("p", { x = print }, a) end, "value.x is a function, not data")
  check.raises(function() value.key("p", "q", { "short" }) end, "a digest must have 32 bytes")
  check.raises(function() value.key("p", "q", { a }, 2) end, "a digest must have 32 bytes")
end)

check.test("the fields of JSON records are in the order in which the text first has them", function()
  check.eq(value.json_fields '{"z": 1, "a": {"in": 2}, "m": null}', { "z", "a", "m" })
  check.eq(value.json_fields '[{"z": [{"in": 1}]}, 7, {"a": 1, "z": 2}, [{"no": 1}]]', { "z", "a" })
  check.eq({ #value.json_fields "7", #value.json_fields "[]", #value.json_fields "{}" }, { 0, 0, 0 })
  check.raises(function() value.json_fields '{"z":' end, "json:1:6: the text ends")
end)

check.done()
