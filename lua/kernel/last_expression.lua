-- last_expression: where the expression begins that a cell ends with: its value is the result of the cell.
--
--     local x = 1
--     x + 1                  begins at the second x
--
-- Lua reads a text as statements.  An expression that could go on with the statement before it is a part of that:
-- in `f` and `(x)`, a line each, the second is no expression.

local tokens = require "rille.repl.tokens"

local last_expression = {}

local OPENS <const> = { ["function"] = 1, ["do"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1,
  ["("] = 1, ["{"] = 1, ["["] = 1, [")"] = -1, ["}"] = -1, ["]"] = -1 }

-- Tokens that never go on with the statement before them.
local STARTS <const> = { ["not"] = true, ["nil"] = true, ["true"] = true, ["false"] = true, ["function"] = true,
  ["#"] = true }

local function begins(token) return token.kind == "name" or token.kind == "number" or STARTS[token.text] end

-- The first bytes of the lines and of what follows a semicolon, outside of blocks and brackets.
local function starts(text)
  local found, depth, before = {}, 0, nil
  for _, token in ipairs(tokens.of(text)) do
    local is_new = not before or before.text == ";" or text:sub(before.first, token.first):find("\n", 1, true)
    if is_new and depth == 0 and begins(token) then found[#found + 1] = token.first end
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
  local found = starts(text)
  for i = #found, 1, -1 do
    local at = found[i]
    if compiles(text:sub(1, at - 1) .. "return " .. text:sub(at)) then return at end
  end
  return nil
end

return last_expression
