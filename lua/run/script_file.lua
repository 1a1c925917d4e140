-- script_file: loads scripts from files, from the command line and from standard input.

local errors = require "rille.base.errors"
local internal_error = require "rille.base.internal_error"
local observe = require "rille.host.observe"
local program = require "rille.project.program"
local project = require "rille.project"
local script_state = require "rille.run.script_state"
local sys = require "rille.host.sys"

local script_file = {}

-- A script that is a program may need none.
local function pipelines() return require "rille.script.pipeline" end

local function usage(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- The folder of an absolute path.
local function folder_of(path)
  local dir = path:match "^(.*)/[^/]*$"
  return dir ~= "" and dir or "/"
end

-- Chunks -------------------------------------------------------------------------------------

local MOST <const> = 1 << 22           -- bytes of a script that comes through a pipe

local function load_chunk(path, text, compile)
  local made = compile and compile(path, text, program.chunk)
  if made then return made end
  local chunk, message = observe.load_script(path, text, program.chunk)
  if not chunk then errors.at(nil, "%s", require("rille.run.not_lua").explain(program.chunk, text, message)) end
  return chunk
end

-- The chunk of a text that comes from no file.
local function chunk_of_text(text, chunk_name, base, is_program)
  script_state.prepare(base or project.check(sys.cwd()), is_program)
  program.set_script(nil, chunk_name)
  return load_chunk(nil, text)
end

-- The same with what is to be done about it: a script of that folder.
local function folder_refused(path)
  for _, name in ipairs { "pipeline.lua", "main.lua", "init.lua" } do
    local file = path:gsub("/*$", "/") .. name
    if sys.stat(file) == "file" then usage("%s is a folder, not a script; did you mean %s?", path, file) end
  end
  usage("%s is a folder, not a script", path)
end

-- The chunk of a pipe that the shell opened, as in: rille run <(generate).
local function chunk_of_stream(path, base, is_program)
  local text, why = sys.read_stream(path, MOST + 1)
  if not text then usage("%s", why) end
  if #text > MOST then usage("%s: a script that comes through a pipe has at most %d bytes", path, MOST) end
  return chunk_of_text(text, "=" .. path, base, is_program)
end

-- "; did you mean pipeline.lua?" for a script that there is not.
local function near_script(path)
  local dir, name = path:match "^(.*/)([^/]*)$"
  local scripts = {}
  for _, file in ipairs(sys.list(dir or ".") or {}) do
    if file:find "%.lua$" then scripts[#scripts + 1] = file end
  end
  local near = require("rille.base.suggest").nearest(name or path, scripts)
  return near and "; did you mean " .. (dir or "") .. near .. "?" or ""
end

-- The chunk of a file.  Relative paths start from the base, or from the file's folder.
local function chunk_of_file(path, base, compile, is_program)
  if path == "" then usage "the name of the script is empty" end
  local kind, message = sys.stat(path)
  if not kind then usage("%s%s", message, near_script(path)) end
  if kind == "folder" then folder_refused(path) end
  if kind ~= "file" then return chunk_of_stream(path, base, is_program) end
  local full, missing = sys.realpath(path)
  if not full then usage("%s", select(2, sys.cwd()) or missing) end
  local text, why = sys.read_file(full)
  if not text then usage("%s", why) end
  script_state.prepare(base or folder_of(full), is_program)
  program.set_script(full, "@" .. path)
  return load_chunk(full, text, compile)
end

-- The chunk of a path of the command line; "-" is standard input.
local function chunk_of_path(path, is_program)
  if path == "-" then return chunk_of_text(io.stdin:read "a", "=stdin", nil, is_program) end
  return chunk_of_file(path, nil, nil, is_program)
end

-- Programs -----------------------------------------------------------------------------------

local function quoted(word)
  if word == "" or word:find "[^%w%-_=./,:@+]" then return "'" .. word:gsub("'", "'\\''") .. "'" end
  return word
end

-- The command that repeats a run: its words without --name, as that name is taken now.
---@param argv string[]
---@return string
function script_file.command_line(argv)
  local words, i = { "rille" }, 1
  while argv[i] do
    if argv[i] == "--name" then i = i + 1
    elseif not argv[i]:find "^%-%-name=" then
      local secrets = package.loaded["rille.project.secrets"]
      words[#words + 1] = quoted(secrets and secrets.mask(argv[i]) or argv[i])
    end
    i = i + 1
  end
  return table.concat(words, " ")
end

-- Runs a script as a program.
---@param path string? nil for a text
---@param text string?
---@param chunk_name string? of a text
---@param args string[]
---@return any value what the script returned first
function script_file.program(path, text, chunk_name, args)
  local chunk = path and chunk_of_path(path, true) or chunk_of_text(text, chunk_name, nil, true)
  program.set_main(true)
  program.set_resume_command(path and program.argv and script_file.command_line(program.argv) or nil)
  package.loaded._G.arg = { [0] = path or chunk_name, table.unpack(args) }
  return (errors.from(nil, chunk, table.unpack(args)))
end

-- Prepares the state for entries at the prompt: relative paths start in the working folder.
function script_file.interactive()
  script_state.prepare(project.check(sys.cwd()))
  program.set_script(nil, "=prompt")
end

-- Libraries ----------------------------------------------------------------------------------

-- All relative paths of a state start from one folder: else a pipeline would read files of another folder when its
-- script was not the first.
local function check_folder(path)
  local base = project.known_folder()
  local full = base and sys.realpath(path)
  if full and folder_of(full) ~= base then
    usage("%s is not in %s, where the relative paths of this engine start; set rille_options.base, or load the "
      .. "script in another engine", path, base)
  end
end

-- Runs a script for a host, which asks for its pipelines later.  What a failing script did is undone.
---@param path string? nil for a text
---@param text string?
---@param chunk_name string? of a text
---@param base string? where relative paths start, if the host says so
---@param compile fun(path: string, text: string, chunk: string): function? compiles a file in place of the usual way
function script_file.library(path, text, chunk_name, base, compile)
  local mark = require("rille.run.script_undo").mark()
  local ok, err = internal_error.call(function()
    if path and not base then check_folder(path) end
    local chunk = path and chunk_of_file(path, base, compile)
      or chunk_of_text(text, chunk_name, base or project.known_folder())
    errors.from(nil, chunk)
  end)
  if ok then return end
  require("rille.run.script_undo").back(mark)
  error(err, 0)
end

-- Pipelines ----------------------------------------------------------------------------------

local function names_of_pipelines()
  local names = {}
  for name in next, pipelines().pipelines do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The pipeline of that name; what the script returns is nearer than what it defines.
local function named(path, result, name)
  if pipelines().is_pipeline(result) then
    if result.name == name then return result end
  elseif type(result) == "table" and pipelines().is_pipeline(result[name]) then
    return result[name]
  end
  local found = pipelines().pipelines[name]
  if found then return found end
  local hint = name:find("=", 1, true) and "; a parameter is set by --set " .. name
    or require("rille.base.suggest").hint(name, names_of_pipelines())
  usage('%s has no pipeline "%s"%s', path, name, hint)
end

-- What a script returns; with a commit, the script as it was there.
local function script_result(path, commit)
  if not commit then return (errors.from(nil, chunk_of_path(path))) end
  local chunk, code = require("rille.run.at_commit").script(path, commit)
  return (code:reading(errors.from, nil, chunk))
end

-- Loads a text in the place of a file, which need not exist any longer, and gives the pipeline of that name.
---@param path string absolute
---@param text string
---@param name string
---@return table pipeline
function script_file.pipeline_of_text(path, text, name)
  script_state.prepare(folder_of(path))
  program.set_script(path, "@" .. path:match "[^/]*$")
  return named(path, errors.from(nil, load_chunk(path, text)), name)
end

-- Loads a script and gives one of its pipelines: the one named, the one that the script returns, or the only one.
---@param path string
---@param name string?
---@param commit string? the script is taken as of this commit
---@return table pipeline
function script_file.pipeline(path, name, commit)
  local result = script_result(path, commit)
  if name then return named(path, result, name) end
  if pipelines().is_pipeline(result) then return result end
  -- of a file of tests the pipeline is that of the file that it tests
  if program.has_tests then
    usage("%s has tests and returns no pipeline; to run the tests: rille test %s", path, path)
  end
  local names = names_of_pipelines()
  if #names == 1 then return pipelines().pipelines[names[1]] end
  if #names == 0 then
    usage('%s defines no pipeline; end it with return rille.pipeline "NAME" { ... }; see rille help pipelines', path)
  end
  usage("%s defines %d pipelines (%s); name one: rille run %s NAME", path, #names, table.concat(names, ", "), path)
end

-- Loads a script and gives all the pipelines that it defines, by name.
---@param path string
---@return table[] pipelines
function script_file.pipelines(path)
  local result = errors.from(nil, chunk_of_path(path))
  local list, returned = {}, {}
  -- what the script returns may have steps in its slots
  for _, one in next, pipelines().is_pipeline(result) and { result } or type(result) == "table" and result or {} do
    if pipelines().is_pipeline(one) then list[#list + 1], returned[one.name] = one, true end
  end
  for name, one in next, pipelines().pipelines do
    if not returned[name] then list[#list + 1] = one end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

return script_file
