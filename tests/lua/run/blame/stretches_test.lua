-- stretches_test.lua -- changed lines in parts that can be switched one by one: rille.run.blame.stretches.
package.path = "../../../lib/?.lua;" .. package.path
local check = require "check"
local diff = require "rille.base.diff"
local mixed_text = require "rille.run.blame.mixed_text"
local stretches = require "rille.run.blame.stretches"

-- "a+n>b+m" of each stretch; f where it is in a function.
local function shown(a, b, of_a, of_b)
  local file = { path = "x.lua", a = a, b = b, hunks = diff.hunks(a, b) }
  local parts = {}
  local list = stretches.of(file, of_a or {}, of_b or {})
  for i, one in ipairs(list) do
    local h = one.hunk
    parts[i] = string.format("%d+%d>%d+%d%s", h.a, h.n, h.b, h.m, (one.in_a or one.in_b) and "f" or "")
    list[i] = h
  end
  -- all of them on give the second text, none the first
  file.hunks = list
  local on = {}
  check.eq(mixed_text.of(file, on), a)
  for _, h in ipairs(list) do on[h] = true end
  check.eq(mixed_text.of(file, on), b)
  return table.concat(parts, " "), file
end

check.test("lines that begin alike stand for each other, one by one", function()
  check.eq(shown("local a = 1\nlocal b = 2\n", "local a = 3\nlocal b = 4\n"), "0+1>0+1 1+1>1+1")
end)

check.test("what came and what went are apart, in statements", function()
  check.eq(shown("local a = 1\nx = 1\n", "local function f()\n  return 1\nend\nlocal c = 2\nx = 1\n"),
    "0+0>0+3 0+0>3+1 0+1>4+0")
end)

check.test("a statement of many lines stays one", function()
  check.eq(shown("t = {\n  a = 1,\n}\n", "t = {\n  a = 2,\n}\n"), "1+1>1+1")
  check.eq(shown("x = 1\n", "x = 1\nt = {\n  a = 2,\n}\nu = 1\n"), "1+0>1+3 1+0>4+1")
end)

check.test("a change within one function is one stretch, and one that goes beyond is cut there", function()
  local a = "local k = 1\nlocal function f()\n  return 1\nend\n"
  local b = "local k = 2\nlocal function f()\n  local x = 1\n  return x\nend\n"
  check.eq(shown(a, b, { { 2, 4, "f" } }, { { 2, 5, "f" } }), "0+1>0+1 2+1>2+2f")
end)

check.test("some stretches on give a text between both", function()
  local _, file = shown("local a = 1\nlocal b = 2\n", "local a = 3\nlocal b = 4\n")
  check.eq(mixed_text.of(file, { [file.hunks[2]] = true }), "local a = 1\nlocal b = 4\n")
end)

check.done()
