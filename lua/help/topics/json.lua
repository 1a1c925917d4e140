-- rille help json
return { order = 134, text = [[
JSON: local json = require "rille.json"

  json.read "data/x.json"          a value: tables, strings, numbers, booleans
  json.write(value, "out.json")    the file is complete, or unchanged on error
  json.write(value, "out.json", { indent = 2 })
  json.decode(text)   json.encode(value)   json.encode(value, { indent = 2 })
  json.null                        null in a list (rille help null)
  json.array {}   json.object {}   an empty table that is written as [] or {}

frame.read "data/x.json" reads a list of records, [{"x": 1}, ...], or columns,
{"x": [1, 2], ...}, as a frame; f:write "out.json" writes records.  It reads
df.to_json(path) of pandas, too, with the orients columns, index and split, if
the index is 0, 1, 2...; another index is an error, as a frame would lose it.

A gzip or zstd file is decompressed, whatever its name.  The text is UTF-8, or
UTF-16 with a byte order mark; for other text name the encoding:
  json.read("x.json", { encoding = "latin-1" })
or windows-1252, utf-16, utf-16le, utf-16be.  frame.read takes the same option.
Errors name the file, the line and the column.  A workbook, database, image,
archive or other binary file is an error that names its kind.

As a pipeline's input: --input c=x.json or c=x.json.gz, for a table, a list or a
frame; 'c=x.json?encoding=latin-1' for other encodings.

The syntax is that of RFC 8259: no comments, no NaN, no trailing commas.
Integers have 64 bits and are exact; larger ones are errors.  A number with a
point or an exponent is a float (f64), the nearest one.  A key that occurs
twice in an object is an error.  Objects are written with sorted keys.
]] }
