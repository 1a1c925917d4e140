-- schedule: which of the ready steps begins now, by the resources that they ask for.
--
-- A schedule is { pool, used, held }: pool = { cpu, memory, gpu } of this run, used of
-- it by running steps that ask for some, held the steps that wait for some, in
-- order.  A step without resources takes the cpu of its worker and nothing else.
--
-- Nobody starves: what the first held step is short of, no later one may take.

local schedule = {}

local Schedule = {}
Schedule.__index = Schedule

---@param pool table { cpu, memory, gpu }
function schedule.new(pool) return setmetatable({ pool = pool, used = { cpu = 0, memory = 0, gpu = 0 }, held = {} }, Schedule) end

-- What is asked of the pool: no more cpu than there is, so that a script for a large
-- machine runs on a small one, alone.
local function asked(self, need)
  return math.min(need.cpu or 1, self.pool.cpu), need.memory or 0, need.gpu or 0
end

-- What step i lacks to begin now, or nil.  short are the names that others wait for.
local function lacking(self, i, world, short)
  local need, runner = world.needs(i), world.runner
  local place = runner:accepts(i, need ~= nil)
  if not need then
    if not place then return "place" end
    -- cpu of running steps beyond that of their workers
    return place == "idle" and runner:count_busy() + self.used.cpu >= self.pool.cpu and "cpu" or nil
  end
  local cpu, memory, gpu = asked(self, need)
  if memory > 0 and (short.memory or self.used.memory + memory > self.pool.memory) then return "memory" end
  if gpu > 0 and (short.gpu or self.used.gpu + gpu > self.pool.gpu) then return "gpu" end
  if place ~= "idle" then return "place" end
  return runner:count_busy() + self.used.cpu + cpu > self.pool.cpu and "cpu" or nil
end

local NOTHING <const> = {}

local function with(set, name)
  if set == NOTHING then set = {} end
  set[name] = true
  return set
end

-- The next step to begin, or nil: take() gives ready ones in order.
---@param take fun(): integer?
---@param world table { runner, needs(i) -> resources | nil }
function Schedule:pick(take, world)
  local short = NOTHING
  for k, i in ipairs(self.held) do
    local lack = lacking(self, i, world, short)
    if not lack then return table.remove(self.held, k) end
    -- everyone needs a place and a cpu
    if lack == "place" or lack == "cpu" then return nil end
    short = with(short, lack)
  end
  for i in take do
    local lack = lacking(self, i, world, short)
    if not lack then return i end
    self.held[#self.held + 1] = i
    if lack == "place" or lack == "cpu" then return nil end
    short = with(short, lack)
  end
end

-- A step is to be tried again: before those that are ready.
function Schedule:again(i) table.insert(self.held, 1, i) end

function Schedule:waits() return self.held[1] ~= nil end

local function add(self, need, sign)
  if not need then return end
  local cpu, memory, gpu = asked(self, need)
  local used = self.used
  used.cpu, used.memory, used.gpu = used.cpu + sign * (cpu - 1), used.memory + sign * memory, used.gpu + sign * gpu
end

-- Step i, which needs so much, begins; has ended.
function Schedule:begin(need) add(self, need, 1) end
function Schedule:finish(need) add(self, need, -1) end

return schedule
