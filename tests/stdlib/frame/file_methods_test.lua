-- Frames to files and back: f:write, frame.read, frame.from_records.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local frame = require "rille.frame"
local scratch = require "scratch"

local folder <close> = scratch.new()
local function path(name) return folder.dir .. "/" .. name end

local F <const> = frame.new { { "x", { 1.5, 0 / 0 } }, { "g", { "a,b", "c" } }, { "n", { 1, 2 } } }

check.test("f:write and frame.read go by the ending of the path", function()
  for ending, text in pairs { csv = 'x,g,n\n1.5,"a,b",1\n,c,2\n',
    json = '[{"x":1.5,"g":"a,b","n":1},\n{"x":null,"g":"c","n":2}]\n',
    JSONL = '{"x":1.5,"g":"a,b","n":1}\n{"x":null,"g":"c","n":2}\n' } do
    F:write(path("f." .. ending))
    check.eq(folder:read("f." .. ending), text)
    check.eq(frame.read(path("f." .. ending)), F)
  end
  F:write(path "f.npy")
  check.has(folder:read "f.npy", "[('x', '<f8'), ('g', '<U3'), ('n', '<i8')]")
  F:write(path "semi.csv", { separator = ";", header = false })
  check.eq(folder:read "semi.csv", "1.5;a,b;1\n;c;2\n")
end)

check.test("frame.read of JSON takes a list of records, or columns", function()
  folder:write("c.json", '{"z": [1, null], "a": ["x", "y"]}')
  local f = frame.read(path "c.json")
  check.eq({ f.columns, f.n_rows }, { { "z", "a" }, 2 })
  folder:write("b.json", '\xef\xbb\xbf[{"x":1}]')
  check.eq(frame.read(path "b.json").columns, { "x" })
  folder:write("e.json", "[]")
  check.eq(frame.read(path "e.json").n_rows, 0)
end)

check.test("frame.read takes what to_json of pandas writes, and refuses what it would lose", function()
  local function read(text)
    folder:write("pandas.json", text)
    return frame.read(path "pandas.json")
  end
  local want = frame.new { { "x", { 1, 2 } }, { "s", { "a", "" } } }
  check.eq(read '{"x":{"0":1,"1":2},"s":{"0":"a","1":null}}', want)
  check.eq(read '{"0":{"x":1,"s":"a"},"1":{"x":2,"s":null}}', want)
  check.eq(read '{"columns":["x","s"],"index":[0,1],"data":[[1,"a"],[2,null]]}', want)
  check.eq(read '{"1":{"x":2,"s":null},"0":{"s":"a","x":1}}'.n_rows, 2)
  check.eq(read '{"x":{"0":null,"1":null},"s":{"0":null,"1":"b"}}', frame.new { { "x", { 0 / 0, 0 / 0 } },
    { "s", { "", "b" } } })
  check.eq(read '{"0":{"x":1},"1":{"x":null}}', frame.new { { "x", { 1, 0 / 0 } } })
  check.eq(read '{"x":{}}'.n_rows, 0)
  local function refused(text, said) check.has(check.raises(function() read(text) end, said), "pandas.json: ") end
  refused('{"x":{"a":1,"b":2}}', 'field "x" is an object with the field "a", and rows are named "0", "1", "2"...; in '
    .. 'pandas write df.reset_index().to_json(path, orient="records")')
  refused('{"0":{"0":1}}', "rows and columns cannot be told apart")
  refused('{"x":[1],"y":{"0":1}}', 'field "x" is an array')
  refused('{"x":[1],"y":[1,2]}', 'column "y" has length 2, but "x" has length 1')
  refused('{"data":[{"x":1}]}', 'field "data" is an array of which the first element is an object; json.read reads')
  refused('{"columns":["x"],"index":["p"],"data":[[1]]}', '"index" has "p" at 1')
  refused('{"columns":["x"],"index":[0],"data":[[1,2]]}', 'row 1 of "data": expected an array of 1 values, found an '
    .. "array of 2")
  refused('{"columns":["x"],"index":[0,1],"data":[[1]]}', '"index" has 2 elements, and "data" 1')
  refused('{"x":[true,null]}', 'column "x": element 2 is null, and booleans')
  refused('[{"x":1},{"x":"a"}]', 'record 2: field "x" is a string, and it was a number before it')
  check.raises(function() frame.new { { "x", { a = 1 } } } end, 'column "x": expected a list, found a table with the '
    .. 'field "a"')
end)

