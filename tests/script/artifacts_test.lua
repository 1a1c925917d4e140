-- Artifacts: which materializer keeps one, as what it is loaded, under which name
-- and tags it is found; runs and pipelines in listings.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

local function project(text)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  return p
end

local function ok(p, args, code)
  local r = p:rille(args)
  check.eq(r.code, code or 0, args .. ": " .. r.err .. r.out)
  return r.out, r.err
end

local function ask(p, args) return json.decode((ok(p, args .. " --json"))) end

local function edit(p, from, to)
  local text = p:read "main.lua"
  local a, b = text:find(from, 1, true)
  check.ok(a, "main.lua has no " .. from)
  p:write("main.lua", text:sub(1, a - 1) .. to .. text:sub(b + 1))
end

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

-- Which materializer --------------------------------------------------------------

-- Two materializers of class P, and one that covers P and Q.
local function two(options, port)
  return [[
    local P, Q = { __name = "P" }, { __name = "Q" }
    local function make(name, class) return rille.materializer(name) { class = class, version = 1,
      save = function(v, art) art:write(name, getmetatable(v).__name) end,
      load = function(art) return setmetatable({}, art:read(name) == "P" and P or Q) end } end
    local one, other = make("one", P), make("other", { P, Q })
    local s = step "s" { outputs = { t.]] .. (port or "any") .. [[ "v" }, run = function() return setmetatable({}, P) end, ]] .. (options or "") .. [[ }
    local q = step "q" { outputs = { t.any "v" }, run = function() return setmetatable({}, Q) end }
    return pipeline "main" { define = function() s {} q {} end }]]
end

-- A pipeline with a value of class C, whose materializer's load gives the text.
local function loading(by, gives, rest)
  return project([[
    local C, D = { __name = "C" }, { __name = "D" }
    rille.materializer "thing" { ]] .. by .. [[, version = 1, save = function(v, art) art:write("x", "x") end, load = function(art) return ]] .. gives .. [[ end }
    local s = step "s" { outputs = { t.any "v" }, run = function() return setmetatable({}, C) end }
    local use = step "use" { inputs = { t.any "v" }, run = function(v) end }
    local p = pipeline "main" { define = function() ]] .. (rest or "s {}") .. [[ end }
    local ok, message = pcall(function() return p:run().steps.s.output:load() end)
    print(ok and "fine" or message)]])
end

check.test("what a materializer's load returns is of its class; one with claims may return what it likes", function()
  local wrong = 'materializer "thing" (main.lua:4): load returned the integer 5, which is not of its class'
  local p <close> = loading("class = C", "5")
  check.has(ok(p, "main.lua -q"), wrong)
  local other <close> = loading("class = C", "setmetatable({}, D)")
  check.has(ok(other, "main.lua -q"), 'materializer "thing" (main.lua:4): load returned a value of class D, which is not of its class')
  local claimed <close> = loading("claims = function(v) return getmetatable(v) == C end", "5")
  check.eq(ok(claimed, "main.lua -q"), "fine\n")
  local both <close> = loading("class = { C, D }", "setmetatable({}, D)")
  check.eq(ok(both, "main.lua -q"), "fine\n")
  local input <close> = loading("class = C", "5", "use(s {})")
  local out, err = ok(input, "main.lua -q")
  check.has(out .. err, wrong)
end)

local function saved_by(p, name) return ask(p, "artifact show main::" .. name .. "::v").materializer end

check.test("a materializer may cover several classes; where two cover one, the step's field or the port's type says which", function()
  local p <close> = project(two "materializers = one")
  ok(p, "run main.lua -q")
  check.eq({ saved_by(p, "s"), saved_by(p, "q") }, { "one", "other" })
  p:write("main.lua", HEAD .. two("materializers = { v = other }"))
  ok(p, "run main.lua -q")
  check.eq(saved_by(p, "s"), "other")
  p:write("main.lua", HEAD .. two(nil, "one"))
  ok(p, "run main.lua -q")
  check.eq(saved_by(p, "s"), "one")
  p:write("main.lua", HEAD .. two "")
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, 'output "v": a value of class P has two materializers, one and other; choose one with :with { materializers = ... } or by the port\'s type, t.one or t.other')
end)

