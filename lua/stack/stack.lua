-- stack: the stack of a run: which components it has, and the objects that their flavors open.
--
--   stack.of(name) -> Stack            reads the configuration; nil: the active one
--   Stack:parts(kind) -> { { name, flavor, options }... }
--   Stack:objects(kind) -> { { name, flavor, object }... }      opened when they are first asked for
--   Stack:close()
--
-- stack.current is the stack of the run or plan that this process makes; scripts see it as rille.stack and ctx.stack.

local config = require "rille.stack.config"
local errors = require "rille.base.errors"
local flavors = require "rille.stack.flavors"
local global_options = require "rille.project.global_options"
local internal_error = require "rille.base.internal_error"
local kinds = require "rille.stack.kinds"
local options = require "rille.stack.options"
local project = require "rille.project"
local secret_texts = require "rille.stack.secret_texts"
local suggest = require "rille.base.suggest"

local stack = {}

---@class rille.stack.part
---@field kind string
---@field name string
---@field flavor string
---@field options table<string, any> as they are configured

---@class rille.stack
---@field name string
---@field by_kind table<string, rille.stack.part[]>
---@field extra table<string, rille.stack.part[]> by kind: those that only nodes ask for
---@field opened table<string, table[]> objects by kind
---@field secrets string[] that no message about its components may have
local Stack = { __name = "stack" }
Stack.__index = Stack

local current                -- of the run or plan that is made

local function label(part) return string.format('%s "%s"', kinds.by_name[part.kind].title, part.name) end

-- Building --------------------------------------------------------------------------------

-- The stack of a configuration.
---@param made rille.stack_config
---@param name string
---@return rille.stack
function stack.built(made, name)
  local by_kind = {}
  for _, kind in ipairs(kinds.list) do
    local parts = {}
    for i, of in ipairs(made.stacks[name][kind.name] or {}) do
      local one = made.components[kind.name][of]
      parts[i] = { kind = kind.name, name = of, flavor = one.flavor, options = one.options }
    end
    by_kind[kind.name] = parts
  end
  return setmetatable({ name = name, by_kind = by_kind, extra = {}, opened = {}, secrets = {} }, Stack)
end

-- The stack of that name, the active one without a name; raises where there is none.
---@param name string?
---@param at string? where it is named, "FILE:LINE:COLUMN"
---@return rille.stack
function stack.of(name, at)
  local made = config.read(project.dir or (project.find()))
  name = name or made.active
  if not made.stacks[name] then
    local names = config.names(made.stacks)
    local hint = suggest.hint(name, names)
    if hint == "" then hint = "; available: " .. table.concat(names, ", ") end
    errors.at(at or errors.where(), 'there is no stack "%s"%s', name, hint)
  end
  return stack.built(made, name)
end

-- The component of that name; nil and the names that there are.
---@param kind string
---@param name string
---@return rille.stack.part?, string[]? names
function stack.component(kind, name)
  local made = config.read(project.dir or (project.find()))
  local one = made.components[kind][name]
  if not one then return nil, config.names(made.components[kind]) end
  return { kind = kind, name = name, flavor = one.flavor, options = one.options }
end

-- What tells results in the stack's artifact store from those of others; nil: the default store.
---@return string?
function Stack:store_id() return require("rille.stack.stores").id(self) end

-- Makes the stack's artifact store that of the open project; returns a function that puts back the one before.
---@return fun()
function Stack:use_store() return require("rille.stack.stores").enter(self) end

-- Components --------------------------------------------------------------------------------

-- The components of a kind; none: an empty list.
---@param kind string "alerter"
---@return rille.stack.part[]
function Stack:parts(kind) return self.by_kind[kind] end

-- The sentence about a component that the stack lacks.
---@param kind rille.component_kind
---@return string
function Stack:lack(kind)
  local hint = string.format("rille stack update %s --%s NAME", self.name, kind.word)
  if self.name == config.DEFAULT then
    hint = string.format("rille stack copy default NAME, then rille stack update NAME --%s COMPONENT", kind.word)
  end
  return string.format('the stack "%s" has no %s; add one with %s (rille help stacks)', self.name, kind.title, hint)
end

-- The flavor of a component; raises where there is none of that name.
---@param part rille.stack.part
---@return rille.flavor
function stack.flavor_of(part)
  local flavor = flavors.get(part.kind, part.flavor)
  if flavor then return flavor end
  errors.raise("%s: %s", label(part), flavors.unknown(kinds.by_name[part.kind], part.flavor))
end

-- The history of a project is in one metadata store, that of the active stack.
local function check_metadata(self)
  local active = stack.of(nil)
  local own, open = self.by_kind.metadata_store[1].name, active.by_kind.metadata_store[1].name
  if own == open then return end
  errors.raise('the stack "%s" has the metadata store "%s", but the history of this project is in "%s", that of the '
    .. 'active stack "%s"; to change it: rille stack set %s', self.name, own, open, active.name, self.name)
