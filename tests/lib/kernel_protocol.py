"""Debian's python3-jupyter-kernel-test against rille; run by tests/cli/kernel_test.lua."""
import unittest

import jupyter_kernel_test


class RilleKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "rille"
    language_name = "lua"
    file_extension = ".lua"
    code_hello_world = "print 'hello, world'"
    code_stderr = "io.stderr:write 'oops\\n'"
    completion_samples = [
        {"text": "table.conc", "matches": ["concat"]},
        {"text": "string.gm", "matches": ["gmatch"]},
    ]
    complete_code_samples = ["1 + 1", "local x = 1\nx", "for i = 1, 2 do end", ".runs", "-- nothing"]
    incomplete_code_samples = ["for i = 1, 2 do", "local t = {", "f(", "s = [["]
    invalid_code_samples = ["end", "x = = 1", "1 +* 2", "'open"]
    code_generate_error = "error 'wrong'"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "{ 1, a = 2 }", "result": "{ 1, a = 2 }"},
        {"code": "local x = 20\nx + 1", "result": "21"},
        {"code": "x", "result": "20"},
        {"code": "require('rille.frame').new { { 'a', { 1, 2 } } }", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": ".plot { 1, 4, 9 }", "mime": "text/html"},
        {"code": ".plot { 1, 4, 9 }", "mime": "text/plain"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 [*] *".replace("[*]", "?")
    code_inspect_sample = "string.format"

    def execute_helper(self, *args, **kwargs):
        """The package gives a message a tenth of a second; a busy machine may need longer."""
        channel = self.kc.iopub_channel
        get_msg = channel.get_msg
        channel.get_msg = lambda timeout=None: get_msg(timeout=60)
        try:
            return super().execute_helper(*args, **kwargs)
        finally:
            channel.get_msg = get_msg


jupyter_kernel_test.TIMEOUT = 120

if __name__ == "__main__":
    unittest.main()
