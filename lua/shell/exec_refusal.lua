-- exec_refusal: why the kernel refuses to execute a file that exists.
--
-- exec_refusal.why(path) -> a sentence with what to do, or nil when no reason is found.  It
-- looks at the file's first bytes, at the interpreter that a script names, and at the
-- machine and the loader of a binary.

local project = require "rille.project"
local sys = require "rille.host.sys"

local exec_refusal = {}

local HEAD_SIZE <const> = 4096
local MAX_DEPTH <const> = 4             -- interpreters of interpreters

-- Names for values of e_machine in ELF headers.
local MACHINES <const> = { [3] = "32-bit x86", [8] = "MIPS", [20] = "PowerPC", [21] = "64-bit PowerPC", [22] = "s390",
  [40] = "32-bit ARM", [62] = "x86_64", [183] = "aarch64", [243] = "RISC-V", [258] = "LoongArch" }

local function head_of(path)
  local f <close> = io.open(path, "rb")
  return f and f:read(HEAD_SIZE) or ""
end

local function machine_of(head)
  if #head < 20 or head:sub(1, 4) ~= "\127ELF" then return nil end
  return string.unpack(head:byte(6) == 2 and ">I2" or "<I2", head, 19)
end

local function machine_name(n) return MACHINES[n] or "machine " .. n end

local function of_binary(shown, head)
  local here, machine = machine_of(head_of "/proc/self/exe"), machine_of(head)
  if here and machine ~= here then
    return string.format("%s is a program for %s, but this machine is %s: get the version for this machine", shown,
      machine_name(machine), machine_name(here))
  end
  local loader = head:match "%z(/[%w_/.-]*/ld[%w_.-]*)%z"
  if loader and not sys.stat(loader) then
    return string.format("%s needs the loader %s, which does not exist: it was built for another system", shown, loader)
  end
end

local function of_script(shown, _, head, depth)
  local line = head:match "^[^\n]*"
  local interpreter = line:match "^#![ \t]*([^ \t\r]*)"
  local full = project.resolve(interpreter)
  if line:find "\r$" then
    return string.format("the first line of %s ends with a carriage return (Windows line ends): "
      .. "the interpreter would be \"%s\\r\"; convert it: sed -i 's/\\r$//' %s",
      shown, line:match "^#![ \t]*([^\r]*)", shown)
  end
  if interpreter == "" then
    return string.format("the first line of %s names no interpreter after #!: write #!/bin/sh", shown)
  end
  if not sys.stat(full) then
    return string.format("the first line of %s names the interpreter %s, which does not exist: install it, "
      .. "or name another, as in #!/usr/bin/env %s", shown, interpreter, interpreter:match "[^/]*$")
  end
  local why = exec_refusal.why(interpreter, depth + 1)
  return why and string.format("the first line of %s names the interpreter %s: %s", shown, interpreter, why)
end

---@param name string a path as a script gave it, or an absolute one
---@return string?
function exec_refusal.why(name, depth)
  depth = depth or 0
  if depth > MAX_DEPTH then return "interpreters are nested too deeply" end
  local path = project.resolve(name)
  local shown = project.show_path(path)
  if shown == "" then shown = name end
  local kind = sys.stat(path)
  if not kind then return nil end
  if kind == "folder" then return string.format("%s is a folder, not a program", shown) end
  local _, executable = sys.entry(sys.realpath(path) or path)
  if kind == "file" and not executable then
    return string.format("%s may not be executed: chmod +x %s", shown, shown)
  end
  local head = head_of(path)
  if head:sub(1, 2) == "#!" then return of_script(shown, path, head, depth) end
  if head:find "^\xEF\xBB\xBF#!" then
    return string.format("a byte order mark precedes the #! of %s: remove it: sed -i '1s/^\\xEF\\xBB\\xBF//' %s",
      shown, shown)
  end
  if machine_of(head) then return of_binary(shown, head) end
  if head:sub(1, 2) == "MZ" then return string.format("%s is a program for Windows", shown) end
  if head == "" then return string.format("%s is empty", shown) end
  if head:find "%z" then return string.format("%s is not a program for this system", shown) end
  return string.format("%s is a text whose first line names no interpreter: "
    .. "begin it with #!/bin/sh, or with that of its language", shown)
end

return exec_refusal
