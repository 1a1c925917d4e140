-- v2: the Open Inference Protocol, version 2, over HTTP.
--
--     GET  /v2    /v2/health/live    /v2/health/ready
--     GET  /v2/models/NAME[/versions/V][/ready]
--     POST /v2/models/NAME[/versions/V]/infer
--         {"id"?, "inputs": [tensor...], "outputs": [{"name": "predict" | "predict_proba"}]?}
--         -> {"model_name", "model_version", "id"?, "outputs": [tensor...]}
-- Tensors: v2_tensor.lua.  With the header Inference-Header-Content-Length the JSON is that long and bytes follow it;
-- outputs are answered so where parameters.binary_data is true, or binary_data_output of the request.

local batch = require "rille.serve.batch"
local json = require "rille.json"
local refusal = require "rille.serve.refusal"
local reply = require "rille.serve.reply"
local suggest = require "rille.base.suggest"
local v2_tensor = require "rille.serve.v2_tensor"
local version = require "rille.base.version"

local v2 = {}

local OUTPUTS <const> = { "predict", "predict_proba" }
local OF_LABEL <const> = { integer = "INT64", float = "FP64", boolean = "BOOL", string = "BYTES" }
local OF_DTYPE <const> = { bool = "BOOL", u8 = "INT64", i32 = "INT64", i64 = "INT64", f32 = "FP64", f64 = "FP64" }

local function label_datatype(served)
  return OF_DTYPE[served.dtype or ""] or OF_LABEL[served.label_type] or "BYTES"
end

-- ---- metadata ----

