-- rille why: why a step ran, or why it did not.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local two_steps = require "two_steps"

local function find(list, field, value)
  for _, one in ipairs(list) do if one[field] == value then return one end end
  error("there is none with " .. field .. " = " .. tostring(value), 2)
end

local HEAD, MAIN = two_steps.HEAD, two_steps.MAIN

check.test("why says that values came to be one, or two", function()
  local p <close> = scratch.new()
  local function why(top)
    p:write("main.lua", HEAD .. top .. [=[

local work = rille.step "work" { outputs = { t.any "n" }, run = function() a[1] = 9 return b[1] end }
return rille.pipeline "main" { define = function() work {} end }
]=])
    p:ok("run main.lua")
    return p:ok("why work")
  end
  why "local a = array.from { 1, 2 } local b = a"
  local text = why "local a = array.from { 1, 2 } local b = array.from { 1, 2 }"
  check.has(text, "captured b is no longer the same object as a\n")
  check.ok(not text:find " new" and not text:find "gone" and not text:find "changed", text)
  text = why "local a = array.from { 1, 2, 3 } local b = a:slice(1, 2)"
  check.has(text, "captured b is a view of the memory of a\n")
  text = why "local a = { 1, 2 } local b = a"
  check.has(text, "captured b is the same table as a\n")
  text = why "local a = { 1, 2 } local b = { 1, 2 }"
  check.has(text, "captured b is no longer the same table as a\n")
  check.ok(not text:find " new" and not text:find "gone" and not text:find "changed", text)
end)

check.test("why takes RUN/STEP, and without a step has a line for each step of the newest run", function()
  local p <close> = scratch.new()
  p:write("main.lua", MAIN)
  p:write("data.txt", "1")
  p:ok "run main.lua -q"
  local id = p:ok("why"):match "\n(%w+) +ran +not run before\n"
  check.ok(id, p:ok "why")
  check.eq(p:ok("why main@-1/" .. id), p:ok("why " .. id))
  check.eq(p:ok("why @-1/" .. id), p:ok("why " .. id))
  p:ok "run main.lua -q"
  check.has(p:ok "why", "cached  same key as ")
  check.has(p:ok "why --run @-2", "not run before")
  check.eq(p:ok "why main@-2", p:ok "why --run @-2")
  check.eq(p:ok "why @-2", p:ok "why --run @-2")
  check.has(p:rille("why main@-1/nope").err, 'has no step "nope"')
  check.eq(p:rille("why --json").code, 2)
end)

check.test("show and log without a run, and @-1, are about the newest run of all", function()
  local p <close> = scratch.new()
  p:write("main.lua", MAIN)
  p:write("data.txt", "1")
  check.ok(p:rille("show").code ~= 0)
  p:ok "run main.lua -q"
  check.eq(p:ok "show", p:ok "show main@-1")
  check.eq(p:ok "log", p:ok "log @-1")
  check.has(p:rille("show @1").err, "@1: name a pipeline, PIPELINE@1; @-1 is the newest run of all")
  check.has(p:rille("show @-2").err, "there is no run @-2; this store has 1")
end)

local function project()
  local p = scratch.new()
  p:write("main.lua", MAIN)
  p:write("data.txt", "5\n")
  return p
end

check.test("of a node that another step has now, the code is compared, and told once", function()
  local p <close> = scratch.new()
  local text = HEAD .. [[
local function h() return 3 end
local one = rille.step "NAME" { outputs = { t.integer "x" }, run = function() return h() + 1 end }
return rille.pipeline "c" { define = function() one:with { id = "i" } {} end }
]]
  p:write("main.lua", (text:gsub("NAME", "n1")))
  p:ok("run main.lua -q")
  p:write("main.lua", (text:gsub("NAME", "n2"):gsub("h%(%) %+ 1", "h() + 2")))
  p:ok("run main.lua -q")
  local out = p:ok("why i")
  check.has(out, "it is step n2, was step n1")
  check.has(out, "its code (main.lua:5) changed")
  check.has(out, "- local one = rille.step")
  check.eq(select(2, out:gsub("its code", "")), 1, out)
  check.ok(not out:find " is gone" and not out:find " is new", out)
end)

check.test("why of a hit names the result, what was compared and what was read", function()
  local p <close> = project()
  p:ok("run main.lua -q --name r1")
  p:ok("run main.lua -q --name r2")
  local text = p:ok("why make --not")
  check.has(text, "make in r2: cached")
  check.has(text, "same key as ")
  check.has(text, "result of  r1/make\n  made       20")
  check.has(text, "code, 1 parameter")
  check.has(text, "1 variable, 1 file")
  check.ok(not text:find "data.txt", "the short form lists files")
  text = p:ok("why make --not -v")
  for _, line in ipairs { "function   make.run", "parameter  n", "file       data.txt", "variable   RILLE_MODE" } do
    check.has(text, line)
  end
  check.eq(p:ok("why make"), p:ok("why make --not"))
  local hit = p:json("why make").hit
  check.eq({ hit.run, hit.step, hit.twin, hit.cut_off, hit.parameters }, { "r1", "make", false, nil, { n = 3 } })
  check.eq(find(hit.reads, "name", "data.txt").kind, "file")
end)

check.test("why of a step behind one that made equal bytes says that it was cut off", function()
  local p <close> = project()
  p:ok("run main.lua -q --name r1")
  p:ok("run main.lua -q --name r2 --set n=5")
  check.has(p:ok("why twice"), "cutoff     make ran again, with the same output")
  check.eq(p:json("why twice").hit.cut_off, { "make" })
end)

check.test("why of a twin names the step of the same run", function()
  local p <close> = project()
  p:ok("run main.lua -q --name r1")
  check.has(p:ok("why again"), "the same work as twice of this run, which made it")
  check.eq(p:json("why again").hit.twin, true)
end)

check.test("why --not of a step that ran says in a line why it was no hit", function()
  local p <close> = project()
  p:ok("run main.lua -q --name r1")
  check.eq(p:ok("why make --not"), "make in r1: ran\n  not a hit, ran: not run before\n")
  p:write("data.txt", "6\n")
  p:ok("run main.lua -q --name r2")
  check.eq(p:ok("why make --not"), "make in r2: ran\n  not a hit, ran: data.txt changed\n")
  check.eq(p:json("why make --not").hit, nil)
end)

check.test("with -v a run tells the reason of every step", function()
  local p <close> = project()
  local err = p:rille("run main.lua -v").err
  check.has(err, "not run before")
  p:write("main.lua", (MAIN:gsub("base = 2", "base = 3")))
  err = p:rille("run main.lua -v --set n=4").err
  check.has(err, "parameter n 3 -> 4")
  check.has(err, "captured double: base 2 -> 3; input x changed")
end)

check.test("a repair is told once", function()
  local p <close> = scratch.new()
  p:write("main.lua", HEAD .. [[
local make = rille.step "make" { outputs = { t.string "s" }, run = function() return ("abc"):rep(5000) end }
local use = rille.step "use" { inputs = { t.string "s" }, params = { k = 1 }, outputs = { t.integer "n" }, run = function(s, p) return #s + p.k end }
return rille.pipeline "main" { params = { k = 1 }, define = function(p) use { s = make {}, k = p.k } end }
]])
  p:ok("run main.lua -q")
  p:sh("f=$(find .rille/objects -type f | head -n 1); chmod u+w $f; printf XXXXXXXX | dd of=$f bs=1 seek=20 "
    .. "conv=notrunc")
  local err = p:rille("run main.lua --set k=2").err
  local _, count = err:gsub("its output is missing from the store, or damaged", "")
  check.eq(count, 1)
end)

check.done()
