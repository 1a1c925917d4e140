-- records: a frame as JSON, an object for each row, and back.
--
-- A missing number or date is null; a missing string is "".  Dates are ISO texts.  The names are in the order of the
-- columns; of objects that are read, in the order in which the text first has them.

local array = require "rille.array"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local json = require "rille.json"
local text_width = require "rille.base.text_width"
local value = require "rille.frame.value"

local records = {}

local CHUNK <const> = 1000          -- rows whose text is made at once
local SHOWN <const> = 40            -- bytes of a name in a message
local MANY_CELLS <const> = 20000000 -- of a frame that is read

-- "x.jsonl:3", "frame.from_records: record 3"
local function place(what, line) return what .. (type(line) == "number" and ":" or ": ") .. line end

-- The number of the shortest text that reads back as this float of 32 bits.
---@param v number
---@return number
function records.shortest(v)
  for digits = 6, 9 do
    local short = tonumber(string.format("%." .. digits .. "g", v))
    if not short then return v end
    if string.unpack("<f", string.pack("<f", short)) == v then return short + 0.0 end
  end
  return v
end

local function single(v) return json.encode(records.shortest(v)) end

local function float_text(name, put)
  return function(v, row)
    if v ~= v then return "null" end
    if v == math.huge or v == -math.huge then
      errors.raise('column "%s", row %d: JSON has no %s; write .csv or .npy, or replace the value', name, row,
        v > 0 and "infinity" or "-infinity")
    end
    return put(v)
  end
end

local function string_text(name)
  local known, n = {}, 0
  return function(s, row)
    local text = known[s]
    if text then return text end
    if not utf8.len(s) then
      errors.raise('column "%s", row %d: the string is not UTF-8, which JSON requires; write .csv', name, row)
    end
    text = json.encode(s)
    n = n + 1
    if n > 10000 then known, n = {}, 0 end
    known[s] = text
    return text
  end
end

local function date_text(s) return s == "" and "null" or '"' .. s .. '"' end

-- A function (value, row) -> JSON of a column's elements.
local function writer_of(name, c)
  if date.is(c) then return date_text end
  if not array.is(c) then return string_text(name) end
  if c.dtype == "f32" then return float_text(name, single) end
  if c.dtype == "f64" then return float_text(name, json.encode) end
  return tostring
end

-- The elements first to last, as Lua values; dates all with the unit of the column.
local function elements(c, first, last)
  if array.is(c) then return c:slice(first, last):totable() end
  return date.is(c) and c or table.move(c, first, last, 1, {})
end

-- Calls put(text) with the rows, `between` between two of them.
local function each_row(f, between, put)
  local heads, writers, columns = {}, {}, {}
  for k, name in ipairs(f.columns) do
    local c = f.data[name]
    if not utf8.len(name) then errors.raise('the name of column %d is not UTF-8, which JSON requires', k) end
    heads[k] = (k == 1 and "{" or ",") .. json.encode(name) .. ":"
    writers[k], columns[k] = writer_of(name, c), date.is(c) and c:totable() or c
  end
  for first = 1, f.n_rows, CHUNK do
    local last, parts, n = math.min(first + CHUNK - 1, f.n_rows), {}, 0
    local values = {}
    for k, c in ipairs(columns) do values[k] = elements(c, first, last) end
    for i = 1, last - first + 1 do
      if first + i > 2 then n = n + 1 parts[n] = between end
      for k, list in ipairs(values) do
        parts[n + 1], parts[n + 2] = heads[k], writers[k](list[i], first + i - 1)
        n = n + 2
      end
      n = n + 1
      parts[n] = #heads > 0 and "}" or "{}"
    end
    put(table.concat(parts, "", 1, n))
  end
end

-- Calls put(text) with pieces of JSON lines.
---@param f frame
---@param put fun(text: string)
function records.put_lines(f, put)
  each_row(f, "\n", put)
  if f.n_rows > 0 then put "\n" end
end

