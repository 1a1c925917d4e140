-- model: rille.model "name" { ... }, which says for which version of a model a pipeline or a step works.
--
--   new_version = true      a new version, made when the run has completed; `version` may name it
--   version = ...           one that is there: a number, its name, a stage, a tag, "latest"
--   neither                 a new version
-- What is said besides: description, license, audience, use_cases, ethics of the model, tags and metadata of the
-- version.

local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local json = require "rille.json"
local observe = require "rille.host.observe"
local running = require "rille.project.running"
local model_version = require "rille.script.model_version"
local stages = require "rille.project.stages"
local types = require "rille.script.types"

local model = {}

---@class ModelDeclaration
---@field name string
---@field new_version boolean
---@field version string|integer|false its own name, of a new one; else which there is
---@field tags string[]
---@field metadata table
---@field texts table<string, string> description, license, audience, use_cases, ethics
---@field at string?
local Model = { __name = "model" }

-- What a model says stands under a key that no script has: a step that captures one counts its name alone, and is
-- impure when it reads more.
local SAID = {}

-- What is said of a model in words.
model.TEXTS = { "description", "license", "audience", "use_cases", "ethics" }

local FIELDS = { new_version = true, version = true, tags = true, metadata = true }
for _, field in ipairs(model.TEXTS) do FIELDS[field] = true end

---@return boolean
function model.is_model(v) return type(v) == "table" and debug.getmetatable(v) == Model end

local function label(name) return string.format('model "%s"', name) end

local LONGEST <const> = 200

-- The name of a new version is not one that means something else.
local function check_new_name(name, version)
  if type(version) ~= "string" or model_version.number(version) then
    errors.raise("%s: new_version = true gives the version its number; version = %s names one that is there: "
      .. "write one or the other", label(name), errors.describe(version))
  end
  if version == "latest" or version == "none" or stages.is_stage(version) then
    if version == "latest" then
      errors.raise("%s: latest is the newest version that there is; write new_version = true alone, or version = "
        .. '"latest" alone', label(name))
    end
    errors.raise('%s: a new version cannot be made in %s; make it with new_version = true, and move it there: '
      .. 'ctx:promote(ctx.model, "%s")', label(name), version, version)
  end
  if version == "" or version:find "[%c/@:]" or #version > LONGEST then
    errors.raise("%s: the name of a version cannot be empty or contain /, @, : or control characters, found %s",
      label(name), errors.describe(version))
  end
end

local function check_version(name, fields)
  local version, new = fields.version, fields.new_version
  if new ~= nil and type(new) ~= "boolean" then
    errors.raise("%s: new_version must be true or false, found %s", label(name), errors.describe(new))
  end
  if version ~= nil and type(version) ~= "string" and math.type(version) ~= "integer" then
    errors.raise('%s: version must be a number, a name, a stage or "latest", found %s', label(name),
      errors.describe(version))
  end
  if new and version ~= nil then check_new_name(name, version) end
end

local function check_metadata(name, metadata)
  if metadata == nil then return {} end
  if type(metadata) ~= "table" or metadata[1] ~= nil then
    errors.raise("%s: metadata must be a table { name = value }, found %s", label(name), errors.describe(metadata))
  end
  local ok, message = pcall(json.pack, metadata)
  if not ok then errors.raise("%s: metadata: %s", label(name), message) end
  return definition.copy(metadata)
end

local function check_tags(name, tags)
  if tags == nil then return {} end
  if type(tags) ~= "table" then
    errors.raise("%s: tags must be a list of texts, found %s", label(name), errors.describe(tags))
  end
  types.check_tags(label(name), tags)
  return table.move(tags, 1, #tags, 1, {})
end

local function define(at, name, fields)
  if type(fields) ~= "table" or debug.getmetatable(fields) then
    errors.raise("%s: expected a table of fields, found %s", label(name), errors.describe(fields))
  end
  errors.check_fields(label(name), fields, FIELDS)
  check_version(name, fields)
  local texts = {}
  for _, field in ipairs(model.TEXTS) do
    errors.check_text(label(name), field, fields[field])
    texts[field] = fields[field]
  end
  local new = fields.new_version or fields.new_version == nil and fields.version == nil
  return setmetatable({ [SAID] = { name = name, new_version = new, version = fields.version or false, texts = texts,
    tags = check_tags(name, fields.tags), metadata = check_metadata(name, fields.metadata), at = at } }, Model)
end

local PATTERN <const>, ALLOWED <const> = "^[%a_][%w_%-%.]*$", "letters, digits, _, - and ."

-- model "name" { fields } -> a model.
-- model("name", { fields }) is the same.
local build = definition.builder("model", PATTERN, ALLOWED, define)

---@type fun(name: string, fields: table?): fun(fields: table): table
function model.define(name, ...)
  local hints = type(name) == "table" and require "rille.base.usage_hints"
  if hints and hints.module(name) then hints.called_with_colon(name, "model") end
  return build(name, ...)
end

local NAMED = { name = true }
for field in next, FIELDS do NAMED[field] = true end

-- The model of a table { name =, version =, ... }, as YAML has it.
---@param what string for messages
---@param fields table
---@return ModelDeclaration
function model.of_fields(what, fields, at)
  errors.check_fields(what, fields, NAMED)
  local rest = {}
  for k, v in next, fields do rest[k] = v end
  rest.name = nil
  definition.check_name("model", PATTERN, ALLOWED, fields.name)
  return define(at, fields.name, rest)
end

-- Raises unless v is a model, or nil.
---@param what string 'pipeline "digits"'
---@param v any
---@return ModelDeclaration?
function model.check(what, v)
  if v == nil or model.is_model(v) then return v end
  errors.raise('%s: model must be a model, as in rille.model "digits" { new_version = true }, found %s%s', what,
    errors.describe(v), type(v) == "string" and string.format('; write rille.model "%s" {}', v)
      or type(v) == "function" and '; write rille.model "NAME" {}, with its fields' or "")
end

function Model.__index(self, k)
  local said = rawget(self, SAID)
  if k == "name" then return said.name end
  if running.is_step() then observe.impure("model." .. tostring(k)) end
  local v = said[k]
  if v == nil then v = said.texts[k] end
  if v ~= nil or FIELDS[k] or k == "at" or type(k) ~= "string" then return v end
  errors.raise('%s has no field "%s"%s', label(said.name), k,
    require("rille.base.usage_hints").hint("model", k, { "name", "version", table.unpack(model.TEXTS) }))
end

errors.refuse(Model, "__call", "__concat", "__lt", "__le", "__add", "__sub", "__mul", "__div", "__unm", "__len")
function Model.__newindex(_, k) require("rille.base.usage_hints").set("model", k) end
function Model.__tostring(self) return label(self.name) end

fingerprint.kind(Model, function(self) return { "model", self.name } end)
fingerprint.closed(Model, "model")

return model
