-- audit_report: what `rille run --audit` found.

local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"

local audit_report = {}

local function print_json(violations)
  for _, one in ipairs(violations) do
    out.json { event = "violation", step = one.step, what = one.what, where = one.where }
  end
end

local function print_text(audit)
  local violations, skipped = audit.violations, ""
  for _, one in ipairs(violations) do
    out.line("%s  step %s %s (%s)", format.in_colour("red", "bad"), one.step, one.what, one.where)
  end
  if audit.skipped > 0 then
    skipped = string.format(", %d not (%s)", audit.skipped, audit.skipped == 1 and "it escapes" or "they escape")
  end
  out.line("audit: %s watched%s, %s", format.plural(audit.checked, "step"), skipped,
    format.plural(#violations, "violation"))
end

-- Prints the report and gives the exit code of the command.
---@param audit table see run/fingerprint_audit.lua
---@param status string of the run
---@return integer
function audit_report.print(audit, status)
  if global_options.json then print_json(audit.violations) else print_text(audit) end
  return #audit.violations > 0 and 5 or status == "failed" and 1 or 0
end

return audit_report
