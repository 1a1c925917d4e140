package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local yaml = require "rille.yaml"
local json = require "rille.json"

local function value(text) return (yaml.decode(text, "t.yaml")) end

check.test("the example of a run is read with its types", function()
  check.eq(value [[
run_name: nightly-{n}
enable_cache: true
parameters: { gamma: 0.01 }
model: { name: digits-svc, version: null, new_version: true, description: "", license: MIT, tags: [demo] }
steps:
  svc_trainer: { parameters: { C: 10.0 }, enable_cache: false, retries: { times: 2, delay: 1, backoff: 2 }, timeout: 600,
                 resources: { cpu: 1, memory: 2GiB } }
settings: { jobs: 2, execution_mode: stop_on_failure }
stack: default
tags: [nightly]
extra: { owner: data }
]], {
    run_name = "nightly-{n}", enable_cache = true, parameters = { gamma = 0.01 },
    model = { name = "digits-svc", new_version = true, description = "", license = "MIT",
              tags = { "demo" } },
    steps = { svc_trainer = { parameters = { C = 10.0 }, enable_cache = false,
              retries = { times = 2, delay = 1, backoff = 2 }, timeout = 600,
              resources = { cpu = 1, memory = "2GiB" } } },
    settings = { jobs = 2, execution_mode = "stop_on_failure" }, stack = "default", tags = { "nightly" },
    extra = { owner = "data" },
  })
end)

check.test("plain scalars follow the core schema of YAML 1.2", function()
  for text, want in pairs {
    ["12"] = 12, ["-7"] = -7, ["+3"] = 3, ["007"] = 7, ["0o17"] = 15, ["0xff"] = 255, ["-0"] = 0,
    ["9223372036854775807"] = math.maxinteger, ["-9223372036854775808"] = math.mininteger,
    ["1.5"] = 1.5, [".5"] = 0.5, ["1."] = 1.0, ["1e3"] = 1000.0, ["-.inf"] = -1 / 0, [".INF"] = 1 / 0, [".nan"] = 0 / 0,
    ["true"] = true, ["True"] = true, ["TRUE"] = true, ["false"] = false, ["False"] = false, ["FALSE"] = false,
    yes = "yes", no = "no", on = "on", off = "off", Yes = "Yes", tRue = "tRue", ["1_000"] = "1_000", ["0b1"] = "0b1",
    ["1e"] = "1e", inf = "inf", nan = "nan", ["2026-11-22"] = "2026-11-22", ["1:30"] = "1:30", ["1.2.3"] = "1.2.3",
    ["'12'"] = "12", ['"true"'] = "true", ["'~'"] = "~", ['""'] = "", ['"\\u00e9\\n"'] = "é\n",
  } do check.eq(value("a: " .. text), { a = want }, text) end
  check.ok(1 / value "-0.0" < 0)
end)

check.test("a null field is absent, a null in a list is yaml.null, a null key is refused", function()
  for _, text in ipairs { "~", "null", "Null", "NULL", "" } do
    check.eq(value("a: " .. text .. "\nb: 1"), { b = 1 }, text)
    check.eq(value("- " .. text .. "\n- 1"), { json.null, 1 }, text)
  end
  check.eq(value "a: { b: [ { c: null }, null ] }", { a = { b = { {}, json.null } } })
  check.eq(yaml.decode("a: { b: ~ }", "x", true), { a = { b = json.null } })
  local _, where = yaml.decode "a: null"
  check.eq(where.a.text, "null")
  for _, key in ipairs { "null", "~", "Null" } do
    check.raises(function() value(key .. ": 1") end, "the key " .. key .. " is not a string; quote it")
  end
end)

check.test("a ? that begins a key in braces is refused, as readers differ on it", function()
  for _, text in ipairs { "{ ?foo: bar,\nbar: 42\n}\n", "{a: 1, ?b: 2}", "[?a]", '{?"a": 1}', "{é: [?b]}" } do
    check.raises(function() value(text) end, "a key that begins with ?; quote it, or put a space after the ?")
  end
  check.raises(function() yaml.decode("{ ?foo: bar }", "x.yaml") end, "x.yaml:1:3: ")
  check.eq(value "{ ? foo : bar, '?a': 1, b?: 2 }", { foo = "bar", ["?a"] = 1, ["b?"] = 2 })
  check.eq(value "?foo: bar", { ["?foo"] = "bar" })
end)

