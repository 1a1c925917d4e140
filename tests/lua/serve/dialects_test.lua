-- Requests in rille's own form and MLflow's: JSON, CSV, .npy; what is refused, and with which words.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local frame = require "rille.frame"
local json = require "rille.json"
local preprocess, tree = require "rille.preprocess", require "rille.tree"
local served = require "served"
local served_model = require "rille.serve.served_model"

local mixed <const>, seen <const> = served.mixed()
local cancer <const>, X <const>, y <const>, chain <const> = served.cancer()
local ask = served.ask
local GOOD <const> = { age = 30.5, rooms = 2, member = false, city = "Chur", grade = "b" }
local NAMES <const> = { "age", "rooms", "member", "city", "grade" }
local ROW <const> = { 30.5, 2, false, "Chur", "b" }

local function with(name, v)
  local row = {}
  for k, x in pairs(GOOD) do row[k] = x end
  row[name] = v
  return row
end

-- The status and the message, with column and row.
local function refused(body, more, model)
  local status, answer = ask(model or mixed, body, more)
  check.eq(answer.error, answer.message)
  local place = answer.column and string.format(" [%s %s]", answer.column, answer.row) or ""
  return string.format("%d %s%s", status, answer.error, place)
end

-- ---- the forms ----

check.test("all forms of JSON give one answer, whose first key is predictions", function()
  local other = with("age", 61)
  for i, body in ipairs { { dataframe_records = { GOOD, other } }, { instances = { GOOD, other } }, { GOOD, other },
    { dataframe_split = { columns = NAMES, data = { ROW, { 61, 2, false, "Chur", "b" } }, index = { 5, 6 } } },
    { dataframe_split = { columns = { "grade", "extra", "age", "member", "rooms", "city" },
      data = { { "b", 0, 30.5, false, 2, "Chur" }, { "b", 0, 61, false, 2, "Chur" } } } },
    { dataframe_split = { data = { ROW, { 61, 2, false, "Chur", "b" } } } },
    { inputs = { age = { 30.5, 61 }, rooms = { 2, 2.0 }, member = { false, false }, city = { "Chur", "Chur" },
      grade = { "b", "b" } } },
    { inputs = { ROW, { 61, 2, false, "Chur", "b" } } }, { instances = { ROW, { 61, 2, false, "Chur", "b" } } } } do
    local status, _, headers, info, text = ask(mixed, body)
    check.eq({ status, text }, { 200,
      '{"predictions":[1,1],"model":{"name":"mixed","version":7,"stage":"production"}}\n' },
      "form " .. i)
    check.eq(headers["X-Rille-Model"], "mixed/7")
    check.eq(headers["X-Rille-Ignored"], i == 5 and "extra" or nil)
    check.eq(info.rows, 2)
  end
  check.eq(select(2, ask(mixed, GOOD)).predictions, { 1 })
end)

