-- component_command: the commands of a kind of component, as `rille alerter`: list, describe, register, update, delete,
-- flavors.

local edit = require "rille.stack.edit"
local kinds = require "rille.stack.kinds"
local out = require "rille.show.out"
local stacks = require "rille.show.stacks"
local suggest = require "rille.base.suggest"

local component_command = {}

-- A script that defines flavors with rille.flavor.
local function load_script(path) if path then require("rille.run.script_file").library(path) end end

local actions = {}

function actions.list(kind) stacks.list_components(kind) end

function actions.describe(kind, name, args)
  load_script(args.script)
  stacks.describe_component(kind, name)
end

function actions.flavors(kind, name, args)
  load_script(args.script)
  stacks.flavors(kind, name)
end

local function need_name(kind, action, name)
  if not name then out.usage("%s %s: name one; usage: rille %s %s NAME", kind.word, action, kind.word, action) end
end

function actions.register(kind, name, args)
  need_name(kind, "register", name)
  if not args.flavor then
    out.usage("%s register %s: --flavor is missing; list them with rille %s flavors", kind.word, name, kind.word)
  end
  load_script(args.script)
  edit.change(function(made) edit.register_component(made, kind, name, args.flavor, args.set) end)
  stacks.changed(stacks.component_json(kind, name), "%s %s registered; add it to a stack: rille stack update STACK "
    .. "--%s %s", kind.title, name, kind.word, name)
end

function actions.update(kind, name, args)
  need_name(kind, "update", name)
  if not args.set and not args.unset then
    out.usage("%s update %s: give --set OPTION=VALUE or --unset OPTION", kind.word, name)
  end
  load_script(args.script)
  edit.change(function(made) edit.update_component(made, kind, name, args.set, args.unset) end)
  stacks.changed(stacks.component_json(kind, name), "%s %s updated", kind.title, name)
end

function actions.delete(kind, name)
  need_name(kind, "delete", name)
  local path = kind.name == "artifact_store" and stacks.path_of(kind, name)
  edit.change(function(made) edit.delete_component(made, kind, name) end)
  stacks.changed({ kind = kind.word, name = name, deleted = true }, "%s %s deleted%s", kind.title, name,
    path and "; the artifacts in " .. path .. " stay, and are found again when it is registered as before" or "")
end

-- What each action takes beside a name.
local TAKES <const> = { describe = { script = true }, flavors = { script = true },
  register = { flavor = true, set = true, script = true }, update = { set = true, unset = true, script = true } }

local OPTIONS <const> = { "flavor", "set", "unset", "script" }

local function check_options(kind, action, args)
  for _, name in ipairs(OPTIONS) do
    if args[name] and not (TAKES[action] or {})[name] then
      out.usage("%s %s: --%s has no effect here", kind.word, action, name)
    end
  end
end

local TEXT <const> = [[
rille WORD list [--json]
rille WORD describe [NAME] [--json]
rille WORD register NAME --flavor FLAVOR [--set OPTION=VALUE]...
rille WORD update NAME [--set OPTION=VALUE]... [--unset OPTION]...
rille WORD delete NAME
rille WORD flavors [FLAVOR] [--json]
SYNOPSIS
INTRO

  list       the PLURAL, and which stacks have them
  describe   one of them with its options; without a name that of the active
             stack
  register   add one; the options are those of its flavor
  update     set options, or set them back to their defaults with --unset
  delete     remove one that is in no stack
  flavors    what ARTICLE TITLE can be; with a name its options
ABOUT
  --set OPTION=VALUE   read as the type of the option; ${env:NAME} in a text is
                       replaced when a run opens the component, and secrets are
                       given in no other way
  --script FILE        a script that adds flavors with rille.flavor
OPTIONS  --json               COMPONENT: {"kind","name","flavor","path","exists",
                       "options","stacks"}; list: {"items":[COMPONENT],
                       "next":null}; flavors: {"items":[{"name","kind",
                       "summary","options","requires"}],"next":null}

Exit codes: 0 success; 2 usage; 3 no such name, or refused; 4 store error.

]]

local function sorted(map)
  local names = {}
  for name in next, map or {} do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- more: further actions; synopsis, about, about_options: lines of the help about them; options: theirs.
---@param record { word: string, order: integer, intro: string, examples: string, more: table<string, function>?,
--- options: table?, runs: boolean?, synopsis: string?, about: string?, about_options: string? }
---@return Command
function component_command.of(record)
  local kind = kinds.by_word[record.word]
  local parts = { INTRO = record.intro, SYNOPSIS = record.synopsis or "", ABOUT = record.about or "",
    OPTIONS = record.about_options or "", PLURAL = kind.title:gsub("y$", "ie") .. "s" }
  local help = TEXT:gsub("%f[%u]%u+%f[%U]", parts):gsub("WORD", record.word)
    :gsub("TITLE", kind.title):gsub("ARTICLE", kind.article)
  local command = { name = record.word, order = record.order,
    summary = record.summary, part_of = "list, describe, register, update and delete components",
    min = 1, max = not record.more and 2 or nil, runs = record.runs,
    usage = record.word .. " list | describe | register | update | delete | flavors [NAME] [--json]",
    words = { "list", "describe", "register", "update", "delete", "flavors" }, takes = { "-", record.word },
    options = {
      ["--flavor"] = { value = "FLAVOR", text = "the flavor of a new one" },
      ["--set"] = { value = "OPTION=VALUE", list = true, text = "set an option" },
      ["--unset"] = { value = "OPTION", list = true, text = "set an option back to its default" },
      ["--script"] = { value = "FILE", text = "a script that adds flavors" },
    },
    help = help .. record.examples }
  for name, option in next, record.options or {} do command.options[name] = option end
  for _, word in ipairs(sorted(record.more)) do command.words[#command.words + 1] = word end
  function command.run(args)
    local own = record.more and record.more[args[1]]
    if own then return own(args) or 0 end
    if args[3] then out.usage("%s %s: too many arguments", record.word, args[1]) end
    for name in next, record.options or {} do
      if args[name:gsub("^%-+", "")] then out.usage("%s %s: %s has no effect here", record.word, args[1], name) end
    end
    local action = actions[args[1]]
    if not action then
      out.usage("%s %s%s; see rille help %s", record.word, args[1], suggest.hint(args[1], command.words), record.word)
    end
    if args[1] == "list" and args[2] then out.usage("%s list takes no name", record.word) end
    check_options(kind, args[1], args)
    action(kind, args[2], args)
    return 0
  end
  return command
end

return component_command
