-- model_out: models, their versions and their history as tables, and as what --json prints.

local errors = require "rille.base.errors"
local field_columns = require "rille.show.field_columns"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local hash = require "rille.host.hash"
local json = require "rille.json"
local listing = require "rille.query.listing"
local model = require "rille.script.model"
local model_version = require "rille.script.model_version"
local out = require "rille.show.out"
local past_model = require "rille.query.past_model"
local project = require "rille.project"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local model_out = {}

local answer = project.answer
local put = terminal.put

local function or_null(v) if v == nil then return json.null end return v end

local function unpack(text) return text and json.unpack(text) or {} end

local function tag_list(row)
  local list = {}
  for tag in (row.tags or ""):gmatch "[^,]+" do list[#list + 1] = tag:match "^%s*(.*)$" end
  return list
end

-- JSON -----------------------------------------------------------------------------------------

local function model_json(row)
  return { name = row.name, versions = row.versions, latest = or_null(row.latest), created = format.iso(row.created),
    description = or_null(row.description), license = or_null(row.license) }
end

-- A version without its artifacts.
---@param name string of the model
---@param row table of meta:model_versions
---@return table
function model_out.version_json(name, row)
  return { model = name, number = row.number, name = or_null(row.name), stage = row.stage or "none",
    created = format.iso(row.created), run = or_null(row.run), tags = json.array(tag_list(row)),
    links = row.links, metadata = json.object(value_text.plain(unpack(row.metadata))) }
end

-- Lists ------------------------------------------------------------------------------------------

-- "production 3, staging 4"
local function stages_text(held_now)
  local parts = {}
  for i, row in ipairs(held_now) do parts[i] = row.stage .. " " .. row.number end
  return table.concat(parts, ", ")
end

-- rille model list
---@param keeps fun(row: table): boolean
function model_out.list(keeps)
  local rows, items = {}, {}
  for _, row in ipairs(answer(project.meta:models()) or {}) do
    if keeps(row) then
      local held_now = answer(project.meta:model_stages(row.id)) or {}
      items[#items + 1] = model_json(row)
      rows[#rows + 1] = { row.name, format.count(row.versions), row.latest or "", stages_text(held_now),
        format.time(row.changed or row.created) }
    end
  end
  if global_options.json then return out.json { items = json.array(items), next = json.null } end
  if not rows[1] then
    local none = not (answer(project.meta:models()) or {})[1]
    return terminal.say(none and "no models yet; a run of a pipeline with a model makes them\n"
      or "no matching models\n")
  end
  put(format.table({ "model", ">versions", ">latest", "stages", "newest version" }, rows))
end

local STAGE_COLOUR <const> = { production = "green", staging = "yellow", archived = "grey" }

local function version_rows(list)
  local rows = {}
  for i, row in ipairs(list) do
    rows[i] = { row.number, row.name or "", { row.stage or "", STAGE_COLOUR[row.stage] }, format.count(row.links),
      format.time(row.created), row.run or "", row.tags or "" }
  end
  return rows
end

local function drop(head, rows, k)
  table.remove(head, k)
  for _, row in ipairs(rows) do table.remove(row, k) end
end

-- Is a line too long for the terminal?
local function is_wide(text)
  local is_terminal, columns = sys.is_terminal(1)
  for line in text:gmatch "[^\n]+" do
    if is_terminal and text_width.width(line) > columns then return true end
  end
  return false
end

local LEAVES <const> = { "created", ">artifacts", "tags" }     -- where a terminal has no room, one after the other

-- The columns of versions; those that are empty are left out, and where a terminal has no room first the time: the
-- names of runs mostly tell it.
---@param shown string[]? more fields
---@param with_model boolean? of several models
local function version_table(list, shown, with_model)
  local head, rows = { ">version", "name", "stage", ">artifacts", "created", "run", "tags" }, version_rows(list)
  for _, k in ipairs { 7, 2 } do
    local is_used = false
    for _, row in ipairs(rows) do is_used = is_used or row[k] ~= "" end
    if not is_used then drop(head, rows, k) end
  end
  if shown and shown[1] then field_columns.add_head(head, shown) end
  if with_model then table.insert(head, 1, "model") end
  for i, row in ipairs(list) do
    if shown and shown[1] then field_columns.add_cells(rows[i], row, shown) end
    if with_model then table.insert(rows[i], 1, row.model) end
  end
  local text = format.table(head, rows)
  for _, name in ipairs(LEAVES) do
    if not is_wide(text) then break end
    for k = 1, #head do
      if head[k] == name then
        drop(head, rows, k)
        break
      end
    end
    text = format.table(head, rows)
  end
  return text
end

-- rille model version list [NAME]
---@param o table options of listing.model_versions
---@param name string? of the model; nil: of all
function model_out.versions(o, name)
  o.model = name and model_version.model(name).id
  local list, next, shown, tags = listing.model_versions(o)
  if global_options.json then
    local items = {}
    for i, row in ipairs(list) do
      items[i] = model_out.version_json(row.model, row)
      items[i].values = shown[1] and field_columns.values(row, shown) or nil
    end
    return out.json { items = json.array(items), next = or_null(next and tostring(next)) }
  end
  if shown[1] then field_columns.warn_of_unknown(list, shown) end
  if not list[1] then
    field_columns.warn_of_tags("model", type(o.tag) == "table" and o.tag or { o.tag }, tags)
    return terminal.say(o.cursor and "no more versions\n" or "no matching versions\n")
  end
  put(version_table(list, shown, not name))
  if next then put(out.grey("next page: --cursor " .. next), "\n") end
end

-- One model ----------------------------------------------------------------------------------------

local SHOWN <const> = 10        -- versions that show has

local function put_field(name, text)
  if text and text ~= "" then put(string.format("%-12s ", name), text, "\n") end
end

-- rille model show NAME
function model_out.show(name)
  local row = model_version.model(name)
  local shown = answer(project.meta:model_versions_before(row.id, nil, SHOWN)) or {}
  local count = answer(project.meta:model_version_count(row.id))
  if global_options.json then
    local made = { name = row.name, created = format.iso(row.created), versions = count.n,
      latest = or_null(count.last) }
    for _, field in ipairs(model.TEXTS) do made[field] = or_null(row[field]) end
    made.stages = {}
    for _, one in ipairs(answer(project.meta:model_stages(row.id)) or {}) do made.stages[one.stage] = one.number end
    made.stages = json.object(made.stages)
    return out.json(made)
  end
  put(format.in_colour("bold", "model " .. row.name), "  ", format.plural(count.n, "version"), "\n")
  for _, field in ipairs(model.TEXTS) do put_field(field:gsub("_", " "), row[field]) end
  put_field("created", format.time(row.created))
  if #shown == 0 then return end
  put("\n", version_table(shown))
  if #shown < count.n then put(out.grey("older versions: rille model version list " .. row.name), "\n") end
end

-- Moves between stages -------------------------------------------------------------------------------

-- Why a version was moved, and by which run, for the line below the move.
local function reason_text(move)
  local parts = {}
  if move.back then parts[1] = "back" end
  if move.by then parts[#parts + 1] = "displaced by version " .. move.by end
  if move.reason then parts[#parts + 1] = move.reason end
  if move.run then parts[#parts + 1] = "run " .. move.run end
  return table.concat(parts, ", ")
end

-- The line, broken at words where the terminal is too narrow for it.
local function laid_out(line)
  local is_terminal, columns = sys.is_terminal(1)
  return is_terminal and terminal.wrapped(line, columns) or line
end

-- rille model history NAME: newest first
function model_out.history(name)
  local moves = past_model.moves(model_version.model(name))
  local rows, items, reasons = {}, {}, {}
  for i = #moves, 1, -1 do
    local move = moves[i]
    items[#items + 1] = { version = move.number, from = move.previous, to = move.stage, time = format.iso(move.time),
      who = move.who, reason = or_null(move.reason), run = or_null(move.run), displaced_by = or_null(move.by),
      back = move.back }
    rows[#rows + 1] = { format.time(move.time), move.number, move.previous .. " -> " .. move.stage, move.who }
    reasons[#rows] = reason_text(move)
  end
  if global_options.json then return out.json { items = json.array(items), next = json.null } end
  if #rows == 0 then return put("no version of model ", name, " has moved between stages\n") end
  local k = -1
  for line in format.table({ "time", ">version", "stage", "by" }, rows):gmatch "[^\n]+" do
    k = k + 1
    put(line, "\n")
    if reasons[k] and reasons[k] ~= "" then put(out.grey(laid_out("  " .. reasons[k])), "\n") end
  end
end

-- One version ------------------------------------------------------------------------------------------

local function metric_lines(row)
  local map, lines = {}, {}
  for _, one in ipairs(answer(project.meta:model_metrics(row.id)) or {}) do
    local name = one.step .. "." .. one.name
    map[name] = one.value or 0 / 0
    lines[#lines + 1] = string.format("%s = %s", name, value_text.number(one.value or 0 / 0))
  end
  return map, lines
end

local function link_json(link)
  return { name = link.name, number = link.number, kind = link.kind, digest = hash.hex(link.digest), type = link.type,
    size = link.size, version = or_null(link.version), run = or_null(link.run) }
end

-- The columns that the model is given when it is served.
local function put_signature(signature)
  local rows = {}
  for i, c in ipairs(signature.columns or {}) do
    rows[i] = { c.name, c.dtype, c.missing and "allowed" or "no", require("rille.learn.signature").seen_text(c) }
  end
  if rows[1] then put("\n", format.table({ "signature", "type", "missing", "seen" }, rows)) end
end

local function link_rows(links)
  local rows, count = {}, {}
  for _, link in ipairs(links) do count[link.name] = (count[link.name] or 0) + 1 end
  for i, link in ipairs(links) do
    rows[i] = { link.name, count[link.name] > 1 and tostring(link.number) or "", link.kind, link.type,
      format.bytes(link.size), hash.hex(link.digest):sub(1, 12) }
  end
  return rows
end

local USED <const> = 5          -- runs that show has

local function run_lines(row)
  local made, lines = nil, {}
  local runs = answer(project.meta:model_runs(row.id)) or {}
  for _, run in ipairs(runs) do
    if run.role == "made" then made = run.name
    elseif #lines < USED then lines[#lines + 1] = string.format("%-8s %s", run.role, run.name) end
  end
  return made, lines, runs
end

-- Of the model of that name.
local function signature_of(name, row)
  row.model = name
  return require("rille.query.served_parts").signature(row)
end

local function show_json(name, row, links, runs)
  local made = model_out.version_json(name, row)
  local artifacts, used = {}, {}
  for i, link in ipairs(links) do artifacts[i] = link_json(link) end
  for i, run in ipairs(runs) do
    used[i] = { name = run.name, pipeline = run.pipeline, role = run.role, asked = or_null(run.asked) }
  end
  made.artifacts, made.runs = json.array(artifacts), json.array(used)
  made.metrics = json.object(value_text.plain((metric_lines(row))))
  made.signature = or_null(signature_of(name, row))
  out.json(made)
end

-- rille model version show NAME VERSION
function model_out.version(name, which)
  local row = model_version.find(name, which)
  local links = answer(project.meta:model_links(row.id)) or {}
  local made, lines, runs = run_lines(row)
  if global_options.json then return show_json(name, row, links, runs) end
  put(format.in_colour("bold", string.format("model %s, version %s", name, model_version.label(row))),
    "  ", row.stage or "no stage", "\n")
  put_field("created", format.time(row.created))
  put_field("run", made or row.run)
  put_field("tags", row.tags)
  local _, metrics = metric_lines(row)
  put_field("metrics", table.concat(metrics, "\n             "))
  local metadata, signature = unpack(row.metadata), signature_of(name, row)
  if signature then metadata.signature = nil end
  if next(metadata) ~= nil then put_field("metadata", value_text.json(value_text.plain(metadata))) end
  put_field("signature", signature and require("rille.learn.signature").text(signature))
  if #lines > 0 then put_field("other runs", table.concat(lines, "\n             ")) end
  put "\n"
  put(format.table({ "artifact", "link", "kind", "type", ">size", "digest" }, link_rows(links)))
  if signature then put_signature(signature) end
end

-- The version that "NAME@VERSION", or NAME and VERSION name.
---@param name string
---@param which string?
---@return string name, string? which
function model_out.split(name, which)
  local first, second = name:match "^([^@]+)@(.+)$"
  if not first then return name, which end
  if which then errors.at(nil, "the version is given twice: %s and %s", name, which) end
  return first, second
end

return model_out
