-- metric_series_test.lua -- values of a metric one after the other.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local metric_series = require "rille.execute.metric_series"
local scratch = require "scratch"

check.test("values are kept with their steps; one alone is no series", function()
  local all
  for e = 1, 3 do all = metric_series.add(all, "loss", 1 / e, 10 * e) end
  all = metric_series.add(all, "acc", 0.5)
  check.eq(metric_series.recorded(all), { loss = { steps = { 10, 20, 30 }, values = { 1.0, 0.5, 1 / 3 } } })
  check.eq(metric_series.recorded(nil), nil)
  check.eq(metric_series.recorded(metric_series.add(metric_series.add(nil, "a", 4), "a", 5)),
    { a = { steps = { 1, 2 }, values = { 4, 5 } } })
end)

check.test("of very many values some are kept, evenly", function()
  local all
  for e = 1, 5000 do all = metric_series.add(all, "x", e) end
  local one = metric_series.recorded(all).x
  check.eq({ one.steps[1], one.steps[2], #one.steps }, { 1, 9, 625 })
  check.eq(one.steps, one.values)
end)

check.test("a series is kept with the step run: show draws it, history and --json have it, a hit too", function()
  local p <close> = scratch.script [[
local s = step "s" { params = { n = 1 }, outputs = { t.number "x" }, run = function(_, ctx)
  for e = 1, 4 do ctx:log_metric({ loss = 1 / e, flat = 2 }, e) end
  ctx:log_metric { single = 1 }
  return 1
end }
return pipeline "p" { define = function() s() end }
]]
  p:ok "run main.lua -q"
  p:ok "run main.lua -q"
  local want = "series      flat  ▅▅▅▅  2 to 2, steps 1 to 4\n            loss  █▃▁▁  1 to 0.25, steps 1 to 4\n"
  check.has(p:ok "show p@1/s", want)
  check.has(p:ok "show p@-1/s", want)
  check.eq(p:json("show p@-1/s").series.loss, { steps = { 1, 2, 3, 4 }, values = { 1.0, 0.5, 1 / 3, 0.25 } })
  p:write("look.lua", "local s = require('rille').pipelines.p.runs[-1].steps.s.series "
    .. "print(#s.loss.values, s.loss.steps[4], s.single)")
  check.eq(p:ok "look.lua", "4\t4\tnil\n")
end)

check.done()
