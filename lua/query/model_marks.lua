-- model_marks: the versions of models that an artifact of a run belongs to, for what shows artifacts.
--
--   local marks = model_marks.new()
--   marks(run row, digest)  -> { { model, number, name, stage, kind }... } or nil
--   marks(run row, digest, row of the run that took it from outside)
--                           -> the versions that it was taken from, where it was taken from a model

local project = require "rille.project"

local model_marks = {}

local answer = project.answer

-- The versions that the run made, shared or used, or those that it took artifacts from, each with the kinds of its
-- artifacts by their digests.
local function versions_of(run, read)
  local list
  for _, one in ipairs(answer(project.meta:run_models(run)) or {}) do
    if (one.role == "read") == read and not one.deleted then
      list = list or {}
      one.kinds = {}
      for _, link in ipairs(answer(project.meta:model_links(one.id)) or {}) do one.kinds[link.digest] = link.kind end
      list[#list + 1] = one
    end
  end
  return list or false
end

-- Those of the versions that have the artifact.
local function with_artifact(versions, digest)
  local found
  for _, one in ipairs(versions or {}) do
    if one.kinds[digest] then
      found = found or {}
      found[#found + 1] = { model = one.model, number = one.number, name = one.name, stage = one.stage,
        kind = one.kinds[digest] }
    end
  end
  return found
end

---@return fun(run: integer, digest: string, taken_by: integer?): table[]?
function model_marks.new()
  if not project.meta then return function() end end          -- a lineage that is not of a store
  local of_run, read_by = {}, {}
  return function(run, digest, taken_by)
    if taken_by then
      if read_by[taken_by] == nil then read_by[taken_by] = versions_of(taken_by, true) end
      local found = with_artifact(read_by[taken_by], digest)
      if found then return found end
    end
    if of_run[run] == nil then of_run[run] = versions_of(run, false) end
    return with_artifact(of_run[run], digest)
  end
end

-- "model digits 3 (production), digits 2"
---@param found table[]
---@return string
function model_marks.text(found)
  local parts = {}
  for i, one in ipairs(found) do
    parts[i] = one.model .. " " .. one.number .. (one.stage and " (" .. one.stage .. ")" or "")
  end
  return "model " .. table.concat(parts, ", ")
end

return model_marks
