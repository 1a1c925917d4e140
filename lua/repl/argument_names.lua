-- argument_names: what is written as NAME = VALUE within the braces that the cursor is in: inputs and parameters of a
-- step or a pipeline, options of methods as p:run, fields of a step's definition; and the values of enums.

local cursor = require "rille.repl.cursor"
local known_values = require "rille.repl.known_values"
local pipelines = require "rille.script.pipeline"
local steps = require "rille.script.step"

local argument_names = {}

local function words(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end

local STEP_FIELDS <const> = words [[doc inputs params outputs run command cache version retries timeout depends
  materializers resources on_failure on_success model tracker stack env shell]]
local PIPELINE_FIELDS <const> = words "doc params inputs slots define cache on_failure on_success on_end model stack"
local STEP_OPTIONS <const> = words [[id after cache retries timeout on_failure on_success materializers resources
  tracker stack]]
local METHODS <const> = {
  plan = words "params inputs cache config stack", graph = words "params inputs cache",
  each = words "status limit where tag since sort unlisted", latest = words "status where tag since",
  with = STEP_OPTIONS, test = words "inputs params pure",
}
-- Of rille's own functions, by the last word of their path.
local FUNCTIONS <const> = {
  ["rille.step"] = STEP_FIELDS, ["rille.pipeline"] = PIPELINE_FIELDS,
  ["rille.materializer"] = words "class claims version save load preview",
  ["rille.model"] = words "new_version version description license audience use_cases ethics tags metadata",
  ["rille.external"] = words "value id pipeline artifact model_artifact model version tag",
}

local function run_options()
  local list = {}
  for name in next, pipelines.run_fields do list[#list + 1] = name end
  return list
end

-- Choices of names; more is where they are declared, for their values.
---@class BraceNames
---@field names string[]
---@field params table[]? parameters, for their types

local function ports_of(value)
  local list = {}
  steps.complete(value)
  for _, port in ipairs(rawget(value, "inputs") or {}) do list[#list + 1] = port.name end
  for _, param in ipairs(rawget(value, "params") or {}) do list[#list + 1] = param.name end
  return list
end

local function names_of_ports(list)
  local result = {}
  for i, port in ipairs(list or {}) do result[i] = port.name end
  return result
end

-- rille.step "x" {: the function is the value of the path before the text.
local function of_definition(session, list, i)
  local path = cursor.path(list, i)
  local value = path and known_values.of_path(session, path)
  local face = package.loaded["rille"]
  if value == nil or not face then return nil end
  for name, fields in next, FUNCTIONS do
    local key = name:match "%.(.*)$"
    if value == known_values.field(face, key) then return { names = fields } end
  end
end

local function of_method(session, path, name)
  local value = known_values.of_path(session, table.move(path, 1, #path - 2, 1, {}))
  if pipelines.is_pipeline(value) and name == "run" then
    return { names = run_options(), params = rawget(value, "params") }
  end
  if steps.is_step(value) and name == "map" then
    return { names = ports_of(value), params = rawget(value, "params") }
  end
  return METHODS[name] and value ~= nil and { names = METHODS[name] } or nil
end

-- What the braces that open at index i are the argument of.
local function of_braces(session, list, i)
  local k = i - 1
  if list[k] and list[k].text == "(" then k = k - 1 end
  local before = list[k]
  if not before then return nil end
  if before.kind == "text" then
    k = k - 1
    if list[k] and list[k].text == "(" then k = k - 1 end
    return of_definition(session, list, k)
  end
  if before.text == ")" then                    -- rille.step("x") {, step:with { ... } { has no path
    for at = k, 1, -1 do
      if list[at].text == "(" then return of_definition(session, list, at - 1) end
    end
    return nil
  end
  local path = cursor.path(list, k)
  if not path then return nil end
  local mark = path[#path - 1]
  if mark and mark.text == ":" then return of_method(session, path, path[#path].text) end
  local value = known_values.of_path(session, path)
  if steps.is_step(value) or pipelines.is_pipeline(value) then
    return { names = ports_of(value), params = rawget(value, "params") }
  end
  return of_definition(session, list, k)
end

-- p:run { params = { ...: the parameters of the pipeline.
local function of_nested(session, list, i, outer)
  local name = list[i - 1] and list[i - 1].text == "=" and list[i - 2] and list[i - 2].text
  if name ~= "params" and name ~= "inputs" or not outer then return nil end
  local path = cursor.path(list, outer - 1)
  local value = path and path[3] and known_values.of_path(session, table.move(path, 1, #path - 2, 1, {}))
  if not pipelines.is_pipeline(value) then return nil end
  local ports = rawget(value, name)
  return { names = names_of_ports(ports), params = name == "params" and ports or nil }
end

-- What can be named where the tokens end; the index of its brace.
local function here(session, list)
  local stack = cursor.open_brackets(list)
  local i = stack[#stack]
  if not i or list[i].text ~= "{" then return nil end
  return of_nested(session, list, i, stack[#stack - 1]) or of_braces(session, list, i), i
end

-- Adds the names that can stand where the tokens end; whether they end within braces of names.
---@param choices Choices
---@param session Session
---@param list Token[]
---@return boolean
function argument_names.add(choices, session, list)
  local found, i = here(session, list)
  if not found then return false end
  local last = list[#list].text
  if last == "=" then
    local typ = argument_names.type_before(found, list)
    for _, v in ipairs(typ and typ.values or {}) do
      choices:add(type(v) == "string" and string.format("%q", v) or tostring(v))
    end
    return true
  end
  if last ~= "{" and last ~= "," and last ~= ";" then return true end
  local written = cursor.fields_in(list, i)
  for _, name in ipairs(found.names) do
    if not written[name] then choices:add(name, " = ") end
  end
  return true
end

-- The type of the parameter that the tokens end with: NAME =
---@param found BraceNames
---@param list Token[]
---@return table?
function argument_names.type_before(found, list)
  local name = list[#list - 1] and list[#list - 1].text
  for _, param in ipairs(found.params or {}) do
    if param.name == name then return param.type end
  end
end

local RUN_VALUES <const> = { execution_mode = { "stop_on_failure", "fail_fast", "continue_on_failure" },
  status = { "running", "completed", "failed", "stopped" } }

-- Adds what a text behind NAME = can be; whether that is known.
---@param choices Choices
---@param session Session
---@param list Token[] before the text
---@return boolean
function argument_names.add_values(choices, session, list)
  local last = list[#list]
  if not last or last.text ~= "=" then return false end
  local found = here(session, list)
  if not found then return false end
  local typ = argument_names.type_before(found, list)
  local values = typ and typ.values or RUN_VALUES[list[#list - 1].text]
  for _, v in ipairs(values or {}) do
    if type(v) == "string" then choices:add(v) end
  end
  return values ~= nil
end

return argument_names
