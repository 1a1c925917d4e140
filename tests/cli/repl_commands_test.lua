-- Commands of the prompt for the session: .edit, .history, .mode, .forget, .time, .save, .load, .reload, .run.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local screen = require "screen"

local test = check.test

local function enter(project, entries, arguments)
  project:write("entries", entries)
  return project:sh("$RILLE repl " .. (arguments or "") .. " < entries")
end

local SCRIPT <const> = [[
#!/usr/bin/env rille
local rille = require "rille"
local t = rille.types
local helper = require "helper"
local one = rille.step "one" { outputs = { t.number "y" }, run = function() return helper.one() end }
local two = rille.step "two" { inputs = { t.number "y" }, params = { k = 2 }, outputs = { t.number "z" },
  run = function(y, p) return y * p.k end }
local p = rille.pipeline "p" { params = { k = 2 }, define = function(p) two:with { k = p.k } { y = one() } end }
value = 42
return p
]]

local function with_script()
  local project = scratch.new()
  project:write("main.lua", SCRIPT)
  project:write("helper.lua", "return { one = function() return 1 end }\n")
  return project
end

test("a script's locals are those of the session, and its functions see their new values", function()
  local project <close> = with_script()
  local r = enter(project, [[
value
p:run {};
local two = rille.step "two" { inputs = { t.number "y" }, params = { k = 2 }, outputs = { t.number "z" },
  run = function(y) return y end }
p:run {};
]], "main.lua")
  check.eq(r.code, 0, r.err)
  check.eq(r.out, "42\n")
  check.has(r.err, "two changed (run); stale in p: two")
  check.has(r.err, "cached    one\n  ran       two")
end)

test("the prompt and rille run have the same keys", function()
  local project <close> = with_script()
  check.eq(project:sh("$RILLE run -q main.lua").code, 0)
  check.has(enter(project, "p:run {};\n", "main.lua").err, "all 2 steps cached")
end)

test(".reload runs the script and its modules again, and tells what is gone", function()
  local project <close> = with_script()
  local r = enter(project, [[
p:run {};
os.execute "sed -i 's/return 1/return 3/' helper.lua && sed -i 's/\"two\"/\"three\"/' main.lua";
.reload
p:run {};
]], "main.lua")
  check.eq(r.code, 0, r.err)
  check.has(r.out, "main.lua: 2 steps, 1 pipeline\nno longer there: step two\n")
  check.has(r.err, "one changed (")
  check.has(r.err, "stale in p: one")
  check.has(r.err, "ran       one")
  check.has(r.err, "ran       three")
end)

test("an error in .reload leaves the session as it was, and says where", function()
  local project <close> = with_script()
  project:write("entries", "p:run {};\nvalue = 7\nlocal f = io.open('main.lua', 'a') f:write 'x' f:close()\n.reload\n")
  local r = project:sh("$RILLE repl main.lua < entries")
  check.eq(r.code, 3)
  check.has(r.err, "main.lua:")
  project:write("main.lua", SCRIPT)
  project:write("entries", "local one = 5\nvalue = 7\nfunction change() local f = io.open('main.lua', 'w') "
    .. "f:write('local one = 6 value = 8 local z = nil + 1') f:close() end\nchange()\npcall(load, '')\n")
  r = project:sh("printf '.reload\\n' >> entries; $RILLE repl main.lua < entries")
  check.has(r.err, "main.lua:1: attempt to perform arithmetic on a nil value")
end)

test(".load brings another script, .steps shows its steps", function()
  local project <close> = with_script()
  project:write("more.lua", 'local r = require "rille"\nlocal s = r.step "more" { run = function() end }\n')
  local r = enter(project, ".load more.lua\n.steps\ns.name\n.load nosuch.lua\n", "main.lua")
  check.has(r.out, "more.lua: 1 step, 0 pipelines\n")
  check.has(r.out, 'step "more"  more.lua:2\n')
  check.has(r.out, '"more"\n')
  check.has(r.err, "nosuch.lua")
  check.eq(r.code, 3)
end)

