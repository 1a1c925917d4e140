-- bins: rows counted in intervals and by category, for the figures and for the drawings.
--
-- Bins are { reference = counts, current = counts, labels = texts } or, of numbers, with edges = the inner ones: a bin
-- has the values from its edge to below the next one, and the outer bins are open.  Where a p-value is made of them,
-- each is to expect about 10 rows of the smaller side: so there are fewer bins for few rows, and one that expects less
-- than 5 is joined with a neighbour.  A bin that the reference has no rows of stays when 10 current rows are in it.

local bins = {}

local EXPECTED <const>, LEAST <const> = 10, 5
local DRAWN <const> = 24            -- bars of a drawing
local NOISE <const> = 1e-11          -- of the size of a number
local SHOWN_CATEGORIES <const> = 12
bins.OTHER = "(other)"

-- The place of the first value >= v in an ascending list, #list + 1 when there is none.
local function first_at_least(list, v)
  local low, high = 1, #list + 1
  while low < high do
    local middle = (low + high) // 2
    if list[middle] < v then low = middle + 1 else high = middle end
  end
  return low
end

-- The quantile of an ascending list, linear between two values.
---@param list number[]
---@param q number 0 to 1
---@return number
function bins.quantile(list, q)
  local at = q * (#list - 1)
  local k = math.floor(at)
  local a, b = list[k + 1], list[math.min(k + 2, #list)]
  if a == b or at == k then return a end
  if b - a == math.huge then return a * (1 - (at - k)) + b * (at - k) end
  return a + (b - a) * (at - k)
end

-- The counts between edges.
local function counted(list, edges)
  local counts, before = {}, 1
  for i, edge in ipairs(edges) do
    local at = first_at_least(list, edge)
    counts[i], before = at - before, at
  end
  counts[#edges + 1] = #list + 1 - before
  return counts
end

-- The edges without those that make bins of too few expected rows; smaller: the rows of the smaller side.
local function joined(edges, r, c, n, smaller)
  local kept, rows, now = {}, 0, 0
  for i = 1, #r do
    rows, now = rows + r[i], now + c[i]
    local enough = rows == 0 and now >= EXPECTED or rows * smaller >= LEAST * n
    if i < #r and enough then
      kept[#kept + 1], rows, now = edges[i], 0, 0
    elseif i == #r and not enough then
      kept[#kept] = nil
    end
  end
  return kept
end

-- The edges, below by so little that what differs from one by rounding alone is not below it.
local function lowered(edges)
  local made = {}
  for i, edge in ipairs(edges) do made[i] = edge - math.abs(edge) * NOISE end
  return made
end

-- By quantiles of the reference.
---@param x number[] the reference, ascending
---@param y number[] the current values, ascending
---@param most integer bins
function bins.of_numbers(x, y, most)
  local smaller, edges = math.min(#x, #y), {}
  local n = math.max(1, math.min(most, smaller // EXPECTED))
  for i = 1, n - 1 do
    local edge = bins.quantile(x, i / n)
    if edge ~= edges[#edges] then edges[#edges + 1] = edge end
  end
  local limits = lowered(edges)
  edges = joined(edges, counted(x, limits), counted(y, limits), #x, smaller)
  limits = lowered(edges)
  return { edges = edges, reference = counted(x, limits), current = counted(y, limits) }
end

local function sum_of(list, field)
  local n = 0
  for _, one in ipairs(list) do n = n + one[field] end
  return n
end

-- Does the smaller side expect enough rows of so many?  By the share of both sides together: chosen by the counts of
-- one, categories would have fewer rows in the other by that choice alone.
local function expects(r, c, rows)
  if r == 0 then return c >= EXPECTED end
  return (r + c) * rows.smaller >= LEAST * rows.all
end

-- Adds the rest to the list, as a bin of its own where that expects enough rows.
local function pool(list, rest, rows)
  if #rest == 0 then return end
  local r, c = sum_of(rest, "reference"), sum_of(rest, "current")
  if expects(r, c, rows) or #list == 0 then
    list[#list + 1] = { label = #rest == 1 and rest[1].label or bins.OTHER, reference = r, current = c }
  else
    local last = list[#list]
    list[#list] = { label = bins.OTHER, reference = last.reference + r, current = last.current + c }
  end
end

local function lists_of(list)
  local made = { labels = {}, reference = {}, current = {} }
  for i, one in ipairs(list) do
    made.labels[i], made.reference[i], made.current[i] = one.label, one.reference, one.current
  end
  return made
end

-- By category: { { label =, reference = count, current = count }, ... }, the most frequent first.  Those that expect
-- too few rows are counted together.
---@param list table[]
function bins.of_categories(list)
  local n, m, kept, rest = sum_of(list, "reference"), sum_of(list, "current"), {}, {}
  local rows = { smaller = math.min(n, m), all = n + m }
  for _, one in ipairs(list) do
    local into = one.reference > 0 and expects(one.reference, one.current, rows) and kept or rest
    into[#into + 1] = one
  end
  pool(kept, rest, rows)
  return lists_of(kept)
end

-- The categories for a drawing: the most frequent, and the others together.
---@param list table[]
function bins.drawn_categories(list)
  local kept, rest = {}, {}
  for i, one in ipairs(list) do
    if i <= SHOWN_CATEGORIES or #list == SHOWN_CATEGORIES + 1 then kept[#kept + 1] = one
    else rest[#rest + 1] = one end
  end
  if #rest > 0 then
    kept[#kept + 1] = { label = bins.OTHER, reference = sum_of(rest, "reference"), current = sum_of(rest, "current") }
  end
  return lists_of(kept)
end

-- Bars of one width from low to high; when few values are far out, the outer bars have all that is beyond them.
---@param x number[] ascending
---@param y number[] ascending
---@return table? { low, high, reference, current, below?, above? }; nil where the width is infinite
function bins.drawn_numbers(x, y)
  local low, high = math.min(x[1], y[1]), math.max(x[#x], y[#y])
  if high - low == math.huge then return nil end
  local inner_low = math.min(bins.quantile(x, 0.01), bins.quantile(y, 0.01))
  local inner_high = math.max(bins.quantile(x, 0.99), bins.quantile(y, 0.99))
  local room = (inner_high - inner_low) / 4
  local below, above = low < inner_low - 4 * room, high > inner_high + 4 * room
  if room > 0 then
    low, high = below and inner_low - room or low, above and inner_high + room or high
  else
    below, above = false, false
  end
  local edges = {}
  if high > low then
    for i = 1, DRAWN - 1 do edges[i] = low + (high - low) * i / DRAWN end
  end
  return { low = low, high = high, reference = counted(x, edges), current = counted(y, edges),
    below = below or nil, above = above or nil }
end

return bins
