-- rille artifact get: values as files of the formats that other programs read.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT <const> = [[
local array, frame, linear = require "rille.array", require "rille.frame", require "rille.linear"
local s = step "s" { outputs = { t.frame "f", t.matrix "m", t.array "cube", t.list(t.integer) "ints", t.table "tab",
    t.list(t.table) "recs", t.number "n", t.string "str", t.list(t.vector) "vecs", t.linear "model", t.number "nan" },
  run = function()
    local f = frame.new { { "x", { 1.5, 0 / 0, 3.0 } }, { "a", { "é\"", "", "l'ö" } },
      { "d", frame.dates { "2026-11-22", "", "2026-11-23" } }, { "b", { true, false, true } } }
    return f, array.from { { 1.0, 2.5 }, { 3.0, 0 / 0 } }, array.zeros { 1, 2, 1 }, { 1, 2 }, { a = 1, b = { 2.0 } },
      { { x = 1, y = "a" }, { x = 2 } }, 2.5, "text", { array.from { 1 }, array.from { 2, 3 } },
      linear.Regression.fit(array.from { { 1.0 }, { 2.0 }, { 3.0 } }, array.from { 1.0, 2.0, 3.0 }), 0 / 0
  end }
return pipeline "p" { define = function() s {} end }]]

local p <close> = scratch.script(SCRIPT)
p:ok "run main.lua -q"

local function get(name, format) return (p:ok("artifact get p::s::" .. name .. " --as " .. format)) end

check.test("a frame is a file of each format, by the ending of its path or by --as", function()
  local expected = {
    csv = 'x,a,d,b\n1.5,"é""",2026-11-22,true\n,,,false\n3.0,l\'ö,2026-11-23,true\n',
    json = '[{"x":1.5,"a":"é\\"","d":"2026-11-22","b":true},\n{"x":null,"a":"","d":null,"b":false},\n'
      .. '{"x":3.0,"a":"l\'ö","d":"2026-11-23","b":true}]\n',
    txt = '  x  a    d           b\n1.5  é"   2026-11-22  true\nnan                   false\n'
      .. "3.0  l'ö  2026-11-23  true\n",
  }
  expected.jsonl = expected.json:sub(2, -3):gsub(",\n", "\n") .. "\n"
  for format, text in pairs(expected) do
    check.eq(get("f", format), text, format)
    p:ok("artifact get p::s::f -o out." .. format:upper())
    check.eq(p:read("out." .. format:upper()), text, format)
  end
end)

