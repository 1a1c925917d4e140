-- work_tree: what differs between a work tree and its commit, as git status tells it.
--
-- A state is {
--   commit = "sha" | nil        nil before the first commit
--   changed = { path, ... }     tracked files that differ from the commit, or are about to
--   loose = { path, ... }       what is not tracked, ignored or not; a folder ends with "/" and stands for all in it
-- }, paths relative to the root.

local program = require "rille.git.program"

local work_tree = {}

-- Nothing is written: git keeps what it found out about unchanged files for itself.
local WORDS <const> = { "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--ignored=matching",
  "--ignore-submodules=dirty", "--no-renames" }

-- Fields before the path, by the first character of an entry.
local PATHS <const> = { ["1"] = "^1 %S+ %S+ %S+ %S+ %S+ %S+ %S+ (.+)$",
  u = "^u %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (.+)$", ["?"] = "^%? (.+)$", ["!"] = "^! (.+)$" }

---@class rille.git.state
---@field commit string?
---@field changed string[]
---@field loose { path: string, ignored: boolean }[]

-- The folder of a store.  Its own .gitignore hides it from git, but may not be written yet when git looks.
local function is_store(path) return path == ".rille/" or path:sub(-8) == "/.rille/" end

---@param text string
---@return rille.git.state
local function parsed(text)
  local state = { changed = {}, loose = {} }
  for entry in text:gmatch "[^\0]+" do
    entry = entry:gsub("^warning: [^\n]*\n", "")
    local kind = entry:sub(1, 1)
    local path = PATHS[kind] and entry:match(PATHS[kind])
    if path and (kind == "?" or kind == "!") then
      state.loose[#state.loose + 1] = { path = path, ignored = kind == "!" or is_store(path) }
    elseif path then state.changed[#state.changed + 1] = path
    else
      local sha = entry:match "^# branch%.oid (%x+)$"
      if sha and #sha >= 40 then state.commit = sha end
    end
  end
  return state
end

-- The reason in what git wrote when it failed, in a line.
local function reason_of(text)
  local line = text:match "fatal: ([^\n]*)" or text:match "error: ([^\n]*)" or text:match "[^\n]+" or "git failed"
  return (line:gsub("%z.*", ""))
end

-- Begins to look at the work tree; git works beside this process.
---@param root string
---@param below string? only there, relative to the root
---@return table? asked, string? message
function work_tree.ask(root, below)
  local words = table.pack(table.unpack(WORDS))
  if below and below ~= "" then
    words[#words + 1], words[#words + 2] = "--", ":(literal,top)" .. below
  end
  return program.start(root, words)
end

-- The answer; nil where git failed, or was not done in time (then the message is nil).
---@param asked table of work_tree.ask
---@param seconds number
---@param hurried (fun(): boolean)? of program.finish
---@return rille.git.state?, string? message
function work_tree.answer(asked, seconds, hurried)
  local text, code = program.finish(asked, seconds, hurried)
  if not text then return nil end
  -- half an answer would say that the rest is unchanged
  if code ~= 0 then return nil, reason_of(text) end
  return parsed(text)
end

-- Is the path among those that are not tracked?
---@param state rille.git.state
---@param path string relative to the root
---@return boolean
function work_tree.is_loose(state, path)
  for _, one in ipairs(state.loose) do
    if one.path == path or one.path:sub(-1) == "/" and path:sub(1, #one.path) == one.path then return true end
  end
  return false
end

-- The first path below a folder that differs from the commit, or is not in it; ignored files are no part of a folder.
---@param state rille.git.state
---@param folder string relative to the root; "" is the root
---@return string? path
function work_tree.first_uncommitted(state, folder)
  local prefix = folder == "" and "" or folder .. "/"
  local function holds(path)
    -- a folder that is not tracked may hold the folder that is asked for
    return path:sub(1, #prefix) == prefix or path:sub(-1) == "/" and prefix:sub(1, #path) == path
  end
  for _, path in ipairs(state.changed) do if holds(path) then return path end end
  for _, one in ipairs(state.loose) do if not one.ignored and holds(one.path) then return one.path end end
end

return work_tree
