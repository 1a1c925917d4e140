-- delta_test.lua -- which suspects turn an outcome: rille.run.blame.delta.
package.path = "../../../lib/?.lua;" .. package.path
local check = require "check"
local delta = require "rille.run.blame.delta"

local function play(n, class, options)
  local whole = {}
  for i = 1, n do whole[i] = true end
  local function answer(set)
    local found = class(set)
    return { ok = found ~= "fails", class = found, key = found }
  end
  return delta.run(n, answer, answer {}, answer(whole), options)
end

check.test("one culprit of 40 is enough, and enough to undo", function()
  for _, at in ipairs { 1, 17, 40 } do
    local found, asked = play(40, function(s) return s[at] and "bad" or "good" end)
    check.eq({ found.enough, found.undo }, { { at }, { at } })
    check.eq(found.turns, { { members = { at }, alone = "bad", without = "good" } })
    check.ok(asked <= 14, asked .. " mixtures")
  end
end)

check.test("a pair is enough together, and one of it is enough to undo", function()
  local found = play(40, function(s) return s[5] and s[31] and "bad" or "good" end)
  check.eq(found.enough, { 5, 31 })
  check.eq(#found.undo, 1)
end)

check.test("either of two is enough, and both have to be undone", function()
  local found = play(12, function(s) return (s[3] or s[9]) and "bad" or "good" end)
  check.eq({ #found.enough, found.undo }, { 1, { 3, 9 } })
end)

check.test("mixtures that fail otherwise belong to neither", function()
  local found = play(6, function(s)
    if (s[2] or false) ~= (s[5] or false) then return "fails" end
    return s[2] and "bad" or "good"
  end)
  check.eq({ found.enough, found.undo }, { { 2, 5 }, { 2, 5 } })
  check.eq(found.turns[1].alone, "fails")
end)

check.test("a budget that is spent ends it", function()
  local found, asked = play(40, function(s) return s[5] and s[31] and "bad" or "good" end, { budget = 6 })
  check.eq({ found.stopped, asked }, { true, 6 })
end)

check.done()
