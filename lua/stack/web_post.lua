-- web_post: posts JSON to a web server, again when that helps, within a time.
--
-- Again: when the server is not reached, does not answer, is busy (429, with the pause that it asks for) or fails
-- (5xx).  Other answers are final.  No message has a secret: neither the URL nor what the caller names.

local http_post = require "rille.host.http_post"
local secret_texts = require "rille.stack.secret_texts"
local signals = require "rille.project.signals"
local sys = require "rille.host.sys"
local worker_process = require "rille.host.worker_process"

local web_post = {}

local END <const> = 2               -- running work is to end (project/signals.lua)
local SLICE <const> = 0.1           -- seconds between two looks for signals
local PAUSE <const>, LONGEST <const> = 0.5, 8       -- seconds before the second attempt, before later ones at most

-- Asked since the beginning to end at once?
local function new_stop()
  local _, before = signals.received()
  return function()
    local signal, level = signals.received()
    return signal ~= nil and level >= END and level > (before or 0)
  end
end

-- Posts once: status, body, Retry-After | nil, why, is it final.
local function post(url, body, headers, seconds, stopped)
  local one <close>, why, code = http_post.start { url = url, body = body, headers = headers, seconds = seconds }
  if not one then return nil, why, code == -4 end
  local ends = sys.mono() + seconds + 1
  while sys.mono() < ends do
    local done, message = one:wait(SLICE)
    if done == nil then
      return nil, message:find "timed? ?out" and string.format("no answer in %.3g s", seconds) or message
    end
    if done then return one:answer() end
    if stopped() then return nil, "the run was told to end", true end
  end
  return nil, "no answer"
end

-- Days since 1970 of a date in the Gregorian calendar.
local function days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
end

local MONTHS <const> = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10,
  Nov = 11, Dec = 12 }

-- The seconds that a header Retry-After asks for: a number, or a date.
---@param text string
---@param now number
---@return number?
function web_post.pause_of(text, now)
  if tonumber(text) then return math.max(tonumber(text), 0) end
  local day, month, year, hour, minute, second = text:match "^%a+, (%d+) (%a+) (%d+) (%d+):(%d+):(%d+) GMT$"
  if not day or not MONTHS[month] then return nil end
  local at = 86400 * days(math.tointeger(year), MONTHS[month], math.tointeger(day)) + 3600 * hour + 60 * minute + second
  return math.max(at - now, 0)
end

local function status_text(status, body)
  local line = body:match "[^%c]+"
  return string.format("the server answered %d%s", status, line and ": " .. line:sub(1, 200) or "")
end

-- Waits before the next attempt; false: there is no time for it.
local function pause(seconds, ends, stopped)
  if sys.mono() + seconds >= ends then return false end
  local over = sys.mono() + seconds
  while sys.mono() < over do
    if stopped() then return false end
    worker_process.wait({}, math.max(math.min(SLICE, over - sys.mono()), 0))
  end
  return true
end

-- Posts until the server has taken it, or there is no time left.
---@param url string
---@param body string
---@param options { headers: string[], seconds: number, retries: integer, secrets: string[] }
---@return true? ok, string? why, number? pause seconds that the server asked for, where there was no time for them
function web_post.send(url, body, options)
  local ends, stopped = sys.mono() + options.seconds, new_stop()
  local wait, why = PAUSE, nil
  for attempt = 1, options.retries + 1 do
    local status, answer, after = post(url, body, options.headers, math.max(ends - sys.mono(), 0.05), stopped)
    if status and status >= 200 and status < 300 then return true end
    why = status and status_text(status, answer) or answer
    local asked = status == 429 and web_post.pause_of(after, sys.now())
    local again = not status and not after or status and (status == 429 or status >= 500)
    if not again then break end
    if attempt > options.retries then
      if attempt > 1 then why = string.format("%s (%d attempts)", why, attempt) end
      break
    end
    if not pause(asked or wait, ends, stopped) then
      if asked then return nil, string.format("the server asks for a pause of %.6g s", asked), asked end
      if attempt > 1 then why = string.format("%s (%d attempts in %.3g s)", why, attempt, options.seconds) end
      break
    end
    wait = math.min(2 * wait, LONGEST)
  end
  return nil, secret_texts.removed(why, options.secrets)
end

return web_post
