-- rille.sqlite: tables and queries of SQLite files as frames, frames as SQLite files, and what a step that reads one
-- depends on.

package.path = "../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local frame = require "rille.frame"
local json = require "rille.json"
local paths = require "paths"
local scratch = require "scratch"
local sqlite = require "rille.sqlite"

local folder <close> = scratch.new()
local function path(name) return folder.dir .. "/" .. name end

local has_shell = os.execute "sqlite3 -version >/dev/null 2>&1"
local function test(name, body)
  if not has_shell then return check.skip(name, "sqlite3 is not installed") end
  check.test(name, body)
end

-- Runs SQL by the sqlite3 program; what it prints.
local function shell(db, sql)
  local p <close> = assert(io.popen("sqlite3 " .. scratch.quoted(db) .. " " .. scratch.quoted(sql) .. " 2>&1"))
  return p:read "a"
end

-- What f raises, without the position and the folder.
local function told(f, ...)
  local ok, message = pcall(f, ...)
  check.eq(ok, false)
  return (message:gsub("^[^:]+:%d+: ", ""):gsub(folder.dir .. "/", "", 9))
end

local F <const> = frame.new { { "x", { 1.5, 0 / 0, -2.0 } }, { "g", { 'a"', "", "é" } }, { "n", { 1, 2, 3 } },
  { "b", { true, false, true } }, { "bytes", { "\0\255", "x", "" } },
  { "day", frame.dates { "2026-11-22", "", "1969-01-01" } },
  { "at", frame.dates { "2026-11-22T10:30:00", "", "2026-11-22" } } }

check.test("a frame is the same when it is written and read", function()
  sqlite.write(F, path "f.sqlite")
  check.eq(sqlite.read(path "f.sqlite") == F, true)
  check.eq(sqlite.read(path "f.sqlite", "F") == F, true)
  check.eq(sqlite.encode(F) == sqlite.encode(F), true)
  local none = F:head(0)
  sqlite.write({ a = F, ["b c"] = none }, path "two.db")
  check.eq(sqlite.tables(path "two.db"), { "a", "b c" })
  check.eq(sqlite.read(path "two.db", "b c").n_rows, 0)
  check.eq(frame.read(path "two.db", { table = "a" }) == F, true)
  check.eq(frame.read(path "two.db", { query = "select n from a where n > ?", params = { 2 } }):column "n"[1], 3)
end)

test("types are those of SQLite's columns", function()
  sqlite.write(F, path "types.db", { table = "t" })
  check.eq(shell(path "types.db", "select group_concat(type) from pragma_table_info('t');"),
    "REAL,TEXT,INTEGER,BOOLEAN,TEXT,DATE,DATETIME\n")
  check.eq(shell(path "types.db", "select quote(x), quote(g), n, b, quote(bytes), day, at from t;"),
    "1.5|'a\"'|1|1|X'00FF'|2026-11-22|2026-11-22T10:30:00\nNULL|NULL|2|0|'x'||\n"
    .. "-2.0|'é'|3|1|NULL|1969-01-01|2026-11-22T00:00:00\n")
end)

test("a column has one type, which holds all of its values", function()
  shell(path "v.db", [[
    create table t(i int, big int, some int, mixed, ok bool, not_ok bool, d date, not_d date, e text);
    insert into t values(1, 9007199254740993, 1, 'a', 1, 1, '2026-01-02', '2026-01-02', null),
      (2, 2, null, 2.5, 0, 7, '2026-01-03 10:00', 'soon', null), (3, 3, 3, x'4142', 1, 0, null, null, null);]])
  local f = sqlite.read(path "v.db", "t")
  check.eq(f:column "i":totable(), { 1, 2, 3 })
  check.eq(f:column "big"[1], 9007199254740993)
  check.eq({ f:column "some".dtype, f:column "some"[3], f:is_missing "some"[2] }, { "f64", 3.0, true })
  check.eq(f:column "mixed", { "a", "2.5", "AB" })
  check.eq({ f:column "ok".dtype, f:column "not_ok".dtype }, { "bool", "i64" })
  check.eq(f:column "d":totable(), { "2026-01-02T00:00:00", "2026-01-03T10:00:00", "" })
  check.eq(f:column "not_d", { "2026-01-02", "soon", "" })
  check.eq(f:column "e", { "", "", "" })
  local q = sqlite.read(path "v.db", "select big, case when i > 1 then big end as b2 from t")
  check.eq(q:column "b2", array.from { 0 / 0, 2, 3 } == q:column "b2" and q:column "b2" or q:column "b2")
  check.eq(sqlite.read(path "v.db", "select case when i < 3 then big end as b from t"):column "b",
    { "9007199254740993", "2", "" })
end)

