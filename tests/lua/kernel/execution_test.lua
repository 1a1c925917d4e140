-- What a cell gives, by jupyter_client: streams, results, errors, images and tables; options of execute_request.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local jupyter = require "jupyter"
local scratch = require "scratch"

local test = check.test

local function python(text)
  local project <close> = scratch.new()
  return jupyter.python(check, project, text)
end

test("each request is between busy and idle, with its own header as parent", function()
  python [==[
k = Kernel()
said = k.run("print 'a'\n1 + 1")
eq(said.types, ["busy", "execute_input", "stream", "execute_result", "idle"])
eq(said.reply, {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}})
eq(said.number, 1)
eq(k.run("x = 2").types, ["busy", "execute_input", "idle"])
k.close()
]==]
end)

test("the last statement is the result where it is an expression; locals stay", function()
  python [==[
k = Kernel()
eq(k.value("local a = 1\nlocal function f(x)\n  return x + a\nend\nf(1)"), "2")
eq(k.value("a = 5 f(1)"), "6")
eq(k.value("a, f(2)"), "5\n7")
eq(k.value("x = 1; a"), "5")
eq(k.value("-- why\n{ 1, 2,\n  3 }"), "{ 1, 2, 3 }")
for quiet in "a;", "local b = 1", "if a then f(1) end", "for i = 1, 2 do f(i) end", "c = f\n(1)", "  ", "-- nothing":
    said = k.run(quiet)
    eq((said.result, said.reply["status"]), (None, "ok"))
eq(k.value("b"), "1")
k.close()
]==]
end)

test("what is printed comes while the cell runs: by Lua, by programs, by C; stdout and stderr", function()
  python [==[
k = Kernel()
cell = k.begin("""print "one" io.write "no end" repeat until io.open "go"
io.stderr:write "bad\\n" os.execute "echo program; echo wrong >&2" print("gr\\u{f6}\\u{df}e \\xff")""")
k.until(cell, "one\n")
open("go", "w").close()
said = k.end(cell)
has(said.stdout, "program\n")
has(said.stdout, "gr\u00f6\u00dfe \ufffd\n")
has(said.stderr, "bad\n")
has(said.stderr, "wrong\n")
said = k.run("for i = 1, 20000 do print(('\u00e4\u20ac'):rep(20)) end")
eq(said.stdout, ("\u00e4\u20ac" * 20 + "\n") * 20000)
assert len(said.streams) < 200, len(said.streams)
k.close()
]==]
end)

test("runs tell their steps and what these print, without controls of a terminal", function()
  local project <close> = scratch.new()
  jupyter.python(check, project, [==[
k = Kernel()
said = k.run("""local t = rille.types
local one = rille.step "one" { outputs = { t.number "y" }, run = function() print "from the step" return 1 end }
local p = rille.pipeline "p" { define = function() one() end }
p:run {}""")
eq(said.reply["status"], "ok")
has(said.stdout, "from the step\n")
has(said.stdout, "  ran       one")
assert "\x1b" not in said.stdout and "\r" not in said.stdout, said.stdout
eq(said.stderr, "")           # front ends show that as errors
has(k.value("p:run {}"), "run p-")
cell = k.begin("""local slow = rille.step "slow" { run = function() print "at work" repeat until io.open "go" end }
rille.pipeline "r" { define = function() slow() end }:run { jobs = 2 }""")
k.until(cell, "at work")
open("go", "w").close()
has(k.end(cell).stdout, "  ran       slow")
said = k.run("""local bad = rille.step "bad" { run = function() error "broken" end }
rille.pipeline "q" { define = function() bad() end }:run {}""")
eq(said.reply["ename"], "RunFailed")
has(said.stdout, "broken")
k.close()
]==])
end)

test("an error has its message and three lines of the cell; line numbers are the cell's", function()
  python [==[
k = Kernel()
said = k.run("local x = 5\nlocal y = 2\n\nx.a.b = y\nx")
eq(said.reply["status"], "error")
eq(said.error, {"ename": "Error", "evalue": "In[1]:4: attempt to index a number value (local 'x')", "traceback": [
    "Error: In[1]:4: attempt to index a number value (local 'x')",
    "  3 | \n> 4 | x.a.b = y\n    | ^\n  5 | x"]})
eq({n: said.reply[n] for n in ("ename", "evalue", "traceback")}, said.error)
said = k.run("x = 1\nx = = 2\n")
eq(said.error["ename"], "SyntaxError")
has(said.error["evalue"], "In[2]:2: ")
said = k.run("for i = 1, 2 do\n")
eq(said.error["ename"], "SyntaxError")
has(said.error["evalue"], "near <eof>")
said = k.run("\n\nerror { code = 7 }")
eq(said.error["ename"], "Error")
eq(k.run(".nothing").error["ename"], "CommandError")
said = k.run("1\n+ nil")
has(said.error["evalue"], "In[6]:")
k.close()
]==]
end)

test("frames are tables; text stands beside; several results stand below each other", function()
  python [==[
k = Kernel()
data = k.run("""local frame = require "rille.frame"
local f = frame.new { { "city", { "Bonn & <Co>", "Ulm" } }, { "n", { 1, 2 } } }
f""").result
eq(sorted(data), ["text/html", "text/plain"])
has(data["text/html"], "<th>city</th><th>n</th>")
has(data["text/html"], "<td>Bonn &amp; &lt;Co&gt;</td><td>1</td>")
has(data["text/plain"], "Bonn & <Co>")
data = k.run("f, 'x<y'").result
has(data["text/html"], "</table>")
has(data["text/html"], '<pre>&quot;x&lt;y&quot;</pre>')
data = k.run("local n = {}\nfor i = 1, 100 do n[i] = i end\nframe.new { { 'n', n } }").result
has(data["text/html"], "<p>20 of 100 rows</p>")
eq(sorted(k.run("require('rille.array').zeros { 2, 2 }").result), ["text/plain"])
k.close()
]==]
end)

