-- array: value.npy (NumPy's format 1.0).  Arrays of 64 KiB and more are stored uncompressed
-- and memory-mapped when loaded; a loaded array is read only.
local frame = require "rille.frame"
local array_file = require "rille.artifact.array_file"

local LOOKED_AT <const> = 100000    -- elements up to which the preview looks at them
local SHOWN <const> = 400           -- elements up to which it shows some

local function elements(a)
  local n = 1
  for _, d in ipairs(a.shape) do n = n * d end
  return n
end

local function load(art) return array_file.load(art, "value.npy") end

-- Columns c1, c2, ... of a matrix, c1 of a vector.
local function to_frame(art)
  local a = load(art)
  local columns = {}
  if a.ndim == 1 then columns[1] = { "c1", a }
  elseif a.ndim == 2 then
    for k = 1, a.shape[2] do columns[k] = { "c" .. k, a:column(k):copy() } end
  else error(string.format("a frame needs a matrix or a vector; this array has %d dimensions", a.ndim), 0) end
  return frame.new(columns)
end

local function to_table(art) return load(art):totable() end

local function range(a, n)
  if n == 0 or n > LOOKED_AT or a.dtype == "bool" then return "" end
  return string.format(", %.6g to %.6g, mean %.6g", a:min(), a:max(), a:mean())
end

return {
  version = 1,
  save = function(a, art) array_file.save(art, "value.npy", a) end,
  load = load,
  views = { matrix = load, vector = load, frame = to_frame, table = to_table, list = to_table },
  preview = function(a)
    local n = elements(a)
    local head = string.format("%s array of %s%s", a.dtype, table.concat(a.shape, " x "), range(a, n))
    if n == 0 or n > SHOWN then return head end
    return head .. "\n" .. tostring(a)
  end,
}
