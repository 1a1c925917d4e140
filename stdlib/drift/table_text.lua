-- table_text: a report as text of 80 columns: the verdict, what was found, and a line for each column.

local format = require "rille.base.format"
local ranking = require "rille.drift.ranking"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"
local wording = require "rille.drift.wording"

local table_text = {}

local WIDTH <const> = 80
local SENTENCES <const>, QUIET <const> = 12, 30     -- most lines of findings, and of columns without any
local COLOURS <const> = { bad = "red", good = "green", aside = "grey" }

-- { name, width, right-aligned? }
local HEAD <const> = { { "column", 23 }, { "missing", 7, true }, { "reference", 10, true }, { "current", 10, true },
  { "PSI", 4, true }, { "p", 7, true }, { "verdict", 7 } }

local function plain(_, text) return text end

-- On one line: a name may have any bytes.
local function line_of(text) return terminal.line((text:gsub("%c", " "))) end

-- What stands for the values of one side.
local function value_of(kind, side)
  if not side or side.count == 0 then return "" end
  if kind == "number" then return wording.number(side.mean) end
  if kind == "date" then return tostring(side.max):sub(1, 10) end
  if kind == "boolean" then return "" end
  return side.distinct and wording.plural(side.distinct, kind == "text" and "text" or "value") or ""
end

local function share_of_true(record, side)
  local counts = record.drawing
  if not counts or not counts.labels then return "" end
  local all, yes = 0, 0
  for i, label in ipairs(counts.labels) do
    all = all + counts[side][i]
    if label == "true" then yes = yes + counts[side][i] end
  end
  return all > 0 and string.format("%.0f %% true", 100 * yes / all) or ""
end

local function cells_of(report, one)
  local record, m = one.record, report.rows.current
  local values = {}
  for _, side in ipairs { "reference", "current" } do
    local figures = record[side]
    if record.type then values[side] = wording.values(figures.kind)
    elseif record.kind == "boolean" then values[side] = share_of_true(record, side)
    else values[side] = value_of(record.kind, figures) end
  end
  local missing = record.current and m > 0 and wording.share((record.current.missing + (record.current.blank or 0)
    + (record.current.infinite or 0)) / m) or ""
  return { one.name, missing, values.reference, values.current, wording.index(record.psi),
    wording.p(record.corrected and record.corrected.drift), one.verdict }
end

local function row_of(cells, colour_of, colour)
  local parts = {}
  for i, head in ipairs(HEAD) do
    local text = text_width.fit(line_of(cells[i]), head[2], head[3])
    parts[i] = colour_of[i] and colour(colour_of[i], text) or text
  end
  return (table.concat(parts, "  "):gsub("%s+$", ""))
end

-- The text in lines of WIDTH, later ones indented; "p 0.01" and "p < 0.01" stay together.
local function wrapped(text, indent)
  local lines, line = {}, ""
  text = text:gsub("%f[%w]p (<? ?)(%d)", function(less, digit) return "p\0" .. less:gsub(" ", "\0") .. digit end)
  for word in text:gmatch "[^ ]+" do
    local longer = line == "" and word or line .. " " .. word
    if text_width.width(longer) > WIDTH - indent and line ~= "" then
      lines[#lines + 1], line = line, word
    else line = longer end
  end
  lines[#lines + 1] = line
  return (table.concat(lines, "\n" .. (" "):rep(indent)):gsub("%z", " "))
end

local function add_findings(lines, findings, colour)
  local list = wording.by_column(findings)
  for i, found in ipairs(list) do
    if i > SENTENCES then
      lines[#lines + 1] = string.format("  … and %d more", #list - SENTENCES)
      break
    end
    local name = line_of(found.column)
    local rest = wrapped(name .. ": " .. line_of(found.text), 4)
    lines[#lines + 1] = "  " .. colour("bold", rest:sub(1, #name)) .. rest:sub(#name + 1)
  end
  lines[#lines + 1] = ""
end

-- The colours of the cells of a column: red what is beyond a limit, grey what says nothing.
local function colours_of(one)
  local made = { [7] = COLOURS[one.level] }
  for _, found in ipairs(one.findings) do
    if found.kind == "missing" then made[2] = "red" end
    if found.kind == "drift" then made[5], made[6] = "red", "red" end
    if found.kind == "type" or found.kind == "category" then made[4] = "red" end
  end
  return made
end

local function add_columns(lines, report, ranked, colour)
  local names = {}
  for i, head in ipairs(HEAD) do names[i] = head[1] end
  lines[#lines + 1] = colour("grey", row_of(names, {}, plain))
  local loud = 0
  for _, one in ipairs(ranked) do if #one.findings > 0 then loud = loud + 1 end end
  local shown = #ranked <= loud + QUIET + 1 and #ranked or loud + QUIET          -- those with findings are the first
  for i = 1, shown do lines[#lines + 1] = row_of(cells_of(report, ranked[i]), colours_of(ranked[i]), colour) end
  if shown < #ranked then
    lines[#lines + 1] = colour("grey", string.format("… and %d more columns without findings", #ranked - shown))
  end
end

local OF_LEVEL <const> = { bad = "red", open = "yellow", good = "green" }

local function lines_of(report, colour)
  local ranked, findings = ranking.of(report)
  local is_bad = #findings > 0
  local lines = { colour(OF_LEVEL[wording.level(report, findings)], wording.verdict(report, findings)),
    colour("grey", string.format("reference %s, current %s", format.plural(report.rows.reference, "row"),
      format.plural(report.rows.current, "row"))) }
  for _, note in ipairs(wording.notes(report)) do lines[#lines + 1] = wrapped(line_of(note), 0) end
  lines[#lines + 1] = ""
  if is_bad and findings[1].kind ~= "empty" then add_findings(lines, findings, colour) end
  if #ranked > 0 then add_columns(lines, report, ranked, colour) end
  return lines
end

---@param report drift.Report
---@return string
function table_text.text(report) return table.concat(lines_of(report, plain), "\n") end

---@param report drift.Report
function table_text.print(report)
  terminal.put(table.concat(lines_of(report, format.in_colour), "\n"), "\n")
end

-- The verdict and what was found, for listings of artifacts.
---@param report drift.Report
---@return string
function table_text.summary(report)
  local _, findings = ranking.of(report)
  local lines = { string.format("%s (reference %s, current %s)", wording.verdict(report, findings),
    format.plural(report.rows.reference, "row"), format.plural(report.rows.current, "row")) }
  for i, found in ipairs(wording.by_column(findings)) do
    if i <= SENTENCES then lines[#lines + 1] = found.column .. ": " .. found.text end
  end
  return table.concat(lines, "\n")
end

return table_text
