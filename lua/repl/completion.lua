-- completion: what can stand at the cursor.  It calls no metamethod and loads no artifact.
--
--     inside a text     names of runs, artifacts and models; then files
--     a.b.c, a:m        fields and methods of the value that a.b is
--     STEP {            inputs and parameters of the step
--     else              locals of the session, globals, keywords

local names = require "rille.query.names"
local pipelines = require "rille.script.pipeline"
local steps = require "rille.script.step"
local sys = require "rille.host.sys"

local completion = {}

local MOST <const> = 200                -- choices

local KEYWORDS <const> = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if",
  "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while" }

-- Values -------------------------------------------------------------------------------------

-- The value of a variable: of a local of the session, else of a global.
local function variable(session, name)
  local cell = session.cells[name]
  if cell then return select(2, debug.getupvalue(cell.holder, cell.index)) end
  return rawget(session.environment, name)
end

-- The tables where a field of the value may be: itself, and what its metatables name in __index.
local function homes_of(value)
  local list, seen = {}, {}
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

local function field_of(value, name)
  for _, home in ipairs(homes_of(value)) do
    local v = rawget(home, name)
    if v ~= nil then return v end
  end
end

-- The value of "a.b.c".
local function value_of(session, path)
  local value, first = nil, true
  for name in path:gmatch "[^.:]+" do
    if first then value, first = variable(session, name), false else value = field_of(value, name) end
    if value == nil then return nil end
  end
  return value
end

-- Choices ------------------------------------------------------------------------------------

local Choices = {}
Choices.__index = Choices

local function new_choices(beginning) return setmetatable({ beginning = beginning, seen = {}, list = {} }, Choices) end

function Choices:add(text, after)
  if type(text) ~= "string" or self.seen[text] or #self.list >= MOST then return end
  if text:sub(1, #self.beginning) ~= self.beginning then return end
  self.seen[text] = true
  self.list[#self.list + 1] = text .. (after or "")
end

function Choices:sorted()
  table.sort(self.list)
  return table.unpack(self.list)
end

local function add_fields(choices, value, methods)
  for _, home in ipairs(homes_of(value)) do
    for name, v in next, home do
      if type(name) == "string" and name:find "^%a[%w_]*$" and (not methods or type(v) == "function") then
        choices:add(name)
      end
    end
  end
end

local function add_variables(choices, session)
  for name in next, session.cells do choices:add(name) end
  for name in next, session.environment do choices:add(name) end
  for _, word in ipairs(KEYWORDS) do choices:add(word) end
end

-- The step or pipeline that the innermost open brace before the cursor belongs to.
local function called_with_braces(session, before)
  local depth = 0
  for at = #before, 1, -1 do
    local c = before:sub(at, at)
    if c == "}" then depth = depth + 1 end
    if c == "{" then
      if depth == 0 then
        local path = before:sub(1, at - 1):match "([%a_][%w_.]*)%s*$"
        local value = path and value_of(session, path:gsub("[:.]%a+$", "") ~= "" and path or "")
        if steps.is_step(value) or pipelines.is_pipeline(value) then return value end
        return nil
      end
      depth = depth - 1
    end
  end
end

local function add_arguments(choices, value)
  for _, port in ipairs(rawget(value, "inputs") or {}) do choices:add(port.name, " = ") end
  for _, param in ipairs(rawget(value, "params") or {}) do choices:add(param.name, " = ") end
end

-- Texts --------------------------------------------------------------------------------------

-- Where the text begins that the cursor is in; nil outside of one.
local function open_text(before)
  local quote, from
  for at = 1, #before do
    local c = before:sub(at, at)
    if quote then
      if c == quote and before:sub(at - 1, at - 1) ~= "\\" then quote = nil end
    elseif c == '"' or c == "'" then
      quote, from = c, at + 1
    end
  end
  return quote and from
end

local function add_files(choices, beginning)
  local folder, name = beginning:match "^(.*/)([^/]*)$"
  for _, file in ipairs(sys.list(folder or ".") or {}) do
    if name ~= "" and name or file:sub(1, 1) ~= "." then
      local path = (folder or "") .. file
      choices:add(path, sys.stat(path) == "folder" and "/" or "")
    end
  end
end

local function of_text(beginning)
  local choices = new_choices(beginning)
  for _, kind in ipairs { "pipeline", "run", "artifact", "model" } do
    for _, name in ipairs(names.list({ kind }, beginning)) do choices:add(name) end
  end
  add_files(choices, beginning)
  return choices
end

-- Dot commands --------------------------------------------------------------------------------

local function of_command(word)
  local choices = new_choices(word)
  for name in next, require("rille.repl.dot_commands").COMMANDS do choices:add("." .. name, " ") end
  return choices
end

-- The kinds of names that follow a command.
local function names_after(command)
  local found = require("rille.repl.dot_commands").COMMANDS[command]
  return found and found.names
end

local function of_names(kinds, beginning)
  local choices, list = new_choices(beginning), {}
  for kind in kinds:gmatch "[^,]+" do list[#list + 1] = kind end
  for _, name in ipairs(names.list(list, beginning)) do choices:add(name) end
  return choices
end

-- What can stand at byte `at` of the line (0: before the first).
---@param session Session
---@param line string
---@param at integer bytes before the cursor
---@return integer? first byte that the choices replace, from 1
---@return string ... the choices
function completion.of(session, line, at)
  local before = line:sub(1, at)
  local word = before:match "^%s*(%.%w*)$"
  if word then return at - #word + 1, of_command(word):sorted() end
  local command, argument = before:match "^%s*%.(%w+)%s.-(%S*)$"
  local kinds = command and names_after(command)
  if kinds then return at - #argument + 1, of_names(kinds, argument):sorted() end
  local from = open_text(before)
  if from then return from, of_text(before:sub(from)):sorted() end
  local path, mark, name = before:match "([%a_][%w_.]*)([.:])([%w_]*)$"
  local choices
  if path then
    choices = new_choices(name)
    add_fields(choices, value_of(session, path), mark == ":")
  else
    name = before:match "[%a_][%w_]*$" or ""
    choices = new_choices(name)
    local called = called_with_braces(session, before:sub(1, at - #name))
    if called then add_arguments(choices, called) end
    if name ~= "" then add_variables(choices, session) end
  end
  return at - #name + 1, choices:sorted()
end

return completion
