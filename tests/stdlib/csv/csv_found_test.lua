-- rille.csv: files as they are found, that RFC 4180 does not know.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local csv = require "rille.csv"
local frame = require "rille.frame"

local function write_file(text)
  local path = os.tmpname()
  local h <close> = assert(io.open(path, "wb"))
  h:write(text)
  return path
end

-- The frame of a file with the bytes, whole and in chunks of any size; all must agree.
local function everywhere(bytes, options)
  local f = csv.decode(bytes, options)
  local path = write_file(bytes)
  check.ok(csv.read(path, options) == f)
  for _, rows in ipairs { 1, 2, 1000 } do
    local given, parts = { rows = rows }, {}
    for k, v in pairs(options or {}) do given[k] = v end
    for part in csv.chunks(path, given) do if part.n_rows > 0 then parts[#parts + 1] = part end end
    check.eq(csv.encode(#parts == 1 and parts[1] or frame.concat(parts)), csv.encode(f))
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

check.test("lines may end in carriage returns alone, in a file larger than a piece too", function()
  local f = everywhere('a,b\r1,"x\ry"\r2,z\r')
  check.eq(f:column("a"):totable(), { 1, 2 })
  check.eq(f:column "b", { "x\ny", "z" })
  local lines = { "a,b" }
  for i = 1, 20000 do lines[i + 1] = i .. ",name " .. i end
  local text = table.concat(lines, "\r")
  check.ok(csv.decode(text) == csv.decode((text:gsub("\r", "\n"))))
  local path, n = write_file(text), 0
  for part in csv.chunks(path, { rows = 7000 }) do n = n + part.n_rows end
  check.eq(n, 20000)
  os.remove(path)
  refused("a,b\r1,2\r3\r", nil, ":3:2: expected 2 fields, found 1")
  refused("a,b\r\r\n1,2\r\r\n", nil, " looks like text in which some lines end in carriage returns alone")
end)

check.test("a header that looks like a record is no header unless it is said to be", function()
  refused("5.1,3.5\n4.9,3.0\n", nil, ":1:1: the line of column names has only values; header = false reads it as a "
    .. "record, header = true as names")
  refused("6,148,72\n1,85,66\n", nil, ":1:1: the line of column names has only values")
  refused("2026-11-22,true\n2026-11-23,false\n", nil, ":1:1: the line of column names has only values")
  check.eq(everywhere("5.1,3.5\n4.9,3.0\n", { header = false }).n_rows, 2)
  check.eq(everywhere("5.1,3.5\n4.9,3.0\n", { header = true }).columns, { "5.1", "3.5" })
  for _, header in ipairs { "0,1", "1,2,3", "2020,2019,2018", ",0,1", "x,5.1", '"5","7"', "0" } do
    check.eq(csv.decode(header .. "\n").n_rows, 0)
  end
end)

check.test("names replaces no line that looks like a record", function()
  refused("5.1,setosa\n4.9,setosa\n", { names = { "x", "y" } }, ':1:1: names replaces this line, and "5.1" looks like '
    .. "a value; header = false reads the line as a record, header = true leaves it out")
  check.eq(everywhere("5.1,setosa\n", { names = { "x", "y" }, header = false }).n_rows, 1)
  check.eq(everywhere("5.1,setosa\n4.9,s\n", { names = { "x", "y" }, header = true }).n_rows, 1)
end)

check.test("ragged: empty fields too many are passed over by pad", function()
  local typed = { ragged = "pad", types = { b = "number" } }
  check.eq(everywhere("a,b\n1,2,,\n3,4,\n5\n", typed):column("a"):totable(), { 1, 3, 5 })
  refused("a,b\n1,2,,\n", nil, ':2:4: expected 2 fields, found 4; ragged = "pad" passes over empty ones at the end')
  refused("a,b\n1,2,,x\n", { ragged = "pad" }, ':2:6: expected 2 fields, found 4; ragged = "skip" leaves the record')
  refused("# made today\na,b\n1,2\n", nil, ':2:2: expected 1 field, found 2; comment = "#" leaves out lines')
end)

check.test("a format of dates that fits no column, or not all of one, is an error", function()
  refused("d\n01/22/2020\n03/04/2020\n", { dates = "%d/%m/%Y" }, ":2:1: no column has dates written as %d/%m/%Y")
  refused("d\n03/04/2020\n01/22/2020\n", { dates = { d = "%d/%m/%Y" } },
    ':3:1: column "d": "01/22/2020" is not a date')
  check.raises(function() csv.decode("d\n03/04/2020\n01/22/2020\n", { dates = "%d/%m/%Y" }, "x.csv") end,
    'x.csv:3:1: column "d": "01/22/2020" is not a date written as %d/%m/%Y, as those before it are; missing names')
  check.eq(csv.decode("d,e\n03/04/2020,3/4/2020\n01/22/2020,5/6/2020\n", { dates = "%d/%m/%Y",
    types = { d = "string" } }):column "d", { "03/04/2020", "01/22/2020" })
  check.eq(csv.decode("d\n\n", { dates = "%d/%m/%Y" }).n_rows, 0)
end)

check.test("an encoding of units that the file does not have is an error", function()
  for _, encoding in ipairs { "utf-16", "utf-16le", "utf-16be" } do
    refused("a,b\n1,2\n", { encoding = encoding }, ":1:1: as UTF-16 the text has no separator and no line end")
  end
  refused("\xff\xfea\0\n\0x", nil, ": the text ends within a character of UTF-16, at offset 6")
end)

check.test("other quotes, none, and escapes", function()
  check.eq(everywhere("a,b\n'x,\"y\n''z',2\n", { quote = "'" }):column "a", { "x,\"y\n'z" })
  check.eq(everywhere('a,b\n"x,2\n', { quote = "" }):column "a", { '"x' })
  check.eq(everywhere('a,b\n"x\\"y\\\\",2\nu\\,v\\\nw,3\n', { escape = "\\" }):column "a", { 'x"y\\', "u,v\nw" })
  check.eq(everywhere('a,b\n"x""y",2\n', { escape = '"' }):column "a", { 'x"y' })
  refused('a,b\n"x\\"y",2\n', nil,
    [[:2:5: expected a separator or the line's end after the quote; escape = "\\" reads]])
  refused('a,b\n"x" y,2\n', nil, [[:2:4: expected a separator or the line's end after the quote; quote = "" reads]])
  refused('a,b\n"x,2\n', nil, ':2:1: the quote that begins here is never closed; quote = "" reads quotes')
  for option, v in pairs { quote = "ab", escape = "ab" } do
    check.raises(function() csv.decode("a", { [option] = v }) end, option .. ": expected one character of ASCII")
  end
  check.raises(function() csv.decode("a", { quote = ";", separator = ";" }) end, 'quote and separator are both ";"')
  check.raises(function() csv.decode("a", { escape = ";", separator = ";" }) end, 'escape and separator are both ";"')
end)

check.test("digits past the millisecond keep a column of strings, unless it is said to be one of dates", function()
  local text = "t\n2026-11-22T10:30:00.123456\n2026-11-22 10:30:00\n2026-11-22T10:30:00.999999999+01:00\n"
  check.eq(everywhere(text):column("t")[1], "2026-11-22T10:30:00.123456")
  check.eq(everywhere(text, { types = { t = "date" } }):column("t"):totable(),
    { "2026-11-22T10:30:00.123", "2026-11-22T10:30:00.000", "2026-11-22T09:30:00.999" })
  refused("t\n2026-11-22T10:30:00.12345x\n", { types = { t = "date" } },
    ':2:1: column "t": "2026-11-22T10:30:00.12345x"')
end)

check.test("what public data sets have is read, or is an error that names the option", function()
  local dup = "a,b,a\n1,2,3\n"
  refused(dup, nil, ':1:1: two columns are named "a"; duplicates = "number" numbers them')
  check.eq(everywhere(dup, { duplicates = "number" }).columns, { "a", "b", "a_2" })
  local latin1 = "stadt;wert\nM\xfcnchen;1,5\nK\xf6ln;2,25\n"
  refused(latin1, nil, ":2:2: the byte 0xFC is not UTF-8; for Western European text use encoding = ")
  local f = everywhere(latin1, { encoding = "latin-1", decimal = "," })
  check.eq({ f:column "stadt", f:column("wert"):totable() }, { { "München", "Köln" }, { 1.5, 2.25 } })
  local preamble = '"Data Source","World Development Indicators",\n\n"Last Updated Date","2024-06-28",\n\n'
    .. '"Country Name","Country Code","1960","1961"\n"Aruba","ABW","54608","55811"\n'
  refused(preamble, nil, ":5:37: expected 3 fields, found 4; if the table begins in line 5, skip = 4; ")
  check.eq(everywhere(preamble, { skip = 4 }):column("1961"):totable(), { 55811 })
  local semi = everywhere("datum;betrag\n01.02.2024;1.234,50\n31.12.2024;-7,00\n",
    { dates = "%d.%m.%Y", decimal = ",", thousands = "." })
  check.eq(semi:column("betrag"):totable(), { 1234.5, -7.0 })
  check.has(tostring(semi), "2024-02-01")
end)

check.test("a printed frame names the options that make its text numbers", function()
  local function said(text, hint) check.eq(tostring(csv.decode(text)):match "\n(column.*)", hint) end
  said("x,g\n1,a\nNA,b\n", 'column "x" is text; csv.read reads numbers with missing = "NA"')
  said("datum;betrag\n01.02.2024;1.234,50\n31.12.2024;-7,00\n",
    'column "betrag" is text; csv.read reads numbers with\n  decimal = ",", thousands = "."')
  for _, text in ipairs { "x\na\nNA\n", "x\n007\n", "x\n1e400\n", "x\n1\n2\n", "x\nNA\n", "x\n" } do said(text, nil) end
  local wide = csv.decode("a,b,c,d\n?,?,?,?\n" .. ("1,2,3,4\n"):rep(20))
  check.eq(select(2, tostring(wide):gsub("is text", "")), 3)
end)

check.test("what is wrong with an option is told with the function's name", function()
  for _, one in ipairs { { { separator = "e" }, "separator: expected one character of ASCII" },
    { { types = { a = "nmber" } }, 'types: column "a": there is no type "nmber"; did you mean "number"?' },
    { { skip = -1 }, "skip: expected a number of lines" }, { { encoding = "x" }, 'encoding: there is no "x"' },
    { { dates = 1 }, "dates: expected a format" }, { { decimal = ";" }, "decimal: " } } do
    check.raises(function() csv.decode("a\n1\n", one[1]) end, "csv.decode: " .. one[2])
  end
end)

local function bytes(hex) return (hex:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)) end

check.test("a gzip or zstd file is unpacked, one frame after another", function()
  local packed = bytes "28b52ffd0458610000612c620a312c780a322c790a2e9f2146"       -- zstd -c
  check.ok(everywhere(packed) == csv.decode "a,b\n1,x\n2,y\n")
  check.eq(everywhere(packed .. packed, { types = { a = "string" } }).n_rows, 5)
  refused(packed:sub(1, -6), nil, ": the zstd file ends early; is it cut off?")
  refused(packed .. "hello", nil, ": the zstd file is damaged: ")
  refused(packed:sub(1, -2) .. "x", nil, ": the zstd file is damaged: ")
  local gz = bytes "1f8b08000000000002034bd449e232d4a9e032d2a9e40200c2967e9d0c000000"
  check.ok(everywhere(gz) == csv.decode "a,b\n1,x\n2,y\n")
  refused(gz .. "hello", nil, ": other bytes follow the gzip data; gzip -dc FILE > OTHER leaves them out")
  refused(gz:sub(1, -3), nil, ": the gzip file ends early; is it cut off?")
end)

check.test("the names that other tools give an option lead to its name", function()
  for name, meant in pairs { delimiter = "separator", delim = "separator", skiprows = "skip", na_values = "missing",
    dtype = "types", quotechar = "quote", escapechar = "escape", parse_dates = "dates", on_bad_lines = "ragged" } do
    check.raises(function() csv.decode("a", { [name] = "," }) end, 'unknown field "' .. name .. '"; did you mean "'
      .. meant .. '"?')
  end
end)

check.done()
