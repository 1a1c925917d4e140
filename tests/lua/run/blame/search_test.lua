-- search_test.lua -- which suspects moved a number, on games whose truth is known: rille.run.blame.search.
package.path = "../../../lib/?.lua;" .. package.path
local check = require "check"
local search = require "rille.run.blame.search"

-- Searches in a game: value(set) gives the number of a mixture, nil where it fails.  A key is the text of what
-- key_of(set) gives, else of the value.
local function play(n, value, options, key_of)
  local function answer(set)
    local v = value(set)
    local key = key_of and key_of(set) or v
    return { ok = v ~= nil, value = v, key = tostring(key) }
  end
  local whole = {}
  for i = 1, n do whole[i] = true end
  return search.run(n, answer, answer {}, answer(whole), options)
end

-- "1:2/2=2 2+3:..." -- members: from GOOD / from BAD = share
local function shown(found)
  local parts = {}
  for i, e in ipairs(found.effects) do
    parts[i] = string.format("%s:%s", table.concat(e.members, "+"),
      e.unresolved and "?" or string.format("%g/%g=%g", e.f, e.b, e.share))
  end
  return table.concat(parts, " ")
end

check.test("effects that add up have their own shares, in two mixtures each", function()
  local found, asked = play(3, function(s) return 1.0 + (s[1] and 2 or 0) - (s[2] and 0.5 or 0) end)
  check.eq(shown(found), "1:2/2=2 2:-0.5/-0.5=-0.5 3:0/0=0")
  check.eq({ asked, found.remainder, #found.interactions }, { 6, 0.0, 0 })
end)

check.test("two that interact share their interaction equally", function()
  local found, asked = play(3, function(s)
    return (s[1] and 2 or 0) + (s[2] and 1 or 0) + (s[1] and s[2] and 4 or 0)
  end)
  check.eq(shown(found), "1:2/6=4 2:1/5=3 3:0/0=0")
  check.eq({ asked, found.remainder, found.interactions[1].value }, { 6, 0.0, 4.0 })
  check.eq(found.interactions[1].players[2], found.effects[2])
end)

check.test("three that interact have their Shapley values", function()
  local weight = { 1, 2, 4 }
  local found = play(5, function(s)
    local v = s[5] and 10.0 or 0.0
    for i = 1, 3 do if s[i] then v = v + weight[i] end end
    return v + (s[1] and s[2] and 6 or 0) + (s[1] and s[2] and s[3] and 3 or 0)
  end)
  check.eq(shown(found), "1:1/10=5 2:2/11=6 3:4/7=5 4:0/0=0 5:10/10=10")
  check.eq(found.remainder, 0.0)
end)

check.test("a majority, in which nobody alone changes anything, is shared equally", function()
  local found = play(3, function(s)
    return ((s[1] and 1 or 0) + (s[2] and 1 or 0) + (s[3] and 1 or 0)) >= 2 and 3.0 or 0.0
  end)
  for _, e in ipairs(found.effects) do check.ok(math.abs(e.share - 1) < 1e-9) end
  check.eq(found.remainder, 0.0)
end)

check.test("two effects that cancel are both found, as the keys differ", function()
  local function key(s) return (s[7] and "x" or "") .. (s[23] and "y" or "") end
  local found = play(40, function(s) return (s[7] and 1 or 0) - (s[23] and 1 or 0) + (s[30] and 2 or 0) end, nil,
    function(s) return key(s) .. (s[30] and "z" or "") end)
  check.eq(shown(found), "7:1/1=1 23:-1/-1=-1 30:2/2=2")
  check.eq(#found.dropped, 37)
end)

-- The most mixtures that one, two and a pair of culprits among 40 take, wherever they are.
local function most(value_of)
  local worst = 0
  for i = 1, 40 do
    local j = (i * 17) % 40 + 1
    if i ~= j then
      local found, asked = play(40, value_of(i, j))
      check.eq(found.remainder, 0.0)
      check.eq(found.effects[1].share ~= 0, true)
      worst = math.max(worst, asked)
    end
  end
  return worst
end

check.test("of 40 suspects one culprit takes at most 18 mixtures, two 34, a pure pair 39", function()
  check.ok(most(function(i) return function(s) return s[i] and 1 or 0 end end) <= 18)
  check.ok(most(function(i, j) return function(s) return (s[i] and 1 or 0) + (s[j] and 2 or 0) end end) <= 34)
  check.ok(most(function(i, j) return function(s) return s[i] and s[j] and 1 or 0 end end) <= 39)
end)

check.test("changes that only work together are one player", function()
  local found = play(4, function(s)
    if (s[2] or false) ~= (s[4] or false) then return nil end
    return (s[2] and 3 or 0) + (s[1] and 1 or 0)
  end)
  check.eq(shown(found), "1:1/1=1 3:0/0=0 2+4:3/3=3")
end)

check.test("one that fails alone is tried with each of the others", function()
  local found = play(4, function(s)
    if s[2] and not s[3] then return nil end
    return (s[2] and 3 or 0) + (s[1] and 1 or 0)
  end)
  check.eq(shown(found), "1:1/1=1 4:0/0=0 2+3:3/3=3")
end)

check.test("one that needs two others is tested with them, and with no more", function()
  local found = play(6, function(s)
    if s[2] and not (s[3] and s[6]) then return nil end
    return (s[2] and 3 or 0) + (s[1] and 1 or 0) + (s[5] and 2 or 0)
  end)
  check.eq(shown(found), "1:1/1=1 4:0/0=0 5:2/2=2 2+3+6:3/3=3")
end)

check.test("where no mixture works all changes are one", function()
  local found = play(3, function(s)
    local n = (s[1] and 1 or 0) + (s[2] and 1 or 0) + (s[3] and 1 or 0)
    if n ~= 0 and n ~= 3 then return nil end
    return n * 1.0
  end)
  check.eq(shown(found), "1+2+3:3/3=3")
  found = play(2, function(s)
    if s[1] and not s[2] then return nil end
    if s[2] and not s[1] then return nil end
    return s[1] and 5.0 or 0.0
  end)
  check.eq(shown(found), "1+2:5/5=5")
end)

check.test("more than four that interact are told as the range over orders that are drawn", function()
  local function squares(s)
    local n = 0
    for i = 1, 6 do if s[i] then n = n + 1 end end
    return n * n * 1.0
  end
  local found, asked = play(10, squares, { budget = 60 })
  check.ok(asked <= 60 and found.drawn >= 2, asked .. " mixtures")
  check.ok(math.abs(found.remainder) < 1e-9)
  for _, e in ipairs(found.effects) do
    check.ok(e.low <= e.share and e.share <= e.high and e.low >= 1 and e.high <= 11)
  end
  local again = play(10, squares, { budget = 60 })
  check.eq(shown(again), shown(found))
end)

check.test("a budget that is spent ends the search with what it found", function()
  local found, asked = play(5, function(s) return s[3] and 1.0 or 0.0 end, { budget = 5 })
  check.eq({ asked, found.stopped }, { 5, true })
  check.eq(shown(found), "1:0/0=0 2:0/0=0")
  check.eq(found.remainder, 1.0)
end)

check.done()
