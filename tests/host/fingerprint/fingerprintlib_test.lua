-- fingerprintlib_test.lua -- rille.host.fingerprint: what must miss, what must hit.
-- A case is the text of a script that returns a function; two texts are compared.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local fp = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local raw = {}
for k, v in pairs(_G) do raw[k] = v end

fp.setup(_G)

local function load_case(text)
  return assert(load(text, "=case.lua", "t", _G))()
end

-- Globals that a case sets are gone after it.
local function clean()
  setmetatable(_G, nil)
  for k in pairs(_G) do if raw[k] == nil then _G[k] = nil end end
  for _, name in ipairs { "plus", "shout" } do string[name], math[name] = nil, nil end
end

local function walk(text, opts)
  local f = load_case(text)
  local info, message = fp.walk(f, opts or { name = "s.run", own = true })
  if info then check.ok(fp.check(f, info), "check agrees with walk") end
  clean()
  return info, message, f
end

local function digest(text)
  local info, message = walk(text)
  return check.ok(info, message).digest
end

local function hits(name, a, b)
  check.test(name .. " hits", function() check.eq(digest(a) == digest(b), true) end)
end

local function misses(name, a, b)
  check.test(name .. " misses", function()
    check.eq(digest(a) == digest(b), false)
    check.eq(digest(a) == digest(a), true, "the same text twice")
  end)
end

-- the same text with PATTERN replaced
local function edited(name, text, from, to)
  local at, last = text:find(from, 1, true)
  misses(name, text, text:sub(1, check.ok(at, from) - 1) .. to .. text:sub(last + 1))
end

-- must miss -------------------------------------------------------------------

edited("a constant in the body", "return function(x) return x + 1 end", "1", "2")
edited("an operator", "return function(x) return x + 1 end", "+", "-")
edited("an integer that becomes a float", "return function() return 3 end", "3", "3.0")
edited("a number that becomes a string", "return function() return 3 end", "3", "'3'")
edited("a helper", "local function h(x) return x * 2 end return function(x) return h(x) end", "2", "3")

local deep = [[
local k = 10
local function h3(x) return x + 3 end
local function h2(x) return h3(x) * k end
local function h1(x) return h2(x) end
return function(x) return h1(x) end]]
edited("a helper three levels deep", deep, "+ 3", "+ 4")
edited("a helper two levels deep", deep, "* k", "/ k")
edited("what a helper captures", deep, "k = 10", "k = 11")
edited("a captured variable", "local g = 0.001 return function() return g end", "0.001", "0.01")
edited("1 that becomes 1.0, captured", "local g = 1 return function() return g end", "= 1", "= 1.0")
edited("0.0 that becomes -0.0, captured", "local g = 0.0 return function() return g end", "0.0", "-0.0")
edited("true that becomes 'true', captured", "local g = true return function() return g end", "true", "'true'")
edited("nil that becomes false, captured", "local g = nil return function() return g end", "nil", "false")
edited("a captured table's field", "local c = { a = 1, b = 2 } return function() return c end", "1", "3")
edited("a captured table's nested field", "local c = { a = { b = { 1, 2 } } } return function() return c.a.b[2] end",
  "2 }", "3 }")
edited("a captured table's key", "local c = { ab = 'c' } return function() return c end", "ab = 'c'", "a = 'bc'")
edited("values swapped between fields", "local c = { a = 1, b = 2 } return function() return c end", "a = 1, b = 2",
  "a = 2, b = 1")
edited("a captured boolean key", "local c = { [true] = 1 } return function() return c end", "true", "false")
edited("a captured table's metatable's function", [[
local class = {} class.__index = class
function class:get() return 1 end
local o = setmetatable({}, class)
return function() return o:get() end]], "return 1", "return 2")
edited("a metamethod of a captured table", [[
local o = setmetatable({}, { __add = function(a, b) return 1 end })
return function() return o + o end]], "return 1", "return 2")
edited("__index of a captured table whose field is missing", [[
local o = setmetatable({}, { __index = function(t, k) return 1 end })
return function() return o.x end]], "return 1", "return 2")
edited("a closure made by a factory", [[
local function scale(k) return function(x) return x * k end end
local f = scale(2)
return function(x) return f(x) end]], "scale(2)", "scale(3)")
edited("a step made by a factory", [[
local function make(k) return function(x) return x * k end end
return make(2)]], "make(2)", "make(3)")
edited("a global helper", "function gh(x) return x + 1 end return function(x) return gh(x) end", "1", "2")
edited("a global number", "G = 1 return function() return G end", "1", "2")
edited("a global's field", "conf = { a = { b = 1 } } return function() return conf.a.b end", "1", "2")
edited("a global's field used through a local", "conf = { a = 1 } return function() local c = conf return c.a end", "1",
  "2")
