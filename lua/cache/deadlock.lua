-- deadlock: finds out that a run waits for a key (single_flight.lua) whose process, in the end,
-- waits for that run.
--
-- When a process requests a commit, each process that holds or wants keys publishes what others
-- need to know of it, in its temporary folder: TMP/run-*/key_waits, JSON:
--     { pid, run, requests_seen, single = it has one worker,
--       held = { [key] = { step, supervisor = the process above its worker, behind = it was
--           sent ahead of a step that runs there } },
--       waits = { [key] = the process that holds it },
--       earlier = the children that the process had before its first step, or nil }
-- (keys in hex).  Which process is below which is what the kernel says: a supervisor adopts
-- processes whose parent ended, so whatever a step starts stays below the supervisor of its worker.
--
-- It is a deadlock when a run waits for a step
--     by which it was started (itself, or queued behind that one in the only worker),
--     that waits, by a run which it started, for the step by which this one was started,
--     of a process that does nothing else than wait for this run: in a step or hook of
--         its own (a library), it does not even see the request

local hash = require "rille.host.hash"
local json = require "rille.json"
local worker_process = require "rille.host.worker_process"
local project = require "rille.project"
local sys = require "rille.host.sys"

local deadlock = {}

local INTERVAL <const> = 0.25       -- seconds between two publications, and half of it between two checks
local CERTAIN <const> = 2.0         -- seconds that a state must last where processes may yet go on
local START_TICK <const> = 0.02     -- resolution of the kernel's times of start, and some more
local YIELD <const> = 3.0           -- seconds longer in all processes of a circle but one

-- Publishing -----------------------------------------------------------------------

local function path_in(folder) return folder .. "/key_waits" end

-- In one write: whoever reads half of it reads again.  A full disk is no reason to end a run.
local function write(state)
  local f = io.open(path_in(project.scratch()), "wb")
  if not f then return end
  f:write(json.encode(state))
  f:close()
end

