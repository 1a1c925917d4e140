-- linear: model.linear, the exact dump of rille.linear
return {
  version = 1,
  save = function(m, art) art:write("model.linear", m:dump()) end,
  load = function(art) return require("rille.linear").load(art:read "model.linear") end,
  preview = function(m) return tostring(m) end,
}
