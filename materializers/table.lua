-- table: value.json, as rille.json packs it (sorted keys; what JSON lacks is
-- spelt out)
local glimpse = require "rille.glimpse"
local json = require "rille.json"
local records = require "rille.records"

return {
  version = 1, member = "value.json",
  pack = json.pack,
  unpack = json.unpack,
  views = { frame = function(art) return records.frame(json.unpack(art:read "value.json")) end },
  preview = glimpse.of_table,
}
