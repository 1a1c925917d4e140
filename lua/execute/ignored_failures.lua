-- ignored_failures: sentences about commands that a step in Lua started, that failed, and whose
-- failure the step ignored.
--
-- ignored_failures.texts { { what, where }... } -> sentences.  what: "os.execute" or "io.popen", a
-- line break, the command; where: "exit 3", "signal 9" or an error of the system, a line break,
-- the position (host/observe/recorder.h).

local exec_refusal = require "rille.shell.exec_refusal"
local text_width = require "rille.base.text_width"

local ignored_failures = {}

local SHOWN <const> = 60

local function on_a_line(text)
  text = text:gsub("%s+", " ")
  return #text > SHOWN and text_width.head(text, SHOWN) .. "..." or text
end

-- Why the program at the front of the command cannot be started, where it is a path.
local function reason(command, how)
  local path = how:find "^exit 12[67]$" and command:match "^%s*([%w_./-]*/[%w_./-]+)"
  local why = path and exec_refusal.why(path)
  return why and ": " .. why or ""
end

local function text(one)
  local call, command = one.what:match "^([^\n]*)\n(.*)$"
  local how, where = one.where:match "^([^\n]*)\n(.*)$"
  local kind, n = how:match "^(%a+) (%d+)$"
  local hint = how:find "^Argument list" and "; pass the data in a file" or ""
  local ended = kind == "exit" and "ended with exit code " .. n or kind == "signal" and "was terminated by signal " .. n
    or "could not be started: " .. how .. hint
  local parts = command:find "[^|]|[^|]" and "; sh reports only the last part of a pipeline" or ""
  return string.format("%s %q %s (%s)%s%s", call, on_a_line(command), ended, where, reason(command, how), parts)
end

---@param list { what: string, where: string }[]
---@return string[]
function ignored_failures.texts(list)
  local sentences = {}
  for i, one in ipairs(list) do sentences[i] = text(one) end
  return sentences
end

return ignored_failures
