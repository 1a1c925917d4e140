-- travel_card: the step of a past run where the prompt is, in a few lines: its code, inputs, parameters, outputs, and
-- what is not as it was.

local format = require "rille.base.format"
local glance = require "rille.artifact.glance"
local hash = require "rille.host.hash"
local printed = require "rille.repl.printed"
local project = require "rille.project"
local text_width = require "rille.base.text_width"
local visit = require "rille.run.travel.visit"

local travel_card = {}

local MOST <const> = 8              -- inputs, parameters, outputs that are listed
local LOOKED_AT <const> = 100       -- artifacts of a list of which it is looked whether they are there

-- Artifacts ----------------------------------------------------------------------------------

local function of_artifact(digest)
  local artifact = project.meta:artifact(digest)
  if not artifact then return "artifact " .. hash.hex(digest):sub(1, 12) .. ", no longer in the metadata" end
  local text = glance(artifact)
  return artifact.type .. (text and "  " .. text or "")
end

local function of_input(input)
  local missing = visit.missing(input, LOOKED_AT)
  if missing then return missing end
  if not input.digests then return (printed.text(input.value, 60):gsub("%s*\n%s*", " ")) end
  local first = of_artifact(input.digests[1])
  if not input.is_list then return first end
  return string.format("list of %s, the first: %s", format.plural(#input.digests, "artifact"), first)
end

-- Rows of { name, text }.
local function rows_of(list, text_of)
  local rows = {}
  for i = 1, math.min(#list, MOST) do rows[i] = { list[i].name, text_of(list[i]) } end
  if #list > MOST then rows[#rows + 1] = { "…", string.format("%d more", #list - MOST) } end
  return rows
end

local function output_rows(at)
  return rows_of(at.row.outputs or {}, function(out) return of_artifact(out.digest) end)
end

local function plain_lines(rows)
  local lines, wide = {}, 0
  for _, row in ipairs(rows) do wide = math.max(wide, text_width.width(row[1])) end
  for i, row in ipairs(rows) do lines[i] = text_width.fit(row[1], wide) .. "  " .. row[2] end
  return table.concat(lines, "\n")
end

-- The inputs in a line each.
---@param at rille.travel.visit
---@return string
function travel_card.inputs(at)
  return at.inputs[1] and plain_lines(rows_of(at.inputs, of_input)) or "the step has no inputs"
end

-- The recorded outputs in a line each.
---@param at rille.travel.visit
---@return string
function travel_card.outputs(at)
  local rows = output_rows(at)
  return rows[1] and plain_lines(rows) or string.format("no recorded outputs: step %s", at.place.step.status)
end

-- The card -----------------------------------------------------------------------------------

local function head_of(at)
  local step = at.place.step
  local took = step.status ~= "cached" and step.seconds and ", " .. format.seconds(step.seconds) or ""
  return string.format("at %s/%s  %s%s%s", at.run.name, at.place.id, step.status, took,
    at.run.started and ", " .. format.time(at.run.started) or "")
end

local function script_name(at)
  return at.code.path and project.show_path(at.code.path) or "what was entered at the prompt"
end

local function code_rows(trip)
  local at = trip.visit
  if at.flaw then return { { "", "cannot run again: " .. at.flaw } } end
  local rows = { { "", trip.patch and script_name(at) .. " as it is today"
    or script_name(at) .. " of that day, from the store" } }
  local replayed = trip.replayed
  if replayed then
    rows[#rows + 1] = { "", string.format("entries of that day repeated: %d of %d", replayed[1],
      replayed[2]) }
  end
  if not trip.patch and at.code.flaw then rows[#rows + 1] = { "", "its end was not loaded: " .. at.code.flaw } end
  for _, name in ipairs(at.code.today) do
    rows[#rows + 1] = { "", name .. " of that day is not in the store: today's is used" }
  end
  return rows
end

local function params_text(at, own)
  local names, parts, secret = {}, {}, {}
  for _, name in ipairs(at:secrets()) do secret[name] = true end
  for name in next, at.params do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    if i <= MOST then
      parts[i] = name .. " = " .. (secret[name] and "(secret)" or printed.text(at.params[name], 40))
    end
  end
  if #names > MOST then parts[#parts + 1] = string.format("… %d more", #names - MOST) end
  return #names > 0 and table.concat(parts, ", ") .. (own and own ~= "params" and "  (also as " .. own .. ")" or "")
end

local function secret_rows(at)
  local rows, secrets = {}, at:secrets()
  for _, name in ipairs(secrets) do
    if not secrets[name] then
      rows[#rows + 1] = { "", string.format("%s is not stored: set RILLE_SECRET_%s, or give it: step { %s = TEXT }",
        name, name:upper(), name) }
    end
  end
  return rows
end

local function error_text(at)
  local text = at.row.error or rawget(at.place.step, "row").reason
  return text and at.place.step.status ~= "cached" and at.place.step.status ~= "completed" and text:match "^[^\n]*"
end

local function one(text) return text and { { "", text } } or {} end

-- "a, b, … 3 more"; nil for none.
local function names_text(names)
  local text = table.concat(names, ", ", 1, math.min(#names, MOST))
  return names[1] and text .. (#names > MOST and string.format(", … %d more", #names - MOST) or "") or nil
end

local function changed_rows(trip)
  local rows = {}
  for i, text in ipairs(trip.visit:changes()) do rows[i] = { "", text } end
  return rows
end

local COLOURS <const> = { error = "red", changed = "yellow" }     -- of labels

-- A text of several lines beside a label.
local function add(lines, width, label, rows)
  local wide = 0
  for _, row in ipairs(rows) do wide = math.max(wide, text_width.width(row[1])) end
  for i, row in ipairs(rows) do
    local text = wide > 0 and text_width.fit(row[1], wide) .. "  " .. row[2] or row[2]
    local room = math.max(20, width - 10)
    for n, part in ipairs(travel_card.wrapped(text_width.cut(text, 3 * room), room)) do
      local left = text_width.fit(i == 1 and n == 1 and label or "", 9)
      lines[#lines + 1] = format.in_colour(COLOURS[label] or "grey", left) .. " " .. part
    end
  end
end

-- Lines of at most so many columns, broken at spaces; a line that follows is indented.
---@param text string
---@param width integer
---@return string[]
function travel_card.wrapped(text, width)
  local lines, line = {}, nil
  for word, space in text:gmatch "(%S+)(%s*)" do
    local joined = line and line .. word or word
    if line and text_width.width(joined) > width then
      lines[#lines + 1] = (line:gsub("%s+$", ""))
      joined = "  " .. word
    end
    line = joined .. space
  end
  lines[#lines + 1] = line and line:gsub("%s+$", "") or ""
  return lines
end

local USE <const> = "step() runs it again, step { NAME = VALUE } with other values; .at now goes back"

---@param trip Trip
---@param width integer
---@return string
function travel_card.of(trip, width)
  local at, lines = trip.visit, {}
  for i, text in ipairs(travel_card.wrapped(head_of(at), width)) do lines[i] = format.in_colour("bold", text) end
  add(lines, width, "code", code_rows(trip))
  add(lines, width, "inputs", rows_of(at.inputs, of_input))
  add(lines, width, "params", one(params_text(at, trip.params_name)))
  add(lines, width, "", secret_rows(at))
  add(lines, width, "captured", one(names_text(trip.captured)))
  add(lines, width, "outputs", output_rows(at))
  add(lines, width, "error", one(error_text(at)))
  add(lines, width, "changed", changed_rows(trip))
  local writes = not at.flaw and names_text(at:writes())
  add(lines, width, "writes", one(writes and writes .. ": step() writes it again"))
  if not at.flaw then
    for _, text in ipairs(travel_card.wrapped(USE, width)) do lines[#lines + 1] = text end
  end
  return table.concat(lines, "\n")
end

return travel_card
