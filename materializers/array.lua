-- array: value.npy (NumPy's format 1.0).  A large one is stored as it is and
-- mapped, not read, by who loads it.
local array = require "rille.array"
local npy = require "rille.host.npy"

local MAPPED <const> = 65536        -- bytes from which an array is kept raw

local function bytes_of(a)
  local sizes = { bool = 1, u8 = 1, i32 = 4, i64 = 8, f32 = 4, f64 = 8 }
  local n = sizes[a.dtype]
  for _, d in ipairs(a.shape) do n = n * d end
  return n
end

return {
  version = 1,
  save = function(a, art)
    if bytes_of(a) < MAPPED then
      art:write("value.npy", array.tonpy(a))
    else
      art:write_chunks("value.npy", function(write) array.writenpy(a, write) end, true)
    end
  end,
  load = function(art)
    local path = art:map "value.npy"
    if path then return assert(npy.map(path)) end      -- an object is nothing that a step reads
    return array.fromnpy(art:read "value.npy")
  end,
  preview = function(a) return string.format("%s array of %s", a.dtype, table.concat(a.shape, " x ")) end,
}
