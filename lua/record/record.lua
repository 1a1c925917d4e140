-- record: what a run leaves behind.  It turns the events of a run into rows and
-- writes them: bytes, then names (one group sync), then rows (one commit), then
-- the message to the user.
--
-- A recorder is { steps (rows not yet written), later_ones (what rows are yet to be
-- made of), written (the time of the last commit), row_of (by position), place }.  The positions of what is written are
-- those of the spec that is kept of the wiring: place[position of a node] where
-- `define` has the nodes in another order, else nil.

local graph = require "rille.graph"
local host = require "rille.host.graph"
local json = require "rille.json"
local output_names = require "rille.record.output_names"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local record = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const>, POSITION <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS, graph.POSITION
local COMPLETED <const>, CACHED <const>, FAILED <const>, SKIPPED <const>, STOPPED <const>, CUT_OFF <const> = 1, 2, 3, 4, 5, 6
record.STATUS = { [0] = "pending", "completed", "cached", "failed", "skipped", "stopped", "cached" }

local BATCH <const>, SECONDS <const> = 4096, 0.9    -- a commit at the latest after so much
local WAITING <const> = 256                         -- rows that are put off, at most
local KEPT <const>, SMALL <const> = 16384, 64       -- artifacts that stay at hand after it, and their size at most

local Recorder = { __name = "recorder" }
Recorder.__index = Recorder

-- What became of a node, as the trace's code.
local function code_of(p, i)
  local state = p:status(i)
  if state == "cached" then return p:is_cut_off(i) and CUT_OFF or CACHED end
  if not p:is_selected(i) and (state == "waiting" or state == "ready") then return SKIPPED end
  return state == "completed" and COMPLETED or state == "failed" and FAILED or state == "skipped" and SKIPPED or STOPPED
end

-- The trace of a plan: its codes, and its rows: numbers of step runs, or StepRows
-- of this run.
local function trace_of(self, p)
  local codes, rows, place = {}, {}, self.place
  for i = 1, #p.graph.nodes do
    local row = p:result_row(i)
    if not row then
      row = self.row_of[p:same_key_as(i)] or self.row_of[i] or false
    end
    local at = place and place[i] or i
    codes[at], rows[at] = code_of(p, i), row
  end
  return { codes = codes, rows = rows }
end

local NAMES <const> = { [COMPLETED] = "ran", [CACHED] = "cached", [FAILED] = "failed", [SKIPPED] = "skipped", [STOPPED] = "stopped", [CUT_OFF] = "cut_off" }

-- How many nodes came to what, from the codes or, while there are none, the plan.
local function counts(p, codes, place)
  local n, found, dynamic = {}, { 0, 0, 0, 0, 0, 0 }, p.graph.dynamic
  for i = 1, #p.graph.nodes do
    local code = codes and codes[place and place[i] or i] or code_of(p, i)
    if not (dynamic and p:is_virtual(i)) then found[code] = found[code] + 1 end
  end
  for code, name in next, NAMES do n[name] = found[code] end
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

-- What else the step said: parameters of its own choice, metadata of outputs; and what
-- is in its key of artifacts that inputs were handed: what their steps said of them.
-- What it printed, and what is said of commands that it started; nil for nothing.
local function log_of(answer)
  local log, lines = answer.log or "", {}
  for i, text in ipairs(answer.ended or {}) do lines[i] = "note: " .. text .. "\n" end
  if #lines > 0 and log ~= "" and log:sub(-1) ~= "\n" then log = log .. "\n" end
  log = log .. table.concat(lines)
  return log ~= "" and log or nil
end

local function notes_text(p, node, answer)
  local inputs
  for i, port in ipairs(node[STEP].inputs) do
    if types.takes_artifact(port.type) then
      inputs = inputs or {}
      inputs[port.name] = {}
      for k, one in ipairs(p:given(node[INPUTS][i]) or {}) do inputs[port.name][k] = p.world.noted(one) end
    end
  end
  if not answer.logged and not answer.noted and not inputs then return nil end
  return json.pack { params = answer.logged, outputs = answer.noted, inputs = inputs }
