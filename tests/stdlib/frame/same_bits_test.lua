-- rille.frame: groups, sorts and joins stay as they are, to the last bit and in the same order, as digests of the day
-- on which this was written say.  NaN is one value, but where a value was chosen.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local frame = require "rille.frame"
local hash = require "rille.host.hash"

local NAN <const> = (string.unpack("<d", string.pack("<i8", 0x7ff8000000000000)))

local function hex(text)
  return (hash.sha256(text):sub(1, 8):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function add_column(parts, c)
  if not array.is(c) and type(c) ~= "table" then c = c:totable() end
  if array.is(c) then
    if c.dtype == "f64" then c = c:eq(c):where(c, NAN) end
    parts[#parts + 1] = array.digest(c)
    return
  end
  for i = 1, #c do parts[#parts + 1] = string.pack("<s8", tostring(c[i])) end
end

local function add(parts, f)
  parts[#parts + 1] = table.concat(f.columns, ",")
  for _, name in ipairs(f.columns) do add_column(parts, f:column(name)) end
end

local function pinned(name, want, compute)
  check.test(name .. " has the bits that it had", function()
    local parts = {}
    compute(parts)
    check.eq(hex(table.concat(parts)), want)
  end)
end

-- Columns of n rows with about `groups` different keys.
local function sample(n, groups, seed)
  local k, names, words = array.integers(1, groups, n, seed), {}, array.integers(0, groups, n, seed + 1)
  for i = 1, n do names[i] = words[i] == 0 and "" or "name" .. words[i] * 7919 % 1000 end
  local few = array.from { 1.5, -0.0, 0.0, NAN, math.huge, -math.huge, 3.0, 1e308, -7.25 }
  return frame.new {
    { "k", k }, { "s", names }, { "x", array.normal(n, seed + 2) },
    { "y", few:take(array.integers(1, #few, n, seed + 3)) },
    { "m", array.integers(1, 9, n, seed + 4):eq(1):where(NAN, array.normal(n, seed + 5)) },
    { "i", array.integers(-5, 5, n, seed + 6) }, { "b", array.integers(0, 1, n, seed + 7):eq(1) },
    { "f", array.normal(n, seed + 8):astype "f32" },
    { "d", frame.dates(array.integers(0, 400, n, seed + 9) * 86400000) },
  }
end

local SIZES <const> = { { 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 2 }, { 40, 9 }, { 1000, 1 }, { 1000, 30 }, { 5001, 3 },
  { 5000, 2500 }, { 20000, 40 } }

local function each(f)
  for i, size in ipairs(SIZES) do f(sample(size[1], size[2], i * 100), size[1]) end
end

local AGGREGATES <const> = {
  { "count", "c1ded405bda72018" }, { "nunique", "f4851cc5cac3a2d9" }, { "sum", "3a9edc580e3d1353" },
  { "mean", "d50484b429021418" }, { "median", "c56e7f8d5b29229a" }, { "std", "c338a7c032562cef" },
  { "var", "29aa54e8a62202cb" }, { "min", "b657956e313e6e67" }, { "max", "020161dab6ebd6e5" },
  { "first", "848d516874829abe" }, { "last", "e30e479d984d5eb3" }
}

for _, one in ipairs(AGGREGATES) do
  local how, want = one[1], one[2]
  pinned(how .. " by groups", want, function(parts)
    local any = how == "count" or how == "nunique" or how == "min" or how == "max" or how == "first" or how == "last"
    each(function(f)
      for _, keys in ipairs { { "k" }, { "s" }, { "b", "k" }, { "d" }, { "y" } } do
        local is_key, wanted = {}, {}
        for _, key in ipairs(keys) do is_key[key] = true end
        for _, name in ipairs { "x", "m", "i", "f" } do wanted[name] = how end
        if not is_key.y and how ~= "sum" and how ~= "mean" and how ~= "std" and how ~= "var" then wanted.y = how end
        if any and not is_key.s then wanted.s = how end
        if any and not is_key.d then wanted.d = how end
        add(parts, f:group_by(keys, wanted))
      end
    end)
  end)
end

pinned("a sort", "b6fbbc9ddb02245b", function(parts)
  each(function(f)
    for _, keys in ipairs { "x", "y", "m", "s", "d", "b" } do add(parts, f:sort(keys)) end
    add(parts, f:sort { "k", { "m", desc = true } })
    add(parts, f:sort { { "s", desc = true }, "i" })
  end)
end)

pinned("a join", "b9dc9ca958a6f857", function(parts)
  for i, size in ipairs { { 0, 1 }, { 3, 2 }, { 200, 60 }, { 1000, 700 } } do
    local f, g = sample(size[1], size[2], i), sample(size[1] // 2, size[2], i + 50)
    for _, how in ipairs { "inner", "left", "right", "outer" } do
      for _, on in ipairs { "k", "s", "d", "y" } do
        if on ~= "y" or size[1] < 500 then add(parts, f:join(g:select { on, "x", "i" }, on, how)) end
      end
    end
  end
end)

pinned("filters, counts and summaries", "51ed844cc3486843", function(parts)
  each(function(f, n)
    add(parts, f:filter(f:column "x":gt(0)))
    add(parts, f:value_counts "k")
    add(parts, f:value_counts "s")
    add_column(parts, f:unique "s")
    if n > 0 then add(parts, f:select { "k", "x", "m", "b" }:describe()) end
  end)
end)

check.done()
