-- pipe: a bit of everything, for the tracer: numbers, strings, tables, arrays, an
-- object too large to be kept inline, random numbers, fan-in, a program.  No function
-- of it reads outside, so it may be cached in any Lua.
local rille = require "rille"
local array = require "rille.array"
local t = rille.types

local make = rille.step "make" {
  params  = { n = 5 },
  outputs = { t.vector "x", t.table "about" },
  run = function(p)
    return array.random({ p.n * 4000 }, p.n), { n = p.n, text = "made", list = { 1, 2.5, true } }
  end,
}
local draw = rille.step "draw" { outputs = { t.number "r" }, run = function() return math.random() end }
local mean = rille.step "mean" { inputs = { t.vector "x" }, outputs = { t.number "m" },
  run = function(x) return x:mean() end }
local join = rille.step "join" {
  inputs  = { t.list(t.number) "means", t.number "r", t.table "about" },
  outputs = { t.number "sum", t.string "text" },
  run = function(means, r, about)
    local sum = r
    for i = 1, #means do sum = sum + means[i] end
    return sum, about.text .. " " .. about.n
  end,
}

local upper = rille.step "upper" {
  inputs  = { t.string "text", t.vector "x" },
  outputs = { t.string "loud", t.vector "copy" },
  command = "tr a-z A-Z < {inputs.text} && cp {inputs.x} {outputs.copy}",
  stdout  = "loud",
}

local pipe = rille.pipeline "pipe" {
  define = function()
    local means, last = {}, nil
    for i = 1, 4 do
      last = make:with { id = "make_" .. i } { n = i }
      means[i] = mean:with { id = "mean_" .. i } (last.x)
    end
    local joined = join { means = means, r = draw {}, about = last.about }
    upper { text = joined.text, x = last.x }
  end,
}
return pipe
