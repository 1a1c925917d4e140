-- The artifact store "read-through": a local folder in front of a shared one.
--
-- What is read and not in the local folder is taken from the shared one, and a copy is kept.  With publish, what is
-- written goes to both.

local layered_store = require "rille.stack.layered_store"
local store = require "rille.host.store"
local sys = require "rille.host.sys"
local t = require("rille.script.types").t

-- The methods of both, one after the other; what the first gives is what counts.
local BOTH <const> = { "put", "put_file", "note", "sync" }

local function twofold(own, shared, name)
  return function(_, ...)
    local found = table.pack(own[name](own, ...))
    if not found[1] then return table.unpack(found, 1, found.n) end
    local ok, message, code = shared[name](shared, ...)
    if not ok then return nil, message, code end
    return table.unpack(found, 1, found.n)
  end
end

local Writer = { __name = "writer to two stores" }
Writer.__index = Writer
function Writer:__close() self:abort() end

function Writer:write(bytes)
  for _, one in ipairs(self) do
    local ok, message, code = one:write(bytes)
    if not ok then
      self:abort()
      return nil, message, code
    end
  end
  return self
end

function Writer:finish()
  local digest, size, code
  for i = #self, 1, -1 do
    digest, size, code = self[i]:finish()
    if not digest then
      self:abort()
      return nil, size, code
    end
  end
  return digest, size
end

function Writer:abort()
  for _, one in ipairs(self) do one:abort() end
  return true
end

local function begin_of(own, shared)
  return function(_, raw)
    local first, message, code = own:begin(raw)
    if not first then return nil, message, code end
    local second
    second, message, code = shared:begin(raw)
    if not second then
      first:abort()
      return nil, message, code
    end
    return setmetatable({ first, second }, Writer)
  end
end

-- Copies an object to the local folder.  Where that is not possible, as on a full disk, the shared one still has it.
local function keep(own, shared, digest, size)
  local path = shared:path(digest)
  if path then return own:put_file(path, shared:map_path(digest, size) ~= nil) end
  local bytes = shared:get(digest, size)
  if bytes then own:put(bytes) end
end

-- A method that reads: from the local folder, else from the shared one, of which it keeps a copy.
local function reading(own, shared, name)
  return function(_, digest, size, ...)
    local found = table.pack(own[name](own, digest, size, ...))
    if found[1] then return table.unpack(found, 1, found.n) end
    if not shared:intact(digest, size) then return table.unpack(found, 1, found.n) end
    keep(own, shared, digest, size)
    local again = table.pack(own[name](own, digest, size, ...))
    if again[1] then return table.unpack(again, 1, again.n) end
    return shared[name](shared, digest, size, ...)
  end
end

local function joined(own, shared, dir, publish)
  local self = layered_store.new(own, function() return { shared } end, dir, function() shared:close() end)
  for _, name in ipairs(publish and BOTH or {}) do self[name] = twofold(own, shared, name) end
  if publish then self.begin = begin_of(own, shared) end
  for _, name in ipairs { "get", "copy_out", "map_path" } do self[name] = reading(own, shared, name) end
  for _, name in ipairs { "has", "intact" } do
    self[name] = function(_, ...) return own[name](own, ...) or shared[name](shared, ...) end
  end
  function self.use_memo(_, meta)
    shared:use_memo(meta)
    return own:use_memo(meta)
  end
  return self
end

return {
  kind = "artifact_store", name = "read-through", summary = "a local folder in front of a shared one",
  options = {
    shared = t.string { doc = "the shared folder" },
    path = t.string { default = "", doc = "the local folder; without it .rille" },
    publish = t.boolean { default = false, doc = "also write new objects to the shared folder" },
  },
  path = function(options, env) return env.path(options.path) .. "/objects" end,
  open = function(options, env)
    local dir, shared_dir = env.path(options.path), env.path(options.shared)
    if options.shared == "" or shared_dir == dir then
      return nil, "option shared must be another folder than the local one"
    end
    if not options.publish and sys.stat(shared_dir) ~= "folder" then
      return nil, string.format("there is no folder %s; create it, or set publish=true", shared_dir)
    end
    local own, message = store.open(dir)
    if not own then return nil, message end
    local shared, why = store.open(shared_dir)
    if not shared then
      own:close()
      return nil, why
    end
    return joined(own, shared, dir, options.publish)
  end,
}
