-- node_memo_test.lua -- which nodes a run takes from the one before it, and which it looks up all the same.
package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local MAIN = [[
local rille = require "rille"
local t = rille.types
local outside = 0
local one = rille.step "one" { params = { v = 1 }, outputs = { t.integer "x" }, run = function(p) return p.v end }
local add = rille.step "add" { inputs = { t.integer "x" }, outputs = { t.integer "y" },
  run = function(x) return x + 1 end }
local sum = rille.step "sum" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "total" },
  run = function(xs) return #xs end }
local reads = rille.step "reads" { outputs = { t.string "text" }, run = function()
  local f <close> = io.open "data.txt"
  return f:read "a"
end }
local big = rille.step "big" { outputs = { t.string "text" }, run = function() return ("x"):rep(100000) end }
local never = rille.step "never" { cache = false, outputs = { t.integer "n" }, run = function() return 1 end }
return rille.pipeline "main" { params = { k = 1 }, define = function(p)
  local xs = {}
  for i = 1, 5 do xs[i] = add:with { id = "a" .. i } (one:with { id = "o" .. i } { v = i }) end
  sum { xs = xs }
  --more
end }
]]

-- The project, and what a run says of its nodes: how many of how many it took from the memo.
local function project(more)
  local p = scratch.new()
  p:write("main.lua", (MAIN:gsub("%-%-more", function() return more or "" end)))
  p:write("data.txt", "one")
  local function run(words, environment)
    os.remove(p.dir .. "/says")
    local r = p:sh(string.format("RILLE_MEMO=node RILLE_MEMO_SAYS=says %s \"$RILLE\" run main.lua -q -j 1 %s 2>&1",
      environment or "", words or ""))
    local f = io.open(p.dir .. "/says")
    local said = f and f:read "a" or ""
    if f then f:close() end
    return said:match "nodes: ([^\n]*)" or r.out
  end
  return p, run
end

-- The newest run as rows: each step with its status and the step run of its result.
local function trace(p)
  return p:sh [[sqlite3 .rille/meta.db "select trace_text from (select hex(trace) as trace_text from run order by row
    desc limit 1)"]].out
end

check.test("an unchanged run takes all nodes, a changed one those that do not depend on the change", function()
  local p <close>, run = project()
  check.eq(run(), "0 of 11")
  check.eq(run(), "11 of 11")
  p:edit("v = i }", "v = i == 3 and 30 or i }")
  check.eq(run(), "8 of 11")
  check.eq(p:statuses(), "o1=cached a1=cached o2=cached a2=cached o3=completed a3=completed o4=cached a4=cached "
    .. "o5=cached a5=cached sum=completed")
  check.eq(run(), "11 of 11")
end)

check.test("the trace is the same without it", function()
  local p <close>, run = project()
  run()
  run()
  local taken = trace(p)
  check.eq(run(nil, "RILLE_MEMO=off"), "")
  check.eq(trace(p), taken)
end)

check.test("nodes of a step whose code changed are looked up", function()
  local p <close>, run = project()
  run()
  p:edit("return x + 1", "return x + 2")
  check.eq(run(), "5 of 11")
  check.has(p:statuses(), "a1=completed")
  check.has(p:statuses(), "o1=cached")
end)

check.test("so are those of another type of port", function()
  local p <close>, run = project()
  run()
  p:edit('outputs = { t.integer "x" }', 'outputs = { t.number "x" }')
  check.eq(run(), "0 of 11")
end)

check.test("a step that was renamed is another one in the wiring", function()
  local p <close>, run = project()
  run()
  p:edit('rille.step "one"', 'rille.step "uno"')
  run()
  check.has(p:sh [[sqlite3 .rille/meta.db "select count(*) from pipeline_spec"]].out, "2")
end)

check.test("what reads a file, or has objects, is looked up: a change and a loss are seen", function()
  local p <close>, run = project "reads {} big {}"
  check.eq(run(), "0 of 13")
  check.eq(run(), "11 of 13")
  check.eq(p:statuses(), "o1=cached a1=cached o2=cached a2=cached o3=cached a3=cached o4=cached a4=cached "
    .. "o5=cached a5=cached sum=cached reads=cached big=cached")
  p:write("data.txt", "two")
  check.eq(run(), "11 of 13")
  check.has(p:statuses(), "reads=completed big=cached")
  p:sh "rm -r .rille/objects/*"
  run()
  check.has(p:statuses(), "reads=cached big=completed")
end)

check.test("what is never kept is not taken", function()
  local p <close>, run = project "never {}"
  run()
  check.eq(run(), "11 of 12")
  check.has(p:statuses(), "never=completed")
end)

check.test("a step that stops being cacheable runs", function()
  local p <close>, run = project()
  run()
  p:edit('step "one" {', 'step "one" { cache = false,')
  check.eq(run(), "0 of 11")
  check.has(p:statuses(), "o1=completed")
end)

check.test("a result that was computed again since is that of the next run", function()
  local p <close>, run = project()
  run()
  check.eq(run "--no-cache", "")
  check.eq(run(), "0 of 11")
  local taken = trace(p)
  run(nil, "RILLE_MEMO=off")
  check.eq(trace(p), taken)
end)

check.test("runs that are asked for some steps, and those with overrides, take and leave nothing", function()
  local p <close>, run = project()
  run()
  check.eq(run "--only o1", "")
  check.eq(run "--from o1", "")
  check.eq(run "--set o1.v=7", "")
  check.eq(run(), "8 of 11")            -- --from has computed three again
end)

check.test("nor do those that depend on data, or have an order of their own", function()
  for _, more in ipairs { "sum:with { id = 's' }:map { xs = { { 1 }, { 2 } } }",
    "never:with { after = { sum:with { id = 's' } { xs = xs } } } {}" } do
    local p <close>, run = project(more)
    run()
    check.eq(run(), "")
  end
end)

check.test("a pipeline that was deleted leaves nothing", function()
  local p <close>, run = project()
  run()
  p:ok "pipeline delete main --yes"
  check.eq(run(), "0 of 11")
end)

check.test("a failed run leaves nothing new", function()
  local p <close>, run = project()
  run()
  p:edit("return #xs", "error 'no'")
  run()
  p:edit("error 'no'", "return #xs")
  check.eq(run(), "11 of 11")
end)

check.done()
