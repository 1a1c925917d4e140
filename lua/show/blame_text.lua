-- blame_text: the table of rille blame, for people.

local format = require "rille.base.format"
local global_options = require "rille.project.global_options"
local out = require "rille.show.out"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"

local blame_text = {}

local LABEL <const> = 34            -- columns of a change at most
local NUMBER <const> = 10
local LINES <const> = 8             -- changed lines that are shown of a change

local put, grey = out.line, out.grey

-- Numbers ------------------------------------------------------------------------------------

-- Six decimals, or six digits where these would show nothing or too much.
local function format_for(...)
  local largest = 0.0
  for _, v in ipairs { ... } do
    if v == v and math.abs(v) < math.huge then largest = math.max(largest, math.abs(v)) end
  end
  return (largest >= 1e5 or largest < 1e-3) and "%.6g" or "%.6f"
end

local function signed(form, v)
  if v == nil then return "" end
  local text = string.format(form:gsub("%%", "%%+"), v)
  return tonumber(text) == 0 and "0" or text
end

-- Rows ---------------------------------------------------------------------------------------

local function pad_right(text, width) return text .. string.rep(" ", width - text_width.width(text)) end
local function pad_left(text, width) return string.rep(" ", width - text_width.width(text)) .. text end

-- Red: it pushed the metric the way that it moved; green: the other way.
local function colour_of(v, delta)
  if not v or v == 0 then return "grey" end
  return (v > 0) == (delta > 0) and "red" or "green"
end

local function put_row(layout, label, cells, note, shade)
  local line = pad_right(text_width.shorten(label, layout.label), layout.label)
  for k = 1, 3 do
    local text = pad_left(cells[k] or "", layout.number)
    line = line .. "  " .. (k == 3 and shade and format.in_colour(shade, text) or text)
  end
  if note and note ~= "" then
    local room = layout.columns - layout.label - 3 * (layout.number + 2) - 2
    if text_width.width(note) <= room then line = line .. "  " .. grey(note)
    else line = line:gsub("%s+$", "") .. "\n    " .. grey(note) end
  end
  put("%s", (line:gsub("%s+$", "")))
end

local function suspect_name(session, i)
  local one = session.model.suspects[i]
  return one.label .. (one.where and " " .. one.where or "")
end

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

