-- null_store: the artifact store of a plan that writes nothing: it tells the digests and keeps no bytes.
-- What a store is: host/store/interface.lua.

local hash = require "rille.host.hash"
local sys = require "rille.host.sys"

local null_store = {}

function null_store.put(_, bytes) return hash.sha256(bytes), #bytes end

function null_store.put_file(_, path)
  local bytes, message, code = sys.read_file(path)
  if not bytes then return nil, message, code end
  return hash.sha256(bytes), #bytes
end

local Writer = {}
Writer.__index = Writer
Writer.__close = function() end

function Writer:write(bytes)
  self.chunks[#self.chunks + 1] = bytes
  return self
end

function Writer:finish()
  local bytes = table.concat(self.chunks)
  return hash.sha256(bytes), #bytes
end

function Writer.abort() return true end

function null_store.begin() return setmetatable({ chunks = {} }, Writer) end

return null_store
