-- time_left: how long a run may still take, corrected by what its steps take.
--
-- A step is expected to take what it took before, with today's code and inputs of that size, times the factor by which
-- the last steps of its kind differ from that in this run; where it has no history, what the last ones of its kind
-- took.  Nothing is said while a step runs much longer than its history says, or than all that is left.

local estimate = require "rille.plan.estimate"
local graph = require "rille.graph"
local sys = require "rille.host.sys"

local time_left = {}

local STEP <const> = graph.STEP
local RECENT <const> = 3            -- ended steps of a kind that count
local SLACK <const> = 0.02          -- seconds by which times differ anyway
local LATE <const>, LATE_BY <const> = 1.25, 0.1     -- a step that takes more than that is late
local MANY <const> = 20000          -- nodes; of more nothing is said
local PERIOD <const>, SHARE <const> = 1, 50     -- seconds between two looks, and at least so many times a look's cost

---@class rille.time_left
---@field seconds number? nil: not known
---@field at_least boolean there are steps of which nothing is known
---@field usual table<integer, number> what the steps that run are expected to take, by position
local TimeLeft = { __name = "time left" }
TimeLeft.__index = TimeLeft

-- What is known before: each(visit) visits the open steps with their estimates, makespan(list) says how long all of
-- them take together (plan/estimate.lua).
---@param nodes table[]
---@param state rille.run_state
---@param before { each: fun(visit: fun(position: integer, one: table?)), makespan: fun(list: table): number }
---@return rille.time_left
function time_left.new(nodes, state, before)
  return setmetatable({ nodes = nodes, state = state, before = before, bases = {}, usual = {}, at_least = false,
    due = 0.0 }, TimeLeft)
end

-- The same of a plan.
---@param plan table
---@param spec fun(node: table): table
---@param state rille.run_state
---@param uncommitted (fun(digest: string): table?)?
---@return rille.time_left
function time_left.of_plan(plan, spec, state, uncommitted)
  local past
  return time_left.new(plan.graph.nodes, state, {
    each = function(visit)
      past = past or estimate.past(plan, spec)
      estimate.each(past, plan, uncommitted, visit)
    end,
    makespan = function(list) return estimate.makespan(plan, list, state.jobs, state.running) end,
  })
end

-- Evidence -------------------------------------------------------------------------------------

-- The last steps of a kind that ended: { position, seconds }.
local function last_ended(self, name)
  local ended = self.state.ended[name] or {}
  return table.move(ended, math.max(1, #ended - RECENT + 1), #ended, 1, {})
end

-- What a step takes by its history, base, and the evidence; nil: not known.
local function expected(base, evidence, bases)
  if not evidence[1] then return base end
  local seconds, before, are_alike = 0.0, 0.0, true
  for _, one in ipairs(evidence) do
    local was = bases[one.position]
    seconds = seconds + one.seconds
    before = before and was and before + was
    are_alike = are_alike and base and was and was < 2 * base and base < 2 * was
  end
  if base and before and not are_alike then return base * (seconds + SLACK) / (before + SLACK) end
  return seconds / #evidence
end

-- Looks ----------------------------------------------------------------------------------------

-- Notes what each open step still takes.
local function rest_of(self, now)
  local found = { list = {}, known = 0, unknown = 0, longest = 0.0, contradicted = false }
  local evidence = {}
  self.usual = {}
  for i in next, self.open do
    local node, running = self.nodes[i], self.state.running[i]
    local name = node[STEP].name
    evidence[name] = evidence[name] or last_ended(self, name)
    local seconds = not graph.dynamic_of(node, "map") and expected(self.bases[i], evidence[name], self.bases)
    if not seconds then found.unknown = found.unknown + 1
    else
      local elapsed = running and now - running.since or 0.0
      if running then self.usual[i] = self.bases[i] and seconds end
      if elapsed > LATE * seconds + LATE_BY then
        found.longest = math.max(found.longest, elapsed)
        found.contradicted = found.contradicted or not evidence[name][1]
      end
      found.known = found.known + 1
      found.list[i] = { seconds = math.max(seconds - elapsed, 0.0) }
    end
  end
  return found
end

local function look(self, now)
  self.open = {}
  self.before.each(function(i, one)
    self.open[i] = true
    if one and one.same_code and not one.uncertain then self.bases[i] = one.seconds end
  end)
  local found = rest_of(self, now)
  self.seconds, self.at_least = nil, found.unknown > 0
  if found.known == 0 or 2 * found.unknown > found.known or found.contradicted then return end
  local seconds = self.before.makespan(found.list)
  if seconds > found.longest then self.seconds = seconds end
end

-- Looks how things are, when it is time.
---@param now number
function TimeLeft:update(now)
  if now < self.due or #self.nodes > MANY then return end
  local began = sys.mono()
  look(self, now)
  self.due = now + math.max(PERIOD, SHARE * (sys.mono() - began))
end

return time_left
