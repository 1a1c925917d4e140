-- probe: what the graph of a mixture is, without running it.

local errors = require "rille.base.errors"
local json = require "rille.json"
local mixed_order = require "rille.run.blame.mixed_order"
local oracle = require "rille.run.blame.oracle"

local probe = {}

-- The report of an order, with its nodes by id.
local function ask(model, order)
  order.dry, order.target, order.of = true, nil, model.of
  local report = oracle.ask(order)
  if not report.ok then return report end
  report.by_id = {}
  for _, node in ipairs(report.nodes) do
    node.param_values, node.opaque_params = json.unpack(node.params), json.unpack(node.opaque)
    node.leaves = report.leaves[node.step .. node.code]
    report.by_id[node.id] = node
  end
  return report
end

-- With these hunks and the neutral ones as in BAD.
---@param model rille.blame.model
---@param on table<table, true>
---@return table report
function probe.hunks(model, on)
  local all = {}
  for hunk in next, model.neutral do all[hunk] = true end
  for hunk in next, on do all[hunk] = true end
  return ask(model, mixed_order.plain(model, all, {}))
end

-- BAD but for these hunks, and those that it does not need.
---@param model rille.blame.model
---@param off table<table, true>
---@return table report
function probe.without(model, off)
  local on, names = {}, {}
  for _, file in ipairs(model.files) do
    for _, hunk in ipairs(file.hunks) do on[hunk] = not off[hunk] and not model.unneeded[hunk] or nil end
  end
  for name in next, model.bad.params do names[name] = true end
  return ask(model, mixed_order.plain(model, on, names))
end

-- With these parameters of the pipeline as in BAD.
---@param model rille.blame.model
---@param names table<string, true>
---@return table report
function probe.params(model, names) return ask(model, mixed_order.plain(model, model.neutral, names)) end

-- One of the two runs, as it was.
---@param model rille.blame.model
---@param run table of run/blame/recorded.lua
---@return table report
function probe.at_end(model, run)
  local on, names = {}, {}
  if run == model.bad then
    for _, file in ipairs(model.files) do for _, hunk in ipairs(file.hunks) do on[hunk] = true end end
    for name in next, model.bad.params do names[name] = true end
  end
  local order = mixed_order.plain(model, on, names)
  order.rows = {}
  for id, step in next, run.steps do order.rows[id] = step.row end
  local report = ask(model, order)
  if not report.ok then
    errors.at(nil, "run %s cannot be built again from its recorded code: %s", run.run.name, report.text)
  end
  return report
end

-- The ids of a report's nodes as a set.
---@param report table
---@return table<string, true>
function probe.ids(report)
  local ids = {}
  for id in next, report.by_id do ids[id] = true end
  return ids
end

return probe
