package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array, frame = require "rille.array", require "rille.frame"

local nan = 0 / 0

local function people()
  return frame.new {
    { "name", { "Ada", "Bob", "", "Dan" } },
    { "age", { 36, 25, 41, 25 } },
    { "height", { 1.7, nan, 1.8, 1.6 } },
    { "member", { true, false, true, true } },
  }
end

local function list(f, name)
  local column = f:column(name)
  return array.is(column) and column:totable() or column
end

-- --- making ------------------------------------------------------------------

check.test("a frame has its columns in order and a number of rows", function()
  local f = people()
  check.eq(f.columns, { "name", "age", "height", "member" })
  check.eq(f.n_rows, 4)
  check.ok(frame.is(f) and not frame.is {} and not frame.is(nil))
  check.eq(getmetatable(f), frame.class)
  check.eq(frame.class.__name, "frame")
end)

check.test("lists of numbers and booleans become arrays, strings stay a list", function()
  local f = people()
  check.eq(f:column("age").dtype, "i64")
  check.eq(f:column("height").dtype, "f64")
  check.eq(f:column("member").dtype, "bool")
  check.eq(f:column "name", { "Ada", "Bob", "", "Dan" })
end)

check.test("a list that is changed later does not change the frame", function()
  local names = { "a", "b" }
  local f = frame.new { { "x", names } }
  names[1] = "z"
  check.eq(f:column "x", { "a", "b" })
end)

check.test("an array keeps its dtype", function()
  check.eq(frame.new({ { "x", array.from({ 1, 2 }, "u8") } }):column("x").dtype, "u8")
end)

check.test("a frame may have no rows, or no columns", function()
  check.eq(frame.new({ { "x", {} } }).n_rows, 0)
  check.eq(frame.new({}).n_rows, 0)
end)

check.test("columns of different lengths are an error", function()
  check.raises(function() frame.new { { "a", { 1, 2 } }, { "b", { 1 } } } end,
    'frame.new: column "b" has length 1, but "a" has length 2')
end)

check.test("two columns of one name are an error", function()
  check.raises(function() frame.new { { "a", { 1 } }, { "a", { 2 } } } end, 'two columns are named "a"')
end)

check.test("a column of mixed values is an error that shows where", function()
  local message = check.raises(function() frame.new { { "a", { 1, 2, "x" } } } end,
    'column "a": element 3 is "x", expected a number as before it')
  check.has(message, "frame_test.lua:")
  check.raises(function() frame.new { { "a", { {} } } } end, 'column "a": element 1 is a table')
end)

check.test("what is no column is an error", function()
  check.raises(function() frame.new { { "a", 5 } } end,
    'column "a": expected an array, a list or dates, found 5')
  check.raises(function() frame.new { { "a", array.zeros { 2, 2 } } } end,
    'column "a": expected one dimension, found 2')
  check.raises(function() frame.new { { "a", people() } } end, "found a frame")
  check.raises(function() frame.new { { 1, { 2 } } } end, 'column 1: expected { "name", values }')
  check.raises(function() frame.new { a = { 1 } } end, "columns have an order")
  check.raises(function() frame.new(5) end, "found 5")
end)

check.test("a frame does not change", function()
  check.raises(function() people().extra = 1 end, 'a frame cannot be changed; its field "extra" cannot be set')
end)

-- --- columns -----------------------------------------------------------------

check.test("an unknown column is an error with the nearest name", function()
  local message = check.raises(function() people():column "agge" end, 'there is no column "agge"; did you mean "age"?')
  check.has(message, "frame_test.lua:")
  check.raises(function() people():column(1) end, "expected the name of a column, found 1")
  check.raises(function() people():select { "age", "hieght" } end, 'did you mean "height"?')
  check.raises(function() people():drop { "nam" } end, 'did you mean "name"?')
end)

check.test("select takes columns in the order given", function()
  local f = people():select { "height", "name" }
  check.eq(f.columns, { "height", "name" })
  check.eq(f.n_rows, 4)
  check.eq(people():select("age").columns, { "age" })
  check.raises(function() people():select { "age", "age" } end, 'select: column "age" is named twice')
  check.raises(function() people():select(5) end, "select: expected a list of column names, found 5")
end)

check.test("drop leaves the others, and the frame it came from, as they are", function()
  local f = people()
  check.eq(f:drop({ "name", "member" }).columns, { "age", "height" })
  check.eq(f.columns, { "name", "age", "height", "member" })
end)

check.test("a matrix is made of the columns of numbers, always in f64", function()
  local m = people():to_matrix { "age", "member" }
  check.eq(m.dtype, "f64")
  check.eq(m:totable(), { { 36.0, 1.0 }, { 25.0, 0.0 }, { 41.0, 1.0 }, { 25.0, 1.0 } })
  check.eq(people():select({ "age" }):to_matrix().shape, { 4, 1 })
end)

