-- fingerprint: what telling a function's code costs, in microseconds.
--
--     rille fingerprint.lua
--
-- walk is the whole fingerprint, made when a plan is; check is the comparison
-- before and after a step runs.  Medians of rounds of many calls each.

local fp = require "rille.host.fingerprint"

local ROUNDS <const>, CALLS <const> = 9, 300

fp.setup(_G)

local function tiny(x) return x + 1 end

local scale, limits = 2.5, { low = 0, high = 10, names = { "a", "b", "c" } }
local function clamp(v) return math.max(limits.low, math.min(limits.high, v)) end
local function describe(v, i) return string.format("%s=%g", limits.names[i % 3 + 1], v) end

-- 25 lines with two helpers and a captured table
local function real(xs, p)
  local sum, parts, seen = 0, {}, {}
  for i, x in ipairs(xs) do
    local v = clamp(x * scale)
    if not seen[v] then
      seen[v] = true
      parts[#parts + 1] = describe(v, i)
    end
    if v > p.threshold then
      sum = sum + v
    elseif v < 0 then
      sum = sum - v
    else
      sum = sum + v / 2
    end
  end
  table.sort(parts)
  local text = table.concat(parts, ",")
  if #text > 80 then
    text = text:sub(1, 77) .. "..."
  end
  if p.upper then
    text = text:upper()
  end
  return sum, text
end

local function table_of(n)
  local t = {}
  for i = 1, n do t[i] = { i, tostring(i) } end
  return t
end
local big = table_of(1000)
local function captures() return #big end

local function median(f)
  local times = {}
  for round = 1, ROUNDS do
    local t0 = os.clock()
    for _ = 1, CALLS do f() end
    times[round] = (os.clock() - t0) / CALLS * 1e6
  end
  table.sort(times)
  return times[ROUNDS // 2 + 1]
end

print(string.format("%-44s %9s %9s", "fingerprint, us", "walk", "check"))
for _, case in ipairs { { "a function of one line", tiny }, { "25 lines, two helpers, a table", real },
  { "a captured table of 1,000 tables", captures } } do
  local f = case[2]
  local info = assert(fp.walk(f, { name = "s.run" }))
  print(string.format("%-44s %9.2f %9.2f", case[1], median(function() fp.walk(f, { name = "s.run" }) end),
    median(function() fp.check(f, info) end)))
end
