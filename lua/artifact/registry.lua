-- registry: the materializers that there are: those of a script (rille.materializer) and
-- the built-in ones in materializers/, of which manifest.lua is the list.

local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local manifest = require "rille.materializers.manifest"
local types = require "rille.script.types"

---@class Materializer
---@field type string its name, and that of the type that it makes
---@field version integer of the file format
---@field member string? pack and unpack: the name of the only member
---@field pack (fun(v: any): string)?
---@field unpack (fun(bytes: string): any)?
---@field nested integer? the version of a second format, of tables that hold other values (nested.lua)
---@field save fun(v: any, art: table)? any number of members
---@field load (fun(art: table): any)?
---@field preview (fun(v: any, art: table): string)? one line
---@field views table<string, fun(art: table): any>? other ways to load what it saved (load_as.lua)
---@field exports table<string, function>? by ending, f(v, name) -> what rille artifact get writes; and print(v)
---@field claims (fun(v: any): boolean)? which values it is for, where no class says it
---@field classes table[] metatables of the values that it is for
---@field captures table<table, true> tables that `claims` captures
---@field custom true? it is a script's
---@field native true? it is a host's, in C
---@field doc string?
---@field at string? where the script defines it

-- own: those of the script, by name; by_class: lists of them by metatable; claims: those
-- that have claims.
local registry = { own = {}, by_class = {}, claims = {} }

-- Types of models and transformers can be named before their battery is loaded: t.svm.
for _, name in ipairs(manifest.classes) do
  local classes = manifest[name]
  if classes ~= true then types.model(name, classes, classes.battery or name) end
end

local FIELDS <const> = { class = true, claims = true, version = true, save = true, load = true, preview = true,
  signature = true, views = true, doc = true }

local function check_function(what, field, f)
  if type(f) ~= "function" then errors.raise("%s: %s must be a function, found %s", what, field, errors.describe(f)) end
end

local function check_views(what, views)
  if views == nil then return {} end
  if type(views) ~= "table" then
    errors.raise("%s: views must be a table { NAME = function(art) }, found %s", what, errors.describe(views))
  end
  local copy = {}
  for name, f in next, views do
    if type(name) ~= "string" then
      errors.raise("%s: the name of a view must be a string, found %s", what, errors.describe(name))
    end
    check_function(what, "views." .. name, f)
    copy[name] = f
  end
  return copy
end

local function class_list(class, what)
  if class == nil then return {} end
  local list = type(class) == "table" and class[1] ~= nil and class or { class }
  for _, one in ipairs(list) do
    if type(one) ~= "table" then
      errors.raise("%s: class must be a metatable or a list of metatables, found %s", what, errors.describe(one))
    end
  end
  return list
end

-- Is the value one that the materializer is for?
---@param materializer Materializer
---@param v any
---@return boolean
function registry.covers(materializer, v)
  if materializer.claims then return materializer.claims(v) and true or false end
  local meta = debug.getmetatable(v)
  for _, class in ipairs(materializer.classes) do if meta == class then return true end end
  return false
end

local function remove_from(list, materializer)
  for i = #list, 1, -1 do
    if list[i] == materializer then table.remove(list, i) end
  end
end

