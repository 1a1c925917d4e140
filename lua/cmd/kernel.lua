-- rille kernel: a kernel for Jupyter

local json = require "rille.json"
local out = require "rille.show.out"
local project = require "rille.project"
local sys = require "rille.host.sys"

local command = {
  name = "kernel", order = 31, synopsis = "kernel install", runs = true,
  summary = "run notebooks of Jupyter with rille",
  usage = "kernel install|uninstall [--user | --prefix DIR] [--name N]\nkernel --connection FILE",
  max = 1, words = { "install", "uninstall" },
  options = {
    ["--connection"] = { value = "FILE", text = "serve the front end that wrote FILE; Jupyter says this" },
    ["--user"] = { text = "for this user (the default)" },
    ["--prefix"] = { value = "DIR", text = "below DIR/share/jupyter, as /usr/local" },
    ["--name"] = { value = "N", text = "the name of the kernel (default rille)" },
  },
  help = [[
rille kernel install [--user | --prefix DIR] [--name N]
rille kernel uninstall [--user | --prefix DIR] [--name N]
rille kernel --connection FILE

install lets Jupyter find rille: notebooks, consoles and nbconvert then run
cells with it.  The folder is ~/.local/share/jupyter/kernels/rille (below
JUPYTER_DATA_DIR or XDG_DATA_HOME if set), or one below DIR/share/jupyter.
uninstall removes it.  Jupyter itself starts kernels, with --connection.

A cell is what an entry of the prompt is (rille help repl), and more: its last
statement may be an expression, whose value is shown.  Locals stay for later
cells.  A cell may begin with commands: .runs, .graph NAME, .plot EXPR, ?NAME.

Frames are shown as tables; drawings (run:graph(), rille.show) and plots as
images.  What steps and programs print appears while they run.  The notebook's
interrupt ends a cell, also one that runs steps, and keeps the variables.
io.read asks in the notebook.

  --user          for this user (the default)
  --prefix DIR    for an installation below DIR, as /usr/local
  --name N        the name of the kernel (default rille)

The kernel needs libzmq (Debian: libzmq5).

Exit codes: 0 success; 2 usage; 4 the folder cannot be written, libzmq is not
installed, or the addresses of FILE are in use.

  rille kernel install
  rille kernel install --prefix /usr/local --name rille-dev
]],
}

local PORTS <const> = { "shell_port", "control_port", "iopub_port", "stdin_port", "hb_port" }

-- What the front end wrote, checked.
local function read_connection(path)
  local text, message = sys.read_file(path)
  if not text then out.usage("kernel --connection: %s", message) end
  local ok, given = pcall(json.decode, text)
  if not ok or type(given) ~= "table" then out.usage("kernel --connection: %s is not a connection file", path) end
  for _, name in ipairs(PORTS) do
    if math.type(given[name]) ~= "integer" then out.usage("kernel --connection: %s has no %s", path, name) end
  end
  local scheme = given.signature_scheme
  if scheme and scheme ~= "" and scheme ~= "hmac-sha256" then
    out.usage("kernel --connection: signature scheme %s is not supported; use hmac-sha256", tostring(scheme))
  end
  local made = { transport = tostring(given.transport or "tcp"), ip = tostring(given.ip or "127.0.0.1"),
    key = tostring(given.key or "") }
  for _, name in ipairs(PORTS) do made[name] = given[name] end
  return made
end

local function serve(path)
  local connection = read_connection(path)
  local environment = package.loaded._G
  require("rille.run.script_file").interactive()
  rawset(environment, "rille", rawget(environment, "rille") or require("rille.base.upcalls").public_face())
  local code, message = require("rille.kernel").serve(connection, environment)
  if not code then project.fail("kernel: " .. message, -3) end
  return code
end

function command.run(args)
  if args.connection then
    if args[1] or args.user or args.prefix or args.name then out.usage "kernel: --connection stands alone" end
    return serve(args.connection)
  end
  local kernelspec, name = require "rille.kernel.kernelspec", args.name or "rille"
  if args.user and args.prefix then out.usage "kernel: give one of --user and --prefix" end
  if not name:find "^[%w_.-]+$" or name:find "^%." then
    out.usage("kernel --name %s: expected letters, digits, - _ and .", name)
  end
  if args[1] == "install" then
    out.line("installed kernel %s in %s", name:lower(), kernelspec.write(args.prefix, name:lower()))
  elseif args[1] == "uninstall" then
    local folder = kernelspec.remove(args.prefix, name:lower())
    if not folder then
      out.usage("kernel uninstall: there is no kernel of rille in %s", kernelspec.folder(args.prefix, name:lower()))
    end
    out.line("removed %s", folder)
  else
    out.usage "kernel: expected install, uninstall or --connection FILE; see rille help kernel"
  end
end

return command
