-- growth: pipelines of N steps in the shape that SHAPE names, for the script growth.
local rille = require "rille"
local t = rille.types
local N <const> = math.tointeger(tonumber(os.getenv "N"))

local one = rille.step "one" { params = { k = 1 }, outputs = { t.integer "n" }, run = function(p) return p.k end }
local inc = rille.step "inc" { inputs = { t.integer "n" }, outputs = { t.integer "n" },
  run = function(n) return n + 1 end }
local add = rille.step "add" { inputs = { t.integer "a", t.integer "b" }, outputs = { t.integer "n" },
  run = function(a, b) return (a + b) % 1000003 end }
local sum = rille.step "sum" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "n" },
  run = function(xs) return #xs end }
local range = rille.step "range" { params = { n = N }, outputs = { t.list(t.integer) "xs" }, run = function(p)
  local list = {}
  for i = 1, p.n do list[i] = i end
  return list
end }

local shapes = {}
function shapes.chain()
  local x = one {}
  for i = 2, N do x = inc:with { id = "s" .. i } { n = x } end
end
function shapes.fan()
  local list = {}
  for i = 1, N - 1 do list[i] = one:with { id = "s" .. i, k = i } {} end
  sum { xs = list }
end
function shapes.ladder()
  local x = one {}
  for i = 1, N // 3 do
    x = add:with { id = "j" .. i } { a = inc:with { id = "l" .. i } { n = x },
      b = add:with { id = "r" .. i } { a = x, b = 7 } }
  end
end
function shapes.map() sum { xs = inc:map { n = range {} } } end

return rille.pipeline "p" { define = shapes[os.getenv "SHAPE"] }
