-- The prompt on a terminal: keys, pastes, completion, history, sizes.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local screen = require "screen"

local test = check.test

-- What is on the screen after these actions (tests/lib/pty.c).
local function on_terminal(project, actions, options)
  options = options or {}
  local words = {}
  for i, action in ipairs(actions) do words[i] = scratch.quoted(action) end
  local command = "export TERM=xterm NO_COLOR=1 RILLE_HISTORY=%s; %s %d %d rec %s -- \"$RILLE\" %s"
  local r = project:sh(string.format(command, options.history or "hist", scratch.pty(check), options.columns or 80,
    options.lines or 40, table.concat(words, " "), options.arguments or ""))
  check.eq(r.code, 0, r.err)
  return screen.play(project:path "rec", { columns = options.columns or 80, lines = options.lines or 40 })
end

local READY <const> = '"rille> "'

-- The lines on the screen after the greeting.
local function shown(s)
  return (s:text():gsub("^rille [%d.]+%.  %.help[^\n]*\n", ""):gsub("rille> ?%^?D?\n?$", "rille>"))
end

test("rille alone is a prompt: entries, results, Ctrl-D leaves", function()
  local project <close> = scratch.new()
  local s = on_terminal(project, { READY .. ":keys:1 + 1^M", READY .. ":keys:for i = 1, 2 do^M",
    '"-> ":keys:print(i)^M', '"-> ":keys:end^M', READY .. ":keys:^D" })
  check.ok(s.status == 0, s:text():sub(-2500))
  check.eq(shown(s), "rille> 1 + 1\n2\nrille> for i = 1, 2 do\n    -> print(i)\n    -> end\n1\n2\nrille>")
end)

-- The terminal makes a zero of a Ctrl-D that comes while no line is read.
test("a zero is no key: the Ctrl-D after it leaves", function()
  local project <close> = scratch.new()
  check.eq(on_terminal(project, { READY .. ":keys:^@^D" }).status, 0)
end)

test("Ctrl-C leaves the entry and stays; Ctrl-D on a started entry does nothing", function()
  local project <close> = scratch.new()
  local s = on_terminal(project, { READY .. ":keys:for i = 1, 2 do^M", '"-> ":keys:^D^C',
    READY .. ":keys:abc", '"abc":keys:^C', READY .. ":keys:7^M", READY .. ":keys:^D" })
  check.ok(s.status == 0, s:text():sub(-2500))
  check.has(shown(s), "rille> abc\nrille> 7\n7\nrille>")
end)

test("an error shows its lines and the prompt comes again", function()
  local project <close> = scratch.new()
  local s = on_terminal(project, { READY .. ":keys:nothing.x^M", READY .. ":keys:.bt^M", READY .. ":keys:.quit^M" })
  check.has(shown(s), "error: In[1]:1: attempt to index a nil value (global 'nothing')\n"
    .. "> 1 | nothing.x\n    | ^^^^^^^\n")
  check.has(shown(s), "rille> .bt\nIn[1]:1: in a function")
  check.ok(s.status == 0, s:text():sub(-2500))
end)

test("Tab completes what is alone, and shows the choices where there are several", function()
  local project <close> = scratch.new()
  local s = on_terminal(project, { READY .. ":keys:table.conc^I", '"at":keys:({ 1, 2 })^M',
    READY .. ":keys:table.^I^I", '"unpack":keys:^C', READY .. ":keys:^D" })
  check.has(shown(s), 'rille> table.concat({ 1, 2 })\n"12"\n')
  check.has(shown(s), "concat  insert  move    pack    remove  sort    unpack")
end)

test("a paste of several lines is entered line by line, and stops at the first error", function()
  local project <close> = scratch.new()
  local s = on_terminal(project, { READY .. ":keys:^[[200~a = 1\nfor i = 1, 2 do\n  a = a * 3\nend\na\n^[[201~",
    '"9\r\n\27[?2004h":keys:^[[200~b.c = 1\nd = 5\n^[[201~', '"^\r\n\27[?2004h":keys:tostring(d)^M',
    '"nil\\"\r\n\27[?2004h":keys:^D' })
  check.has(shown(s), "rille> a = 1\nrille> for i = 1, 2 do\n    ->   a = a * 3\n    -> end\nrille> a\n9\n")
  check.has(shown(s), '"nil"')
end)

test("entries are remembered whole, in a file of the user alone", function()
  local project <close> = scratch.new()
  on_terminal(project, { READY .. ":keys:x = 41^M", READY .. ":keys:if x then^M", '"-> ":keys:x = x + 1 end^M',
    READY .. ":keys:^D" })
  check.eq(project:read "hist", '"x = 41"\n"if x then\\nx = x + 1 end"\n')
  check.eq(project:sh("stat -c %a hist").out, "600\n")
  local s = on_terminal(project, { READY .. ":keys:^P^P^M", READY .. ":keys:x^M", READY .. ":keys:^D" })
  check.has(shown(s), "rille> x = 41\nrille> x\n41\n")
  on_terminal(project, { READY .. ":keys:9^M", READY .. ":keys:^D" }, { history = "''" })
  check.eq(#project:read "hist", #'"x = 41"\n"if x then\\nx = x + 1 end"\n"x = 41"\n"x"\n')
end)

test("letters that are not ASCII are typed and shown, whatever the locale", function()
  local project <close> = scratch.new()
  local s = on_terminal(project, { READY .. ":keys:'größe → 日本'^M", READY .. ":keys:0.5^M", READY .. ":keys:^D" })
  check.has(shown(s), '"größe → 日本"\n')
  check.has(shown(s), "0.5\n")
end)

test("Ctrl-C ends what runs: loops, coroutines, programs, steps in workers; the session stays", function()
  local project <close> = scratch.new()
  project:write("steps.lua", [[
rille = require "rille"
t = rille.types
slow = rille.step "slow" { outputs = { t.number "y" }, run = function()
  os.execute "touch begun"
  while true do end
end }
p = rille.pipeline "p" { define = function() slow() end }
function begin() io.stderr:write "on my way\n" end
]])
  local actions = { READY .. ":keys:x = 41^M" }
  local function interrupt(entry, seen)
    actions[#actions + 1] = READY .. ":keys:" .. entry .. "^M"
    actions[#actions + 1] = '"' .. (seen or "on my way") .. '":keys:^C'
    actions[#actions + 1] = '"interrupted":keys:^M'
  end
  interrupt "begin() while true do end"
  interrupt "begin() while true do pcall(function() while true do end end) end"
  interrupt "coroutine.wrap(function() begin() while true do end end)()"
  interrupt "io.popen('echo on my \"way\" >&2; sleep 100'):read 'a'"
  interrupt("p:run { jobs = 2 }", "running   slow")
  interrupt("slow {}", "running   slow")
  interrupt(".run p", "running   slow")
  for _, keys in ipairs { "x + 1^M", "#rille.pipelines.p.runs^M", "^D" } do
    actions[#actions + 1] = READY .. ":keys:" .. keys
  end
  local s = on_terminal(project, actions, { arguments = "-i steps.lua", lines = 200 })
  check.ok(s.status == 0, s:text():sub(-2500))
  -- what is typed before a prompt stands in the line before it
  check.has(shown(s), "42\n")
  check.has(shown(s), "runs\n2\n")
  check.eq(select(2, shown(s):gsub("error: interrupted", "")), 7)
end)

check.done()
