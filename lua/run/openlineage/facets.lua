-- facets: the parts of OpenLineage events (openlineage.io, 2-0-2): what a facet is called, who made it, its fields.

local recorded_code = require "rille.query.recorded_code"

local facets = {}

local SPEC <const> = "https://openlineage.io/spec/"
facets.PRODUCER = "urn:rille:" .. require "rille.base.version"
facets.EVENT_SCHEMA = SPEC .. "2-0-2/OpenLineage.json#/$defs/RunEvent"

-- Facets of the standard, with the version of their schema.
local STANDARD <const> = { ParentRunFacet = "1-0-1", ErrorMessageRunFacet = "1-0-1", ProcessingEngineRunFacet = "1-1-1",
  SourceCodeLocationJobFacet = "1-0-1", JobTypeJobFacet = "2-0-3", DocumentationJobFacet = "1-0-1",
  SchemaDatasetFacet = "1-1-1", DatasetVersionDatasetFacet = "1-0-1", OutputStatisticsOutputDatasetFacet = "1-0-2" }

-- A facet with its own fields.
---@param name string of the standard, or one of rille's own
---@param fields table
---@return table
function facets.new(name, fields)
  local version = STANDARD[name]
  fields._producer = facets.PRODUCER
  fields._schemaURL = version and string.format("%sfacets/%s/%s.json#/$defs/%s", SPEC, version, name, name)
    or "urn:rille:facet:" .. name .. ":1"
  return fields
end

-- An address as a URI: git@host:a/b.git is ssh://git@host/a/b.git.
local function uri_of(address)
  if address:find "^%a[%w+.-]*:" and not address:find "^[^/]*@[^/]*:" then return address end
  local user, host, path = address:match "^([^/@:]+@)([^/:]+):(.*)$"
  if user then return "ssh://" .. user .. host .. "/" .. path:gsub("^/+", "") end
  return "file://" .. address
end

-- Where the code is; nil outside of a repository.
---@param git table? of the run
---@param root string? of the work tree
---@param path string? of the file, relative to it
function facets.source_code(git, root, path)
  if not git then return nil end
  return facets.new("SourceCodeLocationJobFacet", { type = "git", url = uri_of(git.remote or root or "/"),
    version = git.sha, path = path })
end

-- What rille knows of the code beyond that: the pin of a step, uncommitted changes.
---@param git table?
---@param step table?
function facets.code(git, step)
  if not git then return nil end
  return facets.new("RilleCodeRunFacet", { commit = git.sha, dirty = git.dirty,
    pin = step and recorded_code.pin(git, step) or nil })
end

-- "PIPELINE" or "STEP"
function facets.job_type(kind)
  return facets.new("JobTypeJobFacet", { processingType = "BATCH", integration = "RILLE", jobType = kind })
end

function facets.engine()
  return facets.new("ProcessingEngineRunFacet", { name = "rille", version = require "rille.base.version" })
end

---@param message string
function facets.error(message)
  return facets.new("ErrorMessageRunFacet", { message = message, programmingLanguage = "Lua" })
end

return facets
