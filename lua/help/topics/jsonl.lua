-- rille help jsonl
return { order = 135, text = [[
JSON lines: one value per line.  local jsonl = require "rille.jsonl"

  jsonl.read("events.jsonl")      a frame: each line is an object, and its
                                  fields are the columns
  jsonl.list("events.jsonl")      a list of the values, of any kind
  for v, line in jsonl.lines("large.jsonl") do ... end
                                  one value at a time
  jsonl.write(f, "out.jsonl")     a frame, a list, or a function that returns
                                  one value per call, then nil
  jsonl.decode(text)              a frame; jsonl.encode(f or list) is the text

Columns appear in the order of their first use in the file.  A field that is
absent or null is missing (rille help frames).  The values of a column are all
strings, all numbers or all booleans; use jsonl.list or jsonl.lines for records
that contain objects or arrays.  Blank lines are skipped.

A gzip or zstd file is decompressed, whatever its name.  The text is UTF-8, or
UTF-16 with a byte order mark; for other text name the encoding:
  jsonl.read("x.jsonl", { encoding = "latin-1" })
or windows-1252, utf-16, utf-16le, utf-16be.  jsonl.list and jsonl.lines take
the same option.  Errors name the file and the line.

Missing numbers and dates are written as null, dates as ISO text, missing
strings as "".  Infinity, which JSON lacks, is an error, as are strings that are
not UTF-8.

As a pipeline's input: --input f=events.jsonl, f=events.jsonl.gz, or
'f=events.jsonl?encoding=latin-1'.  One value in a file: rille help json.
Results as JSON: rille help artifact
]] }
