-- rille model list | show | history | promote | delete | version

local errors = require "rille.base.errors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local json = require "rille.json"
local out = require "rille.show.out"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"

local command = {
  name = "model", order = 310, synopsis = "model list",
  summary = "list models; also show, history, promote, delete",
  usage = "model list | show NAME | history NAME | promote NAME[@VERSION] STAGE | promote NAME [STAGE] --back | "
    .. "delete NAME | version list [NAME] | version show NAME@VERSION | version delete NAME@VERSION",
  takes = { "-", "model" },
  min = 1, max = 4,
  words = { "list", "show", "history", "promote", "delete", "version" },
  options = {
    ["--stage"] = { value = "STAGE", text = "of list: with a version in this stage" },
    ["--tag"] = { value = "TAG", text = "of list: with a version that has this tag" },
    ["--since"] = { value = "TIME", text = "of version list: created since" },
    ["--where"] = { value = "EXPR", text = "of version list: only those for which EXPR is true" },
    ["--sort"] = { value = "FIELD", text = "of version list: largest first; FIELD:asc smallest first" },
    ["--columns"] = { value = "FIELD,...", text = "of version list: show these fields" },
    ["--force"] = { text = "archive the holder of the stage; delete what is in use" },
    ["--metric"] = { value = "STEP.NAME", text = "promote only if this metric is as good as the holder's, or better" },
    ["--better"] = { value = "higher|lower", words = { "higher", "lower" }, text = "which value of it is better" },
    ["--reason"] = { value = "TEXT", text = "why, for the history" },
    ["--back"] = { text = "return the stage to the version that had it before" },
    ["--yes"] = { text = "delete without asking" },
    ["--limit"] = { value = "N", text = "at most N versions" },
    ["--cursor"] = { value = "CURSOR", text = "the page that starts at CURSOR" },
  },
  help = [=[
rille model list [--stage STAGE] [--tag TAG] [--json]
rille model show NAME [--json]
rille model history NAME [--json]
rille model promote NAME[@VERSION] STAGE [--force] [--reason TEXT]
                    [--metric STEP.NAME [--better higher|lower]]
rille model promote NAME [STAGE] --back
rille model delete NAME [--force] [--yes]
rille model version list [NAME] [--stage STAGE] [--tag TAG] [--since TIME]
                    [--where EXPR] [--sort FIELD] [--columns FIELD,...]
                    [--limit N] [--cursor CURSOR] [--json]
rille model version show NAME[@VERSION] [--json]
rille model version delete NAME@VERSION [--force] [--yes]

A model collects the artifacts that belong together, under versions that runs
make (rille help models).  VERSION is a number (3 or v3), the version's own
name, a stage, a tag, or latest, which is also meant where it is left out.

promote moves a version to a stage: staging, production, archived, none, or one
of the project's own.  A stage has one version; another one that has it is
archived with --force, else promote is refused.  With --metric the version is
moved if no other has the stage or if its metric is at least as good, and the
other is archived.  --back returns the stage (production) to the version that
had it before.  history lists all moves.

delete refuses what has a stage or was used by other runs; --force deletes it
anyway and names what loses it.  Artifacts and runs stay; the numbers of deleted
versions are not given again.

version list has all versions of a model, or of all models, newest first.  EXPR
is written as in rille runs, of the fields model number name stage created
license tag; pipeline run params.NAME metric.NAME and metric.STEP.NAME are those
of the run that made the version: 'stage = none and metric.acc > 0.9'.

  --json   list: {"items":[{"name","versions","latest","created",
           "description","license"}],"next":null}
           history: {"items":[{"version","from","to","time","who","reason",
           "run","displaced_by","back"}],"next":null}

Exit codes: 0 success; 1 a promotion by metric kept the holder; 2 usage; 3 no
such model or version, or the change is refused; 4 no store.

  rille model promote digits@3 production --force
  rille model version show digits@production
]=],
}

local function model_out() return require "rille.show.model_out" end

local actions, version_actions = {}, {}

local function need(args, n, usage) if not args[n] then out.usage("usage: rille %s", usage) end end

local function no_more(args, n, usage)
  if args[n + 1] then out.usage("unexpected argument %s; usage: rille %s", args[n + 1], usage) end
end

-- Runs f; its mistakes are those of the command line, not of a script.
local function said(f, ...)
  local ok, a, b = pcall(f, ...)
  if ok then return a, b end
  if type(a) == "string" then errors.at(nil, "%s", errors.without_place(a)) end
  error(a, 0)
end

