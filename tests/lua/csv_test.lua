local check = require "check"
local array, csv, frame = require "rille.array", require "rille.csv", require "rille.frame"

local function sum(list)
  local total = 0
  for _, v in ipairs(list) do total = total + v end
  return total
end

local function write_file(text)
  local path = os.tmpname()
  local h <close> = assert(io.open(path, "wb"))
  h:write(text)
  return path
end

local function read_bytes(path)
  local h <close> = assert(io.open(path, "rb"))
  return h:read "a"
end

check.test("a text becomes a frame of typed columns", function()
  local f = csv.decode "i,n,b,s\n1,1.5,true,x\n2,,false,\n"
  check.ok(frame.is(f))
  check.eq(f.columns, { "i", "n", "b", "s" })
  check.eq(f.n_rows, 2)
  check.eq(f:column("i").dtype, "i64")
  check.eq(f:column("n"):totable(), { 1.5, 0 / 0 })
  check.eq(f:column("b"):totable(), { true, false })
  check.eq(f:column "s", { "x", "" })
end)

check.test("the digits have the shape and the sums of the data set", function()
  local f = csv.read "../../examples/data/digits.csv"      -- from the folder of this script
  check.eq(f.n_rows, 1797)
  check.eq(#f.columns, 65)
  check.eq(f.columns[65], "label")
  check.eq(f:column("label").dtype, "i64")
  check.eq(sum(f:column("label"):totable()), 8070)
  local all = 0
  for _, name in ipairs(f.columns) do all = all + sum(f:column(name):totable()) end
  check.eq(all, 569788)
  local X = f:drop { "label" }:to_matrix()
  check.eq(X.shape, { 1797, 64 })
  check.eq(X.dtype, "f64")
  check.eq(X:get(1, 3), 5.0)
end)

check.test("a file is read as its text would be", function()
  local path = write_file "a,b\n1,x\n"
  check.ok(csv.read(path) == csv.decode "a,b\n1,x\n")
  os.remove(path)
end)

check.test("an error in a file names path, line and column at the user's line", function()
  local path = write_file "a,b,c\n1,2,3\n4,5\n"
  local message = check.raises(function() csv.read(path) end, path .. ":3:4: expected 3 fields, found 2")
  check.has(message, "csv_test.lua:")
  os.remove(path)
end)

check.test("a file that is not there is an error with its path", function()
  check.raises(function() csv.read "/nonexistent/x.csv" end, "/nonexistent/x.csv: No such file or directory")
end)

check.test("a text's name stands in its errors", function()
  check.raises(function() csv.decode('a\n"x', nil, "notes") end, "notes:2:1: the quote that begins here is never closed")
  check.raises(function() csv.decode "a\n1,2\n" end, "csv:2:2: expected 1 field, found 2")
end)

check.test("without a header the columns are numbered", function()
  local f = csv.decode("1,2\n3,4\n", { header = false })
  check.eq(f.columns, { "column_1", "column_2" })
  check.eq(f:column("column_2"):totable(), { 2, 4 })
end)

check.test("another separator may be named", function()
  check.eq(csv.decode("a;b\n1;2,5\n", { separator = ";" }):column "b", { "2,5" })
  check.eq(csv.decode("a\tb\n1\t2\n", { separator = "\t" }):column("b"):totable(), { 2 })
  check.raises(function() csv.decode("a", { separator = ", " }) end, "separator: expected one character")
  check.raises(function() csv.decode("a", { separator = "e" }) end, "a separator is one character of ASCII")
end)

check.test("types are forced by name", function()
  local f = csv.decode("zip,n,b\n1234,1,true\n", { types = { zip = "string", n = "number", b = "boolean" } })
  check.eq(f:column "zip", { "1234" })
  check.eq(f:column("n"):totable(), { 1.0 })
  check.eq(f:column("b").dtype, "bool")
  check.raises(function() csv.decode("n\n1\nx\n", { types = { n = "integer" } }) end,
    'csv:3:1: column "n": "x" is not an integer of 64 bits')
end)

check.test("a type for a column that is not there is an error", function()
  check.raises(function() csv.decode("label,x\n1,2\n", { types = { lable = "string" } }) end,
    'types: csv has no column "lable"; did you mean "label"?')
end)

check.test("a type that is none is an error", function()
  check.raises(function() csv.decode("a\n1\n", { types = { a = "nummber" } }) end,
    'types: column "a": there is no type "nummber"; did you mean "number"?')
  check.raises(function() csv.decode("a\n1\n", { types = { a = 1 } }) end, 'there is no type "1"')
end)

check.test("missing fields are told by markers", function()
  check.eq(csv.decode("a\n1\nNA\n", { missing = "NA" }):column("a"):totable(), { 1.0, 0 / 0 })
  check.eq(csv.decode("a\n1\n?\n-\n", { missing = { "?", "-" } }):column("a"):totable(), { 1.0, 0 / 0, 0 / 0 })
  check.eq(csv.decode("a\n1\nNA\n"):column "a", { "1", "NA" })
  check.raises(function() csv.decode("a\n", { missing = { 1 } }) end, "missing: expected a string or a list of strings")
end)

check.test("an unknown option is an error", function()
  check.raises(function() csv.decode("a\n", { seperator = ";" }) end, 'unknown field "seperator"; did you mean "separator"?')
  check.raises(function() csv.read("x.csv", { head = false }) end, 'did you mean "header"?')
  check.raises(function() csv.decode("a\n", { header = "yes" }) end, "header: expected true or false")
  check.raises(function() csv.decode("a\n", "x") end, "table expected")
end)

check.test("a frame is written with each value as short as it can be", function()
  local f = frame.new {
    { "i", { 1, -2 } }, { "n", { 0.1, 0 / 0 } }, { "w", { 1.0, 1e300 } }, { "b", { true, false } }, { "s", { "x", "" } },
  }
  check.eq(csv.encode(f), "i,n,w,b,s\n1,0.1,1.0,true,x\n-2,,1e300,false,\n")
end)

check.test("small dtypes are written as what they hold", function()
  local f = frame.new {
    { "u", array.from({ 255 }, "u8") }, { "i", array.from({ -5 }, "i32") }, { "f", array.from({ 0.1 }, "f32") },
  }
  check.eq(csv.encode(f), "u,i,f\n255,-5,0.1\n")
end)

check.test("fields are quoted only where they must be", function()
  local f = frame.new { { "a,b", { 'say "hi"', "plain text", "two\nlines", "x,y", "cr\r" } }, { "n", { 1, 2, 3, 4, 5 } } }
  check.eq(csv.encode(f), '"a,b",n\n"say ""hi""",1\nplain text,2\n"two\nlines",3\n"x,y",4\n"cr\r",5\n')
  check.eq(csv.encode(frame.new { { "a", { "x;y", "x,y" } } }, { separator = ";" }), 'a\n"x;y"\nx,y\n')
end)

check.test("what is written reads back as the same frame", function()
  local f = frame.new {
    { "i", { math.maxinteger, math.mininteger, 0 } }, { "n", { 1 / 3, -0.0, math.huge } },
    { "s", { 'a "q"', "", "line\r\nend" } }, { "b", { true, true, false } },
  }
  check.ok(csv.decode(csv.encode(f)) == f)
end)

check.test("a missing value alone on its line is not lost", function()
  local numbers, strings = frame.new { { "n", { 1.0, 0 / 0, 2.5 } } }, frame.new { { "s", { "", "x" } } }
  check.ok(csv.decode(csv.encode(numbers)) == numbers)
  check.ok(csv.decode(csv.encode(strings)) == strings)
end)

check.test("a header can be left off when writing", function()
  check.eq(csv.encode(frame.new { { "a", { 1 } } }, { header = false }), "1\n")
  check.raises(function() csv.encode(frame.new {}, { types = {} }) end, 'unknown field "types"')
end)

check.test("a view of rows is written as those rows", function()
  check.eq(csv.encode(frame.new { { "a", { 1, 2, 3 } } }:rows(2, 3)), "a\n2\n3\n")
  local column = array.from({ { 1, 2 }, { 3, 4 } }):column(2)
  check.eq(csv.encode(frame.new { { "a", column } }), "a\n2\n4\n")
end)

check.test("csv.write makes the file complete or not at all", function()
  local path = os.tmpname()
  csv.write(frame.new { { "a", { 1 } } }, path)
  check.eq(read_bytes(path), "a\n1\n")
  os.remove(path)
  check.raises(function() csv.write(frame.new { { "a", { 1 } } }, "/nonexistent/x.csv") end, "/nonexistent/x.csv: ")
end)

check.test("only a frame is written", function()
  check.raises(function() csv.write({ a = 1 }, "/tmp/x.csv") end, "frame expected, got table")
  check.raises(function() csv.encode(array.from { 1 }) end, "frame expected")
end)

check.test("every cut of a text is a frame or an error, never worse", function()
  local text = '\xEF\xBB\xBFa,"b ""x""",c\r\n1,"two\nlines",3.5e3\r\n,NA,-0\n"4","",inf'
  for last = 0, #text do
    for _, mark in ipairs { "", '"', ",", "\r", "\0" } do
      local ok, f = pcall(csv.decode, text:sub(1, last) .. mark, { missing = "NA" })
      check.ok(ok == frame.is(f))
    end
  end
end)

check.done()