check.test("an empty file is null, and yaml.null is json.null", function()
  check.eq(value "", json.null)
  check.eq(value "# nothing\n", json.null)
  check.eq(value "---\n", json.null)
  check.eq(yaml.null, json.null)
end)

check.test("block and flow forms mean the same", function()
  check.eq(value "a:\n  - 1\n  - b: x\n    c: [1, {d: 2}]\n", { a = { 1, { b = "x", c = { 1, { d = 2 } } } } })
  check.eq(value "a: |\n  two\n  lines\nb: >\n  one\n  line\n", { a = "two\nlines\n", b = "one line\n" })
  check.eq(value "\u{FEFF}a: 1", { a = 1 })
  check.eq(value "%YAML 1.2\n---\na: 1\n...\n", { a = 1 })
  check.eq(value "? a\n: 1", { a = 1 })
  check.eq(value "a: []\nb: {}", { a = {}, b = {} })
end)

check.test("every value has its place and its text", function()
  local _, where = yaml.decode("a: 007\nb:\n  - 'x'\n  - {c d: ~}\nü: 1\n")
  check.eq(where[""], { line = 1, column = 1 })
  check.eq(where.a, { line = 1, column = 4, key_line = 1, key_column = 1, text = "007", plain = true })
  check.eq(where.b, { line = 3, column = 3, key_line = 2, key_column = 1 })
  check.eq(where["b[1]"], { line = 3, column = 5, text = "x", plain = false })
  check.eq(where['b[2]["c d"]'], { line = 4, column = 11, key_line = 4, key_column = 6, text = "~", plain = true })
  check.eq(where['["ü"]'].column, 4)
  _, where = yaml.decode "parameters:\n  gamma: 0.01\n"
  check.eq(where["parameters.gamma"].line, 2)
  check.eq(where["parameters.gamma"].column, 10)
end)

