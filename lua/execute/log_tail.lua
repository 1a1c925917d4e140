-- log_tail: shows what a running step prints, as its log grows.
--
-- The log is a file of the worker's channel whose middle is given back while it grows
-- (host/os/capped_log.h), so that text may be left out.

local log_tail = {}

local INTERVAL <const> = 0.1                              -- seconds between two looks
local FAST <const>, FAST_INTERVAL <const> = 32 << 20, 0.01     -- bytes a second from which on it is looked at so often

---@class LogTail
---@field n_shown integer   bytes of the log that were shown, or left out
---@field mid_line boolean  the text shown last does not end with its line
---@field size integer      of the log at the last look
local LogTail = {}
LogTail.__index = LogTail

-- A step begins.
function LogTail:reset() self.n_shown, self.mid_line = 0, false end

-- Shows text that begins at a place in the log: what is between it and the text before is left out.
local function show(self, position, text, at)
  if text == "" then return end
  local left_out = at > self.n_shown and at - self.n_shown or nil
  local more = { at = at, to = at + #text, left_out = left_out, open = self.mid_line }
  self.n_shown, self.mid_line = more.to, text:sub(-1) ~= "\n"
  local secrets = package.loaded["rille.project.secrets"]
  if secrets then text = secrets.mask(text) end
  self.emit("log", position, text, more)
end

-- Shows the rest of a log that is complete.
---@param position integer  of the step
---@param text string
---@param gap { [1]: integer, [2]: integer, [3]: integer }?  head, from, at: where its middle is left out
function LogTail:finish(position, text, gap)
  local head, from, at = table.unpack(gap or {})
  if not gap or self.n_shown <= head then show(self, position, text:sub(self.n_shown + 1), self.n_shown)
  elseif self.n_shown <= from then show(self, position, text:sub(at + 1), from)
  else show(self, position, text:sub(at + 1 + self.n_shown - from), self.n_shown) end
end

-- Seconds between two looks: a log that grows fast is looked at often, lest its file become large, and
-- that of a step which has just begun sooner.
---@param since number  when the step began
---@param now number
function LogTail:interval(since, now)
  return self.fast and FAST_INTERVAL or math.max(FAST_INTERVAL, math.min(INTERVAL, (now - since) / 2))
end

-- Shows whole lines: where a line is not whole, it may end or begin within a secret.
local function show_lines(self, position, head, text, at)
  if at == #head then head, text, at = "", head .. text, 0 end
  show(self, position, head:match "^.*\n" or "", 0)
  if at > self.n_shown then
    local first = text:find "\n" or #text
    text, at = text:sub(first + 1), at + first
  end
  show(self, position, text:match "^.*\n" or "", at)
end

-- Shows what is new, if it is time for a look.
---@param request Request  of the step that the worker runs
---@param since number
---@param now number
function LogTail:poll(request, since, now)
  if now - math.max(since, self.looked_at) < self:interval(since, now) then return end
  local channel = self.channel
  local number, before = channel:at(), self.size
  self.size = channel:trim_log()
  self.fast = self.size - before > FAST * (now - self.looked_at)
  self.looked_at = now
  if number ~= request.number or self.size <= self.n_shown then return end
  if now - math.max(since, self.shown_at) < INTERVAL then return end
  self.shown_at = now
  local head = self.n_shown == 0 and channel:log_head()
  local text, at = channel:log(math.max(self.n_shown, head and #head or 0))
  if channel:at() ~= number then return end
  local secrets = package.loaded["rille.project.secrets"]
  if secrets and secrets.has_masks() then return show_lines(self, request.position, head or "", text, at) end
  -- where something is left out lines stay whole
  if head and at > #head then head = head:match "^.*\n" or head end
  if head then show(self, request.position, head, 0) end
  if at > self.n_shown then text = text:match "^.*\n" or text end
  show(self, request.position, text, at)
end

---@param channel table  of the worker
---@param emit fun(event: "log", position: integer, text: string, more: table)
---@return LogTail
function log_tail.new(channel, emit)
  return setmetatable({ channel = channel, emit = emit, n_shown = 0, mid_line = false, size = 0, fast = false,
    looked_at = 0.0, shown_at = 0.0 }, LogTail)
end

return log_tail
