-- table: value.json, as rille.json packs it (sorted keys; what JSON lacks is
-- spelt out)
local preview = require "rille.artifact.preview"
local json = require "rille.json"
local records_frame = require "rille.artifact.records_frame"

return {
  version = 1, member = "value.json",
  pack = json.pack,
  unpack = json.unpack,
  views = { frame = function(art) return records_frame.frame(json.unpack(art:read "value.json")) end },
  preview = preview.of_table,
}
