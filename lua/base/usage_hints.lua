-- usage_hints: messages for calls in the wrong form, and for names that do not exist.
--
--   f.head(2)         a method called with a dot
--   csv:read(path)    a function of a module called with a colon
--   a:maen()          a name that a value or a module does not have
--   a:get(0)          an argument that is not what the function takes
--
-- Modules and classes load this file when they find such a mistake.  Most functions raise
-- it.

local errors = require "rille.base.errors"
local method_synonyms = require "rille.base.method_synonyms"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"

local usage_hints = {}

-- Words for a class, by its __name: `one` of its values, what `many` are called,
-- the name `var` that a value has in an example; `column` and `element`, what to write
-- for v.name and v[i].
local CLASSES <const> = {
  array = { one = "an array", many = "arrays", var = "a",
    element = "; use a:take(v) for a list of indices or a mask, a:get(i, j) for an element of several axes" },
  ["rille.array.builder"] = { one = "a builder", many = "builders of arrays", var = "b" },
  frame = { one = "a frame", many = "frames", var = "f", column = 'f:column "%s"',
  element = '; rows are f:rows(first, last), a column is f:column "name"' },
  dates = { one = "a column of dates", many = "dates", var = "d" },
  artifact = { one = "an artifact", many = "artifacts", var = "artifact", element = "; its value is artifact:load()" },
  run = { one = "a run", many = "runs", var = "run", element = "; its steps are run.steps[1], run.steps.ID" },
  ["step run"] = { one = "a step run", many = "steps of runs", var = "step" },
  runs = { one = "a list of runs", many = "runs", var = "runs" },
  ["pipeline history"] = { one = "a pipeline's history", many = "the history of a pipeline",
  var = "rille.pipelines.NAME" },
  ["model history"] = { one = "a model's history", many = "models", var = "rille.models.NAME",
    element = "; its versions are .versions[1], .versions[-1]" },
  ["model version"] = { one = "a version of a model", many = "versions of models", var = "version" },
  ["versions of a model"] = { one = "a list of versions", many = "versions of a model", var = "versions" },
  ["artifacts of a version"] = { one = "artifacts of a version", many = "artifacts of a version",
    var = "version.artifacts" },
  ["alerter of a context"] = { one = "ctx.alerter", many = "the alerter of a step", var = "ctx.alerter" },
  ["tracker of a context"] = { one = "ctx.tracker", many = "the tracker of a step", var = "ctx.tracker" },
  ["model of a context"] = { one = "ctx.model", many = "the model of a step", var = "ctx.model" },
  model = { one = "a model", many = "models", var = "model" },
  context = { one = "ctx", many = "the context of a step", var = "ctx" },
  graph = { one = "a drawing", many = "drawings", var = "graph" },
  ["svm.SVC"] = { one = "a model of svm.SVC", many = "models", var = "m" },
  ["linear.Regression"] = { one = "a model of linear.Regression", many = "models", var = "m" },
  ["linear.Logistic"] = { one = "a model of linear.Logistic", many = "models", var = "m" },
  ["tree.Tree"] = { one = "a model of tree.Tree", many = "models", var = "m" },
  ["forest.Forest"] = { one = "a model of forest.Forest", many = "models", var = "m" },
  ["neighbors.Neighbors"] = { one = "a model of neighbors.Neighbors", many = "models", var = "m" },
  ["bayes.Bayes"] = { one = "a model of bayes.Bayes", many = "models", var = "m" },
  ["kmeans.KMeans"] = { one = "a model of kmeans.KMeans", many = "models", var = "m" },
  ["pca.PCA"] = { one = "a model of pca.PCA", many = "models", var = "m" },
  ["xgboost.Classifier"] = { one = "a model of xgboost.Classifier", many = "models", var = "m" },
  ["xgboost.Regressor"] = { one = "a model of xgboost.Regressor", many = "models", var = "m" },
  ["preprocess.Transformer"] = { one = "a transformer", many = "transformers", var = "p" },
  ["preprocess.Chain"] = { one = "a chain", many = "chains", var = "c" },
  ["preprocess.ModelChain"] = { one = "a chain with a model", many = "chains", var = "c" },
  ["http.Server"] = { one = "a server", many = "servers", var = "server" },
  ["http.Request"] = { one = "a request", many = "requests", var = "request" },
  ["drift.Report"] = { one = "a drift report", many = "drift reports", var = "report" },
  ["drift.Gate"] = { one = "a gate", many = "gates", var = "gate" },
  ["metrics.report"] = { one = "a report", many = "reports", var = "report" },
  file = { one = "a file", many = "files", var = "file" },
  dir = { one = "a folder", many = "folders", var = "dir" },
  ["artifact being saved or loaded"] = { one = "art", many = "the art of a materializer", var = "art" },
  step = { one = "a step", many = "steps", var = "step" },
  pipeline = { one = "a pipeline", many = "pipelines", var = "pipeline" },
}

