-- program: starts git.
--
-- git gets the variables that say who the user is and nothing else: GIT_DIR and the like would lead to another
-- repository than the one that the script is in.  The repository is found by git itself, as it then refuses one of
-- another user (safe.directory).

local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"

local program = {}

local KEPT <const> = { "HOME", "XDG_CONFIG_HOME", "PATH", "TMPDIR", "SUDO_UID" }
local SHORT <const> = 0.2
local SEARCHED <const> = "/usr/local/bin:/usr/bin:/bin"

local function environment()
  -- git fetches nothing, asks nothing, writes no index, and speaks English
  local list = { "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1",
    "GIT_NO_REPLACE_OBJECTS=1" }
  for _, name in ipairs(KEPT) do
    local value = os.getenv(name)
    if value then list[#list + 1] = name .. "=" .. value end
  end
  return list
end

-- The folders of PATH that programs are looked for in.  A relative one would be in the repository, whose files are not
-- to be run for looking at it.
local function folders()
  local list = {}
  for folder in (os.getenv "PATH" or SEARCHED):gmatch "[^:]+" do
    if folder:sub(1, 1) == "/" then list[#list + 1] = folder end
  end
  return table.concat(list, ":")
end

-- Starts git in a folder.
---@param folder string absolute
---@param words string[] the command and its arguments
---@param options { input: boolean? }? input: it reads from a pipe
---@return table? handle of rille.host.spawn; nil: there is no such program, or it does not start
---@return string? message
function program.start(folder, words, options)
  local path = spawn.find("git", folders(), folder)
  if not path then return nil, "the program git is not installed" end
  -- a program that the configuration names for watching files is not to run
  local argv = { "git", "-C", folder, "-c", "core.fsmonitor=false", table.unpack(words) }
  -- a group of its own: Ctrl-C stops the run, not git's answer
  local handle, message = spawn.start { path = path, argv = argv, env = environment(), cwd = folder, group = true,
    input = options and options.input or nil }
  return handle, message
end

-- Waits for the end of a program and gives all that it wrote.
---@param handle table
---@param seconds number that it may take from here on
---@param hurried (fun(): boolean)? a signal has come: there are SHORT seconds left
---@return string? text nil: it was not done in time
---@return integer? code nil: a signal ended it
function program.finish(handle, seconds, hurried)
  local parts, last = {}, sys.mono() + seconds
  while true do
    if hurried and hurried() then last = math.min(last, sys.mono() + SHORT) end
    local left = math.max(last - sys.mono(), 0)
    local text = handle:read(left)
    if text == nil then break end
    if text then parts[#parts + 1] = text
    elseif left <= 0 then
      handle:finish()
      return nil
    end
  end
  return table.concat(parts), (handle:finish())
end

return program
