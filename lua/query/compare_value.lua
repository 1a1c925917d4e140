-- compare_value: what differs between two values, or two artifacts.
--
-- compare_value.artifacts(a, b) -> { kind = ... }, by kind:
--   value    { a, b, delta? }                   booleans, numbers, short strings
--   text     { lines = { { "-" | "+", line }... } }
--   table    { differing, cells = { { path, a, b }... } }   the first of them
--   array    { dtype, shape = { a, b }, elements, differing, max, at = indices, a, b, norm }
--   frame    { rows = { a, b }, added, removed, columns = { { name, differing, row, a, b, max }... } }
--   type     { a, b }                           their types
--   members  { size = { a, b }, members = { { name, change, a, b }... } }   by size
--
-- Artifacts of equal digest are never loaded.  Arrays are mapped where the store has them uncompressed, and compared in
-- pieces.  An artifact whose materializer is a script's, or that is larger than MAX_LOADED, is compared by its members.

local artifact_io = require "rille.artifact.artifact_io"
local json = require "rille.json"
local materialize = require "rille.artifact.materialize"
local errors = require "rille.base.errors"
local project = require "rille.project"
local value_parser = require "rille.script.value_parser"

local compare_value = {}

local CELLS <const> = 10                -- of a table that are shown
local PIECE <const> = 1 << 20           -- elements of arrays at a time
local MAX_LOADED <const> = 64 << 20     -- bytes of what is no array
local MAX_TEXT <const> = 1 << 16        -- bytes of a string that is compared line by line

-- Scalars and strings --------------------------------------------------------------

local function is_equal(a, b)
  return math.type(a) == math.type(b) and (a == b or (a ~= a and b ~= b))
end

local function strings(a, b)
  if (a:find "\n" or b:find "\n") and #a + #b <= MAX_TEXT then
    return { kind = "text", lines = require("rille.base.diff").lines(a, b) }
  end
  return { kind = "value", a = a, b = b }
end

local function scalars(a, b)
  local delta = math.type(a) and math.type(b) and b - a or nil
  return { kind = "value", a = a, b = b, delta = delta }
end

-- Tables ---------------------------------------------------------------------------

