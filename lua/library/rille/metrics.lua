---@meta rille.metrics
-- Descriptions of `require "rille.metrics"` for editors; this file never runs.  Reference: rille help learning.

---@class rille.metrics
local metrics = {}
---@class rille.AverageOptions
---@field average "macro"|"micro"|"weighted"|"binary"|nil
---@field positive (number|boolean|string)?

---@class rille.ProbabilityOptions
---@field positive (number|boolean|string)? by default 1 or true, or else the greater label
---@field classes table? the classes of the columns of pred, such as m.classes

---The share of right predictions.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return number
function metrics.accuracy(y, pred) end
---The mean of the recalls of the classes in y.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return number
function metrics.balanced_accuracy(y, pred) end
---Of what was predicted as a class, the share that belongs to it.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.AverageOptions?
---@return number
function metrics.precision(y, pred, options) end
---Of what belongs to a class, the share that was predicted as it.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.AverageOptions?
---@return number
function metrics.recall(y, pred, options) end
---The harmonic mean of precision and recall.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.AverageOptions?
---@return number
function metrics.f1(y, pred, options) end
---Matthews' correlation coefficient, -1 to 1.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return number
function metrics.matthews(y, pred) end
---A matrix, truth in rows and predictions in columns, and its labels.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param labels table?
---@return rille.Array matrix, table labels
function metrics.confusion_matrix(y, pred, labels) end
---Precision, recall and f1 of every class; prints as a table.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return table
function metrics.report(y, pred) end
---The mean of -ln(probability of the true class).  pred: a vector, or a matrix as of predict_proba.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.ProbabilityOptions?
---@return number
function metrics.log_loss(y, pred, options) end
---The mean squared error of the probability of the positive class.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.ProbabilityOptions?
---@return number
function metrics.brier(y, pred, options) end
---The area under the ROC curve; of several classes the mean of each against the rest.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.ProbabilityOptions?
---@return number
function metrics.roc_auc(y, pred, options) end
---The mean precision over the steps of the recall.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.ProbabilityOptions?
---@return number
function metrics.average_precision(y, pred, options) end
---The ROC curve: threshold, fpr, tpr.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.ProbabilityOptions?
---@return rille.Frame
function metrics.roc_curve(y, pred, options) end
---Precision and recall by threshold.
---@param y rille.Array|table
---@param pred rille.Array|table
---@param options rille.ProbabilityOptions?
---@return rille.Frame
function metrics.precision_recall_curve(y, pred, options) end
---The mean squared error.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return number
function metrics.mse(y, pred) end
---The root of the mean squared error.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return number
function metrics.rmse(y, pred) end
---The mean absolute error.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return number
function metrics.mae(y, pred) end
---The mean absolute error as a share of the true value.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return number
function metrics.mape(y, pred) end
---The share of the variance that is explained.
---@param y rille.Array|table
---@param pred rille.Array|table
---@return number
function metrics.r2(y, pred) end

return metrics
