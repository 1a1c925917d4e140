-- kmeans: model.kmeans, the exact dump of rille.kmeans
return {
  version = 1,
  save = function(m, art) art:write("model.kmeans", m:dump()) end,
  load = function(art) return require("rille.kmeans").load(art:read "model.kmeans") end,
  preview = function(m) return tostring(m) end,
}
