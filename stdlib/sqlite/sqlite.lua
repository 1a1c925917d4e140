-- rille.sqlite: tables and queries of SQLite files as frames, and frames as SQLite files.
--
--   local f = sqlite.read("shop.db", "orders")                          a table or a view
--   local f = sqlite.read("shop.db", "SELECT ... WHERE id = ?", { 7 })  a query and its parameters
--   sqlite.tables "shop.db"                                             their names
--   sqlite.write(f, "out.sqlite", { table = "orders" })                 a new file of one table
--   sqlite.write({ orders = f, items = g }, "out.sqlite")               or of several
--
-- A file is read as it is at one moment, whoever writes to it, and nothing is written to it.
-- Types: stdlib/sqlite/sqlite_table.h.

local core = require "rille.host.sqlite"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local frame = require "rille.frame"
local json = require "rille.json"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local output_file = require "rille.host.output_file"
local suggest = require "rille.base.suggest"

local sqlite = {}

local NOTFOUND <const> = -4         -- host/base/err.h

-- Reading ----------------------------------------------------------------------------

local function check_text(who, v, what)
  errors.no_colon(v)
  if type(v) ~= "string" then errors.raise("%s: expected %s, found %s", who, what, errors.describe(v)) end
  if v:find "%z" then errors.raise("%s: %s has a zero byte", who, what) end
  return v
end

local function check_value(name, v)
  local kind = type(v)
  if kind == "number" or kind == "string" or kind == "boolean" or v == json.null then return v end
  errors.raise("sqlite.read: parameter %s is %s, expected a number, a string, a boolean or json.null", name,
    errors.describe(v))
end

