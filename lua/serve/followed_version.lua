-- followed_version: the version that is served, which follows what its name stands for.
--
--   local followed = followed_version.new(served, which, load)
--   followed.served                 the version that answers
--   followed:look()                 asks the metadata; loads another version where there is one
--   followed.note                   why that is not what the name stands for, or how its rows differ; or nil
--   followed.failed                 { number, why, at }: the version that could not be served, or nil
--
-- A stage and a name may come to stand for another version; a number never does.  Another version is loaded, checked
-- and warm before it takes the place of the one that answers; where that fails the old one goes on.

local errors = require "rille.base.errors"
local project = require "rille.project"
local signature_change = require "rille.serve.signature_change"
local stages = require "rille.project.stages"
local sys = require "rille.host.sys"

local followed_version = {}

---@class FollowedVersion
---@field served ServedModel
---@field which string
---@field load fun(number: integer): ServedModel
---@field note string?
---@field changed string? how the rows of the version differ from those of the one before
---@field failed { id: integer, number: integer, why: string, at: number, again: number }?
local Followed = { __name = "followed version" }
Followed.__index = Followed

local PAUSE <const> = 10            -- seconds before a version that could not be served is tried again

local answer = project.answer

---@param served ServedModel
---@param which string? as on the command line
---@param load fun(number: integer): ServedModel raises where it cannot be served
---@return FollowedVersion
function followed_version.new(served, which, load)
  local self = { served = served, which = which or "production", load = load }
  self.is_number = self.which:find "^%d+$" ~= nil
  self.is_stage = not self.is_number and self.which ~= "archived" and stages.is_stage(self.which)
  self.model_id = assert(answer(project.meta:model(served.model))).id
  return setmetatable(self, Followed)
end

-- The row of the version that the name stands for now.
local function current(self)
  local meta, which = project.meta, self.which
  local id
  -- a model that was deleted may have been made again
  if self.is_missing then
    local model = answer(meta:model(self.served.model))
    self.model_id = model and model.id or self.model_id
  end
  if self.is_number then id = answer(meta:model_version_numbered(self.model_id, math.tointeger(tonumber(which))))
  elseif self.is_stage then id = answer(meta:model_version_in(self.model_id, which))
  else id = answer(meta:model_version_named(self.model_id, which)) end
  self.is_missing = not id
  return id and answer(meta:model_version(id))
end

local function note_of(self, row)
  local number = self.served.number
  if not row and self.is_stage then
    return string.format("no version is in %s; version %d goes on", self.which, number)
  end
  if not row then return string.format("version %d is deleted; it goes on being served", number) end
  if row.id == self.served.row_id and row.stage == "archived" then
    return string.format("version %d is archived; it goes on being served", number)
  end
end

-- What was raised, in one line.
local function sentence(problem)
  return errors.without_place(errors.text_of(problem, "it")):match "^[^\n]*"
end

local function reload(self, row)
  local ok, made = pcall(self.load, row.number)
  if ok then
    local before = self.served
    local change = signature_change.text(before.signature, made.signature)
    self.changed = change and string.format("version %d wants other rows than version %d: %s", made.number,
      before.number, change)
    self.served, self.failed = made, nil
    return "reloaded", made
  end
  local before, now = self.failed, sys.mono()
  local why = sentence(made)
  self.failed = { id = row.id, number = row.number, why = why, at = sys.now(), again = now + PAUSE }
  if before and before.id == row.id and before.why == why then return nil end
  return "failed", self.failed
end

-- The version that is served may have another stage or name.
local function refresh(self, row)
  local served = self.served
  if row.stage == served.stage and row.name == served.name then return false end
  served.stage, served.name, served.text = row.stage, row.name, nil
  return true
end

-- Looks for another version.  What came of it, if anything did: "reloaded" and the version, "failed" and what failed,
-- "note" and the new note, or nil where there is none any more, "moved": the same version has another stage.
---@return "reloaded"|"failed"|"note"|"moved"|nil what, any
function Followed:look()
  local ok, row = pcall(current, self)
  local note, moved
  if not ok then note = "the project cannot be read: " .. sentence(row)
  elseif row and row.id ~= self.served.row_id then
    local failed = self.failed
    if failed and failed.id == row.id and sys.mono() < failed.again then return nil end
    self.note = nil
    return reload(self, row)
  else
    moved = row and refresh(self, row)
    self.failed = nil
    note = note_of(self, row) or self.changed
  end
  if note == self.note then return moved and "moved" or nil end
  self.note = note
  return "note", note
end

-- Is the version that answers the one that its name stands for?
---@return boolean
function Followed:is_current()
  return not self.failed and (self.is_number or not self.note or self.note == self.changed)
end

return followed_version
