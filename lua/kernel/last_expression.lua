-- last_expression: where the expression begins that a cell ends with: its value is the result of the cell.
--
--     local x = 1
--     x + 1                  begins at the second x
--
-- Lua reads a text as statements.  An expression that could go on with the statement before it is a part of that:
-- in `f` and `(x)`, a line each, the second is no expression.  Where that is no Lua, as with `x = 1`
-- and `(x)`, a new line begins an expression.

local tokens = require "rille.repl.tokens"

local last_expression = {}

local OPENS <const> = { ["function"] = 1, ["do"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1,
  ["("] = 1, ["{"] = 1, ["["] = 1, [")"] = -1, ["}"] = -1, ["]"] = -1 }

-- Tokens that never go on with the statement before them.
local STARTS <const> = { ["not"] = true, ["nil"] = true, ["true"] = true, ["false"] = true, ["function"] = true,
  ["#"] = true }

local function begins(token) return token.kind == "name" or token.kind == "number" or STARTS[token.text] end

-- The bytes where statements may begin, outside of blocks and brackets.
local function starts(text, is_wrong)
  local found, depth, before = {}, 0, nil
  for _, token in ipairs(tokens.of(text)) do
    local is_first = not before or text:sub(before.first, token.first):find("\n", 1, true)
    if depth == 0 and (begins(token) or is_first and is_wrong) then found[#found + 1] = token.first end
    if token.kind == "keyword" or token.kind == "sign" then depth = depth + (OPENS[token.text] or 0) end
    before = token
  end
  return found
end

local function compiles(text) return load(text, "=cell", "t", {}) ~= nil end

-- The byte where the last expression begins; nil where the text ends with another statement, or is wrong.
---@param text string
---@return integer?
function last_expression.find(text)
  local found = starts(text, not compiles(text))
  for i = #found, 1, -1 do
    local before, rest = text:sub(1, found[i] - 1), text:sub(found[i])
    if compiles(before .. "return " .. rest) then return found[i] end
    if compiles(before) then return nil end           -- the rest is a statement
  end
  return nil
end

return last_expression
