-- travel_step: `step` at the prompt: a call runs the step of the past run where one is again, with its inputs, and
-- compares what it gives with the record.
--
--     step()                          as it was
--     step { gamma = 0.1, X = mine }  with another parameter, another input
--
-- It returns the outputs.  A failure of the step is an error of the entry.

local call = require "rille.run.travel.call"
local diff_text = require "rille.show.diff_text"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local materialize = require "rille.artifact.materialize"
local preview = require "rille.artifact.preview"
local project = require "rille.project"
local rerun_causes = require "rille.run.rerun_causes"
local rerun_environment = require "rille.run.rerun_environment"
local rerun_step = require "rille.run.rerun_step"
local store = require "rille.host.store"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local visit = require "rille.run.travel.visit"

local travel_step = {}

local LINES <const> = 6             -- below an output that differs

-- What a step that failed raises: session.lua shows its trace for .bt.
local Failure = { __name = "failure of a step", __tostring = function(self) return self.message end }

-- Comparing ----------------------------------------------------------------------------------

local function first_line(text) return text:match "^[^\n]*" end

-- The lines about one output.
local function output_lines(name, edge, artifact)
  if not edge then return { name .. ": no such output was recorded" } end
  if edge.digest == artifact.digest then return { name .. ": same as recorded" } end
  local missing = visit.missing { digests = { edge.digest } }
  if missing then return { name .. ": not as recorded; of the recorded output " .. missing } end
  local was = project.meta:artifact(edge.digest)
  local d = rerun_step.compare_output(name, was, artifact).difference
  if d.kind == "value" then
    return { string.format("%s: %s (recorded %s)", name, diff_text.value(d.b), diff_text.value(d.a)) }
  end
  if d.kind == "members" and was.preview and artifact.preview and was.preview ~= artifact.preview then
    return { string.format("%s: %s (recorded %s)", name, first_line(artifact.preview), first_line(was.preview)) }
  end
  local text, more = diff_text.difference(d)
  local lines = { string.format("%s: not as recorded: %s", name, text) }
  for i = 1, math.min(more and #more or 0, LINES) do lines[#lines + 1] = "  " .. diff_text.line(more[i]) end
  if more and #more > LINES then lines[#lines + 1] = string.format("  … %d more", #more - LINES) end
  return lines
end

local function recorded_output(row, name)
  for _, edge in ipairs(row.outputs or {}) do if edge.name == name then return edge end end
end

local function metric_text(v) return type(v) == "number" and preview.of_number(v) or tostring(v) end

-- "metrics  accuracy 0.96 (recorded 0.97), loss 0.1"
local function metrics_line(now, before)
  local names, parts = {}, {}
  for name in next, now do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local a, b = before[name], now[name]
    local same = a == nil or a == b or a ~= a and b ~= b
    parts[i] = name .. " " .. metric_text(b) .. (same and "" or " (recorded " .. metric_text(a) .. ")")
  end
  return parts[1] and "metrics: " .. table.concat(parts, ", ")
end

-- What a chunk of that day is to the recorder of reads.
local function without_loads(impure)
  local list = {}
  for _, one in ipairs(impure or {}) do
    if not one.what:find "^code of a commit" then list[#list + 1] = one end
  end
  return list
end

local function put_modules_of_today(put, report)
  for _, name in ipairs(report.today or {}) do
    put(string.format("note: %s of that day is not in the store: today's was used", name))
  end
end

-- Why the outputs of the step as it was may differ.
local function put_causes(put, at, report, given)
  if next(given.params) ~= nil or next(given.inputs) ~= nil or not at.code.is_then then return end
  local outputs = {}
  for _, out in ipairs(report.outputs) do
    local edge = recorded_output(at.row, out.port)
    local differs = edge and edge.digest ~= out.digest and not visit.missing { digests = { edge.digest } }
    local was = differs and project.meta:artifact(edge.digest)
    if was then outputs[#outputs + 1] = rerun_step.compare_output(out.port, was, out) end
  end
  if not outputs[1] then return end
  local other_code = at:other_code()
  if other_code then return put("likely cause: " .. other_code) end
  report.impure = without_loads(report.impure)
  for i, text in ipairs(rerun_causes.of(at.step, at.spec, at.row, report, outputs)) do
    put((i == 1 and "likely cause: " or "              ") .. text)
  end
end

local function put_comparison(put, at, report, given)
  local failed = at.place.step.status == "failed" and at.row.error
  put("completed in " .. format.seconds(report.seconds)
    .. (failed and "; recorded error: " .. failed:match "^[^\n]*" or ""))
  put_modules_of_today(put, report)
  local metrics = metrics_line(report.metrics or {}, at.place.step.metrics or {})
  if metrics then put(metrics) end
  if not at.row.outputs or not at.row.outputs[1] then
    if at.step.outputs[1] and not failed then put "no recorded outputs to compare with" end
    return
  end
  for _, out in ipairs(report.outputs) do
    for _, line in ipairs(output_lines(out.port, recorded_output(at.row, out.port), out)) do put(line) end
  end
  put_causes(put, at, report, given)
end

-- Running ------------------------------------------------------------------------------------

local function load_folder() return errors.need(sys.make_folder(project.scratch() .. "/load-")) end

-- The values of the outputs, while the store has those of the scratch folder.
local function load_outputs(report)
  local values, n = {}, #(report.outputs or {})
  for k, artifact in ipairs(report.outputs or {}) do
    values[k] = materialize.load(artifact, { store = project.store, folder = load_folder })
  end
  return values, n
end

-- The text of an error without what that day's code is called.
local function plain(text) return ((text or ""):gsub("@then", "")) end

-- What to do about a secret that is missing.
local function advice(at)
  for _, name in ipairs(at:secrets()) do
    if not at:secrets()[name] then return string.format(", or give it: step { %s = TEXT }", name) end
  end
  return ""
end

local function fail(put, at, report)
  local recorded = at.row.error and at.row.error:match "^[^\n]*"
  if recorded then
    local same = plain(report.error):match "^[^\n]*" == recorded
    put(same and "same error as recorded" or "not the recorded error: " .. recorded)
  end
  local trace = {}
  for line in (report.trace or ""):gmatch "[^\n]+" do trace[#trace + 1] = line end
  local message = report.error
  if message:find "is a secret, which runs do not record" then message = message .. advice(at) end
  error(setmetatable({ message = message, trace = trace }, Failure), 0)
end

-- What shows what a step prints, as it comes, and ends the last line.
local function new_log()
  local is_open = false
  return function(text)
    terminal.put(terminal.log(text))
    io.stdout:flush()
    is_open = text:sub(-1) ~= "\n"
  end, function() if is_open then terminal.put "\n" end end
end

local function run(session, trip, given)
  local at, put = trip.visit, session.face.put
  local scratch = errors.need(sys.make_folder(project.scratch() .. "/travel-"))
  local own = project.store
  local restore <close> = setmetatable({}, { __close = function()
    project.use_store(own)
    sys.remove(scratch)
  end })
  assert(restore)
  local show, end_line = new_log()
  local report = call.run(at, given, scratch, show)
  end_line()
  if not report.ok then fail(put, at, report) end
  project.use_store(rerun_environment.split_store(own, assert(store.open(scratch))))
  for k, out in ipairs(report.outputs) do out.port = at.step.outputs[k].name end
  put_comparison(put, at, report, given)
  return load_outputs(report)
end

-- Today's code is loaded again where a file of it changed.
local function refresh(session, trip)
  local at = trip.visit
  if not trip.patch then return end
  local changed = at.code:changed_file()
  if not changed then return end
  at:load_code(true)
  trip.loaded_again()
  travel_step.keep_sources(session, trip)
  session.face.put(changed .. " changed: loaded again")
end

local Travelled = { __name = "step of a past run" }

function Travelled.__call(self, given, ...)
  local session, trip = rawget(self, "session"), rawget(self, "trip")
  if session.trip ~= trip then errors.raise "step: this step was left; return with .at RUN/STEP" end
  if select("#", ...) > 0 then
    errors.raise "step: expected inputs and parameters by name, as in step { NAME = VALUE }"
  end
  project.need "read"
  refresh(session, trip)
  local at = trip.visit
  if at.flaw then errors.raise("step: it cannot run again: %s", at.flaw) end
  local values, n = run(session, trip, call.given(at.step, given))
  return table.unpack(values, 1, n)
end

function Travelled.__tostring(self)
  local trip = rawget(self, "trip")
  local at = trip.visit
  return string.format("step %s of %s, with %s; step() runs it again", at.place.id, at.run.name,
    trip.patch and "today's code" or "the code of that day")
end

-- Messages of the step's code are shown with their lines.
---@param session Session
---@param trip Trip
function travel_step.keep_sources(session, trip)
  for name, text in next, trip.visit.code.texts do session.sources[name] = text end
end

-- What `step` is.
---@param session Session
---@param trip Trip
function travel_step.new(session, trip) return setmetatable({ session = session, trip = trip }, Travelled) end

-- The step of the script that the value runs; nil for another value.
---@param v any
---@return Step?
function travel_step.step_of(v)
  return debug.getmetatable(v) == Travelled and rawget(v, "trip").visit.step or nil
end

-- The frames of a step's error; nil for another error.
---@param err any
---@return string[]?
function travel_step.trace_of(err) return debug.getmetatable(err) == Failure and err.trace or nil end

return travel_step
