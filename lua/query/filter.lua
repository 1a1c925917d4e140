-- filter: conditions on runs as people write them, as SQL with bound values:
--
--     params.gamma > 0.01 and metric.acc >= 0.9 and status = completed
--
-- expr    = term { "or" term }          term = factor { "and" factor }
-- factor  = "not" factor | "(" expr ")" | field op value
-- op      = "=" | "==" | "!=" | "~=" | "<" | "<=" | ">" | ">="
-- value   = number | word | "text" | 'text' | true | false | null
--
-- inf, -inf and nan are numbers: inf is more than all others, and nan is neither more
-- nor less than any, but equal to itself here, so that it can be asked for.
--
-- A query is { columns, where, values, shown }: what m:runs takes and
-- the names of the fields that stand in columns; fields are added to it as they
-- are met.  What is missing fits no condition but `= null`.  In the SQL of a field NaN
-- is the blob "nan", since SQL takes a real one for null.

local errors = require "rille.base.errors"
local value_parser = require "rille.script.value_parser"
local suggest = require "rille.base.suggest"

local filter = {}

local FIELDS <const> = {
  name = "r.name", pipeline = "p.name", status = "r.status", reason = "r.reason", started = "r.started", seconds = "r.seconds",
  number = "r.number", stack = "r.stack", script = "r.script", ran = "json_extract(r.counts, '$.ran')",
  cached = "json_extract(r.counts, '$.cached') + json_extract(r.counts, '$.cut_off')", failed = "json_extract(r.counts, '$.failed')",
}
local NAMES = { "tag", "params.NAME", "metric.NAME" }
for name in next, FIELDS do NAMES[#NAMES + 1] = name end

local Query = { __name = "query" }
Query.__index = Query

-- A query about the runs of a pipeline, or of all.
---@param meta table
---@param pipeline string?
function filter.new(meta, pipeline)
  return setmetatable({ meta = meta, pipeline = pipeline, columns = {}, where = {}, values = {}, shown = {}, known = {} }, Query)
end

-- The place of a value in the SQL.
function Query:bind(v)
  local values = self.values
  values[#values + 1] = v
  return "?" .. #values
end

-- A JSON path of names; none has a quote in it.
local function path_of(names) return '$."' .. table.concat(names, '"."') .. '"' end

-- A parameter: what JSON has no number for is an object (host/value/json_pack.c).
local function param(self, names)
  local path = path_of(names)
  return string.format([[case json_extract(r.params, %s) when 'inf' then 9e999 when '-inf' then -9e999 when 'nan' then x'6e616e'
    else json_extract(r.params, %s) end]], self:bind(path .. '."$number"'), self:bind(path))
end

local function metric(self, name)
  return string.format("lookup(%s, r.row)", self:bind(errors.need(self.meta:metric(name, self.pipeline))))
end

-- The SQL of a field, given as the list of its names; nil when there is none.
function Query:field(names)
  local whole = table.concat(names, ".")
  if self.known[whole] then return self.known[whole] end
  local sql
  if #names == 1 then sql = FIELDS[whole]
  elseif names[1] == "params" then sql = param(self, { table.unpack(names, 2) })
  elseif names[1] == "metric" or names[1] == "metrics" then sql = metric(self, table.concat(names, ".", 2)) end
  if sql and #names > 1 then
    self.shown[#self.shown + 1] = whole
    -- text is marked, so that it is not taken for NaN
    self.columns[#self.columns + 1] = string.format([[case typeof(%s) when 'text' then '=' || %s when 'blob' then 'nan' else %s end as "shown.%d"]], sql, sql, sql, #self.shown)
  end
  self.known[whole] = sql
  return sql
end

-- A value of a column that is shown.
function filter.shown(v)
  if v == "nan" then return 0 / 0 end
  return type(v) == "string" and v:sub(2) or v
end

-- The names of a field as it is written: params."learning rate" too.
local function split(text)
  local names, at = {}, 1
  while true do
    local name, stop = text:match('^"([^"\\]+)"()', at)
    if not name then name, stop = text:match("^([%w_%-]+)()", at) end
    if not name then return nil end
    names[#names + 1] = name
    if stop > #text then return names end
    if text:sub(stop, stop) ~= "." then return nil end
    at = stop + 1
  end
end

-- Reading ---------------------------------------------------------------------

local Reader = { __name = "reader of conditions" }
Reader.__index = Reader

local function fail(self, at, fmt, ...)
  error({ usage = string.format("--where: %s\n  %s\n  %s^", string.format(fmt, ...), self.text, (" "):rep(at - 1)) }, 0)
end

local OPERATORS <const> = { ["="] = "=", ["=="] = "=", ["!="] = "<>", ["~="] = "<>", ["<"] = "<", ["<="] = "<=", [">"] = ">", [">="] = ">=" }

-- { kind, text, at } of the next token: "word", "text", "op", "(", ")", "end".
local function scan(self)
  local text = self.text
  local at = text:match("^%s*()", self.at)
  local function token(kind, s, stop)
    self.at = stop
    return { kind = kind, text = s, at = at }
  end
  if at > #text then return token("end", "the end", at) end
  local s, stop = text:match("^([()])()", at)
  if s then return token(s, s, stop) end
  s, stop = text:match("^([<>=!~]+)()", at)
  if s then
    if not OPERATORS[s] then fail(self, at, 'unknown operator "%s"; there is = != < <= > >=', s) end
    return token("op", s, stop)
  end
  for _, pattern in ipairs { '^"([^"]*)"()', "^'([^']*)'()" } do
    s, stop = text:match(pattern, at)
    if s then return token("text", s, stop) end
  end
  s, stop = text:match('^([%w_%-%.:+]+)()', at)
  while s and text:sub(stop, stop) == '"' and s:sub(-1) == "." do
    local more, after = text:match('^("[^"]*"[%w_%-%.]*)()', stop)
    if not more then break end
    s, stop = s .. more, after
  end
  if s then return token("word", s, stop) end
  fail(self, at, 'unexpected "%s"', text:match("^[%z\1-\127\194-\244][\128-\191]*", at) or text:sub(at, at))
end

local function advance(self)
  local token = self.token
  self.token = scan(self)
  return token
end

local WORDS <const> = { ["true"] = 1, ["false"] = 0, inf = math.huge, ["+inf"] = math.huge, ["-inf"] = -math.huge, nan = 0 / 0 }

-- The value of a token for the field; nil is null.
local function value_of(self, token, field)
  if token.kind ~= "word" and token.kind ~= "text" then fail(self, token.at, "expected a value, found %s", token.text) end
  if field == "started" then return value_parser.time(token.text) or fail(self, token.at, "expected a time, as 2026-11-01 or 2d (ago), found %s", token.text) end
  if token.kind == "text" then return token.text end
  if token.text == "null" then return nil end
  return WORDS[token.text] or tonumber(token.text) or token.text
end

local ORDER <const> = { ["<"] = true, ["<="] = true, [">"] = true, [">="] = true }

-- Text is neither more nor less than a number.
local function compare(self, sql, op, v)
  if v ~= v then
    if ORDER[op] then return "0" end
    -- a text that says so is meant, too
    return string.format("%s %sin (x'6e616e', 'nan')", sql, op == "<>" and "not " or "")
  end
  if v == nil then return string.format("%s is %snull", sql, op == "<>" and "not " or "") end
  local place = self.query:bind(v)
  if not ORDER[op] then return string.format("%s %s %s", sql, op, place) end
  local kinds = type(v) == "number" and "'integer', 'real'" or "'text'"
  return string.format("(typeof(%s) in (%s) and %s %s %s)", sql, kinds, sql, op, place)
end

function filter.has_tag(query, tag)
  return string.format("exists (select 1 from json_each(r.tags) where value = %s)", query:bind(tag))
end

local function condition(self)
  local name = advance(self)
  if name.kind ~= "word" then fail(self, name.at, "expected a field, found %s", name.text) end
  local names = split(name.text)
  local sql = name.text == "tag" and "tag" or names and self.query:field(names)
  if not sql then
    fail(self, name.at, 'unknown field "%s"%s', name.text, suggest.hint(names and #names > 1 and names[1] .. ".NAME" or name.text, NAMES))
  end
  local op = advance(self)
  if op.kind ~= "op" then fail(self, op.at, "expected = != < <= > or >=, found %s", op.text) end
  local token = advance(self)
  local v = value_of(self, token, name.text)
  local operator = OPERATORS[op.text]
  if sql ~= "tag" then return compare(self, sql, operator, v) end
  if ORDER[operator] or v == nil then fail(self, op.at, "a run has a tag or not: write tag = NAME or tag != NAME") end
  return (operator == "<>" and "not " or "") .. filter.has_tag(self.query, tostring(v))
end

local expression

local function factor(self)
  local token = self.token
  if token.kind == "word" and token.text == "not" then
    advance(self)
    return "not coalesce(" .. factor(self) .. ", 0)"
  elseif token.kind ~= "(" then return condition(self) end
  advance(self)
  local sql = expression(self)
  local close = advance(self)
  if close.kind ~= ")" then fail(self, close.at, "expected ), and or or, found %s", close.text) end
  return "(" .. sql .. ")"
end

local function chain(word, part)
  return function(self)
    local list = { part(self) }
    while self.token.kind == "word" and self.token.text == word do
      advance(self)
      list[#list + 1] = part(self)
    end
    return table.concat(list, " " .. word .. " ")
  end
end

local term = chain("and", factor)
expression = chain("or", term)

-- Adds the condition to the query.  A mistake in it is one of usage, with its place.
---@param query table
---@param text string
function filter.where(query, text)
  local self = setmetatable({ query = query, text = text, at = 1 }, Reader)
  self.token = scan(self)
  local sql = expression(self)
  if self.token.kind ~= "end" then fail(self, self.token.at, "expected and or or, found %s", self.token.text) end
  query.where[#query.where + 1] = "(" .. sql .. ")"
end

-- The order "FIELD", "FIELD:asc" or "FIELD:desc" (the default): SQL, ascending.
---@param query table
---@param text string
---@return string sql, boolean ascending
function filter.sort(query, text)
  local name, way = text:match "^(.*):(%a+)$"
  name = name or text
  if way and way ~= "asc" and way ~= "desc" then error({ usage = string.format("--sort %s: expected FIELD, FIELD:asc or FIELD:desc", text) }, 0) end
  local names = split(name)
  local sql = names and query:field(names)
  if not sql then
    error({ usage = string.format('--sort: unknown field "%s"%s', name, suggest.hint(names and #names > 1 and names[1] .. ".NAME" or name, NAMES)) }, 0)
  end
  -- NaN is last in both ways, as is what has no value
  return string.format("case when typeof(%s) <> 'blob' then %s end", sql, sql), way == "asc"
end

return filter
