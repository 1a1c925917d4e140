-- nil: value.json, "null"
local json = require "rille.json"
return {
  version = 1, member = "value.json",
  pack = function(v) return json.pack(v) end,
  unpack = function(bytes) return json.unpack(bytes) end,
  preview = function() return "nil" end,
}
