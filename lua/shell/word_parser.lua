-- word_parser: the words of a text for the shell, with the expansions, quotes and
-- here-documents in them, and what stands between words.
--
-- A word is a list of parts, with `source` its text where braces stand in it:
--   { "text", text, quoted }
--   { "var", name, quoted, operator or false, word or false }    ${name:-word}
--   { "unknown", what }          only the shell can tell it
--   { "ours", "<(...)" or nil }  a path that the shell makes, or rille gives (\1 in the text)
-- Commands that stand in a word, as $(...), are parsed by the method commands of the class
-- that extends this one (lua/shell/shell.lua), which has emit too.

---@class WordParser
---@field text string
---@field i integer where it reads
---@field documents table[] here-documents whose commands stand in this line
---@field level integer how many texts it is nested in
---@field base integer|false|nil where the text stands in the outermost one, less 1; nil: nowhere as it is
local WordParser = {}
WordParser.__index = WordParser

local word_parser = { class = WordParser }

local MAX_LEVEL <const> = 40

-- Ends the parsing: why the text is not understood.
---@param message string
function word_parser.fail(message) error({ syntax = message }, 0) end

local fail = word_parser.fail

local function text_part(text, quoted) return { "text", text, quoted or false } end

-- The next n characters.
function WordParser:peek(n) return self.text:sub(self.i, self.i + (n or 1) - 1) end

function WordParser:match(pattern) return self.text:match("^" .. pattern, self.i) end

function WordParser:skip(n) self.i = self.i + n end

-- A variable that gets a value in an expansion or in arithmetic.
function WordParser:assign(name, word) self:emit { words = {}, assigns = { { name, word } }, redirects = {} } end

-- Another text within this one, for what stands in it.  from: where it stands here as
-- it is, or nil.
function WordParser:within(text, from, method, ...)
  local inner = setmetatable({ text = text, i = 1, out = self.out, documents = {}, depth = self.depth,
    level = self.level + 1,
    pipes = self.pipes, base = from and self.base and self.base + from - 1 }, getmetatable(self))
  if inner.level > MAX_LEVEL then fail "it is nested too deeply" end
  return inner[method](inner, ...)
end

-- Parts of words -------------------------------------------------------------------

