-- tokens: the words of Lua in a text, without its comments; and the locals that it declares outside of all blocks.

local tokens = {}

local KEYWORD <const> = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true "
  .. "until while"):gmatch "%a+" do KEYWORD[word] = true end

-- Behind [=[ at `at`: the first byte after ]=].
local function after_long(text, at, level)
  local _, stop = text:find("]" .. level .. "]", at, true)
  return (stop or #text) + 1
end

local function after_text(text, at, quote)
  while true do
    local c = text:sub(at, at)
    if c == "" or c == "\n" then return at end
    if c == quote then return at + 1 end
    at = at + (c == "\\" and 2 or 1)
  end
end

-- The token at `at`, which is no blank: its kind, and the first byte after it.
local function scan(text, at)
  local level, inner = text:match("^%-%-%[(=*)%[()", at)
  if level then return "comment", after_long(text, inner, level) end
  if text:find("^%-%-", at) then return "comment", text:find("\n", at, true) or #text + 1 end
  level, inner = text:match("^%[(=*)%[()", at)
  if level then return "text", after_long(text, inner, level) end
  local word, stop = text:match("^([%a_][%w_]*)()", at)
  if word then return KEYWORD[word] and "keyword" or "name", stop end
  local quote = text:match("^[\"']", at)
  if quote then return "text", after_text(text, at + 1, quote) end
  stop = text:match("^%.?%d[%w%.]*()", at)
  if stop then return "number", stop end
  return "sign", at + 1
end

---@class Token
---@field kind "name"|"keyword"|"text"|"number"|"sign"
---@field text string
---@field first integer byte

---@param text string
---@return Token[]
function tokens.of(text)
  local list, at = {}, text:find "%S"
  while at do
    local kind, stop = scan(text, at)
    if kind ~= "comment" then list[#list + 1] = { kind = kind, text = text:sub(at, stop - 1), first = at } end
    at = text:find("%S", stop)
  end
  return list
end

-- What the text ends within, where it ends within a text in quotes or brackets, or a comment.
---@class OpenToken
---@field kind "text"|"comment"
---@field first integer byte of its contents

local function open_token(text, kind, at, stop)
  if stop <= #text and not (kind == "comment" and stop == #text + 1) then return nil end
  local token = text:sub(at, stop - 1)
  local level, inner = token:match "^%-?%-?%[(=*)%[()"
  if level and not token:find "^%-[^-]" then
    if token:find("]" .. level .. "]", inner, true) then return nil end
    return { kind = kind, first = at + inner - 1 }
  end
  if kind == "comment" then return not token:find "\n$" and { kind = kind, first = at } or nil end
  if kind ~= "text" then return nil end
  local inside = token:sub(2):gsub("\\.", "  ")
  return not inside:find(token:sub(1, 1), 1, true) and { kind = kind, first = at + 1 } or nil
end

-- The tokens of the text, and what it ends within; that is no token of the list.
---@param text string
---@return Token[]
---@return OpenToken?
function tokens.before_cursor(text)
  local list, at = {}, text:find "%S"
  while at do
    local kind, stop = scan(text, at)
    local open = open_token(text, kind, at, stop)
    if open then return list, open end
    if kind ~= "comment" then list[#list + 1] = { kind = kind, text = text:sub(at, stop - 1), first = at } end
    at = text:find("%S", stop)
  end
  return list
end

-- Blocks: `while ... do` and `for ... do` end once, so do counts and they do not.
local OPENS <const> = { ["function"] = 1, ["do"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1 }

local NESTS <const> = { ["("] = 1, ["["] = 1, ["{"] = 1, [")"] = -1, ["]"] = -1, ["}"] = -1 }

-- Behind the end of a long text or comment that begins at `at`; nil and its end where the line has none.
local function long_at(line, at)
  local level, inner = line:match("^%-?%-?%[(=*)%[()", at)
  if not level or line:find("^%-[^-]", at) then return at end
  local _, stop = line:find("]" .. level .. "]", inner, true)
  if not stop then return nil, "]" .. level .. "]" end
  return at
end

---@class Balance
---@field depth integer blocks and brackets that are open
---@field close string? the end of the long text or comment that is open

-- Takes a line into account: a depth above 0 means that what was read is no complete chunk.  It is a guess that costs
-- little: what the compiler says counts.
---@param balance Balance
---@param line string
function tokens.weigh(balance, line)
  local at = 1
  if balance.close then
    local _, stop = line:find(balance.close, 1, true)
    if not stop then return end
    at, balance.close = stop + 1, nil
  end
  at = line:find("%S", at)
  while at do
    local found, close = long_at(line, at)
    if not found then
      balance.close = close
      return
    end
    local kind, stop = scan(line, at)
    local change = (kind == "keyword" and OPENS or NESTS)[line:sub(at, stop - 1)]
    if kind == "keyword" or kind == "sign" then balance.depth = balance.depth + (change or 0) end
    at = line:find("%S", stop)
  end
end

-- Is the text open: can nothing but more lines complete it?
---@param balance Balance
---@return boolean
function tokens.is_open(balance) return balance.depth > 0 or balance.close ~= nil end

-- Behind which an expression is complete, so that a name begins the next statement.
local COMPLETE <const> = { [")"] = true, ["}"] = true, ["]"] = true, ["end"] = true, ["nil"] = true,
  ["true"] = true, ["false"] = true }
local GOES_ON <const> = { ["and"] = true, ["or"] = true }

local function is_sign(token, text) return token ~= nil and token.kind == "sign" and token.text == text end

-- Is token i the last dot of "..."?
local function is_vararg(list, i)
  return is_sign(list[i], ".") and is_sign(list[i - 1], ".") and is_sign(list[i - 2], ".")
    and list[i - 2].first == list[i].first - 2
end

local function is_complete(list, i)
  local token = list[i]
  if token.kind == "sign" or token.kind == "keyword" then return COMPLETE[token.text] or is_vararg(list, i) end
  return true
end

-- The index of the token after the expressions that begin at token i.
local function after_expressions(list, i)
  local depth, from = 0, i
  while list[i] do
    local token = list[i]
    if depth == 0 and i > from and is_complete(list, i - 1) then
      local is_word = token.kind == "name" or token.kind == "keyword" and not GOES_ON[token.text]
      if is_word or is_sign(token, ";") or is_sign(token, ":") and is_sign(list[i + 1], ":") then return i end
    end
    depth = depth + (token.kind == "sign" and NESTS[token.text] or token.kind == "keyword" and OPENS[token.text] or 0)
    i = i + 1
  end
  return i
end

-- Are tokens i to j texts, numbers and constants, which the compiler puts in the place of a <const>?
local function are_literals(list, i, j)
  for k = i, j do
    local token = list[k]
    if token.kind == "name" or token.kind == "keyword" and not COMPLETE[token.text] or NESTS[token.text] then
      return false
    end
  end
  return true
end

local function end_of(token) return token.first + #token.text end

-- What a declaration at token i declares; the index of the token after its names.
local function read_declaration(list, i)
  local declared = { first = list[i].first, names = {} }
  i = i + 1
  if list[i] and list[i].text == "function" then
    declared.is_function = true
    declared.names[1] = { name = list[i + 1] and list[i + 1].text }
    return declared, i
  end
  while list[i] and list[i].kind == "name" do
    local one = { name = list[i].text, first = list[i].first }
    declared.names[#declared.names + 1] = one
    i = i + 1
    if list[i] and list[i].text == "<" and list[i + 1] then
      one.attribute = list[i + 1].text
      i = i + 3
    end
    if not list[i] or list[i].text ~= "," then break end
    i = i + 1
  end
  declared.has_values = list[i] ~= nil and list[i].text == "="
  local after = declared.has_values and after_expressions(list, i + 1) or i
  declared.is_literal = declared.has_values and are_literals(list, i + 1, after - 1)
  declared.past = list[after - 1] and end_of(list[after - 1])
  return declared, i
end

---@class Declaration
---@field first integer byte of `local`
---@field names { name: string, attribute: string?, first: integer }[]
---@field is_function boolean?
---@field has_values boolean?
---@field is_literal boolean? its values are texts, numbers and constants
---@field past integer? the first byte after its values

-- The declarations of locals that are in no block, and the first byte of a return that is in none.
---@param text string
---@return Declaration[], integer?
function tokens.declarations(text)
  local found, list, depth, i, returns = {}, tokens.of(text), 0, 1, nil
  while list[i] do
    local token = list[i]
    if depth == 0 and token.kind == "keyword" and token.text == "return" then returns = token.first end
    if token.kind == "keyword" and token.text == "local" and depth == 0 then
      found[#found + 1], i = read_declaration(list, i)
    else
      if token.kind == "keyword" then depth = depth + (OPENS[token.text] or 0) end
      i = i + 1
    end
  end
  return found, returns
end

-- The names in the text, each once.
---@param text string
---@return table<string, true>
function tokens.names(text)
  local names = {}
  for _, token in ipairs(tokens.of(text)) do
    if token.kind == "name" then names[token.text] = true end
  end
  return names
end

local function sign_at(list, i, text) return list[i] ~= nil and list[i].kind == "sign" and list[i].text == text end

-- Is the name at token i a field (a.NAME, a:NAME), or does it get a value (NAME = v, in a table too)?
local function is_field_or_target(list, i)
  if sign_at(list, i - 1, ".") and not sign_at(list, i - 2, ".") then return true end
  if sign_at(list, i - 1, ":") and not sign_at(list, i - 2, ":") then return true end
  return sign_at(list, i + 1, "=") and not sign_at(list, i + 2, "=")
end

-- The names of variables that the text may read, each once.
---@param text string
---@return table<string, true>
function tokens.reads(text)
  local names, list = {}, tokens.of(text)
  for i, token in ipairs(list) do
    if token.kind == "name" and not is_field_or_target(list, i) then names[token.text] = true end
  end
  return names
end

-- Behind what stands between brackets from token i on.
local function after_brackets(list, i)
  local depth = 0
  while list[i] do
    if sign_at(list, i, "[") then depth = depth + 1 elseif sign_at(list, i, "]") then depth = depth - 1 end
    i = i + 1
    if depth == 0 then return i end
  end
  return i
end

-- Does the variable at token i, or a field of it, get a value?  Others may stand behind it: a, b = 1, 2.
local function is_set(list, i)
  if list[i - 1] and list[i - 1].text == "function" and list[i - 1].kind == "keyword" then return true end
  i = i + 1
  while list[i] do
    if sign_at(list, i, "[") then i = after_brackets(list, i)
    else
      local leads_on = sign_at(list, i, ".") or sign_at(list, i, ",")
      if not leads_on or not list[i + 1] or list[i + 1].kind ~= "name" then break end
      i = i + 2
    end
  end
  return sign_at(list, i, "=") and not sign_at(list, i + 1, "=")
end

-- The names of variables that the text declares or sets, also in part (a.b = 1); not the keys of tables.
---@param text string
---@return table<string, true>
function tokens.sets(text)
  local names, list, open = {}, tokens.of(text), {}
  for i, token in ipairs(list) do
    if token.kind == "sign" and token.text:find "[{(]" then open[#open + 1] = token.text
    elseif token.kind == "sign" and token.text:find "[})]" then open[#open] = nil
    elseif token.kind == "name" and open[#open] ~= "{" and not sign_at(list, i - 1, ".") and is_set(list, i) then
      names[token.text] = true
    end
  end
  for _, declaration in ipairs(tokens.declarations(text)) do
    for _, one in ipairs(declaration.names) do if one.name then names[one.name] = true end end
  end
  return names
end

-- Does it return from within a block, or has it a label outside of all blocks, or a goto?
---@param text string
---@return boolean
function tokens.leaves_early(text)
  local list, blocks = tokens.of(text), {}
  local functions = 0
  for i, token in ipairs(list) do
    local opens = token.kind == "keyword" and OPENS[token.text]
    if opens == 1 then
      blocks[#blocks + 1] = token.text
      functions = functions + (token.text == "function" and 1 or 0)
    elseif opens == -1 then
      functions = functions - (table.remove(blocks) == "function" and 1 or 0)
    elseif functions == 0 and token.kind == "keyword" then
      if token.text == "goto" or token.text == "return" and blocks[1] then return true end
    elseif not blocks[1] and sign_at(list, i, ":") and sign_at(list, i + 1, ":") then
      return true
    end
  end
  return false
end

return tokens
