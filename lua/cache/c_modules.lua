-- c_modules: modules in C that scripts require.  rille sees nothing of what such code does, so a step that
-- calls it is not cached; but for those that rille knows to be pure, and those that the project trusts.
--
-- The functions of a pure module count by the digest of the file of the module, as it was when it was opened,
-- and by the state that the module keeps.

local c_state = require "rille.cache.c_state"
local errors = require "rille.base.errors"
local fingerprint = require "rille.host.fingerprint"
local hash = require "rille.host.hash"
local observe = require "rille.host.observe"
local program = require "rille.project.program"
local running = require "rille.project.running"
local sys = require "rille.host.sys"

local c_modules = {}

-- Modules that are known to be pure: true, or the function that gives their state.
-- cjson, lpeg, mime and bit (LuaBitOp) compute with their arguments alone; yaml (of lyaml) and zlib do so with
-- libyaml and zlib, which count with them; rex_posix and rex_tre, of lrexlib, match by the locale, which stays "C".
-- Not here: rex_pcre2, whose functions take the name of a locale and read its file, which LOCPATH leads to;
-- rex_onig and rex_gnu, whose default syntax is a setting of the library.
-- cjson.encode writes a map in the order of Lua's table, which differs between processes: any order is a result.
local KNOWN <const> = { bit = true, cjson = true, lpeg = c_state.lpeg, mime = true, rex_posix = true, rex_tre = true,
  yaml = true, zlib = true }

local opened = {}       -- path -> digest of the file when it was opened first
local paths = {}        -- module -> path
local loaded = {}       -- module -> path of its file or nil, value
local trusted = {}

-- "socket.core" is of "socket", too.
local function of_set(set, name)
  while name do
    if set[name] then return set[name] end
    name = name:match "^(.*)%.[^.]*$"
  end
end

