-- estimate: how many mixtures a search asks for, and how many step runs these are at most, for --dry.
--
-- Step runs are counted once for each step that is run with the same code, parameters and sources of inputs.  That is
-- an upper bound: inputs that come out alike are found in the cache when it comes to it.

local game = require "rille.run.blame.game"
local mixed_order = require "rille.run.blame.mixed_order"
local oracle = require "rille.run.blame.oracle"
local search = require "rille.run.blame.search"

local estimate = {}

local MOST <const> = 200            -- mixtures that are looked at

-- The sets of suspects that a search asks for when the culprits are these; it stops at the least that it can do.
local function asked(n, culprits)
  local sets = {}
  local function value(set)
    local v, key = 0.0, {}
    for _, i in ipairs(culprits) do
      if set[i] then v, key[#key + 1] = v + i, i end
    end
    return { ok = true, value = v, key = table.concat(key, ",") }
  end
  local whole = {}
  for i = 1, n do whole[i] = true end
  search.run(n, function(set)
    sets[#sets + 1] = set
    return value(set)
  end, value {}, value(whole))
  return sets
end

-- Adds the step runs of a mixture that are not cached.
local function add_runs(model, set, seen)
  local name = game.name_of(set)
  if seen.sets[name] then return end
  seen.sets[name] = true
  local order = mixed_order.of(model, function(i) return set[i] or false end)
  order.dry = true
  local report = oracle.ask(order)
  for _, node in ipairs(report.nodes or {}) do
    if not node.cached then
      seen.dynamic = seen.dynamic or node.dynamic
      local run = node.cacheable and node.symbol or node.symbol .. name
      if not seen.runs[run] then seen.runs[run], seen.n = true, seen.n + 1 end
    end
  end
end

---@class rille.blame.estimate
---@field mixtures integer for one change that matters
---@field two integer for two
---@field step_runs integer
---@field items boolean the items of maps come on top

-- What a search costs.
---@param model rille.blame.model
---@return rille.blame.estimate
function estimate.of(model)
  local n = #model.suspects
  if n == 0 then return { mixtures = 0, two = 0, step_runs = 0 } end
  local sets, seen = asked(n, { n }), { n = 0, sets = {}, runs = {} }
  local two = n > 1 and asked(n, { 1, n }) or sets
  for _, list in ipairs { sets, two } do
    for i = 1, math.min(#list, MOST) do add_runs(model, list[i], seen) end
  end
  return { mixtures = #sets, two = #two, step_runs = seen.n, items = seen.dynamic or false }
end

return estimate
