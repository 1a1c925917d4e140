-- string: value.txt, its bytes as they are
local preview = require "rille.artifact.preview"

local SHORT <const> = 40        -- bytes of a text that stands for itself

return {
  version = 1, member = "value.txt",
  pack = function(v) return v end,
  unpack = function(bytes) return bytes end,
  preview = function(v) return #v > SHORT and preview.of_text(v) or nil end,
}
