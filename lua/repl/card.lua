-- card: runs, steps, artifacts, models and their lists as the prompt shows them: a line, and below it what they have.

local definition_card = require "rille.repl.definition_card"
local format = require "rille.base.format"
local past_artifact = require "rille.query.past_artifact"
local past_model = require "rille.query.past_model"
local past_pipeline = require "rille.query.past_pipeline"
local past_run = require "rille.query.past_run"
local past_step = require "rille.query.past_step"
local preview = require "rille.artifact.preview"
local printed_text = require "rille.repl.printed_text"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local card = {}

-- How much a card has: steps of a run; names of metrics, outputs, parameters; runs or versions of a list; lines of a
-- preview.
---@class CardBounds
---@field steps number
---@field names number
---@field listed number
---@field lines number
---@field width integer

---@type CardBounds
local BRIEF <const> = { steps = 12, names = 8, listed = 8, lines = 8 }
---@type CardBounds
local WHOLE <const> = { steps = math.huge, names = math.huge, listed = math.huge, lines = math.huge }

local meta_of = debug.getmetatable

local function grey(text) return format.in_colour("grey", text) end

-- What is left out.
local function rest(n, what) return grey("… " .. format.plural(n, what) .. "; .last shows all") end

local function joined(parts, separator)
  local kept = {}
  for _, part in ipairs(parts) do if part and part ~= "" then kept[#kept + 1] = part end end
  return table.concat(kept, separator)
end

-- The texts of a table of numbers and texts, by name.
local function named_text(values, separator, bounds)
  local names, parts = {}, {}
  for name in next, values do names[#names + 1] = name end
  table.sort(names)
  for i = 1, math.min(#names, bounds.names) do
    local v = values[names[i]]
    parts[i] = names[i] .. separator .. (type(v) == "number" and preview.of_number(v)
      or type(v) == "table" and preview.of_table(v) or tostring(v))
  end
  if #names > bounds.names then parts[#parts + 1] = string.format("… %d more", #names - bounds.names) end
  return table.concat(parts, ", ")
end

local function tags_text(tags) return tags and tags[1] and "tags " .. table.concat(tags, ", ") end

-- A faint line of these parts.
local function about(parts, bounds)
  local lines = {}
  for line in terminal.wrapped(joined(parts, "; "), bounds.width):gmatch "[^\n]+" do lines[#lines + 1] = grey(line) end
  return table.concat(lines, "\n")
end

local function time_of(seconds) return seconds and format.time(seconds) or nil end

-- Steps --------------------------------------------------------------------------------------

local function outputs_text(step, bounds)
  local row, parts = rawget(step, "row"), {}
  if row.items then return format.plural(#row.items, "item") end
  local outputs = row.outputs or {}
  for i = 1, math.min(#outputs, bounds.names) do
    parts[i] = string.format("%s: %s", outputs[i].name, outputs[i].type or "?")
  end
  if #outputs > bounds.names then parts[#parts + 1] = string.format("… %d more", #outputs - bounds.names) end
  return table.concat(parts, ", ")
end

local function first_line(text) return printed_text.line((text or ""):match "^[^\n]*") end

local function took(step) return step.status ~= "cached" and step.seconds and format.seconds(step.seconds) or "" end

local function row_of_step(step, bounds)
  local gave = step.status == "failed" and { first_line(step.error), "red" }
    or joined({ outputs_text(step, bounds), named_text(step.metrics or {}, " ", bounds) }, "; ")
  return { step.id, format.status_cell(step.status), took(step), gave }
end

local function of_step(step, bounds)
  local run_name = rawget(step, "row").run_name
  local lines = { string.format("step %s  %s%s", step.id, format.status(step.status),
    took(step) ~= "" and " in " .. took(step) or "") .. (run_name and grey("  run " .. run_name) or "") }
  local function add(name, text)
    if text and text ~= "" then lines[#lines + 1] = terminal.wrapped(grey(name) .. text, bounds.width) end
  end
  add("reason   ", step.reason)
  add("error    ", step.status == "failed" and format.in_colour("red", first_line(step.error)))
  add("params   ", named_text(step.parameters or {}, " = ", bounds))
  add("outputs  ", outputs_text(step, bounds))
  add("metrics  ", named_text(step.metrics or {}, " ", bounds))
  return table.concat(lines, "\n")
end

-- Runs ---------------------------------------------------------------------------------------

local function of_run(run, bounds)
  local lines = { string.format("run %s  %s%s", run.name, format.status(run.status),
    run.seconds and " in " .. format.seconds(run.seconds) or "") }
  lines[2] = about({ "pipeline " .. run.pipeline, time_of(run.started),
    named_text(run.parameters or {}, " = ", bounds), tags_text(run.tags) }, bounds)
  local steps, rows = run.steps, {}
  for i = 1, math.min(#steps, bounds.steps) do rows[i] = row_of_step(steps[i], bounds) end
  if rows[1] then lines[3] = format.table({ "step", "status", ">took", "gave" }, rows):gsub("\n$", "") end
  if #steps > bounds.steps then
    lines[#lines + 1] = rest(#steps - bounds.steps, "more step")
  end
  return table.concat(lines, "\n")
end

local function brief_run(run) return string.format("run %s (%s)", run.name, format.status(run.status)) end

-- The newest runs of a pipeline, newest first.
local function of_runs(runs, bounds)
  local n, rows = #runs, {}
  for i = n, math.max(1, n - bounds.listed + 1), -1 do
    local run = runs[i]
    rows[#rows + 1] = { tostring(i), run.name, format.status_cell(run.status),
      run.seconds and format.seconds(run.seconds) or "", time_of(run.started) }
  end
  local lines = { string.format("%s of pipeline %s", format.plural(n, "run"), rawget(runs, "pipeline")) }
  if rows[1] then lines[2] = format.table({ ">", "run", "status", ">took", "started" }, rows):gsub("\n$", "") end
  if n > bounds.listed then lines[3] = rest(n - bounds.listed, "older run") end
  return table.concat(lines, "\n")
end

-- What a table with names has, without its objects: rille.pipelines, rille.models.
local function of_names(what, named, describe)
  local rows = {}
  for name, one in pairs(named) do rows[#rows + 1] = { name, describe(one) } end
  if not rows[1] then return "no " .. what .. "s yet" end
  return (format.table({ what, "has" }, rows):gsub("\n$", ""))
end

-- Artifacts ----------------------------------------------------------------------------------

local function of_artifact(artifact, bounds)
  local lines = { terminal.wrapped(printed_text.line(tostring(artifact)), bounds.width) }
  local name, version = artifact.name, artifact.version
  local maker = artifact.producer
  local row = maker and rawget(maker, "row")
  lines[2] = about({ name and name .. (version and "@" .. version or ""), format.bytes(artifact.size or 0),
    row and row.run_name and "made by " .. row.run_name .. "/" .. maker.id, tags_text(artifact.tags) }, bounds)
  local shown, n = artifact.preview, 0
  for line in ((shown or ""):match "\n(.*)$" or ""):gmatch "[^\n]+" do
    n = n + 1
    if n <= bounds.lines then
      lines[#lines + 1] = bounds.lines == math.huge and line or text_width.cut(line, bounds.width)
    end
  end
  if n > bounds.lines then lines[#lines + 1] = rest(n - bounds.lines, "more line") end
  return table.concat(lines, "\n")
end

-- Models -------------------------------------------------------------------------------------

local STAGE_COLOURS <const> = { production = "green", staging = "yellow" }

local function of_version(version, bounds)
  local lines = { string.format("%s  stage %s", tostring(version),
    format.in_colour(STAGE_COLOURS[version.stage] or "grey", version.stage)) }
  local metrics = named_text(version.metrics, " ", bounds)
  if metrics ~= "" then lines[2] = terminal.wrapped(metrics, bounds.width) end
  lines[#lines + 1] = about({ time_of(version.created), version.run and "made by run " .. version.run.name,
    tags_text(version.tags) }, bounds)
  return table.concat(lines, "\n")
end

local function of_model(model, bounds)
  local versions, list, rows = model.versions, {}, {}
  for _, version in pairs(versions) do list[#list + 1] = version end
  for i = #list, math.max(1, #list - bounds.listed + 1), -1 do
    local version = list[i]
    rows[#rows + 1] = { tostring(version.number), { version.stage, STAGE_COLOURS[version.stage] or "grey" },
      version.name or "", named_text(version.metrics, " ", bounds) }
  end
  local lines = { string.format("model %s  %s", model.name, format.plural(#list, "version")) }
  if model.description and model.description ~= "" then lines[2] = grey(first_line(model.description)) end
  if rows[1] then
    lines[#lines + 1] = format.table({ ">version", "stage", "name", "metrics" }, rows):gsub("\n$", "")
  end
  if #list > bounds.listed then
    lines[#lines + 1] = rest(#list - bounds.listed, "older version")
  end
  return table.concat(lines, "\n")
end

-- Choice -------------------------------------------------------------------------------------

local history = past_pipeline.pipeline ""
local some_model = past_model.model_of {}

local CARDS <const> = {
  [past_run.Run] = of_run, [past_step.Step] = of_step, [past_model.Version] = of_version,
  [past_artifact.Artifact] = of_artifact, [meta_of(history.runs)] = of_runs,
  [meta_of(history)] = function(one, bounds) return of_runs(one.runs, bounds) end, [meta_of(some_model)] = of_model,
  [meta_of(some_model.versions)] = function(versions, bounds)
    return of_model(past_model.model_of(rawget(versions, "row")), bounds)
  end,
}
local LISTS <const> = {
  [past_pipeline.pipelines] = function(named)
    return of_names("pipeline", named, function(one) return format.plural(#one.runs, "run") end)
  end,
  [past_model.models] = function(named)
    return of_names("model", named, function(one) return format.plural(#one.versions, "version") end)
  end,
}

-- The card of a value of the history, of a step, a pipeline or a stack; nil for another value.
---@param v any
---@param began number when the entry began: a run since then was told of while it ran
---@param width integer? columns
---@param is_whole boolean? nothing is left out
---@return string?
function card.of(v, began, width, is_whole)
  local meta = meta_of(v)
  local make = LISTS[v] or CARDS[meta or false] or definition_card.maker(v)
  if not make then return nil end
  if meta == past_run.Run and v.started >= began then return brief_run(v) end
  local bounds = { width = width or 80 }
  for name, n in next, is_whole and WHOLE or BRIEF do bounds[name] = n end
  local ok, text = pcall(make, v, bounds)
  -- the store may be gone, or what it had
  return ok and text or terminal.wrapped("<" .. printed_text.line(tostring(text)) .. ">", bounds.width)
end

return card
