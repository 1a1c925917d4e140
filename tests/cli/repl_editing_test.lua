-- Editing at the prompt: letters of any script, pastes, entries of several lines, history, signals.

package.path = "../lib/?.lua;" .. package.path
local at_prompt = require "at_prompt"
local check = require "check"
local scratch = require "scratch"

local test, READY = check.test, at_prompt.READY

-- The lines of the screen after these actions in a project of their own.
local function screen_of(actions, options)
  local project <close> = scratch.new()
  local s = at_prompt.play(project, actions, options)
  check.ok(s.status == 0, s:text():sub(-1500))
  return at_prompt.shown(s), s
end

-- The text that ends a line of output, and then the prompt waits.
local function after(text) return '"' .. text .. '\r\n\27[?2004h":keys:' end

local function paste(text) return "^[[200~" .. text .. "^[[201~" end

test("letters that are not ASCII are typed, deleted and overwritten", function()
  local shown = screen_of(at_prompt.typed { "'aé日本'^B^H^H語^M", "'日本'^A^F^D^E^Bé^M", "^D" })
  check.eq(shown, "rille> 'aé語'\n\"aé語\"\nrille> '本é'\n\"本é\"\nrille>")
end)

test("Tab after letters that are not ASCII replaces what it completes", function()
  local shown = screen_of(at_prompt.typed { "x = '日本', table.conc^I^M", "^D" })
  check.has(shown, "rille> x = '日本', table.concat\n")
end)

test("a paste without a line end waits for Enter, and can be edited", function()
  local shown = screen_of { READY .. ":keys:" .. paste "1 + 1", '"1 + 1":keys:0^M', READY .. ":keys:" .. paste
    "a = 5\nfunction f()\n\treturn a\nend\nf()", '"2004hrille> ":keys:^H^H() + 1^M', after '6' .. '^D' }
  check.eq(shown, "rille> 1 + 10\n11\nrille> a = 5\nrille> function f()\n    ->  return a\n    -> end\n"
    .. "rille> f() + 1\n6\nrille>")
end)

test("a paste in the middle of a line: what is behind the cursor comes after its last line", function()
  local shown = screen_of { READY .. ":keys:{ , 4 }^B^B^B^B^B" .. paste "1,\r  2,\r3", '"2004h    -> ":keys:^M',
    READY .. ":keys:^D" }
  check.eq(shown, "rille> { 1,\n    ->   2,\n    -> 3, 4 }\n{ 1, 2, 3, 4 }\nrille>")
end)

test("a paste with the line ends of Windows has each of them once", function()
  local shown = screen_of { READY .. ":keys:" .. paste "s = [[a^M\nb^M\n]]^M\n#s^M\n", after '4' .. '^D' }
  check.has(shown, "rille> s = [[a\n    -> b\n    -> ]]\nrille> #s\n4\n")
end)

test("Enter that is typed behind a paste ends its last line", function()
  local shown = screen_of { READY .. ":keys:" .. paste "5\n6\n7" .. "^M", after '7' .. '^D' }
  check.eq(shown, "rille> 5\n5\nrille> 6\n6\nrille> 7\n7\nrille>")
end)

test("a paste with letters of other scripts and with tabs is taken as it is", function()
  local shown = screen_of { READY .. ":keys:" .. paste "'日本\tstr'" .. "^M", READY .. ":keys:^D" }
  check.has(shown, '"日本\\tstr"\n')
end)

test("a line of a paste that continues a statement belongs to it, a command does not", function()
  local shown = screen_of { READY .. ":keys:" .. paste "f = function(x) return x end\ny = f\n  (5)\n  + 1\n.last\n" ,
    '"yet\r\n\27[?2004h":keys:y^M', after '6' .. '^D' }
  check.has(shown, "rille> y = f\n    ->   (5)\n    ->   + 1\nrille> .last\n")
end)

test("a paste of 5,000 lines is entered, and one entry of 2,500 lines", function()
  local lines = {}
  for i = 1, 2500 do lines[i] = "x=x+1\n" end
  local many = table.concat(lines)
  local text = many .. "function f()\n" .. many .. "end\n"
  local shown = screen_of({ READY .. ":keys:x=0^M", READY .. ":keys:" .. paste(text),
    after 'end' .. '^M', '"2004h":keys:f() x^H^M', READY .. ":keys:x^M", after '5000' .. '^D' }, { lines = 20 })
  check.has(shown, "rille> x\n5000\n")
end)