test("a text in UTF-16 is read as UTF-8", function()
  shell(path "wide.db", "pragma encoding='UTF-16'; create table t(s text); insert into t values('né');")
  check.eq(sqlite.read(path "wide.db"):column "s", { "né" })
end)

test("parameters are bound by place or by name", function()
  shell(path "p.db", "create table t(id int, s text); insert into t values(1, 'a'), (2, 'b;--'), (3, null);")
  local function ids(...) return sqlite.read(path "p.db", ...):column "id":totable() end
  check.eq(ids("select id from t where s = ? or id = ?", { "b;--", 1 }), { 1, 2 })
  check.eq(ids("SELECT id FROM t WHERE s = :s OR id = @id OR id = $id", { s = "a", id = 2 }), { 1, 2 })
  check.eq(ids("-- all\nselect id from t where s is ?", { json.null }), { 3 })
  check.eq(ids("with x as (select 5 as id) select id from x;", {}), { 5 })
  local function wrong(...) return told(sqlite.read, path "p.db", ...) end
  check.eq(wrong("select ?", {}), "p.db: the query has 1 parameter, found 0 values")
  check.eq(wrong("select ?", { 1, 2 }),
    "p.db: parameter 2 is given, and the query has 1: write ? where each value belongs")
  check.eq(wrong("select :a", { b = 1 }), "p.db: the query has no parameter :b")
  check.eq(wrong("select :a + :b", { b = 1 }), "p.db: the query's parameter :a has no value")
  check.eq(wrong("select ?", { {} }),
    "sqlite.read: parameter 1 is a table, expected a number, a string, a boolean or json.null")
  check.eq(wrong("select ?", 5), "sqlite.read: parameters are a list { 7 } for ?, or { id = 7 } for :id, found 5")
end)

test("mistakes say what is wrong and what to write", function()
  shell(path "m.db", "create table orders(id int, name text); create view recent as select * from orders;")
  folder:write("text.db", "id,name\n")
  folder:write("empty.db", "")
  local function wrong(...) return told(sqlite.read, ...) end
  check.eq(wrong(path "m.db", "ordrs"), 'm.db: no such table "ordrs"; did you mean "orders"?')
  check.eq(wrong(path "m.db", "select nmae from orders"), 'm.db: no such column "nmae"; did you mean "name"?')
  check.eq(wrong(path "m.db", "select id form orders"), 'm.db: near "orders": syntax error')
  check.eq(wrong(path "m.db", "drop table orders"),
    'm.db: no such table "drop table orders"; a query begins with SELECT, WITH or VALUES; available: orders, recent')
  check.eq(wrong(path "m.db", "with x as (select 1) delete from orders"),
    "m.db: the statement writes, and a query only reads")
  check.eq(wrong(path "m.db", "select 1; select 2"), "m.db: the query has a second statement: select 2")
  check.eq(wrong(path "m.db", "select id, id from orders"),
    'sqlite.read: two columns are named "id"; name one of them with AS')
  check.eq(wrong(path "m.db"), "m.db: expected a table or a query after the path; available: orders, recent")
  check.eq(wrong(path "empty.db", "t"), 'empty.db: no such table "t"; the file has no tables')
  check.eq(wrong(path "text.db", "t"), "text.db: not a SQLite database, or an encrypted one")
  check.eq(wrong(path "none.db", "t"), "none.db: No such file or directory")
  check.eq(wrong(folder.dir .. "/.", "t"), ".: not a file but a folder")
  check.eq(wrong(path "m.db", "select load_extension('x')"), "m.db: not authorized")
end)

