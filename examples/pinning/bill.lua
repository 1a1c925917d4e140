-- The postage of today, and as it was in the commit that is tagged spring.  demo.sh shows it.
local rille = require "rille"
local t = rille.types

local now = require "rates.postage"
local spring = rille.at "rates.postage@spring"

local compare = rille.step "compare" {
  inputs = { t.number "now", t.number "spring" },
  outputs = { t.string "text" },
  run = function(a, b) return string.format("%.2f euros, %+.2f since spring", a, a - b) end,
}

return rille.pipeline "bill" {
  define = function()
    compare { now = now(), spring = spring:with { id = "postage_in_spring" } {} }
  end,
}
