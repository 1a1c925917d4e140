-- key: the prefix of a step's keys: one digest of everything that its result depends on but
-- parameters and inputs.

local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local materializer_code = require "rille.artifact.materializer_code"
local errors = require "rille.base.errors"
local pins = require "rille.git.pins"
local types = require "rille.script.types"

local key = {}

-- Raised when keys are made of more or of something else, or when rille itself reads something for a
-- step (CSV, JSON) in another way: results under another format are never found again (the store
-- remembers the first run of a format, and that run says so).
local FORMAT <const> = "rille-key/3"
local SEED_POLICY <const> = "xoshiro256** from the key/1"

key.FORMAT = FORMAT
key.EARLIER = "results cached by an earlier version of rille are not reused; every step runs once"

-- Standard library functions that are not observed in a Lua state that is not rille's.  tostring and
-- format show the address of a table, which goes unnoticed there.
local UNOBSERVED = { ["^io%."] = true, ["^os%."] = true, ["^dofile$"] = true, ["^loadfile$"] = true, ["^load$"] = true,
  ["^require$"] = true, ["^package%."] = true, ["^debug%."] = true, ["^collectgarbage$"] = true, ["^next$"] = true,
  ["^pairs$"] = true, ["^table%.sort$"] = true, ["^print$"] = true, ["^tostring$"] = true,
  ["^string%.format$"] = true, ["^string%.%*$"] = true,
  ["^string%.dump$"] = true, ["^the method format$"] = true }

-- Names and types of ports.  What a type accepts is part of it: a changed type may refuse a value that it
-- accepted before.
local function ports_text(ports)
  local parts = {}
  for i, port in ipairs(ports) do parts[i] = port.name .. "\0" .. types.identity(port.type) end
  return table.concat(parts, "\0\0")
end

local function first_unobserved(info)
  for _, name in ipairs(info.reaches) do
    for pattern in next, UNOBSERVED do if name:find(pattern) then return name end end
  end
end

-- Modules of rille.host that read and start things unobserved; rille's own Lua notes what it does with
-- them.
local REACHES_OUT = { sys = true, store = true, meta = true, spawn = true, worker_process = true, run_lock = true }

-- Ways out of the code's text that are observed when they are taken: a step that has them and takes none in
-- this run, takes none in another with the same key and the same reads.
local SEEN_WHEN_TAKEN <const> = { ["^load$"] = true, ["^debug"] = true, ["^computed require$"] = true }

---@param what string of an escape
---@return boolean
function key.is_seen_when_taken(what)
  for pattern in next, SEEN_WHEN_TAKEN do if what:find(pattern) then return true end end
  return false
end

local function first_escape(info, observed)
  for _, escape in ipairs(info.escapes) do
    if not observed or not key.is_seen_when_taken(escape.what) then return escape end
  end
end

-- Why results of the step cannot be kept, or nil.
local function uncacheable(step, info, observed)
  if step.options.cache == false then return "declared cache = false" end
  if step.options.cache == "always" then return nil end
  local escape = first_escape(info, observed)
  if escape then
    return string.format('it uses %s%s, so rille cannot know what it reads; set cache = "always" to cache it anyway',
      escape.what, escape.where and " at " .. escape.where or "")
  end
  for _, name in ipairs(info.reaches) do
    if name:find "^foreign C: " then
      return require("rille.cache.c_modules").why_not(name)
    end
    local inside = name:match "^rille%.host%.([%l_]+)%."
    if REACHES_OUT[inside] then
      return string.format('it can reach %s, which is internal to rille and not observed; '
        .. 'set cache = "always" to cache the result anyway', name)
    end
  end
  if not observed then
    local name = first_unobserved(info)
    if name then
      return string.format('it can reach %s, which is not observed in this Lua; '
        .. 'set cache = "always" to cache it anyway', name)
    end
  end
end

-- Why the fingerprint of a value is not all that it does, or nil.
---@param info table of fingerprint.walk
---@param observed boolean whether the standard library is the one that rille observes
---@return string?
function key.why_incomplete(info, observed) return uncacheable({ options = {} }, info, observed) end

