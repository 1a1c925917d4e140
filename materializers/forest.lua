-- forest: model.forest, the exact dump of rille.forest
return {
  version = 1,
  save = function(m, art) art:write("model.forest", m:dump()) end,
  load = function(art) return require("rille.forest").load(art:read "model.forest") end,
  preview = function(m) return tostring(m) end,
}