local function inputs_of(served)
  local list = {}
  if served.signature.input == "array" then
    return { { name = "x", datatype = v2_tensor.datatype(served.signature.dtype), shape = { -1, #served.columns } } }
  end
  for j, c in ipairs(served.columns) do
    list[j] = { name = c.name, datatype = v2_tensor.datatype(c.dtype), shape = { -1 } }
  end
  return list
end

local function metadata(served)
  local outputs = { { name = "predict", datatype = label_datatype(served), shape = { -1 } } }
  if served.has_proba then
    outputs[2] = { name = "predict_proba", datatype = "FP64", shape = { -1, served.classes and #served.classes or -1 } }
  end
  return { name = served.model, versions = { tostring(served.number) }, platform = served.platform,
    inputs = inputs_of(served), outputs = outputs }
end

-- ---- infer ----

local function wants_binary(one, all)
  local parameters = type(one) == "table" and type(one.parameters) == "table" and one.parameters
  if parameters and parameters.binary_data ~= nil then return parameters.binary_data == true end
  return all
end

-- The outputs that are asked for: { { name =, binary = } }.
local function outputs_of(body)
  local parameters = type(body.parameters) == "table" and body.parameters or {}
  local all = parameters.binary_data_output == true
  if body.outputs == nil or body.outputs == json.null then return { { name = "predict", binary = all } } end
  local list = {}
  if type(body.outputs) ~= "table" then
    refusal.raise(400, "outputs: expected a list, got %s", refusal.shown(body.outputs))
  end
  for i, one in ipairs(body.outputs) do
    local name = type(one) == "table" and one.name
    if name ~= "predict" and name ~= "predict_proba" then
      refusal.raise(400, "outputs: element %d: there is no output %s%s", i, refusal.shown(name or one),
        suggest.hint(type(name) == "string" and name or "", OUTPUTS))
    end
    list[i] = { name = name, binary = wants_binary(one, all) }
  end
  if not list[1] then list[1] = { name = "predict", binary = all } end
  return list
end

local function shape_text(values, n, is_proba, classes)
  if not is_proba then return string.format("[%d]", n) end
  local wide = n > 0 and (type(values) == "userdata" and values.shape[2] or #values[1]) or classes and #classes or 0
  return string.format("[%d,%d]", n, wide)
end

local function flat(list)
  local made = {}
  for i = 1, #list do
    local v = list[i]
    if type(v) == "table" then table.move(v, 1, #v, #made + 1, made) else made[#made + 1] = v end
  end
  return made
end

-- An output as JSON, and its bytes where they follow.
local function output_text(served, one, answer, n)
  local is_proba = one.name == "predict_proba"
  local values = is_proba and answer.probabilities or answer.predictions
  local datatype = is_proba and "FP64" or label_datatype(served)
  local head = string.format('{"name":"%s","shape":%s,"datatype":"%s",', one.name,
    shape_text(values, n, is_proba, served.classes), datatype)
  if not one.binary then
    local list = json.encode(json.array(flat(reply.plain(values))))
    return head .. '"data":' .. list .. "}", ""
  end
  if type(values) ~= "userdata" then values = flat(values) end
  local bytes = v2_tensor.bytes(values, datatype)
  return head .. string.format('"parameters":{"binary_data_size":%d}}', #bytes), bytes
end

-- The JSON of a request, and what follows it.
local function split(request)
  local length = request.headers["inference-header-content-length"]
  if not length then return request.body, nil end
  local n = length:match "^%s*(%d+)%s*$"
  n = n and math.tointeger(tonumber(n))
  if not n or n > #request.body then
    refusal.raise(400, "Inference-Header-Content-Length is %s; the body has %d bytes", refusal.shown(length),
      #request.body)
  end
  return request.body:sub(1, n), request.body:sub(n + 1)
end

local function id_text(id)
  if id == nil or id == json.null then return "" end
  if type(id) ~= "string" then refusal.raise(400, "id: expected a string, got %s", refusal.shown(id)) end
  return ',"id":' .. json.encode(id)
end

-- Answers a request to infer.
---@param served ServedModel
---@param request table
---@param options table with decode(text)
---@return integer, table, string, table info
local function infer(served, request, options)
  local text, bytes = split(request)
  local body = options.decode(text)
  if type(body) ~= "table" or require("rille.host.json_request").is_list(body) then
    refusal.raise(400, 'expected an object with "inputs", got %s', refusal.shown(body))
  end
  local outputs, id, proba = outputs_of(body), id_text(body.id), false
  for _, one in ipairs(outputs) do proba = proba or one.name == "predict_proba" end
  local made = v2_tensor.batch(served.columns, v2_tensor.read(body.inputs, bytes), options)
  local answer = batch.predict(served, made, { proba = proba })
  local texts, rest = {}, {}
  for i, one in ipairs(outputs) do texts[i], rest[i] = output_text(served, one, answer, made.n) end
  local head = string.format('{"model_name":%s,"model_version":"%d"%s,"outputs":[%s]}', json.encode(served.model),
    served.number, id, table.concat(texts, ","))
  local tail = table.concat(rest)
  local info = { rows = made.n, ignored = made.ignored }
  if tail == "" then
    local status, headers, out = reply.text(head)
    return status, headers, out, info
  end
  return 200, { ["Content-Type"] = "application/octet-stream", ["Inference-Header-Content-Length"] = tostring(#head) },
    head .. tail, info
end

-- ---- paths ----

local function method(request, allowed)
  if allowed == "GET" and request.method == "HEAD" or request.method == allowed then return end
  refusal.with(405, string.format("%s %s: the method is %s", request.method, request.path, allowed),
    { Allow = allowed == "GET" and "GET, HEAD" or allowed })
end

local function check_model(served, name, number)
  if name ~= served.model then
    refusal.raise(404, "there is no model %s here; the one that is served is %s", refusal.shown(name), served.model)
  end
  if number and number ~= tostring(served.number) then
    refusal.raise(404, "version %s of model %s is not served; the one that is served is %d", number, name,
      served.number)
  end
end

local function health(request, what, ready)
  method(request, "GET")
  if what == "live" then return reply.json { live = true } end
  local _, headers, body = reply.json { ready = ready }
  if not ready then headers["Retry-After"] = "1" end
  return ready and 200 or 503, headers, body
end

-- Answers a request whose path begins with /v2.
---@param served ServedModel
---@param request table
---@param options { strict: boolean?, ready: boolean?, decode: fun(text: string): any }
---@return integer status, table headers, string body, table? info
function v2.answer(served, request, options)
  local path = request.path:gsub("(.)/+$", "%1")
  local ready = options.ready ~= false
  if path == "/v2" then
    method(request, "GET")
    return reply.json { name = "rille", version = version, extensions = { "binary_tensor_data" } }
  end
  local what = path:match "^/v2/health/(%a+)$"
  if what == "live" or what == "ready" then return health(request, what, ready) end
  local name, rest = path:match "^/v2/models/([^/]+)(.*)$"
  if not name then refusal.raise(404, "there is nothing at %s", request.path) end
  local number, tail = rest:match "^/versions/([^/]+)(.*)$"
  check_model(served, name, number)
  tail = number and tail or rest
  if tail == "/infer" then
    method(request, "POST")
    return infer(served, request, options)
  end
  if tail ~= "" and tail ~= "/ready" then refusal.raise(404, "there is nothing at %s", request.path) end
  method(request, "GET")
  if tail == "" then return reply.json(metadata(served)) end
  local _, headers, body = reply.json { name = name, ready = ready }
  return ready and 200 or 503, headers, body
end

return v2
