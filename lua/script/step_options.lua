-- step_options: what step:with gives beside parameters: id, after, cache, materializers, stack, tracker,
-- and the fields of lua/script/limits.lua.

local definition = require "rille.script.definition"
local errors = require "rille.base.errors"
local limits = require "rille.script.limits"
local suggest = require "rille.base.suggest"

local step_options = {}

local label = definition.step_label

-- The set of the options' names.
---@type table<string, true>
step_options.NAMES = { id = true, after = true, cache = true, materializers = true, stack = true,
  tracker = true, model = true }

-- Options with which a node does other work than the step that they were given to, or reports it elsewhere.
local CHANGES_WORK = { cache = true, materializers = true, stack = true, tracker = true, model = true }

for _, name in ipairs(limits.NAMES) do step_options.NAMES[name], CHANGES_WORK[name] = true, true end

-- Raises unless cache is a mode of caching, or nil.
---@param what string 'step "train"'
---@param cache any
function step_options.check_cache(what, cache)
  if cache ~= nil and cache ~= true and cache ~= false and cache ~= "always" then
    errors.raise('%s: cache must be true, false or "always", found %s', what, errors.describe(cache))
  end
end

-- Raises unless the option materializers is one, or a table { OUTPUT = materializer }.
---@param step Step
function step_options.check_materializers(step)
  local option = step.options.materializers
  if option == nil then return end
  local what = label(step.name) .. ": materializers"
  if type(option) ~= "table" then
    errors.raise("%s: expected a materializer or a table { OUTPUT = materializer }, found %s", what,
      errors.describe(option))
  end
  if option.save then return end
  for name, materializer in next, option do
    if not step.index.output[name] then
      local names = {}
      for _, port in ipairs(step.outputs) do names[#names + 1] = port.name end
      errors.raise('%s: there is no output "%s"%s', what, tostring(name), suggest.hint(name, names))
    end
    if type(materializer) ~= "table" or not materializer.save then
      errors.raise('%s: output "%s": expected a materializer, found %s', what, name, errors.describe(materializer))
    end
  end
end

local function unknown_option(step, name)
  local names = { "id", "after", "cache", "materializers", "stack", "tracker", "model", table.unpack(limits.NAMES) }
  for _, param in ipairs(step.params) do names[#names + 1] = param.name end
  errors.raise('%s: with: unknown option "%s"%s', label(step.name), tostring(name), suggest.hint(name, names))
end

-- The parameters among what :with gives, over those that the step has from an earlier
-- one; false when there are none.
local function bind_params(step, given)
  local bound = false
  for k, v in next, given do
    if not step_options.NAMES[k] then
      local i = step.index.param[k]
      if not i then unknown_option(step, k) end
      bound = bound or {}
      bound[k] = definition.check_step_param(step.name, step.params[i], v)
    end
  end
  if not bound then return step.bound end
  for k, v in next, step.bound or {} do if bound[k] == nil then bound[k] = v end end
  return bound
end

local function changes_work(given)
  for k in next, given do if CHANGES_WORK[k] then return true end end
  return false
end

-- The name of a component, given as such or as rille.stack gives the component.
local function component_name(what, v)
  if type(v) == "table" then v = v.name end
  if type(v) == "string" and v ~= "" then return v end
  errors.raise("%s: tracker must be the name of an experiment tracker, a list of names, or false; found %s", what,
    errors.describe(v))
end

-- The option tracker as a list of names, empty for false; nil where it is not given.
local function trackers_of(what, v)
  if v == nil then return nil end
  if v == false then return {} end
  local list = {}
  for i, one in ipairs(type(v) == "table" and not v.name and v or { v }) do list[i] = component_name(what, one) end
  if type(v) == "table" and not list[1] then component_name(what, v) end
  return list
end

-- What step:with { ... } changes of the step.
---@param step Step
---@param given table
---@return table options, table|false bound, Step|false equivalent
function step_options.with(step, given)
  if type(given) ~= "table" then
    errors.raise("%s: with takes a table of options, found %s; write step:with { ... }", label(step.name),
      errors.describe(given))
  end
  local bound = bind_params(step, given)
  local own, cache = step.options, given.cache
  if cache == nil then cache = own.cache else step_options.check_cache(label(step.name), cache) end
  local options = { id = given.id or own.id, after = given.after or own.after, cache = cache,
    materializers = given.materializers or own.materializers, stack = given.stack or own.stack,
    tracker = trackers_of(label(step.name) .. ": with", given.tracker) or own.tracker, model = own.model }
  errors.check_text(label(step.name) .. ": with", "stack", given.stack)
  if given.model ~= nil then options.model = require("rille.script.model").check(label(step.name), given.model) end
  for i = 1, #limits.NAMES do
    local name = limits.NAMES[i]
    options[name] = own[name]
  end
  if not changes_work(given) then return options, bound, step.equivalent or step end
  return limits.check(label(step.name) .. ": with", given, options), bound, false
end

return step_options
