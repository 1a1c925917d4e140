-- live_region: the lines at the bottom of a terminal that show a run while it runs: its running steps, its progress
-- (show/progress.lua draws them).

local format = require "rille.base.format"
local progress = require "rille.show.progress"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local time_left = require "rille.show.time_left"

local live_region = {}

local DRAWN_AFTER <const> = 0.3     -- seconds: a run that is over before has no live region
local REDRAW <const> = 0.1          -- at most ten times a second

local Region = { __name = "live region" }
Region.__index = Region

local function colour(name, text) return format.in_colour(name, text, 2) end

---@param plan table
---@param spec fun(node: table): table
---@param state rille.run_state
---@param uncommitted (fun(digest: string): table?)? artifacts of the run that are not in the metadata yet
---@return table region
function live_region.new(plan, spec, state, uncommitted)
  -- the text fits the terminal before the screen adds its sequences
  local screen = progress.screen(function(text) io.stderr:write(text) end,
    function(name, text) return terminal.shown(colour(name, text)) end)
  return setmetatable({ plan = plan, state = state, screen = screen, began = sys.mono(), above = {}, drawn = 0.0,
    time_left = time_left.of_plan(plan, spec, state, uncommitted), continued = nil, warned = 0 }, Region)
end

-- The state as show/progress.lua takes it.
local function state_now(self, now)
  local plan, state = self.plan, self.state
  state.cached, state.elapsed = plan.n_hits, now - self.began
  -- a map may have got its items
  if plan.graph.dynamic and not plan:is_partial() then state.total = plan:count() end
  local finished = math.min(state.total, state:finished())
  self.time_left:update(now)
  state.left, state.at_least = self.time_left.seconds, self.time_left.at_least
  local list = {}
  for i, one in next, state.running do
    one.usual = self.time_left.usual[i]
    list[#list + 1] = one
  end
  return setmetatable({ running = list, finished = finished }, { __index = state })
end

-- What a signal of this level does to the running steps.
local function stop_text(level, n_running)
  if level > 2 then return "killing running steps" end
  if n_running == 0 then return "stopping" end
  local steps = format.plural(n_running, "running step")
  if level == 2 then
    return string.format("no new steps start, %s %s 2 s to finish; again to kill", steps,
      n_running == 1 and "has" or "have")
  end
  return string.format("no new steps start, %s %s; again to terminate", steps,
    n_running == 1 and "finishes" or "finish")
end

-- Tells of a signal that asked to stop; it has left a ^C behind the region.
local function check_signals(self, width)
  local _, level, continued = signals.received()
  if level > self.warned then
    self.screen:tear()
    self.warned = level
    local text = terminal.wrapped(stop_text(level, self.state.n_running), width)
    self.above[#self.above + 1] = terminal.shown(colour("yellow", text) .. "\n")
  end
  if self.continued and continued ~= self.continued then self.screen:forget() end
  self.continued = continued
end

local function show(self, lines, width)
  self.screen:show(lines, width, table.concat(self.above))
  self.above = {}
  signals.live_region(#self.screen.shown)
end

local function draw(self, now)
  local _, width, height = sys.is_terminal(2)
  check_signals(self, width)
  show(self, progress.lines(state_now(self, now), now, width, height), width)
  self.drawn = now
end

-- Writes whole lines above the region.
---@param text string
function Region:say(text)
  if self.screen.shown[1] then self.above[#self.above + 1] = terminal.shown(text) else terminal.say(text) end
end

-- Redraws the region when it is time.
function Region:tick()
  local now = sys.mono()
  if now - self.drawn < REDRAW or now - self.began < DRAWN_AFTER then return end
  draw(self, now)
end

-- Removes the lines: something else is about to write to the terminal.
function Region:clear()
  if not self.screen.shown[1] then return end
  local _, width = sys.is_terminal(2)
  check_signals(self, width)
  show(self, {}, width)
end

function Region:close()
  self:clear()
  signals.live_region(-1)
end

return live_region
