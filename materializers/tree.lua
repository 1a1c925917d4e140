-- tree: model.tree, the exact dump of rille.tree
return {
  version = 1,
  save = function(m, art) art:write("model.tree", m:dump()) end,
  load = function(art) return require("rille.tree").load(art:read "model.tree") end,
  preview = function(m) return tostring(m) end,
}
