package.path = "../../lib/?.lua;" .. package.path
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
  local f = csv.read "../../../examples/data/digits.csv"      -- from the folder of this script
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
  check.raises(function() csv.decode('a\n"x', nil, "notes") end,
    "notes:2:1: the quote that begins here is never closed")
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
  check.raises(function() csv.decode("a", { separator = "e" }) end, "separator: expected one character of ASCII")
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
  check.raises(function() csv.decode("a\n", { seperator = ";" }) end,
    'unknown field "seperator"; did you mean "separator"?')
  check.raises(function() csv.read("x.csv", { head = false }) end, 'did you mean "header"?')
  check.raises(function() csv.decode("a\n", { header = "yes" }) end, "header: expected true or false")
  check.raises(function() csv.decode("a\n", "x") end, "expected a table")
end)

check.test("a frame is written with each value as short as it can be", function()
  local f = frame.new {
    { "i", { 1, -2 } }, { "n", { 0.1, 0 / 0 } }, { "w", { 1.0, 1e300 } }, { "b", { true, false } },
    { "s", { "x", "" } },
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
  local f = frame.new { { "a,b", { 'say "hi"', "plain text", "two\nlines", "x,y", "cr\r" } },
    { "n", { 1, 2, 3, 4, 5 } } }
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
  check.raises(function() csv.write({ a = 1 }, "/tmp/x.csv") end,
    "csv.write: argument 1: expected a frame, found a table")
  check.raises(function() csv.encode(array.from { 1 }) end, "expected a frame")
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

-- --- what a number does not hold -----------------------------------------------

local function kind(f, name)
  local c = f:column(name)
  return array.is(c) and c.dtype or "text"
end

check.test("integers past 2^53 are not rounded: alone they are i64, beside missing ones text", function()
  local alone = csv.decode "id\n9007199254740993\n-9223372036854775808\n"
  check.eq(alone:column("id"):totable(), { 9007199254740993, math.mininteger })
  check.eq(csv.encode(alone), "id\n9007199254740993\n-9223372036854775808\n")
  for _, text in ipairs { "id,x\n9007199254740993,1\n,2\n", "id,x\n,1\n9007199254740993,2\n",
    "id\n0.5\n9007199254740993\n",
    "id\n9007199254740993.0\n", "id\n1\n9007199254740993.\n", "id\n0.5\n-9007199254740993.00\n",
    "id\n1\n12345678901234567890\n", "id\n1\n1e400\n" } do
    check.eq(kind(csv.decode(text), "id"), "text", text)
    check.eq(csv.encode(csv.decode(text)), text)
  end
  for _, text in ipairs { "id,x\n9007199254740992,1\n,2\n", "id\n9007199254740994.0\n",
    "id\n0.12345678901234567890\n", "id\n9007199254740993.5\n", "id\n9.007199254740993e15\n" } do
    check.eq(kind(csv.decode(text), "id"), "f64", text)
  end
end)

check.test("types says what becomes of them", function()
  local text = "id,x\n9007199254740993,1\n,2\n"
  check.eq(csv.decode(text, { types = { id = "number" } }):column("id"):totable(), { 9007199254740992.0, 0 / 0 })
  check.eq(csv.decode(text, { types = { id = "string" } }):column "id", { "9007199254740993", "" })
  for _, both in ipairs { text, "id,x\n,2\n9007199254740993,1\n" } do
    check.raises(function() csv.decode(both, { types = { id = "integer" } }, "data.csv") end,
      'data.csv:3:1: column "id": an integer past 2^53 beside missing values or fractions, which a number '
        .. 'cannot hold; types = { ["id"] = "string" } keeps all, "number" rounds')
  end
end)

local FIELDS <const> = { "9007199254740993", "-9007199254740993", "9223372036854775807", "12345678901234567890",
  "18446744073709551616", "1", " 2 ",
  "0.5", "", "1e400", "1e3", "007", "-0", "inf", "true", "x", '"1"', '"9007199254740993"' }

-- Is v what the text says, to the last digit?
local function is_exact(v, text)
  if type(v) == "string" then return v == text end
  if math.type(v) == "integer" then return math.tointeger(tonumber(text)) == v end
  if type(v) == "boolean" then return tostring(v) == text end
  local digits = text:match "^%s*(%-?[1-9]%d*)%s*$"
  if text == "" then return v ~= v end
  if digits then return string.format("%.0f", v) == digits end
  return v == (text == "inf" and math.huge or tonumber(text)) and text ~= "1e400"
end

check.test("whatever stands in a column, no integer of it is rounded", function()
  local state = 1
  local function random(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
  for _ = 1, 5000 do
    local texts, lines = {}, { "a,z" }
    for i = 1, random(6) do
      texts[i] = FIELDS[random(#FIELDS)]
      lines[i + 1] = texts[i] .. ",0"
    end
    local c = csv.decode(table.concat(lines, "\n") .. "\n"):column "a"
    for i, text in ipairs(texts) do
      local v
      if array.is(c) then v = c:get(i) else v = c[i] end
      check.ok(is_exact(v, (text:gsub('"', ""))), table.concat(texts, " "))
    end
  end
end)

-- --- files that are no CSV -----------------------------------------------------

local OTHERS = {
  { "PK\3\4\20\0\6\0" .. ("\0"):rep(18) .. "[Content_Types].xml", "an Excel workbook (zip): export it as CSV" },
  { "PK\3\4\20\0\0\0" .. ("\0"):rep(18) .. "mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
    "an OpenDocument spreadsheet (zip): export it as CSV" },
  { "PK\3\4\20\0\0\0data.csv", "a zip archive: unpack it first" },
  { "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an Excel workbook of the old kind (.xls): export it as CSV" },
  { "PAR1\x15\4\x15", "a Parquet file: export it as CSV" },
  { "ARROW1\0\0", "an Arrow file (Feather): export it as CSV" },
  { "\xfd7zXZ\0\0\4", "an xz file: unpack it first" }, { "BZh91AY&SY\x12", "a bzip2 file: unpack it first" },
  { "SQLite format 3\0\16", "an SQLite database: export it as CSV" },
  { "\x89HDF\r\n\x1a\n\0", "an HDF5 file: export it as CSV" },
  { "\x93NUMPY\1\0", "an array of NumPy (.npy): read it with array.load" },
  { "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF: export it as CSV" },
  { "\x89PNG\r\n\x1a\n", "a PNG image, not text" },
  { "{\\rtf1\\ansi", "an RTF document: export it as CSV" },
  { "<stata_dta><header><release>118", "a Stata file (.dta): export it as CSV" },
  { "\x73\2\1\0\3\0", "a Stata file (.dta): export it as CSV" },
  { "% 1. Title: Iris\n%\n@RELATION iris\n\n@ATTRIBUTE", "an ARFF file of Weka: leave out the lines up to @data" },
  { "a\0,\0b\0\n\0", 'UTF-16 without a mark: encoding = "utf-16le" reads it' },
  { "\0a\0,\0b\0\n", 'UTF-16 without a mark: encoding = "utf-16be" reads it' },
  { "\xff\xfe\0\0a\0\0\0", "UTF-32: convert it with iconv -f UTF-32 -t UTF-8" },
  { "a\0\0\0,\0\0\0", "UTF-32 without a mark: convert it with iconv -f UTF-32LE -t UTF-8" },
  { "a,b\r1,2\r\n3,4\n", "text in which some lines end in carriage returns alone, and others do not" },
  { "\n <!DOCTYPE html><html>", "an HTML page: open it, it may say why a download failed" },
  { '<?xml version="1.0"?>', "XML: export it as CSV" },
  { '{ "a": 1 }\n', "JSON: read it with json.read, jsonl.read or frame.read" },
  { '[\n{"a": 1}]', "JSON: read it with json.read, jsonl.read or frame.read" },
  { "version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
    "a pointer of Git LFS: fetch the file with git lfs pull" },
}

check.test("a file of another kind is refused by what it looks like, whole and in chunks", function()
  for _, one in ipairs(OTHERS) do
    local want = "data.csv looks like " .. one[2]
    check.raises(function() csv.decode(one[1], nil, "data.csv") end, want)
    local path = write_file(one[1])
    for _, read in ipairs { csv.read, csv.chunks } do
      local ok, message = pcall(function() for _ in read(path) do end end)
      check.ok(not ok)
      check.has(message, path .. " looks like " .. one[2])
    end
    os.remove(path)
  end
  local path = os.tmpname()
  os.execute("truncate -s 20G " .. path)
  local before = os.clock()
  check.raises(function() csv.read(path) end, path .. ":1:1: a zero byte: the file is not text, or is damaged")
  check.raises(function() for _ in csv.chunks(path) do end end, path .. ":1:1: a zero byte")
  check.ok(os.clock() - before < 5, "only the start is read")
  os.execute("printf 'a,b\\n1,2\\n' >" .. path .. " && truncate -s 20G " .. path)
  check.raises(function() for _ in csv.chunks(path) do end end, path .. ":3:1: a zero byte")
  os.remove(path)
  check.raises(function() csv.decode("a" .. (","):rep(1001) .. "\n") end, "csv:1:1: more than 1000 of 1002 columns "
    .. "have no name; names = { ... } names all columns, header = false numbers them")
  check.eq(#csv.decode("a" .. (","):rep(900) .. "\n").columns, 901)
  check.raises(function() csv.decode("\0\0\0\0\0\0\0\0", nil, "x.csv") end,
    "x.csv:1:1: a zero byte: the file is not text, or is damaged")
  check.raises(function() csv.decode("a,b\n1,\1\0\2\n", nil, "x.csv") end, "x.csv:2:4: a zero byte")
  check.raises(function() csv.decode(" \n\t\n", nil, "x.csv") end,
    "x.csv:1:1: expected a line of column names, found blanks alone")
end)

check.test("what only begins like one is read", function()
  check.eq(csv.decode "<html>,count\n<b>,1\n".columns, { "<html>", "count" })
  check.eq(csv.decode "%PDF-share,@relation\n1,2\n".columns, { "%PDF-share", "@relation" })
  for _, name in ipairs { "GIF89a", "%PDF-1.4", "BZh91AY&SY", "<html> tag", "<stata_dta>", "$FL2@(#) ", "@relation x",
    "version https://git-lfs." } do
    check.eq(csv.decode(name .. ",b\n1,2\n").columns, { name, "b" })
    check.eq(csv.decode(name .. "\n1\n").columns, { name })
  end
  check.eq(csv.decode("@relation x\n@data\n1,2\n", { skip = 2, header = false }).columns, { "column_1", "column_2" })
  check.eq(csv.decode "PAR1,BZh,PK\n1,2,3\n".columns, { "PAR1", "BZh", "PK" })
  check.eq(csv.decode "[a],{b}\n1,2\n".columns, { "[a]", "{b}" })
  check.eq(csv.decode('{"a": 1}\n{"a": 2}\n', { header = false, separator = "\t" }):column "column_1",
    { '{"a": 1}', '{"a": 2}' })
  check.eq(csv.decode('"x\ry"', { header = false }):column "column_1", { "x\ry" })
  local f = frame.new { { "s", { "a\0b", "c" } } }
  check.ok(csv.decode(csv.encode(f)) == f)
end)

-- --- files as they are found ----------------------------------------------------

-- The frame of a file with the bytes, read in every way; all must agree.
local function everywhere(bytes, options)
  local f = csv.decode(bytes, options)
  local path = write_file(bytes)
  check.ok(csv.read(path, options) == f)
  for _, rows in ipairs { 1, 2, 1000 } do
    local given, parts = { rows = rows }, {}
    for k, v in pairs(options or {}) do given[k] = v end
    for part in csv.chunks(path, given) do if part.n_rows > 0 then parts[#parts + 1] = part end end
    local all = #parts == 1 and parts[1] or frame.concat(parts)
    check.eq(csv.encode(all), csv.encode(f))
  end
  os.remove(path)
  return f
end

-- What csv.decode and csv.chunks say of the bytes.
local function refused(bytes, options, want)
  check.raises(function() csv.decode(bytes, options, "x.csv") end, "x.csv" .. want)
  local path = write_file(bytes)
  check.raises(function() for _ in csv.chunks(path, options) do end end, path .. want)
  os.remove(path)
end

check.test("encodings: UTF-16 by its mark, others by option, and what is no UTF-8 names the option", function()
  local le, be = {}, {}
  for _, code in utf8.codes "s,n\nü😀,1\n" do
    local units = code < 0x10000 and { code }
      or { 0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff) }
    for _, unit in ipairs(units) do
      le[#le + 1], be[#be + 1] = string.pack("<I2", unit), string.pack(">I2", unit)
    end
  end
  le, be = table.concat(le), table.concat(be)
  for _, one in ipairs { { "\xff\xfe" .. le }, { "\xfe\xff" .. be }, { le, "utf-16le" }, { be, "utf-16be" },
    { le, "utf-16" }, { "\xfe\xff" .. be, "utf-16" } } do
    check.eq(everywhere(one[1], one[2] and { encoding = one[2] }):column "s", { "ü😀" })
  end
  check.eq(everywhere("s\n\xfc\x80\n", { encoding = "latin-1" }):column "s", { "ü\u{80}" })
  check.eq(everywhere("s\n\xfc\x80\n", { encoding = "windows-1252" }):column "s", { "ü€" })
  check.eq(everywhere("s\n\xfc\n", { encoding = "bytes" }):column "s", { "\xfc" })
  refused("a,s\n1,x\n2,ab\xfc\n", nil, ':3:5: the byte 0xFC is not UTF-8; for Western European text use encoding = '
    .. '"latin-1" or "windows-1252"; encoding = "bytes" keeps the bytes')
  refused("\xff\xfea\0\n\0\0\xd8", nil, ": the text ends within a character of UTF-16")
  refused("\xff\xfea\0\n\0\0\xdca\0", nil, ": the bytes at offset 6 are not UTF-16")
  check.raises(function() csv.decode("a", { encoding = "latin" }) end, 'encoding: there is no "latin"')
end)

-- A gzip file with the bytes stored as they are.
local function gzipped(bytes)
  local crc = 0xffffffff
  for i = 1, #bytes do
    crc = crc ~ bytes:byte(i)
    for _ = 1, 8 do crc = crc >> 1 ~ (crc & 1) * 0xedb88320 end
  end
  return "\x1f\x8b\8\0\0\0\0\0\0\3\1" .. string.pack("<I2I2", #bytes, ~#bytes & 0xffff) .. bytes
    .. string.pack("<I4I4", ~crc & 0xffffffff, #bytes)
end

check.test("gzip is unpacked by content, several members and other encodings too", function()
  local text = "a,b\n" .. ("1,x\n"):rep(5000)
  check.eq(everywhere(gzipped(text)).n_rows, 5000)
  check.eq(everywhere(gzipped "a,b\n" .. gzipped "1,2\n" .. "\0\0").n_rows, 1)
  check.eq(everywhere(gzipped "\xff\xfea\0\n\0001\0"):column("a"):totable(), { 1 })
  check.eq(everywhere(gzipped "a\n\xe4\n", { encoding = "latin-1" }):column "a", { "ä" })
  refused(gzipped(text):sub(1, -5), nil, ": the gzip file ends early")
  refused((gzipped(text):gsub("1,x", "2,x", 1)), nil, ": the gzip file is damaged")
  refused(gzipped "PAR1\x15\4", nil, " looks like a Parquet file")
end)

check.test("numbers with a decimal comma and thousands", function()
  local de = { decimal = ",", thousands = "." }
  local f = everywhere("a;b;c;d\n1.234,50;1.234;01.02.2024;-7,00\n-2,5;12;x;+1.000.000,25\n", de)
  check.eq(f:column("a"):totable(), { 1234.5, -2.5 })
  check.eq(f:column("b"):totable(), { 1234, 12 })
  check.eq(f:column("b").dtype, "i64")
  check.eq(f:column "c", { "01.02.2024", "x" })
  check.eq(f:column("d"):totable(), { -7.0, 1000000.25 })
  check.eq(everywhere('a,b\n"1,234.5",1e3\n2,"12,345"\n', { thousands = "," }):column("a"):totable(),
    { 1234.5, 2.0 })
  check.eq(everywhere("a\n1'234'567\n", { thousands = "'" }):column("a"):totable(), { 1234567 })
  for _, bad in ipairs { "1.23", "1234.567", "1.2345", ".123", "1..234", "1,5,5", "1.5e3", "12.3456,7", "," } do
    check.eq(csv.decode("a;b\n" .. bad .. ";1\n",
      { decimal = ",", thousands = ".", separator = ";" }):column "a", { bad })
  end
  check.raises(function() csv.decode("a", { thousands = "." }) end, 'thousands and decimal are both "."')
  check.raises(function() csv.decode("a", { decimal = ",", separator = "," }) end, 'decimal and separator are both ","')
  check.raises(function() csv.decode("a", { decimal = ":" }) end, 'decimal: expected "." or ","')
end)

check.test("the separator is found by the records, or said in a line sep=", function()
  for _, sep in ipairs { ",", ";", "\t", "|" } do
    check.eq(everywhere((("a,b\n1,x\n"):gsub(",", sep))).columns, { "a", "b" })
  end
  check.eq(everywhere("sep=;\r\na;b\r\n1;2,5\r\n", { decimal = "," }):column("b"):totable(), { 2.5 })
  check.eq(everywhere("sep=|\na|b,c\n1|2\n").columns, { "a", "b,c" })
  check.eq(everywhere("a;b\n1\n", { ragged = "pad", separator = ";" }).columns, { "a", "b" })
  check.eq(everywhere("a,b;c\n1,2;3\n").columns, { "a", "b;c" })
  check.eq(everywhere("note;x\nfoo\nbar; baz; q\n").columns, { "note;x" })
end)

check.test("a table of one column is read as it was written", function()
  for _, name in ipairs { "a;b", "sep=;", "a|b", "a\tb" } do
    local f = frame.new { { name, { "1;2", "x|y", "3\t4" } } }
    check.ok(csv.decode(csv.encode(f)) == f)
  end
end)

check.test("lines before the table, comments and names", function()
  local f = everywhere("Source: WB\n\n\"un, closed\nx,y\n1,2\n", { skip = 3 })
  check.eq(f.columns, { "x", "y" })
  check.eq(everywhere("about\n1,2\n3,4\n", { skip = 1, header = false }).n_rows, 2)
  f = everywhere('# it\'s "open\nx,y\n#1,2,3\n3,4\n# end', { comment = "#" })
  check.eq({ f.n_rows, f.columns }, { 1, { "x", "y" } })
  check.eq(everywhere("a,a\n1,2\n", { names = { "x", "y" } }).columns, { "x", "y" })
  check.eq(everywhere("1,2\n3,4\n", { names = { "x", "y" }, header = false }).n_rows, 2)
  check.eq(everywhere("a,a,,a_2,a\n1,2,3,4,5\n", { duplicates = "number" }).columns,
    { "a", "a_3", "column_3", "a_2", "a_4" })
  refused("a,b\n1,2\n", { names = { "x" } }, ":1:1: names has 1 name, but the table has 2 columns")
  refused("a,a\n1,2\n", nil, ':1:1: two columns are named "a"; duplicates = "number" numbers them')
  refused("a\nb,c\n1,x\n", { skip = 1, separator = ",", types = { c = "number" } },
    ':3:3: column "c": "x" is not a number')
  check.raises(function() csv.decode("a", { skip = -1 }) end, "skip: expected a number of lines")
  check.raises(function() csv.decode("a", { names = { "" } }) end, "names: element 1 is not a name")
end)

check.test("ragged records are an error that says what to do, are filled or left out", function()
  local text = "a,b,c\n1,2,3\n4\n5,6,7,8\n9,x,\n"
  refused(text, nil, ':3:2: expected 3 fields, found 1; ragged = "pad" reads missing values')
  refused(text, { ragged = "pad" }, ':4:7: expected 3 fields, found 4; ragged = "skip" leaves the record out')
  check.eq(everywhere("a,b\n1,\"x\ny\"\n4\n", { ragged = "pad" }):column "b", { "x\ny", "" })
  local types = { b = "string", c = "number" }
  check.eq(everywhere(text, { ragged = "skip", types = types }):column("a"):totable(), { 1, 9 })
  refused("Title\n\na,b\n1,2\n", nil, ":3:2: expected 1 field, found 2; if the table begins in line 3, skip = 2")
  check.raises(function() csv.decode("a", { ragged = "fill" }) end, 'ragged: there is no "fill"')
end)

check.test("dates by format, of all columns that have some or of one", function()
  local f = everywhere("d;t;n;s\n01.02.2024;1.2.2024;20240131;x\n;31.12.1999;1;\n", { dates = "%d.%m.%Y" })
  check.eq(f:column("d"):totable(), { "2024-02-01", "" })
  check.eq(f:column("t"):totable(), { "2024-02-01", "1999-12-31" })
  check.eq(f:column("n").dtype, "i64")
  f = everywhere("d\n20240131\n20240201\n", { dates = { d = "%Y%m%d" } })
  check.eq(f:column("d"):totable(), { "2024-01-31", "2024-02-01" })
  local function one(text, format)
    return csv.decode("d\n" .. text .. "\n", { dates = { d = format }, separator = ";" }):column("d"):totable()[1]
  end
  check.eq(one("Nov 5, 26 7:08", "%b %d, %y %H:%M"), "2026-11-05T07:08:00")
  check.eq(one("5 NOVEMBER 1969", "%d %B %Y"), "1969-11-05")
  check.eq(one("2024-01-31 10:30:05.123456", "%Y-%m-%d %H:%M:%S.%f"), "2024-01-31T10:30:05.123")
  check.eq(one("31/01/2024 23:30 -0100", "%d/%m/%Y %H:%M %z"), "2024-02-01T00:30:00")
  check.eq(one("100% 1.1.2024", "100%% %d.%m.%Y"), "2024-01-01")
  refused("d\n01.02.2024\n31.02.2024\n", { dates = { d = "%d.%m.%Y" } },
    ':3:1: column "d": "31.02.2024" is not a date written as %d.%m.%Y')
  refused("d\n31.12.2024\n", { types = { d = "date" } }, ':2:1: column "d": "31.12.2024" is not a date such as '
    .. "2026-11-22 or 2026-11-22T10:30:00; set the format of dates with the option dates")
  local bad = { { 1, "dates: expected a format" }, { "%d.%m", "expected a year, a month and a day" },
    { "%Q", "expected one of %Y" }, { "%Y%m%d%", "expected one of %Y" }, { { x = "%Y%m%d" }, "csv has no column" } }
  for _, case in ipairs(bad) do
    check.raises(function() csv.decode("a\n1\n", { dates = case[1] }) end, case[2])
  end
end)

check.test("text that could be numbers says which option reads it so", function()
  local function said(text, want)
    check.raises(function() csv.decode(text, { separator = ";" }):to_matrix() end,
      'to_matrix: column "a" holds strings; ' .. want)
  end
  said("a\n1\nNA\n", 'csv.read(path, { missing = "NA" }) reads it as numbers')
  said("a\n1\nN/A\n..\n", 'csv.read(path, { missing = { "N/A", ".." } }) reads it as numbers')
  said("a\n1,5\nNA\n", 'csv.read(path, { decimal = ",", missing = "NA" }) reads it as numbers')
  said("a\n1.234,5\n", 'csv.read(path, { decimal = ",", thousands = "." }) reads it as numbers')
  said("a\n1,234\n", 'csv.read(path, { thousands = "," }) reads it as numbers')
  said("a\nNA\nx\n", "select the numeric columns")
  refused("a\nNA\n", { types = { a = "number" } }, ':2:1: column "a": "NA" is not a number; set texts for missing')
end)

-- --- dates and chunks ---------------------------------------------------------

check.test("a column of ISO dates is of dates, a missing one included, and comes back", function()
  local text = "d,t\n2026-11-22,2026-11-22T10:30:00\n,2026-11-23T00:00:00\n"
  local f = csv.decode(text)
  check.eq(f:column "d":totable(), { "2026-11-22", "" })
  check.eq(f:column "t":hour():totable(), { 10, 0 })
  check.eq(csv.encode(f), text)
  check.eq(csv.decode("d\n\n2026-01-01\n", { missing = "NA" }):column "d":totable(), { "2026-01-01" })
  check.eq(csv.decode("d,x\n,1\nNA,1\n2026-01-01,1\n", { missing = "NA" }):column "d":totable(),
    { "", "", "2026-01-01" })
end)

check.test("what is not all dates is text, unless dates were asked for", function()
  check.eq(csv.decode "d\n2026-11-22\nsoon\n":column "d", { "2026-11-22", "soon" })
  check.eq(csv.decode "d\n5\n2026-11-22\n":column "d", { "5", "2026-11-22" })
  check.eq(csv.decode "d\n2026-11-22\n2026-02-30\n":column "d", { "2026-11-22", "2026-02-30" })
  check.eq(csv.decode("d\n2026-11-22\n", { types = { d = "string" } }):column "d", { "2026-11-22" })
  check.raises(function() csv.decode("d\nsoon\n", { types = { d = "date" } }) end,
    '"soon" is not a date such as 2026-11-22')
  check.raises(function() csv.decode("d\n7\n", { types = { d = "date" } }) end, '"7" is not a date')
end)

local function chunks_of(text, options)
  local path, parts = write_file(text), {}
  for f in csv.chunks(path, options) do parts[#parts + 1] = f end
  os.remove(path)
  return parts
end

check.test("chunks are the file in pieces, whatever stands in its fields", function()
  local text = 'a,b,d\n1,"x\n""q"", y",2026-01-01\n\n2,y,2026-01-02\r\n3,"",\n4,z"z,2026-01-04'
  local whole = csv.decode(text)
  for rows = 1, 5 do
    local parts = chunks_of(text, { rows = rows })
    check.eq(#parts, math.ceil(4 / rows))
    check.ok(frame.concat(parts) == whole, rows)
  end
  check.eq(chunks_of("a,b\n", { rows = 3 })[1].n_rows, 0)
  check.eq(chunks_of("1;2\n3;4\n", { rows = 1, header = false, separator = ";" })[2]:column("column_2"):totable(),
    { 4 })
end)

check.test("a type that the caller said holds in every chunk as in the whole file", function()
  local text = "a,b\n1,1\n,2\n9007199254740993,3\n007,4\n"
  local last = chunks_of(text, { rows = 2, types = { a = "number" } })[2]:column "a"
  check.eq(last:totable(), { 9007199254740992.0, 7.0 })
  check.eq(csv.decode(text, { types = { a = "number" } }):column("a"):slice(3, 4), last)
  check.eq(chunks_of(text, { rows = 2, types = { a = "string" } })[2]:column "a", { "9007199254740993", "007" })
  local _, message = pcall(chunks_of, "a\n1\n2\nx\n", { rows = 2, types = { a = "number" } })
  check.has(message, '"x" is not a number')
  check.eq(message:find "first chunk", nil)
  check.raises(function() chunks_of(text, { rows = 2 }) end, "the first chunk set this type")
end)

check.test("a long file in chunks has the sums of the whole one", function()
  local lines = { "i,x,s" }
  for i = 1, 60000 do lines[i + 1] = i .. "," .. i / 8 .. ",name" .. i % 7 .. (i % 1000 == 0 and ' ""' or "") end
  local text = table.concat(lines, "\n") .. "\n"
  local n, total, whole = 0, 0, csv.decode(text)
  for _, f in ipairs(chunks_of(text, { rows = 7001 })) do
    total, n = total + f:column "x":sum(), n + f.n_rows
    check.eq(f:column "i".dtype, "i64")
  end
  check.eq(n, 60000)
  check.eq(total, whole:column "x":sum())
end)

check.test("a chunk that does not have the types of the first is an error that says what to do", function()
  local function second(row) return function() chunks_of("a,b\n1,x\n2,y\n" .. row .. "\n", { rows = 2 }) end end
  check.raises(second "3.5,z", ':4:1: column "a": "3.5" is not an integer of 64 bits; the first chunk set this type')
  check.raises(second "007,z", '"007" is not an integer')
  check.raises(second ",z",
    'column "a" has missing values in the chunk from line 4 on, after a first chunk of integers; set its type: '
      .. 'types = { ["a"] = "number" }')
  check.eq(chunks_of("a\n1\n\n\"\"\n", { rows = 1, types = { a = "number" } })[2]:column("a"):totable(), { 0 / 0 })
  check.raises(second "3", ":4:2: expected 2 fields, found 1")
  check.raises(second '3,"z', ":4:3: the quote that begins here is never closed")
end)

check.test("in chunks, too, no later value is rounded", function()
  local function second(first, row)
    return function() chunks_of("a,b\n" .. first .. ",x\n" .. row .. ",y\n", { rows = 1 }) end
  end
  check.raises(second("", "9007199254740993"), 'column "a": an integer past 2^53 beside missing values')
  check.raises(second("0.5", "9007199254740993"), 'column "a": an integer past 2^53 beside missing values or fractions')
  check.raises(second("1", "12345678901234567890"), '"12345678901234567890" is not an integer of 64 bits')
  check.raises(second("9007199254740993", ""), 'column "a"')
end)

check.test("mistakes in csv.chunks are errors", function()
  check.raises(function() csv.chunks("none.csv") end, "none.csv: No such file")
  check.raises(function() chunks_of("a\n1\n", { rows = 0 }) end, "rows: expected a number of rows, at least 1")
  check.raises(function() chunks_of("a\n1\n", { row = 5 }) end, 'did you mean "rows"')
  check.raises(function() chunks_of("", { rows = 5 }) end, "expected a line of column names, found nothing")
  check.raises(function() csv.read("none.csv", { rows = 5 }) end, '"rows"')
end)

check.test("a loop that is left early closes its file", function()
  local path = write_file "a\n1\n2\n"
  local again
  for f in csv.chunks(path, { rows = 1 }) do again = f break end
  check.eq(again:column("a"):totable(), { 1 })
  local next_chunk, _, _, file = csv.chunks(path, { rows = 1 })
  do local closed <close> = file end
  check.raises(function() next_chunk() end, "closed")
  os.remove(path)
end)

check.test("a table behind lines of text is found by the separator on which its records agree", function()
  local text = "Bericht\nStand: heute\n\nDatum;Umsatz\n21.10.2026;984,75\n22.10.2026;1.000,00\n"
  local said = check.raises(function() csv.decode(text) end, "if the table begins in line 4, skip = 3")
  check.has(said, 'separator = ";"')
  check.eq(csv.decode(text, { skip = 3, separator = ";", decimal = ",", thousands = "." }).columns,
    { "Datum", "Umsatz" })
  check.eq(csv.decode(text, { skip = 3 }).columns, { "Datum", "Umsatz" })
end)

check.test("a comment in front of a table of other separators is not its header", function()
  check.raises(function() csv.decode "# sensor dump\ntime\ttemp\nA\t1\n" end, 'comment = "#" leaves out lines')
  check.eq(csv.decode("# sensor dump\ntime\ttemp\nA\t1\n", { comment = "#" }).columns, { "time", "temp" })
  check.eq(csv.decode("# x\n1\n2\n").columns, { "# x" })
end)

check.test("a path that ends as a compressed file is not written", function()
  check.raises(function() csv.write(csv.decode "x\n1\n", "out.csv.gz") end, "ends in .gz, and what is written is not")
end)

check.done()
