-- written_files: the files of the project that steps write.  Mixtures write them too; they are put back at the end.

local format = require "rille.base.format"
local project = require "rille.project"
local sys = require "rille.host.sys"

local written_files = {}

local MOST <const> = 256 << 20      -- bytes that are kept

local Kept = { __name = "files that are kept" }
Kept.__index = Kept

-- Puts the bytes into the file as it is, so that its owner and mode stay.
local function put(path, bytes)
  local f <close> = io.open(path, "wb")
  if f then f:write(bytes) end
end

-- Puts back what mixtures have changed.
function Kept:__close()
  for path, bytes in next, self.bytes do
    local now = sys.read_file(path)
    if bytes and now ~= bytes then put(path, bytes)
    elseif not bytes and now then sys.remove(path) end
  end
end

-- A mixture wrote a file.
---@param path string
function Kept:note(path)
  if self.bytes[path] == nil then self.others[path] = true end
end

-- Adds what could not be put back.
---@param remarks string[]
function Kept:add_remarks(remarks)
  local list = {}
  for path in next, self.others do list[#list + 1] = project.show_path(path) end
  table.sort(list)
  if list[1] then
    remarks[#remarks + 1] = string.format("mixtures wrote %s%s, which neither run wrote", list[1],
      list[2] and " and " .. format.plural(#list - 1, "more file") or "")
  end
end

-- The paths of files that the steps of a run wrote.
local function each_path(run, visit)
  local folder = run.path:match "^(.*)/"
  for _, step in next, run.steps do
    for _, one in next, step.reads do
      if one.kind == "write" then
        visit(one.name:sub(1, 1) == "/" and one.name or folder .. "/" .. one.name)
      end
    end
  end
end

-- Keeps what the files that two runs wrote have now, until it is closed.
---@param good table of run/blame/recorded.lua
---@param bad table
---@return table
function written_files.keep(good, bad)
  local self, size = setmetatable({ bytes = {}, others = {} }, Kept), 0
  local function keep(path)
    local kind, length = sys.stat(path)
    length = kind == "file" and length or 0
    if self.bytes[path] ~= nil or kind and kind ~= "file" or size + length > MOST then return end
    self.bytes[path], size = kind and sys.read_file(path) or false, size + length
  end
  each_path(good, keep)
  each_path(bad, keep)
  return self
end

return written_files
