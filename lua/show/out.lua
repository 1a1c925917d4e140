-- out: how commands write: a line, JSON, an error of usage.

local format = require "rille.base.format"
local terminal = require "rille.base.terminal"
local value_text = require "rille.base.value_text"

local out = {}

-- A line of text on standard output.
---@param fmt string
function out.line(fmt, ...) terminal.put(string.format(fmt, ...), "\n") end

---@param text string
---@return string
function out.grey(text) return format.in_colour("grey", text) end

-- A value as a line of JSON on standard output.
---@param value any
function out.json(value) io.stdout:write(value_text.json(value), "\n") end

-- Ends the command with the exit code of a wrong command line.
---@param fmt string
function out.usage(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

return out
