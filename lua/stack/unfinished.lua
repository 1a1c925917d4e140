-- unfinished: folders outside of the store that a process fills; what a killed one has left, a later run removes.
--
--   .rille/filling/NAME/folder      the path of the folder; NAME is locked while its process lives
-- Best effort: where a marker cannot be made, the folder is filled without one.

local internal_error = require "rille.base.internal_error"
local sys = require "rille.host.sys"

local unfinished = {}

local function marker_of(dir, name) return dir .. "/filling/" .. name end

-- Fills a folder by calling f(); when that raises, it is removed at once, when the process dies, by unfinished.sweep.
---@param dir string the .rille folder
---@param name string of one file
---@param folder string absolute
---@param f fun()
function unfinished.fill(dir, name, folder, f)
  local marker = marker_of(dir, name)
  local lock <close> = sys.mkdirs(marker) and sys.lock_folder(marker) or nil
  if lock then sys.write_file(marker .. "/folder", folder) end
  local ok, message = internal_error.call(f)
  if not ok then sys.remove(folder) end
  if lock then sys.remove(marker) end
  if not ok then error(message, 0) end
end

local function sweep_one(marker, is_complete)
  local lock <close> = sys.lock_folder(marker)
  if not lock then return end
  local folder = sys.read_file(marker .. "/folder")
  if folder and folder:sub(1, 1) == "/" and not is_complete(folder) then sys.remove(folder) end
  sys.remove(marker)
end

-- Removes the folders that were not filled, unless is_complete(folder).
---@param dir string
---@param is_complete fun(folder: string): boolean
function unfinished.sweep(dir, is_complete)
  for _, name in ipairs(sys.list(marker_of(dir, "")) or {}) do sweep_one(marker_of(dir, name), is_complete) end
end

return unfinished
