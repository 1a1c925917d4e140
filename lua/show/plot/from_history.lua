-- from_history: the plot of what the arguments of rille plot name: metrics of runs, steps or pipelines, artifacts.
--
-- First come owners, each a run, RUN/STEP or a pipeline, then metrics or outputs of all of them.  Without an owner the
-- arguments are artifacts.

local did_you_mean = require "rille.query.did_you_mean"
local errors = require "rille.base.errors"
local fields = require "rille.query.fields"
local history = require "rille.query.history"
local listing = require "rille.query.listing"
local of_value = require "rille.show.plot.of_value"
local plot = require "rille.show.plot"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local value_text = require "rille.base.value_text"
local vector = require "rille.show.plot.vector"

local from_history = {}

local MOST_LINES <const> = 12
local MOST_RUNS <const> = 1000      -- of a pipeline

---@class rille.plot.owner
---@field what string as it was written
---@field run table? a run of the history
---@field step table? a step of it
---@field pipeline string?

-- Owners -----------------------------------------------------------------------------------------

local function is_pipeline(name) return project.meta:nth_run(name, -1) ~= nil end

-- The run, the step or the pipeline of that name, or nil.
local function owner_of(what)
  local run, message = history.find_run(what)
  if run then return { what = what, run = run } end
  local name, id = what:match "^(.*)/([^/]+)$"
  local owner = name and history.find_run(name)
  if owner then return { what = what, run = owner, step = owner.steps[id] } end
  if is_pipeline(what) then return { what = what, pipeline = what } end
  return nil, message
end

-- The owner that may be meant where there is none of that name: the newest run with that step.
local function owner_by_step(what)
  local run = history.newest_with(what)
  return run and { what = what, run = run, step = run.steps[what] }
end

-- Metrics ----------------------------------------------------------------------------------------

local function steps_of(owner)
  if owner.step then return { owner.step } end
  local list = {}
  for i = 1, #owner.run.steps do list[i] = owner.run.steps[i] end
  return list
end

-- The name by which a step has the metric: as it is written, or NAME of STEP.NAME (query/fields.lua).
local function name_in(step, metric)
  if step.series[metric] or step.metrics[metric] then return metric end
  local id, name = fields.metric(metric)
  if not id or step.id == id or step.id:match "^(.*)%[%d+%]$" == id then return name end
end

