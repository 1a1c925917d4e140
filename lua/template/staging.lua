-- staging: the folder in which a project is made before it goes to its place.
--
--     WHERE/.rille-init-XXXXXX/project/       locked as long as rille init works on it
--
-- It is beside the project's folder, or in it where that is there already, so that a rename is enough.  One that nobody
-- has locked was left by a process that was killed: the next rille init removes it.

local project = require "rille.project"
local sys = require "rille.host.sys"

local staging = {}

local PREFIX <const> = ".rille-init-"
local ATTEMPTS <const> = 8

local Staging = {}
Staging.__index = Staging

-- The folder in which the staging folder of a target is: the target, or the nearest folder around it that there is.
---@param dir string
---@return string
function staging.place(dir)
  local place = dir
  while sys.stat(place) ~= "folder" do
    local above = place:match "^(.*[^/])/+[^/]*$" or place:sub(1, 1) == "/" and "/" or "."
    if above == place then break end
    place = above
  end
  return place
end

-- Removes what killed processes have left in the place.
---@param place string
---@return string[] removed
function staging.sweep(place)
  local removed, user = {}, sys.getuid()
  for _, name in ipairs(sys.list(place) or {}) do
    local path = (place == "/" and "" or place) .. "/" .. name
    if name:sub(1, #PREFIX) == PREFIX and sys.entry(path) == "folder" and select(3, sys.stat(path)) == user then
      local lock <close> = sys.lock_folder(path)
      if lock and sys.remove(path) then removed[#removed + 1] = path end
    end
  end
  table.sort(removed)
  return removed
end

-- A new staging folder; closed, it is removed with all that is in it.
---@param place string
function staging.new(place)
  local path, lock, message, code
  for _ = 1, ATTEMPTS do
    path, message, code = sys.make_folder((place == "/" and "" or place) .. "/" .. PREFIX)
    if not path then
      project.fail(string.format("%s: no folder can be made here: %s", place, message:match "([^:]*)$":gsub("^ ", "")),
        code)
    end
    lock, message, code = sys.lock_folder(path)
    if lock then break end                -- else another process has swept it
  end
  if not lock then project.fail(message, code) end
  return setmetatable({ path = path, lock = lock, project = path .. "/project" }, Staging)
end

-- Writes the files of the project.
---@param files table[] of template/project.lua
function Staging:write(files)
  project.check(sys.mkdirs(self.project))
  for _, file in ipairs(files) do
    local path = self.project .. "/" .. file.path
    local ok, message, code = sys.mkdirs((path:match "^(.*)/[^/]*$"))
    if ok then ok, message, code = sys.write_scratch(path, file.text, file.executable) end
    if not ok then project.fail(file.path .. ": " .. message:match "([^:]*)$":gsub("^ ", ""), code) end
  end
end

function Staging:__close()
  local lock <close> = self.lock
  sys.remove(self.path)
end

return staging