-- A file of the project's own with the name of a known module is not that module.
local function is_installed(path)
  local base = observe.base()
  return not base or path:sub(1, #base + 1) ~= base .. "/" or path:find("/lua_modules/", #base, true) ~= nil
end

local function known(name, path) return is_installed(path) and of_set(KNOWN, name) or nil end

local function digest_of(path)
  local bytes = sys.read_file(path)
  return bytes and hash.sha256(bytes)
end

-- Calls visit(userdata, where) for what C keeps in the functions and tables of a module.
local function each_userdata(value, where, visit, seen)
  local kind = type(value)
  if kind == "userdata" then return visit(value, where) end
  if seen[value] or kind ~= "table" and kind ~= "function" or fingerprint.is_intrinsic(value) then return end
  seen[value] = true
  if kind == "table" then
    local names = {}            -- in one order, as what has two names has one in keys
    for k in next, value do if type(k) == "string" then names[#names + 1] = k end end
    table.sort(names)
    for _, k in ipairs(names) do each_userdata(rawget(value, k), where .. "." .. k, visit, seen) end
  elseif debug.getinfo(value, "S").what == "C" then
    for i = 1, 255 do
      local name, up = debug.getupvalue(value, i)
      if not name then break end
      each_userdata(up, where .. "[" .. i .. "]", visit, seen)
    end
  end
end

-- The state of a module in keys and facts: false when it cannot be told, nil when it is as it was opened.
local function state_of(path, settings)
  local changes = c_state.changes(path)
  local set = settings and settings()
  if changes == nil or changes == false then
    if changes == nil then return set end
    return false
  end
  return { set == nil and false or set, changes }
end

-- What the module is made of: its file and the libraries that it is linked with.
local function identity(path)
  local parts = { opened[path] }
  local libraries, uses_libm = observe.libraries(path)
  for _, library in ipairs(libraries) do parts[#parts + 1] = digest_of(library) or "" end
  return #parts == 1 and parts[1] or hash.sha256(table.concat(parts)), uses_libm
end

local function take_pure(name, path, value, state)
  local known_state = type(state) == "function" and state or nil
  local digest, uses_libm = identity(path)
  fingerprint.pure(path, digest, function() return state_of(path, known_state) end,
    not known_state and of_set(KNOWN, name) == nil and uses_libm)
  local settings = name:find "^cjson" and type(value) == "table" and c_state.cjson(value)
  each_userdata(value, name, function(userdata, where)
    local meta = settings and debug.getmetatable(userdata)
    if meta then
      fingerprint.kind(meta, settings)
    else
      fingerprint.name(userdata, hash.hex(opened[path]) .. " " .. where)
    end
  end, {})
end

-- Functions of other modules are known by their file; what else is C's, by its name.
local function take_other(name, value)
  each_userdata(value, name, function(userdata, where)
    if not fingerprint.is_intrinsic(userdata) then fingerprint.name(userdata, "foreign C: " .. where) end
  end, {})
end

-- The file is about to be opened: why is the module pure?
local function open(name, path)
  local digest = digest_of(path)
  paths[name] = path
  opened[path] = opened[path] or digest
  c_state.opening(path)
  -- the process keeps the code that it opened first
  if not digest or opened[path] ~= digest then return nil end
  return known(name, path) and "known" or of_set(trusted, name) and "trusted" or nil
end

-- The state of a module that is pure for the reason, as bytes; nil when it is not, or has one that cannot be told.
local function state_bytes(why, name)
  local pure = of_set(why == "trusted" and trusted or KNOWN, name)
  local state = pure and state_of(paths[name], type(pure) == "function" and pure or nil)
  if not pure or state == false then return nil end
  return state == nil and "" or fingerprint.value(state)
end

-- re is Lua over lpeg, with patterns in its variables and caches that its functions fill.
local function take_re(path, value)
  local lpeg = paths.lpeg and known("lpeg", paths.lpeg) and opened[paths.lpeg]
  local digest = is_installed(path) and digest_of(path)
  if not lpeg or not digest or type(value) ~= "table" then return end
  for k, fn in next, value do
    local own = type(fn) == "function" and debug.getinfo(fn, "S").source == "@" .. path
    if own then
      local full = "re " .. hash.hex(digest) .. " " .. hash.hex(lpeg) .. " " .. tostring(k)
      fingerprint.name(fn, full)
      fingerprint.pure(full, digest, function() return state_of(paths.lpeg, c_state.lpeg) end)
    end
  end
end

local function take(name, path, value)
  local file = paths[name]
  if file then
    local pure = opened[file] and (known(name, file) or of_set(trusted, name))
    if pure then take_pure(name, file, value, pure) else take_other(name, value) end
  elseif name == "re" and path then
    take_re(path, value)
  end
  loaded[name] = { value = value }
end

local function loaded_one(name, path, value, in_step)
  if paths[name] then c_state.opened(paths[name]) end
  if not in_step and value ~= nil then take(name, type(path) == "string" and path or nil, value) end
end

local EVENTS <const> = { open = open, loaded = loaded_one, state = state_bytes }

-- rille.host.observe tells of each module that is required (host/observe/observe_c_module.h).
---@param event "open"|"loaded"|"state"
function c_modules.told(event, ...) return EVENTS[event](...) end

-- In a state that is not observed: the searchers of modules in C tell of what they open, from the first rille.trust.
local watched = false
local before = {}       -- the searchers in whose places ours are, by those

local function watch_searcher(n)
  local search = package.searchers[n]
  local function telling(name)
    local loader, path = search(name)
    if type(loader) ~= "function" or type(path) ~= "string" then return loader, path end
    open(name, path)
    return function(...)
      local value = loader(...)
      loaded_one(name, path, value == nil and package.loaded[name] or value)
      return value
    end, path
  end
  package.searchers[n], before[telling] = telling, search
end

-- The searchers are again those that rille.trust found, but for what others replaced.
function c_modules.unwatch()
  for n, search in ipairs(package.searchers) do package.searchers[n] = before[search] or search end
  before, watched = {}, false
end

local function watch_stock(names)
  for _, name in ipairs(names) do
    if package.loaded[name] and not paths[name] then
      errors.raise('rille.trust: "%s" is loaded already; call rille.trust before require "%s"', name, name)
    end
  end
  if watched then return end
  watched = true
  for n = 3, math.min(4, #package.searchers) do watch_searcher(n) end
end

-- rille.trust { "NAME", ... }: these modules in C are pure: what they return depends on their arguments alone.
---@param names string[]
function c_modules.trust(names)
  if type(names) ~= "table" or #names == 0 then
    errors.raise('rille.trust: expected a list of C modules, as in rille.trust { "lxp" }, found %s',
      errors.describe(names))
  end
  if running.is_step() then errors.raise "rille.trust: a step is running; call rille.trust at the top of the script" end
  for i, name in ipairs(names) do
    if type(name) ~= "string" then
      errors.raise("rille.trust: name %d: expected a string, found %s", i, errors.describe(name))
    end
    if loaded[name] and not paths[name] and program.observed then
      local has_c = false
      for other in next, paths do has_c = has_c or of_set({ [name] = true }, other) end
      if not has_c then
        errors.raise('rille.trust: "%s" is a Lua module: its code is already in the key; '
          .. "name the C modules that it loads", name)
      end
    end
  end
  if not program.observed then watch_stock(names) end
  for _, name in ipairs(names) do trusted[name] = true end
  for name, file in next, paths do
    if loaded[name] and of_set(trusted, name) then take_pure(name, file, loaded[name].value, known(name, file)) end
  end
end

-- The name of the module that was opened from the file, or whose value was reached; nil for other C.
---@param reached string "foreign C: FILE" or "foreign C: NAME.FIELD"
---@return string?
function c_modules.name_of(reached)
  local what = reached:match "^foreign C: (.*)"
  local names = {}
  for name, path in next, paths do
    if what and (path == what or what:sub(1, #name) == name and what:find("^[.%[]", #name + 1)) then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names[1] or what and what:match "([^/]+)%.so$"
end

-- Why a step that reaches such C is not cached.
---@param reached string
---@return string
function c_modules.why_not(reached)
  local name = c_modules.name_of(reached)
  local changed, field = c_state.changes(name and paths[name])
  if changed == false then
    return string.format("the script put a userdata into the C module %s (%s), which rille cannot see into; "
      .. "keep it in a variable of the step", name, field)
  end
  if not name then return 'it calls an unknown C function; set cache = "always" to cache it anyway' end
  return string.format('it uses the C module %s, which rille cannot see into; if its results depend only '
    .. 'on its arguments, add rille.trust { "%s" } at the top', name, name)
end

return c_modules
