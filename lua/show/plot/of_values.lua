-- of_values: one plot of several values: each is a line, or with scatter the first is the x axis of the others.
--
--   of_values({ { name, value }... }, { title, scatter, histogram, lines, log, ... }) -> plot, or nil and why there is
--   none
--
-- A value is a vector, a list of numbers, or the values of a metric: { steps = numbers, values = numbers }.

local array = require "rille.array"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local of_value = require "rille.show.plot.of_value"
local plot = require "rille.show.plot"
local vector = require "rille.show.plot.vector"

local MOST_LINES <const> = 12

local function is_plain(v) return type(v) == "table" and debug.getmetatable(v) == nil end

-- The line of the values of a metric; nil of another value.
local function of_series(name, v)
  if not is_plain(v) or type(v.steps) ~= "table" or type(v.values) ~= "table" then return nil end
  local x, y = vector.of(v.steps), vector.of(v.values)
  return x and y and x.n == y.n and { name = name, x = x, y = y, is_series = true } or nil
end

-- The line of a value; nil where it is none.
local function line_of(name, v)
  local found = of_series(name, v)
  if found then return found end
  if array.is(v) and v.ndim == 2 and (v.shape[1] == 1 or v.shape[2] == 1) then
    v = v:reshape { v.shape[1] * v.shape[2] }
  end
  local y = vector.of(v)
  return y and { name = name, x = vector.counting(y.n), y = y }
end

-- The lines of a table of metrics (step.series), in order; nil of another value.
local function lines_of(v)
  if not is_plain(v) or next(v) == nil then return nil end
  local lines = {}
  for name, one in next, v do
    local line = type(name) == "string" and of_series(name, one)
    if not line then return nil end
    lines[#lines + 1] = line
  end
  table.sort(lines, function(a, b) return a.name < b.name end)
  return lines
end

local function scatter(list, lines, options)
  local x = lines[1].y
  for i = 2, #lines do
    if lines[i].y.n ~= x.n then
      return nil, string.format("%s has %s and %s has %s; the points of a scatter need as many of both", lines[1].name,
        format.plural(x.n, "value"), lines[i].name, format.plural(lines[i].y.n, "value"))
    end
    lines[i].x = x
  end
  table.remove(lines, 1)
  return plot.of_lines { title = options.title, x = list[1][1], lines = lines, log = options.log,
    scatter = not options.lines and x.kind ~= "date" }
end

local function together(lines, options)
  if options.histogram then return nil, "--histogram shows one vector" end
  local dropped = #lines - MOST_LINES
  for k = #lines, MOST_LINES + 1, -1 do lines[k] = nil end
  local is_series = lines[1].is_series
  local made, message = plot.of_lines { title = options.title, x = is_series and "step of the metric" or "index",
    lines = lines, log = options.log }
  if made and dropped > 0 then made.notes[#made.notes + 1] = format.plural(dropped, "more line") .. " not drawn" end
  return made, message
end

---@param list any[][] { name, value } each
---@param options { title: string, scatter: boolean?, x: string?, y: string[], histogram: boolean?, lines: boolean?,
---  log: boolean? }
---@return rille.plot? plot, string? message
return function(list, options)
  if #list == 1 then
    local v = list[1][2]
    local all = not options.heat and lines_of(v)
    if all then return together(all, options) end
    local one = not options.heat and of_series(list[1][1], v)
    if not one then return of_value(v, options) end
    if options.histogram then return plot.of_counts { title = options.title, x = "value", vector = one.y } end
    return together({ one }, options)
  end
  if options.heat then return nil, "--heat draws one matrix" end
  local lines = {}
  for i, one in ipairs(list) do
    lines[i] = line_of(one[1], one[2])
    if not lines[i] then
      return nil, string.format("%s is %s; several values are drawn together where each is a vector or a list of "
        .. "numbers", one[1], errors.describe(one[2]))
    end
  end
  if options.scatter then return scatter(list, lines, options) end
  return together(lines, options)
end
