-- live_log: what a running run tells those who look on from another process.
--
--     RILLE/runs/ID.live    what its steps print, a line of JSON each:
--         {"step":ID}                       it began (told of those that print or fail)
--         {"step":ID,"text":TEXT,"at":A,"to":B,"attempt":n}    it printed, from place A of
--                                           the attempt's log to B; what is between two
--                                           such places is left out
--         {"step":ID,"text":TEXT,"attempt":n}      the error that the attempt ended with
--         {"step":ID,"status":S,"seconds":n}  it ended: completed failed stopped retrying
--         {"part":n}                        the first line of a file that took the place of
--                                           another, which had become long: of the steps
--                                           that run it has the beginning and the end
--     RILLE/runs/ID.lock    how many steps are done (host/os/run_lock.h)
--
-- It is written at most ten times a second, whether or not something happens, appended
-- to and removed when the run has ended: by then the metadata has it all.  That of a run
-- whose process died stays: nothing else has what its last steps printed.

local graph = require "rille.graph"
local json = require "rille.json"
local format = require "rille.base.format"
local project = require "rille.project"
local value_text = require "rille.base.value_text"
local sys = require "rille.host.sys"

local live_log = {}

local SECONDS <const> = 0.1
local PIECE <const> = 8192           -- bytes of a text in a line
local LONG <const> = 3 << 20         -- bytes of a file that is to be replaced
local ROOM <const>, LEAST <const> = 1 << 20, 32768       -- for all running steps then, for one at least

function live_log.path(id) return project.run_file(id, ".live") end
function live_log.lock(id) return project.run_file(id, ".lock") end

local Journal = {}
Journal.__index = Journal

