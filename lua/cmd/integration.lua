-- rille integration list | requirements | install

local errors = require "rille.base.errors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local integrations = require "rille.stack.integrations"
local json = require "rille.json"
local out = require "rille.show.out"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local command = {
  name = "integration", order = 410, synopsis = "integration list",
  summary = "show and install what other software brings",
  usage = "integration list | requirements | install [NAME...] [-f] [--json]",
  min = 1,
  words = { "list", "requirements", "install" },
  options = {
    ["-f"] = { text = "install without asking" },
    ["--missing"] = { text = "only packages that are not installed" },
    ["--script"] = { value = "FILE", text = "a script that adds flavors" },
  },
  help = [[
rille integration list [--json]
rille integration requirements [NAME...] [--missing] [--json]
rille integration install [NAME...] [-f]

rille needs nothing beside itself.  Some things work only where other software
is installed; it is used when it is there, and rille says what is missing when
something asks for it.

  list           each integration, the Debian packages that bring it, and
                 whether they are installed
  requirements   the packages of some integrations, or of all, one per line
  install        install the missing packages with apt-get (with sudo, unless
                 you are root), after a question

  -f         install without asking
  --missing  only packages that are not installed
  --script FILE   a script that adds flavors with rille.flavor, which may
             require packages
  --json     list: {"items":[{"name","summary","packages","installed"}],
             "next":null}; requirements: {"items":[PACKAGE],"next":null}

Exit codes: 0 success; 2 usage; 3 no such integration, or installing failed.

  rille integration list
  rille integration install webhook
]],
}

local function chosen(args)
  local names = table.move(args, 2, #args, 1, {})
  local list, message = integrations.named(names)
  if not list then errors.at(nil, "%s", message) end
  return list
end

local actions = {}

function actions.list(args)
  if args[2] then out.usage "integration list takes no name; usage: rille integration list" end
  local rows, items = {}, {}
  for i, one in ipairs(chosen(args)) do
    local packages, installed = integrations.packages { one }, not integrations.packages({ one }, true)[1]
    rows[i] = { one.name, { installed and "yes" or "no", installed and "green" or "yellow" },
      table.concat(packages, " "), one.summary }
    items[i] = { name = one.name, summary = one.summary, packages = json.array(packages), installed = installed }
  end
  if global_options.json then return out.json { items = json.array(items), next = json.null } end
  terminal.put(format.table({ "integration", "installed", "packages", "for" }, rows))
end

function actions.requirements(args)
  local packages = integrations.packages(chosen(args), args.missing)
  if global_options.json then return out.json { items = json.array(packages), next = json.null } end
  for _, name in ipairs(packages) do out.line("%s", name) end
end

local function ask(packages)
  if not sys.is_terminal(0) then
    out.usage("integration install: standard input is not a terminal; -f installs %s without asking",
      table.concat(packages, " "))
  end
  terminal.say("install ", table.concat(packages, " "), " with apt-get? [y/N] ")
  local answer = io.stdin:read "l"
  return answer ~= nil and answer:lower():find "^%s*y" ~= nil
end

local function install(packages)
  for _, name in ipairs(packages) do
    if not integrations.is_package(name) then
      errors.at(nil, "%s is not the name of a package", errors.describe(name))
    end
  end
  local words = table.concat(packages, " ")
  if not os.execute "command -v apt-get >/dev/null" then
    errors.at(nil, "this system has no apt-get; install what it calls: %s", words)
  end
  local root = sys.getuid() == 0 and "" or "sudo "
  if root ~= "" and not os.execute "command -v sudo >/dev/null" then
    errors.at(nil, "only root can install packages; as root run: apt-get install %s", words)
  end
  if not os.execute(root .. "apt-get install -y " .. words .. " </dev/null 1>&2") then
    errors.at(nil, "apt-get did not install %s; its messages are above", words)
  end
end

function actions.install(args)
  local list = chosen(args)
  local packages = integrations.packages(list, true)
  if not packages[1] then return out.line "everything is installed" end
  if not args.f and not ask(packages) then return out.line "nothing was installed" end
  install(packages)
  local left = integrations.packages(list, true)
  if left[1] then errors.at(nil, "installed, but rille does not find what %s should bring", table.concat(left, " ")) end
  out.line("installed %s", table.concat(packages, " "))
end

function command.run(args)
  local action = actions[args[1]]
  if not action then
    out.usage("integration %s%s; usage: rille %s", args[1], suggest.hint(args[1], command.words), command.usage)
  end
  if args.f and args[1] ~= "install" then out.usage("integration %s: -f has no effect here", args[1]) end
  if args.missing and args[1] ~= "requirements" then
    out.usage("integration %s: --missing has no effect here", args[1])
  end
  if args.script then require("rille.run.script_file").library(args.script) end
  action(args)
  return 0
end

return command
