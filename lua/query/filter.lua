-- filter: conditions on runs and artifacts as people write them, as the trees that m:runs and m:artifacts take
-- (host/meta/query_filterlib.c):
--
--     params.gamma > 0.01 and metric.acc >= 0.9 and status = completed
--
-- expr    = term { "or" term }          term = factor { "and" factor }
-- factor  = "not" factor | "(" expr ")" | field op value
-- op      = "=" | "==" | "!=" | "~=" | "<" | "<=" | ">" | ">="
-- value   = number | word | "text" | 'text' | true | false | null
--
-- fields.lua has the fields.  inf, -inf and nan are numbers; host/meta/query_filter.h says how values compare.
--
-- A query is { conditions, shown, names }: the conditions that all hold, the fields with
-- a name inside (params.gamma) that were met in them or in the order, and how these are shown.

local errors = require "rille.base.errors"
local fields = require "rille.query.fields"
local suggest = require "rille.base.suggest"
local value_parser = require "rille.script.value_parser"

local filter = {}

local DEEPEST <const> = 100     -- conditions in one another

---@class Query
---@field conditions table[]
---@field shown (string|string[])[]
---@field names string[]
---@field tags string[] that conditions name
---@field subject FieldSubject
---@field method string? of Lua, whose options they are; nil: of the command line
local Query = { __name = "query" }
Query.__index = Query

---@param what "run"|"artifact"|"version"|nil what is looked for
---@param method string? "each": options of Lua
---@return Query
function filter.new(what, method)
  return setmetatable({ conditions = {}, shown = {}, names = {}, known = {}, tags = {}, method = method,
    subject = fields.SUBJECTS[what or "run"] }, Query)
end

-- A mistake in an option: one of usage, or of the script that gave it.
---@param option string "where"
function Query:fail(option, fmt, ...)
  local text = string.format(fmt, ...)
  if self.method then errors.raise("%s: %s: %s", self.method, option, text) end
  error({ usage = string.format("--%s: %s", option, text) }, 0)
end

