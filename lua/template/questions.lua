-- questions: asks a person at a terminal for the answers to the questions of a template.
--
--     1 of 13  License of the project
--       1  apache   Apache License 2.0
--       2  mit      MIT License
--     [apache] >
--
-- Enter takes the answer in brackets; a choice is given by its number or its name; ? shows the help of the question;
-- what is no answer is refused with the reason, and asked again.  Ctrl-C and Ctrl-D end rille init.

local answer = require "rille.template.answer"
local format = require "rille.base.format"
local line_editor = require "rille.base.line_editor"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local questions = {}

local STOPPED <const> = 130
local LONGEST <const> = 48              -- columns of a default that stands in the prompt

local function width() return (select(2, sys.is_terminal(1))) end

local function put(indent, line) terminal.put(terminal.wrapped(indent .. line, width()), "\n") end

local function stop()
  error({ exit = STOPPED, message = "init: stopped; nothing was written" }, 0)
end

-- Lines of a terminal that has no editor: TERM=dumb, or no libedit.
local function plain_editor()
  return {
    read = function(_, _, prompt)
      terminal.put(prompt)
      io.stdout:flush()
      local line = io.stdin:read "L"
      return line and (line:gsub("\n$", "")) or nil
    end,
    close = function() end,
  }
end

-- What Tab does: completes a choice.
local function completer(parameter)
  local words = parameter.choices or parameter.type == "boolean" and { "yes", "no" } or {}
  return function(line, at)
    local found = {}
    for _, word in ipairs(words) do
      if word:sub(1, at):lower() == line:sub(1, at):lower() then found[#found + 1] = word end
    end
    if #found == 1 then return 1, found[1], nil end
    return nil, nil, found[1] and table.concat(found, "  ") or nil
  end
end

local function put_choices(parameter)
  local wide = 0
  for _, one in ipairs(parameter.choices) do wide = math.max(wide, text_width.width(one)) end
  for i, one in ipairs(parameter.choices) do
    local label = parameter.labels[one]
    local pad = label and (" "):rep(wide - text_width.width(one) + 2) .. format.in_colour("grey", label) or ""
    put("  ", string.format("%" .. #tostring(#parameter.choices) .. "d  %s%s", i, one, pad))
  end
end

local EXPECTED <const> = { text = "a text of your choice", boolean = "yes or no",
  choice = "the number or the name of one of these", integer = "an integer", number = "a number" }

local function put_help(parameter)
  if parameter.help then put("  ", (parameter.help:gsub("%s+$", ""):gsub("\n", " "))) end
  if parameter.expects then put("  ", "Expected: " .. parameter.expects) end
  if not parameter.help and not parameter.expects then put("  ", "Expected: " .. EXPECTED[parameter.type]) end
end

local function prompt_of(parameter, default)
  if default == nil then return "> " end
  if parameter.type == "boolean" then return default and "[yes] > " or "[no] > " end
  local shown = answer.text(default)
  if shown == "" then return "[empty] > " end
  return text_width.width(shown) <= LONGEST and "[" .. shown .. "] > " or "[" .. text_width.head(shown, LONGEST)
    .. "...] > "
end

-- The answer that was typed, or nil and what to say.
local function read(parameter, default, typed)
  if typed == "" then
    if default ~= nil then return default end
    if parameter.type ~= "text" then return nil, "this question has no default; an answer is needed" end
  end
  local number = parameter.choices and typed:match "^%d+$"
  if number and not suggest.has(typed, parameter.choices) then
    local one = parameter.choices[tonumber(number)]
    if one then return one end
    return nil, string.format("expected a number from 1 to %d, or a name", #parameter.choices)
  end
  return answer.parse(parameter, typed)
end

-- Asks a question until there is an answer.
local function ask(editor, parameter, default, n, count)
  terminal.put "\n"
  put("", format.in_colour("grey", string.format("%d of %d", n, count)) .. "  "
    .. format.in_colour("bold", parameter.question))
  if parameter.choices then put_choices(parameter) end
  local prompt, complete = prompt_of(parameter, default), completer(parameter)
  while true do
    local line, rest = editor:read(complete, prompt, false)
    if not line then stop() end
    local typed = line:match "^%s*(.-)%s*$"
    if rest then put("  ", format.in_colour("yellow", "several lines were pasted; an answer is one line"))
    elseif typed == "?" then put_help(parameter)
    else
      local v, reason = read(parameter, default, typed)
      if v ~= nil then return v end
      put("  ", format.in_colour("yellow", reason))
    end
  end
end

-- May questions be asked?
---@return boolean
function questions.can_ask() return (sys.is_terminal(0)) and (sys.is_terminal(1)) end

-- Opens the terminal for questions.  ask is for answers.collect; closed, the terminal is as it was.
---@param definition table
function questions.open(definition)
  local editor
  local function first()
    editor = line_editor.open() or plain_editor()
    put("", string.format("%s: %s", format.in_colour("bold", definition.name), definition.summary))
    put("", format.in_colour("grey", "Enter takes the answer in brackets, ? explains a question, Ctrl-C stops."))
  end
  return setmetatable({
    ask = function(parameter, default, n, count)
      if not editor then first() end
      return ask(editor, parameter, default, n, count)
    end,
  }, { __close = function()
    if not editor then return end
    editor:close()
    terminal.put "\n"
  end })
end

return questions