check.test("a column of strings in a matrix is an error", function()
  check.raises(function() people():to_matrix() end,
    'to_matrix: column "name" holds strings; select the numeric columns')
  check.raises(function() frame.new({}):to_matrix() end, "there is no column to take")
end)

-- --- rows --------------------------------------------------------------------

check.test("rows takes a range with both ends", function()
  local f = people():rows(2, 3)
  check.eq(f.n_rows, 2)
  check.eq(list(f, "name"), { "Bob", "" })
  check.eq(list(f, "age"), { 25, 41 })
  check.eq(people():rows(3).n_rows, 2)
  check.eq(people():rows(1, 0).n_rows, 0)
end)

check.test("a range past the rows is an error", function()
  check.raises(function() people():rows(0, 2) end, "rows: 0 to 2 is not a range in 1 to 4")
  check.raises(function() people():rows(1, 5) end, "rows: 1 to 5 is not a range in 1 to 4")
  check.raises(function() people():rows(1.5) end, "rows: expected two integers, found 1.5")
end)

check.test("head takes the first rows, or all when there are fewer", function()
  check.eq(list(people():head(2), "name"), { "Ada", "Bob" })
  check.eq(people():head().n_rows, 4)
  check.eq(people():head(0).n_rows, 0)
  check.raises(function() people():head(-1) end, "head: expected a number of rows")
end)

check.test("take gives rows in any order, also twice", function()
  check.eq(list(people():take { 4, 1, 4 }, "name"), { "Dan", "Ada", "Dan" })
  check.eq(list(people():take(array.from { 2 }), "age"), { 25 })
  check.eq(people():take({}).n_rows, 0)
  check.raises(function() people():take { 5 } end, "take: 5 is not a row in 1 to 4")
end)

check.test("filter keeps the rows where the mask is true", function()
  local f = people()
  check.eq(list(f:filter(f:column "member"), "name"), { "Ada", "", "Dan" })
  check.eq(list(f:filter { false, true, false, false }, "age"), { 25 })
  check.eq(f:filter({ false, false, false, false }).n_rows, 0)
end)

check.test("a mask of another length or type is an error", function()
  check.raises(function() people():filter { true } end, "filter: the mask has length 1, the frame 4 rows")
  check.raises(function() people():filter { 1, 0, 1, 0 } end, "filter: expected a vector of booleans")
  check.raises(function() people():filter(true) end,
    "filter: expected a vector of booleans, { column = value } or a function, found true")
end)

check.test("drop_missing leaves out NaN and empty strings", function()
  check.eq(list(people():drop_missing(), "name"), { "Ada", "Dan" })
  check.eq(list(people():drop_missing { "height" }, "age"), { 36, 41, 25 })
  check.eq(list(people():drop_missing "name", "name"), { "Ada", "Bob", "Dan" })
  check.eq(people():drop_missing({ "age" }).n_rows, 4)
  check.raises(function() people():drop_missing { "hight" } end, 'did you mean "height"?')
end)

-- --- order and summary -------------------------------------------------------

check.test("sort keeps the order of equal rows", function()
  check.eq(list(people():sort "age", "name"), { "Bob", "Dan", "Ada", "" })
  check.eq(list(people():sort { "age", desc = true }, "name"), { "", "Ada", "Bob", "Dan" })
end)

check.test("sort takes several columns, each its own way", function()
  check.eq(list(people():sort { "age", { "name", desc = true } }, "name"), { "Dan", "Bob", "Ada", "" })
  check.eq(list(people():sort { "member", "height" }, "age"), { 25, 25, 36, 41 })
end)

check.test("missing values are sorted last either way", function()
  check.eq(list(people():sort "height", "age"), { 25, 36, 41, 25 })
  check.eq(list(people():sort { "height", desc = true }, "age"), { 41, 36, 25, 25 })
  check.eq(list(people():sort "name", "age"), { 36, 25, 25, 41 })
end)

check.test("a sort of many equal rows is stable", function()
  local keys, order = {}, {}
  for i = 1, 1000 do keys[i], order[i] = i % 3, i end
  local got = list(frame.new({ { "key", keys }, { "order", order } }):sort "key", "order")
  for i = 2, 1000 do check.ok(keys[got[i - 1]] < keys[got[i]] or got[i - 1] < got[i]) end
end)

check.test("a mistake in sort is an error", function()
  check.raises(function() people():sort "ages" end, 'there is no column "ages"; did you mean "age"?')
  check.raises(function() people():sort { "age", dsc = true } end, 'sort: unknown field "dsc"; did you mean "desc"?')
  check.raises(function() people():sort(5) end, "sort: expected a column name, found 5")
end)

