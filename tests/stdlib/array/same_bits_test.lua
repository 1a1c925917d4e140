-- rille.array: results stay as they are, to the last bit: they are in artifacts whose names are their content.
-- Each test computes one operation on many arrays, of all dtypes, shapes and ways to lie in memory, and compares a
-- digest of all results with the one of the day on which it was written.  NaN is compared as one value, but where it
-- is an element that was chosen or copied.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local hash = require "rille.host.hash"

local NAN <const> = (string.unpack("<d", string.pack("<i8", 0x7ff8000000000000)))
local OTHER_NAN <const> = (string.unpack("<d", string.pack("<i8", ~0x7ffffffffffedb)))
local INF <const> = math.huge
local DTYPES <const> = { "bool", "u8", "i32", "i64", "f32", "f64" }

-- inputs -----------------------------------------------------------------------

local seed = 0
local function drawn(list, n, dtype)
  seed = seed + 1
  return array.from(list, dtype):take(array.integers(1, #list, n, seed))
end

local function normal(n)
  seed = seed + 1
  return array.normal(n, seed)
end

local FLOATS <const> = {
  plain = function(n) return normal(n) end,
  wide = function(n) return normal(n) * drawn({ 1e-300, 1e-9, 1.0, 3e7, 1e150 }, n) end,
  zeros = function(n) return drawn({ 0.0, -0.0, -1.5, -5e-324, -0.0 }, n) end,
  endless = function(n) return drawn({ 1.0, 2.5, -7.0, 1e300, INF }, n) end,
  rare = function(n)
    local many = array.integers(1, 400, n, 7 + n)
    return many:eq(1):where(NAN, many:eq(2):where(OTHER_NAN, many:lt(9):where(-INF, normal(n))))
  end,
  mixed = function(n) return drawn({ NAN, OTHER_NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 1e308, 5e-324 }, n) end,
}

local INTEGERS <const> = {
  bool = function(n) return drawn({ true, false, false }, n) end,
  u8 = function(n) return array.integers(0, 255, n, n, "u8") end,
  i32 = function(n) return array.integers(-(1 << 31), (1 << 31) - 1, n, n, "i32") end,
  i64 = function(n) return array.integers(-(1 << 40), 1 << 40, n, n) end,
}

-- Vectors of n elements of a dtype, by kind: { kind, vector } in a fixed order.
local function vectors(dtype, n)
  local list = {}
  if INTEGERS[dtype] then
    list[1] = { "any", INTEGERS[dtype](n) }
    if dtype == "i64" then
      list[2] = { "large", drawn({ math.mininteger, math.maxinteger, -1, 0, 1, 1 << 62 }, n) }
    elseif dtype ~= "bool" then
      list[2] = { "few", drawn({ 0, 1, 2 }, n, dtype) }
    end
    return list
  end
  for _, kind in ipairs { "plain", "wide", "zeros", "endless", "rare", "mixed" } do
    list[#list + 1] = { kind, FLOATS[kind](n):astype(dtype) }
  end
  return list
end

local SHAPES <const> = {
  { 0 }, { 1 }, { 2 }, { 7 }, { 8 }, { 9 }, { 127 }, { 128 }, { 129 }, { 255 }, { 256 }, { 257 }, { 1000 }, { 1025 },
  { 4099 }, { 0, 5 }, { 5, 0 }, { 1, 1 }, { 1, 300 }, { 300, 1 }, { 2, 2 }, { 3, 300 }, { 300, 3 }, { 130, 17 },
  { 257, 260 }, { 64, 64 }, { 16, 1030 }, { 1300, 9 }, { 9, 1300 }, { 261, 531 }, { 3000, 2 }, { 4, 5, 6 },
  { 20, 130, 9 }, { 2, 300, 40 }, { 40, 3, 200 }, { 1, 7, 1 }, { 3, 0, 2 }, { 3, 4, 5, 6 }, { 2, 17, 3, 33 },
}

local function size(shape)
  local n = 1
  for _, k in ipairs(shape) do n = n * k end
  return n
end

-- Ways to lie in memory: the array, its transposes, parts with gaps.
local function views(a)
  local list, d = { a }, a.ndim
  if d == 1 then
    local n = #a
    if n > 2 then list[#list + 1] = a:slice(2, n - 1) end
    if n > 0 and n % 2 == 0 then list[#list + 1] = a:reshape { n // 2, 2 }:column(2) end
    return list
  end
  list[#list + 1] = a:transpose()
  if d == 3 then
    list[#list + 1] = a:transpose(2, 1, 3)
    list[#list + 1] = a:transpose(1, 3, 2)
    list[#list + 1] = a:transpose(3, 1, 2)
  end
  for axis = 1, d do
    local n = a.shape[axis]
    if n > 2 then
      local part = a:slice(2, n - 1, axis)
      list[#list + 1] = part
      if axis < 3 then list[#list + 1] = part:transpose() end
    end
  end
  return list
end

-- digests ----------------------------------------------------------------------

local Sum = {}
Sum.__index = Sum

local function new_sum() return setmetatable({ parts = {} }, Sum) end

local function bytes_of(v)
  if array.is(v) then return array.digest(v) end
  if math.type(v) == "integer" then return string.pack("<i8", v) end
  if math.type(v) == "float" then return string.pack("<d", v) end
  return tostring(v)
end

function Sum:add(v) self.parts[#self.parts + 1] = bytes_of(v) end

function Sum:text()
  return (hash.sha256(table.concat(self.parts)):sub(1, 8):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- With one NaN.
local function plain(v)
  if array.is(v) and (v.dtype == "f64" or v.dtype == "f32") then return v:eq(v):where(v, NAN) end
  return v ~= v and NAN or v
end

local function try(f, ...)
  local ok, v = pcall(f, ...)
  return ok and v or ok and v == false and v or not ok and "error"
end

-- f(view, kind) for each array of the dtypes, in each way to lie in memory.
local function each(dtypes, f)
  for _, dtype in ipairs(dtypes) do
    for _, shape in ipairs(SHAPES) do
      for _, one in ipairs(vectors(dtype, size(shape))) do
        for _, v in ipairs(views(one[2]:reshape(shape))) do f(v, one[1]) end
      end
    end
  end
end

local function pinned(name, want, compute)
  check.test(name .. " has the bits that it had", function()
    seed = 0
    local sum = new_sum()
    compute(sum)
    check.eq(sum:text(), want)
  end)
end

-- reductions -------------------------------------------------------------------

local function reduction(name, clean, dtypes)
  return function(sum)
    each(dtypes or DTYPES, function(v, kind)
      if clean and kind == "mixed" and (name == "var" or name == "std") then return end
      for axis = 0, v.ndim do
        local r = try(function() return v[name](v, axis > 0 and axis or nil) end)
        sum:add(clean and plain(r) or r)
      end
    end)
  end
end

pinned("sum", "f87a0beb8ab9bc46", reduction("sum", true))
pinned("mean", "320ee9b0cc22b364", reduction("mean", true))
pinned("var", "a7aaa0aaec6d2400", reduction("var", true))
pinned("std", "1a80c277cdaef5f0", reduction("std", true, { "i32", "f64" }))
pinned("min", "ecbab552af91fd70", reduction "min")
pinned("max", "23c6d62e7dc90e9c", reduction "max")
pinned("argmin", "b8ea8a1341ce69ff", reduction "argmin")
pinned("argmax", "3fed33ec5ad656d4", reduction "argmax")
pinned("any", "63fa2d4c05367b71", reduction "any")
pinned("all", "076174bbb787c175", reduction "all")

pinned("a sum of a large matrix and of its views", "15b50a3f2be4fdfd", function(sum)
  local a = array.normal({ 1500, 700 }, 3)
  for _, dtype in ipairs { "f64", "f32", "i64" } do
    for _, v in ipairs(views((a * 1000):astype(dtype))) do
      for axis = 0, 2 do
        for _, name in ipairs { "sum", "mean", "var", "min", "max", "argmax" } do
          sum:add(v[name](v, axis > 0 and axis or nil))
        end
      end
    end
  end
end)

pinned("a sum of a wide matrix, transposed", "d775125dbd514d57", function(sum)
  for _, shape in ipairs { { 700, 2500 }, { 513, 1031 }, { 640, 1100 }, { 1001, 70 }, { 523, 4200 } } do
    local a = array.normal(shape, 4)
    for _, v in ipairs { a, a:slice(2, shape[2] - 1, 2), a:slice(3), a * -0.0, a:gt(0):where(a, INF) } do
      for _, dtype in ipairs { "f64", "f32" } do
        local t = v:astype(dtype):transpose()
        if dtype == "f64" then t = v:transpose() end
        for _, name in ipairs { "sum", "mean", "min", "max", "any" } do
          sum:add(t[name](t))
          sum:add(t[name](t, 1))
          sum:add(t[name](t, 2))
        end
      end
    end
  end
end)

-- elements ---------------------------------------------------------------------

local function operation(f, dtypes)
  return function(sum)
    each(dtypes or DTYPES, function(v) sum:add(try(f, v)) end)
  end
end

pinned("a copy", "3b958e44817012d1", operation(function(v) return v:copy() end))
pinned("astype", "99f4485c3c6839d1", function(sum)
  each(DTYPES, function(v, kind)
    for _, dtype in ipairs(DTYPES) do
      local r = try(function() return v:astype(dtype) end)
      sum:add(kind == "mixed" and plain(r) or r)
    end
  end)
end)
pinned("arithmetic", "64c2d542c3c2f013", function(sum)
  each({ "u8", "i64", "f32", "f64" }, function(v)
    sum:add(plain(v + v:copy()))
    sum:add(plain(v - 1.5))
    sum:add(plain(v * v))
    sum:add(plain(3 / v))
    sum:add(plain(v ^ 2))
    sum:add(try(function() return plain(v // 2 + v % 3) end))
    if v.ndim == 2 and v.shape[1] == v.shape[2] then sum:add(plain(v + v:transpose())) end
    if v.ndim > 1 and v.shape[1] > 0 then sum:add(plain(v * 0.5 + v[1])) end
  end)
end)
pinned("comparison", "27c8e9a45abed6da", function(sum)
  each({ "u8", "i64", "f32", "f64" }, function(v)
    sum:add(v:lt(0))
    sum:add(v:ge(0.5))
    sum:add(v:eq(v))
    sum:add(v:ne(v:copy()))
    sum:add(v == v:copy())
  end)
end)
pinned("where", "9411f4af4e635c53", operation(function(v)
  if v.dtype == "bool" then return v:where(v, true) end
  return v:gt(0):where(v, v:copy())
end))
pinned("take", "13ab12e4859238df", function(sum)
  each(DTYPES, function(v)
    for axis = 1, v.ndim do
      local n = v.shape[axis]
      local places = n == 0 and array.zeros(0, "i64") or array.integers(1, n, n // 2 + 3, n)
      sum:add(v:take(places, axis))
      sum:add(v:take(places:astype "i32", axis))
      sum:add(v:take(array.integers(0, 3, n, n):eq(1), axis))
      if n > 0 then sum:add(v:take({ n, 1, n }, axis)) end
      sum:add(v:take(array.arange(n), axis))
    end
  end)
end)
pinned("concat", "86e3eb52b5752bf3", operation(function(v) return array.concat({ v, v:copy(), v }, v.ndim) end))
pinned("sort and argsort", "8e2de261f55587cc", function(sum)
  each({ "u8", "i32", "f32", "f64" }, function(v)
    sum:add(v:sort())
    sum:add(v:argsort())
  end)
end)
pinned("unique", "7ec7b2727b156a8e", operation(function(v) return v:unique() end, { "bool", "i64", "f64" }))
pinned("a matrix product", "3f73ee10854a09c8", function(sum)
  each({ "i32", "f32", "f64" }, function(v)
    if v.ndim == 2 and size(v.shape) < 20000 then sum:add(plain(try(v.dot, v, v:transpose()))) end
  end)
end)
pinned("sqrt, abs and floor", "2be65be1be0589c2", operation(function(v) return plain(v:abs():sqrt() + v:floor()) end,
  { "u8", "i64", "f32", "f64" }))
pinned("a quantile", "d3497ac3395e25bd", function(sum)
  each({ "i32", "f64" }, function(v)
    if v.ndim == 1 and #v > 0 then for _, q in ipairs { 0, 0.1, 0.5, 1 } do sum:add(plain(v:quantile(q))) end end
  end)
end)
pinned("random, normal, full and arange", "3c9af9ad9f846d51", function(sum)
  for _, n in ipairs { 0, 1, 2, 3, 1000, 4099 } do
    sum:add(array.random(n, 5))
    sum:add(array.normal(n, 6))
    sum:add(array.integers(-7, 1000, n, 7))
    sum:add(array.full(n, -0.0))
    sum:add(array.full(n, 7, "u8"))
    sum:add(array.full(n, true))
    sum:add(array.arange(n))
    sum:add(array.arange(0.5, n))
  end
end)

check.done()
