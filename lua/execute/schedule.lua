-- schedule: which of the ready steps begins next, by the resources that they ask for.
--
-- A step without resources takes the cpu of its worker and nothing else.
-- No step starves: what the first held step is short of, no later step may take.

local schedule = {}

---@class Schedule
---@field pool { cpu: integer, memory: integer, gpu: integer }  of the run
---@field used { cpu: integer, memory: integer, gpu: integer }  by running steps that ask for some
---@field held integer[]  positions of steps that wait for resources, in order
local Schedule = {}
Schedule.__index = Schedule

---@param pool { cpu: integer, memory: integer, gpu: integer }
---@return Schedule
function schedule.new(pool)
  return setmetatable({ pool = pool, used = { cpu = 0, memory = 0, gpu = 0 }, held = {} }, Schedule)
end

-- What a step takes of the pool: no more cpu than there is, so that a step for a large machine runs
-- on a small one, alone.
local function asked(self, need)
  return math.min(need.cpu or 1, self.pool.cpu), need.memory or 0, need.gpu or 0
end

-- The resource that the step is short of, or nil when it may begin.  taken: names of the resources that
-- earlier steps wait for.
local function short_of(self, i, world, taken)
  local need, runner = world.needs(i), world.runner
  local place = runner:accepts(i, need ~= nil)
  if not need then
    if not place then return "place" end
    -- used: cpu of running steps beyond that of their workers
    return place == "idle" and runner:count_busy() + self.used.cpu >= self.pool.cpu and "cpu" or nil
  end
  local cpu, memory, gpu = asked(self, need)
  if memory > 0 and (taken.memory or self.used.memory + memory > self.pool.memory) then return "memory" end
  if gpu > 0 and (taken.gpu or self.used.gpu + gpu > self.pool.gpu) then return "gpu" end
  if place ~= "idle" then return "place" end
  return runner:count_busy() + self.used.cpu + cpu > self.pool.cpu and "cpu" or nil
end

local NONE <const> = {}

local function with(set, name)
  if set == NONE then set = {} end
  set[name] = true
  return set
end

-- The next step to begin, or nil.
---@param take fun(): integer?  gives ready steps in order
---@param world { runner: Runner, needs: fun(position: integer): table? }
---@return integer? position
function Schedule:pick(take, world)
  local taken = NONE
  for k, i in ipairs(self.held) do
    local lack = short_of(self, i, world, taken)
    if not lack then return table.remove(self.held, k) end
    -- every step needs a place and a cpu
    if lack == "place" or lack == "cpu" then return nil end
    taken = with(taken, lack)
  end
  for i in take do
    local lack = short_of(self, i, world, taken)
    if not lack then return i end
    self.held[#self.held + 1] = i
    if lack == "place" or lack == "cpu" then return nil end
    taken = with(taken, lack)
  end
end

-- The step begins again, before those that are ready.
function Schedule:retry(i) table.insert(self.held, 1, i) end

function Schedule:has_held() return self.held[1] ~= nil end

local function add(self, need, sign)
  if not need then return end
  local cpu, memory, gpu = asked(self, need)
  local used = self.used
  used.cpu, used.memory, used.gpu = used.cpu + sign * (cpu - 1), used.memory + sign * memory, used.gpu + sign * gpu
end

-- A step with these needs begins; has ended.
function Schedule:begin(need) add(self, need, 1) end
function Schedule:finish(need) add(self, need, -1) end

return schedule
