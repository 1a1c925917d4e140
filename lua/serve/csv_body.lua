-- csv_body: a request in CSV: a line of names, then rows.
--
-- The reader of rille.csv takes numbers as columns at once.  Where it refuses a field, or could have rounded one, all
-- fields are read again as texts, one by one: that finds the column and the row, and is what counts.

local batch = require "rille.serve.batch"
local csv = require "rille.csv"
local errors = require "rille.base.errors"
local refusal = require "rille.serve.refusal"

local csv_body = {}

local LARGEST <const> = 2.0 ^ 53
local TYPES <const> = { f64 = "number", i64 = "integer", string = "string", bool = "boolean" }

local function decode(text, types) return pcall(csv.decode, text, { separator = ",", header = true, types = types }) end

-- What the reader says, without its place in our files and its hints for scripts.
local function refuse(problem)
  if type(problem) ~= "string" or problem:find "not enough memory" then error(problem, 0) end
  local text = errors.without_place(problem):gsub("^csv%.decode: ", ""):match "^[^\n;]*"
  refusal.raise(400, "%s", (text:gsub("^csv:(%d+):(%d+): ", "line %1, character %2: ")))
end

-- The first record: to the end of a line outside of quotes.
local function first_record(text)
  local at, quotes = 1, 0
  while true do
    local stop = text:find("\n", at, true) or #text
    quotes = quotes + select(2, text:sub(at, stop):gsub('"', ""))
    if quotes % 2 == 0 or stop >= #text then return text:sub(1, stop) end
    at = stop + 1
  end
end

local function names_of(text)
  local ok, f = decode(first_record(text))
  if not ok then refuse(f) end
  return f.columns
end

-- A column of texts, value by value.
local function of_texts(c, texts)
  local list, read = {}, c.read_text
  for i = 1, #texts do
    local value, problem = read(texts[i])
    if value == nil then refusal.cell(c.name, i, problem) end
    list[i] = value
  end
  return list
end

-- All columns as texts.
local function by_texts(columns, text, names)
  local types = {}
  for _, name in ipairs(names) do types[name] = "string" end
  local ok, f = decode(text, types)
  if not ok then refuse(f) end
  local lists = {}
  for j, c in ipairs(columns) do lists[j] = of_texts(c, f.data[c.name]) end
  return lists, f.n_rows
end

local plain = {}

function plain.f64(c, values)
  local there = values:present()
  if #there < #values and not c.missing then return false end
  return #there == 0 or there:max() < LARGEST and there:min() > -LARGEST
end

-- With missing values they are floats.
function plain.i64(_, values) return values.dtype == "i64" end
function plain.bool() return true end

function plain.string(c, values)
  if c.missing then return true end
  for i = 1, #values do if values[i] == "" then return false end end
  return true
end

-- The columns as the reader takes them; nil where it refuses one, or may have taken it otherwise than we would.
local function at_once(columns, text, names)
  local types, lists = {}, {}
  for _, name in ipairs(names) do types[name] = "string" end
  for _, c in ipairs(columns) do types[c.name] = TYPES[c.dtype] or "string" end
  local ok, f = decode(text, types)
  if not ok then return nil end
  for j, c in ipairs(columns) do
    local values = f.data[c.name]
    if not TYPES[c.dtype] then values = of_texts(c, values)
    elseif not plain[c.dtype](c, values) then return nil end
    lists[j] = values
  end
  return lists, f.n_rows
end

-- The batch of a body.
---@param columns RequestColumn[]
---@param text string
---@param options { strict: boolean? }
---@return Batch
function csv_body.read(columns, text, options)
  if text:find "^%s*$" then refusal.raise(400, "the body is empty; CSV begins with a line of column names") end
  local names, set = names_of(text), {}
  for i, name in ipairs(names) do set[name] = i end
  if #names == 1 and names[1]:find "[;\t|]" then
    refusal.raise(400, "the first line is one column, %s; fields are separated by commas", refusal.shown(names[1]))
  end
  local ignored = batch.ignored(columns, set, options.strict)
  batch.check_present(columns, function(name) return set[name] end, names)
  local lists, n = at_once(columns, text, names)
  if not lists then lists, n = by_texts(columns, text, names) end
  return { lists = lists, n = n, ignored = ignored }
end

return csv_body