check.test("describe has a row for each column", function()
  local d = people():describe()
  check.eq(d.columns, { "column", "type", "count", "missing", "mean", "std", "min", "max" })
  check.eq(list(d, "type"), { "string", "i64", "f64", "bool" })
  check.eq(list(d, "column"), { "name", "age", "height", "member" })
  check.eq(list(d, "count"), { 3, 4, 3, 4 })
  check.eq(list(d, "missing"), { 1, 0, 1, 0 })
  check.eq(list(d, "min"), { nan, 25.0, 1.6, 0.0 })
  check.eq(list(d, "max"), { nan, 41.0, 1.8, 1.0 })
  check.eq(list(d, "mean")[2], 31.75)
  check.ok(math.abs(list(d, "std")[2] - 8.0570880) < 1e-6)
end)

check.test("describe of no value is NaN, and the spread of one too", function()
  local d = frame.new({ { "a", { nan, nan } }, { "b", { 3.0, nan } } }):describe()
  check.eq(list(d, "count"), { 0, 1 })
  check.eq(list(d, "mean"), { nan, 3.0 })
  check.eq(list(d, "std"), { nan, nan })
end)

-- --- groups and pairs --------------------------------------------------------

local function sales()
  return frame.new {
    { "city", { "Rome", "Oslo", "Rome", "Oslo", "Rome" } },
    { "year", { 1, 1, 2, 1, 1 } },
    { "sold", { 5, 2, 7, 4, 1 } },
    { "price", { 1.5, nan, 2.5, nan, 2.0 } },
    { "who", { "b", "c", "", "a", "d" } },
  }
end

check.test("groups come in the order of their first rows", function()
  local g = sales():group_by("city", { sold = "sum", price = "mean", who = "count" })
  check.eq(g.columns, { "city", "sold", "price", "who" })
  check.eq(list(g, "city"), { "Rome", "Oslo" })
  check.eq(list(g, "sold"), { 13, 6 })
  check.eq(list(g, "price"), { 2.0, nan })
  check.eq(list(g, "who"), { 2, 2 })
end)

check.test("groups may go by several columns", function()
  local g = sales():group_by({ "city", "year" }, { sold = "max", who = "min" })
  check.eq(list(g, "city"), { "Rome", "Oslo", "Rome" })
  check.eq(list(g, "year"), { 1, 1, 2 })
  check.eq(list(g, "sold"), { 5, 4, 7 })
  check.eq(list(g, "who"), { "b", "a", "" })
end)

check.test("an aggregate that chooses keeps the dtype", function()
  local f = frame.new { { "k", { 1, 1 } }, { "u", array.from({ 7, 3 }, "u8") }, { "b", { true, false } } }
  local g = f:group_by("k", { u = "min", b = "max" })
  check.eq(g:column("u").dtype, "u8")
  check.eq(list(g, "b"), { true })
  check.eq(list(f:group_by("k", { u = "last" }), "u"), { 3 })
  check.eq(list(f:group_by("k", { b = "sum" }), "b"), { 1 })
  check.eq(list(f:group_by("k", { u = "std" }), "u"), { math.sqrt(8) })
end)

check.test("missing keys make a group of their own", function()
  local f = frame.new { { "k", { nan, 1.0, nan } }, { "v", { 1, 2, 3 } } }
  check.eq(list(f:group_by("k", { v = "sum" }), "v"), { 4, 2 })
end)

check.test("no rows make no groups", function()
  local g = sales():rows(1, 0):group_by("city", { sold = "count", price = "min" })
  check.eq(g.n_rows, 0)
  check.eq(g:column("sold").dtype, "i64")
end)

check.test("a mistake in group_by is an error", function()
  check.raises(function() sales():group_by("town", {}) end, 'there is no column "town"')
  check.raises(function() sales():group_by({}, {}) end, "group_by: expected at least one column")
  check.raises(function() sales():group_by("city", { solt = "sum" }) end, 'did you mean "sold"?')
  check.raises(function() sales():group_by("city", { sold = "maen" }) end,
    'group_by: column "sold": there is no aggregate "maen"; did you mean "mean"?')
  check.raises(function() sales():group_by("city", { who = "mean" }) end,
    'column "who" holds strings, which have no mean')
  check.raises(function() sales():group_by("city", { city = "count" }) end, 'column "city" is a key already')
  check.raises(function() sales():group_by "city" end, "expected { column = aggregate }, found nil")
end)

local function cities()
  return frame.new {
    { "city", { "Oslo", "Rome", "Oslo" } }, { "sold", { 10, 20, 30 } }, { "big", { false, true, true } },
  }
end

check.test("join gives each row with all of its partners", function()
  local j = sales():rows(1, 2):join(cities(), "city")
  check.eq(j.columns, { "city", "year", "sold", "price", "who", "sold_right", "big" })
  check.eq(list(j, "city"), { "Rome", "Oslo", "Oslo" })
  check.eq(list(j, "sold_right"), { 20, 10, 30 })
  check.eq(list(j, "big"), { true, false, true })
end)