local bad = {
  { "a: 1\na: 2", "t.yaml:2:1: the key a is written twice in one map; remove one" },
  { "{a: 1, 'a': 2}", "t.yaml:1:8: the key a is written twice in one map" },
  { "a: &x 1", "t.yaml:1:4: an anchor, &x; write the value out wherever it is needed" },
  { "a: &x [1]", "t.yaml:1:4: an anchor, &x" },
  { "&x a: 1", "t.yaml:1:1: an anchor, &x" },
  { "a: *x", "t.yaml:1:4: an alias, *x; write the value out" },
  { "*x : 1", "t.yaml:1:1: an alias, *x" },
  { "!!str a", "t.yaml:1:1: a tag, tag:yaml.org,2002:str; remove it, values have the type that they look like" },
  { "a: !secret x", "t.yaml:1:4: a tag, !secret" },
  { "a: !<tag:yaml.org,2002:int> 3", "t.yaml:1:4: a tag, " },
  { "a: ! x", "t.yaml:1:4: a tag, !" },
  { "a: !!map {}", "t.yaml:1:4: a tag, " },
  { "a: !x!y z", "t.yaml:1:4: a tag; remove it" },
  { "%TAG !e! tag:e\n---\na", "t.yaml:1:1: a %TAG line; remove it, tags are not read" },
  { "%YAML 3.0\n---\na", "t.yaml:1:1: another version of YAML; this is read as YAML 1.2, remove the line" },
  { "a: 1\n---\nb: 2", "t.yaml:2:1: a second document; keep one per file" },
  { "<<: {a: 1}", "t.yaml:1:1: a merge key; write the fields out" },
  { "1: a", 't.yaml:1:1: the key 1 is not a string; quote it: "1"' },
  { "a: {true: 1}", 't.yaml:1:5: the key true is not a string; quote it: "true"' },
  { "~: 1", "t.yaml:1:1: the key ~ is not a string" },
  { "1.5: 1", "t.yaml:1:1: the key 1.5 is not a string" },
  { "99999999999999999999: 1", "is not a string; quote it" },
  { "? \n: 1", "t.yaml:1:2: an empty key; write one before ':'" },
  { "[1]: 2", "t.yaml:1:1: a list or map as a key; a key is a string" },
  { "? {a: 1}\n: 2", "t.yaml:1:3: a list or map as a key" },
  { "a: 99999999999999999999",
    "t.yaml:1:4: integer 99999999999999999999 does not fit 64 bits; write it with a point, or quote it" },
  { "a: 9223372036854775808", "t.yaml:1:4: integer 9223372036854775808 does not fit 64 bits" },
  { "a: 0xffffffffffffffff", "t.yaml:1:4: integer 0xffffffffffffffff does not fit 64 bits" },
  { "a: 1e999", "t.yaml:1:4: number 1e999 is beyond the range of a float; quote it" },
  { "a: b: c", "t.yaml:1:5: a ':' where a key is not allowed; quote text that contains ': '" },
  { "a: 1\n  b: 2", "t.yaml:2:4: a ':' where a key is not allowed" },
  { "a:\n\tb: 1", "t.yaml:2:1: a tab; indent with spaces" },
  { "\ta: 1", "t.yaml:1:1: a tab; indent with spaces" },
  { "a: [1, 2", "a list in [ ] without ',' or ']' here; close it, or quote its elements" },
  { "a: {b: 1", "a map in { } without ',' or '}' here; close it, or quote its elements" },
  { "a: [1, {b: 2]", "t.yaml:1:13: a map in { } without ',' or '}' here" },
  { "a: 'x", "t.yaml:1:4: a quote that is never closed; close it, or double it inside the text" },
  { 'x: 1\na: "x\n\n', "t.yaml:2:4: a quote that is never closed" },
  { "a: @x", "t.yaml:1:4: text that begins with a special character; quote it" },
  { "é: `x`", "t.yaml:1:4: text that begins with a special character; quote it" },
  { "- a\nb: c", "t.yaml:2:1: a list item without '-'; indent all items equally" },
  { "a: - b", "t.yaml:1:4: a '-' where a list cannot begin; put it on its own line" },
  { 'a: "\\q"', "t.yaml:1:5: an unknown escape; write \\\\ for a backslash, or use single quotes" },
  { "a: 'b' c", "t.yaml:1:8: a key is expected here; check the indentation and the quotes" },
  { "a: 1\nb\n", "a key without ':'; write KEY: VALUE" },
  { "[a]]", "t.yaml:1:4: text after the end of the value" },
  { "a: \1", "t.yaml:1:4: control character 0x01; write it in double quotes as \\x01" },
  { "a: \0", "t.yaml:1:4: control character 0x00" },
  { "é: \xff", "t.yaml:1:4: byte 0xff is not UTF-8; save the text as UTF-8" },
  { "a\n b: \u{80}", "t.yaml:2:5: a character that YAML does not allow" },
  { ("["):rep(65), "t.yaml:1:65: more than 64 levels of lists and maps; make it flatter" },
  { ("- "):rep(65) .. "a", "t.yaml:1:129: more than 64 levels of lists and maps" },
  { (" "):rep((1 << 20) + 1), "t.yaml:1:1: the text has 1048577 bytes; at most 1048576 are read" },
  { "? " .. ("k"):rep(1025) .. "\n: 1", "t.yaml:1:3: a key of 1025 bytes; at most 1024 are read" },
}
for _, case in ipairs(bad) do
  check.test(("YAML refuses %q"):format(case[1]:sub(1, 40)), function()
    local message = check.raises(function() yaml.decode(case[1], "t.yaml") end, case[2])
    check.eq(message:sub(1, 7), "t.yaml:")
  end)
end

check.test("64 levels and a megabyte are read", function()
  value(("["):rep(64) .. ("]"):rep(64))
  value("a: '" .. ("x"):rep((1 << 20) - 5) .. "'")
end)

check.test("a text without a name is called yaml", function()
  check.raises(function() yaml.decode "[" end, "yaml:")
  check.raises(function() yaml.decode() end, "expected a string, found")
end)

