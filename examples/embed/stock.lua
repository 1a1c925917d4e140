-- stock.lua -- rille in a Lua interpreter that is not rille's: Debian's lua5.4, or that of another program.
--
--   lua5.4 stock.lua               after make install; without it: LUA_CPATH="../../build/?.so;;" lua5.4 stock.lua
--
-- Steps, pipelines, stores and results are those of the program: `rille runs` lists the runs of this script.  In this
-- Lua nothing notices what a step reads, therefore the file is an input here, which counts by its content; and a step
-- that can reach io, os or require is not cached unless it has cache = "always".

local rille = require "rille"
local csv = require "rille.csv"
local t = rille.types

rille.open { store = ".rille", quiet = true }

local totals = rille.step "totals" {
  inputs = { t.file "sales" },
  outputs = { t.frame "by_shop" },
  run = function(sales)
    return csv.read(sales.path):drop_missing():group_by("shop", { amount = { "sum", "count" } }):sort "shop"
  end,
}

local shops = rille.pipeline "shops" {
  define = function() totals { sales = rille.file "../data/sales.csv" } end,
}

local run = shops:run {}
for row in run.steps.totals.output:load():each() do
  print(string.format("%-8s %4d sales %10.2f", row.shop, row.amount_count, row.amount_sum))
end
print("totals: " .. run.steps.totals.status)