edited("a global that another global function reads", [[
function a() return b() end function b() return C end C = 1
return function() return a() end]], "C = 1", "C = 2")
edited("a global that appears", "return function() return later end", "return", "later = 5 return")
edited("a global behind a metatable of the globals", [[
setmetatable(_ENV, { __index = { hidden = 1 } })
return function() return hidden end]], "1", "2")
edited("a global behind a function in the metatable of the globals", [[
setmetatable(_ENV, { __index = function(_, k) return k .. "1" end })
return function() return hidden end]], '"1"', '"2"')
edited("a method added to string", [[
function string.plus(s) return s .. "+" end
return function(s) return s:plus() end]], '"+"', '"-"')
misses("a method added to string, which was not there", "return function(s) return s:plus() end",
  "function string.plus(s) return s end return function(s) return s:plus() end")
edited("a method added to string that a helper calls", [[
function string.plus(s) return s .. "+" end
local function h(s) return s:plus() end
return function(s) return h(s) end]], '"+"', '"-"')
edited("a method added to string that another added method calls", [[
function string.shout(s) return s .. "!" end
function string.plus(s) return s:shout() end
return function(s) return s:plus() end]], '"!"', '"?"')
edited("a method added to string, called by a computed name", [[
function string.plus(s) return s .. "+" end
return function(s, n) return s[n](s) end]], '"+"', '"-"')
edited("a function added to math", "function math.plus(x) return x + 1 end return function(x) return math.plus(x) end",
  "1", "2")
edited("a function added to math, through a local", [[
function math.plus(x) return x + 1 end
local m = math
return function(x) return m.plus(x) end]], "1", "2")
edited("a function added to math, math being passed on", [[
function math.plus(x) return x + 1 end
local function call(m, x) return m.plus(x) end
return function(x) return call(math, x) end]], "x + 1", "x + 2")
check.test("a replaced function of the standard library misses", function()
  local text = "return function(s) return s:rep(2), string.rep(s, 3) end"
  local before, original = digest(text), string.rep
  string.rep = function(s) return s end
  local after = digest(text)
  string.rep = original
  check.ok(before ~= after)
  check.eq(digest(text), before)
end)
check.test("a replaced __index of strings misses, and so does its edit", function()
  local text = "return function(s) return s:rep(2) end"
  local before, meta, index = digest(text), getmetatable "", string
  meta.__index = function(_, k) return index[k] end
  local one = digest(text)
  meta.__index = function(_, k) return index[k .. ""] end
  local two = digest(text)
  meta.__index = index
  check.ok(before ~= one and one ~= two)
  check.eq(digest(text), before)
end)
check.test("a metatable of numbers misses", function()
  local text = "return function(n) return n.x end"
  local before = digest(text)
  debug.setmetatable(0, { __index = function() return 1 end })
  local one = digest(text)
  debug.setmetatable(0, { __index = function() return 2 end })
  local two = digest(text)
  debug.setmetatable(0, nil)
  check.ok(before ~= one and one ~= two and before ~= two)
end)
edited("a coroutine's body", [[
local function gen(n) for i = 1, n do coroutine.yield(i) end end
return function() return coroutine.wrap(function() gen(3) end) end]], "yield(i)", "yield(-i)")
edited("the default of an argument", "return function(x) x = x or 5 return x end", "5", "6")
edited("a loop's bound", "return function() local s = 0 for i = 1, 10 do s = s + i end return s end", "10", "11")
edited("a nested function's body", "return function() return function() return function() return 1 end end end",
  "return 1", "return 2")
edited("which variable a nested function captures", "return function(a, b) return function() return a end end",
  "return a", "return b")
