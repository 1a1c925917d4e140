-- error_texts: what ended a cell, as the messages of Jupyter have it: { ename, evalue, traceback }.

local errors = require "rille.base.errors"
local json = require "rille.json"
local rich = require "rille.kernel.rich"

local error_texts = {}

local function kind_of(err, message, code)
  if message == "interrupted" then return "Interrupted" end
  if type(err) == "table" and rawget(err, "run") then return "RunFailed" end
  if err == nil then return code and code:find "^%s*[.?]" and "CommandError" or "SyntaxError" end
  return "Error"
end

-- The message of an error.
---@param err any
---@return string
function error_texts.message(err)
  if type(err) == "table" then
    local text = rawget(err, "usage") or rawget(err, "message")
    if text then return text end
  end
  return errors.text_of(err, "the cell")
end

---@param err any what was raised; nil: the text is no Lua
---@param complaints string[] what the session said: the message, the lines of source
---@param code string? of the cell
---@return { ename: string, evalue: string, traceback: string[] }
function error_texts.of(err, complaints, code)
  local message = complaints[1] or err ~= nil and error_texts.message(err) or "the cell failed"
  local ename, lines = kind_of(err, message, code), {}
  for i, text in ipairs(complaints[1] and complaints or { message }) do lines[i] = rich.clean(text) end
  lines[1] = ename .. ": " .. lines[1]
  return { ename = ename, evalue = rich.clean(message), traceback = json.array(lines) }
end

return error_texts