check.test("the node's choice goes before the port's type, the step's field and the value's class", function()
  local p <close> = project((two("materializers = one", "one"):gsub("s {} q", "s:with { materializers = other } {} q")))
  ok(p, "run main.lua -q")
  check.eq(saved_by(p, "s"), "other")
end)

check.test("a choice that is not for the value, and two that claim it, are errors of the step", function()
  local p <close> = project((two():gsub("s {} q {}", "q:with { materializers = one } {}")))
  local _, err = ok(p, "run main.lua -q", 1)
  check.has(err, 'output "v": materializer "one", which the node chose, is not for a value of class Q')
  p:write("main.lua", HEAD .. [[
    local function make(name) rille.materializer(name) { claims = function(v) return type(v) == "table" end, version = 1,
      save = function(v, art) art:write("v", "") end, load = function() return {} end } end
    make "one" make "other"
    local s = step "s" { outputs = { t.table "v" }, run = function() return {} end }
    return pipeline "main" { define = function() s {} end }]])
  _, err = ok(p, "run main.lua -q", 1)
  check.has(err, 'output "v": a table has two materializers, one and other')
end)

check.test("a materializer of the project goes before the built-in one", function()
  local p <close> = project [[
    local frame = require "rille.frame"
    rille.materializer "tsv" { claims = frame.is, version = 1, save = function(f, art) art:write("rows.tsv", f.n_rows .. "\t") end,
      load = function(art) return frame.new { { "n", { 1 } } } end }
    local s = step "s" { outputs = { t.frame "v" }, run = function() return frame.new { { "n", { 1 } } } end }
    local u = step "u" { inputs = { t.frame "f" }, outputs = { t.integer "v" }, run = function(f) return f.n_rows end }
    return pipeline "main" { define = function() u(s()) end }]]
  ok(p, "run main.lua -q")
  check.eq({ saved_by(p, "s"), (ok(p, "artifact get main::u::v")) }, { "tsv", "1" })
end)

check.test("wrong fields of a materializer are mistakes at its line", function()
  local function wrong(text, message)
    local p <close> = project(text)
    local _, err = ok(p, "run main.lua", 3)
    check.has(err, "main.lua:3: ")
    check.has(err, message)
  end
  local BODY = " version = 1, save = print, load = print }"
  wrong("rille.materializer 'm' { claims = print, views = { 1 }," .. BODY, 'materializer "m": the name of a view is a string, found the integer 1')
  wrong("rille.materializer 'm' { claims = print, views = { frame = 1 }," .. BODY, 'materializer "m": views.frame is a function, found the integer 1')
  wrong("rille.materializer 'm' { claims = print, veiws = {}," .. BODY, 'materializer "m": unknown field "veiws"; did you mean "views"?')
  wrong("rille.materializer 'm' { claims = print, class = {}," .. BODY, 'give either class (a metatable or a list of them) or claims')
  wrong("rille.types.matrix 'X' { tags = 'raw' }", 'port "X": tags is a list of strings, found the string "raw"')
  wrong("rille.types.matrix 'X' { tags = { 'a b' } }", 'port "X": a tag is a string without blanks, @ and commas, found the string "a b"')
  wrong("rille.types.matrix 'X' { name = '' }", 'port "X": name is not empty')
end)

-- Views ------------------------------------------------------------------------------

