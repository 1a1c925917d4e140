-- model_links: the models that a run works for, and what it leaves in them.
--
-- Which version of each model is found before the run has a row: one that is not there is an error then.  A new
-- version is made by the commit that ends a completed run, unless the run's artifacts are those of the latest version.
-- A failed or stopped run, an unlisted one and one of some steps (--only) links nothing and makes no version.
--
--   models = model_links.of(pipeline, g, options)    nil where no step has a model
--   models:of(node)            -> { decl, model, version = row | nil for a new one, number, name, stage }
--   models:request(recorder, plan, status)  -> JSON for meta:commit (host/meta/meta_model.h)

local artifact_names = require "rille.record.artifact_names"
local errors = require "rille.base.errors"
local graph = require "rille.graph"
local json = require "rille.json"
local node_order = require "rille.record.node_order"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local sys = require "rille.host.sys"

local model_links = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

---@class rille.run_models
---@field list table[] one for each version of a model
---@field by_name table<string, table>
---@field pipeline ModelDeclaration?
---@field reads table[] { row of a version, how it was named } whose artifacts the run takes
---@field unlisted boolean
local Models = { __name = "models of a run" }
Models.__index = Models

-- Which versions ------------------------------------------------------------------------------

local function refuse_taken(decl)
  local row = project.meta and project.answer(project.meta:model(decl.name))
  local taken = row and project.answer(project.meta:model_version_named(row.id, decl.version))
  if not taken then return end
  errors.at(decl.at, 'model "%s": there is a version "%s" already (number %d); use it with version = "%s" alone, '
    .. "or give the new version another name", decl.name, decl.version,
    project.answer(project.meta:model_version(taken)).number, decl.version)
end

local function entry_of(decl)
  local entry = { decl = decl, model = decl.name }
  if decl.new_version then
    if decl.version then refuse_taken(decl) end
    return entry
  end
  local ok, row = pcall(require("rille.script.model_version").find, decl.name, decl.version or "latest")
  if not ok then
    if type(row) ~= "string" then error(row, 0) end
    errors.at(decl.at, "%s", errors.without_place(row))
  end
  entry.version, entry.number, entry.name, entry.stage = row.id, row.number, row.name, row.stage
  return entry
end

local function key_of(decl)
  return decl.name .. "\0" .. (decl.new_version and "new" or tostring(decl.version or "latest"))
end

-- Adds what a further declaration of the same version says.
local function merge(entry, decl)
  if entry.decl == decl then return end
  if decl.new_version and decl.version and entry.decl.version ~= decl.version then
    errors.at(decl.at, 'model "%s": one run makes one new version of a model, named "%s" here and %s elsewhere',
      decl.name, decl.version, errors.describe(entry.decl.version or nil))
  end
  entry.more = entry.more or {}
  table.insert(entry.more, decl)
end