-- The frame as JSON lines, or as one array with a row on each line.
---@param f frame
---@param lines boolean
---@return string
function records.encode(f, lines)
  local parts = {}
  local function put(text) parts[#parts + 1] = text end
  if lines then records.put_lines(f, put)
  else
    put "["
    each_row(f, ",\n", put)
    put "]\n"
  end
  return table.concat(parts)
end

-- Gathers records into columns: { names, index = name -> place, columns, n, fields, lines = row -> line }.
---@return table
function records.gather() return { names = {}, columns = {}, index = {}, n = 0, fields = 0, lines = {} } end

local KINDS <const> = { string = true, number = true, boolean = true }

local function check_field(what, line, name, v)
  if type(name) ~= "string" then
    errors.raise("%s: the name of a column must be a string, found %s", place(what, line), errors.describe(name))
  end
  if not KINDS[type(v)] and v ~= json.null then
    errors.raise('%s: field "%s" is %s, which a column cannot hold; jsonl.list reads nested values',
      place(what, line), text_width.shorten(name, SHOWN),
      type(v) == "table" and "an object or an array" or errors.describe(v))
  end
end

local function add_names(g, names, record)
  for _, name in ipairs(names) do
    if not g.index[name] then
      g.names[#g.names + 1] = name
      g.index[name] = #g.names
      g.columns[#g.names] = { [g.n] = record[name] }
    end
  end
end

-- Adds a record; the names that are new are added in the order of `fields`, a function that gives them.
---@param g table
---@param record table
---@param what string where it is, for messages: "x.jsonl"
---@param line integer|string its line there, or "record 2"
---@param fields (fun(): string[])?
function records.add(g, record, what, line, fields)
  if type(record) ~= "table" or #record > 0 then
    errors.raise('%s: expected an object as {"x": 1}, a row of a frame, found %s', place(what, line),
      type(record) == "table" and "an array" or record == json.null and "null" or errors.describe(record))
  end
  g.n = g.n + 1
  g.lines[g.n] = line
  local fresh
  for name, v in next, record do
    check_field(what, line, name, v)
    g.fields = g.fields + 1
    local k = g.index[name]
    if k then g.columns[k][g.n] = v else fresh = fresh or {} fresh[#fresh + 1] = name end
  end
  if fields and (fresh or g.n == 1) then add_names(g, fields(), record) end
  if fresh then
    table.sort(fresh)
    add_names(g, fresh, record)
  end
end

-- A frame has a place for each field of each row: keys that are data would fill the memory with missing values.
local function check_sparse(g, what)
  local cells = #g.names * g.n
  local keys_are_data = cells > MANY_CELLS // 20 and g.fields < 2 * #g.names and g.n > 200
  if keys_are_data or cells > MANY_CELLS and g.fields < cells // 100 then
    errors.raise("%s: a frame of these %d rows has %d columns, and less than 1 of 100 values is there; jsonl.list or "
      .. "json.read reads the records as tables", what, g.n, #g.names)
  end
end

-- The values of a column in all rows, of one kind.
local function whole(g, k, nulls, what)
  local values, kind = g.columns[k], nil
  local all = table.move(nulls, 1, g.n, 1, {})
  for i, v in next, values do all[i] = v end
  for i = 1, g.n do
    local v = all[i]
    if v ~= json.null then
      kind = kind or type(v)
      if type(v) ~= kind then
        errors.raise('%s: field "%s" is a %s, and it was a %s before it; jsonl.list reads any values',
          place(what, g.lines[i]), text_width.shorten(g.names[k], SHOWN), type(v), kind)
      end
    end
  end
  return all
end

-- The frame of columns { { name, values }, ... }; an error begins with what.
---@param columns table[]
---@param what string
---@return frame
function records.made(columns, what)
  local ok, made = pcall(value.new, columns)
  if ok then return made end
  local at, text = errors.where(), tostring(made)
  if at and text:sub(1, #at + 2) == at .. ": " then text = text:sub(#at + 3) end
  errors.raise("%s: %s", what, (text:gsub("^frame%.new: ", "")))
end

-- The frame of what was gathered; an absent field is a missing value.
---@param g table
---@param what string for messages: "x.jsonl"
---@return frame
function records.frame(g, what)
  check_sparse(g, what)
  local columns, nulls = {}, {}
  for i = 1, g.n do nulls[i] = json.null end
  for k, name in ipairs(g.names) do
    columns[k] = { name, whole(g, k, nulls, what) }
    g.columns[k] = false
  end
  if #columns == 0 then return value.assemble({}, {}, g.n) end
  return records.made(columns, what)
end

-- A frame of a list of records, whose columns are named in this order, else sorted.
---@param list table[]
---@param names string[]?
---@param what string
---@return frame
function records.of_list(list, names, what)
  local g = records.gather()
  for i, record in ipairs(list) do
    records.add(g, record, what, "record " .. i, names and function() return names end)
  end
  return records.frame(g, what)
end

return records
