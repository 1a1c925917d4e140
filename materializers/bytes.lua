-- bytes: value.bin, as they are
return {
  version = 1, member = "value.bin",
  pack = function(v) return v end,
  unpack = function(bytes) return bytes end,
  preview = function(v) return string.format("%d bytes", #v) end,
}
