-- folder_lock: one process at a time writes a folder outside of the store.

local errors = require "rille.base.errors"
local sys = require "rille.host.sys"
local worker_process = require "rille.host.worker_process"

local folder_lock = {}

local PATIENCE <const>, PAUSE <const> = 60, 0.02        -- seconds
local BUSY <const> = -11

-- Waits until no other process has the folder; a handle that is to be closed.  Where the file system has no locks there
-- is none.
---@param path string absolute, of a folder that is there
---@return table?
function folder_lock.wait(path)
  local latest = sys.mono() + PATIENCE
  while true do
    local handle, _, code = sys.lock_folder(path)
    if handle or code ~= BUSY then return handle end
    if sys.mono() > latest then errors.raise("%s: another process has been writing it for %d s", path, PATIENCE) end
    worker_process.wait({}, PAUSE)
  end
end

return folder_lock
