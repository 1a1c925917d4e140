-- transformer: one way to change columns, before and after it has seen data.
--
-- A Transformer is { kind =, which = { columns =, type = }, options =, fitted = }.  It is a value: fit gives another
-- one, whose `fitted` is
--     { input = "frame"|"matrix", width = columns of the matrix, notes = { text, ... },
--       plan = { { name =, kind = of the column, learned = data or nil, names = { of what it becomes } }, ... } }
-- in the order of the columns that it gives.  All of that is data.
--
-- A kind of transformer is a record:
--     name, options      the options as options.lua has them; check(who, options)
--     kinds(options)     the kinds of columns that it takes; usual(options): those it takes when none are named;
--     hint               what to do with a column of another kind
--     wants_columns      columns have to be named
--     keeps              "chosen" or "others": the columns that are left; nothing is learned
--     learn(who, name, column, options) -> learned, note
--     apply(who, name, column, learned, options) -> columns
--     names(name, learned, options)      what the columns are named; without it the one has its old name
--     invert(who, name, columns, learned, options) -> column
-- and one whose columns change together, instead of learn, apply and invert:
--     learn_together(who, names, columns, options) -> { learned of each, ... }
--     apply_together(who, names, columns, learned) -> columns
--     invert_together(who, names, columns, learned) -> columns
-- of whose columns the first has the names of all that they become, and the others none.
--     missing(options) -> "filled", "refused" or "kept": what becomes of a missing value; kept when absent

local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local frame = require "rille.frame"
local model_helpers = require "rille.learn.model_helpers"
local seen_at_fit = require "rille.preprocess.seen_at_fit"
local read_options = require("rille.preprocess.options").read
local suggest = require "rille.base.suggest"

---@class preprocess.Transformer
---@field kind string
---@field columns_in string[]? the columns that transform wants
---@field columns_out string[]? the columns that it gives
---@field learned table<string, table>? what was learned of a column, by its name: { center =, scale = } and so on
---@field notes string[]? what was noticed at fit
---@field signature Signature? of the data that it was fitted on
local Transformer = { __name = "preprocess.Transformer" }
local methods = {}
Transformer.__index = methods

local transformer = { Transformer = Transformer, records = {} }

local function add(record) transformer.records[record.name] = record end

add(require "rille.preprocess.impute")
add(require "rille.preprocess.scale")
add(require "rille.preprocess.bins")
add(require "rille.preprocess.components")
for _, record in next, require "rille.preprocess.categories" do add(record) end
for _, record in next, require "rille.preprocess.reshape" do add(record) end

-- A transformer of the kind, of what a script says.
---@param kind string
---@param given table?
---@return preprocess.Transformer
function transformer.new(kind, given)
  local which, options = read_options("preprocess." .. kind, given, transformer.records[kind])
  return setmetatable({ kind = kind, which = which, options = options }, Transformer)
end

-- The same without what it learned.
---@return preprocess.Transformer
function transformer.unfitted(self)
  return setmetatable({ kind = self.kind, which = self.which, options = self.options }, Transformer)
end

---@return boolean
function transformer.is(v) return getmetatable(v) == Transformer end

-- ---- fit ----

-- One column, as the plan has it.
local function planned(who, record, self, name, c)
  local kind = columns.kind(c)
  local entry = { name = name, kind = kind, names = { name } }
  if not record.learn then return entry end
  columns.check_kind(who, name, kind, record.kinds(self.options), record.hint)
  local note
  entry.learned, note = record.learn(who, name, c, self.options)
  if record.names then entry.names = record.names(name, entry.learned, self.options) end
  return entry, note
end

-- The chosen columns that change together, by name.
local function planned_together(who, record, self, f, chosen)
  local list, entries = {}, {}
  for j, name in ipairs(chosen) do
    list[j] = f.data[name]
    columns.check_kind(who, name, columns.kind(list[j]), record.kinds(self.options), record.hint)
  end
  for j, learned in ipairs(record.learn_together(who, chosen, list, self.options)) do
    entries[chosen[j]] = { name = chosen[j], kind = columns.kind(list[j]), learned = learned,
      names = record.names(chosen[j], learned, self.options) }
  end
  return entries
end

