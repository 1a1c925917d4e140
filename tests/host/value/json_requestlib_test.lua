-- rille.host.json_request: JSON of clients: null stays, NaN is null, depth and number of values have limits.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local request = require "rille.host.json_request"

local function decode(text, depth, most) return request.decode(text, "body", depth or 8, most or 100) end

check.test("null and a bare NaN are null, in objects, too", function()
  check.eq(decode '{"a":null,"b":[NaN,1],"c":NaN}', { a = json.null, b = { json.null, 1 }, c = json.null })
  check.eq(decode "NaN", json.null)
  for _, text in ipairs { "NaNx", "nan", "[NaN1]", "Infinity", "-NaN" } do
    check.raises(function() decode(text) end, "body:1:")
  end
  -- elsewhere it stays a mistake
  check.raises(function() json.decode "NaN" end, "NaN is not JSON")
end)

check.test("an empty list is one, an empty object is none", function()
  local v = decode '{"list":[],"object":{},"full":[null]}'
  check.eq({ request.is_list(v.list), request.is_list(v.object), request.is_list(v.full), request.is_list(v) },
    { true, false, true, false })
  check.raises(function() request.is_list(1) end, "table expected")
end)

check.test("what is nested too deep, or has too many values, is refused", function()
  check.eq(decode("[[1]]", 2), { { 1 } })
  check.raises(function() decode("[[[1]]]", 2) end, "body:1:3: more than 2 levels of nesting")
  check.eq(#decode("[1,2,3]", 8, 7), 3)
  check.raises(function() decode("[1,2,3]", 8, 6) end, "too many values")
  check.raises(function() decode("[[],[]]", 8, 11) end, "too many values")
  check.raises(function() decode('{"a":{},"b":{}}', 8, 11) end, "too many values")
end)

check.test("twice a key, a cut text and more text are mistakes with their place", function()
  check.raises(function() decode '{"a":1,"a":2}' end, 'body:1:8: key "a" is written twice')
  check.raises(function() decode "[1,\n2" end, "body:2:2: the text ends")
  check.raises(function() decode "1 2" end, "body:1:3: more text after the value")
end)

check.done()