-- { { name or false, value }, ... } of a list or of names.
local function values_of(params)
  if params == nil then return {} end
  if type(params) ~= "table" or getmetatable(params) then
    errors.raise("sqlite.read: parameters are a list { 7 } for ?, or { id = 7 } for :id, found %s",
      errors.describe(params))
  end
  local values, names = {}, {}
  for i, v in ipairs(params) do values[i] = { false, check_value(i, v) } end
  for k in next, params do if type(k) == "string" then names[#names + 1] = k end end
  table.sort(names)
  for _, name in ipairs(names) do values[#values + 1] = { name, check_value(":" .. name, params[name]) } end
  return values
end

-- The message with what was meant, when a name is not in the file.
local function hinted(path, message, code)
  local column = message:match "no such column: ([%w_%.]+)"
  local table_name = message:match "no such table: (.+)$"
  if not column and not table_name then return message end
  local names = core.names(path, column ~= nil) or {}
  local name = column and column:match "([^.]+)$" or table_name
  message = message:gsub("(no such %l+): (.+)$", function(what, which) return what .. ' "' .. which .. '"' end)
  if table_name and #names == 0 then return message .. "; the file has no tables" end
  local hint = suggest.hint(name, names)
  if code == NOTFOUND and table_name:find "%s" and hint:sub(1, 2) ~= "; d" then
    return message .. "; a query begins with SELECT, WITH or VALUES" .. hint
  end
  return message .. hint
end

local function assemble(columns)
  local names, made, seen, n_rows = {}, {}, {}, 0
  for i, one in ipairs(columns) do
    local name, is_dates, values = one[1], one[2], one[3]
    if seen[name] then
      errors.raise('sqlite.read: two columns are named "%s"; name one of them with AS', name)
    end
    names[i], made[i], seen[name], n_rows = name, is_dates and date.of(values) or values, true, #values
  end
  return frame.assemble(names, made, n_rows)
end

-- The name of the table, where the file has one.
local function only_table(path)
  local names = errors.need(core.names(path, false))
  if #names == 1 then return names[1] end
  errors.raise("%s: expected a table or a query after the path%s", path, #names == 0 and "; the file has no tables"
    or suggest.hint("", names))
end

-- A frame of a table, a view or a query.  A file of one table needs no name.
---@param path string
---@param query string? a name, or SELECT, WITH, VALUES
---@param params table? a list for ?, or names for :name
---@return frame
function sqlite.read(path, query, params, ...)
  errors.no_colon(path)
  errors.no_more("sqlite.read", ...)
  check_text("sqlite.read", path, "a path")
  if query == nil then query = only_table(path) end
  check_text("sqlite.read", query, "a table or a query")
  local columns, message, code = core.read(path, query, values_of(params))
  if not columns then errors.raise("%s", hinted(path, message, code)) end
  return assemble(columns)
end

-- The names of the tables and views, sorted.
---@param path string
---@return string[]
function sqlite.tables(path, ...)
  errors.no_colon(path)
  errors.no_more("sqlite.tables", ...)
  return errors.need(core.names(check_text("sqlite.tables", path, "a path"), false))
end

-- Writing ----------------------------------------------------------------------------

-- { { name, frame }, ... }, sorted, of a frame or of frames by name.
local function tables_of(v, name)
  if frame.is(v) then return { { name, v } } end
  local list = {}
  if type(v) == "table" and not getmetatable(v) and #v == 0 then
    for k, f in next, v do
      if type(k) ~= "string" or not frame.is(f) then list = {} break end
      list[#list + 1] = { k, f }
    end
  end
  if #list == 0 then
    errors.raise("sqlite.write: expected a frame, or frames by the names of their tables, found %s", errors.describe(v))
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

local function check_name(name)
  if type(name) ~= "string" or name == "" or name:find "%z" or name:lower():find "^sqlite_" then
    errors.raise("sqlite.write: %s cannot be the name of a table; the option table gives one",
      type(name) == "string" and string.format("%q", name) or errors.describe(name))
  end
end

local function columns_of(name, f)
  if #f.columns == 0 then errors.raise('sqlite.write: the frame of table "%s" has no columns', name) end
  local columns = {}
  for i, column in ipairs(f.columns) do
    if column == "" or column:find "%z" then
      errors.raise("sqlite.write: column %d needs a name; see f:rename", i)
    end
    local values = f.data[column]
    columns[i] = { column, date.is(values), date.is(values) and values.ms or values }
  end
  return columns
end

-- The bytes of a file with the tables, { { name, frame }, ... }.
local function bytes_of(tables)
  local writer = errors.need(core.writer())
  for _, one in ipairs(tables) do
    check_name(one[1])
    local ok, message = core.add(writer, one[1], one[2].n_rows, columns_of(one[1], one[2]))
    if not ok then errors.raise("sqlite.write: %s", message) end
  end
  return errors.need(core.bytes(writer))
end

-- The name of the file without its folder and its ending.
local function stem(path) return (path:match "([^/]*)$":gsub("%.%w+$", "")) end

local function check_options(who, options)
  if options ~= nil and (type(options) ~= "table" or getmetatable(options)) then
    errors.raise("%s: options are a table, found %s", who, errors.describe(options))
  end
  errors.check_fields(who, options or {}, { table = true })
  return options or {}
end

-- The bytes of a file with a table, or with several.
---@param v frame|table<string, frame>
---@param options { table: string? }? the table's name, "data" without one
---@return string
function sqlite.encode(v, options, ...)
  errors.no_colon(v)
  errors.no_more("sqlite.encode", ...)
  return bytes_of(tables_of(v, check_options("sqlite.encode", options).table or "data"))
end

-- Writes a new file: complete or not at all.  One that is there is replaced when it has no other tables.
---@param v frame|table<string, frame>
---@param path string
---@param options { table: string? }? the table's name, else that of the file
function sqlite.write(v, path, options, ...)
  errors.no_colon(v)
  errors.no_more("sqlite.write", ...)
  check_text("sqlite.write", path, "a path")
  local tables, names = tables_of(v, check_options("sqlite.write", options).table or stem(path)), {}
  for i, one in ipairs(tables) do names[i] = one[1] end
  errors.need(core.check(path, names))
  local bytes = bytes_of(tables)
  errors.need(output_file.write(observe.write_path(path), bytes))
end

return origin.strict(sqlite)
