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

check.test("finals are the nodes that no other takes anything from, in order", function()
  local graph = require "rille.graph"
  local rille = require "rille"
  local t = rille.types
  local one = rille.step "one" { outputs = { t.integer "x" }, run = function() return 1 end }
  local two = rille.step "two" { outputs = { t.integer "x", t.string "s" }, run = function() return 2 end }
  local sum = rille.step "sum" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "s" },
    run = function() return 1 end }
  local function finals(define)
    local bytes = graph.spec(graph.build(nil, false, define))
    local parts = {}
    for i, node in ipairs(wiring.finals(bytes) or { { id = "none", position = 0, outputs = {} } }) do
      parts[i] = node.position .. " " .. node.id .. ": " .. table.concat(node.outputs, " ")
    end
    -- a wiring that is cut off is refused
    for n = 1, wiring.finals(bytes) and #bytes - 1 or 0 do
      check.raises(function() wiring.finals(bytes:sub(1, n)) end, "pipeline's spec")
    end
    return table.concat(parts, ", ")
  end
  check.eq(finals(function() one {} two {} end), "1 one: x, 2 two: x s")
  check.eq(finals(function() local b = two {} sum { xs = { one {}, b.x, 7 } } end), "3 sum: s")
  check.eq(finals(function() local a = one {} two:with { id = "b", after = { a } } {} end), "0 none: ")
end)

check.done()
