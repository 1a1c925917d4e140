-- What can stand at the cursor of a cell, what a name is, whether a cell is complete; front ends count characters.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local completing = require "rille.kernel.completing"
local inspection = require "rille.kernel.inspection"
local last_expression = require "rille.kernel.last_expression"
local session = require "rille.repl.session"

local test = check.test

local function new_session(...)
  local work = session.new({ put = print, complain = print, width = function() return 80 end }, _G)
  for _, text in ipairs { ... } do check.eq(work:enter(text), "ok") end
  return work
end

-- What completes a cell with | at the cursor: "cursor_start-cursor_end matches".
local function completed(work, text)
  local at = text:find("|", 1, true)
  local code = text:sub(1, at - 1) .. text:sub(at + 1)
  local reply = completing.matches(work, code, utf8.len(text, 1, at) - 1)
  return string.format("%d-%d %s", reply.cursor_start, reply.cursor_end, table.concat(reply.matches, ","))
end

test("completion: in later lines, after texts and comments with quotes, by characters", function()
  local work = new_session('local rille = require "rille"',
    'local train = rille.step "train" { params = { gamma = 1 }, run = print }')
  check.eq(completed(work, "table.conc|"), "6-10 concat")
  check.eq(completed(work, "x = 1\ntable.conc|at(y)"), "12-16 concat")
  check.eq(completed(work, "-- don't\nlocal s = 'a\\'b' .. [[it's]]\ntable.conc|"), "44-48 concat")
  check.eq(completed(work, "größe = 'ä'; table.conc|"), "19-23 concat")
  check.eq(completed(work, "train {\n  ga|\n}"), "10-12 gamma = ")
  check.eq(completed(work, ".fo|"), "0-3 .forget ")
  check.eq(completed(work, "-- nothing here|"), "15-15 ")
end)

test("a cell is complete, incomplete with the blanks of its next line, or invalid", function()
  local function status(code)
    local reply = completing.is_complete(code)
    return reply.status .. (reply.indent and "(" .. reply.indent .. ")" or "")
  end
  for _, code in ipairs { "1", "x = 1", "x = 1\nx + 1", "x = 1\n'text'", ".runs", "?x", "", "-- a", "f {\n}" } do
    check.eq(status(code), "complete", code)
  end
  check.eq(status "for i = 1, 2 do", "incomplete(  )")
  check.eq(status "for i = 1, 2 do\n  if x then", "incomplete(    )")
  check.eq(status "for i = 1, 2 do\n  if x then\n  else", "incomplete(    )")
  check.eq(status "f {", "incomplete(  )")
  check.eq(status "x =", "incomplete()")
  check.eq(status "s = [[a", "incomplete()")
  for _, code in ipairs { "end", "x = = 1", "'open", "x = 1 +* 2" } do check.eq(status(code), "invalid", code) end
end)

local function told(work, text, source)
  local at = text:find("|", 1, true)
  local code = text:sub(1, at - 1) .. text:sub(at + 1)
  local reply = inspection.of({ session = work }, code, at - 1, source)
  check.eq(reply.status, "ok")
  return reply.found and reply.data["text/plain"] or nil
end

test("a name is told as by ?NAME, at its end, within it, and within the brackets behind it", function()
  local work = new_session("-- adds\nfunction add(a, b) return a + b end",
    'local rille = require "rille"',
    'local train = rille.step "train" { doc = "Trains.", params = { gamma = 1 }, run = print }')
  for _, text in ipairs { "add|", "a|dd(1, 2)", "add(|1, 2)", "add(1, { 2 }, |)", "x = add|(1)" } do
    check.has(told(work, text, false) or text, "function add(a, b)")
  end
  check.has(told(work, "add|", false), "-- adds")
  check.has(told(work, "add|", true), "function add(a, b) return a + b end")
  check.has(told(work, "string.for|mat", false), "function string.format")
  check.has(told(work, "string.format|", true), "function string.format", "no source: what it is")
  check.has(told(work, "train { |", false), "Trains.")
  check.has(told(work, "x:y(train.na|)", false) or "train", "train")
  check.eq(told(work, "nothing|", false), nil)
  check.eq(told(work, "|", false), nil)
  check.eq(told(work, "(|", false), nil)
end)

test("the last expression of a cell is found where Lua itself would end the statement before it", function()
  local function rest(text)
    local at = last_expression.find(text)
    return at and text:sub(at)
  end
  check.eq(rest "x", "x")
  check.eq(rest "x = 1\nx", "x")
  check.eq(rest "x = 1 y", "y")
  check.eq(rest "x = 1; y;", "y;")
  check.eq(rest "x = f\n(1)", nil)
  check.eq(rest "x = 1\n(y)", "(y)")
  check.eq(rest "x = f\n'text'", nil)
  check.eq(rest "for i = 1, 2 do end\n'text'", "'text'")
  check.eq(rest "x = a +\nb", nil)
  check.eq(rest "x = -\nb", nil)
  check.eq(rest "a +\nb", "a +\nb")
  check.eq(rest "if a then\n  f(x)\nend", nil)
  check.eq(rest "repeat\nlocal a = 1\nuntil a\nb", "b")
  check.eq(rest "local function f()\n  return 1\nend\nf()", "f()")
  check.eq(rest "f {\n  a = 1,\n}", "f {\n  a = 1,\n}")
  check.eq(rest "f()\ng {\n  1 }", "g {\n  1 }")
  check.eq(rest "return 1", nil)
  check.eq(rest "x = 1\nreturn x", nil)
  check.eq(rest "x = function() return 1 end", nil)
  check.eq(rest "function() return 1 end", "function() return 1 end")
  check.eq(rest "goto done\n::done::", nil)
  check.eq(rest "x = = 1", nil)
  check.eq(rest "", nil)
end)

test("the last expression of a long cell is found", function()
  local lines = {}
  for i = 1, 3000 do lines[i] = "x" .. i .. " = f(" .. i .. ")" end
  local text = table.concat(lines, "\n")
  check.eq(last_expression.find(text), nil)
  check.eq(last_expression.find(text .. "\nx1"), #text + 2)
end)

check.done()
