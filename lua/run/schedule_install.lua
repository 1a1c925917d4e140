-- schedule_install: puts entries into the user's crontab or among the user's units of systemd, lists them and takes
-- them away.  What is not rille's is never changed.

local entry_of = require "rille.run.schedule_entry"
local errors = require "rille.base.errors"
local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"

local schedule_install = {}

local SEARCHED <const> = "/usr/local/bin:/usr/bin:/bin"
local KEPT <const> = { "HOME", "PATH", "USER", "LOGNAME", "LANG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
  "DBUS_SESSION_BUS_ADDRESS", "TMPDIR" }
local PATIENCE <const> = 30             -- seconds

-- Programs ----------------------------------------------------------------------------

local function environment()
  local list = { "LC_ALL=C" }
  for _, name in ipairs(KEPT) do
    local value = os.getenv(name)
    if value then list[#list + 1] = name .. "=" .. value end
  end
  return list
end

-- Runs a program to its end: what it wrote, and its exit code.  Its errors are in the text unless it is quiet.
local function call(words, quiet)
  local path = spawn.find(words[1], os.getenv "PATH" or SEARCHED, "/")
  if not path then return nil, nil end
  local argv = words
  if quiet then
    path, argv = "/bin/sh", { "sh", "-c", 'exec "$@" 2>/dev/null', "sh", path, table.unpack(words, 2) }
  end
  local handle, message = spawn.start { path = path, argv = argv, env = environment() }
  if not handle then errors.at(nil, "%s does not start: %s", words[1], message) end
  local text, code = require("rille.git.program").finish(handle, PATIENCE)
  if not text then errors.at(nil, "%s did not answer in %d s", words[1], PATIENCE) end
  return text, code
end

local function missing(program, other)
  errors.at(nil, "the program %s is not installed; %s", program, other)
end

-- crontab -----------------------------------------------------------------------------

-- The user's crontab; nil where the program is not there.
local function read_crontab()
  local text, code = call({ "crontab", "-l" }, true)
  if not text or code == 0 then return text end
  local message = call { "crontab", "-l" } or ""
  if message:lower():find("no crontab", 1, true) then return "" end
  errors.at(nil, "crontab -l failed: %s", message:match "[^\n]+" or "exit code " .. tostring(code))
end

-- Gives crontab the new text; a message where it refuses.
local function write_crontab(text)
  local folder = errors.need(sys.make_folder((os.getenv "TMPDIR" or "/tmp") .. "/rille-crontab-"))
  local path = folder .. "/crontab"
  local ok, message, code = sys.write_file(path, text)
  if ok then message, code = call { "crontab", path } end
  os.remove(path)
  os.remove(folder)
  return code ~= 0 and ((message or ""):match "[^\n]+" or "no reason given") or nil
end

local TRIES <const> = 5

-- The lock of the user's home folder: one rille changes the crontab at a time.
local function lock()
  local home = sys.realpath(os.getenv "HOME" or "/") or "/"
  local latest = sys.mono() + PATIENCE
  repeat
    local handle, message = sys.lock_folder(home)
    if handle then return handle end
    if sys.mono() > latest then errors.at(nil, "%s", message) end
    call { "sleep", "0.05" }
  until false
end

-- Changes the crontab, and looks whether the change is there: another program may have written meanwhile.
local function change_crontab(which, entry)
  local handle <close> = lock()
  assert(handle)
  for _ = 1, TRIES do
    local before = read_crontab()
    if not before then missing("crontab", "use --timer, or install cron") end
    local after, found = entry_of.change_crontab(before, which, entry)
    if after == before then return found end
    local refused = write_crontab(after)
    if refused then errors.at(nil, "crontab refused the new text: %s", refused) end
    local now = read_crontab() or ""
    if entry_of.change_crontab(now, which, entry) == now then return found end
  end
  errors.at(nil, "another program changes the crontab at the same time; try again")
end

-- systemd -----------------------------------------------------------------------------

local function unit_folder()
  local config = os.getenv "XDG_CONFIG_HOME"
  if not config or config == "" then
    local home = os.getenv "HOME"
    if not home or home == "" then errors.at(nil, "the environment variable HOME is not set") end
    config = home .. "/.config"
  end
  return config .. "/systemd/user"
end

local function systemctl(...)
  local text, code = call { "systemctl", "--user", ... }
  if not text then missing("systemctl", "leave --timer off for a crontab entry") end
  return code == 0, text:match "[^\n]+" or "exit code " .. tostring(code)
end

local PARTS <const> = { ".service", ".timer" }

local function remove_units(base)
  for _, part in ipairs(PARTS) do os.remove(unit_folder() .. "/" .. base .. part) end
  os.remove(unit_folder() .. "/timers.target.wants/" .. base .. ".timer")      -- where systemctl could not
end

-- The files of a timer, texts by their ends; what is not there is left out.
local function read_units(base)
  local texts = {}
  for _, part in ipairs(PARTS) do texts[part] = sys.read_file(unit_folder() .. "/" .. base .. part) end
  return texts
end

-- Puts back the files that there were before systemctl refused new ones.
local function put_back(base, texts)
  if not texts[".timer"] then remove_units(base) end
  for _, part in ipairs(PARTS) do
    if texts[part] then sys.write_file(unit_folder() .. "/" .. base .. part, texts[part]) end
  end
  systemctl "daemon-reload"
  if texts[".timer"] then systemctl("restart", base .. ".timer") end
end

local function add_timer(entry)
  local folder, base = unit_folder(), entry_of.unit(entry)
  local service, timer = entry_of.units(entry)
  local before = read_units(base)
  if not spawn.find("systemctl", os.getenv "PATH" or SEARCHED, "/") then
    missing("systemctl", "leave --timer off for a crontab entry")
  end
  errors.need(sys.mkdirs(folder))
  errors.need(sys.write_file(folder .. "/" .. base .. ".service", service))
  errors.need(sys.write_file(folder .. "/" .. base .. ".timer", timer))
  local ok, message = systemctl("daemon-reload")
  -- a timer that runs goes on with the old times until it is started again
  if ok then ok, message = systemctl("enable", base .. ".timer") end
  if ok then ok, message = systemctl("restart", base .. ".timer") end
  if ok then return before[".timer"] ~= nil end
  put_back(base, before)
  errors.at(nil, "systemctl --user could not start the timer: %s; leave --timer off for a crontab entry", message)
end

local function remove_timer(which)
  local base = entry_of.unit(which)
  if not sys.stat(unit_folder() .. "/" .. base .. ".timer") then return false end
  local ok, message = systemctl("disable", "--now", base .. ".timer")
  remove_units(base)
  systemctl "daemon-reload"
  if ok then return true end
  errors.at(nil, "%s: its files are removed, but systemctl --user could not stop the timer: %s; if it runs, it ends "
    .. "with the session", which.name, message)
end

-- The entries among the units: { name, project, timer, line }.
local function timers()
  local list, folder = {}, unit_folder()
  local names = sys.stat(folder) == "folder" and sys.list(folder) or {}
  table.sort(names)
  for _, file in ipairs(names) do
    local base = file:match "^(rille%-.*)%.timer$"
    local text = base and sys.read_file(folder .. "/" .. file)
    local mark = text and entry_of.read_mark(text:match "^[^\n]*")
    if mark then
      local times = {}
      for key, value in text:gmatch "\n(On%w+)=([^\n]*)" do
        if key ~= "OnActiveSec" then times[#times + 1] = value end
      end
      local service = sys.read_file(folder .. "/" .. base .. ".service") or ""
      list[#list + 1] = { name = mark.name, project = mark.project, kind = "timer", times = table.concat(times, ", "),
        command = service:match "\nExecStart=([^\n]*)" or "", file = folder .. "/" .. file }
    end
  end
  return list
end

-- Together ----------------------------------------------------------------------------

-- All entries of rille that are installed: { name, project, kind = "crontab" | "timer", times, command, file }.
---@return table[]
function schedule_install.list()
  local list = {}
  local _, entries = entry_of.read_crontab(read_crontab() or "")
  for _, one in ipairs(entries) do
    local times, command = one.line:match "^(@%S+)%s+(.*)$"
    if not times then times, command = one.line:match "^(%S+%s+%S+%s+%S+%s+%S+%s+%S+)%s+(.*)$" end
    list[#list + 1] = { name = one.name, project = one.project, kind = "crontab", times = times or "?",
      command = (command or one.line):gsub("\\%%", "%%") }
  end
  return table.move(timers(), 1, 1000, #list + 1, list)
end

local function remove_from_crontab(which)
  local text = read_crontab()
  return text ~= nil and select(2, entry_of.change_crontab(text, which)) and change_crontab(which)
end

-- Installs an entry; whether it replaces one of its name and project, which may have been of the other kind.
---@param entry table
---@param as_timer boolean
---@return boolean replaced
function schedule_install.add(entry, as_timer)
  if not as_timer then
    local replaced = change_crontab(entry, entry)
    return remove_timer(entry) or replaced
  end
  local replaced = add_timer(entry)
  local ok, other = pcall(remove_from_crontab, entry)       -- who may not use cron has no entry there
  return replaced or ok and other
end

-- Takes an entry away; where it was.
---@param which { name: string, project: string }
---@return string[] kinds "crontab", "timer"
function schedule_install.remove(which)
  local kinds = {}
  if remove_from_crontab(which) then kinds[1] = "crontab" end
  if remove_timer(which) then kinds[#kinds + 1] = "timer" end
  return kinds
end

return schedule_install
