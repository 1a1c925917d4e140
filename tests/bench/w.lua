-- w: the workloads for rille.  The environment names the workload (W), its size (N)
-- and, for W5, the step that gives N more (V): a value that no other step has.
local rille = require "rille"
local t = rille.types
local W, N = os.getenv "W", math.tointeger(tonumber(os.getenv "N" or 1))
local OVERRIDE = tonumber(os.getenv "V" or "")

local first = rille.step "first" { params = { v = 1 }, outputs = { t.integer "x" }, run = function(p) return p.v end }
local inc = rille.step "inc" { inputs = { t.integer "x" }, outputs = { t.integer "y" },
  run = function(x) return x + 1 end }
local leaf = rille.step "leaf" { params = { i = 0 }, outputs = { t.integer "v" }, run = function(p) return p.i end }
local total = rille.step "total" {
  inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "sum" },
  run = function(xs)
    local sum = 0
    for i = 1, #xs do sum = sum + xs[i] end
    return sum
  end,
}

-- external commands: each a key of its own by the number it is given
local nothing, digest
if W:find "^W6" then
  nothing = rille.step "nothing" { params = { i = 0 }, command = { "/bin/true", "{params.i}" } }
  digest = rille.step "digest" {
    params = { i = 0 }, outputs = { t.string "line" }, stdout = "line", env = { I = "{params.i}" },
    command = { "sha256sum", "one_mb" },
  }
end

local define = {
  W6t = function() for i = 1, N do nothing:with { id = "s" .. i } { i = i } end end,
  W6s = function() for i = 1, N do digest:with { id = "s" .. i } { i = i } end end,
  W1 = function() first {} end,
  W2 = function()
    local x = first {}
    for i = 2, N do x = inc:with { id = "s" .. i } (x) end
  end,
  W3 = function()
    local xs = {}
    for i = 1, N do
      local v = i - 1
      if v == OVERRIDE then v = v + N end
      xs[i] = leaf:with { id = "x" .. i } { i = v }
    end
    total { xs = xs }
  end,
}

return rille.pipeline(W) { define = define[W] }
