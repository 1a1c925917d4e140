-- chain: transformers one after another, maybe with a model at the end: one value.
--
-- A Chain is { steps = { Transformer, ... }, fitted = { input =, width = } }, a ModelChain also
-- { estimator =, model = } (estimator.lua).  As with transformers fit gives another value, whose steps are fitted.
-- Data goes from step to step as a frame.  The target is in no step: it is y, which the model alone is given.

local array = require "rille.array"
local column = require "rille.frame.column"
local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local estimator = require "rille.preprocess.estimator"
local model_helpers = require "rille.learn.model_helpers"
local seen_at_fit = require "rille.preprocess.seen_at_fit"
local transformer = require "rille.preprocess.transformer"

---@class preprocess.Chain
---@field steps preprocess.Transformer[]
---@field columns_in string[]?
---@field columns_out string[]?
---@field notes string[]?
---@field signature Signature? of the data that it was fitted on
local Chain = { __name = "preprocess.Chain" }

---@class preprocess.ModelChain: preprocess.Chain
---@field estimator { name: string, options: table }
---@field model table? the fitted model
---@field classes any[]? the labels of a fitted classifier
local ModelChain = { __name = "preprocess.ModelChain" }
local methods, of_models = {}, {}
Chain.__index, ModelChain.__index = methods, of_models

local chain = { Chain = Chain, ModelChain = ModelChain }

local function is_chain(v)
  local meta = debug.getmetatable(v)
  return meta == Chain or meta == ModelChain
end

-- ---- definition ----