-- One more condition that has to hold.
---@param condition table
function Query:add(condition) self.conditions[#self.conditions + 1] = condition end

-- All of them as one, or nil.
---@return table?
function Query:condition()
  if not self.conditions[2] then return self.conditions[1] end
  return { op = "and", table.unpack(self.conditions) }
end

-- A field, given as the list of its names; nil when there is none.
---@param names string[]
---@return (string|string[])?
function Query:field(names)
  local field, text = fields.read(self.subject, names)
  if type(field) ~= "table" then return field end
  if self.known[text] then return self.known[text] end
  self.known[text] = field
  self.shown[#self.shown + 1], self.names[#self.names + 1] = field, text
  return field
end

-- Reading ---------------------------------------------------------------------

local Reader = { __name = "reader of conditions" }
Reader.__index = Reader

local function fail(self, at, fmt, ...)
  self.query:fail("where", "%s\n  %s\n  %s^", string.format(fmt, ...), self.text, (" "):rep(at - 1))
end

local OPERATORS <const> = { ["="] = "=", ["=="] = "=", ["!="] = "<>", ["~="] = "<>", ["<"] = "<", ["<="] = "<=",
  [">"] = ">", [">="] = ">=" }

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
    if not OPERATORS[s] then fail(self, at, 'unknown operator "%s"; available: = != < <= > >=', s) end
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
  local letter = text:match("^[%z\1-\127\194-\244][\128-\191]*", at) or text:sub(at, at)
  fail(self, at, 'unexpected "%s"%s', letter, text:sub(1, at - 1):find "[%w_]$"
    and '; a name that has it is put in quotes, as in metric."a/b"' or "")
end

local function advance(self)
  local token = self.token
  self.token = scan(self)
  return token
end

local WORDS <const> = { ["true"] = 1, ["false"] = 0, inf = math.huge, ["+inf"] = math.huge, ["-inf"] = -math.huge,
  nan = 0 / 0 }

-- Refuses a value that the field never has, which nothing would match; returns whether the field is a number.
local function check_value(self, token, name, field)
  local subject = self.query.subject
  local is_number = subject.numbers[name] or type(field) == "table" and field[1] == "metric"
  if is_number and not WORDS[token.text] and not tonumber(token.text) then
    fail(self, token.at, "%s: expected a number, found %s", name, token.text)
  end
  local choices = subject.choices[name]
  if choices and not suggest.has(token.text, choices) then
    fail(self, token.at, '%s is never "%s"%s', name, token.text, suggest.hint(token.text, choices))
  end
  return is_number
end

-- The value of a token for the field; nil is null.
local function value_of(self, token, name, field)
  if token.kind ~= "word" and token.kind ~= "text" then
    fail(self, token.at, "expected a value, found %s", token.text)
  end
  if self.query.subject.times[name] then
    return value_parser.time(token.text)
      or fail(self, token.at, "expected a time such as 2026-11-01 or 2d (ago), found %s", token.text)
  end
  if token.kind == "word" and token.text == "null" then return nil end
  local is_number = check_value(self, token, name, field)
  if token.kind == "text" and not is_number then return token.text end
  return WORDS[token.text] or tonumber(token.text) or token.text
end

local ORDER <const> = { ["<"] = true, ["<="] = true, [">"] = true, [">="] = true }

-- A commit is known by its beginning.
local function commit_condition(self, cmp, token)
  local sha = token.text:lower()
  if cmp ~= "=" and cmp ~= "<>" or #sha < 4 or sha:find "%X" then
    fail(self, token.at, "expected = or != and 4 or more hexadecimal digits of a commit")
  end
  local begins = { op = "and", { field = "git.sha", cmp = ">=", value = sha },
    { field = "git.sha", cmp = "<", value = sha .. "g" } }
  return cmp == "=" and begins or { op = "not", begins }
end

local function condition(self)
  local name = advance(self)
  if name.kind ~= "word" then fail(self, name.at, "expected a field, found %s", name.text) end
  local names = fields.split(name.text)
  local field = name.text == "tag" and "tag" or names and self.query:field(names)
  if not field then
    fail(self, name.at, 'unknown field "%s"%s', name.text,
      fields.hint(self.query.subject, names, name.text))
  end
  local op = advance(self)
  if op.kind ~= "op" then fail(self, op.at, "expected = != < <= > or >=, found %s", op.text) end
  local token = advance(self)
  local cmp = OPERATORS[op.text]
  if field == "git.sha" and token.text ~= "null" then return commit_condition(self, cmp, token) end
  local value = value_of(self, token, name.text, field)
  if field == "tag" then
    if ORDER[cmp] or value == nil then
      fail(self, op.at, "a tag has no order and no value: write tag = NAME or tag != NAME")
    end
    value = tostring(value)
    table.insert(self.query.tags, value)
  end
  return { field = field, cmp = cmp, value = value }
end

local expression

local function factor(self)
  local token = self.token
  local is_not = token.kind == "word" and token.text == "not"
  if not is_not and token.kind ~= "(" then return condition(self) end
  self.depth = self.depth + 1
  if self.depth > DEEPEST then fail(self, token.at, "more than %d nested conditions", DEEPEST) end
  advance(self)
  local inner
  if is_not then inner = { op = "not", factor(self) }
  else
    inner = expression(self)
    local close = advance(self)
    if close.kind ~= ")" then fail(self, close.at, 'expected ")", "and" or "or", found %s', close.text) end
  end
  self.depth = self.depth - 1
  return inner
end

-- Conditions that are joined by the word.
local function chain(word, part)
  return function(self)
    local joined = { op = word, part(self) }
    while self.token.kind == "word" and self.token.text == word do
      advance(self)
      joined[#joined + 1] = part(self)
    end
    return joined[2] and joined or joined[1]
  end
end

local term = chain("and", factor)
expression = chain("or", term)

-- Adds the condition to the query.  A mistake in it is one of usage, with its place.
---@param query Query
---@param text string
function filter.where(query, text)
  local self = setmetatable({ query = query, text = text, at = 1, depth = 0 }, Reader)
  self.token = scan(self)
  local inner = expression(self)
  if self.token.kind ~= "end" then fail(self, self.token.at, 'expected "and" or "or", found %s', self.token.text) end
  query:add(inner)
end

-- Adds a field to those that are shown; a mistake in it is one of usage.
---@param query Query
---@param text string
function filter.column(query, text)
  local names = fields.split(text)
  local field = (text == "tag" or text == "tags") and "tag" or names and query:field(names)
  if not field then
    query:fail("columns", 'unknown field "%s"%s', text, fields.hint(query.subject, names, text))
  end
  if type(field) == "string" and not query.known[field] then
    query.known[field] = field
    query.shown[#query.shown + 1], query.names[#query.names + 1] = field, field
  end
end

-- The order "FIELD", "FIELD:asc" or "FIELD:desc" (the default): field, ascending.
---@param query Query
---@param text string
---@return string|string[] field
---@return boolean ascending
function filter.sort(query, text)
  local name, way = text:match "^(.*):(%a+)$"
  name = name or text
  if way and way ~= "asc" and way ~= "desc" then
    query:fail("sort", "expected FIELD, FIELD:asc or FIELD:desc, found %s", text)
  end
  local names = fields.split(name)
  local field = names and query:field(names)
  if name == "tag" then query:fail("sort", "tags have no order; find them with --tag") end
  if not field then
    query:fail("sort", 'unknown field "%s"%s', name, fields.hint(query.subject, names, name))
  end
  return field, way == "asc"
end

return filter
