-- compare: a reference and the current rows, column by column.
--
-- What it makes is data, { rows = { reference, current }, order = names, columns = { [name] = record },
-- absent = names, added = names, settings = { bins, max_categories } }.  The record of a column (absent ones have one
-- with the reference alone) is
--     kind         "number", "category", "text" (strings that are no categories: too many, or mostly different),
--                  "boolean" or "date"
--     reference, current     figures.lua
--     type         { reference, current, wrong?, row?, text? } when the kind has changed
--     psi, psi_p, chi_square, chi_square_p, dof, jensen_shannon, bins      numbers, booleans, categories
--     ks, ks_p, ks_exact, wasserstein, wasserstein_std                      numbers
--     new          { values, distinct, rows, p? } categories that the reference does not have; p where it
--                  has rare ones
--     missing_p    how likely so many missing cells are, when the reference has some, too
--     p            how likely the distributions are without drift: twice the smaller p-value of KS and chi-square for
--                  numbers, chi-square for categories
--     corrected    { drift?, new?, missing? } those p-values, corrected for all of the report (Holm)
--     judged       false where the distribution is not judged, and why: note
--     drawing      what bins.lua draws

local bins = require "rille.drift.bins"
local distance = require "rille.drift.distance"
local figures = require "rille.drift.figures"
local probability = require "rille.drift.probability"

local compare = {}

compare.LEAST_ROWS = 30             -- of each side, to judge a distribution
local SHOWN_NEW <const> = 20
local SETTLED <const> = 5           -- with fewer rows of a category there may be others that were not seen

local function unusable(f) return f.missing + (f.blank or 0) + (f.infinite or 0) end
compare.unusable = unusable

-- ---- categories ----

-- { { label, reference, current } }, the most frequent of the reference first.
local function category_list(r, c)
  local list, seen = {}, {}
  for _, side in ipairs { r, c } do
    for v in next, side do
      if not seen[v] then
        seen[v] = true
        list[#list + 1] = { value = v, label = type(v) == "number" and string.format("%.14g", v) or v,
          reference = r[v] or 0, current = c[v] or 0 }
      end
    end
  end
  table.sort(list, function(a, b)
    if a.reference ~= b.reference then return a.reference > b.reference end
    if a.current ~= b.current then return a.current > b.current end
    return a.value < b.value
  end)
  return list
end

-- How likely so many new categories are, and one of them in so many rows, where the reference has rare ones: then
-- others as rare are to be expected.  As many as are in one row only are taken to be as rare as those not seen yet.
local function new_p(once, distinct, most, n, m)
  local several = probability.binomial(distinct, distinct + once + 1, m / (n + m))
  local frequent = (once + 1) * probability.overlap(most, m, n + m, most)
  return math.min(1.0, 2 * math.min(several, frequent))
end

-- Categories that the reference does not have.
local function add_new(record, list)
  local new, r, most = { values = {}, distinct = 0, rows = 0 }, record.reference, 0
  for _, one in ipairs(list) do
    if one.reference == 0 then
      new.distinct, new.rows, most = new.distinct + 1, new.rows + one.current, math.max(most, one.current)
      if new.distinct <= SHOWN_NEW then new.values[new.distinct] = one.label end
    end
  end
  if new.distinct == 0 then return end
  if r.least < SETTLED then new.p = new_p(r.once, new.distinct, most, r.count, record.current.count) end
  record.new = new
end

local function is_text(f, most) return f.distinct > most or f.once * 2 > f.count end

-- ---- distributions ----

local function add_counts(record, made)
  local r, c = made.reference, made.current
  record.bins = made
  record.psi, record.jensen_shannon = distance.psi(r, c), distance.jensen_shannon(r, c)
  record.psi_p = distance.psi_p(record.psi, r, c)
  record.chi_square, record.dof, record.chi_square_p = distance.chi_square(r, c)
end

