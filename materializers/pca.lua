-- pca: model.pca, the exact dump of rille.pca
return {
  version = 1,
  save = function(m, art) art:write("model.pca", m:dump()) end,
  load = function(art) return require("rille.pca").load(art:read "model.pca") end,
  preview = function(m) return tostring(m) end,
}
