-- deployment_text: what `rille deploy` prints of deployments.

local format = require "rille.base.format"
local json = require "rille.json"
local out = require "rille.show.out"
local served_by = require "rille.project.served_by"
local sys = require "rille.host.sys"

local deployment_text = {}

local COLOUR <const> = { running = "green", starting = "yellow", stopped = "grey", failed = "red", died = "red" }
local PATIENCE <const> = 2          -- seconds for its counts

local function or_null(v) if v == nil then return json.null end return v end

-- When it began: as its server says, or when it was asked for.
local function started(found) return found.record.at end

-- A deployment as JSON.
---@param found rille.deployment_state
---@return table
function deployment_text.json(found)
  local record = found.record
  return { name = found.name, state = found.state, reason = or_null(found.reason), model = found.model,
    asked = or_null(found.which), version = or_null(found.version), stage = or_null(found.stage),
    url = or_null(found.url), host = found.host, port = found.port, pid = or_null(found.pid),
    started = started(found) and format.iso(started(found)) or json.null, by = or_null(record.by),
    run = or_null(record.run), log = found.log }
end

local function version_of(found)
  if found.version then return tostring(found.version) .. (found.stage and " (" .. found.stage .. ")" or "") end
  return found.which and "@" .. found.which or "@production"
end

-- A table of deployments.
---@param list rille.deployment_state[]
function deployment_text.list(list)
  local rows, reasons = {}, {}
  for i, one in ipairs(list) do
    rows[i] = { one.name, { one.state, COLOUR[one.state] }, one.model, version_of(one), one.url or "",
      started(one) and format.time(started(one)) or "" }
    if one.reason then
      reasons[#reasons + 1] = string.format("%s: %s%s", one.name, one.state == "died" and "not running: " or "",
        one.reason)
      if one.state == "died" or one.state == "failed" then
        reasons[#reasons] = reasons[#reasons] .. "\n  log: rille deploy logs " .. one.name
      end
    end
  end
  out.line("%s", (format.table({ "name", "state", "model", "version", "url", "started" }, rows):gsub("\n$", "")))
  for _, line in ipairs(reasons) do out.line("%s", line) end
end

-- What the server counts; nil where it does not say.
local function counts_of(found)
  local counts = found.state == "running" and served_by.metrics(found, PATIENCE)
  if not counts then return nil end
  return { requests = counts.rille_requests_total or 0, errors = counts.rille_errors_total or 0 }
end

-- One in full.
---@param found rille.deployment_state
function deployment_text.status(found)
  local counts, uptime = counts_of(found), started(found) and sys.now() - started(found)
  local running = found.state == "running"
  local lines = { { "state", format.in_colour(COLOUR[found.state], found.state) }, { "reason", found.reason },
    { "model", found.model }, { "version", version_of(found) }, { "url", found.url },
    { "process", running and found.pid or nil },
    { "uptime", running and uptime and format.seconds(uptime) or nil },
    { "requests", counts and counts.requests and format.count(math.tointeger(counts.requests)) },
    { "errors", counts and counts.errors and format.count(math.tointeger(counts.errors)) },
    { "started", started(found) and format.time(started(found)) .. (found.record.run and " by run "
      .. found.record.run or found.record.by and " by " .. found.record.by or "") },
    { "log", found.log } }
  out.line("%s", format.in_colour("bold", found.name))
  for _, line in ipairs(lines) do
    if line[2] then out.line("  %-9s %s", line[1], tostring(line[2])) end
  end
end

-- The same as JSON.
---@param found rille.deployment_state
function deployment_text.status_json(found)
  local all, counts = deployment_text.json(found), counts_of(found) or {}
  all.uptime = found.state == "running" and started(found) and sys.now() - started(found) or json.null
  all.requests, all.errors = or_null(counts.requests), or_null(counts.errors)
  out.json(all)
end

return deployment_text
