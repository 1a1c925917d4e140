-- of_value: the drawing of what rille.show is given: a run, a step of one, an artifact, a
-- pipeline.

local errors = require "rille.base.errors"
local history = require "rille.query.history"
local pipelines = require "rille.script.pipeline"

local of_value = {}

---@param value any
---@return Drawing
function of_value.draw(value)
  local class = type(value) == "table" and debug.getmetatable(value)
  if class == history.Run then return require("rille.show.draw.from_run").of_run(value) end
  if class == history.Step then return require("rille.show.draw.from_run").of_step(value) end
  if class == history.Artifact then return require("rille.show.draw.from_lineage").of_artifact(value) end
  if pipelines.is_pipeline(value) then return require("rille.show.draw.from_plan").of_pipeline(value) end
  errors.raise("rille.show: expected a run, a step of one, an artifact or a pipeline, found %s",
    errors.describe(value))
end

return of_value
