-- unfinished_run: the steps of a run that is running, or whose process died.  Such a run has no record of all its
-- steps yet: rows of those that ended, its wiring, and what its live log says of the others (live_log.lua).

local live_log = require "rille.record.live_log"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local wiring = require "rille.host.wiring"

local unfinished_run = {}

---@param run table a row of a run
---@return boolean
function unfinished_run.is(run)
  return run.status == "running" or run.status == "failed" and run.reason == "interrupted"
end

-- The row of a step that took the result of an earlier one.
local function hit_row(node, position, number)
  local row = number and project.meta:step_row(number)
  if not row then return nil end
  local from = row.run and { row = row.run.row, id = row.run.id, name = row.run.name, node = row.node }
  row.run, row.node, row.step, row.position, row.status, row.reason = from, node.id, node.step, position,
    outcome.CACHED, nil
  return row
end

local BROKEN_OFF <const> = { running = "interrupted: the process of the run died",
  retrying = "interrupted between two attempts: the process of the run died" }
local UNWRITTEN <const> = "interrupted: the step had ended, but the run died before its result was recorded"

-- A step without a result: it runs, waits, or was broken off.
local function open_row(run, node, position, live)
  local row = { node = node.id, step = node.step, position = position, inputs = {}, outputs = {} }
  local began = live and live.status
  if run.status == "running" then row.status = began or "pending"
  elseif began then row.status, row.reason = "stopped", BROKEN_OFF[began] or UNWRITTEN
  else row.status, row.reason = "skipped", "not started when the run was interrupted" end
  return row
end

-- Adds the steps of the wiring that the rows lack, and sorts all as the wiring has them; items of maps follow.
---@param run table a row of a run
---@param rows table[] of the metadata
---@return table[]
function unfinished_run.complete(run, rows)
  local bytes = run.spec and project.meta:spec(run.spec)
  if not bytes then return rows end
  local by_id, list, live = {}, {}, live_log.steps(run.id)
  for _, row in ipairs(rows) do by_id[row.node] = row end
  for i, node in ipairs(wiring.read(bytes)) do
    local state = live[node.id]
    list[i] = by_id[node.id] or hit_row(node, i, state and state.row) or open_row(run, node, i, state)
    by_id[node.id] = nil
  end
  for _, row in ipairs(rows) do
    if by_id[row.node] then list[#list + 1] = row end
  end
  return list
end

-- The steps of a run, by position.
---@param run table a row of a run
---@return table[]? rows
---@return string? message, integer? code
function unfinished_run.steps(run)
  local rows, message, code = project.meta:steps(run.row)
  if not rows or not unfinished_run.is(run) then return rows, message, code end
  return unfinished_run.complete(run, rows)
end

-- One step of a run, by its id; nil where the run has none.
---@param run table a row of a run
---@param node string
---@return table?
---@return string? message, integer? code
function unfinished_run.step(run, node)
  local row, message, code = project.meta:step(run.row, node)
  if row or not unfinished_run.is(run) then return row, message, code end
  for _, one in ipairs(unfinished_run.steps(run) or {}) do
    if one.node == node then return one end
  end
end

return unfinished_run
