-- record: what a run leaves behind.  It turns the events of a run into rows and
-- writes them: bytes, then names (one group sync), then rows (one commit), then
-- the message to the user.
--
-- A recorder is { steps (rows not yet written), trace (by position) }.

local graph = require "rille.graph"
local json = require "rille.json"
local plan = require "rille.plan"

local record = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS
local COMPLETED <const>, CACHED <const>, FAILED <const>, SKIPPED <const>, STOPPED <const>, CUT_OFF <const> = 1, 2, 3, 4, 5, 6
record.STATUS = { [0] = "pending", "completed", "cached", "failed", "skipped", "stopped", "cached" }

local BATCH <const>, SECONDS <const> = 4096, 1.0    -- a commit at the latest after so much

local Recorder = { __name = "recorder" }
Recorder.__index = Recorder

-- The trace's codes of a plan: what became of every node.
local function codes(p)
  local list = {}
  for i = 1, #p.graph.nodes do
    local state = p.state[i]
    list[i] = state == plan.HIT and (p.cut_off[i] and CUT_OFF or CACHED) or state == plan.DONE and COMPLETED or state == plan.FAILED and FAILED
      or state == plan.SKIPPED and SKIPPED or STOPPED
  end
  return list
end

-- The rows of a plan: numbers of step runs, or StepRows of this run.
local function rows(self, p)
  local list = {}
  for i = 1, #p.graph.nodes do
    local twin = p.twin[i]
    list[i] = p.row[i] or (twin and (p.row[twin] or self.row_of[twin])) or self.row_of[i] or false
  end
  return list
end

local function counts(p)
  local n = { ran = 0, cached = 0, cut_off = p.cut, failed = 0, skipped = 0, stopped = 0 }
  for _, state in ipairs(p.state) do
    local name = state == plan.HIT and "cached" or state == plan.DONE and "ran" or state == plan.FAILED and "failed"
      or state == plan.SKIPPED and "skipped" or "stopped"
    n[name] = n[name] + 1
  end
  n.cached = n.cached - n.cut_off
  return n
end
record.counts = counts

local function params_text(params)
  local ok, text = pcall(json.pack, params)
  if ok then return text end
  local shown = {}
  for k, v in next, params do
    local fine, one = pcall(json.pack, v)
    shown[k] = fine and json.unpack(one) or tostring(v)
  end
  return json.pack(shown)
end

local function data_text(t) return t and next(t) ~= nil and params_text(t) or nil end

-- { port, digest } of every wired input; literals come as artifacts.
local function inputs_of(p, node)
  local list, step = {}, node[STEP]
  local function add(port, input)
    local meta = getmetatable(input)
    if meta == graph.FanIn then
      for i = 1, #input do add(port, input[i]) end
    elseif meta == graph.Literal then
      list[#list + 1] = { port, input[2].digest, input[2] }
    else
      local source, k = graph.source(input)
      local outs = p.outs[source[graph.POSITION]]
      list[#list + 1] = { port, #outs == 32 and outs or outs:sub(32 * k - 31, 32 * k) }
    end
  end
  for i, input in ipairs(node[INPUTS]) do add(step.inputs[i].name, input) end
  return list
end

-- The row of one step that ran.
---@param why string why it was no hit
function Recorder:add(p, i, answer, spec, why)
  local node = p.graph.nodes[i]
  local step = node[STEP]
  local outputs = {}
  for k, artifact in ipairs(answer.outputs or {}) do
    local name = step.outputs[k].name
    outputs[k] = { name, artifact, step.outputs[k].options.name or self.prefix .. node[ID] .. "::" .. name }
  end
  local log = answer.log
  if log == "" then log = nil end
  local row = {
    row = 0, node = node[ID], step = step.name, position = i, status = answer.ok and "completed" or "failed", started = answer.started,
    seconds = answer.seconds, key = not answer.stale and p.key[i] or nil, reusable = answer.reusable or false,
    params = params_text(node[PARAMS]), code = spec.code, inputs = inputs_of(p, node), outputs = outputs, reads = answer.reads,
    reason = why, error = answer.error and (answer.trace and answer.trace ~= "" and answer.error .. "\n" .. answer.trace or answer.error),
    log = log, metrics = data_text(answer.metrics), metadata = data_text(answer.metadata),
  }
  self.row_of[i] = row
  self.steps[#self.steps + 1] = row
  if #self.steps >= BATCH or answer.started + answer.seconds - self.written > SECONDS then self:flush(answer.started + answer.seconds) end
end

local function ok_or_fail(session, ok, message, code)
  if not ok then error(setmetatable({ message = message, code = code }, session.Failure), 0) end
  return ok
end

-- Everything so far becomes durable.
function Recorder:flush(now, finish)
  local session = self.session
  ok_or_fail(session, session.store:sync())
  ok_or_fail(session, session.meta:commit(self.run.row, self.steps, finish))
  -- from here on the metadata has the values, and the row's number says it all
  for _, row in ipairs(self.steps) do
    for _, out in ipairs(row.outputs) do self.made[out[2].digest] = nil end
    self.row_of[row.position] = row.row
  end
  self.steps, self.written = {}, now
end

local function finish_of(self, p, status, reason, seconds)
  return { status = status, reason = reason, seconds = seconds, trace = { codes = codes(p), rows = rows(self, p) },
    counts = json.pack(counts(p)) }
end

function Recorder:finish(p, status, reason, seconds) self:flush(0, finish_of(self, p, status, reason, seconds)) end

-- Begins a run.  A run in which all is cached is written at once, with `done`
-- (its seconds), as there is nothing to wait for.
---@param session table
---@param fields table what meta:begin_run takes
---@param p table the plan
---@param done number?
function record.begin(session, fields, p, done)
  local self = setmetatable({ session = session, steps = {}, row_of = {}, made = {}, prefix = fields.pipeline .. "::", written = fields.started }, Recorder)
  if done then fields.finish = finish_of(self, p, "completed", nil, done) end
  local run, message, code = session.meta:begin_run(fields)
  ok_or_fail(session, run, message, code)
  self.run = run
  return self
end

return record
