-- frames.lua -- frames of a million rows beside pandas (frames.py).
--
--     rille frames.lua [PYTHON'S LINES]     a table of times and ratios
-- Both are CPU time, the best of three.
local array, frame = require "rille.array", require "rille.frame"

local theirs = {}
if arg[1] then
  for line in io.lines(arg[1]) do
    local name, ms = line:match "^(.-)\t(.+)$"
    if name then theirs[name] = tonumber(ms) end
  end
end

local function case(name, f)
  local best = math.huge
  for _ = 1, 3 do
    collectgarbage()
    local c = os.clock()
    f()
    best = math.min(best, (os.clock() - c) * 1e3)
  end
  local other = theirs[name]
  print(string.format("%-34s %9.1f ms%s", name, best, other
    and string.format("   pandas %9.1f ms   ratio %5.2f", other, best / other) or ""))
end

local N = 1000000
local k = (array.random(N, 1) * 1000 // 1):astype "i64"
local names = {}
for i = 1, N do names[i] = "name" .. k[i] % 500 end
local f = frame.new { { "k", k }, { "x", array.random(N, 2) }, { "s", names } }
local g = frame.new { { "k", array.arange(1000) }, { "w", array.random(1000, 3) } }
local a = frame.new { { "id", array.arange(N) }, { "x", f:column "x" } }
local b = frame.new { { "id", array.random(N, 7):argsort() }, { "y", f:column "x" } }
local d = frame.new { { "t", frame.dates(k * 86400000) }, { "x", f:column "x" } }
case("group by an integer: mean", function() f:group_by("k", { x = "mean" }) end)
case("group by two: four aggregates", function() f:group_by({ "k", "s" }, { x = { "mean", "sum", "max", "std" } }) end)
case("group by strings: sum", function() f:group_by("s", { x = "sum" }) end)
case("group: median", function() f:group_by("k", { x = "median" }) end)
case("group: nunique of strings", function() f:group_by("k", { s = "nunique" }) end)
case("group by the month", function()
  d:with_column("month", d:column "t":truncate "month"):group_by("month", { x = "mean" })
end)
case("sort by a float", function() f:sort "x" end)
case("sort by two", function() f:sort { "k", { "x", desc = true } } end)
case("sort by strings", function() f:sort "s" end)
case("join 1,000,000 x 1,000", function() f:join(g, "k") end)
case("join 1,000,000 x 1,000,000", function() a:join(b, "id") end)
case("filter", function() f:filter(f:column "x":gt(0.5)) end)
case("describe", function() f:select { "k", "x" }:describe() end)
