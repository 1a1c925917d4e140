-- Redefine and go on at the prompt: what an entry made stale is told at once, and the next run does that and no more.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local screen = require "screen"

local test = check.test

local STEPS <const> = [[
local rille = require "rille"
local t = rille.types
local scale = 2
local function double(x) return x * scale end
local load = rille.step "load" { outputs = { t.number "y" }, run = function() return 1 end }
local train = rille.step "train" { inputs = { t.number "y" }, params = { k = 3 }, outputs = { t.number "z" },
  run = function(y, p) return double(y) + p.k end }
local score = rille.step "score" { inputs = { t.number "z" }, outputs = { t.number "s" },
  run = function(z) return z end }
local p = rille.pipeline "digits" { define = function() score(train(load())) end }
p:run {};
]]

-- Runs the entries; what the session said of changes, and the lines of the console about steps of its last run.
local function session(entries, arguments, project)
  local own <close> = not project and scratch.new() or nil
  project = project or own
  project:write("entries", entries)
  local r = project:sh("$RILLE repl " .. (arguments or "") .. " < entries")
  check.eq(r.code, 0, r.err)
  local notes, last = {}, {}
  for line in r.err:gmatch "[^\n]+" do
    if line:find "^%S.* changed %(" or line:find "^stale" then notes[#notes + 1] = line end
    if line:find "^run " or line:find "^cached " then last = {} end
    local state, id = line:match "^  (%l+) +([%w_%[%]]+)  "
    if not state then state, id = line:match "^  (%l+) +([%w_%[%]]+)$" end
    if state == "ran" or state == "cached" then last[#last + 1] = id .. " " .. state end
  end
  table.sort(last)
  return table.concat(notes, "\n"), table.concat(last, ", "), r
end

-- What is told of these entries after a run, and what the run after them does.
local function tells(entries, notes, steps)
  local told, ran = session(STEPS .. entries .. "\np:run {};\n")
  check.eq(told, notes)
  check.eq(ran, steps)
end

local TRAIN <const> = 'rille.step "train" { inputs = { t.number "y" }, params = { k = %s }, '
  .. 'outputs = { t.number "z" }, ' .. "run = function(y, p) return %s end }"

test("a step that is defined again: it and what follows are stale, and run", function()
  tells("local train = " .. TRAIN:format("3", "double(y) - p.k"), "train changed (run); stale in digits: train, score",
    "load cached, score ran, train ran")
end)

test("the same definition changes nothing", function()
  tells("local train = " .. TRAIN:format("3", "double(y) + p.k"), "", "")
end)

test("helpers and captured values count, in all the ways in which they can change", function()
  tells("local function double(x) return x * scale + 1 end", "train changed (function double); "
    .. "stale in digits: train, score", "load cached, score ran, train ran")
  tells("scale = 3", "train changed (double: scale 2 -> 3); stale in digits: train, score",
    "load cached, score ran, train ran")
  tells("local scale = 3", "train changed (double: scale 2 -> 3); stale in digits: train, score",
    "load cached, score ran, train ran")
  tells("function double(x) return -x end", "train changed (function double); stale in digits: train, score",
    "load cached, score ran, train ran")
end)

test("parameters and ports", function()
  tells("local train = " .. TRAIN:format("4", "double(y) + p.k"), "train changed (params); "
    .. "stale in digits: train, score", "load cached, score ran, train ran")
  tells((("local train = " .. TRAIN:format("3", "double(y) + p.k")):gsub('t.number "z"', 't.any "z"')),
    "train changed (inputs and outputs); stale in digits: train, score", "load cached, score cached, train ran")
end)

test("a declaration beside new names is the same variable: the pipeline sees the new step", function()
  tells("local train, other = " .. TRAIN:format("3", "double(y) - p.k") .. ", 5",
    "train changed (run); stale in digits: train, score", "load cached, score ran, train ran")
end)

test("back to an earlier definition: nothing is stale", function()
  local told, ran = session(STEPS .. "scale = 3\np:run {};\nscale = 2\np:run {};\n")
  check.has(told, "train changed (double: scale 3 -> 2); nothing is stale: the results are cached")
  check.eq(ran, "")
end)

test("a pipeline that is defined again, with a step less", function()
  tells('local p = rille.pipeline "digits" { define = function() score(load()) end }',
    "pipeline digits changed (define); stale in digits: score", "load cached, score ran")
  tells('local p = rille.pipeline "digits" { define = function() train(load()) end }',
    "pipeline digits changed (define); nothing is stale: the results are cached", "")
end)

test("globals, fields of tables, maps, functions that wire", function()
  local told, ran, r = session [[
t = rille.types
steps = {}
steps.list = rille.step "list" { params = { n = 3 }, outputs = { t.list(t.number) "ys" }, run = function(p)
  local r = {} for i = 1, p.n do r[i] = i end return r end }
steps.sq = rille.step "sq" { inputs = { t.number "y" }, outputs = { t.number "z" }, run = function(y) return y * y end }
steps.sum = rille.step "sum" { inputs = { t.list(t.number) "zs" }, outputs = { t.number "s" },
  run = function(zs) return #zs end }
function wire() return steps.list() end
p = rille.pipeline "p" { define = function() steps.sum(steps.sq:map { y = wire() }) end }
p:run {};
steps.sq = rille.step "sq" { inputs = { t.number "y" }, outputs = { t.number "z" }, run = function(y) return -y end }
p:run {};
function wire() return steps.list:with { n = 2 } () end
p:run {};
]]
  check.eq(told, "sq changed (run); stale in p: sq, sum\npipeline p changed (define); stale in p: list, sum")
  check.eq(ran, "list ran, sq[1] cached, sq[2] cached, sum ran")
  check.has(r.err, "re-ran    sum: input zs changed")
end)

test("steps that change alike are one line; many of them are counted", function()
  local entries = { "t = rille.types\nfunction f() return 1 end\nmany = {}" }
  for i = 1, 9 do
    entries[#entries + 1] = ('many[%d] = rille.step "s%d" { outputs = { t.number "y" }, '
      .. "run = function() return f() end }"):format(i, i)
  end
  entries[#entries + 1] = 'p = rille.pipeline "p" { define = function() for _, s in ipairs(many) do s() end end }\n'
    .. "p:run {};\nfunction f() return 2 end\n"
  local told = session(table.concat(entries, "\n"))
  check.eq(told, "s1, s2, s3, s4, s5 and 4 more changed (function f)\nstale in p: s1, s2, s3, s4, s5 and 4 more")
end)

test("a step that was called by itself", function()
  local told = session(STEPS .. "train { y = 3 };\nscale = 9\n")
  check.eq(told, "train changed (double: scale 2 -> 9)\nstale in digits: train, score\nstale: train")
end)

test("nothing is told before anything ran", function()
  check.eq((session((STEPS:gsub("p:run {};\n", "") .. "scale = 3\n"))), "")
end)

test("why explains a rerun down to the line that differs between two entries", function()
  local project <close> = scratch.new()
  session(STEPS .. "local function double(x)\n  return x * scale + 1\nend\np:run {};\n", nil, project)
  local out = project:sh("$RILLE why digits@-1/train").out
  check.has(out, "captured function double")
  check.has(out, "return x * scale")
  check.has(out, "return x * scale + 1")
  check.has(project:sh("$RILLE show digits@-2/train --source -v").out, "local function double(x) return x * scale end")
  check.has(project:sh("$RILLE show digits@-1/train --source -v").out, "  return x * scale + 1")
end)

test("??NAME shows the newest source", function()
  local _, _, r = session(STEPS .. "local function double(x) return x * scale + 7 end\n??double\n")
  check.has(r.out, "return x * scale + 7")
end)

-- Terminal ----------------------------------------------------------------------------------------

local READY <const> = '"rille> "'

-- What is on the screen after these actions (tests/lib/pty.c).
local function on_terminal(project, actions, columns, arguments)
  local words = {}
  for i, action in ipairs(actions) do words[i] = scratch.quoted(action) end
  local command = "export TERM=xterm NO_COLOR=1 RILLE_HISTORY=hist; %s %d 60 rec %s -- \"$RILLE\" %s"
  local r = project:sh(command:format(scratch.pty(check), columns, table.concat(words, " "), arguments or ""))
  check.eq(r.code, 0, r.err)
  local s = screen.play(project:path "rec", { columns = columns, lines = 60 })
  check.eq(s.status, 0, s:text())
  return s
end

test("on a terminal the line stands below the entry, in two lines where it is too narrow for one", function()
  local project <close> = scratch.new()
  project:write("main.lua", (STEPS:gsub("local ", ""):gsub("^rille = [^\n]*\n", 'rille = require "rille"\n')))
  for columns, text in next, {
    [80] = "rille> scale = 4\ntrain changed (double: scale 2 -> 4); stale in digits: train, score\nrille>",
    [40] = "rille> scale = 4\ntrain changed (double: scale 2 -> 4)\nstale in digits: train, score\nrille>" } do
    local s = on_terminal(project, { READY .. ":keys:scale = 4^M", READY .. ":keys:^D" }, columns, "-i main.lua")
    check.has(s:text(), text)
  end
end)

test("a paste tells once, of all of it", function()
  local project <close> = scratch.new()
  project:write("main.lua", STEPS)
  local s = on_terminal(project, { READY .. ":keys:^[[200~scale = 4\nscale = 5\nscale = 6\n^[[201~^M",
    '"6); stale in":keys:.quit^M' }, 100, "-i main.lua")
  check.has(s:text(), "\ntrain changed (double: scale 2 -> 6); stale in digits: train, score\n")
  check.eq(select(2, s:text():gsub("changed", "")), 1)
end)

test("a local that a script declares twice is two variables, also when the script is loaded again", function()
  local project <close> = scratch.new()
  project:write("s.lua", "local scale = 1\nfunction helper(x) return x * scale end\nscale = 2\nlocal scale = 3\n"
    .. "local function norm() return 'first' end\nfunction ask() return norm() end\n"
    .. "local function norm() return 'second' end\nprint('script', helper(1), scale, ask(), norm())\n")
  project:write("entries", "local scale = 7\n.load s.lua\n.load s.lua\nhelper(1), scale, norm()\n")
  local r = project:sh "$RILLE repl < entries"
  check.eq(r.out, ("script\t2\t3\tfirst\tsecond\ns.lua: 0 steps, 0 pipelines\n"):rep(2) .. '2\n3\n"second"\n', r.err)
end)

check.done()
