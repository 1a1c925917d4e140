-- rille runs [PIPELINE]

local json = require "rille.json"
local mistake = require "rille.mistake"
local paint = require "rille.paint"
local session = require "rille.session"
local settings = require "rille.settings"
local shape = require "rille.shape"
local suggest = require "rille.suggest"

local STATUSES = { "running", "completed", "failed", "stopped" }

local command = {
  usage = "runs [PIPELINE] [--status S] [--limit N] [--all] [--json]", max = 1,
  options = { ["--status"] = "value", ["--limit"] = "value", ["--all"] = true, ["--cursor"] = "value" },
}

local function check_pipeline(name)
  if not name then return end
  local names = {}
  for i, one in ipairs(session.meta:pipelines()) do
    if one.name == name then return end
    names[i] = one.name
  end
  mistake.at(nil, 'there is no run of a pipeline "%s"%s', name, suggest.hint(name, names))
end

function command.run(args)
  local limit, before = settings.count("--limit", args.limit, 50), settings.count("--cursor", args.cursor)
  local status = args.status
  if status and not suggest.has(status, STATUSES) then
    error({ usage = string.format("--status %s%s", status, suggest.hint(status, STATUSES)) }, 0)
  end
  session.need "read"
  check_pipeline(args[1])
  local list, cursor = session.meta:runs { pipeline = args[1], status = status, limit = limit, before = before, unlisted = args.all }
  if session.options.json then
    local items = {}
    for i, row in ipairs(list) do items[i] = shape.run_head(row) end
    io.stdout:write(json.encode { items = json.array(items), next = cursor or json.null }, "\n")
    return 0
  end
  local rows = {}
  for i, row in ipairs(list) do
    local n = row.counts and json.unpack(row.counts) or {}
    rows[i] = { row.name, { row.status, row.status == "completed" and "green" or row.status == "failed" and "red" or "yellow" }, paint.time(row.started),
      row.seconds and paint.seconds(row.seconds) or "", paint.count(n.ran or 0), paint.count((n.cached or 0) + (n.cut_off or 0)), row.reason or "" }
  end
  io.stdout:write(paint.table({ "run", "status", "started", ">took", ">ran", ">cached", "" }, rows))
  if cursor then io.stdout:write(paint.in_colour("grey", "more: rille runs --limit " .. limit * 4), "\n") end
  return 0
end

return command
