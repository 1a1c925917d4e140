-- layered_store: an artifact store that writes to one store and reads from it first, then from others.
--
--   layered_store.new(own, others, dir) -> Store (host/store/interface.lua)
--       others()  a list of stores, asked for when own lacks an object; its field missing: a sentence about others
--                 that could not be opened
--       dir       the folder whose objects/ own has its files in, where it has
-- Whether an object is there is asked of own alone (has, intact): a result of another store is no hit.  It has two more
-- methods:
--   intact_anywhere(digest, size)    an object is in one of the stores and its bytes are right
--   where(hex) -> path?              the file of an object, compressed or not

local sys = require "rille.host.sys"

local layered_store = {}

local OWN <const> = { "put", "put_file", "begin", "note", "sync", "pending", "has", "intact", "sig", "trust",
  "use_memo", "objects", "clean" }
-- What another store may answer when own does not.
local EITHER <const> = { "get", "copy_out", "path", "map_path" }
local NOT_FOUND <const> = -4

local function own_method(self, own, name) self[name] = function(_, ...) return own[name](own, ...) end end

-- The failure of own, with what may be the reason.
local function failure(list, ok, message, code)
  if message and list.missing then message = message .. "; " .. list.missing end
  return ok, message, code
end

local function either_method(self, own, others, name)
  self[name] = function(_, ...)
    local first = table.pack(own[name](own, ...))
    if first[1] then return table.unpack(first, 1, first.n) end
    local list = others()
    for _, other in ipairs(list) do
      local found = table.pack(other[name](other, ...))
      if found[1] then return table.unpack(found, 1, found.n) end
    end
    return failure(list, table.unpack(first, 1, first.n))
  end
end

-- Damage in own is damage, whatever others have.
local function verify(own, others, digest, size)
  local ok, message, code = own:verify(digest, size)
  if ok or code ~= NOT_FOUND then return ok, message, code end
  local list = others()
  for _, other in ipairs(list) do
    local fine, why, reason = other:verify(digest, size)
    if fine or reason ~= NOT_FOUND then return fine, why, reason end
  end
  return failure(list, ok, message, code)
end

local function intact_anywhere(own, others, digest, size)
  if own:intact(digest, size) then return true end
  for _, other in ipairs(others()) do
    local intact = other.intact_anywhere or other.intact
    if intact(other, digest, size) then return true end
  end
  return false
end

local function file_in(dir, hex)
  for _, ending in ipairs { "", ".lz4" } do
    local path = dir .. "/objects/" .. hex:sub(1, 2) .. "/" .. hex:sub(3) .. ending
    if sys.stat(path) then return path end
  end
end

local function where(dir, others, hex)
  local path = dir and file_in(dir, hex)
  if path then return path end
  for _, other in ipairs(others()) do
    path = type(other) == "table" and other.where and other:where(hex)
    if path then return path end
  end
end

local function nothing() return {} end

---@param own Store
---@param others (fun(): Store[])?
---@param dir string?
---@param close fun()? called by close, beside that of own
---@return Store
function layered_store.new(own, others, dir, close)
  others = others or nothing
  local self = {}
  for _, name in ipairs(OWN) do own_method(self, own, name) end
  for _, name in ipairs(EITHER) do either_method(self, own, others, name) end
  function self.verify(_, digest, size) return verify(own, others, digest, size) end
  function self.intact_anywhere(_, digest, size) return intact_anywhere(own, others, digest, size) end
  function self.where(_, hex) return where(dir, others, hex) end
  function self.close()
    if close then close() end
    return own:close()
  end
  return self
end

return layered_store
