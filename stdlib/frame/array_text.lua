-- array_text: an array, or dates, as the bytes of a file by its format: csv, json, jsonl, txt.
--
-- A CSV has columns c1, c2, ..., as artifact:load { as = "frame" } of a matrix.  In JSON a missing number is null.

local array = require "rille.array"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local json = require "rille.json"
local records = require "rille.frame.records"
local value = require "rille.frame.value"

local array_text = {}

-- The elements as nested lists; those of 32 bits are the shortest numbers that read back.
local function elements(a)
  local function short(v)
    if type(v) ~= "table" then return records.shortest(v) end
    for i, x in ipairs(v) do v[i] = short(x) end
    return v
  end
  local list = a:totable()
  return array.is(a) and a.dtype == "f32" and short(list) or list
end

-- Nested lists of what JSON has.
local function plain(v)
  if type(v) == "table" then
    for i, x in ipairs(v) do v[i] = plain(x) end
    return json.array(v)
  elseif v ~= v or v == "" then return json.null
  elseif v == math.huge or v == -math.huge then
    errors.raise("JSON has no %s; write .csv, .npy or .txt, or replace the value",
      v > 0 and "infinity" or "-infinity")
  end
  return v
end

local function shown(v)
  if math.type(v) ~= "float" then return tostring(v) end
  if v ~= v then return "nan" end
  return (v == math.huge or v == -math.huge) and (v > 0 and "inf" or "-inf") or json.encode(v)
end

local encoders = {}

function encoders.json(a) return json.encode(plain(elements(a))) end

function encoders.jsonl(a)
  local lines = plain(elements(a))
  for i, v in ipairs(lines) do lines[i] = json.encode(v) .. "\n" end
  return table.concat(lines)
end

-- Numbers of a row with a blank between them.
function encoders.txt(a)
  local lines = elements(a)
  for i, row in ipairs(lines) do
    if type(row) == "table" then
      for k, v in ipairs(row) do row[k] = shown(v) end
      row = table.concat(row, " ")
    end
    lines[i] = shown(row) .. "\n"
  end
  return table.concat(lines)
end

-- The frame of a vector, a matrix or dates, with columns c1, c2, ...
---@param a table
---@return frame
function array_text.frame(a)
  local columns = {}
  if date.is(a) or a.ndim == 1 then columns[1] = { "c1", a }
  else for k = 1, a.shape[2] do columns[k] = { "c" .. k, a:column(k):copy() } end end
  return value.new(columns)
end

function encoders.csv(a) return require("rille.csv").encode(array_text.frame(a)) end

-- The formats that hold the array, besides npy.
---@return string[]
function array_text.formats(a)
  if date.is(a) or a.ndim <= 2 then return { "csv", "json", "jsonl", "txt" } end
  return { "json", "jsonl" }
end

---@param a table an array or dates
---@param format string
---@return string
function array_text.encode(a, format)
  if not date.is(a) and a.ndim > 2 and (format == "csv" or format == "txt") then
    errors.raise("%s cannot be written as .%s; use .json, .jsonl or .npy", errors.describe(a), format)
  end
  return encoders[format](a)
end

-- The bytes of a .npy file: of dates datetime64[ms], a missing one NaT.
---@param a table an array or dates
---@return string
function array_text.npy(a)
  if array.is(a) then return array.tonpy(a) end
  local bytes = array.tonpy(a.ms)
  local length = string.unpack("<I2", bytes, 9)
  local header = bytes:sub(11, 10 + length):gsub("<i8", "<M8[ms]", 1):gsub(" +\n$", "")
  header = header .. (" "):rep(-(10 + #header + 1) % 64) .. "\n"
  return bytes:sub(1, 8) .. string.pack("<I2", #header) .. header .. bytes:sub(11 + length)
end

return array_text
