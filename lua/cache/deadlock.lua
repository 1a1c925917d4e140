-- deadlock: a run that waits for a key (lua/cache/single_flight.lua) which is being made by what waits
-- for that run.
--
-- Each process that takes part writes into its temporary folder, when somebody rings,
-- what others need to know of it: TMP/run-*/flight, JSON:
--     { pid, run, heard = the rings that it had heard of, single = it has one worker,
--       held = { [key] = { step, supervisor = the process above its worker, behind = it is
--           sent ahead of a step that runs there } },
--       waits = { [key] = the process that holds it },
--       earlier = the children that the process had before its first step, or nil }
-- (keys in hex).  Who is below whom is what the kernel says: a supervisor adopts what lost
-- its parent, so whatever a step starts stays below the supervisor of its worker.
--
-- It is a deadlock when a run waits for a step
--     by which it was started (itself, or queued behind that one in the only worker),
--     that waits, by a run which it started, for the step by which this one was started,
--     of a process that does nothing else than wait for this run: in a step or hook of
--         its own (a library), it does not even hear the ringing

local hash = require "rille.host.hash"
local json = require "rille.json"
local worker_process = require "rille.host.worker_process"
local project = require "rille.project"
local sys = require "rille.host.sys"

local deadlock = {}

local SECONDS <const> = 0.25        -- between two looks, and two words of ours
local SURE <const> = 2.0            -- so long it must last where processes may yet go on
local TICK <const> = 0.02           -- of the kernel's times of start, and some more
local YIELD <const> = 3.0           -- and so much longer in all but one of a circle

-- What others are told -------------------------------------------------------------

local function path_in(folder) return folder .. "/flight" end

-- One write: who reads half of it looks again.  A full disk is no reason to end a run.
local function write(said)
  local f = io.open(path_in(project.scratch()), "wb")
  if not f then return end
  f:write(json.encode(said))
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

-- The first step begins in this very process, which hears nobody meanwhile: a run that a
-- child from before has started waits for the step, but the step does not wait for it.
---@param self table as of lua/cache/single_flight.lua
function deadlock.begin(self)
  local earlier = children()
  if not earlier[1] then return end
  self.earlier = earlier
  write { pid = worker_process.ancestors()[1].pid, run = self.run, heard = -1, held = {}, waits = {}, earlier = earlier }
end

-- worker_of(position) -> supervisor, behind, single; nil where it is at no worker.
---@param self table as of lua/cache/single_flight.lua
---@param worker_of fun(position: integer)
function deadlock.tell(self, worker_of)
  local now, rings = sys.mono(), self.flight:requests()
  if now - (self.told_at or 0) < SECONDS then return end
  self.answered, self.told_at = rings, now
  local said = { pid = worker_process.ancestors()[1].pid, run = self.run, heard = rings, held = {}, waits = {}, earlier = self.earlier }
  for i, key in next, self.held do
    local supervisor, behind, single = worker_of(i)
    said.held[hash.hex(key)] = { step = self.step_of(i), supervisor = supervisor, behind = behind }
    said.single = single
  end
  for _, one in next, self.waiting do said.waits[hash.hex(one.key)] = one.pid end
  write(said)
end

-- By process.
local function read_all()
  local found, tmp = {}, project.tmp_folder()
  for _, name in ipairs(sys.list(tmp) or {}) do
    local text = name:find "^run%-" and sys.read_file(path_in(tmp .. "/" .. name))
    local ok, said = pcall(json.decode, text or "")
    if ok and type(said) == "table" and math.type(said.pid) == "integer" then found[said.pid] = said end
  end
  return found
end

-- The look ---------------------------------------------------------------------------

local function set_of(list)
  local set = {}
  for _, one in ipairs(list) do set[one.pid] = one end
  return set
end

local function held_by(all, pid, key)
  local said = all[pid]
  return said and type(said.held) == "table" and said.held[key] or nil
end

-- The run that waits below a supervisor for something that is held, at last, above this
-- process: what it is, and the greatest number of a process on the way.
local function circle(all, supervisor, above, seen)
  for pid, said in next, all do
    if not seen[pid] and type(said.waits) == "table" and next(said.waits) and set_of(worker_process.ancestors(pid))[supervisor] then
      seen[pid] = true
      for key, holder in next, said.waits do
        local one = held_by(all, holder, key)
        if one and one.supervisor then
          if above[one.supervisor] then return { run = said.run, step = one.step, of = all[holder].run, pid = pid } end
          local found = circle(all, one.supervisor, above, seen)
          if found then
            found.pid = math.max(found.pid, pid)
            return found
          end
        end
      end
    end
  end
end

-- Is this process below one of those?
local function below(list, pids)
  for _, one in ipairs(list) do
    for _, pid in ipairs(pids) do if one.pid == pid then return true end end
  end
  return false
end

-- How the process that started this one inside that process's run was started, or nil.
local function started_by(list, pid, began)
  for i, one in ipairs(list) do
    local child = list[i - 1]
    if one.pid == pid then return child and not child.supervisor and child.started >= began - TICK end
  end
end

local ADVICE <const> = "; take that run out of the step: a step cannot wait for its own result"

local function judge(self, one, key, pid, run)
  local all, list = read_all(), worker_process.ancestors()
  local own = list[1].pid
  local above, now = set_of(list), sys.mono()
  local said = all[pid]
  -- what was said before we waited may no longer hold
  local fresh = said and said.heard >= one.rung
  local held = fresh and held_by(all, pid, key)
  local of = run and " of run " .. run.name or ""
  if held and held.supervisor and above[held.supervisor] then
    if not held.behind then
      return string.format("deadlock: this run was started by step %s%s (process %d), which makes the very result that is needed here, so each waits for the other%s", held.step, of, pid, ADVICE)
    elseif said.single and now - one.since > SURE then
      return string.format("deadlock: this run was started by a step%s (process %d), behind which step %s, which makes the same result, waits for the only worker: run it with -j 2 or more", of, pid, held.step)
    end
  end
  if held and held.supervisor then
    local found = circle(all, held.supervisor, above, { [own] = true })
    if not found then one.circle = nil
    else
      one.circle = one.circle or now
      if now - one.circle > SURE + (own > found.pid and 0 or YIELD) then
        return string.format("deadlock: step %s%s (process %d) makes this result and waits, by run %s, for step %s of run %s, by which this run was started%s", held.step, of, pid, found.run, found.step, found.of,
          "; take one of the two runs out of its step: steps of two runs cannot wait for each other's results")
      end
    end
  end
  if not fresh and run and now - one.since > SURE and started_by(list, pid, run.started) and not (said and said.earlier and below(list, said.earlier)) then
    return string.format("deadlock: this run was started by a step or hook%s (process %d), which holds the result that is needed here and does nothing but wait for this run%s", of, pid, ADVICE)
  end
end

-- Why waiting for the key has no end, as an error for people, or nil.
---@param self table as of lua/cache/single_flight.lua
---@param one table of what is waited for: { key, pid, since, rung }
---@param run table? of the process: { name, started }
function deadlock.look(self, one, run)
  local now = sys.mono()
  if one.pid == 0 or now - (one.looked or 0) < SECONDS / 2 then return nil end
  one.looked = now
  return judge(self, one, hash.hex(one.key), one.pid, run)
end

return deadlock
