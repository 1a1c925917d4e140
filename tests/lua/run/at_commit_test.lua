-- at_commit_test: modules and scripts as of a commit.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local git_project = require "git_project"
local scratch = require "scratch"

local test = git_project.test

local MAIN <const> = scratch.HEAD .. [[
local train = rille.at "steps.trainer@%s"
local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
return pipeline "main" { define = function() train { n = a() } end }
]]
local DISK <const> = scratch.HEAD .. [[
local train = require "steps.trainer"
local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
return pipeline "main" { define = function() train { n = a() } end }
]]
local TRAINER <const> = [[
local rille = require "rille"
local t = rille.types
local helper = require "steps.helper"
return rille.step "train" { inputs = { t.integer "n" }, outputs = { t.integer "m" },
  run = function(n) return helper.f(n) end }
]]

-- A project with two commits, in which helper.f adds 1 and 10.
local function project(files)
  local all = { ["steps/trainer.lua"] = TRAINER, ["lib/util.lua"] = "return 7\n",
    ["steps/helper.lua"] = "return { f = function(n) return n + 1 end }\n", [".gitignore"] = "main.lua\npast.lua\n",
    ["disk.lua"] = DISK }
  for name, text in pairs(files or {}) do all[name] = text end
  local p = git_project.new(all)
  local first = p:commit()
  p:edit_file("steps/helper.lua", "n + 1 ", "n + 10 ")
  p:commit()
  p:write("main.lua", MAIN:format(first))
  return p, first
end

-- The outputs of the newest run: "a=1 train=2".
local function outputs(p)
  local parts = {}
  for _, id in ipairs { "a", "train" } do
    parts[#parts + 1] = id .. "=" .. p:ok("artifact get main::" .. id .. "::" .. (id == "a" and "n" or "m"))
  end
  return (table.concat(parts, " "):gsub("\n", ""))
end

test("rille.at gives the module of the commit, with what it requires from its folder there", function()
  local p <close>, first = project()
  p:ok "run disk.lua -q"
  check.eq(outputs(p), "a=1 train=11")
  p:ok "run main.lua -q"
  check.eq(outputs(p), "a=1 train=2")
  local steps = p:newest()
  check.eq(steps.train.pin, "steps.trainer.train@" .. first)
  check.has(p:ok "show @-1/train --source -v", "-- steps/helper.lua@" .. first:sub(1, 10) .. ":1\n")
  check.has(p:ok "show @-1/train --source -v", "return { f = function(n) return n + 1 end }")
end)

test("steps of one name are told apart: that of the disk and that of a commit", function()
  local p <close>, first = project()
  local head = p:git "rev-parse HEAD"
  p:write("main.lua", scratch.HEAD .. string.format([[
local now, past = require "steps.trainer", rille.at "steps.trainer@%s"
local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
return pipeline "main" { define = function()
  local n = a()
  now { n = n } past:with { id = "past" } { n = n } past:with { id = "again" } { n = n } now:with { id = "last" } { n = n }
end }]], first))
  p:ok "run main.lua -q"
  local steps = p:newest()
  local function pin(sha) return "steps.trainer.train@" .. sha end
  check.eq({ steps.train.pin, steps.past.pin, steps.again.pin, steps.last.pin },
    { pin(head), pin(first), pin(first), pin(head) })
end)

test("equal code is one result, whether it came from a commit or from the disk", function()
  local p <close>, first = project()
  p:git("checkout -q " .. first)
  p:ok "run disk.lua -q"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "a=cached train=cached")
  p:ok("run --at " .. first .. " disk.lua -q")
  check.eq(p:statuses(), "a=cached train=cached")
  p:git "checkout -q main"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "a=cached train=cached")
  p:ok "run disk.lua -q"
  check.eq(p:statuses(), "a=cached train=completed")
end)

test("code that loads more while it runs is kept apart: no result of the disk is taken for it", function()
  local LATE <const> = TRAINER:gsub('local helper = require "steps.helper"\n', "")
    :gsub("return helper", 'return require("steps.helper")')
  local p <close>, first = project { ["steps/trainer.lua"] = LATE }
  p:ok "run disk.lua -q"
  check.eq(outputs(p), "a=1 train=11")
  p:ok "run disk.lua -q"
  check.eq(p:statuses(), "a=cached train=cached")
  local _, err = p:ok "run main.lua"
  check.has(err, "note      train: not cached: it uses code of a commit that it loads at steps/trainer.lua@"
    .. first:sub(1, 10) .. ":4; require it at the top of the module, or of the script")
  check.eq(outputs(p), "a=1 train=2")
  p:ok "run disk.lua -q"
  check.eq(outputs(p), "a=1 train=11")
  for _, jobs in ipairs { "", "-j 4 " } do
    p:ok("run " .. jobs .. "main.lua -q")
    check.eq(outputs(p), "a=1 train=2")
    check.eq(p:statuses(), "a=cached train=completed")
  end
end)

