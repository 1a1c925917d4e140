-- rille help frames
return { order = 120, text = [[
Frames: tables of columns.  local frame = require "rille.frame"

  local f = frame.new { { "x", array.from { 1, 2, 3 } },
                        { "g", { "a", "b", "a" } } }

A column is a vector (rille help arrays), a list of strings, or dates; the list
is a plain table without methods.  Every
method gives a new frame; a frame prints as a table.

Inspecting f.columns  f.n_rows or #f  f:column "x"  f:describe()
           f:unique "x"   f:value_counts "x"
Columns    f:select { "x" }   f:drop { "x" }   f:rename { x = "y" }
           f:with_column("z", array, list, dates or function(f))
           f:to_matrix([columns])            a matrix of the numeric columns
Rows       f:rows(2, 3)   f:head(5)   f:take { 3, 1 }   f:sample(n, seed)
           f:filter(f:column "x":gt(1))      rows where the mask is true
           f:filter { g = "a" }   f:filter { g = { "a", "b" }, x = 1 }
           f:filter(function(row) return row.x > 1 end)
           f:mask { g = "a" }                the mask of such a condition
           m & n, m | n, ~m                  combine masks; Lua's `and` does not
           for row, i in f:each() do ... end      row is { x = 1, g = "a" }
           f:records()                       a list of such rows
           f:append(g)   frame.concat { f, g }
           f:sort "x"   f:sort { "g", { "x", desc = true } }
           f:sort("x", { desc = true })
Missing    NaN in floats, "" in strings, a date without value; integers and
           booleans always have one.  They sort last and join with nothing.
           f:is_missing "x"   f:drop_missing([columns])
           f:fill_missing(0)   f:fill_missing { x = 0, g = "?" }
           f:column "x":mean() of a column with NaN is NaN, as are sum, min and
           max; f:column "x":present():mean() leaves NaN out, as describe and
           group_by do
Groups     f:group_by("g", { x = "mean" })   a row a group, named g and x
           f:group_by({ "g", "h" }, { x = { "sum", "max" } })   x_sum, x_max
           count first last max mean median min nunique std sum var
           f:group_by("g", { n = "count" })  n is the number of rows
           codes, labels = f:codes "g"      1, 2, ... for the values of a column
Joins      f:join(other, "g", how, { "_left", "_right" })
           how: inner (the default), left, right, outer; one key or a list

Dates      frame.dates { "2026-11-22", "2026-11-22T10:30:00Z", "" }
           ISO 8601 in UTC, to the millisecond; frame.date "2026-11-22" is the
           number of milliseconds since 1970, d.ms an i64 array of them
           d:year()  month  day  hour  minute  second  weekday (1 is Monday)
           d:truncate "month"    year, quarter, week, day, hour, minute
           d:ge "2026-01-01"     eq ne lt le gt ge, with text, dates or a number
           d:days_since "2026-01-01"   d:add_days(7)   d:min()   d:totable()

  f:with_column("month", function(f) return f:column "day":truncate "month" end)
   :group_by("month", { amount = { "sum", "count" } })

Files     f:write("out.csv")   or .json, .jsonl, .npy, .sqlite: by the extension
          frame.read("in.csv")   .tsv .json .jsonl .npy .sqlite; a .json is a
          list of records, [{"x": 1}, ...], or columns, {"x": [1, 2], ...}
          frame.from_records({ { x = 1, g = "a" }, ... }, { "x", "g" })
          In .npy a frame is a structured array, with dates as datetime64[ms];
          with hundreds of columns, load it with max_header_size=10**7

CSV: rille help csv.  JSON lines: rille help jsonl.  SQLite: rille help sqlite.
JSON, YAML and null: rille help null

When an integer column gets missing values, as in a join, it becomes a column of
floats, or of strings if it has integers past 2^53, which floats would round.
To collect large results of csv.chunks, see array.builder in rille help
arrays, and examples/sales.lua.

A frame is stored as frame.json and one member per column, .npy or .json.
]] }
