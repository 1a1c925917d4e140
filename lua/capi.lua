-- capi: what the C library (host/rille.c) calls.  Every function returns its result, or nil, message, code.

require "rille.composition"

local global_options = require "rille.project.global_options"
local history = require "rille.query.history"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local pipelines = require "rille.script.pipeline"
local program = require "rille.project.program"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"

local capi = {}

-- Codes of host/base/err.h.
local ERROR <const>, NO_MEMORY <const>, NOT_FOUND <const>, INVALID <const> = -1, -2, -4, -6
local SYNTAX <const>, CORRUPT <const> = -8, -12

local base                                              -- where relative paths start, if the host said so
local scripts = setmetatable({}, { __mode = "k" })      -- { script, chunk } by pipeline

-- Errors ---------------------------------------------------------------------------------

-- The message and code of an error; code: that of a mistake of the script.
local function explain(err, code)
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
local function protected(code, f, ...)
  local results = table.pack(internal_error.call(f, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  return nil, explain(results[2], code)
end

-- The engine -----------------------------------------------------------------------------

local function absolute_folder(path)
  local full, message, code = sys.realpath(path)
  if not full then return nil, message, code end
  local kind = sys.stat(full)
  if kind ~= "folder" then
    return nil, string.format("%s: base must be a folder, found %s", path,
      kind == "file" and "a file" or "something else"), INVALID
  end
  return full
end

-- Opens the engine.  The working folder may change later, so relative paths are resolved now.
---@param store string path of its .rille folder
---@param given_base string? where relative paths of scripts start
---@param nocreate boolean there must be a store
function capi.open(store, given_base, nocreate)
  if store:sub(1, 1) ~= "/" then
    local here, message, code = sys.cwd()
    if not here then return nil, message, code end
    store = here .. "/" .. store
  end
  program.set_hosted()
  global_options.set { store = store, silent = true, quiet = true }
  if given_base then
    local full, message, code = absolute_folder(given_base)
    if not full then return nil, message, code end
    base = full
    project.set_folder(full)
  end
  if not nocreate then return true end
  local _, exists = project.find()
  if not exists then return nil, store .. ": there is no store", NOT_FOUND end
  return protected(ERROR, function()
    project.need "write"
    return true
  end)
end

function capi.close()
  project.shut_down()
  return true
end

-- Scripts --------------------------------------------------------------------------------

-- Loads a script, and remembers it as that of its pipelines.
local function load_script(...)
  local before = {}
  for name, pipeline in next, pipelines.pipelines do before[name] = pipeline end
  require("rille.run.script_file").library(...)
  for name, pipeline in next, pipelines.pipelines do
    if before[name] ~= pipeline then scripts[pipeline] = { script = program.script, chunk = program.chunk } end
  end
  pipelines.forget_duplicates()
  return true
end

---@param path string
function capi.load_file(path) return protected(SYNTAX, load_script, path, nil, nil, base) end

---@param name string of the chunk
---@param text string
function capi.load_string(name, text) return protected(SYNTAX, load_script, nil, text, "=" .. name, base) end

-- Runs -----------------------------------------------------------------------------------

local function find_pipeline(name)
  local found = pipelines.pipelines[name]
  if found then return found end
  local names = {}
  for other in next, pipelines.pipelines do names[#names + 1] = other end
  return nil, string.format('there is no pipeline "%s"%s', name, suggest.hint(name, names)), NOT_FOUND
end

-- Runs a pipeline.
---@param name string
---@param run_name string?
---@param params string? JSON
---@param no_cache boolean
---@param unlisted boolean
---@param inputs table? values by the names of the pipeline's inputs
---@return { id: string, name: string, status: string, error: string? }?
function capi.run(name, run_name, params, no_cache, unlisted, inputs)
  local pipeline, message, code = find_pipeline(name)
  if not pipeline then return nil, message, code end
  params = params or "{}"
  local ok, given = pcall(json.decode, params, "params")
  if not ok then return nil, given, INVALID end
  if not params:find "^%s*{" then return nil, 'params: expected a JSON object, as {"gamma": 0.1}', INVALID end
  local script = scripts[pipeline]
  if script then program.set_script(script.script, script.chunk) end
  return protected(ERROR, function()
    local result = require("rille.run").pipeline(pipeline, { params = given, inputs = inputs, run_name = run_name,
      cache = not no_cache, unlisted = unlisted })
    local failed = result.failed
    return { id = result.id, name = result.name, status = result.status,
      error = failed and string.format("step %s: %s", failed.id, failed.answer.error) or nil }
  end)
end

-- Outputs --------------------------------------------------------------------------------

-- An output of a step, or the step's only one.
local function find_output(run_id, step_id, output)
  local step = assert(history.find_run(run_id)).steps[step_id]
  return output and step.outputs[output] or step.output
end

-- Adds the value of a number: .number, or .text where a double cannot hold it.
local function add_number(data, number)
  if math.tointeger(number + 0.0) == math.tointeger(number) then
    data.number = number
  else
    data.text = tostring(number)
  end
end

-- An output of a run, with its value when that is a number or a text.
---@param run_id string
---@param step_id string
---@param output string?
---@return { digest: string, type: string, size: integer, number: number?, text: string? }?
function capi.output(run_id, step_id, output)
  return protected(NOT_FOUND, function()
    local artifact = find_output(run_id, step_id, output)
    local data = { digest = artifact.digest, type = artifact.type, size = artifact.size }
    if data.type == "number" or data.type == "integer" then add_number(data, artifact:load()) end
    if data.type == "string" or data.type == "bytes" then data.text = artifact:load() end
    return data
  end)
end

return capi
