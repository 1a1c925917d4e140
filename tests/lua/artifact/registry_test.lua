-- registry_test.lua -- materializers of a script, which one saves a value, and what of them
-- is in keys: rille.artifact.registry, materializer_choice, materializer_code.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local materializer_choice = require "rille.artifact.materializer_choice"
local materializer_code = require "rille.artifact.materializer_code"
local registry = require "rille.artifact.registry"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local function fields(more)
  local made = { version = 1, save = function(v, art) art:write("x", v.x) end,
    load = function(art) return art:read "x" end }
  for k, v in next, more do made[k] = v end
  return made
end

local function chosen(v, typ)
  local found, message = materializer_choice.choose(v, typ or t.any)
  return found and found.type, message
end

-- Calls f with materializers of these fields by name, which are gone afterwards.
local function with(list, f)
  for _, one in ipairs(list) do registry.define(one[1])(fields(one[2])) end
  local ok, message = pcall(f)
  for i = #list, 1, -1 do registry.remove(list[i][1], nil) end
  check.ok(ok, message)
end

check.test("what is wrong in a definition names the materializer and the field", function()
  local function refused(given, text) check.raises(function() registry.define "bad"(given) end, text) end
  refused(5, 'materializer "bad": expected a table of fields')
  refused({ version = 1, load = print, class = {} }, "save must be a function, found nil")
  refused(fields { class = {}, version = 0 }, "version must be an integer of at least 1")
  refused(fields {}, "give either class (a metatable or a list of them) or claims (a function)")
  refused(fields { class = {}, claims = print }, "give either class")
  refused(fields { class = 5 }, "class must be a metatable or a list of metatables")
  refused(fields { class = {}, views = { 5 } }, "the name of a view must be a string")
  check.raises(function() registry.define "number" end, "cannot be named \"number\": that is a type of rille")
end)

check.test("built-in ones are loaded by name; the script's own come first", function()
  check.eq({ registry.named "integer" .type, registry.builtin "nothing" }, { "integer" })
  local Class = {}
  with({ { "point", { class = Class } } }, function()
    check.ok(registry.named "point".custom)
    check.eq(t.point.name, "point")
    check.ok(registry.covers(registry.own.point, setmetatable({}, Class))
      and not registry.covers(registry.own.point, {}))
  end)
  check.eq(registry.own.point, nil)
  check.eq(registry.by_class[Class], nil)
end)

check.test("a value is saved by its port's type, its class, else by what it is", function()
  check.eq({ chosen(1), chosen(1.5), chosen("a"), chosen(true), chosen(nil), chosen {}, chosen(1, t.number) },
    { "integer", "number", "string", "boolean", "nil", "table", "number" })
  check.eq({ chosen({}, t.list(t.any)), chosen("a", t.bytes) }, { "list", "bytes" })
  check.eq(select(2, chosen(print)), "a function has no materializer; define one with rille.materializer")
  local A, B = { __name = "A" }, {}
  with({ { "first", { class = A } }, { "second", { class = { A, B } } } }, function()
    check.eq(chosen(setmetatable({}, B)), "second")
    check.has(select(2, chosen(setmetatable({}, A))), "has two materializers, first and second")
    check.eq(chosen(setmetatable({}, A), t.first), "first")
  end)
  with({ { "odd", { claims = function(v) return type(v) == "number" and v % 2 == 1 end } } }, function()
    check.eq({ chosen(3), chosen(2) }, { "odd", "integer" })
  end)
end)

check.test("the materializer of an output is that of its type, where the value does not decide", function()
  local s = step.define "outs" { outputs = { t.number "a", t.any "b", t.list(t.any) "c" }, run = function() end }
  check.eq(materializer_choice.of_output(s, 1), { type = "number", version = 1 })
  check.eq(materializer_choice.of_output(s, 3).type, "list")
  check.eq(materializer_choice.of_output(s, 2, "x").type, "string")
  check.has(select(2, materializer_choice.of_output(s, 2)),
    'output "b" is of type any, so its materializer depends on the value')
end)

check.test("the materializers of a step's port types are in its key, others are not", function()
  local number = step.define "plain" { outputs = { t.number "v" }, run = function() end }
  check.eq(materializer_code.of_step(number), "")
  local Class = {}
  with({ { "kept", { class = Class } }, { "other", { class = {} } } }, function()
    local s = step.define "keeps" { inputs = { t.kept "x" }, outputs = { t.kept "v" }, run = function(x) return x end }
    local first = materializer_code.of_step(s)
    check.eq(#first, 32)
    check.ok(materializer_code.is_in_key(s.inputs[1]))
    registry.define "other"(fields { class = {}, version = 2 })
    check.eq(materializer_code.of_step(s) == first, true)
    registry.define "kept"(fields { class = Class, version = 2 })
    check.eq(materializer_code.of_step(s) == first, false)
    check.eq(materializer_code.of_step(number), "")
  end)
  check.eq(materializer_code.of_use("load", "kept"), "")
end)

check.done()