-- The children of this process, of all its threads, less the supervisors of its workers.
local function children()
  local pids = {}
  for _, thread in ipairs(sys.list "/proc/self/task" or {}) do
    for pid in (sys.read_file("/proc/self/task/" .. thread .. "/children") or ""):gmatch "%d+" do
      pid = math.tointeger(pid)
      local one = worker_process.ancestors(pid)[1]
      if one and not one.supervisor then pids[#pids + 1] = pid end
    end
  end
  return pids
end

-- Called before the first step, which may run in this process, so that nothing is published
-- meanwhile: a run that an earlier child has started waits for the step, but the step does not
-- wait for that run.
---@param self SingleFlight
function deadlock.publish_children(self)
  local earlier = children()
  if not earlier[1] then return end
  self.earlier = earlier
  write { pid = worker_process.ancestors()[1].pid, run = self.run, requests_seen = -1, held = {}, waits = {},
    earlier = earlier }
end

-- Answers the requests of others.
---@param self SingleFlight
---@param worker_of fun(position: integer): integer?, boolean?, boolean?  see Runner
function deadlock.publish(self, worker_of)
  local now, requests = sys.mono(), self.locks:requests()
  if now - (self.published_at or 0) < INTERVAL then return end
  self.requests_answered, self.published_at = requests, now
  local own = worker_process.ancestors()[1].pid
  local state = { pid = own, run = self.run, requests_seen = requests, held = {}, waits = {}, earlier = self.earlier }
  for i, key in next, self.held do
    local supervisor, behind, single = worker_of(i)
    state.held[hash.hex(key)] = { step = self.step_of(i), supervisor = supervisor, behind = behind }
    state.single = single
  end
  for _, wait in next, self.waiting do state.waits[hash.hex(wait.key)] = wait.pid end
  write(state)
end

-- What all processes have published, by process.
local function read_all()
  local found, tmp = {}, project.tmp_folder()
  for _, name in ipairs(sys.list(tmp) or {}) do
    local text = name:find "^run%-" and sys.read_file(path_in(tmp .. "/" .. name))
    local ok, state = pcall(json.decode, text or "")
    if ok and type(state) == "table" and math.type(state.pid) == "integer" then found[state.pid] = state end
  end
  return found
end

-- Checking -------------------------------------------------------------------------

local function set_of(list)
  local set = {}
  for _, one in ipairs(list) do set[one.pid] = one end
  return set
end

local function held_by(all, pid, key)
  local state = all[pid]
  return state and type(state.held) == "table" and state.held[key] or nil
end

-- Does a run wait below the supervisor, directly or by others, for something that is held above
-- this process?  { run, step that it waits for, of = the run of that step, pid = the greatest
-- number of a process on the way }, or nil.
local function find_circle(all, supervisor, above, seen)
  for pid, state in next, all do
    local waits = not seen[pid] and type(state.waits) == "table" and next(state.waits)
    if waits and set_of(worker_process.ancestors(pid))[supervisor] then
      seen[pid] = true
      for key, holder in next, state.waits do
        local one = held_by(all, holder, key)
        if one and one.supervisor then
          if above[one.supervisor] then return { run = state.run, step = one.step, of = all[holder].run, pid = pid } end
          local found = find_circle(all, one.supervisor, above, seen)
          if found then
            found.pid = math.max(found.pid, pid)
            return found
          end
        end
      end
    end
  end
end

-- Is this process, whose ancestors are the list, below one of those?
local function is_below(list, pids)
  for _, one in ipairs(list) do
    for _, pid in ipairs(pids) do if one.pid == pid then return true end end
  end
  return false
end

-- Was this process started inside the process's own code, not in a worker, after its run began?
local function is_started_by(list, pid, began)
  for i, one in ipairs(list) do
    local child = list[i - 1]
    if one.pid == pid then return child and not child.supervisor and child.started >= began - START_TICK end
  end
end

local ADVICE <const> = "; move that run out of the step: a step cannot wait for its own result"

local function describe(pid, run) return string.format("%s (process %d)", run and " of run " .. run.name or "", pid) end

-- The step that is waited for, or the one that it is queued behind, has started this run.
local function own_result(wait, held, state, pid, run)
  if not held.behind then
    return string.format("deadlock: this run was started by step %s%s, which computes the result needed here, "
      .. "so each waits for the other%s", held.step, describe(pid, run), ADVICE)
  elseif state.single and sys.mono() - wait.since > CERTAIN then
    return string.format("deadlock: this run was started by a step%s, and step %s, which computes the same "
      .. "result, waits for the only worker: use -j 2 or more", describe(pid, run), held.step)
  end
end

-- The step that is waited for waits, by a run that it started, for the step that started this run.
local function circle_of_runs(wait, held, all, list, pid, run)
  local now, own = sys.mono(), list[1].pid
  local found = find_circle(all, held.supervisor, set_of(list), { [own] = true })
  if not found then
    wait.circle_since = nil
    return
  end
  wait.circle_since = wait.circle_since or now
  if now - wait.circle_since <= CERTAIN + (own > found.pid and 0 or YIELD) then return end
  return string.format("deadlock: step %s%s computes this result and waits, through run %s, for step %s of run %s, "
    .. "which started this run; move one of the two runs out of its step: steps of two runs cannot wait for each "
    .. "other's results",
    held.step, describe(pid, run), found.run, found.step, found.of)
end

local function find(wait, key, pid, run)
  local all, list = read_all(), worker_process.ancestors()
  local state = all[pid]
  -- what was published before this run waited may no longer hold
  local is_fresh = state and state.requests_seen >= wait.request
  local held = is_fresh and held_by(all, pid, key)
  if held and held.supervisor then
    local why = set_of(list)[held.supervisor] and own_result(wait, held, state, pid, run)
    why = why or circle_of_runs(wait, held, all, list, pid, run)
    if why then return why end
  end
  local is_silent = not is_fresh and run and sys.mono() - wait.since > CERTAIN
  if not is_silent or not is_started_by(list, pid, run.started) then return nil end
  if state and state.earlier and is_below(list, state.earlier) then return nil end
  return string.format("deadlock: this run was started by a step or hook%s, which owns the result needed here "
    .. "and only waits for this run%s", describe(pid, run), ADVICE)
end

-- Why waiting for the key has no end, as an error for people, or nil.
---@param wait KeyWait
---@param run { name: string, started: number }?  of the process that is waited for
---@return string?
function deadlock.check(wait, run)
  local now = sys.mono()
  if wait.pid == 0 or now - (wait.checked_at or 0) < INTERVAL / 2 then return nil end
  wait.checked_at = now
  return find(wait, hash.hex(wait.key), wait.pid, run)
end

return deadlock
