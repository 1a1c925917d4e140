-- components: the components of the stack "default".
--
-- A component is { kind, name, flavor, path?, exists?, detail }: an orchestrator, an artifact store and a metadata
-- store, all on this machine.

local project = require "rille.project"
local sys = require "rille.host.sys"

local components = { NAME = "default" }

---@return table[] components of the default stack
function components.components()
  local dir, exists = project.find()
  dir = sys.realpath(dir) or dir
  local function place(name) return dir .. "/" .. name end
  return {
    { kind = "orchestrator", name = "default", flavor = "local", detail = "runs the steps on this machine" },
    { kind = "artifact-store", name = "default", flavor = "local", path = place "objects", exists = exists,
      detail = "files named by the SHA-256 of their content" },
    { kind = "metadata-store", name = "default", flavor = "sqlite", path = place "meta.db", exists = exists,
      detail = "runs, steps, artifacts, the cache" },
  }
end

-- The component of a kind.
function components.component(kind)
  for _, one in ipairs(components.components()) do
    if one.kind == kind then return one end
  end
end

return components
