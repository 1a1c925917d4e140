-- prompt: reads entries from a terminal, or from a pipe, and gives them to a session.

local format = require "rille.base.format"
local line_editor = require "rille.base.line_editor"
local printed = require "rille.repl.printed"
local session = require "rille.repl.session"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local prompt = {}

local READY <const>, MORE <const> = "rille> ", "    -> "
local SCRIPT_FAILED <const> = 3         -- exit code of the first error in a pipe

-- Faces --------------------------------------------------------------------------------------

local function columns()
  local _, wide = sys.is_terminal(1)
  return wide
end

-- Lines of source (error_view.lua): the line of the error is plain and its caret red, those around are faint.
local function in_colours(text)
  return (text:gsub("[^\n]+", function(line)
    if line:find "^>" then return nil end
    local edge, caret = line:match "^( *|[ ]*)(%^+)$"
    return caret and edge .. format.in_colour("red", caret, 2) or format.in_colour("grey", line, 2)
  end))
end

-- The text in lines of the terminal's width.
local function in_lines(text)
  local _, wide = sys.is_terminal(2)
  return (text:gsub("[^\n]+", function(line) return terminal.wrapped(line, wide) end))
end

local TERMINAL <const> = {
  put = function(text) terminal.put(text, "\n") end,
  complain = function(text, is_source)
    if is_source then return terminal.say(in_colours(text), "\n") end
    terminal.say(in_lines(format.in_colour("red", "error: ", 2) .. text), "\n")
  end,
  width = columns,
}

-- In a pipe nothing is cut, and errors are those of the program.
local PIPE <const> = {
  put = function(text) terminal.put(text, "\n") end,
  complain = function(text, is_source) terminal.say(is_source and "" or "rille: ", text, "\n") end,
  width = function() return 80 end,
  limits = printed.NONE,
}

-- Reading ------------------------------------------------------------------------------------

-- A line of a terminal: nil, "interrupted" or "end".  queue: lines of a paste that are still to come.
local function read_line(reader, started)
  local queued = table.remove(reader.queue, 1)
  if queued then
    terminal.put(started and MORE or READY, queued, "\n")
    return queued
  end
  local line, more = reader.editor:read(reader.complete, started and MORE or READY)
  if line and more then
    for rest in (more:gsub("\n$", "") .. "\n"):gmatch "(.-)\n" do reader.queue[#reader.queue + 1] = rest end
  end
  return line, more
end

-- Lines of a terminal that has no editor.
local function plain_editor()
  return {
    read = function(_, _, text)
      terminal.put(text)
      io.stdout:flush()
      local line = io.stdin:read "L"
      if not line then return nil, "end" end
      return (line:gsub("\n$", ""))
    end,
    add = function() end, close = function() end,
  }
end

-- Does an entry, or the beginning of one; returns the beginning where it is incomplete, and whether to leave.
local function take(reader, work, text)
  local status = work:enter(text)
  if status == "incomplete" then return text, false end
  if text:find "%S" then
    reader.editor:add(text)
    reader.history:add(text)
  end
  if status == "error" then reader.queue = {} end
  return nil, status == "quit"
end

-- Reads and does entries until the end.  On a started entry Ctrl-D does nothing, but a second one leaves: a terminal
-- that is gone says the same for ever.
local function serve(reader, work)
  local text, ends, leave = nil, 0, false
  while not leave do
    local line, why = read_line(reader, text)
    ends = why == "end" and ends + 1 or 0
    if line then
      text, leave = take(reader, work, text and text .. "\n" .. line or line)
    elseif why == "interrupted" then
      terminal.put "\n"
      text, reader.queue = nil, {}
    else
      terminal.put "\n"
      leave = not text or ends > 1
    end
  end
end

---@param environment table the globals of the scripts
---@param script string? path of the script that ran first
---@param arrive fun(session: Session)? goes to a step of a past run
function prompt.on_terminal(environment, script, arrive)
  local work = session.new(TERMINAL, environment, script)
  if arrive then arrive(work) end
  local editor, notice = line_editor.open()
  if not editor then terminal.say("note: ", notice, "\n") end
  local history = require("rille.repl.history").open()
  local reader = { editor = editor or plain_editor(), queue = {}, history = history,
    complete = function(line, at) return require("rille.repl.completion").of(work, line, at) end }
  for _, text in ipairs(history:entries()) do reader.editor:add(text) end
  terminal.put("rille ", require "rille.base.version", ".  .help lists the commands, Ctrl-D leaves.\n")
  if arrive then terminal.put(require("rille.repl.travel").card(work), "\n") end
  serve(reader, work)
  reader.editor:close()
  return 0
end

-- Does the entries of a pipe: the first error ends it.
---@param environment table
---@param lines fun(): string?
---@param script string?
---@param arrive fun(session: Session)? goes to a step of a past run
---@return integer exit code
function prompt.of_lines(environment, lines, script, arrive)
  local work, text = session.new(PIPE, environment, script), nil
  if arrive then arrive(work) end
  for line in lines do
    text = text and text .. "\n" .. line or line
    local status = work:enter(text)
    if status == "error" then return SCRIPT_FAILED end
    if status == "quit" then return 0 end
    if status ~= "incomplete" then text = nil end
  end
  if text then
    work:tell("the input ends within an entry that begins with: " .. (text:match "[^\n]*"))
    return SCRIPT_FAILED
  end
  return 0
end

return prompt
