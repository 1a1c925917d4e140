-- What a step takes from outside is recorded, and found unchanged or not.
local path = package.path
package.path = "../../lib/?.lua;" .. path
local check = require "check"
package.path = path             -- the searches that these tests see are in one folder
local observe = require "rille.host.observe"
local hash = require "rille.host.hash"
local sys = require "rille.host.sys"

local function capture(command)
  local p <close> = assert(io.popen(command))
  return (p:read "a":gsub("\n$", ""))
end
local program = capture "readlink /proc/$PPID/exe"
local base = capture "mktemp -d /tmp/rille-observe-XXXXXX"

-- The program has installed itself on this script; what it opens by these aliases
-- outside steps is not recorded.
observe.set_base(base)
local open, lines, getenv, read_all = io.open, io.lines, os.getenv, nil
function read_all(path) local f <close> = assert(open(path)) return f:read "a" end

local function put(name, text)
  local f = assert(io.open(base .. "/" .. name, "wb"))
  f:write(text)
  f:close()
end
-- The same behind the back of a running step.
local function slip(name, text) assert(sys.write_file(base .. "/" .. name, text)) end
local function sh(command) assert(os.execute("cd " .. base .. " && " .. command)) end
local function age(name) sh("touch -d '2020-01-01' " .. name) end

local seed = string.rep("s", 32)
local last_error
local function run(fn, options)
  options = options or {}
  options.seed = options.seed or seed
  observe.begin(options)
  local ok, message = pcall(fn)
  local facts = observe.finish()
  last_error = not ok and message or nil
  return facts
end
-- Runs fn, which must not fail and must be pure.
local function pure(fn, options)
  local facts = run(fn, options)
  check.eq(last_error, nil)
  check.eq(facts.impure, {})
  check.eq(facts.changed, {})
  return facts
end
local function impure(fn)
  local what = {}
  for i, entry in ipairs(run(fn).impure) do what[i] = entry.what end
  check.eq(last_error, nil)
  return table.concat(what, ", ")
end
-- The engine's answer for files of code, where a test is about other facts.
local function with_code(callback)
  return function(kind, name, bytes)
    if name:find "^code " then return observe.same_code(name:sub(6), bytes) end
    if name:find "^sandbox " then return observe.same_code(name:sub(9), bytes, true) end
    return callback and callback(kind, name, bytes)
  end
end
local function unchanged(facts, callback)
  observe.new_plan() return (observe.check(facts.reads, with_code(callback)))
end
local function changed(facts, kind, name, detail, callback)
  observe.new_plan()
  local got = table.pack(observe.check(facts.reads, with_code(callback)))
  check.eq(got[1], false)
  check.eq(got[2], kind)
  check.eq(got[3], name)
  if detail then check.has(got[4], detail) end
