-- secret: parameters of type t.secret.
--
-- In a graph a secret is its mark, a text (project/secrets.lua).  The function that wires a pipeline gets an object in
-- its place, which only a secret parameter of a step takes.  A step gets the secret itself, a string.

local errors = require "rille.base.errors"
local graph = require "rille.graph"
local port_type = require "rille.script.port_type"
local secrets = require "rille.project.secrets"

local secret = {}

local NAME <const>, MARK <const> = "\1name", "\1mark"

-- What define has in the place of a secret.
local Given = { __name = "secret" }

---@return boolean
function secret.is(v) return type(v) == "table" and debug.getmetatable(v) == Given end

local function describe(v) return string.format('the secret parameter "%s" of the pipeline', rawget(v, NAME)) end

local function no_value(a, b)
  local v = secret.is(a) and a or b
  errors.raise('%s has no value here, only in the steps that take it: pass it to a parameter of type t.secret',
    describe(v))
end
for _, name in ipairs(graph.OPERATORS) do Given[name] = no_value end
Given.__index, Given.__newindex, Given.__tostring = no_value, no_value, no_value

-- The parameters of a pipeline for the function that wires it.
---@param pipeline Pipeline
---@param params table values by name, which are changed
---@return table params
function secret.handed_over(pipeline, params)
  for _, param in ipairs(pipeline.params) do
    if param.type.name == "secret" then
      params[param.name] = setmetatable({ [NAME] = param.name, [MARK] = params[param.name] }, Given)
    end
  end
  return params
end

-- The check of the type: the mark of what is given.
---@param v any
---@return any
function secret.admit(v)
  if secret.is(v) then return secrets.renewed(rawget(v, MARK)) end
  if type(v) ~= "string" then return port_type.REFUSED, "a secret (a text)" end
  if not secrets.is_mark(v) then return secrets.mark(v) end
  return secrets.renewed(v) or port_type.REFUSED, "a secret, and runs do not record them"
end

-- The secret that is in a value of a script, or nil.
local function find(v, depth)
  if secret.is(v) then return v end
  if type(v) ~= "table" or debug.getmetatable(v) or depth > 20 then return nil end
  for k, x in next, v do
    local found = find(x, depth + 1) or find(k, depth + 1)
    if found then return found end
  end
end

-- Raises where the value for something that is not secret has a secret in it.
---@param what string 'step "s": parameter "url"'
---@param hint string
---@param v any
function secret.refuse(what, hint, v)
  local found = type(v) == "table" and find(v, 0)
  if found then errors.raise("%s was given %s, and would record it; %s", what, describe(found), hint) end
end

-- The environment variable that gives a secret which nothing else gives.
---@param name string of the parameter
---@return string
function secret.variable(name) return "RILLE_SECRET_" .. name:upper() end

-- The mark of that variable's value; nil where it is not set.
---@param name string
---@return string?
function secret.from_environment(name)
  local text = os.getenv(secret.variable(name))
  return text and secrets.mark(text) or nil
end

-- What to do about a secret that is missing.
---@param name string
---@return string
function secret.advice(name)
  return string.format('; set the variable %s, or give it in a YAML file: "%s: ${env:NAME}"', secret.variable(name),
    name)
end

-- The mark of a secret parameter, which may be that of a record.  Raises where its secret is not known.
---@param what string 'pipeline "p"'
---@param param Param
---@param v any
---@return any mark
function secret.check(what, param, v)
  local admitted = secret.admit(v)
  if admitted ~= port_type.REFUSED then return admitted end
  if not secrets.is_mark(v) then
    errors.raise('%s: parameter "%s": expected a secret (a text), found a %s', what, param.name, type(v))
  end
  local from = secret.from_environment(param.name)
  if from == v then return v end
  errors.raise('%s: parameter "%s" is a secret, which runs do not record: set the variable %s%s', what, param.name,
    secret.variable(param.name), from and " (it is set to another secret than that run had)" or "")
end

-- The secrets of a step run, in place of their marks.
---@param params Param[]
---@param values table which is changed
---@return string? message what is missing
function secret.open(params, values)
  for _, param in ipairs(params) do
    local name = param.name
    if param.type.name == "secret" and secrets.is_mark(values[name]) then
      local text = secrets.text(values[name])
      if not text then
        local from = secret.from_environment(name)
        text = from == values[name] and secrets.text(from) or nil
      end
      values[name] = text
      if not text then
        return string.format('parameter "%s" is a secret, which runs do not record: set the variable %s', name,
          secret.variable(name))
      end
    end
  end
end

return secret
