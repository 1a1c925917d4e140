-- neighbors: model.neighbors, the exact dump of rille.neighbors
return {
  version = 1,
  save = function(m, art) art:write("model.neighbors", m:dump()) end,
  load = function(art) return require("rille.neighbors").load(art:read "model.neighbors") end,
  preview = function(m) return tostring(m) end,
}