check.test("hostile texts of a megabyte are refused", function()
  local n = 1 << 20
  for _, part in ipairs { "[", "{", "- ", "? ", "{a: ", "[{", "- [", "&a ", "*a ", "!", "%", "---\n", "a: ", "'a ", '"',
                          "\t", "{a: [", "- - ? ", '"\\x', '["a":', "@", "|\n", "!!str ", "? - ", "[a: [", "a:\n" } do
    local text = part:rep(n // #part)
    check.raises(function() yaml.decode(text) end, "yaml:")
  end
end)

check.test("long keys around many values cannot blow up the places", function()
  local t = {}
  for i = 0, 59 do t[#t + 1] = (" "):rep(i) .. ("k"):rep(1000) .. ":\n" end
  t[#t + 1] = (" "):rep(60) .. "[" .. ("a,"):rep(400000) .. "]"
  check.raises(function() yaml.decode(table.concat(t)) end, "the keys are too long for so many values; shorten them")
end)

check.test("encode writes block style with sorted keys and only the quotes that are needed", function()
  check.eq(yaml.encode {
    b = { 1, 2.0, { x = 1, y = { 2 } }, {}, json.array {}, { { 1 }, { 2, 3 } } }, a = "text",
    c = { d = { e = json.null } },
    empty = {}, n = "yes", s = "1", t = true, u = "a: b", v = "", w = 1 / 0, z = 1e300, ["a key"] = "é", ["1"] = 1,
  }, [[
"1": 1
a: text
a key: "é"
b:
  - 1
  - 2.0
  - x: 1
    "y":
      - 2
  - {}
  - []
  - - - 1
    - - 2
      - 3
c:
  d:
    e: null
empty: {}
"n": "yes"
s: "1"
t: true
u: "a: b"
v: ""
w: .inf
z: 1.0e+300
]])
  check.eq(yaml.encode "x", "x\n")
  check.eq(yaml.encode {}, "{}\n")
end)

-- Random values by a generator of its own, the same on every machine.
local state = 7
local function random(n)
  state = state ~ (state << 13)
  state = state ~ (state >> 7)
  state = state ~ (state << 17)
  return (state >> 11) % n
end

local words = { "yes", "null", "~", "1", "0x1", "-", "- a", "a: b", "#", "a #b", "[", "{", "'", '"', "a\nb", " a", "a ",
  "",
                "\t", "\r\n", "\u{85}\u{2028}", "\u{FEFF}", "\u{FFFF}", "\0", "<<", "=", "!", "&a", "*a", "%", "@", "`",
                "|", ">",
                "?", ":", ",", "...", "---", "\\", "é", "\u{1F600}", "true", ".inf", ".nan", "1e5", "0o7", "a: ", "x:y",
                "\127" }

local function random_scalar()
  local kind = random(6)
  if kind == 0 then return random(2) == 0 end
  if kind == 1 then return state end
  if kind == 2 then return string.unpack("d", string.pack("i8", state)) end
  if kind == 3 then return json.null end
  return words[1 + random(#words)] .. (random(3) == 0 and words[1 + random(#words)] or "")
end

local function random_value(depth)
  local kind, t = depth > 0 and random(5) or 4, {}
  if kind > 2 then return random_scalar() end
  for i = 1, random(5) do
    local v = random_value(depth - 1)
    if kind == 0 or v ~= json.null then t[kind == 0 and i or words[1 + random(#words)]] = v end
  end
  return t
end

check.test("decode(encode(v)) is v for random values", function()
  for _ = 1, 5000 do
    local v = random_value(5)
    local text = yaml.encode(v)
    check.eq(value(text), v, text)
    check.eq(yaml.encode(value(text)):gsub("%[%]", "{}"), text:gsub("%[%]", "{}"))
  end
end)

check.test("what YAML cannot hold is named by its path", function()
  local cycle = {}
  cycle.a = { cycle }
  local deep = 1
  for _ = 1, 65 do deep = { deep } end
  check.raises(function() yaml.encode { a = { print } } end, "value.a[1]: a function cannot be written as YAML")
  check.raises(function() yaml.encode(cycle) end, "value.a[1]: a table that contains itself")
  check.raises(function() yaml.encode { 1, a = 2 } end,
    "value: a table that is neither a list without holes nor keyed by strings")
  check.raises(function() yaml.encode { "\xff" } end, "value[1]: a string that is not UTF-8")
  check.raises(function() yaml.encode(deep) end, "more than 64 levels of tables cannot be written as YAML")
  check.raises(function() yaml.encode { [("k"):rep(1030)] = 1 } end, "a key of more than 1024 bytes")
  check.has(check.raises(function() yaml.encode(print) end, "value: a function"), "yamllib_test.lua:")
end)

check.done()
