-- value_parser_test.lua -- values as people type them: rille.script.value_parser.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local value_parser = require "rille.script.value_parser"
local t = require "rille.script.types".t

local function parse(typ, text) return value_parser.parse(typ, text, 'parameter "p"') end
local function refused(typ, text, message)
  check.eq(check.raises(function() local _ = parse(typ, text) end), 'parameter "p": ' .. message)
end

check.test("numbers", function()
  check.eq(parse(t.number, "1"), 1.0)
  check.eq(parse(t.number, "1e-3"), 0.001)
  check.eq(parse(t.number, "-.5"), -0.5)
  check.eq(parse(t.number, ".inf"), 1 / 0)
  check.eq(parse(t.integer, "7"), 7)
  check.eq(parse(t.integer, "0x10"), 16)
  check.eq(parse(t.integer, "2.0"), 2)
  refused(t.integer, "1.5", "expected an integer, found 1.5")
  refused(t.number, "x", "expected a number, found x")
  refused(t.number, "", "expected a number, found nothing; null means the default")
  refused(t.number { max = 1 }, "2", "expected a number of at most 1, found 2")
end)

check.test("booleans are true and false alone", function()
  check.eq({ parse(t.boolean, "true"), parse(t.boolean, "false") }, { true, false })
  refused(t.boolean, "yes", "expected a boolean, found yes")
  refused(t.boolean, "1", "expected a boolean, found 1")
end)

check.test("where a string is wanted the text is the string", function()
  for _, text in ipairs { "a", "7", "true", "Null", "~", "", '""', "[1, 2", "'a'", "a: b", "x\ny" } do
    check.eq(parse(t.string, text), text)
  end
  check.eq(parse(t.bytes, "\0\255"), "\0\255")
end)

check.test("enums take the text, or the value that it stands for", function()
  check.eq(parse(t.enum { "rbf", "linear" }, "linear"), "linear")
  check.eq(parse(t.enum { 1, 2, true }, "2"), 2)
  check.eq(parse(t.enum { 1, 2, true }, "true"), true)
  check.eq(parse(t.enum { "1", "2" }, "2"), "2")
  refused(t.enum { "rbf", "linear" }, "liner", 'expected one of "rbf", "linear" (did you mean "linear"?), found liner')
end)

check.test("any is what YAML makes of it", function()
  check.eq(parse(t.any, "7"), 7)
  check.eq(parse(t.any, "7.0"), 7.0)
  check.eq(parse(t.any, "true"), true)
  check.eq(parse(t.any, "word"), "word")
  check.eq(parse(t.any, "'7'"), "7")
  check.eq(parse(t.any, "[1, a, { b: 2 }]"), { 1, "a", { b = 2 } })
end)

check.test("null is null for every type, the text null is written in quotes", function()
  local null = require("rille.json").null
  for _, typ in ipairs { t.any, t.number, t.integer, t.boolean, t.string, t.bytes, t.table, t.list(t.number),
    t.enum { "a", 1 } } do check.ok(parse(typ, "null") == null, typ.name) end
  for _, text in ipairs { "~", "Null", "NULL" } do
    check.ok(parse(t.number, text) == null and parse(t.any, text) == null, text)
  end
  check.eq({ parse(t.string, '"null"'), parse(t.string, "'null'"), parse(t.any, '"null"'),
    parse(t.enum { "null", "x" }, "null") },
    { "null", "null", "null", "null" })
  check.eq({ parse(t.string, '""'), parse(t.any, '""') }, { '""', "" })
  check.eq(#parse(t.any, "[1, null]"), 2)
  check.eq(parse(t.table, "{ a: null, b: 1 }"), { b = 1 })
  refused(t.list(t.string), "[a, null]",
    "expected a list of strings (element 2: expected a string, found null), found [a, null]")
  check.eq(parse(t.list(t.string), "[a, 'null', 7]"), { "a", "null", "7" })
  refused(t.any, "", 'expected a value, found nothing; null means the default, "" in quotes the empty string')
end)

check.test("lists and tables in YAML's brackets", function()
  check.eq(parse(t.list(t.number), "[1, 2]"), { 1.0, 2.0 })
  check.eq(parse(t.list(t.number), "[]"), {})
  check.eq(parse(t.table, "{ a: 1, b: [x] }"), { a = 1, b = { "x" } })
  refused(t.list(t.number), "[1, x]",
    'expected a list of numbers (element 2: expected a number, found "x"), found [1, x]')
  refused(t.list(t.number), "5", "expected a list of numbers, found 5")
  check.has(check.raises(function() parse(t.table, "{ a: 1") end), 'parameter "p": ')
end)

check.test("any_of takes the text where a string fits first", function()
  check.eq(parse(t.any_of { t.integer, t.string }, "7"), "7")
  check.eq(parse(t.any_of { t.integer, t.boolean }, "7"), 7)
end)

check.test("settings are split at the first equals sign; one name has one value", function()
  check.eq(value_parser.split { "a=1", "b=x=y", "s.p=2", "c=", "a=1" }, { a = "1", b = "x=y", ["s.p"] = "2", c = "" })
  local ok, err = pcall(value_parser.split, { "a=1", "b=2", "a=3" })
  check.eq({ ok, err.usage }, { false, "--set: a is set twice, to different values; set it once" })
  check.eq(value_parser.split {}, {})
end)

check.test("what is no setting is an error of use", function()
  for _, text in ipairs { "a", "=1", "", ".p=1", "s.=1" } do
    local ok, err = pcall(value_parser.split, { text })
    check.eq({ ok, err.usage }, { false, "--set " .. text .. ": expected NAME=VALUE or STEP.NAME=VALUE" })
  end
end)

check.done()