test("a pinned module may not load from outside of its folder", function()
  for code, text in pairs {
    ['require "lib.util"'] = "steps/trainer.lua@%s:4: module 'lib.util' (lib/util.lua) is outside of steps/: a module "
      .. "of a commit can require only what is in its own folder there",
    ['error(select(2, pcall(require, "lib.util")), 0)'] = "module 'lib.util' (lib/util.lua) is outside of steps/",
    ['require "lpeg"'] = "module 'lpeg' is outside of steps/",
    ['dofile "lib/util.lua"'] = "lib/util.lua is outside of steps/",
    ['loadfile "steps/../lib/util.lua"'] = "steps/../lib/util.lua is outside of steps/",
    ['dofile "/etc/passwd"'] = "/etc/passwd is outside of steps/",
    ['dofile "steps/none.lua"'] = "cannot open steps/none.lua: it is not in commit %s",
  } do
    local p <close> = git_project.new { ["lib/util.lua"] = "return 1", [".gitignore"] = "main.lua\n",
      ["steps/trainer.lua"] = (TRAINER:gsub('require "steps.helper"', "0\n" .. code)) }
    local sha = p:commit()
    p:sh "echo > steps.tmp"
    p:write("main.lua", MAIN:format(sha))
    local r = p:rille "run main.lua"
    check.eq(r.code, 3, code)
    check.has(r.err, (text:gsub("%%s", sha:sub(1, 10))))
  end
end)

test("what is in the folder is loaded of the commit, by every way to load", function()
  local p <close> = project { ["steps/deep/init.lua"] = "return 5\n", ["steps/part.lua"] = "return ... or 'part'\n",
    ["steps/trainer.lua"] = [[
local rille = require "rille"
local csv = require "rille.csv"
local deep, again = require "steps.deep", require "steps.deep"
local part, chunk, name = dofile "steps/part.lua", loadfile "steps/part.lua", loadfile("steps/none.lua")
local env = {}
local set = assert(load "x = 1", "=x", "t", env)
assert(type(csv.read) == "function" and deep == again and part == "part" and chunk(3) == 3 and name == nil)
assert(package.loaded["steps.deep"] == nil)
return rille.step "train" { inputs = { rille.types.integer "n" }, outputs = { rille.types.integer "m" },
  run = function(n) return n + deep end }
]] }
  p:sh "rm -r steps/deep; git -c user.name=n -c user.email=e commit -qam gone"
  local r = p:rille "run main.lua"
  check.eq(r.code, 0, r.err)
  check.eq(outputs(p), "a=1 train=6")
end)

test("a module sees the same names and paths, and odd files are told as those on disk are", function()
  local p <close>, first = project { ["steps/where.lua"] = "return table.concat({ ... }, ' ')",
    ["steps/a.lua"] = "return require 'steps.b'", ["steps/b.lua"] = "return require 'steps.a'",
    ["steps/bad.lua"] = "return =", ["steps/code.lua"] = string.dump(function() end),
    ["steps/head.lua"] = "#!/usr/bin/lua\nreturn 3" }
  p:write("main.lua", scratch.HEAD .. string.format([[
local function at(name) return rille.at("steps." .. name .. "@%s") end
print(at "where", require "steps.where", at "where" == at "where", at "head")
for _, name in ipairs { "a", "bad", "code" } do
  local ok, message = pcall(at, name)
  print(ok, (tostring(message):match "[^\n]*\n?%%s*([^\n]*)"))
end]], first))
  local out = p:ok "main.lua"
  check.has(out, "steps.where ./steps/where.lua\tsteps.where ./steps/where.lua\ttrue\t3\n")
  check.has(out, "steps/bad.lua@" .. first:sub(1, 10) .. ":1: unexpected symbol near '='")
  check.has(out, "bytecode is refused")
  check.eq(select(2, out:gsub("false", "")), 3)
end)

test("a folder with uncommitted files is refused, others and ignored files are not", function()
  local p <close> = project()
  p:write("lib/util.lua", "changed")
  p:write("steps/x.tmp", "")
  p:write(".git/info/exclude", "*.tmp\n")
  p:ok "run main.lua -q"
  p:write("steps/new.lua", "")
  check.has(p:rille "run main.lua".err, "main.lua:3: rille.at: steps/new.lua is not committed, and modules are taken "
    .. "from the commits of a folder only while it has no uncommitted files: commit it, or put it away with "
    .. "git stash -u")
  p:sh "rm steps/new.lua"
  p:edit_file("steps/helper.lua", "n + 10", "n + 11")
  local r = p:rille "run main.lua"
  check.eq(r.code, 3)
  check.has(r.err, "steps/helper.lua is not committed")
end)

