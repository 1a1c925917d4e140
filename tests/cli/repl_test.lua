-- The prompt from a pipe: rille repl, rille -i.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local test = check.test

-- The entries through a pipe.
local function enter(project, entries, arguments)
  project:write("entries", entries)
  return project:sh("$RILLE repl " .. (arguments or "") .. " < entries")
end

local function answers(entries, wanted)
  local project <close> = scratch.new()
  local r = enter(project, entries)
  check.eq(r.err, "")
  check.eq(r.out, wanted)
  check.eq(r.code, 0)
end

test("expressions are shown, also after =, and not before ;", function()
  answers("1 + 1\n= 2 * 3\n4;\nx = 5\nx, 'y'\n", "2\n6\n5\n\"y\"\n")
end)

test("entries of several lines, and locals", function()
  answers("local a = {\n1,\n2 }\nfor i, v in ipairs(a) do\n  print(i, v)\nend\n#a\n", "1\t1\n2\t2\n2\n")
end)

test("in a pipe arrays, frames, tables and texts are whole; a metric is its number", function()
  local project <close> = scratch.new()
  local numbers = enter(project, "require 'rille.array'.arange(1, 60)\n").out
  check.eq(select(2, numbers:gsub("%d+", "")), 62, numbers)         -- with those of " i64 {60}"
  check.ok(not numbers:find "…", numbers)
  local r = enter(project, "local t = {} for i = 1, 500 do t[i] = ('x'):rep(2500) end return t\n")
  check.ok(not r.out:find "…", r.out)
  check.eq(select(2, r.out:gsub('"x+"', "")), 500)
  r = enter(project, [[
rille = require "rille"
s = rille.step "s" { outputs = { rille.types.number "y" }, run = function(_, ctx)
  for i = 1, 9 do ctx:log_metric { loss = 1 / i } end
  return 1
end }
rille.pipeline "p" { define = function() s() end }:run { run_name = "r" };
rille.pipelines.p.runs[1].metrics.loss
]])
  check.eq(r.out, "0.1111111111111111\n", r.err)
end)

test("_ is the last result, __ and ___ the ones before", function()
  answers("1\n2\n3;\n_ + __ * 10 + ___ * 100\n", "1\n2\n123\n")
end)

test("the first error ends it with 3, its line and a caret", function()
  local project <close> = scratch.new()
  local r = enter(project, "1\nlocal x = 5\nlocal y = 2\nreturn y + x.a.b\n3\n")
  check.eq(r.out, "1\n")
  check.eq(r.err, "rille: In[4]:1: attempt to index a number value (local 'x')\n"
    .. "> 1 | return y + x.a.b\n    |            ^\n")
  check.eq(r.code, 3)
end)

test("an entry that the input cuts off is an error", function()
  local project <close> = scratch.new()
  local r = enter(project, "for i = 1, 2 do\n")
  check.has(r.err, "the input ends within an entry that begins with: for i = 1, 2 do")
  check.eq(r.code, 3)
end)

local STEPS <const> = [[
local rille = require "rille"
local t = rille.types
local one = rille.step "one" { outputs = { t.number "y" }, run = function() return 1 end }
local two = rille.step "two" { inputs = { t.number "y" }, outputs = { t.number "z" },
  run = function(y) return y * 2 end }
local p = rille.pipeline "p" { define = function() two(one()) end }
]]

test("a step that is defined again runs again, and what follows it; others are cached", function()
  local project <close> = scratch.new()
  local r = enter(project, STEPS .. [[
p:run {}
local two = rille.step "two" { inputs = { t.number "y" }, outputs = { t.number "z" }, run = function(y) return y * 3 end }
p:run {}
]])
  check.eq(r.code, 0, r.err)
  check.has(r.err, "cached    one")
  check.has(r.err, "re-ran    two: its code (In[7]:1) changed")
end)

test("the code of the prompt is kept with the run as it was entered", function()
  local project <close> = scratch.new()
  check.eq(enter(project, STEPS .. "p:run {}\n").code, 0)
  local out = project:sh("$RILLE show p@-1/two --source").out
  check.has(out, "return y * 2")
  check.ok(not out:find "_capture", out)
end)

test("a script first: its globals, steps and pipelines are there", function()
  local project <close> = scratch.new()
  project:write("main.lua", STEPS:gsub("local p ", "p ") .. "value = 42\n")
  check.eq(enter(project, "value\np.name\n", "main.lua").out, '42\n"p"\n')
  project:write("entries", "value\n")
  check.eq(project:sh("$RILLE -i main.lua < entries").out, "42\n")
end)

test("dot commands: the commands of the program, and mistakes", function()
  local project <close> = scratch.new()
  local r = enter(project, STEPS .. "p:run {};\n.runs\n.show p@-1\n.last\n.time 1 + 1\n.save work.lua\n.quit\n99\n")
  check.eq(r.code, 0, r.err)
  check.has(r.out, "p-")
  check.ok(not r.out:find "99", r.out)
  check.has(project:read "work.lua", "local one = rille.step")
  check.eq(project:sh("$RILLE work.lua").code, 0)
  check.has(enter(project, ".savv\n").err, 'there is no command .savv; did you mean ".save"?')
  check.eq(enter(project, ".savv\n").code, 3)
end)

test("?NAME and ??NAME", function()
  local project <close> = scratch.new()
  project:write("main.lua", "-- adds one\n-- to n\nfunction inc(n, ...) return n + 1 end\n")
  local r = enter(project, STEPS .. "?two\n?inc\n??inc\n??two\n", "main.lua")
  check.eq(r.err, "")
  check.has(r.out, 'step "two"  In[4]:1')
  check.has(r.out, "inputs   y")
  check.has(r.out, "outputs  z")
  check.has(r.out, "function inc(n, ...)  main.lua:3\n-- adds one\n-- to n\n")
  check.has(r.out, "function inc(n, ...) return n + 1 end\n")
  check.has(r.out, "run = function(y) return y * 2 end }")
  check.has(enter(project, "?nosuch\n").err, 'there is no value "nosuch"')
end)

test("pipelines, drawings and plots of the session", function()
  local project <close> = scratch.new()
  local r = enter(project, STEPS .. [[
.run p
.steps
.graph p
.plot { 1, 4, 2, 8 }
.plot { 1, 2, 3 } -o plot.svg
rille.pipelines.p.runs[1].steps.two
]])
  check.eq(r.code, 0, r.err)
  check.has(r.out, 'step "one"  In[3]:1\nstep "two"  In[4]:1\npipeline "p"  In[5]:1\n')
  check.has(r.out, "■ z  number")
  check.has(r.out, "{ 1, 4, 2, 8 }")
  check.has(project:read "plot.svg", "<svg")
  check.has(r.out, "step two  completed in ")
  check.has(r.out, "z: number")
  check.has(enter(project, ".plot 'a'\n").err, "no run named 'a'")
  check.has(enter(project, ".run q\n").err, 'there is no pipeline "q"')
end)

test(".reload runs the script again, and what it defines is new", function()
  local project <close> = scratch.new()
  project:write("main.lua", STEPS:gsub("local p ", "p "))
  local r = enter(project, [[
p:run {};
do local f = io.open "main.lua" text = f:read "a" f:close() f = io.open("main.lua", "w") f:write((text:gsub("y %* 2", "y * 5"))) f:close() end
.reload
p:run {};
]], "main.lua")
  check.eq(r.code, 0, r.err)
  check.has(r.err, "re-ran    two")
  check.has(enter(project, ".reload\n").err, ".reload: no script was given; start with rille -i FILE")
end)

check.done()
