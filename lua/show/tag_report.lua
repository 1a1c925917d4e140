-- tag_report: what `rille tag` and `rille untag` do to a run or an artifact, and what they say.

local did_you_mean = require "rille.query.did_you_mean"
local errors = require "rille.base.errors"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local history = require "rille.query.history"
local json = require "rille.json"
local out = require "rille.show.out"
local project = require "rille.project"
local suggest = require "rille.base.suggest"
local tagging = require "rille.query.tagging"
local terminal = require "rille.base.terminal"

local tag_report = {}

-- What has the name, a run before an artifact, as in rille show: its kind, its row, itself.
local function find(what)
  local run = history.find_run(what, true)
  if run then return "run", rawget(run, "row").row, run end
  local owner, id = history.find_with_step(what)
  if owner then
    errors.at(nil, "steps have no tags; tag the run (%s) or an artifact of the step (rille show %s/%s)", owner.name,
      owner.name, id)
  end
  local row = project.meta:find_artifact(what)
  if row then
    local artifact = history.artifact_of(row)
    return "artifact", history.tagged_row(artifact), artifact
  end
  local model, which = what:match "^([^@]+)@?(.*)$"
  if model and project.meta:model(model) then
    local version = require("rille.script.model_version").find(model, which ~= "" and which or "latest")
    return "model", version.id, { name = model, version = version.number }
  end
  local _, message = history.find_run(what)
  if did_you_mean.run_of_pipeline(what) then errors.at(nil, "%s", message) end
  if what:find "@[^@]*$" and did_you_mean.version(what) then errors.at(nil, "%s", did_you_mean.version(what)) end
  if not message:find "; " then message = message .. did_you_mean.artifact(what) end
  errors.at(nil, "%s; no artifact has that name either (see rille runs, rille artifact list)", message)
end

local function tags_now(kind, row)
  if kind == "run" then return json.unpack(project.meta:run(row).tags) end
  return project.meta:tags(kind, row)
end

local function difference(names, others)
  local list = {}
  for _, name in ipairs(names) do
    if not suggest.has(name, others) and not suggest.has(name, list) then list[#list + 1] = name end
  end
  return list
end

local function title(kind, one)
  return kind == "run" and "run " .. one.name or string.format("%s version %d", one.name, one.version)
end

-- "run r1: added best; nightly was there already" and what it has now
local function say(kind, one, changed, same, added, all)
  local parts = {}
  if changed[1] then parts[1] = (added and "added " or "removed ") .. table.concat(changed, ", ") end
  if same[1] then
    parts[#parts + 1] = (#parts == 0 and "unchanged: " or "") .. table.concat(same, ", ")
      .. (added and (#same == 1 and " was already there" or " were already there")
        or (#same == 1 and " was not there" or " were not there"))
  end
  terminal.put(format.in_colour("bold", title(kind, one)), ": ", table.concat(parts, "; "), "\n")
  terminal.put("tags: ", all[1] and table.concat(all, ", ") or "none", "\n")
end

-- Carries the command out.
---@param args string[] the name and the tags
---@param added boolean
---@return integer code
function tag_report.run(args, added)
  project.need "read"
  local kind, row, one = find(args[1])
  local names = table.move(args, 2, #args, 1, {})
  local flaw = tagging.flaw(kind, names, added)
  if flaw then out.usage("%s: %s", added and "tag" or "untag", flaw) end
  local changed = tagging.change(kind, row, names, added)
  local all = tags_now(kind, row)
  if global_options.json then
    out.json { kind = kind, name = one.name, version = kind ~= "run" and one.version or nil,
      changed = json.array(changed), tags = json.array(all) }
  elseif not global_options.quiet then
    say(kind, one, changed, difference(names, changed), added, all)
  end
  return 0
end

return tag_report
