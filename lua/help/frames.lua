-- rille help frames
return [[
Frames: tables of columns.  local frame = require "rille.frame"

  local f = frame.new { { "x", array.from { 1, 2, 3 } },
                        { "g", { "a", "b", "a" } } }

A column is a vector (rille help arrays) or a list of strings.  Every method
gives a new frame; a frame prints as a table.

  f.columns  f.n_rows  f:column "x"
  f:select { "x" }   f:drop { "x" }   f:rows(2, 3)   f:head(5)
  f:filter(f:column "x":gt(1))        rows where the mask is true
  f:drop_missing()                    rows without NaN and ""
  f:sort "x"
  f:group_by({ "g" }, { x = "mean" }) a row a group; also count, first, last,
                                      max, min, std, sum
  f:join(other, "g"[, how])           how is "inner" (the default) or "left"
  f:describe()                        count, missing, mean, std, min, max
  f:to_matrix([columns])              a matrix of the columns of numbers

CSV: local csv = require "rille.csv"

  csv.read("data/x.csv", { header = true, types = { id = "string" },
                           missing = "NA", separator = "," })
  csv.write(f, "out.csv")
  csv.decode(text)   csv.encode(f)

JSON and YAML: rille.json (encode, decode; json.null, json.array, json.object)
and rille.yaml (encode, decode).

Kept as frame.json and a member a column: .npy or .json.
]]
