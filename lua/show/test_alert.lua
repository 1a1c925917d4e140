-- test_alert: rille alerter test: a message to see that alerts arrive.

local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local out = require "rille.show.out"
local secret_texts = require "rille.stack.secret_texts"
local stack = require "rille.stack"
local suggest = require "rille.base.suggest"
local terminal = require "rille.base.terminal"

local test_alert = {}

local function parts_of(name)
  if name then
    local part, known = stack.component("alerter", name)
    if part then return { part } end
    local hint = suggest.hint(name, known)
    if hint == "" then hint = known[1] and "; available: " .. table.concat(known, ", ") or "" end
    errors.at(nil, 'there is no alerter "%s"%s', name, hint)
  end
  local active = stack.of(nil)
  if not active:parts("alerter")[1] then
    errors.at(nil, 'the stack "%s" has no alerter; name one: rille alerter test NAME', active.name)
  end
  return active:parts "alerter"
end

-- Sends by one; nil, or why it was not delivered.
local function send(part)
  local object, secrets = stack.open(part)
  local ok, done, why = internal_error.call(object.alert, object,
    { text = "This is a test: alerts arrive here.", title = "rille alerter test", level = "info" },
    function(text) terminal.say(tostring(text), "\n") end)
  if object.close then object:close() end
  if internal_error.is(done) then error(done, 0) end
  if ok and done then return nil end
  if ok then done = why or "it does not say why" end
  return secret_texts.removed(errors.text_of(done, "it"), secrets)
end

---@param name string? those of the active stack without it
---@return integer exit code
function test_alert.run(name)
  local code, list = 0, {}
  for i, part in ipairs(parts_of(name)) do
    local why = send(part)
    list[i] = { name = part.name, flavor = part.flavor, delivered = not why, why = why }
    if why then code = 1 end
    if not global_options.json and (why or not global_options.quiet) then
      local line = string.format('alerter "%s" (%s): %s', part.name, part.flavor, why and "not delivered: " .. why
        or "delivered")
      if why then terminal.say("rille: ", line, "\n") else out.line("%s", line) end
    end
  end
  if global_options.json then out.json { items = json.array(list), next = json.null } end
  return code
end

return test_alert
