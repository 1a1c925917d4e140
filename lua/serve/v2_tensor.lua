-- v2_tensor: tensors of the Open Inference Protocol, in JSON or as bytes after it (the binary extension):
--
--     {"name", "shape": [n] | [n, 1] | [n, k], "datatype", "data": [...] flat or nested, row by row}
--     {"name", "shape", "datatype", "parameters": {"binary_data_size": BYTES}}
-- Bytes are little endian; each text of BYTES follows its length, 4 bytes.

local array = require "rille.array"
local batch = require "rille.serve.batch"
local errors = require "rille.base.errors"
local json_request = require "rille.host.json_request"
local npy_body = require "rille.serve.npy_body"
local refusal = require "rille.serve.refusal"
local request_columns = require "rille.serve.request_columns"
local suggest = require "rille.base.suggest"

local v2_tensor = {}

-- Datatypes: the type of a .npy file, bytes of an element, what they are; the least and the greatest number.
local DATATYPES <const> = {
  BOOL = { "|b1", 1, "bool" }, BYTES = { false, 0, "text" },
  UINT8 = { "|u1", 1, "number", 0, 255 }, UINT16 = { "<u2", 2, "number", 0, 65535 },
  UINT32 = { "<u4", 4, "number", 0, (1 << 32) - 1 }, UINT64 = { "<u8", 8, "number", 0, math.maxinteger },
  INT8 = { "|i1", 1, "number", -128, 127 }, INT16 = { "<i2", 2, "number", -32768, 32767 },
  INT32 = { "<i4", 4, "number", -(1 << 31), (1 << 31) - 1 },
  INT64 = { "<i8", 8, "number", math.mininteger, math.maxinteger }, FP16 = { "<f2", 2, "number", -65504.0, 65504.0 },
  FP32 = { "<f4", 4, "number", -3.4028234663852886e38, 3.4028234663852886e38 },
  FP64 = { "<f8", 8, "number", -math.huge, math.huge },
}
local OF_DTYPE <const> = { f64 = "FP64", f32 = "FP32", i64 = "INT64", i32 = "INT32", u8 = "UINT8", bool = "BOOL",
  string = "BYTES", date = "BYTES" }

-- The datatype of a column's dtype.
---@return string
function v2_tensor.datatype(dtype) return OF_DTYPE[dtype] end

---@class Tensor
---@field name string
---@field shape integer[]
---@field count integer of elements
---@field datatype string
---@field kind "number"|"bool"|"text"
---@field values any[]? in JSON
---@field bytes string?

-- ---- reading ----

local MOST <const> = 1 << 40

