-- own_run_view: what a step or a hook sees of its own run while that runs.
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
local artifact_names = require "rille.record.artifact_names"
local project = require "rille.project"
local small_artifact = require "rille.artifact.small_artifact"
local stored_artifacts = require "rille.record.stored_artifacts"

local own_run_view = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

---@class rille.own_run_view
---@field plan table? once it is made
---@field recorder table of the run (record/record.lua); before the run begins, a table that has recorded nothing
---@field run { id: string?, name: string?, pipeline: string, unlisted: boolean } id and name once the run has begun
local View = { __name = "view of a running run" }
View.__index = View

---@param pipeline string
---@param unlisted boolean
---@return rille.own_run_view
function own_run_view.new(pipeline, unlisted)
  local nothing = { row_of = {}, noted = {}, made = {}, prefix = pipeline .. "::",
    is_written = function() return true end }
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
function View:uncommitted(digest) return small_artifact.with_names(self.recorder.made[digest]) end

-- An artifact by its digest: of this run while it is not committed, else stored.
---@param digest string
---@return Artifact
function View:by_digest(digest) return stored_artifacts.one(digest, self.recorder.made) end

-- The same of many digests.
---@param digests string[]
---@return Artifact[]
function View:by_digests(digests) return stored_artifacts.many(digests, self.recorder.made) end

-- Commits what has ended: the metadata is about to be asked for it.
local function commit(self)
  if not self.recorder:is_written() then self.recorder:commit() end
end

-- Has the node at the position certainly ended while the asker runs?
local function is_before(self, position, asker)
  local g = self.plan.graph
  if self.asker ~= asker or self.n_asked ~= #g.nodes then
    self.asker, self.n_asked, self.before = asker, #g.nodes, graph.ancestors(g, asker)
  end
  return self.before[position] or false
end

-- Why the asker may not see what another step of the same run makes.  `after` names the map of an item, not the item.
local function disorder(self, position, asker, what)
  local node, id = self.plan.graph.nodes[position], self.plan.graph.nodes[asker][ID]
  if graph.comes_from(self.plan.graph, asker, position) then
    return string.format('step "%s" asks for %s, but step "%s" comes after it in this run', id, what, node[ID])
  end
  local item = graph.dynamic_of(node, "item")
  return string.format('step "%s" asks for %s, which step "%s" of this run makes, and nothing says which comes first: '
    .. 'add it to `after`, as in :with { after = { "%s" } }, or take it as an input', id, what, node[ID],
    item and item.of[ID] or node[ID])
end

-- Rows of steps ------------------------------------------------------------------------

-- The number of the step run that made the result of a node, or nil.
local function number_of(self, position)
  local plan, rows = self.plan, self.recorder.row_of
  local row = plan:result_row(position) or rows[plan:same_key_as(position)] or rows[position]
  return math.type(row) == "integer" and row or nil
end

