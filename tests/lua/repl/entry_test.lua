-- Entries of the prompt as functions whose locals outlive them.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local entry = require "rille.repl.entry"

require("rille.run.script_file").interactive()

local test = check.test

-- A session: run(text) gives what the entry gives.
local function new_session()
  local cells, n = {}, 0
  return function(text)
    n = n + 1
    local f, message = entry.compile(text, "=In[" .. n .. "]", cells)
    if not f then return nil, message end
    return f()
  end, cells
end

test("expressions give their values, statements none", function()
  local run = new_session()
  check.eq(table.concat({ run "1, 2" }, ","), "1,2")
  check.eq(select("#", run "zz = 3"), 0)
  check.eq(run "zz", 3)
  check.eq(select("#", run "-- nothing"), 0)
  check.eq(run "return zz + 1", 4)
end)

test("an entry and the functions of earlier ones share one variable", function()
  local run = new_session()
  run "local n = 0; function inc() n = n + 1 return n end"
  check.eq(run "inc()", 1)
  check.eq(run "n", 1)
  run "n = 10"
  check.eq(run "inc()", 11)
  check.eq(run "n", 11)
end)

test("a local that is declared again is the same variable", function()
  local run = new_session()
  run "local a, b = 1, 2"
  run "function get() return a .. ',' .. b end"
  run "local a = 7"
  check.eq(run "get()", "7,2")
  run "local b, c = 8, 9"                       -- also beside a new one
  check.eq(run "get()", "7,8")
  check.eq(run "b .. ',' .. c", "8,9")
  run "local d, b = (function(x) local y = x return y end)(b), {} ; local e, a = ... print = print"
  check.eq(run "type(b) .. d .. tostring(a)", "table8nil")
  run "local a, g"
  check.eq(run "a", nil)
  run "local function a() return 'f' end"
  check.eq(run "type(a)", "function")
  check.eq(run "do local c = 1 end return c", 9)
end)

test("constants persist and stay constant, also those that the compiler replaces", function()
  local run = new_session()
  run "local limit <const>, made <const> = 5, {}"
  check.eq(run "limit", 5)
  check.eq(run "type(made)", "table")
  local _, message = run "limit = 6"
  check.has(message, "attempt to assign to const variable 'limit'")
  local _, more = run "made = 1"
  check.has(more, "attempt to assign to const variable 'made'")
  run "local limit = 6"
  check.eq(run "limit", 6)
  run "function get() return made end local made <const>, more = { 7 }, 1"
  check.eq(run "get()[1]", 7)
  check.has(select(2, run "made = 1"), "attempt to assign to const variable 'made'")
  run "local made = { 8 }"
  run "made[1] = made[1] + 1; made = made"
  check.eq(run "get()[1]", 9)
end)

test("locals of an entry that returns are kept", function()
  local run = new_session()
  check.eq(run "local a = 4; return a + 1", 5)
  check.eq(run "a", 4)
  check.eq(run "local function f() return a end if a == 5 then return end return f()", 4)
  check.eq(run "f()", 4)
  check.eq(run "goto past; local b = 1; ::past::", nil)
end)

test("what more lines can complete is incomplete, and nothing else", function()
  local run = new_session()
  for _, text in ipairs { "for i = 1, 2 do", "f(", "x = {", "local s = [[", "if a then b()", "x =", "--[[" } do
    check.eq(select(2, run(text)), "incomplete", text)
  end
  for _, text in ipairs { "end", "x = = 1", 'x = "abc', "x = 'abc", "for", "f)" } do
    local f, message = run(text)
    check.eq(f, nil)
    check.ok(message ~= "incomplete" or text == "for", text)
  end
end)

test("a closed variable is refused with what to do", function()
  local run = new_session()
  local _, message = run "local f <close> = setmetatable({}, { __close = print })"
  check.eq(message, "In[1]: f <close> would be closed when the entry ends; put it into do ... end")
  check.eq(run "do local f <close> = nil end return 3", 3)
end)

test("lines of messages are those of the entry", function()
  local run = new_session()
  run "local a = 1"
  local _, message = run "a = 2\nx = = 1"
  check.has(message, "In[2]:2:")
  local ok, err = pcall(run, "a = 3\nerror 'here'")
  check.eq(ok, false)
  check.eq(err, "In[3]:2: here")
  check.eq(run "a", 3)
end)

test("locals of an entry that ends in an error are kept", function()
  local cells = {}
  local f = entry.compile("local a, b = 1, 2\nlocal c = a.x.y", "=In[1]", cells)
  local ok = xpcall(f, function() entry.keep_at_error(f, cells) end)
  check.eq(ok, false)
  check.eq(entry.compile("a + b", "=In[2]", cells)(), 3)
  local g = entry.compile("for a = 8, 9 do local b = a; error() end", "=In[3]", cells)
  xpcall(g, function() entry.keep_at_error(g, cells) end)
  check.eq(entry.compile("a + b", "=In[4]", cells)(), 3)
end)

test("an entry may have hundreds of locals, and a session thousands", function()
  local run = new_session()
  for k = 1, 30 do
    local names = {}
    for i = 1, 100 do names[i] = string.format("v%d_%d", k, i) end
    run("local " .. table.concat(names, ", ") .. " = " .. k)
  end
  check.eq(run "v1_1 + v30_1", 31)
  check.eq(run "v30_100", nil)
end)

test("a lazy local is loaded once, by the first entry that reads it", function()
  local cells, loaded = {}, 0
  cells.big = entry.lazy(function()
    loaded = loaded + 1
    return "value"
  end)
  local function run(text)
    local f = assert(entry.compile(text, "=In[1]", cells))
    entry.settle(text, cells)
    return f()
  end
  check.eq(run "{ big = 1 }".big, 1)
  check.eq(loaded, 0)
  check.eq(run "big", "value")
  check.eq(run "big .. big", "valuevalue")
  check.eq(loaded, 1)
  cells.other = entry.lazy(function() error "not to be loaded" end)
  run "other = 5"
  check.eq(run "other + 1", 6)
end)

check.done()
