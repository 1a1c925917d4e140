-- shell: the commands of a text for the shell.  Syntax alone: what a word may become is
-- known to lua/shell/expansion.lua, what a command reads to lua/shell/command_analysis.lua.
--
-- shell.parse(text) -> a list of commands in the order of the text, those in
-- $(...), backquotes and here-documents included; or nil, why not.  A command is
--   { words = { word... }, assigns = { { name, word or false }... },
--     redirects = { { operator, word }... }, repeated = it may run more than once }
-- or, of `for` and `select`, { loop = name, words = { word... } or false },
-- or { defines = the name of a function }.
-- A word is what lua/shell/word_parser.lua makes; assigns: false stands for a value that
-- is not known.
--
-- shell.pipelines(text) -> a list of the pipelines of more than one part in it, those
-- in $(...) and in here-documents included, or nil, why not.  A pipeline is
--   { line = of its first part, { from, to, negated = behind `time !` }... }
-- to: behind the last character.
-- Pipelines in backquotes with backslashes are left out: there their text is another.

local pipeline_levels = require "rille.shell.pipeline_levels"
local word_parser = require "rille.shell.word_parser"

local shell = {}

local fail, plain = word_parser.fail, word_parser.plain

-- out: the commands; pipes: the pipelines; depth: loops and functions that are open.
local Parser = setmetatable({}, { __index = word_parser.class })
Parser.__index = Parser

-- A command was parsed.
function Parser:emit(command)
  command.repeated = self.depth > 0
  self.out[#self.out + 1] = command
end

-- The pipeline that is read ends before i.
function Parser:end_pipeline(levels, i)
  if not levels:top().start then return end
  local parts = levels:take(i)
  if #parts < 2 or not self.base then return end
  for _, part in ipairs(parts) do part[1], part[2] = part[1] + self.base, part[2] + self.base end
  self.pipes[#self.pipes + 1] = parts
end

-- Commands ---------------------------------------------------------------------------

-- A redirection of the command; digits before it are gone.
function Parser:redirect(command)
  local operator = self:match "<<<" or self:match "<<%-" or self:match "&>>" or self:match "[<>]&" or self:match "<<"
    or self:match ">>" or self:match ">|"
    or self:match "<>" or self:match "&>" or self:match "[<>]"
  self:skip(#operator)
  self:blank()
  if self:match "[<>]%(" then
    self:skip(2)
    return self:commands ")"
  end
  local word = self:word()
  if #word == 0 then fail("nothing follows " .. operator) end
  if operator == "<<" or operator == "<<-" then
    local quoted = plain(word) == nil
    self.documents[#self.documents + 1] = { ending = word_parser.literal(word)
      or fail "the end of a here-document is not a plain word", strip = operator == "<<-", expands = not quoted }
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
  left[1] = { "text", rest, false }
  return name, left, plus == "+"
end

-- The same, for words behind `export` and its like.
shell.assignment = assignment

-- Is it what stands before a redirection: 2, {fd}?
local function is_descriptor(text) return text:find "^%d+$" or text:find "^{[%a_][%w_]*}$" end

-- Words, assignments and redirections up to the end of a simple command.
function Parser:simple(_, first)
  local command = { words = {}, assigns = {}, redirects = {} }
  local word = first
  while true do
    if word then
      local name, left, adds = assignment(word)
      if name and #command.words == 0 then
        if self:peek() == "(" and #left == 1 and left[1][2] == "" then self:array(name, command)
        else command.assigns[#command.assigns + 1] = { name, not adds and left } end
      elseif self:peek():find "[<>]" and is_descriptor(plain(word) or "") then
        -- it belongs to the redirection
      elseif #command.words == 0 and #command.assigns == 0 and word_parser.literal(word) and self:match "%(%s*%)" then
        self:skip(#self:match "%(%s*%)")
        self.depth = self.depth + 1
        return self:emit { defines = word_parser.literal(word), words = {}, assigns = {}, redirects = {} }
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
    elseif c == "(" then fail "unexpected parenthesis"
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
  local name = plain(self:word()) or fail "the name of a loop is not a plain word"
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
  local name = plain(self:word()) or fail "the name of a function is not a plain word"
  self:blank()
  local parens = self:match "%(%s*%)"
  if parens then self:skip(#parens) end
  self.depth = self.depth + 1
  self:emit { defines = name, words = {}, assigns = {}, redirects = {} }
end

-- What stands between two commands: | between parts of a pipeline, or the end of one.
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

-- Does the word `time` before a pipeline stand here?  Elsewhere it is a program.
local function is_reserved_time(self, name, top)
  return name == "time" and not top.start and #top.parts == 0 and not self:match "[ \t]+%-[^p]"
end

-- What begins with the word, which stands at `at`.
function Parser:command(levels, closer, word, at)
  local name, top = plain(word), levels:top()
  if is_reserved_time(self, name, top) then
    -- it stays with its part: in $(time ...) bash takes it for a program
    levels:begin(at)
    top.negated = self:match "[ \t]+!" ~= nil or self:match "[ \t]+%-p[ \t]+!" ~= nil
    self:emit { words = { word }, assigns = {}, redirects = {} }
    return self:skip(#(self:match "[ \t]+%-p%f[%s]" or ""))
  end
  levels:word(name, at)
  if name == "[[" then self:condition(word)
  elseif name and reserved[name] then reserved[name](self)
  else self:simple(closer, word) end
end

-- Commands up to the end of the text, or to what closes them: ")" or "case" (;; or esac).
function Parser:commands(closer)
  local levels = pipeline_levels.new()
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
      if closer ~= ")" then fail "unmatched closing parenthesis" end
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
      if closer == "case" and plain(word) == "esac" then
        self:end_pipeline(levels, from)
        return "esac"
      end
      self:command(levels, closer, word, at)
    end
  end
end

local function parser(text)
  local self = { text = text, i = 1, base = 0, level = 0, depth = 0, documents = {}, out = {}, pipes = {} }
  return setmetatable(self, Parser)
end

-- The parser when it is through with the text, or nil, why the text is not understood.
local function parse(text)
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
  local self, why = parse(text)
  return self and self.out, why
end

---@param text string
---@return table[]? pipelines
---@return string? why
function shell.pipelines(text)
  local self, why = parse(text)
  if not self then return nil, why end
  for _, one in ipairs(self.pipes) do one.line = select(2, text:sub(1, one[1][1]):gsub("\n", "\n")) + 1 end
  return self.pipes
end

-- The one word that the text is.
---@param text string
---@return table word
function shell.word(text)
  return parser(text):word()
end

return shell