local function shape_of(name, shape)
  if type(shape) ~= "table" or not json_request.is_list(shape) or #shape < 1 or #shape > 2 then
    refusal.raise(400, "input %s: shape must be [n], [n, 1] or [n, k], got %s", name,
      type(shape) == "table" and #shape > 2 and #shape .. " axes" or refusal.shown(shape))
  end
  local count = 1
  for _, n in ipairs(shape) do
    n = math.type(n) == "float" and math.tointeger(n) or n
    if math.type(n) ~= "integer" or n < 0 or n > MOST // math.max(count, 1) then
      refusal.raise(400, "input %s: shape has %s, expected a number of elements", name, refusal.shown(n))
    end
    count = count * n
  end
  return { math.tointeger(shape[1]), shape[2] and math.tointeger(shape[2]) or nil }, count
end

-- The elements of a list of lists, row by row.
local function flatten(list, into)
  for i = 1, #list do
    local v = list[i]
    if type(v) == "table" and json_request.is_list(v) then flatten(v, into) else into[#into + 1] = v end
  end
  return into
end

-- Raises for a number in JSON that is none of the tensor's datatype.  Other values are for the column to judge.
local function check_numbers(tensor, is)
  local low, high = is[4], is[5]
  local whole = math.type(low) == "integer"
  for i, v in ipairs(tensor.values) do
    if math.type(v) and (v < low or v > high or whole and not math.tointeger(v)) then
      local problem = string.format("%s is not a value of the datatype %s", refusal.shown(v), tensor.datatype)
      if not tensor.shape[2] or tensor.shape[2] == 1 then refusal.cell(tensor.name, i, problem) end
      refusal.raise(400, "input %s, row %d: %s", tensor.name, (i - 1) // tensor.shape[2] + 1, problem)
    end
  end
end

-- What one of the inputs of a request is; bytes: those after the JSON, from `at`.
---@return Tensor, integer at
local function tensor_of(given, i, bytes, at)
  if type(given) ~= "table" or json_request.is_list(given) or type(given.name) ~= "string" then
    refusal.raise(400, 'inputs: element %d: expected {"name", "shape", "datatype", "data"}, got %s', i,
      type(given) == "table" and "no name" or refusal.shown(given))
  end
  local name = given.name
  local is = type(given.datatype) == "string" and DATATYPES[given.datatype]
  if not is then
    local names = {}
    for one in next, DATATYPES do names[#names + 1] = one end
    table.sort(names)
    refusal.raise(400, "input %s: datatype must be one of %s, got %s%s", name, table.concat(names, ", "),
      refusal.shown(given.datatype), type(given.datatype) == "string" and suggest.hint(given.datatype, names) or "")
  end
  local shape, count = shape_of(name, given.shape)
  local tensor = { name = name, shape = shape, count = count, datatype = given.datatype, kind = is[3] }
  local size = type(given.parameters) == "table" and given.parameters.binary_data_size
  if size ~= nil and size ~= false then
    if math.type(size) ~= "integer" or size < 0 or not bytes or at + size - 1 > #bytes then
      refusal.raise(400, "input %s: binary_data_size is %s, and %d bytes follow the JSON; the header "
        .. "Inference-Header-Content-Length says how long that is", name, refusal.shown(size),
        bytes and #bytes - at + 1 or 0)
    elseif is[1] and size ~= count * is[2] then
      refusal.raise(400, "input %s: %d elements of %s have %d bytes, got %d", name, count, given.datatype,
        count * is[2], size)
    end
    tensor.bytes = bytes:sub(at, at + size - 1)
    return tensor, at + size
  end
  if type(given.data) ~= "table" or not json_request.is_list(given.data) then
    refusal.raise(400, "input %s: data must be a list, got %s", name, refusal.shown(given.data))
  end
  tensor.values = flatten(given.data, {})
  if #tensor.values ~= count then
    refusal.raise(400, "input %s: the shape has %d elements, data has %d", name, count, #tensor.values)
  end
  if is[4] then check_numbers(tensor, is) end
  return tensor, at
end

-- The tensors of a request, in its order.
---@param inputs any
---@param bytes string? what follows the JSON
---@return Tensor[]
function v2_tensor.read(inputs, bytes)
  if type(inputs) ~= "table" or not json_request.is_list(inputs) or #inputs == 0 then
    refusal.raise(400, "inputs: expected a list of tensors, got %s", type(inputs) == "table" and #inputs == 0
      and json_request.is_list(inputs) and "an empty list" or refusal.shown(inputs))
  end
  local list, at, seen = {}, 1, {}
  for i, given in ipairs(inputs) do
    list[i], at = tensor_of(given, i, bytes, at)
    if seen[list[i].name] then refusal.cell(list[i].name, nil, "the request has the input twice") end
    seen[list[i].name] = true
  end
  if bytes and at <= #bytes then
    refusal.raise(400, "%d bytes follow the tensors that have a binary_data_size", #bytes - at + 1)
  end
  return list
end

-- ---- columns ----

-- A .npy file of these bytes.
local function npy(descr, shape, bytes)
  local text = string.format("{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }", descr,
    table.concat(shape, ", "))
  text = text .. (" "):rep(63 - (10 + #text) % 64) .. "\n"
  return "\x93NUMPY\1\0" .. string.pack("<I2", #text) .. text .. bytes
end

local function array_of(tensor)
  local ok, a = pcall(array.fromnpy, npy(DATATYPES[tensor.datatype][1], tensor.shape, tensor.bytes), "input "
    .. tensor.name)
  if ok and array.is(a) then return a end
  if type(a) ~= "string" then error(a, 0) end
  refusal.raise(400, "%s", errors.without_place(a):match "^[^\n]*")
end

-- The texts of a binary tensor.
local function texts_of(tensor)
  local list, at, bytes = {}, 1, tensor.bytes
  while at <= #bytes do
    local n = #bytes - at >= 3 and string.unpack("<I4", bytes, at)
    if not n or at + 3 + n > #bytes then
      refusal.raise(400, "input %s: element %d is cut off", tensor.name, #list + 1)
    end
    list[#list + 1] = bytes:sub(at + 4, at + 3 + n)
    if not utf8.len(list[#list]) then refusal.cell(tensor.name, #list, "the text is not UTF-8") end
    at = at + 4 + n
  end
  if #list ~= tensor.count then
    refusal.raise(400, "input %s: the shape has %d elements, the bytes have %d", tensor.name, tensor.count, #list)
  end
  return list
end

local KINDS <const> = { string = "text", date = "text", bool = "bool" }

local function check_kind(c, tensor)
  local want = c.is_number and "number" or KINDS[c.dtype]
  if tensor.kind ~= want then
    refusal.cell(c.name, nil, string.format("datatype %s, expected %s", tensor.datatype, OF_DTYPE[c.dtype]))
  end
end

local function column_of(c, tensor)
  check_kind(c, tensor)
  if tensor.shape[2] and tensor.shape[2] ~= 1 then
    refusal.cell(c.name, nil, string.format("the shape is [%d, %d], expected [n] or [n, 1]", tensor.shape[1],
      tensor.shape[2]))
  end
  if tensor.values then return batch.column(c, tensor.values) end
  if tensor.kind == "text" then return batch.column(c, texts_of(tensor)) end
  return request_columns.checked(c, array_of(tensor):reshape { tensor.count })
end

-- One tensor of all columns, in the order of the signature.
local function matrix(columns, tensor)
  for _, c in ipairs(columns) do check_kind(c, tensor) end
  local n, k, lists = tensor.shape[1], #columns, {}
  if tensor.bytes and tensor.kind ~= "text" then
    return { lists = npy_body.columns(columns, array_of(tensor)), n = n, ignored = {} }
  end
  local values = tensor.values or texts_of(tensor)
  for j, c in ipairs(columns) do
    local list = {}
    for i = 1, n do list[i] = values[(i - 1) * k + j] end
    lists[j] = batch.column(c, list)
  end
  return { lists = lists, n = n, ignored = {} }
end

-- The batch of tensors: one for each column, or one of all.
---@param columns RequestColumn[]
---@param tensors Tensor[]
---@param options { strict: boolean? }
---@return Batch
function v2_tensor.batch(columns, tensors, options)
  local first = tensors[1]
  if #tensors == 1 and first.shape[2] == #columns then return matrix(columns, first) end
  local of, names, lists, n = {}, {}, {}, nil
  for i, tensor in ipairs(tensors) do of[tensor.name], names[i] = tensor, tensor.name end
  local ignored = batch.ignored(columns, of, options.strict)
  batch.check_present(columns, function(name) return of[name] end, names)
  for j, c in ipairs(columns) do
    local tensor = of[c.name]
    n = n or tensor.shape[1]
    if tensor.shape[1] ~= n then
      refusal.cell(c.name, nil, string.format("has %d rows, and %s has %d", tensor.shape[1], columns[1].name, n))
    end
    lists[j] = column_of(c, tensor)
  end
  return { lists = lists, n = n, ignored = ignored }
end

-- ---- writing ----

local WIDE <const> = { BOOL = "bool", INT64 = "i64", FP64 = "f64" }

-- The bytes of values of a datatype.
---@param values any an array, or a list
---@param datatype string
---@return string
function v2_tensor.bytes(values, datatype)
  if datatype == "BYTES" then
    local parts = {}
    for i = 1, #values do parts[i] = string.pack("<s4", tostring(values[i])) end
    return table.concat(parts)
  end
  if #values == 0 then return "" end
  local a = array.is(values) and values or array.from(values, WIDE[datatype])
  local file = array.tonpy(a:astype(WIDE[datatype]))
  return file:sub(11 + string.unpack("<I2", file, 9))
end

return v2_tensor
