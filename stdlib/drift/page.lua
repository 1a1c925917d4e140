-- page: a report as one page of HTML, without scripts and without anything from elsewhere: the verdict, what was
-- found, a card for each column with its histograms, the worst first, and a table of all.

local compare = require "rille.drift.compare"
local page_drawing = require "rille.drift.page_drawing"
local page_style = require "rille.drift.page_style"
local page_text = require "rille.drift.page_text"
local ranking = require "rille.drift.ranking"
local wording = require "rille.drift.wording"

local page = {}

local CARDS <const> = 300           -- most columns that have one

local escape = page_text.escape

local function put(out, fmt, ...) out[#out + 1] = string.format(fmt, ...) end

local KINDS <const> = { number = "numbers", category = "categories", text = "strings", boolean = "booleans",
  date = "dates" }

-- ---- the head ----

local function add_head(out, report, findings, title)
  local count = require("rille.base.format").count
  put(out, '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    .. '<meta name="viewport" content="width=device-width,initial-scale=1">'
    .. "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    .. "<title>%s</title><style>\n%s</style></head>\n<body><main>\n<h1>%s</h1>\n", escape(title), page_style,
    escape(title))
  put(out, '<p class="rows"><span class="ref"><i></i>reference, %s rows</span><span class="cur"><i></i>current, %s '
    .. "rows</span><span>%s</span></p>\n", count(report.rows.reference), count(report.rows.current),
    wording.plural(#report.order, "column"))
  put(out, '<section class="verdict %s"><strong>%s</strong>', wording.level(report, findings),
    escape(wording.capital(wording.verdict(report, findings))))
  for _, note in ipairs(wording.notes(report)) do put(out, "<p>%s</p>", escape(wording.capital(note))) end
end

local function add_findings(out, findings, places)
  if findings[1] and findings[1].column then
    put(out, '<ul class="found">')
    for _, found in ipairs(wording.by_column(findings)) do
      local place = places[found.column]
      put(out, place and '<li><a href="#c%d">%s</a><span>%s</span></li>' or "<li>%s<b>%s</b><span>%s</span></li>",
        place or "", escape(found.column), escape(found.text))
    end
    put(out, "</ul>")
  end
  put(out, "</section>\n")
end

-- ---- cards ----

local function share_missing(side)
  if not side then return nil end
  local n = compare.unusable(side)
  return n + side.count > 0 and n / (n + side.count) or nil
end

local FIGURES <const> = { { "mean", "mean" }, { "std", "std" }, { "min", "min" }, { "median", "median" },
  { "max", "max" } }

local function figure_text(v) return type(v) == "number" and wording.number(v) or v and tostring(v) or "" end

local function add_figures(out, one)
  local record, is_bad = one.record, false
  for _, found in ipairs(one.findings) do is_bad = is_bad or found.kind == "missing" end
  local r, c = record.reference, record.current or {}
  put(out, '<table class="figures"><thead><tr><th></th><th>reference</th><th>current</th></tr></thead><tbody>')
  local before, now = share_missing(r), share_missing(record.current)
  put(out, "<tr%s><th>missing</th><td>%s</td><td>%s</td></tr>", is_bad and ' class="bad"' or "",
    before and escape(wording.share(before)) or "", now and escape(wording.share(now)) or "")
  if record.kind == "number" or record.kind == "date" then
    for _, figure in ipairs(FIGURES) do
      local a, b = figure_text(r[figure[1]]), figure_text(c[figure[1]])
      if a ~= "" or b ~= "" then
        put(out, "<tr><th>%s</th><td>%s</td><td>%s</td></tr>", figure[2], escape(a), escape(b))
      end
    end
  elseif r.distinct or c.distinct then
    put(out, "<tr><th>different values</th><td>%s</td><td>%s</td></tr>", r.distinct or "", c.distinct or "")
  end
  put(out, "</tbody></table>")
end

local function add_tests(out, record)
  local parts = {}
  local function test(name, text)
    if text ~= "" then parts[#parts + 1] = string.format("%s <b>%s</b>", name, escape(text)) end
  end
  test("PSI", wording.index(record.psi))
  test("KS", wording.index(record.ks))
  test("Wasserstein", wording.number(record.wasserstein))
  test("Jensen-Shannon", wording.index(record.jensen_shannon))
  test("p", wording.p(record.corrected and record.corrected.drift))
  if #parts > 0 then put(out, '<p class="tests"><span>%s</span></p>', table.concat(parts, "</span><span>")) end
end

-- What stands where there is no drawing.
local function no_drawing(record)
  if not record.current then return "the current rows have no such column" end
  if record.type then
    return string.format("%s in the reference, %s now", wording.values(record.type.reference),
      wording.values(record.type.current))
  end
  if record.reference.count == 0 or record.current.count == 0 then return "no values to draw" end
  return "too many different strings to draw"
end

local function add_card(out, one, place)
  local record = one.record
  put(out, '<article class="card %s" id="c%d"><header><h3>%s</h3><span class="pill">%s</span></header>', one.level,
    place, escape(one.name), escape(one.verdict))
  local dtype, now = record.reference.dtype, record.current and record.current.dtype
  local types = record.kind == "number" and ", " .. dtype or ""
  if now and now ~= dtype then types = ", " .. dtype .. " → " .. now end
  put(out, '<p class="kind">%s%s</p>', KINDS[record.kind], escape(types))
  local drawing = page_drawing.svg(record)
  put(out, "%s", drawing or '<div class="none">' .. escape(no_drawing(record)) .. "</div>")
  for _, found in ipairs(one.findings) do
    if found.kind ~= "drift" then put(out, '<p class="why">%s</p>', escape(wording.capital(found.text))) end
  end
  if not record.judged and record.current and not record.type and record.note then
    put(out, '<p class="why aside">Distribution not judged: %s</p>', escape(record.note))
  end
  add_figures(out, one)
  add_tests(out, record)
  put(out, "</article>\n")
end

-- ---- the table ----

local function add_table(out, ranked)
  put(out, '<h2>All columns</h2>\n<div class="scroll"><table class="all"><thead><tr><th>column</th><th>missing</th>'
    .. "<th>mean, reference</th><th>mean, current</th><th>PSI</th><th>KS</th><th>Wasserstein / std</th><th>p</th>"
    .. "<th>verdict</th></tr></thead><tbody>\n")
  for i, one in ipairs(ranked) do
    local record = one.record
    local now = share_missing(record.current)
    put(out, "<tr><th>%s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td>"
      .. '<td><span class="pill %s">%s</span></td></tr>\n', i <= CARDS and string.format('<a href="#c%d">%s</a>', i,
      escape(one.name)) or escape(one.name), now and escape(wording.share(now)) or "",
      wording.number(record.reference.mean), wording.number(record.current and record.current.mean),
      wording.index(record.psi), wording.index(record.ks), wording.index(record.wasserstein_std),
      escape(wording.p(record.corrected and record.corrected.drift)), one.level, escape(one.verdict))
  end
  put(out, "</tbody></table></div>\n")
end

local FOOT <const> = "PSI over the deciles of the reference or over categories, with about 10 expected rows or more "
  .. "in each bin. p is how likely such a difference is without drift: twice the smaller p-value of Kolmogorov-Smirnov "
  .. "and chi-square for numbers, chi-square for others, corrected for all columns (Holm). A column has drifted when p "
  .. "is below %s and PSI is %s or more (or KS %s). Heights are shares of each side; triangles are means."

-- The page.
---@param report drift.Report
---@param title string?
---@return string
function page.html(report, title)
  local ranked, findings = ranking.of(report)
  local out, places = {}, {}
  for i, one in ipairs(ranked) do if i <= CARDS then places[one.name] = i end end
  add_head(out, report, findings, title or "Drift report")
  add_findings(out, findings, places)
  if #ranked > 0 then
    put(out, '<h2>Columns</h2>\n<div class="cards">\n')
    for i, one in ipairs(ranked) do if i <= CARDS then add_card(out, one, i) end end
    put(out, "</div>\n")
    add_table(out, ranked)
  end
  local limits = report.limits
  put(out, '<p class="foot">' .. FOOT .. "</p>\n</main></body></html>\n", wording.number(limits.alpha),
    wording.number(limits.psi), wording.number(2 * limits.psi))
  return table.concat(out)
end

return page
