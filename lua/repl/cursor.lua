-- cursor: what the cursor is in, by the tokens before it.  The text is that of the entry up to the cursor.
--
--     { tokens, open = the text or comment that it is in, word = the name that ends at it, first = its first byte,
--       path = the tokens of "a.b[1]." before the word, mark = "." or ":" }

local tokens = require "rille.repl.tokens"

local cursor = {}

---@class Cursor
---@field tokens Token[] without those of path, mark and word
---@field open OpenToken?
---@field word string
---@field first integer
---@field path Token[]?
---@field mark string?

local CLOSES <const> = { [")"] = "(", ["]"] = "[", ["}"] = "{" }

-- The index of the bracket that the closing one at i belongs to.
local function opening(list, i)
  local depth = 0
  for k = i, 1, -1 do
    local text = list[k].kind == "sign" and list[k].text
    if CLOSES[text] then depth = depth + 1 end
    if text == "(" or text == "[" or text == "{" then
      depth = depth - 1
      if depth == 0 then return k end
    end
  end
end

-- The tokens of the path that ends with the token at i: NAME, PATH.NAME, PATH:NAME, PATH[...]; the index of its first.
local function path_start(list, i)
  local k = i
  while k >= 1 do
    local token = list[k]
    if token.text == "]" then
      local open = opening(list, k)
      if not open or open < 2 then return nil end
      k = open - 1
    elseif token.kind == "name" then
      local before = list[k - 1]
      if not before or before.text ~= "." and before.text ~= ":" then return k end
      k = k - 2
    else
      return nil
    end
  end
end

-- The path that ends with the token at i; nil where another expression does.
---@param list Token[]
---@param i integer
---@return Token[]? path
---@return integer? first index
function cursor.path(list, i)
  local first = list[i] and path_start(list, i)
  return first and table.move(list, first, i, 1, {}) or nil, first
end

---@param before string
---@return Cursor
function cursor.of(before)
  local list, open = tokens.before_cursor(before)
  if open then return { tokens = list, open = open, word = before:sub(open.first), first = open.first } end
  local last, word = list[#list], ""
  if last and (last.kind == "name" or last.kind == "keyword") and last.first + #last.text == #before + 1 then
    word = last.text
    list[#list] = nil
  end
  local at = { tokens = list, word = word, first = #before - #word + 1 }
  local mark = list[#list]
  if mark and (mark.text == "." or mark.text == ":") then
    local path = cursor.path(list, #list - 1)
    list[#list] = nil
    at.mark, at.path = mark.text, path or {}
  end
  return at
end

local OPENS <const> = { ["("] = true, ["["] = true, ["{"] = true, ["function"] = true, ["do"] = true, ["if"] = true,
  ["repeat"] = true }
local ENDS <const> = { [")"] = true, ["]"] = true, ["}"] = true, ["end"] = true, ["until"] = true }

-- The indices of the brackets and blocks that are open at the end, outermost first.
---@param list Token[]
---@return integer[]
function cursor.open_brackets(list)
  local stack = {}
  for i, token in ipairs(list) do
    local text = (token.kind == "sign" or token.kind == "keyword") and token.text
    if OPENS[text] then stack[#stack + 1] = i
    elseif ENDS[text] then stack[#stack] = nil end
  end
  return stack
end

-- The names that are followed by = directly in the braces that open at index i.
---@param list Token[]
---@param i integer
---@return table<string, true>
function cursor.fields_in(list, i)
  local names, depth = {}, 0
  for k = i, #list do
    local text = list[k].kind ~= "text" and list[k].text
    if OPENS[text] then depth = depth + 1 elseif ENDS[text] then depth = depth - 1 end
    if depth == 1 and list[k].kind == "name" and list[k + 1] and list[k + 1].text == "=" then
      names[list[k].text] = true
    end
  end
  return names
end

return cursor
