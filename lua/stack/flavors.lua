-- flavors: the flavors of components: what a component of a kind can be.
--
-- A flavor of rille's own is one file, stack/flavor/KIND/NAME.lua, which returns its record; its name has dashes where
-- the file has underscores.  A script adds its own with rille.flavor.  The record:
--
--   kind, name     "alerter", "webhook"
--   summary        one line
--   options        { NAME = type or default }, as the parameters of a step; an option without a default is required
--   secrets        names of options whose values may only come from the environment, as ${env:NAME}
--   requires       what has to be installed: { package = "libcurl4", lib = "libcurl.so.4" | program = "git", for_what }
--   path           function(options, env) -> where it keeps what it has, for `rille KIND describe`
--   open           function(options, env) -> object.  It raises an error, or returns nil and why
--                  env = { name, kind, dir (the .rille folder), folder (that it is in), path(text) (a path of an
--                  option, from that folder; "" is the .rille folder) }
-- What the object has to have: stack/kinds.lua.

local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local kinds = require "rille.stack.kinds"
local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"

local flavors = {}

---@class rille.flavor
---@field kind string
---@field name string
---@field summary string?
---@field options Param[] sorted by name
---@field secrets table<string, true>
---@field requires { package: string, lib: string?, program: string?, for_what: string? }[]
---@field open fun(options: table, env: table): table?, string?
---@field path (fun(options: table, env: table): string)?
---@field custom boolean it is a script's
---@field at string? where the script defines it

local PREFIX <const> = "lua/stack/flavor/"
local FIELDS <const> = { kind = true, name = true, summary = true, options = true, secrets = true,
  requires = true, path = true, open = true }

local REQUIRED <const> = { package = true, lib = true, program = true, for_what = true }

local own = {}              -- those of the script: own[kind][name]

local function label(kind, name) return string.format('%s flavor "%s"', kind.title, name) end

local function check_secrets(what, secrets, options)
  local set, known = {}, {}
  for _, option in ipairs(options) do known[option.name] = true end
  if secrets ~= nil and type(secrets) ~= "table" then
    errors.raise("%s: secrets must be a list of names of options, found %s", what, errors.describe(secrets))
  end
  for _, name in ipairs(secrets or {}) do
    if not known[name] then errors.raise("%s: secrets names %s, not an option", what, errors.describe(name)) end
    set[name] = true
  end
  return set
end

-- requires may be one of them, a name of a package, or a list.
local function requires_of(what, requires)
  if requires == nil then return {} end
  if type(requires) == "string" then return { { package = requires } } end
  if type(requires) ~= "table" then
    errors.raise("%s: requires must be the name of a package or a list, found %s", what, errors.describe(requires))
  end
  local all = {}
  for i, one in ipairs(requires[1] == nil and { requires } or requires) do
    all[i] = type(one) == "string" and { package = one } or one
    if type(all[i]) ~= "table" or type(all[i].package) ~= "string" then
      errors.raise('%s: requires: expected the name of a package or { package =, lib =, program = }, found %s', what,
        errors.describe(one))
    end
    errors.check_fields(what .. ": requires", all[i], REQUIRED)
  end
  return all
end

-- A record as the rest of rille has it.
local function checked(record, at)
  if type(record) ~= "table" then
    errors.raise("rille.flavor: expected a table of fields, found %s", errors.describe(record))
  end
  errors.check_fields("rille.flavor", record, FIELDS)
  local kind = type(record.kind) == "string" and kinds.by_name[record.kind:gsub("-", "_")]
  if not kind then
    errors.raise("rille.flavor: kind must be a kind of component, found %s%s", errors.describe(record.kind),
      type(record.kind) == "string" and suggest.hint(record.kind, kinds.names()) or "")
  end
  if type(record.name) ~= "string" or not record.name:find "^%l[%w%-_]*$" then
    errors.raise("rille.flavor: name must be letters, digits, - and _, found %s", errors.describe(record.name))
  end
  local what = label(kind, record.name)
  errors.check_text(what, "summary", record.summary)
  if type(record.open) ~= "function" then
    errors.raise("%s: open must be a function(options, env) that gives an object, found %s", what,
      errors.describe(record.open))
  end
  if record.path ~= nil and type(record.path) ~= "function" then
    errors.raise("%s: path must be a function(options, env), found %s", what, errors.describe(record.path))
  end
  local options = definition.param_list(what, record.options or {}, {})
  return { kind = kind.name, name = record.name, summary = record.summary, options = options,
    secrets = check_secrets(what, record.secrets, options), requires = requires_of(what, record.requires),
    open = record.open, path = record.path, custom = at ~= nil, at = at }
end

local loaded = {}           -- those of rille's own, by the path of their module

local function builtin(kind, name)
  if name:find "[^%w%-]" then return nil end
  local module = "rille.stack.flavor." .. kind .. "." .. name:gsub("-", "_")
  if not origin.offers(module) then return nil end
  loaded[module] = loaded[module] or checked(require(module))
  return loaded[module]
end

-- The flavor of that name, the script's own first; nil when there is none.
---@param kind string "artifact_store"
---@param name string
---@return rille.flavor?
function flavors.get(kind, name) return own[kind] and own[kind][name] or builtin(kind, name) end

-- The names of the flavors of a kind, sorted.
---@param kind string
---@return string[]
function flavors.names(kind)
  local names, seen = {}, {}
  for name in next, own[kind] or {} do names[#names + 1], seen[name] = name, true end
  local folder = PREFIX .. kind .. "/"
  for _, path in ipairs(origin.files(folder)) do
    local name = path:sub(#folder + 1, -#".lua" - 1):gsub("_", "-")
    if not seen[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- rille.flavor { kind =, name =, ... }: a flavor of the script's own, in place of one with its name.
---@param record table
function flavors.define(record, ...)
  errors.no_more("rille.flavor", ...)
  local flavor = checked(record, errors.where() or "?")
  own[flavor.kind] = own[flavor.kind] or {}
  own[flavor.kind][flavor.name] = flavor
end

-- The sentence about a flavor that there is not.
---@param kind rille.component_kind
---@param name string
---@return string
function flavors.unknown(kind, name)
  local names = flavors.names(kind.name)
  local hint = suggest.hint(name, names)
  if not hint:find "did you mean" then
    hint = hint .. "; for one of your own, require the module with its rille.flavor in the script, "
      .. "or give --script FILE"
  end
  return string.format('there is no %s flavor "%s"%s', kind.title, name, hint)
end

return flavors