-- What can lead a step to a class or module of rille's; a change of one counts for all steps.
local TO_CLASSES = { ["^rille"] = true, ["metatable"] = true, ["^debug"] = true, ["^require$"] = true,
  ["^load"] = true, ["^dofile$"] = true, ["^package"] = true, ["^foreign C"] = true }

local function reaches_classes(info)
  if info.escapes[1] then return true end
  for _, name in ipairs(info.reaches) do
    for pattern in next, TO_CLASSES do if name:find(pattern) then return true end end
  end
  return false
end

-- What is computed by the mathematical library, or may be: another library or processor gives other last
-- bits.
local INEXACT = { ["x ^ y"] = true, ["math.*"] = true, require = true, load = true, loadfile = true, dofile = true }
for name in ("sin cos tan asin acos atan exp log log10 pow sinh cosh tanh"):gmatch "%l[%l%d]*" do
  INEXACT["math." .. name] = true
end

local function reaches_libm(info)
  if info.escapes[1] then return true end
  for _, name in ipairs(info.reaches) do if INEXACT[name] then return true end end
  return false
end

local function check_writes(step, info)
  local w = info.writes[1]
  if w and step.options.cache ~= false then
    errors.at(w.where or step.at, 'step "%s": it sets %s, and a cached step would not do that again; '
      .. 'return the value instead, or set cache = false', step.name, w.what)
  end
end

-- Ways to load more code.
local LOADERS <const> = { require = true, load = true, loadfile = true, dofile = true }

-- Code of a commit loads more of that commit, which its text does not say: then the commit is in the key.  Of code that
-- loads nothing it is not: the same code from the disk has the same key.
local function commit_of(info)
  local scopes = pins.scopes(info.leaves)
  if not scopes then return nil end
  if info.escapes[1] then return scopes end
  for _, name in ipairs(info.reaches) do if LOADERS[name] then return scopes end end
end

---@class KeySpec
---@field prefix string  of the keys
---@field cacheable boolean
---@field why string?  it is not
---@field always boolean  declared cache = "always"
---@field info table  what the fingerprint's walk found; its leaves are kept for `rille why`
---@field save string  digest of the script's materializers
---@field looks boolean  it can reach a class of rille's
---@field libm boolean  it can reach the mathematical library

-- The names of its secrets: what stands for one is a text, which another parameter could have.
local function secret_names(step)
  local names
  for _, param in ipairs(step.params or {}) do
    if param.type.name == "secret" then names = (names or "") .. param.name .. "\0" end
  end
  return names
end

---@param step table
---@param observed boolean  the standard library of this Lua state is observed
---@return KeySpec
function key.spec_of(step, observed)
  local options = { name = step.name .. ".run", own = true, self = step.receiver or nil }
  local info, message = fingerprint.walk(step.run, options)
  if not info then errors.at(step.at, 'step "%s": %s', step.name, message) end
  check_writes(step, info)
  if step.command then require("rille.script.command_recipe_reads").check(step) end
  local why = uncacheable(step, info, observed)
  local save, always = materializer_code.of_step(step), step.options.cache == "always"
  local digest = hash.fields("F", FORMAT, "f", info.digest, "i", ports_text(step.inputs), "o", ports_text(step.outputs),
    "m", save, "v", tostring(step.version or "") .. ":" .. (math.type(step.version) or ""), "s", SEED_POLICY,
    -- it decides how numbers are written and strings are ordered
    "l", os.setlocale(nil) or "",
    -- what one step insists on is no result for another with the same code
    "a", always and "always" or "")
  local commit = commit_of(info)
  if commit then digest = hash.fields("G", digest, "c", commit) end
  local names = secret_names(step)
  if names then digest = hash.fields("G", digest, "x", names) end
  return { prefix = digest, cacheable = not why, why = why, info = info, always = always, save = save,
    looks = reaches_classes(info), libm = reaches_libm(info) }
end

-- The bytes that seed the random numbers of a step run.
function key.seed(k) return hash.fields("S", "rille-seed/1", "k", k) end

return key
