-- uses: what a command takes from outside, as far as its words tell: the program,
-- arguments that are files or folders, files that the step says it depends on.
--
-- Files become observed facts, as if the step had read them.  What no file can tell
-- is a value fact with one of these names, which uses.holds compares later:
--     program NAME [in PATH]    the path that the name leads to, "" for none
--     files PATTERN             digest of the sorted list of what it stands for
-- Call it while a step runs, before its program starts: what changes after is then
-- a change while the step ran.

local hash = require "rille.host.hash"
local mistake = require "rille.mistake"
local observe = require "rille.host.observe"
local session = require "rille.session"
local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"

local uses = {}

-- Where the C library and the shell look when they are given no PATH.
local SYSTEM_PATH <const> = "/bin:/usr/bin"
uses.SHELL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

-- Folders that tools fill by themselves; nothing in them is a source.
local SKIPPED = { [".git"] = true, [".rille"] = true, __pycache__ = true }
-- Reading these is the same every time, or what the step writes.
local HARMLESS = { ["/dev/null"] = true, ["/dev/stdin"] = true, ["/dev/stdout"] = true, ["/dev/stderr"] = true, ["/dev/zero"] = true }

local function own_path() return os.getenv "PATH" or SYSTEM_PATH end

local SHOWN_FOLDERS <const> = 3

