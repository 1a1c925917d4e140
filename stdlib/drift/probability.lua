-- probability: how likely a figure is when nothing has changed.
--
--   chi_square(x, dof)        P(chi-square of dof >= x)
--   smirnov(d, n, m)          P(KS statistic of n and m rows >= d / (n * m)), exact for values without ties
--   kolmogorov(x)             the limit of the same for many rows, x = D * sqrt(n * m / (n + m))
--   binomial(k, n, q)         P(k or more of n), each with the probability q
--   overlap(k, n, all, hits)  P(k or more hits among n rows that are drawn of all)
--   holm(list)                p-values of one family corrected, so that one of them is below a limit by chance as
--                             rarely as the limit says

local probability = {}

local PRECISION <const> = 1e-17

-- The logarithm of the gamma function, x > 0: Stirling's series, after x is made large.
local function lgamma(x)
  local shift = 0.0
  while x < 15 do
    shift = shift + math.log(x)
    x = x + 1
  end
  local y = 1 / (x * x)
  local series = (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * 691 / 360360))))) / x
  return (x - 0.5) * math.log(x) - x + 0.91893853320467274178 + series - shift
end

local function lchoose(n, k) return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) end

-- The upper share of the gamma distribution past x, x >= a + 1: a continued fraction, by Lentz.
local function gamma_fraction(a, x)
  local tiny = 1e-300
  local b = x + 1 - a
  local c, d = 1 / tiny, 1 / b
  local h = d
  for i = 1, 10000 do
    local an = -i * (i - a)
    b = b + 2
    d = an * d + b
    d = 1 / (math.abs(d) < tiny and tiny or d)
    c = b + an / c
    if math.abs(c) < tiny then c = tiny end
    h = h * d * c
    if math.abs(d * c - 1) < 1e-16 then break end
  end
  return h
end

---@param x number
---@param dof integer
---@return number
function probability.chi_square(x, dof)
  if x <= 0 then return 1.0 end
  local a = dof / 2
  x = x / 2
  local front = math.exp(a * math.log(x) - x - lgamma(a))
  if x >= a + 1 then return front * gamma_fraction(a, x) end
  local term, sum, k = 1 / a, 1 / a, a
  while term > sum * PRECISION do
    k = k + 1
    term = term * x / k
    sum = sum + term
  end
  return math.max(0.0, 1 - front * sum)
end

-- Of all ways to mix the rows, the share whose statistic reaches d: of the ways to (i, j) the share that has been at
-- a place (i, j) with |i * m - j * n| >= d.  Only the places between those limits are visited; outside the share is 1.
---@param d integer the statistic times n * m
---@param n integer
---@param m integer
---@return number
function probability.smirnov(d, n, m)
  if d <= 0 then return 1.0 end
  local row = {}                               -- row[j] for i - 1, then for i
  for j = 0, m do row[j] = j * n >= d and 1.0 or 0.0 end
  for i = 1, n do
    local low = math.max(0, (i * m - d) // n + 1)       -- the first j with i * m - j * n < d
    local high = math.min(m, (i * m + d - 1) // n)
    if low > 0 then row[low - 1] = 1.0 end
    for j = low, high do
      row[j] = j == 0 and row[0] or (i * row[j] + j * row[j - 1]) / (i + j)
    end
    if high < m then row[high + 1] = 1.0 end
  end
  return math.min(1.0, row[m])
end

---@param x number
---@return number
function probability.kolmogorov(x)
  if x <= 0 then return 1.0 end
  local sum = 0.0
  if x < 1 then
    for k = 1, 20 do sum = sum + math.exp(-(2 * k - 1) ^ 2 * math.pi ^ 2 / (8 * x * x)) end
    return 1 - math.sqrt(2 * math.pi) / x * sum
  end
  for k = 20, 1, -1 do sum = sum + (k % 2 == 1 and 1 or -1) * math.exp(-2 * k * k * x * x) end
  return math.max(0.0, 2 * sum)
end

-- The sum of terms that begins with first and goes on with term * ratio(k), as long as that adds something.
local function tail(first, k, last, ratio)
  local sum, term = first, first
  while k < last do
    local factor = ratio(k)
    term, k = term * factor, k + 1
    sum = sum + term
    if factor < 1 and term <= sum * PRECISION then break end
  end
  return math.min(1.0, sum)
end

---@return number
function probability.binomial(k, n, q)
  if k <= 0 or q >= 1 then return 1.0 end
  if k > n or q <= 0 then return 0.0 end
  if k < n * q then return 1 - probability.binomial(n - k + 1, n, 1 - q) end
  local first = math.exp(lchoose(n, k) + k * math.log(q) + (n - k) * math.log(1 - q))
  return tail(first, k, n, function(i) return (n - i) / (i + 1) * q / (1 - q) end)
end

---@return number
function probability.overlap(k, n, all, hits)
  if k <= math.max(0, n + hits - all) then return 1.0 end
  local last = math.min(n, hits)
  if k > last then return 0.0 end
  local first = math.exp(lchoose(hits, k) + lchoose(all - hits, n - k) - lchoose(all, n))
  return tail(first, k, last, function(i) return (hits - i) * (n - i) / ((i + 1) * (all - hits - n + i + 1)) end)
end

-- The corrected values, in the order of the list.
---@param list number[]
---@return number[]
function probability.holm(list)
  local order, made, highest = {}, {}, 0.0
  for i = 1, #list do order[i] = i end
  table.sort(order, function(a, b)
    if list[a] ~= list[b] then return list[a] < list[b] end
    return a < b
  end)
  for rank, i in ipairs(order) do
    highest = math.max(highest, math.min(1.0, list[i] * (#list - rank + 1)))
    made[i] = highest
  end
  return made
end

return probability
