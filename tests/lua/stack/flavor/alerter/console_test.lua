-- The alerter that prints.
package.path = "../../../../lib/?.lua;" .. package.path
local alerting_project = require "alerting_project"
local check = require "check"

check.test("an alert is printed with the run's lines, its further lines below", function()
  local p <close> = alerting_project("console", "", [[
local s = step "s" { run = function(_, ctx) ctx.alerter:alert("one\ntwo", { title = "look" }) end }
return pipeline "main" { define = function() s() end }
]])
  local out, err = p:ok "run main.lua"
  check.eq(out, "")
  check.has(err, "alert: look\n            one\n            two\n")
end)

check.done()