-- Adds the lines of the series of a metric, and the single values of it.
local function collect(owner, metric, lines, singles)
  for _, step in ipairs(steps_of(owner)) do
    local name = name_in(step, metric)
    local series, value = name and step.series[name], name and tonumber(step.metrics[name])
    if series then
      lines[#lines + 1] = { run = owner.run.name, step = step.id, metric = name, x = vector.of(series.steps),
        y = vector.of(series.values) }
    elseif value then
      singles[#singles + 1] = { run = owner.run, step = step.id, metric = name, value = value }
    end
  end
end

-- The field of a metric of runs.
local function field_of(metric)
  local id, name = fields.metric(metric)
  if suggest.has(metric, project.meta:metric_names() or {}) then id, name = nil, metric end
  return "metric." .. (id and fields.quoted(id) .. "." or "") .. fields.quoted((name:gsub('["\\]', "\\%0")))
end

-- The last values of a metric in the runs of a pipeline, oldest first.
local function of_pipeline(owner, metric)
  local rows = listing.runs { pipeline = owner.pipeline, columns = { field_of(metric) }, limit = MOST_RUNS }
  local xs, ys = {}, {}
  for k = #rows, 1, -1 do
    local v = rows[k].shown and rows[k].shown[1]
    if type(v) == "number" then xs[#xs + 1], ys[#ys + 1] = rows[k].number or #rows - k + 1, v end
  end
  if #ys == 0 then return nil end
  return { run = owner.pipeline, step = "", metric = metric, x = vector.of(xs), y = vector.of(ys), by_run = true }
end

-- The names of metrics and outputs that the owners have.
local function names_of(owners)
  local metrics, outputs, seen = {}, {}, {}
  local function add(list, name)
    if not seen[name] then seen[name], list[#list + 1] = true, name end
  end
  for _, owner in ipairs(owners) do
    for _, step in ipairs(owner.run and steps_of(owner) or {}) do
      for name, v in next, step.metrics do if tonumber(v) then add(metrics, name) end end
      for _, out in ipairs(owner.step and rawget(step, "row").outputs or {}) do add(outputs, out.name) end
    end
    if owner.pipeline then
      for _, name in ipairs(project.meta:metric_names() or {}) do add(metrics, name) end
    end
  end
  table.sort(metrics)
  return metrics, outputs
end

local SHOWN <const> = 20            -- names in a message

local function list_text(names)
  return table.concat(names, ", ", 1, math.min(#names, SHOWN)) .. (#names > SHOWN and ", …" or "")
end

-- " (metrics: acc, loss; outputs: model)"
local function choice_text(metrics, outputs)
  local parts = {}
  if #metrics > 0 then parts[1] = "metrics: " .. list_text(metrics) end
  if #outputs > 0 then parts[#parts + 1] = "outputs: " .. list_text(outputs) end
  return parts[1] and " (" .. table.concat(parts, "; ") .. ")" or ""
end

local function kind_of(owner) return owner.step and "step" or owner.pipeline and "pipeline" or "run" end

local function no_metric(owners, name)
  local metrics, outputs = names_of(owners)
  local where = kind_of(owners[1]) .. " " .. owners[1].what
  if #metrics + #outputs == 0 then
    return string.format('%s has no metrics; log "%s" in a step with ctx:log_metric { %s = value }', where,
      name, name:find "^[%a_][%w_]*$" and name or "loss")
  end
  local near = suggest.nearest(name, table.move(outputs, 1, #outputs, #metrics + 1, { table.unpack(metrics) }))
  local text = string.format('%s has no metric%s "%s"', where, owners[1].step and " or output" or "", name)
  if near then text = text .. string.format('; did you mean "%s"?', near) end
  return text .. choice_text(metrics, outputs)
end

-- Lines ------------------------------------------------------------------------------------------

local function differ(lines, field)
  for _, one in ipairs(lines) do if one[field] ~= lines[1][field] then return true end end
  return false
end

-- Names each line by what it has and the others have not.
local function name_lines(lines)
  local by_run, by_step, by_metric = differ(lines, "run"), differ(lines, "step"), differ(lines, "metric")
  for _, one in ipairs(lines) do
    local parts = {}
    if by_run then parts[#parts + 1] = one.run end
    if by_step then parts[#parts + 1] = one.step end
    one.name = table.concat(parts, "/")
    if by_metric then one.name = one.metric .. (one.name ~= "" and " of " .. one.name or "") end
  end
end

local function title_of(lines, metrics)
  local title = table.concat(metrics, ", ")
  if not differ(lines, "run") then
    title = title .. " of " .. lines[1].run
    if not differ(lines, "step") and lines[1].step ~= "" then title = title .. "/" .. lines[1].step end
  end
  return title
end

-- Single values of several steps, one after the other, as a line.
local function line_of_singles(singles, metric)
  local ys = {}
  for i, one in ipairs(singles) do ys[i] = one.value end
  return { run = singles[1].run.name, step = "", metric = metric, x = vector.counting(#ys), y = vector.of(ys),
    by_step = true }
end

local function single_text(one)
  return string.format("%s of %s/%s is %s", one.metric, one.run.name, one.step, value_text.number(one.value))
end

local function collect_all(owners, metrics)
  local lines, alone = {}, {}
  for _, metric in ipairs(metrics) do
    local before, singles = #lines, {}
    for _, owner in ipairs(owners) do
      if owner.pipeline then lines[#lines + 1] = of_pipeline(owner, metric)
      else collect(owner, metric, lines, singles) end
    end
    if #lines == before and #singles > 1 then lines[#lines + 1] = line_of_singles(singles, metric)
    elseif #lines == before and singles[1] then alone[#alone + 1] = singles[1]
    elseif #lines == before then errors.at(nil, "%s", no_metric(owners, metric)) end
  end
  return lines, alone
end

local function x_of(lines)
  if lines[1].by_run then return "run" end
  return lines[1].by_step and "step of the pipeline, in order" or "step of the metric"
end

local function plot_metrics(owners, metrics, options)
  if options.x or options.y[1] then
    errors.at(nil, "--x and --y name columns of an artifact, and a metric has none")
  end
  if options.heat then errors.at(nil, "--heat draws a matrix, and a metric is none") end
  local lines, alone = collect_all(owners, metrics)
  if #lines == 0 then
    local one = alone[1]
    return nil, string.format("%s; over all runs: rille plot %s %s", single_text(one), one.run.pipeline, one.metric)
  end
  local dropped = #lines - MOST_LINES
  for k = #lines, MOST_LINES + 1, -1 do lines[k] = nil end
  name_lines(lines)
  local title = title_of(lines, metrics)
  local made, message
  if options.histogram then
    if lines[2] then errors.at(nil, "--histogram shows one series; name a step, as in RUN/STEP") end
    made, message = plot.of_counts { title = title, x = metrics[1], vector = lines[1].y }
  else
    made, message = plot.of_lines { title = title, x = x_of(lines), lines = lines, log = options.log }
  end
  if not made then errors.at(nil, "%s: %s", title, message) end
  if dropped > 0 then
    made.notes[#made.notes + 1] = string.format("%d more lines are not drawn; name a step, as in RUN/STEP", dropped)
  end
  return made
end

-- Artifacts --------------------------------------------------------------------------------------

local function plot_artifact(artifact, title, options)
  local value = artifact:load()
  if type(value) == "number" then return nil, string.format("%s is %s", title, value_text.number(value)) end
  local made, message = of_value(value, { title = title, x = options.x, y = options.y, histogram = options.histogram,
    lines = options.lines, log = options.log, heat = options.heat })
  if not made then errors.at(nil, "%s", message:find(title, 1, true) and message or title .. ": " .. message) end
  return made
end

local function output_of(owner, name)
  for _, out in ipairs(owner.step and rawget(owner.step, "row").outputs or {}) do
    if out.name == name then return owner.step.outputs[name] end
  end
end

-- What is to be said of a name that is neither a run nor an artifact.
local function unknown(what, message)
  if what:find "::" then return did_you_mean.no_artifact(what) end
  if not (message or ""):find "; " then message = message .. did_you_mean.artifact(what) end
  for _, name in ipairs(project.meta:metric_names() or {}) do
    if name == what then
      return string.format('"%s" is a metric: name its run first, as in rille plot RUN %s', what, what)
    end
  end
  return message .. "; see rille runs, rille artifact list"
end

-- A run or a step alone: its only series, or its only output.
local function only_name(owner)
  local metrics, outputs = names_of { owner }
  if owner.step and #outputs == 1 and #metrics == 0 then return outputs[1] end
  if #metrics == 1 then return metrics[1] end
  if #metrics + #outputs == 0 then errors.at(nil, "%s %s has no metrics", kind_of(owner), owner.what) end
  errors.at(nil, "name what to draw of %s %s%s", kind_of(owner), owner.what, choice_text(metrics, outputs))
end

---@param args string[]
---@param options { x: string?, y: string[], histogram: boolean?, lines: boolean?, log: boolean? }
---@return rille.plot? plot, string? sentence where what is named is one value
function from_history.plot(args, options)
  local owners, at, message = {}, 1, nil
  while args[at] do
    local owner
    owner, message = owner_of(args[at])
    if not owner then break end
    owners[#owners + 1], at = owner, at + 1
  end
  if not owners[1] then
    local row = project.meta:find_artifact(args[1])
    if row then
      if args[2] then errors.at(nil, "an artifact is drawn alone: leave %s off", args[2]) end
      return plot_artifact(history.artifact_of(row), args[1], options)
    end
    owners[1] = owner_by_step(args[1])
    if not owners[1] then errors.at(nil, "%s", unknown(args[1], message)) end
    at = 2
  end
  local names = table.move(args, at, #args, 1, {})
  if not names[1] then names[1] = only_name(owners[1]) end
  local output = #owners == 1 and #names == 1 and not (owners[1].step and owners[1].step.metrics[names[1]])
    and output_of(owners[1], names[1])
  if output then return plot_artifact(output, owners[1].what .. " " .. names[1], options) end
  return plot_metrics(owners, names, options)
end

-- The same of a run or a step of the history: its metric or output of that name, its only one where there is no name.
---@param value table
---@param name string?
---@param options { histogram: boolean?, lines: boolean?, log: boolean?, x: string?, y: string[] }
---@return rille.plot? plot, string? sentence
function from_history.plot_of(value, name, options)
  local is_run = debug.getmetatable(value) == history.Run
  local row = rawget(value, "row")
  local owner = is_run and { what = row.name, run = value }
    or { what = (row.run_name or "") .. "/" .. value.id, run = value.run, step = value }
  name = name or only_name(owner)
  local output = not (owner.step and owner.step.metrics[name]) and output_of(owner, name)
  if output then return plot_artifact(output, owner.what .. " " .. name, options) end
  return plot_metrics({ owner }, { name }, options)
end

---@param artifact table
---@param options { histogram: boolean?, lines: boolean?, log: boolean?, x: string?, y: string[] }
function from_history.plot_artifact(artifact, options)
  return plot_artifact(artifact, artifact.name or artifact.digest:sub(1, 12), options)
end

return from_history
