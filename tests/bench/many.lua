-- many: a short pipeline of three steps, for the script many.  params.n makes all three anew.
local rille = require "rille"
local t = rille.types

local draw = rille.step "draw" { params = { n = 0 }, outputs = { t.number "x" },
  run = function(p) return p.n + 0.5 end }
local double = rille.step "double" { inputs = { t.number "x" }, outputs = { t.number "x" },
  run = function(x) return 2 * x end }
local tell = rille.step "tell" {
  inputs = { t.number "x" }, outputs = { t.table "told" },
  run = function(x, _, ctx)
    ctx:log_metric { x = x }
    return { x = x, text = ("x"):rep(100) }
  end,
}

return rille.pipeline "p" { params = { n = 0 },
  define = function(p) tell { x = double { x = draw { n = p.n } } } end }
