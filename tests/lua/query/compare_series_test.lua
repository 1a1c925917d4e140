-- Courses of metrics side by side.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local compare_series = require "rille.query.compare_series"
local scratch = require "scratch"

local function series(...) return { steps = { 1, 2, 3 }, values = { ... }, times = { 0, 1, 2 } } end

check.test("what differs is named with the largest difference at a step that both have", function()
  check.eq(compare_series.differing({ loss = series(3, 2, 1), acc = series(0, 0, 1) },
      { loss = series(3, 2.5, 0), acc = series(0, 0, 1) }),
    { { name = "loss", a = { steps = { 1, 2, 3 }, values = { 3, 2, 1 } },
      b = { steps = { 1, 2, 3 }, values = { 3, 2.5, 0 } }, largest = { step = 3, delta = -1 } } })
end)

check.test("times alone, and values that are not a number in both, are no difference", function()
  local a, b = series(1, 0 / 0, 1), series(1, 0 / 0, 1)
  b.times = { 5, 6, 7 }
  check.eq(compare_series.differing({ x = a }, { x = b }), {})
  check.eq(#compare_series.differing({ x = a }, { x = series(1, 2, 1) }), 1)
end)

check.test("one that only a run has has no other side", function()
  local list = compare_series.differing({ x = series(1, 2, 3) }, {})
  check.eq({ list[1].name, list[1].b, list[1].largest }, { "x" })
end)

check.test("rille diff draws both curves to one scale; --json and run:diff have them", function()
  local p <close> = scratch.script [[
local s = step "s" { params = { n = 1 }, outputs = { t.number "x" }, run = function(p, ctx)
  for e = 1, 4 do ctx:log_metric({ loss = p.n / e, flat = 2 }, { step = 10 * e }) end
  return 1
end }
return pipeline "p" { params = { n = 1 }, define = function(p) s { n = p.n } end }
]]
  p:ok "run main.lua -q"
  p:ok "run main.lua -q --set n=2"
  check.has(p:ok "diff p@1 p@2", [[
    metric loss  0.25 -> 0.5 (+0.25)
    curve loss   - ▄▂▁▁  1 to 0.25, steps 10 to 40
                 + █▄▂▂  2 to 0.5, steps 10 to 40
                 largest difference +1 at step 10
]])
  local curves = p:json("diff p@1 p@2").steps[1].curves
  check.eq({ #curves, curves[1].name, curves[1].largest, curves[1].b.values },
    { 1, "loss", { step = 10, delta = 1.0 }, { 2.0, 1.0, 2 / 3, 0.5 } })
  p:write("look.lua", [[
local runs = require("rille").pipelines.p.runs
print(runs[1]:diff(runs[2]).steps[1].curves[1].name)
]])
  check.eq(p:ok "look.lua", "loss\n")
end)

check.done()