test("a file with other tables, or of another kind, is not replaced", function()
  shell(path "keep.db", "create table a(x int); create table b(y int);")
  folder:write("notes.db", "text")
  check.eq(told(sqlite.write, F, path "keep.db", { table = "a" }),
    'keep.db: the database is there and has another table, "b", which a new file would lose; write to another path')
  check.eq(told(sqlite.write, F, path "notes.db"),
    "notes.db: the file is there and is not a SQLite database; remove it, or write to another path")
  sqlite.write(F, path "again.db", { table = "a" })
  sqlite.write(F:head(1), path "again.db", { table = "A" })
  check.eq(sqlite.read(path "again.db").n_rows, 1)
  folder:write("again.db-wal", "x")
  check.ok(told(sqlite.write, F, path "again.db", { table = "A" }):find "again.db%-wal is there")
  check.eq(told(sqlite.write, frame.new { { "a", { 1 } }, { "A", { 1 } } }, path "c.db"),
    "sqlite.write: table c: duplicate column name: A")
  check.eq(told(sqlite.write, 5, path "c.db"),
    "sqlite.write: expected a frame, or frames by the names of their tables, found 5")
end)

-- Steps ------------------------------------------------------------------------------

local SCRIPT <const> = [[
local sqlite = require "rille.sqlite"
local read = step "read" { outputs = { t.number "sum" },
  run = function() return sqlite.read("shop.db", "select sum(x) as s from t"):column "s"[1] end }
return pipeline "main" { define = function() read() end }
]]

-- The status of the step and its result.
local function run(p)
  p:ok "run main.lua"
  return p:statuses() .. " " .. p:ok("artifact get main::read::sum"):gsub("\n", "")
end

for _, mode in ipairs { "delete", "wal" } do
  test("an edit of a file in the mode " .. mode .. " misses, and no edit hits", function()
    local p <close> = scratch.script(SCRIPT)
    local db = p.dir .. "/shop.db"
    shell(db, "pragma journal_mode=" .. mode .. "; create table t(x int); insert into t values(1), (2);")
    os.execute "sleep 2.1"
    check.eq(run(p), "read=completed 3.0")
    check.eq(run(p), "read=cached 3.0")
    check.eq(shell("", "select 1"), "1\n")
    local p2 <close> = assert(io.popen("cd " .. p.dir .. " && ls -A shop.db*"))
    check.eq(p2:read "a", "shop.db\n", "nothing is made beside the file")
    shell(db, "update t set x = 5 where x = 1;")
    check.eq(run(p), "read=completed 7.0")
    check.eq(run(p), "read=cached 7.0")
  end)
end

