-- stale_files: what processes that died left in a store: objects half written, folders
-- of tmp/, and in runs/ what goes with a lock that nobody holds.
--
-- Whoever lives holds a lock of the kernel.  Folders that earlier programs made had
-- none: they stay while a run goes on, or for an hour.  Where nothing was left this
-- costs the listing of two folders, which hold what live processes have.

local proc = require "rille.host.proc"
local sys = require "rille.host.sys"

local stale_files = {}

local OLD <const> = 3600

local function older_than(path, seconds)
  local _, _, _, changed = sys.stat(path)
  return changed and sys.now() - changed > seconds
end

-- A lock appears a moment before its run does, and is held by then (host/meta/meta.c).
local function is_over(meta, id)
  local status, failed = meta:run_status(id)
  return not failed and status ~= "running"
end

local function sweep_tmp(at)
  local root = at.dir .. "/tmp"
  local objects = false
  for _, name in ipairs(sys.list(root) or {}) do
    local path = root .. "/" .. name
    if name:find "^put%-" then objects = true
    elseif name:find "^run%-" then
      local held <close> = sys.lock_folder(path)
      if held then sys.remove(path) end
    elseif name:find "^work%-%x+%-%d+$" or name:find "^in%-" or name:find "^load%-" or name:find "^step%-" then
      local running = at.meta:running_runs()
      if running and not running[1] and (name:find "^work%-" or older_than(path, OLD)) then sys.remove(path) end
    end
  end
  if objects then at.store:clean(0) end
end

local function sweep_runs(at)
  local root = at.dir .. "/runs"
  for _, name in ipairs(sys.list(root) or {}) do
    local id, ending = name:match "^(%x+)%.(%l+)$"
    local path = root .. "/" .. name
    if (ending == "lock" or ending == "live") and is_over(at.meta, id) then
      if ending == "lock" then proc.remove_lock(path)
      elseif not proc.is_held(root .. "/" .. id .. ".lock") then sys.remove(path) end
    end
  end
end

---@param at table { dir, meta, store }
function stale_files.sweep(at)
  sweep_tmp(at)
  sweep_runs(at)
end

return stale_files