local function keys_of(a, b)
  local list, seen = {}, {}
  for _, t in ipairs { a, b } do
    for k in next, t do
      if not seen[k] then
        seen[k] = true
        list[#list + 1] = k
      end
    end
  end
  table.sort(list, function(x, y)
    if type(x) ~= type(y) then return type(x) < type(y) end
    if type(x) == "boolean" then return not x and y end
    return x < y
  end)
  return list
end

local function path_of(path, k)
  if type(k) == "string" then return value_parser.path(path, k) end
  return path .. "[" .. tostring(k) .. "]"
end

local function is_plain(v) return type(v) == "table" and debug.getmetatable(v) == nil end

-- A cell as it is shown: a value of a class, and an array in a list, by what it is.
local function shown(v)
  if v == json.null then return v end
  if type(v) == "userdata" or type(v) == "table" and not is_plain(v) then return errors.describe(v) end
  return v
end

local parts_differ      -- defined below: says how two arrays or frames in a table differ

local function walk(out, a, b, path)
  if is_plain(a) and is_plain(b) then
    for _, k in ipairs(keys_of(a, b)) do walk(out, a[k], b[k], path_of(path, k)) end
  elseif not is_equal(a, b) then
    local was, is = shown(a), shown(b)
    local how = parts_differ(a, b)
    if how == false then return end
    out.differing = out.differing + 1
    if how then is = is .. ", " .. how end
    if #out.cells < CELLS then out.cells[#out.cells + 1] = { path = path, a = was, b = is } end
  end
end

local function tables(a, b)
  local out = { kind = "table", differing = 0, cells = {} }
  walk(out, a, b, "")
  return out
end

-- Arrays ---------------------------------------------------------------------------

local function same_shape(x, y)
  if #x ~= #y then return false end
  for i, n in ipairs(x) do if n ~= y[i] then return false end end
  return true
end

-- 1-based indices of the i-th element in order.
local function indices_of(shape, i)
  local at, rest = {}, i - 1
  for axis = #shape, 1, -1 do
    at[axis] = rest % shape[axis] + 1
    rest = rest // shape[axis]
  end
  return at
end

-- Adds what differs between two vectors, which begin behind `before` elements.
local function add_piece(out, a, b, before)
  local differs = a:ne(b)
  local n = differs:sum()
  if n == 0 then return end
  local both_nan = a:ne(a) * b:ne(b)
  n = n - both_nan:sum()
  out.differing = out.differing + n
  if n == 0 then return end
  local d = b:astype "f64" - a:astype "f64"
  d = d:ne(d):where(0.0, d)             -- NaN beside a number counts, and has no size
  d = d:lt(0):where(-d, d)
  local k = d:argmax()
  local max = d:get(k)
  if not out.flat or max > out.max then out.max, out.flat, out.a, out.b = max, before + k, a:get(k), b:get(k) end
  out.squares = out.squares + d:dot(d)
end

local function arrays(a, b)
  local out = { kind = "array", shape = { a.shape, b.shape }, dtype = { a.dtype, b.dtype } }
  if not same_shape(a.shape, b.shape) then return out end
  local n = 1
  for _, size in ipairs(a.shape) do n = n * size end
  out.elements, out.differing, out.squares, out.max = n, 0, 0.0, 0.0
  local x, y = a:reshape { n }, b:reshape { n }
  for first = 1, n, PIECE do
    local last = math.min(n, first + PIECE - 1)
    add_piece(out, x:slice(first, last), y:slice(first, last), first - 1)
  end
  if out.flat then out.at = indices_of(a.shape, out.flat) end
  out.norm, out.squares, out.flat = out.squares ^ 0.5, nil, nil
  return out
end

-- Frames ---------------------------------------------------------------------------

local function lists(a, b)
  local out = { differing = 0 }
  for i = 1, math.max(#a, #b) do
    if not is_equal(a[i], b[i]) then
      out.differing = out.differing + 1
      if not out.row then out.row, out.a, out.b = i, a[i], b[i] end
    end
  end
  return out
end

-- Two columns, or as much of them as both have.
local function columns(a, b, n)
  if type(a) == "table" or type(b) == "table" then
    local function list_of(c) return type(c) == "table" and c or c:totable() end
    return lists(list_of(a), list_of(b))
  end
  if a.dtype ~= b.dtype and (a.dtype == "bool" or b.dtype == "bool") then return lists(a:totable(), b:totable()) end
  local found = arrays(n < #a and a:slice(1, n) or a, n < #b and b:slice(1, n) or b)
  return { differing = found.differing + math.max(#a, #b) - n, row = found.at and found.at[1], a = found.a,
    b = found.b, max = found.max,
    dtype = a.dtype ~= b.dtype and { a.dtype, b.dtype } or nil }
end

local function frames(a, b)
  local out = { kind = "frame", rows = { a.n_rows, b.n_rows }, added = {}, removed = {}, columns = {} }
  local in_b = {}
  for _, name in ipairs(b.columns) do in_b[name] = true end
  local in_a = {}
  for _, name in ipairs(a.columns) do
    in_a[name] = true
    if not in_b[name] then out.removed[#out.removed + 1] = name
    else
      local one = columns(a:column(name), b:column(name), math.min(a.n_rows, b.n_rows))
      one.name = name
      if one.differing > 0 or one.dtype then out.columns[#out.columns + 1] = one end
    end
  end
  for _, name in ipairs(b.columns) do if not in_a[name] then out.added[#out.added + 1] = name end end
  return out
end

local function kind_of(v)
  local kind = type(v)
  if kind ~= "userdata" and kind ~= "table" then return kind end
  local meta = debug.getmetatable(v)
  local name = meta and rawget(meta, "__name")
  return name == "rille.array" and "array" or name or kind
end

-- How two arrays or two frames differ, in words; false when they do not; nil for other values.
function parts_differ(a, b)
  local kind = kind_of(a)
  if kind ~= kind_of(b) then return nil end
  if kind == "array" then
    local d = arrays(a, b)
    if not d.elements then return "another shape" end
    if d.differing == 0 then return d.dtype[1] ~= d.dtype[2] and "another dtype" end
    return string.format("%d of %d elements differ%s", d.differing, d.elements, d.differing == 1 and "s" or "")
  elseif kind == "frame" then
    local d, names = frames(a, b), {}
    for _, list in ipairs { d.added, d.removed } do table.move(list, 1, #list, #names + 1, names) end
    for _, one in ipairs(d.columns) do names[#names + 1] = one.name end
    if #names == 0 then return d.rows[1] ~= d.rows[2] and "other rows" end
    return string.format("column%s %s differ%s", #names == 1 and "" or "s", table.concat(names, ", "),
      #names == 1 and "s" or "")
  end
end

-- Artifacts ------------------------------------------------------------------------

-- Of a table that holds arrays, frames, models or files, the places and types of these; else nil.
local function parts_of(artifact)
  if artifact.materializer ~= "table" or artifact.version < 2 then return nil end
  local art = artifact_io.new({ store = project.store }, artifact.members, artifact.version)
  local ok, parts = pcall(artifact_io.read_table, art, "parts.json")
  return ok and parts or nil
end

-- What a member is called: of a part of a table by its place, "model: tree.bin".
local function member_names(artifact)
  local parts = parts_of(artifact) or {}
  return function(name)
    local i, rest = name:match "^(%d+)/(.+)$"
    local part = i and parts[math.tointeger(i)]
    if not part then return name end
    local path = ""
    for _, k in ipairs(part.path) do path = path_of(path, k) end
    return path .. ": " .. rest
  end
end

local function members(a, b)
  local out, old = { kind = "members", size = { a.size, b.size }, members = {} }, {}
  a, b = { members = a.members, name_of = member_names(a) }, { members = b.members, name_of = member_names(b) }
  for _, one in ipairs(a.members) do old[a.name_of(one.name)] = one end
  local function put(name, change, was, is)
    out.members[#out.members + 1] = { name = name, change = change, a = was and was.size, b = is and is.size }
  end
  for _, one in ipairs(b.members) do
    local name = b.name_of(one.name)
    local was = old[name]
    old[name] = nil
    if not was then put(name, "added", nil, one)
    elseif was.digest ~= one.digest or was.bytes ~= one.bytes then put(name, "changed", was, one) end
  end
  for _, one in ipairs(a.members) do
    local name = a.name_of(one.name)
    if old[name] then put(name, "removed", one) end
  end
  return out
end

local LOADED = { ["nil"] = true, null = true, boolean = true, integer = true, number = true, string = true,
  table = true, list = true, array = true, frame = true }

local function load(artifact)
  if not LOADED[artifact.materializer] then return nil end
  -- with models or files in it: by its members
  for _, part in ipairs(parts_of(artifact) or {}) do if not LOADED[part.type] then return nil end end
  if artifact.materializer ~= "array" and artifact.size > MAX_LOADED then return nil end
  local ok, v = pcall(materialize.load, artifact, { store = project.store })
  if ok then return true, v end
end

local BY_TYPE = { array = arrays, frame = frames }

-- What differs between two values that have been loaded.
function compare_value.values(a, b)
  local x, y = kind_of(a), kind_of(b)
  if x == y and BY_TYPE[x] then return BY_TYPE[x](a, b) end
  if x == "table" and y == "table" then return tables(a, b) end
  if x == "string" and y == "string" then return strings(a, b) end
  return scalars(shown(a), shown(b))
end

-- What differs between two artifacts of different digests, given as rows of the metadata.
---@param a table
---@param b table
function compare_value.artifacts(a, b)
  if a.type ~= b.type and not (LOADED[a.materializer] and LOADED[b.materializer]) then
    return { kind = "type", a = a.type, b = b.type }
  end
  local ok_a, x = load(a)
  local ok_b, y
  if ok_a then ok_b, y = load(b) end
  if not (ok_a and ok_b) then return members(a, b) end
  if a.type ~= b.type and kind_of(x) ~= kind_of(y) then return { kind = "type", a = a.type, b = b.type } end
  return compare_value.values(x, y)
end

-- Whether two decoded values are the same.
function compare_value.same(a, b)
  if type(a) ~= "table" then return is_equal(a, b) end
  local ok_a, x = pcall(json.pack, a)
  local ok_b, y = pcall(json.pack, b)
  return ok_a and ok_b and x == y
end

return compare_value