edited("a const folded into the function", "local N <const> = 5 return function() return N end", "5", "6")
edited("a function in a captured list",
  "local fs = { function() return 1 end, function() return 2 end } return function() return fs end", "return 2",
  "return 3")
edited("an alias of a standard function", "local f = math.floor return function(x) return f(x) end", "floor", "ceil")
edited("an alias of a library", "local io = io return function(x) return io end", "= io", "= os")
edited("a global name", "return function(x) return math.floor(x) end", "floor", "ceil")
edited("an element of a large table",
  "local t = {} for i = 1, 1000 do t[i] = i end t[500] = 0 return function() return t end", "= 0", "= 1")
edited("a field of a module that a helper sets and the function reads", [[
local M = { v = 1 }
local function bump() M.v = M.v + 1 end
return function() bump() return M.v end]], "v = 1", "v = 2")
edited("two closures that share a counter, which no longer do", [[
local function pair() local n = 0 return function() n = n + 1 return n end, function() return n end end
local a, b = pair() local c, d = pair()
local inc, get = a, b
return function() inc() return get() end]], "= a, b", "= a, d")
edited("a sandbox's own function", [[
local box = setmetatable({ f = function() return 1 end }, { __index = _G })
return load("return function() return f() end", "=box", "t", box)()]], "return 1", "return 2")
edited("a global read through a sandbox", [[
g = 1
local box = setmetatable({}, { __index = _G })
return load("return function() return g end", "=box", "t", box)()]], "g = 1", "g = 2")
edited("a global read through two sandboxes", [[
g = 1
local box = setmetatable({}, { __index = setmetatable({}, { __index = _G }) })
return load("return function() return g end", "=box", "t", box)()]], "g = 1", "g = 2")
edited("a sandbox that hides a global", [[
g = 1
local box = setmetatable({ h = 2 }, { __index = _G })
return load("return function() return g end", "=box", "t", box)()]], "h = 2", "g = 2")
edited("an environment in a local", "local _ENV = { x = 1 } return function() return x end", "1", "2")
edited("what an environment in a local computes", [[
local _ENV = setmetatable({}, { __index = function() return 1 end })
return function() return x end]], "return 1", "return 2")

edited("a metatable behind a field that a helper clears", [[
local o = setmetatable({ x = 1 }, { __index = function() return 2 end })
local function clear() o.x = nil end
return function() clear() return o.x end]], "return 2", "return 3")
edited("a metatable of the globals behind a global that a helper clears", [[
setmetatable(_ENV, { __index = function() return 2 end })
g = 1
local function clear() g = nil end
return function() clear() return g end]], "return 2", "return 3")
edited("a global behind one of a sandbox that a helper clears", [[
g = 1
local box = setmetatable({ g = 2 }, { __index = _G })
return load("local function clear() g = nil end return function() clear() return g end", "=box", "t", box)()]], "g = 1", "g = 3")
edited("a field of a captured module read by a helper only", [[
local M = { a = 1, b = 2 }
function M.get() return M.b end
return function() return M.a + M.get() end]], "b = 2", "b = 3")
edited("a captured module walked by pairs",
  "local M = { a = 1 } return function() local s = 0 for _, v in pairs(M) do s = s + v end return s + M.a end", "a = 1",
  "a = 1, b = 1")
edited("the same cell, of which two functions name other fields", [[
local M = { a = 1, b = 2 }
local function f() return M.a end
local function g() return M.b end
return function() return f() + g() end]], "b = 2", "b = 3")
edited("a table that was named in part and is then passed on", [[
local M = { a = 1, b = 2 }
local function f() return M.a end
local function g() return next(M) end
return function() return f(), g() end]], "b = 2", "b = 3")
edited("a method of a captured object",
  "local M = { v = 1, get = function(self) return self.v end } return function() return M:get() end", "v = 1", "v = 2")

local many = {}
for i = 1, 300 do many[i] = ("'k%d',"):format(i) end
many = table.concat(many)
edited("a global read by a function of 300 constants", "G = 1 return function() local t = {" .. many
  .. "} return G end", "G = 1", "G = 2")
edited("a global's field read by a function of 300 constants", "G = { x = 1 } return function() local t = {" .. many
  .. "} return G.x end", "x = 1", "x = 2")
