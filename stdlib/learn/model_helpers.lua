-- model_helpers: what the models of the standard library share, for their own modules.
--
-- An option is { kind =, default =, ... }; without a default it may be left out.
--     number   finite; positive = true, at_least = n
--     count    a whole number from `from` (0) to `max`
--     boolean
--     boolean_or   that, or the string `other`
--     choice   one of values; `what` says what they are: "a kernel"
-- Errors are the user's mistakes and begin with `who`: "svm.SVC.fit".

local array = require "rille.array"
local libraries = require "rille.project.libraries"
local metrics = require "rille.metrics"
local named_labels = require "rille.learn.named_labels"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"

local model_helpers = {}

-- ---- options ----

local checks = {}

function checks.choice(v, o)
  for _, name in ipairs(o.values) do
    if v == name then return v end
  end
  return nil, o.what .. suggest.hint(v, o.values)
end

function checks.number(v, o)
  if type(v) ~= "number" or v ~= v or math.abs(v) == math.huge then return nil, "a finite number" end
  if o.at_least and v < o.at_least then return nil, "at least " .. o.at_least end
  return v + 0.0
end

function checks.boolean(v)
  if type(v) == "boolean" then return v end
  return nil, "true or false"
end

function checks.boolean_or(v, o)
  if type(v) == "boolean" or v == o.other then return v end
  return nil, string.format("true, false or %q", o.other)
end

function checks.count(v, o)
  local n = type(v) == "number" and math.tointeger(v)
  local from = o.from or 0
  if n and n >= from and n <= o.max then return n end
  return nil, string.format("an integer from %d to %d", from, o.max)
end

-- The options given, checked, with defaults for the others.
---@param who string
---@param given table?
---@param known table<string, table>
---@return table
function model_helpers.options(who, given, known)
  if given ~= nil and type(given) ~= "table" then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(given))
  end
  given = given or {}
  errors.check_fields(who, given, known)
  local options = {}
  for name, o in next, known do
    local v = given[name]
    if v == nil then v = o.default end
    if v ~= nil then
      local value, expected = checks[o.kind](v, o)
      if value == nil then errors.raise("%s: %s is %s, expected %s", who, name, errors.describe(v), expected) end
      options[name] = value
    end
  end
  return options
end

-- The same for options with class_weight, which is given as it is.
---@return table options, any class_weight
function model_helpers.weighted_options(who, given, known)
  local weights
  if type(given) == "table" then
    local all = { class_weight = true }
    for name in next, known do all[name] = true end
    errors.check_fields(who, given, all)
  end
  if type(given) == "table" and given.class_weight ~= nil then
    weights = given.class_weight
    local plain = {}
    for name, v in next, given do if name ~= "class_weight" then plain[name] = v end end
    given = plain
  end
  return model_helpers.options(who, given, known), weights
end

-- A table as text: JSON, or { [0] = 5, [1] = 1 } where that has none for it.
---@param v table
---@return string
function model_helpers.text(v)
  local ok, json = pcall(require("rille.json").encode, v)
  if ok then return json end
  local keys, parts = {}, {}
  for key in next, v do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) or type(a) == "boolean" then return tostring(a) < tostring(b) end
    return a < b
  end)
  for i, key in ipairs(keys) do
    parts[i] = (type(key) == "string" and key or "[" .. tostring(key) .. "]") .. " = " .. errors.describe(v[key])
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

-- ---- data ----

-- The array that v is, or that a (nested) list of numbers makes.
local function to_array(who, name, v, expected)
  if array.is(v) then return v end
  if type(v) ~= "table" or getmetatable(v) then
    errors.raise("%s: %s is %s, expected %s", who, name, errors.describe(v), expected)
  end
  if type(v[1]) == "string" then
    errors.raise('%s: %s: element [1] is a string, not a number or boolean; codes, labels = f:codes "COLUMN" numbers '
      .. "the values of a column", who, name)
  end
  local ok, made = pcall(array.from, v)
  if not ok then
    errors.raise("%s: %s: %s", who, name, tostring(made):match "^.-:%d+: (.*)$" or tostring(made))
  end
  return made
end

---@return table X matrix
function model_helpers.matrix(who, v)
  local X = to_array(who, "X", v, "a matrix (an array, rows by features)")
  if X.ndim ~= 2 then
    errors.raise("%s: X is %s, expected a matrix (rows by features)", who, errors.describe(X))
  end
  return X
