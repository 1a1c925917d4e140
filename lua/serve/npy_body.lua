-- npy_body: a request that is a .npy file of numbers: a matrix, rows by columns in the order of the signature, or a
-- vector, which is one row.

local array = require "rille.array"
local errors = require "rille.base.errors"
local refusal = require "rille.serve.refusal"
local request_columns = require "rille.serve.request_columns"

local npy_body = {}

local function decode(bytes)
  local ok, a = pcall(array.fromnpy, bytes, "the body")
  if not ok then
    if type(a) ~= "string" then error(a, 0) end
    refusal.raise(400, "%s", errors.without_place(a):match "^[^\n]*")
  end
  if not array.is(a) then refusal.raise(400, "the .npy file does not hold numbers") end
  return a
end

-- The columns of a matrix, checked.
---@param columns RequestColumn[]
---@param m table a matrix
---@return any[] lists
function npy_body.columns(columns, m)
  local lists = {}
  for j, c in ipairs(columns) do lists[j] = request_columns.checked(c, m:column(j)) end
  return lists
end

-- The batch of a body.
---@param columns RequestColumn[]
---@param bytes string
---@return Batch
function npy_body.read(columns, bytes)
  for _, c in ipairs(columns) do
    if not c.is_number and c.dtype ~= "bool" then
      refusal.cell(c.name, nil, string.format("is a %s, and a .npy file has numbers alone: send JSON or CSV", c.dtype))
    end
  end
  local a = decode(bytes)
  if a.ndim == 1 then a = a:reshape { 1, #a } end
  if a.ndim ~= 2 or a.shape[2] ~= #columns then
    refusal.raise(400, "expected an array of the shape (rows, %d), got (%s)", #columns, table.concat(a.shape, ", "))
  end
  return { lists = npy_body.columns(columns, a), n = #a, ignored = {} }
end

return npy_body
