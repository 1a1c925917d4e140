-- rille.drift: have the data changed since the model was trained?
--
--   local report = drift.compare(reference, current)         frames, matrices or vectors
--   print(report)    report:html()    report:json()    report.columns.age.psi
--   local gate = drift.gate { missing = 0.1 }
--   gate:stop(report)                                        an error that names columns and figures
--
-- The files: figures.lua describes a column, compare.lua two of them, with distance.lua, bins.lua and
-- probability.lua; gate.lua has the limits; report.lua is the value, which table_text.lua and page.lua show.

local array = require "rille.array"
local compare = require "rille.drift.compare"
local errors = require "rille.base.errors"
local frame = require "rille.frame"
local gate = require "rille.drift.gate"
local libm = require "rille.host.libm"
local observe = require "rille.host.observe"
local origin = require "rille.host.origin"
local report = require "rille.drift.report"
local suggest = require "rille.base.suggest"

local drift = { Report = report.Report, Gate = gate.Gate }

local OPTIONS <const> = { columns = true, ignore = true, bins = true, max_categories = true, gate = true }
local WHO <const> = "drift.compare"

-- The data as a frame; the columns of a matrix are x1, x2, ...
local function to_frame(what, v)
  if frame.is(v) then return v, "a frame" end
  if not array.is(v) or v.ndim > 2 then
    errors.raise("%s: %s is %s, expected a frame, a matrix or a vector", WHO, what, errors.describe(v))
  end
  if v.ndim == 1 then v = v:reshape { #v, 1 } end
  local names, made = {}, {}
  for j = 1, v.shape[2] do names[j], made[j] = "x" .. j, v:column(j) end
  return frame.assemble(names, made, #v), "an array"
end

-- A set of names of columns; they are in the reference or, of those to ignore, in the current rows.
local function name_set(what, list, f, other)
  if list == nil then return nil end
  if type(list) == "string" then list = { list } end
  if type(list) ~= "table" or getmetatable(list) then
    errors.raise("%s: %s is %s, expected a list of names", WHO, what, errors.describe(list))
  end
  local set = {}
  for _, name in ipairs(list) do
    if type(name) ~= "string" then
      errors.raise("%s: %s has %s, expected names of columns", WHO, what, errors.describe(name))
    end
    if not f.data[name] and not (other and other.data[name]) then
      errors.raise('%s: %s: there is no column "%s"%s', WHO, what, name, suggest.hint(name, f.columns, true))
    end
    set[name] = true
  end
  return set
end

local function count(name, v, low, high, default)
  if v == nil then return default end
  local n = type(v) == "number" and math.tointeger(v)
  if n and n >= low and n <= high then return n end
  errors.raise("%s: %s is %s, expected an integer from %d to %d", WHO, name, errors.describe(v), low, high)
end

local function read_options(options)
  if options ~= nil and (type(options) ~= "table" or getmetatable(options) or origin.is_strict(options)) then
    errors.raise("%s: the options are %s, expected a table", WHO, errors.describe(options))
  end
  options = options or {}
  errors.check_fields(WHO, options, OPTIONS)
  if options.gate ~= nil and not gate.is(options.gate) then
    errors.raise("%s: gate is %s, expected what drift.gate gives", WHO, errors.describe(options.gate))
  end
  return options, { bins = count("bins", options.bins, 2, 100, 10),
    max_categories = count("max_categories", options.max_categories, 1, 100000, 1000) }
end

-- Compares current rows with those of the reference.
---@param reference table frame, matrix or vector
---@param current table
---@param options? table columns, ignore, bins = 10, max_categories = 1000, gate by whose limits it is shown
---@return drift.Report
function drift.compare(reference, current, options, ...)
  errors.no_more(WHO, ...)
  errors.no_colon(reference)
  local settings, kind, other
  options, settings = read_options(options)
  reference, kind = to_frame("reference", reference)
  current, other = to_frame("current", current)
  if kind ~= other then errors.raise("%s: reference is %s and current is %s", WHO, kind, other) end
  local only = name_set("columns", options.columns, reference)
  local ignored = name_set("ignore", options.ignore, reference, current) or {}
  local function counts(name) return not ignored[name] and (not only or only[name]) end
  local names, added = {}, {}
  for _, name in ipairs(reference.columns) do if counts(name) then names[#names + 1] = name end end
  for _, name in ipairs(current.columns) do
    if counts(name) and not reference.data[name] then added[#added + 1] = name end
  end
  -- p-values take exponentials and logarithms
  if observe.running() then observe.fact("value", "libm", libm.name()) end
  local made = compare.frames(reference, current, names, added, settings)
  made.limits = gate.limits("drift.gate", options.gate and gate.fields(options.gate))
  return report.new(made)
end

-- What a batch may be like; gate.lua has the options.
---@param options? table
---@return drift.Gate
function drift.gate(options, ...)
  errors.no_more("drift.gate", ...)
  errors.no_colon(options)
  return gate.new(gate.limits("drift.gate", options))
end

-- The report of report:json(); raises for other or damaged texts.
---@param text string
---@return drift.Report
function drift.load(text, ...)
  errors.no_more("drift.load", ...)
  errors.no_colon(text)
  return report.load(text)
end

return origin.strict(drift)