end

-- The step run of another run whose result the node at the position has, or nil.
local function taken_from(p, i) return p:result_row(i) end

-- { port, digest, artifact, whole, source } of every wired input; literals and items
-- of lists come as artifacts, items with the list that they are from.
local function inputs_of(p, node)
  local list, step = {}, node[STEP]
  for i, input in ipairs(node[INPUTS]) do
    local port = step.inputs[i].name
    for _, one in ipairs(p:given(input) or {}) do list[#list + 1] = { port, one[1], one[2], false, one[3] and taken_from(p, one[3]) } end
    local from = getmetatable(input) == graph.Literal and input.from
    if from and p:digest(from) then list[#list + 1] = { port, p:digest(from), nil, true, taken_from(p, graph.source(p:origin(from))[POSITION]) } end
  end
  return list
end

local function status_of(answer) return answer.ok and "completed" or answer.stopped and "stopped" or "failed" end

local function error_of(answer)
  return answer.trace and answer.trace ~= "" and answer.error .. "\n" .. answer.trace or answer.error
end

-- The attempts before the last one, oldest first.
local function attempts_of(answer)
  if not answer.attempts then return nil end
  local list = {}
  for k, one in ipairs(answer.attempts) do
    list[k] = { started = one.started, seconds = one.seconds, error = error_of(one), log = one.log ~= "" and one.log or nil }
  end
  return list
end

-- The row of one step that ran.
---@param why string why it was no hit
function Recorder:add(p, i, answer, spec, why)
  local node = p.graph.nodes[i]
  local step = node[STEP]
  local outputs = {}
  for k, artifact in ipairs(answer.outputs or {}) do
    local port = step.outputs[k]
    if self.unlisted then outputs[k] = { port.name, artifact }
    else
      local name, tags, own = output_names.of(self.prefix, node, port)
      outputs[k] = { port.name, artifact, not (own and self.told.shared[name]) and name or nil, tags, own }
    end
  end
  local row = {
    row = 0, node = node[ID], step = step.name, position = self.place and self.place[i] or i, status = status_of(answer), started = answer.started,
    seconds = answer.seconds, key = not answer.stale and p:key(i) or nil, reusable = answer.reusable or false,
    params = params_text(node[PARAMS]), code = spec.code, inputs = inputs_of(p, node), outputs = outputs, reads = answer.reads,
    reason = why, error = error_of(answer), attempts = attempts_of(answer), log = log_of(answer), metrics = data_text(answer.metrics),
    metadata = data_text(answer.metadata), notes = notes_text(p, node, answer),
  }
  self.row_of[i], self.nodes[row] = row, i
  self.steps[#self.steps + 1] = row
  if #self.steps >= BATCH then self:flush() end
end

-- The same when there is time: until then nobody asks for the row.
function Recorder:later(...)
  local n = self.waiting + 1
  self.waiting, self.later_ones[n] = n, table.pack(...)
  if n >= WAITING then self:catch_up() end
end

-- What was left for later.
function Recorder:catch_up()
  local list, n = self.later_ones, self.waiting
  if n == 0 then return end
  self.waiting = 0
  for k = 1, n do
    local one = list[k]
    list[k] = nil
    self:add(table.unpack(one, 1, one.n))
  end
end

-- The row of one that was skipped, as the step at `cause` failed.
function Recorder:add_skipped(p, i, cause)
  self:catch_up()
  local node = p.graph.nodes[i]
  local row = { row = 0, node = node[ID], step = node[STEP].name, position = self.place and self.place[i] or i, status = "skipped", params = params_text(node[PARAMS]), inputs = {}, outputs = {},
    reason = "needs " .. p.graph.nodes[cause][ID] .. ", which failed" }
  self.row_of[i], self.nodes[row] = row, i
  self.steps[#self.steps + 1] = row
end

local function ok_or_fail(session, ok, message, code)
  if not ok then error(setmetatable({ message = message, code = code }, session.Failure), 0) end
  return ok
end

-- Everything so far becomes durable.
function Recorder:flush(finish)
  local session = self.session
  ok_or_fail(session, session.store:sync())
  ok_or_fail(session, session.meta:commit(self.run.row, self.steps, finish))
  -- from here on the metadata has the values, and the row's number says it all;
  -- small values stay at hand for the steps that read them
  for _, row in ipairs(self.steps) do
    for _, out in ipairs(row.outputs) do
      local artifact = out[2]
      if self.kept < KEPT and artifact.size <= SMALL and not artifact.members[2] then self.kept = self.kept + 1
      else self.made[artifact.digest] = nil end
    end
    self.row_of[self.nodes[row]] = row.row
  end
  self.steps, self.nodes, self.written = {}, {}, sys.mono()
end

-- The same with what was left for later.
function Recorder:commit()
  self:catch_up()
  self:flush()
end

-- Is everything that ended durable?
function Recorder:is_written() return self.waiting == 0 and self.steps[1] == nil end

-- In how many seconds what has ended is to be committed, whatever happens until then;
-- nil when all of it is.  What waits ended after the last commit, so that it waits for
-- less than a second, and there is about one commit a second.
---@return number?
function Recorder:due() return not self:is_written() and self.written + SECONDS - sys.mono() or nil end

local function finish_of(self, p, status, reason, seconds)
  local trace, expansion = trace_of(self, p), p:describe_dynamic(self.place)
  return { expansion = expansion and json.pack(expansion) or nil, status = status, reason = reason, seconds = seconds, trace = trace,
    counts = json.pack(counts(p, trace.codes, self.place)), naming = not self.unlisted and output_names.at_end(p, self.prefix, self.told, self.place) or nil }
end

function Recorder:finish(p, status, reason, seconds)
  self.finished = true
  self:catch_up()
  self:flush(finish_of(self, p, status, reason, seconds))
  self.done = true
end

-- The end of a run that an error broke off; as much as can be recorded is.
---@param reason string
function Recorder:give_up(p, reason)
  if self.done then return end
  if self.finished or not pcall(self.finish, self, p, "failed", reason, 0) then
    self.steps, self.nodes, self.waiting = {}, {}, 0
    pcall(self.flush, self, { status = "failed", reason = reason, seconds = 0, counts = "{}" })
  end
end

-- Where the spec that is kept of the wiring has the nodes, by their positions; nil
-- when in their order, or when none is kept.  That spec is the run's, then.
local function places_of(session, fields, g)
  local kept = session.meta:wiring(fields.pipeline, fields.spec_hash)
  if not kept or kept == fields.spec then return nil end
  local place, nodes = {}, host.read(kept)
  for at, node in ipairs(nodes) do
    local own = g.by_id[node.id]
    if not own then return nil end
    place[own[POSITION]] = at
  end
  if #nodes ~= (g.wired or #g.nodes) then return nil end
  fields.spec = kept
  -- the items of maps follow
  for i = #nodes + 1, #g.nodes do place[i] = i end
  return setmetatable(place, { __index = function(_, i) return i end })
end

-- Begins a run.  A run in which all is cached is written at once, with `done`
-- (its seconds), as there is nothing to wait for.
---@param session table
---@param fields table what meta:begin_run takes
---@param p table the plan
---@param done number?
function record.begin(session, fields, p, done)
  local self = setmetatable({ session = session, steps = {}, nodes = {}, row_of = {}, noted = {}, made = {}, kept = 0, later_ones = {}, waiting = 0, prefix = fields.pipeline .. "::",
    written = sys.mono(), unlisted = fields.unlisted, place = places_of(session, fields, p.graph), told = output_names.declared(p.graph) }, Recorder)
  fields.naming = self.told.text
  if done then fields.finish = finish_of(self, p, "completed", nil, done) end
  local run, message, code = session.meta:begin_run(fields)
  ok_or_fail(session, run, message, code)
  self.run, self.done = run, done ~= nil
  return self
end

return record
