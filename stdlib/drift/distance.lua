-- distance: how far the current values are from the reference.
--
-- Values are ascending lists, counts are lists of as many rows in each bin.

local probability = require "rille.drift.probability"

local distance = {}

local LEAST <const> = 1e-4          -- of a share: a bin without rows has no logarithm
local NOISE <const> = 1e-11          -- of its size: numbers that differ by less are equal
local CELLS <const> = 200000        -- places that the exact p-value of KS may take

-- The greatest difference of the two distributions, as an integer of n * m, and the area between them (Wasserstein).
---@param x number[] ascending
---@param y number[] ascending
---@return integer d, number area
local function walk(x, y)
  local n, m = #x, #y
  local i, j, d, most, area = 1, 1, 0, 0, 0.0
  local last = math.min(x[1], y[1])
  while i <= n and j <= m do
    local a, b = x[i], y[j]
    local v = a < b and a or b
    area = area + (d < 0 and -d or d) * (v - last)
    last = v
    local same = v + (v < 0 and -v or v) * NOISE
    while a and a <= same do
      i, d = i + 1, d + m
      a = x[i]
    end
    while b and b <= same do
      j, d = j + 1, d - n
      b = y[j]
    end
    if d > most then most = d elseif -d > most then most = -d end
  end
  -- one of the two is at its end: the difference shrinks from here on
  while i <= n do
    area = area + (d < 0 and -d or d) * (x[i] - last)
    last, i, d = x[i], i + 1, d + m
  end
  while j <= m do
    area = area + (d < 0 and -d or d) * (y[j] - last)
    last, j, d = y[j], j + 1, d - n
  end
  return most, area
end

-- Kolmogorov and Smirnov's statistic, its p-value, whether that is exact, and Wasserstein's distance.
---@return number D, number p, boolean exact, number wasserstein
function distance.sorted(x, y)
  local n, m = #x, #y
  local d, area = walk(x, y)
  local D, pairs_of = d / (n * m), n * m
  local exact = math.min(2 * D, 1) * pairs_of <= CELLS
  local p = exact and probability.smirnov(d, n, m) or probability.kolmogorov(D * math.sqrt(pairs_of / (n + m)))
  return D, p, exact, area / pairs_of
end

local function total(counts)
  local n = 0
  for _, k in ipairs(counts) do n = n + k end
  return n
end

-- The population stability index.
---@param r integer[] counts of the reference
---@param c integer[] counts of the current rows
---@return number
function distance.psi(r, c)
  local n, m, sum = total(r), total(c), 0.0
  for i = 1, #r do
    local p, q = math.max(r[i] / n, LEAST), math.max(c[i] / m, LEAST)
    sum = sum + (q - p) * math.log(q / p)
  end
  return sum
end

-- Jensen and Shannon's distance, base e: the root of their divergence, 0 to 0.83.
---@return number
function distance.jensen_shannon(r, c)
  local n, m, sum = total(r), total(c), 0.0
  for i = 1, #r do
    local p, q = r[i] / n, c[i] / m
    local middle = (p + q) / 2
    if p > 0 then sum = sum + p * math.log(p / middle) end
    if q > 0 then sum = sum + q * math.log(q / middle) end
  end
  return math.sqrt(math.max(0.0, sum / 2))
end

-- Pearson's chi-square of the table of two rows, without Yates' correction; nil with one bin.
---@return number? statistic, integer dof, number? p
function distance.chi_square(r, c)
  local n, m, sum, bins = total(r), total(c), 0.0, 0
  for i = 1, #r do
    local both = r[i] + c[i]
    if both > 0 then
      local e, f = both * n / (n + m), both * m / (n + m)
      sum = sum + (r[i] - e) ^ 2 / e + (c[i] - f) ^ 2 / f
      bins = bins + 1
    end
  end
  if bins < 2 then return nil, 0, nil end
  return sum, bins - 1, probability.chi_square(sum, bins - 1)
end

-- The p-value of an index: without drift it is about a chi-square, in bins that expect 10 rows or more.
---@return number?
function distance.psi_p(psi, r, c)
  if #r < 2 then return nil end
  local n, m = total(r), total(c)
  return probability.chi_square(psi * n * m / (n + m), #r - 1)
end

return distance
