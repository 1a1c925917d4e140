-- one_row: a fitted transformer or chain for one row, on plain numbers and strings instead of columns.
--
-- A column of one value costs as much as one of many; a served model mostly gets one row.  The figures are those of
-- transform to the bit: the same operations in the same order.  Whatever is not plain (a missing value that stays, an
-- unseen category, a type that is not expected) gives nil: transform is asked then, and finds the words for it.
--
--   local row = one_row.of(steps, columns_in)      nil where a step cannot be done so
--   row({ v1, v2, ... })                           in the order of columns_in -> { number, ... } or nil

local one_row = {}

local LARGEST <const> = 1 << 53     -- up to here a float holds each integer

-- A value as a column of floats has it; nil where it is no such number.
local function float(v)
  local kind = math.type(v)
  if kind == "float" then return v end
  if kind == "integer" and v <= LARGEST and v >= -LARGEST then return v + 0.0 end
end

-- For a kind of step: make(learned, options) -> function(v, out, n) that puts what becomes of v behind out[n], and
-- gives the new n; nil where transform has to be asked.
local kinds = {}

function kinds.impute(learned)
  local value = learned.value
  if type(value) == "number" then value = value + 0.0 end
  return function(v, out, n)
    if type(v) ~= type(value) then return nil end
    if v ~= v or v == "" then v = value
    elseif type(v) == "number" then
      v = float(v)
      if not v then return nil end
    end
    out[n + 1] = v
    return n + 1
  end
end

function kinds.scale(learned, o)
  local center, scale, low, high = learned.center, learned.scale, 0.0, 1.0
  if o.range then low, high = o.range[1], o.range[2] end
  local stretches, clips = low ~= 0.0 or high ~= 1.0, o.clip
  return function(v, out, n)
    v = float(v)
    if not v then return nil end
    v = (v - center) / scale
    if stretches then v = v * (high - low) + low end
    if clips then
      if v < low then v = low end
      if v > high then v = high end
    end
    out[n + 1] = v
    return n + 1
  end
end

function kinds.clip(_, o)
  local min, max = o.min, o.max
  return function(v, out, n)
    v = float(v)
    if not v then return nil end
    if min and v < min then v = min end
    if max and v > max then v = max end
    out[n + 1] = v
    return n + 1
  end
end

function kinds.bins(learned)
  local edges = learned.edges
  return function(v, out, n)
    v = float(v)
    if not v then return nil end
    local at = v == v and 1.0 or v
    for i = 1, #edges do if v >= edges[i] then at = at + 1.0 end end
    out[n + 1] = at
    return n + 1
  end
end

local function places(learned)
  local place = {}
  for i, v in ipairs(learned.categories) do place[v] = i end
  return place, #learned.categories, type(learned.categories[1])
end

-- The number of the category from 1; n + 1, 0 or nil where there is none.
local function place_of(place, kind, v)
  if type(v) ~= kind then return nil end
  if v ~= v or v == "" then return 0 end
  if kind == "number" and not float(v) then return nil end
  return place[v] or 0
end

function kinds.one_hot(learned, o)
  local place, count, kind = places(learned)
  local width = o.unknown == "other" and count + 1 or count
  return function(v, out, n)
    local at = place_of(place, kind, v)
    if not at or at == 0 and o.unknown == "error" then return nil end
    if at == 0 and o.unknown == "other" then at = width end
    for i = 1, width do out[n + i] = i == at and 1.0 or 0.0 end
    return n + width
  end
end

function kinds.ordinal(learned, o)
  local place, count, kind = places(learned)
  return function(v, out, n)
    local at = place_of(place, kind, v)
    if not at or at == 0 and o.unknown == "error" then return nil end
    if at == 0 then at = o.unknown == "other" and count + 1 or 0 / 0 end
    out[n + 1] = at + 0.0
    return n + 1
  end
end

local function pass(v, out, n)
  out[n + 1] = v
  return n + 1
end

-- The step as a list of { from = place in the row before, change }, and the names after it; nil where a column is
-- not there or its kind of step is not known here.
local function compile(step, names)
  local at, list, after = {}, {}, {}
  for i, name in ipairs(names) do at[name] = i end
  for k, entry in ipairs(step.fitted.plan) do
    local make = not entry.learned and function() return pass end or kinds[step.kind]
    if not make or not at[entry.name] then return nil end
    list[k] = { from = at[entry.name], change = make(entry.learned, step.options) }
    table.move(entry.names, 1, #entry.names, #after + 1, after)
  end
  return list, after
end

-- A row as a matrix has it; nil where a value is none of a matrix, or missing.
local function as_numbers(row, n)
  for i = 1, n do
    local v = row[i]
    if v == true then v = 1.0 elseif v == false then v = 0.0 else v = float(v) end
    if not v or v ~= v then return nil end
    row[i] = v
  end
  return row
end

---@param steps preprocess.Transformer[] fitted
---@param columns_in string[]
---@return (fun(row: any[]): number[]?)?
function one_row.of(steps, columns_in)
  local lists, names = {}, columns_in
  for i, step in ipairs(steps) do
    lists[i], names = compile(step, names)
    if not lists[i] then return nil end
  end
  return function(row)
    local n = #columns_in
    if #lists == 0 then row = table.move(row, 1, n, 1, {}) end
    for i = 1, #lists do
      local list, out = lists[i], {}
      n = 0
      for k = 1, #list do
        local one = list[k]
        n = one.change(row[one.from], out, n)
        if not n then return nil end
      end
      row = out
    end
    return as_numbers(row, n)
  end
end

return one_row
