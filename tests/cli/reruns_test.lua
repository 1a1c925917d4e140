-- Why steps that had run before ran again, at the end of a run and in rille show.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT <const> = [[
local function round(x) return x // 1 end
local make = step "make" { outputs = { t.number "n" }, run = function() return round(3.5) end }
local train = step "train" { inputs = { t.number "n" }, params = { k = 1 }, outputs = { t.number "n" },
  run = function(n, p) return round(n + p.k) end }
local sum = step "sum" { inputs = { t.list(t.number) "all" }, outputs = { t.number "s" },
  run = function(all) local s = 0 for _, n in ipairs(all) do s = s + n end return s end }
return pipeline "main" { params = { top = 5 }, define = function(p)
  local n, all = make(), {}
  for k = 1, p.top do all[k] = train:with { id = "train_" .. k } { n = n, k = k } end
  sum(all)
end }
]]

-- The lines of the list, of standard error.
local function list_of(text)
  local lines, inside = {}, false
  for line in text:gmatch "[^\n]+" do
    local first = line:match "^  re%-ran +(.*)$"
    inside = first ~= nil or inside and line:find "^            %S" ~= nil and not line:find "^  %w"
    if inside then lines[#lines + 1] = first or line:match "^ *(.*)$" end
  end
  return table.concat(lines, " | ")
end

local function reruns(p, arguments)
  local _, err = p:ok("run main.lua " .. (arguments or ""))
  return list_of(err)
end

check.test("steps that ran again are listed by what changed, in groups", function()
  local p <close> = scratch.script(SCRIPT)
  check.eq(reruns(p), "", "the first run")
  check.eq(reruns(p), "", "all are cached")
  p:edit("x // 1 end", "x // 1 + 0 end")
  check.eq(reruns(p), "6 steps: captured function round (main.lua:3) changed")
  p:edit("round(3.5)", "round(9.5)")
  check.eq(reruns(p), "make: its code (main.lua:4) changed | 6 steps: input data changed")
  check.has(p:ok "show main@-1",
    "re-ran      make: its code (main.lua:4) changed\n            6 steps: input data changed\n")
  check.eq(reruns(p, "--set top=6"), "sum: input all changed (5 artifacts -> 6)", "a new step is none that ran again")
  p:edit("k = k }", "k = k + 10 }")
  check.has(reruns(p, "--set top=2"), "train_1: parameter k 1 -> 11 | train_2: parameter k 2 -> 12 | ")
end)

check.test("runs of other pipelines in the store are none of the runs before", function()
  local p <close> = scratch.script(SCRIPT)
  p:write("other.lua", (p:read "main.lua":gsub('pipeline "main"', 'pipeline "other"')))
  for _ = 1, 3 do p:ok "run other.lua -q --no-cache" end
  check.eq(reruns(p, "--set top=4"), "")
  check.ok(not p:ok "show main@-1":find "re%-ran", "show")
  p:edit("x // 1 end", "x // 1 + 0 end")
  check.eq(reruns(p), "5 steps: captured function round (main.lua:3) changed")
end)

check.test("what was asked for is not explained, and -q, -v have no list", function()
  local p <close> = scratch.script(SCRIPT)
  p:ok "run main.lua"
  check.eq(reruns(p, "--no-cache"), "")
  p:edit("round(3.5)", "round(4.5)")
  local _, err = p:ok "run main.lua -q"
  check.eq(err, "")
  p:edit("round(4.5)", "round(5.5)")
  check.eq(reruns(p, "-v"), "")
end)

check.test("a step that failed before, one without a cache and a changed file say so", function()
  local p <close> = scratch.script([[
local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 + nil end }
local r = step "r" { inputs = { t.integer "n" }, outputs = { t.string "x" },
  run = function() local f = io.open "data.txt" local x = f:read "a" f:close() return x end }
local u = step "u" { inputs = { t.string "x" }, cache = false, outputs = { t.string "x" },
  run = function(x) return x end }
return pipeline "main" { define = function() u(r(s())) end }
]], { ["data.txt"] = "1" })
  p:ok("run main.lua --name bad", 1)
  p:edit("1 + nil", "1")
  check.eq(reruns(p), "s: failed in bad")
  check.has(p:ok "why s", "  failed in bad\n")
  p:write("data.txt", "2")
  check.eq(reruns(p), "r: data.txt changed | u: declared cache = false")
end)

check.test("many reasons are six lines, the items of a map one", function()
  local p <close> = scratch.script [[
local list = step "list" { outputs = { t.list(t.integer) "l" }, run = function() return { 1, 2, 3, 4, 5 } end }
local item = step "item" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n + 0 end }
local one = step "one" { params = { k = 1 }, outputs = { t.integer "n" }, run = function(p) return p.k end }
return pipeline "main" { params = { by = 0 }, define = function(p)
  item:map { n = list() }
  for k = 1, 7 do one:with { id = "one_" .. k } { k = k + p.by } end
end }
]]
  p:ok "run main.lua"
  p:edit("n + 0", "n + 1")
  check.eq(reruns(p), "5 items of item: its code (main.lua:4) changed")
  local text = reruns(p, "--set by=10")
  check.eq(select(2, text:gsub("|", "|")), 5, text)
  check.has(text, "one_1: parameter k 1 -> 11 | ")
  check.has(text, "| … 2 more reasons")
end)

check.test("steps that were not compared are counted", function()
  local p <close> = scratch.script [[
local one = step "one" { params = { k = 1, by = 1 }, outputs = { t.integer "n" },
  run = function(p) return p.k + p.by end }
return pipeline "main" { params = { by = 0 }, define = function(p)
  for k = 1, 1102 do one:with { id = "one_" .. k } { k = k, by = p.by } end
end }
]]
  p:ok "run main.lua"
  check.eq(reruns(p, "--set by=1"),
    "100 steps: parameter by 0 -> 1 | … 1,002 more steps ran; the first 100 were compared")
  check.has(p:ok "show main@-1",
    "100 steps: parameter by 0 -> 1\n            … 1,002 more steps ran; the first 100 were compared\n")
end)

check.done()