edited("a global with a long name",
  "this_is_a_global_with_more_than_forty_letters = 1 return function() return "
    .. "this_is_a_global_with_more_than_forty_letters end",
  "= 1", "= 2")
edited("the empty name", "_ENV[''] = 1 return function() return _ENV[''] end", "= 1", "= 2")

-- must hit -----------------------------------------------------------------------

local step = [[
local gamma = 0.001
local function dot(a, b) return a * b * gamma end
return function(x, y)
  local t = { n = 16, x = x }
  for i = 1, 10 do t.n = t.n + dot(i, y) end
  return t.n, "done", t["x"]
end]]
hits("a comment and blank lines", step, "-- about\n\n" .. step:gsub("local t", "-- so\n\n  local t"))
hits("another indentation", step, (step:gsub("\n%s*", "\n\t\t")))
hits("one line", step, (step:gsub("\n", " ")))
hits("renamed locals and parameters", step,
  (step:gsub("x, y", "u, v"):gsub("i, y", "i, v"):gsub("= x }", "= u }"):gsub("%f[%w]t%f[%W]", "box")))
hits("a renamed captured variable", step, (step:gsub("gamma", "g")))
hits("a renamed helper", step, (step:gsub("dot", "product")))
hits("other quotes", step, (step:gsub('"done"', "'done'")))
hits("0x10 for 16", step, (step:gsub("16", "0x10")))
hits("5 + 5 for 10", step, (step:gsub("10", "5 + 5")))
hits("t.x for t['x']", step, (step:gsub('t%["x"%]', "t.x")))
hits("an unrelated function above", step, "local function other() return 99 end other()\n" .. step)
hits("an unrelated global", step, "unrelated = 99 function also() end\n" .. step)
hits("a method added to string that nobody calls", step, "function string.plus(s) return s end " .. step)
hits("a function added to math that nobody calls", "return function(x) return math.floor(x) end",
  "function math.plus() end return function(x) return math.floor(x) end")
hits("captured keys set in another order", "local c = {} c.a = 1 c.b = 2 c[true] = 3 return function() return c end",
  "local c = {} c[true] = 3 c.b = 2 c.a = 1 return function() return c end")
hits("a captured list built backwards", "local c = { 1, 2, 3 } return function() return c end",
  "local c = {} for i = 3, 1, -1 do c[i] = i end return function() return c end")
hits("a helper that moved below another",
  "local function a() return 1 end local function b() return 2 end return function() return a() + b() end",
  "local function b() return 2 end local function a() return 1 end return function() return a() + b() end")
hits("another function of a module",
  "local m = { f = function() return 1 end, g = function() return 2 end } return function() return m.f() end",
  "local m = { f = function() return 1 end, g = function() return 3 end } return function() return m.f() end")
hits("another field of a global table", "conf = { a = 1, b = 2 } return function() return conf.a end",
  "conf = { a = 1, b = 3 } return function() return conf.a end")
hits("another name for an alias", "local floor = math.floor return function(x) return floor(x) end",
  "local f = math.floor return function(x) return f(x) end")
hits("a cyclic table that is the same", "local t = {} t.t = t return function() return t end",
  "local t = {} t.t = t return function() return t end")
misses("a cycle of two for a cycle of one", "local t = {} t.t = t return function() return t end",
  "local t = {} t.t = { t = t } return function() return t end")
hits("a recursive function", "local function f(n) return n < 2 and 1 or n * f(n - 1) end return f",
  "local function g(n) return n < 2 and 1 or n * g(n - 1) end return g")
hits("mutual recursion", "local a, b function a() return b() end function b() return a() end return a",
  "local p, q function p() return q() end function q() return p() end return p")
hits("another value of a sandbox",
  "local box = setmetatable({ a = 1, b = 2 }, { __index = _G }) return load('return function() return a end', "
    .. "'=box', 't', box)()",
  "local box = setmetatable({ a = 1, b = 3 }, { __index = _G }) return load('return function() return a end', "
    .. "'=box', 't', box)()")

-- what is said ----------------------------------------------------------------------

local function leaf_of(info, path)
  for _, leaf in ipairs(info.leaves) do if leaf.path == path then return leaf end end
  error("no leaf " .. path, 2)
