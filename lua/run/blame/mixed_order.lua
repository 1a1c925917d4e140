-- mixed_order: the order of a mixture (run/blame/mixture.lua), in which a set of suspects is as in BAD.

local mixed_text = require "rille.run.blame.mixed_text"
local sys = require "rille.host.sys"

local mixed_order = {}

-- Puts the main text and those of modules, where they are not what is on disk, into the order.
local function set_texts(order, model, on)
  local folder = order.path:match "^(.*)/"
  for _, file in ipairs(model.files) do
    local text = mixed_text.of(file, on)
    if file.main then order.text = text
    elseif sys.read_file(folder .. "/" .. file.path) ~= text then order.modules[file.path] = text end
  end
end

-- The parameters of the pipeline: those of a set as in BAD, those that only one run has as there.
local function params_of(model, names)
  local params = {}
  for name, v in next, model.bad.params do params[name] = v end
  for name, v in next, model.good.params do
    if not names[name] or params[name] == nil then params[name] = v end
  end
  return params
end

local function force(order, group, is_bad)
  for _, id in ipairs(group.ids) do
    order.forced[id] = order.forced[id] or {}
    local v = group.a
    if is_bad then v = group.b end
    order.forced[id][group.name] = v
  end
end

local function give(order, one, is_bad)
  order.literals[one.id] = order.literals[one.id] or {}
  order.literals[one.id][one.port] = is_bad and one.b or one.a
end

-- What the pipeline is given: the differences are among the literals.
local function inputs_of(model)
  local inputs = {}
  for name, digest in next, model.bad.inputs do inputs[name] = digest end
  for name, digest in next, model.good.inputs do inputs[name] = digest end
  return inputs
end

-- An order with these hunks and parameters of the pipeline as in BAD.
---@param model rille.blame.model
---@param on table<table, true> hunks
---@param names table<string, true>
---@return rille.blame.order
function mixed_order.plain(model, on, names)
  local order = { path = model.bad.path, pipeline = model.bad.run.pipeline, modules = {},
    params = params_of(model, names), forced = {}, literals = {}, pinned = {}, inputs = inputs_of(model), dry = false,
    stack = model.bad.run.stack ~= "default" and model.bad.run.stack or nil }
  set_texts(order, model, on)
  return order
end

-- The order of a mixture.
---@param model rille.blame.model
---@param is_on fun(i: integer): boolean is the suspect as in BAD?
---@return rille.blame.order
function mixed_order.of(model, is_on)
  local on, names = {}, {}
  for hunk in next, model.neutral do on[hunk] = true end
  for i, one in ipairs(model.suspects) do
    if is_on(i) then
      for _, hunk in ipairs(one.hunks or {}) do on[hunk] = true end
      for name in next, one.params or {} do names[name] = true end
    end
  end
  local order = mixed_order.plain(model, on, names)
  for _, group in ipairs(model.forced) do force(order, group, false) end
  for _, one in ipairs(model.literals) do give(order, one, false) end
  for i, one in ipairs(model.suspects) do
    for _, group in ipairs(one.forced or {}) do force(order, group, is_on(i)) end
    for _, value in ipairs(one.literals or {}) do give(order, value, is_on(i)) end
    for id, pins in next, one.pinned or {} do order.pinned[id] = is_on(i) and pins.b or pins.a end
  end
  for id, pins in next, model.pinned do order.pinned[id] = pins.a end
  order.target = model.of
  return order
end

return mixed_order