check.test("frame.from_records makes a frame of a list, its columns sorted or in a given order", function()
  local list = { { b = 1, a = "x" }, { b = 2.5 } }
  check.eq(frame.from_records(list), frame.new { { "a", { "x", "" } }, { "b", { 1.0, 2.5 } } })
  check.eq(frame.from_records(list, { "b", "a" }).columns, { "b", "a" })
  check.eq(frame.from_records(list, { "b" }).columns, { "b", "a" })
  check.eq(frame.from_records({}).n_rows, 0)
end)

check.test("in .npy a string is UTF-32 of the widest, and names are written as Python does", function()
  local f = frame.new { { "it's é\\", { "é", "\u{1F600}b" } } }
  f:write(path "n.npy")
  local bytes = folder:read "n.npy"
  check.has(bytes, [[('it\'s \u00e9\\', '<U2')]])
  check.eq({ string.unpack("<I4I4I4I4", bytes, -16) }, { 0xe9, 0, 0x1f600, 98, #bytes + 1 })
end)

check.test("what is wrong is told at the script's line", function()
  local function told(fn, said)
    local message = check.raises(fn, said)
    check.has(message, "file_methods_test.lua:")
  end
  told(function() F:write "f.cvs" end,
    'write: the path must end in .csv, .json, .jsonl, .npy, .sqlite, found "f.cvs"; did you mean ".csv"?')
  told(function() F:write "f" end, 'write: the path must end in .csv, .json, .jsonl, .npy, .sqlite, found "f"')
  told(function() F:write(7) end, "write: expected a path, found 7")
  told(function() F:write("f.json", { header = true }) end,
    "write: options are for .csv and .sqlite, and this is .json")
  told(function() F:write(path "none/f.json") end, "none/f.json: No such file or directory")
  told(function() frame.read(path "none.json") end, "none.json: No such file or directory")
  told(function() frame.read "x.txt" end,
    'frame.read: the path must end in .csv, .json, .jsonl, .npy, .sqlite, found "x.txt"')
  told(function() frame.from_records(3) end, "frame.from_records: expected a list of records")
  told(function() frame.from_records { { x = {} } } end, 'frame.from_records: record 1: field "x" is an object')
  told(function() frame.new({ { "", { 1 } } }):write(path "x.npy") end, "column 1 has no name")
  folder:write("bad.json", "[{]")
  told(function() frame.read(path "bad.json") end, "bad.json:1:3: ")
  told(function() frame.read(path "bad.json", { header = true }) end, 'frame.read: unknown field "header"')
  told(function() frame.read(path "bad.json", { encoding = 1 }) end, "frame.read: encoding must be a string, found 1")
  told(function() frame.read(path "bad.json", "x") end, "frame.read: expected a table of options, found")
  folder:write("bad.json", '[\n{"a":"\xf6"}]')
  told(function() frame.read(path "bad.json") end, "bad.json:2:7: the byte 0xF6 is not UTF-8")
  check.eq(frame.read(path "bad.json", { encoding = "latin-1" }):column "a", { "ö" })
  check.eq(folder:read "x.npy", nil)
end)

check.test("a step that writes a frame or reads one runs again when the file changed", function()
  local p <close> = scratch.script([[
    local frame, array = require "rille.frame", require "rille.array"
    local read = step "read" { outputs = { t.integer "n" }, run = function() return #frame.read "in.json" end }
    local write = step "write" { outputs = { t.integer "n" }, run = function()
      frame.new { { "x", { 1 } } }:write "out.json"
      array.save(array.from { 1, 2 }, "out.txt")
      return 1
    end }
    return pipeline "main" { define = function() read {} write {} end }]], { ["in.json"] = '[{"x":1}]' })
  p:ok "run main.lua -q"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "read=cached write=cached")
  p:write("in.json", '[{"x":1},{"x":2}]')
  p:sh "rm out.json"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "read=completed write=completed")
  p:sh "rm out.txt"
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "read=cached write=completed")
end)

check.test("a .tsv is read as .csv is, a .ndjson as .jsonl", function()
  folder:write("t.tsv", "a\tb\n1\t2\n")
  check.eq(frame.read(path "t.tsv") == frame.new { { "a", { 1 } }, { "b", { 2 } } }, true)
  frame.new({ { "a", { 1 } } }):write(path "t.ndjson")
  check.eq(frame.read(path "t.ndjson").columns, { "a" })
end)

check.done()
