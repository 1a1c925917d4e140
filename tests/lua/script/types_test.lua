-- types_test.lua -- what ports and parameters accept: rille.types.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local types = require "rille.script.types"
local array = require "rille.array"
local frame = require "rille.frame"
local t = types.t

local function refused(typ, v, expected)
  local got, what = types.admit(typ, v)
  check.eq(got == types.REFUSED, true, "refused")
  check.eq(what, expected)
end

local function accepted(typ, v, as)
  local got = types.admit(typ, v)
  if as == nil then as = v end
  check.eq(got, as)
end

check.test("any accepts everything, nil too", function()
  for _, v in ipairs { 1, 1.5, "x", true, false, print, {} } do check.eq(types.admit(t.any, v), v) end
  check.eq(types.admit(t.any, nil), nil)
  check.eq(types.admit(t["nil"], nil), nil)
  refused(t["nil"], false, "nil")
end)

check.test("a number port makes an integer a float, an integer port refuses 1.5", function()
  accepted(t.number, 1, 1.0)
  accepted(t.number, 1.5)
  check.eq(1 / types.admit(t.number, -0.0), -math.huge, "-0.0 stays -0.0")
  accepted(t.number, 1 << 53, 2.0 ^ 53)
  accepted(t.number, math.mininteger, -2.0 ^ 63)
  for _, v in ipairs { (1 << 53) + 1, math.maxinteger } do
    refused(t.number, v, "a number (a float, which does not hold this integer exactly; t.integer does)")
  end
  accepted(t.integer, 3)
  accepted(t.integer, 3.0, 3)
  refused(t.integer, 1.5, "an integer")
  refused(t.integer, 1 / 0, "an integer")
  refused(t.number, "1", "a number")
  refused(t.integer, "1", "an integer")
  refused(t.number, nil, "a number")
end)

check.test("booleans, strings and bytes", function()
  accepted(t.boolean, false)
  refused(t.boolean, nil, "a boolean")
  refused(t.boolean, 0, "a boolean")
  accepted(t.string, "")
  accepted(t.bytes, "\0\255")
  refused(t.string, 5, "a string")
  refused(t.bytes, {}, "bytes (a string)")
end)

check.test("a table with a metatable is refused by t.table", function()
  accepted(t.table, { 1, a = 2 })
  refused(t.table, setmetatable({}, {}), "a table without a metatable")
  refused(t.table, setmetatable({}, { __metatable = false }), "a table without a metatable")
  refused(t.table, "x", "a table without a metatable")
end)

check.test("a table that a JSON library marked is plain data, unless its metatable does more", function()
  accepted(t.table, setmetatable({ a = 1 }, { __jsontype = "object", __jsonorder = { "a" } }))
  accepted(t.list(t.integer), setmetatable({ 1, 2 }, { __jsontype = "array" }))
  refused(t.table, setmetatable({}, { __jsontype = "object", __index = {} }), "a table without a metatable")
  refused(t.table, setmetatable({}, { __jsontype = "object", __pairs = next }), "a table without a metatable")
  refused(t.table, setmetatable({}, { __jsontype = true }), "a table without a metatable")
end)

check.test("arrays by their dimensions", function()
  local a = array.from { { 1, 2 }, { 3, 4 } }
  local v = array.from { 1, 2 }
  check.eq(types.admit(t.array, a) == a, true)
  check.eq(types.admit(t.matrix, a) == a, true)
  check.eq(types.admit(t.vector, v) == v, true)
  refused(t.vector, a, "a vector (an array of one dimension)")
  refused(t.matrix, v, "a matrix (an array of two dimensions)")
  refused(t.array, { { 1 } }, "an array")
end)

check.test("frames", function()
  local f = frame.new { { "a", { 1, 2 } } }
  check.eq(types.admit(t.frame, f) == f, true)
  refused(t.frame, {}, "a frame")
end)

check.test("limits of numbers", function()
  local typ = t.number { min = 0, max = 1 }
  accepted(typ, 0, 0.0)
  accepted(typ, 1, 1.0)
  refused(typ, -0.1, "a number of at least 0")
  refused(typ, 1.1, "a number of at most 1")
  refused(t.integer { gt = 0 }, 0, "an integer greater than 0")
  refused(t.integer { lt = 5 }, 5, "an integer less than 5")
  accepted(t.integer { gt = 0, lt = 5 }, 4)
end)

