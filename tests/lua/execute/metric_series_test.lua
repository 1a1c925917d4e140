-- metric_series_test.lua -- values of a metric one after the other.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local metric_series = require "rille.execute.metric_series"
local scratch = require "scratch"

check.test("values are kept with their steps; one alone is no series", function()
  local all
  for e = 1, 3 do all = metric_series.add(all, "loss", 1 / e, 10 * e, 0.5 * e) end
  all = metric_series.add(all, "acc", 0.5)
  check.eq(metric_series.recorded(all), { loss = { steps = { 10, 20, 30 }, values = { 1.0, 0.5, 1 / 3 },
    times = { 500, 1000, 1500 } } })
  check.eq(metric_series.recorded(nil), nil)
  check.eq(metric_series.recorded(metric_series.add(metric_series.add(nil, "a", 4), "a", 5)),
    { a = { steps = { 1, 2 }, values = { 4, 5 }, times = { 0, 0 } } })
end)

check.test("of very many values some are kept, evenly", function()
  local all
  for e = 1, 5000 do all = metric_series.add(all, "x", e) end
  local one = metric_series.recorded(all).x
  check.eq({ one.steps[1], one.steps[2], one.steps[625], #one.steps, #one.times }, { 1, 9, 4993, 626, 626 })
  check.eq(one.steps[626], 5000, "the last one is kept")
  check.eq(one.steps, one.values)
  all = metric_series.add(all, "x", 5001)
  check.eq(#metric_series.recorded(all).x.steps, 626, "it is not there twice")
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
  local loss = p:json("show p@-1/s").series.loss
  check.eq({ loss.steps, loss.values, #loss.times }, { { 1, 2, 3, 4 }, { 1.0, 0.5, 1 / 3, 0.25 }, 4 })
  p:write("look.lua", "local s = require('rille').pipelines.p.runs[-1].steps.s.series "
    .. "print(#s.loss.values, s.loss.steps[4], s.single)")
  check.eq(p:ok "look.lua", "4\t4\tnil\n")
end)

check.test("the step number may be an option; another option is a mistake", function()
  local p <close> = scratch.script [[
local s = step "s" { outputs = { t.number "x" }, run = function(_, ctx)
  for e = 1, 2 do ctx:log_metric({ loss = e }, { step = 100 * e }) end
  local ok, message = pcall(ctx.log_metric, ctx, { loss = 3 }, { stepp = 3 })
  print(ok, message)
  return 1
end }
return pipeline "p" { define = function() s() end }
]]
  p:ok "run main.lua -q"
  check.eq(p:json("show p@-1/s").series.loss.steps, { 100, 200 })
  check.has(p:ok "log p@-1/s", 'ctx:log_metric: unknown field "stepp"; did you mean "step"?')
end)

check.done()
