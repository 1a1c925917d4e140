-- rille artifact: previews, versions, tags, lists, get.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

check.test("previews of built-in types are made when saving, and shown", function()
  local p <close> = scratch.script [[
    local array, frame = require "rille.array", require "rille.frame"
    local s = step "s" { outputs = { t.matrix "m", t.frame "f", t.table "t", t.list(t.integer) "l", t.string "s", t.bytes "b", t.vector "big" },
      run = function() return array.from { { 1, 2 }, { 3, 6 } }, frame.new { { "a", { 1 } } }, { lr = 0.1, deep = { 1, { 2 } } }, { 1, 2 },
        ("line\n"):rep(20), "\0\1", array.zeros { 200000 } end }
    return pipeline "main" { define = function() s {} end }]]
  p:ok("run main.lua -q")
  local function preview(name) return p:json("artifact show main::s::" .. name).preview end
  check.has(preview "m", "i64 array of 2 x 2, 1 to 6, mean 3\n[[1  2]\n [3  6]]")
  check.has(preview "f", "frame of 1 row and 1 column\n")
  check.eq(preview "t", "table with 2 fields: deep = {1, {…}}, lr = 0.1")
  check.eq(preview "l", "list of 2: 1, 2")
  check.eq(preview "s", "100 bytes, 20 lines: line")
  check.eq(preview "b", "2 bytes")
  check.eq(preview "big", "f64 array of 200000")
  check.has(p:ok("show main@-1/s"), "  i64 array of 2 x 2, 1 to 6, mean 3\n")
end)

local COUNTER = [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter", tags = { "raw" } } }, run = function(p) return p.n end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]

check.test("versions are reached by number, from the end and by tag; 10 comes after 9", function()
  local p <close> = scratch.script(COUNTER)
  for n = 1, 10 do p:ok("run main.lua -q --set n=" .. n * 2) end
  local function get(which) return (p:ok("artifact get counter" .. which)) end
  check.eq({ get "", get "@10", get "@9", get "@-1", get "@-3" }, { "20", "20", "18", "20", "16" })
  p:ok("artifact tag counter@4 best checked")
  check.eq(get "@best", "8")
  check.eq(get "@raw", "20", "the newest that has it")
  check.has(select(2, p:ok("artifact get counter@11", 3)), "artifact counter has no version 11; the newest is 10")
  check.has(select(2, p:ok("artifact get counter@bets", 3)), 'no version of artifact counter has the tag "bets"')
  check.eq(fields(p:json("artifact list --tag best").items, "version"), "4")
  check.eq(fields(p:json("artifact list --tag raw").items, "version"), "10 9 8 7 6 5 4 3 2 1")
end)

check.test("an artifact is found by its step or its output alone, where no other has the name", function()
  local p <close> = scratch.script [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { outputs = { t.integer "x", t.integer "y" }, run = function() return 2, 3 end }
    return pipeline "main" { define = function() a() b() end }]]
  p:ok "run main.lua -q"
  local function get(name) return (p:ok("artifact get " .. name)) end
  check.eq({ get "a", get "n", get "n@1", get "b::y", get "y" }, { "1", "1", "1", "3", "3" })
  local function refused(name) return select(2, p:ok("artifact get " .. name, 3)) end
  check.has(refused "b", '"b" is the name of several artifacts: main::b::x, main::b::y; write one in full')
  check.has(refused "y@7", "artifact main::b::y has no version 7")
  check.has(refused "nope", "nope")
end)

check.test("on a terminal a value ends with a newline, elsewhere it is the bytes alone", function()
  local p <close> = scratch.script(COUNTER)
  p:ok "run main.lua -q"
  check.eq(p:ok "artifact get counter", "0")
  p:sh(string.format('%s 80 24 rec -- "$RILLE" artifact get counter', scratch.pty(check)))
  check.has(p:read "rec", "0\r\n")
end)

check.test("tags are put on and taken off, and a port's tags do not come back", function()
  local p <close> = scratch.script(COUNTER)
  p:ok("run main.lua -q")
  check.eq(p:json("artifact show counter").tags, { "raw" })
  check.eq(p:ok("artifact tag counter best raw"), "counter version 1: 1 tag added; it has best, raw\n")
  check.eq(p:ok("artifact untag counter raw"), "counter version 1: 1 tag removed; it has best\n")
  p:ok("run main.lua -q")
  p:ok("run main.lua -q --no-cache")
  check.eq(p:json("artifact show counter").tags, { "best" })
  check.eq(p:sh("sqlite3 .rille/meta.db 'select tag, added from tagging order by id'").out, "raw|1\nbest|1\nraw|0\n",
    "all that was done is kept")
  check.has(p:ok("artifact show counter"), "tags        best")
end)

