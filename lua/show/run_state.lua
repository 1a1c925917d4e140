-- run_state: what runs now in a run, and what came of the other steps: what the live region shows, kept by the
-- run's events.

local graph = require "rille.graph"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local run_state = {}

local ID <const> = graph.ID
local NARROW <const>, WIDE <const> = 18, 40         -- columns of ids

---@class rille.run_state
---@field running table<integer, { id: string, since: number, fraction: number?, text: string? }> by position
---@field n_running integer
---@field total integer steps that there are to run or to take from the cache
---@field ran integer
---@field failed integer
---@field skipped integer
---@field ended table<string, { position: integer, seconds: number }[]> steps that ran, by the names of their steps
---@field jobs integer
---@field id_width integer columns for ids: those of the longest, within reason
local State = { __name = "state of a run" }
State.__index = State

-- A long id leaves room for what stands behind it; a terminal shows its beginning.
local function id_width(nodes)
  local is_terminal, columns = sys.is_terminal(2)
  local width, widest = NARROW, is_terminal and math.max(NARROW, math.min(WIDE, columns * 2 // 5)) or WIDE
  for i = 1, #nodes do width = math.max(width, text_width.width(terminal.line(nodes[i][ID], 2))) end
  return math.min(width, widest)
end

---@param plan table
---@param jobs integer?
---@return rille.run_state
function run_state.new(plan, jobs)
  local nodes = plan.graph.nodes
  local self = setmetatable({ plan = plan, nodes = nodes, ran = 0, failed = 0, skipped = 0, ended = {}, running = {},
    n_running = 0, jobs = jobs or 1,
    id_width = id_width(nodes), total = #nodes }, State)
  for i = 1, plan:is_partial() and #nodes or 0 do
    if not plan:is_selected(i) and not plan:is_cached(i) then self.total = self.total - 1 end
  end
  return self
end

local function leave(self, i)
  if self.running[i] then self.n_running = self.n_running - 1 end
  self.running[i] = nil
end

local on = { step_retry = leave, step_stopped = leave }

function on.step_begin(self, i)
  self.n_running = self.n_running + 1
  self.running[i] = { id = self.nodes[i][ID], since = sys.mono() }
end

function on.progress(self, i, data)
  local one = self.running[i]
  if one then one.fraction, one.text = data.fraction, data.text end
end

function on.step_end(self, i, answer)
  leave(self, i)
  self.ran = self.ran + 1
  local name = self.nodes[i][graph.STEP].name
  local list = self.ended[name] or {}
  self.ended[name], list[#list + 1] = list, { position = i, seconds = answer.seconds }
end

function on.step_failed(self, i)
  leave(self, i)
  self.failed = self.failed + 1
end

function on.step_skipped(self, i)
  if not self.plan:is_virtual(i) then self.skipped = self.skipped + 1 end
end

-- Takes an event of the run (run/run.lua).
function State:on_event(event, i, data)
  local handler = on[event]
  if handler then handler(self, i, data) end
end

-- How many steps have ended, those from the cache among them.
---@return integer
function State:finished() return self.ran + self.failed + self.skipped + self.plan.n_hits end

return run_state
