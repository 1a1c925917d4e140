-- step_test.lua -- how steps are defined, changed by :with and extended: rille.script.step.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local step = require "rille.script.step"
local running = require "rille.project.running"
local t = require "rille.script.types".t

local function add_of(x, y, p) return x + y + p.k end

local add = step.define "add" {
  doc = "adds", inputs = { t.number "x", t.number "y" }, params = { k = 0.0, a = "text" }, outputs = { t.number "sum" },
  run = add_of,
}

local function refused(fields, text) check.raises(function() step.define "bad"(fields) end, text) end

check.test("a step has its ports in order, its parameters by name, and a position for each", function()
  check.eq({ add.name, add.doc, #add.inputs, add.inputs[2].name, add.outputs[1].name },
    { "add", "adds", 2, "y", "sum" })
  check.eq({ add.params[1].name, add.params[2].name, add.params[2].default }, { "a", "k", 0.0 })
  check.eq(add.index, { input = { x = 1, y = 2 }, param = { a = 1, k = 2 }, output = { sum = 1 } })
  check.ok(step.is_step(add) and not step.is_step {})
  check.ok(rawequal(step.steps.add, add))
end)

check.test("what is wrong in a definition names the step and the field", function()
  refused({ run = 1 }, 'step "bad": run must be the function that does the work, found 1')
  refused({ rnu = print }, 'step "bad": unknown field "rnu"; did you mean "run"?')
  refused({ run = function() end, cache = "never" }, 'cache must be true, false or "always"')
  refused({ run = function() end, version = {} }, "version must be a string or an integer")
  refused({ run = function() end, inputs = { t.number } }, "inputs 1 has no name")
  refused({ run = function() end, inputs = { t.number "a" }, params = { a = 1 } }, 'the name "a" is used twice')
  refused({ run = function() end, command = "true" }, "it has both run and command")
  refused({ run = function() end, env = {} }, "env is for steps with a command")
  refused({ run = function() end, retries = -1 }, "retries must be a number of attempts")
  check.raises(function() step.define "a b" {} end, "a step's name must be a string of letters")
end)

check.test("arguments of run stand where the inputs stand", function()
  refused({ inputs = { t.any "a", t.any "b" }, run = function(b, a) return a, b end },
    'argument 1 of run is "b", but the inputs are declared in the order a, b')
  refused({ inputs = { t.any "a" }, run = function(a, ctx, p) return a, ctx, p end }, 'argument 2 of run is "ctx"')
  refused({ run = function(p, ctx, more) return p, ctx, more end }, "run takes 3 arguments, but gets 2")
end)

check.test(":with gives options and parameters, and leaves the step as it was", function()
  local one = add:with { id = "one", k = 2, retries = 3 }
  check.eq({ one.options.id, one.bound.k, one.options.retries.times }, { "one", 2.0, 3 })
  check.eq({ add.bound, add.options.retries }, { false })
  check.ok(rawequal(one.run, add.run) and rawequal(one.inputs, add.inputs))
  local two = one:with { a = "b" }
  check.eq({ two.bound, two.options.id }, { { k = 2.0, a = "b" }, "one" })
  check.raises(function() add:with { kk = 1 } end, 'step "add": with: unknown option "kk"')
  check.raises(function() add:with { k = "x" } end, 'parameter "k": expected a number, found "x"')
  check.raises(function() add:with(1) end, "with takes a table of options")
  check.raises(function() add.with { k = 1 } end, "with is a method")
  check.raises(function() add:with { materializers = { out = {} } } end, 'there is no output "out"')
end)

check.test("a step with another id has the fields of one with other options", function()
  local function fields(v)
    local list = {}
    for k, x in next, v do list[#list + 1] = k .. "=" .. (k == "options" and x.id or tostring(x)) end
    table.sort(list)
    return table.concat(list, " ")
  end
  local function one() return add:with { id = "x" } end
  local full = add:with { id = "x", retries = add.options.retries }
  full.equivalent = add
  for _, read in ipairs { function(v) return v.name end, function(v) return v.options end,
    function(v) return v.equivalent end, function(v) for _ in pairs(v) do break end end,
    function(v) v.note = 1 v.note = nil end, step.complete } do
    local v = one()
    check.ok(step.is_step(v) and rawget(v, "name") == nil)
    read(v)
    check.eq(fields(v), fields(full))
    check.ok(debug.getmetatable(v) == step.Step and not step.complete(v))
  end
  check.eq(tostring(one()), 'step "add"')
  check.ok(one().options ~= add.options and one().doc == "adds" and rawequal(one().inputs, add.inputs))
  check.eq(one():with({ id = "y" }).options.id, "y")
  check.eq(one():with({ k = 3 }).options.id, "x")
  check.eq(add:with({ k = 3 }):with({ id = "z" }).bound, { k = 3.0 })
  check.raises(function() return one().nothing end, 'step "add" has no field "nothing"')
  local shown, all = {}, {}
  for k in pairs(one()) do shown[k] = true end
  for k in pairs(full) do all[k] = true end
  check.eq(shown, all)
end)

check.test("a step with another id, order or parameter does the same work; other options change it", function()
  check.ok(rawequal(add:with({ id = "x" }).equivalent, add))
  check.ok(rawequal(add:with({ id = "x" }):with({ k = 1 }).equivalent, add))
  check.eq(add:with({ cache = false }).equivalent, false)
  check.eq(add:with({ timeout = 5 }).equivalent, false)
end)

check.test("in a running step a step is a plain function", function()
  running.enter {}
  local ok, sum = pcall(function() return add(1, 2, { k = 3 }) end)
  running.leave()
  check.eq({ ok, sum }, { true, 6 })
end)

check.test("a class has the method entrypoint for a body, its parent's until it has its own", function()
  local Base = step.Base:extend "base_class" { params = { n = 1 }, outputs = { t.number "v" } }
  Base.factor = 10
  function Base:entrypoint(p) return self.factor * p.n end
  local Child = Base:extend "child_class" { params = { m = 2 } }
  Child.factor = 100
  check.eq({ #Child.params, Child.params[1].name, Child.params[2].name }, { 2, "m", "n" })
  check.eq({ Base.fn { n = 2 }, Child.fn { n = 2 } }, { 20, 200 })
  function Child:entrypoint(p) return p.m end
  check.eq(Child.fn { m = 7 }, 7)
  check.raises(function() Base.timeout = 1 end, '"timeout" is a field; write it in the table given to extend')
  check.raises(function() Base.entrypoint = 1 end, "entrypoint must be the method that does the work")
  check.raises(function() return step.Base:extend "empty_class" {}.fn end, "it has no method entrypoint")
end)

check.test("a field that a step does not have is a mistake", function()
  check.raises(function() return add.inptus end, 'step "add" has no field "inptus"; did you mean "inputs"?')
  check.raises(function() return add.sum end, "to use its output, call the step inside define")
  check.eq(tostring(add), 'step "add"')
end)

check.done()
