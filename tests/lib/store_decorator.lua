-- store_decorator.lua -- a store that counts the calls to another one and lets some fail.
--
--   local decorator = require "store_decorator"
--   local store = decorator.wrap(inner, counts, fails)
--       inner, store: as the class Store in host/store/interface.lua says
--       counts: { [method] = calls so far }, those of writers as "write", "finish", "abort"
--       fails(method, n) -> whether the n-th call of the method fails
--
--   decorator.install()      at the top of a script: the project's store is decorated in all its processes
--       STORE_FAILS=put:2    the second put in a process fails
--       STORE_COUNTS=FILE    "put 3" ... are written there when the store is closed

local decorator = {}

decorator.MESSAGE = "the store was told to fail"

-- The methods that can fail, and what they return then.
local function failure() return nil, decorator.MESSAGE, -3 end

local function no() return false end

local function none() return nil end

local FAILURES <const> = { has = no, intact = no, sig = none, path = none }
for name in ("put put_file begin write finish note sync get copy_out map_path verify objects clean"):gmatch "%S+" do
  FAILURES[name] = failure
end

local function method_of(inner, name, state)
  return function(_, ...)
    state.counts[name] = (state.counts[name] or 0) + 1
    local fail = FAILURES[name]
    if fail and state.fails(name, state.counts[name]) then
      if name == "write" or name == "finish" then inner:abort() end     -- as the host's writer is used up
      return fail()
    end
    local results = table.pack(inner[name](inner, ...))
    if name == "begin" and results[1] then results[1] = decorator.writer(results[1], state) end
    -- w:write() returns the writer
    if name == "write" and results[1] then results[1] = _ end
    return table.unpack(results, 1, results.n)
  end
end

local METHODS <const> = { "put", "put_file", "begin", "note", "sync", "pending", "has", "intact", "get", "copy_out",
  "path", "map_path", "verify", "sig", "trust", "use_memo", "objects", "clean", "close" }

function decorator.writer(inner, state)
  local writer = {}
  for _, name in ipairs { "write", "finish", "abort" } do writer[name] = method_of(inner, name, state) end
  return setmetatable(writer, { __close = function() inner:abort() end })
end

function decorator.wrap(inner, counts, fails)
  local store, state = {}, { counts = counts, fails = fails }
  for _, name in ipairs(METHODS) do store[name] = method_of(inner, name, state) end
  return store
end

local function write_counts(path, counts)
  local file = assert(io.open(path, "w"))
  local names = {}
  for name in pairs(counts) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do file:write(name, " ", counts[name], "\n") end
  file:close()
end

function decorator.install()
  local project = require "rille.project"
  local open = require("rille.host.store").open
  local method, nth = (os.getenv "STORE_FAILS" or ""):match "^([%w_]+):(%d+)$"
  local path, counts = os.getenv "STORE_COUNTS", {}
  project.use_openers { store = function(dir)
    local inner, message, code = open(dir)
    if not inner then return nil, message, code end
    local store = decorator.wrap(inner, counts, function(name, n) return name == method and n == tonumber(nth) end)
    local close = store.close
    function store.close(self)
      if path then write_counts(path, counts) end
      return close(self)
    end
    return store
  end }
end

return decorator
