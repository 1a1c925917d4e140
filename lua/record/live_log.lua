-- live_log: the files by which other processes follow a running run.
--
--     RILLE/runs/ID.live    what its steps print, a line of JSON each:
--         {"step":ID}                       it began (written for steps that print, fail, or run at a write)
--         {"step":ID,"hit":ROW}             it has the result of that step run
--         {"step":ID,"text":TEXT,"at":A,"to":B,"attempt":n}
--                                           it printed TEXT, bytes A to B of the log of this attempt; bytes between
--                                           two such texts are left out
--         {"step":ID,"text":TEXT,"attempt":n}      the error that the attempt ended with
--         {"step":ID,"status":S,"seconds":n}       it ended: completed failed stopped retrying
--         {"part":n}                        the first line of a file that replaced a long one: of the steps that were
--                                           running it has the beginning and the end
--     RILLE/runs/ID.lock    how many steps are done (host/os/run_lock.h)
--
-- The file is appended to at most ten times a second, and removed when the run has ended and its rows are written.
-- The file of a run whose process died stays: nothing else has what its last steps printed.

local graph = require "rille.graph"
local json = require "rille.json"
local format = require "rille.base.format"
local project = require "rille.project"
local value_text = require "rille.base.value_text"
local sys = require "rille.host.sys"

local live_log = {}

local SECONDS <const> = 0.1          -- between two writes
local HITS_SECONDS <const> = 1       -- between two looks for new hits
local PIECE <const> = 8192           -- bytes of a text in a line
local LONG <const> = 3 << 20         -- bytes of a file that is to be replaced
-- bytes that the new file has of all running steps, and of one at least
local KEPT <const>, LEAST <const> = 1 << 20, 32768

---@param id string of the run
---@return string
function live_log.path(id) return project.run_file(id, ".live") end

---@param id string of the run
---@return string
function live_log.lock(id) return project.run_file(id, ".lock") end

-- Writing --------------------------------------------------------------------------

---@class rille.live_log.step a running step that has lines in the file
---@field id string
---@field attempt integer
---@field printed boolean? in this attempt
---@field head string[] its first lines
---@field head_size integer
---@field tail table<integer, string> its last lines, from `first` to `last`
---@field first integer
---@field last integer
---@field tail_size integer

---@class rille.live_log.writer
---@field row integer of the run
---@field path string
---@field plan table
---@field file file*? made when there is something to write
---@field steps table<integer, rille.live_log.step> by position
---@field n_steps integer
---@field inline boolean the steps run in this process
---@field begun table<integer, true> positions of steps that run and have no line yet
---@field hits table<integer, true> positions of hits that have a line
---@field n_hits integer of the plan when it was looked for hits
---@field looked number? the time of that look
---@field n_done integer steps that have ended
---@field pending string[] lines that are not written yet
---@field part integer number of the file
---@field size integer bytes of the file
---@field first_size integer bytes that it was replaced with
---@field written number the time of the last write
local Writer = { __name = "writer of a live log" }
Writer.__index = Writer

