-- model_text: what a run left in its models, and what became of stages, as lines for people.

local format = require "rille.base.format"

local model_text = {}

local ROLES <const> = { made = "new", shared = "unchanged artifacts", used = nil }

-- Why a run makes no version, by its status.
local NOT_MADE <const> = { completed = "the run has only some of the steps", failed = "the run failed",
  stopped = "the run was stopped" }

-- "3", "3 (champion)"
local function version_text(number, name) return name and string.format("%d (%s)", number, name) or tostring(number) end

-- What became of a request for a stage.
---@param move table of host/meta/meta_model.h
---@return string? nil: nothing to tell
function model_text.move(move)
  local why = move.reason and ": " .. move.reason or ""
  if move.outcome == "promoted" then
    return string.format("%s %s%s%s", "moved to", move.stage or "none", why,
      move.displaced and string.format("; version %d is archived", move.displaced) or "")
  end
  if move.outcome == "kept" then return string.format("not moved to %s%s", move.stage, why) end
  if move.outcome == "already" and move.stage then
    return move.stage == "archived" and "is archived already" or "is already in " .. move.stage
  end
end

local function head(one, status)
  local is, words = one.is, {}
  words[#words + 1] = ROLES[one.role]
  if is.stage then words[#words + 1] = "in " .. is.stage end
  words[#words + 1] = one.incomplete and "nothing is linked: " .. NOT_MADE[status]
    or format.plural(is.links, "artifact")
  return string.format("  model     %s  version %s, %s", one.model, version_text(is.number, is.name),
    table.concat(words, ", "))
end

---@param told table[]? what the commit of the run answered
---@param status string of the run
---@return string[] lines
function model_text.lines(told, status)
  local lines = {}
  for _, one in ipairs(told or {}) do
    if one.is then
      lines[#lines + 1] = head(one, status)
      if one.is.unnamed then
        lines[#lines + 1] = string.format('            it has no name: another run made version "%s" meanwhile',
          one.is.unnamed)
      end
      for _, move in ipairs(one.promoted) do
        local text = move.outcome ~= "already" and model_text.move(move)
        text = text and "            " .. text
        -- the items of a map may all ask for the same
        if text and text ~= lines[#lines] then lines[#lines + 1] = text end
      end
    elseif one.gone then
      lines[#lines + 1] = string.format("  model     %s  its version was deleted during the run; nothing is linked",
        one.model)
    else
      local why = one.unlisted and "the run is unlisted" or NOT_MADE[status] or status
      lines[#lines + 1] = string.format("  model     %s  no new version: %s", one.model, why)
    end
  end
  return lines
end

return model_text
