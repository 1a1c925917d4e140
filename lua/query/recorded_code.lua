-- recorded_code: the commit of a run's code and the pins of its steps, for people and for --json
-- (run/code_version.lua has what is recorded).

local json = require "rille.json"

local recorded_code = {}

local SHORT <const> = 10        -- digits of a commit that people see

-- The beginning of a commit.
---@param sha string
---@return string
function recorded_code.short(sha) return sha:sub(1, SHORT) end

-- The recorded version of a run's code, or nil.
---@param row table of the run
---@return table?
function recorded_code.recorded(row) return row.git and json.unpack(row.git) or nil end

-- The commit in a line: "e4d3808dee", "e4d3808dee, with uncommitted changes (steps/helper.lua)".
---@param git table?
---@return string?
function recorded_code.commit(git)
  if not git then return nil end
  local text = recorded_code.short(git.sha)
  if git.dirty then text = text .. ", with uncommitted changes" .. (git.why and " (" .. git.why .. ")" or "")
  elseif git.past then text = text .. " (run --at)"
  elseif git.dirty == nil then text = text .. ", not known whether all changes were committed" end
  return git.remote and text .. "  " .. git.remote or text
end

local function holds(list, ...)
  for _, own in ipairs(list or {}) do
    for _, name in ipairs { ... } do if own == name then return true end end
  end
  return false
end

-- The module that a step is of.  The item of a map, ID[i], is of that of the map.
local function module_of(git, step)
  local rest
  for _, module in ipairs(git.modules or {}) do
    if holds(module.nodes, step.id, (step.id:gsub("%[%d+%]$", ""))) then return module end
  end
  for _, module in ipairs(git.modules or {}) do
    if not module.steps then rest = module end
    if holds(module.steps, step.step) then return module end
  end
  return rest
end

-- The pin of a step, module.step@commit; nil and the file that stands against it, or nothing where there is no commit.
---@param git table? of the run
---@param step { id: string, step: string, kind: string? }
---@return string? pin, string? why
function recorded_code.pin(git, step)
  -- the engine's own steps
  if step.kind == "map" or step.kind == "when" then
    return "rille." .. step.kind .. "@" .. require "rille.base.version"
  end
  local module = git and module_of(git, step)
  if not module then return nil end
  if module.uncommitted then return nil, module.uncommitted end
  return module.name .. "." .. step.step .. "@" .. (module.sha or git.sha)
end

-- What a run says at its end where steps are not pinned; nil where all are.
---@param git table?
---@return string?
function recorded_code.warning(git)
  local files, n = {}, 0
  for _, module in ipairs(git and git.modules or {}) do
    if module.uncommitted and not files[module.uncommitted] then
      files[module.uncommitted], n = true, n + 1
      files[n] = module.uncommitted
    end
  end
  if n == 0 then return nil end
  return string.format("not committed: %s%s; steps of %s folder are not pinned to a commit", files[1],
    n > 1 and string.format(" and %d more", n - 1) or "", n == 1 and "its" or "their")
end

return recorded_code
