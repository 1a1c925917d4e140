-- preview: plain data in one line, for listings of artifacts.

local errors = require "rille.base.errors"
local is_data = require("rille.host.value").is_data
local is_null = require("rille.host.value").is_null
local types = require "rille.script.types"

local preview = {}

local WIDTH <const>, DEEP <const> = 60, 2

local function quoted(s)
  if not utf8.len(s) then return #s .. " bytes" end
  local at = utf8.offset(s, 24)
  local short = #s > 24 and at and s:sub(1, at - 1) .. "…" or s
  return '"' .. short:gsub("%c", " ") .. '"'
end

local show

-- A number to six digits; a float looks like one.
---@param v number
---@return string
function preview.of_number(v)
  if math.type(v) == "integer" then return tostring(v) end
  local text = string.format("%.6g", v)
  return text:find "^-?%d+$" and text .. ".0" or text
end

-- Of a value that is no plain data: "f64 array of 3 x 4", "a frame".
local function of_other(v)
  if types.is_array(v) then return string.format("%s array of %s", v.dtype, table.concat(v.shape, " x ")) end
  return errors.describe(v)
end

-- The keys behind the list part, by their text.
local function keys_of(t)
  local keys = {}
  for k in next, t do
    if math.type(k) ~= "integer" or k < 1 or k > #t then keys[#keys + 1] = k end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

local function parts_of(t, depth, room)
  local parts, used = {}, 0
  local function put(text)
    parts[#parts + 1] = text
    used = used + #text + 2
    return used < room
  end
  for i = 1, #t do
    if not put(show(t[i], depth)) then return parts, i < #t end
  end
  local keys = keys_of(t)
  for i, k in ipairs(keys) do
    if not put(tostring(k) .. " = " .. show(t[k], depth)) then return parts, i < #keys end
  end
  return parts, false
end

function show(v, depth)
  if type(v) == "string" then return quoted(v) end
  if type(v) == "number" then return preview.of_number(v) end
  if is_null(v) then return "null" end
  if type(v) == "userdata" or type(v) == "table" and not is_data(v) then return of_other(v) end
  if type(v) ~= "table" then return tostring(v) end
  if next(v) == nil then return "{}" end
  if depth >= DEEP then return "{…}" end
  local parts, more = parts_of(v, depth + 1, 20)
  return "{" .. table.concat(parts, ", ") .. (more and ", …" or "") .. "}"
end

local function line(head, t)
  local parts, more = parts_of(t, 1, WIDTH)
  if #parts == 0 then return head end
  return head .. ": " .. table.concat(parts, ", ") .. (more and ", …" or "")
end

local function count(t)
  local n = 0
  for _ in next, t do n = n + 1 end
  return n
end

---@param t table
---@return string "table with 2 fields: x = 1, y = {…}"
function preview.of_table(t)
  local n = count(t)
  return line(string.format("table with %d field%s", n, n == 1 and "" or "s"), t)
end

-- Of elements that are no plain data only the number is shown.
---@param list any[]
---@return string "list of 3: 1, 2, 3"
function preview.of_list(list)
  local head = "list of " .. #list
  for i = 1, math.min(#list, WIDTH) do
    local v = list[i]
    if not is_null(v) and (type(v) == "userdata" or type(v) == "table" and not is_data(v)) then return head end
  end
  return line(head, list)
end

-- Of a long text the size and the first line.
---@param s string
function preview.of_text(s)
  if not utf8.len(s) then return #s .. " bytes" end
  local first, lines = s:match "^[^\n]*", select(2, s:gsub("\n", "\n")) + (s:sub(-1) ~= "\n" and s ~= "" and 1 or 0)
  local short = utf8.len(first) > WIDTH and first:sub(1, utf8.offset(first, WIDTH) - 1) .. "…" or first
  return string.format("%d bytes, %d line%s: %s", #s, lines, lines == 1 and "" or "s", (short:gsub("%c", " ")))
end

return preview
