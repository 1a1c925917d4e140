-- rille.jsonl: JSON lines, a value on each line, as frames and lists.
--
--   local f = jsonl.read "events.jsonl"          a frame: each line is an object, its fields are the columns
--   local list = jsonl.list "events.jsonl"       a list of any values
--   for v, line in jsonl.lines "events.jsonl" do ... end      one value after the other
--   jsonl.write(f, "out.jsonl")                  a frame, a list, or a function that gives values until nil
--
-- A null in an object is an absent field, and in a frame a missing value.  Blank lines are passed over.

local errors = require "rille.base.errors"
local frame = require "rille.frame"
local json = require "rille.json"
local json_fields = require("rille.host.value").json_fields
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local output_file = require "rille.host.output_file"
local records = require "rille.frame.records"
local text_file = require "rille.host.text_file"

local jsonl = {}

local BOM <const> = "\xef\xbb\xbf"

local function check_text(who, v, what)
  errors.no_colon(v)
  if type(v) ~= "string" then errors.raise("%s: expected %s, found %s", who, what, errors.describe(v)) end
  return v
end

-- The value on a line, or nil when the line is blank.
local function value_of(text, name, n)
  if not text:find "%S" then return nil end
  local ok, v = pcall(json.decode, text, name)
  if ok then return v end
  -- the line of the message is that of the text, 1
  local what = tostring(v)
  local place = what:find(name .. ":1:", 1, true)
  errors.raise("%s", place and name .. ":" .. n .. ":" .. what:sub(place + #name + 3) or what)
end

-- An iterator over (value, line, text) of an iterator over lines.
local function values_of(next_line, name)
  local n = 0
  return function()
    for text in next_line do
      n = n + 1
      if n == 1 and text:sub(1, 3) == BOM then text = text:sub(4) end
      local v = value_of(text, name, n)
      if v ~= nil then return v, n, text end
    end
  end
end

local OPTIONS <const> = { encoding = true }

-- The file of a path, a value to close whose method line gives one line after the other.
local function open(who, path, options)
  check_text(who, path, "a path")
  if options == nil then return text_file.open(path, nil, who) end
  if type(options) ~= "table" then
    errors.raise('%s: expected options, as { encoding = "latin-1" }, found %s', who, errors.describe(options))
  end
  errors.check_fields(who, options, OPTIONS)
  errors.check_text(who, "encoding", options.encoding)
  return text_file.open(path, options.encoding, who)
end

local function lines_of(file)
  return function() return file:line() end
end

local function lines_of_text(text)
  return text:gmatch "([^\n]*)\n?"
end

-- The frame of values; names in the order of the text.
local function to_frame(each, name)
  local g = records.gather()
  for v, n, text in each do
    records.add(g, v, name, n, function() return json_fields(text) end)
  end
  return records.frame(g, name)
end

local function to_list(each)
  local list = {}
  for v in each do list[#list + 1] = v end
  return list
end

-- A frame of the file: each line is an object, whose fields are the columns.
---@param path string
---@param options table? { encoding = "latin-1" }
---@return frame
function jsonl.read(path, options, ...)
  errors.no_more("jsonl.read", ...)
  local file <close> = open("jsonl.read", path, options)
  return to_frame(values_of(lines_of(file), path), path)
end

-- A list of the values in the file.
---@param path string
---@param options table? { encoding = "latin-1" }
---@return any[]
function jsonl.list(path, options, ...)
  errors.no_more("jsonl.list", ...)
  local file <close> = open("jsonl.list", path, options)
  return to_list(values_of(lines_of(file), path))
end

-- Gives one value after the other, and its line: for v, line in jsonl.lines(path) do.
---@param path string
---@param options table? { encoding = "latin-1" }
---@return fun(): any, integer
function jsonl.lines(path, options, ...)
  errors.no_more("jsonl.lines", ...)
  local file = open("jsonl.lines", path, options)
  local each = values_of(lines_of(file), path)
  return function()
    local v, n = each()
    return v, n
  end, nil, nil, file
end

-- A frame of a text.
---@param text string
---@return frame
function jsonl.decode(text, ...)
  errors.no_more("jsonl.decode", ...)
  return to_frame(values_of(lines_of_text(check_text("jsonl.decode", text, "a text")), "jsonl"), "jsonl")
end

-- An iterator over the values of a list or of a function.
local function each_of(who, v)
  if type(v) == "function" then return v end
  if type(v) ~= "table" or getmetatable(v) or #v == 0 and next(v) ~= nil then
    errors.raise("%s: expected a frame, a list or a function that gives values, found %s", who, errors.describe(v))
  end
  local i = 0
  return function()
    i = i + 1
    return v[i]
  end
end

-- Calls put(text) with the lines of a frame, of a list or of what a function gives.
local function put_values(who, v, put)
  if frame.is(v) then return records.put_lines(v, put) end
  local n = 0
  for one in each_of(who, v) do
    n = n + 1
    local ok, text = pcall(json.encode, one)
    if not ok then errors.raise("%s: value %d: %s", who, n, (tostring(text):gsub("^.-value", "value", 1))) end
    put(text .. "\n")
  end
end

local function encoded(who, v)
  local parts = {}
  put_values(who, v, function(text) parts[#parts + 1] = text end)
  return table.concat(parts)
end

-- The text of a frame or a list.
---@param v frame|any[]|fun(): any
---@return string
function jsonl.encode(v, ...)
  errors.no_more("jsonl.encode", ...)
  errors.no_colon(v)
  return encoded("jsonl.encode", v)
end

-- What a function gives goes into a temporary file as it comes.
local function stream(v, path)
  local file <close> = errors.need(output_file.open(observe.write_path(path)))
  put_values("jsonl.write", v, function(text) errors.need(file:write(text)) end)
  errors.need(file:commit())
end

-- Writes a frame, a list, or what a function gives until nil: the file is complete or not written at all.
---@param v frame|any[]|fun(): any
---@param path string
function jsonl.write(v, path, ...)
  errors.no_more("jsonl.write", ...)
  errors.no_colon(v)
  check_text("jsonl.write", path, "a path")
  if type(v) == "function" then return stream(v, path) end
  local text = encoded("jsonl.write", v)
  errors.need(output_file.write(observe.write_path(path), text))
end

return origin.strict(jsonl)
