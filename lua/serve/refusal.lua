-- refusal: why a request is not answered, as an error that the handler turns into a reply (reply.lua): the status and
-- a sentence, with the column and the row (from 1) that are wrong where it is one cell.

local json = require "rille.json"

local refusal = {}

---@class Refusal
---@field status integer
---@field message string
---@field column string?
---@field row integer?
---@field headers table<string, string>?
local Refusal = { __name = "refusal" }
Refusal.__tostring = function(self) return self.message end

local LONGEST <const> = 60          -- bytes of a text in a message

-- The text, cut where it is long.
local function short(text)
  return #text > LONGEST and text:sub(1, utf8.offset(text, 0, LONGEST) - 1) .. "..." or text
end

---@return boolean
function refusal.is(v) return debug.getmetatable(v) == Refusal end

-- Raises a refusal.
---@param status integer
---@param fmt string
function refusal.raise(status, fmt, ...)
  error(setmetatable({ status = status, message = string.format(fmt, ...) }, Refusal), 0)
end

-- Raises that a cell, or a column where row is nil, is wrong.
---@param column string
---@param row integer?
---@param problem string
function refusal.cell(column, row, problem)
  column = short(column)
  local place = row and string.format("column %s, row %d", column, row) or "column " .. column
  error(setmetatable({ status = 400, message = place .. ": " .. problem, column = column, row = row }, Refusal), 0)
end

-- A refusal with headers of its reply.
---@param status integer
---@param message string
---@param headers table<string, string>
function refusal.with(status, message, headers)
  error(setmetatable({ status = status, message = message, headers = headers }, Refusal), 0)
end

-- A value of a request in a message: "x", 1.5, true, null, a list.
---@param v any
---@return string
function refusal.shown(v)
  if type(v) == "string" then
    local ok, text = pcall(json.encode, short(v))
    return ok and text or "a text that is not UTF-8"
  end
  if type(v) == "number" then return v ~= v and "NaN" or v == math.huge and "inf" or v == -math.huge and "-inf"
    or json.encode(v) end
  if v == json.null then return "null" end
  if type(v) == "table" then return require("rille.host.json_request").is_list(v) and "a list" or "an object" end
  return tostring(v)
end

return refusal
