-- store_format: .rille/config.yaml, which says which format the folder has, and .rille/.gitignore.

local sys = require "rille.host.sys"

local store_format = {}

local LONGEST <const> = 1 << 16        -- bytes of a config.yaml
local CONFIG <const> = "# rille's state for this project; see rille help store\nformat: 1\n"

-- Not synced: the next run writes it again if the power fails.
local function write_config(path)
  local file, message = io.open(path, "w")
  if not file then return nil, message, -3 end
  local ok, why = file:write(CONFIG)
  file:close()
  if not ok then return nil, path .. ": " .. why, -3 end
  return true
end

-- Keeps git away from a new store.  It can do without, so that a failure is none.
---@param dir string the .rille folder
function store_format.ignore(dir)
  local file = io.open(dir .. "/.gitignore", "w")
  if not file then return end
  file:write "*\n"
  file:close()
end

-- Refuses a newer format, and a file that does not say which it is.
---@param dir string the .rille folder
---@param create boolean writes the file where there is none
---@return true? ok, string|boolean|nil message_or_configured, integer? code with true: does it have stacks?
function store_format.check(dir, create)
  local path = dir .. "/config.yaml"
  local kind, size = sys.stat(path)
  if kind and size > LONGEST then
    return nil, string.format("%s: %d bytes, too large for this file; move it away", path, size), -12
  end
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
    return nil, path .. ": the store's format is missing (format: 1)", -12
  end
  if config.format > 1 then
    return nil, string.format("%s: the store has format %d, but this rille knows 1; use a newer rille", path,
      config.format), -13
  end
  return true, (config.active or config.components or config.stacks) ~= nil
end

-- Whether the folder may have stacks, before it is opened.
---@param dir string the .rille folder
---@return boolean
function store_format.may_have_stacks(dir)
  local kind, size = sys.stat(dir .. "/config.yaml")
  return kind == "file" and size ~= #CONFIG
end

-- What the file has in a project without stacks.
store_format.CONFIG = CONFIG

return store_format