check.test("probabilities come with the classes where they are asked for", function()
  local status, answer = ask(mixed, { instances = { GOOD }, params = { proba = true } })
  check.eq({ status, answer.classes, #answer.probabilities[1] }, { 200, { 0, 1 }, 2 })
  check.eq(select(2, ask(mixed, csv.encode(seen), { type = "text/csv", query = { proba = "true" } })).probabilities,
    mixed:predict(seen, { proba = true }).probabilities:totable())
  check.eq(ask(mixed, GOOD, { query = { proba = "1" } }), 200)
  check.has(refused({ instances = { GOOD }, params = { prob = true } }),
    '400 params: unknown key "prob"; did you mean "proba"?')
  check.has(refused({ instances = { GOOD }, params = { proba = 1 } }),
    "400 params.proba: expected true or false, got 1")
  check.has(refused({ 1.0, 2.0 }, { query = { proba = "yes" } }), '400 ')
  check.eq(refused({ { 1.0, 2.0 } }, { query = { proba = "true" } }, served.matrix(2)),
    "400 no probabilities: the model gives no probabilities")
end)

check.test("the model of breast cancer is as right through every form as by itself", function()
  local want, matrix = chain:predict_proba(X):totable(), X:to_matrix()
  local records = {}
  for i = 1, X.n_rows do
    records[i] = {}
    for _, name in ipairs(X.columns) do records[i][name] = X.data[name]:get(i) end
  end
  local forms = { { { dataframe_records = records } }, { { instances = matrix:totable() } },
    { csv.encode(X), { type = "text/csv" } }, { array.tonpy(matrix), { type = "application/x-npy; charset=utf-8" } } }
  for i, form in ipairs(forms) do
    local more = form[2] or {}
    more.query = { proba = "true" }
    local status, answer = ask(cancer, form[1], more)
    check.eq({ status, answer.probabilities }, { 200, want }, "form " .. i)
    local right = 0
    for k, label in ipairs(answer.predictions) do if label == y:get(k) then right = right + 1 end end
    check.eq(right, 112)
  end
  for i = 1, X.n_rows do
    check.eq(select(2, ask(cancer, records[i], { query = { proba = "true" } })).probabilities[1], want[i])
  end
end)

check.test("columns without names are those of the signature, in its order and width", function()
  local model = served.matrix(3)
  check.eq(select(2, ask(model, { { 1, 2, 3 }, { 4, 5, 6.5 } })).predictions, { 6.0, 15.5 })
  check.eq(select(2, ask(model, { { x3 = 3, x1 = 1, x2 = 2 } })).predictions, { 6.0 })
  check.eq(refused({ { 1, 2, 3 }, { 4, 5 } }, nil, model), "400 row 2: expected 3 values, got 2")
  check.eq(refused({ { 1, 2, 3 }, { x1 = 1 } }, nil, model), "400 row 2: expected a list of 3 values, got an object")
  check.eq(refused({ { x1 = 1, x2 = 2, x3 = 3 }, { 1, 2, 3 } }, nil, model),
    "400 row 2: expected an object { column: value }, got a list")
  check.eq(refused({ instances = { 1, 2, 3 } }, nil, model),
    "400 instances: row 1: expected an object or a list of values, got 1; one row is [[...]]")
end)

check.test("labels that are strings are predicted as such", function()
  local c = preprocess.chain { preprocess.scale {}, tree }:fit(frame.new { { "a", { 1.0, 2.0 } } }, { "cold", "warm" })
  local model = served_model.of { model = "m", number = 1, value = c, signature = c.signature }
  for _, rows in ipairs { { { a = 1 } }, { { a = 1 }, { a = 2 } } } do
    local _, answer = ask(model, { instances = rows, params = { proba = true } })
    check.eq({ answer.predictions[1], answer.predictions[2], answer.classes }, { "cold", rows[2] and "warm",
      { "cold", "warm" } })
  end
  local _, v2 = ask(model, { inputs = { { name = "a", shape = { 2 }, datatype = "FP64", data = { 1, 2 } } } },
    { path = "/v2/models/m/infer" })
  check.eq(v2.outputs[1], { name = "predict", shape = { 2 }, datatype = "BYTES", data = { "cold", "warm" } })
end)

check.test("no rows are answered by no predictions", function()
  local none = '{"predictions":[],"model":{"name":"mixed","version":7,"stage":"production"}}\n'
  for _, body in ipairs { "[]", '{"instances":[]}', '{"dataframe_records":[]}', '{"dataframe_split":{"data":[]}}',
    '{"inputs":{"age":[],"rooms":[],"member":[],"city":[],"grade":[]}}' } do
    check.eq(select(5, ask(mixed, body)), none)
  end
  check.eq(select(5, ask(mixed, "age,rooms,member,city,grade\n", { type = "text/csv" })), none)
  check.eq(select(2, ask(served.matrix(2), array.tonpy(array.zeros { 0, 2 }),
    { type = "application/x-npy" })).predictions,
    {})
  check.eq(select(2, ask(mixed, '{"instances":[],"params":{"proba":true}}')).probabilities, {})
end)

-- ---- what is checked ----

check.test("types are strict, and a wrong one is named with column and row", function()
  local function of(name, v) return refused({ dataframe_records = { GOOD, with(name, v) } }) end
  check.eq(of("age", "x"), '400 column age, row 2: expected a number, got "x" [age 2]')
  check.eq(of("age", "1"), '400 column age, row 2: expected a number, got "1" [age 2]')
  check.eq(of("age", true), "400 column age, row 2: expected a number, got true [age 2]")
  check.eq(of("age", { 1 }), "400 column age, row 2: expected a number, got a list [age 2]")
  check.eq(of("age", (1 << 53) + 1),
    "400 column age, row 2: the integer 9007199254740993 is beyond 2^53, which a float does not hold [age 2]")
  check.eq(of("rooms", 1.5), "400 column rooms, row 2: expected an integer, got 1.5 [rooms 2]")
  check.eq(of("rooms", (1 << 53) + 1),
    "400 column rooms, row 2: an integer is past 2^53, which a float does not hold [rooms 2]")
  check.eq(of("rooms", "2"), '400 column rooms, row 2: expected an integer, got "2" [rooms 2]')
  check.eq(of("member", 1), "400 column member, row 2: expected true or false, got 1 [member 2]")
  check.eq(of("city", 3), "400 column city, row 2: expected a string, got 3 [city 2]")
  check.eq(of("grade", "z"), '400 column grade, row 2: "z" is not among the categories (a, b) [grade 2]')
  check.eq(ask(mixed, with("age", 30)), 200)
  check.eq(ask(mixed, with("age", 1 << 53)), 200)
  check.eq(ask(mixed, with("city", "Genf")), 200)
end)

check.test("a value may be missing where the chain fills it: null, NaN, an empty field", function()
  local MISSING <const> = "the value is missing, and the model takes no missing values in this column"
  local want = mixed:predict(frame.new { { "age", { 0 / 0, 0 / 0 } }, { "rooms", { 2, 2 } }, { "member", { false,
    false } },
    { "city", { "", "" } }, { "grade", { "b", "b" } } }, { proba = true }).probabilities:totable()[1]
  for _, text in ipairs { "null", "NaN" } do
    local status, answer = ask(mixed, string.format('{"instances":[{"age":%s,"rooms":2,"member":false,"city":null,'
      .. '"grade":"b"}],"params":{"proba":true}}', text))
    check.eq({ status, answer.probabilities }, { 200, { want } })
  end
  for _, field in ipairs { "", "nan", "NaN" } do
    local status, answer = ask(mixed, "age,rooms,member,city,grade\n" .. field .. ",2,false,,b\n",
      { type = "text/csv", query = { proba = "true" } })
    check.eq({ status, answer.probabilities }, { 200, { want } })
  end
  for _, name in ipairs { "rooms", "member", "grade" } do
    check.eq(refused { with(name, json.null) }, string.format("400 column %s, row 1: %s [%s 1]", name, MISSING, name))
  end
  check.eq(refused("age,rooms,member,city,grade\n1,2,true,a,a\n1,,true,a,a\n", { type = "text/csv" }),
    "400 column rooms, row 2: " .. MISSING .. " [rooms 2]")
end)

check.test("a column that is missing is an error, one too many is ignored and named, or refused when strict", function()
  check.eq(refused { { age = 1, rooms = 2, membr = true, city = "a", grade = "a" } },
    '400 column member: the column is missing from the request; did you mean "membr"? [member nil]')
  check.eq(refused { dataframe_records = { GOOD, with("city", nil) } },
    "400 column city, row 2: the column is missing from the request; available: age, grade, member, rooms; "
    .. "send null for a missing value [city 2]")
  check.eq(refused { dataframe_split = { columns = { "age" }, data = json.array {} } },
    "400 column rooms: the column is missing from the request; available: age [rooms nil]")
  local status, _, headers, info = ask(mixed, { with("Zürich\r\nx", 1), with("b", 2) })
  check.eq({ status, headers["X-Rille-Ignored"], info.ignored }, { 200, "Z%C3%BCrich%0D%0Ax, b", { "Zürich\r\nx",
    "b" } })
  -- names in messages are cut
  local _, long = ask(mixed, with(("é"):rep(1000), 1), { options = { strict = true } })
  check.has(long.error, "column " .. ("é"):rep(29) .. "...: the model has no such column")
  check.eq(long.column, ("é"):rep(29) .. "...")
  -- a header is never empty, and never long
  check.eq(select(3, ask(mixed, with("", 1)))["X-Rille-Ignored"], '""')
  check.eq(select(3, ask(mixed, "age,rooms,member,city,grade,\n1,2,true,a,a,3\n", { type = "text/csv" }))
    ["X-Rille-Ignored"], "column_6")
  check.eq(select(3, ask(mixed, with((" x"):rep(40000), 1)))["X-Rille-Ignored"], ("%20x"):rep(50) .. "...")
  local many = with("extra_0", 0)
  for i = 1, 5000 do many["extra_" .. i] = i end
  check.has(select(3, ask(mixed, many))["X-Rille-Ignored"], "extra_1, extra_10, extra_100,")
  check.has(select(3, ask(mixed, many))["X-Rille-Ignored"], " others")
  check.ok(#select(3, ask(mixed, many))["X-Rille-Ignored"] < 1100)
  for _, body in ipairs { { with("ages", 1) }, { inputs = { ages = { 1 } } },
    { dataframe_split = { columns = { "ages" }, data = { { 1 } } } } } do
    check.has(refused(body, { options = { strict = true } }),
      '400 column ages: the model has no such column; did you mean "age"? [ages nil]')
  end
  check.has(refused("ages\n1\n", { type = "text/csv", options = { strict = true } }), "the model has no such column")
end)

check.test("exactly one form, of known keys", function()
  check.has(refused { instances = { GOOD }, inputs = { GOOD } }, 'got "instances" and "inputs"')
  check.has(refused({ GOOD }, { path = "/invocations" }), '400 expected an object with one of "dataframe_split"')
  check.has(refused(GOOD, { path = "/invocations" }), "got none of them; POST /predict takes rows by themselves")
  check.eq(refused { dataframe_records = { { Age = 1, rooms = 2, member = true, city = "a", grade = "a" } } },
    '400 column age: the column is missing from the request; did you mean "Age"? [age nil]')
  check.has(refused { instances = { GOOD }, param = {} }, 'unknown key "param"; did you mean "params"?')
  check.has(refused { dataframe_split = { column = NAMES, data = { ROW } } }, 'unknown key "column"')
  check.has(refused { dataframe_split = { columns = { "age", "age" }, data = { { 1, 2 } } } }, "has the column twice")
  check.has(refused { dataframe_split = { columns = { "age", 1 }, data = { { 1, 2 } } } },
    "element 2: expected the name")
  check.eq(refused { dataframe_split = { columns = NAMES, data = { ROW }, index = { 1, 2 } } },
    "400 dataframe_split: index has 2 values, data 1 rows")
  check.has(refused { dataframe_split = 3 }, "400 dataframe_split: expected")
  check.has(refused { dataframe_records = GOOD }, "400 dataframe_records: expected a list, got an object")
  check.has(refused { inputs = with("age", { 1 }) }, "expected a list of values")
  check.has(refused { inputs = { age = { 1 }, rooms = { 1, 2 }, member = { true }, city = { "" }, grade = { "a" } } },
    "column rooms: has 2 values, and age has 1")
  check.has(refused "3", "got 3")
  check.has(refused "null", "got null")
end)

check.test("a body that is no JSON says where", function()
  check.has(refused "", "line 1, character 1: the text ends, but a value is expected")
  check.has(refused '{"a":1,}',
    "400 the body is not the JSON that is expected: line 1, character 8: a comma before '}'")
  check.has(refused '[{"age":1,\n"age":2}]', 'line 2, character 1: key "age" is written twice')
  check.has(refused('[{"age":' .. ("["):rep(9) .. "1"), "more than 8 levels of nesting")
  check.has(refused '[{"age": Infinity}]', "Infinity is not JSON")
  check.has(refused '[{"age": 1e999}]', "beyond the range of a float")
  check.has(refused '[{"age": 99999999999999999999}]', "does not fit 64 bits")
  check.has(refused '[{"age": "\xff"}]', "is not UTF-8")
  check.eq(ask(mixed, "[" .. ("1,"):rep(1000) .. "1]", { options = { max_values = 1000 } }), 413)
end)

-- ---- other types ----

check.test("CSV has a line of names; wrong fields are named as in JSON", function()
  local function of(text, options) return refused(text, { type = "text/csv", options = options }) end
  local HEAD <const> = "city,age,rooms,member,grade,id\n"
  local status, answer, headers = ask(mixed, HEAD .. "Chur,30.5,2,False,b,7\n\"Be\"\"r,n\",61,2,TRUE,b,8\n", {
    type = "text/csv" })
  check.eq({ status, answer.predictions, headers["X-Rille-Ignored"] }, { 200, { 1, 1 }, "id" })
  check.eq(of(HEAD .. "Chur,1,2,true,b,7\nChur,x,2,true,b,7\n"),
    '400 column age, row 2: expected a number, got "x" [age 2]')
  check.eq(of(HEAD .. '"a\nb",1,2,true,b,7\nChur,1,2.5,true,b,7\n'),
    "400 column rooms, row 2: expected an integer, got 2.5 [rooms 2]")
  check.eq(of(HEAD .. "Chur,inf,2,true,b,7\n"), '400 column age, row 1: expected a number, got "inf" [age 1]')
  check.eq(of(HEAD .. "Chur,0x10,2,true,b,7\n"), '400 column age, row 1: expected a number, got "0x10" [age 1]')
  check.eq(of(HEAD .. "Chur,9007199254740993,2,true,b,7\n"),
    "400 column age, row 1: the integer 9007199254740993 is beyond 2^53, which a float does not hold [age 1]")
  check.eq(of(HEAD .. "Chur,1,2,yes,b,7\n"), '400 column member, row 1: expected true or false, got "yes" [member 1]')
  check.eq(of(HEAD .. "Chur,1,2,true\n"), "400 line 2, character 14: expected 6 fields, found 4")
  check.has(of "age,age\n1,2\n", 'two columns are named "age"')
  check.has(of "", "400 the body is empty")
  check.has(of "1,2,3,4,5\n", "400 column age: the column is missing from the request")
  check.has(of "age;rooms\n1;2\n", '400 the first line is one column, "age;rooms"; fields are separated by commas')
  check.has(of '{"instances":[]}', "400 ")
end)

check.test("columns of CSV are read at once where that is the same as one by one", function()
  local function of(dtype, text, missing)
    local model = served.own({ input = "frame", columns = { { name = "v", dtype = dtype,
      missing = missing or false } } },
      function(f) return dtype == "date" and f.data.v:totable() or f.data.v end)
    local _, answer = ask(model, "v,w\n" .. text:gsub("\n", ",0\n"), { type = "text/csv" })
    return answer.predictions or answer.error
  end
  check.eq(of("f64", "1\n2.5\n-1e-300\n"), { 1.0, 2.5, -1e-300 })
  check.eq(of("f64", "1\nnan\n+.5\n", true), { 1.0, json.null, 0.5 })
  check.has(of("f64", "1\n\n2\n"), "column v, row 2: the value is missing")
  check.has(of("f64", "1\n\n9007199254740993\n", true), "column v, row 3: the integer 9007199254740993")
  check.has(of("f64", "1\n\n-inf\n", true), 'column v, row 3: expected a number, got "-inf"')
  check.eq(of("i64", "1\n9007199254740993\n"), { 1, 9007199254740993 })
  check.eq(of("i64", "1\n\n2.0\n", true), { 1.0, json.null, 2.0 })
  check.has(of("i64", "1\n\n2.5\n", true), "column v, row 3: expected an integer, got 2.5")
  check.eq(of("i32", "1\n2\n"), { 1, 2 })
  check.has(of("u8", "1\n256\n"), "column v, row 2: expected an integer from 0 to 255, got 256")
  check.eq(of("f32", "0.5\n1\n"), { 0.5, 1.0 })
  check.eq(of("bool", "true\nFALSE\n"), { true, false })
  check.eq(of("string", "1\nx\n"), { "1", "x" })
  check.has(of("string", "1\n\n"), "column v, row 2: the value is missing")
  check.eq(of("date", "2026-01-02\n\n", true), { "2026-01-02", "" })
  check.has(of("date", "2026-01-02\n5\n"), 'column v, row 2: expected a date such as 2026-11-22')
end)

check.test(".npy is a matrix or a row of numbers", function()
  local model = served.matrix(2)
  local function of(a) return ask(model, array.tonpy(a), { type = "application/x-npy" }) end
  check.eq(select(2, of(array.from { { 1, 2 }, { 3, 4 } })).predictions, { 3.0, 7.0 })
  check.eq(select(2, of(array.from({ 1, 2 }, "f32"))).predictions, { 3.0 })
  local function bad(a) return select(2, of(a)).error end
  check.eq(bad(array.from { 1, 2, 3 }), "expected an array of the shape (rows, 2), got (1, 3)")
  check.eq(bad(array.zeros { 1, 2, 2 }), "expected an array of the shape (rows, 2), got (1, 2, 2)")
  check.eq(bad(array.from { { 1.0, 2.0 }, { 1.0, 0 / 0 } }),
    "column x2, row 2: the value is missing, and the model takes "
    .. "no missing values in this column")
  check.eq(bad(array.from { { 1.0, 1 / 0 } }), "column x2, row 1: expected a finite number, got inf")
  check.eq(bad(array.from { { true, false } }), "column x1: expected numbers, got booleans")
  check.has(select(2, ask(model, "\x93NUMPY", { type = "application/x-npy" })).error, "")
  check.has(refused(array.tonpy(array.zeros { 1, 5 }), { type = "application/x-npy" }),
    "400 column city: is a string, and a .npy file has numbers alone")
end)

check.test("other types, charsets, methods and paths are refused", function()
  check.eq(refused("x", { type = "text/plain" }),
    '415 the content type is "text/plain"; expected application/json, text/csv or application/x-npy')
  check.has(refused("x", { type = "application/x-www-form-urlencoded" }), 'curl -H "Content-Type: application/json"')
  check.eq(refused("x", { type = "application/json; charset=latin-1" }), '415 the charset is "latin-1"; send UTF-8')
  check.eq(refused("x", { type = "" }),
    "415 there is no Content-Type; expected application/json, text/csv or application/x-npy")
  check.has(refused({ GOOD }, { query = { prob = "true" } }), '400 unknown parameter "prob"; did you mean "proba"?')
  check.eq(ask(mixed, { GOOD }, { type = "Application/JSON; Charset=UTF-8" }), 200)
  local status, _, headers = ask(mixed, "", { method = "GET" })
  check.eq({ status, headers.Allow }, { 405, "POST" })
  check.has(refused("", { path = "/predictions" }), "404 there is nothing at /predictions")
end)

check.test("a model that fails is told as that, without a trace", function()
  local model = served.own({ input = "array", width = 1, dtype = "f64", missing = false }, function(X)
    if #X == 2 then error "secret of the model" end
    if #X == 3 then return { 1 } end
    if #X == 4 then error {} end
    return X:column(1) / 0
  end)
  local status, answer, _, info = ask(model, { { 1 }, { 2 } })
  check.eq({ status, answer.error_code }, { 500, "INTERNAL_ERROR" })
  check.has(answer.error, "the model failed: ")
  check.has(info.problem, "secret of the model")
  check.eq(select(2, ask(model, { { 1 }, { 2 }, { 3 } })).error,
    "the model failed: it was given 3 rows and predicted 1")
  check.eq(select(2, ask(model, { { 1 }, { 2 }, { 3 }, { 4 } })).error,
    "the request could not be answered: an error in the server")
  check.eq(select(2, ask(model, { { 1 } })).predictions, { json.null })
end)

check.done()
