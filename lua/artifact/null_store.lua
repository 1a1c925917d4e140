-- null_store: a store that keeps nothing and only tells the names, for a plan.

local hash = require "rille.host.hash"
local sys = require "rille.host.sys"

local null_store = {}

function null_store.put(_, bytes) return hash.sha256(bytes), #bytes end

function null_store.put_file(_, path)
  local bytes, message, code = sys.read_file(path)
  if not bytes then return nil, message, code end
  return hash.sha256(bytes), #bytes
end

-- A writer: its chunks are hashed together at the end.
function null_store.begin()
  local chunks = {}
  return setmetatable({
    write = function(_, bytes)
      chunks[#chunks + 1] = bytes
      return true
    end,
    finish = function()
      local bytes = table.concat(chunks)
      return hash.sha256(bytes), #bytes
    end,
  }, { __close = function() end })
end

return null_store
