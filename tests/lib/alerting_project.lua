-- alerting_project: a project whose active stack has an alerter.

local scratch = require "scratch"

-- options: YAML of the component "tell"; script: without its steps' prelude.
return function(flavor, options, script)
  if flavor == "file" and not options:find "path" then
    options = "path: alerts.jsonl" .. (options ~= "" and ", " .. options or "")
  end
  local p = scratch.script(script)
  assert(os.execute("mkdir " .. p:path ".rille"))
  p:write(".rille/config.yaml", string.format([[
format: 1
active: told
components:
  alerter:
    tell: { flavor: %s, options: { %s } }
stacks:
  told: { alerter: tell }
]], flavor, options))
  return p
end