check.test("in .npy a frame is a structured array, dates are datetime64[ms], missing ones NaT", function()
  p:ok "artifact get p::s::f -o f.npy"
  local bytes = p:read "f.npy"
  local length = string.unpack("<I2", bytes, 9)
  local header = bytes:sub(11, 10 + length)
  check.eq(header:gsub(" +\n", ""), "{'descr': [('x', '<f8'), ('a', '<U3'), ('d', '<M8[ms]'), ('b', '|b1')], "
    .. "'fortran_order': False, 'shape': (3,), }")
  check.eq((10 + length) % 64, 0)
  check.eq(#bytes, 10 + length + 3 * (8 + 12 + 8 + 1))
  local x, e, quote, zero, day, yes = string.unpack("<dI4I4I4i8B", bytes, 11 + length)
  check.eq({ x, e, quote, zero, day, yes }, { 1.5, 0xe9, 34, 0, 1795305600000, 1 })
  check.eq(string.unpack("<i8", bytes, 11 + length + 29 + 20), math.mininteger)
end)

check.test("NumPy reads what is written", function()
  if p:sh("/usr/bin/python3 -c 'import numpy'").code ~= 0 then
    check.cannot "there is no NumPy"
  end
  p:ok "artifact get p::s::f -o f.npy"
  p:write("look.py", [[
import numpy
f = numpy.load("f.npy")
print(f.dtype.names, f["d"].dtype, f["a"].tolist(), f["d"].astype(str).tolist(), f["b"].tolist())
]])
  check.eq(p:sh("/usr/bin/python3 look.py").out, "('x', 'a', 'd', 'b') datetime64[ms] ['é\"', '', \"l'ö\"] "
    .. "['2026-11-22T00:00:00.000', 'NaT', '2026-11-23T00:00:00.000'] [True, False, True]\n")
end)

check.test("pandas reads what is written", function()
  if p:sh("/usr/bin/python3 -c 'import pandas'").code ~= 0 then check.cannot "there is no pandas" end
  for _, format in ipairs { "csv", "json", "jsonl", "npy", "sqlite" } do
    p:ok("artifact get p::s::f -o f." .. format)
  end
  p:write("look.py", [[
import numpy, pandas, sqlite3
a = pandas.read_csv("f.csv", parse_dates=["d"])
b = pandas.read_json("f.json", convert_dates=["d"])
c = pandas.read_json("f.jsonl", lines=True, convert_dates=["d"])
d = pandas.DataFrame(numpy.load("f.npy"))
a["a"] = a["a"].fillna("")
e = pandas.read_sql("select * from f", sqlite3.connect("f.sqlite"), parse_dates=["d"])
e["a"] = e["a"].fillna("")
e["b"] = e["b"].astype(bool)
for other in (b, c, d, e):
    pandas.testing.assert_frame_equal(a, other)
print(list(a.columns), a["d"].dtype, a["x"].isna().tolist())
]])
  local r = p:sh "/usr/bin/python3 look.py"
  check.eq(r.code, 0, r.err)
  check.eq(r.out, "['x', 'a', 'd', 'b'] datetime64[ns] [False, True, False]\n")
end)

check.test("R reads the CSV", function()
  if p:sh("command -v Rscript").code ~= 0 then check.cannot "there is no R" end
  p:ok "artifact get p::s::f -o f.csv"
  local r = p:sh [[Rscript -e 'f <- read.csv("f.csv"); cat(names(f), nrow(f), is.na(f$x), f$d[1])']]
  check.eq(r.out, "x a d b 3 FALSE TRUE FALSE 2026-11-22")
  r = p:sh [[Rscript -e 'd <- as.Date(read.csv("f.csv")$d); cat(format(d, "%d.%m.%Y"))']]
  check.eq(r.out, "22.11.2026 NA 23.11.2026")
end)

check.test("Python's json and csv read what is written", function()
  if p:sh("python3 -c 'import json, csv'").code ~= 0 then check.cannot "there is no Python" end
  for _, format in ipairs { "csv", "json", "jsonl" } do p:ok("artifact get p::s::f -o f." .. format) end
  p:write("look.py", [[
import csv, json
rows = json.load(open("f.json"))
assert rows == [json.loads(line) for line in open("f.jsonl")]
assert [r["a"] for r in rows] == [r["a"] for r in csv.DictReader(open("f.csv"))], rows
assert rows[1]["x"] is None and rows[1]["d"] is None and rows[0]["x"] == 1.5
]])
  local r = p:sh "python3 look.py"
  check.eq(r.code, 0, r.err)
end)

check.test("arrays, lists and tables are written in the formats that hold them", function()
  check.eq(get("m", "csv"), "c1,c2\n1.0,2.5\n3.0,\n")
  check.eq(get("m", "txt"), "1.0 2.5\n3.0 nan\n")
  check.eq(get("m", "json"), "[[1.0,2.5],[3.0,null]]")
  check.eq(get("cube", "json"), "[[[0.0],[0.0]]]")
  check.eq(get("ints", "jsonl"), "1\n2\n")
  check.eq(get("ints", "npy"):sub(1, 6), "\x93NUMPY")
  check.eq(get("tab", "json"), '{"a":1,"b":[2.0]}')
  check.eq(get("recs", "csv"), "x,y\n1,a\n2,\n")
  check.eq(get("recs", "jsonl"), '{"x":1,"y":"a"}\n{"x":2}\n')
  check.eq(get("vecs", "json"), "[[1],[2,3]]")
  check.eq({ get("n", "json"), get("n", "txt"), get("nan", "json"), get("str", "txt"), get("str", "json") },
    { "2.5", "2.5", "null", "text", '"text"' })
end)

check.test("what a format cannot hold is told with what the value is and what holds it", function()
  local function refused(args, said)
    local _, err = p:ok("artifact get " .. args, 2)
    check.eq(err, "rille: " .. said .. "\n")
  end
  refused("p::s::cube -o c.csv", "artifact get: p::s::cube is an array of 1 x 2 x 1, which cannot be written as csv; "
    .. "use .json, .jsonl or .npy")
  refused("p::s::tab --as csv", "artifact get: p::s::tab is a table, which cannot be written as csv; use .json")
  refused("p::s::n -o n.csv", "artifact get: p::s::n is 2.5, which cannot be written as csv; "
    .. "use .json or .txt")
  refused("p::s::model -o m.json", "artifact get: p::s::model is of type linear, which cannot be written as json; "
    .. "-o PATH.linear writes it unchanged")
  refused("p::s::f -o f.xlsx", "artifact get: p::s::f is a frame of 3 rows and 4 columns, which cannot be "
    .. "written as .xlsx; use .csv, .json, .jsonl, .npy, .sqlite or .txt, or -o FOLDER/ for its members")
  refused("p::s::m -o m.xlsx", "artifact get: p::s::m is an array of 2 x 2, which cannot be written as .xlsx; "
    .. "use .csv, .json, .jsonl, .npy, .sqlite or .txt")
  refused("p::s::n -o n.foo", "artifact get: p::s::n is 2.5, which cannot be written as .foo; use .json or .txt")
  refused("p::s::f -o f.csv --table x", "artifact get: --table is for a SQLite file, as in -o x.sqlite")
  p:sh "mkdir -p there"
  refused("p::s::n -o there", "artifact get: there is a folder; name a file in it, as in -o there/n.json")
  refused("p::s::f --as csv -o there/", "artifact get: there/ is a folder; name a file in it, as in -o there/f.csv")
  p:sh "rmdir there"
  refused("p::s::f --as cvs", '--as cvs: unknown format; did you mean "csv"?')
  refused("p::s::f --as parquet", "--as parquet: unknown format; available: csv, json, jsonl, npy, sqlite, txt")
  refused("p::s::vecs", "artifact get: p::s::vecs has 3 members; -o FOLDER/ writes them")
  for _, name in ipairs { "c.csv", "n.csv", "m.json", "m.xlsx", "n.foo" } do
    check.eq(p:read(name), nil, name)
  end
end)

check.test("without a format a frame is CSV, other values are as they are kept, and no folder appears", function()
  check.eq((p:ok "artifact get p::s::f"), get("f", "csv"))
  p:ok "artifact get p::s::f -o plain"
  check.eq(p:read "plain", get("f", "csv"))
  check.eq((p:ok "artifact get p::s::m"), get("m", "npy"))
  p:ok "artifact get p::s::model -o m.linear"
  p:ok "artifact get p::s::str -o str.csv"
  check.eq(p:read "str.csv", "text")
  check.eq(p:sh("find . -mindepth 1 -maxdepth 1 -type d | LC_ALL=C sort").out, "./.rille\n")
end)

check.test("the members of a frame and of a list go into a folder that is asked for", function()
  p:ok "artifact get p::s::f -o members/"
  p:ok "artifact get p::s::vecs -o lists"
  check.eq(p:sh("ls members lists").out, "lists:\n1\n2\nSHA256SUMS\nlist.json\n\nmembers:\nSHA256SUMS\ncolumns\n"
    .. "frame.json\n")
end)

check.test("the path - is standard output", function()
  check.eq((p:ok "artifact get p::s::f -o -"), get("f", "csv"))
  check.eq((p:ok "artifact get p::s::tab --as json -o -"), get("tab", "json"))
  check.eq(p:sh("ls -d -- -*").out, "")
end)

check.test("a folder is written into the folder that is named, and nowhere else", function()
  local q <close> = scratch.script [[
local s = step "s" { outputs = { t.dir "d" }, run = function(_, ctx)
  local file = assert(io.open(ctx.tmpdir .. "/x", "w"))
  file:write "1"
  file:close()
  return rille.dir(ctx.tmpdir)
end }
return pipeline "p" { define = function() s() end }]]
  q:ok "run main.lua -q"
  local function refused(args, said)
    local _, err = q:ok("artifact get p::s::d " .. args, 2)
    check.eq(err, "rille: artifact get: p::s::d is a folder" .. said .. "\n")
  end
  refused("", "; -o FOLDER writes it")
  refused("-o d.csv", ", which cannot be written as .csv; -o FOLDER writes it")
  refused("--as json", ", which cannot be written as json; -o FOLDER writes it")
  check.eq(q:sh("find . -mindepth 1 -maxdepth 1 -type d").out, "./.rille\n")
  q:ok "artifact get p::s::d -o out"
  check.eq(q:read "out/files/x", "1")
end)

check.test("a frame is a table of a SQLite file, which is read again", function()
  local sqlite = require "rille.sqlite"
  local function tables(path) return table.concat(sqlite.tables(p.dir .. "/" .. path), " ") end
  p:ok "artifact get p::s::f -o f.sqlite"
  p:ok "artifact get p::s::f -o f.db --table sales"
  p:ok "artifact get p::s::recs -o recs.sqlite3"
  p:ok "artifact get p::s::ints -o ints.sqlite"
  check.eq({ tables "f.sqlite", tables "f.db", tables "recs.sqlite3" }, { "f", "sales", "recs" })
  check.eq(sqlite.read(p.dir .. "/f.db"):column "d":totable(), { "2026-11-22", "", "2026-11-23" })
  check.eq(sqlite.read(p.dir .. "/ints.sqlite"):column "c1":totable(), { 1, 2 })
  local r = p:rille "artifact get p::s::f -o f.db"
  check.has(r.err, "rille: p::s::f as sqlite: f.db: the database is there and has another table, \"sales\", which a "
    .. "new file would lose")
  check.eq((p:ok "artifact get p::s::f --as sqlite"):sub(1, 15), "SQLite format 3")
end)

check.test("on a terminal a frame is a table", function()
  scratch.pty(check)
  if not os.execute "command -v script >/dev/null" then check.cannot "there is no program script here" end
  local r = p:sh [[script -qec '"$RILLE" artifact get p::s::f' typescript </dev/null]]
  check.has((r.out:gsub("\r", "")), "  x  a    d           b\n1.5  é\"   2026-11-22  true\n")
end)

check.test("a file and a folder need the folder that they are in", function()
  for name, place in pairs { ["p::s::n"] = "none/x.json", ["p::s::vecs"] = "none/dir/" } do
    local r = p:rille("artifact get " .. name .. " -o " .. place)
    check.eq(r.code, 3)
    check.eq(r.err, "rille: " .. place:gsub("/$", "") .. ": the folder none does not exist; create it first\n")
    check.eq(p:sh "test -e none".code, 1)
  end
end)

check.test("bytes are not written under an ending that they contradict", function()
  local q <close> = scratch.script [[
local s = step "s" { outputs = { t.string "text", t.string "doc", t.bytes "raw", t.file "program" },
  run = function()
    local f = io.open("x", "w")
    f:write "not JSON"
    f:close()
    return "hi", '{"a":1}', "\0\1", rille.file "x"
  end }
return pipeline "p" { define = function() s {} end }]]
  q:ok "run main.lua -q"
  for _, line in ipairs { "text -o a.json", "text -o a.npy", "text -o a.jsonl", "text -o a.db", "raw -o a.csv",
    "raw -o a.txt", "program -o a.json" } do
    local name, ending = line:match "^(%w+) .*%.(%w+)$"
    local r = q:rille("artifact get p::s::" .. line)
    check.eq(r.code, 2, line)
    check.has(r.err, "the bytes of p::s::" .. name .. " are not ." .. (ending == "db" and "sqlite" or ending))
    check.eq(q:read("a." .. ending), nil, line)
  end
  for line, bytes in pairs { ["text -o b.txt"] = "hi", ["text -o b.csv"] = "hi", ["doc -o b.json"] = '{"a":1}',
    ["raw -o b.png"] = "\0\1", ["program -o b"] = "not JSON", ["text --as json -o c.json"] = '"hi"' } do
    q:ok("artifact get p::s::" .. line)
    check.eq(q:read(line:match "[%w.]+$"):gsub("\n$", ""), bytes, line)
  end
end)

check.done()
