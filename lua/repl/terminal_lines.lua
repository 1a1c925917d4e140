-- terminal_lines: the lines of a terminal, one after the other: typed ones, and those of a paste.
--
--     the editor -> a line, and the rest of a paste -> queue -> lines
--
-- What a paste has behind its last line end waits in the editor until Enter.

local choices = require "rille.repl.choices"
local terminal = require "rille.base.terminal"
local tokens = require "rille.repl.tokens"

local terminal_lines = {}

local READY <const>, MORE <const> = "rille> ", "    -> "

---@class TerminalLines
---@field editor table (host/line_editor.h)
---@field queue string[] lines of a paste that are still to come, from `next`
---@field next integer
---@field unfinished string? the end of a paste, which no Enter followed
---@field complete fun(text: string, at: integer): integer?, string ... the choices at a byte of an entry
---@field width fun(): integer
local TerminalLines = {}
TerminalLines.__index = TerminalLines

-- Lines of a terminal that has no editor.  Ctrl-D on a started entry does nothing, but a second one ends it: a terminal
-- that is gone says the same for ever.
local function plain_editor()
  local ends = 0
  return {
    read = function(_, _, prompt, started)
      terminal.put(prompt)
      io.stdout:flush()
      local line = io.stdin:read "L"
      ends = line and 0 or ends + 1
      if line then return (line:gsub("\n$", "")) end
      return nil, started and ends < 2 and "started" or "end"
    end,
    add = function() end, close = function() end,
  }
end

---@param editor table? nil: lines are not edited
---@param complete fun(text: string, at: integer): integer?, string ...
---@param width fun(): integer
---@return TerminalLines
function terminal_lines.new(editor, complete, width)
  return setmetatable({ editor = editor or plain_editor(), queue = {}, next = 1, complete = complete, width = width },
    TerminalLines)
end

-- What Tab does on a line that stands below others of its entry.
local function completer(self, above)
  return function(line, at)
    local before = above and above .. "\n" or ""
    return choices.shown(self.width(), line, at, #before, self.complete(before .. line, #before + at))
  end
end

-- Splits the rest of a paste into lines; a text without a line end is not entered.
local function take_paste(self, rest)
  self.queue, self.next = {}, 1
  local at = 1
  for line, stop in rest:gmatch "([^\n]*)\n()" do self.queue[#self.queue + 1], at = line, stop end
  self.unfinished = at <= #rest and rest:sub(at) or nil
end

-- The next line; above: the lines of the entry so far.
---@param above string?
---@return string? line
---@return string? why "interrupted", "end" (Ctrl-D), "started" (the same in an entry) or "gone" (the terminal is)
function TerminalLines:read(above)
  local prompt = above and MORE or READY
  local queued = self.queue[self.next]
  if queued then
    self.next = self.next + 1
    terminal.put(prompt, queued, "\n")
    return queued
  end
  local text = self.unfinished
  self.unfinished = nil
  local line, rest = self.editor:read(completer(self, above), prompt, above ~= nil, text)
  if line and rest then take_paste(self, rest) end
  return line, rest
end

-- Is nothing left of a paste?
function TerminalLines:is_at_end() return self.queue[self.next] == nil end

-- A command of the prompt, as ".runs", is no field that continues the line before it.
local function is_command(line)
  local name = line:match "^%s*%.([%a_]+)"
  return line:find "^%s*%?" ~= nil or name ~= nil and require("rille.repl.dot_commands").COMMANDS[name] ~= nil
end

local CONTINUES <const> = "^%s*[.:{(%[=,+*/%%^<>~&|\"'-]"
local WORDS <const> = { ["and"] = true, ["or"] = true, ["then"] = true, ["do"] = true }

-- Does the line begin with what can stand in the middle of a statement alone, as in a file?
local function can_continue(line)
  if line:find "^%s*%-%-" or line:find "^%s*::" or is_command(line) then return false end
  return line:find(CONTINUES) ~= nil or WORDS[line:match "^%s*(%a+)" or ""] == true
end

-- Does the next line of the paste belong to the text, which could end here?
---@param text string
---@return boolean
function TerminalLines:goes_on(text)
  local following = self.queue[self.next]
  if not following or not can_continue(following) or is_command(text) then return false end
  local kind, message = require("rille.repl.entry").kind(text .. "\n" .. following, "=paste")
  return kind ~= nil or message == "incomplete"
end

-- Forgets what is left of a paste.
function TerminalLines:drop()
  self.queue, self.next, self.unfinished = {}, 1, nil
end

-- An entry that grows line by line, and whether it is worth a look: that costs time for all its lines, so that one of
-- a thousand lines is not looked at a thousand times.
---@class GrowingEntry
---@field lines string[]
---@field balance Balance
local GrowingEntry = {}
GrowingEntry.__index = GrowingEntry

---@return GrowingEntry
function terminal_lines.entry() return setmetatable({ lines = {}, balance = { depth = 0 } }, GrowingEntry) end

---@param line string
function GrowingEntry:add(line)
  self.lines[#self.lines + 1] = line
  tokens.weigh(self.balance, line)
end

function GrowingEntry:text() return table.concat(self.lines, "\n") end
function GrowingEntry:is_open() return tokens.is_open(self.balance) end

return terminal_lines
