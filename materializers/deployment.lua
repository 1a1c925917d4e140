-- deployment: deployment.json, the name of a deployment and of its model
return {
  version = 1,
  save = function(v, art) art:write("deployment.json", v:dump()) end,
  load = function(art) return require("rille.deployment").load(art:read "deployment.json") end,
  preview = function(v) return tostring(v) end,
}
