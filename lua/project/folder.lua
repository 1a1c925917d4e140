-- folder: reads what is in a folder, for artifacts of type t.dir.
--
-- A link whose target is in the folder stays a link, and so does a dangling one.  Any other link is replaced by its
-- target: an artifact that depended on files outside could change without notice.  The project's store is left out.

local sys = require "rille.host.sys"
local project = require "rille.project"

local folder = {}

-- Returns what sys gave; raises its message where there is none.
local function need(v, more)
  if not v then error(more, 0) end
  return v, more
end

local function is_below(path, root) return path == root or path:sub(1, #root + 1) == root .. "/" end

-- The kind of what is at the path: "file", "folder", "link" or "special"; and whether a file is executable, or the
-- target of a link.
local function look(tree, path)
  local kind, executable = need(sys.entry(path))
  if kind ~= "link" then return kind, executable end
  local target, real = need(sys.read_link(path)), sys.realpath(path)
  local stays = real and target:sub(1, 1) ~= "/" and is_below(real, tree.real)
    and not (tree.store and is_below(real, tree.store))
  if not real or stays then return "link", target end
  return look(tree, real)
end

local function visit(tree, rel, above)
  local full = rel == "" and tree.root or tree.root .. "/" .. rel
  local real = need(sys.realpath(full))
  if real == tree.store then return end
  if above[real] then error(string.format("%s leads back to a folder that it is in", full), 0) end
  above[real] = true
  if rel ~= "" then tree.folders[#tree.folders + 1] = rel end
  if tree.on_folder then tree.on_folder(rel) end
  local names = need(sys.list(full))
  table.sort(names)
  for _, name in ipairs(names) do
    local path = rel == "" and name or rel .. "/" .. name
    local kind, more = look(tree, full .. "/" .. name)
    if kind == "folder" then visit(tree, path, above)
    elseif kind == "link" then tree.links[#tree.links + 1] = { path, more }
    elseif kind == "special" then tree.specials[#tree.specials + 1] = path
    else
      tree.files[#tree.files + 1] = path
      if more then tree.executable[#tree.executable + 1] = path end
    end
  end
  above[real] = nil
end

-- All that is below root, as sorted relative paths; links are { path, target }, specials are pipes, sockets and
-- devices.
---@param root string
---@param on_folder? fun(path: string) called with each folder before it is listed, "" for root
---@return { files: string[], folders: string[], links: string[][], executable: string[], specials: string[] }
function folder.read(root, on_folder)
  local real, store = need(sys.realpath(root)), sys.realpath((project.find()))
  -- a step's own folders are in the store
  if store and is_below(real, store) then store = nil end
  local tree = { root = root, real = real, store = store, on_folder = on_folder, files = {}, folders = {}, links = {},
    executable = {}, specials = {} }
  visit(tree, "", {})
  return tree
end

-- May the owner of the file at path (or of what a link there leads to) execute it?
---@param path string
---@return boolean
function folder.is_executable(path)
  local _, executable = sys.entry(sys.realpath(path) or path)
  return executable or false
end

return folder