test(".run takes the options of rille run, and gives _", function()
  local project <close> = with_script()
  local r = enter(project, ".run k=5\n_.parameters.k\n.run p --set k=6 --name mine\n_.name\n", "main.lua")
  check.eq(r.code, 0, r.err)
  check.eq(r.out, '5\n"mine"\n')
  check.has(enter(project, ".run q\n", "main.lua").err, 'there is no pipeline "q"; available: p')
  check.has(enter(project, ".run p z=1\n", "main.lua").err, 'unknown parameter "z"')
  check.has(enter(project, ".run p --bogus\n", "main.lua").err, "unknown option --bogus")
  check.has(enter(project, ".run\n").err, "the session has no pipeline")
end)

test(".history lists entries by number, the newest, and those with a text", function()
  local project <close> = scratch.new()
  local r = enter(project, "1 + 1;\nlocal a =\n 5\n.history\n.history 1\n.history 1 +\n.history zz\n")
  check.eq(r.out, "   1  1 + 1\n   2  local a =\n       5\n   2  local a =\n       5\n   1  1 + 1\n"
    .. 'no entry of this session has "zz"\n')
end)

test(".edit enters what the editor leaves", function()
  local project <close> = scratch.new()
  local r = enter(project, "local a = 5\n.edit\na\n.edit 1\n.edit 9\n")
  check.eq(r.code, 3)
  project:write("entries", "local a = 5\n.edit\na\n.edit new\nb\n.edit 1\na\n")
  project:write("ed", "if [ -s \"$1\" ]; then sed -i 's/5/6/' \"$1\"; else echo 'b = 9' > \"$1\"; fi\n")
  r = project:sh 'EDITOR="sh ed" $RILLE repl < entries'
  check.eq(r.code, 0, r.err)
  check.eq(r.out, "local a = 6\n6\nb = 9\n9\nlocal a = 6\n6\n")
  project:write("entries", "1;\n.edit\n")
  check.has(project:sh("EDITOR=true $RILLE repl < entries").out, "nothing was entered")
  check.has(project:sh("EDITOR=false $RILLE repl < entries").err, ".edit: false failed, so nothing was entered")
  check.has(enter(project, ".edit 9\n").err, ".edit: there is no entry 9")
end)

test(".mode shows results in another way; alone it lists the ways", function()
  local project <close> = scratch.new()
  local r = enter(project, [[
.mode
.mode json
{ a = 1, b = { true } }
.mode table
{ { a = 1, b = "x" }, { a = 2 } }
.mode full
("x"):rep(3000):len()
]])
  check.eq(r.code, 0, r.err)
  check.has(r.out, "* auto ")
  check.has(r.out, '{"a":1,"b":[true]}\n')
  check.has(r.out, "a  b\n1  x\n2")
  check.has(r.out, "3000\n")
  check.has(enter(project, ".mode jsn\n").err, '.mode: there is no mode "jsn"; did you mean "json"?')
end)

test(".forget, .time", function()
  local project <close> = scratch.new()
  local r = enter(project, "local a, b = 1, 2\n.forget a\na\nb\n.forget\n.time on\n1;\n.time off\n2\n")
  check.eq(r.code, 0, r.err)
  check.has(r.out, "forgotten: a\n2\nforgotten: b\n")
  check.has(r.out, "s\n2\n")
  check.has(enter(project, "local abc = 1\n.forget abd\n").err, 'there is no local "abd"; did you mean "abc"?')
end)

test("commands without their dot are named", function()
  local project <close> = scratch.new()
  local words <const> = { ["runs p"] = "runs", ["help me"] = "help", ["exit()"] = "quit", quit = "quit", exit = "quit",
    runs = "runs" }
  for word, command in next, words do
    check.has(enter(project, word .. "\n").err, "the command is ." .. command, word)
  end
  check.eq(enter(project, "runs = 5\nruns\n").out, "5\n")
  local r = enter(project, "local value = 1\nvaluee\n")
  check.eq(r.code, 0)
  check.eq(r.err, 'nil: there is no variable "valuee"; did you mean value?\n')
end)

-- Saved sessions -----------------------------------------------------------------------------------

local function saved(entries, arguments)
  local project <close> = with_script()
  local r = enter(project, entries .. "\n.save work.lua\n", arguments)
  check.eq(r.code, 0, r.err)
  local again = project:sh "$RILLE work.lua"
  check.eq(again.code, 0, again.err .. project:read "work.lua")
  return again.out, r.out
end