test("an entry of several lines comes back whole, and is edited with the arrow keys", function()
  local shown = screen_of { READY .. ":keys:if true then^M", '"-> ":keys:x = 1 end^M',
    READY .. ":keys:^[[A^[[A^[[B^B^B^B^B^H2^M", READY .. ":keys:x^M", after '2' .. '^D' }
  check.eq(shown, "rille> if true then\n    -> x = 1 end\nrille> if true then\nx = 2 end\nrille> x\n2\nrille>")
end)

test("Ctrl-R finds an entry", function()
  local shown = screen_of(at_prompt.typed { "alpha = 41^M", "beta = 2^M", "^Ralph^M", "alpha + 1^M", "^D" })
  check.has(shown, "rille> alpha = 41\nrille> alpha + 1\n42\n")
end)

test("~/.editrc can ask for vi keys; Tab and pastes work there", function()
  local project <close> = scratch.new()
  project:write(".editrc", "bind -v\n")
  local s = at_prompt.play(project, { READY .. ":keys:12345^[0x", '"12345":keys:A + table.unp^I{ 1 }^M',
    after '2346' .. paste "1 +\n 2\n", after '3' .. '^D' }, { environment = "HOME=$PWD" })
  check.ok(s.status == 0, s:text())
  check.has(at_prompt.shown(s), "rille> 2345 + table.unpack{ 1 }\n2346\nrille> 1 +\n    ->  2\n3\n")
end)

test("a window of another size: the line is drawn again", function()
  local shown = screen_of { READY .. ":keys:'a long line of text that will need more than one row of a window'",
    '"window\'":size:30x20', READY .. ":keys:^H^H!'^M", READY .. ":keys:^D" }
  check.eq(shown:match "\n(rille> .*)", "rille> 'a long line of text th\nat will need more than one row\n"
    .. " of a windo!'\n" .. '"a long line of text that will\n need more than one row of a w\nindo!"\nrille>')
end)

test("Ctrl-C below an entry of several rows begins a new line", function()
  local shown = screen_of({ READY .. ":keys:'a long line of text that needs more rows'^A", '"\27[A":keys:^C',
    READY .. ":keys:1^M", after '1' .. '^D' }, { columns = 30 })
  check.eq(shown:match "\n(rille> .*)", "rille> 'a long line of text th\nat needs more rows'\nrille> 1\n1\nrille>")
end)

test("Ctrl-D in an entry deletes, and does nothing at its end or in an empty line of it", function()
  local shown = screen_of { READY .. ":keys:x = 12^D^B^D^M", READY .. ":keys:for i = 1, 2 do^M",
    '"-> ":keys:^D^D^Dprint(i) end^M', after '2' .. 'x^M', READY .. ":keys:^D" }
  check.eq(shown, "rille> x = 1\nrille> for i = 1, 2 do\n    -> print(i) end\n1\n2\nrille> x\n1\nrille>")
end)

test("a terminal that goes ends the session, also in an entry", function()
  local project <close> = scratch.new()
  local s = at_prompt.play(project, { READY .. ":keys:for i = 1, 2 do^M", '"-> ":signal:1' })
  check.eq(s.status, 128 + 1)
end)

test("a signal that ends the program gives the terminal back", function()
  local project <close> = scratch.new()
  local s = at_prompt.play(project, { READY .. ":keys:echo $PPID^M", '"PPID":signal:15' },
    { command = "sh -c 'trap \"\" TERM; \"$RILLE\"; stty -a | grep -o -w -e \"-*icanon\" -e \"-*echo\"'" })
  check.has(s:text(), "rille: stopped by SIGTERM\nicanon\necho")
end)

test("Ctrl-Z stops the program, and fg brings the line back", function()
  local project <close> = scratch.new()
  local s = at_prompt.play(project, { '"ready> ":keys:"$RILLE"^M', READY .. ":keys:40 + ", '"40 + ":keys:^Z',
    '"ready> ":keys:stty -a | grep -ow -- -*icanon^M', '"ready> ":keys:fg^M', '"40 + ":keys:2^M', after '42' .. '^D',
    '"ready> ":keys:exit^M' }, { command = "bash --norc --noediting -i", environment = "PS1='ready> '" })
  check.has(s:text(), "\nicanon\n")
  check.has(s:text(), "rille> 40 + 2\n42\n")
end)

test("a terminal without sequences gets none", function()
  local shown, s = screen_of(at_prompt.typed { "'aé日本'^M", "^D" }, { term = "dumb" })
  check.has(shown, '"aé日本"')
  for _, write in ipairs(s.writes) do check.ok(not write[2]:find "\27", write[2]) end
end)

