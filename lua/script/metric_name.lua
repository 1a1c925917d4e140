-- metric_name: how metrics are named wherever one is asked for: NAME, the last value that a step of a run logged, or
-- STEP.NAME, that of one step; both also after "metric.".  A name that is not of letters, digits, _ and - is put in
-- quotes: "train.v2"."val/loss".

local metric_name = {}

-- The names in a text that are joined by dots, each perhaps in quotes; nil where it is not written so.
---@type fun(text: string): string[]?
metric_name.split = require("rille.host.filter").split

-- The step, or nil, and the name of a metric.  A text that is not written so is the name itself.
---@param text string
---@return string? step
---@return string name
function metric_name.read(text)
  local names = metric_name.split(text)
  if names and names[2] and names[1]:find "^metrics?$" then table.remove(names, 1) end
  if not names or names[3] then return nil, text end
  return names[2] and names[1] or nil, names[2] or names[1]
end

return metric_name
