-- The alerter "console": a line on standard error, where the run prints.

local alert_option = require "rille.stack.alert_option"

return {
  kind = "alerter", name = "console", summary = "prints alerts where the run prints",
  options = { on = alert_option.ON },
  open = function(options)
    local alerter = { on = options.on }
    function alerter:alert(message, say)
      say("alert: " .. alert_option.text(message):gsub("\n", "\n            "))
      return true
    end
    return alerter
  end,
}
