-- dump: transformers and chains as bytes, exactly; data, never code.
--
--     rille.preprocess 1 SHA256\n     of all that follows, in hex
--     LENGTH\n  of the text           the text: what json.pack makes of
--         { kind =, which =, options =, fitted = }                         a transformer
--         { steps = { the same, ... }, fitted =, columns_in =, columns_out =, notes =, estimator = }      a chain
--     the dump of the model           of a fitted chain that ends in one
--
-- The same value has the same bytes.  Reading trusts nothing but the names of kinds and batteries that rille has.

local chain = require "rille.preprocess.chain"
local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local estimator = require "rille.preprocess.estimator"
local hash = require "rille.host.hash"
local json = require "rille.json"
local signature = require "rille.learn.signature"
local transformer = require "rille.preprocess.transformer"

local dump = {}

local MAGIC <const> = "rille.preprocess 1 "

local function of_transformer(t)
  return { kind = t.kind, which = t.which, options = t.options, fitted = t.fitted }
end

local function parts_of(v)
  if transformer.is(v) then return of_transformer(v), "" end
  local steps = {}
  for i, step in ipairs(v.steps) do steps[i] = of_transformer(step) end
  return { steps = steps, fitted = v.fitted, columns_in = v.columns_in, columns_out = v.columns_out, notes = v.notes,
    estimator = v.estimator }, v.model and v.model:dump() or ""
end

-- The bytes of a transformer or chain.
---@return string
function dump.bytes(v)
  local data, model = parts_of(v)
  local text = json.pack(data)
  local rest = #text .. "\n" .. text .. model
  return MAGIC .. hash.hex(hash.sha256(rest)) .. "\n" .. rest
end

-- ---- reading ----

local function damaged(what) error({ damaged = what }, 0) end

local function want(ok, what) return ok or damaged(what) end

local function is_list(v, kind)
  if type(v) ~= "table" then return false end
  for i, x in ipairs(v) do if type(x) ~= kind or not rawequal(v[i], x) then return false end end
  local n = 0
  for _ in next, v do n = n + 1 end
  return n == #v
end

local function is_kind(kind)
  for _, one in ipairs(columns.KINDS) do if one == kind then return true end end
  return false
end

-- Whether what is said to be learned is of the form that the record learns.
local FORMS <const> = {
  impute = function(l) return l.value ~= nil and type(l.value) ~= "table" end,
  scale = function(l) return math.type(l.center) == "float" and math.type(l.scale) == "float" end,
  one_hot = function(l) return type(l.categories) == "table" and is_list(l.categories, type(l.categories[1])) end,
  bins = function(l) return is_list(l.edges, "number") end,
  clip = function() return true end,
  cast = function() return true end,
}
FORMS.ordinal = FORMS.one_hot

function FORMS.pca(l)
  return math.type(l.center) == "float" and math.type(l.scale) == "float" and #l.loadings > 0
    and is_list(l.loadings, "number") and (l.ratio == nil or is_list(l.ratio, "number"))
end

