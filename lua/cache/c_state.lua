-- c_state: what a module in C keeps outside its functions, where scripts can change it: the metatables that it put
-- into the registry, with the tables that these lead to, and settings that only the module knows.
--
-- A change is something other than the module left there when it was opened.

local fingerprint = require "rille.host.fingerprint"

local c_state = {}

local registry = debug.getregistry()

local before = {}       -- path -> set of the registry's keys before the module was opened
local owned = {}        -- path -> list of snapshots
local taken = {}        -- set of tables of the registry that are some module's
local last = {}         -- path -> the changes as they were told last

-- The names that lpeg.locale() sets, to patterns that follow from the locale.
local CLASSES <const> = { alnum = true, alpha = true, cntrl = true, digit = true, graph = true, lower = true,
  print = true, punct = true, space = true, upper = true, xdigit = true }

local function is_metatable(t)
  for k in next, t do
    if type(k) == "string" and k:sub(1, 2) == "__" then return true end
  end
  return false
end

-- A table as it is: { table, fields, inner = { [k] = snapshot }, meta = snapshot or nil }.
local function snapshot(t, seen)
  if seen[t] then return seen[t] end
  local made = { table = t, fields = {}, inner = {} }
  seen[t] = made
  for k, v in next, t do
    made.fields[k] = v
    if type(v) == "table" and not fingerprint.is_intrinsic(v) then made.inner[k] = snapshot(v, seen) end
  end
  local meta = debug.getmetatable(t)
  made.meta = meta and not fingerprint.is_intrinsic(meta) and snapshot(meta, seen) or nil
  return made
end

-- The module's file is about to be opened.
---@param path string
function c_state.opening(path)
  local keys = {}
  for k in next, registry do keys[k] = true end
  before[path] = keys
end

-- The module is loaded.
---@param path string
function c_state.opened(path)
  local keys = before[path]
  before[path] = nil
  if not keys then return end
  local list, seen = owned[path] or {}, {}
  for k, v in next, registry do
    if not keys[k] and type(v) == "table" and not taken[v] and is_metatable(v) then
      taken[v] = true
      list[#list + 1] = { name = type(k) == "string" and k or "?", was = snapshot(v, seen) }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  owned[path] = list
end

local function name_of(name, k) return name .. "." .. (type(k) == "string" and k or "?") end

local compare

-- A module that is opened again makes its tables again.
local function compare_field(was, k, now, name, out, seen)
  local inner = was.inner[k]
  if inner and type(now) == "table" then return compare(inner, now, name_of(name, k), out, seen) end
  if was.fields[k] ~= now then out[name_of(name, k)] = now == nil and "gone" or now end
end

-- Puts what is in the table now, and was not, into out.
function compare(was, now, name, out, seen)
  if seen[now] then return end
  seen[now] = true
  for k, v in next, now do compare_field(was, k, v, name, out, seen) end
  for k in next, was.fields do
    if now[k] == nil then compare_field(was, k, nil, name, out, seen) end
  end
  local meta = debug.getmetatable(now)
  if was.meta and meta then return compare(was.meta, meta, name_of(name, "metatable"), out, seen) end
  if meta or was.meta then out[name_of(name, "metatable")] = meta or "gone" end
end

local function same_fields(a, b)
  for k, v in next, a do if rawget(b, k) ~= v then return false end end
  for k in next, b do if rawget(a, k) == nil then return false end end
  return true
end

-- What C keeps there has no identity of its own.
local function replace_userdata(out)
  for name, v in next, out do
    if type(v) == "userdata" then
      if not CLASSES[name:match "^lpeg%-pattern%.__index%.(.*)$"] then return name end
      out[name] = "lpeg.locale"
    end
  end
end

-- What was changed since the modules were opened: a table of names and values, the same one while nothing changes, as
-- the functions in it may be of the module; nil when nothing was.  false and a name: it cannot be told, as a userdata
-- was put there.
---@param path string?
---@return table | false | nil
---@return string?
function c_state.changes(path)
  local out = {}
  for _, one in ipairs(path and owned[path] or out) do
    compare(one.was, one.was.table, one.name, out, {})
  end
  if next(out) == nil then return nil end
  local unknown = replace_userdata(out)
  if unknown then return false, unknown end
  if not last[path] or not same_fields(last[path], out) then last[path] = out end
  return last[path]
end

-- What lpeg.setmaxstack set; nil when it is as at the start.
function c_state.lpeg()
  local size = registry["lpeg-maxstack"]
  return size ~= 400 and size or nil
end

-- The settings of a cjson: what its encode_ and decode_ functions return without arguments.
---@param module table
---@return fun(): table
function c_state.cjson(module)
  local names = {}
  for name, fn in next, module do
    local setting = type(name) == "string" and name:find "^[ed][ne]code_" and type(fn) == "function"
    if setting and debug.getinfo(fn, "S").what == "C" then names[#names + 1] = name end
  end
  table.sort(names)
  local fns = {}
  for i, name in ipairs(names) do fns[i] = module[name] end
  return function()
    local out = {}
    for i, fn in ipairs(fns) do out[i] = { names[i], pcall(fn) } end
    return out
  end
end

return c_state