-- Tells the fingerprint which materializers the table is a class of: a key of what captures it has that, since a
-- table with equal content is another class.
local function identify(class)
  local names = {}
  for i, one in ipairs(registry.by_class[class] or {}) do names[i] = one.type end
  for _, one in ipairs(registry.claims) do
    if one.captures[class] then names[#names + 1] = "claims of " .. one.type end
  end
  fingerprint.set_class(class, names[1] and table.concat(names, ", ") or nil)
end

-- The set of tables that the function `claims` captures, which it may compare values with.
local function captures_of(claims)
  local info = fingerprint.walk(claims, { name = "claims", visits = true })
  local set = {}
  for v, how in next, info and info.visited or {} do
    if how == true and type(v) == "table" then set[v] = true end
  end
  return set
end

local function unlist(materializer)
  for _, class in ipairs(materializer.classes) do
    -- none where memory ended while it was added
    local list = registry.by_class[class] or {}
    remove_from(list, materializer)
    if #list == 0 then registry.by_class[class] = nil end
    identify(class)
  end
  remove_from(registry.claims, materializer)
  for class in next, materializer.captures do identify(class) end
end

local function enlist(materializer)
  materializer.captures = materializer.claims and captures_of(materializer.claims) or {}
  registry.own[materializer.type] = materializer
  for _, class in ipairs(materializer.classes) do
    local list = registry.by_class[class] or {}
    list[#list + 1] = materializer
    registry.by_class[class] = list
    identify(class)
  end
  if not materializer.claims then return end
  registry.claims[#registry.claims + 1] = materializer
  for class in next, materializer.captures do identify(class) end
end

-- Adds one of the script, in place of one with its name, and its type.
local function add(materializer, class, what)
  if registry.own[materializer.type] then unlist(registry.own[materializer.type]) end
  materializer.classes = class_list(class, what)
  enlist(materializer)
  types.of_class(materializer.type, function(v) return registry.covers(materializer, v) end)
end

-- Removes one of the script and puts back the one that it replaced, if any.
---@param name string
---@param replaced Materializer?
function registry.remove(name, replaced)
  unlist(registry.own[name])
  registry.own[name] = nil
  if replaced then enlist(replaced) end
end

local function define(at, name, fields)
  local what = 'materializer "' .. name .. '"'
  if type(fields) ~= "table" then
    errors.raise("%s: expected a table of fields, found %s", what, errors.describe(fields))
  end
  errors.check_fields(what, fields, FIELDS)
  check_function(what, "save", fields.save)
  check_function(what, "load", fields.load)
  if fields.preview ~= nil then check_function(what, "preview", fields.preview) end
  if fields.signature ~= nil then check_function(what, "signature", fields.signature) end
  if math.type(fields.version) ~= "integer" or fields.version < 1 then
    errors.raise("%s: version must be an integer of at least 1 (raise it when the file format changes), found %s", what,
      errors.describe(fields.version))
  end
  if (fields.class == nil) == (fields.claims == nil) then
    errors.raise("%s: give either class (a metatable or a list of them) or claims (a function)", what)
  end
  if fields.claims ~= nil then check_function(what, "claims", fields.claims) end
  errors.check_text(what, "doc", fields.doc)
  local made = { type = name, version = fields.version, save = fields.save, load = fields.load,
    preview = fields.preview, signature = fields.signature, views = check_views(what, fields.views),
    claims = fields.claims, doc = fields.doc, custom = true, at = at }
  add(made, fields.class, what)
  return made
end

-- Adds one of a type in C (rille_register_type), with its class.
---@param materializer Materializer
---@param class table
function registry.add_native(materializer, class)
  add(materializer, class, "type " .. materializer.type)
  types.registered[materializer.type].native = true
end

-- rille.materializer "svc" { ... } -> the materializer; registers the type t.svc.
---@param name string
---@return fun(fields: table): table
function registry.define(name, ...)
  types.check_name("a materializer", name)
  local at = errors.where()
  if select("#", ...) > 0 then return (errors.from(at, define, at, name, (...))) end
  return function(fields) return errors.from(at, define, at, name, fields) end
end

-- Built-in ones --------------------------------------------------------------------

local loaded = {}

-- The built-in materializer of that name, or nil; its module is loaded at the first use.
---@param name string
---@return Materializer?
function registry.builtin(name)
  local found = loaded[name]
  if not found and manifest[name] then
    found = require("rille.materializers." .. name)
    found.type = name
    loaded[name] = found
  end
  return found
end

-- The materializer of that name, the script's own first; nil when there is none.
---@param name string
---@return Materializer?
function registry.named(name) return registry.own[name] or registry.builtin(name) end

-- The materializers that step:with { materializers = } names, by output.
---@param step Step
---@return table<integer, Materializer>
function registry.chosen(step)
  local option, chosen = step.options.materializers, {}
  if not option then return chosen end
  for i, port in ipairs(step.outputs) do chosen[i] = option.save and option or option[port.name] end
  return chosen
end

return registry
