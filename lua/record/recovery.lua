-- recovery: cleans up after processes that died: closes their runs, and removes objects half written, folders of
-- tmp/ and files of runs/ that nobody uses.
--
-- A live process holds locks of the kernel.  Folders that earlier programs made had none: they stay while a run
-- is running, or for an hour.  Where nothing was left this costs the listing of two folders.

local run_lock = require "rille.host.run_lock"
local sys = require "rille.host.sys"

local recovery = {}

local OLD <const> = 3600        -- seconds

-- Runs ---------------------------------------------------------------------------------

-- Closes the runs whose process died, as failed; their names.
local function close_runs(database)
  local rows, message, code = database:close_dead()
  if not rows then return nil, message, code end
  local names = {}
  for i, row in ipairs(rows) do
    local run
    run, message, code = database:run(row)
    if not run then return nil, message, code end
    names[i] = run.name
  end
  return names
end

local function has_running(database)
  local running = database:running_runs()
  return running and running[1] ~= nil
end

-- For a reader: a run that is recorded as running may have died, and only a writer can close it.  A process that
-- may not write reads on.
local function close_runs_for(project)
  local writer = has_running(project.meta) and project.open_meta(project.dir, {})
  if writer then
    writer:close_dead()
    writer:close()
  end
end

-- Files --------------------------------------------------------------------------------

local function older_than(path, seconds)
  local _, _, _, changed = sys.stat(path)
  return changed and sys.now() - changed > seconds
end

-- A lock appears a moment before its run does, and is held by then (host/meta/meta_lock.c).
local function is_over(database, id)
  local status, failed = database:run_status(id)
  return not failed and status ~= "running"
end

local function is_of_earlier_program(name)
  return name:find "^work%-%x+%-%d+$" or name:find "^in%-" or name:find "^load%-" or name:find "^step%-"
end

local function remove_stale_folders(project)
  local root = project.tmp_folder()
  local objects = false
  for _, name in ipairs(sys.list(root) or {}) do
    local path = root .. "/" .. name
    if name:find "^put%-" then objects = true
    elseif name:find "^run%-" then
      local held <close> = sys.lock_folder(path)
      if held then sys.remove(path) end
    elseif is_of_earlier_program(name) then
      local running = has_running(project.meta)
      if running == false and (name:find "^work%-" or older_than(path, OLD)) then sys.remove(path) end
    end
  end
  if objects then project.store:clean(0) end
end

local function remove_stale_run_files(project)
  for _, file in ipairs(project.run_files()) do
    if (file.ending == "lock" or file.ending == "live") and is_over(project.meta, file.id) then
      if file.ending == "lock" then run_lock.remove(file.path)
      elseif not run_lock.is_held(project.run_file(file.id, ".lock")) then sys.remove(file.path) end
    end
  end
end

-- Cleans up in a project that was opened just now.
---@param project rille.project
---@return string[]? names of the runs that were closed
---@return string? message, integer? code
function recovery.run(project)
  local names, message, code = {}
  if project.mode == "write" then
    names, message, code = close_runs(project.meta)
    if not names then return nil, message, code end
  else
    close_runs_for(project)
  end
  remove_stale_folders(project)
  remove_stale_run_files(project)
  return names
end

return recovery
