-- answers: the answers to all questions of a template, from --set, from what was answered before, from a person, or the
-- defaults.
--
--     answers = { values = { [name] = value }, asked = { name ... } }
--
-- values has every name that the template may use; asked lists, in order, the parameters whose `when` is true.  Of the
-- others the value is the default.

local answer = require "rille.template.answer"
local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local answers = {}

---@class rille.template.wishes
---@field set table<string, string> of --set
---@field before table<string, string> what was answered when the project was made
---@field record rille.template.record? of the project, with these answers
---@field given table<string, string> what the template may use besides (GIVEN of template/definition.lua)
---@field ask (fun(parameter: table, default: any, n: integer, count: integer): any)? asks a person
---@field defaults boolean? what is not set keeps its default

local function usage(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- { "NAME=VALUE" ... } -> { NAME = VALUE }
---@param list string[]
---@return table<string, string>
function answers.split(list)
  local set = {}
  for _, one in ipairs(list) do
    local name, value = one:match "^([^=]+)=(.*)$"
    if not name then usage("init: --set %s: expected NAME=VALUE", one) end
    if set[name] and set[name] ~= value then usage("init: --set: %s is set twice, to different values", name) end
    set[name] = value
  end
  return set
end

local function check_names(definition, set)
  local names, known, unknown = {}, {}, {}
  for i, parameter in ipairs(definition.parameters) do
    names[i], known[parameter.name] = parameter.name, true
  end
  for name in next, set do
    if not known[name] then unknown[#unknown + 1] = name end
  end
  table.sort(unknown)
  if unknown[1] then
    usage("init: --set %s: template %s has no such parameter%s", unknown[1], definition.name,
      suggest.hint(unknown[1], names, true))
  end
end

-- Raises for an answer in the project's record that is none.  One of a parameter that another version of the template
-- had is left out.
---@return string[] left_out names
local function check_record(definition, record, set)
  local known, names, left_out, given = {}, {}, {}, {}
  for i, parameter in ipairs(definition.parameters) do known[parameter.name], names[i] = parameter, parameter.name end
  for name in next, record and record.answers or {} do given[#given + 1] = name end
  table.sort(given)
  for _, name in ipairs(given) do
    local at, parameter = string.format("%s:%d", record.path, record.lines[name] or 1), known[name]
    if not parameter and record.version ~= definition.version then left_out[#left_out + 1] = name
    elseif not parameter then
      errors.at(nil, "%s: template %s has no parameter %s%s", at, definition.name, name,
        suggest.hint(name, names, true))
    elseif not set[name] then
      local _, reason = answer.parse(parameter, record.answers[name])
      if reason then errors.at(nil, "%s: %s: %s; edit it, or give --set %s=VALUE", at, name, reason, name) end
    end
  end
  return left_out
end

-- The value that is used unless another one is given; nil when there is none.
local function default_of(parameter, values, before)
  if before then
    local v = answer.parse(parameter, before)
    if v ~= nil then return v end
  end
  if parameter.has_default then return parameter.default(values) end
end

local ANY <const> = { text = "", boolean = false, integer = 0, number = 0.0 }      -- for an answer not known yet

-- How many questions are still to be asked when each answer is what Enter gives.
local function count_left(definition, known, wishes)
  local values, n = {}, 0
  for name, v in next, known do values[name] = v end
  for _, parameter in ipairs(definition.parameters) do
    local name = parameter.name
    if values[name] == nil then
      local set, asked = wishes.set[name], parameter.when(values)
      if asked and not set then n = n + 1 end
      values[name] = set and answer.parse(parameter, set)
      if values[name] == nil then values[name] = default_of(parameter, values, asked and wishes.before[name]) end
      if values[name] == nil then values[name] = parameter.choices and parameter.choices[1] or ANY[parameter.type] end
    end
  end
  return n
end

local function value_of(definition, parameter, self, wishes)
  local name, set = parameter.name, wishes.set[parameter.name]
  if set then
    local v, reason = answer.parse(parameter, set)
    if reason then usage("init: --set %s: %s", name, reason) end
    return v
  end
  local default = default_of(parameter, self.values, wishes.before[name])
  if wishes.ask then
    self.n = self.n + 1
    return wishes.ask(parameter, default, self.n, self.n - 1 + count_left(definition, self.values, wishes))
  end
  if default == nil and wishes.defaults then
    usage("init: the parameter %s has no default; give --set %s=VALUE", name, name)
  end
  if not wishes.defaults and not wishes.before[name] then self.missing[#self.missing + 1] = name end
  return default
end

-- Raises when questions are left that nobody can be asked.
local function check_missing(definition, missing)
  if not missing[1] then return end
  usage("init: there is no terminal to ask the questions of template %s; give --template-with-defaults, or "
    .. "--set NAME=VALUE for each of %s", definition.name, table.concat(missing, ", "))
end

---@param definition table of template/definition.lua
---@param wishes rille.template.wishes
---@return { values: table<string, any>, asked: string[], left_out: string[] }
function answers.collect(definition, wishes)
  check_names(definition, wishes.set)
  local left_out = check_record(definition, wishes.record, wishes.set)
  local self = { values = {}, asked = {}, missing = {}, n = 0 }
  for name, v in next, wishes.given do self.values[name] = v end
  for _, parameter in ipairs(definition.parameters) do
    if parameter.when(self.values) then
      self.asked[#self.asked + 1] = parameter.name
      local v = value_of(definition, parameter, self, wishes)
      self.values[parameter.name] = v
      if v == nil then break end
    else
      if wishes.set[parameter.name] then
        usage("init: --set %s: this question is asked only when %s", parameter.name, parameter.when_text)
      end
      self.values[parameter.name] = parameter.default(self.values)
    end
  end
  check_missing(definition, self.missing)
  return { values = self.values, asked = self.asked, left_out = left_out }
end

return answers
