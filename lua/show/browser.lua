-- browser: shows a file in a browser: that of $BROWSER, or the desktop's where there is a display.
--
-- $BROWSER is a list of commands with colons between them, of which the first that is there is taken; %s in it stands
-- for the file.  Files that are made to be shown are in a folder of the user's alone, removed with the session.

local errors = require "rille.base.errors"
local sys = require "rille.host.sys"

local browser = {}

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function has(program) return os.execute("command -v " .. quoted(program) .. " >/dev/null 2>&1") == true end

-- Browsers that run in the terminal: it is theirs until they end.
local IN_TERMINAL <const> = { w3m = true, lynx = true, links = true, links2 = true, elinks = true,
  ["www-browser"] = true }

-- The command that opens the file, and its program; nil where there is none.
local function command_for(path)
  for command in (os.getenv "BROWSER" or ""):gmatch "[^:]+" do
    local program = command:match "^%s*(%S+)"
    if program and has(program) then
      local text, n = command:gsub("%%s", (quoted(path):gsub("%%", "%%%%")))
      return n > 0 and text or command .. " " .. quoted(path), program
    end
  end
  local has_display = (os.getenv "DISPLAY" or "") ~= "" or (os.getenv "WAYLAND_DISPLAY" or "") ~= ""
  if has_display and has "xdg-open" then return "xdg-open " .. quoted(path), "xdg-open" end
end

-- Opens the file; says what was done, or where the file is and how to look at it.
---@param path string
---@return string
function browser.show(path)
  local command, program = command_for(path)
  if not command then
    return string.format("no browser here ($BROWSER is not set, and there is no display); the file, until the "
      .. "session ends:\n  %s\nto keep it or look at it elsewhere, write it with -o FILE", path)
  end
  if IN_TERMINAL[program:match "[^/]*$"] then
    os.execute(command)
    return path
  end
  os.execute("(" .. command .. ") </dev/null >/dev/null 2>&1 &")
  return string.format("opened with %s: %s", program, path)
end

-- Folders ------------------------------------------------------------------------------------

local Folder = {}
Folder.__index = Folder

function Folder.__gc(self) self:close() end
function Folder.__close(self) self:close() end

-- Writes a file of that name; one that is there is replaced.
---@param name string
---@param bytes string
---@return string path
function Folder:write(name, bytes)
  local path = self.path .. "/" .. name
  errors.need(sys.write_private(path, bytes))
  return path
end

function Folder:close()
  if self.path then sys.remove(self.path) end
  self.path = nil
end

-- A new folder of the user's alone, removed when it is collected.
function browser.folder()
  local root = os.getenv "TMPDIR" or ""
  local prefix = (root ~= "" and root or "/tmp") .. "/rille-show-"
  return setmetatable({ path = errors.need(sys.make_folder(prefix)) }, Folder)
end

return browser
