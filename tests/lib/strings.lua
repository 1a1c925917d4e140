-- strings.lua -- the texts of the sources that a person may read: messages, help, console lines, pages.
--
--   strings.collect() -> { { file =, line =, text = }, ... }   in the order of the files
--   strings.listing(found) -> string                           grouped by file, for a reader
--
-- Of Lua and C these are the literals that look like language: texts joined by `..`, or side by side
-- in C, are one; "…" stands for what is put between them.  Of Markdown, HTML and JavaScript the lines count.

local paths = require "paths"

local strings = {}

local FOLDERS <const> = "README.md lua host stdlib materializers examples"

local function files()
  local p <close> = assert(io.popen(string.format("cd '%s' && find %s -type f | LC_ALL=C sort", paths.root, FOLDERS)))
  local names = {}
  for name in p:lines() do
    -- the pages for contributors and the starting points of tests are no texts of the program
    if name:find "%.lua$" or name:find "%.c$" or name == "README.md" or name:find "%.html$" or name:find "%.js$"
      or name:find "^examples/.*%.sh$" then names[#names + 1] = name end
  end
  return names
end

local function read(name)
  local f <close> = assert(io.open(paths.root .. "/" .. name, "rb"))
  return f:read "a"
end

local ESCAPES <const> = { n = "\n", t = "\t", r = "\r", ["\n"] = "\n" }

local function unescape(text)
  return (text:gsub("\\z%s*", ""):gsub("\\x(%x%x)", function(x) return string.char(tonumber(x, 16)) end)
    :gsub("\\([%a\n\"'\\])", function(c) return ESCAPES[c] or c end))
end

-- Where a quoted literal that begins at `at` ends.
local function quoted_end(source, at)
  local quote, i = source:sub(at, at), at + 1
  while i <= #source do
    local c = source:sub(i, i)
    if c == quote then return i end
    i = i + (c == "\\" and 2 or 1)
  end
  return #source
end

-- The tokens of Lua: each(kind, text, position), kind "text", "other", or "join" for `..`.
local function lua_tokens(source, each)
  local at = source:find "^#!" and source:find "\n" or 1
  while at <= #source do
    local first = source:find("%S", at)
    if not first then return end
    local long = source:match("^%-%-%[(=*)%[", first)
    if long then
      at = (select(2, source:find("]" .. long .. "]", first, true)) or #source) + 1
    elseif source:find("^%-%-", first) then
      at = source:find("\n", first, true) or #source + 1
    else
      local level = source:match("^%[(=*)%[", first)
      local c = source:sub(first, first)
      if level then
        local _, last = source:find("]" .. level .. "]", first, true)
        each("text", source:sub(first + #level + 2, last - #level - 2), first)
        at = last + 1
      elseif c == '"' or c == "'" then
        local last = quoted_end(source, first)
        each("text", unescape(source:sub(first + 1, last - 1)), first)
        at = last + 1
      else
        local _, last = source:find("^[%w_]+", first)
        if not last then _, last = source:find("^%.%.%.?", first) end
        last = last or first
        local token = source:sub(first, last)
        each(token == ".." and "join" or "other", token, first)
        at = last + 1
      end
    end
  end
end

-- The same of C; literals side by side are joined by the caller, for nothing stands between them.
local function c_tokens(source, each)
  local at = 1
  while at <= #source do
    local first = source:find("%S", at)
    if not first then return end
    local c = source:sub(first, first)
    if source:find("^/%*", first) then
      at = (select(2, source:find("*/", first, true)) or #source) + 1
    elseif source:find("^//", first) then
      at = source:find("\n", first, true) or #source + 1
    elseif c == "#" and source:find("^#%s*include", first) then
      at = source:find("\n", first, true) or #source + 1
    elseif c == '"' or c == "'" then
      local last = quoted_end(source, first)
      if c == '"' then each("text", unescape(source:sub(first + 1, last - 1)), first)
      else each("other", "'", first) end
      at = last + 1
    else
      local _, last = source:find("^[%w_]+", first)
      if source:find("^PRI[%a%d]+", first) then each("join", "PRI", first)
      else each("other", source:sub(first, last or first), first) end
      at = (last or first) + 1
    end
  end
end

-- Does it look like language?  Two words with a blank between them, and no statement of SQL.
local function is_language(text)
  if not text:find "%a%a+[%p]* +[%p]*%a" then return false end
  local statement = text:match "^%s*(%l+) "
  local sql = { select = " from ", insert = " into ", update = " set ", delete = "delete from ", pragma = "",
    create = " table ", from = " join ", left = " join ", where = " = ", order = "order by " }
  local second = statement and sql[statement]
  return not (second and text:find(second, 1, true))
end

-- Joins the literals of an expression: what is between two joins is told by "…".
local function literals(source, tokens, implicit)
  local found, text, first, open, between = {}, nil, nil, false, 0
  local function close()
    if text and is_language(text) then found[#found + 1] = { at = first, text = text } end
    text, open, between = nil, false, 0
  end
  tokens(source, function(kind, token, at)
    if kind == "text" then
      if text and (open or implicit) then
        text = text .. (between > 0 and "…" or "") .. token
      else
        close()
        text, first = token, at
      end
      open, between = false, 0
    elseif kind == "join" then
      if text then
        open = true
        if implicit then between = 1 end
      end
    elseif implicit or not open then
      -- after a value that was joined a further ".." may follow: f(x) .. "text" is rare, a name is not
      if not (between > 0 and token:find "^[%w_.]") then close() end
    else
      between, open = between + 1, false
    end
  end)
  close()
  return found
end

local function line_counter(source)
  local at, line = 1, 1
  return function(position)
    while true do
      local next_line = source:find("\n", at, true)
      if not next_line or next_line >= position then return line end
      at, line = next_line + 1, line + 1
    end
  end
end

local function plain_lines(source)
  local found, at = {}, 1
  for line in source:gmatch "([^\n]*)\n" do
    if is_language(line) then found[#found + 1] = { at = at, text = line } end
    at = at + #line + 1
  end
  return found
end

---@return { file: string, line: integer, text: string }[]
function strings.collect()
  local all = {}
  for _, name in ipairs(files()) do
    local source = read(name)
    local found = name:find "%.lua$" and literals(source, lua_tokens, false)
      or name:find "%.[cj]s?$" and literals(source, c_tokens, name:find "%.c$" ~= nil)
      or plain_lines(source)
    local line_of = line_counter(source)
    for _, one in ipairs(found) do
      all[#all + 1] = { file = name, line = line_of(one.at), text = one.text }
    end
  end
  return all
end

---@param found { file: string, line: integer, text: string }[]
---@return string
function strings.listing(found)
  local out, file = {}, nil
  for _, one in ipairs(found) do
    if one.file ~= file then
      file = one.file
      out[#out + 1] = (#out > 0 and "\n" or "") .. "== " .. file
    end
    out[#out + 1] = string.format("%5d  %s", one.line, (one.text:gsub("\n$", ""):gsub("\n", "\n       ")))
  end
  return table.concat(out, "\n") .. "\n"
end

return strings
