-- did_you_mean: what to say of a run, an artifact or a step that the store does not
-- have: the name that was probably meant.

local project = require "rille.project"
local suggest = require "rille.base.suggest"
local unfinished_run = require "rille.record.unfinished_run"

local did_you_mean = {}

local RECENT <const> = 200      -- runs, and names of artifacts, that are looked through
local MOST <const> = 10000      -- names of artifacts in which the end of one is looked for

-- `; did you mean "x"?`, or nothing: a list of all that there is would be long.
local function hint(name, names)
  local near = suggest.nearest(name, names)
  return near and string.format("; did you mean %q?", near) or ""
end

local function run_names()
  local names = {}
  for i, row in ipairs(project.meta:runs { limit = RECENT } or {}) do names[i] = row.name end
  return names
end

---@param what string a name that no run has
---@return string
function did_you_mean.run(what) return hint(what, run_names()) end

-- The names of pipelines, as a hint with all of them when they are few.
---@param name string
function did_you_mean.pipeline(name)
  local names = project.meta:pipeline_names() or {}
  if suggest.has(name, names) then return nil end
  return suggest.hint(name, names)
end

-- What to say of the name of a pipeline where a run is wanted; nil when no pipeline with runs has the name.
---@param what string
---@return string?
function did_you_mean.run_of_pipeline(what)
  if project.meta:nth_run(what, -1) then
    return string.format('"%s" is a pipeline; for its newest run: %s@-1', what, what)
  end
end

-- What to say of params.NAME or metric.NAME that no run has; nil when one has it.
---@param field string
---@return string?
function did_you_mean.field(field)
  local kind, name = field:match "^(%a+)%.(.*)$"
  if kind ~= "params" and kind ~= "metric" then return nil end
  local is_param = kind == "params"
  -- most are of the newest run; the names of all take a look at every run
  local split = is_param and require("rille.query.fields").split(field)
  if split and (project.meta:runs { where = { field = split, cmp = "<>" }, limit = 1, unlisted = true } or {})[1] then
    return nil
  end
  local names = is_param and project.meta:param_names() or require("rille.query.fields").metrics(true)
  for _, one in ipairs(names) do if one == name then return nil end end
  local near = suggest.nearest(name, names)
  return string.format('no run has a %s "%s"%s', is_param and "parameter" or "metric", name,
    near and string.format('; did you mean "%s"?', near) or suggest.hint(name, names))
end

-- What to say of a tag that nothing of the kind has; nil where something has it.
---@param kind "run"|"artifact"|"model"
---@param tag string
---@return string?
function did_you_mean.tag(kind, tag)
  local names = project.meta:tag_names(kind) or {}
  if suggest.has(tag, names) then return nil end
  return string.format('no %s has the tag "%s"%s', kind == "model" and "version of a model" or kind, tag,
    suggest.hint(tag, names))
end

-- PIPELINE@n of a pipeline that has no such run, or that there is not.
---@param pipeline string
---@param n string
---@return string message
function did_you_mean.nth_run(pipeline, n)
  local other = did_you_mean.pipeline(pipeline)
  if other then return string.format('no runs of a pipeline named "%s"%s', pipeline, other) end
  for _, one in ipairs(project.meta:pipelines()) do
    if one.name == pipeline and one.runs > 0 then
      return string.format('pipeline "%s" has no run %s; it has 1 to %d, and -1 is the newest', pipeline, n, one.runs)
    end
  end
  return string.format('pipeline "%s" has no run %s', pipeline, n)
end

-- The names that begin as the name does; of PIPELINE::STEP::OUTPUT those of the
-- pipeline are enough, where it has any.
local function artifact_names(name)
  local start = name:match "^(.-::)"
  local names = start and project.meta:names_from(start, RECENT) or {}
  return names[1] and names or project.meta:names_from("", RECENT) or {}
end

-- The names of PIPELINE::STEP::OUTPUT that end in OUTPUT or STEP::OUTPUT, or whose step is STEP.
---@param part string
---@return string[]
function did_you_mean.artifacts_with(part)
  local list = {}
  for _, name in ipairs(project.meta:names_from("", MOST) or {}) do
    if (name .. "::"):find("::" .. part .. "::", 1, true) then list[#list + 1] = name end
  end
  return list
end

-- Of NAME@WHICH, where there are versions of NAME: what is wrong with WHICH.
---@param what string
---@return string?
function did_you_mean.version(what)
  local name, which = what:match "^(.*)@([^@]*)$"
  local newest = name and project.meta:newest_version(name)
  if not newest then return nil end
  if tonumber(which) then
    return string.format("artifact %s has no version %s; the newest is %d", name, which, newest)
  end
  return string.format('no version of artifact %s has the tag "%s"; see rille artifact show %s', name, which, name)
end

---@param what string a name, perhaps with a version, that no artifact has
---@return string
function did_you_mean.artifact(what)
  local name = what:match "^(.*)@[^@]*$" or what
  local names = artifact_names(name)
  local text = hint(name, names)
  if text ~= "" or name:find("::", 1, true) then return text end
  local parts = {}
  for _, one in ipairs(names) do for part in one:gmatch "[^:]+" do parts[#parts + 1] = part end end
  return hint(name, parts)
end

-- The whole message.
---@param what string
---@param message string? why it was not found
function did_you_mean.no_artifact(what, message)
  return did_you_mean.version(what)
    or (message or string.format('there is no artifact "%s"; see rille artifact list', what))
      .. did_you_mean.artifact(what)
end

-- The ids of the steps of the newest runs.
---@param id string
---@return string
function did_you_mean.step(id)
  local names, seen = {}, {}
  for _, run in ipairs(project.meta:runs { limit = 20 } or {}) do
    for _, step in ipairs(unfinished_run.steps(run) or {}) do
      if not seen[step.node] then seen[step.node], names[#names + 1] = true, step.node end
    end
  end
  return hint(id, names)
end

return did_you_mean
