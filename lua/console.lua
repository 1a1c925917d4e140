-- console: what a run tells while it goes on, on standard error; with --json an
-- event a line on standard output.
--
-- console.of(result, plan, info, options) -> emit(event, position, answer)

local external = require "rille.external"
local graph = require "rille.graph"
local json = require "rille.json"
local mistake = require "rille.mistake"
local paint = require "rille.paint"
local plan = require "rille.plan"
local session = require "rille.session"
local source = require "rille.source"
local sys = require "rille.host.sys"

local console = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP
local LINES <const> = 40        -- steps that get a line of their own; then one a second
local LOG_LINES <const> = 12    -- of a failed step's log

local function say(fmt, ...)
  io.stderr:write(string.format(fmt, ...), "\n")
end

local function colour(name, text) return paint.in_colour(name, text, 2) end

local function count_text(p)
  local n = require("rille.record").counts(p)
  local parts = {}
  for _, word in ipairs { "ran", "cached", "cut_off", "failed", "skipped", "stopped" } do
    if n[word] > 0 then parts[#parts + 1] = paint.count(n[word]) .. " " .. word:gsub("_", " ") end
  end
  return table.concat(parts, ", ")
end

-- Seconds that the hits took when they ran, by their rows.
local function saved_seconds(p)
  local total, seen = 0, 0
  for i = 1, #p.graph.nodes do
    if p.state[i] == plan.HIT and p.row[i] then
      seen = seen + 1
      if seen > 500 then return nil end
      total = total + (session.meta:rows("select seconds from step_run where id = ?", p.row[i])[1] or { seconds = 0 }).seconds
    end
  end
  return total
end

local function all_cached_line(result, p)
  local saved = saved_seconds(p)
  say("%s %s: all %s cached%s (%s)", colour("blue", "cached"), result.name, paint.plural(#p.graph.nodes, "step"),
    saved and saved >= 0.001 and ", " .. paint.seconds(saved) .. " saved" or "", paint.seconds(result.seconds))
end

local function last_lines(text, n)
  local lines = {}
  for line in (text or ""):gmatch "[^\n]+" do lines[#lines + 1] = line end
  return table.move(lines, math.max(1, #lines - n + 1), #lines, 1, {})
end

local function short_value(v)
  if type(v) == "string" then return string.format("%q", #v > 60 and v:sub(1, 57) .. "..." or v) end
  if type(v) == "number" or type(v) == "boolean" then return tostring(v) end
  if external.describe(v) then return external.describe(v) end
  if source.is_file(v) or source.is_dir(v) then return string.format("%s %s", getmetatable(v).__name, v.given) end
  local ok, text = pcall(json.pack, v)
  return ok and #text <= 60 and text or mistake.describe(v)
end

-- A failure: the step, its inputs, the error, the end of its log, how to go on.
local function failure(p, i, answer, result)
  local node = p.graph.nodes[i]
  say("")
  say("%s step %s of run %s", colour("red", "failed"), colour("bold", node[ID]), result.name)
  for _, line in ipairs(last_lines(answer.error, 20)) do say("  %s", line) end
  if answer.trace and answer.trace ~= "" then
    for _, line in ipairs(last_lines(answer.trace, 6)) do say("    %s", colour("grey", line)) end
  end
  local params = {}
  for _, param in ipairs(node[STEP].params) do
    params[#params + 1] = param.name .. " = " .. short_value(node[graph.PARAMS][param.name])
  end
  if #params > 0 then say("  parameters  %s", table.concat(params, ", ")) end
  for k, input in ipairs(node[graph.INPUTS]) do
    local meta = getmetatable(input)
    local text = meta == graph.FanIn and paint.plural(#input, "element") or meta == graph.Literal and short_value(input[1]) or graph.describe(input)
    say("  input       %s: %s", node[STEP].inputs[k].name, text)
  end
  local log = last_lines(answer.log, LOG_LINES)
  -- an error that ends with the log has said it
  if #log > 0 and not answer.error:find(log[#log], 1, true) then
    say("  log")
    for _, line in ipairs(log) do say("    %s", line) end
  end
end

local function resume_hint(result)
  local command = session.command
  if command then say("  run it again when it is mended; finished steps are taken from the cache:\n    %s", command) end
  say("  rille log %s/%s", result.name, result.failed.id)
end

local function summary(result, p, bytes, slowest, noted)
  local word = result.status
  say("%s %s in %s: %s", paint.status(word, 2), result.name, paint.seconds(result.seconds), count_text(p))
  local more = {}
  local saved = saved_seconds(p)
  if saved and saved >= 0.001 then more[#more + 1] = paint.seconds(saved) .. " saved by the cache" end
  if bytes > 0 then more[#more + 1] = paint.bytes(bytes) .. " written" end
  if slowest and slowest.seconds >= 0.001 and #p.graph.nodes > 1 then more[#more + 1] = "slowest " .. slowest.id .. " " .. paint.seconds(slowest.seconds) end
  if #more > 0 then say("  %s", table.concat(more, "; ")) end
  for i = 1, session.options.verbose and 0 or #p.graph.nodes do
    if p.state[i] == plan.DONE and p.why[i] and not noted[i] and p.graph.nodes[i][STEP].options.cache ~= false then
      say("  %s ran because %s", p.graph.nodes[i][ID], p.why[i])
      break
    end
  end
  if result.status == "completed" then say("  %s", colour("grey", "rille show " .. result.name)) end
end

-- How wide the column of ids is: that of the longest, within reason.
local function id_width(nodes)
  local width = 18
  for _, node in ipairs(nodes) do width = math.max(width, #node[ID]) end
  return math.min(width, 40)
end

-- The plain form: lines.
local function plain(result, p, info, options)
  local lines, bytes, slowest, finished, last = 0, 0, nil, 0, sys.mono()
  local noted = {}                -- nodes of which a note has told why they run
  local total = #p.graph.nodes
  local form = "%-" .. id_width(p.graph.nodes) .. "s %s"

  local function step_line(i, word, text)
    lines = lines + 1
    if lines <= LINES then
      local id = p.graph.nodes[i][ID]
      say("  %s %s", paint.status(word, 2, 9), text == "" and id or form:format(id, text))
    elseif lines == LINES + 1 then
      say("  %s", colour("grey", "... one line a second from here"))
    elseif sys.mono() - last >= 1 then
      last = sys.mono()
      say("  %s/%s", paint.count(finished + p.hits), paint.count(total))
    end
  end

  local function new_wiring()
    if info.spec_new and info.spec_version > 1 then say("pipeline %s has a new wiring, version %d", result.pipeline, info.spec_version) end
  end

  local handlers = {
    run_begin = function()
      if session.created then say("store %s created", session.show_path(session.dir)) end
      session.created = nil
      for _, dead in ipairs(session.dead or {}) do say("run %s had been interrupted; it is closed as failed", dead) end
      session.dead = nil
      new_wiring()
      say("run %s  %s", colour("bold", result.name), colour("grey", "stack default, cache " .. (options.cache == false and "off" or "on")))
      for i = 1, total do
        if p.state[i] == plan.HIT then step_line(i, "cached", "") end
      end
    end,
    step_end = function(i, answer)
      finished = finished + 1
      for _, artifact in ipairs(answer.outputs) do bytes = bytes + artifact.size end
      if not slowest or answer.seconds > slowest.seconds then slowest = { id = p.graph.nodes[i][ID], seconds = answer.seconds } end
      step_line(i, "ran", paint.seconds(answer.seconds))
      if session.options.verbose and p.why[i] and lines <= LINES then say("            %s", colour("grey", p.why[i])) end
    end,
    step_failed = function(i, answer)
      finished = finished + 1
      failure(p, i, answer, result)
    end,
    step_stopped = function(i, answer)
      if not answer.unstarted then step_line(i, "stopped", paint.seconds(answer.seconds)) end
    end,
    step_retry = function(i, answer, more)
      local first = last_lines(answer.error, 1)[1] or ""
      say("  %s %s: attempt %d of %d failed%s: %s", colour("yellow", "retrying"), p.graph.nodes[i][ID], more.attempt, more.times + 1,
        more.delay > 0 and ", the next in " .. paint.seconds(more.delay) or "", first)
    end,
    step_skipped = function(i, cause) step_line(i, "skipped", "needs " .. p.graph.nodes[cause][ID] .. ", which failed") end,
    log = function(_, text) io.stderr:write(text) end,
    note = function(i, text)
      noted[i] = true
      say("  %s %s: %s", colour("yellow", "note"), p.graph.nodes[i][ID], text)
    end,
    run_end = function()
      if p.hits == total then
        new_wiring()
        return all_cached_line(result, p)
      end
      if result.failed then resume_hint(result) end
      summary(result, p, bytes, slowest, noted)
    end,
  }
  return function(event, i, extra, more)
    local handler = handlers[event]
    if handler then handler(i, extra, more) end
  end
end

-- The form for programs: an event a line.
local function events(result, p, info)
  local function put(t) io.stdout:write(json.encode(t), "\n") end
  local handlers = {
    run_begin = function() put { event = "run_begin", run = result.name, id = result.id, pipeline = result.pipeline, steps = #p.graph.nodes } end,
    step_begin = function(i) put { event = "step_begin", step = p.graph.nodes[i][ID] } end,
    step_end = function(i, answer) put { event = "step_end", step = p.graph.nodes[i][ID], status = "completed", seconds = answer.seconds } end,
    step_failed = function(i, answer) put { event = "step_end", step = p.graph.nodes[i][ID], status = "failed", seconds = answer.seconds, error = answer.error } end,
    step_stopped = function(i, answer)
      if not answer.unstarted then put { event = "step_end", step = p.graph.nodes[i][ID], status = "stopped", seconds = answer.seconds } end
    end,
    step_retry = function(i, answer, more)
      put { event = "step_retry", step = p.graph.nodes[i][ID], attempt = more.attempt, delay = more.delay, seconds = answer.seconds, error = answer.error }
    end,
    progress = function(i, data) put { event = "progress", step = p.graph.nodes[i][ID], fraction = data.fraction, text = data.text } end,
    step_skipped = function(i, cause) put { event = "step_end", step = p.graph.nodes[i][ID], status = "skipped", because = p.graph.nodes[cause][ID] } end,
    note = function(i, text) put { event = "note", step = p.graph.nodes[i][ID], text = text } end,
    run_end = function()
      put { event = "run_end", run = result.name, id = result.id, status = result.status, seconds = result.seconds, counts = require("rille.record").counts(p),
        spec_version = info.spec_version }
    end,
  }
  return function(event, i, extra, more)
    local handler = handlers[event]
    if handler then handler(i, extra, more) end
  end
end

function console.of(result, p, info, options)
  if session.options.silent then return function() end end
  if session.options.json then return events(result, p, info) end
  if session.options.quiet then
    local emit = plain(result, p, info, options)
    return function(event, i, extra)
      if event == "step_failed" then emit(event, i, extra) end
    end
  end
  return plain(result, p, info, options)
end

return console
