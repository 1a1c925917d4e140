-- results_test.lua -- what a completed run shows of its outputs and metrics.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT = [[
local make = step "make" { outputs = { t.list(t.integer) "x", t.integer "n" }, run = function() return { 1, 2 }, 2 end }
local fit = step "fit" { inputs = { t.list(t.integer) "x" }, outputs = { t.number "score", t.string "word" },
  run = function(x, _, ctx)
    ctx:log_metric { loss = 1 / 3, steps = #x }
    return 2 / 3, "two\nlines"
  end }
local quiet = step "quiet" { inputs = { t.list(t.integer) "x" }, run = function() end }
return pipeline "p" { define = function()
  local d = make()
  fit { x = d.x }
  quiet { x = d.x }
end }
]]

-- What follows the line with the counts.
local function shown(p, arguments, code)
  local _, err = p:ok(arguments, code)
  local at = err:find "\n  outputs "
  return at and err:sub(at + 1) or ""
end

local WANT = '  outputs   fit.score  0.666667\n            fit.word   "two\\nlines"\n'
  .. '  metrics   fit  loss = 0.333333, steps = 2\n'

check.test("a completed run shows the outputs that no step takes, and the metrics", function()
  local p <close> = scratch.script(SCRIPT)
  check.eq(shown(p, "run main.lua"), WANT)
end)

check.test("a run that takes all from the cache shows the same", function()
  local p <close> = scratch.script(SCRIPT)
  p:ok "run main.lua"
  check.eq(shown(p, "run main.lua"), WANT)
end)

check.test("-q, --json and a run that fails show none", function()
  local p <close> = scratch.script(SCRIPT)
  check.eq(select(2, p:ok "-q run main.lua"), "")
  check.eq(shown(p, "run main.lua --json"), "")
  p:edit("function() end", 'function() error "no" end')
  check.eq(shown(p, "run main.lua -k", 1), "")
end)

check.test("of many outputs and metrics there are twelve lines", function()
  local p <close> = scratch.script [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" },
  run = function(q, ctx) ctx:log_metric { n = q.n } return q.n end }
return pipeline "p" { define = function() for i = 1, 30 do s:with { id = "s" .. i } { n = i } end end }
]]
  local text = shown(p, "run main.lua")
  check.eq(select(2, text:gsub("\n", "\n")), 12)
  check.has(text, "  outputs   s1   1\n")
  check.has(text, "            … 20 more\n")
  check.has(text, "  metrics   s (30 steps)  n = 1 to 30\n")
end)

check.test("a map shows how many items there are and the first of them", function()
  local p <close> = scratch.script [[
local list = step "list" { outputs = { t.list(t.integer) "x" }, run = function() return { 1, 2, 3, 4, 5 } end }
local twice = step "twice" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x) return 2 * x end }
return pipeline "p" { define = function() twice:map { x = list() } end }
]]
  check.has(shown(p, "run main.lua"), "  outputs   twice  5 items: 2; 4; 6; …\n")
end)

check.done()
