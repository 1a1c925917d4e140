-- of_value: the plot of a value: a vector, columns of a matrix or of a frame, a list of numbers, numbers by name.
--
--   of_value(v, { title, x, y = { COLUMN... }, histogram, lines, log }) -> plot, or nil and why there is none

local array = require "rille.array"
local date = require "rille.frame.date"
local errors = require "rille.base.errors"
local frame = require "rille.frame"
local frame_from_records = require "rille.artifact.frame_from_records"
local plot = require "rille.show.plot"
local suggest = require "rille.base.suggest"
local vector = require "rille.show.plot.vector"

local KNOWN <const> = "a plot shows vectors, matrices, frames, lists of numbers, numbers by name and metrics"
local SHOWN <const> = 12            -- names of columns in a message

-- Values that are tables, as arrays and frames: lists of lists, records, columns.
local function as_data(v)
  if type(v) ~= "table" or debug.getmetatable(v) or next(v) == nil then return v end
  if vector.of(v) then return v end
  local ok, made = pcall(type(v[1]) == "table" and #v[1] > 0 and array.from or frame_from_records.frame, v)
  return ok and made or v
end

-- Is it { name = number, ... } and nothing else?
local function is_named(v)
  if type(v) ~= "table" or debug.getmetatable(v) or next(v) == nil then return false end
  for name, one in next, v do if type(name) ~= "string" or type(one) ~= "number" then return false end end
  return true
end

-- Columns ----------------------------------------------------------------------------------------

-- { names, column(name) -> vector or nil, shape } of a frame or of a matrix, whose columns are numbers.
local function table_of(v)
  if frame.is(v) then
    return { names = v.columns, column = function(name) return vector.of(v:column(name)) end,
      shape = string.format("frame of %d x %d", v.n_rows, #v.columns) }
  end
  local names = {}
  for k = 1, v.shape[2] do names[k] = tostring(k) end
  return { names = names, column = function(name) return vector.of(v:column(math.tointeger(tonumber(name)))) end,
    shape = string.format("matrix of %d x %d", v.shape[1], v.shape[2]) }
end

local function numeric_names(data)
  local list = {}
  for _, name in ipairs(data.names) do
    if not list[SHOWN + 1] and data.column(name) then list[#list + 1] = name end
  end
  return list
end

local function names_text(names)
  return table.concat(names, ", ", 1, math.min(#names, SHOWN)) .. (#names > SHOWN and ", …" or "")
end

-- The vector of a column, or nil and what is wrong with its name.
local function need_column(data, name)
  if not suggest.has(name, data.names) then
    local hint = #data.names <= SHOWN and suggest.hint(name, data.names) or ""
    if hint == "" then
      local near = suggest.nearest(name, data.names)
      hint = near and string.format('; did you mean "%s"?', near) or "; the first are " .. names_text(data.names)
    end
    return nil, string.format('the %s has no column "%s"%s', data.shape, name, hint)
  end
  local found = data.column(name)
  if found then return found end
  return nil, string.format('column "%s" is text; columns of numbers and dates: %s', name,
    names_text(numeric_names(data)))
end

-- Which columns a table without --y shows: its only one with numbers.
local function chosen_columns(data, options)
  if options.y[1] then return options.y end
  local names = {}
  for _, name in ipairs(numeric_names(data)) do if name ~= options.x then names[#names + 1] = name end end
  if #names == 1 then return names end
  if #names == 0 then return nil, string.format("the %s has no column of numbers", data.shape) end
  return nil, string.format("the %s has several columns; choose with --y, and --x if wanted: %s%s", data.shape,
    names_text(names), data.shape:find "^matrix" and "; or draw all with --heat" or "")
end

local function of_columns(v, options)
  local data = table_of(v)
  local names, message = chosen_columns(data, options)
  if not names then return nil, message end
  local x, lines = nil, {}
  if options.x then
    x, message = need_column(data, options.x)
    if not x then return nil, message end
  end
  for i, name in ipairs(names) do
    local y
    y, message = need_column(data, name)
    if not y then return nil, message end
    lines[i] = { name = name, x = x or vector.counting(y.n), y = y }
  end
  local title = options.title .. ": " .. names_text(names) .. (options.x and " against " .. options.x or "")
  if options.histogram then
    if names[2] or options.x then return nil, "--histogram shows one column: name it with --y" end
    return plot.of_counts { title = title, x = names[1], vector = lines[1].y }
  end
  return plot.of_lines { title = title, x = options.x or "row", lines = lines, log = options.log,
    scatter = x and x.kind ~= "date" and not options.lines }
end

-- Vectors ----------------------------------------------------------------------------------------

local function of_vector(v, options)
  if options.x or options.y[1] then
    return nil, string.format("--x and --y name columns, and %s has none", options.title)
  end
  if options.histogram then return plot.of_counts { title = options.title, x = "value", vector = v } end
  return plot.of_lines { title = options.title, x = "index", log = options.log,
    lines = { { name = options.title, x = vector.counting(v.n), y = v } } }
end

local function what_it_is(v)
  if array.is(v) then return string.format("an array with %d axes", v.ndim) end
  if type(v) == "string" then return "a string" end
  if type(v) == "table" and not debug.getmetatable(v) then
    return #v > 0 and "a list with other things than numbers" or "a table"
  end
  return errors.describe(v)
end

-- A matrix of one row or of one column is a vector.
local function flattened(v)
  local only = array.is(v) and v.ndim == 2 and (v.shape[1] == 1 or v.shape[2] == 1)
  return only and v:reshape { v.shape[1] * v.shape[2] } or v
end

-- A matrix, a frame whose columns are all numbers, or a list of lists as a map of shades.
local function of_heat(v, options)
  v = as_data(v)
  if frame.is(v) then
    local ok, m = pcall(v.to_matrix, v)
    if not ok then return nil, "--heat draws a matrix, and the frame has columns that are not numbers" end
    v = m
  end
  if not array.is(v) or v.ndim ~= 2 then
    return nil, string.format("--heat draws a matrix, and %s is %s", options.title, what_it_is(v))
  end
  return plot.of_heat { title = options.title, matrix = v }
end

---@param v any
---@param options { title: string, x: string?, y: string[], histogram: boolean?, lines: boolean?, log: boolean?,
---  heat: boolean? }
---@return rille.plot? plot, string? message
return function(v, options)
  if is_named(v) and not options.histogram and not options.x and not options.y[1] then
    return plot.of_names { title = options.title, numbers = v }
  end
  if options.heat then return of_heat(v, options) end
  v = flattened(as_data(v))
  local one = not frame.is(v) and vector.of(v)
  if one and date.is(v) and not options.histogram then
    return nil, options.title .. " is a list of dates: draw it with --histogram"
  end
  if one then return of_vector(one, options) end
  if frame.is(v) or array.is(v) and v.ndim == 2 then return of_columns(v, options) end
  return nil, string.format("%s is %s; %s", options.title, what_it_is(v), KNOWN)
end
