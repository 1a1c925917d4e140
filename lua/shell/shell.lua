-- shell: the commands of a text for the shell.  Syntax alone: what a word may
-- become tells lua/shell/expansion.lua, what a command reads lua/shell/command_analysis.lua.
--
-- shell.parse(text) -> a list of commands in the order of the text, those in
-- $(...), backquotes and here-documents included; or nil, why not.  A command is
--   { words = { word... }, assigns = { { name, word or false }... },
--     redirects = { { operator, word }... }, repeated = it may run more than once }
-- or, of `for` and `select`, { loop = name, words = { word... } or false },
-- or { defines = the name of a function }.
-- A word is a list of parts, with `source` its text where braces stand in it:
--   { "text", text, quoted }
--   { "var", name, quoted, operator or false, word or false }    ${name:-word}
--   { "unknown", what }          only the shell can tell it
--   { "ours", "<(...)" or nil }  a path that the shell makes, or rille gives (\1 in the text)
-- assigns: false stands for a value that is not known.
--
-- shell.pipelines(text) -> a list of the pipelines of more than one part in it, those
-- in $(...) and in here-documents included, or nil, why not.  A pipeline is
--   { line = of its first part, { from, to, negated = behind `time !` }... }
-- to: behind the last character.
-- Those in backquotes with backslashes are left out: their text is another there.

local shell = {}

local Parser = {}
Parser.__index = Parser

local function fail(message) error({ syntax = message }, 0) end

local function text_part(text, quoted) return { "text", text, quoted or false } end

-- The next n characters.
function Parser:peek(n) return self.text:sub(self.i, self.i + (n or 1) - 1) end

function Parser:match(pattern) return self.text:match("^" .. pattern, self.i) end

function Parser:skip(n) self.i = self.i + n end

