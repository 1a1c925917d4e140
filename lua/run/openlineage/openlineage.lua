-- openlineage: tells a run and its steps as events of OpenLineage (openlineage.io, 2-0-2), as an observer of the run.
--
-- The run is a START and then a COMPLETE, FAIL or ABORT (stopped) of a job with the pipeline's name; each step that
-- begins or is cached is the same of a job PIPELINE.STEP, whose parent is the run.  Skipped steps have none.

local datasets = require "rille.run.openlineage.datasets"
local facets = require "rille.run.openlineage.facets"
local format = require "rille.base.format"
local graph = require "rille.graph"
local json = require "rille.json"
local project = require "rille.project"
local sink = require "rille.run.openlineage.sink"
local sys = require "rille.host.sys"
local uuid = require "rille.base.uuid"

local openlineage = {}

local STEP <const> = graph.STEP
local ENDS <const> = { completed = "COMPLETE", cached = "COMPLETE", failed = "FAIL", stopped = "ABORT" }

---@class rille.openlineage
---@field sink table
---@field namespace string of the jobs
---@field job rille.run.job
---@field datasets rille.openlineage.datasets
---@field begun table<string, true> ids of steps that have a START
---@field inputs table set of what the steps took
---@field outputs table set of what they made
local Lineage = { __name = "OpenLineage", name = "--openlineage" }
Lineage.__index = Lineage

-- Jobs of one project share a namespace: OPENLINEAGE_NAMESPACE, else the name of the folder that the store is in.
local function namespace_of()
  local named = os.getenv "OPENLINEAGE_NAMESPACE"
  if named and named ~= "" then return named end
  return project.parent_folder():match "[^/]+$" or "rille"
end

local function run_id(run) return uuid.v5("urn:rille:run:" .. run.id) end
local function step_id(run, id) return uuid.v5("urn:rille:run:" .. run.id .. "/" .. id) end

local function put(self, kind, time, run, job, inputs, outputs)
  self.sink:put { eventType = kind, eventTime = format.iso(time), producer = facets.PRODUCER,
    schemaURL = facets.EVENT_SCHEMA, run = run, job = job, inputs = json.array(inputs), outputs = json.array(outputs) }
end

local function root_of(self) return self.job.version and self.job.version.repo.root end

-- Steps --------------------------------------------------------------------------------------

local function step_job(self, run, step)
  local spec = self.job.plan.graph.by_id[step.id][STEP]
  return { namespace = self.namespace, name = run.pipeline .. "." .. step.id,
    facets = { jobType = facets.job_type "STEP", sourceCodeLocation = facets.source_code(run.git, root_of(self)),
      documentation = spec.doc and facets.new("DocumentationJobFacet", { description = spec.doc }) or nil } }
end

-- step.status: nil while it runs
local function step_run(self, run, step)
  return { runId = step_id(run, step.id), facets = {
    parent = facets.new("ParentRunFacet", { run = { runId = run_id(run) },
      job = { namespace = self.namespace, name = run.pipeline } }),
    processing_engine = facets.engine(),
    errorMessage = step.status == "failed" and facets.error(step.error or "it failed") or nil,
    rille_step = facets.new("RilleStepRunFacet", { step = step.step, status = step.status or "running",
      cached = step.status and step.status == "cached", cachedFrom = step.cached_from, reason = step.reason }),
    rille_code = facets.code(run.git, step) } }
end

local function start_step(self, run, step, time, inputs)
  if self.begun[step.id] then return end
  self.begun[step.id] = true
  local begun = { id = step.id, step = step.step }
  put(self, "START", time, step_run(self, run, begun), step_job(self, run, step), inputs, {})
end

function Lineage:step_begin(step, run)
  start_step(self, run, step, sys.now(), self.datasets:inputs(self.datasets:position(step.id)))
end

function Lineage:step_end(step, run)
  local kind = ENDS[step.status]
  if not kind then return end
  local position, now = self.datasets:position(step.id), sys.now()
  local inputs, outputs = self.datasets:inputs(position, step.reads), self.datasets:outputs(position)
  start_step(self, run, step, now, inputs)
  put(self, kind, now, step_run(self, run, step), step_job(self, run, step), inputs, outputs)
  self.inputs:add_all(inputs)
  self.outputs:add_all(outputs)
end

-- Runs ---------------------------------------------------------------------------------------

local function pipeline_job(self, run)
  local doc = self.job.pipeline.doc
  return { namespace = self.namespace, name = run.pipeline,
    facets = { jobType = facets.job_type "PIPELINE", sourceCodeLocation = facets.source_code(run.git, root_of(self)),
      documentation = doc and facets.new("DocumentationJobFacet", { description = doc }) or nil } }
end

local function pipeline_run(run)
  local failed = run.status == "failed" and (run.failed or { error = "it failed" })
  return { runId = run_id(run), facets = { processing_engine = facets.engine(),
    errorMessage = failed
      and facets.error((failed.step and "step " .. failed.step .. ": " or "") .. failed.error) or nil,
    rille_run = facets.new("RilleRunFacet", { id = run.id, name = run.name, number = run.number, stack = run.stack,
      tags = json.array(run.tags or {}), status = run.status, script = run.script }),
    rille_code = facets.code(run.git) } }
end

function Lineage:attach(job) self.job, self.datasets = job, datasets.new(job, self.namespace) end

function Lineage:run_begin(run)
  put(self, "START", run.started, pipeline_run(run), pipeline_job(self, run), {}, {})
end

function Lineage:run_end(run)
  put(self, ENDS[run.status], run.started + (run.seconds or 0), pipeline_run(run), pipeline_job(self, run),
    self.inputs:without(self.outputs), self.outputs.list)
  self.sink:close()
end

-- The observer of a run; nil and a message where the events cannot go there.
---@param where string a path or the address of a service
---@param base string the folder that a relative path starts from
---@return rille.openlineage?, string? message
function openlineage.new(where, base)
  local opened, message = sink.open(where, base)
  if not opened then return nil, message end
  return setmetatable({ sink = opened, namespace = namespace_of(), begun = {}, inputs = datasets.set(),
    outputs = datasets.set() }, Lineage)
end

return openlineage
