-- deployment: a deployment of a model as a value: what a step asks for with ctx:deploy, and what another step predicts
-- with.
--
-- A Deployment is { name =, model = }: data alone.  What lives under that name is looked up when it is asked: alive,
-- url, version, stage.  A step that asks has the answer among what it was seen to read, so it is a hit only while the
-- same version is served.

local array = require "rille.array"
local deployments = require "rille.project.deployments"
local errors = require "rille.base.errors"
local frame = require "rille.frame"
local json = require "rille.json"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local records = require "rille.frame.records"
local running = require "rille.project.running"
local served_by = require "rille.project.served_by"
local suggest = require "rille.base.suggest"
local upcalls = require "rille.base.upcalls"
local value = require "rille.host.value"

---@class deployment.Deployment
---@field name string
---@field model string
---@field alive boolean does a server run under that name now?
---@field url string? of it
---@field version integer? of the model, that it serves
---@field stage string? that this version has now
local Deployment = { __name = "deployment.Deployment" }

local deployment = { Deployment = Deployment }

local MOST <const> = 8 << 20        -- bytes of rows in one request
local SECONDS <const> = 60          -- for one answer
local FORMAT <const> = 1

-- What lives -------------------------------------------------------------------------------------

-- The state, if it runs; a step's fact of that field.
local function live(self, field)
  local found = deployments.get(self.name)
  if running.is_step() then
    observe.fact("value", "deployment " .. field .. " " .. self.name, deployments.field(found, field))
  end
  return found and found.state == "running" and found or nil, found
end

local LIVE <const> = { alive = true, url = true, version = true, stage = true }

local methods = {}

function Deployment.__index(self, k)
  if methods[k] then return methods[k] end
  if k == "model" then return nil end
  if not LIVE[k] then
    errors.raise('a deployment has no field "%s"%s', tostring(k), suggest.hint(tostring(k), { "name", "model", "alive",
      "url", "version", "stage", "predict", "predict_or", "stop" }))
  end
  local found = live(self, k)
  if k == "alive" then return found ~= nil end
  return found and found[k]
end

function Deployment.__newindex(_, k) errors.raise('a deployment cannot be changed (field "%s")', tostring(k)) end

function Deployment.__tostring(self)
  return string.format("deployment %s%s", self.name, self.model and " of model " .. self.model or "")
end

function Deployment.__eq(a, b)
  return debug.getmetatable(a) == Deployment and debug.getmetatable(b) == Deployment
    and rawget(a, "name") == rawget(b, "name") and rawget(a, "model") == rawget(b, "model")
end

-- Predicting -------------------------------------------------------------------------------------

local function number_text(v)
  if v ~= v then return "null" end
  return math.type(v) == "integer" and tostring(v) or string.format("%.17g", v)
end

