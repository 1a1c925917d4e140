-- names: what the completion of the shell offers: the names of runs, steps, artifacts and pipelines in a store, and of
-- stacks and their components.
--
-- Fast whatever the history is: the newest runs and so many names.  Only the database is opened, and nothing is
-- written: where there is no store, or one that cannot be read, there are no names.

local component_kinds = require "rille.stack.kinds"
local project = require "rille.project"

local names = {}

local RUNS <const>, TRACES <const>, ARTIFACTS <const> = 50, 3, 500

-- The kinds, each a function(meta, beginning, add).
local kinds = {}

function kinds.pipeline(meta, _, add)
  for _, one in ipairs(meta:pipelines() or {}) do if one.runs > 0 then add(one.name) end end
end

function kinds.run(meta, beginning, add)
  for _, row in ipairs(meta:runs { limit = RUNS } or {}) do add(row.name) end
  if not beginning:find "@" then return end
  for _, one in ipairs(meta:pipelines() or {}) do if one.runs > 0 then add(one.name .. "@-1") end end
end

-- Items of a map are not among them: there may be thousands.
local function add_steps(meta, row, prefix, add)
  for _, entry in ipairs(meta:trace(row) or {}) do
    if entry.node and not entry.of then add(prefix .. entry.node) end
  end
end

-- Behind a comma another one: the value of --only is a list.
function kinds.step(meta, beginning, add)
  local before = beginning:match "^(.*,)" or ""
  for _, row in ipairs(meta:runs { limit = TRACES } or {}) do add_steps(meta, row.row, before, add) end
end

-- RUN/STEP, once RUN/ is there.
kinds["run/step"] = function(meta, beginning, add)
  local name = beginning:match "^(.-)/"
  if not name then return kinds.run(meta, beginning, add) end
  local pipeline, n = name:match "^(.*)@(%-?%d+)$"
  local at = pipeline and math.tointeger(tonumber(n)) or 0
  local run
  if pipeline == "" then run = at < 0 and (meta:runs { limit = -at } or {})[-at]
  else run = pipeline and meta:nth_run(pipeline, at) or meta:run(name) end
  if run then add_steps(meta, run.row, name .. "/", add) end
end

function kinds.artifact(meta, beginning, add)
  for _, name in ipairs(meta:names_from(beginning, ARTIFACTS) or {}) do add(name) end
end

local VERSIONS <const> = 20

-- MODEL, and MODEL@VERSION once the @ is there: stages, own names and the newest numbers.
function kinds.model(meta, beginning, add)
  local name = beginning:match "^(.-)@"
  if not name then
    for _, one in ipairs(meta:models() or {}) do add(one.name) end
    return
  end
  local model = meta:model(name)
  if not model then return end
  for _, one in ipairs(meta:model_stages(model.id) or {}) do add(name .. "@" .. one.stage) end
  for _, one in ipairs(meta:model_versions_before(model.id, nil, VERSIONS) or {}) do
    add(name .. "@" .. (one.name or one.number))
  end
end

-- The kinds that are in the configuration of the project, each a function(configuration): a table by name.
local configured = { stack = function(made) return made.stacks end }
for _, kind in ipairs(component_kinds.list) do
  configured[kind.word] = function(made) return made.components[kind.name] end
end

-- Deployments have folders; no database is asked.
local function add_deployments(add)
  for _, name in ipairs(require("rille.project.deployments").names()) do add(name) end
end

-- Is there such a kind?
---@param kind string
---@return boolean
function names.is_kind(kind) return kinds[kind] ~= nil or configured[kind] ~= nil or kind == "deployment" end

-- A configuration that cannot be read has no names.
local function add_configured(dir, wanted, add)
  local config = require "rille.stack.config"
  local ok, made = pcall(config.read, dir)
  for _, name in ipairs(ok and config.names(configured[wanted](made)) or {}) do add(name) end
end

-- The names of some kinds that begin as said, each once.
---@param wanted string[] kinds
---@param beginning string
---@return string[]
function names.list(wanted, beginning)
  local list, seen = {}, {}
  local found, dir, exists = pcall(project.find)
  if not found then return list end             -- a configuration that cannot be read
  local function add(name)
    if not seen[name] and name:sub(1, #beginning) == beginning then
      seen[name], list[#list + 1] = true, name
    end
  end
  local meta
  for _, kind in ipairs(wanted) do
    if configured[kind] then add_configured(dir, kind, add)
    elseif kind == "deployment" then add_deployments(add)
    else
      meta = meta or exists and project.open_meta(dir, { readonly = true })
      if meta then kinds[kind](meta, beginning, add) end
    end
  end
  if meta then meta:close() end
  return list
end

return names
