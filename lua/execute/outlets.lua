-- outlets: ctx.alerter and ctx.tracker, what a step or a hook tells people and other programs.
--
-- An alert is passed to the process that makes the run, which sends it (run/alerts.lua).  Sending is an effect that a
-- hit would not have, so a step that alerts is not cached.  What a tracker gets is what the step logs: it is kept with
-- the step's record, and a hit has it, too.

local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local observe = require "rille.host.observe"

local outlets = {}

local SEND, LOG = {}, {}

-- Alerts -----------------------------------------------------------------------------------

local Alerter = { __name = "alerter of a context" }

local LEVELS <const> = { info = true, warning = true, error = true }
local OPTIONS <const> = { title = true, level = true }

local alerter_methods = {}

-- ctx.alerter:alert(text [, { title =, level = }]): to all alerters of the stack; without one nothing happens
---@param text string
---@param options? { title?: string, level?: "info"|"warning"|"error" }
function alerter_methods.alert(self, text, options, ...)
  errors.check_self(self, Alerter, "alert", ...)
  if type(text) ~= "string" then
    errors.raise("ctx.alerter:alert: expected a text, found %s", errors.describe(text))
  end
  options = options or {}
  if type(options) ~= "table" then
    errors.raise('ctx.alerter:alert: expected options, as in { level = "warning" }, found %s', errors.describe(options))
  end
  errors.check_fields("ctx.alerter:alert", options, OPTIONS)
  errors.check_text("ctx.alerter:alert", "title", options.title)
  if options.level ~= nil and not LEVELS[options.level] then
    errors.raise("ctx.alerter:alert: level must be info, warning or error, found %s", errors.describe(options.level))
  end
  rawget(self, SEND) { text = text, title = options.title, level = options.level }
end

function Alerter.__index(_, k)
  if alerter_methods[k] then return alerter_methods[k] end
  require("rille.base.usage_hints").field("alerter of a context", k, alerter_methods, {})
end

function Alerter.__newindex(_, k) errors.raise('ctx.alerter cannot be changed (field "%s")', tostring(k)) end

-- What a step is given as ctx.alerter.
---@param request table of the step or hook
---@param env table
---@return table
function outlets.alerter(request, env)
  local ended = env.ended
  return setmetatable({ [SEND] = function(message)
    if not ended then observe.impure "ctx.alerter:alert" end
    message.level = message.level or ended and ended.ok == false and "error" or "info"
    message.step = request.id
    local secrets = package.loaded["rille.project.secrets"]
    if secrets then message = secrets.masked(message) end
    if env.alert then env.alert(message, request.position) end
  end }, Alerter)
end

-- Trackers ---------------------------------------------------------------------------------

local Tracker = { __name = "tracker of a context" }

local tracker_methods = {}

-- ctx.tracker:log_metric, :log_params, :log_metadata are those of ctx
for _, name in ipairs { "log_metric", "log_params", "log_metadata" } do
  tracker_methods[name] = function(self, values, step, ...)
    errors.check_self(self, Tracker, name, ...)
    local ctx = rawget(self, LOG)
    return ctx[name](ctx, values, step)
  end
end

function Tracker.__index(_, k)
  if tracker_methods[k] then return tracker_methods[k] end
  require("rille.base.usage_hints").field("tracker of a context", k, tracker_methods, {})
end

function Tracker.__newindex(_, k) errors.raise('ctx.tracker cannot be changed (field "%s")', tostring(k)) end

---@param ctx table
---@return table
function outlets.tracker(ctx) return setmetatable({ [LOG] = ctx }, Tracker) end

for _, class in ipairs { Alerter, Tracker } do
  errors.refuse(class, "__call", "__concat")
  fingerprint.closed(class, "ctx." .. class.__name)
end

return outlets
