-- list: plain data is value.json; other elements are artifacts of their own type,
-- members I/NAME, with list.json giving the type and version of each.
local is_data = require("rille.host.value").is_data
local array = require "rille.array"
local preview = require "rille.artifact.preview"
local json = require "rille.json"
local artifact_io = require "rille.artifact.artifact_io"
local materialize = require "rille.artifact.materialize"
local frame_from_records = require "rille.artifact.frame_from_records"
local types = require "rille.script.types"

local SHOWN <const> = 3             -- elements in a preview

local function is_plain(v)
  if type(v) ~= "table" then return type(v) ~= "userdata" and type(v) ~= "function" and type(v) ~= "thread" end
  if not is_data(v) then return false end
  for _, x in next, v do if not is_plain(x) then return false end end
  return true
end

-- The members of element i, as an art of their own.
local function part_of(art, i)
  local prefix, members = i .. "/", {}
  for _, one in ipairs(art.members) do
    if one.name:sub(1, #prefix) == prefix then
      local name = one.name:sub(#prefix + 1)
      members[#members + 1] = { name = name, digest = one.digest, size = one.size, bytes = one.bytes }
    end
  end
  return members
end

local function load(art)
  if #art.members == 1 then return artifact_io.read_table(art, art.members[1].name) end
  local list = {}
  for i, one in ipairs(artifact_io.read_table(art, "list.json")) do
    list[i] = materialize.load({ materializer = one.type, version = one.version, members = part_of(art, i) }, art.env)
  end
  return list
end

local function to_array(art) return array.from(load(art)) end

return {
  version = 1,
  save = function(list, art)
    if is_plain(list) then return art:write("value.json", json.pack(list)) end
    local index, shown = {}, {}
    for i, v in ipairs(list) do
      local one = materialize.save(v, types.t.any, art.env)
      if i <= SHOWN and one.preview then shown[#shown + 1] = one.preview:match "^[^\n]*" end
      index[i] = { type = one.materializer, version = one.version }
      for _, m in ipairs(one.members) do
        art.members[#art.members + 1] = { name = i .. "/" .. m.name, digest = m.digest, size = m.size, bytes = m.bytes }
      end
    end
    art:write("list.json", json.pack(index))
    if #shown == math.min(#list, SHOWN) then
      art:text("list of %d: %s%s", #list, table.concat(shown, "; "), #shown < #list and "; …" or "")
    end
  end,
  load = load,
  views = { table = load, array = to_array, matrix = to_array, vector = to_array,
    frame = function(art) return frame_from_records.frame(load(art)) end },
  preview = preview.of_list,
}
