-- printed: values as the prompt shows them.  Tables are shown like constructors: lists first, then fields in the order
-- of their keys; what is left out is said.  No metamethod of a script's is called but __tostring.
--
-- Within its limits a text is for a screen; with printed.NONE, for files and pipes, nothing is left out and arrays and
-- frames have all of their elements.  Colours are on a terminal only (base/format.lua).

local format = require "rille.base.format"
local is_utf8 = require("rille.show.plot.text").is_utf8
local is_null = require("rille.host.value").is_null
local printed_array = require "rille.repl.printed_array"
local printed_frame = require "rille.repl.printed_frame"
local printed_series = require "rille.repl.printed_series"
local printed_text = require "rille.repl.printed_text"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"
local types = require "rille.script.types"

local printed = {}

---@class PrintLimits
---@field deepest integer levels of tables
---@field most integer entries of a table
---@field entries integer of all tables of a value
---@field longest integer bytes of a text
---@field nested integer bytes of a text in a table
---@field screen boolean for a screen: arrays by their ends, vectors with a line of blocks
---@field blocks boolean? the screen has blocks: by the locale where it is nil

---@type PrintLimits
printed.LIMITS = { deepest = 4, most = 100, entries = 250, longest = 2000, nested = 300, screen = true }
---@type PrintLimits
printed.NONE = { deepest = 100, most = math.huge, entries = math.huge, longest = math.huge, nested = math.huge,
  screen = false }

-- What is known while a value is shown.
---@class Printing
---@field limits PrintLimits
---@field left number entries that may still be shown
---@field is_cut boolean something was left out
---@field above table<table, true> the tables around
---@field has_blocks boolean
---@field paint fun(colour: string, text: string): string

local show

local function plain(_, text) return text end

local function width_of(text) return text_width.width(terminal.bare(text)) end

-- A note of what is left out.
local function left_out(printing, fmt, ...)
  printing.is_cut = true
  return printing.paint("grey", string.format(fmt, ...))
end

-- Texts and numbers --------------------------------------------------------------------------

