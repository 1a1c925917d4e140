-- Points and parameters of steps as trackers write them.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local tracked = require "rille.stack.tracked"

local function step(fields)
  local one = { started = 100.0, seconds = 2.0, metrics = {}, series = {} }
  for k, v in next, fields do one[k] = v end
  return one
end

check.test("a value alone is at step 0, at the end of the step; of a cached one when it ran", function()
  check.eq(tracked.points(step { metrics = { a = 5 } }, "a"), { { step = 0, value = 5, time = 102.0 } })
  check.eq(tracked.points(step { metrics = { a = 5 }, seconds = 0.0, took = 3.0 }, "a")[1].time, 103.0)
  check.eq(tracked.points(step { metrics = { a = "text" } }, "a"), {})
end)

check.test("series have the times of their values; those of older stores that of the step", function()
  local series = { steps = { 3, 4.0 }, values = { 1, 2 }, times = { 250, 500 } }
  check.eq(tracked.points(step { series = { a = series } }, "a"),
    { { step = 3, value = 1, time = 100.25 }, { step = 4, value = 2, time = 100.5 } })
  series.times = nil
  check.eq(tracked.points(step { series = { a = series } }, "a")[2].time, 100.0)
end)

check.test("steps that are no integers become places in the series", function()
  local points = tracked.points(step { series = { a = { steps = { 0.5, 2, 2.5 }, values = { 1, 2, 3 } } } }, "a")
  check.eq({ points[1].step, points[2].step, points[3].step }, { 1, 2, 3 })
end)

check.test("names of metrics are sorted, and each is there once", function()
  check.eq(tracked.metrics(step { metrics = { b = 1, a = 2, c = "text" },
    series = { b = { steps = {}, values = {} } } }), { "a", "b" })
end)

check.test("what a step logged beside a parameter of that name stays apart", function()
  check.eq(tracked.params({ depth = 3, list = { 1, 2 } }, { depth = 4, seed = 7 }),
    { { "depth", "3" }, { "list", "[1,2]" }, { "depth.logged", "4" }, { "seed", "7" } })
  check.eq(tracked.params({ depth = 3 }, { depth = 3 }), { { "depth", "3" } })
end)

check.done()
