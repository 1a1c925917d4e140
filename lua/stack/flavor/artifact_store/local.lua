-- The artifact store "local": files named by the SHA-256 of their content, in .rille/objects or in another folder.

local layered_store = require "rille.stack.layered_store"
local store = require "rille.host.store"
local t = require("rille.script.types").t

return {
  kind = "artifact_store", name = "local", summary = "files named by the SHA-256 of their content",
  options = { path = t.string { default = "", doc = "the folder that has objects/; without it .rille" } },
  path = function(options, env) return env.path(options.path) .. "/objects" end,
  open = function(options, env)
    local dir = env.path(options.path)
    local own, message = store.open(dir)
    if not own then return nil, message end
    return layered_store.new(own, nil, dir)
  end,
}
