-- A tracker of your own: it keeps the scores of runs in a file that a spreadsheet opens.  Without it the pipeline runs
-- all the same:
--
--   cd examples
--   rille stacks.lua
--
-- To use it, register it once and make a stack with it; from then on every run of the project is kept:
--
--   rille experiment-tracker register table --flavor scores --script stacks.lua --set file=scores.csv
--   rille stack register team --experiment-tracker table --active
--   rille stacks.lua
--   cat scores.csv

local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

rille.flavor {
  kind = "experiment_tracker", name = "scores", summary = "a line of CSV for each metric of a step",
  options = { file = t.string { doc = "the file that is appended to" } },
  open = function(options, env)
    local path = env.path(options.file)
    return {
      -- also of steps that are taken from the cache
      step_end = function(_, one, run)
        local names = {}
        for name in pairs(one.metrics) do names[#names + 1] = name end
        table.sort(names)
        local f <close> = assert(io.open(path, "a"))
        for _, name in ipairs(names) do
          f:write(("%s,%s,%s,%.6f\n"):format(run.name, one.id, name, one.metrics[name]))
        end
      end,
    }
  end,
}

local fit = step "fit" {
  params  = { rate = t.number { default = 0.3, gt = 0, lt = 1 } },
  outputs = { t.number "x" },
  run = function(p, ctx)
    local x = 0.0
    for i = 1, 12 do
      x = x - p.rate * 2 * (x - 3)                  -- down the slope of (x - 3)^2
      ctx:log_metric({ loss = (x - 3) ^ 2 }, i)
    end
    return x
  end,
}

local main = pipeline "slope" {
  params = { rate = 0.3 },
  define = function(p) fit { rate = p.rate } end,
}

if rille.main() then
  local run = main:run {}
  print(("the lowest point is at %.3f (stack %s)"):format(run.steps.fit.output:load(), run.stack))
end
return main