function Parser:emit(command)
  command.repeated = self.depth > 0
  self.out[#self.out + 1] = command
end

-- A variable that gets a value in an expansion or in arithmetic.
function Parser:assign(name, word) self:emit { words = {}, assigns = { { name, word } }, redirects = {} } end

-- Another text within this one, for what stands in it.  from: where it stands here as
-- it is, or nil.
function Parser:within(text, from, method, ...)
  local inner = setmetatable({ text = text, i = 1, out = self.out, documents = {}, depth = self.depth, level = self.level + 1,
    pipes = self.pipes, base = from and self.base and self.base + from - 1 }, Parser)
  if inner.level > 40 then fail "it is nested too deeply" end
  return inner[method](inner, ...)
end

-- Pipelines ------------------------------------------------------------------------
--
-- A level is a list of commands: { kind = the word that opened it, parts = of the
-- pipeline that is read, start = of its part, or nil between two }.

local function level_of(kind) return { kind = kind, parts = {} } end

local Levels = {}
Levels.__index = Levels

function Levels:top() return self[#self] end
function Levels:open(kind) self[#self + 1] = level_of(kind) end
function Levels:close() if #self > 1 then self[#self] = nil end end

-- A command, or what opens one, stands at i.
function Levels:begin(i)
  local top = self:top()
  top.start = top.start or i
end

-- The part before i has ended.
function Levels:part(i)
  local top = self:top()
  if top.start then top.parts[#top.parts + 1] = { top.start, i, negated = top.negated } end
  top.start, top.negated = nil, nil
end

function Parser:end_pipeline(levels, i)
  local top = levels:top()
  if not top.start then return end
  levels:part(i)
  local parts = top.parts
  top.parts = {}
  if #parts < 2 or not self.base then return end
  for _, part in ipairs(parts) do part[1], part[2] = part[1] + self.base, part[2] + self.base end
  self.pipes[#self.pipes + 1] = parts
end

-- Parts of words -------------------------------------------------------------------

function Parser:backquoted()
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
function Parser:arithmetic(text, from)
  for name, operator in text:gmatch "([%a_][%w_]*)%s*([-+*/%%&|^<>]*=?)" do
    if operator ~= "" then self:assign(name, false) end
  end
  for name in text:gmatch "[-+][-+]%s*([%a_][%w_]*)" do self:assign(name, false) end
  self:within(text, from, "quoted", "")
end

-- The text up to the parenthesis that closes, with two of them for arithmetic.
function Parser:until_closed(opening, closing)
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
function Parser:braced(quoted)
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
  local operator = self:match ":[-=?+]" or self:match "##" or self:match "%%%%" or self:match "[-=?+#%%]" or self:match "[/:^,@]" or false
  if operator then self:skip(#operator) end
  local word = self:rest_of_brace(quoted)
  if index then return { "unknown", "${" .. name .. index .. "}" } end
  if operator == "=" or operator == ":=" then self:assign(name, word) end
  return { "var", name, quoted, operator, operator and word }
end

-- The word up to the brace that closes.
function Parser:rest_of_brace(quoted)
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
function Parser:dollar(quoted)
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
  if two == "$[" then fail "it uses $[...], which is written $((...))" end
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
function Parser:quoted(close, word)
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
function Parser:part(word, quoted)
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

function Parser:word()
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
local function plain(word)
  local list = {}
  for i, one in ipairs(word) do
    if one[1] ~= "text" or one[3] then return nil end
    list[i] = one[2]
  end
  return table.concat(list)
end

-- The text of a word whatever is quoted in it, or nil.
local function literal(word)
  local list = {}
  for i, one in ipairs(word) do
    if one[1] ~= "text" then return nil end
    list[i] = one[2]
  end
  return table.concat(list)
end

-- Reads the here-documents whose commands stand before this line.
function Parser:newline()
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
    if one.expands then self:within(text, self.text:sub(from, from + #text - 1) == text and from or nil, "quoted", "") end
  end
end

-- Blanks, comments and lines that go on.
function Parser:blank()
  while true do
    local c = self:peek()
    if c == " " or c == "\t" then self:skip(1)
    elseif c:find "[\r\v\f]" then fail "a carriage return or a form feed stands between its words, which is part of a word to the shell"
    elseif c == "#" then self:skip(#self:match "[^\n]*")
    elseif self:peek(2) == "\\\n" then self:skip(2)
    else return end
  end
end

function Parser:blank_lines()
  self:blank()
  while self:peek() == "\n" do
    self:newline()
    self:blank()
  end
end

-- Commands ---------------------------------------------------------------------------

-- A redirection of the command; digits before it are gone.
function Parser:redirect(command)
  local operator = self:match "<<<" or self:match "<<%-" or self:match "&>>" or self:match "[<>]&" or self:match "<<" or self:match ">>" or self:match ">|"
    or self:match "<>" or self:match "&>" or self:match "[<>]"
  self:skip(#operator)
  self:blank()
  if self:match "[<>]%(" then
    self:skip(2)
    return self:commands ")"
  end
  local word = self:word()
  if #word == 0 then fail("nothing stands after " .. operator) end
  if operator == "<<" or operator == "<<-" then
    local quoted = plain(word) == nil
    self.documents[#self.documents + 1] = { ending = literal(word) or fail "the end of a here-document is no plain word", strip = operator == "<<-", expands = not quoted }
  elseif operator ~= "<<<" then
    command.redirects[#command.redirects + 1] = { operator, word }
  end
end

-- NAME=(a b c)
function Parser:array(name, command)
  self:skip(1)
  while true do
    self:blank_lines()
    local c = self:peek()
    if c == "" then fail "a parenthesis is not closed" end
    if c == ")" then break end
    local word = self:word()
    if #word == 0 then fail "a parenthesis is not closed" end
    -- [0]=x: which one it is, and so what $NAME is, tells the subscript
    local indexed = word[1][1] == "text" and not word[1][3] and word[1][2]:find "^%["
    command.assigns[#command.assigns + 1] = { name, not indexed and word }
  end
  self:skip(1)
end

-- Takes NAME=... off the front of a word: its name, the word that is left, and
-- whether it is added to what is there; nil when it is none.
local function assignment(word)
  local first = word[1]
  if not first or first[1] ~= "text" or first[3] then return nil end
  local name, at = first[2]:match "^([%a_][%w_]*)()"
  at = at and first[2]:match("^%[[^%]=]*%]()", at) or at
  local plus, rest = first[2]:match("^(%+?)=(.*)$", at)
  if not name or not rest then return nil end
  local left = { source = word.source and word.source:match "=(.*)$", table.unpack(word) }
  left[1] = text_part(rest, false)
  return name, left, plus == "+"
end
shell.assignment = assignment

-- Words, assignments and redirections up to the end of a simple command.
function Parser:simple(closer, first)
  local command = { words = {}, assigns = {}, redirects = {} }
  local word = first
  while true do
    if word then
      local name, left, adds = assignment(word)
      if name and #command.words == 0 then
        if self:peek() == "(" and #left == 1 and left[1][2] == "" then self:array(name, command)
        else command.assigns[#command.assigns + 1] = { name, not adds and left } end
      elseif self:peek():find "[<>]" and ((plain(word) or ""):find "^%d+$" or (plain(word) or ""):find "^{[%a_][%w_]*}$") then
        -- the number of a file, or the variable that gets one: 2>, {fd}>
      elseif self:peek() == "(" and #command.words == 0 and #command.assigns == 0 and literal(word) and self:match "%(%s*%)" then
        self:skip(#self:match "%(%s*%)")
        self.depth = self.depth + 1
        return self:emit { defines = literal(word), words = {}, assigns = {}, redirects = {} }
      else
        if name and self:peek() == "(" then self:array(name, command) end
        command.words[#command.words + 1] = word
      end
    end
    self:blank()
    local c = self:peek()
    if self:match "[<>]%(" then
      self:skip(2)
      self:commands ")"
      word = { { "ours", "<(...)" } }
    elseif c:find "[<>]" or self:match "&>" then
      self:redirect(command)
      word = nil
    elseif c == "" or c:find "[\n;|&)]" then break
    elseif c == "(" then fail "a parenthesis stands where none can"
    else word = self:word() end
  end
  if #command.words > 0 or #command.assigns > 0 or #command.redirects > 0 then self:emit(command) end
end

-- [[ ... ]]: its operands are the words of a command of that name.
function Parser:condition(first)
  local command = { words = { first }, assigns = {}, redirects = {} }
  while true do
    self:blank_lines()
    local c = self:peek()
    if c == "" then fail "[[ is not closed" end
    if self:match "[<>]%(" then
      self:skip(2)
      self:commands ")"
      command.words[#command.words + 1] = { { "ours", "<(...)" } }
    elseif c:find "[&|()<>;]" then self:skip(1)
    else
      local word = self:word()
      if plain(word) == "]]" then break end
      command.words[#command.words + 1] = word
    end
  end
  self:emit(command)
end

local reserved = {}

for _, name in ipairs { "if", "then", "else", "elif", "fi", "do", "{", "}", "!" } do reserved[name] = function() end end
reserved["while"] = function(self) self.depth = self.depth + 1 end
reserved["until"] = reserved["while"]
function reserved.done(self) self.depth = self.depth - 1 end
function reserved.coproc() fail "it uses coproc" end

local OPENS <const> = { ["if"] = true, ["while"] = true, ["until"] = true, ["for"] = true, ["select"] = true, ["{"] = true }
local GOES_ON <const> = { ["then"] = true, ["else"] = true, ["elif"] = true }
local CLOSES <const> = { fi = true, done = true, ["}"] = true }

-- What the word at i, where a command begins, is to the pipelines.
local function at_word(levels, name, i)
  local top = levels:top()
  if name == "!" then return end        -- of the pipeline
  if GOES_ON[name] then return end
  if name == "do" then
    top.kind = "do"
    return
  end
  if CLOSES[name] then return levels:close() end
  -- for ((...)) { ... }
  if name == "{" and not top.start and (top.kind == "for" or top.kind == "select") then levels:close() end
  levels:begin(i)
  if OPENS[name] then levels:open(name) end
end

reserved["for"] = function(self)
  self:blank()
  self.depth = self.depth + 1
  if self:peek(2) == "((" then
    self:skip(2)
    local inner, after = self:until_closed("(", "))")
    local from = self.i
    self.i = after or fail "(( is not closed"
    return self:arithmetic(inner, from)
  end
  local name = plain(self:word()) or fail "the name of a loop is no plain word"
  self:blank_lines()
  local words = false
  if self:match "in%f[%s;]" then
    self:skip(2)
    words = {}
    while true do
      self:blank()
      local c = self:peek()
      if c == "" or c:find "[\n;]" then break end
      local word = self:word()
      if #word == 0 then fail("the words of a loop end with " .. c) end
      words[#words + 1] = word
    end
  end
  self:emit { loop = name, words = words, assigns = {}, redirects = {} }
end
reserved.select = reserved["for"]

function reserved.case(self)
  self:blank()
  self:word()
  self:blank_lines()
  if not self:match "in%f[%s]" then fail "case has no in" end
  self:skip(2)
  while true do
    self:blank_lines()
    if self:peek() == "" then fail "case is not closed" end
    if self:match "esac%f[%s;|&)\0]" then
      self:skip(4)
      return
    end
    if self:peek() == "(" then self:skip(1) end
    repeat
      self:blank()
      self:word()
      self:blank()
      local c = self:peek()
      if c ~= "|" and c ~= ")" then fail "a pattern of case is not closed" end
      self:skip(1)
    until c == ")"
    if self:commands "case" == "esac" then return end
  end
end

reserved["function"] = function(self)
  self:blank()
  local name = plain(self:word()) or fail "the name of a function is no plain word"
  self:blank()
  local parens = self:match "%(%s*%)"
  if parens then self:skip(#parens) end
  self.depth = self.depth + 1
  self:emit { defines = name, words = {}, assigns = {}, redirects = {} }
end

-- What stands between two commands: | between parts of a pipeline, else its end.
function Parser:separator(levels)
  local i = self.i
  if self:peek() == "|" and self:peek(2) ~= "||" then
    levels:part(i)
    return self:skip(self:peek(2) == "|&" and 2 or 1)
  end
  self:end_pipeline(levels, i)
  self:skip((self:peek(2) == "||" or self:peek(2) == "&&") and 2 or 1)
end

-- ((...)): arithmetic, or a subshell in a subshell.
function Parser:double_parenthesis()
  self:skip(2)
  local from = self.i
  local inner, after = self:until_closed("(", "))")
  if inner then
    self.i = after
    return self:arithmetic(inner, from)
  end
  self.i = from - 1
  self:commands ")"
end

-- Commands up to the end, or to what closes them: ")" or "case" (;; or esac).
function Parser:commands(closer)
  local levels = setmetatable({ level_of() }, Levels)
  while true do
    local from = self.i
    self:blank()
    if self:peek() == "\n" then self:end_pipeline(levels, from) end
    self:blank_lines()
    local c = self:peek()
    if c == "" then
      if closer then fail "a parenthesis or a case is not closed" end
      return self:end_pipeline(levels, from)
    elseif c == ")" then
      if closer ~= ")" then fail "a parenthesis closes nothing" end
      self:end_pipeline(levels, from)
      return self:skip(1)
    elseif closer == "case" and (self:peek(2) == ";;" or self:peek(2) == ";&") then
      self:end_pipeline(levels, from)
      self:skip(self:peek(3) == ";;&" and 3 or 2)
      return
    elseif c:find "[;|&]" and not self:match "&>" then self:separator(levels)
    elseif self:peek(2) == "((" then
      levels:begin(self.i)
      self:double_parenthesis()
    elseif c == "(" then
      levels:begin(self.i)
      self:skip(1)
      self:commands ")"
    elseif c:find "[<>&]" then
      levels:begin(self.i)
      self:simple(closer)
    else
      local at = self.i
      local word = self:word()
      local name = plain(word)
      if name == "esac" and closer == "case" then
        self:end_pipeline(levels, from)
        return "esac"
      end
      -- in front of a pipeline the reserved word, else a program
      local top = levels:top()
      local times = name == "time" and not top.start and #top.parts == 0 and not self:match "[ \t]+%-[^p]"
      if times then
        -- it stays with its part: in $(time ...) bash takes it for a program
        levels:begin(at)
        top.negated = self:match "[ \t]+!" ~= nil or self:match "[ \t]+%-p[ \t]+!" ~= nil
      else
        at_word(levels, name, at)
      end
      if name == "[[" then self:condition(word)
      elseif times then
        -- the reserved word, or the program that bash has none of
        self:emit { words = { word }, assigns = {}, redirects = {} }
        self:skip(#(self:match "[ \t]+%-p%f[%s]" or ""))
      elseif name and reserved[name] then reserved[name](self)
      else self:simple(closer, word) end
    end
  end
end

local function parser(text) return setmetatable({ text = text, i = 1, out = {}, documents = {}, depth = 0, level = 0, pipes = {}, base = 0 }, Parser) end

local function parsed(text)
  local self = parser(text)
  local ok, message = pcall(self.commands, self)
  if ok then return self end
  if type(message) == "table" and message.syntax then return nil, message.syntax end
  error(message, 0)
end

---@param text string
---@return table[]? commands
---@return string? why
function shell.parse(text)
  local self, why = parsed(text)
  return self and self.out, why
end

---@param text string
---@return table[]? pipelines
---@return string? why
function shell.pipelines(text)
  local self, why = parsed(text)
  if not self then return nil, why end
  for _, one in ipairs(self.pipes) do one.line = select(2, text:sub(1, one[1][1]):gsub("\n", "\n")) + 1 end
  return self.pipes
end

-- The one word that the text is.
function shell.word(text)
  return parser(text):word()
end

-- Braces ----------------------------------------------------------------------------

-- Where the part that begins at i ends, when it is quoted or an expansion; nil for
-- a plain character.
local function after_quoted(text, i)
  local c = text:sub(i, i)
  if c == "\\" then return i + 2 end
  if c == "'" then return (text:find("'", i + 1, true) or #text) + 1 end
  if c == '"' then
    i = i + 1
    while i <= #text and text:sub(i, i) ~= '"' do i = i + (text:sub(i, i) == "\\" and 2 or 1) end
    return i + 1
  end
  if c == "$" then
    local braced = text:match("^%$%b{}()", i) or text:match("^%$%b()()", i)
    return braced
  end
end

-- The alternatives of the braces that open at i, and where they end; nil: none.
local function alternatives(text, i)
  local list, from, depth, at = {}, i + 1, 0, i + 1
  while at <= #text do
    local after = after_quoted(text, at)
    local c = text:sub(at, at)
    if after then at = after
    elseif c == "," and depth == 0 then
      list[#list + 1] = text:sub(from, at - 1)
      from, at = at + 1, at + 1
    elseif c == "}" and depth == 0 then
      list[#list + 1] = text:sub(from, at - 1)
      if #list > 1 then return list, at + 1 end
      local a, b = list[1]:match "^(%-?%d+)%.%.(%-?%d+)$"
      local low, high = math.tointeger(tonumber(a)), math.tointeger(tonumber(b))
      if not low or math.abs(high - low) > 256 then return nil end
      list = {}
      for n = low, high, low <= high and 1 or -1 do list[#list + 1] = string.format("%0" .. (a:find "^%-?0%d" and #a or 1) .. "d", n) end
      return list, at + 1
    else
      depth = depth + (c == "{" and 1 or c == "}" and -1 or 0)
      at = at + 1
    end
  end
end

-- The texts that braces make of a word's text, itself when there are none; nil when
-- there are more than `most`, or they are of a kind not read here ({a..z}).
---@param text string
---@param most integer
---@return string[]?
function shell.braces(text, most)
  local i = 1
  while i <= #text do
    local after = after_quoted(text, i)
    if after then i = after
    elseif text:sub(i, i) == "{" then
      local list, ending = alternatives(text, i)
      if list then
        local all = {}
        for _, one in ipairs(list) do
          local inner = shell.braces(text:sub(1, i - 1) .. one .. text:sub(ending), most)
          if not inner or #all + #inner > most then return nil end
          table.move(inner, 1, #inner, #all + 1, all)
        end
        return all
      end
      if text:find("^{[^{},]*%.%.[^{},]*}", i) then return nil end
      i = i + 1
    else
      i = i + 1
    end
  end
  return { text }
end

return shell
