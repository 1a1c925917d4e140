-- The alerter "webhook": posts {"text": TEXT} to a URL, as Slack, Mattermost, Teams and Google Chat take it; Discord
-- has field = "content".

local alert_option = require "rille.stack.alert_option"
local sys = require "rille.host.sys"
local t = require("rille.script.types").t
local value_text = require "rille.base.value_text"
local web_post = require "rille.stack.web_post"

local MOST <const> = 2500           -- characters of a text: Slack refuses more than 3,000
local ROOM <const> = 60             -- of them for the note about what was cut

-- The text without bytes that are not UTF-8.
local function clean(text)
  if utf8.len(text) then return text end
  return (text:gsub("[\128-\255]", "?"))
end

-- At most MOST characters: whole lines, and how many more there are.
local function cut(text)
  text = clean(text)
  if utf8.len(text) <= MOST then return text end
  local kept = text:sub(1, utf8.offset(text, MOST - ROOM + 1) - 1)
  -- at the end of a line, unless that loses more than half of it
  local line = kept:match "^(.*)\n[^\n]*$"
  if line and #line > #kept // 2 then kept = line end
  local rest = text:sub(#kept + 1)
  local _, lines = rest:gsub("\n.", "")
  if rest:sub(1, 1) ~= "\n" then lines = lines + 1 end
  return string.format("%s\n... cut: %d more line%s, %d characters", kept, lines, lines == 1 and "" or "s",
    utf8.len(rest))
end

local Alerter = {}
Alerter.__index = Alerter

-- The seconds that there are for one more alert; nil and why there are none.
local function time_left(self)
  local now = sys.mono()
  if self.paused and now < self.paused then
    return nil, string.format("the server asked for a pause, of which %.0f s are left", self.paused - now)
  end
  return self.budget:left()
end

function Alerter:alert(message)
  local seconds, why = time_left(self)
  if not seconds then return nil, why end
  local began = sys.mono()
  local asked, ok
  local body = value_text.json { [self.field] = cut(alert_option.text(message)) }
  ok, why, asked = web_post.send(self.url, body, { headers = self.headers, seconds = seconds, retries = self.retries,
    secrets = self.secrets })
  self.budget.spent = self.budget.spent + sys.mono() - began
  self.paused = asked and sys.mono() + asked or nil
  return ok, why
end

-- The parts of a URL that give the right to post: all after the host.
local function secrets_of(options)
  local list = { options.url, options.token }
  local path = options.url:match "^%a+://[^/]+/(.+)$"
  if path then list[#list + 1] = path end
  return list
end

return {
  kind = "alerter", name = "webhook", summary = "posts JSON, as Slack takes it",
  options = { url = t.string { doc = "${env:NAME}, a variable that has the URL" },
    token = t.string { default = "", doc = "${env:NAME}: sent as Authorization: Bearer" },
    field = t.string { default = "text", doc = "name of the field that has the text" },
    timeout = alert_option.TIMEOUT, limit = alert_option.LIMIT,
    retries = t.integer { default = 4, min = 0, max = 20, doc = "further attempts" },
    on = alert_option.ON },
  secrets = { "url", "token" },
  requires = { package = "libcurl4", lib = "libcurl.so.4", for_what = "posting to web servers" },
  open = function(options)
    if not options.url:find "^https?://[^/%s]+" then error("the URL must begin with http:// or https://", 0) end
    local headers = { "Content-Type: application/json; charset=utf-8", "Expect:" }
    if options.token ~= "" then
      if options.token:find "%c" then error("the token has control characters", 0) end
      headers[#headers + 1] = "Authorization: Bearer " .. options.token
    end
    return setmetatable({ url = options.url, field = options.field, headers = headers, retries = options.retries,
      budget = alert_option.budget(options.timeout, options.limit), secrets = secrets_of(options), on = options.on },
      Alerter)
  end,
}
