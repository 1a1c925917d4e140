-- served_model: a version of a model, ready to predict.
--
--   local served = served_model.load("cancer", "production")
--   served.model .number .stage .name .signature .artifact .transformer .platform .classes .has_proba
--   served:predict(data, { proba = true })  -> { predictions =, probabilities =, classes = }
--
-- data is a frame with the columns of the signature, or a matrix of its width, and is checked already
-- (request_columns.lua).  What of a version is served: query/served_parts.lua.  Before a version is served its
-- artifacts are read (the store checks their digests) and a row made of the signature is predicted.

local array = require "rille.array"
local errors = require "rille.base.errors"
local json = require "rille.json"
local model_version = require "rille.script.model_version"
local past_artifact = require "rille.query.past_artifact"
local project = require "rille.project"
local request_columns = require "rille.serve.request_columns"
local row_path = require "rille.serve.row_path"
local served_parts = require "rille.query.served_parts"
local signature = require "rille.learn.signature"
local stages = require "rille.project.stages"
local types = require "rille.script.types"

local served_model = {}

local answer = project.answer

---@class ServedModel
---@field model string
---@field number integer
---@field stage string?
---@field name string?
---@field signature Signature
---@field artifact table the artifact that is served
---@field transformer table? the artifact of the transformer before it
---@field platform string "rille_svm"
---@field classes any[]? of a classifier that knows them
---@field has_proba boolean
---@field why_no_proba string?
---@field is_own boolean is it a model of rille's own?
---@field value any the model
---@field before any? the transformer
local Served = { __name = "served model" }
Served.__index = Served

-- ---- which version ----

local LISTED <const> = 10           -- versions in a message

