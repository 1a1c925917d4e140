-- rille kernel: installing it, and the protocol as Debian's python3-jupyter-kernel-test has it.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local jupyter = require "jupyter"
local json = require "rille.json"
local scratch = require "scratch"

local test = check.test

test("install writes a kernel that Jupyter's list finds, uninstall takes it away", function()
  jupyter.need(check)
  local project <close> = scratch.new()
  local jupyter_list = "JUPYTER_DATA_DIR=$PWD/data /usr/bin/jupyter kernelspec list --json"
  local r = project:sh("JUPYTER_DATA_DIR=$PWD/data $RILLE kernel install && " .. jupyter_list)
  check.eq(r.code, 0, r.err)
  local found = json.decode(r.out:match "\n({.*)").kernelspecs.rille
  check.eq(found.resource_dir, project:path "data/kernels/rille")
  check.eq(found.spec.language, "lua")
  check.eq(table.concat(found.spec.argv, " ", 2), "kernel --connection {connection_file}")
  check.has(project:read "data/kernels/rille/logo-svg.svg", "<svg")
  r = project:sh("JUPYTER_DATA_DIR=$PWD/data $RILLE kernel uninstall && " .. jupyter_list)
  check.has(r.out, "removed " .. project:path "data/kernels/rille")
  check.eq(json.decode(r.out:match "\n({.*)").kernelspecs.rille, nil)
end)

test("install: for the user by HOME and XDG_DATA_HOME, below a prefix, by another name", function()
  local project <close> = scratch.new()
  local r = project:sh [[unset JUPYTER_DATA_DIR XDG_DATA_HOME; export HOME=$PWD/home
    $RILLE kernel install --user && XDG_DATA_HOME=$PWD/xdg $RILLE kernel install
    $RILLE kernel install --prefix $PWD/usr/ --name Other]]
  check.eq(r.code, 0, r.err)
  check.eq(r.out, string.format("installed kernel rille in %s\ninstalled kernel rille in %s\n"
    .. "installed kernel other in %s\n", project:path "home/.local/share/jupyter/kernels/rille",
    project:path "xdg/jupyter/kernels/rille", project:path "usr/share/jupyter/kernels/other"))
  check.eq(json.decode(project:read "usr/share/jupyter/kernels/other/kernel.json").display_name, "other (rille)")
end)

test("uninstall leaves a kernel of another program alone", function()
  local project <close> = scratch.new()
  project:sh "mkdir -p data/kernels/rille"
  project:write("data/kernels/rille/kernel.json", '{"argv":["python3","-m","ipykernel_launcher"]}')
  local r = project:sh "JUPYTER_DATA_DIR=$PWD/data $RILLE kernel uninstall"
  check.eq(r.code, 2)
  check.has(r.err, "there is no kernel of rille in " .. project:path "data/kernels/rille")
  check.ok(project:read "data/kernels/rille/kernel.json")
end)

test("mistakes of the command line, and files that are no connection", function()
  local project <close> = scratch.new()
  project:write("bad.json", "{}")
  project:write("sha1.json", [[{ "shell_port": 1, "control_port": 2, "iopub_port": 3, "stdin_port": 4, "hb_port": 5,
    "signature_scheme": "hmac-sha1" }]])
  local function says(arguments, text)
    local r = project:rille("kernel " .. arguments)
    check.eq(r.code, 2)
    check.has(r.err, text)
  end
  says("", "expected install, uninstall or --connection FILE")
  says("instal", "expected install, uninstall or --connection FILE")
  says("install --user --prefix /usr", "give one of --user and --prefix")
  says("install --name a/b", "--name a/b: expected letters, digits, - _ and .")
  says("--connection none.json", "none.json")
  says("--connection bad.json", "bad.json has no shell_port")
  says("--connection sha1.json", "signature scheme hmac-sha1 is not supported; use hmac-sha256")
  says("install --connection bad.json", "--connection stands alone")
end)

test("without libzmq it says which package has it", function()
  local project <close> = scratch.new()
  project:write("c.json", [[{ "shell_port": 1, "control_port": 2, "iopub_port": 3, "stdin_port": 4, "hb_port": 5 }]])
  project:sh "mkdir lib; touch lib/libzmq.so.5"
  local r = project:sh "LD_LIBRARY_PATH=$PWD/lib $RILLE kernel --connection c.json"
  check.eq(r.err, "rille: kernel: libzmq.so.5 is not installed (Debian: apt-get install libzmq5)\n")
  check.eq(r.code, 4)
end)

test("the protocol's own tests pass", function()
  jupyter.need(check)
  local project <close> = scratch.new()
  local r = jupyter.run(project, "kernel_protocol.py")
  check.eq(r.code, 0, r.err)
  check.has(r.err, "Ran 12 tests")
  check.has(r.err, "OK (skipped=2)")          -- clear_output and a pager are not used
end)

check.done()