test(".save gives a script with the values of the session", function()
  check.eq(saved [[
t = rille.types
local scale = 1
function helper(x) return x * scale end
local scale = 3
print(helper(2))
4
_ + 1
local k <const>, m <const> = 5, { 1 }
function get() return m end
local m <const> = { 2 }
print(get()[1] + k)
if k then return 7 end
return 8
do return 9 end
print(helper(k))]], "6\n4\n5\n7\n8\n15\n")
end)

test(".save has the script that the session began with", function()
  check.eq(saved("value = value + 1\nprint(value, two.name)\n.run p", "main.lua"), "43\ttwo\n")
end)

test(".save of more locals than a function may have", function()
  local entries = {}
  for i = 1, 450 do entries[i] = ("local v%d = %d"):format(i, i) end
  entries[#entries + 1] = "print(v1 + v200 + v450)"
  check.eq(saved(table.concat(entries, "\n")), "651\n")
end)

-- Pipes --------------------------------------------------------------------------------------------

test("pipes: line ends of Windows, no newline at the end, NUL, a mark of UTF-8, errors", function()
  local project <close> = scratch.new()
  check.eq(enter(project, "local a =\r\n5\r\na + 1\r\n").out, "6\n")
  check.eq(enter(project, "1 + 1").out, "2\n")
  check.eq(enter(project, "\xEF\xBB\xBF#!/usr/bin/env rille\n3\n").out, "3\n")
  check.eq(enter(project, "1\n'a\0b'\n").out, '1\n"a\\x00b"\n')
  check.eq(enter(project, "1\n.nosuch\n2\n").code, 3)
  check.eq(enter(project, "1\nlocal a = {\n").code, 3)
  local r = enter(project, [[
local s = rille.step "s" { run = function() error "no" end }
local p = rille.pipeline "p" { define = function() s() end }
p:run {}
print "not reached"
]])
  check.eq(r.code, 3)
  check.eq(r.out, "")
end)

-- Terminal -----------------------------------------------------------------------------------------

test("on a terminal: .history, .edit and .reload", function()
  local project <close> = with_script()
  project:write("ed", "sed -i 's/20/21/' \"$1\"\n")
  local READY <const> = '"rille> "'
  local words = {}
  for i, action in ipairs { READY .. ":keys:20 * 2^M", READY .. ":keys:.edit^M",
    READY .. ":keys:.history^M", READY .. ":keys:.reload^M", READY .. ":keys:.quit^M" } do
    words[i] = scratch.quoted(action)
  end
  local r = project:sh(('export TERM=xterm NO_COLOR=1 EDITOR="sh ed" RILLE_HISTORY=hist; %s 80 40 rec %s -- "$RILLE" '
    .. "-i main.lua"):format(scratch.pty(check), table.concat(words, " ")))
  check.eq(r.code, 0, r.err)
  local s = screen.play(project:path "rec", { columns = 80, lines = 40 })
  check.eq(s.status, 0, s:text())
  check.has(s:text(), "rille> .edit\n21 * 2\n42\nrille> .history\n   1  20 * 2\n   2  21 * 2\nrille> .reload\n"
    .. "main.lua: 2 steps, 1 pipeline\nrille> .quit")
  check.has(project:read "hist", '"21 * 2"')
end)

test("on a terminal a script that fails leaves a prompt, and .reload runs it again", function()
  local project <close> = with_script()
  project:write("main.lua", "value = 7\nlocal x = nil + 1\n")
  project:write("good.lua", SCRIPT)
  local words = {}
  for i, action in ipairs { '"rille> ":keys:os.rename("good.lua", "main.lua");^M', '"rille> ":keys:.reload^M',
    '"rille> ":keys:value^M', '"rille> ":keys:.quit^M' } do
    words[i] = scratch.quoted(action)
  end
  local r = project:sh(('export TERM=xterm NO_COLOR=1 RILLE_HISTORY=hist; %s 80 40 rec %s -- "$RILLE" -i main.lua')
    :format(scratch.pty(check), table.concat(words, " ")))
  check.eq(r.code, 0, r.err)
  local s = screen.play(project:path "rec", { columns = 80, lines = 40 })
  check.eq(s.status, 0, s:text())
  check.has(s:text(), "error: main.lua:2: attempt to perform arithmetic on a nil value")
  check.has(s:text(), "nothing of main.lua was kept; after a change .reload runs it again\n")
  check.has(s:text(), "rille> .reload\nmain.lua: 2 steps, 1 pipeline\nrille> value\n42\n")
end)

check.done()
