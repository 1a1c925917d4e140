-- Batches of data that come in are compared with the data that the model was trained on; one that has changed is
-- reported, and with strict it stops the run before the steps that would use it:
--
--   cd examples
--   rille drift.lua
--   rille show drift@-1/judge_tuesday
--   rille artifact get drift::judge_tuesday::report -o tuesday.html    (then open tuesday.html)
--   rille run drift.lua --set strict=true                              stops at Tuesday's batch

local rille = require "rille"
local array, csv, drift = require "rille.array", require "rille.csv", require "rille.drift"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

-- The rows of the file have an order, which random samples do not have.
local split = step "split" {
  outputs = { t.frame "trained_on", t.frame "monday", t.frame "tuesday" },
  run = function()
    local all = csv.read("data/breast_cancer.csv"):drop { "target" }
    local order = array.random(#all, 42):argsort()
    return all:take(order:slice(1, 369)), all:take(order:slice(370, 469)), all:take(order:slice(470, #all))
  end,
}

-- A device that measures in another unit, and another that fails at times.
local damage = step "damage" {
  inputs = { t.frame "batch" }, outputs = { t.frame "batch" },
  run = function(batch)
    local texture = batch:column "mean_texture":totable()
    for i = 1, #texture, 5 do texture[i] = 0 / 0 end
    return batch:with_column("mean_radius", batch:column "mean_radius" / 2.54):with_column("mean_texture", texture)
  end,
}

local judge = step "judge" {
  inputs  = { t.frame "trained_on", t.frame "batch" },
  params  = { missing = 0.1, strict = false },
  outputs = { t.drift_report "report", t.string "page", t.boolean "passed" },
  run = function(trained_on, batch, p)
    local gate = drift.gate { missing = p.missing }
    local report = drift.compare(trained_on, batch, { gate = gate })
    if p.strict then gate:stop(report) end
    return report, report:html "Drift of a batch", (gate:check(report))
  end,
}

local watch = pipeline "drift" {
  params = { strict = false },
  define = function(p)
    local s = split {}
    local tuesday = damage { batch = s.tuesday }
    judge:with { id = "judge_monday" } { trained_on = s.trained_on, batch = s.monday, strict = p.strict }
    judge:with { id = "judge_tuesday" } { trained_on = s.trained_on, batch = tuesday, strict = p.strict }
  end,
}

if rille.main() then
  local run = watch:run {}
  for _, day in ipairs { "monday", "tuesday" } do
    local report = run.steps["judge_" .. day].outputs.report:load()
    local passed, findings = drift.gate {}:check(report)
    print(string.format("%-8s %s", day, passed and "passed" or #findings .. " findings"))
    for _, one in ipairs(findings or {}) do print("  " .. one.column .. ": " .. one.text) end
  end
end
return watch
