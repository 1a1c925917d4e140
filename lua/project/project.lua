-- project: what this state works on: the main script, the project's store, and
-- what the command line asked for.
--
-- { script, base, program, observed, dir, store, meta, options }: base is the
-- folder that relative paths start from, program is true where a script was
-- started as a program, observed where the standard library is rille's own, dir
-- the .rille folder once it is open.  draw(run) is set by rille.lua: what is below
-- knows nothing of drawings.  options: store, quiet, json, cache, jobs (-j),
-- processors (what jobs is by itself in the program; nil in a library).
-- hosted: the store is that of an engine (rille.h), which its host opens and closes.
-- looking: the name of a command that only looks at a script (plan, lint, ...): nothing
-- that the script says is run.  ran: the script wanted to, and was stopped for it.
-- facts are comparisons that modules above cache.lua add to its own: facts[WORD](recorded,
-- rest) -> does a value fact "WORD rest" hold still?
-- hold, asked, end_left: in a process that does the work of steps, what SIGTERM does to it
-- (proc.phase), whether it came, and the end of what a program has left running (lua/execute/child_process.lua).
-- run_stopped: the console has told that the last run was stopped.
-- exit_code is that of a script that ended well but says otherwise (a failed test);
-- tests hears of each test (lua/testing/testing.lua).

local stale_files = require "rille.project.stale_files"
local meta = require "rille.host.meta"
local store = require "rille.host.store"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local project = { options = {}, facts = {}, observed = false, program = false }

-- An error of the store or its surroundings, told apart from a mistake in a script.
project.Failure = { __name = "store failure", __tostring = function(self) return self.message end }

-- Raises one.
---@param message string
---@param code integer? of host/base/err.h
function project.fail(message, code) error(setmetatable({ message = message, code = code }, project.Failure), 0) end

-- What a signal has to wait for from now on (host/main.c), until what is returned is
-- closed; in a library, whose signals are its host's, nothing.
---@param how "quiet"|"idle"|"step"|"workers"|"child"
function project.waiting_for(how)
  local before = project.phase or "idle"
  local function set(phase)
    project.phase = phase
    if project.interrupted then project.interrupted(phase) end
  end
  set(how)
  return setmetatable({}, { __close = function() set(before) end })
end

local function working_folder()
  local path, message, code = sys.cwd()
  if not path then error(setmetatable({ message = message, code = code }, project.Failure), 0) end
  return path
end

-- A path of a script as an absolute one.
---@param path string
function project.resolve(path)
  if path:sub(1, 1) == "/" then return path end
  return project.folder() .. "/" .. path:gsub("^%./+", "")
end

-- The base folder; a state that was given none uses the working folder.
function project.folder()
  if not project.base then project.base = working_folder() end
  return project.base
end

