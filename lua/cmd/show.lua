-- rille show RUN | ARTIFACT | RUN/STEP [--source]

local recorded_code = require "rille.query.recorded_code"
local out = require "rille.show.out"
local hash = require "rille.host.hash"
local history = require "rille.query.history"
local json = require "rille.json"
local listing = require "rille.query.listing"
local errors = require "rille.base.errors"
local did_you_mean = require "rille.query.did_you_mean"
local format = require "rille.base.format"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local json_rows = require "rille.show.json_rows"
local value_text = require "rille.base.value_text"
local terminal = require "rille.base.terminal"
local sys = require "rille.host.sys"
local sparkline = require "rille.show.sparkline"
local text_width = require "rille.base.text_width"
local reruns = require "rille.query.reruns"
local step_source = require "rille.query.step_source"

local command = {
  name = "show", order = 210, synopsis = "show RUN",
  summary = "show a run, a step (RUN/STEP), an artifact or a model",
  usage = "show [RUN] | RUN/STEP | STEP | ARTIFACT | MODEL[@VERSION] [--source] [-v] [--json]",
  takes = { "run/step,step,artifact,model" },
  max = 1,
  options = {
    ["--source"] = { text = "the source of the step's function in that run" },
  },
  help = [[
rille show [RUN] [--json]
rille show RUN/STEP | STEP [--source] [-v] [--json]
rille show ARTIFACT [--json]
rille show MODEL[@VERSION] [--json]

Shows a run with its steps, one step of a run (STEP alone means the newest run
that has the step), an artifact, or a model (rille help models).

RUN is a run's name, its id, the beginning of its id (4 digits or more), or
PIPELINE@-1 for the newest run of a pipeline, PIPELINE@1 for the oldest; @-1,
which may be left out, is the newest run of all.
ARTIFACT is a name such as digits::svc_trainer::model (for the newest version),
or the beginning of a digest.

  --source   the source of the step's function in that run; with -v also of the
             functions that it captures
  --json     the same as one JSON object (rille help commands)

Exit codes: 0 success; 2 usage; 3 no such name; 4 no store.

  rille show digits@-1
  rille show digits@-1/svc_trainer --source
]],
}

-- A line; one that the terminal has no room for ends at words.
local function put(fmt, ...)
  local line = string.format(fmt, ...)
  local is_terminal, columns = sys.is_terminal(1)
  terminal.put(is_terminal and not line:find "\n" and terminal.wrapped(line, columns) or line, "\n")
end

