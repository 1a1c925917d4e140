-- objects: files of commits, from git's object store: one process, git cat-file --batch, answers all questions.
-- Nothing is checked out, nothing is written.

local program = require "rille.git.program"
local sys = require "rille.host.sys"

local objects = {}

local PATIENCE <const> = 30             -- seconds that git is waited for, each time
local MOST <const> = 1 << 28            -- bytes of an object
local MISSING <const> = "the repository does not have it"
local AMBIGUOUS <const> = "more than one object begins with these digits: give more of them"
local LFS <const> = "version https://git-lfs.github.com/spec/"

---@class rille.git.reader
---@field handle table
---@field buffer string that came and is not used yet
---@field trees table<string, table> by their id
local Reader = { __name = "reader of git objects" }
Reader.__index = Reader

-- A reader of the repository that the folder is in.  Close it.
---@param root string
---@return rille.git.reader?, string? message
function objects.open(root)
  local handle, message = program.start(root, { "cat-file", "--batch" }, { input = true })
  if not handle then return nil, message end
  return setmetatable({ handle = handle, buffer = "", trees = {} }, Reader)
end

function Reader:close() self.handle:finish() end
Reader.__close = Reader.close

-- Answers ------------------------------------------------------------------------------------

local function ended(self)
  local text = (self.said or "") .. "\n" .. self.buffer
  return nil, text:match "fatal: ([^\n]*)" or text:match "error: ([^\n]*)" or text:match "[^\n]+"
    or "git cat-file ended"
end

-- The next bytes; nil when there are none, or when git does not answer.  A signal ends a read early.
local function next_bytes(self)
  local last = sys.mono() + PATIENCE
  while true do
    local text = self.handle:read(math.max(last - sys.mono(), 0))
    if text then return text end
    if text == nil then return nil end
    if sys.mono() >= last then
      self.said = string.format("fatal: git cat-file does not answer within %d s", PATIENCE)
      return nil
    end
  end
end

local function more(self)
  local text = next_bytes(self)
  if not text then return nil end
  self.buffer = self.buffer .. text
  return true
end

local function line(self)
  while true do
    local at = self.buffer:find("\n", 1, true)
    if at then
      local text = self.buffer:sub(1, at - 1)
      -- the answer comes after what git says besides
      local is_besides = text:find "^error: " or text:find "^warning: " or text:find "^hint:"
      if text:find "^error: " then self.said = text end
      self.buffer = self.buffer:sub(at + 1)
      if not is_besides then return text end
    elseif not more(self) then return nil end
  end
end

-- n bytes and the line end after them.
local function content(self, n)
  local parts, have = { self.buffer }, #self.buffer
  while have <= n do
    local text = next_bytes(self)
    if not text then
      self.buffer = table.concat(parts)
      return nil
    end
    parts[#parts + 1], have = text, have + #text
  end
  local all = table.concat(parts)
  self.buffer = all:sub(n + 2)
  return all:sub(1, n)
end

-- An object by its id, or by what git understands as a name of one.
---@param name string
---@return string? kind "blob", "tree", "commit", "tag"; nil and a message: there is none
---@return string content, or the message
---@return string? id
function Reader:object(name)
  self.said = nil
  if not self.handle:write(name .. "\n") then
    while more(self) do end
    return ended(self)
  end
  local head = line(self)
  if not head then return ended(self) end
  local id, kind, size = head:match "^(%x+) (%l+) (%d+)$"
  if not id then
    if head:find " ambiguous$" or (self.said or ""):find " is ambiguous$" then return nil, AMBIGUOUS end
    return nil, head:find " missing$" and MISSING or (head:gsub("^fatal: ", ""))
  end
  size = math.tointeger(size)
  if size > MOST then return nil, "it is larger than " .. MOST .. " bytes" end
  local text = content(self, size)
  if not text then return ended(self) end
  return kind, text, id
end

-- Commits and their files --------------------------------------------------------------------

-- The commit that a name stands for: a commit, its beginning, a tag, a branch.
---@param name string
---@return string? sha, string? message
function Reader:commit(name)
  if name == "" or name:find "[^%w_./~^@{}+-]" or name:sub(1, 1) == "-" then
    return nil, "this is not the name of a commit"
  end
  local kind, message, id = self:object(name .. "^{commit}")
  if message == MISSING then message = "there is no such commit in this repository" end
  if kind ~= "commit" then return nil, kind and "it is a " .. kind .. ", not a commit" or message end
  return id
end

local KINDS <const> = { ["160000"] = "submodule", ["120000"] = "link", ["40000"] = "folder" }

-- The entries of a tree by name: { kind = "file" | "folder" | "link" | "submodule", id = }.
local function entries(text, width)
  local list, at = {}, 1
  while at <= #text do
    local mode, name, stop = text:match("^(%d+) ([^\0]+)\0()", at)
    if not mode then return nil end
    local id = text:sub(stop, stop + width - 1):gsub(".", function(c) return string.format("%02x", c:byte()) end)
    list[name] = { kind = KINDS[mode] or "file", id = id }
    at = stop + width
  end
  return list
end

local function tree(self, name)
  if self.trees[name] then return self.trees[name] end
  local kind, text, id = self:object(name)
  if kind ~= "tree" then return nil, kind and "it is a " .. kind .. ", not a folder" or text end
  local list = entries(text, #id // 2)
  if not list then return nil, "git gave a folder that cannot be read" end
  self.trees[name] = list
  return list
end

-- What is at a path of a commit: "file", "folder", "link" or "submodule", and its id; false where there is nothing.  A
-- submodule or a link on the way there is given with its own path.
---@param sha string
---@param path string relative to the root, without ".."
---@return string|false|nil kind nil and a message: the commit cannot be read
---@return string? id, or the message
---@return string? at the path of what was found
function Reader:entry(sha, path)
  local list, message = tree(self, sha .. "^{tree}")
  if not list then return nil, message end
  local done, found = "", nil
  for name in path:gmatch "[^/]+" do
    if found then
      if found.kind ~= "folder" then break end
      list, message = tree(self, found.id)
      if not list then return nil, message end
    end
    found, done = list[name], done == "" and name or done .. "/" .. name
    if not found then return false end
  end
  if not found then return "folder", nil, "" end
  if done ~= path and found.kind == "file" then return false end
  return found.kind, found.id, done
end

-- The text of a file of a commit; false where there is none, nil and a reason where it is no text of code.
---@param sha string
---@param path string
---@return string|false|nil text, string? reason
function Reader:text(sha, path)
  local kind, id, at = self:entry(sha, path)
  if not kind then return kind, id end
  if kind == "folder" then return false end
  if kind == "submodule" then return nil, at .. " is a submodule: its files are not in this repository" end
  if kind == "link" then return nil, at .. " is a symbolic link there, and links of a commit are not followed" end
  local found, text = self:object(id)
  if not found then return nil, text end
  if text:sub(1, #LFS) == LFS then return nil, at .. " is a pointer of Git LFS there, not code" end
  return text
end

return objects
