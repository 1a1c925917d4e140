-- The kernel as front ends see it, by jupyter_client: its life, interrupts, several clients, messages that are wrong.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local jupyter = require "jupyter"
local scratch = require "scratch"

local test = check.test

local function python(text)
  local project <close> = scratch.new()
  return jupyter.python(check, project, text)
end

test("an interrupt by signal and by message ends what runs; the kernel and its variables stay", function()
  local project <close> = scratch.new()
  project:write("steps.lua", [[
rille = require "rille"
t = rille.types
slow = rille.step "slow" { outputs = { t.number "y" }, run = function()
  io.open("begun", "w"):close()
  while true do end
end }
p = rille.pipeline "p" { define = function() slow() end }
]])
  jupyter.python(check, project, [[
k = Kernel()
k.run("require 'steps'\nlocal x = 41")
def ended(code, seen, how):
    cell = k.begin(code)
    if seen:
        k.until(cell, seen)
    else:
        appears("begun")
        os.remove("begun")
    if how == "message":
        eq(k.ask("interrupt_request", {}, "control"), {"status": "ok"})
    else:
        k.km.interrupt_kernel()
    said = k.end(cell)
    eq(said.reply["status"], "error")
    eq(said.reply["ename"], "Interrupted")
    eq(said.error["evalue"], "interrupted")
for how in "signal", "message":
    ended("print 'begun' while true do end", "begun", how)
    ended("print 'begun' while true do pcall(function() while true do end end) end", "begun", how)
    ended("coroutine.wrap(function() print 'begun' while true do end end)()", "begun", how)
    ended("while true do print(('x'):rep(1000)) end", "x", how)
    ended("io.popen('echo begun >&2; sleep 100'):read 'a'", "begun", how)
    ended("p:run { jobs = 2 }", None, how)
    ended("slow {}", None, how)
    ended(".run p", None, how)
    ended("os.execute 'echo begun; sleep 100' while true do end", "begun", how)
eq(k.value("x + 1"), "42")
k.close()
]])
end)

test("interrupts that come again and again end one cell, and the kernel stays", function()
  python [[
k = Kernel()
k.run("x = 41")
for i in range(3):
    cell = k.begin("print 'begun' while true do pcall(function() while true do end end) end")
    k.until(cell, "begun")
    for _ in range(20):
        k.km.interrupt_kernel()
        k.kc.control_channel.send(k.kc.session.msg("interrupt_request", {}))
    eq(k.end(cell).reply["ename"], "Interrupted")
    k.ask("kernel_info_request", {}, "control")         # all interrupts have come
eq(k.value("x + 1"), "42")
k.close()
]]
end)

test("an interrupt between cells does nothing", function()
  python [[
k = Kernel()
k.run("x = 1")
for i in range(3):
    k.km.interrupt_kernel()
    k.ask("interrupt_request", {}, "control")
eq(k.value("x"), "1")
k.close()
]]
end)

test("while a cell runs the control channel answers, and the heartbeat beats", function()
  python [[
k = Kernel()
cell = k.begin("print 'begun' repeat until io.open 'go'")
k.until(cell, "begun")
eq(k.ask("kernel_info_request", {}, "control")["implementation"], "rille")
import zmq
beat = zmq.Context.instance().socket(zmq.REQ)
beat.connect("tcp://127.0.0.1:%d" % k.km.hb_port)
beat.send(b"ping")
eq(beat.recv(), b"ping")
beat.send_multipart([b"a", b"b"])
eq(beat.recv_multipart(), [b"a", b"b"])
beat.close(0)
open("go", "w").close()
eq(k.end(cell).reply["status"], "ok")
k.close()
]]
end)

test("shutdown is answered and the process ends, also when a cell runs; restart says so", function()
  python [[
for code, restart in ("1", False), ("print 'begun' while true do pcall(error) end", True):
    k = Kernel()
    cell = k.begin(code)
    if restart:
        k.until(cell, "begun")
    eq(k.ask("shutdown_request", {"restart": restart}, "control"), {"status": "ok", "restart": restart})
    eq(k.km.provisioner.process.wait(PATIENCE), 0)
    k.close()
k = Kernel()
k.run("x = 1")
k.km.restart_kernel()
k.kc.wait_for_ready(timeout=PATIENCE)
eq(k.run("x").result, None)
k.close()
]]
end)

test("two kernels at once have variables of their own, and runs in one store", function()
  local project <close> = scratch.new()
  project:write("steps.lua", [[
rille = require "rille"
p = rille.pipeline "p" { define = function()
  rille.step "one" { outputs = { rille.types.number "y" }, run = function() return 1 end } {}
end }
]])
  jupyter.python(check, project, [[
a, b = Kernel(), Kernel()
for k, x in (a, 1), (b, 2):
    k.run("require 'steps'\nlocal x = %d" % x)
cells = [(k, k.begin("p:run {}")) for k in (a, b)]
for k, cell in cells:
    eq(k.end(cell).reply["status"], "ok")
eq(a.value("x"), "1")
eq(b.value("x"), "2")
eq(b.value("#rille.pipelines.p.runs"), "2")
a.close()
eq(b.value("x"), "2")
b.close()
]])
end)

