-- recorded_sources: the texts of the code that a run loaded, from the store, and where its script is or was.

local entry_lists = require "rille.query.entry_lists"
local hash = require "rille.host.hash"
local json = require "rille.json"
local project = require "rille.project"
local sys = require "rille.host.sys"

local recorded_sources = {}

---@class rille.recorded_sources
---@field texts table<string, string> by path: relative to the folder of the main script, or absolute
---@field all { [1]: string, [2]: string }[] paths and texts in the order in which they were loaded: a cell of a
---    notebook may be several texts
---@field main string? path of the main script: the first that was read

-- The path of a source of a run; that of a script of a commit (rille run --at) is as if it were on disk.
local function plain_path(path, git)
  if not git.past then return path end
  local plain, sha = path:match "^(.*)@(%x+)$"
  return plain and git.sha:sub(1, #sha) == sha and plain or path
end

local function add(found, path, text)
  if text then found.texts[path], found.all[#found.all + 1] = text, { path, text } end
end

-- Adds the files, each entry of the prompt where it stood among them.
local function add_in_order(found, files, entries)
  local next_entry = 1
  for i = 0, #files do
    if files[i] then add(found, files[i].path, files[i].text) end
    while entries[next_entry] and (entries[next_entry][3] <= i or i == #files) do
      add(found, entries[next_entry][1], entries[next_entry][2])
      next_entry = next_entry + 1
    end
  end
end

---@param run table a row
---@return rille.recorded_sources
function recorded_sources.of(run)
  local found, files, entries = { texts = {}, all = {}, main = nil }, {}, {}
  local git = run.git and json.unpack(run.git) or {}
  for _, one in ipairs(json.decode(run.sources or "[]")) do
    local digest = hash.unhex(one.digest)
    if one.path == entry_lists.NAME then
      entries = entry_lists.all(digest)
    else
      local path = plain_path(one.path, git)
      files[#files + 1] = { path = path, text = project.meta:source(digest) }
      found.main = found.main or path
    end
  end
  found.main = found.main or entries[1] and entries[1][1]
  add_in_order(found, files, entries)
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
