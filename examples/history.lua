-- history: past runs are values.  Runs the pipeline with three different parameters,
-- then prints a table of all runs so far.

local rille = require "rille"
local t = rille.types

-- pi by the Leibniz series, which converges slowly, so that more terms make a difference
local leibniz = rille.step "leibniz" {
  params  = { terms = t.integer { default = 10, min = 1 } },
  outputs = { t.number "pi" },
  run = function(p, ctx)
    local sum, sign = 0.0, 1.0
    for i = 0, p.terms - 1 do sum, sign = sum + sign / (2 * i + 1), -sign end
    ctx:log_metric { error = math.abs(4 * sum - math.pi) }
    return 4 * sum
  end,
}

local pi = rille.pipeline "pi" {
  params = { terms = t.integer { default = 10, min = 1 } },
  define = function(p) leibniz { terms = p.terms } end,
}

if rille.main() then
  for _, terms in ipairs { 10, 1000, 100000 } do
    pi:run { params = { terms = terms }, run_name = "pi-" .. terms .. "-{n}" }
  end
  print "    terms      pi        error"
  for i = 1, math.min(3, #rille.pipelines.pi.runs) do
    local run = rille.pipelines.pi.runs[i]
    local step = run.steps.leibniz
    print(string.format("%9d  %.6f  %.1e", run.parameters.terms, step.output:load(), step.metrics.error))
  end
end
return pi
