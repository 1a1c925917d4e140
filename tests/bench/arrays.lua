-- arrays.lua -- arrays of four million elements beside NumPy (arrays.py).
--
--     rille arrays.lua [PYTHON'S LINES]     a table of times and ratios
-- Both are CPU time of one thread, the best of five.
local array = require "rille.array"

local theirs = {}
if arg[1] then
  for line in io.lines(arg[1]) do
    local name, ms = line:match "^(.-)\t(.+)$"
    if name then theirs[name] = tonumber(ms) end
  end
end

local function case(name, f)
  f()
  local best = math.huge
  for _ = 1, 5 do
    collectgarbage()
    local c = os.clock()
    f()
    best = math.min(best, (os.clock() - c) * 1e3)
  end
  local other = theirs[name]
  print(string.format("%-26s %9.2f ms%s", name, best, other
    and string.format("   NumPy %9.2f ms   ratio %6.2f", other, best / other) or ""))
end

local N = 4000000
local a, b, m, row = array.random(N, 1), array.random(N, 2), array.random({ 2000, 2000 }, 3),
  array.random({ 1, 2000 }, 4)
local mask, s, v = a:lt(b), array.random({ 500, 500 }, 5), array.random(2000, 6)
local i = array.arange(N)
case("sum", function() return a:sum() end)
case("mean", function() return a:mean() end)
case("var", function() return a:var() end)
case("min", function() return a:min() end)
case("argmax", function() return a:argmax() end)
case("sum down the columns", function() return m:sum(1) end)
case("sum along the rows", function() return m:sum(2) end)
case("max down the columns", function() return m:max(1) end)
case("max along the rows", function() return m:max(2) end)
case("sum of a transposed view", function() return m:transpose():sum() end)
case("add", function() return a + b end)
case("multiply", function() return a * b end)
case("divide", function() return a / b end)
case("add a number", function() return a + 1.5 end)
case("square", function() return a ^ 2 end)
case("add a row to each", function() return m + row end)
case("add a transposed view", function() return m + m:transpose() end)
case("less than", function() return a:lt(b) end)
case("where", function() return mask:where(a, b) end)
case("to f32", function() return a:astype "f32" end)
case("to i64", function() return a:astype "i64" end)
case("copy a transposed view", function() return m:transpose():copy() end)
case("concat", function() return array.concat { a, b } end)
case("sort", function() return a:sort() end)
case("argsort", function() return a:argsort() end)
case("take in order", function() return a:take(i) end)
case("sum of integers", function() return i:sum() end)
case("add integers", function() return i + i end)
case("compare integers", function() return i:lt(i) end)
case("matrix product", function() return s:dot(s) end)
case("matrix product, blas", function() return s:dot(s, { blas = true }) end)
case("matrix by vector", function() return m:dot(v) end)
case("random", function() return array.random(N, 1) end)
case("normal", function() return array.normal(N, 1) end)
case("full", function() return array.full(N, 1.0) end)
case("arange", function() return array.arange(N) end)
