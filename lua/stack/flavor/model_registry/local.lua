-- The model registry "local": a folder, maybe a shared one, with published versions (stack/registry_folder.lua).

local registry_folder = require "rille.stack.registry_folder"
local t = require("rille.script.types").t

local function path_of(options, env)
  return options.path == "" and env.path "" .. "/registry" or env.path(options.path)
end

return {
  kind = "model_registry", name = "local", summary = "a folder of published versions, which may be shared",
  options = {
    path = t.string { default = "", doc = "folder, relative to the script's; without it .rille/registry" },
    publish = t.string { default = "", doc = "stages, as in staging,production: a version that a run or rille model "
      .. "promote moves to one is published" },
  },
  path = path_of,
  open = function(options, env)
    local object = registry_folder.new(path_of(options, env))
    object.stages = options.publish
    return object
  end,
}