-- Keeps the line as one of the first or the last of a step.
local function keep(self, step, line)
  local most = math.max(LEAST, KEPT // self.n_steps) // 2
  if step.head_size < most and step.last < step.first then
    step.head[#step.head + 1], step.head_size = line, step.head_size + #line
    return
  end
  step.last, step.tail_size = step.last + 1, step.tail_size + #line
  step.tail[step.last] = line
  while step.tail_size > most and step.first < step.last do
    step.tail_size = step.tail_size - #step.tail[step.first]
    step.tail[step.first], step.first = nil, step.first + 1
  end
end

local function put(self, step, fields)
  fields.step = step.id
  local line = value_text.json(fields) .. "\n"
  self.pending[#self.pending + 1] = line
  keep(self, step, line)
end

-- Replaces the file, which has become long, by a new one.
local function replace(self)
  local positions, lines = {}, { string.format('{"part":%d}\n', self.part + 1) }
  for i in next, self.steps do positions[#positions + 1] = i end
  table.sort(positions)
  for _, i in ipairs(positions) do
    local step = self.steps[i]
    table.move(step.head, 1, #step.head, #lines + 1, lines)
    table.move(step.tail, step.first, step.last, #lines + 1, lines)
  end
  local text = table.concat(lines)
  if not sys.write_file(self.path, text) then return end
  self.hits, self.n_hits, self.looked = {}, 0, nil
  self.file:close()
  self.file, self.part, self.size, self.first_size = io.open(self.path, "ab"), self.part + 1, #text, #text
end

-- value_text.json { step = id, hit = row }, of which a run may have very many.
local function hit_line(id, row)
  if id:find "^[%w_.-]+$" then return '{"hit":' .. row .. ',"step":"' .. id .. '"}\n' end
  return value_text.json { step = id, hit = row } .. "\n"
end

-- Puts the hits that have no line yet: another process shows them.
local function put_hits(self, now)
  local plan = self.plan
  if plan.n_hits == self.n_hits or self.looked and now - self.looked < HITS_SECONDS then return end
  self.looked, self.n_hits = now, plan.n_hits
  for i, node in ipairs(plan.graph.nodes) do
    local row = not self.hits[i] and plan:is_cached(i) and plan:result_row(i)
    if row then
      self.hits[i] = true
      self.pending[#self.pending + 1] = hit_line(node[graph.ID], row)
    end
  end
end

-- Writes what is pending.  A full disk does not end the run: errors are ignored.
local function write(self, now)
  self.written = now
  project.meta:progress(self.row, self.n_done + self.plan.n_hits, self.plan:count())
  if not self.pending[1] then return end
  self.file = self.file or io.open(self.path, "ab")
  if self.file then
    local text = table.concat(self.pending)
    self.file:write(text)
    self.file:flush()
    self.size = self.size + #text
    if self.size > LONG + self.first_size then replace(self) end
  end
  self.pending = {}
end

-- The running step at the position; its first line is put when it is asked for first.
local function step_at(self, i)
  local step = self.steps[i]
  if step then return step end
  step = { id = self.plan.graph.nodes[i][graph.ID], attempt = 1, head = {}, head_size = 0, tail = {}, first = 1,
    last = 0, tail_size = 0 }
  self.steps[i], self.n_steps, self.begun[i] = step, self.n_steps + 1, nil
  put(self, step, {})
  return step
end

-- Where the piece of the text that begins at `from` ends: between two characters.
local function piece_end(text, from)
  local to = math.min(#text, from + PIECE - 1)
  for _ = 1, 3 do
    local after = text:byte(to + 1)
    if not after or after & 0xc0 ~= 0x80 then break end
    to = to - 1
  end
  return to
end

local function put_text(self, i, text, at, last)
  local step, from = step_at(self, i), 1
  step.printed = true
  while from <= #text do
    local to = piece_end(text, from)
    put(self, step, { text = text:sub(from, to), at = at + from - 1, to = to == #text and last or at + to,
      attempt = step.attempt })
    from = to + 1
  end
end

local function put_end(self, i, status, answer)
  local step = self.steps[i]
  self.begun[i] = nil
  -- what a step in this process printed is known at its end
  if not (step and step.printed) and answer.log and answer.log ~= "" then put_text(self, i, answer.log, 0) end
  if not self.steps[i] and not answer.error then return end
  step = step_at(self, i)
  if answer.error then put(self, step, { text = answer.error .. "\n", attempt = step.attempt }) end
  put(self, step, { status = status, seconds = answer.seconds })
  step.attempt, step.printed = step.attempt + 1, nil
  if status ~= "retrying" then self.steps[i], self.n_steps = nil, self.n_steps - 1 end
end

local STATUS <const> = { step_end = "completed", step_failed = "failed", step_stopped = "stopped",
  step_retry = "retrying" }

-- Writes which steps are running and which are hits, beside what is pending.
local function show_running(self, now)
  for position in next, self.begun do step_at(self, position) end
  put_hits(self, now)
  write(self, now)
end

-- Takes an event of the run (run/run.lua).
function Writer:on_event(event, i, data, more)
  if event == "step_begin" then
    self.begun[i] = true
    -- nothing is heard of a step in this process until it ends
    if self.inline then show_running(self, sys.mono()) end
  elseif event == "log" then put_text(self, i, data, more.at, more.to)
  elseif STATUS[event] then
    if not data.unstarted then put_end(self, i, STATUS[event], data) end
    if event ~= "step_retry" then self.n_done = self.n_done + 1 end
  elseif event == "step_skipped" then
    if not self.plan:is_virtual(i) then self.n_done = self.n_done + 1 end
  elseif event == "tick" then
    local now = sys.mono()
    if now - self.written >= SECONDS then show_running(self, now) end
  end
end

-- Writes what is pending: the run's rows are about to be written.
function Writer:flush() write(self, sys.mono()) end

-- Removes the file: the run has ended and its rows are written.
function Writer:close()
  if not self.file then return end
  self.file:close()
  sys.remove(self.path)
  self.file = nil
end

---@param info { row: integer, id: string } of the run
---@param plan table its plan
---@param inline boolean the steps run in this process
---@return rille.live_log.writer
function live_log.new(info, plan, inline)
  return setmetatable({ inline = inline, row = info.row, path = live_log.path(info.id), plan = plan, n_done = 0,
    steps = {}, n_steps = 0, begun = {}, hits = {}, n_hits = 0, pending = {}, part = 1, size = 0, first_size = 0,
    written = sys.mono() }, Writer)
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

-- The events in the file of a run, or in what the metadata kept of it when the process had died: whole lines.
local function events_of(id)
  local text, list = project.meta:unfinished(id) or sys.read_file(live_log.path(id)) or "", {}
  for line in text:gmatch "([^\n]+)\n" do
    local ok, event = pcall(json.decode, line)
    if ok and type(event) == "table" and type(event.step) == "string" then list[#list + 1] = event end
  end
  return list
end

-- What is known of the steps of such a run, by id: row of a hit, or the status that a step ended with ("running":
-- it has not ended).
---@param id string of the run
---@return table<string, { row: integer?, status: string? }>
function live_log.steps(id)
  local map = {}
  for _, event in ipairs(events_of(id)) do
    map[event.step] = math.type(event.hit) == "integer" and { row = event.hit }
      or { status = event.status or "running" }
  end
  return map
end

---@class rille.live_log.place how far the log of a step was read; {} at first, and when the step has ended
---@field attempt integer?
---@field at integer? bytes of the attempt's log
---@field open boolean? the last text did not end with its line
---@field failed integer? the attempt whose error was read

-- The text of an event, with a line for what is left out before it; nil when it was read before.
---@param event table of a text
---@param read rille.live_log.place is changed
---@return string?
function live_log.next_text(event, read)
  if not event.at then
    if event.attempt <= (read.failed or 0) then return nil end
    read.failed, read.open = event.attempt, false
    return event.text
  end
  local attempt, place = read.attempt or 0, read.at or 0
  if event.attempt < attempt or event.attempt == attempt and event.to <= place then return nil end
  if event.attempt > attempt then place, read.open = 0, false end
  local left_out = event.at > place and format.left_out(event.at - place, read.open) or ""
  read.attempt, read.at, read.open = event.attempt, event.to, event.text:sub(-1) ~= "\n"
  return left_out .. event.text
end

-- What the steps of a run that is running, or whose process died, have printed, in the order in which they began to
-- print.  status is nil where the step has not ended.
---@param id string of the run
---@return { id: string, text: string, status: string? }[]
function live_log.texts(id)
  local list, by_id = {}, {}
  for _, event in ipairs(events_of(id)) do
    local one = by_id[event.step]
    if not one and event.text then
      one = { id = event.step, parts = {}, read = {} }
      list[#list + 1], by_id[event.step] = one, one
    end
    if not one then
      -- it has printed nothing
    elseif type(event.text) == "string" then
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
