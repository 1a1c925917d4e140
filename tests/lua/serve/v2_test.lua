-- The Open Inference Protocol, version 2: metadata, tensors in JSON and as bytes.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local json = require "rille.json"
local served = require "served"

local mixed <const>, seen <const> = served.mixed()
local cancer <const>, X <const>, _, chain = served.cancer()

local function get(path, model, options)
  local status, body = served.ask(model or mixed, "", { method = "GET", path = path, options = options })
  return status, body
end

local function infer(model, body, more)
  more = more or {}
  more.path = more.path or "/v2/models/" .. model.model .. "/infer"
  return served.ask(model, body, more)
end

local function filled(f)
  return f:fill_missing { age = 1 }
end

check.test("the server and its health", function()
  check.eq({ get "/v2" }, { 200, { name = "rille", version = require "rille.base.version",
    extensions = { "binary_tensor_data" } } })
  check.eq({ get "/v2/health/live" }, { 200, { live = true } })
  check.eq({ get "/v2/health/ready" }, { 200, { ready = true } })
  check.eq({ get("/v2/health/ready", nil, { ready = false }) }, { 503, { ready = false } })
  check.eq({ get("/v2/models/mixed/ready", nil, { ready = false }) }, { 503, { name = "mixed", ready = false } })
  check.eq({ get "/v2/models/mixed/versions/7/ready" }, { 200, { name = "mixed", ready = true } })
  check.eq(served.ask(mixed, "", { method = "HEAD", path = "/v2/health/live" }), 200)
end)

check.test("the model says its inputs and outputs", function()
  local status, body = get "/v2/models/mixed"
  check.eq({ status, body.name, body.versions, body.platform }, { 200, "mixed", { "7" }, "rille_linear" })
  check.eq(body.inputs, { { name = "age", datatype = "FP64", shape = { -1 } },
    { name = "rooms", datatype = "INT64", shape = { -1 } }, { name = "member", datatype = "BOOL", shape = { -1 } },
    { name = "city", datatype = "BYTES", shape = { -1 } }, { name = "grade", datatype = "BYTES", shape = { -1 } } })
  check.eq(body.outputs, { { name = "predict", datatype = "INT64", shape = { -1 } },
    { name = "predict_proba", datatype = "FP64", shape = { -1, 2 } } })
  local own = select(2, get("/v2/models/own", served.matrix(3)))
  check.eq({ own.inputs, own.outputs, own.platform }, { { { name = "x", datatype = "FP64", shape = { -1, 3 } } },
    { { name = "predict", datatype = "FP64", shape = { -1 } } }, "rille_model" })
end)

check.test("another model, version or path is not there", function()
  local function said(path)
    local status, body = get(path)
    return status .. " " .. body.error
  end
  check.eq(said "/v2/models/other", '404 there is no model "other" here; the one that is served is mixed')
  check.eq(said "/v2/models/mixed/versions/6",
    "404 version 6 of model mixed is not served; the one that is served is 7")
  check.eq(said "/v2/models/mixed/x", "404 there is nothing at /v2/models/mixed/x")
  check.eq(said "/v2/x", "404 there is nothing at /v2/x")
  check.eq(said "/v2/models/mixed/infer", "405 GET /v2/models/mixed/infer: the method is POST")
end)

