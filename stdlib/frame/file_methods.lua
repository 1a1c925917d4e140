-- file_methods: frames to files and back, by the ending of the path: .csv, .json, .jsonl, .npy, .txt.

local errors = require "rille.base.errors"
local json = require "rille.json"
local json_fields = require("rille.host.value").json_fields
local observe = require "rille.host.observe"
local records = require "rille.frame.records"
local structured = require "rille.frame.structured"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local value = require "rille.frame.value"

---@class frame
local methods = {}
local file_methods = { methods = methods }

local ENDINGS <const> = { "csv", "json", "jsonl", "npy" }

local encoders = {
  csv = function(f, options) return require("rille.csv").encode(f, options) end,
  json = function(f) return records.encode(f, false) end,
  jsonl = function(f) return records.encode(f, true) end,
  npy = structured.npy,
}

-- The ending of a path that is one of these, or a mistake.
local function ending_of(who, path, endings)
  errors.no_colon(path)
  if type(path) ~= "string" then errors.raise("%s: expected a path, found %s", who, errors.describe(path)) end
  local ending = path:match "%.(%w+)$"
  for _, one in ipairs(endings) do if ending and ending:lower() == one then return one end end
  local near = ending and suggest.nearest(ending, endings)
  errors.raise('%s: the path must end in .%s, found "%s"%s', who, table.concat(endings, ", ."), path,
    near and '; did you mean ".' .. near .. '"?' or "")
end

-- The bytes of a frame in a format: csv, json, jsonl, npy.
---@param f frame
---@param format string
---@param options table? of csv.encode
---@return string
function file_methods.encode(f, format, options) return encoders[format](f, options) end

-- Writes the frame as its path ends: .csv, .json (a list of records), .jsonl, .npy (a structured array).
---@param path string
---@param options table? of a CSV: header, separator
function methods:write(path, options, ...)
  errors.check_self(self, value.class, "write", ...)
  local format = ending_of("write", path, ENDINGS)
  if options ~= nil and format ~= "csv" then errors.raise("write: options are for .csv, and this is .%s", format) end
  if format == "csv" then return require("rille.csv").write(self, path, options) end
  local bytes = encoders[format](self)
  errors.need(sys.write_file(observe.write_path(path), bytes))
end

local function read_json(path)
  local text = errors.need(sys.read_file(observe.read_path(path)))
  local ok, v = pcall(json.decode, text, path)
  if not ok then errors.raise("%s", (tostring(v):gsub("^.-:%d+: (.*:%d+:%d+: )", "%1"))) end
  return file_methods.of_json(v, text, path)
end

-- The frame of a decoded list of records, or of columns { "x": [1, 2], ... }; the columns in the order of the text.
---@param v any
---@param text string
---@param what string
---@return frame
function file_methods.of_json(v, text, what)
  if type(v) ~= "table" then
    errors.raise('%s: expected [{"x": 1}, ...] or {"x": [1, 2], ...}, found %s', what, errors.describe(v))
  end
  local names = json_fields(text)
  if #v > 0 or next(v) == nil and #names == 0 then return records.of_list(v, names, what) end
  local columns = {}
  for _, name in ipairs(names) do
    if type(v[name]) ~= "table" then
      errors.raise('%s: expected [{"x": 1}, ...] or {"x": [1, 2], ...}; field "%s" is %s', what, name,
        errors.describe(v[name]))
    end
    columns[#columns + 1] = { name, v[name] }
  end
  return value.new(columns)
end

-- A frame of a file, as its path ends: .csv, .json, .jsonl.
---@param path string
---@param options table? of csv.read
---@return frame
function file_methods.read(path, options, ...)
  errors.no_more("frame.read", ...)
  local format = ending_of("frame.read", path, { "csv", "json", "jsonl" })
  if options ~= nil and format ~= "csv" then
    errors.raise("frame.read: options are for .csv, and this is .%s", format)
  end
  if format == "csv" then return require("rille.csv").read(path, options) end
  if format == "json" then return read_json(path) end
  return require("rille.jsonl").read(path)
end

-- A frame of a list of records { { x = 1, g = "a" }, ... }; the columns in the order of names, else sorted.
---@param list table[]
---@param names string[]?
---@return frame
function file_methods.from_records(list, names, ...)
  errors.no_more("frame.from_records", ...)
  errors.no_colon(list)
  if type(list) ~= "table" or getmetatable(list) or #list == 0 and next(list) ~= nil then
    errors.raise("frame.from_records: expected a list of records, as { { x = 1 }, ... }, found %s",
      errors.describe(list))
  elseif names ~= nil and (type(names) ~= "table" or getmetatable(names)) then
    errors.raise("frame.from_records: expected a list of column names, found %s", errors.describe(names))
  end
  return records.of_list(list, names, "frame.from_records")
end

return file_methods
