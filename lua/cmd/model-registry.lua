-- rille model-registry list | describe | register | update | delete | flavors, and of what is published:
-- models | show | publish | import | stage | remove | verify

local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local project = require "rille.project"

local function registry_out() return require "rille.show.registry_out" end

local function open(args, method) return registry_out().open(args.registry, method) end

-- Runs an action; its mistakes are those of the command line.
local function said(f, args)
  for _, name in ipairs { "flavor", "set", "unset" } do
    if args[name] then out.usage("model-registry %s: --%s has no effect here", args[1], name) end
  end
  if args.as and args[1] ~= "publish" and args[1] ~= "import" then
    out.usage("model-registry %s: --as has no effect here", args[1])
  end
  -- the project is that of the working folder, wherever the script is
  if args.script then require("rille.run.script_file").library(args.script, nil, nil, project.folder()) end
  local ok, code = pcall(f, args)
  if ok then return code or 0 end
  if type(code) == "string" then errors.at(nil, "%s", errors.without_place(code)) end
  error(code, 0)
end

-- MODEL[@VERSION] of the second argument.
local function named(args, usage, most)
  if not args[2] or args[(most or 2) + 1] then out.usage("usage: rille model-registry %s", usage) end
  local model, which = args[2]:match "^([^@]+)@(.+)$"
  return model or args[2], which
end

local function found(registry, model, which)
  local version, why = registry:find(model, which)
  return version or errors.at(nil, "%s", why)
end

local more = {}

function more.models(args)
  if args[3] then out.usage "usage: rille model-registry models [MODEL]" end
  local registry = open(args, "models")
  if args[2] then registry_out().versions(registry, args[2]) else registry_out().models(registry) end
end

function more.show(args)
  local model, which = named(args, "show MODEL[@VERSION]")
  registry_out().show(found(open(args, "find"), model, which))
end

function more.publish(args)
  local model, which = named(args, "publish MODEL[@VERSION] [--as NAME]")
  local registry, name = open(args, "publish")
  registry_out().publish(registry, name, model, which, args.as)
end

more["import"] = function(args)
  local model, which = named(args, "import MODEL[@VERSION] [--as NAME]")
  local registry, name = open(args, "find")
  registry_out().import(registry, name, found(registry, model, which), args.as)
end

local function tell(version, text)
  if global_options.json then return out.json(registry_out().json(version)) end
  if not global_options.quiet then out.line("model %s, version %d: %s", version.model, version.number, text) end
end

function more.stage(args)
  local model, which = named(args, "stage MODEL@VERSION STAGE", 3)
  if not args[3] or not which then out.usage "usage: rille model-registry stage MODEL@VERSION STAGE" end
  local registry = open(args, "set_stage")
  local version = found(registry, model, which)
  local stage = require("rille.project.stages").check("stage", args[3]) or "none"
  registry:set_stage(version, stage)
  version.stage = stage ~= "none" and stage ~= "archived" and stage or nil
  tell(version, version.stage and "moved to " .. stage or "has no stage")
end

function more.remove(args)
  local model, which = named(args, "remove MODEL@VERSION")
  if not which then out.usage "usage: rille model-registry remove MODEL@VERSION" end
  local registry = open(args, "remove")
  local version = found(registry, model, which)
  registry:remove(version.model, version.number)
  tell(version, "removed from the registry")
end

function more.verify(args)
  if args[3] then out.usage "usage: rille model-registry verify [MODEL]" end
  local registry, n, wrong = open(args, "verify"), 0, {}
  for _, one in ipairs(registry:models()) do
    if one.wrong and (not args[2] or args[2] == one.name) then wrong[#wrong + 1] = one.wrong end
    for _, number in ipairs((not args[2] or args[2] == one.name) and one.numbers or {}) do
      local version, why = registry:version(one.name, number)
      n = n + 1
      local list = version and registry:verify(version) or { why }
      table.move(list, 1, #list, #wrong + 1, wrong)
    end
  end
  if global_options.json then out.json { versions = n, problems = json.array(wrong) }
  else
    for _, line in ipairs(wrong) do out.line("%s", line) end
    out.line("%s verified, %s", require("rille.base.format").plural(n, "version"),
      wrong[1] and require("rille.base.format").plural(#wrong, "problem") or "all intact")
  end
  return wrong[1] and 1 or 0
end

for name, f in next, more do more[name] = function(args) return said(f, args) end end

return require("rille.show.component_command").of {
  word = "model-registry", order = 425, summary = "where versions of models are published", more = more, runs = true,
  synopsis = [[
rille model-registry models [MODEL] [--json]
rille model-registry show MODEL[@VERSION] [--json]
rille model-registry publish MODEL[@VERSION] [--as NAME] [--json]
rille model-registry import MODEL[@VERSION] [--as NAME] [--json]
rille model-registry stage MODEL@VERSION STAGE
rille model-registry remove MODEL@VERSION
rille model-registry verify [MODEL] [--json]
]],
  intro = [[
A model registry has versions of models outside of the project, for others to
use: their artifacts, signature, metadata and stage, as data, checked by SHA-256
whenever they are read.  The actions on its models are those of the active
stack's registry, or of that of --registry.  VERSION is a number, a stage or a
version's own name; without it that in production.]],
  about = [[
  models     the models that are published; with a name its versions
  show       a published version
  publish    copy a version of this project's model there, with its stage; a
             version that is there never changes
  import     make a published version a new version of a model of this project,
             by a run of a pipeline import_MODEL; serve it with rille deploy
  stage      move a published version to a stage, or to none
  remove     remove a published version
  verify     read everything and check it; exit code 1 if something is damaged

With --set publish=production, a version that a run or rille model promote moves
to that stage is published by itself.
]],
  about_options = [[
  --registry NAME      another registry than that of the active stack
  --as NAME            the model's name there (publish) or here (import)
]],
  options = {
    ["--registry"] = { value = "NAME", text = "of models ... verify: another registry than the active stack's" },
    ["--as"] = { value = "NAME", text = "of publish and import: another name for the model" },
  },
  examples = [[
  rille model-registry register team --flavor local --set path=/mnt/team/models
  rille model-registry publish digits@production
]],
}
