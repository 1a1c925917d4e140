-- The wiring of a pipeline as bytes, and its hash.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local wiring = require "rille.host.wiring"
local hash = require "rille.host.hash"

check.test("a damaged spec is refused wherever it is cut", function()
  local rille = require "rille"
  local t = rille.types
  local a = rille.step "a" { outputs = { t.integer "x", t.integer "y" }, run = function() return 1, 2 end }
  local b = rille.step "b" { inputs = { t.list(t.integer) "xs", t.integer "y" }, outputs = {}, run = function() end }
  local p = rille.pipeline "p" { define = function()
    local one, two = a {}, a:with { id = "a2" } {}
    b { xs = { one.x, two.y, 3 }, y = two.x }
  end }
  local g = require("rille.script.pipeline_graph").build(p)
  local bytes, digest = require("rille.graph").spec(g)
  check.eq(#digest, 32)
  local nodes = wiring.read(bytes)
  check.eq(nodes[3].inputs, { { port = "xs", { 1, 1 }, { 2, 2 }, { 0, 0 } }, { port = "y", { 2, 1 } } })
  for n = 0, #bytes - 1 do
    check.ok(not pcall(wiring.read, bytes:sub(1, n)), "cut at " .. n)
  end
end)

check.test("the hash of a wiring does not depend on the order of definition", function()
  local rille = require "rille"
  local t = rille.types
  local one = rille.step "one" { outputs = { t.integer "x" }, run = function() return 1 end }
  local two = rille.step "two" { outputs = { t.integer "x" }, run = function() return 2 end }
  local sum = rille.step "sum" { inputs = { t.integer "a", t.integer "b" }, outputs = { t.integer "s" },
    run = function(a, b) return a + b end }
  local p = rille.pipeline "p" { define = function() local a, b = one {}, two {} sum { a = a, b = b } end }
  local q = rille.pipeline "q" { define = function() local b, a = two {}, one {} sum { a = a, b = b } end }
  local r = rille.pipeline "r" { define = function() local a, b = one {}, two {} sum { a = b, b = a } end }
  check.eq(p:spec().hash, q:spec().hash)
  check.ok(p:spec().hash ~= r:spec().hash)
end)

check.done()
