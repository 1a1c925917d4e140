-- figures: what one column of one side is like.
--
--   { kind = "number", dtype = "f64", count, missing, infinite, mean, std, min, q25, median, q75, max, distinct? }
--   { kind = "date", dtype = "date", count, missing, min, median, max }                     dates as texts
--   { kind = "boolean", dtype = "bool", count, missing = 0, distinct }
--   { kind = "string", dtype = "string", count, missing, blank, distinct, once, least }
-- count: the rows with a value that counts.  Missing are NaN, "" and missing dates, as in frames; blank are strings of
-- blanks alone.  once: how many strings are in one row only; least: the rows of the rarest.  distinct of numbers: when
-- there are no more than FEW.
-- Beside them stand, for compare.lua, sorted (numbers and dates: the values that count, ascending) and counts
-- ({ [value] = rows }: strings, booleans, few numbers).

local array = require "rille.array"
local bins = require "rille.drift.bins"
local column = require "rille.frame.column"
local date = require "rille.frame.date"
local group = require "rille.host.group"

local figures = {}

figures.FEW = 10                    -- so many different numbers are categories

---@param c table
---@return "number"|"boolean"|"string"|"date"
function figures.kind(c)
  local kind = column.kind(c)
  return kind == "bool" and "boolean" or kind == "dates" and "date" or kind == "strings" and "string" or "number"
end

local function dtype(c)
  local kind = column.kind(c)
  return kind == "dates" and "date" or kind == "strings" and "string" or kind
end

-- { [value] = rows } of an ascending list with no more than FEW different values, and how many; nil with more.
local function few(sorted)
  local counts, n, at = {}, 0, 1
  while at <= #sorted do
    local v, first = sorted[at], at
    n = n + 1
    if n > figures.FEW then return nil end
    repeat at = at + 1 until sorted[at] ~= v
    counts[v] = at - first
  end
  return counts, n
end

-- The number, unless it is none: sums of numbers near 1e308 are infinite.
function figures.finite(v)
  if v and v - v == 0 then return v end
end

local function of_numbers(c, made)
  local there = c:astype "f64":present()
  made.missing = #c - #there
  if #there > 0 and there:abs():max() == math.huge then
    local all = #there
    there = there:take(there:abs():ne(math.huge))
    made.infinite = all - #there
  end
  made.count = #there
  made.sorted = there:sort():totable()
  if made.count == 0 then return made end
  local s = made.sorted
  made.mean, made.std = figures.finite(there:mean()), figures.finite(there:std())
  made.min, made.max = s[1], s[#s]
  made.q25, made.median, made.q75 = bins.quantile(s, 0.25), bins.quantile(s, 0.5), bins.quantile(s, 0.75)
  made.q05, made.q95 = bins.quantile(s, 0.05), bins.quantile(s, 0.95)
  made.counts, made.distinct = few(s)
  return made
end

local function of_dates(c, made)
  local there = c.ms:take(c:missing():eq(false))
  made.missing, made.count = #c - #there, #there
  made.sorted = there:sort():astype "f64":totable()
  if made.count == 0 then return made end
  local s = there:sort()
  local shown = date.of(s:take { 1, (#s + 1) // 2, #s }):totable()
  made.min, made.median, made.max = shown[1], shown[2], shown[3]
  return made
end

local function of_booleans(c, made)
  made.missing, made.count = 0, #c
  local yes = #c > 0 and c:sum() or 0
  made.counts, made.distinct = {}, 0
  for v, n in next, { ["true"] = yes, ["false"] = #c - yes } do
    if n > 0 then made.counts[v], made.distinct = n, made.distinct + 1 end
  end
  return made
end

local function of_strings(c, made)
  local codes, different = group.strings(c)
  local rows = #different > 0 and group.sum("count", codes, #different, codes):totable() or {}
  made.counts, made.distinct, made.once, made.missing, made.blank = {}, 0, 0, 0, 0
  for i, v in ipairs(different) do
    if v == "" then made.missing = rows[i]
    elseif not v:find "%S" then made.blank = made.blank + rows[i]
    else
      made.counts[v], made.distinct = rows[i], made.distinct + 1
      made.least = math.min(made.least or rows[i], rows[i])
      if rows[i] == 1 then made.once = made.once + 1 end
    end
  end
  made.count = #c - made.missing - made.blank
  return made
end

local OF <const> = { number = of_numbers, date = of_dates, boolean = of_booleans, string = of_strings }

-- The figures of a column; one without any value may be of any kind.
---@param c table
---@return table
function figures.of(c)
  local kind = figures.kind(c)
  local made = OF[kind](c, { kind = kind, dtype = dtype(c) })
  made.untyped = made.count == 0 and (made.infinite or 0) == 0 and kind ~= "boolean" or #c == 0
  return made
end

-- How many texts of a column are no numbers, the first such row and its text.
---@param c string[]
---@return integer n, integer? row, string? text
function figures.texts(c)
  local n, row = 0, nil
  for i, text in ipairs(c) do
    if text:find "%S" and not tonumber(text) then n, row = n + 1, row or i end
  end
  return n, row, c[row]
end

-- Is the column a list of strings?
function figures.is_strings(c) return not array.is(c) and not date.is(c) end

return figures