local VIEWS = [[
local array, frame = require "rille.array", require "rille.frame"
local P = { __name = "P" }
rille.materializer "point" { class = P, version = 1,
  save = function(v, art) art:write("p.txt", v.x .. " " .. v.y) art:meta { x = v.x } end,
  load = function(art) local x, y = art:read "p.txt":match "(%S+) (%S+)" return setmetatable({ x = x, y = y }, P) end,
  views = { table = function(art) return { art:read "p.txt" } end } }
local other = rille.materializer "text" { claims = function() return false end, version = 1, save = function() end,
  load = function(art) return "read " .. art:read "p.txt" end }
local s = step "s" {
  outputs = { t.matrix "m", t.frame "f", t.table "columns", t.list(t.table) "records", t.list(t.integer) "l", t.any "p" },
  run = function()
    return array.from { { 1, 2 }, { 3, 4 } }, frame.new { { "a", { 1, 2 } }, { "b", { "x", "y" } } }, { u = { 1, 2 }, v = { 3, 4 } },
      { { k = 1, w = "a" }, { k = 2, w = "b" } }, { 7, 8 }, setmetatable({ x = 1, y = 2 }, P)
  end }
local main = pipeline "main" { define = function() s {} end }
local o = main:run {}.steps.s.outputs
local function try(f, ...) local fine, message = pcall(f, ...) print(fine, (tostring(message):gsub("^.-: ", "", 1))) end
]]

local function view(text)
  local p <close> = project(VIEWS .. text)
  return (ok(p, "main.lua -q"))
end

