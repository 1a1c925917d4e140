-- store_folder: makes the folder of a store.

local no_store = require "rille.project.no_store"
local store_format = require "rille.project.store_format"
local sys = require "rille.host.sys"

local store_folder = {}

local INVALID <const>, NOT_FOUND <const> = -6, -4       -- codes of host/rille.h

-- Makes dir, where there is no store yet.
---@param dir string
---@param mode "write"|"read" read: it is an error that there is none
---@param named string? the store that --store, or the environment, names
---@param show_path fun(path: string): string
---@return boolean? ok, string? message, integer? code
function store_folder.create(dir, mode, named, show_path)
  local kind = sys.stat(dir)
  if kind and kind ~= "folder" then
    return nil, string.format("%s: it is a %s, not the folder of a store", show_path(dir),
      kind == "other" and "pipe or device" or kind), INVALID
  end
  local files, message, code = sys.list(dir)
  if kind and not files then return nil, message, code end
  if mode == "read" then return nil, no_store.text(named and dir, show_path), NOT_FOUND end
  local ok
  ok, message, code = sys.mkdirs(dir)
  -- a folder in which users keep other files is not ours to hide
  if ok and not (files and files[1]) then store_format.ignore(dir) end
  return ok, message, code
end

return store_folder