check.test("a result from the cache gets the name and the tags that its port says now", function()
  local p <close> = scratch.script(COUNTER)
  p:ok("run main.lua -q")
  p:edit('"counter", tags = { "raw" }', '"renamed", tags = { "raw", "new" }')
  local out = p:ok("run main.lua --json")
  check.has(out, '"cached":1')
  check.eq({ p:ok("artifact get renamed"), (p:ok("artifact get counter")) }, { "0", "0" })
  check.eq(p:json("artifact show renamed").tags, { "new", "raw" })
  p:ok("run main.lua -q")
  check.eq(p:json("artifact list").items, p:json("artifact list").items)
  check.eq(fields(p:json("artifact list").items, "version"), "1 1", "once")
end)

check.test("a pipeline or step of another name that takes all from the cache names it", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
    return pipeline "main" { define = function() s {} end }]]
  p:ok("run main.lua -q")
  p:edit('"main"', '"again"')
  p:edit("s {}", 's:with { id = "t" } {}')
  check.has(p:ok("run main.lua --json"), '"cached":1')
  check.eq(fields(p:json("artifact list").items, "name"), "again::t::n main::s::n")
end)

check.test("artifacts are listed by type, pipeline, time, name and text, page by page", function()
  local p <close> = scratch.script [[
    local s = step "s" { outputs = { t.integer "n", t.string "text", t.table "settings" { name = "shared" } },
      run = function() return 1, ("long 100% "):rep(9), { rate = 0.25 } end }
    return pipeline "main" { define = function() s {} s:with { id = "z" } {} end }]]
  p:ok("run main.lua -q")
  local function names(args) return fields(p:json("artifact list " .. args).items, "name") end
  check.eq(names "", "main::s::n main::s::text main::z::n main::z::text shared")
  check.eq(names "main::s", "main::s::n main::s::text")
  check.eq(names "--type table", "shared")
  check.eq(names "--pipeline main", "main::s::n main::s::text main::z::n main::z::text shared")
  check.eq({ names "--pipeline none", names "--since 2999-01-01", names "--name S%" }, { "", "", "" })
  check.eq(names "--since 1h --name TEXT", "main::s::text main::z::text")
  check.eq({ names "--search 100%", names "--search rate" }, { "main::s::text main::z::text", "shared" })
  local page = p:json("artifact list --limit 3")
  check.eq({ #page.items, page.next }, { 3, "main::z::n" })
  page = p:json("artifact list --limit 3 --cursor " .. page.next)
  check.eq({ fields(page.items, "name"), page.next }, { "main::z::text shared", nil })
end)

check.test("history has versions and tags, and puts tags on", function()
  local p <close> = scratch.script(COUNTER .. [[]])
  p:edit("return pipeline", "local main = pipeline")
  p:write("main.lua", p:read "main.lua" .. [[
    for n = 1, 3 do main:run { params = { n = n } } end
    local a = rille.artifact "counter@2"
    print(a.version, a.name, a.materializer, #a.versions, a.versions[3].version, a.tags[1], a:tag("best"), a:tag("best"), a.tags[1], rille.artifact "counter@best":load())
    print(a:untag("best"), #a.tags, pcall(a.tag, a), pcall(a.tag, a, "7"))]])
  check.has(p:ok("main.lua -q"), "2\tcounter\tinteger\t3\t3\traw\t1\t0\tbest\t2\n1\t1\tfalse\tfalse\tmain.lua:")
end)

check.test("artifact get of a damaged or a missing object names it once, says what mends it and exits with 5",
  function()
  local p <close> = scratch.script [[
    local s = step "text" { outputs = { t.string "s" }, run = function() return ("rille\n"):rep(2000) end }
    return pipeline "main" { define = function() s {} end }]]
  p:ok("run main.lua -q")
  p:sh "f=$(ls .rille/objects/*/*); chmod u+w $f; printf x | dd of=$f bs=1 seek=20 conv=notrunc"
  local _, err = p:ok("artifact get main::text::s -o x", 5)
  check.ok(err:find "^rille: object %x%x%x%x%x%x%x%x%x%x%x%x is damaged: ", err)
  check.has(err, '\n  repaired when its step, "text", runs again: rille run FILE --no-cache\n')
  check.eq(p:read "x", nil)
  p:ok("run main.lua -q --no-cache")
  p:ok("artifact get main::text::s -o x")
  check.eq(#p:read "x", 12000)
  p:sh "rm -f .rille/objects/*/*"
  _, err = p:ok("artifact get main::text::s -o y", 5)
  check.has(err, "is not in ")
  check.has(err, "runs again: rille run FILE --no-cache\n")
end)

check.done()
