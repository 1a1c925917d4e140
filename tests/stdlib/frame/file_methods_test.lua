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
  folder:write("e.json", "[]")
  check.eq(frame.read(path "e.json").n_rows, 0)
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

check.done()
