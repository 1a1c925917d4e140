-- publish_on_promotion: a version that is moved to a stage is published, where the model registry of the stack says so
-- (its option publish, stages).

local errors = require "rille.base.errors"
local internal_error = require "rille.base.internal_error"
local model_version = require "rille.script.model_version"

local publish_on_promotion = {}

-- The registry that wants versions in that stage, and its name.
local function registry_of(stack, stage)
  local part = stack and stack:parts("model_registry")[1]
  local wanted = part and part.options.publish
  for name in (type(wanted) == "string" and wanted or ""):gmatch "[^%s,]+" do
    if name == stage then return stack:objects("model_registry")[1].object, part.name end
  end
end

local function publish(registry, model, number)
  local row = model_version.model(model)
  return registry:publish(require("rille.query.published_version").of(row, model_version.need(row, number)))
end

-- Publishes a version that was moved to the stage; the sentence about it, nil where nothing is to be done.
---@param stack rille.stack?
---@param model string
---@param number integer
---@param stage string
---@return string? sentence
function publish_on_promotion.moved(stack, model, number, stage)
  local ok, registry, name = internal_error.call(registry_of, stack, stage)
  if internal_error.is(registry) then error(registry, 0) end
  if ok and not registry then return nil end
  local what = string.format("model %s, version %d", model, number)
  local done, why
  if ok then
    ok, done, why = internal_error.call(publish, registry, model, number)
    if internal_error.is(done) then error(done, 0) end
  end
  if ok and done then return string.format("%s: published in %s", what, name) end
  return string.format("%s is not published: %s", what, errors.text_of(not ok and (done or registry) or why, "it"))
end

return publish_on_promotion
