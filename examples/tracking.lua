-- Curves, parameters and scores of three ways to fit a line, kept with the runs and, where the project asks for it,
-- copied to MLflow or TensorBoard:
--
--   cd examples
--   rille tracking.lua
--   rille show fits@-1/fit_fast               the curve
--   rille plot fits@-1 loss                   all three
--   rille runs fits --sort metric.error
--
--   rille experiment-tracker register curves --flavor tensorboard
--   rille experiment-tracker register lab --flavor mlflow --set experiment="Lines"
--   rille stack register tracked --experiment-tracker curves --experiment-tracker lab --active
--   rille tracking.lua
--   tensorboard --logdir tensorboard          (pip install tensorboard)
--   MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri mlruns          (pip install mlflow)

local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

local points = step "points" {
  outputs = { t.list(t.number) "x", t.list(t.number) "y" },
  run = function()
    local x, y = {}, {}
    for i = 1, 20 do x[i], y[i] = i / 20, 3 * i / 20 + 0.5 + 0.05 * math.sin(12.9898 * i) end
    return x, y
  end,
}

local fit = step "fit" {
  doc     = "Gradient descent; the loss of each epoch is a curve.",
  inputs  = { t.list(t.number) "x", t.list(t.number) "y" },
  params  = { rate = t.number { default = 0.5, gt = 0, lt = 2 }, epochs = 60 },
  outputs = { t.number "error" },
  run = function(x, y, p, ctx)
    local a, b, loss = 0.0, 0.0, nil
    for epoch = 1, p.epochs do
      local da, db = 0.0, 0.0
      loss = 0.0
      for i = 1, #x do
        local off = a * x[i] + b - y[i]
        loss, da, db = loss + off * off / #x, da + 2 * off * x[i] / #x, db + 2 * off / #x
      end
      a, b = a - p.rate * da, b - p.rate * db
      ctx:log_metric({ loss = loss }, { step = epoch })
    end
    ctx:log_metric { error = math.sqrt(loss) }
    ctx:log_params { slope = a, offset = b }                    -- what the step found out itself
    return math.sqrt(loss)
  end,
}

local best = step "best" {
  inputs  = { t.list(t.number) "errors" },
  outputs = { t.number "error" },
  run = function(errors, _, ctx)
    local least = math.min(table.unpack(errors))
    ctx:log_metric { error = least }
    return least
  end,
}

local fits = pipeline "fits" {
  define = function()
    local d, errors = points(), {}
    for i, way in ipairs { { "slow", 0.05 }, { "usual", 0.2 }, { "fast", 0.6 } } do
      errors[i] = fit:with { id = "fit_" .. way[1] } { d, rate = way[2] }
    end
    best { errors = errors }
  end,
}

if rille.main() then
  local run = fits:run {}
  for _, id in ipairs { "fit_slow", "fit_usual", "fit_fast" } do
    local loss = run.steps[id].series.loss
    print(("%-9s  loss %.4f after %d epochs, %.4f at the end"):format(id, loss.values[10], loss.steps[10],
      loss.values[#loss.values]))
  end
end
return fits
