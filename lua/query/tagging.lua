-- tagging: puts tags on runs and versions of artifacts, and takes them off.
--
-- What happens is appended (host/meta/meta_tag.c); times and the order of runs and versions never change by it.

local errors = require "rille.base.errors"
local project = require "rille.project"
local running = require "rille.project.running"
local stages = require "rille.project.stages"
local sys = require "rille.host.sys"
local tag_names = require "rille.script.tag_names"

local tagging = {}

-- The kinds, as host/meta/meta_tag.c has them, and how their tags are checked.
local CHECKS <const> = { run = tag_names.flaw, artifact = tag_names.word_flaw, model = tag_names.word_flaw }

-- The first flaw among the names of tags, or nil.  A tag that is on may be taken off, whatever its name.
---@param kind "run"|"artifact"|"model"
---@param names string[]
---@param added boolean
---@return string?
function tagging.flaw(kind, names, added)
  if #names == 0 then return "name a tag" end
  for _, name in ipairs(names) do
    local flaw = (added or type(name) ~= "string") and CHECKS[kind](name)
    if flaw then return flaw end
    if added and stages.is_stage(name) then return tag_names.stage_text(name) end     -- one that the project adds
  end
end

-- Puts the tags on, or takes them off; those that changed.
---@param kind "run"|"artifact"|"model"
---@param row integer
---@param names string[] without a flaw
---@param added boolean
---@return string[]
function tagging.change(kind, row, names, added)
  local changed = {}
  if running.is_step() then
    errors.raise "a running step cannot change tags; change them after the run, or in on_end of the pipeline"
  end
  project.need "write"
  for _, name in ipairs(names) do
    local done, message, code = project.meta:tag(kind, row, name, added, sys.user())
    if done == nil then project.fail(message, code) end
    if done then changed[#changed + 1] = name end
  end
  return changed
end

-- The method `tag` or `untag` of something that has tags: how many changed.
---@param object table for messages: its class
---@param kind "run"|"artifact"|"model"
---@param row integer
---@param added boolean
---@return integer
function tagging.method(object, kind, row, added, ...)
  local names = { ... }
  local flaw = tagging.flaw(kind, names, added)
  if flaw then errors.raise("%s:%s: %s", object, added and "tag" or "untag", flaw) end
  return #tagging.change(kind, row, names, added)
end

return tagging
