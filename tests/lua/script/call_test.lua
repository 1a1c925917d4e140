-- call_test.lua -- the arguments of a call of a step: rille.script.call.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local call = require "rille.script.call"
local graph = require "rille.graph"
local json = require "rille.json"
local step = require "rille.script.step"
local t = require "rille.script.types".t

local work = step.define "work" { inputs = { t.number "x", t.list(t.integer) "l" }, params = { k = 1.0, m = t.integer },
  outputs = { t.number "y" }, run = function(x) return x end }
local maker = step.define "maker" { outputs = { t.number "v", t.string "s" }, run = function() return 1, "" end }

-- The values of the inputs, and the parameters.
local function arguments(...)
  local inputs, params = call.arguments(function(_, _, v) return v end, nil, work, select("#", ...), ...)
  return { inputs[1], inputs[2], params.k, params.m }
end

local function refused(text, ...)
  local args = table.pack(...)
  check.raises(function() call.arguments(call.check_input, nil, work, args.n, table.unpack(args, 1, args.n)) end, text)
end

-- f inside define
local function wiring(f) return graph.build("here:1", true, f) end

check.test("arguments are given by name, or by position with the parameters behind", function()
  check.eq(arguments { x = 1, l = { 2 }, m = 3 }, { 1, { 2 }, 1.0, 3 })
  check.eq(arguments(1, { 2 }, { m = 3, k = 4 }), { 1, { 2 }, 4.0, 3 })
  check.eq(arguments { x = 1, l = { 2 }, m = 3, k = json.null }, { 1, { 2 }, 1.0, 3 })
end)

check.test("a name that is none, a missing one and too many are mistakes", function()
  refused('step "work": unknown input or parameter "z"; available: k, l, m, x', { x = 1, l = {}, z = 1 })
  refused('"retries" is an option; write work:with { retries = ... } { ... }', { x = 1, l = {}, retries = 1 })
  refused('input "l" (list(integer)) is missing', { x = 1 })
  refused('input "l" (list(integer)) is missing; it takes 2 inputs (x, l)', 1)
  refused("takes 2 inputs (x, l), found 4", 1, { 2 }, 3, 4)
  refused('parameter "m" is missing (integer)', { x = 1, l = {} })
  refused('parameter "m": expected an integer, found 1.5', { x = 1, l = {}, m = 1.5 })
end)

check.test("a value of the script is checked, and made what the port takes", function()
  check.eq(graph.is_wire(call.check_input(work, work.inputs[1], 2)), false)
  refused('input "x": expected a number, found "a"', { x = "a", l = {}, m = 1 })
  refused("found step \"maker\" itself; call it to pass its output: maker()", { x = maker, l = {}, m = 1 })
  refused("found the type number; pass a value, or the output of a step", { x = t.number, l = {}, m = 1 })
end)

check.test("a wire fits by its type, and belongs to the pipeline", function()
  local kept
  wiring(function()
    local made = maker()
    kept = made.v
    check.ok(rawequal(call.check_input(work, work.inputs[1], kept), kept))
    check.raises(function() call.check_input(work, work.inputs[1], made.s) end, 'input "x" expects number, but')
    check.raises(function() call.check_input(work, work.inputs[2], made.v) end, "write { NODE, ... }")
    check.raises(function() call.check_input(work, work.inputs[1], { made.v }) end,
      "only t.list(T) takes a list of nodes")
    check.raises(function() call.check_input(work, work.inputs[2], { a = made.v }) end, 'found the key "a"')
  end)
  wiring(function()
    maker()
    check.raises(function() call.check_input(work, work.inputs[1], kept) end, "belongs to another pipeline")
  end)
end)

check.test("parameters are copies: what happens to the script's table does not reach the step", function()
  local listed = step.define "listed" { params = { c = t.list(t.integer) }, run = function() end }
  local given = { 1, 2 }
  local params = call.fill_params(listed, { c = given })
  given[1] = 9
  check.eq(params.c, { 1, 2 })
  local bound = listed:with { c = { 3 } }
  check.eq(call.fill_params(bound, {}).c, { 3 })
  check.eq(call.fill_params(bound, { c = { 4 } }).c, { 4 })
end)

check.done()
