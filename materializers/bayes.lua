-- bayes: model.bayes, the exact dump of rille.bayes
return {
  version = 1,
  save = function(m, art) art:write("model.bayes", m:dump()) end,
  load = function(art) return require("rille.bayes").load(art:read "model.bayes") end,
  preview = function(m) return tostring(m) end,
}
