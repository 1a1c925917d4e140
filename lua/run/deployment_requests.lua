-- deployment_requests: starts what steps of a run asked to deploy, when the run is committed.
--
-- A server is started here and not by the step: what a step starts ends with it, and the number of the version that is
-- served is known only now.  On a hit the request is repeated, so a deployment that died meanwhile is started again and
-- one that runs as asked is left alone.  A start that fails is told and recorded, and the run stays completed.

local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local internal_error = require "rille.base.internal_error"
local notices = require "rille.run.notices"
local program = require "rille.project.program"
local signals = require "rille.project.signals"

local deployment_requests = {}

-- The deployer of the stack, or the local one.
local function deployer_of(job)
  local one = job.stack and job.stack:objects("model_deployer")[1]
  return one and one.object or require("rille.stack.local_deployer").new {}
end

local function is_interrupted() return signals.received() ~= nil end

local function same(a, b)
  for _, field in ipairs { "port", "host", "token_env", "artifact" } do
    if a.request[field] ~= b.request[field] then return false end
  end
  return a.model == b.model and a.version.number == b.version.number
end

-- Says that a version is served; a quiet run records it alone, and what was served before is no news for the record.
local function tell_served(job, one, made)
  local kept = made.how == "kept"
  local text = string.format("deployment %s: model %s, version %d, %s%s", one.request.name, one.model,
    one.version.number, kept and "still served" or "is served", made.url and " at " .. made.url or "")
  if not kept then notices.record(job, text) end
  if not global_options.quiet then job.emit("notice", nil, text) end
end

-- The script, where it has materializers of its own: a server of its models has to run it.
local function script_of()
  local registry = package.loaded["rille.artifact.registry"]
  return registry and next(registry.own) ~= nil and program.script or nil
end

-- Starts one.
local function start(job, deployer, one)
  local request, version = one.request, one.version
  local asked = { name = request.name, port = request.port, host = request.host, token_env = request.token_env,
    run = job.result.name, script = script_of(), stopped = is_interrupted }
  local ok, made, why = internal_error.call(deployer.deploy, deployer,
    { model = one.model, number = version.number, stage = version.stage, artifact = request.artifact }, asked)
  if internal_error.is(made) then error(made, 0) end
  if ok and made then return tell_served(job, one, made) end
  why = errors.text_of(ok and why or made, "it does not say why")
  notices.tell(job, string.format("deployment %s: version %d of model %s is not served: %s (rille deploy logs %s)",
    request.name, version.number, one.model, why, request.name))
end

---@param job rille.run.job whose run is committed
---@param list table[] of record/model_links.lua
function deployment_requests.carry_out(job, list)
  local ok, deployer = internal_error.call(deployer_of, job)
  if internal_error.is(deployer) then error(deployer, 0) end
  if not ok then return notices.tell(job, "nothing is deployed: " .. errors.text_of(deployer, "its deployer")) end
  local by_name = {}
  for _, one in ipairs(list) do
    local name = one.request.name
    local before = by_name[name]
    if not one.version then
      notices.tell(job, string.format("deployment %s: the run has no version of model %s", name, one.model))
    elseif not before then
      by_name[name] = one
      start(job, deployer, one)
    elseif not same(before, one) then
      notices.tell(job, string.format("deployment %s: two steps of the run ask for it differently; the first one "
        .. "counts; give each its own name", name))
    end
  end
end

return deployment_requests
