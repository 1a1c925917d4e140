-- The artifact store "local": files named by the SHA-256 of their content, in .rille/objects or in another folder.

local store = require "rille.host.store"
local t = require("rille.script.types").t

return {
  kind = "artifact_store", name = "local", summary = "files named by the SHA-256 of their content",
  options = { path = t.string { default = "", doc = "folder of the objects; without it .rille/objects" } },
  open = function(options, env) return store.open(env.path(options.path, "objects")) end,
}