-- Of columns that change together one is the first, and all have as many loadings.
local function check_together(plan)
  local n, firsts = nil, 0
  for _, entry in ipairs(plan) do
    if entry.learned then
      n = n or #entry.learned.loadings
      if entry.learned.ratio then firsts = firsts + 1 end
      want(#entry.learned.loadings == n, "what was learned")
    end
  end
  want(not n or firsts == 1, "what was learned")
end

-- Older dumps have no signature.
local function check_signature(fitted) want(fitted.signature == nil or signature.is(fitted.signature), "signature") end

-- What the columns of an entry are named.
local function names_of(t, entry)
  local record = transformer.records[t.kind]
  return entry.learned ~= nil and record.names and record.names(entry.name, entry.learned, t.options) or { entry.name }
end

-- The names are those that the transformer gives, and no two columns have one.
local function check_names(t, plan)
  local seen_in, seen_out = {}, {}
  for _, entry in ipairs(plan) do
    local names = names_of(t, entry)
    want(not seen_in[entry.name] and #names == #entry.names, "names of columns")
    seen_in[entry.name] = true
    for i, name in ipairs(names) do
      want(entry.names[i] == name and not seen_out[name], "names of columns")
      seen_out[name] = true
    end
  end
end

local function check_plan(kind, fitted)
  want(type(fitted) == "table" and (fitted.input == "frame" or fitted.input == "matrix"), "input")
  want(is_list(fitted.notes, "string") and is_list(fitted.plan, "table"), "plan")
  want(fitted.width == nil or math.type(fitted.width) == "integer", "width")
  check_signature(fitted)
  for _, entry in ipairs(fitted.plan) do
    want(type(entry.name) == "string" and is_kind(entry.kind) and is_list(entry.names, "string"), "column")
    if entry.learned ~= nil then
      want(FORMS[kind] and type(entry.learned) == "table" and FORMS[kind](entry.learned), "what was learned")
    end
  end
  if kind == "pca" then check_together(fitted.plan) end
end

local function to_transformer(data)
  want(type(data) == "table" and type(data.kind) == "string" and transformer.records[data.kind], "kind")
  want(type(data.which) == "table" and type(data.options) == "table", "options")
  local given = { columns = data.which.columns, type = data.which.type }
  for name, v in next, data.options do given[name] = v end
  local made = transformer.new(data.kind, given)
  if data.fitted == nil then return made end
  check_plan(data.kind, data.fitted)
  check_names(made, data.fitted.plan)
  return transformer.fitted(made, data.fitted)
end

local function to_chain(data, model)
  want(is_list(data.steps, "table"), "steps")
  local steps, last = {}, data.estimator
  for i, step in ipairs(data.steps) do steps[i] = to_transformer(step) end
  if last ~= nil then
    want(type(last) == "table" and type(last.name) == "string" and type(last.options) == "table", "model")
    want(estimator.find(last.name), "model " .. last.name)
  end
  if data.fitted == nil then return chain.of(steps, last) end
  want(type(data.fitted) == "table" and is_list(data.columns_in, "string") and is_list(data.columns_out, "string")
    and is_list(data.notes, "string"), "columns")
  check_signature(data.fitted)
  for _, step in ipairs(steps) do want(step.fitted, "steps") end
  return chain.finish { steps = steps, fitted = data.fitted, columns_in = data.columns_in,
    columns_out = data.columns_out, notes = data.notes, signature = data.fitted.signature, estimator = last,
    model = last and estimator.load(last, model) or nil }
end

local function read(bytes)
  local digest, rest = bytes:match("^" .. MAGIC .. "(%x+)\n(.*)$")
  if not digest then
    local version = bytes:match "^rille%.preprocess (%d+) "
    damaged(version and version ~= "1" and "version " .. version or "not a dump of a transformer")
  end
  want(hash.hex(hash.sha256(rest)) == digest, "its digest is another")
  local n, from = rest:match "^(%d+)\n()"
  n = math.tointeger(n) or damaged "length"
  want(from + n - 1 <= #rest, "length")
  local data = json.unpack(rest:sub(from, from + n - 1))
  want(type(data) == "table", "text")
  if data.steps then return to_chain(data, rest:sub(from + n)) end
  want(from + n - 1 == #rest, "length")
  return to_transformer(data)
end

-- The transformer or chain of a dump; raises for other or damaged bytes.
---@param bytes string
function dump.load(bytes)
  local who = "preprocess.load"
  if type(bytes) ~= "string" then
    errors.raise("%s: expected the bytes of a dump, found %s", who, errors.describe(bytes))
  end
  local ok, made = pcall(read, bytes)
  if ok then return made end
  if made == "not enough memory" then error(made, 0) end
  local why = type(made) == "table" and made.damaged or tostring(made):gsub("^[^:]*:%d+: ", "")
  errors.raise("%s: the transformer is damaged (%s)", who, why)
end

return dump
