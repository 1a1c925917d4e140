-- meta_decorator.lua -- metadata that counts the calls to another one and lets some fail.
--
--   local decorator = require "meta_decorator"
--   local m = decorator.wrap(inner, counts, fails)
--       inner, m: as the class Meta in host/meta/interface.lua says
--       counts: { [method] = calls so far }, those of a cache as "cache_get"
--       fails(method, n) -> how the n-th call of the method fails: "before" it does anything, "after" it did all
--
--   decorator.install()          at the top of a script: the project's metadata is decorated in all its processes
--       META_FAILS=commit:2      the second commit in a process fails; commit:2:after: it is told to have failed
--       META_COUNTS=FILE         "commit 2" ... are written there when the metadata is closed

local decorator = {}

decorator.MESSAGE = "the metadata was told to fail"

local function failure() return nil, decorator.MESSAGE, -3 end

local function nothing() end

-- What these return when they fail; false: they cannot.  All others return nil, message, code.
local FAILURES <const> = { inline = nothing, cache_loaded = false, cache_close = false, release = false,
  progress = false, trouble = false,
  memo = false, abandon = false, close = false }

local wrapped               -- of methods that return an object

local function method_of(inner, name, key, state)
  return function(_, ...)
    state.counts[key] = (state.counts[key] or 0) + 1
    local fail = FAILURES[key]
    if fail == nil then fail = failure end
    local how = fail and state.fails(key, state.counts[key])
    if how == "before" then return fail() end
    local results = table.pack(inner[name](inner, ...))
    if how == "after" and results[1] then return fail() end
    if name == "cache" and results[1] then results[1] = wrapped(results[1], "cache_", state) end
    return table.unpack(results, 1, results.n)
  end
end

function wrapped(inner, prefix, state)
  local meta = { __name = "decorated" }
  function meta.__index(self, name)
    if not inner[name] then return nil end
    local method = method_of(inner, name, prefix .. name, state)
    rawset(self, name, method)
    return method
  end
  function meta.__close() inner:close() end
  return setmetatable({}, meta)
end

function decorator.wrap(inner, counts, fails) return wrapped(inner, "", { counts = counts, fails = fails }) end

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
  local open = require("rille.host.meta").open
  local method, nth, how = (os.getenv "META_FAILS" or ""):match "^([%w_]+):(%d+):?(%a*)$"
  local path, counts = os.getenv "META_COUNTS", {}
  local function fails(name, n)
    return name == method and n == tonumber(nth) and (how == "after" and how or "before")
  end
  project.use_openers { meta = function(...)
    local inner, message, code = open(...)
    if not inner then return nil, message, code end
    local m = decorator.wrap(inner, counts, fails)
    local close = m.close
    function m.close(self)
      if path then write_counts(path, counts) end
      return close(self)
    end
    return m
  end }
end

return decorator
