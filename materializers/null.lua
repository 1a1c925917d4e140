-- null: value.json, "null", of rille.null as a whole value
local json = require "rille.json"
return {
  version = 1, member = "value.json",
  pack = function() return "null" end,
  unpack = function() return json.null end,
  preview = function() return "null" end,
}
