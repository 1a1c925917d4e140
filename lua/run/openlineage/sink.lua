-- sink: where OpenLineage events go: lines of a file, or a service that takes them by HTTP.
--
-- A file is appended to, an event a line, each by one write: several processes may write to it.  A service gets one
-- event at a time, in order; the run waits for it only at its end, and not for long.

local json = require "rille.json"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local worker_process = require "rille.host.worker_process"

local sink = {}

local TRIES <const> = 3             -- of an event that a service did not take
local SECONDS <const> = 5           -- that it may take for one
local AT_END <const>, AT_STOP <const> = 10, 2       -- seconds that the end of a run waits, and of a stopped one
local BRIEF <const> = 0.002
local SLICE <const> = 0.1           -- seconds between two looks for signals
local BESIDES <const> = 0.02        -- seconds that an event waits for an answer while steps run
local PATH <const> = "/api/v1/lineage"

-- Files --------------------------------------------------------------------------------------

local File = { __name = "file of events" }
File.__index = File

function File:put(event)
  local line = json.encode(event, { indent = 0 }) .. "\n"
  self.handle:setvbuf("full", #line + 1)
  local ok, message = self.handle:write(line)
  if ok then ok, message = self.handle:flush() end
  if not ok then error(self.path .. ": " .. message, 0) end
end

function File:close() self.handle:close() end

-- Services -----------------------------------------------------------------------------------

local Service = { __name = "service of events" }
Service.__index = Service

-- An address as people may see it: without a password, and without what stands after "?".
local function shown(url) return (url:gsub("^(%a+://)[^/@]*@", "%1"):gsub("%?.*", "")) end

local function start(self)
  local http_post = require "rille.host.http_post"
  local headers = { "Content-Type: application/json" }
  local key = os.getenv "OPENLINEAGE_API_KEY"
  if key and key ~= "" then headers[2] = "Authorization: Bearer " .. key end
  local message
  self.post, message = http_post.start { url = self.url, body = self.queue[1], headers = headers, seconds = SECONDS }
  self.tries = self.tries + 1
  if not self.post then error(shown(self.url) .. ": " .. message, 0) end
end

-- The event was taken, or not: the next one, or the same again.
local function settle(self, done, message)
  local post <close> = self.post
  local status = done and post:answer()
  self.post = nil
  if status and status >= 200 and status < 300 then
    table.remove(self.queue, 1)
    self.tries = 0
    return
  end
  local may_pass = not status or status == 429 or status >= 500
  if may_pass and self.tries < TRIES then return end
  self.queue = {}
  error(string.format("%s did not take an event: %s", shown(self.url), status and "status " .. status or message), 0)
end

-- Waits for the answer until then: true, or nil and a message; false: it is not there yet.
local function await(self, last)
  while true do
    local before = sys.mono()
    local done, message = self.post:wait(math.max(last - before, 0))
    local now = sys.mono()
    if done ~= false or now >= last then return done, message end
    -- while a name is looked up there is nothing that libcurl could wait for
    if now - before < BRIEF then worker_process.wait({}, BRIEF) end
  end
end

-- Sends for so many seconds at most; for fewer from the moment on when the process is asked to stop.
local function pump(self, seconds)
  local last, asked = sys.mono() + seconds, signals.received()
  while self.queue[1] do
    if not self.post then start(self) end
    local done, message = await(self, math.min(last, sys.mono() + SLICE))
    if done ~= false then settle(self, done, message)
    elseif sys.mono() >= last then return
    elseif not asked and signals.received() then asked, last = true, math.min(last, sys.mono() + AT_STOP) end
  end
end

function Service:put(event)
  self.queue[#self.queue + 1] = json.encode(event, { indent = 0 })
  pump(self, BESIDES)
end

function Service:close()
  pump(self, signals.received() and AT_STOP or AT_END)
  local n = #self.queue
  self.post = nil
  if n > 0 then
    error(string.format("%s: %d event%s not taken in time", shown(self.url), n, n == 1 and " was" or "s were"), 0)
  end
end

-- Opening ------------------------------------------------------------------------------------

-- The sink of a path, or of the address of a service; nil and a message where it cannot be had.
---@param where string
---@param base string the folder of relative paths
---@return table? sink, string? message
function sink.open(where, base)
  if where:find "^https?://" then
    -- the address of a service alone: its place for events is known
    local url = where:find "^https?://[^/]+/?$" and where:gsub("/$", "") .. PATH or where
    return setmetatable({ url = url, queue = {}, tries = 0 }, Service)
  end
  if where:find "^%a[%w+.-]*://" then
    return nil, where .. ": expected a file, or an address that begins with http:// or https://"
  end
  if where == "-" then return nil, "-: give a file or an address; /dev/stdout is standard output" end
  local path = where:sub(1, 1) == "/" and where or base .. "/" .. where
  local handle, message = io.open(path, "ab")
  if not handle then return nil, message:gsub("^" .. path:gsub("%p", "%%%0"), where) end
  return setmetatable({ path = where, handle = handle }, File)
end

return sink
