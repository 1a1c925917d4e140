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

-- names: what may stand in braces, a set.  shell: it is a text for the shell.
---@param what string 'step "train": command'
---@param text string
---@param names table<string, boolean>
---@param shell boolean?
---@return table parts
function template.parse(what, text, names, shell)
  local parts, from, at = {}, 1, 1
  local function add_text(to) if to >= from then parts[#parts + 1] = text:sub(from, to) end end
  while true do
    local open = text:find("{", at, true)
    if not open then break end
    local word, after = text:match(PLACE, open)
    local escaped = text:match("^{{[%a_][%w_]*%.?[%w_]*}}()", open)
    if escaped then
      add_text(open - 1)
      parts[#parts + 1] = text:sub(open + 1, escaped - 2)
      from, at = escaped, escaped
    elseif not word or text:sub(open - 1, open - 1) == "$" then
      at = open + 1
    else
      if not names[word] then
        local list = {}
        for name in next, names do list[#list + 1] = name end
        table.sort(list)
        unknown(what, word, list)
      end
      add_text(open - 1)
      local kind, name = word:match "^(%a+)%.(.*)$"
      parts[#parts + 1] = kind and { kind, name } or { word }
      from, at = after, after
    end
  end
  add_text(#text)
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

-- The words of a shell's text: { text, place } where place is "command" or "word"
-- (the target of a redirection is one).  Words that hold what only the shell can
-- tell (variables, patterns, placeholders) are left out.
function template.shell_words(parts)
  local text = template.fill(parts, function() return "\1" end) .. "\n"
  local words, word, plain, place, i = {}, nil, true, "command", 1
  local KEYWORD = { ["if"] = 1, ["then"] = 1, ["else"] = 1, ["elif"] = 1, ["while"] = 1, ["until"] = 1, ["do"] = 1, ["!"] = 1, ["{"] = 1, time = 1, exec = 1, env = 1 }
  local function finish()
    if not word then return end
    local assigned = place == "command" and word:match "^[%a_][%w_]*=(.*)$"
    if assigned then
      if plain and assigned ~= "" then words[#words + 1] = { assigned, "word" } end
    else
      if plain and word ~= "" then words[#words + 1] = { word, place } end
      if not (place == "command" and KEYWORD[word]) then place = "word" end
    end
    word, plain = nil, true
  end
  local function take(s, literal)
    word = (word or "") .. s
    if s:find(literal and "[\1]" or "[\1$`*?%[~]") then plain = false end
  end
  while i <= #text do
    local c = text:sub(i, i)
    if c == "'" then
      local close = text:find("'", i + 1, true) or #text
      take(text:sub(i + 1, close - 1), true)
      i = close
    elseif c == '"' then
      local s = text:match('^"(.-[^\\])"', i) or ""
      take((s:gsub('\\(["\\$`])', "%1")))
      i = i + #s + 1
    elseif c == "\\" then
      i = i + 1
      if text:sub(i, i) ~= "\n" then take(text:sub(i, i), true) end
    elseif c == "#" and not word then
      i = (text:find("\n", i, true) or #text) - 1
    elseif c:find "[%s;|&()<>`]" then
      finish()
      if c:find "[\n;|()`]" or c == "&" and not text:sub(i - 1, i - 1):find "[<>]" then place = "command"
      elseif c:find "[<>]" then place = "word" end
    else
      take(c)
    end
    i = i + 1
  end
  finish()
  return words
end

return template
