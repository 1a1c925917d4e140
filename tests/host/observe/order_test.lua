-- pairs, next and table.sort in states of rille: one order in every process.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local observe = require "rille.host.observe"

local seed = string.rep("s", 32)

local function keys(t)
  local list = {}
  for k in pairs(t) do list[#list + 1] = k end
  return list
end

-- What a step that runs fn is told to have done impurely.
local function impure(fn)
  observe.begin { seed = seed }
  local ok, message = pcall(fn)
  local facts = observe.finish()
  check.ok(ok, message)
  local what = {}
  for i, entry in ipairs(facts.impure) do what[i] = entry.what end
  return what
end

check.test("a list is walked from 1 to its end", function()
  check.eq(keys { "a", "b", "c" }, { 1, 2, 3 })
  check.eq(keys {}, {})
  check.eq(keys { [1] = 1, [3] = 3, [2] = 2 }, { 1, 2, 3 })
end)

check.test("other keys follow: booleans, integers, floats, strings", function()
  local t = { "one", "two", z = 1, a = 2, [2.5] = 3, [-1] = 4, [10] = 5, [true] = 6, [false] = 7, [-0.5] = 8, [""] = 9 }
  check.eq(keys(t), { 1, 2, false, true, -1, 10, -0.5, 2.5, "", "a", "z" })
end)

check.test("strings are ordered by their bytes", function()
  check.eq(keys { B = 1, a = 1, ["\xff"] = 1, ["a\0b"] = 1, ["a\0"] = 1, ab = 1, ["é"] = 1 },
    { "B", "a", "a\0", "a\0b", "ab", "é", "\xff" })
end)

check.test("integers past a hole come after the booleans", function()
  check.eq(keys { [1] = 1, [2] = 2, [4] = 4, [true] = 1 }, { 1, 2, true, 4 })
end)

check.test("a list in the hash part is still a list", function()
  local t = { x = 1 }
  for i = 100, 1, -1 do t[i] = i end
  local got = keys(t)
  check.eq(#got, 101)
  for i = 1, 100 do check.eq(got[i], i) end
  check.eq(got[101], "x")
end)

check.test("many keys are sorted too", function()
  local t, want = {}, {}
  for i = 1, 1000 do
    t[string.format("k%05d", i * 7919 % 1009)] = i        -- each number once
  end
  for i = 0, 1008 do
    local key = string.format("k%05d", i)
    if t[key] then want[#want + 1] = key end
  end
  check.eq(#want, 1000)
  check.eq(keys(t), want)
  for k, v in pairs(t) do check.eq(t[k], v) end
end)

check.test("every key comes once, whatever the table", function()
  math.randomseed(1)
  for _ = 1, 200 do
    local t, n = {}, 0
    for _ = 1, math.random(0, 80) do
      local kind, k = math.random(5)
      if kind == 1 then k = math.random(-20, 20) elseif kind == 2 then k = math.random()
      elseif kind == 3 then k = string.char(math.random(97, 122), math.random(97, 122))
      elseif kind == 4 then k = math.random(2) == 1 else k = #t + 1 end
      t[k] = true
    end
    for _ in next, t do n = n + 1 end
    local seen, got = {}, keys(t)
    for _, k in ipairs(got) do check.ok(not seen[k]); seen[k] = true; check.ok(t[k]) end
    check.eq(#got, n)
    local copy = {}                       -- another way to build it, the same order
    for i = #got, 1, -1 do copy[got[i]] = true end
    check.eq(keys(copy), got)
  end
end)

check.test("fields may be cleared and changed while walking", function()
  local t = { 1, 2, 3, a = 1, b = 2, c = 3 }
  local seen = {}
  for k in pairs(t) do
    seen[#seen + 1] = k
    t[k] = nil
    if k == "a" then t.b = nil; t.c = 30 end
    collectgarbage()
  end
  check.eq(seen, { 1, 2, 3, "a", "c" })
  check.eq(next(t), nil)
end)

check.test("a walk can be nested, abandoned and begun again", function()
  local t, n = { 1, 2, x = 1, y = 2 }, 0
  for _ in pairs(t) do for _ in pairs(t) do n = n + 1 end end
  check.eq(n, 16)
  local f, s = pairs(t)
  check.eq(s, t)
  check.eq(f(s), 1); check.eq(f(s, 1), 2); check.eq(f(s, 2), "x"); check.eq(f(s), 1)
end)

check.test("__pairs is honoured, also when it yields", function()
  local t = setmetatable({},
    { __pairs = function(self)
      coroutine.yield(1) return function(_, k) if not k then return "k", "v" end end, self, nil
    end })
  local seen
  local co = coroutine.wrap(function() for k, v in pairs(t) do seen = k .. v end end)
  co(); co()
  check.eq(seen, "kv")
end)

check.test("pairs and next complain as the originals do", function()
  check.raises(function() pairs() end, "bad argument #1 to 'pairs' (value expected)")
  check.raises(function() for _ in pairs(1) do end end,
    "bad argument #1 to 'for iterator' (table expected, got number)")
  impure(function()
    check.raises(function() next(1) end, "bad argument #1 to 'next' (table expected, got number)")
    check.raises(function() next({}, "x") end, "invalid key to 'next'")
  end)
end)

check.test("keys without an order are impure, walked by a script", function()
  check.eq(impure(function() for _ in pairs { [{}] = 1, [print] = 2 } do end end),
    { "pairs over keys that have no order" })
  check.eq(impure(function() for _ in pairs { 1, 2, a = {} } do end end), {})
end)

check.test("next asks whether a table is empty", function()
  check.eq(impure(function()
    check.eq(next {}, nil)
    check.eq(next { b = 1, a = 2 }, "a")
    check.eq(next { [5] = 1, x = 2 }, 5)
    check.eq({ next { 7, 8 } }, { 1, 7 })
    check.eq(next { [{}] = 1 } ~= nil, true)
  end), {})
  check.eq(impure(function() next { [{}] = 1, [print] = 2 } end), { "next over other keys than 1..n" })
end)

check.test("next walks a list purely and other keys impurely, in order", function()
  local function walk(t)
    local list, k = {}, nil
    repeat k = next(t, k); list[#list + 1] = k until k == nil
    return list
  end
  check.eq(impure(function() check.eq(walk { 4, 5, 6 }, { 1, 2, 3 }) end), {})
  local what = { "next over other keys than 1..n" }
  check.eq(impure(function() check.eq(walk { 4, 5, y = 1, x = 2 }, { 1, 2, "x", "y" }) end), what)
  check.eq(impure(function() check.eq(walk { [7] = 1, [8] = 2 }, { 7, 8 }) end), what)
  check.eq(impure(function() check.eq(walk { [1] = 1, [3] = 2, [true] = 3 }, { 1, true, 3 }) end), what)
  impure(function()
    local t, n, k = { c = 1, b = 2, a = 3, [9] = 4 }, 0, nil
    while true do
      k = next(t, k)
      if k == nil then break end
      t[k] = nil
      n = n + 1
    end
    check.eq(n, 4)
  end)
end)

-- A stable insertion sort: slow and plainly right.
local function reference(list, less)
  local out = {}
  for i = 1, #list do
    local at = #out + 1
    while at > 1 and less(list[i], out[at - 1]) do at = at - 1 end
    table.insert(out, at, list[i])
  end
  return out
end

check.test("sort agrees with a stable reference on random lists", function()
  math.randomseed(2)
  local function less(a, b) return a.key < b.key end
  for n = 0, 120 do
    local list, plain, floats, words = {}, {}, {}, {}
    for i = 1, n do
      list[i] = { key = math.random(1, 8), index = i }
      plain[i], floats[i] = math.random(-50, 50), math.random() - 0.5
      words[i] = string.rep(string.char(math.random(97, 99)), math.random(0, 3)) .. "\0" .. math.random(3)
    end
    local want = reference(list, less)
    table.sort(list, less)
    for i = 1, n do check.ok(rawequal(list[i], want[i])) end
    local function natural(a, b) return a < b end
    for _, values in ipairs { plain, floats, words } do
      want = reference(values, natural)
      table.sort(values)
      check.eq(values, want)
    end
  end
end)

check.test("sort keeps equal elements in place, integers beside floats too", function()
  local t = { 2, 1.0, 1, 2.0, 1 }
  table.sort(t)
  check.eq(t, { 1.0, 1, 1, 2, 2.0 })
end)

check.test("sort honours __lt and metamethods of the list", function()
  local mt = { __lt = function(a, b) return a.v < b.v end }
  local function box(v) return setmetatable({ v = v }, mt) end
  local t = { box(3), box(1), box(2) }
  table.sort(t)
  check.eq({ t[1].v, t[2].v, t[3].v }, { 1, 2, 3 })
  local store = { 3, 1, 2 }
  local proxy = setmetatable({}, { __index = store, __newindex = store, __len = function() return 3 end })
  table.sort(proxy)
  check.eq(store, { 1, 2, 3 })
end)

check.test("a comparator that contradicts itself gives some order, not an error", function()
  local t = {}
  for i = 1, 100 do t[i] = i end
  table.sort(t, function() return true end)
  local sum = 0
  for i = 1, 100 do sum = sum + t[i] end
  check.eq(sum, 5050)
  local nan = 0 / 0
  t = { 3, nan, 1, nan, 2 }
  table.sort(t)
  check.eq(#t, 5)
end)

check.test("sort complains as the original does and then leaves the table alone", function()
  check.raises(function() table.sort(1) end, "bad argument #1 to 'sort' (table expected, got number)")
  check.raises(function() table.sort({ 2, 1 }, 1) end, "bad argument #2 to 'sort' (function expected, got number)")
  check.raises(function() table.sort { 3, "a" } end, "attempt to compare")
  check.raises(function() table.sort { {}, {} } end, "attempt to compare two table values")
  check.raises(function() table.sort({ 1, nil, 3 }) end, "attempt to compare")
  local t = { 3, 1, 2 }
  check.raises(function() table.sort(t, function() error "stop" end) end, "stop")
  check.eq(t, { 3, 1, 2 })
  table.sort({ 1 }, 1)
end)

check.test("sort takes a large list", function()
  local t = {}
  for i = 1, 50000 do t[i] = i * 7919 % 50021 end
  table.sort(t)
  for i = 2, #t do assert(t[i - 1] <= t[i]) end
  table.sort(t, function(a, b) return a > b end)
  for i = 2, #t do assert(t[i - 1] >= t[i]) end
end)

check.done()