check.test("a tensor a column, in any order, as [n] or [n, 1]", function()
  local f = filled(seen)
  local inputs = served.tensors(f)
  inputs[1], inputs[4] = inputs[4], inputs[1]
  inputs[2].shape = { 6, 1 }
  inputs[2].data = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 } }
  inputs[3].parameters = { content_type = "pd" }
  local status, body, _, info, text = infer(mixed, { id = "42", inputs = inputs, outputs = { { name = "predict" },
    { name = "predict_proba" } } })
  check.eq(status, 200, text)
  check.has(text, '{"model_name":"mixed","model_version":"7","id":"42","outputs":[{"name":"predict","shape":[6],'
    .. '"datatype":"INT64","data":[0,1,0,1,0,1]},{"name":"predict_proba","shape":[6,2],"datatype":"FP64","data":[')
  local want = mixed:predict(f, { proba = true }).probabilities
  check.eq(body.outputs[2].data, want:reshape(12):totable())
  check.eq(info.rows, 6)
  -- without asking: predict alone
  status, body = infer(mixed, { inputs = inputs }, { path = "/v2/models/mixed/versions/7/infer" })
  check.eq({ status, #body.outputs, body.id }, { 200, 1, nil })
end)

check.test("one tensor of all columns, flat or nested", function()
  local want = chain:predict(X):totable()
  for _, data in ipairs { X:to_matrix():totable(), X:to_matrix():reshape(114 * 30):totable() } do
    local status, body = infer(cancer, { inputs = { { name = "anything", shape = { 114, 30 }, datatype = "FP64",
      data = data } } })
    check.eq({ status, body.outputs[1].data }, { 200, want })
  end
  check.eq(select(2, infer(served.matrix(1), { inputs = { { name = "v", shape = { 2, 1 }, datatype = "INT8",
    data = { 3, 4 } } } })).outputs[1].data, { 3.0, 4.0 })
end)

check.test("no rows, and missing values", function()
  local inputs = served.tensors(seen:rows(1, 0))
  local status, body = infer(mixed, { inputs = inputs, outputs = { { name = "predict_proba" } } })
  check.eq({ status, body.outputs }, { 200, { { name = "predict_proba", shape = { 0, 2 }, datatype = "FP64",
    data = {} } } })
  inputs = served.tensors(filled(seen):rows(1, 1))
  inputs[1].data, inputs[4].data = { json.null }, { json.null }
  check.eq(infer(mixed, { inputs = inputs }), 200)
  inputs[2].data = { json.null }
  check.has(select(2, infer(mixed, { inputs = inputs })).error, "column rooms, row 1: the value is missing")
end)

check.test("what is wrong with a tensor is said with its name", function()
  local function of(change, options)
    local inputs = served.tensors(filled(seen))
    local body = { inputs = inputs }
    local new = change(inputs, body)
    local status, answer = infer(mixed, new or body, { options = options })
    return status .. " " .. answer.error
  end
  check.eq(of(function(t) t[1].datatype = "BYTES" end), "400 column age: datatype BYTES, expected FP64")
  check.eq(of(function(t) t[4].datatype = "FP64" end), "400 column city: datatype FP64, expected BYTES")
  check.has(of(function(t) t[1].datatype = "FP65" end), '400 input age: datatype must be one of BOOL, BYTES')
  check.eq(of(function(t) t[1].data[3] = "x" end), '400 column age, row 3: expected a number, got "x"')
  check.eq(of(function(t) t[2].data[3] = 1.5 end), "400 column rooms, row 3: 1.5 is not a value of the datatype INT64")
  check.eq(of(function(t) t[2].datatype, t[2].data[3] = "FP64", 1.5 end),
    "400 column rooms, row 3: expected an integer, got 1.5")
  check.eq(of(function(t) t[1].datatype, t[1].data[2] = "INT64", 17.5 end),
    "400 column age, row 2: 17.5 is not a value of the datatype INT64")
  check.eq(of(function(t) t[2].datatype, t[2].data[2] = "UINT8", 300 end),
    "400 column rooms, row 2: 300 is not a value of the datatype UINT8")
  check.eq(of(function(t) t[1].datatype, t[1].data[2] = "FP16", 1e5 end),
    "400 column age, row 2: 100000.0 is not a value of the datatype FP16")
  check.eq(of(function(t) t[1].shape = { 5 } end), "400 input age: the shape has 5 elements, data has 6")
  check.eq(of(function(t) t[1].shape = { 3, 2 } end), "400 column age: the shape is [3, 2], expected [n] or [n, 1]")
  check.eq(of(function(t) t[1].shape = { 1, 2, 3 } end),
    "400 input age: shape must be [n], [n, 1] or [n, k], got 3 axes")
  check.has(of(function(t) t[1].shape = { -1 } end), "400 input age: shape has -1")
  check.has(of(function(t) t[1].shape = { 1e300 } end), "400 input age: shape has 1e300")
  check.has(of(function(t) t[1].shape, t[1].data = { 1 << 40, 1 << 40 }, json.array {} end),
    "400 input age: shape has 1099511627776", "the product is 0 in 64 bits")
  check.has(of(function(t) t[2].shape, t[2].data = { 1 }, { 1 } end), "400 column rooms: has 1 rows, and age has 6")
  check.has(of(function(t) table.remove(t, 1) end), "400 column age: the column is missing from the request")
  check.has(of(function(t) t[6] = t[1] end), "400 column age: the request has the input twice")
  check.has(of(function(t) t[6] = { name = "x", shape = { 0 }, datatype = "FP64", data = json.array {} } end,
    { strict = true }), "400 column x: the model has no such column")
  check.has(of(function(_, b) b.inputs = json.array {} end),
    "400 inputs: expected a list of tensors, got an empty list")
  check.has(of(function(_, b) b.outputs = { { name = "prdict" } } end),
    'there is no output "prdict"; did you mean "predict"?')
  check.has(of(function(_, b) b.id = 7 end), "400 id: expected a string, got 7")
  check.has(of(function() return "[]" end), '400 expected an object with "inputs"')
  check.has(of(function(t) t[1].parameters = { binary_data_size = 48 } end), "400 input age: binary_data_size is 48")
end)

-- ---- bytes ----

local function little(format, list)
  local parts = {}
  for i, v in ipairs(list) do parts[i] = string.pack(format, v) end
  return table.concat(parts)
end

-- A request whose tensors follow the JSON.
local function binary(model, inputs, more)
  local rest = {}
  for i, one in ipairs(inputs) do
    rest[i], one.bytes = one.bytes, nil
    if rest[i] then one.parameters = { binary_data_size = #rest[i] } end
    rest[i] = rest[i] or ""
  end
  local head = json.encode { inputs = inputs, outputs = more and more.outputs, parameters = more and more.parameters }
  return infer(model, head .. table.concat(rest) .. (more and more.tail or ""), { type = "application/octet-stream",
    headers = { ["inference-header-content-length"] = tostring(#head) } })
end

local function tensors_in_bytes()
  return { { name = "age", shape = { 2 }, datatype = "FP32", bytes = little("<f", { 30.5, 0 / 0 }) },
    { name = "rooms", shape = { 2, 1 }, datatype = "UINT16", bytes = little("<I2", { 2, 3 }) },
    { name = "member", shape = { 2 }, datatype = "BOOL", bytes = "\0\1" },
    { name = "city", shape = { 2 }, datatype = "BYTES", bytes = little("<s4", { "Chur", "" }) },
    { name = "grade", shape = { 2 }, datatype = "BYTES", data = { "b", "a" } } }
end

check.test("tensors as bytes after the JSON", function()
  local status, body = binary(mixed, tensors_in_bytes())
  check.eq({ status, body.outputs[1].data }, { 200, { 1, 0 } })
  local m = X:to_matrix()
  status, body = binary(cancer, { { name = "x", shape = { 114, 30 }, datatype = "FP64",
    bytes = little("<d", m:reshape(114 * 30):totable()) } })
  check.eq({ status, body.outputs[1].data }, { 200, chain:predict(X):totable() })
end)

check.test("outputs are bytes where the client wants them", function()
  local status, text, headers = binary(mixed, tensors_in_bytes(), { parameters = { binary_data_output = true },
    outputs = { { name = "predict_proba" }, { name = "predict", parameters = { binary_data = false } } } })
  local n = math.tointeger(tonumber(headers["Inference-Header-Content-Length"]))
  check.eq({ status, headers["Content-Type"] }, { 200, "application/octet-stream" })
  local head = json.decode(text:sub(1, n))
  check.eq(head.outputs[1], { name = "predict_proba", shape = { 2, 2 }, datatype = "FP64",
    parameters = { binary_data_size = 32 } })
  check.eq(head.outputs[2].data, { 1, 0 })
  check.eq(#text, n + 32)
  check.ok(string.unpack("<d", text, n + 9) > 0.5)
  _, text, headers = binary(mixed, tensors_in_bytes(), { parameters = { binary_data_output = true } })
  check.eq(text:sub(math.tointeger(tonumber(headers["Inference-Header-Content-Length"])) + 1), string.pack("<i8i8", 1,
    0))
end)

check.test("bytes that do not fit are refused", function()
  local function of(change, more)
    local inputs = tensors_in_bytes()
    change(inputs)
    local status, answer = binary(mixed, inputs, more)
    return status .. " " .. (answer.error or "")
  end
  check.eq(of(function(t) t[1].bytes = "abc" end), "400 input age: 2 elements of FP32 have 8 bytes, got 3")
  check.eq(of(function(t) t[3].bytes = "\0\2" end):sub(1, 5), "400 i")
  check.eq(of(function(t) t[4].bytes = little("<s4", { "Chur" }) end),
    "400 input city: the shape has 2 elements, the bytes have 1")
  check.eq(of(function(t) t[4].bytes = "\255\255\255\255aaaa" end), "400 input city: element 1 is cut off")
  check.eq(of(function(t) t[4].bytes = little("<s4", { "\xff", "" }) end),
    "400 column city, row 1: the text is not UTF-8")
  check.eq(of(function(t) t[1].bytes = little("<f", { 1, 1 / 0 }) end),
    "400 column age, row 2: expected a finite number, got inf")
  check.eq(of(function(t) t[2].datatype, t[2].bytes = "FP32", little("<f", { 1, 1.5 }) end),
    "400 column rooms, row 2: expected an integer, got 1.5")
  check.eq(of(function() end, { tail = "x" }), "400 1 bytes follow the tensors that have a binary_data_size")
  local function header(v)
    return infer(mixed, "{}", { headers = { ["inference-header-content-length"] = v } })
  end
  for _, v in ipairs { "3", "-1", "x", "" } do check.eq((header(v)), 400) end
end)

check.done()
