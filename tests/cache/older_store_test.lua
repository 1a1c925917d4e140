-- older_store_test: a store that an older program made: it is backed up and brought up to
-- date, its history is told by what it recorded, and what it did not record is unknown.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local MAIN <const> = [[
local rille = require "rille"
local t = rille.types
local a = rille.step "a" { params = { v = 1 }, outputs = { t.string "x" }, run = function(p) return "I am a " .. p.v end }
local b = rille.step "b" { params = { v = 1 }, outputs = { t.string "x" }, run = function(p) return "I am b " .. p.v end }
local c = rille.step "c" { inputs = { t.string "x" }, outputs = { t.string "x" }, run = function(x) return x .. "!" end }
return rille.pipeline "p" { params = { v = 1, w = 1 }, define = function(p)
  c { x = b { v = p.w } }
  a { v = p.v }
end }
]]

-- A project whose store is of format 2.
local function project_of()
  local p = scratch.new()
  local schema = scratch.read "../../host/meta/schema.sql"
  local blocks = schema:match "\n(%-%- version 1\n.-)\n%-%- version 3\n"
  p:write("main.lua", MAIN)
  p:sh "mkdir -p .rille"
  p:write(".rille/config.yaml", "format: 1\n")
  p:write("old.sql", blocks .. "\npragma user_version = 2; pragma application_id = 1919511660;\n"
    .. scratch.read "older_store.sql")
  local r = p:sh "sqlite3 .rille/meta.db < old.sql && sqlite3 .rille/meta.db 'pragma journal_mode=wal'"
  check.eq(r.code, 0, r.err)
  return p
end

-- The same after the first run of this program.
local function opened()
  local p = project_of()
  p:ok("run main.lua -q --name s5")
  return p
end

local function steps_of(p, run)
  local parts = {}
  for i, step in ipairs(json.decode(p:ok("show " .. run .. " --json")).steps) do
    local preview
    for _, out in pairs(step.outputs) do preview = p:ok("artifact get " .. out.digest) end
    parts[i] = step.id .. " = " .. (preview or "?")
  end
  return table.concat(parts, ", ")
end

