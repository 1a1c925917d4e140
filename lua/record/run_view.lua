-- run_view: what a step or a hook sees of its own run while that runs.
--
-- Artifacts and finished steps of this run come before those of earlier runs.  Whether another step has finished is
-- chance, unless the wiring orders the two: a step cannot ask for the output of a step that may still be running,
-- and the message says how to order both.  A hook runs after its own step; `ended` is that step's answer then.
--
-- Every method of a view takes the position of the node that asks and `ended`, and returns plain data, which can be
-- sent to a worker.  Rows are those of the metadata (host/meta/querylib.c); before one is read, everything that has
-- ended is committed.

local graph = require "rille.graph"
local json = require "rille.json"
local output_names = require "rille.record.output_names"
local project = require "rille.project"

local run_view = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

---@class rille.run_view
---@field plan table? once it is made
---@field recorder table of the run (record/record.lua); before the run begins, a table that has recorded nothing
---@field run { id: string?, name: string?, pipeline: string, unlisted: boolean } id and name once the run has begun
local View = { __name = "view of a running run" }
View.__index = View

---@param pipeline string
---@param unlisted boolean
---@return rille.run_view
function run_view.new(pipeline, unlisted)
  local nothing = { row_of = {}, noted = {}, made = {}, prefix = pipeline .. "::", is_written = function() return true end }
  return setmetatable({ recorder = nothing, run = { pipeline = pipeline, unlisted = unlisted } }, View)
end

-- The run has begun: what it records is seen from here on.
---@param recorder table
---@param id string
---@param name string
function View:begin(recorder, id, name)
  self.recorder, self.run.id, self.run.name = recorder, id, name
end

-- An artifact of this run that may not be committed yet, or nil.
---@param digest string
---@return table?
function View:uncommitted(digest) return self.recorder.made[digest] end

-- Commits what has ended: the metadata is about to be asked for it.
local function commit(self)
  if not self.recorder:is_written() then self.recorder:commit() end
end

-- Has node i ended for sure when the one at j runs?
local function is_before(self, i, j)
  local g = self.plan.graph
  if self.asker ~= j or self.n_asked ~= #g.nodes then
    self.asker, self.n_asked, self.before = j, #g.nodes, graph.ancestors(g, j)
  end
  return self.before[i] or false
end

-- Why step j may not see what step i of the same run makes.  An item has no name in
-- `after`: its map has.
local function disorder(self, i, j, what)
  local node, id = self.plan.graph.nodes[i], self.plan.graph.nodes[j][ID]
  if graph.comes_from(self.plan.graph, j, i) then
    return string.format('step "%s" asks for %s, but step "%s" comes after it in this run', id, what, node[ID])
  end
  local item = graph.dynamic_of(node, "item")
  return string.format('step "%s" asks for %s, which step "%s" of this run makes, and nothing says which comes first: add it to `after`, as in :with { after = { "%s" } }, or take it as an input',
    id, what, node[ID], item and item.of[ID] or node[ID])
end

-- Rows of steps ------------------------------------------------------------------------

-- The number of the step run that node i has its result from, or nil.
local function number_of(self, i)
  local p, rows = self.plan, self.recorder.row_of
  local row = p:result_row(i) or rows[p:same_key_as(i)] or rows[i]
  return math.type(row) == "integer" and row or nil
end

