-- xgboost: model.xgboost, the exact dump of rille.xgboost
return {
  version = 1,
  save = function(m, art) art:write("model.xgboost", m:dump()) end,
  load = function(art) return require("rille.xgboost").load(art:read "model.xgboost") end,
  preview = function(m) return tostring(m) end,
}
