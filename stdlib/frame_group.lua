-- frame_group: rows that belong together, within a frame or of two.
--
-- A place is the number of a row.  A key is a string made of a row's values in
-- some columns; 1 and 1.0 give one key.

local array = require "rille.array"

local group = {}

local function to_list(column) return array.is(column) and column:totable() or column end

local function is_missing(v) return v ~= v or v == "" end

local function encode(v)
  if type(v) == "string" then return string.pack("<s8", v) end
  if type(v) == "boolean" then return v and "t" or "f" end
  if v ~= v then return "n" end
  local i = math.tointeger(v)
  return i and string.pack("<c1j", "i", i) or string.pack("<c1n", "d", v)
end

-- The keys of all rows, and { [place] = true } where a part of one is missing.
local function row_keys(f, names)
  local parts, missing = {}, {}
  for place = 1, f.n_rows do parts[place] = {} end
  for i, name in ipairs(names) do
    for place, v in ipairs(to_list(f.data[name])) do
      parts[place][i] = encode(v)
      if is_missing(v) then missing[place] = true end
    end
  end
  local keys = {}
  for place = 1, f.n_rows do keys[place] = table.concat(parts[place]) end
  return keys, missing
end

-- --- group_by --------------------------------------------------------------

-- Lists of places, in the order of their first rows.
local function partition(f, names)
  local groups, by_key = {}, {}
  for place, key in ipairs((row_keys(f, names))) do
    local places = by_key[key]
    if not places then
      places = {}
      groups[#groups + 1], by_key[key] = places, places
    end
    places[#places + 1] = place
  end
  return groups
end

-- The values at places that are there; booleans count as 0 and 1.
local function present(values, places)
  local found = {}
  for _, place in ipairs(places) do
    local v = values[place]
    if type(v) == "boolean" then v = v and 1 or 0 end
    if not is_missing(v) then found[#found + 1] = v end
  end
  return found
end

local function sum(found)
  local total = 0
  for _, v in ipairs(found) do total = total + v end
  return total
end

local function mean(found) return #found > 0 and sum(found) / #found or 0 / 0 end

local function deviation(found)
  local middle, squares = mean(found), 0.0
  for _, v in ipairs(found) do squares = squares + (v - middle) ^ 2 end
  return #found > 1 and math.sqrt(squares / (#found - 1)) or 0 / 0
end

-- What makes a number of the values that are there; dtype nil: the column's own.
local MAKE = {
  count = { make = function(found) return #found end, dtype = "i64", strings = true },
  sum = { make = sum },
  mean = { make = mean, dtype = "f64" },
  std = { make = deviation, dtype = "f64" },
}

local function rank(v)
  if type(v) == "boolean" then return v and 1 or 0 end
  return v
end

-- What chooses one of the values; better(v, best) tells whether v replaces best.
local CHOOSE = {
  first = function() return false end,
  last = function() return true end,
  min = function(v, best) return rank(v) < rank(best) end,
  max = function(v, best) return rank(v) > rank(best) end,
}

group.aggregates = { "count", "first", "last", "max", "mean", "min", "std", "sum" }

-- Whether the aggregate takes a column of strings.
function group.takes_strings(how) return CHOOSE[how] ~= nil or MAKE[how].strings == true end

-- The place of the value chosen, or of the first row when all are missing.
local function choose(values, places, better)
  local best
  for _, place in ipairs(places) do
    local v = values[place]
    if not is_missing(v) and (not best or better(v, values[best])) then best = place end
  end
  return best or places[1]
end

local function aggregate(column, groups, how)
  local values, made = to_list(column), {}
  if CHOOSE[how] then
    for i, places in ipairs(groups) do made[i] = choose(values, places, CHOOSE[how]) end
    return group.pick(column, made)
  end
  local floats = array.is(column) and column.dtype:sub(1, 1) == "f"
  local dtype = MAKE[how].dtype or floats and "f64" or "i64"
  for i, places in ipairs(groups) do made[i] = MAKE[how].make(present(values, places)) end
  return #made > 0 and array.from(made, dtype) or array.zeros(0, dtype)
end

-- The elements of a column at places.
function group.pick(column, places)
  if array.is(column) then
    return column:take(#places > 0 and array.from(places) or array.zeros(0, "i64"))
  end
  local picked = {}
  for i, place in ipairs(places) do picked[i] = column[place] end
  return picked
end

-- -> names, columns, number of rows: a row for each group, first the keys, then
-- the aggregated columns { [name] = how } in the frame's order.
function group.by(f, keys, how)
  local groups, first, names, columns = partition(f, keys), {}, {}, {}
  for i, places in ipairs(groups) do first[i] = places[1] end
  for i, name in ipairs(keys) do names[i], columns[i] = name, group.pick(f.data[name], first) end
  for _, name in ipairs(f.columns) do
    if how[name] then
      names[#names + 1] = name
      columns[#names] = aggregate(f.data[name], groups, how[name])
    end
  end
  return names, columns, #groups
end

-- --- join ------------------------------------------------------------------

-- Places of the left and, side by side, of the right; false on the right where a
-- left row has no partner and is to be kept.
local function pair(f, g, on, keep)
  local partners = {}
  local keys, missing = row_keys(g, on)
  for place, key in ipairs(keys) do
    partners[key] = partners[key] or {}
    if not missing[place] then table.insert(partners[key], place) end
  end
  local left, right = {}, {}
  keys, missing = row_keys(f, on)
  for place, key in ipairs(keys) do
    local found = not missing[place] and partners[key] or {}
    for _, partner in ipairs(found) do left[#left + 1], right[#right + 1] = place, partner end
    if #found == 0 and keep then left[#left + 1], right[#right + 1] = place, false end
  end
  return left, right
end

-- The elements at places, a missing value where there is none: integers become
-- f64, booleans strings, as in a column that is read with missing fields.
local function pick_or_missing(column, places)
  local whole = true
  for _, place in ipairs(places) do whole = whole and place end
  if whole then return group.pick(column, places) end
  local values, picked = to_list(column), {}
  local numbers = array.is(column) and column.dtype ~= "bool"
  for i, place in ipairs(places) do
    if numbers then picked[i] = place and values[place] + 0.0 or 0 / 0
    else picked[i] = place and tostring(values[place]) or "" end
  end
  return numbers and array.from(picked) or picked
end

-- -> names, columns, number of rows: the columns of f, then those of g that are
-- not in on, "NAME_right" where f has one of that name.
function group.join(f, g, on, keep)
  local left, right = pair(f, g, on, keep)
  local names, columns, is_key = {}, {}, {}
  for _, name in ipairs(on) do is_key[name] = true end
  for i, name in ipairs(f.columns) do names[i], columns[i] = name, group.pick(f.data[name], left) end
  for _, name in ipairs(g.columns) do
    if not is_key[name] then
      names[#names + 1] = f.data[name] and name .. "_right" or name
      columns[#names] = pick_or_missing(g.data[name], right)
    end
  end
  return names, columns, #left
end

return group