-- The version that an output is or will be of its name: number, row.
local function version_of(self, name, digest)
  if self.run.unlisted then return nil end
  local list = project.answer(project.meta:versions(name))
  local newest = list and list[#list]
  if not newest then return 1 end
  if newest.digest == digest then return newest.number, newest.version_row end
  return newest.number + 1
end

-- An output of a node as the run has it, with the name that it has here.
local function output_of(self, node, k, out)
  local port = node[STEP].outputs[k]
  out.name = port.name
  out.artifact, out.version = nil, nil
  if not self.run.unlisted then
    out.artifact = output_names.of(self.recorder.prefix, node, port)
    out.version, out.version_row = version_of(self, out.artifact, out.digest)
  end
  return out
end

-- The row of the step whose hook asks; it is not written yet.
local function row_of_ended(self, i, ended)
  local node = self.plan.graph.nodes[i]
  local row = { node = node[ID], step = node[STEP].name, position = i, status = ended.ok and "completed" or "failed", seconds = ended.seconds,
    error = ended.error, inputs = {}, outputs = {}, metrics = ended.metrics and json.pack(ended.metrics), metadata = ended.metadata and json.pack(ended.metadata),
    notes = (ended.logged or ended.noted) and json.pack { params = ended.logged, outputs = ended.noted } }
  for k, artifact in ipairs(ended.outputs or {}) do
    row.outputs[k] = output_of(self, node, k, { digest = artifact.digest, type = artifact.type, size = artifact.size })
  end
  return row
end

local ENDED <const> = { cached = true, completed = true, failed = true, skipped = true }

local function outcome_of(p, i)
  local status = p:status(i)
  return ENDED[status] and status or "pending"
end

local row_of

-- Rows of what stands for others: a map, a `when`.
local function row_of_virtual(self, i, j, ended)
  local p = self.plan
  local node = p.graph.nodes[i]
  local row = { node = node[ID], step = node[STEP].name, position = i, status = outcome_of(p, i), inputs = {}, outputs = {} }
  if graph.dynamic_of(node, "map") then
    row.kind, row.items = "map", {}
    for k, item in ipairs(p:items_of(i) or {}) do row.items[k] = row_of(self, item[graph.POSITION], j, ended) end
    return row
  end
  row.kind = "when"
  local wire = p:chosen_wire(i)
  local source, output = nil, nil
  if wire then source, output = graph.source(wire) end
  local from = source and row_of(self, source[graph.POSITION], j, ended)
  if from and from.outputs then row.outputs = { from.outputs[output] } end
  return row
end

-- The row of node i for the one at j that asks; with `unordered` when it may not.
function row_of(self, i, j, ended)
  local p = self.plan
  local node = p.graph.nodes[i]
  if i == j then
    return ended and row_of_ended(self, i, ended) or { node = node[ID], step = node[STEP].name, position = i, status = "running", inputs = {}, outputs = {} }
  end
  if not is_before(self, i, j) then
    return { node = node[ID], step = node[STEP].name, position = i, unordered = disorder(self, i, j, "its result") }
  end
  if p:is_virtual(i) then return row_of_virtual(self, i, j, ended) end
  local number, outcome = number_of(self, i), outcome_of(p, i)
  local row = number and project.answer(project.meta:step_row(number))
  if not row then return { node = node[ID], step = node[STEP].name, position = i, status = outcome, inputs = {}, outputs = {} } end
  row.node, row.step, row.position, row.status, row.log, row.reads, row.code = node[ID], node[STEP].name, i, outcome, nil, nil, nil
  for k, out in ipairs(row.outputs or {}) do output_of(self, node, k, out) end
  return row
end

-- The rows of all steps, in order.
---@param j integer position of the node that asks
---@param ended table|false its answer, in a hook
---@param run string the id of a run
---@return table[]? rows nil when it is another run
function View:steps(j, ended, run)
  if run ~= self.run.id then return nil end
  commit(self)
  local p, list = self.plan, {}
  for i = 1, p.graph.wired or #p.graph.nodes do
    local row = row_of(self, i, j, ended)
    list[#list + 1] = row
    for _, item in ipairs(row.items or {}) do list[#list + 1] = item end
  end
  return list
end

-- Artifacts that inputs are handed ---------------------------------------------------------

-- The step run that made one from outside, by its origin (external.lua); and its name.
local function origin_of(literal)
  local origin = literal.origin
  local version = origin and origin.version and project.answer(project.meta:version(origin.version))
  if version then return version end
  local step = origin and origin.source and project.answer(project.meta:step(origin.source, origin.position))
  return { step_run = step and step.row }
end

local function noted_in(notes, name)
  local all = notes and json.unpack(notes).outputs
  return all and all[name] or {}
end

-- What the step that made it said of it.
---@param one table of Plan:given
---@return table
function View:noted(one)
  if one.literal then
    local number = origin_of(one.literal).step_run
    local step = number and project.answer(project.meta:step_row(number))
    for _, out in ipairs(step and step.outputs or {}) do
      if out.digest == one[1] then return noted_in(step.notes, out.name) end
    end
    return {}
  end
  local p, i = self.plan, one[3]
  local name = p.graph.nodes[i][STEP].outputs[one[4]].name
  local told = self.recorder.noted[not p:result_row(i) and p:same_key_as(i) or i]
  if told ~= nil then return told and told[name] or {} end
  local number = number_of(self, i)
  return noted_in(number and project.answer(project.meta:step_row(number)).notes, name)
end

-- The name and version that it has in this run, and the step run that made it.
local function describe(self, one)
  if one.literal then return origin_of(one.literal) end
  local i = one[3]
  local node = self.plan.graph.nodes[i]
  local name = output_names.of(self.recorder.prefix, node, node[STEP].outputs[one[4]])
  return { name = name, number = version_of(self, name, one[1]), step_run = number_of(self, i) }
end

local function given(self, node, k, index) return self.plan:given(node[graph.INPUTS][k])[index] end

-- Of the artifact that input k of the node that asks is handed, at that place in a list.
function View:input(j, _, k, index)
  commit(self)
  return describe(self, given(self, self.plan.graph.nodes[j], k, index))
end

local FIELDS <const> = { version = "number", name = "name", producer = "step_run" }

-- A fact about such an artifact, for a step that read the field; nil: it has none.
function run_view.fact(told, field) return FIELDS[field] and tostring(told[FIELDS[field]]) end

-- Is what a step read of it so still?  rest: "INPUT PLACE FIELD".
function View:holds(recorded, rest, node)
  local k, index, field = rest:match "^(%d+) (%d+) (%l+)$"
  local one = k and given(self, node, math.tointeger(k), math.tointeger(index))
  return one ~= nil and run_view.fact(describe(self, one), field) == recorded
end

-- The run itself.
function View:identity() return self.run end

-- An artifact that may not be committed yet, or nil.
function View:made(_, _, digest) return self.recorder.made[digest] end

-- Names -----------------------------------------------------------------------------------

-- { [name] = { { position, output }... } } of all that the run makes.
local function names_of(self)
  local p = self.plan
  if self.names and self.n_nodes == #p.graph.nodes then return self.names end
  self.names, self.n_nodes = {}, #p.graph.nodes
  for i, node in ipairs(p.graph.nodes) do
    if not p:is_virtual(i) then
      for k, port in ipairs(node[STEP].outputs) do
        local name = output_names.of(self.recorder.prefix, node, port)
        self.names[name] = self.names[name] or {}
        table.insert(self.names[name], { i, k })
      end
    end
  end
  return self.names
end

-- The output that the name leads to here, for the node at j: its artifact's row; nil
-- when this run makes none of that name for it; nil and why it may not ask.
local function output_named(self, j, ended, name)
  local held
  for _, one in ipairs(names_of(self)[name] or {}) do
    local i, k = one[1], one[2]
    -- what comes later is not there yet: the name leads to an earlier run's
    local first = i == j and ended and ended.ok or is_before(self, i, j)
    if not first and i ~= j and not graph.comes_from(self.plan.graph, j, i) then return nil, disorder(self, i, j, '"' .. name .. '"') end
    if first then
      local row = row_of(self, i, j, ended)
      if row.outputs[k] then held = { row, k, number_of(self, i) }
      elseif not held and i ~= j then
        return nil, string.format('step "%s" asks for "%s", but step "%s", which makes it, has no result in this run (it is %s)', self.plan.graph.nodes[j][ID], name,
          row.node, row.status)
      end
    end
  end
  if not held then return nil end
  local out = held[1].outputs[held[2]]
  local noted = ended and ended.noted and held[1].position == j and ended.noted[out.name]
  return { digest = out.digest, name = out.artifact or name, number = out.version, version_row = out.version_row, type = out.type, size = out.size,
    step_run = held[3], noted = noted or nil, within = true }
end

-- The versions of a name with this run's last, which may have been one before.
local function versions_with(self, own)
  local list = project.answer(project.meta:versions(own.name)) or {}
  local newest = list[#list]
  if newest and newest.digest == own.digest then list[#list] = nil end
  own.run = { id = self.run.id, name = self.run.name }
  list[#list + 1] = own
  return list
end

local function has_tag(self, own, tag)
  for _, one in ipairs(names_of(self)[own.name] or {}) do
    local port = self.plan.graph.nodes[one[1]][STEP].outputs[one[2]]
    for _, given in ipairs(port.options.tags or {}) do if given == tag then return true end end
  end
  return false
end

-- Is there such an artifact, and another run's?
local function is_of_earlier(self, what)
  local found = project.meta:find_artifact(what)
  local step = found and found.step_run and project.answer(project.meta:step_row(found.step_run))
  return found ~= nil and not (step and step.run and step.run.id == self.run.id)
end

-- NAME, NAME@number, NAME@-number or NAME@tag: the row of the artifact that it leads to
-- in this run; nil when it leads elsewhere; nil and why it may not be asked for.
---@param j integer
---@param ended table|false
---@param what string
function View:artifact(j, ended, what)
  commit(self)
  if names_of(self)[what] then return output_named(self, j, ended, what) end
  local name, which = what:match "^(.*)@([^@]+)$"
  if not name or not names_of(self)[name] then return nil end
  local number = math.tointeger(tonumber(which))
  local own, unordered = output_named(self, j, ended, name)
  if not own then
    -- a version of earlier runs stays what it is, whatever this one makes
    if unordered and number and number > 0 and is_of_earlier(self, what) then return nil end
    return nil, unordered
  end
  if number and number < 0 then
    local list = versions_with(self, own)
    return list[#list + 1 + number]
  end
  if number and number == own.number or not number and has_tag(self, own, which) then return own end
  return nil
end

-- The versions of a name, this run's last; nil when it makes none of that name.
---@param j integer
---@param ended table|false
---@param name string
function View:versions(j, ended, name)
  commit(self)
  local own, unordered = output_named(self, j, ended, name)
  if not own then return nil, unordered end
  return versions_with(self, own)
end

return run_view
