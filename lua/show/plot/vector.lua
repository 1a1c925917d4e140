-- vector: the numbers of a column of a value, read in pieces, and few points that look like many.
--
-- A vector is { n, kind, read(first, last) -> numbers }: kind is "number", "integer" or "date" (milliseconds); what
-- is missing is nan.  Points are { x = numbers, y = numbers, hidden = n }; a y of nan is a gap, and hidden counts the
-- values that are not finite.

local array = require "rille.array"
local date = require "rille.frame.date"
local json = require "rille.json"

local vector = {}

local PIECE <const> = 65536         -- numbers that are Lua values at a time
local GROUPS <const> = 1000         -- of a long line; of each the first, lowest, highest and last point are kept
local MANY <const> = 4 * GROUPS     -- points
local ACROSS <const>, UP <const> = 1000, 500      -- cells of a scatter of many points
local NAN <const> = 0.0 / 0.0

---@class rille.plot.vector
---@field n integer
---@field kind "number"|"integer"|"date"
---@field read fun(first: integer, last: integer): number[]

local function of_array(a)
  if a.dtype == "bool" then a = a:astype "i32" end
  return { n = #a, kind = (a.dtype == "f64" or a.dtype == "f32") and "number" or "integer",
    read = function(first, last) return a:slice(first, last):totable() end }
end

local function of_dates(dates)
  return { n = #dates.ms, kind = "date", read = function(first, last)
    local list = dates.ms:slice(first, last):totable()
    for i, v in ipairs(list) do if v == date.MISSING then list[i] = NAN end end
    return list
  end }
end

-- A list of numbers and booleans; null is missing.
local function of_list(list)
  local kind = "integer"
  for i = 1, #list do
    local v = list[i]
    if math.type(v) == "float" then kind = "number"
    elseif math.type(v) ~= "integer" and type(v) ~= "boolean" and v ~= json.null then return nil end
  end
  return { n = #list, kind = kind, read = function(first, last)
    local part = table.move(list, first, last, 1, {})
    for i, v in ipairs(part) do
      if type(v) == "boolean" then part[i] = v and 1 or 0 elseif v == json.null then part[i] = NAN end
    end
    return part
  end }
end

-- The vector of a 1-d array, of dates, or of a list of numbers; nil of anything else.
---@param v any
---@return rille.plot.vector?
function vector.of(v)
  if array.is(v) then return v.ndim == 1 and of_array(v) or nil end
  if date.is(v) then return of_dates(v) end
  return type(v) == "table" and not debug.getmetatable(v) and (#v > 0 or next(v) == nil) and of_list(v) or nil
end

-- 1, 2, 3 ... n
---@param n integer
---@return rille.plot.vector
function vector.counting(n)
  return { n = n, kind = "integer", read = function(first, last)
    local list = {}
    for i = first, last do list[i - first + 1] = i end
    return list
  end }
end

local function is_finite(v) return v - v == 0 end
vector.is_finite = is_finite

-- Calls visit(xs, ys) with piece after piece.
local function each_piece(x, y, visit)
  for first = 1, y.n, PIECE do
    local last = math.min(first + PIECE - 1, y.n)
    visit(x.read(first, last), y.read(first, last))
  end
end

local function add(points, x, y)
  local n = #points.x + 1
  points.x[n], points.y[n] = x, y
end

-- The lowest and the highest of the finite numbers, and how many are not finite.
---@param v rille.plot.vector
---@return number low inf when there is none
---@return number high
---@return integer hidden
function vector.extent(v)
  local low, high, hidden = math.huge, -math.huge, 0
  for first = 1, v.n, PIECE do
    for _, one in ipairs(v.read(first, math.min(first + PIECE - 1, v.n))) do
      if not is_finite(one) then hidden = hidden + 1
      else
        if one < low then low = one end
        if one > high then high = one end
      end
    end
  end
  return low, high, hidden
end

-- Lines ------------------------------------------------------------------------------------------

-- Adds the first, the lowest, the highest and the last of a group, in their order; a gap where it has no finite one.
local function close_group(points, xs, ys)
  local n = #ys
  if n == 0 then
    if points.y[1] and is_finite(points.y[#points.y]) then add(points, points.x[#points.x], NAN) end
    return
  end
  local low, high = 1, 1
  for i = 2, n do
    if ys[i] < ys[low] then low = i end
    if ys[i] > ys[high] then high = i end
  end
  local before = 0
  for _, i in ipairs { 1, math.min(low, high), math.max(low, high), n } do
    if i > before then add(points, xs[i], ys[i]) end
    before = i
  end
end

-- The points of a line.
---@param x rille.plot.vector
---@param y rille.plot.vector
function vector.line(x, y)
  local points, many = { x = {}, y = {}, hidden = 0 }, y.n > MANY
  local size, at, xs, ys = (y.n + GROUPS - 1) // GROUPS, 0, {}, {}
  each_piece(x, y, function(px, py)
    for i = 1, #py do
      local fine = is_finite(px[i]) and is_finite(py[i])
      if not fine then points.hidden = points.hidden + 1 end
      if not many then
        if fine then add(points, px[i], py[i])
        elseif points.y[1] then add(points, points.x[#points.x], NAN) end
      else
        if fine then xs[#xs + 1], ys[#ys + 1] = px[i], py[i] end
        at = at + 1
        if at % size == 0 then
          close_group(points, xs, ys)
          xs, ys = {}, {}
        end
      end
    end
  end)
  if many and at % size ~= 0 then close_group(points, xs, ys) end
  return points
end

-- Points -----------------------------------------------------------------------------------------

-- The points of a scatter; of many those that are not in one place.
---@param x rille.plot.vector
---@param y rille.plot.vector
function vector.scatter(x, y)
  local points, taken, cell = { x = {}, y = {}, hidden = 0 }, {}, nil
  if y.n > MANY then
    local x_low, x_high = vector.extent(x)
    local y_low, y_high = vector.extent(y)
    local function place(v, low, high, cells)
      return high > low and math.floor((v / 2 - low / 2) / (high / 2 - low / 2) * cells) or 0
    end
    cell = function(a, b) return place(a, x_low, x_high, ACROSS) * (UP + 1) + place(b, y_low, y_high, UP) end
  end
  each_piece(x, y, function(xs, ys)
    for i = 1, #ys do
      if is_finite(xs[i]) and is_finite(ys[i]) then
        local where = cell and cell(xs[i], ys[i])
        if not where or not taken[where] then add(points, xs[i], ys[i]) end
        if where then taken[where] = true end
      else points.hidden = points.hidden + 1 end
    end
  end)
  return points
end

-- Counts -----------------------------------------------------------------------------------------

-- How many of the numbers are in each of the bins that begin at low and are so wide; the last has its end too.
---@param v rille.plot.vector
---@param low number
---@param width number
---@param bins integer
---@return integer[]
function vector.counts(v, low, width, bins)
  local counts = {}
  for k = 1, bins do counts[k] = 0 end
  for first = 1, v.n, PIECE do
    for _, one in ipairs(v.read(first, math.min(first + PIECE - 1, v.n))) do
      if is_finite(one) then
        local k = math.max(1, math.min(bins, math.floor((one / 2 - low / 2) / (width / 2)) + 1))
        counts[k] = counts[k] + 1
      end
    end
  end
  return counts
end

return vector
