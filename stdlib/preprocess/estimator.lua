-- estimator: the model at the end of a chain, before it is fitted: { name = "svm.SVC", options = {...} }.
--
-- It is one of the batteries' models, by its class or by its module where that fits (tree):
--     svm.SVC      { svm.SVC, C = 10 }      tree      { tree, max_depth = 3 }
-- A name and options are data; code is found by the name.

local errors = require "rille.base.errors"
local model_helpers = require "rille.learn.model_helpers"
local origin = require "rille.host.origin"

local estimator = {}

-- The name of what fits, or nil: "svm.SVC", "tree".
---@param v any
---@return string?
function estimator.name_of(v)
  if type(v) ~= "table" then return nil end
  for _, battery in ipairs(origin.batteries()) do
    local module = package.loaded["rille." .. battery]
    if type(module) == "table" and battery ~= "preprocess" and origin.owns(module) then
      if rawequal(module, v) then return type(rawget(module, "fit")) == "function" and battery or nil end
      for name, class in next, module do
        if rawequal(class, v) and type(name) == "string" then
          if type(rawget(class, "fit")) == "function" then return battery .. "." .. name end
          -- tree.Tree is what tree.fit gives
          return type(rawget(module, "fit")) == "function" and rawget(class, "__index") and battery or nil
        end
      end
    end
  end
end

-- The models in a module that is none itself: { "svm.SVC" }.
---@return string[]
function estimator.models_in(v)
  local names, module = {}, type(v) == "table" and origin.owns(v)
  for class, fields in next, module and v or {} do
    if type(fields) == "table" and type(rawget(fields, "fit")) == "function" then
      names[#names + 1] = module:match "[%w_]+$" .. "." .. class
    end
  end
  table.sort(names)
  return names
end

-- The module of a model; a script's own of that name is none: its code would be in no key.
local function module_of(name)
  local full = "rille." .. name:match "^[^.]+"
  local module = require(full)
  return origin.owns(module) and module
    or errors.raise("preprocess: %s is not the module of rille's: something was put in its place", full)
end

-- What has `fit`, by the name; nil where there is none of the name.
---@param name string
---@return table?
function estimator.find(name)
  local battery, class = name:match "^(%l%w*)%.?(%w*)$"
  for _, one in ipairs(origin.batteries()) do
    if one == battery and one ~= "preprocess" then
      local module = module_of(battery)
      local found = class == "" and module or rawget(module, class)
      return type(found) == "table" and type(rawget(found, "fit")) == "function" and found or nil
    end
  end
end

local PLAIN <const> = { number = true, string = true, boolean = true }

-- The weights of classes, by label, as data.
local function weights(v)
  local made = {}
  for label, weight in next, v do
    if not PLAIN[type(label)] or type(weight) ~= "number" then return nil end
    made[label] = weight
  end
  return made
end

-- The value of an option of a model: it is kept in the chain, as data.
function estimator.option(who, name, v)
  if PLAIN[type(v)] then return v end
  local made = name == "class_weight" and type(v) == "table" and not getmetatable(v) and weights(v)
  if made then return made end
  errors.raise("%s: the model's option %s is %s, expected a number, a string or a boolean", who, name,
    errors.describe(v))
end

-- The estimator that a script gives as the last element of a chain, or nil when it is none.
---@param who string
---@param v any
function estimator.read(who, v)
  local name = estimator.name_of(v)
  if name then return { name = name, options = {} } end
  if type(v) ~= "table" or getmetatable(v) or v[1] == nil then return nil end
  name = estimator.name_of(v[1])
  if not name then return nil end
  local options = {}
  for key, value in next, v do
    if key ~= 1 then
      if type(key) ~= "string" then
        errors.raise("%s: the options of %s are named, as in { %s, seed = 1 }", who, name, name)
      end
      options[key] = estimator.option(who, key, value)
    end
  end
  return { name = name, options = options }
end

-- Models that take NaN for missing.
local WITH_MISSING <const> = { ["xgboost.Classifier"] = true, ["xgboost.Regressor"] = true }

---@return boolean
function estimator.takes_missing(self) return WITH_MISSING[self.name] == true end

-- The fitted model.
function estimator.fit(self, X, y) return estimator.find(self.name).fit(X, y, self.options) end

-- The model of a dump.
function estimator.load(self, bytes) return module_of(self.name).load(bytes) end

-- "svm.SVC(C=10)"
function estimator.text(self)
  local names, parts = {}, {}
  for name in next, self.options do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local v = self.options[name]
    parts[i] = name .. "=" .. (type(v) == "table" and model_helpers.text(v) or tostring(v))
  end
  return self.name .. (#parts > 0 and "(" .. table.concat(parts, ", ") .. ")" or "")
end

return estimator
