-- categories: one_hot and ordinal.  What is learned of a column is { categories = { value, ... } }, ascending or
-- as the script lists them.
--
-- A value that is no category, a missing one too, is by the option `unknown`
--     "error"    a mistake that names column, value and row
--     "ignore"   0 in all columns of one_hot; missing in ordinal
--     "other"    1 in a column NAME_other; the number after the last category

local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local values = require "rille.preprocess.values"

local UNKNOWN <const> = { "error", "ignore", "other" }
local USUAL <const> = { string = true }
local KINDS <const> = { string = true, number = true, boolean = true }
local MOST <const> = 1000

local OPTIONS <const> = {
  unknown = { kind = "choice", values = UNKNOWN, what = "a way with values that were not seen", default = "error" },
  categories = { kind = "categories" },
  max_categories = { kind = "count", from = 1, max = 1000000, default = MOST },
}

-- The categories that the script lists for the column, of its kind.
local function given(who, name, kind, list)
  local made = {}
  for i, v in ipairs(list) do
    if type(v) ~= kind then
      errors.raise('%s: categories of "%s": element %d is %s, expected a %s as in the column', who, name, i,
        errors.describe(v), kind)
    end
    made[i] = kind == "number" and v + 0.0 or v
  end
  return made
end

local function learn(who, name, c, o)
  local kind = columns.kind(c)
  if kind == "number" then c = columns.floats(who, name, c) end
  local own = o.categories and o.categories[name]
  if own then return { categories = given(who, name, kind, own) } end
  local list, n = values.different(c, o.max_categories)
  if n == 0 then errors.raise('%s: column "%s" has no values; drop it', who, name) end
  if not list then
    errors.raise('%s: column "%s" has %d categories, at most %d are allowed; drop it, or raise max_categories', who,
      name, n, o.max_categories)
  end
  return { categories = list }
end

-- Raises for categories that are listed for a column which the transformer is not for.
local function check_listed(who, f, chosen, o)
  local is = {}
  for _, name in ipairs(chosen) do is[name] = true end
  for name in next, o.categories or {} do
    columns.get(who, f, name)
    if not is[name] then errors.raise('%s: categories of "%s", which is not among the columns', who, name) end
  end
end

local function unseen(who, name, v, row, learned)
  local what = values.is_missing(v) and "the value is missing"
    or string.format("%s is not among the categories (%s)", values.quoted(v), values.list(learned.categories))
  errors.raise('%s: column "%s", row %d: %s; unknown = "ignore" or "other" allows it', who, name, row, what)
end

-- For each row the number of its category from 1; without one what `else_number` is.
local function numbers(who, name, c, learned, o, else_number)
  local place = {}
  for i, v in ipairs(learned.categories) do place[v] = i end
  if columns.kind(c) == "number" then c = columns.floats(who, name, c) end
  return values.map(c, function(v, row)
    if not values.is_missing(v) and place[v] then return place[v] end
    if o.unknown == "error" then unseen(who, name, v, row(), learned) end
    return else_number
  end)
end

-- The values of these numbers, a vector of f64, as a column: missing where the number is none of a category.
-- Booleans cannot be missing: with such rows they are strings, as csv reads them.
local function back(at, list)
  local kind, made, gap = type(list[1]), {}, false
  for i, k in ipairs(at:totable()) do
    local v = list[math.tointeger(k)]
    gap = gap or v == nil
    if v == nil then v = kind == "number" and 0 / 0 or "" end
    made[i] = v
  end
  if kind == "boolean" and gap then for i, v in ipairs(made) do made[i] = tostring(v) end end
  return values.column(kind, made)
end

-- ---- one_hot ----

local one_hot = { name = "one_hot", options = OPTIONS, learn = learn, check_columns = check_listed }

function one_hot.missing(o) return o.unknown == "error" and "refused" or "filled" end
function one_hot.usual() return USUAL end
function one_hot.kinds() return KINDS end

function one_hot.names(name, learned, o)
  local names = {}
  for i, v in ipairs(learned.categories) do names[i] = name .. "_" .. values.text(v) end
  if o.unknown == "other" then names[#names + 1] = name .. "_other" end
  return names
end

function one_hot.apply(who, name, c, learned, o)
  local n = #learned.categories
  local at, made = numbers(who, name, c, learned, o, o.unknown == "other" and n + 1 or 0), {}
  for i = 1, o.unknown == "other" and n + 1 or n do made[i] = at:eq(i):astype "f64" end
  return made
end

-- The value of the column that is 1 (the greatest); missing where none is more than 0, or it is NAME_other.
function one_hot.invert(who, name, list, learned)
  local best, at
  for i, c in ipairs(list) do
    c = columns.floats(who, name, c)
    if not best then best, at = c, c:gt(0):astype "f64"
    else
      local more = c:gt(best)
      at, best = (more & c:gt(0)):where(i, at), more:where(c, best)
    end
  end
  return back(at, learned.categories)
end

-- ---- ordinal ----

local ordinal = { name = "ordinal", options = OPTIONS, learn = learn, check_columns = check_listed }

local MISSING <const> = { error = "refused", ignore = "kept", other = "filled" }

function ordinal.missing(o) return MISSING[o.unknown] end
function ordinal.usual() return USUAL end
function ordinal.kinds() return KINDS end

function ordinal.apply(who, name, c, learned, o)
  return { numbers(who, name, c, learned, o, o.unknown == "other" and #learned.categories + 1 or 0 / 0) }
end

function ordinal.invert(who, name, list, learned)
  return back(columns.floats(who, name, list[1]), learned.categories)
end

return { one_hot = one_hot, ordinal = ordinal }
