-- An error's lines of source, the mark below what the message names, and what a name may have been meant as.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local error_view = require "rille.repl.error_view"

local test = check.test

-- The lines that are shown of the only entry.
local function shown(text, message, width) return error_view.source(message, { ["In[1]"] = text }, width) end

-- The text above the mark.
local function marked(text, what)
  local view = shown(text, "In[1]:1: " .. what)
  local line, mark = view:match "> 1 | ([^\n]*)\n    | ([^\n]*)"
  local first, last = mark:find "%^+"
  return line:sub(first, last)
end

-- The text above the mark of what the compiler says of it.
local function refused(text)
  local _, message = load(text, "=In[1]")
  local view = shown(text, message)
  local at = message:match ":(%d+):"
  local line, mark = view:match("> " .. at .. " | ([^\n]*)\n    | ([^\n]*)")
  local first, last = mark:find "%^+"
  return line:sub(first, last), first
end

test("three lines, the one of the error marked", function()
  check.eq(shown("a = 1\nb.c = 2\nd = 3\ne = 4", "In[1]:2: attempt to index a nil value (global 'b')"),
    "  1 | a = 1\n> 2 | b.c = 2\n    | ^\n  3 | d = 3")
  check.eq(shown("a", "no place"), "")
  check.eq(shown("a", "In[9]:1: of an entry that is not known"), "")
end)

test("what is called, indexed or computed with is marked, not another place with its name", function()
  check.eq(marked("f = 'f' .. g(f) .. f()", "attempt to call a nil value (global 'f')"), "f")
  local view = shown("a = b.b.c", "In[1]:1: attempt to index a nil value (field 'b')")
  check.has(view, "\n    |       ^\n" == "" and "" or "    |       ^")
  check.has(shown("x.n = n + 1", "In[1]:1: attempt to perform arithmetic on a nil value (global 'n')"),
    "    |       ^")
  check.eq(marked("string.rep()", "bad argument #1 to 'rep' (string expected, got no value)"), "rep")
  check.eq(marked("x = 1 .. y .. 2", "attempt to concatenate a nil value"), "x = 1 .. y .. 2")
end)

test("the compiler's stop is marked where it is, of several tokens alike the right one", function()
  local text, column = refused "x = = 2"
  check.eq(text .. column, "=5")
  text, column = refused "for i = 1, 2 do\n  print((i)))\nend"
  check.eq(text .. column, ")13")
  check.eq((refused 'x = "abc'), '"abc')
  check.eq((refused "y = 5 z"), "z")
  check.eq((refused "end"), "end")
end)

test("tabs and wide letters before the mark", function()
  check.eq(shown("\tx = '日本' .. nope.x", "In[1]:1: attempt to index a nil value (global 'nope')"),
    "> 1 |     x = '日本' .. nope.x\n    |                   ^^^^")
end)

test("a long line is cut around the mark", function()
  local text = "x = '" .. ("a"):rep(100) .. "' .. nope.x .. '" .. ("b"):rep(100) .. "'"
  local view = shown(text, "In[1]:1: attempt to index a nil value (global 'nope')", 60)
  local line, mark = view:match "^([^\n]*)\n([^\n]*)$"
  check.eq(line:match "nope", "nope")
  check.has(line, "> 1 | …")
  check.eq(#line:gsub("…", "."), 60)
  check.eq(line:gsub("…", "."):find "nope", (mark:find "%^"))
  check.eq(mark:match "%^+", "^^^^")
end)

test("of two places the inner one counts, and the same place is told once", function()
  local source, line = error_view.place "In[2]:1: In[1]:3: attempt"
  check.eq(source .. line, "In[1]3")
  check.eq(error_view.plain "In[1]:1: In[1]:1: attempt", "In[1]:1: attempt")
  check.eq(error_view.plain "In[2]:1: In[1]:1: attempt", "In[2]:1: In[1]:1: attempt")
end)

test("a global that is not there suggests what it was meant as", function()
  local session = { cells = { trainer = {} }, environment = { _secret = 1, outputs = 1 } }
  check.eq(error_view.explained(session, "In[1]:1: attempt to call a nil value (global 'trianer')"),
    "In[1]:1: attempt to call a nil value (global 'trianer'); did you mean \"trainer\"?")
  check.eq(error_view.hint(session, "ouptuts"), '; did you mean "outputs"?')
  check.eq(error_view.hint(session, "entirely_else"), "")
end)

check.done()