end
local function kinds(facts)
  local list = {}
  for _, f in ipairs(facts.reads and observe.describe(facts.reads) or {}) do
    if not (f.name:find "^code " or f.name:find "^sandbox " or f.name == "package.searchers"
      or f.name:find "^package%.preload%.") then list[#list + 1] = f.kind .. " " .. f.name end
  end
  return list
end

check.test("code that a step loads is known by its fingerprint, which is over the globals it reads", function()
  put("code.lua", "return knob + 1")
  knob = 1
  local function dofile_it() return dofile "code.lua" end
  local facts = pure(dofile_it)
  check.ok(unchanged(facts))
  knob = 2
  changed(facts, "value", "code code.lua")
  local two = pure(function() return loadfile "code.lua"() end)
  check.ok(unchanged(two))
  knob = 1
  check.ok(unchanged(facts))
  changed(two, "value", "code code.lua")
  put("code.lua", "-- a comment\nreturn knob + 1")
  local function print_in(f)
    local found
    observe.new_plan()
    observe.check(f.reads, function(_, name, bytes) if name == "code code.lua" then found = bytes end return true end)
    return found
  end
  check.eq(print_in(pure(dofile_it)),
    (function() put("code.lua", "return knob + 1") return print_in(pure(dofile_it)) end)())
  knob = nil
end)

check.test("code is known as it was before it ran", function()
  put("code.lua", "knob = knob + 1 return knob")
  knob = 1
  local facts = pure(function() return dofile "code.lua" end)
  check.eq(knob, 2)
  check.eq(facts.acted, "code code.lua")
  changed(facts, "value", "code code.lua")
  knob = 1
  check.ok(unchanged(facts))
  knob = nil
end)

check.test("code in an environment of the step's own is known by its text, and by what strings can do", function()
  put("code.lua", "return x, ('a').mark")
  local facts = pure(function() return loadfile("code.lua", "t", { x = 1 })() end)
  knob, x = 1, 2
  check.ok(unchanged(facts))
  knob, x = nil, nil
  string.mark = 1
  changed(facts, "value", "sandbox code.lua")
  string.mark = nil
  check.ok(unchanged(facts))
end)

check.test("code that the step wrote itself is as impure as load", function()
  check.eq(impure(function()
    local f <close> = open("own.lua", "w")
    f:write "return 1"
    f:close()
    dofile "own.lua"
  end), "code of its own making, own.lua")
  sh "mkdir -p own"
  check.eq(impure(function()
    local f <close> = open("own/m.lua", "w")
    f:write "return 1"
    f:close()
    require "own.m"
  end), "code of its own making, ./own/m.lua")
end)

check.test("a hook of the script's makes steps impure", function()
  debug.sethook(function() end, "c")
  local facts = run(function() end)
  debug.sethook()
  check.eq(facts.impure[1].what, "a hook set with debug.sethook")
end)

check.test("a step that reads nothing has no reads", function()
  local facts = pure(function() return 1 + 1 end)
  check.eq(facts, { impure = {}, ended = {}, writes = {}, changed = {}, random = false, log = "" })
  check.eq(observe.running(), false)
end)

check.test("nothing is recorded outside a step", function()
  put("a.txt", "alpha")
  check.eq(read_all "a.txt", "alpha")
  check.eq(pure(function() end).reads, nil)
end)

check.test("begin and finish come in pairs", function()
  check.raises(observe.finish, "no step is running")
  check.raises(function() observe.begin { seed = "short" } end, "the seed must have 32 bytes")
  observe.begin { seed = seed }
  check.ok(observe.running())
  check.raises(function() observe.begin { seed = seed } end, "a step is already running")
  observe.finish()
end)

-- Every way to read a file.
local ways = {
  ["io.open"] = function() local f <close> = io.open "a.txt" return f:read "a" end,
  ["an alias of io.open"] = function() local f <close> = open("a.txt", "rb") return f:read "a" end,
  ["a helper"] = function() return read_all "a.txt" end,
  ["f:lines"] = function() local f <close> = open "a.txt" for line in f:lines() do return line end end,
  ["io.lines"] = function() for line in io.lines "a.txt" do return line end end,
  ["an alias of io.lines"] = function() for line in lines("a.txt", "l") do return line end end,
  ["io.input"] = function() io.input "a.txt" local s = io.read "a" io.close(io.input()) return s end,
  ["io.input and io.lines"] = function() io.input(open "a.txt") for line in io.lines() do return line end end,
  ["r+"] = function() local f <close> = open("./a.txt", "r+") return f:read "a" end,
  ["loadfile"] = function() return select(2, loadfile "a.txt") and "alpha" end,
  ["a coroutine"] = function() return coroutine.wrap(function() return read_all "a.txt" end)() end,
  ["a string method's callback"] = function() return (("x"):gsub("x", function() return read_all "a.txt" end)) end,
}
for way, read in pairs(ways) do
  check.test("a file is a dependency when read by " .. way, function()
    put("a.txt", "alpha")
    local got
    local facts = pure(function() got = read() end)
    check.eq(got, "alpha")
    check.eq(kinds(facts)[1], "file a.txt")
    check.eq(observe.describe(facts.reads)[1].digest, hash.hex(hash.sha256 "alpha"))
    check.ok(unchanged(facts))
    put("a.txt", "omega")
    changed(facts, "file", "a.txt", "changed")
    put("a.txt", "alpha")
    check.ok(unchanged(facts))
    os.remove "a.txt"
    changed(facts, "file", "a.txt", "no longer exists")
  end)
end

check.test("the whole file counts, whatever of it was read", function()
  put("a.txt", "alpha\nbeta\n")
  local facts = pure(function() local f <close> = open "a.txt" f:read "l" end)
  put("a.txt", "alpha\nbetA\n")
  changed(facts, "file", "a.txt")
end)

check.test("the same size and times with other bytes are seen by the ctime", function()
  put("a.txt", "alpha") age "a.txt"
  sh "sleep 0.02; cp -p a.txt stamp"
  local facts = pure(function() read_all "a.txt" end)
  put("a.txt", "omega")
  sh "touch -r stamp a.txt"
  changed(facts, "file", "a.txt")
end)

check.test("a touched file of the same bytes is unchanged", function()
  put("a.txt", "alpha")
  local facts = pure(function() read_all "a.txt" end)
  age "a.txt"
  check.ok(unchanged(facts))
  sh "cp a.txt b.txt && mv b.txt a.txt"
  check.ok(unchanged(facts))
end)

check.test("a young file is hashed again, an old one is trusted by its signature", function()
  put("a.txt", "alpha")
  local young = pure(function() read_all "a.txt" end)
  put("a.txt", "omega")                 -- perhaps within one tick of the clock
  changed(young, "file", "a.txt")
end)

check.test("a file is looked at once in a plan", function()
  put("a.txt", "alpha")
  local facts = pure(function() read_all "a.txt" end)
  observe.new_plan()
  check.ok(observe.check(facts.reads))
  put("a.txt", "omega")
  check.ok(observe.check(facts.reads))
  observe.new_plan()
  check.eq(observe.check(facts.reads), false)
end)

check.test("a file that does not exist is a dependency, and its appearance a change", function()
  local facts = pure(function() check.eq(open "later.txt", nil) end)
  check.eq(kinds(facts), { "absent later.txt" })
  check.ok(unchanged(facts))
  put("later.txt", "")
  changed(facts, "absent", "later.txt", "now exists")
  os.remove "later.txt"
  for _, miss in ipairs { function() loadfile "no.lua" end, function() pcall(dofile, "no.lua") end,
    function() pcall(lines, "no.lua") end, function() pcall(io.input, "no.lua") end, function() os.remove "no.lua" end,
    function() os.rename("no.lua", "b") end, function() package.searchpath("no", "./?.lua") end } do
    check.eq(kinds(pure(miss)), { "absent no.lua" })
  end
end)

check.test("a file that changes while the step runs is named", function()
  slip("a.txt", "alpha")
  local facts = run(function() read_all "a.txt" slip("a.txt", "omega") end)
  check.eq(facts.changed, { "a.txt" })
  facts = run(function() open "b.txt" slip("b.txt", "new") end)
  check.eq(facts.changed, { "b.txt" })
  facts = run(function() read_all "a.txt" slip("a.txt", "other") read_all "a.txt" end)
  check.eq(facts.changed, { "a.txt" })
  sh "rm b.txt"
end)

check.test("a file written is an outcome: a hit needs it there, unchanged", function()
  local facts = pure(function()
    local f <close> = open("out.txt", "w")
    f:write "result"
  end)
  check.eq(facts.writes, { { path = "out.txt", digest = hash.sha256 "result" } })
  check.eq(kinds(facts), { "write out.txt" })
  check.ok(unchanged(facts))
  put("out.txt", "Result")
  changed(facts, "write", "out.txt")
  put("out.txt", "result")
  check.ok(unchanged(facts))
  os.remove "out.txt"
  changed(facts, "write", "out.txt", "no longer exists")
  check.eq(table.pack(observe.check(facts.reads, nil, true)), { true, true, n = 2 })
end)

check.test("what is still in a handle's buffer is part of what was written", function()
  local keep
  local facts = pure(function() keep = open("out.txt", "w") keep:write "result" end)
  check.eq(facts.writes[1].digest, hash.sha256 "result")
  keep:close()
end)

check.test("reading one's own write is no dependency, by any spelling", function()
  local facts = pure(function()
    local f = open("out.txt", "w") f:write "x" f:close()
    check.eq(read_all "./out.txt", "x")
    check.eq(read_all(base .. "/out.txt"), "x")
    os.remove "out.txt"
    check.eq(open "out.txt", nil)
    check.eq(os.remove "out.txt", nil)
  end)
  check.eq(kinds(facts), { "write out.txt" })
  check.eq(facts.writes, { { path = "out.txt" } })
  check.ok(unchanged(facts))
  put("out.txt", "")
  changed(facts, "write", "out.txt")
  os.remove "out.txt"
end)

check.test("appending reads and writes", function()
  put("log.txt", "a")
  local facts = pure(function() local f <close> = open("log.txt", "a") f:write "b" end)
  check.eq(kinds(facts), { "file log.txt", "write log.txt" })
  check.eq(unchanged(facts), false)         -- it would append again
  facts = pure(function() local f <close> = open("log2.txt", "a") f:write "b" end)
  check.eq(kinds(facts), { "absent log2.txt", "write log2.txt" })
  sh "rm log.txt log2.txt"
end)

check.test("renaming an own file leaves the new one and no old one", function()
  local facts = pure(function()
    local f = open("tmp.txt", "w") f:write "x" f:close()
    os.rename("tmp.txt", "done.txt")
  end)
  check.eq(facts.writes, { { path = "tmp.txt" }, { path = "done.txt", digest = hash.sha256 "x" } })
  check.ok(unchanged(facts))
  os.remove "done.txt"
  changed(facts, "write", "done.txt")
end)

check.test("removing or renaming what one did not make cannot be repeated", function()
  put("a.txt", "") put("b.txt", "")
  check.eq(impure(function() os.remove "a.txt" end), "os.remove")
  check.eq(impure(function() os.rename("b.txt", "c.txt") end), "os.rename")
  os.remove "c.txt"
end)

check.test("files in the step's own temporary folder are neither read nor written", function()
  sh "mkdir -p scratch"
  local tmp = base .. "/scratch"
  local facts = pure(function()
    check.eq(open(tmp .. "/x"), nil)
    local f = open(tmp .. "/x", "w") f:write "1" f:close()
    read_all(tmp .. "/x")
    read_all "scratch/x"
    os.remove(tmp .. "/x")
  end, { tmpdir = tmp .. "/" })
  check.eq(kinds(facts), {})
  check.eq(facts.writes, {})
end)

check.test("an environment variable is a dependency, set or not", function()
  local facts = pure(function() getenv "RILLE_TEST_VALUE" os.getenv "HOME" end)
  check.eq(kinds(facts), { "env HOME", "env RILLE_TEST_VALUE" })
  check.ok(unchanged(facts))
  check.ok(not facts.reads:find(os.getenv "HOME", 1, true))
  local f = assert(io.open(base .. "/reads", "wb")) f:write(facts.reads) f:close()
  put("child.lua", [[
    local observe = require "rille.host.observe"
    local f = io.open(arg[1], "rb")
    local ok, kind, name = observe.check(f:read "a")
    print(ok, kind or nil, name)]])
  local function child(env)
    return capture("env " .. env .. " " .. program .. " " .. base .. "/child.lua " .. base .. "/reads")
  end
  check.eq(child "", "true\tnil\tnil")
  check.eq(child "RILLE_TEST_VALUE=1", "false\tenv\tRILLE_TEST_VALUE")
  check.eq(child "RILLE_TEST_VALUE=", "false\tenv\tRILLE_TEST_VALUE")
  check.eq(child "HOME=/elsewhere", "false\tenv\tHOME")
end)

check.test("a folder that is opened is a dependency by its names", function()
  sh "mkdir -p folder; touch folder/a"
  local facts = pure(function() local f <close> = assert(open "folder") end)
  check.eq(kinds(facts), { "folder folder" })
  put("folder/a", "other content")
  check.ok(unchanged(facts))
  put("folder/b", "")
  changed(facts, "folder", "folder")
end)

check.test("a moved project still hits, an absolute path stays what it is", function()
  put("a.txt", "alpha")
  local relative = pure(function() read_all "a.txt" end)
  local absolute = pure(function() read_all(base .. "/a.txt") end)
  local other = capture "mktemp -d /tmp/rille-observe-XXXXXX"
  sh("cp a.txt " .. other)
  observe.set_base(other)
  local moved = unchanged(relative)
  put("a.txt", "omega")
  local stays, leaves = unchanged(relative), unchanged(absolute)
  observe.set_base(base)
  os.execute("rm -r " .. other)
  check.eq({ moved, stays, leaves }, { true, true, false })
  check.eq(observe.base(), base)
end)

check.test("values that Lua answers for are compared by the callback", function()
  local facts = pure(function()
    observe.fact("value", "ctx.model.number", "3") observe.fact("value", "ctx.model.number", "3")
  end)
  check.eq(kinds(facts), { "value ctx.model.number" })
  changed(facts, "value", "ctx.model.number")
  local asked
  check.ok(unchanged(facts, function(kind, name, bytes) asked = { kind, name, bytes } return true end))
  check.eq(asked, { "value", "ctx.model.number", "3" })
  changed(facts, "value", "ctx.model.number", nil, function() return false end)
  facts = run(function() observe.fact("value", "x", "3") observe.fact("value", "x", "4") end)
  check.eq(facts.changed, { "x" })
  check.raises(function() observe.fact("file", "x", "") end, "invalid option 'file'")
end)

check.test("dofile and loadfile are read relative to the base", function()
  put("part.lua", "return 1, ...")
  local facts = pure(function()
    check.eq({ dofile "part.lua" }, { 1 })
    check.eq({ loadfile("part.lua", "bt", {})(7) }, { 1, 7 })
  end)
  check.eq(kinds(facts), { "file part.lua" })
  put("part.lua", "return 2")
  changed(facts, "file", "part.lua")
  local env = {}
  put("sets.lua", "x = 1")
  loadfile("sets.lua", "t", env)()
  check.eq(env.x, 1)
end)

-- ---- modules ----

local function forget(...) for _, name in ipairs { ... } do package.loaded[name] = nil end end

check.test("a module that a step requires is a dependency, comments in it are not", function()
  put("m1.lua", "return { v = 1 }")
  local facts = pure(function() check.eq(require "m1".v, 1) end)
  check.eq(kinds(facts), { "search package.path", "module m1" })
  local described = observe.describe(facts.reads)
  check.eq(described[#described].path, "m1.lua")
  check.eq(package.loaded.m1, nil)          -- the next step loads it for itself
  check.ok(unchanged(facts))
  put("m1.lua", "-- a comment\nreturn { v = 1 }")
  check.ok(unchanged(facts))
  put("m1.lua", "return { v = 2 }")
  changed(facts, "module", "m1", "its code changed")
  os.remove "m1.lua"
  changed(facts, "module", "m1")
end)

check.test("a module counts by what it does, not by what it returns", function()
  put("acts.lua", "seen = 1 return true")
  local facts = pure(function() require "acts" end)
  seen = nil
  check.ok(unchanged(facts))
  put("acts.lua", "seen = 2 return true")
  changed(facts, "module", "acts", "its code changed")
  check.eq(seen, nil)                       -- comparing ran nothing
  put("acts.lua", "seen = 1 return true")
  check.ok(unchanged(facts))
  seen = 5
  changed(facts, "module", "acts", "a global that it reads changed")
  seen = nil
end)

check.test("the reads of a module and of its modules belong to every step that requires it", function()
  put("outer.lua",
    "local i = require 'inner' local f = io.open 'outer.txt' local s = f:read 'a' f:close() return { v = s .. i.v }")
  put("inner.lua", "return { v = os.getenv 'RILLE_INNER' or 'none', io.open 'inner.txt' }")
  put("outer.txt", "text")
  local want = { "env RILLE_INNER", "search package.path", "absent inner.txt", "file outer.txt", "module inner",
    "module outer" }
  local first = pure(function() require "outer" end)
  check.eq(kinds(first), want)
  local second = pure(function() check.eq(require "outer".v, "textnone") end)
  check.eq(kinds(second), want)
  check.ok(unchanged(second))
  put("outer.txt", "Text")
  changed(second, "file", "outer.txt")
  put("outer.txt", "text")
  put("inner.txt", "")
  changed(first, "absent", "inner.txt")
  os.remove "inner.txt"
  put("inner.lua", "return { v = 'other' }")
  changed(first, "module", "inner")
end)

check.test("a module that was loaded before the step is a table that it captures", function()
  put("early.lua", "io.lines 'early.txt' return { v = 1, next = function() knob = (knob or 0) + 1 return knob end }")
  put("early.txt", "x")
  local early = require "early"
  local facts = pure(function() require "early" end)
  check.eq(kinds(facts), { "module early" })
  check.eq(facts.acted, nil)
  check.ok(unchanged(facts))
  early.v = 2                               -- what the script did to it counts
  changed(facts, "module", "early", "what the script keeps in it changed")
  local after = pure(function() require "early" end)
  check.ok(unchanged(after))
  check.eq(pure(function() require("early").v = 3 end).acted, "module early")
  early.v = 2
  forget "early"                            -- a fresh one is not what the step had
  changed(after, "module", "early", "no longer loaded")
  local loaded = pure(function() require "early" end)
  check.ok(unchanged(loaded))
  require "early"
  changed(loaded, "module", "early", "loaded before the step now")
  forget "early"
end)

check.test("a module that now shadows another on the path is a change", function()
  sh "mkdir -p shadow"
  put("shadow/init.lua", "return { v = 1 }")
  local facts = pure(function() require "shadow" end)
  check.eq(kinds(facts), { "search package.path", "absent shadow.lua", "module shadow" })
  check.ok(unchanged(facts))
  put("shadow.lua", "return { v = 1 }")
  changed(facts, "absent", "shadow.lua")
  os.remove "shadow.lua"
end)

check.test("another package.path may find another module", function()
  put("m2.lua", "return { v = 1 }")
  local facts = pure(function() require "m2" end)
  local path = package.path
  package.path = "lib/?.lua;" .. path
  observe.new_plan()
  local ok, kind = observe.check(facts.reads, with_code())
  package.path = path
  check.eq({ ok, kind }, { false, "search" })
end)

check.test("a module that is not there is a dependency on all places tried", function()
  local facts = pure(function() check.raises(function() require "optional" end, "module 'optional' not found") end)
  check.eq(kinds(facts)[1], "search package.cpath")
  check.ok(unchanged(facts))
  put("optional.lua", "return 1")
  changed(facts, "absent", "optional.lua")
end)

check.test("a module whose loading fails is a dependency by its text and reads", function()
  put("broken.lua", "local i = require 'inner' local f = io.open 'broken.txt' error 'broken'")
  put("broken.txt", "")
  local facts = pure(function() check.raises(function() require "broken" end, "broken.lua:1: broken") end)
  check.eq(kinds(facts), { "search package.path", "file broken.txt", "module broken", "module inner" })
  check.ok(unchanged(facts))
  put("broken.lua", "return 1")
  changed(facts, "module", "broken")
  check.eq(kinds(pure(function() end)), {})     -- and leaves nothing behind
end)

check.test("what the script put into package.preload and package.searchers is captured", function()
  local function made(v) package.preload.made = function() return { v = v } end end
  made(1)
  local facts = pure(function() require "made" end)
  check.eq(kinds(facts), { "module made" })
  made(1)
  check.ok(unchanged(facts))
  made(2)
  changed(facts, "search", "package.preload.made")
  package.preload.made = nil
  changed(facts, "search", "package.preload.made")
  local function searcher(v)
    return function(name) if name == "found" then return function() return { v = v } end end end
  end
  table.insert(package.searchers, 2, searcher(1))
  facts = pure(function() check.eq(require "found".v, 1) end)
  check.ok(unchanged(facts))
  package.searchers[2] = searcher(2)
  changed(facts, "search", "package.searchers")
  table.remove(package.searchers, 2)
  changed(facts, "search", "package.searchers")
end)

check.test("a searcher of the script's that calls that of Lua is known with the file it finds", function()
  put("lib.lua", "return { v = 1 }")
  local original = package.searchers[2]
  table.insert(package.searchers, 1, function(name) if name == "alias" then return original "lib" end end)
  local facts = pure(function() check.eq(require "alias".v, 1) end)
  check.ok(unchanged(facts))
  put("lib.lua", "return { v = 2 }")
  changed(facts, "file", "lib.lua")
  table.remove(package.searchers, 1)
end)

check.test("a metatable of package.loaded makes a step impure that looks for a module", function()
  put("plainly.lua", "return 1")
  setmetatable(package.loaded, { __index = function() end })
  local what = impure(function() require "plainly" end)
  setmetatable(package.loaded, nil)
  check.eq(what, "a metatable of package.loaded")
end)

check.test("a module that cannot be fingerprinted makes the step impure", function()
  put("opaque.lua", "return { body = coroutine.create(print) }")
  require "opaque"
  check.eq(impure(function() require "opaque" end), "the module 'opaque'")
  put("hidden.lua", "local names = _G\nreturn { get = function(k) return names[k] end }")
  check.eq(run(function() require "hidden" end).impure, { { what = "_G", where = "hidden.lua:1" } })
  require "hidden"
  check.has(impure(function() require "hidden" end), "_ENV as a value")
  forget "hidden"
  check.eq(impure(function() require "_G" end), "_G")
  check.eq(impure(function() require "package" end), "package.*")
end)

check.test("what a module does impurely while it loads counts for the steps", function()
  put("clock.lua", "return { v = os.time() }")
  put("dice.lua", "return { v = math.random() }")
  check.eq(run(function() require "clock" end).impure, { { what = "os.time", where = "clock.lua:1" } })
  -- each step loads it with random numbers of its own
  local v
  local facts = run(function() v = require("dice").v end)
  check.eq({ facts.impure, facts.random }, { {}, true })
  run(function() check.eq(require("dice").v, v) end)
end)

check.test("rille's modules and the standard library are captured tables", function()
  local array = require "rille.array"
  local facts = pure(function() require "rille" require "rille.array" require "string" require "io" end)
  check.eq(kinds(facts), { "module io", "module rille", "module rille.array", "module string" })
  check.ok(unchanged(facts))
  for name, library in pairs { string = string, io = io } do
    library.mine = { 1 }
    changed(facts, "module", name)
    library.mine = nil
  end
  check.ok(unchanged(facts))
end)

check.test("rille's own is known by identity, not by its name", function()
  local origin = require "rille.host.origin"
  sh "mkdir -p rille"
  put("rille/mine.lua", "return { f = function() return debug.getinfo(1, 'S').source end }")
  local facts = pure(function() check.ok(require "rille.mine") end)
  check.eq(kinds(facts), { "search package.path", "module rille.mine" })
  put("rille/mine.lua", "return 2")
  changed(facts, "module", "rille.mine")
  check.eq({ origin.owns(require "rille.array"), origin.owns(require "rille.mine"), origin.owns(string) },
    { "rille.array" })
  check.ok(origin.is_ours "@rille:lua/plan/plan.lua")
  check.ok(origin.is_at "rille:lua/plan/plan.lua:12: message")
  for _, name in ipairs { "@rille:x.lua", "@rille:", "@rille:lua/", "@rille:lua/plan.lua2", "rille:lua/plan/plan.lua",
    "@./rille:lua/plan/plan.lua" } do
    check.ok(not origin.is_ours(name), name)
  end
  for _, message in ipairs { "rille:3: boom", "rille:x.lua:3: boom", "rille: boom", "rille:lua/plan/plan.lua", "" } do
    check.ok(not origin.is_at(message), message)
  end
  -- no script's chunk takes such a name
  local f = load("return debug.getinfo(1, 'S').source", "@rille:lua/plan/plan.lua")
  check.eq(f(), "@./rille:lua/plan/plan.lua")
end)

check.test("require gives what it always gave", function()
  put("plain.lua", "return { ... }")
  local m, data = require "plain"
  check.eq(m, { "plain", "./plain.lua" })
  check.eq(data, "./plain.lua")
  check.eq({ require "plain" }, { m })
  put("nothing.lua", "nothing = nil")
  check.eq(require "nothing", true)
  put("isfalse.lua", "return false")
  check.eq(require "isfalse", false)
  check.raises(function() require() end, "bad argument #1 to 'require' (string expected, got no value)")
  check.has(check.raises(function() require "a.b" end, "module 'a.b' not found:\n\tno field package.preload['a.b']"),
    "\n\tno file './a/b.lua'\n\tno file './a/b/init.lua'\n\tno file './lua_modules/a/b.lua'")
  put("syntax.lua", "x x")
  check.raises(function() require "syntax" end,
    "error loading module 'syntax' from file './syntax.lua':\n\tsyntax.lua:1: syntax error near 'x'")
  check.has(package.path, "./?.lua;./?/init.lua;./lua_modules/?.lua;")
  check.eq(package.searchpath("plain", package.path), "./plain.lua")
  check.eq(select(2, package.searchpath("x.y", "./?.lua;./?/init.lua")),
    "no file './x/y.lua'\n\tno file './x/y/init.lua'")
end)

-- ---- what cannot be repeated ----

local calls = {
  ["os.time"] = function() os.time() end,
  ["os.clock"] = function() os.clock() end,
  ["os.date"] = function() os.date "!%c" end,
  ["os.tmpname"] = function() os.remove(os.tmpname()) end,
  ["debug.traceback"] = function() debug.traceback "x" end,
  ["debug.getmetatable"] = function() debug.getmetatable(require "rille.array".zeros(1)) end,
  ["os.setlocale"] = function() os.setlocale() end,
  ['collectgarbage "count"'] = function() collectgarbage "count" end,
  ['collectgarbage "isrunning"'] = function() collectgarbage "isrunning" end,
  ['collectgarbage "step"'] = function() collectgarbage "step" end,
  ["string.format %p"] = function() string.format("%5p", "x") end,
  ["the address of a table"] = function() tostring {} end,
  ["the address of a function"] = function() print(print) end,
  ["the address of a thread"] = function() ("%s"):format(coroutine.running()) end,
  ["the address of a file"] = function() tostring(io.stdout) end,
  ["math.randomseed without a seed"] = function() math.randomseed() end,
  ["io.popen"] = function() io.popen("true"):close() end,
  ["os.execute"] = function() os.execute "true" end,
  ["load"] = function() load "return 1" end,
  ["string.dump"] = function() string.dump(print and function() end) end,
  ["debug.getinfo"] = function() debug.getinfo(1) end,
  ["debug.getregistry"] = function() debug.getregistry() end,
  ["package.loadlib"] = function() package.loadlib("none", "*") end,
  ["/dev/null"] = function() open "/dev/null" end,
  ["/proc/self/stat"] = function() open "/proc/self/stat" end,
  ["/dev/zero"] = function() open("/dev/zero", "w") end,
  ["standard input"] = function() io.stdin:lines() end,
  ["a file that could not be opened for writing"] = function() open("no/folder/x", "w") end,
}
for what, call in pairs(calls) do
  check.test(what .. " is impure", function()
    local facts = run(call)
    if what == "os.tmpname" or what == "the address of a file" then check.eq(facts.impure[1].what, what)
    else check.eq({ facts.impure[1].what, #facts.impure }, { what, 1 }) end
    check.has(facts.impure[1].where, "observelib_test.lua:")
    if what ~= "os.tmpname" then check.eq(facts.writes, {}) end
  end)
end

check.test("os.time of a table hangs on the time zone", function()
  check.eq(impure(function() os.time { year = 2020, month = 1, day = 1 } end), "os.time")
end)

check.test("what can be repeated is pure", function()
  pure(function()
    os.date("!%c", 0) os.difftime(2, 1)
    collectgarbage() collectgarbage "stop" collectgarbage "restart"
    tostring(1) tostring "x" tostring(setmetatable({}, { __tostring = function() return "t" end }))
    string.format("%d %s %%p", 1, "x")
    io.tmpfile():close()
    debug.getmetatable {} debug.getmetatable "x"
    math.randomseed(1) math.random() table.concat { 1, 2 }
  end)
end)

check.test("each impurity is named once, with the line that caused it", function()
  local function now() return os.time() end
  local facts = run(function() now() now() os.time() os.clock() end)
  local line = debug.getinfo(now, "S").linedefined
  check.eq(#facts.impure, 2)
  check.has(facts.impure[1].where, "observelib_test.lua:" .. line)
  check.has(facts.impure[2].where, "observelib_test.lua:" .. line + 1)
  facts = run(function() observe.impure "a socket" end)
  check.eq(facts.impure[1].what, "a socket")
end)

check.test("a link to a device or into /proc does not hide it", function()
  sh "ln -sf /dev/zero zero; ln -sf /proc/self/status status"
  check.eq(impure(function() open "zero":close() end), "zero")
  check.eq(impure(function() open "status":close() end), "status")
end)

check.test("reading standard input is impure by every way, a default input of before too", function()
  local input = io.input()
  for _, read in ipairs { function() io.read(0) end, function() io.stdin:read(0) end, function() io.lines() end } do
    check.eq(impure(read), "standard input")
  end
  put("a.txt", "alpha")
  io.input(open "a.txt")
  check.eq(impure(function() io.read(1) end), "reading a default input that was opened before")
  io.input():close()
  io.input(input)
end)

check.test("a file that the step did not open is impure by every way, one that it opened by none", function()
  put("a.txt", "alpha\nbeta\n")
  local before = open "a.txt"
  local ways = {
    function(f) f:read(1) end, function(f) f:lines() end, function(f) f:seek "end" end, function(f) f:flush() end,
    function(f) f:setvbuf "no" end,
    function(f) io.stdout.read(f, 1) end, function(f) pcall(f.read, f, 1) end,
    function(f) coroutine.wrap(f.read)(f, 1) end,
    function(f) io.input(f) io.read(1) end, function(f) io.input(f) io.lines() end,
    function(f) io.input(f) io.input():read(1) end,
    function(f) f:close() end,
  }
  for i, way in ipairs(ways) do
    check.has(impure(function() way(before) end), "opened before", "way " .. i)
    pure(function() way(open "a.txt") end)
    pure(function() way(io.tmpfile()) end)
  end
  before = open("out.txt", "w")
  check.eq(impure(function() before:write "x" end), "a file that was opened before the step")
  check.has(impure(function() io.output(before) io.write "x" end), "opened before")
  check.eq(impure(function() io.close(before) end), "a file that was opened before the step")
end)

check.test("standard files: what cannot be repeated is impure, the rest is not", function()
  check.eq(impure(function() io.stdin:seek() end), "standard input")
  check.eq(impure(function() io.stdout:seek() end), "standard output")
  check.eq(impure(function() pcall(io.stdout.read, io.stdout, 0) end), "standard output")
  check.eq(impure(function() io.input():read(0) end), "standard input")
  local facts = pure(function()
    io.stdout:setvbuf "no" io.stdout:flush() io.stderr:write "x" io.write "y" io.output():write "z" io.stdin:close()
  end)
  check.eq(kinds(facts), { "value io.output" })
  check.eq(facts.log, "xyz")
end)

check.test("which standard file io's defaults are is a fact, unless the step set them", function()
  check.eq(kinds(pure(function() return io.input() end)), { "value io.input" })
  check.eq(kinds(pure(function() io.close() end)), { "value io.output" })
  check.eq(kinds(pure(function() io.output(io.stderr) io.write "x" return io.output() end)), {})
  check.eq(observe.default "input", "stdin")
  local facts = pure(function() io.write "x" end)
  local seen
  observe.new_plan()
  observe.check(facts.reads, function(_, name, bytes) seen = name .. " " .. bytes return true end)
  check.eq(seen, "io.output stdout")
  local output = io.output()
  io.output(open("out.txt", "w"))
  check.eq(observe.default "output", nil)
  io.output():close()
  io.output(output)
end)

check.test("a file, a folder and nothing are three things, empty or not", function()
  sh "rm -rf kind; : > kind"
  local facts = pure(function() open("kind"):close() end)
  sh "rm kind; mkdir kind"
  changed(facts, "file", "kind", "is a folder now")
  facts = pure(function() open("kind"):close() end)
  check.eq(kinds(facts), { "folder kind" })
  sh "rmdir kind; : > kind"
  changed(facts, "folder", "kind", "is a file now")
  facts = pure(function() open("kind"):close() end)
  sh "rm kind; mkfifo kind"
  changed(facts, "file", "kind", "is neither a file nor a folder now")
  sh "rm kind; mkdir kind"
  facts = pure(function() open "kind/x" end)
  check.ok(unchanged(facts))
  sh "rmdir kind; : > kind"
  changed(facts, "absent", "kind/x")
  sh "rm kind"
end)

check.test("a folder's entries have kinds, and links lead somewhere", function()
  sh "rm -rf kinds; mkdir kinds kinds/d; : > kinds/f; : > kinds/t; : > kinds/u; ln -s t kinds/l"
  local facts = pure(function() observe.reading "kinds" end)
  check.ok(unchanged(facts))
  for _, edit in ipairs { "rm kinds/f; mkdir kinds/f", "rm kinds/l; cp kinds/t kinds/l", "rm kinds/l; ln -s u kinds/l",
    "rm kinds/t; mkdir kinds/t", "mv kinds/d kinds/D",
    ": > kinds/.hidden" } do
    sh("rm -rf kinds; mkdir kinds kinds/d; : > kinds/f; : > kinds/t; : > kinds/u; ln -s t kinds/l")
    facts = pure(function() observe.reading "kinds" end)
    check.ok(unchanged(facts))
    sh(edit)
    changed(facts, "folder", "kinds")
  end
end)

check.test("rights and links count for a file that is handed on, not for one that is read", function()
  sh "rm -f tool; echo x > tool; chmod 644 tool"
  local read, handed = pure(function() open("tool"):close() end), pure(function() observe.reading "tool" end)
  local both = pure(function() open("tool"):close() observe.reading "tool" end)
  sh "chmod 755 tool"
  check.ok(unchanged(read))
  changed(handed, "file", "tool", "different executable bits")
  changed(both, "file", "tool")
  sh "chmod 644 tool"
  check.ok(unchanged(handed))
  sh "mv tool real; ln -s real tool"
  check.ok(unchanged(read))
  changed(handed, "file", "tool", "is now a link")
  handed = pure(function() observe.reading "tool" end)
  check.eq(kinds(handed), { "file tool", "value link tool" })
  local target
  observe.check(handed.reads, function(_, _, bytes) target = bytes return true end)
  check.eq(target, "real")
  sh "rm tool"
  handed = pure(function() observe.reading "tool" end)
  check.ok(unchanged(handed))
  sh "ln -s nowhere tool"
  changed(handed, "absent", "tool")
  sh "rm -f tool real"
end)

check.test("a file that may not be written is not what a step wrote", function()
  sh "rm -f mine"
  local facts = pure(function() local f = open("mine", "w") f:write "x" f:close() end)
  check.ok(unchanged(facts))
  sh "rm mine; mkdir mine"
  changed(facts, "write", "mine")
  sh "rmdir mine"
end)

check.test("a link in the scratch folder that leads out of it is what it leads to", function()
  local tmp = base .. "/scratch"
  put("outside.txt", "one")
  sh("rm -rf scratch far; mkdir scratch far; ln -s ../outside.txt scratch/l; ln -s ../far scratch/d; ln -s "
    .. "nowhere scratch/n; echo x > scratch/own; ln -s own scratch/o")
  local function reads(name)
    return kinds(pure(function() local f = open(tmp .. "/" .. name) if f then f:close() end end, { tmpdir = tmp }))
  end
  check.eq(reads "own", {})
  check.eq(reads "o", {})
  check.eq(reads "missing", {})
  check.eq(reads "l", { "file " .. base .. "/outside.txt" })
  check.eq(reads "d/x", { "absent " .. base .. "/far/x" })
  check.eq(reads "../outside.txt", { "file " .. base .. "/outside.txt" })
  local facts = run(function() open(tmp .. "/n") end, { tmpdir = tmp })
  check.eq(facts.impure[1].what, "a link in its folder that leads nowhere")
  facts = pure(function() local f = open(tmp .. "/d/made", "w") f:close() end, { tmpdir = tmp })
  check.eq(kinds(facts), { "write " .. base .. "/far/made" })
end)

check.test("a program that a step starts begins in the base folder", function()
  local function folder(read) return (read:gsub("\n$", "")) end
  local cwd = capture "pwd"
  local got
  impure(function() local p <close> = io.popen "pwd -P" got = folder(p:read "a") end)
  check.eq(got, capture("cd " .. base .. " && pwd -P"))
  check.eq(impure(function() os.execute "pwd -P > pwd.txt" end), "os.execute")
  check.eq(folder(read_all "pwd.txt"), capture("cd " .. base .. " && pwd -P"))
  check.eq(capture "pwd", cwd)
  impure(function()
    check.raises(function() io.popen("true", "z") end, "bad argument #2 to 'popen' (invalid mode)")
    check.raises(function() io.popen() end, "bad argument #1 to 'popen'")
  end)
  check.eq(capture "pwd", cwd)
end)

check.test("io's defaults are as before after a step", function()
  local input, output = io.input(), io.output()
  pure(function() io.input "a.txt" io.output "out.txt" io.write "kept" end)
  check.ok(io.input() == input and io.output() == output)
  check.eq(read_all "out.txt", "kept")
end)

check.test("a step cannot exit the program, nor the locale change", function()
  run(function() os.exit(0) end)
  check.has(last_error, "a step cannot exit the program")
  check.eq(os.setlocale "de_DE.UTF-8", nil)
  check.eq(os.setlocale("C", "collate"), "C")
  check.eq(os.setlocale(nil), "C")
  check.raises(function() os.setlocale("C", "nonsense") end,
    "bad argument #2 to 'setlocale' (invalid option 'nonsense')")
end)

-- ---- randomness ----

check.test("math.random is seeded for the step and the script's own stream goes on", function()
  math.randomseed(42)
  local a, b = math.random(), math.random()
  math.randomseed(42)
  check.eq(math.random(), a)
  local x, y, z
  local random = math.random
  check.eq(pure(function() x = random(1 << 40) end).random, true)
  pure(function() y = math.random(1 << 40) end)
  pure(function() z = math.random(1 << 40) end, { seed = string.rep("t", 32) })
  check.eq(math.random(), b)
  check.ok(x == y and x ~= z)
end)

-- ---- what a step prints ----

check.test("what a step prints is its log", function()
  local facts = pure(function()
    print("a", 1, 1.0, nil, true)
    io.write("b", 2, " ", 2.5, "\n")
    io.stdout:write "c\n":write "d\n"
    io.stderr:write("e\n")
    io.output():write "f\n"
    check.eq(io.write "", io.stdout)
  end)
  check.eq(facts.log, "a\t1\t1.0\tnil\ttrue\nb2 2.5\nc\nd\ne\nf\n")
  check.eq(pure(function() print(setmetatable({}, { __tostring = function() return "shown" end })) end).log, "shown\n")
  check.eq(pure(function() local f <close> = open("out.txt", "w") f:write "x" end).log, "")
end)

check.test("a long log keeps its beginning and its end", function()
  local facts = pure(function()
    print "the first line"
    for _ = 1, 3000 do io.write(("x"):rep(1023), "\n") end
    print "the last line"
  end)
  check.ok(#facts.log < (1 << 20) + 100)
  check.eq(facts.log:sub(1, 16), "the first line\nx")
  check.has(facts.log, " bytes of this log omitted; its first and last 512 KiB are kept]\nxxx")
  check.has(facts.log:sub(-20), "x\nthe last line\n")
end)

check.test("a step that echoes prints on standard error as well, others do not", function()
  put("echo.lua", [[
    local observe = require "rille.host.observe"
    for _, echo in ipairs { true, false } do
      observe.begin { seed = ("s"):rep(32), echo = echo }
      print "printed" io.write "written\n" io.stderr:write "to stderr\n"
      local facts = observe.finish()
      assert(facts.log == "printed\nwritten\nto stderr\n")
    end]])
  check.eq(capture(program .. " " .. base .. "/echo.lua 2>/dev/null"), "")
  check.eq(capture(program .. " " .. base .. "/echo.lua 2>&1 >/dev/null"), "printed\nwritten\nto stderr")
end)

check.test("LUA_PATH and LUA_CPATH count as in the stock interpreter, after the project's own folders", function()
  put("path.lua", "print(package.path) print(package.cpath)")
  local rocks = "./lua_modules/"
  local own = "./?.lua;./?/init.lua;" .. rocks .. "?.lua;" .. rocks .. "?/init.lua;" .. rocks .. "share/lua/5.4/?.lua;"
    .. rocks .. "share/lua/5.4/?/init.lua"
  local own_c = "./?.so;" .. rocks .. "?.so;" .. rocks .. "lib/lua/5.4/?.so"
  local command = program .. " " .. base .. "/path.lua"
  check.eq(capture("LUA_PATH='/x/?.lua;./?.lua' LUA_CPATH=/x/?.so " .. command),
    own .. ";/x/?.lua\n" .. own_c .. ";/x/?.so")
  check.has(capture("LUA_PATH=/x/?.lua LUA_PATH_5_4='/y/?.lua;;' " .. command),
    own .. ";/y/?.lua;/usr/local/share/lua/5.4/")
end)

check.test("a step that fails leaves its facts and its log", function()
  put("a.txt", "alpha")
  local facts = run(function() print "before" read_all "a.txt" error "failed" end)
  check.has(last_error, "failed")
  check.eq(facts.log, "before\n")
  check.eq(kinds(facts), { "file a.txt" })
end)

-- ---- code ----

check.test("bytecode is refused by every loader", function()
  local code = string.dump(function() return 1 end)
  put("code.luac", code)
  put("hash.luac", "#!/usr/bin/lua\n" .. code)
  put("bom.luac", "\xEF\xBB\xBF" .. code)
  put("codemod.lua", code)
  local function pieces(...)
    local list, i = { ... }, 0
    return function() i = i + 1 return list[i] end
  end
  local loaders = {
    function() return load(code) end,
    function() return load(code, "x") end,
    function() return load(code, "x", "b") end,
    function() return load(code, "x", "bt") end,
    function() return load(code, "x", "t") end,
    function() return load(code, "x", "b", {}) end,
    function() return load(pieces(code)) end,
    function() return load(pieces(code:sub(1, 1), code:sub(2)), "x", "b") end,
    function() return load(pieces(code), "x", "bt", {}) end,
    function() return load("\27Lua") end,
    function() return load("\27") end,
    function() return loadfile "code.luac" end,
    function() return loadfile("code.luac", "b") end,
    function() return loadfile("code.luac", "bt", {}) end,
    function() return loadfile "hash.luac" end,
    function() return loadfile "bom.luac" end,
    function() return loadfile(base .. "/hash.luac", "b") end,
    function() return observe.load_script("x.lua", code, "@x.lua") end,
    function() return observe.load_script("x.lua", "#!x\n" .. code, "@x.lua") end,
    function() return observe.load_script(nil, code, "=(command line)") end,
  }
  for i, loader in ipairs(loaders) do
    local f, message = loader()
    check.eq(f, nil, "loader " .. i)
    check.ok(message:find("bytecode is refused", 1, true) or message:find("'\\27'")
      or message:find("unexpected symbol"), message)
  end
  check.raises(function() dofile "code.luac" end, "bytecode is refused")
  check.raises(function() require "codemod" end, "bytecode is refused")
end)

check.test("text is loaded as ever", function()
  check.eq(load("return ...", "x")(3), 3)
  check.eq(load("return y", "x", "t", { y = 4 })(), 4)
  check.eq(load(coroutine.wrap(function() coroutine.yield "return " coroutine.yield "5" end))(), 5)
  check.eq({ load("x x", "=name") }, { nil, "name:1: syntax error near 'x'" })
  check.eq({ load("return 1", "x", "b") }, { nil, "attempt to load a text chunk (mode is 'b')" })
end)

check.test("every file of code is a source, once", function()
  local f = assert(observe.load_script(base .. "/main.lua",
    "#!/usr/bin/env rille\nreturn debug.getinfo(1, 'l').currentline", "@main.lua"))
  check.eq(f(), 2)
  assert(observe.load_script("main.lua", "#!/usr/bin/env rille\nreturn debug.getinfo(1, 'l').currentline", "@main.lua"))
  check.eq({ observe.load_script("bad.lua", "x x", "@bad.lua") }, { nil, "bad.lua:1: syntax error near 'x'" })
  local count, by_path = {}, {}
  for _, source in ipairs(observe.sources()) do
    count[source.path] = (count[source.path] or 0) + 1
    by_path[source.path] = source
    check.eq(source.digest, hash.sha256(source.text))
  end
  check.eq({ count["main.lua"], count["part.lua"], count["outer.lua"], count["m1.lua"] }, { 1, 1, 1, 1 })
  check.has(by_path["main.lua"].text, "#!/usr/bin/env rille")
end)

-- ---- the originals' messages ----

check.test("wrapped functions fail with the originals' words, and the path as given", function()
  check.eq({ io.open "nofile" }, { nil, "nofile: No such file or directory", 2 })
  check.eq({ os.remove "nofile" }, { nil, "nofile: No such file or directory", 2 })
  check.eq({ os.rename("nofile", "b") }, { nil, "No such file or directory", 2 })
  check.eq({ loadfile "nofile" }, { nil, "cannot open nofile: No such file or directory" })
  check.eq({ loadfile "." }, { nil, "cannot read .: Is a directory" })
  for name, fn in pairs { lines = io.lines, input = io.input } do
    check.raises(function() fn "nofile" end, ": cannot open file 'nofile' (No such file or directory)")
    check.eq({ pcall(fn, "nofile") }, { false, "cannot open file 'nofile' (No such file or directory)" })
  end
  check.raises(function() io.output "no/file" end, ": cannot open file 'no/file' (No such file or directory)")
  check.eq({ pcall(dofile, "nofile") }, { false, "cannot open nofile: No such file or directory" })
  for _, running in ipairs { false, true } do
    if running then observe.begin { seed = seed } end
    local got = {
      check.raises(function() io.open() end, "bad argument #1 to 'open' (string expected, got no value)"),
      check.raises(function() io.open("a.txt", "z") end, "bad argument #2 to 'open' (invalid mode)"),
      check.raises(function() io.lines {} end, "bad argument #1 to 'lines' (string expected, got table)"),
      check.raises(function() os.getenv() end, "bad argument #1 to 'getenv' (string expected, got no value)"),
      check.raises(function() io.write {} end, "bad argument #1 to 'write' (string expected, got table)"),
      check.raises(function() io.stdout:write {} end, "bad argument #1 to 'write' (string expected, got table)"),
      check.raises(function() tostring() end, "bad argument #1 to 'tostring' (value expected)"),
      check.raises(function() ("%d"):format "x" end, "bad argument #1 to 'format' (number expected, got string)"),
      check.raises(function() load(1, 2, 3, 4, 5)() end, ""),
      check.raises(function() math.random(0, -1) end, "bad argument #1 to 'random' (interval is empty)"),
      check.raises(function() collectgarbage "x" end, "bad argument #1 to 'collectgarbage' (invalid option 'x')"),
    }
    if running then observe.finish() end
    for _, message in ipairs(got) do check.has(message, "observelib_test.lua:") end
  end
  check.has(select(2, pcall(io.open)), "'io.open'")
end)

-- ---- damaged bytes ----

check.test("damaged reads are not unchanged and never a crash", function()
  put("a.txt", "alpha")
  put("m2.lua", "return {}")
  local facts = pure(function() read_all "a.txt" getenv "HOME" open "nothing" require "m2" end)
  for _, bytes in ipairs { "", "rf1", "nonsense that is long enough", facts.reads .. "x", facts.reads:sub(1, -2) } do
    local ok, kind, _, detail = observe.check(bytes)
    check.eq({ ok, kind }, { false, "damaged" })
    check.has(detail, "reads: ")
    check.eq(observe.describe(bytes), nil)
  end
  for i = 1, #facts.reads do
    local bytes = facts.reads:sub(1, i - 1) .. string.char(facts.reads:byte(i) ~ 0x41) .. facts.reads:sub(i + 1)
    check.eq(select(2, observe.check(bytes)), "damaged")
  end
  check.raises(function() observe.check(nil) end, "bad argument #1 to 'check'")
end)

check.test("an error in a callback passes through", function()
  local facts = pure(function() observe.fact("value", "x", "1") end)
  check.raises(function() unchanged(facts, function() error "callback" end) end, "callback")
  check.ok(unchanged(facts, function() return true end))
end)

os.execute("rm -rf " .. base)
check.done()
