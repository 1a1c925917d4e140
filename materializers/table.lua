-- table: value.json, as rille.json packs it (sorted keys; what JSON lacks is
-- spelt out)
local json = require "rille.json"

local function count(v)
  local n = 0
  for _ in next, v do n = n + 1 end
  return n
end

return {
  version = 1, member = "value.json",
  pack = json.pack,
  unpack = json.unpack,
  preview = function(v)
    local n = count(v)
    return string.format("table with %d field%s", n, n == 1 and "" or "s")
  end,
}
