-- embed: what the C library (host/rille.c) calls.  Every function returns its
-- result, or nil, message, code.

local history = require "rille.history"
local json = require "rille.json"
local pipelines = require "rille.pipeline"
local session = require "rille.session"
local suggest = require "rille.suggest"

local embed = {}

local SYNTAX <const>, ERROR <const>, NOT_FOUND <const>, INVALID <const> = -8, -1, -4, -6

-- Calls f; what it raises becomes nil, message, code.
local function guarded(code, f, ...)
  local result = table.pack(pcall(f, ...))
  if result[1] then return table.unpack(result, 2, result.n) end
  local err = result[2]
  if type(err) == "table" and err.usage then return nil, err.usage, NOT_FOUND end
  if getmetatable(err) == session.Failure then return nil, err.message, err.code end
  return nil, tostring(err), code
end

function embed.open(store, base, nocreate)
  session.options.store, session.options.silent, session.options.quiet = store, true, true
  session.base = base
  if nocreate then
    local _, exists = session.find()
    if not exists then return nil, store .. ": there is no store", NOT_FOUND end
    return guarded(ERROR, function() session.need "write" return true end)
  end
  return true
end

function embed.close()
  session.leave()
  return true
end

function embed.load_file(path)
  return guarded(SYNTAX, function()
    require("rille.load").library(path)
    return true
  end)
end

function embed.load_string(name, text)
  return guarded(SYNTAX, function()
    require("rille.load").library(nil, text, "=" .. name)
    return true
  end)
end

local function find(name)
  local found = pipelines.pipelines[name]
  if found then return found end
  local names = {}
  for other in next, pipelines.pipelines do names[#names + 1] = other end
  return nil, string.format('there is no pipeline "%s"%s', name, suggest.hint(name, names)), NOT_FOUND
end

-- inputs: values by the names of the pipeline's inputs, or nil.
function embed.run(name, run_name, params, no_cache, unlisted, inputs)
  local pipeline, message, code = find(name)
  if not pipeline then return nil, message, code end
  local ok, given = pcall(json.decode, params or "{}", "params")
  if not ok then return nil, given, INVALID end
  return guarded(ERROR, function()
    local result = require("rille.run").pipeline(pipeline, { params = given, inputs = inputs, run_name = run_name, cache = not no_cache, unlisted = unlisted })
    return { id = result.id, name = result.name, status = result.status,
      error = result.failed and string.format("step %s: %s", result.failed.id, result.failed.answer.error) or nil }
  end)
end

function embed.output(run_id, step, output)
  return guarded(NOT_FOUND, function()
    local run = assert(history.find_run(run_id))
    local s = run.steps[step]
    local artifact = output and s.outputs[output] or s.output
    local data = { digest = artifact.digest, type = artifact.type, size = artifact.size }
    if data.type == "number" or data.type == "integer" then data.number = artifact:load() end
    if data.type == "string" or data.type == "bytes" then data.text = artifact:load() end
    return data
  end)
end

return embed
