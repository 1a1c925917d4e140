-- console: what a run tells while it goes on, on standard error; with --json an
-- event a line on standard output (lua/show/event_lines.lua).
--
-- console.of(result, plan, info, options, spec) -> emit(event, position, answer, more)
-- The events are those of execute.lua, run_begin, run_end, log, progress, hook (the
-- user's code is about to run in this process) and abort (the run ends by an error
-- of ours).

local text_width = require "rille.base.text_width"
local estimate = require "rille.plan.estimate"
local event_lines = require "rille.show.event_lines"
local external = require "rille.script.external"
local graph = require "rille.graph"
local progress = require "rille.show.progress"
local json = require "rille.json"
local key = require "rille.cache.key"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local step_output = require "rille.show.step_output"
local project = require "rille.project"
local program = require "rille.project.program"
local global_options = require "rille.project.global_options"
local signals = require "rille.project.signals"
local paths = require "rille.project.paths"
local sys = require "rille.host.sys"
local value_text = require "rille.base.value_text"
local terminal = require "rille.base.terminal"

local console = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP
local LINES <const> = 40        -- steps that get a line of their own; then one a second
local LOG_LINES <const> = 12    -- of a failed step's log

local put = terminal.say        -- above the live region, while there is one

local function say(fmt, ...) put(string.format(fmt, ...) .. "\n") end

local function colour(name, text) return format.in_colour(name, text, 2) end

