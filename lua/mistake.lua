-- mistake: errors that people made, at their file and line.
--
-- A mistake is raised as a string "FILE:LINE: what; what to do", the position
-- being that of the innermost function on the stack that is not rille's own.

local suggest = require "rille.suggest"

local mistake = {}

local OURS = "@rille:"

-- "digits.lua:12" of the innermost user function, or nil when none is running.
---@return string? position
function mistake.where()
  for level = 2, 250 do
    local info = debug.getinfo(level, "Sl")
    if not info then return nil end
    if info.what ~= "C" and info.source:sub(1, #OURS) ~= OURS and info.currentline > 0 then
      return info.short_src .. ":" .. info.currentline
    end
  end
end

-- Raises a mistake at the user's position, or at `at` when that is known better.
function mistake.at(at, fmt, ...)
  local text = select("#", ...) > 0 and string.format(fmt, ...) or fmt
  error(at and at .. ": " .. text or text, 0)
end

function mistake.raise(fmt, ...)
  mistake.at(mistake.where(), fmt, ...)
end

-- Raises when the table has a key that is not in allowed (a set); `what` says
-- whose fields they are: 'step "train"'.
function mistake.check_fields(what, fields, allowed)
  for k in next, fields do
    if not allowed[k] then
      local names = {}
      for name in next, allowed do names[#names + 1] = name end
      mistake.raise('%s: unknown field "%s"%s', what, tostring(k), suggest.hint(k, names))
    end
  end
end

-- What a value is, for "expected a matrix, found ...".
function mistake.describe(v)
  local kind = type(v)
  if kind == "number" then
    return math.type(v) == "integer" and "the integer " .. v or string.format("the number %.14g", v)
  elseif kind == "string" then
    return #v <= 40 and string.format("the string %q", v) or "a string of " .. #v .. " bytes"
  elseif kind == "boolean" or kind == "nil" then
    return tostring(v)
  end
  local meta = debug.getmetatable(v)
  local name = type(meta) == "table" and rawget(meta, "__name")
  if name == "array" or name == "rille.array" then
    local shape = v.shape
    return #shape == 1 and "a vector of " .. shape[1] or "an array of " .. table.concat(shape, " x ")
  end
  if name then return "a value of class " .. tostring(name) end
  return "a " .. kind
end

return mistake
