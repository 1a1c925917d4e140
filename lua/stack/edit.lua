-- edit: changes of the stacks and components of a project.  Each raises where it is refused; then nothing has changed.

local config = require "rille.stack.config"
local errors = require "rille.base.errors"
local flavors = require "rille.stack.flavors"
local kinds = require "rille.stack.kinds"
local options = require "rille.stack.options"
local project = require "rille.project"
local store_format = require "rille.project.store_format"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local value = require "rille.host.value"

local edit = {}

local DEFAULT <const> = config.DEFAULT
local PATIENCE <const> = 3          -- seconds that one edit waits for another

local function refuse(fmt, ...) errors.at(nil, fmt, ...) end

local function available(name, map)
  local names = config.names(map)
  local hint = suggest.hint(name, names)
  if hint ~= "" then return hint end
  return names[1] and "; available: " .. table.concat(names, ", ") or ""
end

-- Files -----------------------------------------------------------------------------------

-- The .rille folder of the project.  Where there is none it is created, unless the edit is refused.
local function prepare(f)
  local dir = project.find()
  local ok, message, code = store_format.check(dir, false)
  if not ok then project.fail(message, code) end
  if not sys.stat(dir) then
    f(config.empty())
    project.check(sys.mkdirs(dir))
    store_format.ignore(dir)
  end
  return dir
end

-- Another process that edits holds the lock for a few milliseconds.
local function lock(dir)
  local latest = sys.mono() + PATIENCE
  repeat
    local handle, message, code = sys.lock_folder(dir)
    if handle then return handle end
    if sys.mono() > latest then project.fail(message, code) end
  until false
end

-- Removes what edits left whose process was killed; the lock is held.
local function clean(dir)
  for _, name in ipairs(sys.list(dir) or {}) do
    if name:find "^%.%x+%.tmp$" then sys.remove(dir .. "/" .. name) end
  end
end

-- Changes the configuration by f(configuration); nothing is written when f raises.
---@param f fun(made: rille.stack_config): any it changes nothing else
---@return any what f returns
function edit.change(f)
  local dir = prepare(f)
  local handle <close> = lock(dir)
  assert(handle)
  clean(dir)
  local made = config.read(dir)
  local result = f(made)
  config.write(dir, made)
  return result
end

-- Names -----------------------------------------------------------------------------------

-- Raises unless the name can be that of a new stack or component.
local function check_new(what, name, map)
  if not config.is_name(name) then
    refuse("%s: %s is not a name; letters, digits, _ - and . are allowed", what, errors.describe(name))
  end
  if map[name] then refuse('the %s "%s" exists already', what, name) end
end

-- Raises unless there is such a stack.
---@param made rille.stack_config
---@param name string
function edit.check_stack(made, name)
  if not made.stacks[name] then refuse('no stack named "%s"%s', name, available(name, made.stacks)) end
end

-- Raises unless there is such a component.
---@param made rille.stack_config
---@param kind rille.component_kind
---@param name string
function edit.check_component(made, kind, name)
  local all = made.components[kind.name]
  if all[name] then return end
  local hint = available(name, all)
  if hint == "" then hint = string.format("; register one with rille %s register NAME --flavor FLAVOR", kind.word) end
  refuse('no %s named "%s"%s', kind.title, name, hint)
end

local function is_standard(kind, name) return kind.needed and name == DEFAULT end

-- Components --------------------------------------------------------------------------------

