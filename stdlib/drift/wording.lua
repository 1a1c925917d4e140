-- wording: figures and findings of a report as people read them.

local text_width = require "rille.base.text_width"

local wording = {}

local KINDS <const> = { number = "numbers", string = "strings", boolean = "booleans", date = "dates" }
local LONGEST <const> = 30         -- columns of a category in a sentence
local SHOWN <const> = 5             -- new categories that a sentence names
local LINES <const> = 20            -- columns that an error names

-- 0.1234 -> "12.3 %"
---@param share number
---@return string
function wording.share(share)
  local percent = 100 * share
  if percent == 0 then return "0 %" end
  if percent < 0.1 then return "< 0.1 %" end
  if percent > 99.9 and percent < 100 then return "> 99.9 %" end
  return (string.format("%.1f", percent):gsub("%.0$", "")) .. " %"
end

-- A number to four digits.
---@param v number?
---@return string
function wording.number(v)
  if not v then return "" end
  local size = math.abs(v)
  if size >= 1e4 and size < 1e7 then return string.format("%.0f", v) end
  local text = string.format("%.4g", v)
  if #text > 9 then text = string.format("%.2g", v) end         -- a cell of the table
  return (text:gsub("e([+-])0*(%d)", "e%1%2"):gsub("e%+", "e"))
end

-- A p-value.
---@param p number?
---@return string
function wording.p(p)
  if not p then return "" end
  if p < 1e-15 then return "< 1e-15" end
  if p < 0.001 then return (string.format("%.0e", p):gsub("e%-0", "e-")) end
  return string.format("%.3f", p)
end

-- A distance or an index.
---@param v number?
---@return string
function wording.index(v)
  if not v then return "" end
  return string.format(v < 9.995 and "%.2f" or "%.0f", v)
end

-- With a capital, unless it begins with the name of something.
---@param text string
function wording.capital(text) return (text:gsub("^%l", string.upper)) end

local function plural(n, word) return string.format("%d %s%s", n, word, n == 1 and "" or "s") end
wording.plural = plural

---@param kind string of a column's values
function wording.values(kind) return KINDS[kind] end

-- A text of the data between quotes.
local function quote(text) return '"' .. text_width.cut((text:gsub("%c", " ")), LONGEST) .. '"' end

local function quoted(list, distinct)
  local parts = {}
  for i = 1, math.min(#list, SHOWN) do parts[i] = quote(list[i]) end
  local more = distinct - #parts
  return table.concat(parts, ", ") .. (more > 0 and string.format(" and %d more", more) or "")
end

local sentences = {}

function sentences.absent() return "the column is missing" end

function sentences.added() return "the reference has no such column" end

function sentences.type(report, found)
  local change = report.columns[found.column].type
  local text = string.format("holds %s, %s in the reference", KINDS[found.current], KINDS[found.reference])
  if not change.row then return text end
  return string.format("%s; %s: row %d has %s", text,
    change.wrong == 1 and "1 is not a number" or plural(change.wrong, "value") .. " are not numbers", change.row,
    quote(change.text))
end

function sentences.missing(report, found)
  local now, parts = report.columns[found.column].current, {}
  if now.missing > 0 then parts[1] = "missing" end
  if (now.blank or 0) > 0 then parts[#parts + 1] = "blank" end
  if (now.infinite or 0) > 0 then parts[#parts + 1] = "infinite" end
  return string.format("%s of the values are %s, %s in the reference", wording.share(found.current),
    table.concat(parts, " or "), found.reference == 0 and "none" or wording.share(found.reference))
end

function sentences.category(report, found)
  return string.format("%s %s in %d of %s", found.distinct == 1 and "new category" or "new categories",
    quoted(found.values, found.distinct), found.rows, plural(report.rows.current, "row"))
end

function sentences.drift(report, found)
  local record = report.columns[found.column]
  local parts = { "drifted: PSI " .. wording.index(found.psi) }
  if found.ks then parts[2] = "KS " .. wording.index(found.ks) end
  parts[#parts + 1] = "p " .. wording.p(found.p)
  local text = table.concat(parts, ", ")
  if not record.reference.mean or not record.current.mean then return text end
  return string.format("%s; the mean went from %s to %s", text, wording.number(record.reference.mean),
    wording.number(record.current.mean))
end

-- What a finding says of its column.
---@param report table
---@param found table
---@return string
function wording.finding(report, found) return sentences[found.kind](report, found) end

-- Findings by column, { column =, text = all that is said of it }, in their order.
---@param findings table[]
---@return table[]
function wording.by_column(findings)
  local list, of = {}, {}
  for _, found in ipairs(findings) do
    local one = found.column and of[found.column]
    if one then one.text = one.text .. "; " .. found.text
    elseif found.column then
      of[found.column] = { column = found.column, text = found.text }
      list[#list + 1] = of[found.column]
    end
  end
  return list
end

-- The text of the error that stops a batch.
---@param findings table[]
---@return string
function wording.stopped(findings)
  if findings[1].kind == "empty" then return findings[1].text end
  local list = wording.by_column(findings)
  local lines = { string.format("the batch is stopped, because of %s:", plural(#list, "column")) }
  for i = 1, math.min(#list, LINES) do lines[i + 1] = string.format("  %s: %s", list[i].column, list[i].text) end
  if #list > LINES then lines[#lines + 1] = string.format("  ... and %d more", #list - LINES) end
  return table.concat(lines, "\n")
end

local function is_small(report)
  local rows = math.min(report.rows.reference, report.rows.current)
  return rows < 30 and rows > 0
end

-- The sentence over a report.
---@param report table
---@param findings table[] of its limits
---@return string
function wording.verdict(report, findings)
  if findings[1] and findings[1].kind == "empty" then return findings[1].text end
  local all = plural(#report.order, "column")
  local n = #wording.by_column(findings)
  if n > 0 then return string.format("%d of %s %s beyond the limits", n, all, n == 1 and "is" or "are") end
  if is_small(report) then return "drift is not judged in " .. all end
  return "no drift found in " .. all
end

-- How a report looks: "bad" with findings, "open" where the rows are too few for a judgement, else "good".
---@param report table
---@param findings table[]
---@return string
function wording.level(report, findings)
  return #findings > 0 and "bad" or is_small(report) and "open" or "good"
end

-- The columns none of whose values lies between the least and the greatest of the reference.
local function outside(report)
  local list = {}
  for _, name in ipairs(report.order) do
    local column = report.columns[name]
    local was, is = column.reference, column.current
    if was and is and math.type(was.min) and math.type(is.min) and (is.min > was.max or is.max < was.min) then
      list[#list + 1] = name
    end
  end
  return list
end

-- What the reader is to know beside the figures.
---@param report table
---@return string[]
function wording.notes(report)
  local list = {}
  if is_small(report) then
    list[1] = "fewer than 30 rows: only missing cells, types and categories are judged"
    local columns = outside(report)
    if #columns > 0 then
      list[2] = "every value is outside of the range of the reference: " .. table.concat(columns, ", ")
    end
  end
  if #report.added > 0 then
    list[#list + 1] = string.format("not in the reference: %s", table.concat(report.added, ", "))
  end
  return list
end

return wording
