-- The words of an entry, and the locals that it declares outside of blocks.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local tokens = require "rille.repl.tokens"

local test = check.test

local function words(text)
  local list = {}
  for i, token in ipairs(tokens.of(text)) do list[i] = token.kind .. ":" .. token.text end
  return table.concat(list, " ")
end

test("words, texts, numbers and signs; comments are left out", function()
  check.eq(words "local x = 1.5e3 -- y\nprint 'a\\'b'",
    "keyword:local name:x sign:= number:1.5e3 name:print text:'a\\'b'")
  check.eq(words "--[==[ local a ]] ]==] b [[c\nd]] [=[ ]] ]=]", "name:b text:[[c\nd]] text:[=[ ]] ]=]")
  check.eq(words 'a "b', 'name:a text:"b')
  check.eq(words "", "")
end)

local function declared(text)
  local list = {}
  for _, one in ipairs(tokens.declarations(text)) do
    for _, name in ipairs(one.names) do
      list[#list + 1] = name.name .. (name.attribute and "!" .. name.attribute or "")
    end
  end
  return table.concat(list, " ")
end

test("locals outside of all blocks are declared", function()
  check.eq(declared "local a, b <const>, c = 1, 2, 3; local function f() local inner end local g", "a b!const c f g")
  check.eq(declared "do local x end local y", "y")
  check.eq(declared "if a then local x elseif b then local z else local w end local y", "y")
  check.eq(declared "while a do local x end for i = 1, 2 do local z end repeat local w until w local y", "y")
  check.eq(declared "f(function() local x end) local y", "y")
  check.eq(declared "x = 'local a' -- local b\nlocal c", "c")
  check.eq(declared "local h <close> = io.open 'x'", "h!close")
  check.eq(declared "local", "")
end)

test("what a text sets: variables, their fields, no keys of tables", function()
  local function sets(text)
    local list = {}
    for name in next, tokens.sets(text) do list[#list + 1] = name end
    table.sort(list)
    return table.concat(list, " ")
  end
  check.eq(sets "local a, b <const> = 1, 2; c = 3", "a b c")
  check.eq(sets "x, y = 1, 2", "x y")
  check.eq(sets "t.a.b = 1; u[i][j] = 2; v[i].k = 3", "t u v")
  check.eq(sets "function f() end function m.g() end local function h() end", "f h m")
  check.eq(sets "call { key = 1, [k] = 2 }", "")
  check.eq(sets "print(a == b)", "")
  check.eq(sets "if q then r = 1 end", "r")
end)

test("what a text may read: no fields, and no names that get a value", function()
  local function reads(text)
    local list = {}
    for name in next, tokens.reads(text) do list[#list + 1] = name end
    table.sort(list)
    return table.concat(list, " ")
  end
  check.eq(reads "f { x = y, [k] = 1 }", "f k y")
  check.eq(reads "a.b.c, a:m(d)", "a d")
  check.eq(reads "'x' .. s .. t; n = n2", "n2 s t")
  check.eq(reads "x == y", "x y")
end)

check.done()