-- The version of its name that an output is or will be: number, row.
local function version_of(self, name, digest)
  if self.run.unlisted then return nil end
  local list = project.answer(project.meta:versions(name))
  local newest = list and list[#list]
  if not newest then return 1 end
  if newest.digest == digest then return newest.number, newest.version_row end
  return newest.number + 1
end

-- Gives an output the name and version that it has in this run.
local function output_of(self, node, k, out)
  local port = node[STEP].outputs[k]
  out.name = port.name
  out.artifact, out.version = nil, nil
  if not self.run.unlisted then
    out.artifact = artifact_names.of(self.recorder.prefix, node, port)
    out.version, out.version_row = version_of(self, out.artifact, out.digest)
  end
  return out
end

-- The row of the step whose hook asks, made from its answer: the row is not written yet.
local function row_of_ended(self, position, ended)
  local node = self.plan.graph.nodes[position]
  local row = { node = node[ID], step = node[STEP].name, position = position,
    status = ended.ok and "completed" or "failed",
    seconds = ended.seconds, error = ended.error, inputs = {}, outputs = {},
    metrics = ended.metrics and json.pack(ended.metrics),
    metadata = ended.metadata and json.pack(ended.metadata),
    notes = (ended.logged or ended.noted) and json.pack { params = ended.logged, outputs = ended.noted } }
  for k, artifact in ipairs(ended.outputs or {}) do
    row.outputs[k] = output_of(self, node, k, { digest = artifact.digest, type = artifact.type, size = artifact.size })
  end
  return row
end

local ENDED <const> = { cached = true, completed = true, failed = true, skipped = true }

local function outcome_of(plan, position)
  local status = plan:status(position)
  return ENDED[status] and status or "pending"
end

local row_of

local function bare_row(node, position, status)
  return { node = node[ID], step = node[STEP].name, position = position, status = status, inputs = {}, outputs = {} }
end

-- The row of a map or a `when`.
local function row_of_virtual(self, position, asker, ended)
  local plan = self.plan
  local node = plan.graph.nodes[position]
  local row = bare_row(node, position, outcome_of(plan, position))
  if graph.dynamic_of(node, "map") then
    row.kind, row.items = "map", {}
    for k, item in ipairs(plan:items_of(position) or {}) do
      row.items[k] = row_of(self, item[graph.POSITION], asker, ended)
    end
    return row
  end
  row.kind = "when"
  local wire = plan:chosen_wire(position)
  local source, output = nil, nil
  if wire then source, output = graph.source(wire) end
  local from = source and row_of(self, source[graph.POSITION], asker, ended)
  if from and from.outputs then row.outputs = { from.outputs[output] } end
  return row
end

-- The row of a node for the asker; unordered: why the asker may not see it.
function row_of(self, position, asker, ended)
  local plan = self.plan
  local node = plan.graph.nodes[position]
  if position == asker then
    return ended and row_of_ended(self, position, ended) or bare_row(node, position, "running")
  end
  if not is_before(self, position, asker) then
    return { node = node[ID], step = node[STEP].name, position = position,
      unordered = disorder(self, position, asker, "its result") }
  end
  if plan:is_virtual(position) then return row_of_virtual(self, position, asker, ended) end
  local number, outcome = number_of(self, position), outcome_of(plan, position)
  local row = number and project.answer(project.meta:step_row(number))
  if not row then return bare_row(node, position, outcome) end
  row.node, row.step, row.position, row.status = node[ID], node[STEP].name, position, outcome
  row.log, row.reads, row.code = nil, nil, nil
  for k, out in ipairs(row.outputs or {}) do output_of(self, node, k, out) end
  return row
end

-- The rows of all steps, in order.
---@param asker integer position of the node that asks
---@param ended table|false its answer, in a hook
---@param run string the id of a run
---@return table[]? rows nil for another run
function View:steps(asker, ended, run)
  if run ~= self.run.id then return nil end
  commit(self)
  local plan, list = self.plan, {}
  for position = 1, plan.graph.wired or #plan.graph.nodes do
    local row = row_of(self, position, asker, ended)
    list[#list + 1] = row
    for _, item in ipairs(row.items or {}) do list[#list + 1] = item end
  end
  return list
end

-- The links that the model version of the asker has by the steps before it.
function View:model_links(asker, ended)
  commit(self)
  return require("rille.record.model_links").so_far(self, asker, ended,
    { is_before = is_before, row_of = row_of, number_of = number_of, disorder = disorder })
end

-- Artifacts that are inputs -----------------------------------------------------------------

-- The name and number of an artifact from outside, and the step run that made it (script/external.lua).
local function origin_of(literal)
  local origin = literal.origin
  local version = origin and origin.version and project.answer(project.meta:version(origin.version))
  local step = origin and origin.source and project.answer(project.meta:step(origin.source, origin.position))
  if not version then return { step_run = step and step.row } end
  return { name = version.name, number = version.number, step_run = step and step.row or version.step_run }
end

local function noted_in(notes, name)
  local all = notes and json.unpack(notes).outputs
  return all and all[name] or {}
end

-- The metadata that the step which made an artifact gave to it.
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
  local plan, position = self.plan, one[3]
  local name = plan.graph.nodes[position][STEP].outputs[one[4]].name
  local noted = self.recorder.noted[not plan:result_row(position) and plan:same_key_as(position) or position]
  if noted ~= nil then return noted and noted[name] or {} end
  local number = number_of(self, position)
  return noted_in(number and project.answer(project.meta:step_row(number)).notes, name)
end

-- The name and version that an artifact has in this run, and the step run that made it.
local function describe(self, one)
  if one.literal then return origin_of(one.literal) end
  local position = one[3]
  local node = self.plan.graph.nodes[position]
  local name = artifact_names.of(self.recorder.prefix, node, node[STEP].outputs[one[4]])
  return { name = name, number = version_of(self, name, one[1]), step_run = number_of(self, position) }
end

local function given(self, node, k, index) return self.plan:given(node[graph.INPUTS][k])[index] end

-- The name, number and step run of the artifact that input k of the asker takes, at a place of its list.
function View:input(asker, _, k, index)
  commit(self)
  return describe(self, given(self, self.plan.graph.nodes[asker], k, index))
end

local FIELDS <const> = { version = "number", name = "name", producer = "step_run" }

-- The fact to record when a step reads a field of such an artifact; nil where there is none.
---@param described table of View:input
---@param field string
---@return string?
function own_run_view.fact(described, field) return FIELDS[field] and tostring(described[FIELDS[field]]) end

-- Does the fact still hold?  rest: "INPUT PLACE FIELD".
function View:holds(recorded, rest, node)
  local k, index, field = rest:match "^(%d+) (%d+) (%l+)$"
  local one = k and given(self, node, math.tointeger(k), math.tointeger(index))
  return one ~= nil and own_run_view.fact(describe(self, one), field) == recorded
end

-- The run: { id, name, pipeline, unlisted }.
function View:identity() return self.run end

-- An artifact that may not be committed yet, or nil.
function View:made(_, _, digest) return self:uncommitted(digest) end

-- Names -----------------------------------------------------------------------------------

-- { [name] = { { position, output }... } } of all outputs of the run.
local function names_of(self)
  local plan = self.plan
  if self.names and self.n_nodes == #plan.graph.nodes then return self.names end
  self.names, self.n_nodes = {}, #plan.graph.nodes
  for position, node in ipairs(plan.graph.nodes) do
    if not plan:is_virtual(position) then
      for k, port in ipairs(node[STEP].outputs) do
        local name = artifact_names.of(self.recorder.prefix, node, port)
        self.names[name] = self.names[name] or {}
        table.insert(self.names[name], { position, k })
      end
    end
  end
  return self.names
end

-- The row of the artifact that has a name in this run, for the asker; nil when no step of this run gives the name; nil
-- and a reason when the asker may not see it.
local function output_named(self, asker, ended, name)
  local held
  for _, one in ipairs(names_of(self)[name] or {}) do
    local position, k = one[1], one[2]
    -- of a step that comes later there is no output yet: the name means an earlier run's
    local first = position == asker and ended and ended.ok or is_before(self, position, asker)
    if not first and position ~= asker and not graph.comes_from(self.plan.graph, asker, position) then
      return nil, disorder(self, position, asker, '"' .. name .. '"')
    end
    if first then
      local row = row_of(self, position, asker, ended)
      if row.outputs[k] then held = { row, k, number_of(self, position) }
      elseif not held and position ~= asker then
        return nil, string.format('step "%s" asks for "%s", but step "%s", which makes it, has no result in this run '
          .. '(it is %s)', self.plan.graph.nodes[asker][ID], name, row.node, row.status)
      end
    end
  end
  if not held then return nil end
  local out = held[1].outputs[held[2]]
  local noted = ended and ended.noted and held[1].position == asker and ended.noted[out.name]
  return { digest = out.digest, name = out.artifact or name, number = out.version, version_row = out.version_row,
    type = out.type, size = out.size,
    step_run = held[3], noted = noted or nil, within = true }
end

-- The versions of a name, this run's last; an earlier version may have been the same artifact.
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
    for _, one_tag in ipairs(port.options.tags or {}) do if one_tag == tag then return true end end
  end
  return false
end

-- Is there such an artifact, and did another run make it?
local function is_of_earlier(self, what)
  local found = project.meta:find_artifact(what)
  local step = found and found.step_run and project.answer(project.meta:step_row(found.step_run))
  return found ~= nil and not (step and step.run and step.run.id == self.run.id)
end

-- The row of the artifact of this run that NAME, NAME@number, NAME@-number or NAME@tag means; nil when it means one of
-- an earlier run; nil and a reason when the asker may not see it.
---@param asker integer
---@param ended table|false
---@param what string
function View:artifact(asker, ended, what)
  commit(self)
  if names_of(self)[what] then return output_named(self, asker, ended, what) end
  local name, which = what:match "^(.*)@([^@]+)$"
  if not name or not names_of(self)[name] then return nil end
  local number = math.tointeger(tonumber(which))
  local own, unordered = output_named(self, asker, ended, name)
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

-- The versions of a name, this run's last; nil when no step of this run gives the name.
---@param asker integer
---@param ended table|false
---@param name string
function View:versions(asker, ended, name)
  commit(self)
  local own, unordered = output_named(self, asker, ended, name)
  if not own then return nil, unordered end
  return versions_with(self, own)
end

return own_run_view
