-- mlflow_body: the JSON of rille's own requests and of MLflow's scoring server.  Exactly one of
--
--     {"dataframe_split":   {"columns": [NAME, ...], "data": [[...], ...], "index": [...]?}}
--     {"dataframe_records": [{NAME: VALUE, ...}, ...]}
--     {"instances": [{...}, ...]}   or  [[...], ...]
--     {"inputs":    {NAME: [...], ...}}   or  [[...], ...]
-- and "params": {"proba": true}.  Where bare rows are taken (/predict) also a row object without any of these keys, or
-- a list of rows.  Rows without names have the columns of the signature in its order.

local batch = require "rille.serve.batch"
local refusal = require "rille.serve.refusal"
local suggest = require "rille.base.suggest"

local mlflow_body = {}

local FORMS <const> = { "dataframe_split", "dataframe_records", "instances", "inputs" }
local KEYS <const> = { "dataframe_split", "dataframe_records", "instances", "inputs", "params" }

local function is_list(v) return type(v) == "table" and require("rille.host.json_request").is_list(v) end
local function is_object(v) return type(v) == "table" and not require("rille.host.json_request").is_list(v) end

local function need_list(what, v)
  if not is_list(v) then refusal.raise(400, "%s: expected a list, got %s", what, refusal.shown(v)) end
  return v
end

-- ---- the forms ----

-- Names as a set; raises for one that is there twice.
local function name_set(what, names)
  local set = {}
  for i, name in ipairs(need_list(what, names)) do
    if type(name) ~= "string" then
      refusal.raise(400, "%s: element %d: expected the name of a column, got %s", what, i, refusal.shown(name))
    elseif set[name] then
      refusal.cell(name, nil, "the request has the column twice")
    end
    set[name] = i
  end
  return set
end

local SPLIT <const> = { "columns", "data", "index" }

local function known(what, v, keys)
  local is = {}
  for _, key in ipairs(keys) do is[key] = true end
  local wrong = {}
  for key in next, v do if not is[key] then wrong[#wrong + 1] = key end end
  table.sort(wrong)
  if wrong[1] then
    refusal.raise(400, "%s: unknown key %s%s", what, refusal.shown(wrong[1]), suggest.hint(wrong[1], keys))
  end
end

local forms = {}

function forms.dataframe_split(columns, v, strict)
  if not is_object(v) then
    refusal.raise(400, 'dataframe_split: expected {"columns": [...], "data": [[...], ...]}, got %s', refusal.shown(v))
  end
  known("dataframe_split", v, SPLIT)
  local rows = need_list("dataframe_split.data", v.data)
  if v.index ~= nil and #need_list("dataframe_split.index", v.index) ~= #rows then
    refusal.raise(400, "dataframe_split: index has %d values, data %d rows", #v.index, #rows)
  end
  if v.columns == nil then return batch.of_lists(columns, rows, nil, #columns), #rows, {} end
  local set, place = name_set("dataframe_split.columns", v.columns), {}
  local ignored = batch.ignored(columns, set, strict)
  batch.check_present(columns, function(name) return set[name] end, v.columns)
  for j, c in ipairs(columns) do place[j] = set[c.name] end
  return batch.of_lists(columns, rows, place, #v.columns), #rows, ignored
end

local function of_objects(columns, rows, strict)
  local lists, extra = batch.of_objects(columns, rows)
  return lists, #rows, batch.ignored(columns, extra, strict)
end

function forms.dataframe_records(columns, v, strict)
  return of_objects(columns, need_list("dataframe_records", v), strict)
end

-- Rows of either form, by the first one.
local function rows_of(what, columns, v, strict)
  local first = need_list(what, v)[1]
  if first == nil or is_object(first) then return of_objects(columns, v, strict) end
  if not is_list(first) then
    refusal.raise(400, "%s: row 1: expected an object or a list of values, got %s; one row is [[...]]", what,
      refusal.shown(first))
  end
  return batch.of_lists(columns, v, nil, #columns), #v, {}
end

function forms.instances(columns, v, strict) return rows_of("instances", columns, v, strict) end

-- Columns by name, all of one length.
local function by_column(columns, v, strict)
  local names = {}
  for name in next, v do names[#names + 1] = name end
  table.sort(names)
  local ignored = batch.ignored(columns, v, strict)
  batch.check_present(columns, function(name) return v[name] ~= nil end, names)
  local lists, n = {}, nil
  for j, c in ipairs(columns) do
    local values = v[c.name]
    if not is_list(values) then
      refusal.cell(c.name, nil, "expected a list of values, got " .. refusal.shown(values))
    end
    n = n or #values
    if #values ~= n then
      refusal.cell(c.name, nil, string.format("has %d values, and %s has %d", #values, columns[1].name, n))
    end
    lists[j] = batch.column(c, values)
  end
  return lists, n, ignored
end

function forms.inputs(columns, v, strict)
  if is_object(v) then return by_column(columns, v, strict) end
  return rows_of("inputs", columns, v, strict)
end

-- ---- a body ----

local PARAMS <const> = { "proba" }

local function proba_of(params)
  if params == nil or params == require("rille.json").null then return false end
  if not is_object(params) then
    refusal.raise(400, 'params: expected an object such as {"proba": true}, got %s', refusal.shown(params))
  end
  known("params", params, PARAMS)
  if params.proba ~= nil and type(params.proba) ~= "boolean" then
    refusal.raise(400, "params.proba: expected true or false, got %s", refusal.shown(params.proba))
  end
  return params.proba or false
end

-- The keys of forms that a body has.
local function keys_of(body)
  local list = {}
  for _, key in ipairs(FORMS) do if body[key] ~= nil then list[#list + 1] = key end end
  return list
end

local ONE_OF <const> = 'one of "dataframe_split", "dataframe_records", "instances" and "inputs"'

local BARE <const> = "; POST /predict takes rows by themselves"

-- The batch of a body, and whether probabilities are wanted.
---@param columns RequestColumn[]
---@param body any what json_request made of it
---@param options { strict: boolean?, bare: boolean? }
---@return Batch, boolean proba
function mlflow_body.read(columns, body, options)
  local strict = options.strict
  local function made(lists, n, ignored) return { lists = lists, n = n, ignored = ignored } end
  if is_list(body) and options.bare then return made(rows_of("the body", columns, body, strict)), false end
  if not is_object(body) then
    refusal.raise(400, "expected an object with %s, got %s%s", ONE_OF, refusal.shown(body),
      is_list(body) and BARE or "")
  end
  local keys = keys_of(body)
  if #keys == 0 and options.bare then return made(of_objects(columns, { body }, strict)), false end
  if #keys ~= 1 then
    local got = #keys == 0 and "none of them" or '"' .. table.concat(keys, '" and "') .. '"'
    refusal.raise(400, "expected exactly %s, got %s%s", ONE_OF, got, #keys == 0 and BARE or "")
  end
  known("the body", body, KEYS)
  local proba = proba_of(body.params)
  return made(forms[keys[1]](columns, body[keys[1]], strict)), proba
end

return mlflow_body
