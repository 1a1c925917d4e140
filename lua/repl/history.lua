-- history: the entries of earlier sessions, for the arrow keys: a file of JSON texts, a line each, below
-- XDG_STATE_HOME.  RILLE_HISTORY names another file; empty, entries are kept nowhere.  Sessions side by side append to
-- the same file, entry by entry, and it keeps the newest when it has grown (host/os/shared_log.h).

local json = require "rille.json"
local sys = require "rille.host.sys"

local history = {}

local MOST <const> = 1 << 20            -- bytes of the file
local LONGEST <const> = 1 << 18         -- bytes of an entry that is kept
local SHOWN <const> = 1000              -- entries

---@class History
---@field path string? nil: kept nowhere
local History = {}
History.__index = History

local function path_of()
  local given = os.getenv "RILLE_HISTORY"
  if given then return given ~= "" and given or nil end
  local state = os.getenv "XDG_STATE_HOME"
  local home = os.getenv "HOME"
  if not state or state:sub(1, 1) ~= "/" then state = home and home ~= "" and home .. "/.local/state" or nil end
  return state and state .. "/rille/history" or nil
end

---@return History
function history.open() return setmetatable({ path = path_of() }, History) end

-- The newest entries, oldest first.
---@return string[]
function History:entries()
  local file = self.path and sys.stat(self.path) == "file" and io.open(self.path, "rb")
  if not file then return {} end                -- a folder, or a pipe that would keep us waiting
  local lines, list = {}, {}
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  for i = math.max(1, #lines - SHOWN + 1), #lines do
    local ok, text = pcall(json.decode, lines[i])
    if ok and type(text) == "string" then list[#list + 1] = text end
  end
  return list
end

-- The folder is made for the user alone.
local function make_folder(path)
  local folder = path:match "^(.*)/[^/]*$"
  if not folder or folder == "" or sys.stat(folder) then return true end
  return sys.mkdirs(folder)
end

-- Appends an entry; one that begins with a blank is not kept.
---@param text string
---@return string? message why entries are not kept, once
function History:add(text)
  if not self.path or text:find "^%s" or #text > LONGEST then return end
  local encoded, line = pcall(json.encode, text)
  if not encoded then return end                -- bytes that are no text
  local made, message = make_folder(self.path)
  if made then made, message = sys.append_shared(self.path, line, MOST) end
  if made then return end
  self.path = nil
  return message
end

return history
