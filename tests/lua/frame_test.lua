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
    'column "a": element 3 is the string "x", expected a number as before it')
  check.has(message, "frame_test.lua:")
  check.raises(function() frame.new { { "a", { {} } } } end, 'column "a": element 1 is a table')
end)

check.test("what is no column is an error", function()
  check.raises(function() frame.new { { "a", 5 } } end, 'column "a": expected an array, a list or dates, found the integer 5')
  check.raises(function() frame.new { { "a", array.zeros { 2, 2 } } } end, 'column "a": expected one dimension, found 2')
  check.raises(function() frame.new { { "a", people() } } end, "found a value of class frame")
  check.raises(function() frame.new { { 1, { 2 } } } end, 'column 1: expected { "name", values }')
  check.raises(function() frame.new { a = { 1 } } end, "columns have an order")
  check.raises(function() frame.new(5) end, "found the integer 5")
end)

check.test("a frame does not change", function()
  check.raises(function() people().extra = 1 end, 'a frame does not change; its field "extra" cannot be set')
end)

-- --- columns -----------------------------------------------------------------

check.test("an unknown column is an error with the nearest name", function()
  local message = check.raises(function() people():column "agge" end, 'there is no column "agge"; did you mean "age"?')
  check.has(message, "frame_test.lua:")
  check.raises(function() people():column(1) end, "there is no column the integer 1")
  check.raises(function() people():select { "age", "hieght" } end, 'did you mean "height"?')
  check.raises(function() people():drop { "nam" } end, 'did you mean "name"?')
end)

check.test("select takes columns in the order given", function()
  local f = people():select { "height", "name" }
  check.eq(f.columns, { "height", "name" })
  check.eq(f.n_rows, 4)
  check.eq(people():select("age").columns, { "age" })
  check.raises(function() people():select { "age", "age" } end, 'select: column "age" is named twice')
  check.raises(function() people():select(5) end, "select: expected a list of column names, found the integer 5")
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
  check.raises(function() people():to_matrix() end, 'to_matrix: column "name" is of strings; select the columns of numbers')
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
  check.raises(function() people():rows(1.5) end, "rows: expected two integers, found the number 1.5")
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
  check.raises(function() people():filter(true) end, "filter: expected a vector of booleans, found true")
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
  check.raises(function() people():sort(5) end, "sort: expected a column name, found the integer 5")
end)

check.test("describe has a row for each column", function()
  local d = people():describe()
  check.eq(d.columns, { "column", "count", "missing", "mean", "std", "min", "max" })
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
  check.raises(function() sales():group_by({}, {}) end, "group_by: expected a column to go by")
  check.raises(function() sales():group_by("city", { solt = "sum" }) end, 'did you mean "sold"?')
  check.raises(function() sales():group_by("city", { sold = "maen" }) end,
    'group_by: column "sold": there is no aggregate "maen"; did you mean "mean"?')
  check.raises(function() sales():group_by("city", { who = "mean" }) end, 'column "who" is of strings and has no mean')
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
  check.raises(function() sales():join(cities(), "city", "outre") end, 'there is no way "outre" to join; did you mean "outer"')
  check.raises(function() sales():join(cities(), "town") end, 'there is no column "town"')
  check.raises(function() sales():join(cities(), "year") end, 'there is no column "year"')
  check.raises(function() sales():join(frame.new { { "city", { 1 } } }, "city") end, 'column "city" is of strings in one frame and of i64 in the other')
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
  local out = tostring(frame.new { { "s", { "two\nlines\27[31m", ("x"):rep(100), "grün", "\xff" } }, { "n", { 1, 2, 3, 4 } } })
  check.has(out, "two\\nlines?[31m")
  check.has(out, ("x"):rep(29) .. "…  2")
  check.has(out, "grün" .. (" "):rep(26) .. "  3")
end)

check.test("a frame without rows or columns says so", function()
  check.eq(tostring(frame.new { { "a", {} } }), "a\nno rows")
  check.eq(tostring(frame.new {}), "a frame without columns")
end)

check.done()
