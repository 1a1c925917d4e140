-- printed: values as the prompt shows them.  Tables are shown like constructors: lists first, then fields in the order
-- of their keys; what is left out is said.  No metamethod of a script's is called but __tostring and __name.

local format = require "rille.base.format"
local is_null = require("rille.host.value").is_null
local text_width = require "rille.base.text_width"
local types = require "rille.script.types"

local printed = {}

local DEEPEST <const>, MOST <const>, LONGEST <const> = 4, 100, 2000   -- levels, entries of a table, bytes of a text

---@class PrintLimits
---@field deepest integer
---@field most integer
---@field longest integer

printed.LIMITS = { deepest = DEEPEST, most = MOST, longest = LONGEST }
printed.NONE = { deepest = 100, most = math.huge, longest = math.huge }    -- of .last

local show

-- Texts --------------------------------------------------------------------------------------

local ESCAPES <const> = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r", ["\\"] = "\\\\", ['"'] = '\\"' }

local function escaped(s)
  s = s:gsub('[%c\\"]', function(c) return ESCAPES[c] or string.format("\\x%02x", c:byte()) end)
  if utf8.len(s) then return s end
  return (s:gsub("[\128-\255]", function(c) return string.format("\\x%02x", c:byte()) end))
end

local function of_text(s, limits)
  if #s <= limits.longest then return '"' .. escaped(s) .. '"' end
  local at = limits.longest
  while at > limits.longest - 4 and s:byte(at + 1) and s:byte(at + 1) & 0xC0 == 0x80 do at = at - 1 end
  return string.format('"%s" … %s more bytes', escaped(s:sub(1, at)), format.count(#s - at))
end

local function of_number(v)
  if math.type(v) == "integer" then return tostring(v) end
  if v ~= v then return "nan" end
  local text
  for digits = 15, 17 do
    text = string.format("%." .. digits .. "g", v)
    if tonumber(text) == v then break end
  end
  return text:find "^-?%d+$" and text .. ".0" or text
end

-- Tables -------------------------------------------------------------------------------------

local RANK <const> = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local x, y = RANK[type(a)] or 4, RANK[type(b)] or 4
  if x ~= y then return x < y end
  if x <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

-- The keys behind the list part, in order.
local function field_keys(t, n)
  local keys = {}
  for k in next, t do
    if math.type(k) ~= "integer" or k < 1 or k > n then keys[#keys + 1] = k end
  end
  table.sort(keys, before)
  return keys
end

local KEYWORDS <const> = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true "
  .. "until while"):gmatch "%a+" do KEYWORDS[word] = true end

local function of_key(k, limits)
  if type(k) == "string" and k:find "^[%a_][%w_]*$" and not KEYWORDS[k] then return k end
  return "[" .. (type(k) == "table" and "table" or show(k, limits, 1, 40, {})) .. "]"
end

-- The entries of a table as texts; how many more there are.
local function entries_of(t, limits, depth, width, above)
  local n, parts = rawlen(t), {}
  local keys = field_keys(t, n)
  for i = 1, math.min(n, limits.most) do parts[i] = show(rawget(t, i), limits, depth + 1, width - 2, above) end
  for i = 1, math.min(#keys, limits.most - #parts) do
    local key = of_key(keys[i], limits)
    parts[#parts + 1] = key .. " = " .. show(rawget(t, keys[i]), limits, depth + 1, width - #key - 5, above)
  end
  return parts, n + #keys - #parts
end

-- Entries side by side where they fit, else short ones wrapped and others on lines of their own.
local function laid_out(parts, width)
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if text_width.width(line) <= width and not line:find "\n" then return line end
  local lines, current = {}, nil
  for i, part in ipairs(parts) do
    part = part:gsub("\n", "\n  ") .. (i < #parts and "," or "")
    local joined = current and current .. " " .. part
    if joined and text_width.width(joined) <= width - 2 and not joined:find "[\n={]" then
      current = joined
    else
      lines[#lines + 1] = current
      current = part
    end
  end
  lines[#lines + 1] = current
  return "{\n  " .. table.concat(lines, "\n  ") .. "\n}"
end

local function of_table(t, limits, depth, width, above)
  if above[t] then return "<cycle>" end
  if next(t) == nil then return "{}" end
  if depth > limits.deepest then return "{ … }" end
  above[t] = true
  local parts, more = entries_of(t, limits, depth, width, above)
  above[t] = nil
  if more > 0 then parts[#parts + 1] = string.format("… %s more", format.count(more)) end
  return laid_out(parts, width)
end

-- Others -------------------------------------------------------------------------------------

local function of_function(f)
  local info = debug.getinfo(f, "S")
  if info.what == "C" then return "function (in C)" end
  return string.format("function (%s:%d)", info.short_src, info.linedefined)
end

-- The text of a value with __tostring: the one of an array, a frame, a run ...
local function of_object(v)
  local ok, text = pcall(tostring, v)
  return ok and text or string.format("<%s: %s>", type(v), tostring(text))
end

-- Arrays and frames in a table take one line.
local function of_nested(v)
  if types.is_array(v) then return string.format("%s array of %s", v.dtype, table.concat(v.shape, " x ")) end
  local text = of_object(v)
  return text:find "\n" and "<" .. (text:match "^[^\n]*" or "") .. " …>" or text
end

function show(v, limits, depth, width, above)
  local kind = type(v)
  if is_null(v) then return "null" end
  if kind == "string" then return of_text(v, limits) end
  if kind == "number" then return of_number(v) end
  if kind == "function" then return of_function(v) end
  local meta = debug.getmetatable(v)
  if type(meta) == "table" and rawget(meta, "__tostring") or kind == "userdata" then
    return depth > 1 and of_nested(v) or of_object(v)
  end
  if kind == "table" then return of_table(v, limits, depth, width, above) end
  return tostring(v)
end

-- The value as text, of lines of at most so many columns where it is a table.
---@param v any
---@param width integer
---@param limits PrintLimits?
---@return string
function printed.text(v, width, limits) return (show(v, limits or printed.LIMITS, 1, width, {})) end

return printed
