-- Errors, help and locals at the prompt, as the screen shows them.

package.path = "../lib/?.lua;" .. package.path
local at_prompt = require "at_prompt"
local check = require "check"
local scratch = require "scratch"

local test = check.test

local function screen_of(texts, options, files)
  local project <close> = scratch.new()
  for name, text in pairs(files or {}) do project:write(name, text) end
  texts[#texts + 1] = "^D"
  local s = at_prompt.play(project, at_prompt.typed(texts), options)
  check.ok(s.status == 0, s:text():sub(-1500))
  return at_prompt.shown(s)
end

test("a mistyped global, alone or called, suggests what was meant", function()
  local shown = screen_of { "trainer = print^M", "trianer()^M", "trianer^M" }
  check.has(shown, "error: In[2]:1: attempt to call a nil value (global 'trianer'); did you mean\n  \"trainer\"?\n"
    .. "> 1 | trianer()\n    | ^^^^^^^\n")
  check.has(shown, 'there is no variable "trianer"; did you mean trainer?\n')
end)

test("a module that is mistyped", function()
  check.has(screen_of { "require 'rille.smv'^M" }, "module 'rille.smv' not found; did you mean \"rille.svm\"?\n")
end)

test("an entry that is a call has its line, also where the error is that of its caller", function()
  local shown = screen_of { "w = require('rille.frame').new { { 'ash', { 1 } } }^M", 'w:column "ashh"^M',
    "local function f() error('deep', 2) end^M", "f()^M" }
  check.has(shown, '> 1 | w:column "ashh"\n    |          ^^^^^^\n')
  check.has(shown, "error: In[4]:1: deep\n> 1 | f()\n")
end)

test("a history that is a folder is no error of ours", function()
  local shown = screen_of({ "1^M" }, { history = "$PWD" })
  check.has(shown, "rille> 1\n1\nnote: entries are not remembered: ")
end)

test("a syntax error of an entry of several lines points to its line and column", function()
  local project <close> = scratch.new()
  local s = at_prompt.play(project, { at_prompt.READY .. ":keys:for i = 1, 2 do^M", '"-> ":keys:  print(i))^M',
    at_prompt.READY .. ":keys:^D" })
  check.has(at_prompt.shown(s), "error: In[1]:2: unexpected symbol near ')'\n  1 | for i = 1, 2 do\n"
    .. "> 2 |   print(i))\n    |           ^\n")
end)

test("an error in a module, in a coroutine, and of a value that is no message", function()
  local shown = screen_of({ "m = require 'm'^M", "m.go({})^M", ".bt^M",
    "coroutine.wrap(function() local x = nil; x.y = 1 end)()^M", "error { code = 5 }^M", "error()^M",
    "error(setmetatable({}, { __tostring = function() return 'my own' end }))^M" }, nil,
    { ["m.lua"] = "local m = {}\n\nfunction m.go(t)\n  return 1 + t.count.n\nend\n\nreturn m\n" })
  check.has(shown, "error: m.lua:4: attempt to index a nil value (field 'count')\n  3 | function m.go(t)\n"
    .. "> 4 |   return 1 + t.count.n\n    |                ^^^^^\n  5 | end\n")
  check.has(shown, "rille> .bt\nm.lua:4: in ")
  check.has(shown, "error: In[3]:1: attempt to index a nil value (local 'x')\n")
  check.has(shown, "error: the entry raised a table instead of a message: code = 5\n")
  check.has(shown, "error: the entry raised nil instead of a message\n")
  check.has(shown, "error: my own\n")
end)

test("a long line is cut around the mark to the width of the window", function()
  local entry = "x = '" .. ("a"):rep(80) .. "' .. nope.x .. '" .. ("b"):rep(80) .. "'^M"
  local shown = screen_of({ entry }, { columns = 60 })
  local line, mark = shown:match "\n(> 1 | …[^\n]*…)\n(    | *| *%^+)\n"
  if not line then line, mark = shown:match "\n(> 1 [^\n]*)\n([^\n]*%^+)\n" end
  check.ok(line, shown)
  check.eq(line:gsub("…", "."):find "nope", (mark:find "%^"))
end)

test("an error in a step that ran in a worker is told with its place, and the session stays", function()
  local shown = screen_of({ "p:run { jobs = 2 }^M", "1 + 1^M" }, { arguments = "-i main.lua" }, { ["main.lua"] = [[
rille = require "rille"
local s = rille.step "s" { outputs = { rille.types.number "y" }, run = function()
  local conf = {}
  return conf.rate.start
end }
p = rille.pipeline "p" { define = function() s() end }
]] })
  check.has(shown, "main.lua:4: attempt to index a nil value (field 'rate')")
  check.has(shown, "rille> 1 + 1\n2\n")
end)

test("?NAME tells of rille's functions, methods, keywords, commands and values; NAME? is the same", function()
  local shown = screen_of({ "?rille.csv.read^M", "rille.step?^M", "?frame.join^M", "?for^M", "?.save^M", "x = 5^M",
    "x?^M", "??string.rep^M", "?tranier^M", "local c = require 'rille.csv'^M", "?c.encode^M" }, { lines = 100 })
  check.has(shown, "function csv.read(path, options)\n  takes    path     string\n")
  check.has(shown, "function rille.step(name)\n  Defines a step")
  check.has(shown, "function Frame:join(other, by, how, suffixes)\n")
  check.has(shown, "for k, v in pairs(t) do ... end\n")
  check.has(shown, "the session as a script\n")
  check.has(shown, "function csv.encode(frame, options)\n")
  check.has(shown, "rille> x?\nx: integer\n5\n")
  check.has(shown, "??string.rep: the function is written in C")
  check.has(shown, 'there is no value "tranier"')
end)

test("numbers that begin with a point and ... are Lua, not commands", function()
  local shown = screen_of { ".5 + 1^M", "select('#', ...)^M" }
  check.has(shown, "rille> .5 + 1\n1.5\n")
end)

test("locals stay: recursion, constants, an error after them, functions that share them", function()
  local shown = screen_of({ "local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end^M", "fact(5)^M",
    "local n = 0; function inc() n = n + 1 return n end^M", "inc() + n^M", "local a = 5 error 'x'^M", "a^M",
    "local k <const> = 7^M", "k = 8^M", "do local n = 99 end^M", "n^M" }, { lines = 100 })
  check.has(shown, "rille> fact(5)\n120\n")
  check.has(shown, "rille> inc() + n\n2\n")
  check.has(shown, "rille> a\n5\n")
  check.has(shown, "attempt to assign to const variable 'k'")
  check.has(shown, "rille> n\n1\n")
end)

check.done()
