-- condition: the conditions of templates, as in `<% if open_source_license ~= "none" %>`.
--
--     names, texts, numbers, true, false; not, and, or, ==, ~=, parentheses; they bind as in Lua
--
-- They are read here and are no Lua: nothing is called.  Every name has a type, and what does not fit is a mistake of
-- the template: a text where true or false is wanted, a choice compared with a word that is none of its choices.

local suggest = require "rille.base.suggest"

local condition = {}

---@class rille.template.variable what a name of a template stands for
---@field type "text"|"boolean"|"choice"|"integer"|"number"?
---@field later boolean? it is asked later than what is read now, and has no value yet
---@field choices string[]? of a choice

---@alias rille.template.scope table<string, rille.template.variable>
---@alias rille.template.fail fun(fmt: string, ...)

-- A part of a condition that was read: { type, name, choices, literal, get }: get(values) gives its value.

local WORDS <const> = { ["and"] = true, ["or"] = true, ["not"] = true, ["true"] = true, ["false"] = true }
local ESCAPED <const> = { n = "\n", t = "\t" }

-- The text of a quoted word, and where it ends.
local function quoted(text, at, fail)
  local quote, parts, i = text:sub(at, at), {}, at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == quote then return table.concat(parts), i + 1 end
    if c == "\\" then
      i = i + 1
      c = ESCAPED[text:sub(i, i)] or text:sub(i, i)
    end
    parts[#parts + 1] = c
    i = i + 1
  end
  fail("the text that begins with %s has no end", text:sub(at))
end

-- The words of a condition: { kind, text | value }, kind "name", "literal", "sign" or "word".
local function words_of(text, fail)
  local words, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return words end
    local name, number = text:match("^[%a_][%w_]*", at), text:match("^%-?%.?%d[%w.]*", at)
    local sign = text:match("^[=~]=", at) or text:match("^[()]", at)
    if name then
      words[#words + 1] = { kind = WORDS[name] and "word" or "name", text = name }
      at = at + #name
    elseif number then
      if not tonumber(number) then fail("%s is not a number", number) end
      words[#words + 1] = { kind = "literal", text = number, value = tonumber(number) }
      at = at + #number
    elseif text:find("^[\"']", at) then
      local from = at
      local value
      value, at = quoted(text, at, fail)
      words[#words + 1] = { kind = "literal", text = text:sub(from, at - 1), value = value }
    elseif sign then
      words[#words + 1] = { kind = "sign", text = sign }
      at = at + #sign
    else
      fail("%s is not understood; a condition has names, texts in quotes, numbers, true, false, not, and, or, ==, ~=",
        text:match("^[%p%s]%S*", at) or text:sub(at))
    end
  end
end

-- Reading ----------------------------------------------------------------------------------

local Reader = {}
Reader.__index = Reader

function Reader:peek() return self.words[self.at] end

-- Takes the next word when it is this one.
function Reader:takes(text)
  local word = self.words[self.at]
  if not word or word.text ~= text or word.kind == "literal" then return false end
  self.at = self.at + 1
  return true
end

local function literal(value)
  return { type = type(value) == "string" and "text" or type(value), literal = true, value = value,
    get = function() return value end }
end

function Reader:variable(name)
  local known = self.scope[name]
  if not known then
    local names = {}
    for one in next, self.scope do names[#names + 1] = one end
    self.fail("there is no parameter %s%s", name, suggest.hint(name, names))
  end
  if known.later then self.fail("%s is asked later; only earlier answers can be used here", name) end
  return { type = known.type, choices = known.choices, name = name,
    get = function(values) return values[name] end }
end

function Reader:primary()
  local word = self:peek()
  if not word then self.fail("the condition has no end: a name or a value is missing") end
  self.at = self.at + 1
  if word.kind == "literal" then return literal(word.value) end
  if word.kind == "name" then return self:variable(word.text) end
  if word.text == "true" or word.text == "false" then return literal(word.text == "true") end
  if word.text == "(" then
    local inner = self:either()
    if not self:takes ")" then self.fail("a ( has no )") end
    return inner
  end
  self.fail("a name or a value is expected before %s", word.text)
end

local function a_type(part) return (part.type == "integer" and "an " or "a ") .. part.type end

-- The part has to be true or false.
function Reader:boolean(part)
  if part.type == "boolean" then return part end
  local what = part.name or tostring(part.value)
  if part.literal then self.fail("%s is a %s, and neither true nor false", what, part.type) end
  self.fail('%s is %s; compare it, as in %s == %s', what, a_type(part), what,
    part.type == "choice" and '"' .. part.choices[1] .. '"' or part.type == "text" and '""' or "1")
end

function Reader:unary()
  if not self:takes "not" then return self:primary() end
  local part = self:boolean(self:unary())
  return { type = "boolean", name = "not ...", get = function(values) return not part.get(values) end }
end

local KIND <const> = { text = "text", choice = "text", boolean = "boolean", integer = "number", number = "number" }

-- Both sides of == have to be of one kind; a choice is compared with one of its choices.
function Reader:check_sides(a, b)
  if KIND[a.type] ~= KIND[b.type] then
    self.fail("%s is %s and cannot equal %s, %s", a.name or tostring(a.value), a_type(a), b.name or tostring(b.value),
      a_type(b))
  end
  for _, pair in ipairs { { a, b }, { b, a } } do
    local choices, value = pair[1].choices, pair[2].value
    if choices and pair[2].literal and not suggest.has(value, choices) then
      self.fail('"%s" is not a choice of %s%s', value, pair[1].name, suggest.hint(value, choices, true))
    end
  end
end

function Reader:comparison()
  local a = self:unary()
  local word = self:peek()
  if not word or word.text ~= "==" and word.text ~= "~=" or word.kind ~= "sign" then return a end
  self.at = self.at + 1
  local b, equal = self:unary(), word.text == "=="
  self:check_sides(a, b)
  return { type = "boolean", name = "... " .. word.text .. " ...", get = function(values)
    return (a.get(values) == b.get(values)) == equal
  end }
end

function Reader:both()
  local a = self:comparison()
  while self:takes "and" do
    local left, right = self:boolean(a), self:boolean(self:comparison())
    a = { type = "boolean", name = "... and ...", get = function(values)
      return left.get(values) and right.get(values)
    end }
  end
  return a
end

function Reader:either()
  local a = self:both()
  while self:takes "or" do
    local left, right = self:boolean(a), self:boolean(self:both())
    a = { type = "boolean", name = "... or ...", get = function(values)
      return left.get(values) or right.get(values)
    end }
  end
  return a
end

-- Reads a condition.
---@param text string
---@param scope rille.template.scope
---@param fail rille.template.fail raises at the place of the condition
---@return fun(values: table<string, any>): boolean
function condition.parse(text, scope, fail)
  local reader = setmetatable({ words = words_of(text, fail), at = 1, scope = scope, fail = fail }, Reader)
  if not reader.words[1] then fail("the condition is empty") end
  local part = reader:boolean(reader:either())
  local rest = reader:peek()
  if rest then fail("%s is not expected here", rest.text) end
  return part.get
end

return condition