end

-- Raises unless every component has a flavor, and options that it takes: before a run, not in the middle of it.
function Stack:check()
  check_metadata(self)
  for _, kind in ipairs(kinds.list) do
    for _, part in ipairs(self.by_kind[kind.name]) do
      options.check(label(part), stack.flavor_of(part), part.options)
    end
  end
end

local function check_object(part, object)
  if type(object) ~= "table" and type(object) ~= "userdata" then
    errors.raise("%s: flavor %s opened %s in place of an object", label(part), part.flavor, errors.describe(object))
  end
  local kind = kinds.by_name[part.kind]
  for _, method in ipairs(kind.methods) do
    if not object[method] then
      errors.raise("%s: flavor %s opened an object without the method %s, which %s %s has", label(part), part.flavor,
        method, kind.article, kind.title)
    end
  end
  return object
end

-- A path of an option, from the folder that has .rille, whatever script runs; "" is .rille itself.
---@param dir string the .rille folder
---@param path string
---@return string
function stack.path(dir, path)
  if path == "" then return dir end
  return path:sub(1, 1) == "/" and path or dir:match "^(.*)/[^/]*$" .. "/" .. path:gsub("^%./+", "")
end

local function environment_of(part, more)
  local dir = more and more.dir or project.dir or (project.find())
  return { name = part.name, kind = part.kind, dir = dir, folder = dir:match "^(.*)/[^/]*$", how = more and more.how,
    path = function(path) return stack.path(dir, path) end }
end

-- Opens the object of a component; raises where that fails.
---@param part rille.stack.part
---@param more { dir: string, how: table? }? the .rille folder while it is being opened
---@return table object, string[] secrets that no message about it may have
function stack.open(part, more)
  local flavor = stack.flavor_of(part)
  local values = options.resolve(label(part), flavor, part.options)
  local secrets = secret_texts.add({}, flavor, part.options)
  local ok, object, why = internal_error.call(flavor.open, values, environment_of(part, more))
  if internal_error.is(object) then error(object, 0) end
  if ok and object ~= nil then return check_object(part, object), secrets end
  local text = ok and tostring(why or "it gave no object") or errors.text_of(object, "its flavor")
  errors.at(nil, "%s cannot be opened: %s", label(part), secret_texts.removed(text, secrets))
end

-- The same for this stack, which keeps what no message may have.
local function open(self, part, extra)
  local object = stack.open(part)
  secret_texts.add(self.secrets, stack.flavor_of(part), part.options)
  return { name = part.name, flavor = part.flavor, object = object, extra = extra }
end

-- A message without the secrets of the components that were opened.
---@param text string
---@return string
function Stack:without_secrets(text) return secret_texts.removed(text, self.secrets) end

-- Adds a component that only nodes ask for, unless the stack has it.
---@param part rille.stack.part
function Stack:add(part)
  local extra = self.extra[part.kind] or {}
  for _, list in ipairs { self.by_kind[part.kind], extra } do
    for _, one in ipairs(list) do if one.name == part.name then return end end
  end
  options.check(label(part), stack.flavor_of(part), part.options)
  self.extra[part.kind] = extra
  extra[#extra + 1] = part
end

-- The objects of a kind: a list of { name, flavor, object, extra }; extra: only nodes ask for it.
---@param kind string
---@return { name: string, flavor: string, object: table, extra: boolean }[]
function Stack:objects(kind)
  local list = self.opened[kind]
  if list then return list end
  list = {}
  self.opened[kind] = list
  for _, part in ipairs(self.by_kind[kind]) do
    list[#list + 1] = open(self, part, false)
  end
  for _, part in ipairs(self.extra[kind] or {}) do
    list[#list + 1] = open(self, part, true)
  end
  return list
end

-- Closes what was opened; calls told(sentence) for each that fails.
---@param told fun(text: string)?
function Stack:close(told)
  for _, kind in ipairs(kinds.list) do
    for _, one in ipairs(self.opened[kind.name] or {}) do
      local close = one.object.close
      if close then
        local ok, message = internal_error.call(close, one.object)
        if internal_error.is(message) then error(message, 0) end
        if not ok and told then
          told(self:without_secrets(string.format('%s "%s" could not be closed: %s', kind.title, one.name,
            errors.text_of(message, "it"))))
        end
      end
    end
  end
  self.opened = {}
end

-- The current one -----------------------------------------------------------------------------

-- Makes it the stack of what this process does; nil: the default.  Returns the one before.
---@param given rille.stack?
---@return rille.stack? before
function stack.enter(given)
  local before = current
  current = given
  return before
end

-- The stack of the run that is made here; before one, that of --stack, or the active one.
---@return rille.stack
function stack.current() return current or stack.of(global_options.stack or nil) end

return stack
