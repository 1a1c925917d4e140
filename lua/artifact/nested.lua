-- nested: tables that hold arrays, frames, models or files at any depth, as format 2 of the
-- materializer table.
--
--   value.json   the table, with false in the places of those values
--   parts.json   { path, type, version } of each, in the order of their keys
--   I/...        the members of part I, as if it were an artifact of its own
-- A table of plain data is format 1, value.json alone.

local artifact_io = require "rille.artifact.artifact_io"
local errors = require "rille.base.errors"
local is_data = require("rille.host.value").is_data
local is_null = require("rille.host.value").is_null
local json = require "rille.json"
local materializer_choice = require "rille.artifact.materializer_choice"
local materializer_code = require "rille.artifact.materializer_code"
local plain_hint = require "rille.script.plain_hint"
local types = require "rille.script.types"

local nested = {}

nested.VERSION = 2

local DEEPEST <const> = 200         -- levels of tables, as in json.pack

-- Saving -----------------------------------------------------------------------------

local RANK <const> = { number = 1, string = 2, boolean = 3 }

local function is_before(a, b)
  local x, y = RANK[type(a)] or 4, RANK[type(b)] or 4
  if x ~= y then return x < y end
  if x > 2 then return tostring(a) < tostring(b) end
  return a < b
end

local function sorted_keys(t)
  local keys = {}
  for k in next, t do keys[#keys + 1] = k end
  table.sort(keys, is_before)
  return keys
end

-- "value.deep[7]", as json.pack names a place.
local function place(path)
  local text = "value"
  for _, k in ipairs(path) do
    local is_name = type(k) == "string" and k:match "^[%a_][%w_]*$"
    text = text .. (is_name and "." .. k or string.format("[%s]", type(k) == "string" and string.format("%q", k)
      or tostring(k)))
  end
  return text
end

-- A copy of the value without what has a materializer of its own, which goes to parts.  What has
-- none stays: json.pack says where it is.
local function without_parts(v, path, parts, open)
  local meta = debug.getmetatable(v)
  if type(v) == "table" and (not meta or is_data(v)) then
    if #path >= DEEPEST then return v end
    if open[v] then error(place(path) .. ": a table that contains itself cannot be stored as data", 0) end
    open[v] = true
    local copy = {}
    for _, k in ipairs(sorted_keys(v)) do
      path[#path + 1] = k
      copy[k] = without_parts(v[k], path, parts, open)
      path[#path] = nil
    end
    open[v] = nil
    return meta and setmetatable(copy, meta) or copy
  elseif type(v) ~= "table" and type(v) ~= "userdata" or is_null(v) then
    return v
  end
  local found, message = materializer_choice.choose(v, types.t.any)
  if not found and not message:find "has no materializer" then error(place(path) .. ": " .. message, 0) end
  local hint = not found and plain_hint.of(types.t.any, v) or ""
  if hint ~= "" then error(place(path) .. ": " .. errors.describe(v) .. " cannot be stored as data; " .. hint, 0) end
  if not found then return v end
  parts[#parts + 1] = { path = table.move(path, 1, #path, 1, {}), v = v }
  return false
end

-- Saves the table; false when no value in it has a materializer of its own.
---@param v table
---@param art Art
---@param save fun(v: any): Artifact
---@return boolean
function nested.save(v, art, save)
  local parts, members = {}, {}
  local rest = without_parts(v, {}, parts, {})
  if not parts[1] then return false end
  art:write("value.json", json.pack(rest))
  for i, part in ipairs(parts) do
    local one = save(part.v)
    parts[i] = { path = part.path, type = one.materializer, version = one.version }
    for _, m in ipairs(one.members) do
      members[#members + 1] = { name = i .. "/" .. m.name, digest = m.digest, size = m.size, bytes = m.bytes }
    end
  end
  art:write("parts.json", json.pack(parts))
  table.move(members, 1, #members, #art.members + 1, art.members)
  materializer_code.note_nested()
  return true
end

-- Loading ----------------------------------------------------------------------------

-- The table that holds the part of that path.
local function holder_of(value, path)
  local at = value
  for i = 1, #path - 1 do at = type(at) == "table" and at[path[i]] or nil end
  if type(at) ~= "table" or at[path[#path]] ~= false then error("parts.json: value.json has no place for a part", 0) end
  return at
end

---@param art Art
---@param load fun(artifact: table): any
---@return table
function nested.load(art, load)
  local value, by = artifact_io.read_table(art, "value.json"), {}
  for _, one in ipairs(art.members) do
    local i, name = one.name:match "^(%d+)/(.+)$"
    i = math.tointeger(i)
    if i then
      by[i] = by[i] or {}
      table.insert(by[i], { name = name, digest = one.digest, size = one.size, bytes = one.bytes })
    end
  end
  for i, part in ipairs(artifact_io.read_table(art, "parts.json")) do
    local fits = type(part) == "table" and type(part.path) == "table" and type(part.type) == "string"
      and math.type(part.version) == "integer"
    if not fits or not by[i] then
      error(string.format("parts.json: part %d is not in the artifact", i), 0)
    end
    local v = load { materializer = part.type, version = part.version, members = by[i] }
    holder_of(value, part.path)[part.path[#part.path]] = v
  end
  materializer_code.note_nested()
  return value
end

return nested
