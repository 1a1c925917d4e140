-- page_test.lua -- the page and the table of a report, as they are seen.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local browser = require "browser"
local csv = require "rille.csv"
local drift = require "rille.drift"
local frame = require "rille.frame"
local scratch = require "scratch"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"

-- All kinds of columns, with a finding of each kind.
local function odd_report()
  local cities, when, yes, ids, texts = {}, {}, {}, {}, {}
  for i = 1, 569 do
    cities[i] = i > 500 and i % 5 == 0 and "<b>Genève</b> & others" or ({ "Basel", "Bern", "Chur" })[i % 3 + 1]
    when[i], yes[i], ids[i] = string.format("2026-%02d-11", i % 12 + 1), i % 2 == 0, "id" .. i
    texts[i] = i == 510 and "12,5" or tostring(i)
  end
  local f = cancer:take(array.random(569, 1):argsort()):with_column("<i>city", cities)
    :with_column("when", frame.dates(when)):with_column("yes", yes):with_column("id", ids)
  local area = f:column "mean_area":totable()
  area[3] = 1e9
  f = f:with_column("mean_area", area)
  local batch = f:rows(456, 569):drop { "mean_symmetry" }
  return drift.compare(f:rows(1, 455), batch:with_column("mean_radius", batch:column "mean_radius" * 1.5)
    :with_column("mean_texture", { table.unpack(texts, 456, 569) }):with_column("more", batch:column "yes")
    :with_column("mean_smoothness", array.full(#batch, 0 / 0)))
end

local report = odd_report()

check.test("the page has no script and nothing from elsewhere, and names are no markup", function()
  local html = report:html "Batch <7>"
  check.ok(not html:find "<script" and not html:find "https?://" and not html:find "[%s\"]url%(", "something is loaded")
  check.has(html, "<title>Batch &lt;7&gt;</title>")
  check.has(html, "&lt;b&gt;Genève&lt;/b&gt; &amp; others")
  check.ok(not html:find("<b>Genève", 1, true) and not html:find("<i>city", 1, true), "markup of a name")
  check.eq(report:html "a", report:html "a")
end)

check.test("in a browser the page has all columns, the worst first, fits a phone and shows no error", function()
  local dir <close> = scratch.new()
  dir:write("drift.html", report:html())
  local b <close> = browser.open { width = 1280, height = 900 }
  b:go("file://" .. dir.dir .. "/drift.html")
  check.eq(b:js "return document.querySelectorAll('.card').length", #report.order)
  check.eq(b:js "return Array.from(document.querySelectorAll('.card.bad .pill'), e => e.textContent).join(' ')",
    "absent type missing new drift")
  check.eq(b:js "return document.querySelector('.verdict strong').textContent",
    "5 of 35 columns are beyond the limits")
  check.eq(b:js "return document.querySelectorAll('.found a').length", 5)
  b:click ".found a"
  check.eq(b:js "return document.querySelector(':target h3').textContent", "mean_symmetry")
  check.eq(b:js "return getComputedStyle(document.body).backgroundColor", "rgb(255, 255, 255)")
  for _, width in ipairs { 1280, 700, 500 } do
    b:resize(width, 900)
    check.ok(b:js "return document.documentElement.scrollWidth <= innerWidth", "wider than " .. width)
  end
  -- a window has at least 500 pixels; a frame in it is as narrow as a phone
  dir:write("phone.html", '<iframe src="drift.html" style="width:360px;height:800px"></iframe>')
  b:go("file://" .. dir.dir .. "/phone.html")
  b:send("POST", "/frame", { id = 0 })
  check.eq(b:js "return document.documentElement.scrollWidth", 360)
  check.eq(b:js("return Math.max(...Array.from(document.querySelectorAll('.card'), "
    .. "e => e.scrollWidth - e.clientWidth))"), 0)
  check.eq(b:errors(), {})
end)

check.test("the page is dark where that is wanted", function()
  local dir <close> = scratch.new()
  dir:write("drift.html", report:html())
  local b <close> = browser.open { dark = true }
  b:go("file://" .. dir.dir .. "/drift.html")
  check.eq(b:js "return getComputedStyle(document.body).backgroundColor", "rgb(20, 24, 28)")
end)

check.test("pages of reports without rows, columns or values are pages", function()
  local none = cancer:rows(1, 1):filter { target = 7 }
  local nothing = frame.new {}
  for _, one in ipairs { drift.compare(cancer, none), drift.compare(none, none), drift.compare(nothing, nothing),
    drift.compare(cancer, cancer:rows(2, 2)), drift.compare(array.full(40, 0 / 0), array.full(40, 1 / 0)) } do
    check.has(one:html(), "</main></body></html>")
    check.eq(drift.load(one:json()), one)
    check.ok(#tostring(one) > 20, "no table")
  end
end)

local SCRIPT <const> = [[
    local drift, array = require "rille.drift", require "rille.array"
    local s = step "s" { outputs = { t.drift_report "report" }, run = function()
      return drift.compare(array.random(100, 1), array.random(60, 2) + 1)
    end }
    return pipeline "main" { define = function() s() end }]]

check.test("rille artifact get writes the page, the table and JSON, and show previews what was found", function()
  local p <close> = scratch.script(SCRIPT)
  p:ok "run main.lua -q"
  p:ok "artifact get main::s::report -o drift.html"
  check.has(p:read "drift.html", "<title>Drift: main::s::report</title>")
  check.has((p:ok "artifact get main::s::report --as txt"), "1 of 1 column is beyond the limits")
  check.eq(drift.load((p:ok "artifact get main::s::report")).order, { "x1" })
  check.has((p:ok "show main::s::report"), "x1: drifted: PSI")
  p:ok "run main.lua -q"
  check.eq(p:statuses(), "s=cached")
end)

check.test("on a terminal the table of a report is in colour, the verdict first", function()
  scratch.pty(check)
  if not os.execute "command -v script >/dev/null" then check.cannot "there is no program script here" end
  local p <close> = scratch.script(SCRIPT)
  p:ok "run main.lua -q"
  local r = p:sh [[TERM=xterm NO_COLOR= script -qec '"$RILLE" artifact get main::s::report' typescript </dev/null]]
  check.has((r.out:gsub("\r", "")), "\27[31m1 of 1 column is beyond the limits\27[0m\n")
end)

check.done()
