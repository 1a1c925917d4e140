-- command_reads: observes what a command reads, as far as its words show it: the program,
-- arguments that are files or folders, files that the step says it depends on.
--
-- Files become observed facts, as if the step had read them.  What is no content of a file
-- is a value fact with one of these names, which command_reads.holds compares later:
--     program NAME [in PATH]    the path that the name leads to, "" for none
--     path WORD                 digest of the entries at and below it
--     files PATTERN             the same of all that the pattern stands for
--     entry PATH                what stands there itself, nothing below it
--     working folder            where the command runs
-- An entry is a name with its kind, whether it can be executed, and the target of a
-- link.  Nothing below a folder is left out but the store.
-- It is called while the step runs, before its program starts, so that a later change of a
-- file is seen as a change during the step.

local hash = require "rille.host.hash"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local project = require "rille.project"
local spawn = require "rille.host.spawn"
local sys = require "rille.host.sys"

local command_reads = {}

-- Where the C library and the shell look when they are given no PATH.
local SYSTEM_PATH <const> = "/bin:/usr/bin"
command_reads.SHELL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

-- Reading these is the same every time, or what the step writes.
local HARMLESS = { ["/dev/null"] = true, ["/dev/stdin"] = true, ["/dev/stdout"] = true, ["/dev/stderr"] = true,
  ["/dev/zero"] = true }

local function own_path() return os.getenv "PATH" or SYSTEM_PATH end

local SHOWN_FOLDERS <const> = 3