local function put(self, t)
  local line = value_text.json(t) .. "\n"
  self.kept[#self.kept + 1] = line
  return line
end

-- Of a running step: { id, attempt, heard (of this attempt), head = lines, tail = lines from
-- first to last, sizes of both }.
local function keep(self, one, line)
  local most = math.max(LEAST, ROOM // self.running) // 2
  if one.head_size < most and one.last < one.first then
    one.head[#one.head + 1], one.head_size = line, one.head_size + #line
    return
  end
  one.last, one.tail_size = one.last + 1, one.tail_size + #line
  one.tail[one.last] = line
  while one.tail_size > most and one.first < one.last do
    one.tail_size = one.tail_size - #one.tail[one.first]
    one.tail[one.first], one.first = nil, one.first + 1
  end
end

-- Another file in the place of one that has become long.
local function replace(self)
  local list, lines = {}, { string.format('{"part":%d}\n', self.part + 1) }
  for i in next, self.told do list[#list + 1] = i end
  table.sort(list)
  for _, i in ipairs(list) do
    local one = self.told[i]
    table.move(one.head, 1, #one.head, #lines + 1, lines)
    table.move(one.tail, one.first, one.last, #lines + 1, lines)
  end
  local text = table.concat(lines)
  if not sys.write_file(self.path, text) then return end
  self.file:close()
  self.file, self.part, self.size, self.begun_with = io.open(self.path, "ab"), self.part + 1, #text, #text
end

-- The file is made when there is something to tell; a disk that is full is no
-- reason to end a run.
local function write(self, now)
  self.written = now
  project.meta:progress(self.row, self.done + self.plan.n_hits, self.plan:count())
  if not self.kept[1] then return end
  self.file = self.file or io.open(self.path, "ab")
  if self.file then
    local text = table.concat(self.kept)
    self.file:write(text)
    self.file:flush()
    self.size = self.size + #text
    if self.size > LONG + self.begun_with then replace(self) end
  end
  self.kept = {}
end

local function begun(self, i)
  local one = self.told[i]
  if one then return one end
  one = { id = self.plan.graph.nodes[i][graph.ID], attempt = 1, head = {}, head_size = 0, tail = {}, first = 1, last = 0, tail_size = 0 }
  self.told[i], self.running = one, self.running + 1
  keep(self, one, put(self, { step = one.id }))
  return one
end

-- The end of a piece of the text that begins at a place: between two characters.
local function piece_end(text, from)
  local to = math.min(#text, from + PIECE - 1)
  for _ = 1, 3 do
    local after = text:byte(to + 1)
    if not after or after & 0xc0 ~= 0x80 then break end
    to = to - 1
  end
  return to
end

local function tell(self, i, text, at)
  local one, from = begun(self, i), 1
  one.heard = true
  while from <= #text do
    local to = piece_end(text, from)
    keep(self, one, put(self, { step = one.id, text = text:sub(from, to), at = at + from - 1, to = at + to, attempt = one.attempt }))
    from = to + 1
  end
end

local function ended(self, i, status, answer)
  local one = self.told[i]
  -- a step in this process tells at its end
  if not (one and one.heard) and answer.log and answer.log ~= "" then tell(self, i, answer.log, 0) end
  if not self.told[i] and not answer.error then return end
  one = begun(self, i)
  if answer.error then keep(self, one, put(self, { step = one.id, text = answer.error .. "\n", attempt = one.attempt })) end
  keep(self, one, put(self, { step = one.id, status = status, seconds = answer.seconds }))
  one.attempt, one.heard = one.attempt + 1, nil
  if status ~= "retrying" then self.told[i], self.running = nil, self.running - 1 end
end

local STATUS <const> = { step_end = "completed", step_failed = "failed", step_stopped = "stopped", step_retry = "retrying" }

-- The events of a run (execute.lua), and its log.
function Journal:heed(event, i, data, more)
  if event == "log" then tell(self, i, data, more.at)
  elseif STATUS[event] then
    if not data.unstarted then ended(self, i, STATUS[event], data) end
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
function live_log.new(info, p)
  return setmetatable({ row = info.row, path = live_log.path(info.id), plan = p, done = 0, told = {}, running = 0, kept = {}, part = 1, size = 0,
    begun_with = 0, written = 0.0 }, Journal)
end

-- Reading -------------------------------------------------------------------------

-- { done, total } of a live run, or nil.
---@param id string of the run
function live_log.progress(id)
  local text = sys.read_file(live_log.lock(id))
  local done, total = (text or ""):match "\n(%d+) (%d+)%s*\n$"
  if not done then return nil end
  return { done = math.tointeger(done), total = math.tointeger(total) }
end

-- The events of its file, or of what is left of that of a run that died: whole lines.
local function events_of(id)
  local text, list = project.meta:unfinished(id) or sys.read_file(live_log.path(id)) or "", {}
  for line in text:gmatch "([^\n]+)\n" do
    local ok, event = pcall(json.decode, line)
    if ok and type(event) == "table" and type(event.step) == "string" then list[#list + 1] = event end
  end
  return list
end

-- The text of an event, with a line for what is left out before it; nil when it was read
-- before.  read: { attempt, place, open, failed (attempt whose error was read) }, how far
-- the step's log was read; {} at first, and when the step has ended.
---@param event table of a text
---@param read table is changed
function live_log.next_text(event, read)
  if not event.at then
    if event.attempt <= (read.failed or 0) then return nil end
    read.failed, read.open = event.attempt, false
    return event.text
  end
  local attempt, place = read.attempt or 0, read.place or 0
  if event.attempt < attempt or event.attempt == attempt and event.to <= place then return nil end
  if event.attempt > attempt then place, read.open = 0, false end
  local left_out = event.at > place and format.left_out(event.at - place, read.open) or ""
  read.attempt, read.place, read.open = event.attempt, event.to, event.text:sub(-1) ~= "\n"
  return left_out .. event.text
end

-- What a run that goes on, or died, had told of its steps: a list of { id, text, status
-- (nil: it runs, or did), ... } in the order in which they began to tell.  An attempt that
-- failed stands before the next one.
---@param id string of the run
function live_log.texts(id)
  local list, by_id = {}, {}
  for _, event in ipairs(events_of(id)) do
    local one = by_id[event.step]
    if not one then
      one = { id = event.step, parts = {}, read = {} }
      list[#list + 1], by_id[event.step] = one, one
    end
    if type(event.text) == "string" then
      one.parts[#one.parts + 1] = live_log.next_text(event, one.read)
    elseif event.status ~= "retrying" then
      one.status = event.status
      if event.status then one.read = {} end
    end
  end
  for _, one in ipairs(list) do one.text = table.concat(one.parts) end
  return list
end

return live_log
