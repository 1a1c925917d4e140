"""A front end for tests of rille's kernel: jupyter_client, and what it says of a cell.

    k = Kernel()
    said = k.run("1 + 1")
    said.result["text/plain"]       "2"
    said.stdout, said.stderr, said.displays, said.error, said.reply

Waits last until what is waited for comes: PATIENCE is for a kernel that is stuck."""
import os
import signal
import sys
import time

from jupyter_client import KernelManager

PATIENCE = 120


class Said:
    def __init__(self):
        self.stdout = self.stderr = ""
        self.result = self.error = self.reply = self.number = None
        self.displays, self.types, self.streams = [], [], []


class Kernel:
    def __init__(self, **options):
        self.km = KernelManager(kernel_name="rille")
        self.km.start_kernel(stderr=open("kernel.log", "a"), **options)
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=PATIENCE)

    @property
    def pid(self):
        return self.km.provisioner.pid

    def reply(self, msg_id, channel="shell"):
        get = self.kc.get_shell_msg if channel == "shell" else self.kc.get_control_msg
        while True:
            msg = get(timeout=PATIENCE)
            if msg["parent_header"].get("msg_id") == msg_id:
                return msg["content"]

    def ask(self, type, content, channel="shell"):
        """Any request; its reply."""
        msg = self.kc.session.msg(type, content)
        getattr(self.kc, channel + "_channel").send(msg)
        return self.reply(msg["header"]["msg_id"], channel)

    def begin(self, code, **options):
        options.setdefault("allow_stdin", False)
        return self.kc.execute(code, **options)

    def next(self, msg_id):
        """The next message on iopub that belongs to the request."""
        while True:
            msg = self.kc.get_iopub_msg(timeout=PATIENCE)
            if msg["parent_header"].get("msg_id") == msg_id:
                return msg

    def until(self, msg_id, text):
        """Waits until the cell has printed the text."""
        seen = ""
        while text not in seen:
            msg = self.next(msg_id)
            assert msg["content"].get("execution_state") != "idle", "the cell ended: " + seen
            seen += msg["content"].get("text", "")
        return seen

    def end(self, msg_id):
        said = Said()
        while True:
            msg = self.next(msg_id)
            type, content = msg["msg_type"], msg["content"]
            said.types.append(type if type != "status" else content["execution_state"])
            if type == "status" and content["execution_state"] == "idle":
                break
            if type == "stream":
                said.streams.append(content)
                setattr(said, content["name"], getattr(said, content["name"]) + content["text"])
            elif type == "display_data":
                said.displays.append(content["data"])
            elif type == "execute_result":
                said.result, said.number = content["data"], content["execution_count"]
            elif type == "error":
                said.error = content
        said.reply = self.reply(msg_id)
        return said

    def run(self, code, **options):
        return self.end(self.begin(code, **options))

    def value(self, code):
        said = self.run(code)
        assert said.error is None, said.error
        return said.result["text/plain"]

    def close(self):
        self.kc.stop_channels()
        self.km.shutdown_kernel(now=True)


def eq(got, wanted):
    assert got == wanted, "got %r, want %r" % (got, wanted)


def has(text, part):
    assert part in text, "%r has no %r" % (text, part)


def appears(path):
    """Waits until there is such a file."""
    for _ in range(PATIENCE * 20):
        if os.path.exists(path):
            return
        time.sleep(0.05)
    raise AssertionError("there is no " + path)


def gone(pid):
    """Waits until there is no such process, or only what is left of it."""
    for _ in range(PATIENCE * 20):
        try:
            with open("/proc/%d/stat" % pid) as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return
        except FileNotFoundError:
            return
        time.sleep(0.05)
    raise AssertionError("process %d is still there" % pid)