end

check.test("the leaves say what changed", function()
  local info = walk [[
local gamma, helpers = 0.001, { scale = { factor = 2.0, name = "x" }, list = { 10, 20 } }
local function dot(a) return a * gamma end
return function()
  return dot(helpers.scale.factor), helpers.list, conf
end]]
  local run, dot = leaf_of(info, "s.run"), leaf_of(info, "dot")
  check.eq({ run.kind, run.role, run.source, run.line, run.last }, { "function", "self", "=case.lua", 3, 5 })
  check.eq({ dot.kind, dot.role, dot.line, dot.last }, { "function", "captured", 2, 2 })
  check.eq(leaf_of(info, "dot: gamma").text, "0.001")
  check.eq(leaf_of(info, "helpers.scale.factor").text, "2.0")
  check.eq(leaf_of(info, "helpers.scale.name").text, '"x"')
  check.eq(leaf_of(info, "helpers.list[2]").text, "20")
  check.eq({ leaf_of(info, "conf").kind, leaf_of(info, "conf").role }, { "nil", "global" })
  check.eq(#info.digest, 32)
end)

check.test("only the leaf that changed has another digest", function()
  local a = walk "local g, h = 1, 2 return function() return g, h end"
  local b = walk "local g, h = 1, 3 return function() return g, h end"
  check.eq(leaf_of(a, "g").digest, leaf_of(b, "g").digest)
  check.eq(leaf_of(a, "s.run").digest, leaf_of(b, "s.run").digest)
  check.ok(leaf_of(a, "h").digest ~= leaf_of(b, "h").digest)
end)

check.test("a table of more than 50 entries is one leaf", function()
  local info = walk "local t = {} for i = 1, 51 do t[i] = i end return function() return t end"
  check.eq(#info.leaves, 2)
  check.eq({ leaf_of(info, "t").kind, leaf_of(info, "t").text }, { "table", "{...}" })
end)

check.test("what is reached is listed by name", function()
  local info = walk [[
local open, m = io.open, math
local function h() return os.time(), m.random() end
return function(s) return h(), open(s), print, string.format("%d", 1) end]]
  check.eq(info.reaches, { "io.open", "math.random", "os.time", "print", "string.format", "the method format" })
  check.eq(info.escapes, {})
end)

local function escapes(text)
  local list = {}
  for i, e in ipairs(walk(text).escapes) do list[i] = e.what .. " " .. e.where end
  return table.concat(list, ", ")
end

check.test("what lets code reach anything is an escape, with its line", function()
  check.eq(escapes "return function()\n return _ENV end", "_ENV as a value case.lua:2")
  check.eq(escapes "return function(k)\n\n return _ENV[k] end", "_ENV as a value case.lua:3")
  check.eq(escapes "return function()\n return _G.x end", "_G case.lua:2")
  check.eq(escapes "local G = _G return function(k)\n return G[k] end", "_ENV as a value case.lua:2")
  check.eq(escapes "local t = { g = _G } return function(k)\n return t.g[k] end", "_G case.lua:2")
  check.eq(escapes "return function(s)\n return load(s) end", "load case.lua:2")
  check.eq(escapes "local l = load return function(s)\n return l(s) end", "load case.lua:2")
  check.eq(escapes "return function(s)\n return debug.getinfo(s) end", "debug.getinfo case.lua:2")
  check.eq(escapes "return function()\n return package.loaded.x end", "package case.lua:2, package.loaded.* case.lua:2")
  check.eq(escapes "return function(s)\n return require(s) end", "computed require case.lua:2")
  check.eq(escapes "local r = require return function(s)\n return r(s) end", "computed require case.lua:2")
  check.eq(escapes("local t = setmetatable({}, { __index = _G }) local c = { t = t } return function(k)\n return "
    .. "c.t end"),
    "_G case.lua:2")
  check.eq(escapes("local box = setmetatable({}, { __index = _G }) return load('return function(k) return _ENV[k] "
    .. "end', '=box', 't', box)()"),
    "_ENV as a value box:1")
end)

check.test("what does not is none", function()
  check.eq(escapes "return function() return require 'x', require('y').z end", "")
  check.eq(escapes "local r = require return function() return r 'x' end", "")
  check.eq(escapes "local G = _G return function() return G.x end", "")
  check.eq(escapes("local box = setmetatable({}, { __index = _G }) return load('return function() return print "
    .. "end', '=box', 't', box)()"),
    "")
  check.eq(escapes("return function() local t = {" .. many .. "} return x, os.time(), require 'x' end"), "")
end)

local function writes(text)
  local list = {}
  for i, e in ipairs(walk(text).writes) do list[i] = e.what .. " " .. e.where end
  return table.concat(list, ", ")
end

check.test("writes of the function itself are listed, those of helpers are not", function()
  check.eq(writes "return function()\n count = 1 end", "global 'count' case.lua:2")
  check.eq(writes "local n = 0 return function()\n\n n = n + 1 end", "captured variable 'n' case.lua:3")
  check.eq(writes "local n = 0 return function()\n return function() n = 1 end end", "captured variable 'n' case.lua:2")
  check.eq(writes "local n = 0 local function h() n = n + 1 g = 1 end return function() h() end", "")
  check.eq(writes("return function() local t = {" .. many .. "}\n x = 1 end"), "global 'x' case.lua:2")
  check.eq(writes("local box = setmetatable({}, { __index = _G }) return load('return function() x = 1 end', "
    .. "'=box', 't', box)()"),
    "global 'x' box:1")
end)

local function refused(text, want)
  local info, message = walk(text)
  check.eq(info, nil)
  check.eq(message, want)
end

check.test("what cannot be hashed is refused by its path", function()
  refused("local fh = io.tmpfile() return function() return fh end",
    "captured variable 'fh' is a file handle; pass it as an input")
  refused("local h = { files = { io.tmpfile() } } return function() return h.files end",
    "captured variable 'h.files[1]' is a file handle; pass it as an input")
  refused("local co = coroutine.create(print) return function() return co end",
    "captured variable 'co' is a coroutine; pass it as an input")
  refused("local co = coroutine.wrap(print) return function() return co end",
    "captured variable 'co[1]' is a coroutine; pass it as an input")
  refused("local t = { [{}] = 1 } return function() return t end",
    "captured variable 't' has a table as a key; pass it as an input")
  refused("local t = { [print] = 1 } return function() return t end",
    "captured variable 't' has a function as a key; pass it as an input")
  refused("fh = io.tmpfile() return function() return fh end", "global 'fh' is a file handle; pass it as an input")
  refused("local fh = io.tmpfile() local function h() return fh end return function() return h() end",
    "captured variable 'h: fh' is a file handle; pass it as an input")
  refused("local t = {} for i = 1, 300 do t = { t } end return function() return t end",
    "captured variable 't" .. ("[1]"):rep(40):sub(1, 119)
      .. "...' is nested deeper than 200 levels; pass it as an input")
end)

check.test("the standard streams are no file handles but themselves", function()
  local info = walk "local err = io.stderr return function() err:write 'x' end"
  check.eq(info.reaches, { "io.stderr" })
end)

check.test("a change of what was captured is seen by check", function()
  local n, t, u = 1, { { 1 } }, {}
  local function f() return n, t, u.x end
  local info = fp.walk(f)
  check.ok(fp.check(f, info))
  n = 2
  check.eq(fp.check(f, info), false)
  n = 1
  check.ok(fp.check(f, info))
  t[1][1] = 2
  check.eq(fp.check(f, info), false)
  t[1][1] = 1
  u.y = 1
  check.ok(fp.check(f, info), "a field that it does not name")
  u.x = 1
  check.eq(fp.check(f, info), false)
  u.x = nil
  setmetatable(t, { __len = function() return 1 end })
  check.eq(fp.check(f, info), false)
end)

check.test("a field that is only written is seen by check", function()
  local state = {}
  local function f() state.last = 5 end
  local info = fp.walk(f)
  f()
  check.eq(fp.check(f, info), false)
end)

check.test("a refusal after the walk is no agreement", function()
  local v = 1
  local function f() return v end
  local info = fp.walk(f)
  v = io.tmpfile()
  local same, message = fp.check(f, info)
  check.eq(same, false)
  check.has(message, "file handle")
end)

check.test("a kind is walked as what it expands to", function()
  local class = {}
  fp.kind(class, function(o) return { "step", o.code } end)
  local function with(code, junk)
    local s = setmetatable({ code = code, junk = junk }, class)
    return check.ok(fp.walk(function() return s end)).digest
  end
  check.eq(with("a", 1), with("a", print))
  check.ok(with("a") ~= with("b"))
  local f = function() return 1 end
  local g = function() return 2 end
  check.ok(with(f) ~= with(g))
  fp.kind(class, function() return nil, "is broken" end)
  local s = setmetatable({}, class)
  local _, message = fp.walk(function() return s end)
  check.eq(message, "captured variable 's' is broken; pass it as an input")
  fp.kind(class, nil)
  check.ok(fp.walk(function() return s end))
end)

check.test("tables that expand makes anew are not mistaken for one another", function()
  local class, n = {}, 0
  fp.kind(class, function(o) n = n + 1 collectgarbage() return { o.v } end)
  local function with(list)
    local l = {}
    for i, v in ipairs(list) do l[i] = setmetatable({ v = v }, class) end
    return fp.value(l)
  end
  check.ok(with { 1, 2, 3, 1 } ~= with { 1, 2, 3, 2 })
  fp.kind(class, nil)
end)

check.test("an intrinsic stands for its name", function()
  local module = { f = function() return 1 end, sub = { g = function() return 2 end } }
  local other = { f = function() return 3 end, sub = { g = function() return 4 end } }
  fp.intrinsic(module.f, "m.f") fp.intrinsic(module.sub.g, "m.g")
  local f, g = module.f, module.sub.g
  local info = fp.walk(function() return f(), g() end)
  check.eq(info.reaches, { "m.f", "m.g" })
  local h = other.f
  check.ok(fp.walk(function() return f() end).digest ~= fp.walk(function() return h() end).digest)
end)

-- Runs a text as a module of rille's: what loads a script gives no chunk such a name.
local function ours(text) return debug.getregistry()["rille.env"].load(text, "@rille:lua/plan/plan.lua")() end

check.test("a module of ours is intrinsic with all that is in it, a script's function in it is not", function()
  local source = "local private = { n = 0 } local M = { sub = {} } function M.f() private.n = private.n + 1 end "
    .. "function M.sub.g() end "
    ..
    "function M.make(k) return function() return k end end return M"
  local M = ours(source)
  fp.intrinsic(M, "rille.thing")
  local function run() return M.f(), M.sub.g() end
  local info = fp.walk(run)
  check.eq(info.reaches, { "rille.thing.f", "rille.thing.sub.*" })
  M.f()
  check.ok(fp.check(run, info), "private state is nobody's business")
  local function with(k) local made = M.make(k) return fp.walk(function() return made() end).digest end
  check.eq(with(1), with(1))
  check.ok(with(1) ~= with(2), "what a script gave to rille")
  local function patched(k) M.f = function() return k end return fp.walk(run).digest end
  check.ok(patched(1) ~= info.digest and patched(1) ~= patched(2))
  local n = 0
  local function whole() return M end
  info = fp.walk(whole)
  M.h = function() return n end
  check.eq(fp.check(whole, info), false)
end)

check.test("a function of ours that nobody registered is known by its code, refusing nothing", function()
  local function make(body) return ours("local fh = io.tmpfile() return function() return fh, " .. body .. " end") end
  local a, b, c = make "1", make "1", make "2"
  local function with(f) return check.ok(fp.walk(function() return f() end)).digest end
  check.eq(with(a), with(b))
  check.ok(with(a) ~= with(c))
end)

check.test("a library used as a whole is reached as NAME.*", function()
  check.eq(walk("local io = io return function(f) return f(io) end").reaches, { "io.*" })
  check.eq(walk("local io = io return function() return io.open 'x' end").reaches, { "io.open" })
end)

-- As the loader of a module does it (host/embedded/module_loader.c).
local function has_loaded(name, module)
  local registry = debug.getregistry()
  table.move({ name, module }, 1, 2, #registry["rille.modules"] + 1, registry["rille.modules"])
  registry["rille.loaded"]()
end

check.test("what two modules give has the name of the one that loaded first", function()
  local inner = ours("local M = {} function M.f() end return M")
  local b, a = { g = inner.f }, { f = inner.f, h = inner.f }
  has_loaded("rille.inner", inner)
  has_loaded("rille.b", b)
  has_loaded("rille.a", a)
  local g, h = b.g, a.h
  check.eq(fp.walk(function() return g, h end).reaches, { "rille.inner.f" })
end)

check.test("what a module gives by two names has the first by their order", function()
  local M = ours("local M = {} for _, k in ipairs { 'b', 'c', 'a', 'd' } do M[k] = false end M.c = function() "
    .. "end M.b = M.c return M")
  has_loaded("rille.two", M)
  local c = M.c
  check.eq(fp.walk(function() return c end).reaches, { "rille.two.b" })
end)

check.test("a module of ours that was loaded later is named as it loads", function()
  local text = "local M = { class = {} } function M.f() end function M.class.g() end " ..
    "function M.make(k) return function() return k end end return M"
  local M = ours(text)
  debug.getregistry()["rille.own"][M] = "rille.late"
  package.loaded["rille.late"] = M
  has_loaded("rille.late", M)
  local function run() return M.f(), M.class.g() end
  local info = fp.walk(run)
  check.eq(info.reaches, { "rille.late.class.*", "rille.late.f" })
  local a, b = M.make(1), M.make(2)
  check.ok(fp.walk(function() return a() end).digest ~= fp.walk(function() return b() end).digest)
  M.limit = 1
  local function limited() return M.limit end
  info = fp.walk(limited)
  M.limit = 2
  check.eq(fp.check(limited, info), false)
  M.f = function() return 5 end
  check.eq(fp.check(run, fp.walk(limited)), false)
  package.loaded["rille.late"] = nil
end)

check.test("foreign C is named, with its file", function()
  local ok, lfs = pcall(require, "lfs")
  if not ok then return end
  local f = lfs.attributes
  local reaches = table.concat(fp.walk(function() return f "x" end).reaches, " ")
  check.has(reaches, "foreign C ")
  check.has(reaches, "lfs.so")
end)

check.test("a captured array is known by its content", function()
  local ok, array = pcall(require, "rille.array")
  if not ok then return end
  local function with(a) return check.ok(fp.walk(function() return a end)).digest end
  local a = array.from { 1, 2, 3 }
  check.eq(with(a), with(array.from { 1, 2, 3 }))
  check.ok(with(a) ~= with(array.from { 1, 2, 4 }))
  check.ok(with(a) ~= with(array.from { 1.0, 2.0, 3.0 }))
  check.ok(with(array.zeros { 4 }) ~= with(array.zeros { 2, 2 }))
end)

check.test("a value has a fingerprint", function()
  check.eq(fp.value { 1, { 2 } }, fp.value { 1, { 2 } })
  check.ok(fp.value { 1 } ~= fp.value { 2 })
  check.ok(fp.value(function() return 1 end) ~= fp.value(function() return 2 end))
  local shared = {}
  check.ok(fp.value { shared, shared } ~= fp.value { {}, {} })
  local v, message = fp.value(coroutine.create(print), "load")
  check.eq({ v, message }, { nil, "load is a coroutine" })
end)

check.test("an object with a digest is known by it", function()
  local key = debug.getregistry
  local mt = debug.getmetatable(io.stdout)
  local f = io.tmpfile()
  mt.__digest = function() return hash.sha256 "x" end
  local d, e = fp.value(f), nil
  mt.__digest = function() return hash.sha256 "y" end
  e = fp.value(f)
  mt.__digest = nil
  check.ok(key and d and e and d ~= e)
end)

check.test("large captured values are walked, whatever their shape", function()
  local t = {}
  for i = 1, 20000 do t["k" .. i] = { i } end
  local function f() return t end
  local info = fp.walk(f)
  check.ok(fp.check(f, info))
  t.k777[1] = 0
  check.eq(fp.check(f, info), false)
end)

check.test("the same source gives the same fingerprint in another state of the tables", function()
  local text = "local t = {} for i = 1, 40 do t['k' .. i] = i end return function() return t, math, os.time end"
  local d = digest(text)
  for _ = 1, 20 do check.eq(digest(text), d) end
end)

check.done()
