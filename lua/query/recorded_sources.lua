-- recorded_sources: the texts of the code that a run loaded, from the store, and where its script is or was.

local hash = require "rille.host.hash"
local json = require "rille.json"
local project = require "rille.project"
local sys = require "rille.host.sys"

local recorded_sources = {}

---@class rille.recorded_sources
---@field texts table<string, string> by path: relative to the folder of the main script, or absolute
---@field order string[] the paths in the order in which they were loaded
---@field main string? path of the main script: the first that was read
---@field lost string[] paths whose text the store does not have

-- The path of a source of a run; that of a script of a commit (rille run --at) is as if it were on disk.
local function plain_path(path, git)
  if not git.past then return path end
  local plain, sha = path:match "^(.*)@(%x+)$"
  return plain and git.sha:sub(1, #sha) == sha and plain or path
end

---@param run table a row
---@return rille.recorded_sources
function recorded_sources.of(run)
  local found = { texts = {}, order = {}, main = nil, lost = {} }
  local git = run.git and json.unpack(run.git) or {}
  for _, one in ipairs(json.decode(run.sources or "[]")) do
    local path = plain_path(one.path, git)
    found.main = found.main or path
    if not found.texts[path] then found.order[#found.order + 1] = path end
    found.texts[path] = project.meta:source(hash.unhex(one.digest))
    if not found.texts[path] then found.lost[#found.lost + 1] = path end
  end
  return found
end

-- Where the main script is or was; nil for a run that came from no file.
---@param run table a row
---@return string? path absolute
function recorded_sources.script_path(run)
  local path = run.script
  if not path or path == "" then return nil end
  if path:sub(1, 1) == "/" then return path end
  local parent = project.parent_folder()
  for _, folder in ipairs { parent, sys.cwd() } do
    if sys.stat(folder .. "/" .. path) == "file" then return sys.realpath(folder .. "/" .. path) end
  end
  return parent .. "/" .. path
end

return recorded_sources
