-- internal_error: an error of rille's own, told apart from a mistake of its user.
--
-- A fault is an error object { text = message and traceback } that fault.handler makes
-- of a message whose position is in a function of ours.  Whoever catches errors to say
-- more of them calls through fault.call and hands a fault on as it is, so that its
-- traceback is still the one of the place where it happened.

local origin = require "rille.host.origin"

local internal_error = {}

local Fault = { __name = "internal error", __tostring = function(self) return "internal error: " .. self.text end }

local ENVIRONMENT <const> = _ENV

-- A script may be called as one of our files; its functions have other globals.
local function is_ours(info)
  if not origin.is_ours(info.source) then return false end
  for i = 1, info.nups do
    local name, v = debug.getupvalue(info.func, i)
    if name == "_ENV" then return v == ENVIRONMENT end
  end
  return true
end

-- What the error is that the function at `level` raised: an error with more than a
-- message keeps its value.  One whose position is in a function of ours is nobody's
-- mistake but ours; it gets a traceback.
local function find(err, level)
  if type(err) ~= "string" then return err end
  local first, info = level, debug.getinfo(level, "Slfu")
  local refused = info and info.what == "C" and info.func ~= error and info.func ~= assert
  while info and info.what == "C" do
    level = level + 1
    info = debug.getinfo(level, "Slfu")
  end
  if not info or not is_ours(info) then return err end
  local at = info.short_src .. ":" .. info.currentline .. ": "
  -- what a C function that ours called cannot do with a value has no position
  if err:sub(1, #at) ~= at and err ~= "assertion failed!" and not (level > first and err:find "^attempt to ") then return err end
  return setmetatable({ text = debug.traceback(err, first), refused = refused }, Fault)
end

-- The message handler.
function internal_error.handler(err)
  local found = find(err, 3)
  return found
end

-- The same in a handler that says more: handler(err) calls fault.at(err, f).  Also
-- returns whether it may be a mistake all the same: code of a script called, below f,
-- ours, and a function in C refused what it was given.
function internal_error.at(err, f)
  local found = find(err, 4)
  if not internal_error.is(found) or not found.refused then return found, false end
  local level, info = 3, debug.getinfo(3, "Sfu")
  while info and info.func ~= f do
    if info.what ~= "C" and not is_ours(info) then return found, true end
    level = level + 1
    info = debug.getinfo(level, "Sfu")
  end
  return found, false
end

-- pcall, but that an error of ours becomes a fault.
---@param f function
---@return boolean ok, any ...
function internal_error.call(f, ...) return xpcall(f, internal_error.handler, ...) end

---@param err any
---@return boolean
function internal_error.is(err) return getmetatable(err) == Fault end

-- Puts a fault into the answer of a step (lua/execute/task.lua): the message, and the traceback
-- in place of that of the user's code.
---@param answer table
---@param err table a fault
function internal_error.put(answer, err)
  local message, rest = err.text:match "^([^\n]*)\n?(.*)$"
  answer.ok, answer.fault, answer.error, answer.trace = false, true, "internal error: " .. message, rest
end

-- The fault that an answer holds.
---@param answer table
---@return table
function internal_error.of(answer)
  return setmetatable({ text = answer.error:gsub("^internal error: ", "") .. (answer.trace ~= "" and "\n" .. answer.trace or "") }, Fault)
end

-- What a user is told: all that a report needs.
---@param err table a fault
---@param version string of rille
---@param command string? the command line
---@return string
function internal_error.report(err, version, command)
  return string.format("internal error: %s\nThis is an error in rille, not in a script. Please report it with the lines above and these:\n  version: rille %s (%s)%s",
    err.text, version, _VERSION, command and "\n  command: " .. command or "")
end

return internal_error
