-- config: the stacks and components of a project, in .rille/config.yaml.
--
--     format: 1
--     active: prod
--     components:
--       artifact_store: { shared: { flavor: read-through, options: { shared: /mnt/objects } } }
--     stacks:
--       prod: { artifact_store: shared, alerter: [slack, console] }
--
-- A kind that every stack needs and that a stack does not name is its component "default".  The stack "default" and the
-- components "default" are always there and are not written.  In memory:
--
--     { active = name, components = { [kind] = { [name] = { flavor, options } } },
--       stacks = { [name] = { [kind] = { name... } } } }

local errors = require "rille.base.errors"
local json = require "rille.json"
local kinds = require "rille.stack.kinds"
local project = require "rille.project"
local store_format = require "rille.project.store_format"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local value_parser = require "rille.script.value_parser"

local config = {}

config.DEFAULT = "default"

---@class rille.stack_config
---@field active string
---@field components table<string, table<string, { flavor: string, options: table<string, any> }>>
---@field stacks table<string, table<string, string[]>>

local HEAD <const> = "# rille's state for this project; see rille help store and rille help stacks.\n"
  .. "# rille writes this file again when stacks change: comments and layout are not kept.\nformat: 1\n"
local MOST <const> = 1 << 16        -- bytes

local STANDARD <const> = { orchestrator = "local", artifact_store = "local", metadata_store = "sqlite" }

-- Is it a name of a stack or a component?
---@param name any
---@return boolean
function config.is_name(name)
  return type(name) == "string" and #name <= 100 and name:find "^[%w_][%w_%.%-]*$" ~= nil
end

-- What a project without a configuration has.
---@return rille.stack_config
function config.empty()
  local components, standard = {}, {}
  for _, kind in ipairs(kinds.list) do components[kind.name] = {} end
  for kind, flavor in next, STANDARD do
    components[kind][config.DEFAULT] = { flavor = flavor, options = {} }
    standard[kind] = { config.DEFAULT }
  end
  return { active = config.DEFAULT, components = components, stacks = { [config.DEFAULT] = standard } }
end

-- Reading --------------------------------------------------------------------------------

local Reader = {}
Reader.__index = Reader

-- Raises at the place of the key or value at the path.
function Reader:fail(path, fmt, ...)
  local at = self.where[path] or { line = 1, column = 1 }
  errors.at(nil, "%s:%d:%d: %s", self.name, at.key_line or at.line, at.key_column or at.column,
    string.format(fmt, ...))
end

