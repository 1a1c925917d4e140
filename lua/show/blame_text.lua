-- blame_text: what rille blame prints for people.

local blame_head = require "rille.show.blame_head"
local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local sys = require "rille.host.sys"
local text_width = require "rille.base.text_width"

local blame_text = {}

local LABEL <const> = 36            -- columns of a change at most
local LINES <const> = 8             -- changed lines that are shown of a change

local put, grey, signed = out.line, out.grey, blame_head.signed
local suspect_name = blame_head.suspect_name

-- Names --------------------------------------------------------------------------------------

local function name_of(session, effect)
  local names = {}
  for k, i in ipairs(effect.members) do names[k] = suspect_name(session, i) end
  return table.concat(names, " + ")
end

-- A short name, for an interaction: of a parameter without its values.
local function short_name(session, effect)
  local names = {}
  for k, i in ipairs(effect.members) do
    local one = session.model.suspects[i]
    names[k] = one.name or one.label
  end
  return table.concat(names, "+")
end

local function interaction_name(session, one)
  local names = {}
  for k, effect in ipairs(one.players) do names[k] = short_name(session, effect) end
  return "interaction " .. table.concat(names, " x ")
end

-- The table ----------------------------------------------------------------------------------

-- The rows: { label, cells = { text, text, text }, note, shade }.
local function pad_right(text, width) return text .. string.rep(" ", width - text_width.width(text)) end
local function pad_left(text, width) return string.rep(" ", width - text_width.width(text)) .. text end

local function widths_of(head, rows)
  local label, cells = text_width.width(head.label), {}
  for k, text in ipairs(head.cells) do cells[k] = text_width.width(text) end
  for _, row in ipairs(rows) do
    label = math.max(label, text_width.width(row.label))
    for k, text in ipairs(row.cells) do cells[k] = math.max(cells[k], text_width.width(text)) end
  end
  return math.min(label, LABEL), cells
end