test("drawings and plots are images in HTML, without SVG that a front end would hide; and text", function()
  local project <close> = scratch.new()
  jupyter.python(check, project, [==[
import base64, re
k = Kernel()
def svg_of(data):
    eq(sorted(data), ["text/html", "text/plain"])
    assert "<svg" not in data["text/html"]
    found = re.fullmatch(r'<img src="data:image/svg\+xml;base64,([A-Za-z0-9+/]+=*)">', data["text/html"])
    svg = base64.b64decode(found.group(1), validate=True).decode()
    has(svg, "<svg")
    has(svg, "</svg>")
    return svg
k.run("""local t = rille.types
local one = rille.step "one" { outputs = { t.number "y" }, run = function() return 1 end }
local p = rille.pipeline "p" { define = function() one() end }
local r = p:run {}""")
data = k.run("r:graph()").result
has(svg_of(data), "one")
has(data["text/plain"], "one")
said = k.run("rille.show(r)")
eq((len(said.displays), said.result, said.stdout), (1, None, ""))
has(svg_of(said.displays[0]), "one")
said = k.run("for i = 1, 2 do rille.show(p) end\n'both'")
eq((len(said.displays), said.result["text/plain"]), (2, '"both"'))
for command in ".graph r", ".graph r:graph()", ".show r:graph()":
    has(svg_of(k.run(command).displays[0]), "one")
said = k.run(".plot { 1, 4, 9 }\n.plot { 3, 2 }\n1 + 1")
eq((len(said.displays), said.result["text/plain"]), (2, "2"))
has(svg_of(said.displays[0]), "{ 1, 4, 9 }")
k.close()
]==])
end)

test("silent, store_history, user_expressions", function()
  python [==[
k = Kernel()
eq(k.value("1"), "1")
said = k.run("x = 7\nx", silent=True)
eq(said.types, ["busy", "idle"])
eq(said.reply["execution_count"], 1)
said = k.run("error 'no'", silent=True)
eq((said.types, said.reply["status"]), (["busy", "idle"], "error"))
said = k.run("x + 1", store_history=False)
eq((said.result["text/plain"], said.reply["execution_count"]), ("8", 1))
said = k.run("x", user_expressions={"sum": "x + 1", "bad": "x.y.z", "syntax": "1 +", "frame": "{ x }"})
eq(said.reply["execution_count"], 2)
made = said.reply["user_expressions"]
eq(made["sum"], {"status": "ok", "data": {"text/plain": "8"}, "metadata": {}})
eq(made["bad"]["status"], "error")
has(made["bad"]["evalue"], "attempt to index a number value")
eq(made["syntax"]["status"], "error")
eq([h[2] for h in k.ask("history_request", {"hist_access_type": "range", "session": 0, "start": 1, "output": False,
    "raw": True})["history"]], ["1", "x"])
k.close()
]==]
end)

test("cells that were sent before one failed do not run, unless that one says stop_on_error = false", function()
  python [==[
k = Kernel()
def three(wait, **options):
    first = k.begin("n = 0 print 'begun' repeat until io.open 'go' error 'no'", **options)
    k.until(first, "begun")
    others = [k.begin("n = n + 1") for _ in range(2)]
    time.sleep(wait)                    # nobody can see when they have come to the kernel's socket
    open("go", "w").close()
    k.end(first)
    states = [k.end(cell).reply["status"] for cell in others]
    os.remove("go")
    return states
wait = 0.05
while three(wait) != ["aborted", "aborted"]:
    assert wait < PATIENCE
    wait = 2 * wait
eq(k.value("n"), "0")
eq(three(wait, stop_on_error=False), ["ok", "ok"])
eq(k.value("n"), "2")
for i in range(20):
    k.run("error 'no'")
    eq(k.value("n"), "2")
k.close()
]==]
end)

test("a cell that reads standard input asks the front end; where that gives no answers, it is told so", function()
  python [==[
k = Kernel()
cell = k.begin("io.write 'name? '\nlocal name, n = io.read('l', 'n')\nname .. n + 1", allow_stdin=True)
k.until(cell, "name? ")
question = k.kc.get_stdin_msg(timeout=PATIENCE)
eq((question["msg_type"], question["content"]), ("input_request", {"prompt": "", "password": False}))
k.kc.input("J\u00f6rg")
eq(k.kc.get_stdin_msg(timeout=PATIENCE)["parent_header"]["msg_id"], cell)
k.kc.input("41")
eq(k.end(cell).result["text/plain"], '"J\u00f6rg42"')
cell = k.begin("io.read()", allow_stdin=True)
k.kc.get_stdin_msg(timeout=PATIENCE)
k.km.interrupt_kernel()
eq(k.end(cell).reply["ename"], "Interrupted")
said = k.run("io.read()")
eq(said.reply["status"], "ok")
eq(said.stderr, "standard input cannot be read here: the front end does not answer questions\n")
eq(k.value("io.read() == nil"), "true")
k.close()
]==]
end)

test("commands come first in a cell, and help", function()
  python [==[
k = Kernel()
said = k.run(".help\n?string.format\n1 + 1")
has(said.stdout, ".help")
has(said.stdout, "function string.format")
eq(said.result["text/plain"], "2")
eq(k.run(".quit").reply["payload"], [{"source": "ask_exit", "keepkernel": False}])
k.close()
]==]
end)

check.done()
