-- validator_test.lua -- the data validator "drift" of a stack, from registration to a step that it stops.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local MAIN <const> = [[
local array, frame = require "rille.array", require "rille.frame"
local read = step "read" { outputs = { t.frame "trained_on" }, run = function()
  return frame.new { { "x", array.random(200, 1) } }
end }
local validate = step "validate" { inputs = { t.frame "trained_on" }, params = { shift = 0.0, from_file = false },
  outputs = { t.drift_report "report" }, run = function(trained_on, p, ctx)
    local batch = frame.new { { "x", array.random(60, 2) + p.shift } }
    local validator = ctx.stack.open "data_validator"
    local ok, why, report = validator:validate(batch, { name = "batch",
      reference = not p.from_file and trained_on or nil })
    if not ok then error(why, 0) end
    return report
  end }
return pipeline "main" { params = { shift = 0.0, from_file = false }, define = function(p)
  validate { trained_on = read().trained_on, shift = p.shift, from_file = p.from_file }
end }]]

check.test("the data validator drift judges what a step gives it by the limits of its options", function()
  local p <close> = scratch.script(MAIN)
  check.eq(#p:json "data-validator flavors".items, 1)
  check.has((p:ok "data-validator flavors drift"), "missing")
  p:ok "data-validator register watch --flavor drift"
  p:ok "stack register watched --data-validator watch --active"
  p:ok "run main.lua -q"
  check.has((p:ok "show main::validate::report"), "no drift found in 1 column")
  check.has(select(2, p:ok("run main.lua --set shift=0.5", 1)), "batch: x: drifted: PSI")
  p:ok "data-validator update watch --set drift=false"
  p:ok "run main.lua -q --set shift=0.5"
  local _, err = p:ok("data-validator update watch --set missing=3", 3)
  check.has(err, "missing")
end)

check.test("the reference of the data validator may be a file", function()
  local p <close> = scratch.script(MAIN)
  p:ok "data-validator register watch --flavor drift"
  p:ok "stack register watched --data-validator watch --active"
  check.has(select(2, p:ok("run main.lua --set from_file=true", 1)),
    "rille data-validator update watch --set reference=FILE")
  local lines = { "x" }
  for i = 1, 100 do lines[i + 1] = tostring(i * 37 % 100 / 100) end
  p:write("trained_on.csv", table.concat(lines, "\n") .. "\n")
  p:ok "data-validator update watch --set reference=trained_on.csv"
  check.has((p:ok "data-validator describe watch"), "trained_on.csv")
  p:ok "run main.lua -q --set from_file=true"
  check.has(select(2, p:ok("run main.lua --set from_file=true --set shift=2", 1)), "x: drifted")
end)

check.done()
