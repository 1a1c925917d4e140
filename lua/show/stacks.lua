-- stacks: what the commands about stacks and their components print.

local config = require "rille.stack.config"
local edit = require "rille.stack.edit"
local flavors = require "rille.stack.flavors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local kinds = require "rille.stack.kinds"
local options = require "rille.stack.options"
local out = require "rille.show.out"
local project = require "rille.project"
local stack = require "rille.stack"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local value_text = require "rille.base.value_text"

local stacks = {}

-- The .rille folder of the project, by its real path, and its configuration.
---@return rille.stack_config made, string dir
function stacks.read()
  local dir = project.find()
  return config.read(dir), sys.realpath(dir) or dir
end

-- Where the component keeps what it has, and whether that is there; nil for one that keeps nothing here.
local function place_of(dir, one, flavor)
  if not flavor or not flavor.path then return nil end
  local values = {}
  for _, option in ipairs(flavor.options) do
    values[option.name] = one.options[option.name]
    if values[option.name] == nil then values[option.name] = option.default end
    if options.is_from_environment(values[option.name]) then return values[option.name] end
  end
  local path = flavor.path(values, { dir = dir, path = function(path) return stack.path(dir, path) end })
  -- the first run makes what is in .rille, objects with the first large one
  local _, exists = project.find()
  return path, sys.stat(path) ~= nil or exists and path:sub(1, #dir + 1) == dir .. "/"
end

-- The options as they are shown: a secret that somebody wrote into the file is not.
local function shown_options(one, flavor)
  local values = {}
  for name, v in next, one.options do
    local hidden = flavor and flavor.secrets[name] and not options.is_from_environment(v)
    values[name] = hidden and "(hidden)" or v
  end
  return values
end

-- A component as commands tell of it.
local function described(made, dir, kind, name)
  local one = made.components[kind.name][name]
  local flavor = flavors.get(kind.name, one.flavor)
  local path, exists = place_of(dir, one, flavor)
  return { kind = kind.word, name = name, flavor = one.flavor, path = path, exists = exists,
    options = shown_options(one, flavor),
    summary = flavor and flavor.summary, defaults = flavor and flavor.options or {},
    stacks = edit.users_of(made, kind, name) }
end

local function as_json(one)
  local exists = one.exists
  if exists == nil then exists = json.null end
  return { kind = one.kind, name = one.name, flavor = one.flavor, path = one.path or json.null, exists = exists,
    options = json.object(one.options), stacks = json.array(one.stacks) }
end

local function path_text(one)
  if not one.path then return "" end
  return one.path .. (one.exists == false and "  (made by the first run)" or "")
end

local function table_of(list)
  local rows = {}
  for i, one in ipairs(list) do rows[i] = { one.kind, one.name, one.flavor, path_text(one) } end
  return format.table({ "component", "name", "flavor", "path" }, rows)
end

-- A line of a description: a label and its text.
local function put_field(label, text) terminal.put(string.format("%-11s %s\n", label, text)) end

-- Stacks --------------------------------------------------------------------------------------

-- The components of a stack that are not the default ones, in words.
local function own_text(parts)
  local words = {}
  for _, kind in ipairs(kinds.list) do
    local names = parts[kind.name]
    if names and not (kind.needed and names[1] == config.DEFAULT) then
      words[#words + 1] = kind.title .. " " .. table.concat(names, ", ")
    end
  end
  return table.concat(words, "; ")
end

local function names_json(parts)
  local map = {}
  for kind, names in next, parts do map[kinds.by_name[kind].word] = json.array(names) end
  return json.object(map)
end

function stacks.list()
  local made = stacks.read()
  local rows, items = {}, {}
  for i, name in ipairs(config.names(made.stacks)) do
    local parts, active = made.stacks[name], made.active == name
    rows[i] = { name, active and "yes" or "", own_text(parts) }
    items[i] = { name = name, active = active, components = names_json(parts) }
  end
  if global_options.json then return out.json { items = json.array(items), next = json.null } end
  terminal.put(format.table({ "stack", "active", "components beside the defaults" }, rows))
end

-- The name of the active stack.
function stacks.show()
  local made = stacks.read()
  if global_options.json then return out.json { name = made.active } end
  out.line("%s", made.active)
end

---@param name string? nil: the active one
function stacks.describe(name)
  local made, dir = stacks.read()
  name = name or made.active
  edit.check_stack(made, name)
  local list = {}
  for _, kind in ipairs(kinds.list) do
    for _, one in ipairs(made.stacks[name][kind.name] or {}) do list[#list + 1] = described(made, dir, kind, one) end
  end
  if global_options.json then
    local items = {}
    for i, one in ipairs(list) do items[i] = as_json(one) end
    return out.json { name = name, active = made.active == name, components = json.array(items) }
  end
  terminal.put(format.in_colour("bold", "stack " .. name), made.active == name and "  active" or "", "\n\n",
    table_of(list))
end

-- Components -------------------------------------------------------------------------------------

---@param kind rille.component_kind
function stacks.list_components(kind)
  local made, dir = stacks.read()
  local items, rows = {}, {}
  for i, name in ipairs(config.names(made.components[kind.name])) do
    local one = described(made, dir, kind, name)
    items[i], rows[i] = as_json(one), { name, one.flavor, table.concat(one.stacks, ", "), path_text(one) }
  end
  if global_options.json then return out.json { items = json.array(items), next = json.null } end
  if not rows[1] then
    return out.line("no %ss yet; add one with: rille %s register NAME --flavor FLAVOR", (kind.title:gsub("y$", "ie")),
      kind.word)
  end
  terminal.put(format.table({ kind.title, "flavor", "stacks", "path" }, rows))
end

local function option_text(v) return type(v) == "string" and v ~= "" and v or value_text.text(v) end

-- "timeout     10  (default)"
local function put_options(one)
  local known = {}
  for _, option in ipairs(one.defaults) do
    known[option.name] = true
    local v = one.options[option.name]
    local text
    if v == nil then text = option_text(option.default) else text = option_text(v) end
    if v ~= nil or option.default ~= "" then
      put_field(option.name, text .. (v == nil and "  " .. out.grey "(default)" or ""))
    end
  end
  for _, name in ipairs(config.names(one.options)) do
    if not known[name] then put_field(name, option_text(one.options[name])) end
  end
end

---@param kind rille.component_kind
---@param name string?
function stacks.describe_component(kind, name)
  local made, dir = stacks.read()
  name = name or (made.stacks[made.active][kind.name] or {})[1]
  if not name then
    out.usage("%s describe: name one, as the active stack has none", kind.word)
  end
  edit.check_component(made, kind, name)
  local one = described(made, dir, kind, name)
  if global_options.json then return out.json(as_json(one)) end
  terminal.put(format.in_colour("bold", kind.title .. " " .. name), "\n")
  put_field("flavor", one.flavor)
  if one.path then put_field("path", path_text(one)) end
  if one.summary then put_field("summary", one.summary) end
  put_options(one)
  put_field("stacks", one.stacks[1] and table.concat(one.stacks, ", ") or out.grey "none")
end

-- Flavors ----------------------------------------------------------------------------------------

local function option_json(flavor, option)
  local default = option.default
  if default == nil then default = json.null end
  return { name = option.name, type = option.type.name, default = default, doc = option.type.options.doc or json.null,
    secret = flavor.secrets[option.name] or false }
end

local function flavor_json(flavor)
  local list, needs = {}, {}
  for i, option in ipairs(flavor.options) do list[i] = option_json(flavor, option) end
  for i, one in ipairs(flavor.requires) do needs[i] = one.package end
  return { name = flavor.name, kind = kinds.by_name[flavor.kind].word, summary = flavor.summary or json.null,
    options = json.array(list), requires = json.array(needs) }
end

-- An option with its type and its default, and below it what it is for.
local function put_option(flavor, option, width)
  local default = option.default == nil and "required" or "default " .. value_text.text(option.default)
  local secret = flavor.secrets[option.name] and "; secret: give it as ${env:NAME}" or ""
  terminal.put(string.format("  %-" .. width .. "s  %s, %s%s\n", option.name, option.type.name, default, secret))
  local doc = option.type.options.doc
  if doc then terminal.put(terminal.wrapped((" "):rep(width + 4) .. doc, 80), "\n") end
end

local function put_flavor(kind, flavor)
  terminal.put(format.in_colour("bold", string.format("%s flavor %s", kind.title, flavor.name)), "\n")
  if flavor.summary then terminal.put(flavor.summary, "\n") end
  local width = 0
  for _, option in ipairs(flavor.options) do width = math.max(width, #option.name) end
  if width > 0 then terminal.put "\noptions\n" end
  for _, option in ipairs(flavor.options) do put_option(flavor, option, width) end
end

---@param kind rille.component_kind
---@param name string? of one, with its options
function stacks.flavors(kind, name)
  if name then
    local flavor = edit.flavor(kind, name)
    if global_options.json then return out.json(flavor_json(flavor)) end
    return put_flavor(kind, flavor)
  end
  local items, rows = {}, {}
  for i, one in ipairs(flavors.names(kind.name)) do
    local flavor = flavors.get(kind.name, one)
    local names = {}
    for k, option in ipairs(flavor.options) do names[k] = option.name end
    items[i], rows[i] = flavor_json(flavor), { one, table.concat(names, " "), flavor.summary or "" }
  end
  if global_options.json then return out.json { items = json.array(items), next = json.null } end
  if not rows[1] then
    return out.line("rille has no %s flavors; a script adds one with rille.flavor (rille help stacks)", kind.title)
  end
  terminal.put(format.table({ "flavor", "options", "" }, rows))
end

-- Changes ------------------------------------------------------------------------------------------

-- Tells what was changed: a sentence, with --json the object.
---@param object table
---@param fmt string
function stacks.changed(object, fmt, ...)
  if global_options.json then return out.json(object) end
  if not global_options.quiet then out.line(fmt, ...) end
end

-- A component as JSON.
---@param kind rille.component_kind
---@param name string
---@return table
function stacks.component_json(kind, name)
  local made, dir = stacks.read()
  return as_json(described(made, dir, kind, name))
end

-- The folder where a component keeps what it has, if there is one.
---@param kind rille.component_kind
---@param name string
---@return string?
function stacks.path_of(kind, name)
  local made, dir = stacks.read()
  local one = made.components[kind.name][name] and described(made, dir, kind, name)
  return one and one.path and sys.stat(one.path) and one.path or nil
end

-- A stack as JSON.
---@param name string
---@return table
function stacks.stack_json(name)
  local made = stacks.read()
  return { name = name, active = made.active == name, components = names_json(made.stacks[name]) }
end

return stacks