local function line_of(row, label, cells)
  local parts = { pad_right(text_width.shorten(row.label, label), label) }
  for k, width in ipairs(cells) do
    local text = pad_left(row.cells[k] or "", width)
    parts[#parts + 1] = k == #cells and row.shade and format.in_colour(row.shade, text) or text
  end
  return table.concat(parts, "  ")
end

-- Prints rows below a head; a note that has no room beside its row stands below it.
local function put_table(head, rows)
  local label, cells = widths_of(head, rows)
  local used = label
  for _, width in ipairs(cells) do used = used + width + 2 end
  local is_terminal, columns = sys.is_terminal(1)
  local room = (is_terminal and columns or 100) - used - 2
  put("%s", grey(line_of(head, label, cells)))
  for _, row in ipairs(rows) do
    local line, note = line_of(row, label, cells), row.note or ""
    if note == "" then put("%s", (line:gsub("%s+$", "")))
    elseif text_width.width(note) <= room then put("%s  %s", line, grey(note))
    else put("%s\n    %s", (line:gsub("%s+$", "")), grey(note)) end
  end
end

-- Effects ------------------------------------------------------------------------------------

-- Red: it pushed the metric the way that it moved; green: the other way.
local function colour_of(v, delta)
  if not v or v == 0 then return "grey" end
  return (v > 0) == (delta > 0) and "red" or "green"
end

local function is_noise(session, effect)
  return session.band and effect.f and math.abs(effect.f) <= session.band and math.abs(effect.b) <= session.band
end

local function note_of(session, effect)
  local notes = {}
  if effect.unresolved then notes[1] = "its mixtures fail"
  elseif #effect.members > 1 then notes[1] = "tested together" end
  if is_noise(session, effect) then notes[#notes + 1] = "not distinguishable from noise" end
  if effect.low then
    notes[#notes + 1] = string.format("[%s, %s]", signed(session, effect.low), signed(session, effect.high))
  end
  if effect.note then notes[#notes + 1] = effect.note end
  return table.concat(notes, "; ")
end

-- The effects with the largest share first.
local function sorted(effects)
  local list, place = table.move(effects, 1, #effects, 1, {}), {}
  for i, effect in ipairs(list) do place[effect] = i end
  table.sort(list, function(x, y)
    local a, b = math.abs(x.share or 0), math.abs(y.share or 0)
    if a ~= b then return a > b end
    return place[x] < place[y]
  end)
  return list
end

local MOST_INTERACTIONS <const> = 6       -- rows, without -v

-- Appends the interactions: the largest, and a row for all others.
local function add_interactions(session, rows, interactions)
  local list = table.move(interactions, 1, #interactions, 1, {})
  local shown = not global_options.verbose and #list > MOST_INTERACTIONS and MOST_INTERACTIONS - 1 or #list
  if shown < #list then table.sort(list, function(a, b) return math.abs(a.value) > math.abs(b.value) end) end
  for i = 1, shown do
    rows[#rows + 1] = { label = interaction_name(session, list[i]), cells = { signed(session, list[i].value), "", "" },
      note = i == 1 and "split equally" or nil }
  end
  if shown == #list then return end
  local sum = 0.0
  for i = shown + 1, #list do sum = sum + list[i].value end
  rows[#rows + 1] = { label = format.plural(#list - shown, "smaller interaction"),
    cells = { signed(session, sum), "", "" }, note = "in sum; -v lists them" }
end

local function put_effects(session, found, effects)
  local rows, delta = {}, session.goal.b - session.goal.a
  for i, effect in ipairs(effects) do
    rows[i] = { label = name_of(session, effect),
      cells = { signed(session, effect.f), signed(session, effect.b), signed(session, effect.share) },
      note = note_of(session, effect), shade = colour_of(effect.share, delta) }
  end
  add_interactions(session, rows, found.interactions)
  rows[#rows + 1] = { label = "unexplained", cells = { "", "", signed(session, found.remainder) } }
  put_table({ label = "change", cells = { "from GOOD", "from BAD", "share" } }, rows)
end

local function put_lines(session, i)
  local one = session.model.suspects[i]
  if not one.lines or not one.lines[1] then return end
  put("%s", format.in_colour("bold", suspect_name(session, i)))
  local most = global_options.verbose and math.huge or LINES
  for k, line in ipairs(one.lines) do
    if k > most then
      put("  %s", grey(string.format("... %s more lines; -v shows them", format.count(#one.lines - LINES))))
      break
    end
    put("  %s", format.in_colour(line[1] == "-" and "red" or "green", line[1] .. " " .. line[2]))
  end
end

local function put_verdict(session, effects)
  local first, delta = effects[1], session.goal.b - session.goal.a
  if not first or not first.share or first.share == 0 or is_noise(session, first) then return end
  put("%s moved it most: %s of %s (%.0f%%)", format.in_colour("bold", name_of(session, first)),
    signed(session, first.share), signed(session, delta), 100 * first.share / delta)
end

local function print_effects(session, found)
  local effects = sorted(found.effects)
  put_effects(session, found, effects)
  for _, effect in ipairs(effects) do
    local shown = global_options.verbose or effect.share and effect.share ~= 0
    for _, i in ipairs(shown and effect.members or {}) do put_lines(session, i) end
  end
  put_verdict(session, effects)
end

-- Turns --------------------------------------------------------------------------------------

local CLASSES <const> = { good = "as GOOD", bad = "as BAD", other = "another", fails = "fails" }
local COLOURS <const> = { good = "green", bad = "red", other = "yellow", fails = "yellow" }

local function names_of(session, list)
  local names = {}
  for k, i in ipairs(list) do names[k] = format.in_colour("bold", suspect_name(session, i)) end
  return table.concat(names, " + ")
end

local function print_turns(session, found)
  local rows = {}
  for k, turn in ipairs(found.turns) do
    rows[k] = { label = name_of(session, turn), cells = { CLASSES[turn.alone], CLASSES[turn.without] },
      note = session.model.suspects[turn.members[1]].note, shade = COLOURS[turn.without] }
  end
  if rows[1] then put_table({ label = "change", cells = { "alone", "without it" } }, rows) end
  for _, turn in ipairs(found.turns) do put_lines(session, turn.members[1]) end
  if found.enough then put("enough to get BAD   %s", names_of(session, found.enough)) end
  if found.undo then put("enough to undo it   %s", names_of(session, found.undo)) end
end

-- All ----------------------------------------------------------------------------------------

local function put_counts(session, found)
  local words = { format.plural(found.mixtures, "mixture"), format.plural(found.steps_run, "step run") }
  local function add(n, text) if n > 0 then words[#words + 1] = format.plural(n, "change") .. " " .. text end end
  add(#(found.dropped or {}), "without effect")
  if found.turns and not found.stopped then
    add(#session.model.suspects - #found.turns - #found.dropped, "not needed")
  end
  add(session.model.dropped, "not upstream")
  if found.drawn then words[#words + 1] = format.plural(found.drawn, "order") .. " drawn" end
  if session.end_steps_run > 0 then
    words[#words + 1] = format.plural(session.end_steps_run, "step run") .. " to reproduce both ends"
  end
  put("%s", grey(table.concat(words, ", ")))
end

local function put_remarks(session, found)
  if found.stopped then
    put("%s", format.in_colour("yellow",
      "the budget is spent: --budget with a larger number continues, and finds these mixtures in the cache"))
  end
  if session.band then
    put("%s", grey(session.band == 0 and "repeated without noise"
      or string.format("noise of %s: effects within it are not distinguishable", string.format(session.form,
        session.band))))
  end
  for _, text in ipairs(session.model.remarks) do put("%s", grey(text)) end
end

-- The result of a search, below the head.
---@param session rille.blame.session
---@param found rille.blame.found|rille.blame.turned
function blame_text.print(session, found)
  if #session.model.suspects == 0 then
    put "no change between the two runs can explain it"
  elseif found.effects then print_effects(session, found)
  else print_turns(session, found) end
  put_remarks(session, found)
  put_counts(session, found)
end

-- What a search would cost, below the head.
---@param session rille.blame.session
---@param cost rille.blame.estimate
function blame_text.print_estimate(session, cost)
  for i = 1, #session.model.suspects do put("  %s", suspect_name(session, i)) end
  local more = cost.two > cost.mixtures and string.format(" if one change matters, %d if two do", cost.two) or ""
  put("%s", grey(string.format("%s, %s%s; %s %s%s", format.plural(#session.model.suspects, "change"),
    format.plural(cost.mixtures, "mixture"), more, more == "" and "at most" or "about",
    format.plural(cost.step_runs, "step run"), cost.items and " and those of the items of maps" or "")))
end

return blame_text
