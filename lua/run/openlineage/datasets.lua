-- datasets: what a step takes and makes, as datasets of OpenLineage.
--
--     an artifact    namespace: that of the jobs; name: PIPELINE::STEP::OUTPUT, or the name that the port gives
--     a file         namespace "file"; name: its absolute path
-- The version is the digest of the content.  Lineage follows the wires, never equal content.

local artifact_names = require "rille.record.artifact_names"
local folder = require "rille.project.folder"
local code_version = require "rille.run.code_version"
local facets = require "rille.run.openlineage.facets"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local json = require "rille.json"
local observe = require "rille.host.observe"
local paths = require "rille.project.paths"
local project = require "rille.project"

local datasets = {}

local STEP <const>, INPUTS <const>, POSITION <const> = graph.STEP, graph.INPUTS, graph.POSITION

local KINDS <const> = { array = "number", dates = "date", strings = "string" }

-- The columns of a frame, from the member that names them.
local function columns_of(artifact)
  for _, member in ipairs(artifact.members or {}) do
    if member.name == "frame.json" then
      local text = member.bytes or project.store:get(member.digest, member.size)
      local ok, index = pcall(json.unpack, text or "")
      return ok and type(index) == "table" and index.columns or nil
    end
  end
end

local function schema_of(artifact)
  local fields = {}
  for i, column in ipairs(artifact.type == "frame" and columns_of(artifact) or {}) do
    fields[i] = { name = column.name, type = KINDS[column.kind] or column.kind }
  end
  if not fields[1] then fields[1] = { name = "value", type = artifact.type } end
  return facets.new("SchemaDatasetFacet", { fields = json.array(fields) })
end

local function version_of(digest)
  return facets.new("DatasetVersionDatasetFacet", { datasetVersion = hash.hex(digest) })
end

---@class rille.openlineage.datasets
---@field job rille.run.job
---@field namespace string
local Datasets = { __name = "datasets" }
Datasets.__index = Datasets

function datasets.new(job, namespace) return setmetatable({ job = job, namespace = namespace }, Datasets) end

local function artifact_of(self, digest, artifact)
  return artifact or self.job.view:uncommitted(digest) or project.meta:artifact(digest)
end

local function of_artifact(self, name, digest, artifact)
  artifact = artifact_of(self, digest, artifact)
  return { namespace = self.namespace, name = name,
    facets = { version = version_of(digest), schema = artifact and schema_of(artifact) or nil } }, artifact
end

local function of_file(path, digest)
  return { namespace = "file", name = project.resolve(path), facets = { version = digest and version_of(digest) } }
end

local function output_name(self, node, output)
  return (artifact_names.of(self.job.fields.pipeline .. "::", node, node[STEP].outputs[output]))
end

-- The dataset of a literal: a file, an artifact from outside, an item of a list; nil for a value of the script.
local function of_literal(self, literal, digest)
  local value = literal[1]
  if paths.is_file(value) or paths.is_dir(value) then return of_file(value.path, digest) end
  if literal.from then
    local node, output = graph.source(self.job.plan:origin(literal.from))
    -- an item: the list that it is of
    return (of_artifact(self, output_name(self, node, output), self.job.plan:digest(literal.from)))
  end
  local origin = literal.origin
  if not literal.label or not origin or origin.given then return nil end
  return (of_artifact(self, literal.label, digest, literal[2]))
end

-- Datasets, once each: { list = { dataset... }, seen = { [key] = true } }.
local Set = {}
Set.__index = Set

function datasets.set() return setmetatable({ list = {}, seen = {} }, Set) end

-- Adds a dataset; nil is none.
function Set:add(dataset)
  local key = dataset and dataset.namespace .. "\0" .. dataset.name
  if not dataset or self.seen[key] then return end
  self.seen[key] = true
  self.list[#self.list + 1] = dataset
end

-- The datasets that are not in another set.
function Set:without(other)
  local list = {}
  for _, one in ipairs(self.list) do
    if not other.seen[one.namespace .. "\0" .. one.name] then list[#list + 1] = one end
  end
  return list
end

function Set:add_all(list) for _, one in ipairs(list) do self:add(one) end end

-- Is a file that was read code, or a program?
local function is_code(path)
  return code_version.is_code(path) or folder.is_executable(project.resolve(path))
end

-- Adds the files that a step was seen to read.
local function add_reads(set, reads)
  for _, fact in ipairs(reads and observe.describe(reads) or {}) do
    if fact.kind == "file" and not is_code(fact.name) then
      set:add(of_file(fact.name, fact.digest and hash.unhex(fact.digest)))
    end
  end
end

-- What a step took.
---@param position integer
---@param reads string? what it was seen to read, packed
---@return table[] list
function Datasets:inputs(position, reads)
  local set, plan = datasets.set(), self.job.plan
  for _, input in ipairs(plan.graph.nodes[position][INPUTS]) do
    for _, one in ipairs(plan:given(input) or {}) do
      if one[3] then
        set:add((of_artifact(self, output_name(self, plan.graph.nodes[one[3]], one[4]), one[1])))
      elseif one.literal then set:add(of_literal(self, one.literal, one[1])) end
    end
  end
  add_reads(set, reads)
  return set.list
end

local function output(self, node, k, digest)
  local dataset, artifact = of_artifact(self, output_name(self, node, k), digest)
  if artifact then
    dataset.outputFacets = { outputStatistics = facets.new("OutputStatisticsOutputDatasetFacet",
      { size = artifact.size }) }
  end
  return dataset
end

-- What a step made.
---@param position integer
---@return table[] list
function Datasets:outputs(position)
  local set, plan = datasets.set(), self.job.plan
  local digests, node = plan:output_digests(position), plan.graph.nodes[position]
  for k = 1, digests and #node[STEP].outputs or 0 do
    local digest = digests:sub(32 * k - 31, 32 * k)
    if #digest == 32 then set:add(output(self, node, k, digest)) end
  end
  return set.list
end

-- The position of a node.
---@param id string
---@return integer
function Datasets:position(id) return self.job.plan.graph.by_id[id][POSITION] end

return datasets
