-- card: runs, steps, artifacts and versions of models as the prompt shows them: a line, and below it what they have.

local format = require "rille.base.format"
local past_artifact = require "rille.query.past_artifact"
local past_model = require "rille.query.past_model"
local past_run = require "rille.query.past_run"
local past_step = require "rille.query.past_step"
local preview = require "rille.artifact.preview"

local card = {}

local STEPS <const>, NAMES <const> = 12, 8     -- lines of a run; metrics, outputs of a step

local function metrics_text(metrics)
  local names, parts = {}, {}
  for name in next, metrics do names[#names + 1] = name end
  table.sort(names)
  for i = 1, math.min(#names, NAMES) do
    local v = metrics[names[i]]
    parts[i] = names[i] .. " " .. (type(v) == "number" and preview.of_number(v) or tostring(v))
  end
  if #names > NAMES then parts[#parts + 1] = string.format("… %d more", #names - NAMES) end
  return table.concat(parts, ", ")
end

local function outputs_text(step)
  local row, parts = rawget(step, "row"), {}
  if row.items then return format.plural(#row.items, "item") end
  for i, out in ipairs(row.outputs or {}) do
    if i <= NAMES then parts[i] = string.format("%s: %s", out.name, out.type or "?") end
  end
  return table.concat(parts, ", ")
end

local function of_step(step)
  local took = step.status ~= "cached" and step.seconds and format.seconds(step.seconds) or ""
  local parts = { outputs_text(step), metrics_text(step.metrics or {}) }
  return { step.id, { step.status }, took, table.concat(parts, parts[1] ~= "" and parts[2] ~= "" and "; " or "") }
end

local function of_run(run)
  local lines = { string.format("run %s  %s%s", run.name, run.status,
    run.seconds and ", " .. format.seconds(run.seconds) or "") }
  local steps, rows = run.steps, {}
  for i = 1, math.min(#steps, STEPS) do rows[i] = of_step(steps[i]) end
  if rows[1] then lines[2] = format.table({ "step", "status", ">took", "gave" }, rows):gsub("\n$", "") end
  if #steps > STEPS then lines[#lines + 1] = string.format("… %d more steps", #steps - STEPS) end
  return table.concat(lines, "\n")
end

local function of_version(version)
  local text = string.format("%s  stage %s", tostring(version), version.stage)
  local metrics = metrics_text(version.metrics)
  return metrics ~= "" and text .. "\n" .. metrics or text
end

local function of_one_step(step)
  local row = of_step(step)
  return string.format("%s%s\n%s", tostring(step), row[3] ~= "" and ", " .. row[3] or "", row[4])
end

local CARDS <const> = {
  [past_run.Run] = of_run, [past_step.Step] = of_one_step, [past_model.Version] = of_version,
  [past_artifact.Artifact] = tostring,
}

-- The card of a value of the history; nil for another value.
---@param v any
---@param began number when the entry began: a run since then was told of while it ran
---@return string?
function card.of(v, began)
  local meta = debug.getmetatable(v)
  if meta == past_run.Run and v.started >= began then return tostring(v) end
  local make = CARDS[meta or false]
  return make and (make(v):gsub("\n$", "")) or nil
end

return card