test("changes that are in the log alone are read, and miss", function()
  local p <close> = scratch.script(SCRIPT)
  local db = p.dir .. "/shop.db"
  shell(db, "pragma journal_mode=wal; create table t(x int); insert into t values(1);")
  check.eq(run(p), "read=completed 1.0")
  -- a program that has the file open and keeps its changes in the log
  local writer = assert(io.popen("sqlite3 " .. scratch.quoted(db) .. " >" .. p.dir .. "/printed 2>&1", "w"))
  writer:setvbuf "no"
  local function write(sql)
    writer:write(sql, "\n.shell touch ", p.dir, "/done\n")
    for _ = 1, 200 do
      if scratch.read(p.dir .. "/done") then break end
      os.execute "sleep 0.02"
    end
    os.remove(p.dir .. "/done")
  end
  write "pragma wal_autocheckpoint=0; insert into t values(10);"
  check.ok(#scratch.read(db .. "-wal") > 0, "there is a log")
  check.eq(run(p), "read=completed 11.0")
  check.eq(run(p), "read=cached 11.0")
  write "begin; insert into t values(100);"
  check.eq(run(p):match "%S+$", "11.0")             -- what is not committed is not seen
  write "commit;"
  check.eq(run(p), "read=completed 111.0")
  writer:close()
  check.eq(run(p):match "%S+$", "111.0")
end)

test("the log is beside the file that a link leads to", function()
  local p <close> = scratch.script(SCRIPT)
  os.execute("mkdir " .. p.dir .. "/data")
  local db = p.dir .. "/data/real.db"
  shell(db, "create table t(x int); insert into t values(1);")
  os.execute("ln -s data/real.db " .. p.dir .. "/shop.db")
  check.eq(run(p), "read=completed 1.0")
  check.eq(run(p), "read=cached 1.0")
  p:write("data/real.db-journal", "")
  check.eq(run(p), "read=completed 1.0")
end)

local function impure_of(sql)
  local text = ([[
local sqlite = require "rille.sqlite"
local read = step "read" { outputs = { t.any "v" },
  run = function() return sqlite.read("shop.db", %q):column "d"[1] end }
return pipeline "main" { define = function() read() end }
]]):gsub("%%q", function() return string.format("%q", sql) end)
  local p <close> = scratch.script(text)
  shell(p.dir .. "/shop.db", "create table t(d text); insert into t values('2026-01-01');"
    .. "create view v as select date('now') as d;")
  p:ok "run main.lua"
  p:ok "run main.lua"
  return p:statuses()
end

test("SQL that asks for the time or for randomness is not kept for reuse", function()
  check.eq(impure_of "select date('now') as d", "read=completed")
  check.eq(impure_of "select * from v", "read=completed")
  check.eq(impure_of "select current_timestamp as d", "read=completed")
  check.eq(impure_of "select random() as d", "read=completed")
  check.eq(impure_of "select date(d, '+1 day') as d from t", "read=cached")
end)

test("the time zone counts where functions of dates are called", function()
  local p <close> = scratch.script [[
local sqlite = require "rille.sqlite"
local read = step "read" { outputs = { t.string "sum" },
  run = function()
    return sqlite.read("shop.db", "select time('2026-01-01 12:00', 'localtime') as s"):column "s"[1]
  end }
return pipeline "main" { define = function() read() end }
]]
  shell(p.dir .. "/shop.db", "create table t(x int);")
  local function zone(tz)
    os.execute("cd " .. p.dir .. " && TZ=" .. tz .. " " .. paths.build .. "/rille -q run main.lua >/dev/null 2>&1")
    return p:statuses() .. " " .. p:ok "artifact get main::read::sum"
  end
  check.eq(zone "UTC", "read=completed 12:00:00")
  check.eq(zone "UTC", "read=cached 12:00:00")
  check.eq(zone "XYZ-3", "read=completed 15:00:00")
end)

test("the database of a store is refused", function()
  local p <close> = scratch.script [[
local sqlite = require "rille.sqlite"
local read = step "read" { outputs = { t.string "s" }, run = function()
  local ok, message = pcall(sqlite.read, ".rille/meta.db", "run")
  return message
end }
return pipeline "main" { define = function() read() end }
]]
  p:ok "run main.lua"
  check.ok(p:ok("artifact get main::read::s"):find "this is the database of a rille store, ")
  p:ok "run main.lua"
  check.eq(p:statuses(), "read=completed")
end)

test("a lock of another program is waited for, then told", function()
  local db = path "locked.db"
  shell(db, "create table t(x int); insert into t values(1);")
  os.execute("sqlite3 " .. scratch.quoted(db) .. " 'begin exclusive; insert into t values(2);' '.shell touch "
    .. path "held" .. "' '.shell sleep 1.5' 'commit' &")
  for _ = 1, 100 do
    if scratch.read(path "held") then break end
    os.execute "sleep 0.02"
  end
  check.eq(sqlite.read(db, "select count(*) as n from t"):column "n"[1], 2)
end)

test("a table or a query of a file is an input of a pipeline", function()
  local p <close> = scratch.script [[
local total = step "total" { inputs = { t.frame "d" }, outputs = { t.number "sum" },
  run = function(d) return d:column "x":sum() end }
return pipeline "main" { inputs = { t.frame "d" }, define = function(_, inputs) total(inputs.d) end }
]]
  shell(p.dir .. "/shop.db", "create table t(x int); insert into t values(1), (2); create table u(x int);")
  local function sum(input)
    p:ok("run main.lua --input 'd=" .. input .. "'")
    return p:ok("artifact get main::total::sum"):gsub("\n", "")
  end
  check.eq(sum "shop.db?table=t", "3.0")
  check.eq(sum "shop.db?query=select x from t where x & 2 = 2", "2.0")
  local r = p:rille "run main.lua --input d=shop.db"
  check.ok(r.err:find "shop.db: expected a table or a query after the path; available: t, u", r.err)
  r = p:rille "run main.lua --input 'd=shop.db?tabel=t'"
  check.ok(r.err:find 'unknown field "tabel"; did you mean "table"?', 1, true, r.err)
end)

check.done()