function WordParser:backquoted()
  local i, list = self.i + 1, {}
  while true do
    local c = self.text:sub(i, i)
    if c == "" then fail "a backquote is not closed" end
    if c == "`" then break end
    if c == "\\" then
      local n = self.text:sub(i + 1, i + 1)
      list[#list + 1] = n:find "[`\\$]" and n or c .. n
      i = i + 2
    else
      list[#list + 1] = c
      i = i + 1
    end
  end
  local text, from = table.concat(list), self.i + 1
  self.i = i + 1
  self:within(text, #text == i - from and from or nil, "commands")
  return { "unknown", "`...`" }
end

-- What arithmetic gives values to, and the commands in it; it begins at `from`.
function WordParser:arithmetic(text, from)
  for name, operator in text:gmatch "([%a_][%w_]*)%s*([-+*/%%&|^<>]*=?)" do
    if operator ~= "" then self:assign(name, false) end
  end
  for name in text:gmatch "[-+][-+]%s*([%a_][%w_]*)" do self:assign(name, false) end
  self:within(text, from, "quoted", "")
end

-- The text up to the parenthesis that closes, with two of them for arithmetic.
function WordParser:until_closed(_, closing)
  local depth, i = 0, self.i
  while true do
    local c = self.text:sub(i, i)
    if c == "" then return nil end
    if c == "(" then depth = depth + 1 end
    if c == ")" then
      if depth == 0 then
        if self.text:sub(i, i + #closing - 1) == closing then return self.text:sub(self.i, i - 1), i + #closing end
        return nil
      end
      depth = depth - 1
    end
    i = i + 1
  end
end

-- ${...}; self.i is behind the brace.
function WordParser:braced(quoted)
  local special = self:match "[#!]()[%a_@*%d]"
  local name = self:match "[%a_][%w_]*" or self:match "%d+" or self:match "[@*#?$!-]"
  if special and not self:match "#[}:%%#]" then
    self.i = special
    name = self:match "[%a_][%w_]*" or self:match "%d+" or self:match "[@*]"
    self:skip(#name)
    self:rest_of_brace(quoted)
    return { "unknown", "${#" .. name .. "}" }
  end
  if not name then fail "${ is not closed" end
  self:skip(#name)
  local index = self:match "%b[]"
  if index then self:skip(#index) end
  local operator = self:match ":[-=?+]" or self:match "##" or self:match "%%%%" or self:match "[-=?+#%%]"
    or self:match "[/:^,@]" or false
  if operator then self:skip(#operator) end
  local word = self:rest_of_brace(quoted)
  if index then return { "unknown", "${" .. name .. index .. "}" } end
  if operator == "=" or operator == ":=" then self:assign(name, word) end
  return { "var", name, quoted, operator, operator and word }
end

-- The word up to the brace that closes.
function WordParser:rest_of_brace(quoted)
  local word = {}
  while true do
    local c = self:peek()
    if c == "" then fail "${ is not closed" end
    if c == "}" then break end
    if c == "'" and quoted then
      word[#word + 1] = text_part(c, true)
      self:skip(1)
    else
      self:part(word, quoted)
    end
  end
  self:skip(1)
  return word
end

-- What begins with a dollar.
function WordParser:dollar(quoted)
  local two = self:peek(2)
  if self:peek(3) == "$((" then
    local from = self.i
    self:skip(3)
    local inner, after = self:until_closed("(", "))")
    if inner then
      self.i = after
      self:arithmetic(inner, from + 3)
      return { "unknown", "$((" .. inner .. "))" }
    end
    self.i = from
  end
  if two == "$[" then fail "it uses $[...]; write $((...))" end
  if two == "$(" then
    self:skip(2)
    self:commands ")"
    return { "unknown", "$(...)" }
  end
  if two == "${" then
    self:skip(2)
    return self:braced(quoted)
  end
  if not quoted and two == "$'" then
    local close = self.i + 2
    while self.text:sub(close, close) ~= "'" do
      if close > #self.text then fail "a quote is not closed" end
      close = close + (self.text:sub(close, close) == "\\" and 2 or 1)
    end
    self.i = close + 1
    return { "unknown", "$'...'" }
  end
  if not quoted and two == '$"' then
    self:skip(1)
    return nil
  end
  local name = self:match "%$([%a_][%w_]*)" or self:match "%$([%d@*#?$!-])"
  if not name then
    self:skip(1)
    return text_part("$", true)
  end
  self:skip(1 + #name)
  return { "var", name, quoted, false, false }
end

-- The inside of double quotes, or of a here-document (close is "" then).
function WordParser:quoted(close, word)
  word = word or {}
  while true do
    local c = self:peek()
    if c == "" then
      if close ~= "" then fail "a quote is not closed" end
      return word
    end
    if c == close then
      self:skip(1)
      return word
    end
    if c == "\\" then
      local n = self.text:sub(self.i + 1, self.i + 1)
      if n ~= "\n" then word[#word + 1] = text_part(n:find '["\\$`]' and n or c .. n, true) end
      self:skip(2)
    elseif c == "$" then word[#word + 1] = self:dollar(true)
    elseif c == "`" then word[#word + 1] = self:backquoted()
    elseif c == "\1" then
      word[#word + 1] = { "ours" }
      self:skip(1)
    else
      local run = self:match '[^"\\$`\1]+' or c
      word[#word + 1] = text_part(run, true)
      self:skip(#run)
    end
  end
end

-- Adds what stands at self.i to the word.
function WordParser:part(word, quoted)
  local c = self:peek()
  if c == "\\" then
    local n = self.text:sub(self.i + 1, self.i + 1)
    self:skip(2)
    if n ~= "\n" then word[#word + 1] = text_part(n, true) end
  elseif c == "'" then
    local close = self.text:find("'", self.i + 1, true) or fail "a quote is not closed"
    word[#word + 1] = text_part(self.text:sub(self.i + 1, close - 1), true)
    self.i = close + 1
  elseif c == '"' then
    self:skip(1)
    word[#word + 1] = text_part("", true)
    self:quoted('"', word)
  elseif c == "$" then word[#word + 1] = self:dollar(quoted or false)
  elseif c == "`" then word[#word + 1] = self:backquoted()
  elseif c == "\1" then
    word[#word + 1] = { "ours" }
    self:skip(1)
  else
    local run = self:match "[^\\'\"$`\1%s;|&()<>}]+" or c
    word[#word + 1] = text_part(run, false)
    self:skip(#run)
  end
end

-- Words ------------------------------------------------------------------------------

function WordParser:word()
  local word, from = {}, self.i
  while true do
    local c = self:peek()
    if c == "" or c:find "[%s;|&<>)]" then break end
    if c == "(" then
      -- @(a|b) and its kin
      if not self.text:sub(self.i - 1, self.i - 1):find "[?*+@!]" or self.i == from then break end
      self:skip(1)
      local _, after = self:until_closed("(", ")")
      self.i = after or fail "a parenthesis is not closed"
      word[#word + 1] = { "unknown", "a pattern with parentheses" }
    else
      self:part(word, false)
    end
  end
  for _, one in ipairs(word) do
    if one[1] == "text" and not one[3] and one[2]:find "[{]" then word.source = self.text:sub(from, self.i - 1) end
  end
  return word
end

-- The text of a word without quotes, expansions and patterns, or nil.
function word_parser.plain(word)
  local list = {}
  for i, one in ipairs(word) do
    if one[1] ~= "text" or one[3] then return nil end
    list[i] = one[2]
  end
  return table.concat(list)
end

-- The text of a word whatever is quoted in it, or nil.
function word_parser.literal(word)
  local list = {}
  for i, one in ipairs(word) do
    if one[1] ~= "text" then return nil end
    list[i] = one[2]
  end
  return table.concat(list)
end

-- Reads the here-documents whose commands stand before this line.
function WordParser:newline()
  self:skip(1)
  local pending = self.documents
  self.documents = {}
  for _, one in ipairs(pending) do
    local body, from = {}, self.i
    while true do
      if self.i > #self.text then break end
      local line = self:match "[^\n]*"
      self:skip(#line + 1)
      if one.strip then line = line:gsub("^\t+", "") end
      if line == one.ending then break end
      body[#body + 1] = line
    end
    local text = table.concat(body, "\n")
    if one.expands then
      self:within(text, self.text:sub(from, from + #text - 1) == text and from or nil, "quoted", "")
    end
  end
end

-- Blanks, comments and lines that go on.
function WordParser:blank()
  while true do
    local c = self:peek()
    if c == " " or c == "\t" then self:skip(1)
    elseif c:find "[\r\v\f]" then
      fail "a carriage return or form feed between its words, which the shell takes as part of a word"
    elseif c == "#" then self:skip(#self:match "[^\n]*")
    elseif self:peek(2) == "\\\n" then self:skip(2)
    else return end
  end
end

function WordParser:blank_lines()
  self:blank()
  while self:peek() == "\n" do
    self:newline()
    self:blank()
  end
end

return word_parser
