-- view: rille.stack and ctx.stack, what scripts see of the stack of the run.
--
--   rille.stack.name                  "prod"
--   rille.stack.experiment_tracker    { kind, name, flavor, options }; a mistake where the stack has none
--   rille.stack.has "alerter"         true where it has one
--   rille.stack.all "alerter"         a list of them, for kinds of which a stack may have several
--   rille.stack.open "model_registry" the object of the component, for the caller to close; in a step it is impure
-- What a running step reads is a fact: another stack in which it is the same is a hit.

local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local kinds = require "rille.stack.kinds"
local observe = require "rille.host.observe"
local running = require "rille.project.running"
local stack = require "rille.stack"
local suggest = require "rille.base.suggest"
local value = require "rille.host.value"

local view = {}

local View = { __name = "stack of a run" }

local FIELDS <const> = { name = true, has = true, all = true, open = true }

local function copy(part)
  local values = {}
  for name, v in next, part.options do values[name] = v end
  return { kind = part.kind, name = part.name, flavor = part.flavor, options = values }
end

local function all_of(kind)
  local list = {}
  for i, part in ipairs(stack.current():parts(kind)) do list[i] = copy(part) end
  return list
end

-- What a step that read the field was given, as text.
---@param field string "name", "first KIND", "has KIND" or "all KIND"
---@return string
function view.fact(field)
  if field == "name" then return stack.current().name end
  local word, kind = field:match "^(%l+) (.*)$"
  if not kinds.by_name[kind] then return "" end
  local list = all_of(kind)
  return value.encode(word == "all" and list or word == "has" and list[1] ~= nil or list[1] or false)
end

local function note(field)
  if running.is_step() then observe.fact("value", "ctx.stack " .. field, view.fact(field)) end
end

local function kind_of(what, name)
  local kind = type(name) == "string" and kinds.by_name[name:gsub("-", "_")]
  if kind then return kind end
  errors.raise("rille.stack.%s: expected a kind of component, found %s%s", what, errors.describe(name),
    type(name) == "string" and suggest.hint(name, kinds.names()) or "")
end

local methods = {}

function methods.has(name, ...)
  errors.no_more("rille.stack.has", ...)
  local kind = kind_of("has", name)
  note("has " .. kind.name)
  return stack.current():parts(kind.name)[1] ~= nil
end

function methods.all(name, ...)
  errors.no_more("rille.stack.all", ...)
  local kind = kind_of("all", name)
  note("all " .. kind.name)
  return all_of(kind.name)
end

-- What a component does is not observed, and a cached step would not do it again.
function methods.open(name, ...)
  errors.no_more("rille.stack.open", ...)
  local kind = kind_of("open", name)
  if running.is_step() then observe.impure "rille.stack.open" end
  local part = stack.current():parts(kind.name)[1]
  if not part then errors.raise("%s", stack.current():lack(kind)) end
  return (stack.open(part))
end

function View.__index(_, k)
  if methods[k] then return methods[k] end
  local field = type(k) == "string" and k or ""
  if field == "name" then
    note "name"
    return stack.current().name
  end
  local kind = kinds.by_name[field]
  if not kind then
    local names = kinds.names()
    for name in next, FIELDS do names[#names + 1] = name end
    table.sort(names)
    errors.raise('rille.stack has no field "%s"%s', tostring(k), suggest.hint(field, names))
  end
  note("first " .. kind.name)
  local parts = stack.current():parts(kind.name)
  if not parts[1] then
    note "name"         -- it is in the message
    errors.raise("%s", stack.current():lack(kind))
  end
  return copy(parts[1])
end

function View.__newindex(_, k) errors.raise('rille.stack cannot be changed (field "%s")', tostring(k)) end
function View.__tostring()
  note "name"
  return 'stack "' .. stack.current().name .. '"'
end
function View.__call() errors.raise "rille.stack cannot be called: write rille.stack.name, rille.stack.alerter" end
function View.__concat() errors.raise "rille.stack cannot be concatenated with ..: write rille.stack.name" end
function View.__pairs()
  errors.raise("pairs does not iterate over rille.stack; write rille.stack.all KIND, with one of %s",
    table.concat(kinds.names(), ", "))
end

-- What a step that captures it reads of it is observed; the object itself is one.
fingerprint.closed(View, "rille.stack")
fingerprint.kind(View, function() return { "rille.stack" } end)

view.View = View
view.stack = setmetatable({}, View)

return view
