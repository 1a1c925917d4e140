-- errors: mistakes of the user, raised at the user's file and line.
--
-- A mistake is a string "FILE:LINE: what; what to do".  The position is that of the
-- innermost function on the stack that is not rille's own.  A tail call
-- (`return train { ... }`) takes its function off the stack; therefore rille calls
-- functions of the user through errors.from, which remembers their position.

local origin = require "rille.host.origin"
local is_data = require("rille.host.value").is_data

local meta_of = debug.getmetatable

local errors = {}

local function keep(...) return ... end

-- Calls f.  A mistake that is raised below, where no function of the user is left on the
-- stack above this call, gets the position `at`, or when that is nil the `return` of f.
---@param at string? a position
---@param f function
function errors.from(at, f, ...) return keep(f(...)) end

-- The lines of the function's own source that hold a return.
local function return_lines(info)
  local file = info.source:sub(1, 1) == "@" and io.open(info.source:sub(2))
  local lines, n = {}, 0
  if not file then return lines end
  for text in file:lines() do
    n = n + 1
    if info.activelines[n] and text:find "%f[%w_]return%f[^%w_]" then lines[#lines + 1] = n end
  end
  file:close()
  return lines
end

-- The likely position of f's tail call: of a chunk its last return, of another function
-- its only one, or its first line.
local function tail_position(f)
  local info = debug.getinfo(f, "SL")
  if info.what == "C" then return nil end
  local lines = return_lines(info)
  local line = (info.what == "main" or #lines == 1) and lines[#lines] or math.max(info.linedefined, 1)
  return info.short_src .. ":" .. line
end

local function remembered(level)
  local _, at = debug.getlocal(level + 1, 1)
  local _, f = debug.getlocal(level + 1, 2)
  return at or tail_position(f)
end

-- The position in the innermost function of the user, nil when none is running.
---@return string? position "digits.lua:12"
function errors.where()
  for level = 2, 250 do
    local info = debug.getinfo(level, "Slf")
    if not info then return nil end
    if info.func == errors.from then
      local at = remembered(level)
      if at then return at end
    elseif info.what ~= "C" and not origin.is_ours(info.source) and info.currentline > 0 then
      return info.short_src .. ":" .. info.currentline
    end
  end
end

-- Raises a mistake at the position given, or without one when it is nil.
---@param at string?
function errors.at(at, fmt, ...)
  local text = select("#", ...) > 0 and string.format(fmt, ...) or fmt
  error(at and at .. ": " .. text or text, 0)
end

-- Raises a mistake at the user's position.
function errors.raise(fmt, ...)
  errors.at(errors.where(), fmt, ...)
end

-- The value; where it is false or nil, raises the message at the user's position.
function errors.need(value, message)
  if not value then errors.raise("%s", message) end
  return value
end

-- Raises when the table has a key that is not in allowed (a set); `what` says
-- whose fields they are: 'step "train"'.  Of several the message names the first by name.
function errors.check_fields(what, fields, allowed)
  local unknown
  for k in next, fields do
    if not allowed[k] and (not unknown or tostring(k) < tostring(unknown)) then unknown = k end
  end
  if unknown == nil then return end
  local module = meta_of(fields) and require("rille.base.usage_hints").describe_module(fields)
  if module then errors.raise("%s: expected a table of fields, found %s", what, module) end
  local names = {}
  for name in next, allowed do if type(name) == "string" then names[#names + 1] = name end end
  errors.raise('%s: unknown field "%s"%s', what, tostring(unknown),
    require("rille.base.synonyms").hint(what, unknown, allowed) or require("rille.base.suggest").hint(unknown, names))
end

-- Raises when a field that is there is not a string.
function errors.check_text(what, field, v)
  if v ~= nil and type(v) ~= "string" then
    errors.raise("%s: %s must be a string, found %s", what, field, errors.describe(v))
  end
end

-- %q on one line.
local function quoted(text) return (string.format("%q", text):gsub("\\\n", "\\n")) end

-- 3, 0.5, 3.0: a float with a fraction or an exponent, so that it is no integer.
local function number_text(v)
  if math.type(v) == "integer" then return tostring(v) end
  if v ~= v then return "nan" end
  local text = string.format("%.14g", v)
  return text:find "^%-?%d+$" and text .. ".0" or text
end

-- What a value is, for "expected a matrix, found ...".
function errors.describe(v)
  local kind = type(v)
  if kind == "number" then
    return number_text(v)
  elseif kind == "string" then
    return #v <= 40 and quoted(v) or "a string of " .. #v .. " bytes"
  elseif kind == "boolean" or kind == "nil" then
    return tostring(v)
  end
  local meta = debug.getmetatable(v)
  local name = type(meta) == "table" and rawget(meta, "__name")
  if name == "array" or name == "rille.array" then
    local shape = v.shape
    return #shape == 1 and "a vector of " .. shape[1] or "an array of " .. table.concat(shape, " x ")
  end
  local module = meta and require("rille.base.usage_hints").describe_module(v)
  if module then return module end
  if name == "null" and kind == "userdata" then return "null" end
  if name then return require("rille.base.usage_hints").one(meta) or "a value of class " .. tostring(name) end
  if kind ~= "table" or is_data(v) then return "a " .. kind end
  local class = type(meta) == "table" and require("rille.base.class_text").name(meta)
  return class and "a value of class " .. class or "a table with a metatable"
end

-- Classes ---------------------------------------------------------------------------
--
-- The messages are in lua/base/usage_hints.lua, which is loaded when there is one.

-- Raises when self is no value of the class, as when a method is called with a dot, and when
-- there are arguments that the method does not take: nobody would read them.
---@param self any
---@param class table the metatable
---@param name string of the method
---@param ... any the arguments beyond those it takes
function errors.check_self(self, class, name, ...)
  if meta_of(self) ~= class then require("rille.base.usage_hints").method(class.__name, name, self) end
  if select("#", ...) > 0 then
    require("rille.base.surplus").method(debug.getinfo(2, "f").func, class.__name, name, ...)
  end
end

-- Raises when a function of a module gets arguments beyond those it takes.
---@param name string of the function: "frame.read"
function errors.no_more(name, ...)
  if select("#", ...) == 0 then return end
  local _, first = debug.getlocal(2, 1)
  errors.no_colon(first, name:match "[%w_]+$")
  require("rille.base.surplus").call(debug.getinfo(2, "f").func, name, ...)
end

-- As string.format, with arguments of a script: an error in them is the script's mistake.
---@param what string the method: "ctx:log"
---@param fmt any
---@return string
function errors.format(what, fmt, ...)
  if type(fmt) ~= "string" then errors.raise("%s: expected a format, found %s", what, errors.describe(fmt)) end
  local ok, text = pcall(string.format, fmt, ...)
  if ok then return text end
  local place, why = text:match "^bad argument #(%d+) to '.-' %((.*)%)$"
  if place then text = string.format("argument %d of the format %q: %s", place - 1, fmt, why) end
  errors.raise("%s: %s%s", what, text, select("#", ...) == 0 and "; a percent sign is written %%" or "")
end

-- Raises when the first argument of a module's function is the module itself: the function
-- was called with a colon.  For functions that take a table, or check others first.
---@param first any
---@param name string? of the function, where it is not on the stack
function errors.no_colon(first, name)
  if type(first) == "table" and origin.is_strict(first) then
    require("rille.base.usage_hints").called_with_colon(first, name)
  end
end

-- __index of the methods of strict classes.  It is one function for all of them, as the
-- fingerprint visits all functions at the start.  A name that begins with _ is nil:
-- libraries look for such names on values of any kind.
local function absent(methods, key)
  local strict = meta_of(methods)
  if type(key) == "string" and (key:sub(1, 1) == "_"
    or (" " .. strict.fields .. " "):find(" " .. key .. " ", 1, true)) then
    return nil
  end
  require("rille.base.usage_hints").field(strict.class.__name, key, methods, strict.fields)
end

-- Makes a name that the class does not have a mistake instead of nil.
---@param class table the metatable, whose __index is a table
---@param fields string what its values have beside methods, or may have, with blanks between
function errors.strict(class, fields)
  setmetatable(class.__index, { __index = absent, class = class, fields = fields })
end

-- The metamethod of operators that a class does not have.
function errors.refused(a, b) require("rille.base.usage_hints").operator(a, b) end

-- Makes operators and calls that the class does not have mistakes that say what to write.
---@param class table the metatable
function errors.refuse(class, ...)
  for _, event in ipairs { ... } do class[event] = errors.refused end
end

local FIELDS <const> = 8            -- of an error value, in its text

-- ": code = 5, where = \"x\"": the plain fields of a table.
local function fields_text(v)
  local parts = {}
  for k, x in next, type(v) == "table" and v or {} do
    local plain = type(x) == "string" or type(x) == "number" or type(x) == "boolean"
    if plain and type(k) ~= "table" then parts[#parts + 1] = tostring(k) .. " = " .. errors.describe(x) end
  end
  table.sort(parts)
  if #parts > FIELDS then parts[FIELDS + 1] = "…" end
  return parts[1] and ": " .. table.concat(parts, ", ", 1, math.min(#parts, FIELDS + 1)) or ""
end

-- A message without the place that begins it.
---@param message string "FILE:LINE: what"
---@return string what
function errors.without_place(message) return (message:gsub("^[^\n]-:%d+: ", "")) end

-- The text of an error value; of a value without one, that `who` raised it.
---@param err any
---@param who string "the script"
---@return string
function errors.text_of(err, who)
  local meta = debug.getmetatable(err)
  if type(err) == "string" or type(err) == "number" then return tostring(err) end
  if type(meta) == "table" and rawget(meta, "__tostring") then
    local ok, text = pcall(tostring, err)
    if ok then return text end
  end
  return string.format("%s raised %s instead of a message%s", who, errors.describe(err), fields_text(err))
end

return errors
