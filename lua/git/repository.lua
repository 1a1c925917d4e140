-- repository: the git repository that a folder is in, read from its files: no program is started.
--
--     ROOT/.git             a folder, or a file "gitdir: FOLDER" (a work tree that git worktree added, a submodule)
--     FOLDER/HEAD           "ref: refs/heads/main", or a commit
--     COMMON/refs/..., COMMON/packed-refs, COMMON/config      COMMON is FOLDER, or what FOLDER/commondir names
--
-- What these files do not say in this simple way (reftable, a repository of another user) is left to git itself
-- (work_tree.lua).

local sys = require "rille.host.sys"

local repository = {}

---@class rille.git.repository
---@field root string the work tree, absolute, without links
---@field dir string the folder of HEAD
---@field common string the folder of refs and config

local function joined(folder, path)
  return path:sub(1, 1) == "/" and path or folder .. "/" .. path
end

local function first_line(path)
  local text = sys.stat(path) == "file" and sys.read_file(path)
  return text and text:match "^[^\r\n]*"
end

local function described(root, kind)
  local dir = root .. "/.git"
  if kind == "file" then
    local named = (first_line(dir) or ""):match "^gitdir: (.+)$"
    if not named then return nil end
    dir = joined(root, named)
  end
  local common = first_line(dir .. "/commondir")
  return { root = root, dir = dir, common = common and joined(dir, common) or dir }
end

-- The repository that the folder is in, or nil.
---@param folder string absolute
---@return rille.git.repository?
function repository.find(folder)
  local at = sys.realpath(folder)
  while at do
    local dir = at == "/" and "" or at
    local kind = sys.stat(dir .. "/.git")
    if kind then return described(dir, kind) end
    at = at ~= "/" and (at:match "^(.+)/[^/]*$" or "/") or nil
  end
end

-- Does this user own the repository?  git refuses another one's, unless safe.directory names it.
---@param repo rille.git.repository
---@return boolean
function repository.is_own(repo)
  local own = sys.getuid()
  for _, path in ipairs { repo.root, repo.root .. "/.git", repo.dir } do
    local _, _, owner = sys.stat(path)
    if owner ~= own then return false end
  end
  return true
end

-- Commits ------------------------------------------------------------------------------------

local function is_commit(text) return text ~= nil and (#text == 40 or #text == 64) and not text:find "[^%x]" end

local function packed(common, ref)
  local text = sys.stat(common .. "/packed-refs") == "file" and sys.read_file(common .. "/packed-refs")
  if not text then return nil end
  local at = text:find(" " .. ref .. "\n", 1, true)
  return at and text:sub(1, at - 1):match "(%x+)$"
end

-- The commit that HEAD is at; nil before the first commit, and where only git can tell.
---@param repo rille.git.repository
---@return string? sha in full
function repository.head(repo)
  local text = first_line(repo.dir .. "/HEAD")
  local ref = text and text:match "^ref: (refs/.+)$"
  if ref and not ref:find("..", 1, true) then
    text = first_line(repo.common .. "/" .. ref) or packed(repo.common, ref)
  end
  return is_commit(text) and text or nil
end

-- Remotes ------------------------------------------------------------------------------------

-- An address without the password or token that it may have; ssh needs the name of the user.
local function without_secrets(url)
  return (url:gsub("%?.*$", ""):gsub("^(%a[%w+.-]*://)([^/@]*)@", function(scheme, user)
    return scheme:find "^https?:" and scheme or scheme .. user:match "^[^:]*" .. "@"
  end))
end

-- Where the repository comes from: the address of the remote origin, else of the first one; nil without one.
---@param repo rille.git.repository
---@return string?
function repository.remote(repo)
  local text = sys.stat(repo.common .. "/config") == "file" and sys.read_file(repo.common .. "/config") or ""
  local remote, first
  for line in text:gmatch "[^\r\n]+" do
    if line:find "^%s*%[" then
      remote = line:match '^%s*%[remote "(.-)"%]'
    elseif remote then
      local url = line:match '^%s*url%s*=%s*"([^"]+)"' or line:match "^%s*url%s*=%s*(%S+)"
      if url and remote == "origin" then return without_secrets(url) end
      first = first or url
    end
  end
  return first and without_secrets(first)
end

return repository