local function pairs_text(t)
  local keys = {}
  for k in next, t do keys[#keys + 1] = k end
  table.sort(keys)
  local parts = {}
  for i, k in ipairs(keys) do
    local v = t[k]
    local ok, text = pcall(json.encode, v)
    if math.type(v) == "float" and #text > 8 then text = value_text.number(v) end
    if k == "signature" then text = require("rille.learn.signature").short(v) or text end
    parts[i] = k .. " = " .. value_text.packed(ok and text or tostring(v))
  end
  return table.concat(parts, ", ")
end

local function field(name, text)
  if text and text ~= "" then put("%-11s %s", name, text) end
end

-- What a step that ran took; others took nothing worth saying.
local function took(step)
  return step.seconds ~= json.null and step.status ~= "cached" and format.seconds(step.seconds) or ""
end

local COLOUR = { completed = "green", cached = "blue", skipped = "grey", stopped = "yellow" }
local GLANCE <const> = 32        -- columns of a preview in the table of a run
local ROOM <const> = 72          -- columns for all outputs of a step there

-- "name:type preview, ..."; of several that have much to say only the short say it.
local function outputs_text(list)
  local function joined(width)
    local parts = {}
    for k, output in ipairs(list) do
      local preview = output.preview and text_width.cut(output.preview, GLANCE)
      local shown = preview and text_width.width(preview) <= width and " " .. preview or ""
      parts[k] = output.name .. ":" .. output.type .. shown
    end
    return table.concat(parts, ", ")
  end
  local text = joined(GLANCE)
  return #list > 1 and text_width.width(text) > ROOM and joined(GLANCE // 4) or text
end

local WITHOUT_OUTPUTS <const> = { skipped = true, stopped = true }

-- What is to be said of a step in a line: its outputs, or why there are none.
local function gist(step, before)
  if step.items then
    return #step.items == 0 and "the list is empty" or "one per item, " .. format.plural(#step.items, "item")
  end
  local text = WITHOUT_OUTPUTS[step.status] and step.reason ~= json.null and step.reason
    or outputs_text(step.output_list)
  return (before and before + 1 .. " attempts" .. (text ~= "" and "; " or "") or "") .. text
end

local ERROR_LINES <const>, OTHERS <const> = 8, 5      -- of the first failure; other failures

-- The inputs of a step, in a line each.
local function show_inputs(row, indent)
  for _, input in ipairs(row.inputs or {}) do
    local text = json_rows.glance_of(input.digest) or hash.hex(input.digest):sub(1, 12)
    put("%s%-11s %s: %s", indent, "input", input.name, text)
  end
end

-- Why a run failed: its first failed step with its error and inputs, the others in a line each.
local function show_failure(run, data)
  local failed = {}
  for i, step in ipairs(data.steps) do
    if step.status == "failed" and not step.items then
      failed[#failed + 1] = { step = step, row = rawget(run.steps[i], "row") }
    end
  end
  if not failed[1] then return end
  local first, n = failed[1].step, 0
  put("\n%s  %s", format.in_colour("red", "step " .. first.id .. " failed"),
    format.in_colour("grey", string.format("rille log %s/%s", data.name, first.id)))
  for line in (first.error or ""):gmatch "[^\n]+" do
    n = n + 1
    if n <= ERROR_LINES then put("  %s", line) end
  end
  local parameters = pairs_text(first.parameters)
  if parameters ~= "" then put("  %-11s %s", "parameters", parameters) end
  show_inputs(failed[1].row, "  ")
  for k = 2, math.min(#failed, OTHERS + 1) do
    put("%s  %s", format.in_colour("red", "step " .. failed[k].step.id .. " failed"),
      (failed[k].step.error or ""):match "^[^\n]*")
  end
  if #failed > OTHERS + 1 then put("%s more steps failed", format.count(#failed - OTHERS - 1)) end
  put ""
end

local RERUNS <const> = 8          -- lines

-- Why steps that had run before ran again.
local function show_reruns(run)
  local rows = {}
  for i = 1, #run.steps do rows[i] = rawget(run.steps[i], "row") end
  for k, text in ipairs(reruns.lines(reruns.of_run(rawget(run, "row"), rows), RERUNS)) do
    put("%-11s %s", k == 1 and "re-ran" or "", text)
  end
end

local ROLES <const> = { made = "made by this run", shared = "same artifacts as this run's", used = "asked for",
  read = "artifacts taken from it" }

-- What a run had to do with a version of a model.
local function model_role(one)
  return (one.deleted and " (deleted)" or one.stage ~= "none" and " (" .. one.stage .. ")" or "") .. ": "
    .. ROLES[one.role] .. (one.asked and " as " .. one.asked or "")
end

-- A note about the run; what on_end printed may have several lines.
local function put_note(i, text)
  put("%-11s %s", i == 1 and "note" or "", (text:gsub("\n", "\n            ")))
end

local function show_run(run)
  local row = rawget(run, "row")
  local data = json_rows.run(row)
  if global_options.json then return out.json(data) end
  put("%s  %s", format.in_colour("bold", data.name), format.status(data.status))
  if data.status == "failed" then show_failure(run, data) end
  field("reason", data.reason ~= json.null and data.reason)
  field("pipeline", data.pipeline)
  field("started", format.time(row.started) .. (row.seconds and ", took " .. format.seconds(row.seconds) or ""))
  if data.stack ~= "default" then field("stack", data.stack) end
  field("script", data.script)
  local git = recorded_code.recorded(row)
  field("code", recorded_code.commit(git))
  if git and git.dirty then put("%-11s the code as it ran: rille show %s/STEP --source", "", data.name) end
  field("parameters", pairs_text(data.parameters))
  field("tags", table.concat(run.tags, ", "))
  field("extra", pairs_text(data.extra or {}))
  for i, one in ipairs(data.models or {}) do
    put("%-11s %s, version %s%s", i == 1 and "model" or "", one.model, one.version, model_role(one))
  end
  show_reruns(run)
  for i, text in ipairs(data.notes or {}) do put_note(i, text) end
  local rows, attempts = {}, history.attempts_of(row)
  for i, step in ipairs(data.steps) do
    local ran = step.status ~= "cached" and rawget(run.steps[i], "row").row
    rows[i] = { step.id, { step.status == "completed" and "ran" or step.status, COLOUR[step.status] or "red" },
      took(step), gist(step, ran and attempts[ran]) }
  end
  put ""
  terminal.put(format.table({ "step", "status", ">took", "outputs" }, rows))
end

local function show_source(step)
  local list = step_source.of_row(rawget(step, "row").row)
  if #list == 0 then errors.at(nil, "the source of step %s is not kept", step.id) end
  if global_options.json then return out.json { step = step.id, functions = json.array(list) } end
  for i, one in ipairs(list) do
    if i > 1 and not global_options.verbose then
      return put("%s", format.in_colour("grey", string.format("-- and %s that it calls; -v shows them",
        format.plural(#list - 1, "function"))))
    end
    put("%s%s", i > 1 and "\n" or "",
      format.in_colour("grey", "-- " .. one.path .. (one.line and ":" .. one.line or "")))
    out.line("%s", one.text)
  end
end

local SPARK <const> = 32          -- columns of a series

-- The course of each metric that was logged more than once.
local function show_series(series, metrics)
  local names, wide = {}, 0
  for name in next, series do
    names[#names + 1] = name
    wide = math.max(wide, text_width.width(name))
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local one = series[name]
    local values, steps = one.values, one.steps
    local last = tonumber(metrics[name]) or values[#values]
    put("%-11s %s  %s  %s to %s, steps %s to %s", i == 1 and "series" or "", text_width.fit(name, wide),
      sparkline(values, SPARK), value_text.number(values[1]), value_text.number(last), value_text.number(steps[1]),
      value_text.number(steps[#steps]))
  end
end

-- The pin of a step, or why it has none.
local function pin_text(pin, file)
  return pin and (pin:gsub("@(%x+)$", function(sha) return "@" .. recorded_code.short(sha) end))
    or file and file .. " is not committed; no pin"
end

local function show_step(step, run, args)
  if args.source then return show_source(step) end
  local data = json_rows.step(rawget(step, "row"))
  local pin, file = recorded_code.pin(recorded_code.recorded(rawget(run, "row")), data)
  data.pin = pin
  if global_options.json then
    data.output_list, data.attempts = nil, json_rows.attempts(step)
    return out.json(data)
  end
  put("%s  %s", format.in_colour("bold", run.name .. "/" .. step.id), format.status(data.status))
  field("step", data.step)
  field("code", pin_text(data.pin, file))
  local reason = data.reason ~= json.null and data.reason
  field("from", data.cached_from and data.cached_from .. (reason and ", which ran: " .. reason or ""))
  field("reason", not data.cached_from and reason)
  field("took", took(data))
  for _, one in ipairs(step.attempts) do
    field("attempt " .. one.number, string.format("failed after %s: %s", format.seconds(one.seconds),
      one.error:match "^[^\n]*"))
  end
  field("parameters", pairs_text(data.parameters))
  field("logged", pairs_text(data.logged))
  field("metrics", pairs_text(data.metrics))
  show_series(step.series, data.metrics)
  field("metadata", pairs_text(data.metadata))
  if data.status == "failed" then show_inputs(rawget(step, "row"), "") end
  local rows = {}
  for _, output in ipairs(data.output_list) do
    rows[#rows + 1] = { output.name, output.type, format.bytes(output.size), output.digest:sub(1, 12),
      output.preview or "" }
  end
  if #rows > 0 then
    put ""
    terminal.put(format.table({ "output", "type", ">size", "digest", "preview" }, rows))
  end
  for _, output in ipairs(data.output_list) do
    if next(output.metadata) ~= nil then put("  %s: %s", output.name, pairs_text(output.metadata)) end
  end
  local err = rawget(step, "row").error
  if err then put("\n%s", format.in_colour("red", err)) end
end

local function short_value(artifact)
  local row = rawget(artifact, "row")
  local one = row.members and #row.members == 1 and row.members[1]
  if one and one.bytes and (one.name == "value.json" or one.name == "value.txt") and #one.bytes <= 400 then
    return one.name == "value.json" and value_text.packed(one.bytes) or one.bytes
  end
end

-- One line beside its name, more below it.
local function show_preview(preview)
  if not preview then return end
  local first, rest = preview:match "^([^\n]*)\n(.*)$"
  field("preview", first or preview)
  if rest then put("\n%s", (rest:gsub("[^\n]+", "  %0"):gsub("\n+$", ""))) end
end

local VERSIONS <const> = 10      -- shown, the newest ones

local function show_versions(name)
  local list, count = listing.versions(name, VERSIONS)
  if count < 2 then return end
  local rows = {}
  for i, one in ipairs(list) do
    rows[i] = { one.version, one.size and format.bytes(one.size) or "", one.created and format.time(one.created) or "",
      one.digest and hash.hex(one.digest):sub(1, 12) or "", { one.tags or "", "yellow" }, one.run or "" }
  end
  put ""
  terminal.put(format.table({ ">version", ">size", "made", "digest", "tags", "run" }, rows))
  if count > #list then put("%s", format.in_colour("grey", format.plural(count - #list, "older version"))) end
end

-- The versions of models that link the artifact under its name.
local function show_models(artifact, name)
  local found = project.meta:artifact(rawget(artifact, "row").digest)
  local list = found and name ~= json.null and project.answer(project.meta:models_with(found.id, name)) or {}
  if list[1] then field("in", require("rille.query.model_marks").text(list)) end
end

local function show_artifact(artifact)
  local data = json_rows.artifact(artifact)
  if global_options.json then return out.json(data) end
  put("%s  %s", format.in_colour("bold", "artifact " .. data.digest:sub(1, 12)), data.type)
  field("digest", data.digest)
  local version = data.version ~= json.null and ", version " .. data.version or ""
  field("name", data.name ~= json.null and data.name .. version)
  field("size", format.bytes(data.size))
  field("uri", data.uri)
  field("tags", table.concat(artifact.tags, ", "))
  if artifact.materializer ~= data.type then field("saved by", artifact.materializer) end
  field("metadata", pairs_text(data.metadata))
  local producer = artifact.producer
  local others = rawget(artifact, "row").others or 0
  if producer then
    field("made by", (producer.run and producer.run.name or "?") .. "/" .. producer.id
      .. (others > 0 and string.format(", last of %d with these bytes", others + 1) or ""))
  end
  show_models(artifact, data.name)
  show_preview(artifact.preview)
  if #data.members > 0 then put "" end
  for _, one in ipairs(data.members) do
    put("  %-30s %10s  %s", one.name, format.bytes(one.size), one.digest:sub(1, 12))
  end
  local text = short_value(artifact)
  if text then put("\n%s", text) end
  if data.name ~= json.null then show_versions(data.name) end
end

function command.run(args)
  project.need "read"
  local what = args[1] or "@-1"
  local run = history.find_run(what, true)
  if run then
    if args.source then out.usage "show --source: name a step, as in RUN/STEP or STEP" end
    show_run(run)
    return 0
  end
  local owner, id = history.find_with_step(what)
  if owner then
    show_step(owner.steps[id], owner, args)
    return 0
  end
  local row = project.meta:find_artifact(what)
  if row then return show_artifact(history.artifact_of(row)) or 0 end
  local model, which = what:match "^([^@]+)@?(.*)$"
  if model and project.answer(project.meta:model(model)) then
    local model_out = require "rille.show.model_out"
    if which == "" then model_out.show(model) else model_out.version(model, which) end
    return 0
  end
  local newest = history.newest_with(what)
  if newest then
    show_step(newest.steps[what], newest, args)
    return 0
  end
  local _, message = history.find_run(what)
  if did_you_mean.run_of_pipeline(what) then errors.at(nil, "%s", message) end
  if what:find "@%-?%d+$" then errors.at(nil, "%s", did_you_mean.version(what) or message) end
  for _, kind in ipairs { "step", "artifact" } do
    if not message:find "; " then message = message .. did_you_mean[kind](what) end
  end
  errors.at(nil, '%s; no artifact or recent step has that name (see rille runs, rille artifact list)', message)
end

return command