local function count_text(p)
  local n = require("rille.record").counts(p)
  local parts = {}
  for _, word in ipairs { "ran", "cached", "cut_off", "failed", "skipped", "stopped" } do
    if n[word] > 0 then parts[#parts + 1] = format.count(n[word]) .. " " .. word:gsub("_", " ") end
  end
  return table.concat(parts, ", ")
end

-- Seconds that the hits took when they ran, by their rows.
local function saved_seconds(p)
  local total, seen = 0, 0
  for i = 1, #p.graph.nodes do
    if p:is_cached(i) and p:result_row(i) and not p:is_virtual(i) then
      seen = seen + 1
      if seen > 500 then return nil end
      total = total + (project.meta:step_seconds(p:result_row(i)) or 0)
    end
  end
  return total
end

local function all_cached_line(result, p)
  local saved, skipped = saved_seconds(p), p:count_skipped()
  say("%s %s: all %s cached%s%s (%s)", colour("blue", "cached"), result.name, format.plural(p:count() - skipped, "step"),
    skipped > 0 and string.format(", %s skipped", format.count(skipped)) or "",
    saved and saved >= 0.001 and ", " .. format.seconds(saved) .. " saved" or "", format.seconds(result.seconds))
end

local function short_value(v)
  if type(v) == "string" then return string.format("%q", #v > 60 and v:sub(1, 57) .. "..." or v) end
  if type(v) == "number" then return v == v and tostring(v) or "nan" end
  if type(v) == "boolean" then return tostring(v) end
  if external.describe(v) then return external.describe(v) end
  if paths.is_file(v) or paths.is_dir(v) then return string.format("%s %s", getmetatable(v).__name, v.path) end
  local ok, text = pcall(json.pack, v)
  return ok and #text <= 60 and value_text.packed(text) or errors.describe(v)
end

-- A failure: the step, its inputs, the error, the end of its log, how to go on.
local function failure(p, i, answer, result)
  local node = p.graph.nodes[i]
  say("")
  say("%s step %s of run %s", colour("red", "failed"), colour("bold", node[ID]), result.name)
  for _, line in ipairs(format.last_lines(answer.error, 20)) do say("  %s", line) end
  -- that of an error of rille's own comes with its report
  if answer.trace and answer.trace ~= "" and not answer.fault then
    for _, line in ipairs(format.last_lines(answer.trace, 6)) do say("    %s", colour("grey", line)) end
  end
  local params = {}
  for _, param in ipairs(node[STEP].params) do
    params[#params + 1] = param.name .. " = " .. short_value(node[graph.PARAMS][param.name])
  end
  if #params > 0 then say("  parameters  %s", table.concat(params, ", ")) end
  for k, input in ipairs(node[graph.INPUTS]) do
    local meta = getmetatable(input)
    local text = meta == graph.Literal and input.from and string.format("item %d of %s", input.index, graph.describe(input.from)) or meta == graph.FanIn and format.plural(#input, "element") or meta == graph.Literal and short_value(input[1]) or graph.describe(input)
    say("  input       %s: %s", node[STEP].inputs[k].name, text)
  end
  local log = format.last_lines(terminal.log(answer.log or "", 2), LOG_LINES)
  -- an error that ends with the log has said it
  if #log > 0 and not answer.error:find(log[#log], 1, true) then
    say("  log")
    for _, line in ipairs(log) do say("    %s", line) end
  end
end

-- How to go on after a failure or a stop.
local function resume_hint(result)
  local command, failed = program.resume_command, result.failed
  if command and (failed or result.status == "stopped") then
    say("  run it again%s; finished steps are taken from the cache:\n    %s", failed and " when it is mended" or " to go on", command)
  end
  if failed then say("  rille log %s/%s", result.name, failed.id) end
end

local function summary(result, p, bytes, slowest, noted)
  local word = result.status
  say("%s %s in %s: %s", format.status(word, 2), result.name, format.seconds(result.seconds), count_text(p))
  local more = {}
  local saved = saved_seconds(p)
  if saved and saved >= 0.001 then more[#more + 1] = format.seconds(saved) .. " saved by the cache" end
  if bytes > 0 then more[#more + 1] = format.bytes(bytes) .. " written" end
  if slowest and slowest.seconds >= 0.001 and #p.graph.nodes > 1 then more[#more + 1] = "slowest " .. slowest.id .. " " .. format.seconds(slowest.seconds) end
  if #more > 0 then say("  %s", table.concat(more, "; ")) end
  for i = 1, global_options.verbose and 0 or #p.graph.nodes do
    if p:status(i) == "completed" and p:reason(i) and p:reason(i) ~= key.EARLIER and not noted[i] and p.graph.nodes[i][STEP].options.cache ~= false then
      say("  %s ran because %s", p.graph.nodes[i][ID], p:reason(i))
      break
    end
  end
  if result.status == "completed" then say("  %s", colour("grey", "rille show " .. result.name)) end
end

-- How wide the column of ids is: that of the longest, within reason.
local function id_width(nodes)
  local width = 18
  for _, node in ipairs(nodes) do width = math.max(width, text_width.width(terminal.line(node[ID], 2))) end
  return math.min(width, 40)
end

-- What runs now, and what came of the rest: the state of the live region.
local function track(p, jobs)
  local nodes = p.graph.nodes
  local self = { ran = 0, failed = 0, skipped = 0, seconds = 0.0, running = {}, count = 0, jobs = jobs or 1, id_width = id_width(nodes) }
  self.total = #nodes
  for i = 1, p:is_partial() and #nodes or 0 do
    if not p:is_selected(i) and not p:is_cached(i) then self.total = self.total - 1 end
  end
  local function leave(i)
    if self.running[i] then self.count = self.count - 1 end
    self.running[i] = nil
  end
  local handlers = {
    step_begin = function(i)
      self.count = self.count + 1
      self.running[i] = { id = nodes[i][ID], since = sys.mono() }
    end,
    progress = function(i, data)
      local one = self.running[i]
      if one then one.fraction, one.text = data.fraction, data.text end
    end,
    step_end = function(i, answer)
      leave(i)
      self.ran, self.seconds = self.ran + 1, self.seconds + answer.seconds
    end,
    step_failed = function(i)
      leave(i)
      self.failed = self.failed + 1
    end,
    step_skipped = function(i) if not p:is_virtual(i) then self.skipped = self.skipped + 1 end end,
    step_retry = leave, step_stopped = leave,
  }
  return self, function(event, i, data)
    local handler = handlers[event]
    if handler then handler(i, data) end
  end
end

-- How long it may still take, by what steps took in the past or take in this run.
local function seconds_left(p, state, estimates, now)
  local mean = state.ran > 0 and state.seconds / state.ran or nil
  local sum, longest, unknown, known = 0.0, 0.0, 0, 0
  for i = 1, #p.graph.nodes do
    local s = p:status(i)
    if (s == "waiting" or s == "ready" or s == "running") and p:is_selected(i) and not p:is_virtual(i) then
      local one = estimates[i]
      local seconds = one and one.seconds or mean
      if one then known = known + 1 else unknown = unknown + 1 end
      if seconds then
        local running = state.running[i]
        seconds = running and math.max(seconds - (now - running.since), 0) or seconds
        sum, longest = sum + seconds, math.max(longest, seconds)
      end
    end
  end
  -- from nothing, or from a step or two that happened to be first, nothing follows
  if unknown > known and state.ran < 3 then return nil end
  return math.max(sum / state.jobs, longest)
end

local DRAWN_AFTER <const> = 0.3     -- a run that is over before is told by lines alone
local REDRAW <const> = 0.1          -- at most ten times a second

-- The live region of a run: { say(text), tick(), clear(), close() }.
local function region_of(p, spec, state, began)
  -- what is drawn is fit for the terminal before, the screen adds sequences
  local screen = progress.screen(function(text) io.stderr:write(text) end, function(name, text) return terminal.shown(colour(name, text)) end)
  local above, drawn, estimates, estimated, woken, warned = {}, 0.0, nil, 0.0, nil, 0
  local region = {}

  local function told() signals.live_region(#screen.shown) end

  local function refresh(now)
    state.cached, state.elapsed = p.n_hits, now - began
    -- a map may have come to its items
    if p.graph.dynamic and not p:is_partial() then state.total = p:count() end
    state.finished = math.min(state.total, p.n_hits + state.ran + state.failed + state.skipped)
    if now - estimated >= 1 then
      estimates = estimates or estimate.of(p, spec, state.jobs)
      state.left, estimated = seconds_left(p, state, estimates, now), now
    end
    local list = {}
    for i, one in next, state.running do
      one.usual = estimates[i] and estimates[i].seconds
      list[#list + 1] = one
    end
    return setmetatable({ running = list }, { __index = state })
  end

  -- Of a stop that was asked for; the signal has left a ^C behind the region.
  local function heed_signals()
    local _, level, continued = signals.received()
    if level > warned then
      screen:tear()
      warned = level
      local running = format.plural(state.count, "running step")
      local text = level > 2 and "killing running steps" or state.count == 0 and "stopping"
        or level == 2 and string.format("no new steps start, %s %s 2 s to end; once more to kill", running, state.count == 1 and "has" or "have")
        or string.format("no new steps start, %s %s; once more to end", running, state.count == 1 and "finishes" or "finish")
      above[#above + 1] = terminal.shown(colour("yellow", text) .. "\n")
    end
    if woken and continued ~= woken then screen:forget() end
    woken = continued
  end

  local function draw(now)
    local _, width, height = sys.is_terminal(2)
    heed_signals()
    screen:show(progress.lines(refresh(now), now, width, height), width, table.concat(above))
    above, drawn = {}, now
    told()
  end

  function region.say(text)
    if screen.shown[1] then above[#above + 1] = terminal.shown(text) else terminal.say(text) end
  end
  function region.tick()
    local now = sys.mono()
    if now - drawn < REDRAW or now - began < DRAWN_AFTER then return end
    draw(now)
  end
  -- Others are about to write.
  function region.clear()
    if not screen.shown[1] then return end
    heed_signals()
    local _, width = sys.is_terminal(2)
    screen:show({}, width, table.concat(above))
    above = {}
    told()
  end
  function region.close()
    region.clear()
    signals.live_region(-1)
  end
  return region
end

-- Is there a terminal that can be drawn on, and a program that keeps its signals?
local function can_draw(options)
  local no = os.getenv "NO_COLOR"
  return sys.is_terminal(2) and os.getenv "TERM" ~= "dumb" and not (no and no ~= "") and signals.are_handled()
    and options.means ~= nil and options.means.jobs ~= nil
end

local FEW <const> = 10              -- hits that get a line each

-- The form for people: a line per step that ends, with a live region below on a
-- terminal.
local function lines_of(result, p, info, options, spec)
  local lines, bytes, slowest, last = 0, 0, nil, sys.mono()
  local noted = {}                -- nodes of which a note has told why they run
  local nodes = p.graph.nodes
  local state, follow = track(p, options.means and options.means.jobs)
  local turned, region, untold = 0, nil, false

  local function time(seconds) return text_width.fit(format.seconds(seconds), math.max(progress.TIME, #format.seconds(seconds) + 1), true) end

  -- Of the steps without a line: a second has passed, whether or not another has ended.
  local function tell_count()
    if not untold or region or sys.mono() - last < 1 then return end
    untold, last = false, sys.mono()
    say("  %s/%s", format.count(state.ran + state.failed + state.skipped + p.n_hits), format.count(p:count()))
  end

  local function step_line(i, word, text)
    lines = lines + 1
    if lines <= LINES then
      local id = terminal.line(nodes[i][ID], 2)
      say("  %s %s", format.status(word, 2, 9), text == "" and id or text_width.fit(id, math.max(state.id_width, text_width.width(id))) .. text)
    elseif lines == LINES + 1 then
      say("  %s", colour("grey", region and "... the other steps: rille show " .. result.name or "... one line a second from here"))
    else
      untold = true
      tell_count()
    end
  end

  local heard = step_output.new(function(id, text)
    if id then say("%s", colour("grey", "── " .. id .. " ──")) end
    put(terminal.log(text, 2))
  end)

  local function new_wiring()
    if info.spec_new and info.spec_version > 1 then say("pipeline %s has a new wiring, version %d", result.pipeline, info.spec_version) end
  end

  local function hits()
    if p.n_hits > FEW then return say("  %s %s", format.status("cached", 2, 9), format.plural(p.n_hits, "step")) end
    for i = 1, #nodes do
      if p:is_cached(i) and not p:is_virtual(i) then step_line(i, "cached", "") end
    end
  end

  -- steps that have become hits meanwhile
  local function tell_turned()
    while p:late_hits()[turned + 1] do
      turned = turned + 1
      step_line(p:late_hits()[turned], "cached", "  " .. colour("grey", p:is_cut_off(p:late_hits()[turned]) and "its inputs came out as before" or p:same_key_as(p:late_hits()[turned]) and "another step made it"
        or "another process made it"))
    end
  end

  local handlers = {
    run_begin = function()
      local created, interrupted = project.take_news()
      if created then say("store %s created", project.show_path(project.dir)) end
      for _, name in ipairs(interrupted) do say("run %s had been interrupted; it is closed as failed", name) end
      new_wiring()
      if info.keys_new then say("%s", key.EARLIER) end
      say("run %s  %s", colour("bold", result.name), colour("grey", "stack default, cache " .. (options.cache == false and "off" or "on")))
      turned = #p:late_hits()
      hits()
      if can_draw(options) then
        region = region_of(p, spec, state, sys.mono())
        put = region.say
      end
    end,
    step_end = function(i, answer)
      heard:finish(i, nodes[i][ID])
      for _, artifact in ipairs(answer.outputs) do bytes = bytes + artifact.size end
      if not slowest or answer.seconds > slowest.seconds then slowest = { id = nodes[i][ID], seconds = answer.seconds } end
      step_line(i, "ran", time(answer.seconds))
      if global_options.verbose and p:reason(i) and lines <= LINES then say("            %s", colour("grey", p:reason(i))) end
    end,
    step_failed = function(i, answer)
      heard:finish(i, nodes[i][ID])
      failure(p, i, answer, result)
    end,
    step_stopped = function(i, answer)
      heard:finish(i, nodes[i][ID])
      if not answer.unstarted then step_line(i, "stopped", time(answer.seconds)) end
    end,
    step_retry = function(i, answer, more)
      heard:finish(i, nodes[i][ID])
      local first = format.last_lines(answer.error, 1)[1] or ""
      say("  %s %s: attempt %d of %d failed%s: %s", colour("yellow", "retrying"), nodes[i][ID], more.attempt, more.times + 1,
        more.delay > 0 and ", the next in " .. format.seconds(more.delay) or "", first)
    end,
    step_skipped = function(i, cause, reason)
      if not p:is_virtual(i) then step_line(i, "skipped", "  " .. (reason or "needs " .. nodes[cause][ID] .. ", which failed")) end
    end,
    log = function(i, text, more)
      if more.left_out then text = format.left_out(more.left_out, more.open) .. text end
      heard:add(i, nodes[i][ID], text, state.jobs == 1 or state.count == 1)
    end,
    note = function(i, text)
      noted[i] = true
      heard:finish(i, nodes[i][ID])
      say("  %s %s: %s", colour("yellow", "note"), nodes[i][ID], text)
    end,
    tick = function() if region then region.tick() else tell_count() end end,
    hook = function() if region then region.clear() end end,
    abort = function() if region then region.close() end end,
    run_end = function()
      if p:all_cached() then
        new_wiring()
        return all_cached_line(result, p)
      end
      heard:flush()
      if region then region.close() end
      region, put = nil, terminal.say
      resume_hint(result)
      summary(result, p, bytes, slowest, noted)
    end,
  }
  return function(event, i, extra, more)
    follow(event, i, extra)
    local handler = handlers[event]
    if handler then handler(i, extra, more) end
    if p:late_hits()[turned + 1] then tell_turned() end
  end
end

-- Only failures.
local function failures(result, p)
  return function(event, i, answer)
    if event == "step_failed" then failure(p, i, answer, result) end
  end
end

---@param spec fun(node: table): table
local function of(result, p, info, options, spec)
  put = terminal.say
  if global_options.silent then return function() end end
  if global_options.json then return event_lines.of(result, p, info) end
  if global_options.quiet then return failures(result, p) end
  return lines_of(result, p, info, options, spec)
end

function console.new()
  local inner
  return function(event, i, data, more)
    if event == "plan" then inner = of(data.result, data.plan, data.info, { cache = data.cache, means = { jobs = data.jobs } }, data.spec)
    else inner(event, i, data, more) end
  end
end

return console
