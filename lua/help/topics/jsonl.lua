-- rille help jsonl
return { order = 135, text = [[
JSON lines: a value on each line.  local jsonl = require "rille.jsonl"

  jsonl.read("events.jsonl")      a frame: each line is an object, and its
                                  fields are the columns
  jsonl.list("events.jsonl")      a list of the values, of any kind
  for v, line in jsonl.lines("large.jsonl") do ... end
                                  one value after the other
  jsonl.write(f, "out.jsonl")     a frame, a list, or a function that gives
                                  values until nil, written as they come
  jsonl.decode(text)              a frame; jsonl.encode(f or list) is the text

Columns are in the order in which the file first has their names.  A field that
is absent or null is missing (rille help frames).  All values of a column are
strings, numbers or booleans; objects and arrays within a record are read by
jsonl.list and jsonl.lines.  Blank lines are passed over.

Written are null for a missing number or date, ISO texts for dates, and "" for a
missing string.  JSON has no infinity: that is an error, as are strings that are
not UTF-8.

In a pipeline's input: --input f=events.jsonl, or f=records.json with
[{"x": 1}, ...] or {"x": [1, 2], ...}.  Results as JSON: rille help artifact
]] }
