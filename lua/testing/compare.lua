-- compare: the first difference of two values, for rille.testing.
--
-- NaN equals NaN, 1 equals 1.0.  Arrays and frames are compared by their elements, with the tolerance when there is
-- one; values of another class by ==, or by what they dump.

local array = require "rille.array"
local frame = require "rille.frame"
local errors = require "rille.base.errors"

local compare = {}

local function show(v)
  if type(v) == "number" then return math.type(v) == "integer" and tostring(v) or string.format("%.17g", v) end
  return errors.describe(v)
end

local function differ(where, got, want) return where, string.format("got %s, want %s", show(got), show(want)) end

local function near(a, b, tolerance)
  if a == b or a ~= a and b ~= b then return true end
  return tolerance ~= nil and math.abs(a - b) <= tolerance
end

-- The n-th element of an array of that shape: "[2, 3]".
local function place(shape, n)
  local at = {}
  n = n - 1
  for i = #shape, 1, -1 do
    at[i] = n % shape[i] + 1
    n = n // shape[i]
  end
  return "[" .. table.concat(at, ", ") .. "]"
end

local function kind(a) return string.format("%s array of %s", a.dtype, table.concat(a.shape, " x ")) end

local function arrays(got, want, tolerance, where)
  if not array.is(want) then return differ(where, got, want) end
  local same_kind = table.concat(got.shape, " ") == table.concat(want.shape, " ")
    and (tolerance or got.dtype == want.dtype)
  if not same_kind then return where, string.format("got an %s, want an %s", kind(got), kind(want)) end
  if got.dtype == want.dtype and got == want then return nil end
  local a, b = got:reshape({ -1 }):totable(), want:reshape({ -1 }):totable()
  local first, count, most = nil, 0, 0
  for i = 1, #a do
    local x, y = a[i], b[i]
    local numbers = type(x) == "number" and type(y) == "number"
    if x ~= y and not (numbers and near(x, y, tolerance)) then
      first, count = first or i, count + 1
      if numbers and math.abs(x - y) > most then most = math.abs(x - y) end
    end
  end
  if not first then return nil end
  local _, what = differ("", a[first], b[first])
  return where .. place(got.shape, first), string.format("%s (%d of %d elements differ%s)", what, count, #a,
    most > 0 and string.format(", by %.3g at most", most) or "")
end

local find

local function frames(got, want, tolerance, where)
  if not frame.is(want) then return differ(where, got, want) end
  local at, what = find(got.columns, want.columns, nil, where .. ".columns")
  if at then return at, what end
  if got.n_rows ~= want.n_rows then return differ(where .. ".n_rows", got.n_rows, want.n_rows) end
  for _, name in ipairs(got.columns) do
    at, what = find(got:column(name), want:column(name), tolerance, string.format("%s:column(%q)", where, name))
    if at then return at, what end
  end
end

local function key_text(k)
  return type(k) == "string" and k:match "^[%a_][%w_]*$" and "." .. k or "["
    .. (type(k) == "string" and string.format("%q", k) or tostring(k)) .. "]"
end

-- The keys of both, numbers first, so that the first difference is always the same.
local function all_keys(a, b)
  local keys, seen = {}, {}
  for _, t in ipairs { a, b } do
    for k in next, t do
      if not seen[k] then
        seen[k] = true
        keys[#keys + 1] = k
      end
    end
  end
  table.sort(keys, function(x, y)
    if type(x) == "number" and type(y) == "number" then return x < y end
    if type(x) ~= type(y) then return type(x) == "number" or type(y) ~= "number" and type(x) < type(y) end
    return tostring(x) < tostring(y)
  end)
  return keys
end

local function tables(got, want, tolerance, where)
  if type(want) ~= "table" or debug.getmetatable(want) then return differ(where, got, want) end
  for _, k in ipairs(all_keys(got, want)) do
    local path = where .. key_text(k)
    if got[k] == nil then return path, "is missing, want " .. show(want[k]) end
    if want[k] == nil then return path, "got " .. show(got[k]) .. ", want nothing" end
    local at, what = find(got[k], want[k], tolerance, path)
    if at then return at, what end
  end
end

-- Values of a class: by ==, or by what they dump.
local function objects(got, want, where)
  if got == want then return nil end
  local meta = debug.getmetatable(got)
  if meta == debug.getmetatable(want) and meta then
    local ok, a, b = pcall(function() return got:dump(), want:dump() end)
    if ok and type(a) == "string" and a == b then return nil end
    if tostring(got) ~= tostring(want) then
      return where, string.format("got %s, want %s", tostring(got), tostring(want))
    end
    return where, "two values of class " .. tostring(rawget(meta, "__name") or "without a name")
      .. " that are not equal"
  end
  return differ(where, got, want)
end

-- The first line in which two longer texts differ.
local function texts(got, want, where)
  local n, a, b = 0, (got .. "\n"):gmatch "(.-)\n", (want .. "\n"):gmatch "(.-)\n"
  while true do
    n = n + 1
    local x, y = a(), b()
    if x ~= y then
      return where, string.format("line %d: got %s, want %s", n, x and string.format("%q", x) or "the end",
        y and string.format("%q", y) or "the end")
    end
  end
end

find = function(got, want, tolerance, where)
  if type(got) == "number" and type(want) == "number" then
    if near(got, want, tolerance) then return nil end
    local where_, what = differ(where, got, want)
    return where_, tolerance and string.format("%s (%.3g apart)", what, math.abs(got - want)) or what
  end
  if rawequal(got, want) then return nil end
  if array.is(got) then return arrays(got, want, tolerance, where) end
  if frame.is(got) then return frames(got, want, tolerance, where) end
  if type(got) == "string" and type(want) == "string" then
    if got == want then return nil end
    if got:find "\n" or want:find "\n" then return texts(got, want, where) end
    return differ(where, got, want)
  end
  if type(got) == "table" and not debug.getmetatable(got) then return tables(got, want, tolerance, where) end
  return objects(got, want, where)
end

---@param got any
---@param want any
---@param tolerance number?
---@return string? where "" or ".steps[2].name"; nil: they are equal
---@return string? what "got 1, want 2"
function compare.find(got, want, tolerance) return find(got, want, tolerance, "") end

return compare