-- For people: a path as seen from the working folder.
function project.show_path(path)
  local cwd = sys.cwd()
  if cwd and path:sub(1, #cwd + 1) == cwd .. "/" then return path:sub(#cwd + 2) end
  return path
end

local function upward(dir)
  while true do
    local candidate = (dir == "/" and "" or dir) .. "/.rille"
    if sys.stat(candidate) == "folder" then return candidate end
    if dir == "/" or dir == "" then return nil end
    dir = dir:match "^(.*)/[^/]*$"
    if dir == "" then dir = "/" end
  end
end

-- A folder alone, which a user may have made to say where the store goes, is none yet.
-- Of something else in place of meta.db its opening tells.
local function has_store(dir)
  local kind, size = sys.stat(dir .. "/meta.db")
  return kind == "file" and size > 0 or kind == "folder" or kind == "other"
end

-- Is there a store whose meta.db was taken away?  Each transaction is noted in the lock
-- when meta.db is there already, so the lock is looked at first: a store that another
-- process is making is none of these.
local function has_lost_database(dir)
  local kind, size = sys.stat(dir .. "/lock")
  return kind == "file" and size > 0 and not has_store(dir)
end

-- The .rille of this session: named, or the nearest upward, or where a first
-- run would make it.
---@return string dir, boolean exists
function project.find()
  local named = project.options.store or os.getenv "RILLE_STORE"
  if named and named ~= "" then
    if named:sub(1, 1) ~= "/" then named = working_folder() .. "/" .. named end
    return named, has_store(named)
  end
  local from = project.folder()
  local found = upward(from)
  if found then return found, has_store(found) end
  return from .. "/.rille", false
end

local LONGEST <const> = 1 << 16        -- bytes of a config.yaml
local CONFIG <const> = "# rille's state for this project; see rille help store\nformat: 1\n"

-- What is lost when the power fails is written again by the next run, so nobody
-- waits for the disk here.
local function write_config(path)
  local file, message = io.open(path, "w")
  if not file then return nil, message, -3 end
  local ok, why = file:write(CONFIG)
  file:close()
  if not ok then return nil, path .. ": " .. why, -3 end
  return true
end

-- config.yaml says which format the folder has; a newer one is refused.
local function check_config(dir, create)
  local path = dir .. "/config.yaml"
  local kind, size = sys.stat(path)
  if kind and size > LONGEST then return nil, string.format("%s: %d bytes are too many for it; move it away", path, size), -12 end
  local text, message, code = sys.read_file(path)
  if not text and code ~= -4 then return nil, message, code end
  if not text or text == "" then
    if create then return write_config(path) end
    return true
  end
  if text == CONFIG then return true end
  local ok, config = pcall(require("rille.yaml").decode, text, path)
  if not ok then return nil, config, -12 end
  if type(config) ~= "table" or math.type(config.format) ~= "integer" then
    return nil, path .. ": it does not say which format the store has (format: 1)", -12
  end
  if config.format > 1 then
    return nil, string.format("%s: the store has format %d, this rille knows 1; use a newer rille", path, config.format), -13
  end
  return true
end

-- For a reader: a run that seems to go on may have died, and only a writer can
-- say so.  One that may not write reads on.
local function close_dead_of(reader, dir)
  local running = reader:running_runs()
  local writer = running and running[1] and meta.open(dir, {})
  if writer then
    writer:close_dead()
    writer:close()
  end
end

-- Opens store and metadata: true, or nil, message, code.  mode is "write"
-- (creates what is missing), "read" (nothing is created or changed, but that the
-- runs whose process died are closed).
---@param mode "write"|"read"
function project.open(mode)
  if project.meta and (project.mode == "write" or mode == "read") then return true end
  project.close()
  local dir, exists = project.find()
  local headless = not exists and has_lost_database(dir)
  if headless and mode == "read" then
    return nil, string.format("%s has no meta.db, or an empty one: put a backup of it there, or run a pipeline to begin a new history", project.show_path(dir)), -4
  end
  if not exists then
    local kind = sys.stat(dir)
    if kind and kind ~= "folder" then
      return nil, string.format("%s: it is a %s, not the folder of a store", project.show_path(dir), kind == "other" and "pipe or device" or kind), -6
    end
    if mode == "read" then
      local named = project.options.store or os.getenv "RILLE_STORE"
      local where = named and named ~= "" and project.show_path(dir) or "in this folder or above"
      return nil, string.format("there is no store %s; run a pipeline first, or name one with --store", where), -4
    end
    local ok, message, code = sys.mkdirs(dir)
    if not ok then return nil, message, code end
    project.created = not headless
  end
  local ok, message, code = check_config(dir, mode == "write")
  if not ok then return nil, message, code end
  project.meta, message, code = meta.open(dir, { create = mode == "write", readonly = mode == "read" })
  if not project.meta then return nil, message, code end
  project.store, message, code = store.open(dir)
  if not project.store then
    project.close()
    return nil, message, code
  end
  project.dir, project.mode = dir, mode
  if mode == "write" then
    project.meta:memo(project.store)
    local lost = project.lost(true)
    if headless then terminal.say(string.format("rille: %s had no meta.db, or an empty one: a new history begins; a backup of meta.db put there gives the old one back\n", project.show_path(dir)))
    elseif lost then terminal.say("rille: ", lost, "; the history goes on from what is there\n") end
    ok, message, code = project.close_dead()
    if not ok then return nil, message, code end
  else
    close_dead_of(project.meta, dir)
  end
  stale_files.sweep(project)
  return true
end

-- What the database complained of in this process, or what is wrong with its rows and
-- pages, or nil: damage that no caller took care of shows as some other error.
function project.trouble()
  local meta = project.meta
  if not meta then return nil end
  local text = meta:trouble()
  if text then return text end
  -- rows that another program wrote pass for SQLite
  for _, look in ipairs { "check", "check_pages" } do
    local found = meta[look](meta)
    if found and found[1] then return string.format("the metadata cannot be used: %s; rille fsck tells all there is", found[1].message) end
  end
end

-- What to say when the database lacks what was recorded, or nil.
function project.lost(told)
  local n = project.meta:lost(told) or 0
  if n == 0 then return nil end
  return string.format("%s/meta.db lacks the last %d %s: an older copy is in its place, or its log was damaged or removed",
    project.show_path(project.dir), n, n == 1 and "change that was recorded" or "changes that were recorded")
end

-- A folder of this process for what it needs while it lives, below which others are
-- made; removed at its end, or by the next command when it was killed.
function project.scratch()
  local held = project.held
  if held and held.dir == project.dir then return held.path end
  local root = project.dir .. "/tmp"
  local path, lock, message, code
  for _ = 1, 8 do
    local ok
    ok, message, code = sys.mkdirs(root)
    if not ok then break end
    path, message, code = sys.make_folder(root .. "/run-")
    if not path then break end
    lock, message, code = sys.lock_folder(path)
    if lock then break end          -- else who cleans up was faster
  end
  if not lock then
    message = string.format("%s: no folder for temporary files can be made there: %s", project.show_path(root), (message:match "([^:]*)$":gsub("^ ", "")))
    if sys.stat(root) ~= "folder" then message = message .. "; remove what is in its place, a run makes it again" end
    error(setmetatable({ message = message, code = code }, project.Failure), 0)
  end
  project.held = setmetatable({ dir = project.dir, path = path, lock = lock }, { __gc = function() sys.remove(path) end })
  project.at_leave(function() sys.remove(path) end)
  return path
end

-- Closes the runs whose process died; session.dead are their names.
function project.close_dead()
  local rows, message, code = project.meta:close_dead()
  if not rows then return nil, message, code end
  project.dead = {}
  for i, row in ipairs(rows) do
    local run
    run, message, code = project.meta:run(row)
    if not run then return nil, message, code end
    project.dead[i] = run.name
  end
  return true
end

-- As open, but a failure is raised as { store_error = message, code = n }.
function project.need(mode)
  local ok, message, code = project.open(mode)
  if not ok then error(setmetatable({ message = message, code = code }, project.Failure), 0) end
end

function project.close()
  if project.meta then project.meta:close() end
  if project.store then project.store:close() end
  project.meta, project.store, project.mode = nil, nil, nil
end

local leaving = {}

-- f() is called when the program ends.
function project.at_leave(f) leaving[#leaving + 1] = f end

-- The end: lets go of everything outside this state.
function project.leave()
  for _, f in ipairs(leaving) do f() end
  leaving = {}
  project.close()
end

return project