test("work tree, index and repository stay as they are, also where rille is killed", function()
  local p <close>, first = project()
  p:sh "touch -d 2001-01-01 steps/trainer.lua lib/util.lua"
  local before = p:state()
  p:ok "run main.lua -q"
  p:ok("run --at " .. first .. " disk.lua -q")
  check.eq(p:state(), before)
  local killed = 0
  for i = 1, 25 do
    local r = p:sh(string.format([["$RILLE" run %s --no-cache -q & pid=$!; sleep 0.%03d; kill -9 $pid; wait $pid]],
      i % 2 == 0 and "main.lua" or "--at " .. first .. " disk.lua", i))
    if r.code == 137 then killed = killed + 1 end
    check.eq(p:state(), before)
  end
  check.ok(killed > 5, "killed: " .. killed)
  check.eq(p:left_running "git cat-file", "")
end)

test("what is no pin, and commits and modules that there are not, are told", function()
  local p <close>, first = project()
  local function err_of(what)
    p:write("main.lua", scratch.HEAD .. "rille.at " .. what)
    local r = p:rille "run main.lua"
    check.eq(r.code, 3, what)
    return r.err
  end
  check.has(err_of '"steps.trainer"',
    'rille.at: expected "MODULE@COMMIT", as in rille.at "steps.trainer@e4d3808", found "steps.trainer"')
  check.has(err_of "(7)", "found 7")
  check.has(err_of '"steps.trainer@nosuch"', "commit nosuch: there is no such commit in this repository")
  check.has(err_of('"steps.none@' .. first .. '"'), "commit " .. first:sub(1, 10) .. " has no module 'steps.none'")
  check.has(err_of('"steps.trainer.fit@' .. first .. '"'), "has no module 'steps.trainer.fit' (looked for in the "
    .. 'repository); its module steps.trainer is there: rille.at("steps.trainer@' .. first .. '").fit\n')
  check.has(err_of '"rille.csv@9.9.9"', "rille.csv@9.9.9 is newer than this program")
  check.has(err_of '"rille.csv@HEAD"', "whose versions are like")
  p:write("main.lua", scratch.HEAD .. 'print(type(rille.at "rille.csv@0.0.1".read))')
  local r = p:rille "main.lua"
  check.eq(r.out, "function\n")
  check.has(r.err, "rille.csv@0.0.1 is not what was asked for")
  p:write("main.lua", scratch.HEAD .. [[
local s = step "s" { outputs = { t.integer "n" }, run = function() rille.at "steps.trainer@HEAD" return 1 end }
return pipeline "main" { define = function() s() end }]])
  check.has(p:rille "run main.lua".err, "rille.at: a step is running; call rille.at at the top of the script")
end)

test("without git or a repository, modules come from the disk and one note says so", function()
  local p <close>, first = project()
  local r = p:sh "PATH=/none $RILLE run main.lua"
  check.eq(r.code, 0, r.err)
  check.has(r.err, "rille: rille.at: the program git is not installed: steps.trainer is loaded from disk, not as of "
    .. first)
  check.eq(outputs(p), "a=1 train=11")
  p:sh "rm -rf .git"
  local _, err = p:ok "run main.lua"
  check.has(err, "the script is in no git repository: steps.trainer is loaded from disk")
end)

test("a repository of another user is refused as git does", function()
  local p <close> = project()
  if p:sh("chown -R 4242 . && id -u").out ~= "0\n" then check.cannot "only root can give files away" end
  local store <close> = scratch.new()
  local r = p:sh("HOME=/none $RILLE run main.lua -q --store " .. store.dir)
  check.eq(r.code, 3)
  check.has(r.err, "detected dubious ownership in repository at")
end)

