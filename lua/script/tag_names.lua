-- tag_names: what a tag may be called: of a run any text in one line, of an artifact or a model a word that can follow
-- NAME@ on the command line.

local errors = require "rille.base.errors"

local tag_names = {}

local STAGES <const> = { none = true, staging = true, production = true, archived = true, latest = true }

-- What to say of a tag that is the name of a stage.
---@param tag string
---@return string
function tag_names.stage_text(tag)
  if tag == "latest" then return '"latest" means the newest version and cannot be a tag' end
  return string.format('"%s" is a stage of model versions, not a tag; to move a version there: '
    .. "rille model promote MODEL %s", tag, tag)
end

-- What is wrong with the tag of a run, or nil.
---@param tag any
---@return string?
function tag_names.flaw(tag)
  if type(tag) ~= "string" or tag == "" or tag:find "%c" then
    return "a tag must be text without control characters, found " .. errors.describe(tag)
  end
  if #tag > 200 then return "a tag can have at most 200 bytes, found " .. #tag end
  return STAGES[tag] and tag_names.stage_text(tag) or nil
end

-- What is wrong with the tag of something that has versions, or nil.
---@param tag any
---@return string?
function tag_names.word_flaw(tag)
  if type(tag) ~= "string" or tag == "" or tag:find "[%c%s@,]" then
    return "a tag must be a string without spaces, @ or commas, found " .. errors.describe(tag)
  end
  if tonumber(tag) then
    return "a tag must not be a number (that would name a version), found " .. errors.describe(tag)
  end
  return tag_names.flaw(tag)
end

return tag_names