test("without libedit there are plain lines, and one notice", function()
  local project <close> = scratch.new()
  project:sh "mkdir lib"
  project:write("lib/libedit.so.2", "")
  local s = at_prompt.play(project, { READY .. ":keys:1 + 1\n", READY .. ":keys:for i = 1, 1 do\n", '"-> ":keys:^D',
    '"-> ":keys:print(i) end\n', READY .. ":keys:^D" }, { environment = "LD_LIBRARY_PATH=$PWD/lib" })
  check.eq(s.status, 0)
  check.eq(s:text():gsub("\nrille %d[^\n]*", ""), "note: lines cannot be edited: libedit.so.2 is not installed\n"
    .. "rille> 1 + 1\n2\nrille> for i = 1, 1 do\n    ->\n    -> print(i) end\n1\nrille>\n")
end)

-- What says that an entry has begun; its text is in no entry that is typed.
local SAY <const> = READY .. ":keys:function say() io.stderr:write('on my ', 'way\\n') end^M"
local BEGUN <const> = '"on my way":keys:'

test("Ctrl-C ends a sort, and the reading of a CSV file; the session stays", function()
  local project <close> = scratch.new()
  project:write("big.csv", "a,b\n" .. ("1,x\n"):rep(2000000))
  local s = at_prompt.play(project, { SAY, READY .. ":keys:csv = require 'rille.csv' t = {} for i = 1, 3e6 do "
    .. "t[i] = i * 7919 % 3000017 end^M", READY .. ":keys:say() table.sort(t)^M", BEGUN .. "^C",
    READY .. ":keys:say() for i = 1, 99 do csv.read 'big.csv' end^M", BEGUN .. "^C", READY .. ":keys:#t * 2^M",
    READY .. ":keys:^D" })
  check.ok(s.status == 0, s:text())
  check.eq(select(2, s:text():gsub("error: interrupted\n", "")), 2, s:text():sub(-1500))
  check.has(s:text(), "rille> #t * 2\n6000000\n")
end)

test("Ctrl-C ends the reading of a line at once", function()
  local project <close> = scratch.new()
  local s = at_prompt.play(project, { SAY, READY .. ":keys:say() s = io.read()^M", BEGUN .. "abc^C",
    READY .. ":keys:s^M", READY .. ":keys:^D" })
  check.ok(s.status == 0, s:text())
  check.has(s:text(), "error: interrupted\nrille> s\n")
end)

test("a second Ctrl-C leaves while what runs has not heard of the first", function()
  local project <close> = scratch.new()
  local actions = { READY .. ":keys:string.find(('a'):rep(60), ('a?'):rep(60) .. ('a'):rep(60))^M" }
  for second = 3, 60, 3 do actions[#actions + 1] = second .. ":keys:^C" end     -- none says when C has begun
  local s = at_prompt.play(project, actions)
  check.eq(s.status, 128 + 2)
  check.has(s:text(), "rille: stopped by SIGINT")
end)

test("a hangup ends the session and the programs that it started", function()
  local project <close> = scratch.new()
  local s = at_prompt.play(project, { SAY,
    READY .. ":keys:say() os.execute 'trap \"\" HUP; echo $$ > pid; sleep 100'^M",
    BEGUN .. "^M", '"\r\n":keys:^M', '"\r\n":signal:1' })
  check.eq(s.status, 128 + 1)
end)

test("two sessions at once keep their entries whole, in one file", function()
  local project <close> = scratch.new()
  local command = scratch.pty(check) .. " 80 24 rec%d '\"rille> \":keys:" .. ("function f()^Mreturn %d^Mend^M"):rep(20)
    .. ".quit^M' -- \"$RILLE\" &"
  local r = project:sh("export TERM=xterm RILLE_HISTORY=hist; " .. command:gsub("%%d", "1") .. " "
    .. command:gsub("%%d", "2") .. " wait")
  check.eq(r.code, 0, r.err)
  local n = 0
  for line in project:read("hist"):gmatch "[^\n]*\n" do
    n = n + 1
    check.ok(line == '".quit"\n' or line:find '^"function f%(%)\\nreturn [12]\\nend"\n$', line)
  end
  check.eq(n, 42)
end)

test("a history that cannot be written is told once", function()
  local project <close> = scratch.new()
  project:write("file", "")
  local s = at_prompt.play(project, at_prompt.typed { "1^M", "2^M", "^D" }, { history = "file/hist" })
  check.eq(at_prompt.shown(s), "rille> 1\n1\nnote: entries are not remembered: file/hist: Not a directory\n"
    .. "rille> 2\n2\nrille>")
end)

check.done()
