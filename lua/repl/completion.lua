-- completion: what can stand at the cursor.  It calls no metamethod of a script's and loads no artifact.
--
--     inside a text     values of an enum, names of what is asked there, else names of the store and files
--     a.b[1].c, a:m     fields and methods of the value before the mark
--     STEP {  P:run {   inputs, parameters, options that are not written yet (argument_names.lua)
--     .command          commands of the prompt and what they take
--     else              locals of the session, globals, keywords

local argument_names = require "rille.repl.argument_names"
local cursor = require "rille.repl.cursor"
local known_values = require "rille.repl.known_values"
local names = require "rille.query.names"
local origin = require "rille.host.origin"
local project = require "rille.project"
local sys = require "rille.host.sys"

local completion = {}

local MOST <const> = 2000               -- choices

local KEYWORDS <const> = { "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if",
  "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while" }

-- Choices ------------------------------------------------------------------------------------

---@class Choices
---@field beginning string
---@field list string[]
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

local function add_names(choices, kinds)
  local known = {}                      -- the database is opened once for all
  for _, kind in ipairs(kinds) do known[#known + 1] = names.is_kind(kind) and kind or nil end
  for _, name in ipairs(names.list(known, choices.beginning)) do choices:add(name) end
end

local IN_EXPRESSIONS <const> = { "false", "function", "nil", "not", "true" }

local function add_variables(choices, session, keywords)
  for name in next, session.cells do choices:add(name) end
  for name in next, session.environment do choices:add(name) end
  for _, word in ipairs(keywords) do choices:add(word) end
end

-- Pipelines and models of the store have names that are fields.
local COLLECTED <const> = { pipelines = "pipeline", models = "model" }

local function add_fields(choices, value, mark)
  local kind = COLLECTED[known_values.collection(value) or ""]
  if kind then
    for _, name in ipairs(names.list({ kind }, choices.beginning)) do
      if name:find "^[%a_][%w_]*$" then choices:add(name) end
    end
    return
  end
  known_values.each_field(value, mark == ":", function(name) choices:add(name) end)
  if value ~= nil and value == require("rille.script.types").t then
    for name in next, require("rille.script.types").registered do choices:add(name) end
  end
end

-- Files --------------------------------------------------------------------------------------

-- Relative paths of a script begin at its base, those of commands of the prompt at the working folder.
local function add_files(choices, pattern, resolve)
  resolve = resolve or function(path) return path end
  local folder, name = choices.beginning:match "^(.*/)([^/]*)$"
  name = name or choices.beginning
  for _, file in ipairs(sys.list(resolve(folder or ".")) or {}) do
    if name ~= "" or file:sub(1, 1) ~= "." then
      local path = (folder or "") .. file
      if path:sub(1, #choices.beginning) == choices.beginning then
        local is_folder = sys.stat(resolve(path)) == "folder"
        if is_folder or not pattern or file:find(pattern) then choices:add(path, is_folder and "/" or "") end
      end
    end
  end
end

-- Texts --------------------------------------------------------------------------------------

local function add_modules(choices)
  choices:add "rille"
  for _, name in ipairs(origin.batteries()) do choices:add("rille." .. name) end
  add_files(choices, "%.lua$", project.resolve)
  for i, name in ipairs(choices.list) do choices.list[i] = name:gsub("%.lua$", "") end
end

-- What the text is an index of: rille.pipelines["..., run.steps["...
local function add_indexed(choices, session, list)
  local path = cursor.path(list, #list - 1)
  local value = path and known_values.of_path(session, path)
  local kind = COLLECTED[known_values.collection(value) or ""]
  if kind then return add_names(choices, { kind }) end
  if type(value) ~= "table" then return end
  for name in next, value do choices:add(name) end
end

-- Functions whose text is a name of some kind, by the last word of their path.
local KINDS <const> = { artifact = { "artifact" }, model = { "model" }, stack = { "stack" } }
local READS_FILES <const> = { open = true, read = true, file = true, dir = true, lines = true, dofile = true,
  loadfile = true, chunks = true, load = true, write = true, save = true }

-- The frame whose method the text is an argument of: w:column "..., w:select { "a", "...
local function add_columns(choices, session, list)
  local i = #list
  while i > 1 and (list[i].kind == "text" or list[i].text:find "^[(,{]$") do i = i - 1 end
  local path = cursor.path(list, i)
  local mark = path and path[#path - 1]
  if not mark or mark.text ~= ":" then return false end
  local frame = known_values.of_path(session, table.move(path, 1, #path - 2, 1, {}))
  local meta = frame ~= nil and debug.getmetatable(frame)
  local class = package.loaded["rille.frame"] and rawget(package.loaded["rille.frame"], "class")
  if not meta or meta ~= class then return false end
  for _, name in ipairs(frame.columns) do choices:add(name) end
  return true
end

local function add_of_text(choices, session, list)
  local last = list[#list]
  local before = last and last.text == "(" and list[#list - 1] or last
  if last and last.text == "[" then return add_indexed(choices, session, list) end
  if argument_names.add_values(choices, session, list) or add_columns(choices, session, list) then return end
  if before and before.text == "require" then return add_modules(choices) end
  if before and KINDS[before.text] then return add_names(choices, KINDS[before.text]) end
  if not (before and before.kind == "name" and READS_FILES[before.text]) then
    add_names(choices, { "pipeline", "run", "artifact", "model" })
  end
  add_files(choices, nil, project.resolve)
end

-- Commands -----------------------------------------------------------------------------------

local function commands() return require("rille.repl.dot_commands").COMMANDS end

local function of_command_name(word)
  local choices = new_choices(word)
  for name in next, commands() do choices:add("." .. name, " ") end
  return choices
end

-- By what .help says that a command takes.
local ANY <const> = "run/step,artifact,pipeline"
local KINDS_OF_WORD <const> = { FILE = "file", NAME = ANY, RUN = "run", PIPELINE = "pipeline" }
local KINDS_OF_COMMAND <const> = { model = "model", stack = "stack", plot = ANY, graph = ANY, show = ANY .. ",model" }

local function kinds_of(name, command)
  if command.names then return command.names end
  if KINDS_OF_COMMAND[name] then return KINDS_OF_COMMAND[name] end
  local takes = command.takes
  if takes:find "RUN" and takes:find "STEP" then return "run/step" end
  return KINDS_OF_WORD[takes:match "%u+" or ""]
end

local function add_defined(choices)
  for name in next, require("rille.script.pipeline").pipelines do choices:add(name) end
end

local function of_argument(name, argument)
  local command, choices = commands()[name], new_choices(argument)
  if name == "help" then
    for other in next, commands() do choices:add(other) end
    return choices
  end
  for _, choice in ipairs(command.choices or {}) do choices:add(choice) end
  if name == "run" then
    add_defined(choices)
    return choices
  end
  local kinds = {}
  for kind in (kinds_of(name, command) or ""):gmatch "[^,]+" do
    if kind == "file" then add_files(choices) else kinds[#kinds + 1] = kind end
  end
  if kinds[1] then add_names(choices, kinds) end
  return choices
end

-- Lua ----------------------------------------------------------------------------------------

local function of_lua(session, before)
  local at = cursor.of(before)
  local choices = new_choices(at.word)
  if at.open then
    if at.open.kind == "text" then add_of_text(choices, session, at.tokens) end
  elseif at.path then
    add_fields(choices, known_values.of_path(session, at.path), at.mark)
  else
    local in_braces = argument_names.add(choices, session, at.tokens)
    if at.word ~= "" then add_variables(choices, session, in_braces and IN_EXPRESSIONS or KEYWORDS) end
  end
  return at.first, choices
end

-- What can follow a question mark: paths to values, and commands.
local function of_question(session, before, marks)
  local at = cursor.of((" "):rep(#marks) .. before:sub(#marks + 1))
  local command = before:match "^%s*%?+%s*(%.[%w_]*)$"
  if command then return #before - #command + 1, of_command_name(command) end
  local choices = new_choices(at.word)
  if at.path then
    add_fields(choices, known_values.of_path(session, at.path), at.mark)
  else
    add_variables(choices, session, KEYWORDS)
  end
  return at.first, choices
end

-- What can stand at byte `at` of the text of an entry (0: before the first).
---@param session Session
---@param text string
---@param at integer bytes before the cursor
---@return integer? first byte that the choices replace, from 1
---@return string ... the choices
function completion.of(session, text, at)
  local before = text:sub(1, at)
  local word = before:match "^%s*(%.[%w_]*)$"
  if word then return at - #word + 1, of_command_name(word):sorted() end
  local command, rest = before:match "^%s*%.([%w_]+)%s+(.*)$"
  if command and commands()[command] and command ~= "time" and not before:find "\n" then
    local argument = commands()[command].takes:find "FILE" and rest or rest:match "%S*$"
    return at - #argument + 1, of_argument(command, argument):sorted()
  end
  local marks = before:match "^%s*%?+%s*"
  local first, choices
  if marks then first, choices = of_question(session, before, marks)
  else first, choices = of_lua(session, before) end
  return first, choices:sorted()
end

return completion
