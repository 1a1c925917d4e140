-- batch: the one way from the rows of a request, whatever its dialect, to predictions.
--
-- A batch is { n = rows, lists = for each column of the signature its values (request_columns.lua), ignored =
-- { names of columns that the model does not have } }.

local errors = require "rille.base.errors"
local refusal = require "rille.serve.refusal"
local request_columns = require "rille.serve.request_columns"
local suggest = require "rille.base.suggest"

local batch = {}

---@class Batch
---@field n integer
---@field lists any[]
---@field ignored string[]

-- Names of the columns of the signature.
---@return string[]
function batch.names(columns)
  local names = {}
  for j, c in ipairs(columns) do names[j] = c.name end
  return names
end

-- Raises for columns that the request has no values of.
---@param columns RequestColumn[]
---@param has fun(name: string): boolean
---@param given string[] names that it has
function batch.check_present(columns, has, given)
  for _, c in ipairs(columns) do
    if not has(c.name) then
      refusal.cell(c.name, nil, "the column is missing from the request" .. suggest.hint(c.name, given, true))
    end
  end
end

-- The names that are no columns, in order; with options.strict they are refused.
---@param columns RequestColumn[]
---@param set table<string, any> names
---@param strict boolean?
---@return string[]
function batch.ignored(columns, set, strict)
  local list = {}
  for name in next, set do if not columns.at[name] then list[#list + 1] = name end end
  table.sort(list)
  if strict and list[1] then
    refusal.cell(list[1], nil, "the model has no such column" .. suggest.hint(list[1], batch.names(columns), true))
  end
  return list
end

local function wrong(c, row, problem) refusal.cell(c.name, row, problem) end

-- Rows that are lists, in the order of the columns: place[j] is where column j is in a row.
---@param columns RequestColumn[]
---@param rows any[][]
---@param place integer[]?
---@param width integer values of each row
function batch.of_lists(columns, rows, place, width)
  local lists, is_list = {}, require("rille.host.json_request").is_list
  for i = 1, #rows do
    local row = rows[i]
    if type(row) ~= "table" or not is_list(row) then
      refusal.raise(400, "row %d: expected a list of %d values, got %s", i, width, refusal.shown(row))
    elseif #row ~= width then
      refusal.raise(400, "row %d: expected %d values, got %d", i, width, #row)
    end
  end
  for j = 1, #columns do
    local c, list, at = columns[j], {}, place and place[j] or j
    local read = c.read
    for i = 1, #rows do
      local value, problem = read(rows[i][at])
      if value == nil then wrong(c, i, problem) end
      list[i] = value
    end
    lists[j] = list
  end
  return lists
end

-- Raises for a row that lacks a column.
local function lacks(c, rows, i)
  local names, absent = {}, #rows > 1 and i or nil
  for name in next, rows[i] do names[#names + 1] = name end
  table.sort(names)
  local hint = suggest.hint(c.name, names, true)
  if c.missing and not hint:find "did you mean" then hint = hint .. "; send null for a missing value" end
  refusal.cell(c.name, absent, "the column is missing from the request" .. hint)
end

-- Rows that are objects; also gives the set of names that are no columns.
---@param columns RequestColumn[]
---@param rows table<string, any>[]
function batch.of_objects(columns, rows)
  local lists, extra, is_list = {}, {}, require("rille.host.json_request").is_list
  for i = 1, #rows do
    local row = rows[i]
    if type(row) ~= "table" or is_list(row) then
      refusal.raise(400, "row %d: expected an object { column: value }, got %s", i, refusal.shown(row))
    end
    for name in next, row do if not columns.at[name] then extra[name] = true end end
  end
  for j = 1, #columns do
    local c, list = columns[j], {}
    local name, read = c.name, c.read
    for i = 1, #rows do
      local v = rows[i][name]
      if v == nil then lacks(c, rows, i) end
      local value, problem = read(v)
      if value == nil then wrong(c, i, problem) end
      list[i] = value
    end
    lists[j] = list
  end
  return lists, extra
end

-- A column whose values are a list of JSON.
---@param c RequestColumn
---@param values any[]
function batch.column(c, values)
  local list, read = {}, c.read
  for i = 1, #values do
    local value, problem = read(values[i])
    if value == nil then wrong(c, i, problem) end
    list[i] = value
  end
  return list
end

-- ---- predictions ----

-- The row of the first integer of a column that no float holds.
local function row_of_large(list)
  for i, v in ipairs(type(list) == "table" and list or list:totable()) do
    if math.type(v) == "integer" and math.tointeger(v + 0.0) ~= v then return i end
  end
end

-- Raises what a model's own code raised, or says why it refuses the data.
local function failed(served, problem, made)
  if type(problem) ~= "string" then error(problem, 0) end
  if problem:find "not enough memory" then refusal.raise(413, "the request needs more memory than there is") end
  -- what a script could have said of categories is nothing that a client can do
  local text = errors.without_place(problem:match "^[^\n]*"):gsub('; unknown = "ignore".*$', "")
    :gsub("^preprocess[^:]*: ", "")
  local column, row, rest = text:match 'column "(.-)", row (%d+): (.*)$'
  if column then refusal.cell(column, math.tointeger(tonumber(row)), rest) end
  column, rest = text:match 'column "(.-)" (has integers past 2%^53.*)$'
  local j = column and served.columns.at[column]
  if j then refusal.cell(column, row_of_large(made.lists[j]), (rest:gsub("^has integers", "an integer is"))) end
  if served.is_own then refusal.raise(400, "%s", text) end
  refusal.raise(500, "the model failed: %s", text)
end

local function one_row(served, made, options)
  local row = {}
  for j, list in ipairs(made.lists) do
    if type(list) == "table" then row[j] = list[1] else row[j] = list:get(1) end
  end
  return served:predict_row(row, options)
end

local function count(v) return type(v) == "table" and v.n_rows or #v end

-- What the model says of the rows; nil where there are none.
---@param served ServedModel
---@param made Batch
---@param options { proba: boolean? }?
---@return { predictions: any, probabilities: any, classes: any[]? }
function batch.predict(served, made, options)
  if options and options.proba and not served.has_proba then
    refusal.raise(400, "no probabilities: %s", served.why_no_proba or "the model gives none")
  end
  if made.n == 0 then
    return { predictions = {}, probabilities = options and options.proba and {} or nil, classes = served.classes }
  end
  local ok, answer = pcall(function()
    return made.n == 1 and one_row(served, made, options)
      or served:predict(request_columns.data(served, made.lists, made.n), options)
  end)
  if not ok then failed(served, answer, made) end
  if not pcall(count, answer.predictions) or count(answer.predictions) ~= made.n then
    refusal.raise(500, "the model failed: it was given %d rows and predicted %s", made.n,
      pcall(count, answer.predictions) and count(answer.predictions) or "nothing that has a length")
  end
  return answer
end

return batch
