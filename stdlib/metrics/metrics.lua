-- rille.metrics: how good predictions are.
--
-- y is what is true, pred what was predicted: vectors (arrays) or lists of the
-- same length.  Labels are numbers, booleans or strings; 1 and 1.0 are one label.
-- They are listed in ascending order: false, true, numbers, strings.
--
-- As in scikit-learn a quotient whose divisor is 0 is 0.0: the precision of a
-- class that was never predicted, the recall of one that never occurs, the f1 of
-- one with neither.  r2 of a constant y is 1.0 when pred equals it, otherwise 0.0.
--
-- A report is { accuracy, n, classes = { { label, precision, recall, f1,
-- support }, ... }, macro = { precision, recall, f1 }, weighted = the same }.
--
-- classes has the measures of predicted labels, probabilities those of
-- probabilities and scores, regression those of numbers.

local classes = require "rille.metrics.classes"
local origin = require "rille.host.origin"
local probabilities = require "rille.metrics.probabilities"
local regression = require "rille.metrics.regression"

local metrics = {}

for _, part in ipairs { classes, probabilities, regression } do
  for name, measure in next, part do metrics[name] = measure end
end

return origin.strict(metrics)
