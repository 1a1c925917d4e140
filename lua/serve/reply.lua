-- reply: what is sent back: status, headers, body.  All errors have one form:
--
--     {"error": TEXT, "error_code": CODE, "message": TEXT, "column": NAME?, "row": N?}
--
-- error and message are read by clients of the Open Inference Protocol and of MLflow.  Rows count from 1.

local array = require "rille.array"
local json = require "rille.json"

local reply = {}

local CODES <const> = { [400] = "BAD_REQUEST", [401] = "UNAUTHORIZED", [403] = "FORBIDDEN", [404] = "NOT_FOUND",
  [405] = "METHOD_NOT_ALLOWED", [408] = "TIMEOUT", [411] = "LENGTH_REQUIRED", [413] = "PAYLOAD_TOO_LARGE",
  [415] = "UNSUPPORTED_MEDIA_TYPE", [429] = "TOO_MANY_REQUESTS", [500] = "INTERNAL_ERROR",
  [503] = "SERVICE_UNAVAILABLE", [504] = "TIMEOUT" }

local JSON <const> = "application/json"

-- The text as JSON; bytes that are not UTF-8 become "?".
local function quoted(text)
  local ok, made = pcall(json.encode, text)
  return ok and made or json.encode((text:gsub("[\128-\255]", "?")))
end

-- An error.
---@param status integer
---@param message string
---@param more { column: string?, row: integer?, headers: table<string, string>? }?
---@return integer status, table<string, string> headers, string body
function reply.error(status, message, more)
  local text, parts = quoted(message), {}
  parts[1] = string.format('{"error":%s,"error_code":"%s","message":%s', text, CODES[status] or "ERROR", text)
  if more and more.column then parts[#parts + 1] = ',"column":' .. quoted(more.column) end
  if more and more.row then parts[#parts + 1] = string.format(',"row":%d', more.row) end
  parts[#parts + 1] = "}\n"
  local headers = { ["Content-Type"] = JSON }
  for name, v in next, more and more.headers or {} do headers[name] = v end
  return status, headers, table.concat(parts)
end

-- A value as JSON.
---@return integer status, table<string, string> headers, string body
function reply.json(value, headers)
  headers = headers or {}
  headers["Content-Type"] = JSON
  return 200, headers, json.encode(value) .. "\n"
end

-- A text that is JSON already.
function reply.text(text, headers)
  headers = headers or {}
  headers["Content-Type"] = JSON
  return 200, headers, text .. "\n"
end

local function without_nan(list)
  for i = 1, #list do
    local v = list[i]
    if type(v) == "table" then without_nan(v)
    elseif v ~= v or v == math.huge or v == -math.huge then list[i] = json.null end
  end
  return list
end

-- Values that a model gave, as lists: an array, or a list; NaN and infinite ones are null.
---@param v any
---@return any[]
function reply.plain(v)
  if array.is(v) then return without_nan(v:totable()) end
  local made = {}
  for i = 1, #v do
    local x = v[i]
    if array.is(x) or type(x) == "table" and not rawequal(x, json.null) then x = reply.plain(x) end
    made[i] = x
  end
  return without_nan(made)
end

-- The same as JSON.
---@return string
function reply.list(v) return json.encode(json.array(reply.plain(v))) end

local LONGEST <const>, NAME <const> = 1000, 100     -- bytes of a header; of a name in it

-- A name as a part of a header: what is not a plain letter is %XX.
local function header_name(name)
  if name == "" then return '""' end
  local short = name:sub(1, NAME):gsub("[^%w_%-%.]", function(ch) return string.format("%%%02X", ch:byte()) end)
  return #name > NAME and short .. "..." or short
end

-- Names of columns as the value of a header, never empty; of many the first ones and how many others.
---@param names string[]
---@return string
function reply.header_names(names)
  local made, size = {}, 0
  for i, name in ipairs(names) do
    made[i] = header_name(name)
    size = size + #made[i] + 2
    if size > LONGEST then
      local more = #names - i + 1
      made[i] = string.format("and %d other%s", more, more == 1 and "" or "s")
      break
    end
  end
  return table.concat(made, ", ")
end

return reply
