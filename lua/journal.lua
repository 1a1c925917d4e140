-- journal: what a running run tells those who look on from another process.
--
--     RILLE/runs/ID.live    what its steps print, a line of JSON each:
--         {"step":ID}                       it began (told of those that print)
--         {"step":ID,"text":TEXT}           it printed
--         {"step":ID,"status":S,"seconds":n}  it ended: completed failed stopped retrying
--     RILLE/runs/ID.lock    how many steps are done (host/runlock.h)
--
-- It is written at most ten times a second, appended to and removed when the run
-- has ended: by then the metadata has it all.  That of a run whose process died
-- stays: nothing else has what its last steps printed.

local graph = require "rille.graph"
local json = require "rille.json"
local session = require "rille.session"
local spell = require "rille.spell"
local sys = require "rille.host.sys"

local journal = {}

local SECONDS <const> = 0.1
local MOST <const> = 1 << 20         -- bytes of one step that are told
local CUT <const> = "\n[the log is cut here, at 1 MiB]\n"

local function file_of(id, ending)
  -- an id from the metadata becomes a path
  if not id:find "^%x+$" then error(setmetatable({ message = string.format("the id of a run is damaged: %q", id), code = -12 }, session.Failure), 0) end
  return session.dir .. "/runs/" .. id .. ending
end
function journal.path(id) return file_of(id, ".live") end
function journal.lock(id) return file_of(id, ".lock") end

local Journal = {}
Journal.__index = Journal

local function put(self, t)
  self.kept[#self.kept + 1] = spell.json(t)
  self.kept[#self.kept + 1] = "\n"
end

-- The file is made when there is something to tell; a disk that is full is no
-- reason to end a run.
local function write(self, now)
  self.written = now
  session.meta:progress(self.row, self.done + self.plan.hits, self.plan:count())
  if not self.kept[1] then return end
  self.file = self.file or io.open(self.path, "ab")
  if self.file then
    self.file:write(table.concat(self.kept))
    self.file:flush()
  end
  self.kept = {}
end

local function tell(self, i, text)
  local told = self.told[i]
  if not told then
    told = 0
    put(self, { step = self.plan.graph.nodes[i][graph.ID] })
  end
  self.told[i] = told + #text
  if told > MOST or text == "" then return end
  if told + #text > MOST then text = text:sub(1, MOST - told) .. CUT end
  put(self, { step = self.plan.graph.nodes[i][graph.ID], text = text })
end

local function ended(self, i, status, answer)
  -- a step in this process tells at its end
  if not self.told[i] and answer.log and answer.log ~= "" then tell(self, i, answer.log) end
  if not self.told[i] then return end
  self.told[i] = nil
  if answer.error then put(self, { step = self.plan.graph.nodes[i][graph.ID], text = answer.error .. "\n" }) end
  put(self, { step = self.plan.graph.nodes[i][graph.ID], status = status, seconds = answer.seconds })
end

local STATUS <const> = { step_end = "completed", step_failed = "failed", step_stopped = "stopped", step_retry = "retrying" }

-- The events of a run (execute.lua), and its log.
function Journal:heed(event, i, data)
  if event == "log" then tell(self, i, data)
  elseif STATUS[event] then
    ended(self, i, STATUS[event], data)
    if event ~= "step_retry" then self.done = self.done + 1 end
  elseif event == "step_skipped" then
    if not self.plan:is_virtual(i) then self.done = self.done + 1 end
  elseif event == "tick" then
    local now = sys.mono()
    if now - self.written >= SECONDS then write(self, now) end
  end
end

-- The run has ended, and its rows are written.
function Journal:close()
  if self.file then self.file:close() end
  if self.file then sys.remove(self.path) end
  self.file = nil
end

-- What is kept goes out: the run's rows are about to be written.
function Journal:flush() write(self, sys.mono()) end

---@param info table { row, id } of the run
---@param p table its plan
function journal.new(info, p)
  return setmetatable({ row = info.row, path = journal.path(info.id), plan = p, done = 0, told = {}, kept = {}, written = 0.0 }, Journal)
end

-- Reading -------------------------------------------------------------------------

-- { done, total } of a live run, or nil.
---@param id string of the run
function journal.progress(id)
  local text = sys.read_file(journal.lock(id))
  local done, total = (text or ""):match "\n(%d+) (%d+)%s*\n$"
  if not done then return nil end
  return { done = math.tointeger(done), total = math.tointeger(total) }
end

-- What a run that died had told of a step, or nil.
---@param id string of the run
---@param step string its id
function journal.text_of(id, step)
  local parts = {}
  for line in (session.meta:unfinished(id) or ""):gmatch "([^\n]+)\n" do
    local ok, event = pcall(json.decode, line)
    if ok and type(event) == "table" and event.step == step and type(event.text) == "string" then parts[#parts + 1] = event.text end
  end
  return parts[1] and table.concat(parts) or nil
end

return journal