test("run --at runs a whole past script; data files are those on disk", function()
  local p <close>, first = project { ["past.txt"] = "old", ["late.lua"] = "return 1\n",
    ["past.lua"] = scratch.HEAD .. [[
local train = require "steps.trainer"
local late = dofile "late.lua"
local a = step "a" { outputs = { t.integer "n" },
  run = function() return late + #io.open "past.txt":read "a" end }
return pipeline "main" { define = function() train { n = a() } end }
]] }
  p:git "add -f past.lua"
  local sha = p:commit()
  p:write("past.txt", "newest")
  p:sh "rm past.lua late.lua steps/helper.lua; mkdir elsewhere"
  local _, err = p:ok("run --at " .. sha:sub(1, 12) .. " past.lua")
  check.has(err, "rille: code of commit " .. sha:sub(1, 10) .. "; data files and programs are those on disk\n")
  check.eq(outputs(p), "a=7 train=17")
  local steps, run = p:newest()
  check.eq(run.git, { sha = sha, dirty = false })
  check.eq(steps.train.pin, "steps.trainer.train@" .. sha)
  check.eq(steps.a.pin, "past.a@" .. sha)
  p:ok("run --at HEAD ../" .. p.dir:match "[^/]*$" .. "/past.lua -q")
  check.has(p:rille("run --at " .. first .. " past.lua").err, "has no file past.lua")
  local r = p:rille "run --at nosuch past.lua"
  check.eq(r.code, 2)
  check.has(r.err, "--at nosuch: there is no such commit in this repository")
  check.has(p:sh "echo x | $RILLE run --at HEAD -".err, "a script from standard input is of no commit")
end)

test("blame mixes a past run with one of today, and modules of two commits", function()
  local METRIC <const> = scratch.HEAD .. [[
local h = %s
local a = step "a" { params = { k = 1 }, outputs = { t.number "x" },
  run = function(p, ctx) local v = h.f(p.k) ctx:log_metric { acc = v } return v end }
return pipeline "main" { params = { k = 1 }, define = function(p) a { k = p.k } end }
]]
  local p <close> = git_project.new { ["main.lua"] = METRIC:format 'require "s.h"', [".gitignore"] = "pin.lua\n",
    ["s/h.lua"] = "return { f = function(k) return k + 0.5 end }\n" }
  local first = p:commit()
  p:edit_file("s/h.lua", "0.5", "0.25")
  local second = p:commit()
  p:ok("run --at " .. first .. " main.lua -q --name past")
  p:ok "run main.lua -q --name today --set k=2"
  local out = p:ok "blame past today --metric a.acc"
  check.ok(out:find "k 1 %-> 2 +%+1%.0+ +%+1%.0+ +%+1%.0+\n" and out:find "function h%.f .- %-0%.250* +%-0%.250* ", out)
  for name, sha in pairs { one = first, two = second } do
    p:write("pin.lua", METRIC:format(string.format('rille.at "s.h@%s"', sha)))
    p:ok("run pin.lua -q --name " .. name)
  end
  check.ok(p:ok("blame one two --metric a.acc"):find "function h%.f .- %-0%.250* +%-0%.250* ")
end)

test("a past script does not take a module from the disk that its commit does not have", function()
  local p <close> = git_project.new { ["main.lua"] = 'local x = require "helper"\nreturn x\n' }
  local sha = p:commit()
  p:write("helper.lua", "return 1")
  local r = p:rille("run --at " .. sha .. " main.lua")
  check.eq(r.code, 3)
  check.has(r.err, "main.lua@" .. sha:sub(1, 10) .. ":1: module 'helper' is not in commit " .. sha:sub(1, 10))
  p:write("main.lua", 'return require "no.where"')
  sha = p:commit()
  check.has(p:rille("run --at " .. sha .. " main.lua").err, "module 'no.where' not found")
end)

test("a script below the root of its repository finds its modules there", function()
  local p <close> = git_project.new { ["sub/main.lua"] = DISK, ["sub/steps/trainer.lua"] = TRAINER,
    ["sub/steps/helper.lua"] = "return { f = function(n) return n + 1 end }\n", ["steps/helper.lua"] = "error 'wrong'" }
  local sha = p:commit()
  p:edit_file("sub/steps/helper.lua", "n + 1 ", "n + 10 ")
  p:ok("run --at " .. sha .. " sub/main.lua -q --store s")
  check.eq(p:ok("artifact get main::train::m --store s"), "2")
  p:git "checkout -q ."
  p:write("sub/pin.lua", MAIN:format(sha))
  p:ok "run sub/pin.lua -q --store s"
  check.has(p:ok "show @-1/train --store s", "steps.trainer.train@" .. sha:sub(1, 10))
end)

test("a stock Lua refuses pins: it would load what the module requires from disk", function()
  local p <close> = project()
  local lua = scratch.stock_lua()
  if not lua then check.cannot "lua5.4 is not installed" end
  local r = p:sh(string.format("LUA_CPATH=%s/?.so %s main.lua", require "paths".build, lua))
  check.ok(r.code ~= 0)
  check.has(r.err, "rille.at: a stock Lua loads what the module requires from disk: run the script with rille")
end)

check.done()
