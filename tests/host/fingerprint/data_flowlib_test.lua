-- rille.host.data_flow: what code does with its arguments and with results of its calls.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local data_flow = require "rille.host.data_flow"

-- Facts as text, one a line: "test ^train()" for upvalues, "read 1 gamma" for arguments.
local function text_of(f, path)
  local text = path[1] < 0 and "^" .. debug.getupvalue(f, -path[1]) or tostring(path[1])
  for i = 2, #path do
    text = text .. (type(path[i]) == "string" and "." .. path[i] or path[i] == 1 and "()" or "()#" .. path[i])
  end
  return text
end

local function told(f, facts, calls)
  local list = {}
  for _, fact in ipairs(facts or {}) do
    if fact.kind == "call" and not calls then goto on end
    local text = fact.kind .. " " .. text_of(f, fact.path)
    if fact.name then text = text .. " " .. fact.name .. (fact.tested and "?" or "") end
    if fact.callee then text = text .. " to " .. text_of(f, fact.callee) .. " " .. fact.place end
    list[#list + 1] = text
    ::on::
  end
  return table.concat(list, "\n")
end

local a, b, sink, when = print, print, print, { map = print }

local function branches(phrase, f, want)
  check.test("a condition: " .. phrase, function() check.eq(told(f, data_flow.of_branches(f, 0)), want) end)
end

branches("if", function() local x = a() if x then sink() end end, "test ^a()")
branches("if not, of a call", function() if not a() then sink() end end, "test ^a()")
branches("elseif", function(p) if sink then sink() elseif a(p) then sink() end end, "test ^a()")
branches("while, until", function() while a() do sink() end repeat local x = b() until x end, "test ^a()\ntest ^b()")
branches("not as a value", function() return not a() end, "test ^a()")
branches("the first of and", function() local x = a() local y = x and b() return y end, "test ^a()")
branches("the first of or picks a value", function() local x = a() or b() return x end, "")
branches("or in an argument", function() sink(a() or b()) end, "")
branches("or as a condition", function() if a() or b() then sink() end end, "test ^a()\ntest ^b()")
branches("and, or as a choice: what is chosen is no condition", function() local x = sink and a() or nil return x end,
  "")
branches("== of a number, a text, a boolean, nil, another value", function()
  local x = a()
  return x == 1, x ~= "t", x == true, x == nil, x == 1.5, x == sink
end, ("equal ^a()\n"):rep(6):sub(1, -2))
branches("fields, of modules and of results", function() if when.map().score then sink() end end,
  "test ^when.map().score")
branches("a method of a value", function() if when:map().x then sink() end end, "test ^when.map().x")
branches("the second result", function() local _, y = a() if y then sink() end end, "test ^a()#2")
branches("an argument and a field of it", function(x, y) if x then sink() end return y.k == 1 end, "test 1\nequal 2.k")
branches("a variable that one way leaves as it was",
  function() local x if sink then x = a() end if x then sink() end end, "")
branches("a variable that two ways set from two calls",
  function() local x if sink then x = a() else x = b() end if x then sink() end end, "")
branches("a variable that a loop changes later",
  function() local x = a() for _ = 1, 2 do if x then sink() end x = nil end end, "")
branches("a variable that a loop leaves alone", function() local x = a() for _ = 1, 2 do if x then sink() end end end,
  "test ^a()")
branches("in the body of for ... in", function() for _, v in ipairs {} do local x = a(v) if x then sink() end end end,
  "test ^a()")
branches("in a nested function, of what it captures",
  function() local x = a() return function() if x then sink() end end end, "test ^a()")
branches("in a nested function of a nested function",
  function() local x = a() return function() return function() return x and sink() end end end, "test ^a()")
branches("in a nested function, of what is set later",
  function() local x = a() local f = function() if x then sink() end end x = nil return f end, "")
branches("of what a nested function sets",
  function() local x = a() local f = function() x = nil end f() if x then sink() end end, "")
branches("in the body of a step", function() return { run = function() if a() then sink() end end } end, "")
branches("after a goto", function() local x = a() goto on ::on:: if x then sink() end end, "test ^a()")
branches("of constants and computed names", function(p) local k = "x" return p[k] == 1, p[sink] == 1 end, "equal 1.x")
do
  local set
  branches("an upvalue that the code sets", function() if set() then sink() end set = nil end, "")
end

check.test("arguments up to a number are passed over", function()
  local f = function(p, s) if p.x then sink() end if s.y then sink() end end
  check.eq(told(f, data_flow.of_branches(f, 1)), "test 2.y")
  check.eq(data_flow.of_branches(f, 2), nil)
end)

check.test("code without a condition gives nothing, and a function of C neither", function()
  check.eq(data_flow.of_branches(function(x) return x.y + a() end, 0), nil)
  check.eq(data_flow.of_branches(print, 0), nil)
  check.eq(data_flow.of(print), nil)
end)

local function uses(phrase, f, want)
  check.test("a use of an argument: " .. phrase, function() check.eq(told(f, data_flow.of(f)), want) end)
end

uses("fields that are read", function(x, p) return x, p.k, p["l"] end, "read 2 k\nread 2 l")
uses("through another name", function(p) local q = p return q.k end, "read 1 k")
uses("in a closure", function(p) return function() return p.k end end, "read 1 k")
uses("fields that are looked for",
  function(p) if p.a then sink(p.b or 1, p.c and 2, p.d == nil, nil ~= p.e, not p.f) end return p.g == 1, p.h end,
  "read 1 a?\ntest 1.a\nread 1 b?\nread 1 c?\ntest 1.c\nread 1 d?\nequal 1.d\nread 1 e?\nequal 1.e\nread 1 "
    .. "f?\ntest 1.f\nread 1 g\nequal 1.g\nread 1 h")
uses("a field of a field", function(_, ctx) return ctx.params.k end, "read 2 params\nread 2.params k")
uses("a field that is set", function(p) p.k = 1 end, "write 1 k")
uses("handed to a function", function(p) return a(1, p), a(p.k) end, "pass 1 to ^a 2\nread 1 k\npass 1.k to ^a 1")
uses("handed to a function of a module, in a tail call", function(p) return when.map(p) end, "pass 1 to ^when.map 1")
uses("a name that is replaced is another value", function(p) p = p or {} return p.k end, "")
uses("a name that is computed is not told", function(p, k) return p[k] end, "")

check.test("calls of what is not a result of a call itself", function()
  local f = function(p) a(p) when.map().x() p.f() return b() end
  check.eq(told(f, data_flow.of(f), true), "call ^a\npass 1 to ^a 1\ncall ^when.map\nread 1 f\ncall 1.f\ncall ^b")
end)

check.test("past 255 constants fields are found, too", function()
  local lines = { "return function(p)\nlocal t = {" }
  for i = 1, 300 do lines[#lines + 1] = string.format("%q,", "c" .. i) end
  lines[#lines + 1] = "}\nreturn t, p.last\nend"
  local f = load(table.concat(lines))()
  check.eq(told(f, data_flow.of(f)), "read 1 last")
end)

check.test("lines are those of the code", function()
  local f = load("return function(p)\n\n  return function()\n    return p.k\n  end\nend", "=text")()
  check.eq(data_flow.of(f)[1].line, 4)
end)

check.done()