check.test("an artifact is loaded as another type where there is a way", function()
  check.eq(view [[
    local f = o.m:load { as = "frame" }
    print(f.columns[1], f.columns[2], f:column "c2"[2], #o.m:load { as = "list" }, o.m:load { as = t.matrix }.shape[2])
    print(o.f:load { as = "list" }[2].b, o.f:load { as = "table" }.a[2], o.f:load().n_rows)
    print(o.columns:load { as = "frame" }:column "v"[1], o.records:load { as = "frame" }:column "w"[2], o.l:load { as = "vector" }[2])
  ]], "c1\tc2\t4\t2\t2\ny\t2\t2\n3\tb\t8\n")
end)

check.test("a materializer's own views, another materializer, and the members as they are", function()
  check.eq(view [[
    print(o.p:load { as = "table" }[1], o.p:load { as = "text" }, o.p:load { as = other }, o.p:load { as = "bytes" })
    print(o.p:load { as = "file" }:read(), o.p:load { as = "file" }.name, #o.f:load { as = "dir" }:files())
  ]], "1 2\tread 1 2\tread 1 2\t1 2\n1 2\tp.txt\t3\n")
end)

check.test("a view that there is not, or that does not fit, says so", function()
  check.eq(view [[
    try(o.m.load, o.m, { as = "fram" })
    try(o.m.load, o.m, { as = 5 })
    try(o.m.load, o.m, { is = "frame" })
    try(o.l.load, o.l, { as = "matrix" })
    try(o.l.load, o.l, { as = "frame" })
    try(o.f.load, o.f, { as = "bytes" })
  ]], [[
false	an artifact of type "array" cannot be loaded as "fram"; did you mean "frame"?
false	artifact:load: as is the name of a type, as in { as = "frame" }, a type or a materializer, found the integer 5
false	artifact:load: unknown field "is"; did you mean "as"?
false	expected a matrix (an array of two dimensions), found a vector of 2
false	a frame is made of a list of records or of a table of lists, found a list of numbers
false	the artifact has 3 members (columns/1.npy, columns/2.json, frame.json); load it as "dir", or read one by artifact:bytes("columns/1.npy")
]])
end)

check.test("a step that loads an artifact which it captures is not cached, and says so", function()
  local p <close> = project [[
    local make = step "make" { outputs = { t.integer "n" }, run = function() return 1 end }
    local first = pipeline "first" { define = function() make() end }
    local a = first:run {}.steps.make.output
    local s = step "s" { outputs = { t.integer "n" }, run = function() return a:load() + 1 end }
    pipeline "main" { define = function() s() end }:run {}]]
  local _, err = ok(p, "main.lua")
  check.has(err, "note s: not cached: it uses artifact:load")
end)

check.test("a loaded array is read only, small or large", function()
  for _, n in ipairs { 3, 20000 } do
    local p <close> = project([[
      local array = require "rille.array"
      local make = step "make" { outputs = { t.vector "v" }, run = function() return array.ones { ]] .. n .. [[ } end }
      local s = step "s" { inputs = { t.vector "v" }, outputs = { t.number "n" }, run = function(v) v:set(1, 5) return v:sum() end }
      return pipeline "main" { define = function() s(make()) end }]])
    local _, err = ok(p, "run main.lua -q", 1)
    check.has(err, "main.lua:5: the array is read only, as all that is loaded; change a copy: a:copy()")
    edit(p, "v:set", "v = v:copy() v:set")
    ok(p, "run main.lua -q")
    check.eq(ok(p, "artifact get main::s::n"), n + 4 .. ".0")
  end
end)

-- Previews -----------------------------------------------------------------------------

check.test("previews of built-in types are made when saving, and shown", function()
  local p <close> = project [[
    local array, frame = require "rille.array", require "rille.frame"
    local s = step "s" { outputs = { t.matrix "m", t.frame "f", t.table "t", t.list(t.integer) "l", t.string "s", t.bytes "b", t.vector "big" },
      run = function() return array.from { { 1, 2 }, { 3, 6 } }, frame.new { { "a", { 1 } } }, { lr = 0.1, deep = { 1, { 2 } } }, { 1, 2 },
        ("line\n"):rep(20), "\0\1", array.zeros { 200000 } end }
    return pipeline "main" { define = function() s {} end }]]
  ok(p, "run main.lua -q")
  local function preview(name) return ask(p, "artifact show main::s::" .. name).preview end
  check.has(preview "m", "i64 array of 2 x 2, 1 to 6, mean 3\n[[1  2]\n [3  6]]")
  check.has(preview "f", "frame of 1 row and 1 column\n")
  check.eq(preview "t", "table with 2 fields: deep = {1, {…}}, lr = 0.1")
  check.eq(preview "l", "list of 2: 1, 2")
  check.eq(preview "s", "100 bytes, 20 lines: line")
  check.eq(preview "b", "2 bytes")
  check.eq(preview "big", "f64 array of 200000")
  check.has(ok(p, "show main@-1/s"), "  i64 array of 2 x 2, 1 to 6, mean 3\n")
end)

-- Names, versions, tags ----------------------------------------------------------------

local COUNTER = [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter", tags = { "raw" } } }, run = function(p) return p.n end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]

check.test("versions are reached by number, from the end and by tag; 10 comes after 9", function()
  local p <close> = project(COUNTER)
  for n = 1, 10 do ok(p, "run main.lua -q --set n=" .. n * 2) end
  local function get(which) return (ok(p, "artifact get counter" .. which)) end
  check.eq({ get "", get "@10", get "@9", get "@-1", get "@-3" }, { "20", "20", "18", "20", "16" })
  ok(p, "artifact tag counter@4 best checked")
  check.eq(get "@best", "8")
  check.eq(get "@raw", "20", "the newest that has it")
  check.has(select(2, ok(p, "artifact get counter@11", 3)), "artifact counter has no version 11; the newest is 10")
  check.has(select(2, ok(p, "artifact get counter@bets", 3)), 'no version of artifact counter has the tag "bets"')
  check.eq(fields(ask(p, "artifact list --tag best").items, "version"), "4")
  check.eq(fields(ask(p, "artifact list --tag raw").items, "version"), "10 9 8 7 6 5 4 3 2 1")
end)

check.test("tags are put on and taken off, and a port's tags do not come back", function()
  local p <close> = project(COUNTER)
  ok(p, "run main.lua -q")
  check.eq(ask(p, "artifact show counter").tags, { "raw" })
  check.eq(ok(p, "artifact tag counter best raw"), "counter version 1: 1 tag put on; it has best, raw\n")
  check.eq(ok(p, "artifact untag counter raw"), "counter version 1: 1 tag taken off; it has best\n")
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q --no-cache")
  check.eq(ask(p, "artifact show counter").tags, { "best" })
  check.eq(p:sh("sqlite3 .rille/meta.db 'select tag, added from tagging order by id'").out, "raw|1\nbest|1\nraw|0\n", "all that was done is kept")
  check.has(ok(p, "artifact show counter"), "tags        best")
end)

check.test("a result from the cache gets the name and the tags that its port says now", function()
  local p <close> = project(COUNTER)
  ok(p, "run main.lua -q")
  edit(p, '"counter", tags = { "raw" }', '"renamed", tags = { "raw", "new" }')
  local out = ok(p, "run main.lua --json")
  check.has(out, '"cached":1')
  check.eq({ ok(p, "artifact get renamed"), (ok(p, "artifact get counter")) }, { "0", "0" })
  check.eq(ask(p, "artifact show renamed").tags, { "new", "raw" })
  ok(p, "run main.lua -q")
  check.eq(ask(p, "artifact list").items, ask(p, "artifact list").items)
  check.eq(fields(ask(p, "artifact list").items, "version"), "1 1", "once")
end)

check.test("a pipeline or step of another name that takes all from the cache names it", function()
  local p <close> = project [[
    local s = step "s" { outputs = { t.integer "n" }, run = function() return 1 end }
    return pipeline "main" { define = function() s {} end }]]
  ok(p, "run main.lua -q")
  edit(p, '"main"', '"again"')
  edit(p, "s {}", 's:with { id = "t" } {}')
  check.has(ok(p, "run main.lua --json"), '"cached":1')
  check.eq(fields(ask(p, "artifact list").items, "name"), "again::t::n main::s::n")
end)

check.test("artifacts are listed by type, pipeline, time, name and text, page by page", function()
  local p <close> = project [[
    local s = step "s" { outputs = { t.integer "n", t.string "text", t.table "settings" { name = "shared" } },
      run = function() return 1, ("long 100% "):rep(9), { rate = 0.25 } end }
    return pipeline "main" { define = function() s {} s:with { id = "z" } {} end }]]
  ok(p, "run main.lua -q")
  local function names(args) return fields(ask(p, "artifact list " .. args).items, "name") end
  check.eq(names "", "main::s::n main::s::text main::z::n main::z::text shared")
  check.eq(names "main::s", "main::s::n main::s::text")
  check.eq(names "--type table", "shared")
  check.eq(names "--pipeline main", "main::s::n main::s::text main::z::n main::z::text shared")
  check.eq({ names "--pipeline none", names "--since 2999-01-01", names "--name S%" }, { "", "", "" })
  check.eq(names "--since 1h --name TEXT", "main::s::text main::z::text")
  check.eq({ names "--search 100%", names "--search rate" }, { "main::s::text main::z::text", "shared" })
  local page = ask(p, "artifact list --limit 3")
  check.eq({ #page.items, page.next }, { 3, "main::z::n" })
  page = ask(p, "artifact list --limit 3 --cursor " .. page.next)
  check.eq({ fields(page.items, "name"), page.next }, { "main::z::text shared", nil })
end)

check.test("history has versions and tags, and puts tags on", function()
  local p <close> = project(COUNTER .. [[]])
  edit(p, "return pipeline", "local main = pipeline")
  p:write("main.lua", p:read "main.lua" .. [[
    for n = 1, 3 do main:run { params = { n = n } } end
    local a = rille.artifact "counter@2"
    print(a.version, a.name, a.materializer, #a.versions, a.versions[3].version, a.tags[1], a:tag("best"), a:tag("best"), a.tags[1], rille.artifact "counter@best":load())
    print(a:untag("best"), #a.tags, pcall(a.tag, a), pcall(a.tag, a, "7"))]])
  check.has(ok(p, "main.lua -q"), "2\tcounter\tinteger\t3\t3\traw\t1\t0\tbest\t2\n1\t1\tfalse\tfalse\tmain.lua:")
end)

-- Runs and pipelines ---------------------------------------------------------------------

local METRICS = [[
local train = step "train" { params = { gamma = 0.1, kernel = "rbf" }, outputs = { t.number "m" }, run = function(p, ctx)
  if p.gamma > 1 then error "too large" end
  ctx:log_metric { acc = 1 - p.gamma }
  return p.gamma end }
local score = step "score" { inputs = { t.number "m" }, outputs = { t.number "s" }, cache = false, run = function(m, _, ctx) ctx:log_metric { loss = m, ["f 1"] = 2 * m } return m end }
return pipeline "main" { params = { gamma = 0.1, kernel = "rbf" }, define = function(p) score(train { gamma = p.gamma, kernel = p.kernel }) end }]]

local function with_runs(body)
  local p <close> = project(METRICS)
  for name, args in pairs { a = "--set gamma=0.1", b = "--set gamma=0.3 --tag good", c = "--set gamma=0.2 --set kernel=poly --tag good --tag late" } do
    p:write(name .. ".sh", '"$RILLE" run main.lua -q --name ' .. name .. " " .. args)
  end
  check.eq(p:sh("sh a.sh && sh b.sh && sh c.sh && \"$RILLE\" run main.lua -q --name again --set gamma=0.3").code, 0)
  ok(p, "run main.lua -q --name wrong --set gamma=2", 1)
  body(p, function(args) return fields(ask(p, "runs " .. args).items, "name") end)
end

check.test("runs are chosen by status, tag, time and a condition, and put in order", function()
  with_runs(function(p, names)
    check.eq(names "", "wrong again c b a")
    check.eq({ names "--status failed", names "--tag good", names "--tag goo", names "--since 1h --tag late", names "--since 2999-01-01" }, { "wrong", "c b", "", "c", "" })
    check.eq(names "--where 'params.gamma > 0.15 and status = completed'", "again c b")
    check.eq(names "--where 'metric.acc >= 0.8'", "c a")
    check.eq(names "--where 'metric.acc = 0.7'", "again b", "a metric of a step that was taken from the cache counts")
    check.eq(names "--where 'not (tag = good or name = a)'", "wrong again")
    check.eq(names "--where 'params.kernel != rbf'", "c")
    check.eq(names [[--where 'metric."f 1" < 0.3 and pipeline = "main"']], "a")
    check.eq({ names "--where 'metric.acc = null'", names "--where 'params.kernel > 3'" }, { "wrong", "" })
    check.eq(names "--sort metric.acc", "a c again b wrong")
    check.eq(names "--sort metric.loss:asc", "a c b again wrong")
    check.eq(names "main --sort params.gamma --where 'metric.acc != null'", "again b c a")
  end)
end)

check.test("a listing goes on where the page before ended, in every order, and shows what was asked for", function()
  with_runs(function(p, names)
    for _, order in ipairs { "", "main", "--sort metric.acc", "main --where 'number > 1' --sort seconds" } do
      local all, got, cursor = names(order), {}, nil
      repeat
        local page = ask(p, "runs " .. order .. " --limit 2" .. (cursor and " --cursor " .. cursor or ""))
        got[#got + 1] = fields(page.items, "name")
        cursor = page.next
      until not cursor
      check.eq(table.concat(got, " "):gsub(" $", ""), all, order)
    end
    check.eq(ask(p, "runs --sort metric.acc --limit 1").items[1].values, { ["metric.acc"] = 0.9 })
    check.has(ok(p, "runs --where 'metric.acc > 0.85'"), "metric.acc")
    check.has(ok(p, "runs --limit 2"), "more: the same with --cursor")
  end)
end)

check.test("unlisted runs are kept out of listings and of history, and found by name", function()
  local p <close> = project(COUNTER)
  ok(p, "run main.lua -q --name seen")
  ok(p, "run main.lua -q --name hidden --unlisted --set n=2")
  check.eq(fields(ask(p, "runs").items, "name"), "seen")
  check.eq(fields(ask(p, "runs --unlisted").items, "name"), "hidden seen")
  check.eq({ ask(p, "show hidden").name, ask(p, "show main@-1").name, ask(p, "pipeline list").items[1].runs }, { "hidden", "seen", 1 })
  p:write("look.lua", 'local main = require "rille".pipelines.main print(#main.runs, main.runs[-1].name, main:latest().name)')
  check.eq(ok(p, "look.lua"), "1\tseen\tseen\n")
end)

check.test("a pipeline shows the versions of its wiring, and what changed", function()
  local p <close> = project [[
    local a = step "a" { outputs = { t.integer "n" }, run = function() return 1 end }
    local b = step "b" { inputs = { t.integer "n" }, outputs = { t.integer "n" }, run = function(n) return n end }
    return pipeline "main" { define = function() b(a()) end }]]
  ok(p, "run main.lua -q")
  edit(p, "b(a())", 'local x = b(a()) b:with { id = "c" } (x)')
  ok(p, "run main.lua -q")
  edit(p, '(x)', '(a:with { id = "d" } ())')
  ok(p, "run main.lua -q")
  local versions = ask(p, "pipeline show main").versions
  check.eq({ #versions, versions[1].changes, versions[2].changes, versions[3].changes, versions[2].runs }, { 3, {}, { "+ c" }, { "+ d", "~ c takes n <- d, took n <- b" }, 1 })
  check.has(ok(p, "pipeline show main"), "+ d; ~ c takes n <- d, took n <- b")
end)

check.test("a deleted pipeline's runs stay, unlisted; its name is free and begins anew", function()
  local p <close> = project [[
    local s = step "s" { params = { n = 1 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
    return pipeline "main" { params = { n = 1 }, define = function(p) s { n = p.n } end }]]
  ok(p, "run main.lua -q --name one")
  edit(p, "s { n = p.n }", 's { n = p.n } s:with { id = "t" } { n = p.n }')
  ok(p, "run main.lua -q --name 'run-{n}'")
  check.eq(ask(p, "pipeline show main").version, 2)
  check.eq(ok(p, "pipeline delete main --yes"), "pipeline main is deleted; its 2 runs, now unlisted, are found by their names\n")
  check.eq({ #ask(p, "runs").items, #ask(p, "pipeline list").items, fields(ask(p, "runs --unlisted").items, "name") }, { 0, 0, "run-2 one" })
  check.eq({ ask(p, "show one").pipeline, (ok(p, "artifact get main::s::n")) }, { "main", "1" })
  ok(p, "runs main", 3)
  ok(p, "pipeline delete main --yes", 3)
  check.has(ok(p, "run main.lua --json --name 'run-{n}'"), '"cached":2')
  check.eq({ ask(p, "pipeline show main").version, ask(p, "pipeline list").items[1].runs, ask(p, "show main@-1").name }, { 1, 1, "run-3" })
  ok(p, "run main.lua -q --set n=2")
  check.eq(ask(p, "artifact show main::s::n").version, 2, "versions of artifacts go on")
  ok(p, "fsck")
end)

check.test("a pipeline with a run that is going on is not deleted", function()
  local p <close> = project [[
    local s = step "s" { run = function() os.execute "\"$RILLE\" pipeline delete main --yes 2> said" end, cache = false }
    return pipeline "main" { define = function() s {} end }]]
  ok(p, "run main.lua -q")
  check.has(p:read "said", "pipeline 'main' has a run that is running; stop it first")
  check.eq(ask(p, "pipeline list").items[1].runs, 1)
end)

-- What there is ---------------------------------------------------------------------------

check.test("rille types lists what ports may be and what keeps them, of a script too", function()
  local p <close> = project [[
    rille.materializer "point" { doc = "A point.", class = { __name = "P" }, version = 3, save = print, load = print }
    rille.interface "walker" { methods = { "walk" } }]]
  local by_name = {}
  for _, one in ipairs(ask(p, "types main.lua").items) do by_name[one.name] = one end
  check.eq(by_name.point, { name = "point", accepts = "point", materializer = "point", version = 3, own = true, at = "main.lua:3", doc = "A point." })
  check.eq({ by_name.matrix.materializer, by_name.any.materializer, by_name.walker.accepts }, { "array", nil, "walker (a value with methods walk)" })
  local text = ok(p, "types")
  check.has(text, "matrix        array              matrix (an array of two dimensions)")
  check.ok(not text:find "point", "types of no script")
  check.has(select(2, ok(p, "types nothing.lua", 2)), "nothing.lua")
end)

check.test("a fresh project has exactly three components, with real paths", function()
  local p <close> = project(COUNTER)
  local function paths()
    local components = ask(p, "stack describe").components
    return fields(components, "kind"), components[2].path, components[3].path, components[2].exists
  end
  local kinds, objects, db, exists = paths()
  check.eq({ kinds, exists }, { "orchestrator artifact-store metadata-store", false })
  check.has(ok(p, "stack describe"), "(made by the first run)")
  ok(p, "run main.lua -q")
  check.eq({ objects, db }, { p:path ".rille/objects", p:path ".rille/meta.db" })
  check.eq(select(4, paths()), true)
  check.ok(io.open(db)):close()
  check.eq(ask(p, "metadata-store describe").path, db)
  check.has(ok(p, "artifact-store describe"), "path        " .. objects)
end)

local METRIC = [[
  local s = step "s" { params = { gamma = t.number }, outputs = { t.number "n" },
    run = function(p, ctx) ctx:log_metric { accuracy = p.gamma } return p.gamma end }
  return pipeline "main" { params = { gamma = t.number { default = 2 }, svc = t.table { default = { depth = 1 } } },
    define = function(p) s { gamma = p.gamma } end }]]

check.test("a condition or an order by what no run has says so, with the name that is meant", function()
  local p <close> = project(METRIC)
  ok(p, "run main.lua -q")
  local function says(arguments, text)
    local out, err = ok(p, "runs " .. arguments)
    check.eq(err, text)
    return out
  end
  says("--where 'params.gama > 1'", 'no run has a parameter "gama"; did you mean "gamma"?\nno run fits\n')
  says("--where 'params.svc.dept = 1'", 'no run has a parameter "svc.dept"; did you mean "svc.depth"?\nno run fits\n')
  says("--where 'metric.acuracy > 1'", 'no run has a metric "acuracy"; did you mean "accuracy"?\nno run fits\n')
  says("--where 'params.gamma > 7'", "no run fits\n")
  says("--where 'params.svc.depth > 7 or metric.accuracy > 7'", "no run fits\n")
  check.has(says("--sort metric.acuracy", 'no run has a metric "acuracy"; did you mean "accuracy"?\n'), "completed")
  check.has(says("--where 'params.gamma > 1'", ""), "completed")
end)

check.test("pipeline list keeps the names of runs whole at 80 columns", function()
  local screen = require "screen"
  local p <close> = project((METRIC:gsub('"main"', '"a_name_of_20_letters"')))
  ok(p, "run main.lua -q")
  local run = ask(p, "pipeline list").items[1].newest
  local function listed(width)
    check.eq(p:sh(string.format('TERM=dumb %s %d 24 rec -- "$RILLE" pipeline list', scratch.pty(check), width)).code, 0)
    return (screen.play(p:path "rec", { columns = width }):text():gsub("\n+$", ""))
  end
  check.eq(listed(80), string.format("%-22s%-6s%-40s%s\n%-22s%4d  %-40s%s", "pipeline", "runs", "newest run", "status", "a_name_of_20_letters", 1, run, "completed"))
  check.ok(listed(110):find(run:gsub("%-", "%%-") .. "  %d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d  completed"))
  check.has(listed(70), run)
end)

-- Damage -------------------------------------------------------------------------

check.test("artifact get of a damaged or a missing object names it once, says what mends it and exits with 5", function()
  local p <close> = project [[
    local s = step "text" { outputs = { t.string "s" }, run = function() return ("rille\n"):rep(2000) end }
    return pipeline "main" { define = function() s {} end }]]
  ok(p, "run main.lua -q")
  p:sh "f=$(ls .rille/objects/*/*); chmod u+w $f; printf x | dd of=$f bs=1 seek=20 conv=notrunc"
  local _, err = ok(p, "artifact get main::text::s -o x", 5)
  check.ok(err:find "^rille: object %x%x%x%x%x%x%x%x%x%x%x%x is damaged: ", err)
  check.has(err, '\n  it is made again when its step, "text", runs: rille run FILE --no-cache\n')
  check.eq(p:read "x", nil)
  ok(p, "run main.lua -q --no-cache")
  ok(p, "artifact get main::text::s -o x")
  check.eq(#p:read "x", 12000)
  p:sh "rm -f .rille/objects/*/*"
  _, err = ok(p, "artifact get main::text::s -o y", 5)
  check.has(err, "is not in ")
  check.has(err, "runs: rille run FILE --no-cache\n")
end)

check.done()
