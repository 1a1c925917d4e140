-- history: the entries of earlier sessions, for the arrow keys: a file of JSON texts, a line each, below
-- XDG_STATE_HOME.  RILLE_HISTORY names another file; empty, it is kept nowhere.

local json = require "rille.json"
local sys = require "rille.host.sys"

local history = {}

local MOST <const> = 1 << 20            -- bytes of the file that are read
local SHOWN <const> = 1000              -- entries

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

---@return table
function history.open() return setmetatable({ path = path_of() }, History) end

-- The newest entries, oldest first.
---@return string[]
function History:entries()
  local file = self.path and io.open(self.path, "rb")
  if not file then return {} end
  local size = file:seek "end"
  file:seek("set", math.max(0, size - MOST))
  local list = {}
  for line in file:lines() do
    local ok, text = pcall(json.decode, line)
    if ok and type(text) == "string" then list[#list + 1] = text end
  end
  file:close()
  return table.move(list, math.max(1, #list - SHOWN + 1), #list, 1, {})
end

-- Appends an entry: a line, written at once, so that sessions side by side do not mix theirs.
---@param text string
function History:add(text)
  if not self.path or text:find "^%s" then return end
  local folder = self.path:match "^(.*)/[^/]*$"
  if folder and not sys.stat(folder) and not sys.mkdirs(folder) then
    self.path = nil
    return
  end
  if not sys.stat(self.path) then sys.write_private(self.path, "") end
  local file = io.open(self.path, "ab")
  if file then
    file:write(json.encode(text), "\n")
    file:close()
  else
    self.path = nil
  end
end

return history
