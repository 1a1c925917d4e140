-- install: moves a project from its staging folder to its place.
--
-- A folder that is not there yet comes into being by one rename, complete.  Where there is one, the files go into it
-- one by one, the answers first: after a kill -9 the next rille init goes on from them.  A failure takes back all that
-- was done.

local project = require "rille.project"
local record = require "rille.template.record"
local sys = require "rille.host.sys"

local install = {}

local WRITTEN <const> = { created = true, updated = true, overwritten = true }

-- Renames the project to a folder that is not there yet.
---@param stage table of template/staging.lua
---@param dir string
function install.as_new(stage, dir)
  local parent = dir:match "^(.*[^/])/+[^/]*$"
  if parent then project.check(sys.mkdirs(parent)) end
  local ok, message = os.rename(stage.project, dir)
  if not ok then project.fail(dir .. ": " .. message .. "; nothing was written", -3) end
end

-- Adds the folders of the path that are not there yet, outermost first.
local function note_missing(dir, path, made)
  local at = 1
  while true do
    at = path:find("/", at, true)
    if not at then return end
    local folder = dir .. "/" .. path:sub(1, at - 1)
    if not made[folder] and not sys.entry(folder) then
      made[folder] = true
      made[#made + 1] = folder
    end
    at = at + 1
  end
end

-- Takes back what was done.
local function undo(dir, done, made)
  for i = #done, 1, -1 do
    local path = dir .. "/" .. done[i].entry.file.path
    if done[i].entry.there then sys.write_file(path, done[i].entry.there) else sys.remove(path) end
    if done[i].executable then sys.make_executable(path) end
  end
  for i = #made, 1, -1 do
    local names = sys.list(made[i])
    if names and not names[1] then sys.remove(made[i]) end
  end
end

local function move(stage, dir, entry)
  local path = entry.file.path
  local handle <close>, place = sys.beneath(dir, path)
  if not handle then return nil, place end
  return os.rename(stage.project .. "/" .. path, place)
end

-- Moves the files into a folder that is there.
---@param stage table
---@param dir string
---@param entries table[] of template/compare.lua
function install.into(stage, dir, entries)
  local list, done, made = {}, {}, {}
  for _, entry in ipairs(entries) do
    if WRITTEN[entry.status] then table.insert(list, entry.file.path == record.FILE and 1 or #list + 1, entry) end
  end
  for _, entry in ipairs(list) do
    note_missing(dir, entry.file.path, made)
    local _, executable = sys.entry(dir .. "/" .. entry.file.path)
    local ok, message = move(stage, dir, entry)
    if not ok then
      undo(dir, done, made)
      project.fail(string.format("%s: %s; nothing was written", entry.file.path,
        message:gsub("^/proc/self/fd/%d+/", ""):gsub("^[^:]*%.rille%-init[^:]*: ", "")), -3)
    end
    done[#done + 1] = { entry = entry, executable = executable }
  end
end

return install
