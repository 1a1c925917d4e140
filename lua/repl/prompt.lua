-- prompt: reads entries from a terminal, or from a pipe, and gives them to a session.

local format = require "rille.base.format"
local internal_error = require "rille.base.internal_error"
local line_editor = require "rille.base.line_editor"
local printed = require "rille.repl.printed"
local script_file = require "rille.run.script_file"
local scripts = require "rille.repl.scripts"
local session = require "rille.repl.session"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local terminal_lines = require "rille.repl.terminal_lines"

local prompt = {}

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
  note = function(text) terminal.say(format.in_colour("yellow", text, 2), "\n") end,
  width = columns,
}

-- In a pipe nothing is cut, and errors are those of the program.
local PIPE <const> = {
  put = function(text) terminal.put(text, "\n") end,
  complain = function(text, is_source) terminal.say(is_source and "" or "rille: ", text, "\n") end,
  note = function(text) terminal.say(text, "\n") end,
  width = function() return 80 end,
  limits = printed.NONE,
}

-- Reading ------------------------------------------------------------------------------------

---@class PromptReader
---@field lines TerminalLines
---@field history History
---@field growing GrowingEntry? the lines of the entry so far

local function remember(reader, text)
  if not text:find "%S" then return end
  reader.lines.editor:add(text)
  local why = reader.history:add(text)
  if why then terminal.say("note: entries are not remembered: ", why, "\n") end
end

-- Does an entry, or the beginning of one; whether to leave.
local function take(reader, work, line)
  local lines, growing = reader.lines, reader.growing or terminal_lines.entry()
  growing:add(line)
  reader.growing = growing
  if not lines:is_at_end() and growing:is_open() then return false end
  local text = growing:text()
  if lines:goes_on(text) then return false end
  work.more = not lines:is_at_end()
  local status = work:enter(text)
  if status == "incomplete" then return false end
  reader.growing = nil
  remember(reader, text)
  if work.edited then
    remember(reader, work.edited)
    work.edited = nil
  end
  if status == "error" then
    lines:drop()
    if work.more then work:tell_stale() end
  end
  return status == "quit"
end

-- Reads and does entries until the end.
local function serve(reader, work)
  local leave = false
  while not leave do
    local line, why = reader.lines:read(reader.growing and reader.growing:text())
    if line then
      leave = take(reader, work, line)
    elseif why == "interrupted" then
      terminal.put "\n"
      reader.growing = nil
      reader.lines:drop()
    else
      terminal.put "\n"
      leave = why ~= "started"
    end
  end
end

-- Goes to the step of --at; Ctrl-C leaves the program.
local function go(arrive, work)
  if not arrive then return end
  line_editor.guard()
  local ok, err = internal_error.call(arrive, work)
  if line_editor.release() then error({ exit = 130 }, 0) end
  if not ok then error(err, 0) end
end

-- Runs the script; after an error in it the prompt is there all the same, where .reload runs it again.
local function begin_with(work, script)
  local ok, err = internal_error.call(scripts.load, work, script)
  if ok then return end
  if type(err) == "table" and err.exit then error(err, 0) end
  script_file.interactive()
  work:tell(err)
  terminal.say("nothing of ", script, " was kept; after a change .reload runs it again\n")
end

---@param environment table the globals of the scripts
---@param script string? path of the script that ran first
---@param arrive fun(session: Session)? goes to a step of a past run
function prompt.on_terminal(environment, script, arrive)
  local work <close> = session.new(TERMINAL, environment, script)
  if script then begin_with(work, script) end
  go(arrive, work)
  local editor, notice = line_editor.open()
  if not editor then terminal.say("note: ", notice, "\n") end
  local history = require("rille.repl.history").open()
  local function complete(text, at) return require("rille.repl.completion").of(work, text, at) end
  local reader = { lines = terminal_lines.new(editor, complete, columns), history = history }
  for _, text in ipairs(history:entries()) do reader.lines.editor:add(text) end
  terminal.put("rille ", require "rille.base.version", ".  .help lists the commands, Ctrl-D leaves.\n")
  if arrive then terminal.put(require("rille.repl.travel").card(work), "\n") end
  serve(reader, work)
  reader.lines.editor:close()
  return 0
end

-- Does the entries of a pipe: the first error ends it.
---@param environment table
---@param lines fun(): string?
---@param script string?
---@param arrive fun(session: Session)? goes to a step of a past run
---@return integer exit code
function prompt.of_lines(environment, lines, script, arrive)
  local work <close>, text, is_first = session.new(PIPE, environment, script), nil, true
  if script then scripts.load(work, script) end
  go(arrive, work)
  for line in lines do
    line = line:gsub("\r$", "")          -- a file of Windows
    if is_first then line = line:gsub("^\xEF\xBB\xBF", ""):gsub("^#.*", "") end
    is_first = false
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