check.test("a store of format 2 is told to be old, then copied and brought up to date", function()
  local p <close> = project_of()
  local before = p:sh "sqlite3 .rille/meta.db .dump".out
  check.has(p:rille("runs").err, "the next run brings it up to date")
  p:ok("run main.lua -q --name s5")
  check.eq(p:sh "sqlite3 .rille/meta.db.v2.bak .dump".out, before)
  check.has(p:ok("fsck"), " 0 problems")
  check.eq(#json.decode(p:ok("runs --json")).items, 10)
end)

check.test("a store of format 4 is brought up to date, and gets room for what runs need not find again", function()
  local p <close> = scratch.new()
  p:write("main.lua", MAIN)
  p:ok("run main.lua -q --name one")
  check.eq(p:sh [[sqlite3 .rille/meta.db "drop table memo; drop table node_memo; pragma user_version = 4"]].err, "")
  p:ok("run main.lua -q --name two")
  check.eq(p:sh "sqlite3 .rille/meta.db 'pragma user_version; select count(*) from memo, node_memo where 0'".out,
    "5\n0\n")
  check.eq(p:sh "sqlite3 .rille/meta.db.v4.bak 'pragma user_version'".out, "4\n")
  check.eq(p:json("show two").counts.cached, 3)
end)

check.test("while a run of the older program goes on, the store stays as it is", function()
  local p <close> = project_of()
  local before = p:sh "sqlite3 .rille/meta.db .dump".out
  local r = p:sh [[mkdir -p .rille/runs
    exec 7>.rille/runs/0123456789abcdef0123456789abcd77.lock && flock 7
    "$RILLE" run main.lua -q --name s5 7>&-; echo $?]]
  check.eq(r.out, "4\n")
  check.has(r.err, "was written by an older rille (format 2), and one of its runs is still going; once it has ended")
  check.eq(p:sh "sqlite3 .rille/meta.db .dump".out, before)
  p:ok("run main.lua -q --name s5")
  check.eq(p:json("show s5").status, "completed")
end)

check.test("an older program that had the store open begins no run in it once it is up to date", function()
  local p <close> = opened()
  local r = p:sh([[sqlite3 .rille/meta.db "insert into run(id, name, pipeline, number, spec, status, started,
    stack, cache, unlisted, first_step, tags) select 'f' || substr(id, 2), 'old', pipeline, 99, spec, 'running', 1, stack, 1, 0, 1, '[]'
    from run limit 1"]])
  check.has(r.err, "a newer rille has brought this store up to date; update rille")
  check.eq(#p:json("runs --status running").items, 0)
end)

check.test("tags of runs and artifacts are the same as before, in their order", function()
  local p <close> = project_of()
  check.eq(p:sh([[sqlite3 .rille/meta.db "update run set tags = '[\"z\",\"a\"]' where name = 's1';
    insert into tagging(version, tag, added, time) values(1, 'x', 1, 5), (1, 'y', 1, 6), (1, 'x', 0, 7), (2, 'x', 1, 8)"]]).err, "")
  p:ok("run main.lua -q --name s5")
  check.eq({ p:json("show s1").tags, p:json("show s2").tags, #p:json("runs --tag a").items }, { { "z", "a" }, {}, 1 })
  check.eq(p:sh("sqlite3 .rille/meta.db \"select tag, row from tagged where kind = 'artifact' order by row\"").out,
    "y|1\nx|2\n")
end)

check.test("runs have the metrics of their steps, hits too, which an older program looked for in the traces", function()
  local p <close> = project_of()
  check.eq(p:sh([[sqlite3 .rille/meta.db "update step_run set metrics = '{\"acc\":0.5}'
      where node = 'a' and run = (select row from run where name = 's1');
    insert into metric(name, step_run, value) select 'acc', id, 0.5 from step_run where metrics is not null;"]]).err, "")
  p:ok("run main.lua -q --name s5")
  local function names(where)
    local list = {}
    for i, one in ipairs(p:json("runs --where '" .. where .. "'").items) do list[i] = one.name end
    return table.concat(list, " ")
  end
  check.eq({ names "metric.acc = 0.5", names "metric.a.acc > 0.4", names "metric.b.acc > 0" },
    { "s2 s1", "s2 s1", "" })
end)

check.test("a run whose nodes were defined in another order has its own steps", function()
  local p <close> = opened()
  check.eq(steps_of(p, "s1"), "b = I am b 1, c = I am b 1!, a = I am a 1")
  check.eq(steps_of(p, "s2"), "a = I am a 1, b = I am b 1, c = I am b 1!")
  check.eq(steps_of(p, "s3"), "a = I am a 2, b = I am b 1, c = I am b 1!")
  check.eq(steps_of(p, "s4"), "a = I am a 2, b = I am b 2, c = I am b 2!")
  check.eq(steps_of(p, "s5"), "b = I am b 1, c = I am b 1!, a = I am a 1")
  check.has(p:ok("show s4/b"), '"I am b 2"')
  check.has(p:ok("why a --run s3"), "parameter v 1 -> 2")
  local drawn = json.decode(p:ok("graph s3 --json"))
  for _, node in ipairs(drawn.nodes) do if node.id == "a.x" then check.eq(node.details.preview, '"I am a 2"') end end
  p:write("ask.lua",
    'local r = require "rille".pipelines.p.runs\nprint(r[2].steps.a.outputs.x:load(), r[3].steps.c.outputs.x:load())')
  check.eq(p:ok("-q ask.lua"), "I am a 1\tI am b 1!\n")
end)

check.test("what took nothing but results of one step in two nodes is unknown", function()
  local p <close> = project_of()
  -- two nodes of one step, taken in the other order: no row says which is which
  p:write("more.sql", [[
insert into pipeline values(50, 'two', null);
insert into pipeline_spec values(50, 50, x'00', 1, x'7202020478783139046D616B65000101780478783238046D616B6500010178');
insert into step_run(id, run, node, step, position, status, reusable) values(101, 51, 'xx19', 'make', 1, 'completed', 1), (102, 51, 'xx28', 'make', 2, 'completed', 1);
insert into run(row, id, name, pipeline, number, spec, status, started, cache, unlisted, first_step, last_step, trace)
  values(51, '0123456789abcdef0123456789abcd51', 'two1', 50, 1, 50, 'completed', 1, 1, 0, 101, 102, x'72020201CA0102'),
    (52, '0123456789abcdef0123456789abcd52', 'two2', 50, 2, 50, 'completed', 2, 1, 0, 103, 102, x'72020202CC0101');
]])
  check.eq(p:sh("sqlite3 .rille/meta.db < more.sql").err, "")
  p:ok("run main.lua -q --name s5")
  check.eq(json.decode(p:ok("show two1 --json")).steps[1].id, "xx19")
  local steps = json.decode(p:ok("show two2 --json")).steps
  check.eq({ #steps, steps[1].id, steps[2].id }, { 2, "unknown", "unknown" })
  -- both ran: which of them a node of the drawing is, is unknown, not "not run"
  local seen = {}
  for _, node in ipairs(json.decode(p:ok("graph two2 --json")).nodes) do
    if node.kind == "step" then seen[#seen + 1] = node.id .. " " .. node.status end
  end
  table.sort(seen)
  check.eq(seen, { "xx19 unknown", "xx28 unknown" })
  check.ok(not p:ok("graph two2"):find("not run", 1, true))
end)

check.test("lineage goes by the wiring and the traces that an older program kept", function()
  local p <close> = opened()
  local function lineage(what)
    local parts = {}
    for i, one in ipairs(json.decode(p:ok("lineage " .. what .. " --json")).items) do
      parts[i] = one.step .. " " .. one.run .. (one.cached_from and "<" .. one.cached_from or "")
    end
    return table.concat(parts, ", ")
  end
  check.eq(lineage "B::report::text", "report b2, weather b2<b1/weather")
  check.eq(lineage "A::count::n", "count a1, patients a1")
  check.eq(lineage "A::patients::secret_data --down", "count a1")
  -- named when it was taken from the cache of another pipeline
  check.eq(lineage "H::count::n", "count h1<a1/count, say h1")
  check.eq(lineage "H::say::s --down", "count h1<a1/count")
  check.eq(lineage "p::c::x@2", "c s4, b s4")
  -- what it was taken from as an external was not recorded
  check.eq(lineage "e::use::y", "use e1")
  check.has(p:ok("lineage e::use::y"), "unknown")
  check.has(p:ok("show H::count::n"), "h1/count")
end)

check.done()
