-- svm: model.svm, the exact dump of rille.svm
return {
  version = 1,
  save = function(m, art) art:write("model.svm", m:dump()) end,
  load = function(art) return require("rille.svm").load(art:read "model.svm") end,
  preview = function(m) return tostring(m) end,
}
