-- bins: the number of the interval that a value is in, from 1.  What is learned of a column is { edges = { number,
-- ... } }, ascending, between the bins: a value equal to an edge is above it.  The outer bins are open.
--
--     quantile   bins of about as many rows: edges are quantiles, equal ones are one
--     uniform    bins of equal width from the minimum to the maximum

local columns = require "rille.preprocess.columns"
local errors = require "rille.base.errors"
local array = require "rille.array"

local STRATEGIES <const> = { "quantile", "uniform" }
local NUMBERS <const> = { number = true }

local bins = {
  name = "bins",
  hint = { string = "make numbers of it by cast, one_hot or ordinal", boolean = "make numbers of it by cast" },
  options = {
    n = { kind = "count", from = 2, max = 10000 },
    strategy = { kind = "choice", values = STRATEGIES, what = "a strategy" },
    edges = { kind = "numbers" },
  },
}

function bins.check(who, o)
  if o.edges then
    if o.n or o.strategy then errors.raise("%s: edges are given; leave out n and strategy", who) end
    if #o.edges == 0 then errors.raise("%s: edges is empty", who) end
    for i = 2, #o.edges do
      if o.edges[i] <= o.edges[i - 1] then errors.raise("%s: edges[%d] is not more than the one before", who, i) end
    end
  else
    o.n, o.strategy = o.n or 10, o.strategy or "quantile"
  end
end

function bins.kinds() return NUMBERS end

local function edges_of(v, o)
  local made, low, high = {}, v:min(), v:max()
  for i = 1, o.n - 1 do
    local share = i / o.n
    local edge = o.strategy == "quantile" and v:quantile(share) or low * (1 - share) + high * share
    -- an edge at the minimum has no row below it
    if edge > (made[#made] or low) then made[#made + 1] = edge end
  end
  return made
end

function bins.learn(who, name, c, o)
  if o.edges then return { edges = o.edges } end
  local edges = edges_of(columns.values(who, name, c), o)
  local n = #edges + 1
  if n == o.n then return { edges = edges } end
  return { edges = edges }, string.format('column "%s" has %d bin%s instead of %d: edges were equal', name, n,
    n == 1 and "" or "s", o.n)
end

function bins.apply(who, name, c, learned)
  c = columns.floats(who, name, c)
  local at = array.full(#c, 1.0)
  for _, edge in ipairs(learned.edges) do at = at + c:ge(edge):astype "f64" end
  return { c:eq(c):where(at, 0 / 0) }
end

return bins
