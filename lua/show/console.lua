-- console: tells a user on standard error what happens in a run while it runs.
--
-- console.new() -> emit for run.pipeline (run/run.lua lists the events).  What is told depends on the global options:
-- nothing, failures alone, a line for each step with a live region below (show/console_lines.lua), or with --json an
-- event a line on standard output (show/event_lines.lua).

local global_options = require "rille.project.global_options"
local terminal = require "rille.base.terminal"

local console = {}

-- An emit that tells of failures alone.
local function failures()
  local result, uncommitted
  return function(event, i, data)
    if event == "plan" then result, uncommitted = data.result, data.uncommitted
    elseif event == "notice" then
      terminal.say("rille: ", data, "\n")
    elseif event == "step_failed" then
      local failure = require("rille.show.run_text").failure
      terminal.say(table.concat(failure(result.plan, i, data, result.name, uncommitted), "\n"), "\n")
    end
  end
end

local function nothing() end

-- The emit of a run, as the global options ask for it.
---@param results boolean? the final outputs and the metrics are shown at the end: no script prints its own
---@return fun(event: string, position: integer?, data: any, more: any)
function console.new(results)
  if global_options.silent then return nothing end
  if global_options.json then return require("rille.show.event_lines").new() end
  if global_options.quiet then return failures() end
  local lines = require("rille.show.console_lines").new(terminal.say, results)
  return function(...) lines:event(...) end
end

return console
