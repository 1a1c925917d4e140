-- deploy_request: ctx:deploy, by which a step asks that the version of its model that the run makes is served.
--
-- The request is kept with the record of the step and repeated on a hit (record/model_links.lua); the parent starts the
-- server when the run is committed (run/deployment_requests.lua).

local errors = require "rille.base.errors"
local model_context = require "rille.execute.model_context"

local deploy_request = {}

local OPTIONS <const> = { name = true, port = true, host = true, token_env = true, artifact = true }
local WHAT <const> = "ctx:deploy"

local function check(options)
  if type(options) ~= "table" then
    errors.raise('%s: expected options, as in { name = "digits", port = 8080 }, found %s', WHAT,
      errors.describe(options))
  end
  errors.check_fields(WHAT, options, OPTIONS)
  for _, field in ipairs { "host", "token_env", "artifact" } do errors.check_text(WHAT, field, options[field]) end
  local port = options.port
  if port ~= nil and not (math.type(port) == "integer" and port >= 0 and port <= 65535) then
    errors.raise("%s: port must be an integer from 0 to 65535 (0: one that is free), found %s", WHAT,
      errors.describe(port))
  end
  if options.name ~= nil and not require("rille.project.deployments").is_name(options.name) then
    errors.raise("%s: name must have letters, digits, - _ and . only, found %s", WHAT, errors.describe(options.name))
  end
end

-- Adds the request; the deployment as a value.
---@param data table? the model of the step
---@param answer table
---@param model any
---@param options table?
---@return deployment.Deployment
function deploy_request.add(data, answer, model, options)
  options = options or {}
  check(options)
  local asked = model_context.ask("deploy", data, answer, model, 'ctx:deploy(ctx.model, { name = "digits" })',
    function(name)
      return { name = options.name or name, port = options.port or 0, host = options.host,
        token_env = options.token_env, artifact = options.artifact }
    end)
  return require("rille.deployment").named(asked.name, data.model)
end

return deploy_request
