-- local_deployer: the model deployer that starts `rille serve` on this machine (stack/deploying.lua); the one of stacks
-- without a model deployer.

local deploying = require "rille.stack.deploying"
local deployments = require "rille.project.deployments"

local local_deployer = {}

local Deployer = {}
Deployer.__index = Deployer

-- The option that was asked for, or that of the component; "" and 0 are none.
local function chosen(asked, own)
  if asked ~= nil and asked ~= 0 then return asked end
  if own == "" then return nil end
  return own
end

-- What deploying.start and deploying.ensure are asked, with what the component says.
---@param version { model: string, number: integer?, stage: string?, artifact: string? }
---@param asked { name: string?, port: integer?, host: string?, token_env: string?, run: string?, seconds: number?,
--- script: string? }
---@return table
function Deployer:request(version, asked)
  local own = self.options
  return { name = asked.name or version.model, model = version.model, which = version.number or version.stage,
    artifact = version.artifact, port = chosen(asked.port, own.port) or 0, host = chosen(asked.host, own.host),
    token_env = chosen(asked.token_env, own.token_env), run = asked.run, seconds = asked.seconds or own.seconds,
    program = chosen(nil, own.program), script = asked.script }
end

-- The version is served: by what runs so already, by a new server, or by one in place of another version's.
---@param version table
---@param asked table as of request; stopped() says that the caller is to end
---@return { id: string, url: string, how: "kept"|"started"|"replaced" }? made, string? why
function Deployer:deploy(version, asked)
  local state, how = deploying.ensure(self:request(version, asked), asked.stopped)
  if not state then return nil, how end
  return { id = state.name, url = state.url, how = how }
end

---@param id string
---@return boolean? stopped, string? why
function Deployer:stop(id)
  local state, why = deploying.stop(id, self.options.grace)
  if not state then return nil, why end
  return true
end

---@param id string
---@return rille.deployment_state?
function Deployer:status(id) return deployments.get(id) end

-- The deployer with the options of the component; {} has the usual ones.
---@param options { host: string?, port: integer?, token_env: string?, seconds: number?, grace: number? }
---@return table
function local_deployer.new(options) return setmetatable({ options = options }, Deployer) end

return local_deployer
