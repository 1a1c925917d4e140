-- The alerter that runs a command.
package.path = "../../../../lib/?.lua;" .. package.path
local alerting_project = require "alerting_project"
local check = require "check"

local SCRIPT <const> = [[
local s = step "s" { run = function(_, ctx) ctx.alerter:alert("it's \"$HOME\"\nline 2", { title = "look" }) end }
return pipeline "main" { define = function() s() end }
]]

check.test("the command finds the alert in variables", function()
  local p <close> = alerting_project("command", [[command: 'printf "%s|%s|%s|%s|%s|%s" "$RILLE_ALERT_TITLE" ]]
    .. [["$RILLE_ALERT_TEXT" "$RILLE_ALERT_LEVEL" "$RILLE_ALERT_RUN" "$RILLE_ALERT_STEP" "$SECRET" >got']], SCRIPT)
  p:sh 'SECRET="of mine" "$RILLE" run main.lua --name first'
  check.eq(p:read "got", "look|it's \"$HOME\"\nline 2|info|first|s|of mine")
end)

check.test("a command that fails, and one that takes too long, are notes of the run", function()
  local p <close> = alerting_project("command", "command: 'echo some; echo no mail here >&2; exit 3'", SCRIPT)
  local _, err = p:ok "run main.lua --name a"
  check.has(err, 'alerter "tell": not delivered: the command ended with exit code 3: no mail here (look)')
  local q <close> = alerting_project("command", "timeout: 0.3, command: 'sleep 30 & sleep 30'", SCRIPT)
  local began = os.time()
  _, err = q:ok "run main.lua --name b"
  check.has(err, "the command took more than 0.3 s")
  check.ok(os.time() - began < 10)
  check.has(q:ok "show b", 'note        alerter "tell": not delivered: the command took more than 0.3 s (look)')
end)

check.test("a run waits no longer for all its commands than the limit", function()
  local p <close> = alerting_project("command", "timeout: 0.5, limit: 1, command: 'sleep 30'", [[
local s = step "s" { run = function(_, ctx) for i = 1, 20 do ctx.alerter:alert("n" .. i) end end }
return pipeline "main" { define = function() s() end }
]])
  local began = os.time()
  p:ok "run main.lua --name a"
  check.ok(os.time() - began < 5)
  local notes = p:json("show a").notes
  check.eq(#notes, 20)
  check.has(notes[20], "alerts have already taken 1 s of this run (limit) (n20)")
end)

check.done()