-- The fields of a map, sorted by name: a list of { name, value, path }.
function Reader:fields(v, path, what)
  if v == nil or v == json.null then return {} end
  if type(v) ~= "table" or v[1] ~= nil then self:fail(path, "%s is a map, as in { NAME: VALUE }", what) end
  local list = {}
  for key, value in next, v do list[#list + 1] = { key, value, value_parser.path(path, key) } end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

function Reader:check_name(name, path)
  if not config.is_name(name) then
    self:fail(path, "%s is not a name: letters, digits, _ - and . are allowed", errors.describe(name))
  end
  return name
end

function Reader:kind(name, path)
  if kinds.by_name[name] then return kinds.by_name[name] end
  self:fail(path, 'unknown kind of component "%s"%s', name, suggest.hint(name, kinds.names()))
end

local COMPONENT <const> = { flavor = true, options = true }

function Reader:component(v, path)
  local made = { options = {} }
  for _, field in ipairs(self:fields(v, path, "a component")) do
    if not COMPONENT[field[1]] then
      self:fail(field[3], 'unknown key "%s"%s', field[1], suggest.hint(field[1], { "flavor", "options" }))
    end
    if field[1] == "flavor" then made.flavor = field[2] end
    for _, option in ipairs(field[1] == "options" and self:fields(field[2], field[3], "options") or {}) do
      if option[2] ~= json.null then made.options[option[1]] = option[2] end
    end
  end
  if type(made.flavor) ~= "string" then self:fail(path, "a component needs a flavor") end
  return made
end

function Reader:components(v)
  for _, of_kind in ipairs(self:fields(v, "components", "components")) do
    local kind = self:kind(of_kind[1], of_kind[3])
    for _, one in ipairs(self:fields(of_kind[2], of_kind[3], of_kind[1])) do
      self:check_name(one[1], one[3])
      if self.made.components[kind.name][one[1]] then self:fail(one[3], 'the %s "default" is built in', kind.title) end
      self.made.components[kind.name][one[1]] = self:component(one[2], one[3])
    end
  end
end

function Reader:part(kind, v, path)
  local list = type(v) == "table" and v or { v }
  for i, name in ipairs(list) do
    if type(name) ~= "string" or not self.made.components[kind.name][name] then
      self:fail(type(v) == "table" and path .. "[" .. i .. "]" or path, "there is no %s named %s%s", kind.title,
        errors.describe(name), suggest.hint(tostring(name), config.names(self.made.components[kind.name])))
    end
  end
  if #list > 1 and not kind.several then self:fail(path, "a stack has one %s", kind.title) end
  return list
end

function Reader:stacks(v)
  for _, one in ipairs(self:fields(v, "stacks", "stacks")) do
    local name = self:check_name(one[1], one[3])
    if name == config.DEFAULT then self:fail(one[3], 'the stack "default" is built in') end
    local parts = {}
    for _, part in ipairs(self:fields(one[2], one[3], "a stack")) do
      local kind = self:kind(part[1], part[3])
      if part[2] ~= json.null then parts[kind.name] = self:part(kind, part[2], part[3]) end
    end
    for kind in next, STANDARD do parts[kind] = parts[kind] or { config.DEFAULT } end
    self.made.stacks[name] = parts
  end
end

local TOP <const> = { "format", "active", "components", "stacks", "stages" }

-- The configuration in a text; raises at a mistake in it.
---@param text string
---@param shown string how messages name it
---@param format boolean? the text has to say which format it has
---@return rille.stack_config
function config.parse(text, shown, format)
  local ok, v, where = pcall(require("rille.yaml").decode, text, shown, true)
  if not ok then errors.at(nil, "%s", v) end
  local self = setmetatable({ name = shown, where = where, made = config.empty() }, Reader)
  for _, field in ipairs(self:fields(v, "", "the configuration")) do
    local known = false
    for _, name in ipairs(TOP) do known = known or name == field[1] end
    if not known then self:fail(field[3], 'unknown key "%s"%s', field[1], suggest.hint(field[1], TOP)) end
  end
  if v == json.null then v = {} end           -- an empty text
  if format and v.format ~= 1 then self:fail("format", "expected format: 1, as in a file of rille stack export") end
  self.made.stages = v.stages                 -- of models, read by project/stages.lua
  self:components(v.components)
  self:stacks(v.stacks)
  if v.active ~= nil and v.active ~= json.null then
    if type(v.active) ~= "string" or not self.made.stacks[v.active] then
      self:fail("active", "there is no stack %s%s", errors.describe(v.active),
        suggest.hint(tostring(v.active), config.names(self.made.stacks)))
    end
    self.made.active = v.active
  end
  return self.made
end

-- The sorted names in a table.
---@param map table<string, any>
---@return string[]
function config.names(map)
  local names = {}
  for name in next, map do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- What another user configured may name commands to run: it is refused as that user's metadata store is.
local function check_owner(dir)
  local _, _, owner = sys.stat(dir)
  if not owner or owner == sys.getuid() then return end
  project.fail(string.format("%s belongs to another user (uid %d); name a store of your own with --store DIR",
    project.show_path(dir), owner), -6)
end

-- The configuration of the .rille folder; raises at a mistake in it.
---@param dir string
---@return rille.stack_config
function config.read(dir)
  local path = dir .. "/config.yaml"
  local text, message, code = sys.read_stream(path, MOST)
  if not text and code ~= -4 then project.fail(message, code) end
  if not text or text == "" then return config.empty() end
  if text == store_format.CONFIG then return config.empty() end
  local ok, refusal, why = store_format.check(dir, false)
  if not ok then project.fail(refusal, why) end
  check_owner(dir)
  return config.parse(text, project.show_path(path), true)
end

-- Writing --------------------------------------------------------------------------------

-- What the configuration has beside what is always there, as YAML has it.
---@param made rille.stack_config
---@return table
function config.plain(made)
  local plain = { components = {}, stacks = {}, stages = made.stages }
  if made.active ~= config.DEFAULT then plain.active = made.active end
  for kind, all in next, made.components do
    for name, one in next, all do
      if not (STANDARD[kind] and name == config.DEFAULT) then
        plain.components[kind] = plain.components[kind] or {}
        local options = next(one.options) ~= nil and one.options or nil
        plain.components[kind][name] = { flavor = one.flavor, options = options }
      end
    end
  end
  for name, parts in next, made.stacks do
    if name ~= config.DEFAULT then
      local stack = {}
      for kind, names in next, parts do stack[kind] = #names == 1 and names[1] or names end
      plain.stacks[name] = stack
    end
  end
  if next(plain.components) == nil then plain.components = nil end
  if next(plain.stacks) == nil then plain.stacks = nil end
  return plain
end

-- Replaces the configuration of the .rille folder: complete or not at all.
---@param dir string
---@param made rille.stack_config
function config.write(dir, made)
  local plain = config.plain(made)
  local text = next(plain) ~= nil and HEAD .. require("rille.yaml").encode(plain) or store_format.CONFIG
  local ok, message, code = sys.write_file(dir .. "/config.yaml", text)
  if not ok then project.fail(message, code) end
end

return config
