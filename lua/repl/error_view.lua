-- error_view: an error at the prompt: its message, and the lines of source around its place with a mark below what the
-- message names.

local origin = require "rille.host.origin"
local sys = require "rille.host.sys"

local error_view = {}

local AROUND <const> = 1        -- lines before and after

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do lines[#lines + 1] = line end
  return lines
end

-- What the message names, as it stands in the source.
local NAMED <const> = {
  "%(%a+ '([^']+)'%)",              -- attempt to call a nil value (global 'f')
  "near '([^']+)'",
  "variable '([^']+)'", 'parameter "([^"]+)"', 'field "([^"]+)"',
}

-- The column of what is named in the line, and its width; nil where it is not there, or twice.
local function named_in(line, message)
  for _, pattern in ipairs(NAMED) do
    local name = message:match(pattern)
    local first = name and line:find(name, 1, true)
    if first and not line:find(name, first + #name, true) then return first, #name end
  end
  local at = line:find "%S"
  return at, at and #(line:gsub("%s+$", "")) - at + 1
end

-- The place that a message begins with.
---@param message string
---@return string? source, integer? line
function error_view.place(message)
  local source, line = message:match "^([^\n:]+):(%d+): "
  return source, line and math.tointeger(line)
end

-- Three lines of source and a caret; "" where the source is not known.
---@param message string
---@param sources table<string, string> texts of the entries by "In[3]"
---@return string
function error_view.source(message, sources)
  local source, at = error_view.place(message)
  local text = source and (sources[source] or sys.stat(source) == "file" and sys.read_file(source))
  local lines = text and lines_of(text)
  if not lines or not lines[at] then return "" end
  local shown, wide = {}, #tostring(math.min(at + AROUND, #lines))
  for i = math.max(1, at - AROUND), math.min(at + AROUND, #lines) do
    shown[#shown + 1] = string.format("%s %" .. wide .. "d | %s", i == at and ">" or " ", i, lines[i])
    local first, width = named_in(lines[i], message)
    if i == at and first then
      local indent = lines[i]:sub(1, first - 1):gsub("[^\t]", " ")
      shown[#shown + 1] = (" "):rep(wide + 2) .. " | " .. indent .. ("^"):rep(width)
    end
  end
  return table.concat(shown, "\n")
end

-- The frames of the script's own code at the level, as lines "In[3]:2: in function 'f'".
---@param level integer of debug.getinfo
---@return string[]
function error_view.frames(level)
  local frames, info = {}, debug.getinfo(level, "Slnf")
  while info do
    if info.what ~= "C" and not origin.is_ours(info.source) then
      local what = info.name and string.format("in %s '%s'", info.namewhat == "" and "function" or info.namewhat,
        info.name) or info.what == "main" and "in the main chunk" or "in a function"
      frames[#frames + 1] = string.format("%s:%d: %s", info.short_src, info.currentline, what)
    end
    level = level + 1
    info = debug.getinfo(level, "Slnf")
  end
  return frames
end

return error_view