-- The columns that are in the plan, in its order, and the set of those that are changed.
local function order(record, f, chosen)
  local is = {}
  for _, name in ipairs(chosen) do is[name] = true end
  if record.keeps == "chosen" then return chosen, is end
  local names = {}
  for _, name in ipairs(f.columns) do
    if not (record.keeps == "others" and is[name]) then names[#names + 1] = name end
  end
  return names, is
end

local function check_names(who, plan)
  local seen = {}
  for _, entry in ipairs(plan) do
    for _, name in ipairs(entry.names) do
      if seen[name] then errors.raise('%s: two columns would be named "%s"; rename one before', who, name) end
      seen[name] = true
    end
  end
end

-- What a frame teaches.
---@param f frame
---@return table fitted
function transformer.learn(who, self, f, input)
  local record = transformer.records[self.kind]
  local chosen = columns.choose(who, f, self.which, (record.usual or record.kinds)(self.options))
  if record.check_columns then record.check_columns(who, f, chosen, self.options) end
  local names, is = order(record, f, chosen)
  local plan, notes = {}, {}
  local together = record.learn_together and planned_together(who, record, self, f, chosen)
  for i, name in ipairs(names) do
    if together and is[name] then
      plan[i] = together[name]
    elseif is[name] then
      plan[i], notes[#notes + 1] = planned(who, record, self, name, f.data[name])
    else
      plan[i] = { name = name, kind = columns.kind(f.data[name]), names = { name } }
    end
  end
  check_names(who, plan)
  if #chosen == 0 then notes[1] = self.kind .. " found no column that it is for" end
  return { input = input, width = input == "matrix" and #f.columns or nil, notes = notes, plan = plan }
end

-- Those of the plan that change together, the first one first: learned of each, and their names.
local function joined(plan)
  local learned, names, outputs = {}, {}, nil
  for _, entry in ipairs(plan) do
    if entry.learned then
      local place = #entry.names > 0 and 1 or #learned + 1
      table.insert(learned, place, entry.learned)
      table.insert(names, place, entry.name)
      outputs = #entry.names > 0 and entry.names or outputs
    end
  end
  return learned, names, outputs
end

local function flat(plan)
  local list = {}
  for _, entry in ipairs(plan) do table.move(entry.names, 1, #entry.names, #list + 1, list) end
  return list
end

-- The transformer with what it learned.
function transformer.fitted(self, fitted)
  local made = setmetatable({ kind = self.kind, which = self.which, options = self.options, fitted = fitted,
    notes = fitted.notes, signature = fitted.signature, columns_in = {}, columns_out = flat(fitted.plan),
    learned = {} }, Transformer)
  for i, entry in ipairs(fitted.plan) do
    made.columns_in[i] = entry.name
    made.learned[entry.name] = entry.learned
  end
  return made
end

-- The fitted transformer without what it makes for nobody: of its columns those in the set are wanted.
---@param wanted table<string, true>
function transformer.pruned(self, wanted)
  local fitted, plan = {}, {}
  for name, v in next, self.fitted do fitted[name] = v end
  local together = false
  for _, entry in ipairs(self.fitted.plan) do
    local joins = entry.learned and transformer.records[self.kind].apply_together
    for _, name in ipairs(joins and entry.names or {}) do together = together or wanted[name] end
  end
  for _, entry in ipairs(self.fitted.plan) do
    if #entry.names == 0 and together then plan[#plan + 1] = entry end
    for _, name in ipairs(entry.names) do
      if wanted[name] then
        plan[#plan + 1] = entry
        break
      end
    end
  end
  fitted.plan = plan
  return transformer.fitted(self, fitted)
end

-- ---- transform ----

-- Raises where the data is not of the form that was seen at fit.
local function check_form(who, fitted, f, input)
  if input ~= fitted.input then
    errors.raise("%s: X is a %s; at fit it was a %s", who, input, fitted.input)
  elseif fitted.width and #f.columns ~= fitted.width then
    errors.raise("%s: X has %d columns; at fit it had %d", who, #f.columns, fitted.width)
  end
end

local function aligned(who, entry, f)
  local c = f.data[entry.name]
  if not c then
    errors.raise('%s: X has no column "%s"%s', who, entry.name, suggest.hint(entry.name, f.columns, true))
  end
  return columns.align(who, entry.name, c, entry.kind, f.n_rows)
end

-- What becomes of the columns that change together.
local function applied_together(who, self, record, f)
  local learned, names = joined(self.fitted.plan)
  local of, list = {}, {}
  for _, entry in ipairs(self.fitted.plan) do of[entry.name] = entry end
  for j, name in ipairs(names) do list[j] = aligned(who, of[name], f) end
  return #names > 0 and record.apply_together(who, names, list, learned)
end

local function changed(who, self, record, entry, f)
  local c = aligned(who, entry, f)
  return entry.learned and record.apply(who, entry.name, c, entry.learned, self.options) or { c }
end

-- The frame with the columns changed.
---@param f frame
---@return frame
function transformer.apply(who, self, f)
  local record, names, made = transformer.records[self.kind], {}, {}
  local join = record.apply_together and applied_together(who, self, record, f)
  for _, entry in ipairs(self.fitted.plan) do
    local list = join and entry.learned and join or changed(who, self, record, entry, f)
    for i, name in ipairs(entry.names) do names[#names + 1], made[#made + 1] = name, list[i] end
  end
  return frame.assemble(names, made, f.n_rows)
end

-- The columns that changed together, by name, as they were.
local function undone_together(who, self, record, f)
  local learned, names, outputs = joined(self.fitted.plan)
  local list, of = {}, {}
  for k, name in ipairs(outputs or {}) do list[k] = columns.get(who, f, name) end
  for j, c in ipairs(#names > 0 and record.invert_together(who, outputs, list, learned) or {}) do of[names[j]] = c end
  return of
end

-- The frame as it was before.
---@param f frame
---@return frame
function transformer.undo(who, self, f)
  local record, names, made = transformer.records[self.kind], {}, {}
  local back = record.invert_together and undone_together(who, self, record, f)
  for i, entry in ipairs(self.fitted.plan) do
    local list = {}
    for k, name in ipairs(entry.names) do list[k] = columns.get(who, f, name) end
    names[i] = entry.name
    made[i] = back and back[entry.name]
      or entry.learned and record.invert(who, entry.name, list, entry.learned, self.options) or list[1]
  end
  return frame.assemble(names, made, f.n_rows)
end

-- Why there is no inverse, or nil.
---@return string?
function transformer.no_inverse(self)
  local record = transformer.records[self.kind]
  if record.invert or record.invert_together then return nil end
  return self.kind .. " has no inverse"
end

function transformer.check_fitted(who, self)
  if not self.columns_out then
    errors.raise("%s: it is not fitted; fit gives one that is: local fitted = %s:fit(X)", who, self.kind)
  end
end

-- ---- methods ----

-- The transformer with what it learned of X; the one it is called on does not change.
---@param X frame|table
---@return preprocess.Transformer
function methods:fit(X, ...)
  errors.check_self(self, Transformer, "fit", ...)
  local who = "preprocess." .. self.kind .. ".fit"
  local f, input = columns.frame(who, X)
  local fitted = transformer.learn(who, self, f, input)
  local made = transformer.fitted(self, fitted)
  fitted.signature = seen_at_fit.signature({ made }, made.columns_in, f, input, transformer.records)
  return transformer.fitted(self, fitted)
end

-- X changed: the same rows, the columns of columns_out.  Columns are found by their names, in any order; those that
-- were not there at fit are left out.
---@param X frame|table
---@return frame|table
function methods:transform(X, ...)
  errors.check_self(self, Transformer, "transform", ...)
  local who = "preprocess." .. self.kind .. ".transform"
  transformer.check_fitted(who, self)
  local f, input = columns.frame(who, X)
  check_form(who, self.fitted, f, input)
  return columns.back(who, transformer.apply(who, self, f), input)
end
transformer.check_form = check_form

-- X changed, and the fitted transformer.
---@param X frame|table
---@return frame|table, preprocess.Transformer
function methods:fit_transform(X, ...)
  errors.check_self(self, Transformer, "fit_transform", ...)
  local fitted = methods.fit(self, X)
  return fitted:transform(X), fitted
end

-- Names for the columns of a matrix that transform gave.
---@return frame, "frame"|"matrix"
function transformer.as_output(who, X, names)
  local f, input = columns.frame(who, X)
  if input == "frame" then return f, input end
  if #f.columns ~= #names then errors.raise("%s: X has %d columns, expected %d", who, #f.columns, #names) end
  local made = {}
  for i, name in ipairs(f.columns) do made[i] = f.data[name] end
  return frame.assemble(names, made, f.n_rows), input
end

-- What transform was given for what it gave, as far as it is known.
---@param X frame|table
---@return frame|table
function methods:inverse(X, ...)
  errors.check_self(self, Transformer, "inverse", ...)
  local who = "preprocess." .. self.kind .. ".inverse"
  local why = transformer.no_inverse(self)
  if why then errors.raise("%s: %s", who, why) end
  transformer.check_fitted(who, self)
  local f, input = transformer.as_output(who, X, self.columns_out)
  return columns.back(who, transformer.undo(who, self, f), input)
end

-- ---- as text ----

local function option_text(v)
  if type(v) ~= "table" then return tostring(v) end
  local parts = {}
  for i, x in ipairs(v) do parts[i] = tostring(x) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- "scale(method=robust)"
function transformer.text(self)
  local names, parts = {}, {}
  for name in next, self.options do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local default = (transformer.records[self.kind].options[name] or {}).default
    if self.options[name] ~= default and name ~= "categories" then
      parts[#parts + 1] = name .. "=" .. option_text(self.options[name])
    end
  end
  return self.kind .. (#parts > 0 and "(" .. table.concat(parts, ", ") .. ")" or "")
end

local SHOWN <const> = 3             -- notes in the text of a value

-- "preprocess.scale, 4 -> 4 columns; NOTE; NOTE; and 7 other notes"
---@param text string what it does
---@return string
function transformer.line(self, text)
  if not self.fitted then return text .. ", not fitted" end
  local parts, n = { string.format("%s, %d -> %d columns", text, #self.columns_in, #self.columns_out) }, #self.notes
  table.move(self.notes, 1, math.min(n, SHOWN), 2, parts)
  local more = n - SHOWN
  if more > 0 then parts[#parts + 1] = string.format("and %d other note%s", more, more == 1 and "" or "s") end
  return table.concat(parts, "; ")
end

function Transformer.__tostring(self) return transformer.line(self, "preprocess." .. transformer.text(self)) end

model_helpers.strict(Transformer, "kind which options fitted columns_in columns_out learned notes signature")

return transformer
