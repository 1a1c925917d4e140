-- file_methods: frames to files and back, by the ending of the path: .csv, .json, .jsonl, .npy, .sqlite.

local errors = require "rille.base.errors"
local json = require "rille.json"
local json_frame = require "rille.frame.json_frame"
local observe = require "rille.host.observe"
local output_file = require "rille.host.output_file"
local records = require "rille.frame.records"
local structured = require "rille.frame.structured"
local suggest = require "rille.base.suggest"
local text_file = require "rille.host.text_file"
local value = require "rille.frame.value"

---@class frame
local methods = {}
local file_methods = { methods = methods }

local ENDINGS <const> = { "csv", "json", "jsonl", "npy", "sqlite" }
local OTHER_ENDINGS <const> = { db = "sqlite", sqlite3 = "sqlite", ndjson = "jsonl" }

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
  local reads = who == "frame.read"
  local ending = (reads and path:gsub("%.gz$", ""):gsub("%.zst$", "") or path):match "%.(%w+)$"
  local format = ending and (OTHER_ENDINGS[ending:lower()] or ending:lower())
  if reads and format == "tsv" then format = "csv" end       -- the separator is found
  for _, one in ipairs(endings) do if format == one then return one end end
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

local function no_options(who, options, format)
  if options ~= nil then errors.raise("%s: options are for .csv and .sqlite, and this is .%s", who, format) end
end

-- Writes the frame as its path ends: .csv, .json (a list of records), .jsonl, .npy (a structured array), .sqlite.
---@param path string
---@param options table? of a CSV: header, separator; of a SQLite file: table
function methods:write(path, options, ...)
  errors.check_self(self, value.class, "write", ...)
  local format = ending_of("write", path, ENDINGS)
  if format == "csv" then return require("rille.csv").write(self, path, options) end
  if format == "sqlite" then return require("rille.sqlite").write(self, path, options) end
  no_options("write", options, format)
  local bytes = encoders[format](self)
  errors.need(output_file.write(observe.write_path(path), bytes))
end

local function read_json(path, options)
  local encoding
  if options ~= nil then
    errors.check_fields("frame.read", options, { encoding = true })
    errors.check_text("frame.read", "encoding", options.encoding)
    encoding = options.encoding
  end
  local text = text_file.read(path, encoding, "JSON", "frame.read")
  local ok, v = pcall(json.decode, text, path)
  if not ok then errors.raise("%s", (tostring(v):gsub("^.-:%d+: (.*:%d+:%d+: )", "%1"))) end
  return json_frame.of(v, text, path)
end

-- The frame of a SQLite file: options are table or query, and params.
---@param path string
---@param options { table: string?, query: string?, params: table? }?
---@return frame
function file_methods.of_sqlite(path, options)
  options = options or {}
  errors.check_fields(path, options, { table = true, query = true, params = true })
  if options.table ~= nil and options.query ~= nil then
    errors.raise("%s: expected a table or a query, found both", path)
  end
  return require("rille.sqlite").read(path, options.table or options.query, options.params)
end

-- The frame of a .npy file of records.
local function read_npy(path)
  local v = require("rille.array").load(path)
  if value.is(v) then return v end
  errors.raise("frame.read: %s holds %s, and a frame is read from records; use array.load", path, errors.describe(v))
end

-- A frame of a file, as its path ends: .csv, .json, .jsonl, .npy, .sqlite.
---@param path string
---@param options table? of csv.read; { encoding = } of JSON; { table = } or { query = } of a SQLite file
---@return frame
function file_methods.read(path, options, ...)
  errors.no_more("frame.read", ...)
  local format = ending_of("frame.read", path, ENDINGS)
  if options ~= nil and type(options) ~= "table" then
    errors.raise("frame.read: expected a table of options, found %s", errors.describe(options))
  end
  if format == "csv" then return require("rille.csv").read(path, options) end
  if format == "sqlite" then return file_methods.of_sqlite(path, options) end
  if format == "json" then return read_json(path, options) end
  if format == "jsonl" then return require("rille.jsonl").read(path, options) end
  no_options("frame.read", options, format)
  return read_npy(path)
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
