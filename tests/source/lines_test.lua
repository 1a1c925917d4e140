-- The width of lines: Lua at most 120 columns, C at most 100, and no tabs or blanks at the end.
-- A text between [[ and ]] is as wide as it has to be: it is a script or what one prints.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local paths = require "paths"

local LUA <const>, C <const> = 120, 100

local function list(folders, pattern)
  local p <close> = assert(io.popen(string.format("cd '%s' && find %s -name '%s' -type f | LC_ALL=C sort", paths.root,
    folders, pattern)))
  local names = {}
  for name in p:lines() do names[#names + 1] = name end
  return names
end

local function lines_of(name)
  local f <close> = assert(io.open(paths.root .. "/" .. name, "rb"))
  local lines = {}
  for line in f:lines() do lines[#lines + 1] = line end
  return lines
end

-- Does the line leave a text between long brackets open?  `closing` is what ends the one
-- that is open where the line begins, or nil.
local function still_open(line, closing)
  local at = 1
  while true do
    if closing then
      local _, last = line:find(closing, at, true)
      if not last then return closing end
      at, closing = last + 1, nil
    end
    local first, _, char = line:find("([\"'%-%[])", at)
    if not first then return nil end
    if char == '"' or char == "'" then
      local last = first + 1
      while last <= #line
        and line:sub(last, last) ~= char do last = last + (line:sub(last, last) == "\\" and 2 or 1) end
      at = last + 1
    else
      local level = line:match("^%[(=*)%[", char == "-" and line:find("^%-%-%[", first) and first + 2 or first)
      if char == "-" and not (level and line:find("^%-%-", first)) then
        if line:find("^%-%-", first) then return nil end
        at = first + 1
      elseif level then closing, at = "]" .. level .. "]", first + 2 + #level
      else at = first + 1 end
    end
  end
end

local function columns(line) return utf8.len(line) or #line end

local function too_wide(names, width, texts)
  local wrong = {}
  for _, name in ipairs(names) do
    local closing
    for n, line in ipairs(lines_of(name)) do
      local before = closing
      if texts then closing = still_open(line, closing) end
      if columns(line) > width
        and not before then wrong[#wrong + 1] = string.format("%s:%d: %d columns", name, n, columns(line)) end
    end
  end
  return wrong
end

check.test("a line of Lua has at most 120 columns", function()
  local wrong = too_wide(list("lua stdlib materializers examples tests", "*.lua"), LUA, true)
  check.eq(#wrong, 0, table.concat(wrong, "\n") .. "\n")
end)

check.test("a line of C has at most 100 columns", function()
  local wrong = too_wide(list("host stdlib tests", "*.[ch]"), C)
  check.eq(#wrong, 0, table.concat(wrong, "\n") .. "\n")
end)

check.test("no line ends in a blank", function()
  local wrong = {}
  for _, name in ipairs(list("lua stdlib materializers examples tests host Makefile", "*.lua")) do
    for n, line in ipairs(lines_of(name)) do if line:find "%s$" then wrong[#wrong + 1] = name .. ":" .. n end end
  end
  check.eq(table.concat(wrong, "\n"), "")
end)

check.done()
