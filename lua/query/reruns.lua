-- reruns: why steps of a run that had run before ran again, as groups of steps that have one reason.
--
-- A group is { ids = { id... }, reason }; the groups are in the order of their first steps.  Their list has unseen,
-- the number of steps that ran and were not looked at.

local format = require "rille.base.format"
local graph = require "rille.graph"
local key = require "rille.cache.key"
local key_parts = require "rille.query.key_parts"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local why = require "rille.query.why"

local reruns = {}

local LOOKED_AT <const> = 100       -- steps of a run
local RUNS <const> = 5              -- earlier runs in which a step is looked for
local NAMED <const> = 3             -- steps of a group that are named

-- What a user asked for on the command line needs no explanation.
local ASKED <const> = { ["the cache is off"] = true, ["requested by --from"] = true, ["not run before"] = true }

-- step(id): the step as the newest of the runs before a run has it, and that run; runs that did not come to it are
-- passed over.
local function earlier(of)
  local runs = project.meta:runs { pipeline = of.pipeline, limit = RUNS, before = of.number, unlisted = true } or {}
  return function(id)
    for _, run in ipairs(runs) do
      local step = project.meta:step(run.row, id)
      local status = step and outcome.STATUS[step.status]
      if status == "completed" or status == "cached" or status == "failed" then return step, run, status end
    end
  end
end

local Groups = {}
Groups.__index = Groups

local function new_groups() return setmetatable({ by_reason = {}, unseen = 0 }, Groups) end

function Groups:add(id, reason)
  if not reason or ASKED[reason] or reason == key.EARLIER then return end
  -- each step may name its inputs in another way
  local kind = reason:find "^input [%w_]+ changed" and not reason:find ";" and "input data changed" or reason
  local group = self.by_reason[kind]
  if group then group.reason = kind
  else
    group = { ids = {}, reason = reason }
    self.by_reason[kind], self[#self + 1] = group, group
  end
  group.ids[#group.ids + 1] = id
end

-- Why a step that ran has no result of before; nil where it had not run.
local function reason_of(recorded, find, id, compare)
  if recorded and ASKED[recorded] then return nil end
  local step, run, status = find(id)
  if not step then return nil end
  if status == "failed" then return "failed in " .. run.name end
  return recorded or step.row and compare(step.row)
end

-- Of a run that has just ended.
---@param plan table
---@param spec fun(node: table): table
---@param run { pipeline: string, number: integer }
---@param left_out table<integer, boolean> positions of steps that something else was said of
---@return { ids: string[], reason: string }[]
function reruns.of_plan(plan, spec, run, left_out)
  local groups, find, n = new_groups(), earlier(run), 0
  for i, node in ipairs(plan.graph.nodes) do
    if plan:status(i) == "completed" and not plan:is_virtual(i) and not plan:same_key_as(i) and not left_out[i] then
      n = n + 1
      local id = node[graph.ID]
      if n > LOOKED_AT then groups.unseen = groups.unseen + 1
      else
        groups:add(id, reason_of(plan:reason(i), find, id, function(row) return why.since(plan, spec, i, row) end))
      end
    end
  end
  return groups
end

-- Of a run of the history.
---@param run table its row
---@param steps table[] rows of its steps, their statuses as words
---@return { ids: string[], reason: string }[]
function reruns.of_run(run, steps)
  local groups, find, n = new_groups(), earlier(run), 0
  for _, step in ipairs(steps) do
    if step.status_name == "completed" and step.row and not step.items then
      n = n + 1
      if n > LOOKED_AT then groups.unseen = groups.unseen + 1
      else
        groups:add(step.node, reason_of(step.reason, find, step.node, function(row)
          return why.between(key_parts.of_row(row), key_parts.of_row(step.row))
        end))
      end
    end
  end
  return groups
end

-- "train, evaluate", "12 steps", "12 items of count"
local function ids_text(ids)
  if #ids <= NAMED then return table.concat(ids, ", ") end
  local map = ids[1]:match "^(.*)%[%d+%]$"
  for _, id in ipairs(ids) do if map and id:match "^(.*)%[%d+%]$" ~= map then map = nil end end
  return map and string.format("%d items of %s", #ids, map) or string.format("%d steps", #ids)
end

-- The groups as lines, at most so many, and one about steps that were not looked at.
---@param groups { ids: string[], reason: string }[]
---@param most integer
---@return string[]
function reruns.lines(groups, most)
  local lines = {}
  for k = 1, math.min(#groups, most) do
    if k == most and #groups > most then lines[k] = string.format("… %d more reasons", #groups - most + 1)
    else lines[k] = ids_text(groups[k].ids) .. ": " .. groups[k].reason end
  end
  if lines[1] and groups.unseen > 0 then
    lines[#lines + 1] = string.format("… %s more step%s ran; the first %d were compared", format.count(groups.unseen),
      groups.unseen == 1 and "" or "s", LOOKED_AT)
  end
  return lines
end

return reruns
