-- scale_test.lua -- round numbers on an axis, and places on it.
package.path = "../../../lib/?.lua;" .. package.path
local check = require "check"
local date = require("rille.frame").date
local scale = require "rille.show.plot.scale"

local function labels(low, high, options)
  local list = {}
  for i, tick in ipairs(scale.new(low, high, options or { kind = "number", count = 5 }).ticks) do list[i] = tick[2] end
  return table.concat(list, " ")
end

check.test("ticks are round numbers inside the axis, with the digits of their step", function()
  check.eq(labels(0, 1), "0.0 0.2 0.4 0.6 0.8 1.0")
  check.eq(labels(-3.2, 7.9), "0 5")
  check.eq(labels(0, 12345), "0 5,000 10,000")
  check.eq(labels(0, 3e9), "0 1e9 2e9 3e9")
  check.eq(labels(-2e-7, 2e-7), "-2e-7 -1e-7 0 1e-7 2e-7")
  check.eq(labels(1, 3, { kind = "integer", count = 5 }), "1 2 3")
end)

check.test("a round axis begins and ends at a tick", function()
  local one = scale.new(0.13, 0.88, { kind = "number", count = 4, round = true })
  check.eq(one.ticks[1][2], "0.0")
  check.eq(one.ticks[1][1], 0.0)
  check.eq(one.ticks[#one.ticks][1], 1.0)
  check.eq(one.at(0.5), 0.5)
end)

check.test("one number alone has room on both sides, the extremes of floats have places", function()
  check.eq(scale.new(5, 5, { kind = "integer", count = 4 }).at(5), 0.5)
  check.eq(scale.new(0.0, 0.0, { kind = "number", count = 4 }).at(0.0), 0.5)
  local wide = scale.new(-1.7e308, 1.7e308, { kind = "number", count = 4, round = true })
  check.eq(wide.at(0), 0.5)
  check.ok(#wide.ticks >= 2, "no ticks")
  for _, pair in ipairs { { 5e-324, 1e-323 }, { 1e15, 1e15 + 0.25 }, { 1.7e308, 1.7e308 }, { -1e-300, 1e300 } } do
    local one = scale.new(pair[1], pair[2], { kind = "number", count = 4, round = true })
    for _, v in ipairs(pair) do
      local at = one.at(v)
      check.ok(at >= -1e-9 and at <= 1 + 1e-9, string.format("%g is at %g", v, at))
    end
  end
end)

check.test("a logarithmic axis names powers of ten", function()
  check.eq(labels(0.001, 1000, { kind = "number", count = 8, log = true }), "0.001 0.01 0.1 1 10 100 1,000")
  check.eq(scale.new(1, 100, { kind = "number", count = 3, log = true }).at(10), 0.5)
  check.eq(labels(2, 5, { kind = "number", count = 3, log = true }), "2 5")
end)

check.test("dates have days, months and years", function()
  local function of(from, to, count) return labels(date(from), date(to), { kind = "date", count = count or 4 }) end
  check.eq(of("2024-01-01", "2024-01-05"), "2024-01-01 2024-01-02 2024-01-03 2024-01-04 2024-01-05")
  check.eq(of("2024-01-15", "2025-01-15"), "2024-04 2024-07 2024-10 2025-01")
  check.eq(of("1990-06-01", "2020-01-01", 3), "2000 2010 2020")
  check.eq(of("2024-01-01T10:00:00", "2024-01-01T12:00:00"), "10:00 10:30 11:00 11:30 12:00")
end)

check.done()
