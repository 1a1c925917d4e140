-- artifact_io: the object `art` that a materializer's save and load are given: it writes
-- and reads the members of one artifact.
--
-- Small members are kept in the artifact itself, which the metadata hold; others go to
-- the store.

local errors = require "rille.base.errors"
local hash = require "rille.host.hash"
local json = require "rille.json"
local member_name = require "rille.artifact.member_name"
local observe = require "rille.host.observe"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"

local artifact_io = {}

---@class Member
---@field name string a relative path (member_name.lua)
---@field digest string SHA-256 of the bytes
---@field size integer
---@field bytes string? where they are kept in the artifact

---@class Art
---@field env table { store, watch: sees what a step returns, folder(): for files, lost: the store has lost a member }
---@field members Member[]
---@field version integer of the materializer
---@field metadata table<string, any>
---@field preview string?

-- Begins the names of members that are no part of the value: files that a step put beside
-- its output (ctx:output_uri).
artifact_io.STAGED = "staged/"

local INLINE <const> = 4096          -- bytes of the largest member in the metadata
local STAGED <const> = artifact_io.STAGED
local CORRUPT <const>, NOTFOUND <const> = -12, -4     -- host/base/err.h

local Art = { __name = "artifact being saved or loaded" }
Art.__index = Art

---@param env table
---@param members Member[]
---@param version integer
---@return Art
function artifact_io.new(env, members, version)
  return setmetatable({ env = env, members = members, version = version, metadata = {} }, Art)
end

-- What the store gave; where it refused, its message is that of the step.
local function need(v, message)
  if not v then error(message, 0) end
  return v
end

-- Saving -----------------------------------------------------------------------------

-- Keeps the bytes of one member.
---@param name string
---@param bytes string
---@param env table
---@return Member
function artifact_io.keep(name, bytes, env)
  local size = #bytes
  if env.watch then env.watch:see(bytes) end
  if size <= INLINE or not env.store then
    return { name = name, digest = hash.sha256(bytes), size = size, bytes = bytes }
  end
  local digest = need(env.store:put(bytes))
  return { name = name, digest = digest, size = size }
end

local function check_new_member(art, name)
  local flaw = member_name.flaw(name)
  if flaw then
    error(string.format("a member's name must be a relative path of plain text, found %s: %s",
      errors.describe(name), flaw), 3)
  end
  if name:sub(1, #STAGED) == STAGED then
    error(string.format('the member "%s": %s is for what steps stage', name, STAGED), 3)
  end
  for _, one in ipairs(art.members) do
    if one.name == name then error(string.format('the member "%s" is written twice', name), 3) end
  end
end

local function add(art, name, digest, size)
  need(digest, size)
  art.members[#art.members + 1] = { name = name, digest = digest, size = size }
end

-- art:write(name, bytes)
---@param name string
---@param bytes string
function Art:write(name, bytes, ...)
  errors.check_self(self, Art, "write", ...)
  check_new_member(self, name)
  if type(bytes) ~= "string" then
    error(string.format('member "%s": expected bytes (a string), found %s', name, errors.describe(bytes)), 2)
  end
  self.members[#self.members + 1] = artifact_io.keep(name, bytes, self.env)
end

-- art:write_chunks(name, feed [, raw]): feed(write, writer) calls write(bytes) as often as
-- it likes; the writer is for what has bytes outside Lua; raw: not compressed.
---@param name string
---@param feed fun(write: fun(bytes: string), writer: any)
---@param raw boolean?
function Art:write_chunks(name, feed, raw, ...)
  errors.check_self(self, Art, "write_chunks", ...)
  check_new_member(self, name)
  if type(feed) ~= "function" then
    errors.raise("art:write_chunks: feed must be a function, found %s", errors.describe(feed))
  end
  local writer <close> = need(self.env.store:begin(raw))
  feed(function(bytes) need(writer:write(bytes)) end, writer)
  add(self, name, writer:finish())
end

-- art:write_file(name, path)
---@param name string
---@param path string
function Art:write_file(name, path, ...)
  errors.check_self(self, Art, "write_file", ...)
  check_new_member(self, name)
  if type(path) ~= "string" then errors.raise("art:write_file: expected a path, found %s", errors.describe(path)) end
  observe.reading(path)
  add(self, name, self.env.store:put_file(project.resolve(path)))
end

-- art:meta { name = value, ... }
---@param values table<string, any>
function Art:meta(values, ...)
  errors.check_self(self, Art, "meta", ...)
  if type(values) ~= "table" then
    errors.raise("art:meta: expected a table { name = value }, found %s", errors.describe(values))
  end
  for k, v in next, values do self.metadata[k] = v end
end

-- art:text(fmt, ...): the preview
---@param fmt string
function Art:text(fmt, ...)
  errors.check_self(self, Art, "text")
  self.preview = errors.format("art:text", fmt, ...)
end

-- Loading ----------------------------------------------------------------------------

local function find_member(art, name)
  local names = {}
  for i, one in ipairs(art.members) do
    if one.name == name then return one end
    names[i] = one.name
  end
  error(string.format('the artifact has no member "%s"%s', tostring(name), suggest.hint(name, names)), 3)
end

-- Raises what the store said; env.lost: the member is gone for good.
local function fail(art, message, code)
  if code == CORRUPT or code == NOTFOUND then art.env.lost = true end
  error(message, 0)
end

-- art:read(name) -> bytes
---@param name string
---@return string
function Art:read(name, ...)
  errors.check_self(self, Art, "read", ...)
  local one = find_member(self, name)
  if one.bytes then return one.bytes end
  local bytes, message, code = self.env.store:get(one.digest, one.size)
  if not bytes then fail(self, message, code) end
  return bytes
end

-- art:map(name) -> the path of a raw object that may be mapped, and its size; or nil
---@param name string
---@return string? path, integer? size
function Art:map(name, ...)
  errors.check_self(self, Art, "map", ...)
  local one = find_member(self, name)
  if one.bytes then return nil end
  return self.env.store:map_path(one.digest, one.size), one.size
end

-- art:extract(name, path [, executable]): writes the member to a new file
---@param name string
---@param path string
---@param executable boolean?
---@return boolean
function Art:extract(name, path, executable, ...)
  errors.check_self(self, Art, "extract", ...)
  local one = find_member(self, name)
  if type(path) ~= "string" then errors.raise("art:extract: expected a path, found %s", errors.describe(path)) end
  local ok, message, code
  if one.bytes then ok, message = sys.write_scratch(path, one.bytes, executable)
  else ok, message, code = self.env.store:copy_out(one.digest, one.size, path, executable) end
  if not ok then fail(self, message, code) end
  return ok
end

errors.strict(Art, "env members version metadata preview")

-- The table that a member in JSON holds.
---@param art Art
---@param name string
---@return table
function artifact_io.read_table(art, name)
  local v = json.unpack(art:read(name))
  if type(v) ~= "table" then
    error(string.format("%s: holds %s, expected a table", name, errors.describe(v)), 0)
  end
  return v
end

return artifact_io