local function of_text(printing, s, depth)
  local most = depth > 1 and printing.limits.nested or printing.limits.longest
  if #s <= most then return printing.paint("green", printed_text.quoted(s)) end
  local head = text_width.head(s, math.tointeger(most))
  return printing.paint("green", printed_text.quoted(head)) .. " "
    .. left_out(printing, "… %s more bytes", format.count(#s - #head))
end

-- Tables -------------------------------------------------------------------------------------

local RANK <const> = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local x, y = RANK[type(a)] or 4, RANK[type(b)] or 4
  if x ~= y then return x < y end
  if x <= 2 then return a < b end
  return x == 3 and a == false or x == 4 and string.format("%p", a) < string.format("%p", b)
end

-- The first of the keys by their order, as many as are shown.
local function first_of(keys, most)
  local first = {}
  for _, key in ipairs(keys) do
    if #first < most or before(key, first[most]) then
      local at = math.min(#first, most - 1)
      while at > 0 and before(key, first[at]) do
        first[at + 1] = first[at]
        at = at - 1
      end
      first[at + 1] = key
    end
  end
  return first
end

-- The keys behind the list part, in order, at least as many as are shown; and how many there are.
local function field_keys(t, n, most)
  local keys = {}
  for k in next, t do
    if math.type(k) ~= "integer" or k < 1 or k > n then keys[#keys + 1] = k end
  end
  if #keys > 20 * most then return first_of(keys, most), #keys end
  table.sort(keys, before)
  return keys, #keys
end

local KEYWORDS <const> = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true "
  .. "until while"):gmatch "%a+" do KEYWORDS[word] = true end

local KEY_BYTES <const> = 60

local function of_key(k)
  if type(k) == "string" then
    if k:find "^[%a_][%w_]*$" and not KEYWORDS[k] then return k end
    local head = text_width.head(k, KEY_BYTES)
    return "[" .. printed_text.quoted(head) .. (#head < #k and " …" or "") .. "]"
  end
  if type(k) == "number" then return "[" .. printed_text.number(k) .. "]" end
  return type(k) == "boolean" and "[" .. tostring(k) .. "]" or "[" .. printed_text.kind(k) .. "]"
end

-- The entries of a table as texts; how many more there are.
local function entries_of(printing, t, depth, width)
  local n, parts, limits = rawlen(t), {}, printing.limits
  local keys, n_keys = field_keys(t, n, limits.most)
  local most = math.min(n + n_keys, limits.most, math.max(0, printing.left))
  printing.left = printing.left - most
  for i = 1, math.min(n, most) do parts[i] = show(printing, rawget(t, i), depth + 1, width - 2) end
  for i = 1, math.min(#keys, most - #parts) do
    local key = of_key(keys[i])
    parts[#parts + 1] = printing.paint("cyan", key) .. " = "
      .. show(printing, rawget(t, keys[i]), depth + 1, width - #key - 5)
  end
  return parts, n + n_keys - #parts
end

local MANY <const>, SHORT <const> = 16, 26      -- fields, columns: so many that are so short share lines

-- Entries side by side where they fit, else short ones wrapped and others on lines of their own.
local function laid_out(parts, width)
  local wide, is_long = {}, false
  local total = 2 + 2 * #parts
  for i, part in ipairs(parts) do
    wide[i] = width_of(part)
    total, is_long = total + wide[i], is_long or part:find "\n" ~= nil
  end
  if total <= width and not is_long then return "{ " .. table.concat(parts, ", ") .. " }" end
  local lines, current, used = {}, nil, 0
  for i, part in ipairs(parts) do
    local text = part:gsub("\n", "\n  ") .. (i < #parts and "," or "")
    local is_alone = part:find "[\n={]" ~= nil and not (#parts >= MANY and wide[i] <= SHORT and not part:find "[\n{]")
    if current and not is_alone and used + wide[i] + 2 <= width - 2 then
      current[#current + 1], used = text, used + wide[i] + 2
    else
      if current then lines[#lines + 1] = table.concat(current, " ") end
      current, used = { text }, is_alone and width or wide[i] + 1
    end
  end
  if current then lines[#lines + 1] = table.concat(current, " ") end
  return "{\n  " .. table.concat(lines, "\n  ") .. "\n}"
end

local function count(t)
  local n = 0
  for _ in next, t do n = n + 1 end
  return n
end

local function of_table(printing, t, depth, width)
  if printing.above[t] then return printing.paint("grey", "<cycle>") end
  if next(t) == nil then return "{}" end
  if depth > printing.limits.deepest or printing.left <= 0 then
    return "{ " .. left_out(printing, "… %s", format.plural(count(t), "value")) .. " }"
  end
  printing.above[t] = true
  local parts, more = entries_of(printing, t, depth, width)
  printing.above[t] = nil
  if more > 0 then parts[#parts + 1] = left_out(printing, "… %s more", format.count(more)) end
  return laid_out(parts, width)
end

-- Others -------------------------------------------------------------------------------------

-- Arrays, frames and series in a table take one line.
local function of_nested(v)
  if types.is_array(v) then return string.format("%s array of %s", v.dtype, table.concat(v.shape, " x ")) end
  if printed_frame.is(v) then return printed_frame.kind(v) end
  local text = printed_text.object(v)
  return text:find "\n" and "<" .. (text:match "^[^\n]*" or "") .. " …>" or text
end

-- What is no table of a script's: objects with __tostring, arrays, frames.
local function of_object(printing, v, depth, width)
  if depth > 1 then return of_nested(v) end
  local text, is_cut
  if types.is_array(v) then text, is_cut = printed_array.text(v, width, printing)
  elseif printed_frame.is(v) then text, is_cut = printed_frame.text(v, width, printing)
  else return printed_text.object(v) end
  printing.is_cut = printing.is_cut or is_cut
  return text
end

local SIMPLE <const> = {}
function SIMPLE.string(printing, v, depth) return of_text(printing, v, depth) end
function SIMPLE.number(_, v) return printed_text.number(v) end
function SIMPLE.boolean(printing, v) return printing.paint("magenta", tostring(v)) end
SIMPLE["nil"] = SIMPLE.boolean
SIMPLE["function"] = function(_, f, depth)
  local text = printed_text.of_function(f)
  return depth > 1 and text == "function (in C)" and "function" or text
end

function show(printing, v, depth, width)
  if is_null(v) then return printing.paint("magenta", "null") end
  local simple = SIMPLE[type(v)]
  if simple then return simple(printing, v, depth) end
  local meta = debug.getmetatable(v)
  if type(v) ~= "table" or type(meta) == "table" and rawget(meta, "__tostring") then
    return of_object(printing, v, depth, width)
  end
  if not meta and printed_series.is(v) then return printed_series.text(v, depth, width, printing) end
  return of_table(printing, v, depth, width)
end

local function text_of(v, width, limits, paint)
  limits = limits or printed.LIMITS
  local has_blocks = limits.blocks
  if has_blocks == nil then has_blocks = limits.screen and is_utf8() end
  local printing = { limits = limits, left = limits.entries, is_cut = false, above = {}, has_blocks = has_blocks,
    paint = paint }
  return show(printing, v, 1, width), printing.is_cut
end

-- The value as text, of lines of at most so many columns where it is a table, an array or a frame.
---@param v any
---@param width integer
---@param limits PrintLimits?
---@return string text
---@return boolean is_cut something is left out
function printed.text(v, width, limits) return text_of(v, width, limits, plain) end

-- The same with colours where standard output shows them, for terminal.put.
---@param v any
---@param width integer
---@param limits PrintLimits?
---@return string text
---@return boolean is_cut
function printed.coloured(v, width, limits)
  return text_of(v, width, limits, format.in_colour("red", "x") == "x" and plain or format.in_colour)
end

return printed
