-- stages: the stages that versions of models move between: none -> staging -> production -> archived, and those that
-- the project adds in .rille/config.yaml:
--
--   stages: [canary, shadow]
--
-- latest is no stage: it is the newest version.

local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"

local stages = {}

local BUILT_IN <const> = { "staging", "production", "archived" }
local LATEST <const>, NONE <const> = "latest", "none"

-- Is the name one that means something else: a number, vN, latest or a built-in stage?
---@param name string
---@return boolean
function stages.is_reserved(name)
  if name == LATEST or name == NONE or name:find "^v?%d+$" then return true end
  for _, stage in ipairs(BUILT_IN) do if stage == name then return true end end
  return false
end

local function check_own(path, list)
  if type(list) ~= "table" or list[1] == nil and next(list) ~= nil then
    errors.at(nil, "%s: stages is a list of names, as in [canary]", path)
  end
  for _, name in ipairs(list) do
    if type(name) ~= "string" or not name:find "^%l[%w_%-]*$" then
      errors.at(nil, "%s: stages: %s cannot be the name of a stage; a name has lower-case letters, digits, _ and -",
        path, errors.describe(name))
    end
    if stages.is_reserved(name) then errors.at(nil, '%s: stages: the name "%s" is reserved', path, name) end
  end
  return list
end

local KEYS <const> = { format = true, active = true, components = true, stacks = true, stages = true }

-- Raises for a key near "stages": without it nobody would know why a stage is not there.
local function check_key(path, config)
  for key in next, config do
    if type(key) == "string" and not KEYS[key] and suggest.nearest(key, { "stages" }) then
      errors.at(nil, '%s: unknown key "%s"; did you mean "stages"?', path, key)
    end
  end
end

-- The stages that the project adds.
local function own()
  if not project.dir then return {} end
  local path = project.dir .. "/config.yaml"
  local text = sys.read_file(path)
  if not text or not text:lower():find("stage", 1, true) then return {} end
  local ok, config = pcall(require("rille.yaml").decode, text, path)
  if not ok then errors.at(nil, "%s", config) end
  if type(config) ~= "table" then return {} end
  check_key(project.show_path(path), config)
  return config.stages and check_own(project.show_path(path), config.stages) or {}
end

-- All stages, in order; none is not among them.
---@return string[]
function stages.list()
  local list = { "staging", table.unpack(own()) }
  list[#list + 1], list[#list + 2] = "production", "archived"
  return list
end

---@param name string
---@return boolean
function stages.is_stage(name)
  for _, stage in ipairs(stages.list()) do if stage == name then return true end end
  return false
end

-- Whether the project has the stage is something that a running step depends on.
---@param name any
function stages.observe(name)
  if type(name) ~= "string" or stages.is_reserved(name) then return end
  observe.fact("value", "stage " .. name, tostring(stages.is_stage(name)))
end

-- The stage as the metadata has it: nil for none.  Any other name raises.
---@param what string "version:set_stage"
---@param name any
---@return string?
function stages.check(what, name)
  if name == NONE then return nil end
  if name == LATEST then
    errors.raise("%s: latest is the newest version, not a stage; a version cannot be moved there", what)
  end
  if type(name) == "string" and stages.is_stage(name) then return name end
  local list = stages.list()
  list[#list + 1] = NONE
  errors.raise("%s: there is no stage %s%s", what, errors.describe(name), suggest.hint(tostring(name), list))
end

return stages
