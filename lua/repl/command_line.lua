-- command_line: what the commands of the prompt share: the words of their line, and how they fail.

local internal_error = require "rille.base.internal_error"
local upcalls = require "rille.base.upcalls"

local command_line = {}

---@class DotCommand
---@field group string? title of .help under which it stands (dot_commands.lua)
---@field takes string what follows it, for .help
---@field text string what it does, for .help, in at most 36 columns
---@field help string? more, for .help NAME
---@field names string? kinds of names that complete it (query/names.lua)
---@field run fun(session: Session, words: string[], line: string): string? line: all that follows the name

-- Ends the command with a message.
---@param fmt string
function command_line.fail(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- The words of a line; those in quotes are one.
---@param text string
---@return string[]
function command_line.words(text)
  local words, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return words end
    local quote, word, stop = text:match([[^(["'])(.-)%1()]], at)
    if not quote then word, stop = text:match("^(%S+)()", at) end
    words[#words + 1], at = word, stop
  end
end

-- What runs a command of the program with the words of the line.
---@param name string
---@return fun(session: Session, words: string[])
function command_line.of_program(name)
  return function(_, words)
    for _, word in ipairs(words) do
      if word == "-f" then
        command_line.fail(".%s: -f follows for as long as the run lasts: rille %s -f in a shell", name, name)
      end
    end
    local ok, err = internal_error.call(upcalls.run_command, { name, table.unpack(words) })
    if ok then return end
    local usage = type(err) == "table" and rawget(err, "usage")
    -- here a command begins with a dot
    if type(usage) == "string" then err.usage = usage:gsub("^usage: rille ", "usage: .") end
    error(err, 0)
  end
end

-- The value of an expression of the session; nil where it is none.
---@param session Session
---@param text string
---@return any
function command_line.value(session, text)
  local entry = require "rille.repl.entry"
  local f = entry.compile(text, "=" .. text, session.cells)
  local ok, value = pcall(function()
    entry.settle(text, session.cells)
    return (f or error)()
  end)
  return ok and value or nil
end

return command_line