check.test("a left join keeps rows without a partner, with missing values", function()
  local left = frame.new { { "city", { "Rome", "Bern", "" } } }
  local right = cities():filter { false, true, false }
  check.eq(list(left:join(right, "city"), "city"), { "Rome" })
  local j = left:join(right, "city", "left")
  check.eq(list(j, "city"), { "Rome", "Bern", "" })
  check.eq(list(j, "sold"), { 20.0, nan, nan })
  check.eq(list(j, "big"), { "true", "", "" })
end)

check.test("missing keys have no partner, integers meet floats", function()
  local a = frame.new { { "k", { 1.0, nan, 2.5 } } }
  check.eq(list(a:join(a, "k"), "k"), { 1.0, 2.5 })
  check.eq(a:join(frame.new { { "k", { 1, 2 } } }, { "k" }).n_rows, 1)
end)

check.test("a mistake in join is an error", function()
  check.raises(function() sales():join({}, "city") end, "join: expected a frame, found a table")
  check.raises(function() sales():join(cities(), "city", "outre") end,
    'unknown way to join: "outre"; did you mean "outer"')
  check.raises(function() sales():join(cities(), "town") end, 'there is no column "town"')
  check.raises(function() sales():join(cities(), "year") end, 'there is no column "year"')
  check.raises(function() sales():join(frame.new { { "city", { 1 } } }, "city") end,
    'column "city" holds strings in one frame and i64 in the other')
end)

-- --- values ------------------------------------------------------------------

check.test("frames of the same content are equal, missing values included", function()
  check.ok(people() == people())
  check.ok(people() ~= people():rows(1, 3))
  check.ok(people() ~= people():drop { "age" })
  check.ok(people():select { "age", "name" } ~= people():select { "name", "age" })
  check.ok(frame.new { { "a", { "x" } } } ~= frame.new { { "a", { "y" } } })
  check.ok(frame.new { { "a", { 1 } } } ~= frame.new { { "a", { 1.0 } } })
  check.ok(frame.new { { "a", { "1" } } } ~= frame.new { { "a", { 1 } } })
end)

