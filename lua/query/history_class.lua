-- history_class: what the classes of past runs share (rille.query.history): objects over a row of the metadata
-- whose fields are read when they are asked for.

local context = require "rille.execute.context"
local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local json = require "rille.json"
local observe = require "rille.host.observe"
local project = require "rille.project"
local running = require "rille.project.running"
local suggest = require "rille.base.suggest"

local history_class = {}

-- Opens the project for reading; inside a step only where the step may read the history.
function history_class.open()
  context.check_history()
  project.need "read"
end

-- The value of a JSON column; an empty table where there is none.
---@param text string?
---@return table
function history_class.unpack(text) return text and json.unpack(text) or {} end

-- What the running run has of its own for the step that asks, or nil.  That the step may not have it is a mistake.
---@param method string of record/own_run_view.lua
function history_class.within(method, ...)
  local found, why = context.within(method, ...)
  if why then errors.raise("%s", why) end
  return found
end

-- Values of fields that were read, by the object.
local read_fields = setmetatable({}, { __mode = "k" })

-- The field is read anew when it is asked for next.
---@param object table
---@param field string
function history_class.forget(object, field)
  if read_fields[object] then read_fields[object][field] = nil end
end

-- All fields are read anew.
---@param object table?
function history_class.forget_all(object) if object then read_fields[object] = nil end end

local described = setmetatable({}, { __mode = "k" })

-- The fields and methods of objects with a metatable of history_class.new; nil for another one.
---@param meta table?
---@return { fields: table<string, function>, methods: table<string, function>? }?
function history_class.described(meta) return described[meta or false] end

-- Says what fields and methods objects with another metatable have.
---@param meta table
---@param fields table<string, any>
---@param methods table<string, function>?
function history_class.describe(meta, fields, methods) described[meta] = { fields = fields, methods = methods } end

-- The metatable of objects { row } with fields that are read once, and methods.
---@param name string what messages call such an object
---@param fields table<string, fun(row: table): any>
---@param methods table<string, function>?
---@param on_read fun(row: table, field: string, value: any) a step has read the field
---@param other? fun(row: table, k: any): any what there is under other names
---@return table metatable
function history_class.new(name, fields, methods, on_read, other)
  local meta = { __name = name }
  described[meta] = { fields = fields, methods = methods }
  errors.refuse(meta, "__call", "__concat", "__lt", "__le", "__add", "__sub", "__mul", "__div", "__unm", "__len")
  function meta.__newindex(_, k) require("rille.base.usage_hints").set(name, k) end
  function meta.__pairs() require("rille.base.usage_hints").walk(name, fields) end
  function meta.__index(self, k)
    local method = methods and methods[k]
    if method then return method end
    local get = fields[k]
    if not get then
      local found = other and other(rawget(self, "row"), k)
      if found ~= nil then return found end
      require("rille.base.usage_hints").field(name, k, methods or {}, fields)
    end
    local row, known = rawget(self, "row"), read_fields[self]
    if not known then
      known = {}
      read_fields[self] = known
    end
    local v = known[k]
    if v == nil then
      v = get(row)
      known[k] = v
    end
    if running.is_step() then on_read(row, k, v) end
    return v
  end
  return meta
end

-- An `observe` that makes the step impure, but for the fields in fixed: nothing but the identity of such an object is
-- in a key.  A row with observed = true is known by a fact already.
---@param kind string
---@param fixed table<string, true>
---@return fun(row: table, field: string)
function history_class.all_impure_but(kind, fixed)
  return function(row, field) if not fixed[field] and not row.observed then observe.impure(kind .. "." .. field) end end
end

-- The key of an object that a step captures is made of these fields of its row.
---@param meta table metatable
---@param kind string
---@return fun(object: table): table
function history_class.identity(meta, kind, ...)
  local names = { ... }
  local function parts_of(object)
    local row, parts = rawget(object, "row"), { kind }
    for i, name in ipairs(names) do
      local v = row[name]
      parts[i + 1] = v == nil and false or type(v) == "function" and "given" or v
    end
    return parts
  end
  fingerprint.kind(meta, parts_of)
  return parts_of
end

-- Lists of named things ----------------------------------------------------------------

-- The element of a list at an index, -1 being the last; the one after the last is nil, for ipairs.
---@param what string "outputs"
---@param list table
---@param k number
function history_class.at(what, list, k)
  local i = math.tointeger(k)
  if i and i ~= 0 and i >= -#list and i <= #list + 1 then return list[i < 0 and #list + 1 + i or i] end
  errors.raise("%s[%.14g]: %s", what, k,
    #list == 0 and "there are none" or string.format("they are numbered 1 to %d, and -1 is the last", #list))
end

-- __call of a table of named things.
---@param what string
---@param forms string how its elements are written
function history_class.not_called(what, forms)
  return function() errors.raise("%s cannot be called: write %s", what, forms) end
end

-- Makes map a table of named things that knows which names there are.
---@param what string "output"
---@param map table<string, any>
---@param order table the things in order; .names: their names
---@return table map
function history_class.named(what, map, order)
  return setmetatable(map, {
    __index = function(_, k)
      if type(k) == "number" then return history_class.at(what .. "s", order, k) end
      errors.raise('there is no %s "%s"%s', what, tostring(k), suggest.hint(k, order.names or {}))
    end,
    __len = function() return #order end,
    __call = history_class.not_called(what .. "s", what .. "s.NAME or " .. what .. "s[1]"),
  })
end

return history_class
