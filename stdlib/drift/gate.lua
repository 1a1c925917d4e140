-- gate: what a report may say of a batch that is let through.
--
--   missing = 0.1       the share of cells without a usable value (missing, blank or infinite) may be this much greater
--                       than in the reference.  Where the reference has such cells, too, the growth has also to be
--                       more than chance; where it has none, the limit alone counts
--   types = true        no column is of another type
--   columns = true      no column of the reference is missing
--   added = false       true: nor is there another one
--   categories = true   no new categories; where the reference has some in fewer than 5 rows, not more than chance
--                       makes; "any": not one
--   drift = true        no distribution that has changed by more than chance (alpha) and by more than a little (psi)
--   alpha = 0.05        how often a batch without drift may be stopped by chance
--   psi = 0.1           a change counts from this index on, or from twice as much in the distance of KS
-- false turns missing off as it does the others.
-- A finding is { column?, kind, text } and the figures that it is made of.

local compare = require "rille.drift.compare"
local errors = require "rille.base.errors"
local origin = require "rille.host.origin"
local wording = require "rille.drift.wording"

local gate = {}

local DEFAULTS <const> = { missing = 0.1, types = true, columns = true, added = false, categories = true, drift = true,
  alpha = 0.05, psi = 0.1 }
local KNOWN <const> = {}
for name in next, DEFAULTS do KNOWN[name] = true end
local NUMBERS <const> = { missing = "a share from 0 to 1, or false", alpha = "a number above 0, at most 1",
  psi = "a number from 0" }

local Gate = { __name = "drift.Gate", __index = {} }
gate.Gate = Gate

-- ---- options ----

local function is_right(name, v)
  if NUMBERS[name] then
    if name == "missing" and v == false then return true end
    if name == "alpha" and v == 0 then return false end
    return type(v) == "number" and v >= 0 and (v <= 1 or name == "psi" and v < math.huge)
  end
  return type(v) == "boolean" or name == "categories" and v == "any"
end

local function expected(name)
  return NUMBERS[name] or name == "categories" and 'true, false or "any"' or "true or false"
end

-- The limits of a gate, with defaults for those that are not given.
---@param who string
---@param given table?
---@return table
function gate.limits(who, given)
  if given ~= nil and (type(given) ~= "table" or getmetatable(given) or origin.is_strict(given)) then
    errors.raise("%s: the options are %s, expected a table", who, errors.describe(given))
  end
  given = given or {}
  errors.check_fields(who, given, KNOWN)
  local limits = {}
  for name, default in next, DEFAULTS do
    local v = given[name]
    if v == nil then v = default end
    if not is_right(name, v) then
      errors.raise("%s: %s is %s, expected %s", who, name, errors.describe(v), expected(name))
    end
    limits[name] = v
  end
  return limits
end

---@param limits table
function gate.new(limits)
  local made = {}
  for name in next, DEFAULTS do made[name] = limits[name] end
  return setmetatable(made, Gate)
end

-- The limits of a gate as plain data.
function gate.fields(self)
  local fields = {}
  for name in next, DEFAULTS do fields[name] = rawget(self, name) end
  return fields
end

---@return boolean
function gate.is(v) return getmetatable(v) == Gate end

-- ---- findings ----

local judges = {}

function judges.type(limits, _, record)
  local change = record.type
  if not limits.types or not change then return nil end
  return { reference = change.reference, current = change.current }
end

function judges.missing(limits, report, record)
  if not limits.missing or not record.current then return nil end
  local before, now = compare.unusable(record.reference), compare.unusable(record.current)
  local shares = { reference = before / report.rows.reference, current = now / report.rows.current,
    p = record.corrected and record.corrected.missing }
  if shares.current - shares.reference <= limits.missing then return nil end
  if before > 0 and not (shares.p and shares.p < limits.alpha) then return nil end
  return shares
end

function judges.category(limits, _, record)
  local new = record.new
  if not new or not limits.categories then return nil end
  local p = record.corrected and record.corrected.new
  if limits.categories ~= "any" and new.p and not (p and p < limits.alpha) then return nil end
  return { values = new.values, distinct = new.distinct, rows = new.rows }
end

function judges.drift(limits, _, record)
  local p = record.corrected and record.corrected.drift
  if not limits.drift or not p or p >= limits.alpha then return nil end
  if record.psi < limits.psi and (record.ks or 0) < 2 * limits.psi then return nil end
  return { psi = record.psi, ks = record.ks, p = p }
end

gate.WEIGHT = { absent = 1, type = 2, missing = 3, category = 4, drift = 5, added = 6 }
local ORDER <const> = { "type", "missing", "category", "drift" }

local function without_rows(report)
  if report.rows.reference == 0 then return "the reference is empty: it has no rows" end
  if report.rows.current == 0 then return "the batch is empty: it has no rows" end
end

-- Orders findings, the worst first: what cannot be used at all, then drift by its p-value.
local function sort(list)
  local place = {}
  for i, one in ipairs(list) do place[one] = i end
  table.sort(list, function(a, b)
    local x, y = gate.WEIGHT[a.kind], gate.WEIGHT[b.kind]
    if x ~= y then return x < y end
    if a.kind == "drift" and a.p ~= b.p then return a.p < b.p end
    return place[a] < place[b]
  end)
  return list
end

-- All that the report has beyond the limits, the worst first.
---@param limits table
---@param report table
---@return table[]
function gate.findings(limits, report)
  local list = {}
  local function put(kind, name, found)
    found.kind, found.column = kind, name
    found.text = wording.finding(report, found)
    list[#list + 1] = found
  end
  local empty = without_rows(report)
  if empty then return { { kind = "empty", text = empty } } end
  for _, name in ipairs(report.order) do
    local record = report.columns[name]
    if not record.current then
      if limits.columns then put("absent", name, {}) end
    else
      for _, kind in ipairs(ORDER) do
        local found = judges[kind](limits, report, record)
        if found then put(kind, name, found) end
      end
    end
  end
  for _, name in ipairs(limits.added and report.added or {}) do put("added", name, {}) end
  return sort(list)
end

-- ---- methods ----

local function checked(self, name, report, ...)
  errors.check_self(self, Gate, name, ...)
  if not require("rille.drift.report").is(report) then
    errors.raise("%s: expected a report of drift.compare, found %s", name, errors.describe(report))
  end
  return gate.findings(gate.limits("drift.gate", gate.fields(self)), report)
end

-- Is the batch let through?  Else the findings, too.
---@param report table
---@return boolean passed, table[]? findings
function Gate.__index:check(report, ...)
  local findings = checked(self, "check", report, ...)
  if #findings == 0 then return true end
  return false, findings
end

-- Raises where the batch is not let through: the columns and their figures.
---@param report table
function Gate.__index:stop(report, ...)
  local findings = checked(self, "stop", report, ...)
  if #findings > 0 then errors.raise("%s", wording.stopped(findings)) end
end

function Gate.__tostring(self)
  local names, parts = {}, {}
  for name in next, DEFAULTS do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do parts[i] = name .. " = " .. errors.describe(self[name]) end
  return "drift.gate { " .. table.concat(parts, ", ") .. " }"
end

function Gate.__eq(a, b) return gate.is(a) and gate.is(b) and tostring(a) == tostring(b) end

function Gate.__newindex(_, key)
  errors.check_fields("drift.gate", { [key] = true }, KNOWN)
end

errors.strict(Gate, "missing types columns added categories drift alpha psi")
errors.refuse(Gate, "__call", "__concat")

return gate
