-- scratch_folder: a folder of this process for temporary files, locked as long as it lives.

local sys = require "rille.host.sys"

local scratch_folder = {}

local function refused(project, root, message, code)
  local why = message:match "([^:]*)$":gsub("^ ", "")
  message = string.format("%s: cannot create a folder for temporary files: %s", project.show_path(root), why)
  if sys.stat(root) ~= "folder" then message = message .. "; remove what is in its place, and a run will create it" end
  project.fail(message, code)
end

-- Makes one in the .rille folder of the open project.
---@param project rille.project
---@return { dir: string, path: string, lock: userdata } dir is the .rille folder; collected, it is removed
function scratch_folder.new(project)
  local root = project.tmp_folder()
  local path, lock, message, code
  for _ = 1, 8 do
    local ok
    ok, message, code = sys.mkdirs(root)
    if not ok then break end
    path, message, code = sys.make_folder(root .. "/run-")
    if not path then break end
    lock, message, code = sys.lock_folder(path)
    if lock then break end          -- else another process has removed it before it was locked
  end
  if not lock then refused(project, root, message, code) end
  return setmetatable({ dir = project.dir, path = path, lock = lock }, { __gc = function() sys.remove(path) end })
end

return scratch_folder