-- A PATH for an error: its first folders, and how many more there are.
function uses.shown_path(path)
  local folders = {}
  for folder in path:gmatch "[^:]+" do folders[#folders + 1] = folder end
  if #folders <= SHOWN_FOLDERS + 1 then return path end
  return string.format("%s and %d folders more", table.concat(folders, ":", 1, SHOWN_FOLDERS), #folders - SHOWN_FOLDERS)
end

-- Below the base folder a path is told relative to it: a moved project still hits.
local function shown(path)
  local base = session.folder()
  if path:sub(1, #base + 1) == base .. "/" then return path:sub(#base + 2) end
  return path
end

-- The path of a program as a script names it, or nil.  path: where to look, rille's
-- own PATH by default.
---@param name string
---@param path string?
function uses.find(name, path)
  if name:find("/", 1, true) then return session.resolve(name) end
  return spawn.find(name, path or own_path(), session.folder())
end

-- The interpreter that a script names in its first line, and the rest of that.
local function interpreter(path)
  local f = io.open(session.resolve(path), "rb")
  local head = f and f:read(256)
  if f then f:close() end
  if head then return head:match "^#![ \t]*([^ \t\n]+)[ \t]*([^\n]*)" end
end

-- The program that env starts: the first word that is neither an option (-S, and
-- what is glued to it) nor a variable.
local function after_env(rest)
  for word in rest:gmatch "[^ \t]+" do
    word = word:gsub("^%-S", "")
    if not word:find "^%-" and not word:find "=" and word ~= "" then return word end
  end
end

-- Notes the file of a program, and those of the interpreters that run it.
local function note_file(path, given, child_path, depth)
  observe.reading(given)
  local program, rest = interpreter(path)
  if not program or depth == 0 then return end
  note_file(program, program, child_path, depth - 1)
  local started = program:match "[^/]*$" == "env" and after_env(rest)
  if started then uses.program(started, child_path or SYSTEM_PATH, child_path, depth - 1) end
end

-- Notes a program, and gives its absolute path, or nil when there is none.
-- child_path is what the program itself will have as PATH.
---@param name string
---@param path string?
---@param child_path string?
---@return string? path
function uses.program(name, path, child_path, depth)
  local found = uses.find(name, path)
  local is_path = name:find("/", 1, true)
  if not is_path then
    observe.fact("value", "program " .. name .. (path and " in " .. path or ""), found and shown(found) or "")
  end
  if found then note_file(found, is_path and name or shown(found), child_path, depth or 4) end
  return found
end

-- What is below a folder, by paths that begin with it, sorted: files go to files,
-- to names all there is (a program may list it); seen are the folders that were
-- walked, for links may go round.
local function walk(dir, files, names, seen)
  local real = sys.realpath(session.resolve(dir))
  if not real or seen[real] then return end
  seen[real] = true
  local list = sys.list(real) or {}
  table.sort(list)
  for _, name in ipairs(list) do
    local path = dir .. "/" .. name
    local kind = sys.stat(session.resolve(path))
    if not SKIPPED[name] and session.resolve(path) ~= session.dir then
      names[#names + 1] = kind == "folder" and path .. "/" or path
      if kind == "folder" then walk(path, files, names, seen) elseif kind == "file" then files[#files + 1] = path end
    end
  end
end

local function matcher(glob)
  return "^" .. glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".") .. "$"
end

-- The files that a pattern stands for, and all names: * and ? in any part, a folder
-- for all in it.
local function expand(pattern)
  local found = { pattern:sub(1, 1) == "/" and "" or false }
  for part in pattern:gmatch "[^/]+" do
    local below = {}
    for _, dir in ipairs(found) do
      local prefix = dir and dir .. "/" or ""
      if not part:find "[*?]" then
        if sys.stat(session.resolve(prefix .. part)) then below[#below + 1] = prefix .. part end
      else
        local names = sys.list(session.resolve(dir and (dir == "" and "/" or dir) or ".")) or {}
        table.sort(names)
        local want = matcher(part)
        for _, name in ipairs(names) do
          if name:find(want) and not SKIPPED[name] and (name:sub(1, 1) ~= "." or part:sub(1, 1) == ".") then below[#below + 1] = prefix .. name end
        end
      end
    end
    found = below
  end
  local files, names = {}, {}
  for _, path in ipairs(found) do
    local kind = path and sys.stat(session.resolve(path))
    if kind then names[#names + 1] = path end
    if kind == "folder" then walk(path, files, names, {}) elseif kind then files[#files + 1] = path end
  end
  return files, names
end

local function list_digest(pattern)
  local _, names = expand(pattern)
  return hash.sha256(table.concat(names, "\n"))
end

-- Notes the files that a pattern stands for; returns how many there are.
---@param pattern string
function uses.files(pattern)
  local files, names = expand(pattern)
  observe.fact("value", "files " .. pattern, hash.sha256(table.concat(names, "\n")))
  for _, path in ipairs(files) do observe.reading(path) end
  return #files
end

-- After the program ended: a list of files that is another now has changed meanwhile.
function uses.again(pattern) observe.fact("value", "files " .. pattern, list_digest(pattern)) end

-- Is it below the script's folder?
local function is_inside(path)
  local full, base = session.resolve(path), session.folder()
  return ((sys.realpath(full) or full) .. "/"):sub(1, #base + 1) == base .. "/"
end

-- A folder that a command is given is taken whole.  One outside the project may be
-- the whole machine: that the result hangs on it can only be said.
local function note_folder(word)
  if is_inside(word) then return (word:gsub("(.)/+$", "%1")) end
  observe.impure("the folder " .. word .. ", which is outside the project")
end

-- A pattern that the shell replaces by the names of files; what stands in brackets
-- is taken as any character.
local function note_pattern(word)
  local pattern = word:gsub("%[[^%]/]*%]", "?")
  local folder = pattern:match "^[^*?]*" :match "^(.*/)" or "."
  if not is_inside(folder) and #expand(pattern) > 0 then
    return observe.impure("the files " .. word .. ", which are outside the project")
  end
  uses.files(pattern)
  return pattern
end

-- A path as it stands in the command: a file, a folder, what might become one.
-- Returns the pattern that uses.again wants, for a folder.
local function note_path(word)
  if word == "" or #word > 1024 or word:find "%c" or HARMLESS[word] or word:find "^/dev/fd/" then return nil end
  for part in word:gmatch "[^/]+" do if #part > 255 then return nil end end
  if sys.stat(session.resolve(word)) == "folder" then
    local pattern = note_folder(word)
    if pattern then uses.files(pattern) end
    return pattern
  end
  observe.reading(word)
end

local SOURCE_MAX <const> = 65536

-- Keeps the text of a word that is a source file with the run, for `rille why`.
---@param word string
function uses.keep(word)
  if word:find "[%c]" or #word > 1024 then return end
  local kind, size = sys.stat(session.resolve(word))
  if kind == "file" and size <= SOURCE_MAX then observe.keep(word) end
end

-- Notes an argument that stands in the command, what follows a = in it (the x of
-- --file=x and if=x), and a file that is glued to an option (-fx).  Patterns that uses.again wants go to the list.
---@param word string
---@param again string[]
---@param glob boolean? the shell takes it for a pattern
function uses.argument(word, again, glob)
  if glob then again[#again + 1] = note_pattern(word) return end
  if word:sub(1, 1) ~= "-" or sys.stat(session.resolve(word)) then again[#again + 1] = note_path(word) end
  local value = word:match "^[%w_-]+=(.+)$" or word:match "^%-%w([^-].*)$"
  if value and (word:find("=", 1, true) or sys.stat(session.resolve(value))) then again[#again + 1] = note_path(value) end
end

-- Whether a value fact is one of these.
function uses.covers(name) return name:find "^program " ~= nil or name:find "^files " ~= nil end

-- Does such a fact still hold?
---@param name string
---@param recorded string
function uses.holds(name, recorded)
  local pattern = name:match "^files (.*)$"
  if pattern then return list_digest(pattern) == recorded end
  local program, path = name:match "^program (.-) in (.*)$"
  local found = uses.find(program or name:match "^program (.*)$", path)
  return (found and shown(found) or "") == recorded
end

-- Raises when a program that a command names is nowhere in PATH.
---@param step table
---@param name string
function uses.need(step, name)
  if name:find("/", 1, true) or uses.find(name) then return end
  local here = sys.stat(session.resolve(name)) == "file" and string.format("; for the one in the script's folder write ./%s", name) or ""
  mistake.at(step.at, 'step "%s": there is no program "%s" in PATH (%s)%s', step.name, name, uses.shown_path(own_path()), here)
end

return uses