check.test("what is no number is within no limit", function()
  for _, o in ipairs { { min = 0 }, { max = 0 }, { gt = 0 }, { lt = 0 } } do
    check.eq(types.admit(t.number(o), 0 / 0) == types.REFUSED, true)
  end
  check.eq(types.admit(t.number, 0 / 0) ~= types.REFUSED, true)
end)

check.test("options add to options, and leave the type that they were given to", function()
  local a = t.number { min = 0 }
  local b = a { max = 1, default = 1 }
  check.eq(b.options, { min = 0, max = 1, default = 1.0 })
  check.eq(a.options, { min = 0 })
  check.eq(t.number.options, {})
  local message = check.raises(function() local _ = b { max = 0.5 } end,
    "type number: the default is 1.0, expected a number of at most 0.5")
  check.has(message, "types_test.lua:")
end)

check.test("a default is as the type makes it, false too", function()
  check.eq(t.number { default = 1 }.options.default, 1.0)
  check.eq(t.boolean { default = false }.options.default, false)
  check.eq(t.list(t.number) { default = { 1 } }.options.default, { 1.0 })
end)

check.test("a plain default stands for a type", function()
  check.eq(types.of_default(1).name, "integer")
  check.eq(types.of_default(1.0).name, "number")
  check.eq(types.of_default("x").name, "string")
  check.eq(types.of_default(false).name, "boolean")
  check.eq(types.of_default({}).name, "table")
  check.eq(types.of_default(array.from { 1 }).name, "array")
  check.eq(types.of_default(print), nil)
  check.eq(types.of_default(nil), nil)
  check.eq(types.of_default(io.stdout), nil)
end)

check.test("an enum gives its own value and names the near one", function()
  local typ = t.enum { "rbf", "linear" }
  check.eq(typ.name, 'enum("rbf","linear")')
  accepted(typ, "rbf")
  refused(typ, "liner", 'one of "rbf", "linear" (did you mean "linear"?)')
  refused(typ, "zzzzzz", 'one of "rbf", "linear"')
  refused(typ, nil, 'one of "rbf", "linear"')
  local mixed = t.enum { 1, 2.5, true, false, "x" }
  accepted(mixed, 1.0, 1)
  accepted(mixed, false)
  refused(mixed, "1", 'one of 1, 2.5, true, false, "x"')
  refused(mixed, 0 / 0, 'one of 1, 2.5, true, false, "x"')
end)

check.test("a list checks and converts its elements, in a copy", function()
  local given = { 1, 2 }
  accepted(t.list(t.number), given, { 1.0, 2.0 })
  check.eq(given, { 1, 2 })
  accepted(t.list(t.number), {})
  refused(t.list(t.number), { 1, "x" }, 'a list of numbers (element 2: expected a number, found "x")')
  refused(t.list(t.number), { a = 1 }, "a list (keys 1 to n)")
  refused(t.list(t.number), 5, "a list of numbers")
  refused(t.list(t.string), 5, "a list of strings")
  refused(t.list(t.matrix), 5, "a list of matrices")
  refused(t.list(t.dir), 5, "a list of folders")
  refused(t.list(t.svm), 5, "a list of values of type svm")
  refused(t.list(t.number), setmetatable({}, {}), "a list of numbers")
  accepted(t.list(t.list(t.integer)), { { 1.0 }, {} }, { { 1 }, {} })
  refused(t.list(t.list(t.integer)), { {}, { 1, 2.5 } },
    "a list of lists of integers (element 2: expected a list of integers (element 2: expected an integer, found "
      .. "2.5), found a table)")
end)

check.test("any_of takes the first type that accepts", function()
  local typ = t.any_of { t.integer, t.number, t.string }
  check.eq(typ.name, "any_of(integer,number,string)")
  accepted(typ, 2.0, 2)
  accepted(typ, 2.5)
  accepted(typ, "x")
  refused(typ, true, "one of integer, number, string")
end)