-- The rows of what is given as texts of JSON, and the key under which the server takes them.
local function rows_of(given)
  local rows = {}
  if frame.is(given) then
    records.put_lines(given, function(text)
      for line in text:gmatch "[^\n]+" do rows[#rows + 1] = line end
    end)
    return rows, "dataframe_records", true
  end
  if type(given) == "userdata" and given.ndim == 2 then
    for i, row in ipairs(given:totable()) do
      local cells = {}
      for k, v in ipairs(row) do cells[k] = number_text(v) end
      rows[i] = "[" .. table.concat(cells, ",") .. "]"
    end
    return rows, "instances", true
  end
  if not value.is_data(given) or #given == 0 and next(given) ~= nil then
    errors.raise("deployment:predict: expected a frame, a matrix or a list of rows, found %s", errors.describe(given))
  end
  for i, row in ipairs(given) do rows[i] = json.encode(row) end
  return rows, "instances"
end

-- The bodies that carry the rows, each of at most MOST bytes.
local function bodies_of(rows, key, proba)
  local bodies, part, size = {}, {}, 0
  local function close()
    if not part[1] and bodies[1] then return end
    bodies[#bodies + 1] = string.format('{"%s":[%s]%s}', key, table.concat(part, ","),
      proba and ',"params":{"proba":true}' or "")
    part, size = {}, 0
  end
  for _, row in ipairs(rows) do
    if size + #row > MOST and part[1] then close() end
    part[#part + 1], size = row, size + #row + 1
  end
  close()
  return bodies
end

-- What was answered is not what the facts of the step say: its result is not kept.
local function in_doubt(why)
  if running.is_step() then observe.impure "deployment:predict" end
  return nil, why
end

-- Asks once; the answer as a table.
local function ask(self, found, body)
  local status, text = served_by.ask(found, { method = "POST", path = "/predict", body = body,
    type = "application/json", seconds = SECONDS })
  if not status then return in_doubt(string.format("deployment %s does not answer: %s", self.name, text)) end
  if status ~= 200 then
    local why = string.format("deployment %s: %s", self.name, served_by.refusal(status, text))
    if status == 400 or status == 413 then return nil, why end
    return in_doubt(why)
  end
  local ok, answer = pcall(json.unpack, text)
  if not ok or type(answer) ~= "table" or type(answer.predictions) ~= "table" then
    return in_doubt(string.format("deployment %s: its answer is not that of a served model", self.name))
  end
  return answer
end

-- Why nothing is served under a name.
local function why_not(name, found)
  if not found then return string.format("there is no deployment %s", name) end
  return string.format("deployment %s is not running: %s%s", name, found.state,
    found.reason and " (" .. found.reason .. ")" or "")
end

-- Predictions as a model in memory gives them: a vector of numbers or truth values; texts stay a list.
local function vector_of(list)
  local ok, vector = pcall(array.from, list)
  if not list[1] then return array.zeros(0) end
  return ok and vector or list
end

-- A matrix, of no rows too.
local function matrix_of(rows, classes)
  if not rows[1] then return array.zeros { 0, #(classes or {}) } end
  return array.from(rows)
end

local function add(list, more)
  if more == nil or more == json.null then return list end
  return table.move(more, 1, #more, #(list or {}) + 1, list or {})
end

local OPTIONS <const> = { proba = true }

-- deployment:predict(rows [, { proba = true }]) -> predictions, answer | nil, why
---@param given any a frame, a matrix or a list of rows
---@param options { proba: boolean? }?
---@return any? predictions a vector for a frame and a matrix, else a list
---@return table|string answer { version, by, probabilities?, classes? } or why there are none
function methods.predict(self, given, options, ...)
  errors.check_self(self, Deployment, "predict", ...)
  if options ~= nil and type(options) ~= "table" then
    errors.raise("deployment:predict: expected options, as in { proba = true }, found %s", errors.describe(options))
  end
  errors.check_fields("deployment:predict", options or {}, OPTIONS)
  local rows, key, is_array = rows_of(given)
  local found, known = live(self, "serves")
  if not found then return nil, why_not(self.name, known) end
  local predictions, answer = {}, { version = found.version, by = "deployment" }
  for _, body in ipairs(bodies_of(rows, key, options and options.proba)) do
    local one, why = ask(self, found, body)
    if not one then return nil, why end
    local model = type(one.model) == "table" and one.model or {}
    if model.version ~= found.version then
      return in_doubt(string.format("deployment %s: another version was served while it was asked", self.name))
    end
    add(predictions, one.predictions)
    answer.probabilities, answer.classes = add(answer.probabilities, one.probabilities), add(nil, one.classes)
  end
  if not is_array then return predictions, answer end
  answer.probabilities = answer.probabilities and matrix_of(answer.probabilities, answer.classes)
  return vector_of(predictions), answer
end

-- deployment:predict_or(fallback, rows [, options]): what is served, or where nothing is fallback(rows); the reason is
-- logged.
---@param fallback fun(rows: any): any
---@param given any
---@param options { proba: boolean? }?
---@return any predictions, table answer  answer.by = "deployment" or "memory", answer.why
function methods.predict_or(self, fallback, given, options, ...)
  errors.check_self(self, Deployment, "predict_or", ...)
  if type(fallback) ~= "function" then
    errors.raise("deployment:predict_or: expected a function that predicts in memory, found %s",
      errors.describe(fallback))
  end
  local predictions, answer = methods.predict(self, given, options)
  if predictions then return predictions, answer end
  if running.is_step() then observe.log("predicted in memory: " .. answer .. "\n") end
  return fallback(given), { by = "memory", why = answer }
end

-- deployment:stop(): ends its server; nil and why where none runs.  Not in a step: a cached one would not stop it.
---@return boolean? stopped, string? why
function methods.stop(self, ...)
  errors.check_self(self, Deployment, "stop", ...)
  if running.is_step() then
    errors.raise "deployment:stop: a step is running; stop it outside, as by rille deploy stop"
  end
  return upcalls.stop_deployment(self.name)
end

-- Values -----------------------------------------------------------------------------------------

-- A deployment by its name, whether it runs or not.
---@param name string
---@param model string? whose it is
---@return deployment.Deployment
function deployment.named(name, model, ...)
  errors.no_more("deployment.named", ...)
  if not deployments.is_name(name) then
    errors.raise("deployment.named: a name has letters, digits, - _ and . only, found %s", errors.describe(name))
  end
  errors.check_text("deployment.named", "the model", model)
  return setmetatable({ name = name, model = model }, Deployment)
end

-- deployment:dump() -> bytes of JSON
function methods.dump(self, ...)
  errors.check_self(self, Deployment, "dump", ...)
  return json.pack { format = FORMAT, name = rawget(self, "name"), model = rawget(self, "model") } .. "\n"
end

-- The deployment of a dump; raises for other bytes.
---@param bytes string
---@return deployment.Deployment
function deployment.load(bytes, ...)
  errors.no_more("deployment.load", ...)
  local ok, v = pcall(json.unpack, bytes)
  if not ok or type(v) ~= "table" or not deployments.is_name(v.name) or v.format ~= FORMAT
    or v.model ~= nil and type(v.model) ~= "string" then
    errors.raise "deployment.load: these bytes are not a deployment"
  end
  return setmetatable({ name = v.name, model = v.model }, Deployment)
end

return origin.strict(deployment)
