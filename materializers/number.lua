-- number: value.json, as rille.json packs it
local json = require "rille.json"
return {
  version = 1, member = "value.json",
  pack = json.pack,
  unpack = json.unpack,
}
