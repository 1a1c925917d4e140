-- terminal: writes rille's own text, for people.
--
-- Names, messages, previews and what steps print come from scripts, files and stores.
-- On a terminal they do not act: control characters are shown as \x1b or \u{202e}
-- (host/base/terminal_text.h).  In a pipe all bytes are as they are.  What is written goes
-- through put and say; JSON, and what a script prints itself, does not.

local terminal_text = require "rille.host.terminal_text"
local text_width = require "rille.base.text_width"

local terminal = {}

-- Is the stream (1 stdout, 2 stderr) a terminal?
---@param fd integer
---@return boolean
terminal.is = terminal_text.is

-- ESC and the text: a sequence of rille's own, which put and say let through.
---@param after_escape string
---@return string
terminal.sequence = terminal_text.sequence

-- ESC and the mark by which a sequence of rille's own is known.
local MARKED <const> = terminal_text.sequence ""

-- In a pipe rille's own sequences, which --color asked for, lose their marks.
local function unmarked(text)
  local at = text:find(MARKED, 1, true)
  if not at then return text end
  local parts, from = {}, 1
  while at do
    parts[#parts + 1] = text:sub(from, at)
    from = at + #MARKED
    at = text:find(MARKED, from, true)
  end
  return table.concat(parts) .. text:sub(from)
end

local function write(file, fd, ...)
  local text = table.concat { ... }
  file:write(terminal_text.is(fd) and terminal_text.lines(text) or unmarked(text))
end

local SEQUENCE <const> = MARKED:gsub("%W", "%%%0") .. "%[%d*m"

-- The text without sequences of rille's own.
---@param text string
---@return string
function terminal.bare(text) return text:find(MARKED, 1, true) and (text:gsub(SEQUENCE, "")) or text end

-- The line on a terminal of so many columns: where it is too long it ends at a word and goes on below.
---@param line string with sequences of rille's own
---@param columns integer
---@return string
function terminal.wrapped(line, columns)
  local function width(s) return text_width.width(terminal.bare(s)) end
  if #line <= columns or width(line) <= columns then return line end
  local indent = line:match "^ *" .. "  "
  local lines, used = { "" }, 0
  for blanks, word in line:gmatch "( *)([^ ]+)" do
    local wide = width(word)
    if used > #indent and used + #blanks + wide > columns then
      lines[#lines + 1] = indent .. word
      used = #indent + wide
    else
      lines[#lines] = lines[#lines] .. blanks .. word
      used = used + #blanks + wide
    end
  end
  return table.concat(lines, "\n")
end

-- Writes to standard output.
---@param ... string|number
function terminal.put(...) write(io.stdout, 1, ...) end

local said_on = 2           -- the stream of say

-- Front ends of notebooks show all of standard error as errors: there say writes to standard output (1).
---@param fd integer
function terminal.say_on(fd) said_on = fd end

-- Writes to standard error.
---@param ... string|number
function terminal.say(...) write(said_on == 1 and io.stdout or io.stderr, said_on, ...) end

-- What say would write.
---@param s string
---@return string
function terminal.shown(s) return terminal_text.is(2) and terminal_text.lines(s) or s end

-- The text as it stands in one line of a stream: on a terminal ends of lines and tabs
-- are escaped as well, so that its width can be counted and it stays in its place.
---@param s string
---@param fd integer?
---@return string
function terminal.line(s, fd) return terminal_text.is(fd or 1) and terminal_text.line(s) or s end

-- What a step printed, for put or say: on a terminal its colours end with their line,
-- and of a line that carriage returns wrote over the last state is shown.
---@param s string
---@param fd integer?
---@return string
function terminal.log(s, fd) return terminal_text.is(fd or 1) and terminal_text.log(s) or s end

-- Draws a text in the last line of the terminal of standard error, over what was drawn there before; the next text is
-- written over it.
---@param text string "" clears the line
function terminal.draw_line(text) io.stderr:write("\r", terminal.shown(text), "\27[K\r") end

return terminal
