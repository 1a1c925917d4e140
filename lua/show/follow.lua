-- follow: shows what the steps of a run print in another process, as they print it.
--
-- It reads runs/ID.live (record/live_log.lua), and checks whether a process still holds the run's lock.

local history = require "rille.query.history"
local live_log = require "rille.record.live_log"
local json = require "rille.json"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local run_lock = require "rille.host.run_lock"
local worker_process = require "rille.host.worker_process"
local project = require "rille.project"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local follow = {}

local SECONDS <const> = 0.1          -- between two looks

local Follower = {}
Follower.__index = Follower

-- The whole lines of the file that were not read yet.
local function lines_of(self)
  self.file:seek("set", self.at)
  local text = self.file:read "a" or ""
  local whole = text:match "^.*\n" or ""
  self.at = self.at + #whole
  local lines = {}
  for line in whole:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

local function part_of(file) return (file:read "l" or ""):match '^{"part":(%d+)}$' or "1" end

-- The same, when another file may have replaced it: first the rest of the old one.
local function read_lines(self)
  local now = sys.stat(self.path) == "file" and io.open(self.path, "rb") or nil
  local part = now and part_of(now)
  local lines = self.file and lines_of(self) or {}
  if now and part ~= self.part then
    if self.file then self.file:close() end
    self.file, self.part, self.at = now, part, 0
    local more = lines_of(self)
    table.move(more, 1, #more, #lines + 1, lines)
  elseif now then
    now:close()
  end
  return lines
end

-- Puts lines with the ids of their steps; a line that is not whole waits.
local function put_all(self, id, text, is_end)
  text = (self.rest[id] or "") .. text
  local whole, rest = text:match "^(.*\n)([^\n]*)$"
  if is_end and text ~= "" and text:sub(-1) ~= "\n" then whole, rest = text .. "\n", nil end
  self.rest[id] = not is_end and (rest or (not whole and text)) or nil
  if not whole then return end
  self.width = math.max(self.width, math.min(#id, 24))
  local head = format.in_colour("grey", string.format("%-" .. self.width .. "s │ ", terminal.line(id)))
  self.put((terminal.log(whole):gsub("[^\n]*\n", function(line) return head .. line end)))
end

local function take_event(self, event)
  local id = event.step
  if self.only and id ~= self.only then return end
  if event.text then
    self.printed = true
    self.read[id] = self.read[id] or {}
    local text = live_log.next_text(event, self.read[id])
    if not text then return end
    if self.only then self.put(terminal.log(text)) else put_all(self, id, text) end
  elseif event.status then
    if not self.only then put_all(self, id, "", true) end
    if event.status ~= "retrying" then self.status, self.read[id] = event.status, nil end
  end
end

local function read(self)
  for _, line in ipairs(read_lines(self)) do
    local ok, event = pcall(json.decode, line)
    if ok and type(event) == "table" and type(event.step) == "string" then take_event(self, event) end
    if self.only and self.status then return { step = self.status } end
  end
end

-- How the run ended, by the metadata; with the log of a step that printed nothing here.
local function end_by_history(self)
  local run = history.find_run(self.id)
  if not run then return { run = "gone" } end
  local step = self.only and not self.printed and run.status ~= "running" and run.steps[self.only]
  if step and step.log ~= "" then self.put(terminal.log(step.log)) end
  if run.status == "failed" and run.reason == "interrupted" then return { died = true } end
  return { run = run.status, step = step and step.status }
end

local function is_over(self)
  local held, message, code = run_lock.is_held(live_log.lock(self.id))
  if held == nil then project.fail(message, code) end
  return not held
end

---@class rille.follow.ending
---@field step string? status of the step that was followed
---@field run string? status of the run
---@field died boolean? the process of the run is gone
---@field interrupted boolean? a signal came

-- Follows a run until it ends.
---@param run table of the history, running
---@param only string? id of a step; nil: all steps, with their ids
---@param put fun(text: string) takes whole lines
---@return rille.follow.ending
function follow.run(run, only, put)
  local self = setmetatable({ id = run.id, path = live_log.path(run.id), at = 0, only = only, put = put, rest = {},
    read = {}, width = 8 }, Follower)
  local file <close> = setmetatable({}, { __close = function() if self.file then self.file:close() end end })
  assert(file)
  while true do
    local over = is_over(self)
    -- read after the lock was checked: all that was written before the run ended
    local ended = read(self)
    if ended then return ended end
    if over then
      project.close()
      project.need "read"
      return end_by_history(self)
    end
    if signals.received() then return { interrupted = true } end
    local ok, message = worker_process.wait({}, SECONDS)
    if not ok then errors.at(nil, "%s", message) end
  end
end

return follow