-- Lists ------------------------------------------------------------------------------------------

function actions.list(args)
  no_more(args, 1, "model list")
  local stage = args.stage and (require("rille.project.stages").check("--stage", args.stage) or "none")
  model_out().list(function(row)
    if not stage and not args.tag then return true end
    local listing = require "rille.query.listing"
    return listing.model_versions({ model = row.id, stage = stage, tag = args.tag, limit = 1 })[1] ~= nil
  end)
  return 0
end

function actions.show(args)
  need(args, 2, "model show NAME")
  no_more(args, 2, "model show NAME")
  local name, which = model_out().split(args[2])
  if which then model_out().version(name, which) else model_out().show(name) end
  return 0
end

function actions.history(args)
  need(args, 2, "model history NAME")
  no_more(args, 2, "model history NAME")
  model_out().history(args[2])
  return 0
end

-- Promotions -----------------------------------------------------------------------------------------

local PROMOTE <const> = "model promote NAME[@VERSION] STAGE"

-- The version that had the stage before its holder: moves are followed as they were made, a move back takes the last
-- one away again.
local function holder_before(moves, held_now, stage)
  local held, holder = {}, nil
  for _, move in ipairs(moves) do
    if move.stage == stage then
      if move.back == 1 then held[#held] = nil end
      if move.back == 0 or not held[1] or held[#held].version ~= move.version then held[#held + 1] = move end
    end
  end
  for _, row in ipairs(held_now) do if row.stage == stage then holder = row.id end end
  for i = #held, 1, -1 do
    if not held[i].deleted and held[i].version ~= holder then return held[i], holder end
  end
end

local function back(args, model)
  local stage = said(require("rille.project.stages").check, "promote --back", args[3] or "production")
  local before, holder = holder_before(project.answer(project.meta:stage_moves(model.id)) or {},
    project.answer(project.meta:model_stages(model.id)) or {}, stage)
  if not before then
    errors.at(nil, "model %s: no other version was in %s before; see rille model history %s", model.name,
      tostring(stage), model.name)
  end
  return { version = before.version, stage = stage, back = 1, force = 1, reason = args.reason, holder = holder or 0 },
    before.number
end

local function forward(args, model, which)
  local model_version = require "rille.script.model_version"
  if args[4] then
    if which then errors.at(nil, "the version is given twice: %s and %s", args[2], args[3]) end
    which, args[3], args[4] = args[3], args[4], nil
  end
  local options = { metric = args.metric, better = args.better, reason = args.reason }
  local request = require("rille.execute.model_context").promotion("promote", args[3], options)
  local row = model_version.need(model, which)
  request.version, request.force = row.id, args.force and 1 or 0
  return request, row.number
end

local function tell(model, number, move)
  local text = require("rille.show.model_text").move(move)
  if global_options.json then
    move.model, move.number = model, number
    return out.json(move)
  end
  -- with -q only what was not done
  if global_options.quiet and move.outcome == "promoted" then return end
  out.line("model %s, version %d: %s", model, number, text or "already has no stage")
end

local function refuse(model, number, move)
  if move.outcome == "held" then
    errors.at(nil, "model %s: version %d is in %s; add --force to archive it", model, move.displaced, move.stage)
  elseif move.outcome == "changed" then
    errors.at(nil, "model %s: another version was moved to %s meanwhile; see rille model history %s", model, move.stage,
      model)
  elseif move.outcome == "gone" then
    errors.at(nil, "model %s: version %d was deleted meanwhile", model, number)
  end
end

function actions.promote(args)
  need(args, args.back and 2 or 3, PROMOTE)
  local name, which = model_out().split(args[2])
  local model = said(require("rille.script.model_version").model, name)
  if args.back then
    if which or args[4] then out.usage "promote --back takes a model and a stage: promote NAME [STAGE] --back" end
  end
  local request, number = said(args.back and back or forward, args, model, which)
  local move = require("rille.query.past_model").move(request)
  refuse(name, number, move)
  tell(name, number, move)
  if move.outcome == "promoted" and move.stage and project.is_configured() then
    local stack = require("rille.stack").current()
    local text = require("rille.query.publish_on_promotion").moved(stack, name, number, move.stage)
    if text and not global_options.quiet then terminal.say(text, "\n") end
  end
  return move.outcome == "kept" and 1 or 0
end

-- Deleting -----------------------------------------------------------------------------------------------

-- Asks on a terminal; elsewhere --yes is required.
local function confirm(args, what)
  if args.yes then return true end
  if not sys.is_terminal(0) then out.usage("delete %s: add --yes, as nobody can be asked here", what) end
  terminal.say(string.format("delete %s? Its artifacts and runs stay. [y/N] ", what))
  local answer = io.stdin:read "l"
  return answer == "y" or answer == "yes"
end

local ROLES <const> = { used = "asked for it", read = "read its artifacts" }
local NAMED <const> = 5         -- runs that are named

-- What loses the versions, as lines.
local function losers(told)
  local lines = {}
  for _, one in ipairs(told.stages) do lines[#lines + 1] = string.format("version %d is in %s", one[1], one[2]) end
  for k, one in ipairs(told.runs) do
    if k > NAMED then break end
    lines[#lines + 1] = string.format("version %d: run %s %s", one[1], one[2], ROLES[one[3]] or one[3])
  end
  if told.uses > NAMED then lines[#lines + 1] = "and " .. format.plural(told.uses - NAMED, "other run") end
  return lines
end

-- A deployment that serves the model, or that version of it: it would answer until it is stopped, and never again.
local function check_served(args, name, number)
  for _, one in ipairs(not args.force and require("rille.project.deployments").list() or {}) do
    if one.state == "running" and one.model == name and (not number or one.version == number) then
      errors.at(nil, "deployment %s serves version %d of model %s; stop it with rille deploy stop %s, or add --force",
        one.name, one.version, name, one.name)
    end
  end
end

local function delete(args, request, what)
  if not confirm(args, what) then return 0 end
  project.need "write"
  request.force, request.who = args.force and 1 or 0, sys.user()
  local told = json.unpack((project.check(project.meta:model_delete(json.pack(request)))))
  local lines = told.outcome ~= "gone" and losers(told) or {}
  if told.outcome == "gone" then errors.at(nil, "%s was deleted meanwhile", what) end
  if told.outcome == "refused" then
    errors.at(nil, "%s is in use; add --force to delete it anyway\n  %s", what, table.concat(lines, "\n  "))
  end
  if global_options.json then
    out.json(told)
  elseif not global_options.quiet then
    out.line("%s is deleted", what)
    for _, line in ipairs(lines) do out.line("  %s", (line:gsub(" is in ", " was in "))) end
  end
  return 0
end

function actions.delete(args)
  need(args, 2, "model delete NAME")
  no_more(args, 2, "model delete NAME")
  local model = said(require("rille.script.model_version").model, args[2])
  check_served(args, model.name)
  return delete(args, { model = model.id }, "model " .. model.name)
end

-- Versions -------------------------------------------------------------------------------------------------

local LIMIT <const> = 50

function version_actions.list(args)
  no_more(args, 3, "model version list [NAME]")
  local value_parser = require "rille.script.value_parser"
  local columns = {}
  for name in (args.columns or ""):gmatch "[^,]+" do columns[#columns + 1] = name:match "^%s*(.-)%s*$" end
  local stage = args.stage and (said(require("rille.project.stages").check, "--stage", args.stage) or "none")
  said(model_out().versions, { tag = args.tag, stage = stage, where = args.where,
    since = value_parser.since("--since", args.since), sort = args.sort, columns = columns,
    limit = value_parser.count("--limit", args.limit, LIMIT),
    cursor = args.cursor }, args[3])
  return 0
end

function version_actions.show(args)
  need(args, 3, "model version show NAME[@VERSION]")
  local name, which = said(model_out().split, args[3], args[4])
  said(model_out().version, name, which)
  return 0
end

function version_actions.delete(args)
  need(args, 3, "model version delete NAME@VERSION")
  local name, which = said(model_out().split, args[3], args[4])
  if not which then out.usage("usage: rille model version delete NAME@VERSION") end
  local row, model = said(require("rille.script.model_version").find, name, which)
  check_served(args, name, row.number)
  return delete(args, { model = model.id, version = row.id },
    string.format("model %s, version %s", name, require("rille.script.model_version").label(row)))
end

function actions.version(args)
  local action = version_actions[args[2] or ""]
  if not action then
    local hint = args[2] and suggest.hint(args[2], { "list", "show", "delete" })
    out.usage("%susage: rille model version list [NAME] | show NAME@VERSION | delete NAME@VERSION",
      hint and string.format("model version %s%s; ", args[2], hint) or "")
  end
  return action(args)
end

function command.run(args)
  local action = actions[args[1]]
  if not action then
    out.usage("model %s%s; usage: rille %s", args[1], suggest.hint(args[1], command.words), command.usage)
  end
  project.need "read"
  return said(action, args)
end

return command
