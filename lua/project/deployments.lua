-- deployments: the servers of models that a project has started, as its folder says.
--
--     .rille/deployments/NAME/         locked as long as its server, or the command that starts it, lives
--         record.json                  { name, model, which?, artifact?, script?, host, port, token_env?, program?,
--                                        at, by, run?, dir, boot, pid?, ticks? }
--         status.json                  the server's own: { pid, host, port, url, version, stage?, started, state }
--         ended.json                   { how = "stopped"|"failed", why?, at } when it did not end by itself
--         log                          what it printed
--
-- Whether a server lives is asked of the lock, which the system takes away from a dead process: no number of a process
-- is trusted, nothing is left by kill -9 or a restart of the machine.  This file reads; stack/deploying.lua starts and
-- stops.

local json = require "rille.json"
local project = require "rille.project"
local sys = require "rille.host.sys"
local text_width = require "rille.base.text_width"

local deployments = {}

---@class rille.deployment_state
---@field name string
---@field state "running"|"starting"|"stopped"|"failed"|"died"
---@field reason string? why it is not running
---@field model string
---@field which string? as asked: a number, a stage or a name; nil: production
---@field version integer? that it serves, while it runs
---@field stage string? that this version has now
---@field url string?
---@field host string
---@field port integer that was asked for, while it runs that on which it listens
---@field pid integer?
---@field record table
---@field status table? of the server
---@field folder string
---@field log string

local LAST <const> = 400            -- bytes of a last line
local TAIL <const> = 16384          -- bytes of a log that are looked at for it

-- The folder of all, and of one.
---@param name string?
---@return string
function deployments.folder(name)
  local dir = project.dir or (project.find())
  return dir .. "/deployments" .. (name and "/" .. name or "")
end

-- May a deployment be called so?  It is a folder, and a word of a command line.
---@param name any
---@return boolean
function deployments.is_name(name)
  return type(name) == "string" and #name <= 100 and name:find "^[%w_][%w_.-]*$" ~= nil
end

-- The name of this start of the machine; "" where that is not known.
---@return string
function deployments.boot() return (sys.read_stream("/proc/sys/kernel/random/boot_id", 64) or ""):match "^%S*" end

---@param path string
---@return table?
function deployments.read_json(path)
  local text = sys.read_file(path)
  local ok, value = pcall(json.unpack, text or "")
  if not ok or type(value) ~= "table" then return nil end
  for k, v in next, value do if v == json.null then value[k] = nil end end
  return value
end

-- The last line of a log that says something.
---@param path string
---@return string?
function deployments.last_line(path)
  local f <close> = io.open(path, "rb")
  if not f then return nil end
  local size = f:seek "end"
  f:seek("set", math.max(0, size - TAIL))
  local last
  for line in (f:read "a" or ""):gmatch "[^\r\n]+" do if line:find "%S" then last = line end end
  return last and text_width.head(last, LAST)
end

-- What became of one that does not run.
local function ended(found)
  local record, over = found.record, deployments.read_json(found.folder .. "/ended.json")
  if over then
    found.state, found.reason = over.how == "stopped" and "stopped" or "failed", over.why
  else
    found.state = "died"
    if record.boot ~= deployments.boot() then found.reason = "the machine restarted"
    elseif not record.pid then found.reason = "the command that started it was killed"
    else
      local last = deployments.last_line(found.log) or ""
      found.reason = "its process ended, or was killed" .. (last:find "^rille: " and ": " .. last:sub(8) or "")
    end
  end
  return found
end

-- The stage that a version has now: the server may serve it by its number, and promotions come and go.
local function stage_now(model, number)
  local meta = project.meta
  if not meta and select(2, project.find()) and project.open "read" then meta = project.meta end
  local row = meta and project.answer(meta:model(model))
  local id = row and project.answer(meta:model_version_numbered(row.id, number))
  local version = id and project.answer(meta:model_version(id))
  return version and version.stage
end

local function alive(found)
  local record, status = found.record, deployments.read_json(found.folder .. "/status.json")
  found.state, found.pid = "starting", record.pid
  if not status or record.pid and status.pid ~= record.pid then return found end
  found.state, found.status, found.pid = "running", status, status.pid
  found.url, found.port, found.version = status.url, status.port, status.version
  found.stage = stage_now(found.model, found.version)
  if record.dir ~= (sys.realpath(found.folder) or found.folder) then
    found.reason = "the project was moved from " .. record.dir .. " while it ran: stop it and start it again"
  end
  return found
end

-- A deployment; nil where there is none of that name.
---@param name string
---@return rille.deployment_state?
function deployments.get(name)
  if not deployments.is_name(name) then return nil end
  local folder = deployments.folder(name)
  local locked = sys.is_folder_locked(folder)
  local record = deployments.read_json(folder .. "/record.json")
  if not record or not record.model then return nil end
  local found = { name = name, model = record.model, which = record.which, host = record.host, port = record.port,
    record = record, folder = folder, log = folder .. "/log" }
  return locked and alive(found) or ended(found)
end

---@return string[] sorted
function deployments.names()
  local names = {}
  for _, name in ipairs(sys.list(deployments.folder()) or {}) do
    if deployments.is_name(name) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- All of the project, by name.
---@return rille.deployment_state[]
function deployments.list()
  local list = {}
  for _, name in ipairs(deployments.names()) do list[#list + 1] = deployments.get(name) end
  return list
end

-- One field of a deployment, in the form that a step's fact records: alive, url, version, stage, or serves (the version
-- and model that the server answers with, or why it has none).
---@param found rille.deployment_state? of deployments.get
---@param field string
---@return string
function deployments.field(found, field)
  local runs = found and found.state == "running"
  if field == "serves" and found and not runs then return "- " .. found.state .. " " .. (found.reason or "") end
  if not runs then return "" end
  if field == "alive" then return "true" end
  if field == "serves" then return string.format("%s %s", found.model, tostring(found.version)) end
  return tostring(found[field] or "")
end

-- Is a fact of a step, "FIELD NAME", still so?
---@param fact string
---@param recorded string
---@return boolean
function deployments.holds(fact, recorded)
  local field, name = fact:match "^(%l+) (.*)$"
  return field ~= nil and deployments.field(deployments.get(name), field) == recorded
end

-- Words of the command line of a process; nil where it is gone or another user's.
local function words_of(pid)
  local text = sys.read_stream("/proc/" .. pid .. "/cmdline", 1 << 16)
  if not text or text == "" then return nil end
  local words = {}
  for word in text:gmatch "([^%z]*)%z" do words[#words + 1] = word end
  return words
end

-- The servers that run on this machine, of whatever project: { pid, model, name, folder, port, exists }, by what their
-- command lines say; exists: their project is there.
---@return { pid: integer, model: string, name: string, folder: string, port: string?, exists: boolean }[]
function deployments.on_machine()
  local list = {}
  for _, pid in ipairs(sys.list "/proc" or {}) do
    local words = pid:find "^%d+$" and words_of(pid) or {}
    local folder, name, port
    for i = 3, words[2] == "serve" and #words or 0 do
      if words[i] == "--status" then folder, name = (words[i + 1] or ""):match "^(.*/deployments/([^/]+))/status.json$"
      elseif words[i] == "--port" then port = words[i + 1] end
    end
    if folder then
      list[#list + 1] = { pid = math.tointeger(tonumber(pid)), model = words[3], name = name, folder = folder,
        port = port, exists = sys.entry(folder .. "/record.json") ~= nil }
    end
  end
  table.sort(list, function(a, b) return a.pid < b.pid end)
  return list
end

return deployments
