-- internal_error: tells errors in rille's own code from mistakes of its user.
--
-- internal_error.handler makes an InternalError of a message whose position is in a
-- function of rille's; other errors stay as they are.  Code that catches errors to add to
-- their message calls through internal_error.call and raises an InternalError again as
-- it is, so that its traceback is still that of the place where it happened.

local origin = require "rille.host.origin"

local internal_error = {}

---@class InternalError
---@field text string message and traceback
---@field refused boolean a function in C refused what it was given
local InternalError = { __name = "internal error",
  __tostring = function(self) return "internal error: " .. self.text end }

local ENVIRONMENT <const> = _ENV

-- Is it a function of rille's?  A script may have the name of one of our files; its
-- functions have other globals.
local function is_ours(info)
  if not origin.is_ours(info.source) then return false end
  for i = 1, info.nups do
    local name, v = debug.getupvalue(info.func, i)
    if name == "_ENV" then return v == ENVIRONMENT end
  end
  return true
end

-- The error of a script's function at `level`, with what to write where it took a column of strings for an array.
-- A method that does not exist and its object are temporary values beside each other.
local function explained(err, level)
  local column = package.loaded["rille.frame.column"]
  local method = err:find "attempt to call a nil value %(method '"
  if not column or not method and not err:find "attempt to %a+ .*a table value" then return err end
  local operand, before = err:match "%(local '([%w_]+)'%)", true
  for i = 1, 250 do
    local name, v = debug.getlocal(level + 1, i)
    if not name then break end
    local meant = name == (operand or "(temporary)") and (not method or before == nil)
    local text = meant and column.explain(v)
    if text then return err .. ": " .. text end
    before = v
  end
  return err
end

-- The error that the function at `level` raised: an InternalError where its position is in
-- a function of rille's, else the error itself.
local function classify(err, level)
  if type(err) ~= "string" then return err end
  local first, info = level, debug.getinfo(level, "Slfu")
  local refused = info and info.what == "C" and info.func ~= error and info.func ~= assert
  while info and info.what == "C" do
    level = level + 1
    info = debug.getinfo(level, "Slfu")
  end
  if not info then return err end
  if not is_ours(info) then
    local plain = explained(err, level)
    return plain
  end
  local at = info.short_src .. ":" .. info.currentline .. ": "
  -- a message has no position where a C function cannot do something with a value
  if err:sub(1, #at) ~= at and err ~= "assertion failed!" and not (level > first and err:find "^attempt to ") then
    return err
  end
  return setmetatable({ text = debug.traceback(err, first), refused = refused }, InternalError)
end

-- The message handler for xpcall.
---@param err any
---@return any
function internal_error.handler(err)
  local found = classify(err, 3)
  return found
end

-- The same, for a handler of its own that calls this.  Second result: it may be a mistake
-- of the user all the same, as a script's code below f called rille's, and a function
-- in C refused what it was given.
---@param err any
---@param f function
---@return any err, boolean may_be_mistake
function internal_error.at(err, f)
  local found = classify(err, 4)
  if not internal_error.is(found) or not found.refused then return found, false end
  local level, info = 3, debug.getinfo(3, "Sfu")
  while info and info.func ~= f do
    if info.what ~= "C" and not is_ours(info) then return found, true end
    level = level + 1
    info = debug.getinfo(level, "Sfu")
  end
  return found, false
end

-- As pcall, with the handler.
---@param f function
---@return boolean ok, any ...
function internal_error.call(f, ...) return xpcall(f, internal_error.handler, ...) end

---@param err any
---@return boolean
function internal_error.is(err) return getmetatable(err) == InternalError end

-- Puts an internal error into the answer of a step (lua/execute/task.lua): the message, and
-- the traceback in place of that of the user's code.
---@param answer table
---@param err InternalError
function internal_error.put(answer, err)
  local message, rest = err.text:match "^([^\n]*)\n?(.*)$"
  answer.ok, answer.fault, answer.error, answer.trace = false, true, "internal error: " .. message, rest
end

-- The internal error that an answer holds.
---@param answer table
---@return InternalError
function internal_error.of(answer)
  return setmetatable({ text = answer.error:gsub("^internal error: ", "")
    .. (answer.trace ~= "" and "\n" .. answer.trace or "") }, InternalError)
end

-- The text for the user, with all that a report needs.
---@param err InternalError
---@param version string of rille
---@param command string? the command line
---@return string
function internal_error.report(err, version, command)
  return string.format("internal error: %s\n"
    .. "This is an error in rille, not in a script. Please report it with the lines above and these:\n"
    .. "  version: rille %s (%s)%s", err.text, version, _VERSION, command and "\n  command: " .. command or "")
end

return internal_error
