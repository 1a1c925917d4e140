-- string: value.txt, its bytes as they are
return {
  version = 1, member = "value.txt",
  pack = function(v) return v end,
  unpack = function(bytes) return bytes end,
}
