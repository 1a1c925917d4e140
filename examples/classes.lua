-- classes: steps and pipelines as classes, a pipeline with inputs, and a result of
-- one pipeline as an input of another.
--
--   rille examples/classes.lua
--   rille run examples/classes.lua predict --input X=data/points.csv
--
-- `fit` fits a straight line to points; `predict` takes points from memory and
-- the latest line that `fit` produced.

local rille = require "rille"
local array = require "rille.array"
local t = rille.types

-- The body of a class is a method; everything set in the class is in the key.
local Fit = rille.Step:extend "fit_line" {
  inputs  = { t.vector "x", t.vector "y" },
  outputs = { t.table "line" },
}
Fit.digits = 6

function Fit:round(v)
  local scale = 10.0 ^ self.digits
  return math.floor(v * scale + 0.5) / scale
end

function Fit:entrypoint(x, y, _, ctx)
  local dx, dy = x - x:mean(), y - y:mean()
  local slope = (dx * dy):sum() / (dx * dx):sum()
  ctx:log_artifact_metadata { points = #x }
  return { slope = self:round(slope), start = self:round(y:mean() - slope * x:mean()) }
end

-- A coarser variant: override only what differs.
local Coarse = Fit:extend "fit_coarse"
Coarse.digits = 0

local FitPipeline = rille.Pipeline:extend "fit" {
  inputs = { t.vector "x", t.vector "y" },
}

function FitPipeline:connect(_, inputs)
  Fit { x = inputs.x, y = inputs.y }
  Coarse { x = inputs.x, y = inputs.y }
end

local apply = rille.step "apply" {
  inputs  = { t.table "line", t.vector "X" },
  outputs = { t.vector "y" },
  run = function(line, X) return X * line.slope + line.start end,
}

local predict = rille.pipeline "predict" {
  inputs = { t.vector "X" },
  define = function(_, inputs)
    local line = rille.external { pipeline = "fit", artifact = "fit_line::line" }
    apply { line = line, X = inputs.X }
  end,
}

if rille.main() then
  local x = array.from { 1.0, 2.0, 3.0, 4.0 }
  local run = FitPipeline:run { inputs = { x = x, y = x * 2.5 + 0.25 } }
  local line = run.steps.fit_line.output
  print(string.format("y = %g x + %g, from %d points", line:load().slope, line:load().start, line.metadata.points))
  local y = predict:run { inputs = { X = array.from { 10.0, 20.0 } } }.steps.apply.output:load()
  print(y:get(1), y:get(2))
end
return { fit = FitPipeline, predict = predict }