local function add_numbers(record, settings)
  local r, c = record.reference, record.current
  local list = r.counts and category_list(r.counts, c.counts or {})
  if list and c.counts then
    local ascending = table.move(list, 1, #list, 1, {})
    table.sort(ascending, function(a, b) return a.value < b.value end)
    record.drawing = bins.drawn_categories(ascending)
    add_counts(record, bins.of_categories(list))
  else
    record.drawing = bins.drawn_numbers(r.sorted, c.sorted)
    if not record.judged then return end
    add_counts(record, bins.of_numbers(r.sorted, c.sorted, settings.bins))
  end
  if not record.judged then return end
  record.ks, record.ks_p, record.ks_exact, record.wasserstein = distance.sorted(r.sorted, c.sorted)
  record.wasserstein = figures.finite(record.wasserstein)
  if record.wasserstein and r.std and r.std > 0 then record.wasserstein_std = record.wasserstein / r.std end
  record.p = math.min(1.0, 2 * math.min(record.ks_p, record.chi_square_p or 1.0))
end

local function add_categories(record)
  local list = category_list(record.reference.counts, record.current.counts)
  record.drawing = bins.drawn_categories(list)
  if record.kind == "category" then add_new(record, list) end
  add_counts(record, bins.of_categories(list))
  record.p = record.chi_square_p
end

-- Why the distribution of the column is not judged, or nil.
local function why_not(record)
  local r, c = record.reference, record.current
  if record.type then return "the type has changed" end
  if record.kind == "date" then return "dates move on" end
  if record.kind == "text" then return "strings that are not categories" end
  if r.count < compare.LEAST_ROWS or c.count < compare.LEAST_ROWS then
    local n, side = r.count, "the reference"
    if c.count < r.count then n, side = c.count, "the current rows" end
    return string.format("%d value%s in %s; %d are needed", n, n == 1 and "" or "s", side, compare.LEAST_ROWS)
  end
end

local function add_distribution(record, settings)
  local r, c = record.reference, record.current
  record.note = why_not(record)
  record.judged = record.note == nil
  if r.count == 0 or c.count == 0 or record.type then return end
  if record.kind == "date" then record.drawing = bins.drawn_numbers(r.sorted, c.sorted)
  elseif record.kind == "number" then add_numbers(record, settings)
  elseif record.kind ~= "text" then add_categories(record) end
  if not record.judged then
    for _, field in ipairs { "psi", "psi_p", "chi_square", "chi_square_p", "dof", "jensen_shannon", "bins", "p" } do
      record[field] = nil
    end
  end
end

-- ---- columns ----

local function add_type(record, column)
  local r, c = record.reference, record.current
  if r.kind == c.kind or r.untyped or c.untyped then return end
  record.type = { reference = r.kind, current = c.kind }
  if c.kind == "string" and r.kind == "number" then
    local change = record.type
    change.wrong, change.row, change.text = figures.texts(column)
  end
end

local function add_missing_p(record)
  local before, now = unusable(record.reference), unusable(record.current)
  local n, m = before + record.reference.count, now + record.current.count
  if before > 0 and now > 0 then record.missing_p = probability.overlap(now, m, n + m, before + now) end
end

local function public_kind(f, most)
  if f.kind == "string" then return is_text(f, most) and "text" or "category" end
  return f.kind
end

local function clean(f) f.sorted, f.counts, f.untyped = nil, nil, nil end

local function of_column(reference, current, settings)
  local record = { reference = figures.of(reference), current = figures.of(current) }
  local r, c = record.reference, record.current
  if c.untyped and not r.untyped then c.kind = r.kind elseif r.untyped then r.kind = c.kind end
  record.kind = public_kind(r.untyped and c or r, settings.max_categories)
  add_type(record, current)
  add_missing_p(record)
  add_distribution(record, settings)
  clean(r)
  clean(c)
  return record
end

-- All p-values of the report are one family.
local function correct(report)
  local list, places = {}, {}
  local function put(record, what, p)
    if p then list[#list + 1], places[#places + 1] = p, { record, what } end
  end
  for _, name in ipairs(report.order) do
    local record = report.columns[name]
    put(record, "drift", record.p)
    put(record, "new", record.new and record.new.p)
    put(record, "missing", record.missing_p)
  end
  for i, p in ipairs(probability.holm(list)) do
    local record, what = places[i][1], places[i][2]
    record.corrected = record.corrected or {}
    record.corrected[what] = p
  end
end

-- The columns of both in the order of the reference.
---@param reference frame
---@param current frame
---@param names string[] columns of the reference that count
---@param added string[]
---@param settings { bins: integer, max_categories: integer }
---@return table
function compare.frames(reference, current, names, added, settings)
  local report = { rows = { reference = reference.n_rows, current = current.n_rows }, order = {}, columns = {},
    absent = {}, added = added, settings = settings }
  for i, name in ipairs(names) do
    report.order[i] = name
    local r, c = reference.data[name], current.data[name]
    if c then report.columns[name] = of_column(r, c, settings)
    else
      local found = figures.of(r)
      report.columns[name] = { kind = public_kind(found, settings.max_categories), reference = found, judged = false,
        note = "the column is missing" }
      clean(found)
      report.absent[#report.absent + 1] = name
    end
  end
  correct(report)
  return report
end

return compare