check.test("the digest tells what equality tells", function()
  local function same(a, b) return frame.digest(frame.new(a)) == frame.digest(frame.new(b)) end
  check.eq(#frame.digest(people()), 32)
  check.ok(frame.digest(people()) == frame.digest(people()))
  check.ok(not same({ { "a", { 1 } } }, { { "a", { 1.0 } } }))
  check.ok(not same({ { "a", { 1 } } }, { { "b", { 1 } } }))
  check.ok(not same({ { "a", { "x", "yz" } } }, { { "a", { "xy", "z" } } }))
  check.ok(not same({ { "a", { 1 } }, { "b", { 2 } } }, { { "b", { 2 } }, { "a", { 1 } } }))
  check.ok(not same({}, { { "a", {} } }))
end)

check.test("a view and its copy have one digest", function()
  check.eq(frame.digest(people():rows(2, 3)), frame.digest(people():take { 2, 3 }))
end)

-- --- text --------------------------------------------------------------------

check.test("a frame prints with numbers at the right and text at the left", function()
  check.eq(tostring(people()), table.concat({
    "name  age  height  member",
    "Ada    36     1.7  true",
    "Bob    25     nan  false",
    "       41     1.8  true",
    "Dan    25     1.6  true",
  }, "\n"))
end)

check.test("ten rows are shown, the others counted", function()
  local numbers = {}
  for i = 1, 12 do numbers[i] = i end
  local f = frame.new { { "n", numbers } }
  check.has(tostring(f), "\n10\n... 2 more rows")
  check.has(tostring(f:rows(1, 11)), "\n... 1 more row")
  check.ok(not tostring(f:rows(1, 10)):find("more", 1, true))
end)

check.test("columns that do not fit are left out, but for the last", function()
  local columns = {}
  for i = 1, 40 do columns[i] = { "column" .. i, { i } } end
  local out = tostring(frame.new(columns))
  for line in out:gmatch "[^\n]+" do check.ok(#line <= 80, line) end
  check.has(out, "...  column40")
  check.has(out, "... 32 more columns")
end)

check.test("long and strange text is shown short and on its line", function()
  local out = tostring(frame.new { { "s", { "two\nlines\27[31m", ("x"):rep(100), "grün", "\xff" } },
    { "n", { 1, 2, 3, 4 } } })
  check.has(out, "two\\nlines?[31m")
  check.has(out, ("x"):rep(29) .. "…  2")
  check.has(out, "grün" .. (" "):rep(26) .. "  3")
end)

check.test("a frame without rows or columns says so", function()
  check.eq(tostring(frame.new { { "a", {} } }), "a\nno rows")
  check.eq(tostring(frame.new {}), "a frame without columns")
end)

-- --- dates -----------------------------------------------------------------

local function visits()
  return frame.new {
    { "when", frame.dates { "2026-03-05", "2025-12-31", "", "2026-03-01", "2026-02-10" } },
    { "n", { 1, 2, 3, 4, 5 } },
  }
end

check.test("dates are read from ISO texts and print as them", function()
  local d = frame.dates { "2026-11-22", "2026-11-22T10:30:00Z", "2026-11-22 10:30+01:00", "" }
  check.eq(d:totable(), { "2026-11-22T00:00:00", "2026-11-22T10:30:00", "2026-11-22T09:30:00", "" })
  check.eq(frame.dates { "2024-02-29", "0001-01-01", "9999-12-31" }:totable(),
    { "2024-02-29", "0001-01-01", "9999-12-31" })
  check.eq(frame.date "1970-01-02", 86400000)
  check.eq(frame.dates { "2026-01-01T00:00:00.25" }[1], "2026-01-01T00:00:00.250")
  check.eq(tostring(visits():select { "when" }:head(1)), "when\n2026-03-05")
end)

check.test("what is no date is an error that shows it", function()
  for _, bad in ipairs { "2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "2026-01-01T25:00", "2026-01-01x",
    "2026-01-01T10:00:00.1234", "0000-01-01" } do
    check.raises(function() frame.date(bad) end, 'found "' .. bad .. '"')
  end
  check.raises(function() frame.dates { "2026-01-01", "soon" } end, 'element 2 is "soon"')
  check.raises(function() frame.dates { 5 } end, "element 1 is 5")
  check.raises(function() frame.dates(array.from { 1.5 }) end, "expected a vector of i64")
  check.raises(function() frame.dates(array.from { math.maxinteger }) end, "outside the years 1 to 9999")
  check.raises(function() visits():column "when":truncate "mnth" end, 'unknown span "mnth"; did you mean "month"')
  check.raises(function() visits():column "when":lt(1.5) end, "lt: expected dates")
end)

check.test("dates have parts, differences and beginnings of their spans", function()
  local d = frame.dates { "2026-11-22", "2024-02-29" }
  check.eq(d:year():totable(), { 2026, 2024 })
  check.eq(d:month():totable(), { 11, 2 })
  check.eq(d:day():totable(), { 22, 29 })
  check.eq(d:weekday():totable(), { 7, 4 })
  check.eq(d:yearday():totable(), { 326, 60 })
  check.eq(d:days_since("2026-11-20"):totable(), { 2.0, -995.0 })
  check.eq(d:add_days(1):totable(), { "2026-11-23", "2024-03-01" })
  check.eq(d:truncate("month"):totable(), { "2026-11-01", "2024-02-01" })
  check.eq(d:truncate("week"):totable(), { "2026-11-16", "2024-02-26" })
  check.eq(d:truncate("quarter"):totable(), { "2026-10-01", "2024-01-01" })
  check.eq(d:min() .. " " .. d:max(), "2024-02-29 2026-11-22")
  check.eq(frame.dates { "", "2026-01-02" }:year():totable(), { nan, 2026.0 })
  check.eq(frame.dates { "1969-12-31T23:59:59" }:hour():totable(), { 23 })
end)

check.test("dates sort, compare, group and join; missing ones are last and no partner", function()
  local f = visits()
  check.eq(list(f:sort "when", "n"), { 2, 5, 4, 1, 3 })
  check.eq(list(f:sort { "when", desc = true }, "n"), { 1, 4, 5, 2, 3 })
  check.eq(list(f:filter(f:column "when":ge "2026-03-01"), "n"), { 1, 4 })
  check.eq(f:is_missing("when"):totable(), { false, false, true, false, false })
  check.eq(f:drop_missing().n_rows, 4)
  check.eq(f:fill_missing { when = "2000-01-01" }:column "when"[3], "2000-01-01")
  local g = f:with_column("month", function(one) return one:column "when":truncate "month" end):group_by("month",
    { n = "sum", when = { "min", "nunique" } })
  check.eq(g.columns, { "month", "when_min", "when_nunique", "n" })
  check.eq(list(g, "n"), { 5, 2, 3, 5 })
  check.eq(list(g, "when_nunique"), { 2, 1, 0, 1 })
  check.eq(g:column "when_min":totable(), { "2026-03-01", "2025-12-31", "", "2026-02-10" })
  check.eq(f:join(f:rename { n = "m" }, "when").n_rows, 4)
end)

check.test("frames with dates tell apart by digest what differs, and days from integers", function()
  local f = frame.new { { "d", frame.dates { "2026-01-01" } } }
  check.eq(frame.digest(f), frame.digest(frame.new { { "d", frame.dates { "2026-01-01T00:00" } } }))
  check.ok(frame.digest(f) ~= frame.digest(frame.new { { "d", frame.dates { "2026-01-02" } } }))
  check.ok(frame.digest(f) ~= frame.digest(frame.new { { "d", array.from { frame.date "2026-01-01" } } }))
  check.ok(f == frame.new { { "d", frame.dates { "2026-01-01" } } } and f ~= visits())
end)

-- --- more of groups, joins and columns ---------------------------------------

check.test("several aggregates of one column are named after both", function()
  local f = frame.new { { "k", { "a", "b", "a", "a" } }, { "x", { 1.0, 5.0, nan, 4.0 } },
    { "s", { "p", "", "q", "p" } } }
  local g = f:group_by("k", { x = { "mean", "median", "var", "count", "first", "last" }, s = { "nunique", "max" } })
  check.eq(g.columns, { "k", "x_mean", "x_median", "x_var", "x_count", "x_first", "x_last", "s_nunique", "s_max" })
  check.eq(list(g, "x_mean"), { 2.5, 5.0 })
  check.eq(list(g, "x_median"), { 2.5, 5.0 })
  check.eq(list(g, "x_var"), { 4.5, nan })
  check.eq(list(g, "x_count"), { 2, 1 })
  check.eq(list(g, "x_last"), { 4.0, 5.0 })
  check.eq(list(g, "s_nunique"), { 2, 0 })
  check.eq(g:column "s_max", { "q", "" })
  check.raises(function() f:group_by("k", { x = {} }) end, "there is no aggregate")
  check.raises(function() f:group_by("k", { s = "median" }) end, 'column "s" holds strings, which have no median')
  check.raises(function() f:group_by("k", { x = { "mean", "mena" } }) end, 'did you mean "mean"')
end)

check.test("right and outer joins keep rows of the right, with their keys", function()
  local a = frame.new { { "k", { "x", "y", "z" } }, { "v", { 1, 2, 3 } } }
  local b = frame.new { { "k", { "y", "w", "y" } }, { "v", { 10, 20, 30 } }, { "ok", { true, false, true } } }
  local r = a:join(b, "k", "right")
  check.eq(r:column "k", { "y", "w", "y" })
  check.eq(list(r, "v"), { 2.0, nan, 2.0 })
  check.eq(list(r, "v_right"), { 10, 20, 30 })
  local o = a:join(b, "k", "outer", { "_a", "_b" })
  check.eq(o.columns, { "k", "v_a", "v_b", "ok" })
  check.eq(o:column "k", { "x", "y", "y", "z", "w" })
  check.eq(list(o, "v_b"), { nan, 10.0, 30.0, nan, 20.0 })
  check.eq(o:column "ok", { "", "true", "true", "", "false" })
  check.raises(function() a:join(b, "k", "outer", { "_a", "_a" }) end, 'two columns would be named "v_a"')
  check.raises(function() a:join(b, "k", "outer", "_a") end, "expected two suffixes")
end)

check.test("columns are renamed, added and replaced, frames appended", function()
  local f = people():rename { age = "years" }:with_column("years", function(g) return g:column "years" + 1 end)
  check.eq(f.columns, { "name", "years", "height", "member" })
  check.eq(list(f, "years"), { 37, 26, 42, 26 })
  check.eq(f:with_column("n", { 1, 2, 3, 4 }).columns[5], "n")
  check.eq(people():append(people()).n_rows, 8)
  check.eq(frame.concat { people(), people():rows(2, 2) }:column "name"[5], "Bob")
  check.raises(function() people():rename { age = "name" } end, 'two columns would be named "name"')
  check.raises(function() people():rename { agge = "x" } end, 'there is no column "agge"; did you mean "age"')
  check.raises(function() people():with_column("n", { 1 }) end, 'column "n" has length 1, the frame 4 rows')
  check.raises(function() people():append(people():drop "age") end,
    'frame 1 has a column "age" and frame 2 has none; available: name, height, member')
  check.raises(function() people():append(people():with_column("age", { "a", "b", "c", "d" })) end,
    'column "age" holds i64 in one frame and strings in another')
end)

check.test("missing values are filled by column or by kind", function()
  local f = people():fill_missing { height = 1.5, name = "?" }
  check.eq(list(f, "height"), { 1.7, 1.5, 1.8, 1.6 })
  check.eq(f:column "name"[3], "?")
  check.eq(list(people():fill_missing(0), "height"), { 1.7, 0.0, 1.8, 1.6 })
  check.eq(people():fill_missing(0):column "name"[3], "")
  check.raises(function() people():fill_missing { height = "x" } end, 'column "height" holds numbers')
  check.raises(function() people():fill_missing { hight = 1 } end, 'there is no column "hight"; did you mean "height"')
  check.raises(function() people():fill_missing(true) end, "expected a value or { column = value }")
end)

check.test("values are counted, the different ones listed, rows drawn by a seed", function()
  local f = frame.new { { "s", { "b", "a", "b", "c", "b", "a" } }, { "n", { 3, 1, 3, 2, 3, 1 } } }
  check.eq(f:unique "s", { "b", "a", "c" })
  check.eq(f:unique("n"):totable(), { 3, 1, 2 })
  check.eq(f:value_counts("s"):column "s", { "b", "a", "c" })
  check.eq(list(f:value_counts "s", "count"), { 3, 2, 1 })
  check.eq(f:sample(6, 1), f)
  check.ok(f:sample(3, 1) == f:sample(3, 1) and f:sample(3, 1).n_rows == 3)
  check.raises(function() f:sample(7, 1) end, "a number of rows up to 6")
  check.raises(function() f:sample(3) end, "expected a seed")
end)

check.test("groups and joins of many rows are those of a plain count", function()
  local n = 5000
  local k, x = (array.random(n, 1) * 50 // 1):astype "i64", array.normal(n, 2)
  local sums, counts, order = {}, {}, {}
  for i = 1, n do
    local key = k[i]
    if not sums[key] then sums[key], counts[key], order[#order + 1] = 0, 0, key end
    sums[key], counts[key] = sums[key] + x[i], counts[key] + 1
  end
  local f = frame.new { { "k", k }, { "x", x } }
  local g = f:group_by("k", { x = { "sum", "count" } })
  check.eq(list(g, "k"), order)
  for i, key in ipairs(order) do
    check.ok(math.abs(g:column "x_sum"[i] - sums[key]) < 1e-9)
    check.eq(g:column "x_count"[i], counts[key])
  end
  local pairs_of = 0
  for _, c in next, counts do pairs_of = pairs_of + c * c end
  check.eq(f:join(f:rename { x = "y" }, "k").n_rows, pairs_of)
  local s = f:sort { "k", { "x", desc = true } }
  for i = 2, n do
    local a, b = s:column "k"[i - 1], s:column "k"[i]
    check.ok(a < b or a == b and s:column "x"[i - 1] >= s:column "x"[i])
  end
end)

-- --- integers that no float holds ------------------------------------------------

local LARGE <const> = (1 << 53) + 1

check.test("a join keeps integers past 2^53, as strings where a row has none", function()
  local f = frame.new { { "k", { "a", "b" } } }
  local g = frame.new { { "k", { "a" } }, { "id", array.from { LARGE } }, { "n", array.from { 7 } } }
  local joined = f:join(g, "k", "left")
  check.eq(list(joined, "id"), { tostring(LARGE), "" })
  check.eq(list(joined, "n"), { 7.0, nan })
  check.eq(f:join(g, "k"):column("id"):totable(), { LARGE })
end)

check.test("integers past 2^53 and floats do not meet in one column, as a key or in rows", function()
  local ints, floats = frame.new { { "k", array.from { LARGE } } }, frame.new { { "k", array.from { 2.0 ^ 53 } } }
  local want = 'column "k" has integers past 2^53 in one frame and floats in another, which cannot hold them; '
    .. 'make both strings'
  check.raises(function() ints:join(floats, "k") end, want)
  check.raises(function() ints:append(floats) end, want)
  check.raises(function() floats:append(ints) end, want)
  check.eq(list(frame.new { { "k", array.from { LARGE - 1 } } }:append(floats), "k"), { 2.0 ^ 53, 2.0 ^ 53 })
  check.eq(list(frame.new { { "k", array.from { 1 } } }:append(floats), "k"), { 1.0, 2.0 ^ 53 })
end)

check.test("a matrix takes no integers past 2^53", function()
  check.raises(function() frame.new { { "id", array.from { LARGE } } }:to_matrix() end,
    'to_matrix: column "id" has integers past 2^53')
  check.eq(frame.new { { "id", array.from { LARGE - 1 } } }:to_matrix():get(1, 1), 2.0 ^ 53)
end)

check.test("rille.null in a list is a missing value", function()
  local null = require("rille.json").null
  local f = frame.new { { "n", { null, 1, 3 } }, { "s", { "a", null, "" } }, { "none", { null, null, null } } }
  check.eq({ list(f, "n"), list(f, "s"), list(f, "none") }, { { nan, 1.0, 3.0 }, { "a", "", "" }, { nan, nan, nan } })
  check.eq(f:is_missing "n":totable(), { true, false, false })
  check.raises(function() frame.new { { "b", { true, null } } } end,
    'column "b": element 2 is null, and booleans cannot be missing')
  check.raises(function() frame.new { { "n", { null, 1, "x" } } } end,
    'column "n": element 3 is "x", expected a number')
  local line = debug.getinfo(1, "l").currentline + 1
  local message = check.raises(function() frame.new { { "n", { LARGE, null } } } end, "frame_test.lua:" .. line .. ": ")
  check.has(message, 'column "n": element 1 is the integer 9007199254740993, which a float cannot hold, '
    .. 'beside missing values or fractions: write all as strings, or 9007199254740993.0 to round it')
  check.raises(function() frame.new { { "n", { 1.5, 2, 9007199254740993 } } } end,
    'column "n": element 3 is the integer 9007199254740993')
  check.eq(list(frame.new { { "n", { 9007199254740992, null, 3 } } }, "n"), { 9007199254740992.0, nan, 3.0 })
end)

-- --- conditions and rows -----------------------------------------------------

check.test("rows are filtered by the values of columns, by a list of them and by a function", function()
  local f = people()
  check.eq(list(f:filter { name = "Bob" }, "age"), { 25 })
  check.eq(f:filter({ name = { "Bob", "Ada" } }):column "name", { "Ada", "Bob" })
  check.eq(f:filter({ age = 25, member = true }):column "name", { "Dan" })
  check.eq(f:filter({ name = "" }).n_rows, 1)
  check.eq(f:filter(function(row) return row.height and row.height > 1.6 end):column "name", { "Ada", "" })
  check.eq(f:filter({ name = {} }).n_rows, 0)
  local dated = frame.new { { "day", frame.dates { "2026-01-01", "", "2026-01-02" } } }
  check.eq(dated:filter({ day = "2026-01-01" }).n_rows, 1)
  check.eq(dated:filter({ day = require("rille.json").null }).n_rows, 1)
end)

check.test("a mask of a condition is combined with one of a column", function()
  local f = people()
  check.eq(f:filter(f:mask { member = true } & f:column "age":gt(30)):column "name", { "Ada", "" })
  check.eq(f:filter(~f:mask { name = { "Ada", "Bob" } }).n_rows, 2)
end)

check.test("a condition names the column and the kind that it takes", function()
  check.raises(function() people():filter { nam = "x" } end, 'there is no column "nam"; did you mean "name"')
  check.raises(function() people():filter { age = "25" } end, 'filter: column "age" is of i64, found "25"')
  check.raises(function() people():filter { name = 1 } end, 'filter: column "name" is of strings, found 1')
  check.raises(function() people():filter(people():column "age") end, "found a vector of 4 i64")
end)

check.test("a frame is walked by rows, and its records make it again", function()
  local f, seen = people(), {}
  for row, i in f:each() do seen[i] = row.name end
  check.eq(seen, { "Ada", "Bob", "", "Dan" })
  local records = f:records()
  check.eq(records[1], { name = "Ada", age = 36, height = 1.7, member = true })
  check.eq(records[2].height, nil)
  check.eq(tostring(frame.from_records(records, f.columns)), tostring(f))
  local long = frame.new { { "x", array.arange(2500) } }
  check.eq(long:records()[2500], { x = 2500 })
  for _ in frame.new({}):each() do error "no rows" end
end)

check.test("sort takes the direction of all columns", function()
  check.eq(people():sort("age", { desc = true }):column "name", { "", "Ada", "Bob", "Dan" })
  check.eq(people():sort({ "age", { "name", desc = false } }, { desc = true }):column "name",
    { "", "Ada", "Bob", "Dan" })
  check.raises(function() people():sort("age", { descending = true }) end, 'did you mean "desc"')
  check.raises(function() people():sort("age", "desc") end, 'sort: expected { desc = true }, found "desc"')
end)

check.test("a group's number of rows counts missing values, under a name that is no column", function()
  local f = sales():group_by("city", { n = "count", price = "count" })
  check.eq(f.columns, { "city", "price", "n" })
  check.eq(list(f, "n"), { 3, 2 })
  check.eq(list(f, "price"), { 3, 0 })
  check.raises(function() sales():group_by("city", { prize = "count" }) end, 'did you mean "price"')
  check.raises(function() sales():group_by("city", { city = "count" }) end, 'the number of rows: { n = "count" }')
end)

check.test("codes number the values of a column", function()
  local codes, labels = sales():codes "city"
  check.eq(codes:totable(), { 2, 1, 2, 1, 2 })
  check.eq(labels, { "Oslo", "Rome" })
  codes, labels = sales():codes "sold"
  check.eq(codes:totable(), { 4, 2, 5, 3, 1 })
  check.eq(labels, { 1, 2, 4, 5, 7 })
  check.raises(function() sales():codes "who" end, 'codes: column "who" has missing values')
end)

check.test("missing values are not filled with NaN, and a join names what it takes", function()
  check.raises(function() people():fill_missing { height = nan } end, "NaN is itself a missing value")
  check.raises(function() people():join(people(), "name", { "_a", "_b" }) end, "suffixes come after it")
  check.raises(function() people():join(people(), { name = "who" }) end, 'f:join(g:rename { k = "name" }, "name")')
end)

check.done()
