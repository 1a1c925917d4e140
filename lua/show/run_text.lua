-- run_text: what people are told of a failed step and of a run that has ended, as lists of lines.

local errors = require "rille.base.errors"
local external = require "rille.script.external"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local json = require "rille.json"
local paths = require "rille.project.paths"
local program = require "rille.project.program"
local project = require "rille.project"
local outcome = require "rille.record.outcome"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local run_text = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS
local ERROR_LINES <const>, TRACE_LINES <const>, LOG_LINES <const> = 20, 6, 12      -- of a failure, at most
local VALUE_BYTES <const> = 60      -- of a value that is shown
local ELEMENTS <const> = 3          -- of a list that is given, those that are shown
local RERUNS <const> = 6            -- lines of why steps ran again
local RECAPPED <const> = 10         -- failures that are listed again, at most
local SUMMED <const> = 500          -- hits whose seconds are added up, at most
local BRIEF <const> = 0.001         -- seconds that are worth no word

local Lines = {}
Lines.__index = Lines

local function new_lines() return setmetatable({}, Lines) end

function Lines:add(fmt, ...) self[#self + 1] = string.format(fmt, ...) end

local function colour(name, text) return format.in_colour(name, text, 2) end

-- Failures -----------------------------------------------------------------------------------

local function short_value(v)
  if type(v) == "string" then
    return string.format("%q", text_width.shorten(v, VALUE_BYTES))
  end
  if type(v) == "number" then return v == v and tostring(v) or "nan" end
  if type(v) == "boolean" then return tostring(v) end
  if external.describe(v) then return external.describe(v) end
  if paths.is_file(v) or paths.is_dir(v) then return string.format("%s %s", getmetatable(v).__name, v.path) end
  local ok, text = pcall(json.pack, v)
  return ok and #text <= VALUE_BYTES and value_text.packed(text) or errors.describe(v)
end

-- What an input was given, in a line: what the metadata has of its artifacts.
local function given_text(plan, input, uncommitted)
  local json_rows, parts = require "rille.show.json_rows", {}
  local given = plan:given(input) or {}
  for k = 1, math.min(#given, ELEMENTS) do
    local digest, literal = given[k][1], given[k][2]
    parts[#parts + 1] = literal and json_rows.glance(literal) or json_rows.glance_of(digest, uncommitted)
  end
  if #parts == 0 then return "" end
  return ": " .. table.concat(parts, "; ") .. (#given > ELEMENTS and "; …" or "")
end

local function input_text(plan, input, uncommitted)
  local meta = getmetatable(input)
  if meta == graph.FanIn then return format.plural(#input, "element") .. given_text(plan, input, uncommitted) end
  if meta ~= graph.Literal then return graph.describe(input) .. given_text(plan, input, uncommitted) end
  if not input.from then return short_value(input[1]) end
  return string.format("item %d of %s", input.index, graph.describe(input.from)) .. given_text(plan, input, uncommitted)
end

local function add_arguments(lines, plan, node, uncommitted)
  local step, params = node[STEP], {}
  for i, param in ipairs(step.params) do params[i] = param.name .. " = " .. short_value(node[PARAMS][param.name]) end
  if #params > 0 then lines:add("  parameters  %s", table.concat(params, ", ")) end
  for k, input in ipairs(node[INPUTS]) do
    lines:add("  input       %s: %s", step.inputs[k].name, input_text(plan, input, uncommitted))
  end
end

-- A failed step: its error, its arguments, the end of its log.
---@param plan table
---@param position integer
---@param answer table
---@param run_name string
---@param uncommitted (fun(digest: string): table?)? artifacts of the run that are not in the metadata yet
---@param is_log_said boolean? what the step printed stands above
---@return string[] lines
function run_text.failure(plan, position, answer, run_name, uncommitted, is_log_said)
  local node, lines = plan.graph.nodes[position], new_lines()
  lines:add ""
  lines:add("%s step %s of run %s", colour("red", "failed"), colour("bold", node[ID]), run_name)
  for _, line in ipairs(format.last_lines(answer.error, ERROR_LINES)) do lines:add("  %s", line) end
  -- the traceback of an internal error comes with its report
  if answer.trace and answer.trace ~= "" and not answer.fault then
    for _, line in ipairs(format.last_lines(answer.trace, TRACE_LINES)) do lines:add("    %s", colour("grey", line)) end
  end
  add_arguments(lines, plan, node, uncommitted)
  local log = format.last_lines(terminal.log(answer.log or "", 2), LOG_LINES)
  -- an error may quote the end of the log
  if #log > 0 and not is_log_said and not answer.error:find(log[#log], 1, true) then
    lines:add "  log"
    for _, line in ipairs(log) do lines:add("    %s", line) end
  end
  return lines
end

-- The failures of a run once more, in a line each, where they may have scrolled away.
---@param failures { id: string, error: string }[]
---@return string[] lines
function run_text.recap(failures)
  local lines, wide = new_lines(), 0
  for k = 1, math.min(#failures, RECAPPED) do wide = math.max(wide, #failures[k].id) end
  wide = math.min(wide, 28)
  for k = 1, math.min(#failures, RECAPPED) do
    local one = failures[k]
    lines:add("  %s %-" .. wide .. "s  %s", format.status("failed", 2, 9), one.id, one.error:match "^[^\n]*")
  end
  if #failures > RECAPPED then
    lines:add("  %-9s … %s more failed", "", format.count(#failures - RECAPPED))
  end
  return lines
end

-- Ends ---------------------------------------------------------------------------------------

local COUNTED <const> = { "ran", "cached", "cut_off", "failed", "skipped", "stopped" }
local WORDS <const> = { cut_off = "unchanged (early cutoff)" }

local function count_text(plan)
  local n, parts = outcome.counts(plan), {}
  for _, word in ipairs(COUNTED) do
    if n[word] > 0 then parts[#parts + 1] = format.count(n[word]) .. " " .. (WORDS[word] or word) end
  end
  return table.concat(parts, ", ")
end

-- Seconds that the hits took when they ran; nil where there are too many to add up.
local function saved_seconds(plan)
  local total, seen = 0, 0
  -- a plan that is read from the record is not read for nothing
  if plan.finals and plan.n_hits > SUMMED then return nil end
  for i = 1, #plan.graph.nodes do
    local row = plan:is_cached(i) and not plan:is_virtual(i) and plan:result_row(i)
    if row then
      seen = seen + 1
      if seen > SUMMED then return nil end
      total = total + (project.meta:step_seconds(row) or 0)
    end
  end
  return total
end

-- A run in which all steps are cached.
---@param result rille.run.result
---@return string line
function run_text.all_cached(result)
  local plan = result.plan
  local saved, skipped = saved_seconds(plan), plan:count_skipped()
  local n = plan:count() - skipped
  return string.format("%s %s: %s cached%s%s (%s)", colour("blue", "cached"), result.name,
    n == 1 and "1 step," or "all " .. format.plural(n, "step"),
    skipped > 0 and string.format(", %s skipped", format.count(skipped)) or "",
    saved and saved >= BRIEF and ", " .. format.seconds(saved) .. " saved" or "", format.seconds(result.seconds))
end

-- How to resume after a failure or a stop.
---@param result rille.run.result
---@return string[] lines
function run_text.resume(result)
  local lines, command, failed = new_lines(), program.resume_command, result.failed
  if command and (failed or result.status == "stopped") then
    lines:add(failed and "  fix the error, then resume with:" or "  resume with:")
    lines:add("    %s", command)
  end
  if failed then lines:add("  rille log %s/%s", result.name, failed.id) end
  return lines
end

-- Adds why steps ran again, where nothing else has said it.
local function add_reruns(lines, result, info)
  if global_options.verbose or not project.meta or info.run.number < 2 then return end
  local reruns = require "rille.query.reruns"
  local run = { pipeline = result.pipeline, number = info.run.number }
  for k, text in ipairs(reruns.lines(reruns.of_plan(result.plan, info.spec, run, info.noted), RERUNS)) do
    lines:add("  %-9s %s", k == 1 and "re-ran" or "", text)
  end
end

-- The end of a run.
---@param result rille.run.result
---@param totals { bytes: integer, slowest: { id: string, seconds: number }?, noted: table<integer, true> }
---@param info { spec: (fun(node: table): table), run: table, noted: table<integer, true> }
---@return string[] lines
function run_text.summary(result, totals, info)
  local lines, plan, more = new_lines(), result.plan, {}
  lines:add("%s %s in %s: %s", format.status(result.status, 2), result.name, format.seconds(result.seconds),
    count_text(plan))
  local saved, slowest = saved_seconds(plan), totals.slowest
  if saved and saved >= BRIEF then more[#more + 1] = format.seconds(saved) .. " saved by the cache" end
  if totals.bytes > 0 then more[#more + 1] = format.bytes(totals.bytes) .. " written" end
  if slowest and slowest.seconds >= BRIEF and #plan.graph.nodes > 1 then
    more[#more + 1] = "slowest " .. slowest.id .. " " .. format.seconds(slowest.seconds)
  end
  if #more > 0 then lines:add("  %s", table.concat(more, "; ")) end
  add_reruns(lines, result, info)
  if result.status == "completed" then lines:add("  %s", colour("grey", "rille show " .. result.name)) end
  return lines
end

return run_text
