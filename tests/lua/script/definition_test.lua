-- definition_test.lua -- ports, parameters and names of definitions: rille.script.definition.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local definition = require "rille.script.definition"
local json = require "rille.json"
local t = require "rille.script.types".t

local function ports_refused(list, text)
  check.raises(function() definition.check_ports("it", "inputs", list, {}) end, text)
end

check.test("ports are a list of ports with names of their own", function()
  local seen = {}
  definition.check_ports("it", "inputs", { t.number "a", t.any "b" }, seen)
  check.eq(seen, { a = "inputs", b = "inputs" })
  ports_refused(t.number "a", "it: inputs must be a list of ports")
  ports_refused({ t.number }, 'it: inputs 1 has no name; write t.number "NAME"')
  ports_refused({ a = t.list(t.number) }, 'found the key "a"; write { t.list(t.number) "a" }')
  ports_refused({ 5 }, "it: inputs 1 is 5, expected a port")
  ports_refused({ t.any "a", nil, t.any "b" }, "inputs has a gap")
  ports_refused({ t.any "a", t.any "a" }, 'the name "a" is used twice')
  ports_refused({ t.list(t.list(t.artifact)) "a" }, "an input takes t.artifact or t.list(t.artifact)")
  check.eq(definition.port_names { t.any "a", t.any "b" }, "a, b")
end)

check.test("parameters are sorted by name; a plain value is a default and its type", function()
  local list = definition.param_list("it", { b = 2, a = t.string { default = "x" }, c = t.number }, {})
  check.eq({ list[1].name, list[2].name, list[3].name }, { "a", "b", "c" })
  check.eq({ list[1].default, list[2].default, list[2].type.name, list[3].default }, { "x", 2, "integer" })
  local function refused(params, text) check.raises(function() definition.param_list("it", params, {}) end, text) end
  refused(5, "params must be a table of names and types, found 5")
  refused({ t.number "a" }, "params are written { a = t.number }, found a port")
  refused({ 5 }, "found the key 1")
  refused({ a = print }, "cannot be a default")
  refused({ a = t.artifact }, "t.artifact is only for inputs")
end)

check.test("a parameter's value is what its type takes; null stands for the default", function()
  local param = { name = "k", type = t.number }
  check.eq({ definition.check_value("it", param, 2), definition.check_value("it", param, json.null) }, { 2.0 })
  check.raises(function() definition.check_value("it", param, "x") end, 'it: parameter "k": expected a number')
  local any = { name = "k", type = t.any }
  check.raises(function() definition.check_value("it", any, { f = print }) end, 'it: parameter "k": ')
  check.eq(definition.check_step_param("s", param, 1), 1.0)
  check.raises(function() definition.check_step_param("s", param, {}) end, 'step "s": parameter "k": expected a number')
end)

check.test("a copy shares no table with the original", function()
  local inner = { 1 }
  local copy = definition.copy { a = inner, b = "x" }
  check.eq(copy, { a = { 1 }, b = "x" })
  check.ok(not rawequal(copy.a, inner))
end)

check.test("kind \"name\" { fields } and kind(\"name\", { fields }) are the same", function()
  local made = definition.builder("thing", "^%a+$", "letters", function(_, name, fields) return name .. fields[1] end)
  check.eq({ made "a" { 1 }, made("a", { 1 }) }, { "a1", "a1" })
  check.raises(function() made "1" end, "a thing's name must be a string of letters, found \"1\"")
  check.raises(function() made { x = 1 } end, 'write thing "NAME" { ... }')
  check.raises(function() made(("a"):rep(201)) end, "at most 200 letters, found 201")
end)

check.done()
