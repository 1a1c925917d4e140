-- jupyter.lua -- programs in Python that are front ends of rille's kernel.
--
--   jupyter.need(check)                             skips the test where there is no Jupyter
--   local r = jupyter.run(project, "kernel_protocol.py", "words")       of tests/lib
--   jupyter.python(check, project, [[ k = Kernel() ... ]])              with kernel_client.py

local paths = require "paths"
local scratch = require "scratch"

local jupyter = {}

local has

function jupyter.need(check)
  if has == nil then
    has = os.execute "/usr/bin/python3 -c 'import jupyter_kernel_test, nbformat' >/dev/null 2>&1" or false
  end
  if not has then check.cannot "there is no Jupyter here (python3-jupyter-kernel-test, jupyter-nbconvert)" end
end

-- What a command of the shell runs in: the kernel is installed for the project alone.
jupyter.ENVIRONMENT = "export JUPYTER_DATA_DIR=$PWD/.jupyter JUPYTER_RUNTIME_DIR=$PWD/.runtime RILLE_HISTORY=hist "
  .. "PYTHONDONTWRITEBYTECODE=1; $RILLE kernel install >.installed || exit 1; "

-- Runs a program of tests/lib in the folder of the project; r.code, r.out, r.err.
function jupyter.run(project, name, words)
  return project:sh(string.format("%s/usr/bin/python3 %s %s", jupyter.ENVIRONMENT,
    scratch.quoted(paths.root .. "/tests/lib/" .. name), words or ""))
end

-- Runs a text in Python that begins with all of kernel_client.py; it has to succeed.
function jupyter.python(check, project, text)
  jupyter.need(check)
  project:write("case.py", "from kernel_client import *\n" .. text)
  local r = project:sh(string.format("%sPYTHONPATH=%s exec /usr/bin/python3 case.py", jupyter.ENVIRONMENT,
    scratch.quoted(paths.root .. "/tests/lib")))
  check.eq(r.code, 0, r.err .. r.out .. (project:read "kernel.log" or ""))
  return r.out
end

return jupyter
