-- transformer: transformer.preprocess, the exact dump of rille.preprocess, with that of the model of a chain
return {
  version = 1,
  save = function(v, art) art:write("transformer.preprocess", v:dump()) end,
  load = function(art) return require("rille.preprocess").load(art:read "transformer.preprocess") end,
  preview = function(v) return tostring(v) end,
}