local function add_steps(steps, v)
  if transformer.is(v) then
    steps[#steps + 1] = transformer.unfitted(v)
  else
    for _, step in ipairs(v.steps) do steps[#steps + 1] = transformer.unfitted(step) end
  end
end

local EXPECTED <const> = 'a transformer, or at the end a model such as tree or { svm.SVC, C = 10 }'

-- What to write for a function, or a module, that is no element.
local function hint(v)
  for name, f in next, package.loaded["rille.preprocess"] or {} do
    if rawequal(f, v) and type(v) == "function" then
      return name == "drop_missing" and "; drop_missing is called before fit, as it takes rows of X and y together"
        or string.format("; call it: preprocess.%s {}", name)
    end
  end
  local models = estimator.models_in(v)
  return #models > 0 and "; write " .. table.concat(models, " or ") or ""
end

local function wrong(i, v)
  errors.raise("preprocess.chain: element %d is %s, expected %s%s", i, errors.describe(v), EXPECTED, hint(v))
end

-- The chain of a list of transformers, chains and at its end a model.
---@param list table
---@return preprocess.Chain|preprocess.ModelChain
function chain.new(list)
  if type(list) ~= "table" or getmetatable(list) then
    errors.raise("preprocess.chain: found %s, expected { TRANSFORMER, ..., MODEL }", errors.describe(list))
  end
  local steps, last, n = {}, nil, 0
  for key in next, list do if math.type(key) == "integer" then n = math.max(n, key) end end
  for i = 1, n do if list[i] == nil then errors.raise("preprocess.chain: element %d is nil", i) end end
  for key in next, list do
    if math.type(key) ~= "integer" or key < 1 or key > #list then
      errors.raise("preprocess.chain: unknown field %s; a chain is a list: chain { impute {}, scale {} }",
        errors.describe(key))
    end
  end
  for i, v in ipairs(list) do
    if last then errors.raise("preprocess.chain: element %d comes after the model; a model is the last", i) end
    if transformer.is(v) or is_chain(v) then
      add_steps(steps, v)
      last = getmetatable(v) == ModelChain and v.estimator or nil
    else
      last = estimator.read("preprocess.chain", v) or wrong(i, v)
    end
  end
  if #steps == 0 and not last then errors.raise("preprocess.chain: it has no elements") end
  return chain.of(steps, last)
end

-- A chain of these steps, not fitted.
function chain.of(steps, last)
  return setmetatable({ steps = steps, estimator = last }, last and ModelChain or Chain)
end

-- ---- fit ----

local function step_name(who, i, step) return string.format("%s, step %d (%s)", who, i, step.kind) end

-- Leaves out of each step what a later one drops: nobody has to give it at transform.
local function prune(steps)
  for i = #steps - 1, 1, -1 do
    local wanted = {}
    for _, name in ipairs(steps[i + 1].columns_in) do wanted[name] = true end
    steps[i] = transformer.pruned(steps[i], wanted)
  end
end

-- Fits the steps one after another, each on what the ones before it give.
local function fit_steps(who, self, f)
  local steps, notes, given = {}, {}, f.columns
  for i, step in ipairs(self.steps) do
    local at = step_name(who, i, step)
    steps[i] = transformer.fitted(step, transformer.learn(at, step, f, "frame"))
    table.move(steps[i].notes, 1, #steps[i].notes, #notes + 1, notes)
    f = transformer.apply(at, steps[i], f)
  end
  prune(steps)
  return { steps = steps, notes = notes, columns_in = steps[1] and steps[1].columns_in or given,
    columns_out = f.columns }, f
end

local function with_form(made, f, input)
  made.signature = seen_at_fit.signature(made.steps, made.columns_in, f, input, transformer.records,
    made.estimator and estimator.takes_missing(made.estimator))
  made.fitted = { input = input, width = input == "matrix" and #f.columns or nil, signature = made.signature }
  return made
end

-- What the steps make of a frame.
local function apply_steps(who, self, f)
  for i, step in ipairs(self.steps) do f = transformer.apply(step_name(who, i, step), step, f) end
  return #self.steps == 0 and f:select(self.columns_in) or f
end

local function check_fitted(who, self)
  if not self.fitted then
    errors.raise("%s: it is not fitted; fit gives one that is: local fitted = c:fit(%s)", who,
      self.estimator and "X, y" or "X")
  end
end

-- X as a frame, checked against what was seen at fit, and what it was.
local function seen(who, self, X)
  check_fitted(who, self)
  local f, input = columns.frame(who, X)
  transformer.check_form(who, self.fitted, f, input)
  return f, input
end

-- The chain with what it learned of X; the one it is called on does not change.
---@param X frame|table
---@return preprocess.Chain
function methods:fit(X, ...)
  errors.check_self(self, Chain, "fit", ...)
  local f, input = columns.frame("preprocess.chain.fit", X)
  return setmetatable(with_form(fit_steps("preprocess.chain.fit", self, f), f, input), Chain)
end

-- X changed by all steps: the same rows, the columns of columns_out.
---@param X frame|table
---@return frame|table
function methods:transform(X, ...)
  errors.check_self(self, Chain, "transform", ...)
  local who = "preprocess.chain.transform"
  local f, input = seen(who, self, X)
  return columns.back(who, apply_steps(who, self, f), input)
end

-- X changed, and the fitted chain.
---@param X frame|table
---@return frame|table, preprocess.Chain
function methods:fit_transform(X, ...)
  errors.check_self(self, Chain, "fit_transform", ...)
  local who = "preprocess.chain.fit_transform"
  local f, input = columns.frame(who, X)
  local made, changed = fit_steps(who, self, f)
  return columns.back(who, changed, input), setmetatable(with_form(made, f, input), Chain)
end

-- What transform was given for what it gave; an error where a step has no inverse.
---@param X frame|table
---@return frame|table
function methods:inverse(X, ...)
  errors.check_self(self, Chain, "inverse", ...)
  local who = "preprocess.chain.inverse"
  check_fitted(who, self)
  for i, step in ipairs(self.steps) do
    local why = transformer.no_inverse(step)
    if why then errors.raise("%s: %s (step %d)", who, why, i) end
  end
  local f = transformer.as_output(who, X, self.columns_out)
  for i = #self.steps, 1, -1 do f = transformer.undo(step_name(who, i, self.steps[i]), self.steps[i], f) end
  return columns.back(who, f, self.fitted.input)
end

-- ---- with a model ----

-- Whether the strings are the numbers: "1" and 1.
local function is_text_of(c, y)
  if array.is(c) then c, y = y, c end
  if columns.kind(c) ~= "string" or y.dtype == "bool" then return false end
  local numbers = y:totable()
  for i, text in ipairs(c) do if tonumber(text) ~= numbers[i] then return false end end
  return true
end

-- Whether all rows of a column have the value of y: 1 and 1.0 are one.
local function is_target(c, y)
  if rawequal(c, y) then return true end
  if #c == 0 then return false end
  if array.is(c) ~= array.is(y) then return is_text_of(c, y) end
  if not array.is(c) then return columns.kind(c) == "string" and column.equal(c, y) end
  return c:astype "f64":eq(y:astype "f64"):all()
end

-- Raises where a column of X is the target: a model that is given the answer learns nothing else.
local function check_target(who, f, y, input)
  for _, name in ipairs(f.columns) do
    if is_target(f.data[name], y) then
      errors.raise('%s: column "%s" of X is y itself; leave it out of X%s', who, name,
        input == "frame" and string.format(': f:drop { "%s" }', name) or "")
    end
  end
end

-- y as a column of a frame would be.
local function as_column(y)
  if array.is(y) or type(y[1]) == "string" then return y end
  local ok, made = pcall(array.from, y)
  return ok and made or y
end

-- X without the target, and the target: y is a vector or list, or the name of a column of X.
---@param is_part boolean? X and y are some rows of a search, which has looked at all of them
local function with_target(who, X, y, is_part)
  local f, input = columns.frame(who, X)
  if type(y) == "string" then
    local target = columns.get(who, f, y)
    f, y = f:drop { y }, target
  end
  if y == nil then errors.raise("%s: y is nil, expected a vector, a list or the name of a column of X", who) end
  if array.is(y) and y.ndim == 1 or type(y) == "table" and not getmetatable(y) then
    if #y ~= f.n_rows then errors.raise("%s: X has %d rows and y has %d", who, f.n_rows, #y) end
    if #y > 0 and not is_part then check_target(who, f, as_column(y), input) end
  end
  return f, y, input
end

-- The frame as the model takes it; raises where a value is missing and the model takes none.
local function for_model(who, self, f)
  local m = columns.matrix(who, f)
  if #m == 0 or estimator.takes_missing(self.estimator) or m:eq(m):all() then return m end
  for _, name in ipairs(f.columns) do
    local missing = f:is_missing(name)
    if missing:any() then
      errors.raise('%s: column "%s", row %d: the value is missing, and the model takes none; impute it in the chain',
        who, name, missing:astype "i64":argmax())
    end
  end
  return m
end

local function fit_model(who, self, X, y, is_part)
  local f, target, input = with_target(who, X, y, is_part)
  local made, changed = fit_steps(who, self, f)
  made.estimator = self.estimator
  made.model = estimator.fit(self.estimator, for_model(who, self, changed), target)
  return chain.finish(with_form(made, f, input))
end

-- The chain fitted on some rows of X and y: there a good column may well be y.
---@return preprocess.ModelChain
function chain.fit_part(self, X, y) return fit_model("preprocess.chain.fit", self, X, y, true) end

-- Raises where a column of X is y: a search looks once, at all rows.
function chain.check_data(who, X, y)
  if type(y) ~= "string" and #y > 0 then
    local f, input = columns.frame(who, X)
    check_target(who, f, as_column(y), input)
  end
end

-- The chain and its model, fitted on X and y; the one it is called on does not change.
---@param X frame|table
---@param y table|string a vector or list of as many rows, or the name of the column of X
---@return preprocess.ModelChain
function of_models:fit(X, y, ...)
  errors.check_self(self, ModelChain, "fit", ...)
  return fit_model("preprocess.chain.fit", self, X, y)
end

-- A fitted chain of these fields.
function chain.finish(made)
  if made.model then
    local ok, classes = pcall(function() return made.model.classes end)
    made.classes = ok and classes or nil
  end
  return setmetatable(made, made.model and ModelChain or Chain)
end

-- The same chain, not fitted, whose model has these options beside its own.
---@param options table
---@return preprocess.ModelChain
function of_models:with(options, ...)
  errors.check_self(self, ModelChain, "with", ...)
  if type(options) ~= "table" or getmetatable(options) then
    errors.raise("preprocess.chain.with: found %s, expected the options of the model", errors.describe(options))
  end
  local all, steps = {}, {}
  for name, v in next, self.estimator.options do all[name] = v end
  for name, v in next, options do
    if type(name) ~= "string" then errors.raise("preprocess.chain.with: an option has no name") end
    all[name] = estimator.option("preprocess.chain.with", name, v)
  end
  for i, step in ipairs(self.steps) do steps[i] = transformer.unfitted(step) end
  return chain.of(steps, { name = self.estimator.name, options = all })
end

local function input_of_model(who, self, X)
  return for_model(who, self, apply_steps(who, self, (seen(who, self, X))))
end

-- What the model predicts for the rows of X.
---@param X frame|table
---@return table
function of_models:predict(X, ...)
  errors.check_self(self, ModelChain, "predict", ...)
  local m = input_of_model("preprocess.chain.predict", self, X)
  return self.model:predict(m)
end

-- How likely each of the classes is, a row for each row of X.
---@param X frame|table
---@return table
function of_models:predict_proba(X, ...)
  errors.check_self(self, ModelChain, "predict_proba", ...)
  local who = "preprocess.chain.predict_proba"
  local m = input_of_model(who, self, X)
  if not rawget(getmetatable(self.model).__index, "predict_proba") then
    errors.raise("%s: %s gives no probabilities", who, self.estimator.name)
  end
  return self.model:predict_proba(m)
end

-- The model's score on X and y.
---@param X frame|table
---@param y table|string
---@return number
function of_models:score(X, y, ...)
  errors.check_self(self, ModelChain, "score", ...)
  local who = "preprocess.chain.score"
  if type(y) == "string" then y = columns.get(who, (columns.frame(who, X)), y) end
  local m = input_of_model(who, self, X)
  return self.model:score(m, y)
end

-- What the model is given for X.
---@param X frame|table
---@return frame|table
function of_models:transform(X, ...)
  errors.check_self(self, ModelChain, "transform", ...)
  local who = "preprocess.chain.transform"
  local f, input = seen(who, self, X)
  return columns.back(who, apply_steps(who, self, f), input)
end

-- ---- as text ----

local function text(self)
  local parts = {}
  for i, step in ipairs(self.steps) do parts[i] = transformer.text(step) end
  if self.estimator then parts[#parts + 1] = estimator.text(self.estimator) end
  return transformer.line(self, "preprocess.chain { " .. table.concat(parts, ", ") .. " }")
end
Chain.__tostring, ModelChain.__tostring = text, text

model_helpers.strict(Chain, "steps fitted columns_in columns_out notes signature estimator model")
model_helpers.strict(ModelChain, "steps fitted columns_in columns_out notes signature estimator model classes")

return chain