-- A PATH for an error: its first folders, and how many more there are.
function command_reads.shown_path(path)
  local folders = {}
  for folder in path:gmatch "[^:]+" do folders[#folders + 1] = folder end
  if #folders <= SHOWN_FOLDERS + 1 then return path end
  return string.format("%s and %d folders more", table.concat(folders, ":", 1, SHOWN_FOLDERS), #folders - SHOWN_FOLDERS)
end

-- Below the base folder a path is told relative to it: a moved project still hits.
local function shown(path)
  local base = project.folder()
  if path:sub(1, #base + 1) == base .. "/" then return path:sub(#base + 2) end
  return path
end

-- The path of a program as a script names it, or nil.  path: where to look, rille's
-- own PATH by default.
---@param name string
---@param path string?
function command_reads.find(name, path)
  if name:find("/", 1, true) then return project.resolve(name) end
  return spawn.find(name, path or own_path(), project.folder())
end

function command_reads.exists(name) return sys.stat(project.resolve(name)) == "file" end

-- The text of a file that a shell may read as its own, or nil.
function command_reads.text_of(name)
  local kind, size = sys.stat(project.resolve(name))
  return kind == "file" and size < 1 << 20 and sys.read_file(project.resolve(name)) or nil
end

-- The name of the file that a program is, links followed.
function command_reads.real_name(name, path)
  local found = command_reads.find(name, path or command_reads.SHELL_PATH)
  local real = found and sys.realpath(found)
  return real and real:match "[^/]*$" or name:match "[^/]*$"
end

-- The interpreter that a script names in its first line, and the rest of that.
local function interpreter(path)
  path = project.resolve(path)
  local f = sys.stat(path) == "file" and io.open(path, "rb") or nil
  local head = f and f:read(256)
  if f then f:close() end
  if head then return head:match "^#![ \t]*([^ \t\n]+)[ \t]*([^\n]*)" end
end

-- The program that env starts: the first word that is neither an option (-S, and
-- what is glued to it) nor a variable.
local function after_env(rest)
  local is_value = false
  for word in rest:gmatch "[^ \t]+" do
    word = word:gsub("^%-%-split%-string=", ""):gsub("^%-v?S", "")
    if not is_value and not word:find "^%-" and not word:find "=" and word ~= "" then return word end
    is_value = not is_value and (word == "-u" or word == "-C" or word == "--unset" or word == "--chdir")
  end
end

-- Notes the file of a program, and those of the interpreters that run it.
local function note_file(path, given, child_path, depth)
  observe.reading(given)
  local program, rest = interpreter(path)
  if not program or depth == 0 then return end
  note_file(program, program, child_path, depth - 1)
  local started = program:match "[^/]*$" == "env" and after_env(rest)
  if started then command_reads.program(started, child_path or SYSTEM_PATH, child_path, depth - 1) end
end

-- Where a name leads: a path, and whether it can be started.
local function place_of(name, path)
  local found = command_reads.find(name, path)
  if not found then return "" end
  local kind, executable = sys.entry(sys.realpath(found) or found)
  return shown(found) .. (kind == "file" and not executable and " (not executable)" or "")
end

-- Notes a program, and gives its absolute path, or nil when there is none.
-- child_path is what the program itself will have as PATH.
---@param name string
---@param path string?
---@param child_path string?
---@return string? path
function command_reads.program(name, path, child_path, depth)
  local found = command_reads.find(name, path)
  local is_path = name:find("/", 1, true)
  observe.fact("value", "program " .. name .. (path and not is_path and " in " .. path or ""), place_of(name, path))
  if found then note_file(found, is_path and name or shown(found), child_path, depth or 4) end
  return found
end

-- Entries ----------------------------------------------------------------------------

-- Is it below the script's folder, or that folder?
local function is_inside(path)
  local full, base = project.resolve(path), project.folder()
  return ((sys.realpath(full) or full) .. "/"):sub(1, #base + 1) == base .. "/"
end

-- What is found at paths: { lines = what digests are of, files = to read, outside =
-- a link that leads to a folder outside the project, count }.
local Found = {}
Found.__index = Found

local function is_store(real) return project.dir and real == (sys.realpath(project.dir) or project.dir) end

-- Adds what is at the path, and all below it; seen are the folders that were walked,
-- for links may go round.
function Found:add(path, seen)
  local full = project.resolve(path)
  local kind, executable = sys.entry(full)
  if not kind then return end
  local target = kind == "link" and sys.read_link(full) or ""
  local real = sys.realpath(full)
  if real and is_store(real) then return end
  self.lines[#self.lines + 1] = string.pack("zs4", kind .. (kind == "file" and executable and " x" or ""), path)
    .. target
  self.count = self.count + 1
  local leads = kind == "link" and sys.stat(full) or kind
  if leads == "file" then self.files[#self.files + 1] = path end
  if leads ~= "folder" or not real or seen[real] then return end
  if kind == "link" and not is_inside(path) and next(seen) then
    self.outside = self.outside or path
    return
  end
  seen[real] = true
  local names = sys.list(full) or {}
  table.sort(names)
  for _, name in ipairs(names) do self:add((path == "/" and "" or path) .. "/" .. name, seen) end
end

local function found_at(paths)
  local self = setmetatable({ lines = {}, files = {}, count = 0 }, Found)
  for _, path in ipairs(paths) do self:add(path, {}) end
  return self
end

function Found:digest() return hash.sha256(table.concat(self.lines, "\n")) end

local function matcher(glob)
  return "^" .. glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".") .. "$"
end

-- The paths that a pattern stands for: * and ? in any part.
local function expand(pattern)
  local found = { pattern:sub(1, 1) == "/" and "" or false }
  for part in pattern:gmatch "[^/]+" do
    local below = {}
    for _, dir in ipairs(found) do
      local prefix = dir and dir .. "/" or ""
      if not part:find "[*?]" then
        if sys.entry(project.resolve(prefix .. part)) then below[#below + 1] = prefix .. part end
      else
        local names = sys.list(project.resolve(dir and (dir == "" and "/" or dir) or ".")) or {}
        table.sort(names)
        local want = matcher(part)
        for _, name in ipairs(names) do
          if name:find(want) and (name:sub(1, 1) ~= "." or part:sub(1, 1) == ".") then
            below[#below + 1] = prefix .. name
          end
        end
      end
    end
    found = below
  end
  return found
end

local function note_found(name, found)
  observe.fact("value", name, found:digest())
  for _, path in ipairs(found.files) do observe.reading(path) end
  if found.outside then observe.impure("the folder " .. found.outside .. ", which is outside the project") end
  return found.count
end

-- What a fact of entries is of.
local function found_of(name)
  local path = name:match "^path (.*)$"
  return found_at(path and { path } or expand(name:match "^files (.*)$"))
end

-- Notes the files that a pattern stands for; returns how many there are.
---@param pattern string
---@param again string[] gets what command_reads.again wants
function command_reads.files(pattern, again)
  local name = "files " .. pattern
  again[#again + 1] = name
  return note_found(name, found_of(name))
end

-- After the program ended: a list of files that is another now has changed meanwhile.
function command_reads.again(name) observe.fact("value", name, found_of(name):digest()) end

-- What is in brackets in a pattern is taken as any character.
local function without_sets(pattern)
  local list, i = {}, 1
  while i <= #pattern do
    local from = pattern:match("^%[[!^]?()", i)
    local close = from and pattern:sub(from, from) == "]" and from + 1 or from
    while close and pattern:sub(close, close) ~= "]" do
      close = pattern:match("^%[:%a+:%]()", close) or close + 1
      if close > #pattern then close = nil end
    end
    list[#list + 1] = close and "?" or pattern:sub(i, i)
    i = (close or i) + 1
  end
  return table.concat(list)
end

-- A pattern that the shell replaces by the names of files.
local function note_pattern(word, again)
  local pattern = without_sets(word)
  local folder = pattern:match "^[^*?]*" :match "^(.*/)" or "."
  if not is_inside(folder) and #expand(pattern) > 0 then
    return observe.impure("the files " .. word .. ", which are outside the project")
  end
  command_reads.files(pattern, again)
end

-- A path as it stands in the command: a file, a folder, what might become one.
-- A folder outside the project may be the whole machine: that the result depends on
-- it can only be said.
local function note_path(word, again)
  if word == "" or #word > 4096 or word:find "%z" or HARMLESS[word] or word:find "^/dev/fd/" then return end
  for part in word:gmatch "[^/]+" do if #part > 255 then return end end
  local is_folder = sys.stat(project.resolve(word)) == "folder"
  if is_folder and not is_inside(word) then
    return observe.impure("the folder " .. word .. ", which is outside the project")
  end
  local path = word:gsub("(.)/+$", "%1")
  local name = "path " .. path
  if is_folder then again[#again + 1] = name else observe.reading(word) end
  if word:sub(1, 5) ~= "/dev/" then note_found(name, found_at { path }) end
end

local SOURCE_MAX <const> = 65536

-- Keeps the text of a word that is a source file with the run, for `rille why`.
---@param word string
function command_reads.keep(word)
  if word:find "[%c]" or #word > 1024 then return end
  local kind, size = sys.stat(project.resolve(word))
  if kind == "file" and size <= SOURCE_MAX then observe.keep(word) end
end

-- The word seen from a folder that the command may change to.
local function below(folder, word) return (folder == "" or word:sub(1, 1) == "/") and word or folder .. "/" .. word end

-- A word that looks like an option is a file when it is there, or behind --.
local function note_word(word, again, plain)
  if plain or word:sub(1, 1) ~= "-" or sys.entry(project.resolve(word)) then note_path(word, again) end
end

local SEPARATORS <const> = "[^:;,|=#+@%s\"'(){}%[%]<>&]+"

-- A word may hold several names: a:b, x,y, file://z, "a b".  Where one of its parts is
-- there, all of them count, for another may come to be.
local function note_parts(word, again, folder)
  if #word > 4096 or not word:find "[:;,|=#+@%s\"'(){}%[%]<>&]" then return end
  local parts, is_there = {}, false
  for part in word:gmatch(SEPARATORS) do
    local name = part:gsub("^//+", "")
    if name ~= "" and #parts < 64 then
      parts[#parts + 1] = name
      is_there = is_there or sys.entry(project.resolve(below(folder, name))) ~= nil
    end
  end
  for _, name in ipairs(is_there and parts or {}) do
    local path = below(folder, name)
    if is_inside(path) then note_path(path, again) end
  end
end

-- Notes an argument that stands in the command, what follows a = or @ in it (the x
-- of --file=x, if=x and @x), and a file that is glued to an option (-fx).
---@param one table { word, glob = the shell takes it for a pattern, plain = no option }
---@param again string[] gets what command_reads.again wants
---@param folders string[] where the command may be then, "" for where it starts
function command_reads.argument(one, again, folders)
  local word, glob = one[1], one.glob
  local value = word:match "^[%w_-]+=(.+)$" or word:match "^@(.+)$" or word:match "^%-%w([^-].*)$"
  for _, folder in ipairs(folders) do
    if glob then note_pattern(below(folder, word), again)
    else
      note_word(below(folder, word), again, one.plain)
      note_parts(word, again, folder)
      if value and (word:find "[=@]" or value:find "[./]" or sys.entry(project.resolve(below(folder, value)))) then
        note_path(below(folder, value), again)
      end
    end
  end
end

-- A file that the command writes, after what it reads was noted.
---@param word string
---@param adds boolean what was in it stays
function command_reads.writing(word, adds)
  if #word > 4096 or word:find "%z" or word:find "^/dev/" then return end
  if adds then observe.reading(word) end
  observe.writing(word)
end

-- A variable that the program is given: a file or a folder of the project by its name.
---@param text string
---@param again string[]
function command_reads.variable(text, again)
  local kind = text ~= "" and #text <= 4096 and sys.stat(project.resolve(text))
  if kind == "file" and not HARMLESS[text] or kind == "folder" and is_inside(text) then note_path(text, again)
  elseif not kind then note_parts(text, again, "") end
end

local function entry_of(path)
  local full = project.resolve(path)
  local kind = sys.entry(full)
  if not kind then return "" end
  return string.format("%s %s %s", kind, sys.stat(full) or "none", kind == "link" and sys.read_link(full) or "")
end

-- A folder that the command changes to: that it is there, and no other.
function command_reads.folder(path) observe.fact("value", "entry " .. path, entry_of(path)) end

-- The result tells where it was made.
function command_reads.place() observe.fact("value", "working folder", project.folder()) end

local KINDS <const> = { ["program "] = true, ["files "] = true, ["path "] = true, ["entry "] = true }

-- Whether a value fact is one of these.
function command_reads.covers(name)
  return KINDS[name:match "^%a+ " or ""] ~= nil or name == "working folder"
end

-- Does such a fact still hold?
---@param name string
---@param recorded string
function command_reads.holds(name, recorded)
  if name == "working folder" then return project.folder() == recorded end
  if name:find "^entry " then return entry_of(name:sub(7)) == recorded end
  if not name:find "^program " then return found_of(name):digest() == recorded end
  local program, path = name:match "^program (.-) in (.*)$"
  return place_of(program or name:match "^program (.*)$", path) == recorded
end

-- Raises when a program that a command names is nowhere in PATH.
---@param step table
---@param name string
function command_reads.need(step, name)
  if name:find("/", 1, true) or command_reads.find(name) then return end
  local is_here = sys.stat(project.resolve(name)) == "file"
  errors.at(step.at, 'step "%s": there is no program "%s" in PATH (%s)%s', step.name, name,
    command_reads.shown_path(own_path()), is_here and "; for the one in the script's folder write ./" .. name or "")
end

return command_reads
