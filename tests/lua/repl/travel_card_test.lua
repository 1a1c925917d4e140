-- The lines of the card of a past step.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local travel_card = require "rille.repl.travel_card"

local test = check.test

local function wrapped(text, width) return table.concat(travel_card.wrapped(text, width), "|") end

test("lines are broken at spaces, and those that follow are indented", function()
  check.eq(wrapped("one two three", 20), "one two three")
  check.eq(wrapped("one two three", 7), "one two|  three")
  check.eq(wrapped("one  two", 20), "one  two")
  check.eq(wrapped("", 10), "")
end)

test("a word that is wider than the line stands alone", function()
  check.eq(wrapped("a abcdefghij b", 5), "a|  abcdefghij|  b")
end)

test("wide characters count as they are shown", function()
  check.eq(wrapped("日本 日本", 8), "日本|  日本")
  check.eq(wrapped("日本 日本", 9), "日本 日本")
end)

check.done()