check.test("an interface accepts every class that has its methods", function()
  local typ = types.interface "fits_test" { methods = { "score", "fit" } }
  check.eq(t.fits_test == typ, true)
  local Class = { __name = "mine", fit = function() end, score = function() end }
  Class.__index = Class
  local value = setmetatable({}, Class)
  check.eq(types.admit(typ, value) == value, true)
  local lazy = setmetatable({}, { __index = function(_, k) return (k == "fit" or k == "score") and print or nil end })
  check.eq(types.admit(typ, lazy) == lazy, true)
  refused(typ, setmetatable({}, { __index = { fit = print } }),
    "a fits_test (a value with methods fit, score; score is missing)")
  refused(typ, { fit = print, score = print }, "a fits_test (a value with methods fit, score; fit is missing)")
  refused(typ, 5, "a fits_test (a value with methods fit, score; fit is missing)")
  refused(typ, nil, "a fits_test (a value with methods fit, score; fit is missing)")
  refused(typ, "x", "a fits_test (a value with methods fit, score; fit is missing)")
end)

check.test("classifier and svm are there from the start, and naming them loads nothing", function()
  check.eq(t.classifier.name, "classifier")
  check.eq(t.svm.name, "svm")
  check.eq(package.loaded["rille.svm"], nil)
  refused(t.svm, {}, "a model of type svm")
  refused(t.tree, nil, "a model of type tree")
  check.eq(package.loaded["rille.tree"], nil)
end)

check.test("a model's type takes the models of its battery alone", function()
  local linear, tree = require "rille.linear", require "rille.tree"
  local X, y = { { 0.0 }, { 1.0 } }, { 1, 2 }
  local grown, fitted, line = tree.fit(X, y), linear.Logistic.fit(X, y), linear.Regression.fit(X, y)
  check.ok(types.accept(t.tree, grown) == grown and types.accept(t.classifier, grown) == grown)
  check.ok(types.accept(t.linear, fitted) == fitted and types.accept(t.linear, line) == line)
  refused(t.linear, grown, "a model of type linear")
  refused(t.tree, fitted, "a model of type tree")
end)

check.test("a type with a name is a port, which takes options", function()
  local port = t.number "x"
  check.eq({ types.is_port(port), types.is_type(port), types.is_type(port.type) }, { true, false, true })
  check.eq({ port.name, port.type.name }, { "x", "number" })
  local named = port { name = "accuracy", doc = "of the test set" }
  check.eq({ named.options.name, port.options.name }, { "accuracy" })
  check.raises(function() return t.number "1x" end,
    'port "1x": a name must consist of letters, digits and _, and not begin with a digit')
end)

check.test("a wire fits unless it is certain not to", function()
  local fits = {
    { t.number, t.integer, true }, { t.integer, t.number, true }, { t.string, t.bytes, true },
    { t.string, t.number, false },
    { t.matrix, t.array, true }, { t.array, t.vector, true }, { t.matrix, t.vector, false },
    { t.frame, t.matrix, false },
    { t.any, t.number, true }, { t.number, t.any, true }, { t.svm, t.classifier, true }, { t.tree, t.classifier, true },
    { t.linear, t.classifier, true }, { t.tree, t.svm, false }, { t.linear, t.matrix, false },
    { t.matrix, t.classifier, false },
    { t.classifier, t.svm, true }, { t.list(t.number), t.table, true }, { t.table, t.list(t.number), true },
    { t.list(t.number), t.list(t.integer), true }, { t.list(t.number), t.list(t.string), false },
    { t.number, t.list(t.number), false },
    { t.any_of { t.number, t.string }, t.string, true }, { t.any_of { t.number, t.string }, t.matrix, false },
    { t.string, t.any_of { t.number, t.string }, true }, { t.frame, t.any_of { t.number, t.string }, false },
    { t.enum { "a" }, t.string, true }, { t["nil"], t.number, false }, { t.number, t.number { max = 1 }, true },
  }
  for _, case in ipairs(fits) do
    check.eq(types.could_fit(case[1], case[2]), case[3], case[1].name .. " into " .. case[2].name)
  end
end)

check.done()
