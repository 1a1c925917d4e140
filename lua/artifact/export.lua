-- export: a value as the bytes of a file that other programs read: csv, json, jsonl, npy, sqlite, txt.
--
-- In JSON a missing number is null, an array a list, a frame a list of records.  What a format cannot hold is an error
-- that says why, a string.

local array = require "rille.array"
local array_text = require "rille.frame.array_text"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local file_methods = require "rille.frame.file_methods"
local frame = require "rille.frame"
local frame_from_records = require "rille.artifact.frame_from_records"
local json = require "rille.json"
local jsonl = require "rille.jsonl"
local text = require "rille.frame.text"

local export = {}

-- Other endings of files, and their formats.
---@type table<string, string>
export.ENDINGS = { db = "sqlite", sqlite3 = "sqlite", ndjson = "jsonl" }

-- All formats, in the order in which they are named.
---@type string[]
export.FORMATS = { "csv", "json", "jsonl", "npy", "sqlite", "txt" }

-- The materializers whose values can be written in another format.
---@type table<string, boolean>
export.TYPES = { frame = true, array = true, list = true, table = true, number = true, integer = true, boolean = true,
  string = true, null = true, ["nil"] = true }

local function is_scalar(v) return type(v) == "number" or type(v) == "boolean" or type(v) == "string" end

local function is_list_of(v, is)
  for _, x in ipairs(v) do if not is(x) then return false end end
  return #v > 0
end

local function is_record(v) return type(v) == "table" and not getmetatable(v) and #v == 0 end

-- The value as JSON has it: nested lists and objects.
local function plain(v)
  if v ~= v then return json.null end
  if array.is(v) or date.is(v) then v = v:totable()
  elseif frame.is(v) then return json.decode(file_methods.encode(v, "json"))
  elseif type(v) ~= "table" or getmetatable(v) then return v end
  local made = {}
  for k, x in next, v do made[k] = plain(x) end
  return #made == 0 and next(made) == nil and json.array(made) or made
end

local function to_json(v)
  if frame.is(v) then return file_methods.encode(v, "json") end
  if v == nil then return "null" end
  local ok, encoded = pcall(json.encode, plain(v))
  if ok then return encoded end
  if type(v) == "table" and not getmetatable(v) then
    local packed
    ok, packed = pcall(json.pack, v)
    if ok then return packed end
  end
  error((tostring(encoded):gsub("^.-value", "value", 1)), 0)
end

local function array_as(format)
  return function(a) return array_text.encode(a, format) end
end

local function to_json_lines(v) return jsonl.encode(plain(v)) end

local function shown(v)
  if math.type(v) == "float" then return v ~= v and "nan" or json.encode(v) end
  return tostring(v)
end

local function list_text(list)
  local lines = {}
  for i, v in ipairs(list) do lines[i] = shown(v) .. "\n" end
  return table.concat(lines)
end

-- The frame of a list of values of one kind, its column c1.
local function list_frame(list)
  local made = {}
  for i, v in ipairs(list) do
    if type(v) ~= type(list[1]) then
      errors.raise("value %d is %s, and a column has values of one kind; write .json", i, errors.describe(v))
    end
    made[i] = v
  end
  return frame.new { { "c1", made } }
end

local function csv_of(f) return file_methods.encode(f, "csv") end

-- Frames as tables of a SQLite file: to the path, else as its bytes.  name: of the table of a frame alone.
local function database(v, place)
  local sqlite = require "rille.sqlite"
  if not place.path then return sqlite.encode(v, { table = place.name }) end
  sqlite.write(v, place.path, { table = place.name })
end

local function records_database(v, place) return database(frame_from_records.frame(v), place) end

local function list_database(v, place) return database(list_frame(v), place) end

local function list_csv(v) return csv_of(list_frame(v)) end

local function matrix_database(a, place) return database(array_text.frame(a), place) end

local WRITERS <const> = {
  frame = {
    csv = csv_of, json = to_json, npy = function(f) return file_methods.encode(f, "npy") end, txt = text.whole,
    jsonl = function(f) return file_methods.encode(f, "jsonl") end, sqlite = database,
  },
  matrix = {
    csv = array_as "csv", json = array_as "json", jsonl = array_as "jsonl", npy = array.tonpy, txt = array_as "txt",
    sqlite = matrix_database,
  },
  array = { json = array_as "json", jsonl = array_as "jsonl", npy = array.tonpy },
  records = {
    csv = function(list) return csv_of(frame_from_records.frame(list)) end, json = to_json, jsonl = to_json_lines,
    sqlite = records_database,
  },
  frames = { json = to_json, sqlite = database },
  numbers = {
    json = to_json, jsonl = to_json_lines, npy = function(list) return array.tonpy(array.from(list)) end,
    txt = list_text, csv = list_csv, sqlite = list_database,
  },
  scalars = { json = to_json, jsonl = to_json_lines, txt = list_text, csv = list_csv, sqlite = list_database },
  list = { json = to_json, jsonl = to_json_lines },
  columns = { csv = function(v) return csv_of(frame_from_records.frame(v)) end, json = to_json,
    sqlite = records_database },
  table = { json = to_json },
  scalar = { json = to_json, txt = shown },
  string = { json = to_json, txt = function(s) return s end },
}

local function is_number(v) return type(v) == "number" end
local function is_list(v) return type(v) == "table" and not getmetatable(v) and #v > 0 end

local function kind_of_table(v)
  if #v == 0 then
    local n, frames = 0, 0
    for k, x in next, v do
      n = n + 1
      if frame.is(x) and type(k) == "string" then frames = frames + 1
      elseif not is_list(x) or not is_list_of(x, is_scalar) then return "table" end
    end
    return n == 0 and "list" or frames == n and "frames" or frames == 0 and "columns" or "table"
  end
  return is_list_of(v, is_number) and "numbers" or is_list_of(v, is_scalar) and "scalars"
    or is_list_of(v, is_record) and "records" or "list"
end

local function kind_of(v)
  if frame.is(v) then return "frame" end
  if array.is(v) then return v.ndim <= 2 and "matrix" or "array" end
  if type(v) == "string" then return "string" end
  if type(v) == "table" and not getmetatable(v) then return kind_of_table(v) end
  return "scalar"
end

-- The formats that hold the value.
---@param v any
---@return string[]
function export.formats(v)
  local writers, names = WRITERS[kind_of(v)], {}
  for _, name in ipairs(export.FORMATS) do if writers[name] then names[#names + 1] = name end end
  return names
end

-- What the value is, for a message.
---@param v any
---@return string
function export.describe(v)
  if frame.is(v) then return string.format("a frame of %d rows and %d columns", v.n_rows, #v.columns) end
  local kind = kind_of(v)
  if kind == "records" then return "a list of " .. #v .. " records" end
  if type(v) == "table" then
    return #v > 0 and string.format("a list of %d value%s", #v, #v == 1 and "" or "s") or "a table"
  end
  return errors.describe(v)
end

-- The bytes of the value in a format that holds it.  A format that looks at the file that it replaces writes it itself
-- and gives nil.
---@param v any
---@param format string
---@param place { path: string?, name: string? } where it goes, and the name of a table
---@return string?
function export.encode(v, format, place) return WRITERS[kind_of(v)][format](v, place) end

return export
