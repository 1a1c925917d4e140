-- command_template: texts with placeholders: "{inputs.X}", "{params.gamma}", "{tmpdir}".
--
-- A template is a list of parts: a part is a plain string, or { kind, name } for a
-- placeholder (kind is inputs, params, outputs or tmpdir).  Only {word.word} and {tmpdir}
-- are placeholders: `awk '{print $1}'` and ${HOME} stay as they are, and {{inputs.X}} is
-- the text {inputs.X}.

local errors = require "rille.base.errors"
local suggest = require "rille.base.suggest"

local command_template = {}

local PLACE <const> = "^{([%a_][%w_]*%.?[%w_]*)}()"

-- A part as the script wrote it.
function command_template.spell(part)
  if type(part) == "string" then return part end
  return "{" .. part[1] .. (part[2] and "." .. part[2] or "") .. "}"
end

-- The template as the script wrote it.
function command_template.text(parts)
  local list = {}
  for i, part in ipairs(parts) do list[i] = command_template.spell(part) end
  return table.concat(list)
end

local function unknown(what, word, names)
  local wanted = suggest.nearest(word, names)
  errors.raise('%s: unknown placeholder {%s}%s; for the text itself write {{%s}}', what, word,
    wanted and "; did you mean {" .. wanted .. "}?" or "", word)
end

-- Places in a text for the shell where a placeholder cannot stand, as its value is quoted
-- for a bare place: behind a quote that is open, # in a comment, ` in backquotes, \\ behind a
-- backslash, < in a here-document.
local PLACES <const> = {
  ["'"] = "is inside quotes, but its value is already quoted; write it bare",
  ["#"] = "is inside a comment, which a line break in its value would end; remove it",
  ["`"] = "is inside backquotes, which its value could end; write $(...)",
  ["\\"] = "follows a backslash, which would undo the quotes of its value; write it bare",
  ["<"] = "is inside a here-document, where its value would not be quoted; "
    .. "pass it to the program, or print it with printf",
}
PLACES['"'] = PLACES["'"]

-- The end of the here-document whose first line begins at i.
local function after_document(text, i, word)
  for line, next_line in text:sub(i):gmatch "([^\n]*)\n?()" do
    if line:match "^\t*(.*)$" == word then return i + next_line - 2 end
  end
  return #text
end

-- Calls place(where) for each \1 of the text, in order; where is a key of PLACES, or nil.
local function each_place(text, place)
  local i, open, document = 1, nil, nil
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\1" then place(open)
    elseif c == "\\" and open ~= "'" and open ~= "#" then
      i = i + 1
      if text:sub(i, i) == "\1" then place "\\" end
    elseif c == open then open = nil
    elseif c == "\n" and document and (not open or open == "#") then
      local last = after_document(text, i + 1, document)
      for _ in text:sub(i, last):gmatch "\1" do place "<" end
      i, open, document = last, nil, nil
    elseif c == "\n" and open == "#" then open = nil
    elseif not open then
      if c:find "['\"`]" then open = c
      elseif c == "#" and text:sub(1, i - 1):find "[%s;|&(]$" or c == "#" and i == 1 then open = "#"
      elseif text:find("^<<[^<]", i) and text:sub(i - 1, i - 1) ~= "<" then
        document = text:match("^<<%-?[ \t]*['\"\\]?([%a_][%w_]*)", i) or document
      end
    end
    i = i + 1
  end
end

local function check_quotes(what, parts)
  local shell, holes = {}, {}
  for i, part in ipairs(parts) do
    shell[i] = type(part) == "string" and part:gsub("\1", " ") or "\1"
    if type(part) ~= "string" then holes[#holes + 1] = part end
  end
  local n = 0
  each_place(table.concat(shell), function(where)
    n = n + 1
    -- inputs and outputs are paths that rille makes, which have no line break
    if where and (where ~= "#" or holes[n][1] == "params") then
      errors.raise("%s: %s %s", what, command_template.spell(holes[n]), PLACES[where])
    end
  end)
end

local function sorted(names)
  local list = {}
  for name in next, names do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- The placeholder that begins with the brace at `open`, and where the text goes on; nothing
-- where there is none.
local function part_at(what, text, open, names)
  local escaped = text:match("^{{[%a_][%w_]*%.?[%w_]*}}()", open)
  if escaped then return text:sub(open + 1, escaped - 2), escaped end
  local word, after = text:match(PLACE, open)
  if not word or text:sub(open - 1, open - 1) == "$" then return nil end
  if not names[word] then unknown(what, word, sorted(names)) end
  local kind, name = word:match "^(%a+)%.(.*)$"
  return kind and { kind, name } or { word }, after
end

-- names: the set of placeholders that there are.  shell: it is a text for the shell.
---@param what string 'step "train": command'
---@param text string
---@param names table<string, boolean>
---@param shell boolean?
---@return table parts
function command_template.parse(what, text, names, shell)
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
function command_template.fill(parts, value)
  local list = {}
  for i, part in ipairs(parts) do list[i] = type(part) == "string" and part or value(part[1], part[2]) end
  return table.concat(list)
end

-- The text as one word for the shell, quoted where that is needed.
function command_template.quote(text)
  if text:find "^[%w_./:=@%%+,-]+$" then return text end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

return command_template
