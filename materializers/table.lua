-- table: value.json, as rille.json packs it (sorted keys; what JSON lacks is
-- spelt out)
local preview = require "rille.artifact.preview"
local json = require "rille.json"
local frame_from_records = require "rille.artifact.frame_from_records"

return {
  version = 1, member = "value.json",
  pack = json.pack,
  unpack = json.unpack,
  views = { frame = function(art) return frame_from_records.frame(json.unpack(art:read "value.json")) end },
  preview = preview.of_table,
}
