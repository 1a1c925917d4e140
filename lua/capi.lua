-- capi: what the C library (host/rille.c) calls.  Every function returns its
-- result, or nil, message, code.

require "rille.composition"

local internal_error = require "rille.base.internal_error"
local history = require "rille.query.history"
local json = require "rille.json"
local pipelines = require "rille.script.pipeline"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local program = require "rille.project.program"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"

local capi = {}

local ERROR <const>, NO_MEMORY <const>, NOT_FOUND <const>, INVALID <const>, SYNTAX <const>, CORRUPT <const> = -1, -2, -4, -6, -8, -12

-- Where relative paths start, as the host said; the script of each pipeline.
local base
local scripts = setmetatable({}, { __mode = "k" })

-- What an error that came out of a call means: message, code.  code is that of a
-- mistake of the script.
local function told(err, code)
  if type(err) == "table" then
    if err.usage then return err.usage, NOT_FOUND end
    if getmetatable(err) == project.Failure then return err.message, err.code end
  end
  if internal_error.is(err) then
    local damage = project.trouble()
    if damage then return damage, CORRUPT end
    return internal_error.report(err, require "rille.base.version"), ERROR
  end
  return tostring(err), err == "not enough memory" and NO_MEMORY or code
end

-- Calls f; what it raises becomes nil, message, code.
local function guarded(code, f, ...)
  local result = table.pack(internal_error.call(f, ...))
  if result[1] then return table.unpack(result, 2, result.n) end
  return nil, told(result[2], code)
end

-- The folder of that name as an absolute path.
local function folder(path)
  local full, message, code = sys.realpath(path)
  if not full then return nil, message, code end
  local kind = sys.stat(full)
  if kind ~= "folder" then return nil, string.format("%s: base is a folder, found %s", path, kind == "file" and "a file" or "something else"), INVALID end
  return full
end

-- What can change while the engine is open, as the working folder, is asked now.
function capi.open(store, given_base, nocreate)
  if store:sub(1, 1) ~= "/" then
    local here, message, code = sys.cwd()
    if not here then return nil, message, code end
    store = here .. "/" .. store
  end
  program.set_hosted()
  global_options.set { store = store, silent = true, quiet = true }
  if given_base then
    local full, message, code = folder(given_base)
    if not full then return nil, message, code end
    base = full
    project.set_folder(full)
  end
  if nocreate then
    local _, exists = project.find()
    if not exists then return nil, store .. ": there is no store", NOT_FOUND end
    return guarded(ERROR, function() project.need "write" return true end)
  end
  return true
end

function capi.close()
  project.shut_down()
  return true
end

-- Loads a script, and keeps which pipelines are its.
local function load(...)
  local before = {}
  for name, one in next, pipelines.pipelines do before[name] = one end
  require("rille.run.script_file").library(...)
  for name, one in next, pipelines.pipelines do
    if before[name] ~= one then scripts[one] = { script = program.script, chunk = program.chunk } end
  end
  pipelines.forget_duplicates()
  return true
end

function capi.load_file(path) return guarded(SYNTAX, load, path, nil, nil, base) end

function capi.load_string(name, text) return guarded(SYNTAX, load, nil, text, "=" .. name, base) end

local function find(name)
  local found = pipelines.pipelines[name]
  if found then return found end
  local names = {}
  for other in next, pipelines.pipelines do names[#names + 1] = other end
  return nil, string.format('there is no pipeline "%s"%s', name, suggest.hint(name, names)), NOT_FOUND
end

-- inputs: values by the names of the pipeline's inputs, or nil.
function capi.run(name, run_name, params, no_cache, unlisted, inputs)
  local pipeline, message, code = find(name)
  if not pipeline then return nil, message, code end
  params = params or "{}"
  local ok, given = pcall(json.decode, params, "params")
  if not ok then return nil, given, INVALID end
  if not params:find "^%s*{" then return nil, 'params: expected a JSON object, as {"gamma": 0.1}', INVALID end
  local of = scripts[pipeline]
  if of then program.set_script(of.script, of.chunk) end
  return guarded(ERROR, function()
    local result = require("rille.run").pipeline(pipeline, { params = given, inputs = inputs, run_name = run_name, cache = not no_cache, unlisted = unlisted })
    return { id = result.id, name = result.name, status = result.status,
      error = result.failed and string.format("step %s: %s", result.failed.id, result.failed.answer.error) or nil }
  end)
end

-- The output of a step of the run, or the step's only one.
local function find_output(run_id, step, output)
  local s = assert(history.find_run(run_id)).steps[step]
  return output and s.outputs[output] or s.output
end

function capi.output(run_id, step, output)
  return guarded(NOT_FOUND, function()
    local artifact = find_output(run_id, step, output)
    local data = { digest = artifact.digest, type = artifact.type, size = artifact.size }
    if data.type == "number" or data.type == "integer" then
      data.number = artifact:load()
      -- a double does not hold it: its digits are told, and no other number
      if math.tointeger(data.number + 0.0) ~= math.tointeger(data.number) then data.number, data.text = nil, tostring(data.number) end
    end
    if data.type == "string" or data.type == "bytes" then data.text = artifact:load() end
    return data
  end)
end

return capi