local function note_of(session, effect)
  local notes = {}
  if effect.unresolved then notes[1] = "its mixtures fail"
  elseif #effect.members > 1 then notes[1] = "tested together" end
  if effect.note then notes[#notes + 1] = effect.note end
  if effect.low then
    notes[#notes + 1] = string.format("[%s, %s]", signed(session.form, effect.low), signed(session.form, effect.high))
  end
  return table.concat(notes, "; ")
end

local function interaction_name(session, one)
  local names = {}
  for k, effect in ipairs(one.players) do names[k] = short_name(session, effect) end
  return "interaction " .. table.concat(names, " x ")
end

-- The effects with the largest share first.
local function sorted(effects)
  local list = table.move(effects, 1, #effects, 1, {})
  local place = {}
  for i, effect in ipairs(list) do place[effect] = i end
  table.sort(list, function(x, y)
    local a, b = math.abs(x.share or 0), math.abs(y.share or 0)
    if a ~= b then return a > b end
    return place[x] < place[y]
  end)
  return list
end

local function layout_of(session, effects, found)
  local width = 11
  for _, effect in ipairs(effects) do width = math.max(width, text_width.width(name_of(session, effect))) end
  for _, one in ipairs(found.interactions) do
    width = math.max(width, text_width.width(interaction_name(session, one)))
  end
  local is_terminal, columns = sys.is_terminal(1)
  columns = is_terminal and math.max(columns, 60) or 100
  return { label = math.min(width, LABEL), number = NUMBER, columns = columns }
end

-- Parts --------------------------------------------------------------------------------------

local function put_head(session)
  local form = session.form
  put("%s %s.%s  %s -> %s  (%s)", format.in_colour("bold", "metric"), session.wanted.step, session.wanted.metric,
    string.format(form, session.a), string.format(form, session.b),
    format.in_colour("bold", signed(form, session.b - session.a)))
end

local function put_table(session, found, effects)
  local layout, form, delta = layout_of(session, effects, found), session.form, session.b - session.a
  put("%s", grey(string.format("%s  %s  %s  %s", pad_right("change", layout.label), pad_left("from GOOD", NUMBER),
    pad_left("from BAD", NUMBER), pad_left("share", NUMBER))))
  for _, effect in ipairs(effects) do
    put_row(layout, name_of(session, effect),
      { signed(form, effect.f), signed(form, effect.b), signed(form, effect.share) }, note_of(session, effect),
      colour_of(effect.share, delta))
  end
  for _, one in ipairs(found.interactions) do
    put_row(layout, interaction_name(session, one), { signed(form, one.value) }, "split equally")
  end
  put_row(layout, "unexplained", { "", "", signed(form, found.remainder) })
end

local function put_lines(session, effect, i)
  local one = session.model.suspects[i]
  if not one.lines or not one.lines[1] or (not effect.share or effect.share == 0) and not global_options.verbose then
    return
  end
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
  local first, delta = effects[1], session.b - session.a
  if not first or not first.share or first.share == 0 then return end
  local percent = 100 * first.share / delta
  put("%s moved it most: %s of %s (%.0f%%)", format.in_colour("bold", name_of(session, first)),
    signed(session.form, first.share), signed(session.form, delta), percent)
end

local function put_counts(session, found)
  local words = { format.plural(found.mixtures, "mixture"), format.plural(found.steps_run, "step run") }
  if #found.dropped > 0 then words[#words + 1] = format.plural(#found.dropped, "change") .. " without effect" end
  if session.model.dropped > 0 then
    words[#words + 1] = format.plural(session.model.dropped, "change") .. " not upstream"
  end
  if found.drawn then words[#words + 1] = format.plural(found.drawn, "order") .. " drawn" end
  put("%s", grey(table.concat(words, ", ")))
end

-- The result of a search.
---@param session table of rille.run.blame
---@param found rille.blame.found
function blame_text.print(session, found)
  session.form = format_for(session.a, session.b)
  local effects = sorted(found.effects)
  put_head(session)
  put_table(session, found, effects)
  for _, effect in ipairs(effects) do for _, i in ipairs(effect.members) do put_lines(session, effect, i) end end
  put_verdict(session, effects)
  if found.stopped then
    put("%s", format.in_colour("yellow", "the budget is spent: raise --budget to go on; mixtures so far are cached"))
  end
  put_counts(session, found)
end

-- There is nothing to explain.
---@param session table
function blame_text.print_equal(session)
  put("%s %s.%s is %s in both runs: nothing to explain", format.in_colour("bold", "metric"), session.wanted.step,
    session.wanted.metric, string.format(format_for(session.a), session.a))
end

-- What a search would cost.
---@param session table
---@param cost rille.blame.estimate
function blame_text.print_estimate(session, cost)
  session.form = format_for(session.a, session.b)
  put_head(session)
  for i = 1, #session.model.suspects do put("  %s", suspect_name(session, i)) end
  local more = cost.two > cost.mixtures and string.format(" if one change matters, %d if two do", cost.two) or ""
  put("%s", grey(string.format("%s, %s%s; at most %s", format.plural(#session.model.suspects, "change"),
    format.plural(cost.mixtures, "mixture"), more, format.plural(cost.step_runs, "step run"))))
end

-- Progress -----------------------------------------------------------------------------------

-- Shows which mixture runs, on a terminal.
---@param n integer
function blame_text.progress(n)
  if global_options.quiet or global_options.json or not terminal.is(2) then return end
  io.stderr:write("\r", terminal.shown(format.in_colour("grey", "mixture " .. n, 2)), "\27[K\r")
end

function blame_text.end_progress()
  if global_options.quiet or global_options.json or not terminal.is(2) then return end
  io.stderr:write "\r\27[K"
end

return blame_text
