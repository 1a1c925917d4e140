-- script_file: scripts from files, the command line and standard input.

local internal_error = require "rille.base.internal_error"
local fingerprint = require "rille.host.fingerprint"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local pipelines = require "rille.script.pipeline"
local project = require "rille.project"
local program = require "rille.project.program"
local suggest = require "rille.base.suggest"
local upcalls = require "rille.base.upcalls"
local sys = require "rille.host.sys"
local script_undo = require "rille.run.script_undo"

local script_file = {}

-- Ways to globals and modules that a text does not name.  load, require and the
-- like are observed when they are called.
local HIDDEN = { ["_ENV as a value"] = true, ["_G"] = true, ["package.*"] = true,
  ["package.loaded.*"] = true, ["package.preload.*"] = true, ["package.searchers.*"] = true }

-- The fingerprint of code that a step brought in, or of a module that it found loaded;
-- or nil, what is why it does not tell all, and where.
local function print_of(v)
  local info = fingerprint.walk(v)
  if not info then return nil end
  for _, escape in ipairs(info.escapes) do
    -- of a value itself there is no place: then it is where the step asked for it
    if HIDDEN[escape.what] then return nil, escape.what, escape.where and escape.where:find ":%d+$" and escape.where end
  end
  for _, name in ipairs(info.reaches) do
    if name == "foreign C" then return nil, "a C function that rille does not know" end
  end
  return info.digest
end

local prepared = false

-- Of several scripts in one state the first finds it as it is.
local function prepare(base)
  project.set_folder(base)
  observe.set_base(base)
  if prepared then return end
  prepared = true
  observe.install(package.loaded._G)
  observe.module_fingerprint(print_of)
  program.set_observed()
  local opaque = require "rille.cache.opaque"
  fingerprint.setup(package.loaded._G, opaque.KEY_NAMES)
  opaque.register(upcalls.public_face(), require("rille.execute.context").classes)
end

local function usage(fmt, ...) error({ usage = string.format(fmt, ...) }, 0) end

-- The folder of an absolute path.
local function folder_of(path)
  local dir = path:match "^(.*)/[^/]*$"
  return dir ~= "" and dir or "/"
end

local chunk_of_text

-- The chunk of a file; the state is prepared for it.  Paths start from the base, or from
-- the file's folder.
local function chunk_of_script(path, base)
  local kind, message = sys.stat(path)
  if not kind then usage("%s", message) end
  if kind ~= "file" then usage("%s: it is %s, not a script", path, kind == "folder" and "a folder" or "no file") end
  local full = assert(sys.realpath(path))
  local text, why = sys.read_file(full)
  if not text then usage("%s", why) end
  prepare(base or folder_of(full))
  program.set_script(full, "@" .. path)
  local chunk, err = observe.load_script(full, text, program.chunk)
  if not chunk then errors.at(nil, "%s", err) end
  return chunk
end

-- The same, "-" being standard input.
local function chunk_of_file(path)
  if path == "-" then return chunk_of_text(io.stdin:read "a", "=stdin") end
  return chunk_of_script(path)
end

-- The chunk of a text that comes from no file.
function chunk_of_text(text, chunk_name, base)
  prepare(base or errors.need(sys.cwd()))
  program.set_script(nil, chunk_name)
  local chunk, err = observe.load_script(nil, text, chunk_name)
  if not chunk then errors.at(nil, "%s", err) end
  return chunk
end

-- The command that runs it again: the same, less the run's name, which is taken now.
---@param argv string[]
function script_file.command_line(argv)
  local words, i = { "rille" }, 1
  while argv[i] do
    if argv[i] == "--name" then i = i + 1
    elseif not argv[i]:find "^%-%-name=" then
      words[#words + 1] = (argv[i] == "" or argv[i]:find "[^%w%-_=./,:@+]") and "'" .. argv[i]:gsub("'", "'\\''") .. "'" or argv[i]
    end
    i = i + 1
  end
  return table.concat(words, " ")
end

-- Runs a script as a program.  text is nil for a file.
function script_file.program(path, text, chunk_name, args)
  local chunk = path and chunk_of_file(path) or chunk_of_text(text, chunk_name)
  program.set_main(true)
  program.set_resume_command(path and program.argv and script_file.command_line(program.argv) or nil)
  package.loaded._G.arg = { [0] = path or chunk_name, table.unpack(args) }
  errors.from(nil, chunk, table.unpack(args))
end

-- Relative paths of one state start from one folder, or a pipeline would read others'
-- files when its script was loaded before another.
local function check_folder(path)
  local base = project.known_folder()
  local full = base and sys.realpath(path)
  if full and folder_of(full) ~= base then
    usage("%s is not in %s, where the relative paths of this engine start; say with rille_options.base where they do, or load it in another engine", path, base)
  end
end

-- Runs a script for a host, which asks for its pipelines later.  base: where relative
-- paths start, as the host said, or nil.  What a script that fails did is taken back.
function script_file.library(path, text, chunk_name, base)
  local before = script_undo.mark()
  local ok, err = internal_error.call(function()
    if path and not base then check_folder(path) end
    local chunk = path and chunk_of_script(path, base) or chunk_of_text(text, chunk_name, base or project.known_folder())
    errors.from(nil, chunk)
  end)
  if ok then return end
  script_undo.back(before)
  error(err, 0)
end

-- Loads a script for its pipelines and gives the one wanted: the one named, the
-- one that the script returns, or the only one there is.
---@param path string
---@param name string?
function script_file.pipeline(path, name)
  local result = errors.from(nil, chunk_of_file(path))
  local names = {}
  for other in next, pipelines.pipelines do names[#names + 1] = other end
  if name then
    local found = pipelines.pipelines[name]
    if type(result) == "table" and not pipelines.is_pipeline(result) and pipelines.is_pipeline(result[name]) then found = result[name] end
    if pipelines.is_pipeline(result) and result.name == name then found = result end
    if not found then usage('%s has no pipeline "%s"%s', path, name, name:find("=", 1, true) and "; a parameter is set by --set " .. name or suggest.hint(name, names)) end
    return found
  end
  if pipelines.is_pipeline(result) then return result end
  if #names == 1 then return pipelines.pipelines[names[1]] end
  table.sort(names)
  if #names == 0 then usage('%s defines no pipeline; it ends with return rille.pipeline "NAME" { ... }, see rille help pipelines', path) end
  usage("%s defines %d pipelines (%s); name one: rille run %s NAME", path, #names, table.concat(names, ", "), path)
end

-- Loads a script and gives all the pipelines that it defines, by name.
---@param path string
---@return table[]
function script_file.pipelines(path)
  local result = errors.from(nil, chunk_of_file(path))
  local list, given = {}, {}
  -- what it returns has steps in its slots
  for _, one in next, pipelines.is_pipeline(result) and { result } or type(result) == "table" and result or {} do
    if pipelines.is_pipeline(one) then list[#list + 1], given[one.name] = one, true end
  end
  for name, one in next, pipelines.pipelines do
    if not given[name] then list[#list + 1] = one end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

return script_file
