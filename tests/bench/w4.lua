-- w4: one step makes 1 GiB of doubles, the next sums it.  KIND: r, random, or i,
-- small integers.  MEMORY: a file that gets what the second step's process holds.
local rille = require "rille"
local array = require "rille.array"
local t = rille.types
local KIND, N = os.getenv "KIND", math.tointeger(tonumber(os.getenv "N" or 128 * 1024 * 1024))

local make = rille.step "make" {
  params = { kind = KIND, n = N }, outputs = { t.vector "x" },
  run = function(p)
    if p.kind == "i" then return array.integers(0, 255, p.n, 42, "f64") end
    return array.random(p.n, 42)
  end,
}
local sum = rille.step "sum" { inputs = { t.vector "x" }, outputs = { t.number "sum" },
  run = function(x) return x:sum() end }

-- the same from its cached input, alone in a process: what stays in memory is a copy
local look = rille.step "look" {
  inputs = { t.vector "x" }, outputs = { t.integer "kb" }, cache = false,
  run = function(x)
    x:sum()
    for line in io.lines "/proc/self/status" do
      local kb = line:match "^RssAnon:%s*(%d+)"
      if kb then return math.tointeger(tonumber(kb)) end
    end
    return -1
  end,
}

return rille.pipeline "W4" { define = function()
  local x = make {}
  if os.getenv "LOOK" then look { x = x } else sum { x = x } end
end }
