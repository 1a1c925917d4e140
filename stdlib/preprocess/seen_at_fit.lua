-- seen_at_fit: the signature (learn/signature.lua) of the data that a transformer or chain is fitted on.
--
-- Of a frame it has the columns that transform wants.  A value may be missing where no step refuses it and none of the
-- columns that become of it is still missing at the end, but for a model that takes missing values.

local columns = require "rille.preprocess.columns"
local signature = require "rille.learn.signature"

local seen_at_fit = {}

-- Of these names those that a missing value has after the step; nil where it refuses one.
---@param step preprocess.Transformer
---@param missing table<string, true>
local function after(step, record, missing)
  local rest = {}
  for _, entry in ipairs(step.fitted.plan) do
    if missing[entry.name] then
      local how = entry.learned and record.missing and record.missing(step.options) or "kept"
      if how == "refused" then return nil end
      for _, name in ipairs(how == "kept" and entry.names or {}) do rest[name] = true end
    end
  end
  return rest
end

-- Do the fitted steps take a missing value of the column, and fill it where `fill`?
---@param records table<string, table> of the kinds of transformers
local function takes(steps, records, name, fill)
  local missing = { [name] = true }
  for _, step in ipairs(steps) do
    missing = after(step, records[step.kind], missing)
    if not missing then return false end
  end
  return not fill or next(missing) == nil
end

-- The columns that a step learns something of.
local function learned_of(steps)
  local set = {}
  for _, step in ipairs(steps) do
    for _, entry in ipairs(step.fitted.plan) do if entry.learned then set[entry.name] = true end end
  end
  return set
end

-- Texts that no step reads are none of the chain's business, and may be names of people: their values are left out.
-- A model takes no texts, so with one there are none of these.
local function forget_unread(made, steps)
  local is_read = learned_of(steps)
  for _, c in ipairs(made.columns) do
    if c.dtype == "string" and not is_read[c.name] then c.categories, c.example = nil, nil end
  end
  return made
end

---@param steps preprocess.Transformer[] fitted
---@param names string[] the columns that transform wants
---@param f frame
---@param input "frame"|"matrix"
---@param records table<string, table> of the kinds of transformers
---@param model_takes_missing boolean?
---@return Signature?
function seen_at_fit.signature(steps, names, f, input, records, model_takes_missing)
  if #names == 0 then return nil end
  local function allows(name)
    return columns.kind(f.data[name]) ~= "boolean" and takes(steps, records, name, not model_takes_missing)
  end
  if input == "frame" then return forget_unread(signature.infer("preprocess", f, allows, names), steps) end
  local missing, dtype = true, f.data[names[1]].dtype
  for _, name in ipairs(f.columns) do missing = missing and allows(name) end
  return signature.of_width(#f.columns, dtype, missing)
end

return seen_at_fit
