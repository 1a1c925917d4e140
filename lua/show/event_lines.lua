-- event_lines: a run for programs, an event a line on standard output.
--
-- events.of(result, plan, info) -> emit(event, position, data, more).  The fields are
-- in rille help run; they stay.

local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local format = require "rille.base.format"
local record = require "rille.record"
local value_text = require "rille.base.value_text"

local event_lines = {}

-- { [name] = { digest, type, size } }
local function outputs_of(node, answer)
  local map = {}
  for k, artifact in ipairs(answer.outputs or {}) do
    map[node[graph.STEP].outputs[k].name] = { digest = hash.hex(artifact.digest), type = artifact.type, size = artifact.size }
  end
  return json.object(map)
end

function event_lines.of(result, p, info)
  local nodes = p.graph.nodes
  local dirty, told = false, {}
  local function put(t)
    io.stdout:write(value_text.json(t), "\n")
    dirty = true
  end
  local function log(i, text) put { event = "log", step = nodes[i][graph.ID], text = text } end
  -- a step in this process is heard at its end
  local function ended(i, answer)
    if not told[i] and answer.log and answer.log ~= "" then log(i, answer.log) end
    told[i] = nil
  end
  local function id(i) return nodes[i][graph.ID] end
  local function cached(i) put { event = "step_end", step = id(i), status = "cached", seconds = 0.0, reason = p:is_cut_off(i) and "its inputs came out as before" or nil } end
  local turned = 0
  -- steps that have become hits since the last look
  local function tell_turned()
    while p:late_hits()[turned + 1] do
      turned = turned + 1
      cached(p:late_hits()[turned])
    end
  end
  local handlers = {
    run_begin = function()
      put { event = "run_begin", run = result.name, id = result.id, pipeline = result.pipeline, steps = p:count(), cached = p.n_hits }
      for i = 1, #nodes do if p:is_cached(i) and not p:is_virtual(i) then cached(i) end end
      turned = #p:late_hits()
    end,
    step_begin = function(i) put { event = "step_begin", step = id(i), reason = p:reason(i) } end,
    step_end = function(i, answer)
      ended(i, answer)
      put { event = "step_end", step = id(i), status = "completed", seconds = answer.seconds, reason = p:reason(i), outputs = outputs_of(nodes[i], answer),
        attempts = answer.attempts and #answer.attempts + 1 }
    end,
    step_failed = function(i, answer)
      ended(i, answer)
      put { event = "step_end", step = id(i), status = "failed", seconds = answer.seconds, reason = p:reason(i), error = answer.error,
        attempts = answer.attempts and #answer.attempts + 1 }
    end,
    step_stopped = function(i, answer)
      ended(i, answer)
      if not answer.unstarted then put { event = "step_end", step = id(i), status = "stopped", seconds = answer.seconds } end
    end,
    step_skipped = function(i, cause, reason) put { event = "step_end", step = id(i), status = "skipped", because = reason or id(cause) } end,
    step_retry = function(i, answer, more)
      ended(i, answer)
      put { event = "attempt", step = id(i), attempt = more.attempt, delay = more.delay, seconds = answer.seconds, error = answer.error }
    end,
    progress = function(i, data) put { event = "progress", step = id(i), fraction = data.fraction, text = data.text } end,
    log = function(i, text, more)
      if more.left_out then text = format.left_out(more.left_out, more.open) .. text end
      told[i] = true
      log(i, text)
    end,
    note = function(i, text) put { event = "note", step = id(i), text = text } end,
    run_end = function()
      tell_turned()
      put { event = "run_end", run = result.name, id = result.id, status = result.status, seconds = result.seconds, counts = record.counts(p),
        spec_version = info.spec_version }
    end,
  }
  return function(event, i, data, more)
    local handler = handlers[event]
    if handler then handler(i, data, more) end
    if p:late_hits()[turned + 1] then tell_turned() end
    if dirty then io.stdout:flush() end
    dirty = false
  end
end

return event_lines
