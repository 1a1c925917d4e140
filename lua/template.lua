-- template: texts with placeholders: "{inputs.X}", "{params.gamma}", "{tmpdir}".
--
-- A template is a list of parts, each a string as it is or { kind, name } for a
-- placeholder (kind is inputs, params, outputs or tmpdir).  Only {word.word} is
-- one: `awk '{print $1}'` and ${HOME} stay as they are, {{inputs.X}} is the text
-- {inputs.X}.

local mistake = require "rille.mistake"
local suggest = require "rille.suggest"

local template = {}

local PLACE <const> = "^{([%a_][%w_]*%.?[%w_]*)}()"

-- What a part looks like in a template.
function template.spell(part)
  if type(part) == "string" then return part end
  return "{" .. part[1] .. (part[2] and "." .. part[2] or "") .. "}"
end

-- The whole as it was written.
function template.text(parts)
  local list = {}
  for i, part in ipairs(parts) do list[i] = template.spell(part) end
  return table.concat(list)
end

local function unknown(what, word, names)
  local wanted = suggest.nearest(word, names)
  mistake.raise('%s: unknown placeholder {%s}%s; for the text itself write {{%s}}', what, word,
    wanted and "; did you mean {" .. wanted .. "}?" or "", word)
end

-- The quote that is open at the end of a piece of a shell's text.
local function quote_after(text, open)
  local i = 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" and open ~= "'" then i = i + 1
    elseif c == open then open = nil
    elseif not open and (c == "'" or c == '"') then open = c end
    i = i + 1
  end
  return open
end

local function check_quotes(what, parts)
  local open
  for _, part in ipairs(parts) do
    if type(part) == "string" then open = quote_after(part, open)
    elseif open then
      mistake.raise("%s: %s stands in quotes, but what comes in its place is quoted already; write it bare", what, template.spell(part))
    end
  end
end

local function sorted(names)
  local list = {}
  for name in next, names do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- What begins with the brace at `open`: a part and where the text goes on, or
-- nothing where it is no placeholder.
local function part_at(what, text, open, names)
  local escaped = text:match("^{{[%a_][%w_]*%.?[%w_]*}}()", open)
  if escaped then return text:sub(open + 1, escaped - 2), escaped end
  local word, after = text:match(PLACE, open)
  if not word or text:sub(open - 1, open - 1) == "$" then return nil end
  if not names[word] then unknown(what, word, sorted(names)) end
  local kind, name = word:match "^(%a+)%.(.*)$"
  return kind and { kind, name } or { word }, after
end

-- names: what may stand in braces, a set.  shell: it is a text for the shell.
---@param what string 'step "train": command'
---@param text string
---@param names table<string, boolean>
---@param shell boolean?
---@return table parts
function template.parse(what, text, names, shell)
  local parts, from, at = {}, 1, 1
  while true do
    local open = text:find("{", at, true)
    if not open then break end
    local part, after = part_at(what, text, open, names)
    if part then
      if open > from then parts[#parts + 1] = text:sub(from, open - 1) end
      parts[#parts + 1] = part
      from = after
    end
    at = after or open + 1
  end
  if from <= #text then parts[#parts + 1] = text:sub(from) end
  if shell then check_quotes(what, parts) end
  return parts
end

-- The text with value(kind, name) in place of each placeholder.
function template.fill(parts, value)
  local list = {}
  for i, part in ipairs(parts) do list[i] = type(part) == "string" and part or value(part[1], part[2]) end
  return table.concat(list)
end

-- One text for the shell, quoted where it needs to be.
function template.quote(text)
  if text:find "^[%w_./:=@%%+,-]+$" then return text end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Words of a shell ------------------------------------------------------------

-- After these the next word is a command, too.
local KEYWORDS = { ["if"] = true, ["then"] = true, ["else"] = true, ["elif"] = true, ["while"] = true, ["until"] = true, ["do"] = true,
  ["!"] = true, ["{"] = true, time = true, exec = true, env = true }

-- { words, place = of the next word, word = what there is of it, plain = it holds
-- nothing that only the shell can tell }
local Reader = {}
Reader.__index = Reader

function Reader:take(text, quoted)
  self.word = (self.word or "") .. text
  if text:find(quoted and "\1" or "[\1$`*?%[~]") then self.plain = false end
end

function Reader:add(text, place)
  if self.plain and text ~= "" then self.words[#self.words + 1] = { text, place } end
end

-- The word is complete.
function Reader:finish()
  local word = self.word
  if not word then return end
  local assigned = self.place == "command" and word:match "^[%a_][%w_]*=(.*)$"
  if assigned then self:add(assigned, "word")
  else
    self:add(word, self.place)
    if not (self.place == "command" and KEYWORDS[word]) then self.place = "word" end
  end
  self.word, self.plain = nil, true
end

-- What begins at i, by its first character; returns where it ends.
local lexemes = {}

lexemes["'"] = function(self, text, i)
  local close = text:find("'", i + 1, true) or #text
  self:take(text:sub(i + 1, close - 1), true)
  return close
end

lexemes['"'] = function(self, text, i)
  local close = i + 1
  while close < #text and text:sub(close, close) ~= '"' do close = close + (text:sub(close, close) == "\\" and 2 or 1) end
  self:take((text:sub(i + 1, close - 1):gsub('\\(["\\$`])', "%1")))
  return close
end

lexemes["\\"] = function(self, text, i)
  if text:sub(i + 1, i + 1) ~= "\n" then self:take(text:sub(i + 1, i + 1), true) end
  return i + 1
end

lexemes["#"] = function(self, text, i)
  if not self.word then return text:find("\n", i, true) - 1 end
  self:take "#"
  return i
end

local function operator(self, text, i)
  local c = text:sub(i, i)
  self:finish()
  if c:find "[<>]" then self.place = "word"
  elseif c:find "[\n;|()`]" or c == "&" and not text:sub(i - 1, i - 1):find "[<>]" then self.place = "command" end
  return i
end

-- The words of a shell's text: { text, place } where place is "command" or "word"
-- (the target of a redirection is one).  Words that hold what only the shell can
-- tell (variables, patterns, placeholders) are left out.
---@param parts table
---@return table[] words
function template.shell_words(parts)
  local text = template.fill(parts, function() return "\1" end) .. "\n"
  local self, i = setmetatable({ words = {}, place = "command", plain = true }, Reader), 1
  while i <= #text do
    local c = text:sub(i, i)
    if lexemes[c] then i = lexemes[c](self, text, i)
    elseif c:find "[%s;|&()<>`]" then i = operator(self, text, i)
    else self:take(c) end
    i = i + 1
  end
  self:finish()
  return self.words
end

return template
