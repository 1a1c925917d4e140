-- false_alarms_test.lua -- batches without drift pass, batches with drift do not.
--
-- Of breast_cancer.csv n rows are drawn at random and compared with the others: 200 batches of 57 rows, fewer of the
-- other sizes, as each takes 10 ms.  Measured with 200 of each size: 0 of 200 stopped at n = 28, 3 at 57, 5 at 114; the
-- usual thresholds (PSI > 0.2, KS p < 0.05) stop 49 to 100 %.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local drift = require "rille.drift"
local frame = require "rille.frame"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local gate = drift.gate {}

local function drawn(n, seed)
  local order = array.random(569, seed * 7919 + n):argsort()
  return cancer:take(order:slice(n + 1, 569)), cancer:take(order:slice(1, n))
end

-- How many of the batches are stopped, each changed before.
local function stopped(n, batches, change)
  local count = 0
  for seed = 1, batches do
    local reference, batch = drawn(n, seed)
    if not gate:check(drift.compare(reference, change and change(batch, n) or batch)) then count = count + 1 end
  end
  return count
end

check.test("of random batches of 28, 57 and 114 rows without drift at most 5 % are stopped", function()
  for n, batches in pairs { [28] = 40, [57] = 200, [114] = 100 } do
    local count = stopped(n, batches)
    check.ok(count <= batches // 20, string.format("%d of %d batches of %d rows are stopped", count, batches, n))
  end
end)

check.test("nor are those of a table with missing cells, rare categories and many zeros", function()
  local u = array.random({ 2000, 8 }, 3)
  local function list(j, make)
    local made = {}
    for i, v in ipairs(u:column(j):totable()) do made[i] = make(v, i) end
    return made
  end
  local function missing(j, share) return u:column(j):lt(share):where(array.full(2000, 0 / 0), u:column(j + 1)) end
  local function zipf(k) return function(v) return "c" .. math.floor(k ^ v) end end
  local f = frame.new {
    { "a", missing(1, 0.07) }, { "b", missing(3, 0.2) }, { "c", list(5, zipf(300)) }, { "d", list(6, zipf(45)) },
    { "e", list(7, function(v) return v < 0.02 end) },
    { "f", list(8, function(v) return v < 0.6 and 0 or v * 9 // 1 end) },
    { "g", list(4, function(v, i) return v < 0.003 and "rare" .. i or "usual" end) },
  }
  for _, n in ipairs { 28, 114, 1000 } do
    local count = 0
    for seed = 1, 60 do
      local order = array.random(2000, seed * 31 + n):argsort()
      local report = drift.compare(f:take(order:slice(n + 1, 2000)), f:take(order:slice(1, n)))
      if not gate:check(report) then count = count + 1 end
    end
    check.ok(count <= 5, string.format("%d of 60 batches of %d rows are stopped", count, n))
  end
end)

check.test("batches with drift are stopped", function()
  local function share_missing(batch, n)
    return batch:with_column("mean_area", batch:column "mean_area":map(function(v) return v end) * array.random(n, n)
      :lt(0.2):where(array.full(n, 0 / 0), array.ones(n)))
  end
  local function shifted(batch)
    local c = batch:column "mean_radius"
    return batch:with_column("mean_radius", c + 3.5)          -- one standard deviation
  end
  local function as_text(batch)
    local texts = batch:column "mean_area":totable()
    for i, v in ipairs(texts) do texts[i] = i == 5 and "n/a" or tostring(v) end
    return batch:with_column("mean_area", texts)
  end
  check.eq({ stopped(114, 10, shifted), stopped(57, 20, shifted) }, { 10, 20 }, "shifted by a standard deviation")
  for _, n in ipairs { 28, 57, 114 } do
    check.eq(stopped(n, 10, as_text), 10, "one cell that is text")
    check.ok(stopped(n, 20, share_missing) >= (n == 28 and 18 or 19), "20 % missing of " .. n)
  end
end)

check.done()
