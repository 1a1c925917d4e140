-- null_store: the interface of an artifact store, and the store that keeps nothing.
--
-- The engine puts, finds and reads the members of artifacts through a Store alone.  These are the stores:
--   rille.host.store    objects in files, named by their content (host/store/store.h)
--   null_store          for a plan that writes nothing: it tells the digests and keeps no bytes
--   split_store         in lua/run/rerun.lua: writes to one store, reads from two
--   store_decorator     in tests/lib: counts the calls and lets some fail
-- project.open opens the store of a project (project.use_openers gives another); the engine is handed it as env.store.
--
-- Where a call fails, it returns nil, message, code: an object that is missing or damaged, too.
-- Sizes are bytes of the plain content.

---@alias Digest string SHA-256 of an object's bytes, 32 bytes

---@class StoreWriter
---@field write fun(self: StoreWriter, bytes: string): StoreWriter?, string?, integer?
---@field finish fun(self: StoreWriter): Digest?, integer|string, integer? digest, size; the writer is used up
---@field abort fun(self: StoreWriter): true nothing of it is kept; <close> does so too

---@class Store
---
--- Writing.  An object can be read when the call has returned, and is durable after sync; where sync fails, it is
--- gone.  raw: stored uncompressed, to be mapped.
---@field put fun(self: Store, bytes: string, raw: boolean?): Digest?, integer|string, integer? digest, size
---@field put_file fun(self: Store, path: string, raw: boolean?): Digest?, integer|string, integer? digest, size
---@field begin fun(self: Store, raw: boolean?): StoreWriter?, string?, integer?
---@field note fun(self: Store, digest: Digest): true?, string?, integer? another process put it: sync covers it
---@field sync fun(self: Store): true?, string?, integer? makes durable what was put or noted
---@field pending fun(self: Store): integer, integer how many objects wait for a sync, and their bytes
---
--- Reading.
---@field has fun(self: Store, digest: Digest, size: integer): boolean a file of a fitting size is there
---@field intact fun(self: Store, digest: Digest, size: integer): boolean it is there and its bytes are right
---@field get fun(self: Store, digest: Digest, size: integer): string?, string?, integer? the bytes, verified
---@field copy_out fun(self: Store, digest: Digest, size: integer, path: string, executable: boolean?): true?, string?
---@field path fun(self: Store, digest: Digest): string? of the uncompressed file, unverified
---@field map_path fun(self: Store, digest: Digest, size: integer): string?, string?, integer? verified; nil: compressed
---@field verify fun(self: Store, digest: Digest, size: integer?): true?, string?, integer? reads all, trusting nothing
---
--- What a process has verified, for another process of the same build.
---@field sig fun(self: Store, digest: Digest): string?
---@field trust fun(self: Store, digest: Digest, sig: string): true
---@field use_memo fun(self: Store, meta: table): true the metadata remembers what was verified
---
--- The whole.
---@field objects fun(self: Store): fun(): Digest, integer, string iterator: digest, stored bytes, "raw" or "lz4"
---@field clean fun(self: Store, seconds: number?): integer?, string?, integer? removes what dead writers left
---@field close fun(self: Store): true

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