function Models:entry(decl)
  local key = key_of(decl)
  local entry = self.by_name[key]
  if entry then
    merge(entry, decl)
    return entry
  end
  entry = entry_of(decl)
  self.by_name[key], self.list[#self.list + 1] = entry, entry
  return entry
end

-- The model of a node, or nil.
function Models:of(node)
  local decl = node[STEP].options and node[STEP].options.model or self.pipeline
  return decl and self.by_name[key_of(decl)]
end

-- The versions of models whose artifacts the graph takes from outside.
local function reads_of(g)
  local list
  for _, literal in ipairs(g.externals or {}) do
    local from = literal.origin and literal.origin.model
    if from then
      list = list or {}
      list[#list + 1] = { from.version, from.asked }
    end
  end
  return list
end

-- The models of a run; nil where there are none.
---@param pipeline table
---@param g table
---@param options table of the run
---@return rille.run_models?
function model_links.of(pipeline, g, options)
  local decl, self = options.model or pipeline.model, nil
  local function models()
    self = self or setmetatable({ list = {}, by_name = {}, pipeline = decl, reads = {},
      unlisted = options.unlisted or false }, Models)
    return self
  end
  if decl then models():entry(decl) end
  for _, node in ipairs(g.nodes) do
    local own = node[STEP].options and node[STEP].options.model
    if own then models():entry(own) end
  end
  local reads = reads_of(g)
  if reads then models().reads = reads end
  return self
end

-- What a step sees -----------------------------------------------------------------------------

-- What a request to run the step has of its model; nil where it has none.
function Models:data_of(node)
  local entry = self:of(node)
  if not entry then return nil end
  local name = entry.name or entry.decl.new_version and entry.decl.version or nil
  return { model = entry.model, number = entry.number, name = name, stage = entry.stage, row = entry.version,
    new = entry.version == nil }
end

-- The same for the pipeline's model when the run has ended.
---@param told table[]? what its commit answered, in the order of the list
---@return table?
function Models:at_end(told)
  local entry = self.pipeline and self.by_name[key_of(self.pipeline)]
  for i, one in ipairs(entry and self.list or {}) do
    local is = one == entry and told and told[i] and told[i].is
    if is then
      return { model = entry.model, number = is.number, name = is.name, stage = is.stage, row = is.row, new = false }
    end
  end
  return entry and { model = entry.model, number = entry.number, name = entry.name, stage = entry.stage,
    row = entry.version, new = entry.version == nil }
end

-- What steps asked to deploy: { request, version = { number, stage } | nil: the run left none } ... in the order of the
-- wiring, once the run is committed.
---@param told table[] what its commit answered
---@return { request: table, model: string, version: table? }[]
function Models:deployments(told)
  local list = {}
  for k, entry in ipairs(self.list) do
    local version = told[k] and told[k].is or entry.number and { number = entry.number, stage = entry.stage } or nil
    for _, request in ipairs(entry.deploy or {}) do
      list[#list + 1] = { request = request, model = entry.model, version = version }
    end
  end
  return list
end

-- The same for a step of a past run, as well as its record says.
---@param run integer row
---@param decl ModelDeclaration
---@return table
function model_links.of_past_run(run, decl)
  for _, one in ipairs(project.answer(project.meta:run_models(run)) or {}) do
    if one.model == decl.name and one.role ~= "read" then
      if not one.asked then return { model = decl.name, name = decl.version or nil, new = true } end
      local stage = require("rille.project.stages").is_stage(one.asked) and one.asked or one.stage
      return { model = decl.name, number = one.number, name = one.name, stage = stage, row = one.id, new = false }
    end
  end
  return { model = decl.name, name = decl.new_version and decl.version or nil, new = true }
end

-- The values that a step can ask of its model (execute/model_context.lua), as facts have them.
---@param data table? of data_of
---@param field string
---@return string
function model_links.fact(data, field)
  local v = data and data[field]
  return v == nil and "" or tostring(v)
end

-- The links of an output of the node at i, or why the asker may not see it.
local function link_of(view, i, k, out, step_run)
  local node = view.plan.graph.nodes[i]
  local port = node[STEP].outputs[k]
  local link = { name = artifact_names.of(view.recorder.prefix, node, port), number = 1,
    kind = port.options.kind or "data", within = true }
  if type(out) == "string" then
    link.unordered = out
    return link
  end
  link.digest, link.type, link.size, link.version, link.version_row = out.digest, out.type, out.size, out.version,
    out.version_row
  link.step_run = step_run
  return link
end

-- The links of the asker's model by steps of this run, as meta:model_links gives those of a version.  Of a step that
-- the wiring does not order before or after the asker a link has `unordered`: what to do about it.
---@param view rille.own_run_view
---@param asker integer
---@param ended table|false
---@param see { is_before: function, row_of: function, number_of: function, disorder: function } of the view
---@return table[]
function model_links.so_far(view, asker, ended, see)
  local models, g, list = view.models, view.plan.graph, {}
  local entry = models:of(g.nodes[asker])
  for i, node in ipairs(g.nodes) do
    local counts = models:of(node) == entry and not view.plan:is_virtual(i)
    local seen = counts and (i == asker and ended or see.is_before(view, i, asker))
    if seen then
      local row, step_run = see.row_of(view, i, asker, ended), see.number_of(view, i)
      for k, out in ipairs(row.outputs or {}) do list[#list + 1] = link_of(view, i, k, out, step_run) end
    elseif counts and i ~= asker and not graph.comes_from(g, asker, i) then
      for k in ipairs(node[STEP].outputs) do
        list[#list + 1] = link_of(view, i, k, see.disorder(view, i, asker, "its output"))
      end
    end
  end
  table.sort(list, function(x, y) return x.name < y.name end)
  return list
end

-- The end of a run -------------------------------------------------------------------------------

-- The texts, tags and metadata of all declarations of an entry.
local function said_by(entry)
  local texts, tags, metadata = {}, {}, {}
  local all = { entry.decl, table.unpack(entry.more or {}) }
  for _, decl in ipairs(all) do
    for k, v in next, decl.texts do texts[k] = texts[k] or v end
    for k, v in next, decl.metadata do if metadata[k] == nil then metadata[k] = v end end
    table.move(decl.tags, 1, #decl.tags, #tags + 1, tags)
  end
  return texts, tags, metadata
end

local function new_request(entry)
  local texts, tags, metadata = said_by(entry)
  local decl = entry.decl
  return { model = entry.model, version = entry.version, name = decl.new_version and decl.version or nil,
    asked = not decl.new_version and tostring(decl.version or "latest") or nil,
    fields = texts, tags = json.array(tags), metadata = metadata, steps = {}, links = {}, taken = {}, promote = {},
    deploy = {} }
end

-- The row of the step run whose result a node has; nil where it has none.
local function row_of(recorder, plan, i)
  local row = plan:result_row(i) or recorder.row_of[plan:same_key_as(i)] or recorder.row_of[i]
  if type(row) == "table" then row = row.row end
  local code = outcome.code(plan, i)
  local has_result = code == outcome.COMPLETED or code == outcome.CACHED or code == outcome.CUT_OFF
  return has_result and row and row > 0 and row or nil
end

-- Adds a step and its outputs.
local function add_step(request, recorder, plan, i, row)
  local node = plan.graph.nodes[i]
  request.steps[#request.steps + 1] = { row, node[ID] }
  for k, port in ipairs(node[STEP].outputs) do
    local name = artifact_names.of(recorder.prefix, node, port)
    request.links[#request.links + 1] = { row, k, name, port.options.kind or "data",
      port.options.overwrite == false and 0 or 1, recorder:place_of(i) }
  end
end

-- Adds what a step asked of its model: in this run, or in the one whose result it has.
local function add_asked(request, asked)
  for k, v in next, asked.metadata or {} do request.metadata[k] = v end
  for _, link in ipairs(asked.links or {}) do
    local artifact = project.answer(project.meta:artifact(require("rille.host.hash").unhex(link.digest)))
    if artifact then
      table.insert(request.taken, { artifact.id, link.name, link.kind, link.overwrite == false and 0 or 1 })
    end
  end
  for _, one in ipairs(asked.promote or {}) do
    one.who = sys.user()
    request.promote[#request.promote + 1] = one
  end
  for _, one in ipairs(asked.deploy or {}) do table.insert(request.deploy, one) end
end

local function is_complete(self, plan, status)
  return status == "completed" and not self.unlisted and not plan:is_partial()
end

-- What steps asked of their models, by their rows.
local function asked_by(rows)
  local by_row = {}
  for _, one in ipairs(project.answer(project.meta:step_notes(json.pack(json.array(rows)))) or {}) do
    by_row[one.row] = json.unpack(one.notes).model
  end
  return by_row
end

-- The requests of all models, with the steps that have results, in the order of the wiring.  Nodes that share a result
-- ask one after the other, as if each had run.
local function requests_of(self, recorder, plan)
  local list, by_entry, rows, of = {}, {}, {}, {}
  for k, entry in ipairs(self.list) do
    list[k] = new_request(entry)
    by_entry[entry] = list[k]
  end
  local order, nodes = node_order.of(plan, recorder.place), plan.graph.nodes
  for k = 1, #nodes do
    local i = order and order[k] or k
    local entry = self:of(nodes[i])
    local row = entry and not (plan.graph.dynamic and plan:is_virtual(i)) and row_of(recorder, plan, i)
    if row then
      add_step(by_entry[entry], recorder, plan, i, row)
      rows[#rows + 1], of[#of + 1] = row, by_entry[entry]
    end
  end
  local by_row = asked_by(rows)
  for k, row in ipairs(rows) do
    local asked = by_row[row]
    if asked and asked.of == of[k].model then add_asked(of[k], asked) end
  end
  return list
end

local LISTS <const> = { "steps", "links", "taken", "promote" }

-- What is told of the models of a run that leaves nothing in them.
---@return table[]
function Models:left_alone()
  local list = {}
  for i, entry in ipairs(self.list) do list[i] = { model = entry.model, unlisted = true } end
  return list
end

-- What the run leaves in its models, as JSON.  The rows of its steps are written.
---@param recorder rille.recorder
---@param plan table
---@param status string
---@return string?
function Models:request(recorder, plan, status)
  if self.unlisted then return nil end
  local complete = is_complete(self, plan, status)
  local list = complete and requests_of(self, recorder, plan) or {}
  if not complete then for k, entry in ipairs(self.list) do list[k] = new_request(entry) end end
  for k, request in ipairs(list) do
    self.list[k].deploy, request.deploy = request.deploy, nil          -- done when all is committed
    for _, field in ipairs(LISTS) do request[field] = json.array(request[field]) end
    if next(request.metadata) == nil then request.metadata = nil end
  end
  return json.pack { complete = complete and 1 or 0, reads = json.array(self.reads), models = json.array(list) }
end

local function without_nulls(t)
  for k, v in next, t do
    if v == json.null then t[k] = nil
    elseif type(v) == "table" then without_nulls(v) end
  end
  return t
end

-- The answer of the metadata to a request, as tables: absent is nil.
---@param text string
---@return table[]
function model_links.told(text) return without_nulls(json.unpack(text)) end

return model_links