usage_hints.say = errors.raise

-- Names ----------------------------------------------------------------------------

local function names_of(...)
  local list = {}
  for _, set in ipairs { ... } do
    for name in next, set do if type(name) == "string" and name:sub(1, 2) ~= "__" then list[#list + 1] = name end end
  end
  return list
end

local FIELDS_IN_C <const> = { array = "shape dtype ndim" }

local function set_of(fields)
  if type(fields) == "table" then return fields end
  local set = {}
  for name in fields:gmatch "%S+" do set[name] = true end
  return set
end

-- "; write a:totable()" for a key that another tool has, or that is near to one; else
-- "; did you mean" for one near to the names there are.
---@param text string? of method_synonyms.lua
---@param key string
---@param there string[] the names there are
local function hint_of(text, key, there)
  local instead = method_synonyms.of(text)
  local what = instead[key]
  if not what and not suggest.nearest(key, there) then what = instead[suggest.nearest(key, names_of(instead))] end
  return what and "; write " .. what or suggest.hint(key, there)
end

-- The same for a key of a value of a class.
---@param class string its __name
---@param key string
---@param there string[] the names there are
---@return string "" when there is nothing to say
function usage_hints.hint(class, key, there) return hint_of(method_synonyms.classes[class], key, there) end

-- Called where a value has no field and no method of that name.
---@param class string its __name
---@param key any
---@param methods table by name
---@param fields (string|table)? what it has beside them: with blanks between, or by name
function usage_hints.field(class, key, methods, fields)
  local about = CLASSES[class] or { one = "a value of class " .. class }
  if type(key) ~= "string" then
    errors.raise("%s has no element [%s]%s", about.one,
      type(key) == "number" and string.format("%.14g", key) or errors.describe(key), about.element or "")
  end
  local hint = hint_of(method_synonyms.classes[class], key,
    names_of(methods, set_of(fields or FIELDS_IN_C[class] or "")))
  if about.column and hint:find "^; did" then hint = hint:sub(1, -2)
    .. string.format(", or " .. about.column .. "?", key)
  elseif about.column and hint == "" then hint = string.format("; a column is " .. about.column, key) end
  errors.raise('%s has no field "%s"%s', about.one, key, hint)
end

-- Modules --------------------------------------------------------------------------

-- "csv" of the module rille.csv, "rille" of the face, or the name of a class.
local function module_name(module)
  if rawequal(module, package.loaded["rille.face"]) then return "rille" end
  local full = origin.owns(module)
  if full then return (full:gsub("^rille%.", "")) end
  return rawget(module, "__name") or "this module"
end

-- Is v a module, or a table with functions as one has?
---@return string? name
function usage_hints.module(v)
  if type(v) ~= "table" then return nil end
  local types = package.loaded["rille.script.types"]
  if types and rawequal(v, types.t) then return "t" end
  if origin.is_strict(v) or rawequal(v, package.loaded["rille.face"]) then return module_name(v) end
end

---@param module table
---@param key string
---@param more table? names that it has beside its fields
function usage_hints.module_field(module, key, more)
  local name = module_name(module)
  local hint = hint_of(method_synonyms.modules[name], key, names_of(module, more or {}))
  errors.raise('%s has no field "%s"%s', name, key, hint)
end

local CALLED_MODULES <const> = { ["svm.SVC"] = "svm.SVC.fit(X, y)",
  ["linear.Regression"] = "linear.Regression.fit(X, y)", ["linear.Logistic"] = "linear.Logistic.fit(X, y)",
  ["tree.Tree"] = "tree.fit(X, y)", frame = 'frame.new { { "name", values }, ... }', array = "array.from(list)",
  csv = "csv.read(path)", tree = "tree.fit(X, y)", forest = "forest.fit(X, y)",
  ["forest.Forest"] = "forest.fit(X, y)", neighbors = "neighbors.fit(X, y)", bayes = "bayes.fit(X, y)",
  ["neighbors.Neighbors"] = "neighbors.fit(X, y)", ["bayes.Bayes"] = "bayes.fit(X, y)",
  http = "http.listen { port = 8080 }",
  kmeans = "kmeans.fit(X)", ["kmeans.KMeans"] = "kmeans.fit(X)",
  pca = "pca.fit(X)", ["pca.PCA"] = "pca.fit(X)",
  ["xgboost.Classifier"] = "xgboost.Classifier.fit(X, y)", ["xgboost.Regressor"] = "xgboost.Regressor.fit(X, y)",
  ["rille.Step"] = 'rille.Step:extend "name" { ... }, or rille.step "name" { ... }',
  ["rille.Pipeline"] = 'rille.Pipeline:extend "name" { ... }, or rille.pipeline "name" { ... }' }

-- The module itself was called.
function usage_hints.module_call(module)
  local name = module_name(module)
  errors.raise("%s cannot be called%s", name, CALLED_MODULES[name] and "; write " .. CALLED_MODULES[name] or "")
end

-- The name under which the module has the function, or nil.
local function function_name(module, f)
  for name, v in next, module do if rawequal(v, f) and type(name) == "string" then return name end end
end

-- The name of the module's function that runs with the module as its first argument.
local function running_name(module)
  for level = 2, 60 do
    local info = debug.getinfo(level, "f")
    if not info then return nil end
    local name = function_name(module, info.func)
    if name and rawequal(select(2, debug.getlocal(level, 1)), module) then return name end
  end
end

local function called_by_colon(name, called)
  if not called then
    errors.raise("call functions of %s with a dot: write %s.NAME(...), not %s:NAME(...)", name, name, name)
  end
  errors.raise("%s.%s is a function, not a method: write %s.%s(...), with a dot", name, called, name, called)
end

-- "the module csv", for errors.describe; raises when the value stands where it does
-- because one of its functions was called with a colon.
---@return string?
function usage_hints.describe_module(v)
  local name = usage_hints.module(v)
  if not name then return nil end
  local called = running_name(v)
  if called then called_by_colon(name, called) end
  return "the module " .. name
end

-- A function of a module was called with a colon.
---@param f function
---@param module table
function usage_hints.colon(f, module) called_by_colon(usage_hints.module(module), function_name(module, f)) end

-- The same of the function that runs.
---@param module table
---@param name string?
function usage_hints.called_with_colon(module, name)
  called_by_colon(usage_hints.module(module), name or running_name(module))
end

-- Methods --------------------------------------------------------------------------

-- The self that a method got, as an argument.
local function as_argument(v)
  if v == nil then return "()" end
  if type(v) == "string" and #v <= 30 then return string.format("(%q)", v) end
  if type(v) == "number" or type(v) == "boolean" then return "(" .. tostring(v) .. ")" end
  if type(v) == "table" and not debug.getmetatable(v) then return " { ... }" end
  return "(...)"
end

-- A method was called on self, which is no value of the class.
---@param class string its __name
---@param name string
---@param self any
function usage_hints.method(class, name, self)
  local about = CLASSES[class] or { many = class, var = "VALUE" }
  errors.raise("%s is a method of %s: write %s:%s%s, with a colon", name, about.many, about.var, name,
    as_argument(self))
end

-- Functions in C -------------------------------------------------------------------

-- The methods of a class in C.
local function methods_in_c(class)
  local meta = debug.getregistry()[class]
  local index = type(meta) == "table" and rawget(meta, "__index")
  if type(index) == "table" then return index end
  return index and select(2, debug.getupvalue(index, 1)) or {}
end

-- How a script calls a function in C: "csv.read", or "a:get", its class and its name.
local function named_in_c(f)
  for _, name in ipairs(origin.batteries()) do
    local module = package.loaded["rille." .. name]
    local called = type(module) == "table" and function_name(module, f)
    if called then return name .. "." .. called end
  end
  for class, var in next, { ["rille.array"] = "a", ["rille.array.builder"] = "b" } do
    local called = function_name(methods_in_c(class), f)
    if called then return var .. ":" .. called, class == "rille.array" and "array" or class, called end
  end
end

-- An argument is wrong: text says how.
---@param f function
---@param first any its first argument
---@param text string
function usage_hints.argument(f, first, _, _, text)
  if usage_hints.module(first) then usage_hints.colon(f, first) end
  local label = named_in_c(f)
  errors.raise("%s%s", label and label .. ": " or "", text)
end

-- An argument is of another kind.
---@param f function
---@param first any its first argument
---@param n integer how many there are
---@param arg integer which one is wrong
---@param expected string "a string"
---@param v any
function usage_hints.expected(f, first, n, arg, expected, v)
  if usage_hints.module(first) then usage_hints.colon(f, first) end
  local label, class = named_in_c(f)
  if not label then errors.raise("arithmetic with an array: expected %s, found %s", expected, errors.describe(v)) end
  -- a.dot(b): the only argument took the place of self
  local hint = class and n < 2 and expected:find "array"
    and string.format("; call methods with a colon: write %s(...)", label) or ""
  errors.raise("%s: argument %d: expected %s, found %s%s", label, class and arg - 1 or arg, expected,
    errors.describe(v), hint)
end

-- A function in C got more arguments than the `most` that it takes.
function usage_hints.surplus_in_c(f, first, n, most)
  if usage_hints.module(first) then usage_hints.colon(f, first) end
  local label, class = named_in_c(f)
  local own = class and 1 or 0
  require("rille.base.surplus").in_c(label or "this function", n - own, most - own)
end

-- The variable that a value of the class has in an example.
---@param class string its __name
---@return string
function usage_hints.variable(class) return CLASSES[class] and CLASSES[class].var or "VALUE" end

-- A method in C was called on something else.
function usage_hints.receiver(f, self)
  local _, class, name = named_in_c(f)
  usage_hints.method(class or "array", name or "this", self)
end

-- a[key], where text says what is wrong.
function usage_hints.index(key, text)
  errors.raise("a[%s]: %s", type(key) == "number" and string.format("%.14g", key) or tostring(key), text)
end

-- Values --------------------------------------------------------------------------

local CALLED <const> = {
  ["model history"] = "its versions are model.versions", ["model version"] = "its artifacts are version.artifacts.NAME",
  ["versions of a model"] = "write versions[1], versions[-1], versions.production",
  ["artifacts of a version"] = "iterate with for name, artifact in artifacts:each() do ... end",
  ["alerter of a context"] = 'write ctx.alerter:alert "text"',
  ["model of a context"] = "its fields are ctx.model.number, ctx.model.stage",
  model = "declare it with rille.model \"NAME\" { ... }; its versions are rille.models.NAME.versions",
  artifact = "load it with artifact:load()", run = "its steps are run.steps.ID; rerun it with pipeline:run {}",
    ["step run"] = "load its output with step.output:load()",
  runs = "iterate with for run in rille.pipelines.NAME:each() do ... end, or for i = 1, #runs",
    ["pipeline history"] = "iterate over its runs with :each(); run a pipeline with pipeline:run {}",
  graph = "for a format call graph:svg(), for a file graph:save(path)", ["svm.SVC"] = "predict with m:predict(X)",
    ["linear.Regression"] = "predict with m:predict(X)", ["linear.Logistic"] = "predict with m:predict(X)",
  ["tree.Tree"] = "predict with m:predict(X)", ["forest.Forest"] = "predict with m:predict(X)",
  ["neighbors.Neighbors"] = "predict with m:predict(X)", ["bayes.Bayes"] = "predict with m:predict(X)",
  ["kmeans.KMeans"] = "predict with m:predict(X)",
  ["pca.PCA"] = "transform with m:transform(X)",
  ["xgboost.Classifier"] = "predict with m:predict(X)", ["xgboost.Regressor"] = "predict with m:predict(X)",
  frame = 'a column is f:column "name", rows are f:rows(first, last)',
    dates = "an element is d[i]", context = 'write a line with ctx:log("...")',
}

-- pairs(v) of a value whose fields are read when they are asked for.
---@param class string its __name
---@param fields table by name
function usage_hints.walk(class, fields)
  local list = names_of(fields)
  table.sort(list)
  errors.raise("pairs does not iterate over %s; its fields are %s", CLASSES[class].one, table.concat(list, ", "))
end

local LENGTH <const> = { artifact = "for the length of its value use #artifact:load()",
  run = "for the number of its steps use #run.steps" }
local ARITHMETIC <const> = { frame = 'take a column: f:column "x" + 1, f:column "x":lt(1)',
  artifact = "take its value: artifact:load()", dates = "write d:add_days(n), d:days_since(v), d:lt(v)" }

-- A field of a value that does not change is set.
---@param class string its __name
---@param key any
function usage_hints.set(class, key)
  errors.raise('%s cannot be changed: its field "%s" cannot be set', CLASSES[class].one, tostring(key))
end

-- What values of a class are called, for errors.describe: "a frame".
---@param class table the metatable; a script's may have the name of one of rille's
---@return string?
function usage_hints.one(class)
  local types, about = package.loaded["rille.script.types"], CLASSES[rawget(class, "__name")]
  return about and types and types.is_own_class(class) and about.one or nil
end

-- The one of the operands whose class says what to write.
local function class_of(a, b)
  for _, v in ipairs { a or false, b or false } do
    local class = debug.getmetatable(v)
    local name = type(class) == "table" and rawget(class, "__name")
    if CLASSES[name] and CLASSES[name].var then return name end
  end
end

-- An operator or a call that values of a class do not have: the metamethod that was
-- called with a and b calls this.
function usage_hints.operator(a, b)
  local class = class_of(a, b)
  local about, info = CLASSES[class], debug.getinfo(2, "n")
  local event = info.namewhat == "metamethod" and info.name or "call"
  if event == "call" then
    errors.raise("%s cannot be called%s", about.one, CALLED[class] and ": " .. CALLED[class] or "")
  end
  if event == "concat" then
    errors.raise("%s cannot be concatenated with ..: write tostring(%s)%s", about.one, about.var,
      class == "artifact" and " or tostring(artifact:load())" or "")
  elseif event == "len" then
    errors.raise("%s has no length; %s", about.one, LENGTH[class] or "count its outputs: #step.outputs")
  end
  errors.raise("%s supports no arithmetic or comparison; %s", about.one, ARITHMETIC[class] or "compare its fields")
end

return usage_hints
