-- runs.lua -- a history of N runs (10,000) in a store beside this script's copy, for
-- the figures of listings:   rille -q runs.lua [N]
-- Each run has three steps; one in ten trains anew and logs a metric.

local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

local data = step "data" { outputs = { t.table "data" }, run = function() return { 1, 2, 3 } end }
local train = step "train" {
  inputs = { t.table "data" }, params = { rate = 0.1 }, outputs = { t.number "model" },
  run = function(data, p, ctx)
    ctx:log_metric { acc = 1 / (1 + math.abs(p.rate - 0.3)) }
    return p.rate * #data
  end,
}
local score = step "score" { inputs = { t.number "model" }, params = { round = 0 }, outputs = { t.number "score" },
  run = function(model, p) return model + p.round end }

local runs = pipeline "runs" {
  params = { rate = 0.1, round = 0 },
  define = function(p) score { model = train { data = data(), rate = p.rate }, round = p.round } end,
}

if rille.main() then
  for i = 1, tonumber(arg[1]) or 10000 do
    runs:run { params = { rate = (i // 10) % 1000 / 1000, round = i }, tags = i % 100 == 0 and { "hundred" } or nil }
  end
end
return runs
