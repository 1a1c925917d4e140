-- csv_corpus.lua LIST OUT: each CSV in LIST is read as text and written to OUT/N.csv; the types of its columns go to
-- standard output.  A part of tests/bench/csv_corpus.
local csv = require "rille.csv"
local n = 0
for path in io.lines(arg[1]) do
  n = n + 1
  local ok, f = pcall(csv.read, path)
  if not ok then
    io.write("E\t", n, "\t", path, "\t", (tostring(f):gsub("^.-csv_corpus.lua:%d+: ", ""):gsub("[\t\n]", " ")), "\n")
  else
    local types, kinds = {}, {}
    for i, c in ipairs(f.columns) do
      types[c] = "string"
      local col = f:column(c)
      kinds[i] = type(col) == "table" and (getmetatable(col) and "date" or "string") or tostring(col.dtype or "date")
    end
    csv.write(csv.read(path, { types = types, header = true }), arg[2] .. "/" .. n .. ".csv")
    io.write("F\t", n, "\t", path, "\t", table.concat(kinds, ","), "\n")
  end
end
