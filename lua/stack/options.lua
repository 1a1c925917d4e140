-- options: the options of a component: checked when it is registered, and their values when it is opened.
--
-- A text with ${env:NAME} is kept as it is and replaced when the component is opened.  Secrets are kept in no other
-- form.

local errors = require "rille.base.errors"
local json = require "rille.json"
local suggest = require "rille.base.suggest"
local types = require "rille.script.types"
local value_parser = require "rille.script.value_parser"

local options = {}

local function names_of(flavor)
  local names = {}
  for i, option in ipairs(flavor.options) do names[i] = option.name end
  return names
end

---@param v any
---@return boolean
function options.is_from_environment(v) return type(v) == "string" and v:find("${", 1, true) ~= nil end

-- Raises where the text has a ${...} other than ${env:NAME}.
local function check_variables(what, text)
  for inner in text:gmatch "%$(%b{})" do
    if not inner:find "^{env:[%a_][%w_]*}$" then
      errors.at(nil, "%s: $%s; only ${env:NAME} is replaced", what, inner)
    end
  end
end

local function find(flavor, name)
  for _, option in ipairs(flavor.options) do if option.name == name then return option end end
end

-- Raises for an empty text where the option is not empty by default: a path "" would be the .rille folder.
local function refuse_empty(what, option, v)
  if v ~= "" or option.default == "" then return end
  errors.at(nil, "%s is empty%s", what, option.default ~= nil
    and string.format("; leave it out for the default, %s", errors.describe(option.default)) or "")
end

-- Raises unless the option may have the value; returns it as its type takes it.
local function checked(what, flavor, option, v)
  what = string.format("%s: option %s", what, option.name)
  if options.is_from_environment(v) then
    check_variables(what, v)
    return v
  end
  if flavor.secrets[option.name] and v ~= "" then
    errors.at(nil, "%s is secret: give it as ${env:NAME}, the name of an environment variable that has it", what)
  end
  local value, expected = types.admit(option.type, v)
  if value == types.REFUSED then
    errors.at(nil, "%s: expected %s, found %s", what, expected,
      flavor.secrets[option.name] and "something else" or errors.describe(v))
  end
  refuse_empty(what, option, v)
  return value
end

-- The options of a component, checked; raises at a mistake.
---@param what string 'alerter "slack"'
---@param flavor rille.flavor
---@param given table<string, any>
---@return table<string, any>
function options.check(what, flavor, given)
  local made, names = {}, {}
  for name in next, given do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local option = find(flavor, name)
    if not option then
      local known = names_of(flavor)
      local hint = suggest.hint(name, known)
      if hint == "" then
        hint = known[1] and "; available: " .. table.concat(known, ", ") or "; this flavor has no options"
      end
      errors.at(nil, '%s: flavor %s has no option "%s"%s', what, flavor.name, name, hint)
    end
    made[name] = checked(what, flavor, option, given[name])
  end
  for _, option in ipairs(flavor.options) do
    if made[option.name] == nil and option.default == nil then
      errors.at(nil, "%s: option %s is missing (%s)%s", what, option.name, option.type.name,
        option.type.options.doc and ": " .. option.type.options.doc or "")
    end
  end
  return made
end

-- The value of a text NAME=VALUE of the command line.
---@param what string
---@param flavor rille.flavor
---@param name string
---@param text string
---@return any
function options.parse(what, flavor, name, text)
  local option = find(flavor, name)
  if not option or options.is_from_environment(text) then return text end
  if flavor.secrets[name] then return text end
  local v = value_parser.parse(option.type, text, string.format("%s: option %s", what, name))
  if v == json.null then return nil end
  return v
end

local function expand(what, text)
  return (text:gsub("%${env:([%a_][%w_]*)}", function(name)
    return os.getenv(name) or errors.at(nil, "%s: the environment variable %s is not set", what, name)
  end))
end

-- The values that open gets: the environment's for ${env:NAME}, defaults for what was not given.
---@param what string
---@param flavor rille.flavor
---@param given table<string, any>
---@return table<string, any>
function options.resolve(what, flavor, given)
  local values, checked_ones = {}, options.check(what, flavor, given)
  for _, name in ipairs(names_of(flavor)) do
    local v = checked_ones[name]
    if options.is_from_environment(v) then
      local option = find(flavor, name)
      local of = string.format("%s: option %s", what, name)
      local text = expand(of, v)
      refuse_empty(of .. ", the value of " .. v .. ",", option, text)
      local ok, parsed = pcall(value_parser.parse, option.type, text, of)
      if not ok or parsed == json.null then
        errors.at(nil, "%s: the value of %s is not %s", of, v, select(2, types.admit(option.type, nil)) or "allowed")
      end
      v = parsed
    end
    values[name] = v
  end
  for _, option in ipairs(flavor.options) do
    if values[option.name] == nil then values[option.name] = option.default end
  end
  return values
end

return options
