-- rille log.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local two_steps = require "two_steps"

local function find(list, field, value)
  for _, one in ipairs(list) do if one[field] == value then return one end end
  error("there is none with " .. field .. " = " .. tostring(value), 2)
end

local project = two_steps.project

check.test("log groups by step, with times, and says where a cached one is from", function()
  local p <close> = project()
  p:ok("run main.lua -q --name a")
  check.ok(p:ok("log a"):find "^%-%- make  %d%d:%d%d:%d%d  completed in [%d.]+ %a+\nmade of 3\n$")
  check.eq(p:ok("log a/make"), "made of 3\n")
  local r = p:rille "log a/twice"
  check.eq({ r.out, r.err }, { "", "step twice of run a printed and logged nothing\n" })
  p:ok("run main.lua -q --name b")
  check.has(p:ok("log b"), "-- make  cached, of a/make\nmade of 3\n")
  local items = p:json("log b").items
  check.eq({ items[1].step, items[1].cached_from, items[1].log, items[1].status },
    { "make", "a/make", "made of 3\n", "cached" })
end)

check.done()
