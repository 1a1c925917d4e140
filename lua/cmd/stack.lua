-- rille stack list | show | describe | register | set | update | copy | delete | export | import

local edit = require "rille.stack.edit"
local kinds = require "rille.stack.kinds"
local out = require "rille.show.out"
local stacks = require "rille.show.stacks"
local suggest = require "rille.base.suggest"

local command = {
  name = "stack", order = 400, synopsis = "stack describe",
  summary = "show and change the components that runs use",
  usage = "stack list | show | describe | register | set | update | copy | delete | export | import [NAME] [--json]",
  min = 1, max = 3,
  takes = { "-", "stack" },
  words = { "list", "show", "describe", "register", "set", "update", "copy", "delete", "export", "import" },
  options = {
    ["--remove"] = { value = "KIND[=NAME]", list = true, text = "take components out of the stack" },
    ["--active"] = { text = "make the new stack the active one" },
    ["-o"] = { value = "FILE", text = "the file to write" },
    ["--script"] = { value = "FILE", text = "a script that adds flavors" },
  },
  help = [=[
rille stack list | show | describe [NAME]
rille stack register NAME [--KIND COMPONENT]... [--active]
rille stack set NAME
rille stack update NAME [--KIND COMPONENT]... [--remove KIND[=COMPONENT]]...
rille stack copy FROM TO
rille stack delete NAME
rille stack export NAME [-o FILE]
rille stack import FILE [NAME]

A stack is a named choice of the components that a run uses: an orchestrator, an
artifact store and a metadata store, and optionally experiment trackers,
alerters, a model registry, a model deployer and a data validator.  The stack
named default is always there: on this machine, in .rille (rille help stacks).

  list       the stacks and what they have
  show       the name of the active stack, which a run uses unless it names
             another
  describe   the components of a stack; without a name of the active one
  register   make a stack; what is not given is as in the stack default
  set        make a stack the active one
  update     replace the components of a kind, or remove some
  copy       make a stack with the components of another one
  delete     remove a stack; its components stay
  export     write a stack and its components as YAML
  import     add the stack of such a file, and the components that are not here;
             an equal component is used, a different one of that name is an
             error, and then nothing is changed

  --KIND COMPONENT   --orchestrator, --artifact-store, --metadata-store,
             --experiment-tracker, --alerter, --model-registry,
             --model-deployer, --data-validator; trackers and alerters may be
             repeated
  --script FILE   a script that adds flavors with rille.flavor
  --json     list: {"items":[{"name","active","components"}],"next":null};
             describe: {"name","active","components":[COMPONENT]}, as of rille
             alerter describe

Exit codes: 0 success; 2 usage; 3 no such name, or refused; 4 store error.

  rille stack describe
  rille stack copy default team
]=],
}

for _, kind in ipairs(kinds.list) do
  command.options["--" .. kind.word] = { value = kind.word:upper(), list = true,
    text = "the " .. kind.title .. " of the stack" }
end

-- The components that options name, by kind.
local function parts_of(args)
  local parts
  for _, kind in ipairs(kinds.list) do
    if args[kind.name] then
      parts = parts or {}
      parts[kind.name] = args[kind.name]
    end
  end
  return parts
end

local actions = {}

function actions.list() stacks.list() end
function actions.show() stacks.show() end
function actions.describe(args) stacks.describe(args[2]) end

local function changed(name, fmt, ...) stacks.changed(stacks.stack_json(name), fmt, ...) end

function actions.register(args)
  local name = args[2]
  edit.change(function(made)
    edit.register_stack(made, name, parts_of(args) or {})
    if args.active then edit.set_stack(made, name) end
  end)
  changed(name, "stack %s registered%s", name, args.active and "; it is the active one"
    or "; to make it the active one: rille stack set " .. name)
end

function actions.set(args)
  edit.change(function(made) edit.set_stack(made, args[2]) end)
  changed(args[2], "active stack: %s", args[2])
end

function actions.update(args)
  local parts = parts_of(args)
  if not parts and not args.remove then
    out.usage("stack update %s: give --KIND COMPONENT, or --remove KIND; see rille help stack", args[2])
  end
  edit.change(function(made) edit.update_stack(made, args[2], parts or {}, args.remove) end)
  changed(args[2], "stack %s updated", args[2])
end

function actions.copy(args)
  edit.change(function(made) edit.copy_stack(made, args[2], args[3]) end)
  changed(args[3], "stack %s copied to %s", args[2], args[3])
end

function actions.delete(args)
  edit.change(function(made) edit.delete_stack(made, args[2]) end)
  stacks.changed({ name = args[2], deleted = true }, "stack %s deleted", args[2])
end

function actions.export(args) require("rille.show.stack_file").export(args[2], args.o) end
function actions.import(args) require("rille.show.stack_file").import(args[2], args[3]) end

-- How many words each action takes after its own, and how they are written.
local WORDS <const> = { list = { 0, 0 }, show = { 0, 0 }, describe = { 0, 1, "[NAME]" }, register = { 1, 1, "NAME" },
  set = { 1, 1, "NAME" }, update = { 1, 1, "NAME" }, copy = { 2, 2, "FROM TO" }, delete = { 1, 1, "NAME" },
  export = { 1, 1, "NAME [-o FILE]" }, import = { 1, 2, "FILE [NAME]" } }

local TAKES <const> = { active = { register = true }, remove = { update = true }, o = { export = true },
  script = { describe = true, export = true, import = true } }

local function check_options(action, args)
  for name, of in next, TAKES do
    if args[name] and not of[action] then
      out.usage("stack %s: %s has no effect here", action, name == "o" and "-o" or "--" .. name)
    end
  end
  if parts_of(args) and action ~= "register" and action ~= "update" then
    out.usage("stack %s: components are given to rille stack register and update", action)
  end
end

function command.run(args)
  local action, words = actions[args[1]], WORDS[args[1]]
  if not action then
    out.usage("stack %s%s; see rille help stack", args[1], suggest.hint(args[1], command.words))
  end
  if #args - 1 < words[1] or #args - 1 > words[2] then
    out.usage("stack %s %s; usage: rille stack %s %s", args[1], #args - 1 < words[1] and "needs a name"
      or "has too many words", args[1], words[3] or "")
  end
  check_options(args[1], args)
  if args.script then require("rille.run.script_file").library(args.script) end
  action(args)
  return 0
end

return command
