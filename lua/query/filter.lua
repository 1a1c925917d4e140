-- filter: conditions on runs, artifacts and versions of models as people write them, as the trees that m:runs and
-- m:artifacts take (host/meta/query_filterlib.c).  host/meta/filter_text.h has the grammar, whose parser is in C:
--
--     params.gamma > 0.01 and metric.acc >= 0.9 and status = completed
--
-- A query is { conditions, shown, names }: the conditions that all hold, the fields with
-- a name inside (params.gamma) that were met in them or in the order, and how these are shown.

local errors = require "rille.base.errors"
local fields = require "rille.query.fields"
local parser = require "rille.host.filter"

local filter = {}

---@class Query
---@field conditions table[]
---@field shown (string|string[])[]
---@field names string[]
---@field tags string[] that conditions name
---@field what "run"|"artifact"|"version"
---@field method string? of Lua, whose options they are; nil: of the command line
local Query = { __name = "query" }
Query.__index = Query

---@param what "run"|"artifact"|"version"|nil what is looked for
---@param method string? "each": options of Lua
---@return Query
function filter.new(what, method)
  return setmetatable({ conditions = {}, shown = {}, names = {}, known = {}, tags = {}, method = method,
    what = what or "run" }, Query)
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
  local field = parser.field(self.what, names)
  if type(field) ~= "table" then return field end
  return self:keep(field)
end

-- Of a field with a name inside the one that was met before, if any.
---@param field string[]
---@return string[]
function Query:keep(field)
  local text = fields.text(field)
  if self.known[text] then return self.known[text] end
  self.known[text] = field
  self.shown[#self.shown + 1], self.names[#self.names + 1] = field, text
  return field
end

-- Keeps the fields and tags that the condition names.
local function adopt(query, condition)
  for _, one in ipairs(condition) do adopt(query, one) end
  if type(condition.field) == "table" then condition.field = query:keep(condition.field)
  elseif condition.field == "tag" then table.insert(query.tags, condition.value) end
end

-- Adds the condition to the query.  A mistake in it is one of usage, with its place.
---@param query Query
---@param text string
function filter.where(query, text)
  local condition, message, is_unknown = parser.read(query.what, text)
  if is_unknown then condition, message = parser.read(query.what, text, fields.known()) end
  if not condition then query:fail("where", "%s", message) end
  adopt(query, condition)
  query:add(condition)
end

-- Adds a field to those that are shown; a mistake in it is one of usage.
---@param query Query
---@param text string
function filter.column(query, text)
  local names = fields.split(text)
  local field = (text == "tag" or text == "tags") and "tag" or names and query:field(names)
  if not field then
    query:fail("columns", 'unknown field "%s"%s', text, fields.hint(query.what, text))
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
    query:fail("sort", 'unknown field "%s"%s', name, fields.hint(query.what, name))
  end
  return field, way == "asc"
end

return filter
