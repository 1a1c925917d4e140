-- sales: reads a CSV file in chunks, so that the file can be larger than memory, and
-- sums up the sales of each month, with dates and groups.
local rille = require "rille"
local array, csv, frame = require "rille.array", require "rille.csv", require "rille.frame"
local step, pipeline, t = rille.step, rille.pipeline, rille.types

-- Sums the months of each chunk, then adds up these few sums.
local by_month = step "by_month" {
  outputs = { t.frame "months" },
  run = function()
    local parts = {}
    for f in csv.chunks("data/sales.csv", { rows = 100 }) do
      local sold = f:drop_missing():with_column("month", function(g) return g:column "day":truncate "month" end)
      parts[#parts + 1] = sold:group_by({ "month", "shop" }, { amount = { "sum", "count" } })
    end
    return frame.concat(parts)
      :group_by({ "month", "shop" }, { amount_sum = "sum", amount_count = "sum" })
      :rename { amount_sum = "amount", amount_count = "sales" }
      :sort { "month", { "amount", desc = true } }
  end,
}

-- Collects the amounts chunk by chunk in a file, which becomes one memory-mapped array.
local amounts = step "amounts" {
  outputs = { t.vector "x" },
  run = function(_, ctx)
    local all = array.builder(ctx.tmpdir, "f64")
    for f in csv.chunks("data/sales.csv", { rows = 100 }) do all:append(f:drop_missing():column "amount") end
    return all:finish()
  end,
}

local shops = pipeline "sales" { define = function() by_month {} amounts {} end }

if rille.main() then
  local run = shops:run()
  print(run.steps.by_month.output:load():head(4))
  local x = run.steps.amounts.output:load()
  print(string.format("%d sales, %.2f in all", #x, x:sum()))
end
return shops