-- The names of the stacks that have the component.
---@param made rille.stack_config
---@param kind rille.component_kind
---@param name string
---@return string[]
function edit.users_of(made, kind, name)
  local users = {}
  for _, stack in ipairs(config.names(made.stacks)) do
    for _, one in ipairs(made.stacks[stack][kind.name] or {}) do
      if one == name then users[#users + 1] = stack end
    end
  end
  return users
end

local function label(kind, name) return string.format('%s "%s"', kind.title, name) end

-- The flavor of that name; raises where there is none.
---@param kind rille.component_kind
---@param name string
---@return rille.flavor
function edit.flavor(kind, name)
  local flavor = flavors.get(kind.name, name)
  if not flavor then refuse("%s", flavors.unknown(kind, name)) end
  return flavor
end

-- The options of texts NAME=VALUE, over those that are there; unset: names that go back to their default.
local function given_options(what, flavor, before, texts, unset)
  local given = {}
  for name, v in next, before do given[name] = v end
  for _, name in ipairs(unset or {}) do
    if given[name] == nil then refuse("%s: option %s is not set%s", what, name, available(name, given)) end
    given[name] = nil
  end
  for _, text in ipairs(texts or {}) do
    local name, v = text:match "^([^=]+)=(.*)$"
    if not name then refuse("--set %s: expected OPTION=VALUE", text) end
    given[name] = options.parse(what, flavor, name, v)
  end
  return options.check(what, flavor, given)
end

---@param made rille.stack_config
---@param kind rille.component_kind
---@param name string
---@param flavor_name string
---@param texts string[]? OPTION=VALUE
function edit.register_component(made, kind, name, flavor_name, texts)
  check_new(kind.title, name, made.components[kind.name])
  local flavor = edit.flavor(kind, flavor_name)
  made.components[kind.name][name] = { flavor = flavor_name, options = given_options(label(kind, name), flavor, {},
    texts) }
end

---@param made rille.stack_config
---@param kind rille.component_kind
---@param name string
---@param texts string[]? OPTION=VALUE
---@param unset string[]? names of options
function edit.update_component(made, kind, name, texts, unset)
  edit.check_component(made, kind, name)
  if is_standard(kind, name) then
    refuse('the %s "%s" is built in and cannot be changed; register another: rille %s register NAME --flavor FLAVOR',
      kind.title, name, kind.word)
  end
  local one = made.components[kind.name][name]
  one.options = given_options(label(kind, name), edit.flavor(kind, one.flavor), one.options, texts, unset)
end

---@param made rille.stack_config
---@param kind rille.component_kind
---@param name string
function edit.delete_component(made, kind, name)
  edit.check_component(made, kind, name)
  if is_standard(kind, name) then refuse('the %s "%s" is built in and cannot be deleted', kind.title, name) end
  local users = edit.users_of(made, kind, name)
  if users[1] then
    refuse("%s is used by the stack%s %s; remove it there first: rille stack update %s --remove %s=%s",
      label(kind, name), users[2] and "s" or "", table.concat(users, ", "), users[1], kind.word, name)
  end
  made.components[kind.name][name] = nil
end

-- Stacks --------------------------------------------------------------------------------------

local function check_own(name)
  if name == DEFAULT then
    refuse 'the stack "default" cannot be changed; make one of your own: rille stack copy default NAME'
  end
end

-- Sets the components of a stack: parts = { [kind] = { name... } }.
local function set_parts(made, name, parts)
  for _, kind in ipairs(kinds.list) do
    local list, seen = parts[kind.name], {}
    for _, one in ipairs(list or {}) do
      edit.check_component(made, kind, one)
      if seen[one] then refuse("--%s %s: given twice", kind.word, one) end
      seen[one] = true
    end
    if list and #list > 1 and not kind.several then
      refuse("--%s is given %d times; a stack has one %s", kind.word, #list, kind.title)
    end
    if list then made.stacks[name][kind.name] = list end
  end
end

local function standard_parts()
  return config.empty().stacks[DEFAULT]
end

---@param made rille.stack_config
---@param name string
---@param parts table<string, string[]>
function edit.register_stack(made, name, parts)
  check_new("stack", name, made.stacks)
  made.stacks[name] = standard_parts()
  set_parts(made, name, parts)
end

-- Takes a component, or all of a kind, out of a stack; text is "KIND" or "KIND=NAME".
local function remove_part(made, name, text)
  local word, component = text:match "^([^=]+)=(.+)$"
  local kind = kinds.by_word[word or text]
  if not kind then
    local words = {}
    for i, one in ipairs(kinds.list) do words[i] = one.word end
    refuse("--remove %s: unknown kind of component%s", text, suggest.hint(word or text, words))
  end
  local parts, left = made.stacks[name], {}
  local found = component == nil and parts[kind.name] ~= nil
  for _, one in ipairs(component and parts[kind.name] or {}) do
    if one == component then found = true else left[#left + 1] = one end
  end
  if not found then
    refuse('the stack "%s" has no %s%s', name, kind.title, component and ' "' .. component .. '"' or "")
  end
  parts[kind.name] = left[1] and left or kind.needed and { DEFAULT } or nil
end

---@param made rille.stack_config
---@param name string
---@param parts table<string, string[]>
---@param removed string[]? "KIND" or "KIND=NAME"
function edit.update_stack(made, name, parts, removed)
  edit.check_stack(made, name)
  check_own(name)
  for _, text in ipairs(removed or {}) do remove_part(made, name, text) end
  set_parts(made, name, parts)
end

---@param made rille.stack_config
---@param from string
---@param to string
function edit.copy_stack(made, from, to)
  edit.check_stack(made, from)
  check_new("stack", to, made.stacks)
  local copy = {}
  for kind, names in next, made.stacks[from] do copy[kind] = table.move(names, 1, #names, 1, {}) end
  made.stacks[to] = copy
end

---@param made rille.stack_config
---@param name string
function edit.set_stack(made, name)
  edit.check_stack(made, name)
  made.active = name
end

---@param made rille.stack_config
---@param name string
function edit.delete_stack(made, name)
  edit.check_stack(made, name)
  if name == DEFAULT then refuse 'the stack "default" is built in and cannot be deleted' end
  if made.active == name then
    refuse('the stack "%s" is active; make another one active first: rille stack set default', name)
  end
  made.stacks[name] = nil
end

-- Export and import -----------------------------------------------------------------------------

-- A stack and its components, as a configuration of its own.
---@param made rille.stack_config
---@param name string
---@return rille.stack_config
function edit.extract(made, name)
  edit.check_stack(made, name)
  if name == DEFAULT then refuse 'the stack "default" is the same in every project; there is nothing to export' end
  local out = config.empty()
  out.stacks[name] = made.stacks[name]
  for kind, names in next, made.stacks[name] do
    for _, one in ipairs(names) do
      local component, flavor = made.components[kind][one], flavors.get(kind, made.components[kind][one].flavor)
      if flavor then options.check(label(kinds.by_name[kind], one), flavor, component.options) end
      out.components[kind][one] = component
    end
  end
  return out
end

local function equal(a, b) return value.encode(a) == value.encode(b) end

-- Adds the components of other that are not there; raises for one that is there and differs.
local function add_components(made, other, added)
  for _, kind in ipairs(kinds.list) do
    for _, name in ipairs(config.names(other.components[kind.name])) do
      local new, old = other.components[kind.name][name], made.components[kind.name][name]
      local flavor = flavors.get(kind.name, new.flavor)
      if flavor then options.check(label(kind, name), flavor, new.options)
      else added.unknown[#added.unknown + 1] = new.flavor end
      if old and not equal(old, new) then
        refuse("%s is here already, with another flavor or other options; rename it in the file, or change it here: "
          .. "rille %s update %s --set OPTION=VALUE", label(kind, name), kind.word, name)
      end
      if not old then added.components[#added.components + 1] = kind.word .. " " .. name end
      made.components[kind.name][name] = new
    end
  end
end

---@class rille.imported
---@field stacks string[] names of stacks that are new
---@field components string[] "KIND NAME" of components that are new
---@field unknown string[] flavors that are not known here

-- Adds what another configuration has; name: of its only stack, instead of its own.
---@param made rille.stack_config
---@param other rille.stack_config
---@param name string?
---@return rille.imported
function edit.merge(made, other, name)
  local added, names = { stacks = {}, components = {}, unknown = {} }, {}
  for _, one in ipairs(config.names(other.stacks)) do if one ~= DEFAULT then names[#names + 1] = one end end
  if not names[1] then refuse "the file has no stack" end
  if name and names[2] then refuse("the file has %d stacks, so they keep their names", #names) end
  add_components(made, other, added)
  for _, one in ipairs(names) do
    local to = name or one
    if made.stacks[to] and not equal(made.stacks[to], other.stacks[one]) then
      refuse('there is another stack "%s" already; give this one another name: rille stack import FILE NAME', to)
    end
    if not made.stacks[to] then
      check_new("stack", to, made.stacks)
      added.stacks[#added.stacks + 1] = to
    end
    made.stacks[to] = other.stacks[one]
  end
  return added
end

return edit
