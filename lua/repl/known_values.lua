-- known_values: values as completion and ?NAME read them: by raw access alone, so that no metamethod of a script's
-- runs.  Rille's own objects are read by their fields, but nothing is loaded of an artifact.

local class = require "rille.query.history_class"
local steps = require "rille.script.step"

local known_values = {}

-- Fields of past runs, steps and models that are objects or tables of such.
local FOLLOWED <const> = { steps = true, outputs = true, output = true, inputs = true, runs = true, versions = true,
  artifacts = true, items = true, run = true, producer = true }

-- The value of a variable: of a local of the session, else of a global.
---@param session Session
---@param name string
---@return any
function known_values.variable(session, name)
  local cell = session.cells[name]
  if cell then
    local value = select(2, debug.getupvalue(cell.holder, cell.index))
    if value ~= nil then return value end
  end
  return rawget(session.environment, name)
end

-- The tables where a field of the value may be: itself, and what its metatables name in __index.
---@param value any
---@return table[]
function known_values.homes(value)
  local list, seen = {}, {}
  if steps.is_step(value) then steps.complete(value) end
  local function add(t)
    while type(t) == "table" and not seen[t] and #list < 8 do
      seen[t], list[#list + 1] = true, t
      local meta = debug.getmetatable(t)
      t = type(meta) == "table" and rawget(meta, "__index") or nil
    end
  end
  if type(value) == "table" then add(value) end
  local meta = debug.getmetatable(value)
  if type(meta) == "table" and type(value) ~= "table" then add(rawget(meta, "__index")) end
  if type(meta) == "table" and type(rawget(meta, "__index")) == "function" then add(meta) end
  return list
end

local function face() return package.loaded["rille"] end

local LAZY <const> = { "artifacts", "at", "flavor", "model", "models", "pipelines", "stack", "steps", "trust" }
local IS_LAZY <const> = {}
for _, name in ipairs(LAZY) do IS_LAZY[name] = true end

-- Fields of the module rille that are there once they are asked for.
---@param value any
---@return string[]?
function known_values.lazy_fields(value) return value ~= nil and value == face() and LAZY or nil end

local function history() return require "rille.query.history" end
local function models() return require("rille.query.past_model").models end

-- What the value is, of what completion asks the metadata about.
---@param value any
---@return "pipelines"|"models"|nil
function known_values.collection(value)
  if type(value) ~= "table" then return nil end
  if value == history().pipelines then return "pipelines" end
  return value == models() and "models" or nil
end

-- Is it an object of rille's own history, whose fields can be read?
local function is_past(value)
  return type(value) == "table"
    and (class.described(debug.getmetatable(value)) ~= nil or known_values.collection(value) ~= nil)
end

local function of_past(value, key)
  if type(key) == "string" and not FOLLOWED[key] and not known_values.collection(value) then return nil end
  local ok, found = pcall(function() return value[key] end)
  if ok then return found end
end

-- The field of a value; nil where there is none that can be read without its code.
---@param value any
---@param key any
---@return any
function known_values.field(value, key)
  for _, home in ipairs(known_values.homes(value)) do
    local v = rawget(home, key)
    if v ~= nil then return v end
  end
  if value ~= nil and value == face() and IS_LAZY[key] then
    local ok, found = pcall(function() return value[key] end)
    return ok and found or nil
  end
  if is_past(value) then return of_past(value, key) end
end

-- The number or text that the tokens from i to before ] are.
local function index_of(path, i)
  local sign = path[i].text == "-" and -1 or 1
  local token = path[sign < 0 and i + 1 or i]
  if not token then return nil end
  if token.kind == "text" then return token.text:sub(2, -2) end
  local number = tonumber(token.text)
  return number and sign * number
end

-- The value that a path of tokens stands for (cursor.lua).
---@param session Session
---@param path Token[]
---@return any
function known_values.of_path(session, path)
  if not path[1] then return nil end
  local value, i = known_values.variable(session, path[1].text), 2
  while path[i] and value ~= nil do
    local key
    if path[i].text == "[" then
      key = index_of(path, i + 1)
      repeat i = i + 1 until not path[i] or path[i].text == "]"
      i = i + 1
    else
      key = path[i + 1] and path[i + 1].text
      i = i + 2
    end
    if key == nil then return nil end
    value = known_values.field(value, key)
  end
  return value
end

-- Calls f(name, value) for each field that can be named, methods alone where asked.
---@param value any
---@param methods boolean
---@param f fun(name: string, value: any)
function known_values.each_field(value, methods, f)
  local described = class.described(debug.getmetatable(value))
  for _, home in ipairs(known_values.homes(value)) do
    for name, v in next, home do
      local is_name = type(name) == "string" and name:find "^%a[%w_]*$" and not (described and name == "row")
      if is_name and (not methods or type(v) == "function") then f(name, v) end
    end
  end
  if described then
    for name, v in next, described.methods or {} do f(name, v) end
    for name in next, methods and {} or described.fields do f(name, nil) end
  end
  if methods then return end
  for _, name in ipairs(known_values.lazy_fields(value) or {}) do f(name, nil) end
end

return known_values
