-- The price of a parcel.
local rille = require "rille"
local t = rille.types
local table_of = require "rates.prices"

return rille.step "postage" {
  params = { kilograms = t.number { default = 3, gt = 0 } },
  outputs = { t.number "euros" },
  run = function(p) return table_of.base + table_of.per_kilogram * p.kilograms end,
}