-- '3 (production), 2 "first", 1'
local function versions_text(model)
  local list, rows = {}, answer(project.meta:model_versions_before(model.id, nil, LISTED + 1)) or {}
  for i = 1, math.min(#rows, LISTED) do
    local row = rows[i]
    list[i] = row.number .. (row.name and string.format(' "%s"', row.name) or "")
      .. (row.stage and string.format(" (%s)", row.stage) or "")
  end
  if #rows == 0 then return "it has no versions" end
  return "its versions: " .. table.concat(list, ", ") .. (rows[LISTED + 1] and ", ..." or "")
end

-- The row of a version: of a stage, or of its own name.
local function named(model, which)
  local meta = project.meta
  if stages.is_stage(which) and which ~= "archived" then return answer(meta:model_version_in(model.id, which)) end
  return answer(meta:model_version_named(model.id, which))
end

-- Digits are a number, other texts a stage or else a name; nothing is production: never the newest.
---@param model table of meta:model
---@param which string|integer|nil
---@return table row
local function find_version(model, which)
  local text = which == nil and "production" or tostring(which)
  local found
  if text:find "^%d+$" then found = answer(project.meta:model_version_numbered(model.id, math.tointeger(tonumber(text))
    or -1))
  else found = named(model, text) end
  local row = found and answer(project.meta:model_version(found))
  if row then return row end
  if stages.is_stage(text) and text ~= "archived" then
    errors.raise('model "%s" has no version in %s; %s; name one: %s@VERSION, or move one there: rille model promote '
      .. "%s@VERSION %s", model.name, text, versions_text(model), model.name, model.name, text)
  end
  errors.raise('model "%s" has no version %s; %s', model.name, text:find "^%d+$" and text or errors.describe(text),
    versions_text(model))
end

-- ---- loading ----

-- Why a value cannot be served that has no signature, and how to give it one.
local function no_signature(self)
  errors.raise('model "%s", version %d has no signature, so requests cannot be checked%s; give it one: in the step '
    .. 'that makes the model ctx.model:log_signature(X) with the frame or matrix that it is trained on, or signature = '
    .. "function(model) in its materializer; for this version, in a script: rille.models.%s.versions[%d]"
    .. ":log_signature(X)", self.model, self.number, self.why and " (" .. self.why .. ")" or "",
    self.model:find "^[%a_][%w_]*$" and self.model or string.format("[%q]", self.model), self.number)
end

local function artifact_of(link)
  return past_artifact.artifact_of { digest = link.digest, name = link.name, number = link.version,
    version_row = link.version_row, type = link.type, size = link.size, step_run = link.step_run }
end

local function load(self, link)
  local artifact = artifact_of(link)
  local ok, value = pcall(artifact.load, artifact)
  if ok then return value, artifact end
  if type(value) ~= "string" then error(value, 0) end
  errors.raise('model "%s", version %d: artifact %s: %s', self.model, self.number, link.name,
    errors.without_place(value))
end

-- What a part of the way takes: "frame" or "matrix".
local function input_of(value, own)
  if row_path.steps_of(value) then return value.fitted.input end
  return own and own.input == "frame" and "frame" or "matrix"
end

-- The class of the model itself, at the end of a chain.
local function last_of(value)
  local estimator = row_path.steps_of(value) and rawget(value, "estimator")
  return estimator and rawget(value, "model") or value, estimator
end

local function check_width(self)
  if not self.before or not self.own or self.own.input ~= "array" then return end
  local wide = #self.before.columns_out
  if self.own.width ~= wide then
    errors.raise('model "%s", version %d: its model takes %d columns, but the linked transformer%s gives %d',
      self.model, self.number, self.own.width, self.transformer and " " .. self.transformer.name or "", wide)
  end
end

local function callable(value, name)
  local ok, found = pcall(function() return value[name] end)
  return ok and type(found) == "function"
end

-- ---- predicting ----

local function to_input(data, want)
  if want == "frame" or array.is(data) then return data end
  return data:to_matrix()
end

-- What the model itself is given.
local function prepared(self, data)
  if self.before then
    local made = self.before:transform(to_input(data, self.takes))
    return to_input(made, self.model_takes)
  end
  return to_input(data, self.takes)
end

-- The predictions for the rows of data; with proba = true the probabilities of the classes, too.
---@param data frame|table
---@param options { proba: boolean? }?
---@return { predictions: any, probabilities: any, classes: any[]? }
function Served:predict(data, options)
  local X = prepared(self, data)
  local made = { predictions = self.value:predict(X), classes = self.classes }
  if options and options.proba then made.probabilities = self.value:predict_proba(X) end
  return made
end

-- The same for one row, a list in the order of the columns, to the bit; nil where it has to go by predict.
---@param row any[]
---@param options { proba: boolean? }?
---@return table?
function Served:predict_row(row, options)
  local numbers = self.row and self.row(row)
  if not numbers then return nil end
  local X = array.from({ numbers }, "f64")
  local made = { predictions = self.last:predict(X), classes = self.classes }
  if options and options.proba then made.probabilities = self.last:predict_proba(X) end
  return made
end

-- ---- the row that is predicted first ----

local function example(c)
  if c.dtype == "string" then return c.categories and c.categories[1] or c.example or "a" end
  if c.dtype == "date" then return c.example or "2026-01-01" end
  if c.dtype == "bool" then return false end
  return c.min or 0
end

-- A row made of the signature as JSON, for an example of a request: an object, or a list where columns have no names.
---@return string
function Served:example_text()
  local parts, is_list = {}, self.signature.input == "array"
  for j, c in ipairs(self.columns) do
    parts[j] = (is_list and "" or json.encode(c.name) .. ": ") .. json.encode(example(c.of))
  end
  local text = table.concat(parts, ", ")
  return is_list and "[[" .. text .. "]]" or "{" .. text .. "}"
end

-- Predicts a row made of the signature, and learns what the model can give.
local function warm_up(self)
  local lists = {}
  for i, c in ipairs(self.columns) do lists[i] = { c.read(example(c.of)) } end
  local data = request_columns.data(self, lists, 1)
  local ok, made = pcall(self.predict, self, data)
  if not ok then
    errors.raise('model "%s", version %d: it does not predict a row made of its signature: %s', self.model, self.number,
      errors.without_place(tostring(made)):match "^[^\n]*")
  end
  self.dtype = array.is(made.predictions) and made.predictions.dtype or nil
  if not callable(self.last, "predict_proba") then
    self.has_proba, self.why_no_proba = false, "the model gives no probabilities"
  else
    local fine, why = pcall(self.predict, self, data, { proba = true })
    self.has_proba = fine
    self.why_no_proba = not fine and errors.without_place(tostring(why)):match "^[^\n]*" or nil
  end
  -- what a model without classes predicts, by that row
  local first = array.is(made.predictions) and #made.predictions > 0 and made.predictions:get(1)
    or type(made.predictions) == "table" and made.predictions[1]
  self.label_type = math.type(first) or type(first)
end

local function platform_of(self)
  local _, estimator = last_of(self.value)
  return "rille_" .. (estimator and estimator.name:match "^[^.]+" or self.type or "model")
end

local function label(self) return string.format('model "%s", version %d', self.model, self.number) end

-- A served model of values, checked and warm; given has
--     model, number, stage, name   which version it is
--     value, type                  the model, and the type of its artifact
--     before                       the transformer before it
--     own, signature               of the model itself; of requests
---@param given table
---@return ServedModel
function served_model.of(given)
  local self = setmetatable(given, Served)
  for _, one in ipairs { self.value, self.before } do
    if row_path.steps_of(one) and not rawget(one, "fitted") then
      errors.raise("%s: its %s is not fitted: let the step return what fit gives", label(self),
        one == self.before and "transformer" or "model")
    end
  end
  if row_path.steps_of(self.value) and not rawget(self.value, "model")
    or not callable(self.value, "predict") then
    errors.raise("%s: a %s does not predict: serve the model, or a chain that ends in one", label(self),
      self.type or "value")
  end
  if not self.signature then no_signature(self) end
  check_width(self)
  self.last = last_of(self.value)
  local class = debug.getmetatable(self.value)
  self.is_own = class ~= nil and types.is_own_class(class)
  self.takes = input_of(self.before or self.value, self.own or self.signature)
  self.model_takes = input_of(self.value, self.own)
  if self.takes == "frame" and self.signature.input == "array" then
    errors.raise("%s takes a frame, but its signature is a matrix: log one with names of columns", label(self))
  end
  self.platform = platform_of(self)
  local ok, classes = pcall(function() return self.last.classes end)
  self.classes = ok and type(classes) == "table" and classes or nil
  self.columns = request_columns.of(self.signature)
  self.row = row_path.of(self)
  warm_up(self)
  return self
end

-- The row of the version that is meant: digits are a number, else a stage, else its name; nothing is production.
---@param name string of the model
---@param which string|integer|nil
---@return table row
function served_model.find(name, which)
  local row = find_version(model_version.model(name), which)
  row.model = name
  return row
end

-- The version of a model, loaded, verified and warm.  Raises a sentence where it cannot be served.
---@param name string of the model
---@param which string|integer|nil
---@param options { artifact: string? }?
---@return ServedModel
function served_model.load(name, which, options)
  local row = served_model.find(name, which)
  local parts = served_parts.of(row, options and options.artifact)
  local given = { model = name, number = row.number, stage = row.stage, name = row.name, row_id = row.id,
    created = row.created, type = parts.model.type, own = parts.own, why = parts.why }
  given.value, given.artifact = load(given, parts.model)
  if parts.transformer then given.before, given.transformer = load(given, parts.transformer) end
  given.signature = parts.signature or not parts.transformer and signature.of(given.value) or nil
  return served_model.of(given)
end

return served_model
