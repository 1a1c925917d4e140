-- array_file: an array as a member of an artifact, in NumPy's format 1.0.
--
-- Arrays of 64 KiB and more are stored uncompressed and memory-mapped when loaded.  A loaded array is read only.

local array = require "rille.array"
local npy = require "rille.host.npy"

local array_file = {}

local MAPPED <const> = 65536        -- bytes from which an array is kept raw

local SIZES <const> = { bool = 1, u8 = 1, i32 = 4, i64 = 8, f32 = 4, f64 = 8 }

local function bytes_of(a)
  local n = SIZES[a.dtype]
  for _, d in ipairs(a.shape) do n = n * d end
  return n
end

local function need(v, message)
  if not v then error(message, 0) end
  return v
end

-- Writes the array into the artifact being saved.
---@param art Art
---@param name string ends in .npy
---@param a table an array
function array_file.save(art, name, a)
  if bytes_of(a) < MAPPED then
    art:write(name, array.tonpy(a))
    return
  end
  art:write_chunks(name, function(write, writer)
    -- the host's writer takes the array without a copy in Lua
    if type(writer) == "userdata" then need(npy.store(a, writer)) else write(array.tonpy(a)) end
  end, true)
end

---@param art Art
---@param name string
---@return table array read only
function array_file.load(art, name)
  local path = art:map(name)
  -- npy.map, not io: an object of the store is no file that the step reads
  if path then return need(npy.map(path)) end
  return need(npy.parse(art:read(name)))
end

return array_file
