-- at_commit: rille.at "MODULE@COMMIT", and the script of rille run --at COMMIT FILE.

local code_version = require "rille.run.code_version"
local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local pinned_code = require "rille.run.pinned_code"
local program = require "rille.project.program"
local project = require "rille.project"
local repository = require "rille.git.repository"
local running = require "rille.project.running"
local script_state = require "rille.run.script_state"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local work_tree = require "rille.git.work_tree"

local at_commit = {}

local PATIENCE <const> = 60                     -- seconds that git status may take
local NO_GIT <const> = "the program git is not installed"

local opened = {}       -- codes by root, commit and folder: modules of one folder know each other
local is_noted = false  -- the user knows that pins are not kept

-- Modules ------------------------------------------------------------------------------------

-- Where there is no git a pin cannot be kept: the module comes from the disk, and the user is told once.
local function unpinned(name, commit, why)
  if not is_noted then
    terminal.say("rille: rille.at: ", why, ": ", name, " is loaded from disk, not as of ", commit, "\n")
  end
  is_noted = true
  return (package.loaded._G.require(name))
end

-- The numbers of a version, "0.1.0"; nil for another text.
local function numbers(text)
  local a, b, c = text:match "^v?(%d+)%.(%d+)%.(%d+)$"
  return a and { tonumber(a), tonumber(b), tonumber(c) }
end

local function is_later(a, b)
  for i = 1, 3 do if a[i] ~= b[i] then return a[i] > b[i] end end
  return false
end

-- A module of rille's own: there is the version of this program alone.
local function of_engine(name, version)
  local own = require "rille.base.version"
  local wanted = numbers(version)
  if not wanted then
    errors.raise('rille.at: "%s" is a module of rille, whose versions are like %s, found "%s"', name, own, version)
  end
  if is_later(wanted, numbers(own)) then
    errors.raise("rille.at: %s@%s is newer than this program, which is rille %s: install that version", name, version,
      own)
  end
  if version:gsub("^v", "") ~= own then
    terminal.say("rille: rille.at: this program is rille ", own, ": ", name, "@", version,
      " is not what was asked for, results may differ\n")
  end
  return (package.loaded._G.require(name))
end

local function check_clean(root, code)
  local asked, message = work_tree.ask(root, code.folder)
  if not asked then errors.raise("rille.at: %s", message) end
  local state, why = work_tree.answer(asked, PATIENCE)
  if not state then errors.raise("rille.at: %s", why or "git status did not end in time") end
  local path = work_tree.first_uncommitted(state, code.folder)
  if path then
    errors.raise("rille.at: %s is not committed, and modules are taken from the commits of a folder only while it has "
      .. "no uncommitted files: commit it, or put it away with git stash -u", path)
  end
end

-- A pin, MODULE.STEP@COMMIT, as rille show has it, names a step in a module.
local function step_hint(code, name, commit)
  local module, step = name:match "^(.+)%.([^.]+)$"
  if not module or not code:at_module(module) then return "" end
  return string.format('; its module %s is there: rille.at("%s@%s").%s', module, module, commit, step)
end

local function code_of(root, name, commit)
  local code, message = pinned_code.of(root, commit)
  if not code and message == NO_GIT then return nil, message end
  if not code then errors.raise("rille.at: commit %s: %s", commit, message) end
  if not code:at_module(name) then
    errors.raise("rille.at: commit %s has no module '%s' (%s)%s", pinned_code.short(code.sha), name,
      "looked for in " .. (code.base == "" and "the repository" or code.base .. "/"), step_hint(code, name, commit))
  end
  local key = table.concat({ root, code.base, code.sha, code.folder }, "\0")
  if not opened[key] then
    check_clean(root, code)
    opened[key] = code
  end
  return opened[key]
end

-- A module as of a commit, with what it requires from its folder.
---@param what string "MODULE@COMMIT"
---@return any module what its file returns
function at_commit.at(what)
  local name, commit = tostring(what):match "^([%w_%-%.]+)@(%S+)$"
  if type(what) ~= "string" or not name then
    errors.raise('rille.at: expected "MODULE@COMMIT", as in rille.at "steps.trainer@e4d3808", found %s',
      errors.describe(what))
  end
  if running.is_step() then errors.raise "rille.at: a step is running; call rille.at at the top of the script" end
  if name == "rille" or name:find "^rille%." and pinned_code.is_own(name) then return of_engine(name, commit) end
  if not program.observed then
    errors.raise "rille.at: a stock Lua loads what the module requires from disk: run the script with rille"
  end
  local repo = repository.find(project.folder())
  if not repo then return unpinned(name, commit, "the script is in no git repository") end
  local code, why = code_of(repo.root, name, commit)
  if not code then return unpinned(name, commit, why) end
  return code:module(name)
end

-- Scripts ------------------------------------------------------------------------------------

local function usage(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- The absolute path of a file that may not be there any longer, and the repository.
local function place_of(path)
  if path:sub(1, 1) ~= "/" then path = project.check(sys.cwd()) .. "/" .. path:gsub("^%./+", "") end
  local folder, name = path:match "^(.*)/([^/]+)$"
  if not folder then usage("--at: %s is not a script", path) end
  local there, rest = folder, ""
  while there ~= "" and not sys.realpath(there) do
    there, rest = there:match "^(.*)/[^/]*$", there:match "(/[^/]*)$" .. rest
  end
  there = sys.realpath(there == "" and "/" or there)
  return (there == "/" and "" or there) .. rest .. "/" .. name, repository.find(there)
end

-- The chunk of a script as of a commit, and the code that it belongs to.
---@param path string of the command line
---@param commit string
---@return function chunk
---@return rille.pinned_code code
function at_commit.script(path, commit)
  if path == "-" then usage "--at: a script from standard input is of no commit: give a file" end
  local full, repo = place_of(path)
  if not repo then usage("--at: %s is in no git repository", path) end
  script_state.prepare(full:match "^(.*)/" ~= "" and full:match "^(.*)/" or "/")
  local code, message = pinned_code.of(repo.root, commit)
  if not code then usage("--at %s: %s", commit, message) end
  local below = pinned_code.within(repo.root, full)
  local text = below and code:script(below)
  if not text then usage("--at %s: commit %s has no file %s", commit, pinned_code.short(code.sha), below or path) end
  program.set_script(full, "@" .. path .. "@" .. pinned_code.short(code.sha))
  program.set_code_version(code_version.of_commit(repo, code.sha))
  if not global_options.quiet then
    terminal.say("rille: code of commit ", pinned_code.short(code.sha),
      "; data files and programs are those on disk\n")
  end
  local chunk
  chunk, message = code:chunk(below, text, program.chunk)
  if not chunk then errors.at(nil, "%s", require("rille.run.not_lua").explain(program.chunk, text, message)) end
  return chunk, code
end

return at_commit