end

local function vector(who, v, what)
  local y = to_array(who, "y", v, "a vector of " .. what .. " (an array)")
  if y.ndim ~= 1 then errors.raise("%s: y is %s, expected a vector of %s", who, errors.describe(y), what) end
  return y
end

-- Labels as a vector for a core, and their names when they are strings (named_labels.lua).
---@return table y vector
---@return string[]? names
function model_helpers.labels(who, v)
  if named_labels.is(v) then return named_labels.encode(who, v) end
  return vector(who, v, "labels")
end

---@return table y vector
function model_helpers.numbers(who, v) return vector(who, v, "numbers") end

-- The weights of the classes of y, ascending: nil, "balanced" (as many rows of each, by weight, and n in all), or
-- { [label] = weight }, of which labels that are not named weigh 1.
---@param who string
---@param given nil|string|table
---@param y table vector
---@param names string[]? of the labels, when those are strings
---@return number[]?
function model_helpers.class_weight(who, given, y, names)
  if given == nil then return nil end
  local found, weights, known = y:unique():totable(), {}, {}
  local labels = names or found
  if given == "balanced" then
    for i, label in ipairs(found) do weights[i] = #y / (#labels * y:eq(label):sum()) end
    return weights
  elseif type(given) ~= "table" or getmetatable(given) then
    errors.raise('%s: class_weight is %s, expected "balanced" or { [label] = weight }', who, errors.describe(given))
  end
  for i, label in ipairs(labels) do
    local v = given[label]
    if v == nil then v = 1 end
    if type(v) ~= "number" or v ~= v or v < 0 or v == math.huge then
      errors.raise("%s: class_weight of %s is %s, expected a number from 0", who, tostring(label), errors.describe(v))
    end
    weights[i] = v + 0.0
    known[label] = true
  end
  for label in next, given do
    if not known[label] then
      errors.raise("%s: class_weight has %s, which is not in y", who, errors.describe(label))
    end
  end
  return weights
end

-- ---- models ----

-- What a call of a core gave, its failure as the user's mistake.
function model_helpers.must(who, value, message)
  -- models take exponentials and logarithms
  libraries.note_math()
  if value == nil then errors.raise("%s: %s", who, message) end
  return value
end

-- What the core makes of the bytes of a dump.
---@param core fun(): table
---@return userdata made, string[]? names of its classes
function model_helpers.load(who, core, bytes)
  if type(bytes) ~= "string" then
    errors.raise("%s: expected the bytes of a dump, found %s", who, errors.describe(bytes))
  end
  local inner, names = named_labels.unwrap(who, bytes)
  local made = model_helpers.must(who, core().load(inner))
  if names then named_labels.check_core(who, core().info(made), names) end
  return made, names
end

-- The labels that the core of a classifier predicts for X.
function model_helpers.predict(who, self, core, X)
  X = model_helpers.matrix(who, X)
  local found = array.zeros({ #X }, named_labels.core_dtype(self))
  model_helpers.must(who, core.predict(self.core, X, found))
  return named_labels.decode(self, found)
end

model_helpers.named, model_helpers.wrap = named_labels.name, named_labels.wrap

-- measure(y, what the model predicts for X), both as lists.
local function measured(who, measure, model, X, y)
  if #X ~= #y then errors.raise("%s: X has %d rows and y has %d", who, #X, #y) end
  if #X == 0 then errors.raise("%s: X has no rows", who) end
  return measure(y, getmetatable(model).__index.predict(model, X))
end

-- Makes a name that a class of models, or a model, does not have a mistake.
---@param class table the metatable
---@param fields string of its models, with blanks between them
function model_helpers.strict(class, fields)
  errors.strict(class, fields)
  errors.refuse(class, "__call", "__concat")
  origin.strict(class)
end

-- The share of the rows of X whose label is predicted.
---@return number
function model_helpers.accuracy(who, model, X, y)
  y = named_labels.is(y) and y or (model_helpers.labels(who, y))
  return measured(who, metrics.accuracy, model, model_helpers.matrix(who, X), y)
end

-- The share of the variance of y that the predictions explain.
---@return number
function model_helpers.r2(who, model, X, y)
  return measured(who, metrics.r2, model, model_helpers.matrix(who, X), model_helpers.numbers(who, y))
end

return model_helpers
