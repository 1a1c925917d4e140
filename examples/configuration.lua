-- Settings of a run in YAML files, one over the other:
--
--   cd examples
--   rille run configuration.lua --config configuration/base.yaml
--   rille run configuration.lua --config configuration/base.yaml --config configuration/quick.yaml --set throws=500
--   rille config configuration.lua --config configuration/base.yaml --config configuration/quick.yaml
--   rille runs pi --where 'metric.estimate.error < 0.02' --sort metric.error:asc --columns throws,error
--
-- Run as a program, it reads both files and a table, which acts as a third file.

local rille = require "rille"
local array = require "rille.array"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

local throw = step "throw" {
  doc     = "Throws points into a square: how many of them hit the circle in it.",
  params  = { throws = t.integer { default = 100, min = 1 }, seed = 1 },
  outputs = { t.integer "hits" },
  run = function(p)
    local x, y = array.random(p.throws, p.seed), array.random(p.throws, p.seed + 1)
    return (x * x + y * y):lt(1.0):astype("i64"):sum()
  end,
}

local estimate = step "estimate" {
  inputs  = { t.integer "hits" }, params = { throws = 100 },
  outputs = { t.number "pi" },
  run = function(hits, p, ctx)
    local pi = 4 * hits / p.throws
    ctx:log_metric { error = math.abs(pi - math.pi) }
    return pi
  end,
}

local pi = pipeline "pi" {
  params = { throws = 100 },
  define = function(p) estimate { hits = throw { throws = p.throws }, throws = p.throws } end,
}

if rille.main() then
  local run = pi:run { config = { "configuration/base.yaml", "configuration/quick.yaml",
    { parameters = { throws = 5000 } } } }
  print(run.name, run.parameters.throws .. " throws", table.concat(run.tags, " "), run.extra.owner,
    run.extra.contact.room, run.extra.contact.phone)
  for one in rille.pipelines.pi:each { where = "metric.estimate.error < 0.1", sort = "metric.error:asc", limit = 1 } do
    print(("the best estimate so far: %.4f"):format(one.steps.estimate.output:load()))
  end
end
return pi
