-- model_marks: the versions of models that an artifact of a run belongs to, for what shows artifacts.
--
--   local marks = model_marks.new()
--   marks(run row, digest)  -> { { model, number, name, stage, kind }... } or nil

local project = require "rille.project"

local model_marks = {}

local answer = project.answer

-- The versions that the run made, shared or used, each with the kinds of its artifacts by their digests.
local function versions_of(run)
  local list
  for _, one in ipairs(answer(project.meta:run_models(run)) or {}) do
    if one.role ~= "read" and not one.deleted then
      list = list or {}
      one.kinds = {}
      for _, link in ipairs(answer(project.meta:model_links(one.id)) or {}) do one.kinds[link.digest] = link.kind end
      list[#list + 1] = one
    end
  end
  return list or false
end

---@return fun(run: integer, digest: string): table[]?
function model_marks.new()
  local by_run = {}
  return function(run, digest)
    if by_run[run] == nil then by_run[run] = versions_of(run) end
    local found
    for _, one in ipairs(by_run[run] or {}) do
      if one.kinds[digest] then
        found = found or {}
        found[#found + 1] = { model = one.model, number = one.number, name = one.name, stage = one.stage,
          kind = one.kinds[digest] }
      end
    end
    return found
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
