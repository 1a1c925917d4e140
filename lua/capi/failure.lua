-- failure: what the C library is told of an error: nil, message, code, details.  details is what rille_errjson adds to
-- the message: the fields of a JSON object without its braces.

local internal_error = require "rille.base.internal_error"
local interrupt = require "rille.host.interrupt"
local json = require "rille.json"
local project = require "rille.project"

local failure = {}

-- Codes of host/rille.h.
failure.ERROR, failure.NO_MEMORY, failure.NOT_FOUND, failure.EXISTS = -1, -2, -4, -5
failure.INVALID, failure.TYPE = -6, -7
failure.SYNTAX, failure.STEP, failure.CANCELLED, failure.CORRUPT, failure.PARAM = -8, -9, -10, -12, -14
failure.LIMIT = -15
local ERROR <const>, NO_MEMORY <const>, NOT_FOUND <const>, CORRUPT <const> = -1, -2, -4, -12

-- Messages and names of files may have bytes that JSON has not.
local function as_text(v)
  if type(v) ~= "string" or utf8.len(v) then return v end
  return (v:gsub("[\x80-\xff]", "?"))
end

---@param fields { step?: string, file?: string, line?: integer, traceback?: string, hint?: string }
---@return string?
function failure.details(fields)
  if next(fields) == nil then return nil end
  local texts = {}
  for name, v in next, fields do texts[name] = as_text(v) end
  return (json.encode(json.object(texts)):match "^%s*{(.*)}%s*$")
end

local function hint(message) return message:match "; (did you mean [^\n]+)$" end

-- { file, line, hint } of a message that begins with its place.
---@param message string
function failure.place(message)
  local file, line = message:match "^([^\n:]+):(%d+): "
  return { file = file, line = line and math.tointeger(line), hint = hint(message) }
end

local ENDED <const> = { cancelled = failure.CANCELLED, time = failure.LIMIT, memory = failure.LIMIT, exit = ERROR }

-- Message and code of what ended the call before its time (host/base/interrupt.h); nil for nothing.
---@return string? message, integer? code
function failure.of_interrupt()
  local reason, message = interrupt.reason()
  if reason then return message, ENDED[reason] end
end

-- The message, code and details of an error.
---@param err any
---@param code integer that of a mistake of the script
---@return string message, integer code, string? details
function failure.of(err, code)
  local ended, ended_code = failure.of_interrupt()
  if ended then return ended, ended_code end
  if type(err) == "table" then
    if err.failure then return err.failure, err.code, failure.details(err.details or { hint = hint(err.failure) }) end
    if err.usage then return err.usage, NOT_FOUND end
    if getmetatable(err) == project.Failure then return err.message, err.code end
  end
  if internal_error.is(err) then
    local damage = project.trouble()
    if damage then return damage, CORRUPT end
    return internal_error.report(err, require "rille.base.version"), ERROR, failure.details { traceback = err.text }
  end
  local message = tostring(err)
  if err == "not enough memory" then return message, NO_MEMORY end
  return message, code, failure.details(failure.place(message))
end

-- Raises what failure.of gives as it is.
---@param code integer
function failure.raise(code, fmt, ...)
  error({ failure = select("#", ...) > 0 and string.format(fmt, ...) or fmt, code = code }, 0)
end

-- Calls f; what it raises becomes nil, message, code, details.
---@param code integer that of a mistake of the script
function failure.protected(code, f, ...)
  local results = table.pack(internal_error.call(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  return nil, failure.of(results[2], code)
end

-- What an operation of the host gave, or raises nil, message, code.
function failure.need(v, message, code)
  if v == nil then failure.raise(code or ERROR, "%s", message) end
  return v
end

return failure
