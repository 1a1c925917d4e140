-- rille help preprocess
return { order = 155, text = [[
Preprocessing: columns made ready for a model

local preprocess = require "rille.preprocess" changes frames and matrices.
A call says what to do; fit returns a transformer that has learned from the
data, and changes nothing else; transform uses what was learned.

  local scale = preprocess.scale { "age", "income", method = "robust" }
  local fitted = scale:fit(X)        X2, fitted = scale:fit_transform(X)
  fitted:transform(other)            fitted:inverse(X2)
  fitted.columns_in  fitted.columns_out  fitted.notes  fitted:dump()
  fitted.signature                   what it was fitted on (rille help serving)
  fitted.learned.age.center          what was learned of a column: center and
                                     scale, value, categories, edges

The list part (or columns = {...}) names the columns, a number by position;
preprocess.drop "id" names one.
type = "number", "boolean", "string" or "date" takes all columns of a type.
Without either, one_hot and ordinal take the strings, impute the columns that
its strategy can fill, and the others the numbers; cast, drop and select need
to be told.  All other columns pass unchanged.

impute    strategy = "mean" ("median", "most_frequent", "constant" with
          value =): of ties the smallest; a column without any value is an
          error, but for a constant
scale     method = "standard": (value - mean) / standard deviation; "min_max"
          (range = { 0, 1 }, clip = false); "robust": (value - median) /
          (third quartile - first).  Missing values stay missing.  A constant
          column has the scale 1, and a note
one_hot   a column of 0 and 1 for each category, NAME_VALUE, ascending
ordinal   the number of the category, from 1
          both: unknown = "error" (also for a missing value), "ignore" (zeros;
          missing), "other" (one category more); categories = { NAME = {
          values in order } }; max_categories = 1000
bins      the number of the interval, from 1: n = 10, strategy = "quantile"
          ("uniform"), or edges = {...}; the outer ones are open
pca       numbers as their principal components pca_1, pca_2, ... in the
          place of the first: n_components = all (how many, or a share of the
          variance), standardise = false; no value may be missing
clip      min =, max =
cast      to = "number", "integer", "boolean", "string"
drop      leaves columns out      select    keeps these, in this order

chain { TRANSFORMER, ..., MODEL } is one value with fit, transform and dump.
With a model at the end it has fit(X, y), predict, predict_proba, score,
classes, and with { OPTION = value }, the same chain with other options of its
model.  The model is tree, svm.SVC, linear.Logistic and so on, or with options
{ svm.SVC, C = 10 }.  A fit on each fold sees that fold alone:

  local chain = preprocess.chain { preprocess.impute {}, preprocess.scale {},
      preprocess.one_hot { "city", unknown = "ignore" },
      { linear.Logistic, C = 10 } }
  local m = chain:fit(frame, y)           print(m:score(other, y_other))

Columns are found by name, in any order; those that were not there at fit are
left out; an absent one is an error, unless it is dropped first.  The number of
rows never changes.  preprocess.drop_missing(X, y) leaves rows of X and y out
together, before fit.  y, a vector, a list or the name of a column, is for the
model alone: a column of X that equals it is an error.  Scale before one_hot,
or name the columns to scale: the 0 and 1 of one_hot are numbers, too.

The columns of a matrix are x1, x2, ...; what a matrix becomes is a matrix.
preprocess.load(bytes) reads a dump: data and no code, the same bytes for the
same value.  The type of ports is t.transformer; a chain with a model is a
t.classifier, too.

  rille run train.lua             a step may return a chain: it is cached
  rille artifact get p::fit::m    the dump, as text and the model's bytes
]] }
