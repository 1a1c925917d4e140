-- error_view: an error at the prompt: the lines of source around its place with a mark below what the message names,
-- and what a name that is not there may have been meant as.

local origin = require "rille.host.origin"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local text_width = require "rille.base.text_width"
local tokens = require "rille.repl.tokens"

local error_view = {}

local AROUND <const> = 1        -- lines before and after
local TAB <const> = "    "
local LONGEST_MARK <const> = 100       -- of a line in which nothing is named
local NARROWEST <const> = 20    -- columns of a line of source

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do lines[#lines + 1] = line end
  return lines
end

-- Places -------------------------------------------------------------------------------------

-- What the message names, as it stands in the source, and what can follow or precede it there.
local NAMED <const> = {
  "%((%a+) '([^']+)'%)",                -- attempt to call a nil value (global 'f')
  "(near) '(.+)'$", "(variable) '([^']+)'", '(parameter) "([^"]+)"', '(field) "([^"]+)"', "(to) '([^']+)'",
  "(label) '([^']+)'", '(%a+) "([^"]+)"',
}

local CALLED <const> = { ["("] = true, ["{"] = true }
local INDEXED <const> = { ["."] = true, [":"] = true, ["["] = true }

-- Does the token at i stand where the message wants it?
local function fits(list, i, kind, message)
  local before, after = list[i - 1] and list[i - 1].text, list[i + 1]
  if kind == "field" and before ~= "." and before ~= "[" then return false end
  if kind == "method" and before ~= ":" then return false end
  if (kind == "global" or kind == "local") and (before == "." or before == ":") then return false end
  if message:find "attempt to call" then return after ~= nil and (CALLED[after.text] or after.kind == "text") end
  if message:find "attempt to index" then return after ~= nil and INDEXED[after.text] == true end
  return true
end

-- The column of the name in the line, where one alone fits best.
local function find_name(line, kind, name, message)
  local list, loose = tokens.of(line), nil
  for i, token in ipairs(list) do
    local text = token.kind == "text" and token.text:sub(2, -2) or token.text
    if text == name then
      if fits(list, i, kind, message) then return token.first, #token.text end
      loose = loose or token
    end
  end
  if loose then return loose.first, #loose.text end
  local first = line:find(name, 1, true)
  if first and not line:find(name, first + #name, true) then return first, #name end
end

-- The column where the compiler stopped: the first token with which the text up to it fails as the whole does.
local function stop_of(lines, at, message)
  local what = message:match ":%d+: (.* near .+)$"
  if not what then return nil end
  local list = tokens.of(lines[at])
  local last = list[#list]
  if last and what:find "syntax error near <eof>$" then return last.first, #last.text end
  local before = table.concat(lines, "\n", 1, at - 1) .. (at > 1 and "\n" or "")
  for _, token in ipairs(list) do
    local text = before .. lines[at]:sub(1, token.first + #token.text - 1)
    for _, tried in ipairs { text, "return " .. text } do
      local _, found = load(tried, "=x", "t", {})
      if found and found:match ":%d+: (.*)$" == what then return token.first, #token.text end
    end
  end
end

-- The column of what is named in the line, and its bytes; else the whole of the line.
local function mark_of(lines, at, message)
  local line = lines[at]
  local first, width = stop_of(lines, at, message)
  if first then return first, width end
  for _, pattern in ipairs(NAMED) do
    local kind, name = message:match(pattern)
    if name then
      first, width = find_name(line, kind, name, message)
      if first then return first, width end
    end
  end
  first = line:find "%S"
  return first, first and math.min(LONGEST_MARK, #(line:gsub("%s+$", "")) - first + 1)
end

-- The place that a message begins with; of two, as where a coroutine hands an error on, the inner one.
---@param message string
---@return string? source, integer? line
function error_view.place(message)
  local source, line, rest = message:match "^([^\n:]+):(%d+): ()"
  while rest do
    local inner, inner_line, after = message:match("^([^\n: ]+):(%d+): ()", rest)
    if not inner then break end
    source, line, rest = inner, inner_line, after
  end
  return source, line and math.tointeger(tonumber(line))
end

-- The message with one position where it begins with the same twice.
---@param message string
---@return string
function error_view.plain(message)
  local position, rest = message:match "^([^\n: ]+:%d+: )(.*)$"
  if position and rest:sub(1, #position) == position then return error_view.plain(rest) end
  return message
end

-- Source -------------------------------------------------------------------------------------

-- A line without tabs.
local function expanded(line) return (line:gsub("\t", TAB)) end

-- The part of the line that fits with the mark in it, and the columns before the mark.
local function window(line, first, most)
  local before, cut = expanded(line:sub(1, first - 1)), false
  local column = text_width.width(before)
  local rest = expanded(line:sub(first))
  while column > most // 2 and text_width.width(before .. rest) > most do
    local char = before:match("^" .. utf8.charpattern) or before:sub(1, 1)
    if char == "" then char = before:sub(1, 1) end
    before, cut = before:sub(#char + 1), true
    column = text_width.width(before) + 1
  end
  local text = (cut and "…" or "") .. before .. rest
  return text_width.cut(text, most), text_width.width((cut and "…" or "") .. before)
end

-- The line of the error and the line with the mark.
local function marked(lines, at, message, most)
  local first, bytes = mark_of(lines, at, message)
  if not first then return expanded(lines[at]) end
  local text, column = window(lines[at], first, most)
  local wide = text_width.width(expanded(lines[at]:sub(first, first + bytes - 1)))
  return text, (" "):rep(column) .. ("^"):rep(math.max(1, math.min(wide, most - column)))
end

-- Three lines of source and a mark; "" where the source is not known.
---@param message string
---@param sources table<string, string> texts of the entries by "In[3]"
---@param width integer? columns
---@return string
function error_view.source(message, sources, width)
  local source, at = error_view.place(message)
  local text = source and (sources[source] or sys.stat(source) == "file" and sys.read_file(source))
  local lines = text and lines_of(text)
  if not lines or not lines[at] then return "" end
  local shown, wide = {}, #tostring(math.min(at + AROUND, #lines))
  local most = math.max(NARROWEST, (width or math.maxinteger) - wide - 5)
  for i = math.max(1, at - AROUND), math.min(at + AROUND, #lines) do
    local line, mark
    if i == at then line, mark = marked(lines, at, message, most)
    else line = text_width.cut(expanded(lines[i]), most) end
    shown[#shown + 1] = string.format("%s %" .. wide .. "d | %s", i == at and ">" or " ", i, line)
    if mark then shown[#shown + 1] = (" "):rep(wide + 2) .. " | " .. mark end
  end
  return table.concat(shown, "\n")
end

-- Suggestions --------------------------------------------------------------------------------

-- The names of the session that a mistyped one can be meant as.
local function known_names(session)
  local names = {}
  for name in next, session.cells do names[#names + 1] = name end
  for name in next, session.environment do
    if type(name) == "string" and not name:find "^_" then names[#names + 1] = name end
  end
  return names
end

-- `; did you mean "trainer"?` for a name that is no variable of the session, or "".
---@param session Session
---@param name string
---@return string
function error_view.hint(session, name)
  local known = suggest.nearest(name, known_names(session))
  return known and string.format('; did you mean "%s"?', known) or ""
end

-- The message with what a global that is not there may have been meant as.
---@param session Session
---@param message string
---@return string
function error_view.explained(session, message)
  local advised = require("rille.base.synonyms").missing_global(message)
  local name = message:match "a nil value %(global '([%a_][%w_]*)'%)$"
  if advised ~= message or not name then return advised end
  return message .. error_view.hint(session, name)
end

-- Frames -------------------------------------------------------------------------------------

-- The frames of the script's own code at the level, as lines "In[3]:2: in function 'f'".
---@param level integer of debug.getinfo
---@return string[]
function error_view.frames(level)
  local frames, info = {}, debug.getinfo(level, "Slnf")
  while info do
    if info.what ~= "C" and not origin.is_ours(info.source) then
      local what = info.name and string.format("in %s '%s'", info.namewhat == "" and "function" or info.namewhat,
        info.name) or info.what == "main" and "in the main chunk" or "in a function"
      frames[#frames + 1] = string.format("%s:%d: %s", info.short_src, info.currentline, what)
    end
    level = level + 1
    info = debug.getinfo(level, "Slnf")
  end
  return frames
end

return error_view