test("a client that is killed while a cell prints leaves the kernel to others", function()
  python [[
import subprocess
k = Kernel()
other = subprocess.Popen([sys.executable, "-c", """
import sys
from jupyter_client import BlockingKernelClient
c = BlockingKernelClient(connection_file=sys.argv[1])
c.load_connection_file()
c.start_channels()
c.wait_for_ready(timeout=120)
c.execute("for i = 1, 2000 do print(('x'):rep(1000)) end print 'much' repeat until io.open 'go' y = 5")
while True:
    print(c.get_iopub_msg(timeout=120)["content"].get("text", "")[-5:], flush=True)
""", k.km.connection_file], stdout=subprocess.PIPE, text=True)
for line in other.stdout:
    if "much" in line:
        break
other.send_signal(signal.SIGKILL)
other.wait()
open("go", "w").close()
eq(k.value("y"), "5")
k.close()
]]
end)

test("messages with a wrong key and malformed ones are dropped and logged; the kernel goes on", function()
  local project <close> = scratch.new()
  jupyter.python(check, project, [[
import zmq
from jupyter_client.session import Session
k = Kernel()
def socket(port):
    s = zmq.Context.instance().socket(zmq.DEALER)
    s.connect("tcp://127.0.0.1:%d" % port)
    return s
shell, control = socket(k.km.shell_port), socket(k.km.control_port)
foreign = Session(key=b"another key", signature_scheme="hmac-sha256")
own = Session(key=k.km.session.key, signature_scheme="hmac-sha256")
def execute(session):
    return session.serialize(session.msg("execute_request", {"code": "wrong = 1", "silent": False}))
header = own.serialize(own.msg("kernel_info_request"))
for s in shell, control:
    s.send_multipart(execute(foreign))
    unsigned = execute(own)
    unsigned[1] = b""
    s.send_multipart(unsigned)
    s.send_multipart([b""])
    s.send_multipart([b"<IDS|MSG>"])
    s.send_multipart([b"<IDS|MSG>", b"x", b"{}"])
    s.send_multipart([b"x"] * 100)
    s.send_multipart(header[:2] + [b"\xff\xfe"] + header[3:])
    for bad in b"", b"[]", b"{", b"{}", b'{"msg_type":1}', b'{"msg_type":"' + b"x" * 200 + b'"}', b"\xff":
        frames = [bad, b"{}", b"{}", b"{}"]
        s.send_multipart([b"<IDS|MSG>", own.sign(frames)] + frames)
    for content in b"[]", b"7", b"{", b"\xff", b"{}", b'{"code":7}', b'{"code":null}':
        frames = [own.pack(own.msg_header("execute_request")), b"{}", b"{}", content]
        s.send_multipart([b"<IDS|MSG>", own.sign(frames)] + frames)
    frames = [own.pack(own.msg_header("no_such_request")), b"{}", b"{}", b"{}"]
    s.send_multipart([b"<IDS|MSG>", own.sign(frames)] + frames)
    # the last one has an answer, and those before it are done by then
    s.send_multipart(header)
    while True:
        frames = s.recv_multipart()
        if b"kernel_info_reply" in frames[2 if frames[0] == b"<IDS|MSG>" else 3]:
            break
        has(b"".join(frames), b'"status":"error"')
    s.close(0)
eq(k.run("wrong").result, None)
eq(k.value("1 + 1"), "2")
k.close()
]])
  local log = project:read "kernel.log"
  check.has(log, "rille kernel: a message is dropped: its signature is wrong\n")
  check.has(log, "rille kernel: a message of too many frames is dropped\n")
  check.has(log, "rille kernel: a message is dropped: its 2 frames are too few\n")
end)

test("a kernel ends when the process ends that started it", function()
  python [[
import subprocess
for code in "", "while true do pcall(error) end":
    parent = subprocess.Popen([sys.executable, "-c", """
import sys, time
sys.path.insert(0, sys.argv[1])
from kernel_client import *
k = Kernel()
cell = k.begin("print 'begun' " + sys.argv[2])
k.until(cell, "begun")
print(k.pid, flush=True)
time.sleep(1000)
""", os.path.dirname(sys.modules["kernel_client"].__file__), code], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    gone(pid)
]]
end)

test("addresses that are taken are told", function()
  local project <close> = scratch.new()
  jupyter.python(check, project, [[
import json, subprocess
k = Kernel()
r = subprocess.run([os.environ["RILLE"], "kernel", "--connection", k.km.connection_file],
    capture_output=True, text=True)
eq(r.returncode, 4)
has(r.stderr, "rille: kernel: cannot listen on tcp://127.0.0.1:%d: Address already in use" % k.km.shell_port)
k.close()
]])
end)

check.done()
