-- function_source: the source text of functions, line by line.

local origin = require "rille.host.origin"
local program = require "rille.project.program"
local project = require "rille.project"
local sys = require "rille.host.sys"

local function_source = {}

local by_source = {}            -- lists of lines; false where there is no file

local function read(source)
  local path = source == program.chunk and program.script or project.resolve(source:sub(2))
  local text = sys.read_file(path)
  if not text then return false end
  local list = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do list[#list + 1] = line end
  return list
end

-- The lines of the file that a chunk was loaded from, or nil where there is no such file or it is one of rille.
---@param source string as debug.getinfo gives it
---@return string[]?
function function_source.of(source)
  if source:sub(1, 1) ~= "@" or origin.is_ours(source) then return nil end
  if by_source[source] == nil then by_source[source] = read(source) end
  return by_source[source] or nil
end

-- Iterates over the lines of a function: number, text without its comment.
---@param source string
---@param first integer
---@param last integer
---@return fun(): integer?, string?
function function_source.each(source, first, last)
  local lines = function_source.of(source)
  local i = first - 1
  return function()
    i = i + 1
    if lines and i <= last and lines[i] then return i, (lines[i]:gsub("%-%-.*$", "")) end
  end
end

-- A source as it stands in messages.
---@param source string
---@return string
function function_source.show(source) return (source:gsub("^[@=]", "")) end

-- The line at a place.
---@param place string "file:line"
---@return string?
function function_source.at(place)
  local file, n = place:match "^(.*):(%d+)$"
  local lines = file and function_source.of("@" .. file)
  return lines and lines[tonumber(n)] or nil
end

return function_source
