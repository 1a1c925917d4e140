-- table: value.json, as rille.json packs it (sorted keys; what JSON lacks is
-- spelt out).  With arrays, frames, models or files in it: format 2, lua/artifact/nested.lua
local preview = require "rille.artifact.preview"
local json = require "rille.json"
local frame_from_records = require "rille.artifact.frame_from_records"

local function to_frame(art)
  if art.version > 1 then error("a table that holds arrays, frames, models or files is not loaded as a frame", 0) end
  return frame_from_records.frame(json.unpack(art:read "value.json"))
end

return {
  version = 1, member = "value.json",
  pack = json.pack,
  unpack = json.unpack,
  nested = 2,
  views = { frame = to_frame },
  preview = preview.of_table,
}
