package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local csv = require "rille.csv"
local drift = require "rille.drift"
local frame = require "rille.frame"
local probability = require "rille.drift.probability"

local cancer = csv.read "../../../examples/data/breast_cancer.csv"
local first, last = cancer:rows(1, 284), cancer:rows(285, 569)
local gate = drift.gate {}

local function near(found, wanted, tolerance)
  local off = math.abs(found - wanted) / math.max(math.abs(wanted), 1e-300)
  if off > (tolerance or 1e-12) then check.eq(found, wanted) end
end

local function raises(message, f, ...)
  local arguments = table.pack(...)
  check.has(check.raises(function() f(table.unpack(arguments, 1, arguments.n)) end, message), "drift_test.lua:")
end

-- n rows: the values of make(i).
local function list(n, make)
  local made = {}
  for i = 1, n do made[i] = make(i) end
  return made
end

local function of(columns)
  local made = {}
  for i = 1, #columns, 2 do made[#made + 1] = { columns[i], columns[i + 1] } end
  return frame.new(made)
end

-- "KIND column: text; ..."
local function found(report, g)
  local _, findings = (g or gate):check(report)
  local parts = {}
  for i, one in ipairs(findings or {}) do parts[i] = one.kind .. " " .. tostring(one.column) .. ": " .. one.text end
  return table.concat(parts, "; ")
end

-- ---- figures ----

-- column: PSI, KS, p exact, Wasserstein, / std, chi-square, p, Jensen-Shannon, counts; scipy 1.10, numpy 1.24
local REFERENCE <const> = {
  mean_radius = { 0.16495299341677222, 0.1530763528539659, 0.0021114948290376053, 0.8632034593526066,
    0.23971531352242856, 22.264850198294397, 0.008076437253238295, 0.14163099392262843,
    "34 36 42 41 24 35 17 18 9 29" },
  mean_area = { 0.13689960995334408, 0.15308870768470473, 0.00210476999711729, 79.82753891771678,
    0.22170997914023657, 18.7866531649912, 0.027069298686561594, 0.1296028021361395,
    "36 37 38 41 26 33 17 18 11 28" },
  worst_concavity = { 0.19526624951059424, 0.19177168272794662, 4.3081985374539874e-05, 0.07490909408203607,
    0.3433756902719372, 26.892733900719367, 0.0014570628135794367, 0.1549523295197623,
    "51 27 50 37 25 18 24 26 14 13" },
}

check.test("the figures are those of scipy", function()
  local report = drift.compare(first, last)
  for name, wanted in pairs(REFERENCE) do
    local c = report.columns[name]
    near(c.psi, wanted[1])
    near(c.ks, wanted[2])
    near(c.ks_p, wanted[3], 1e-10)
    near(c.wasserstein, wanted[4], 1e-11)
    near(c.wasserstein_std, wanted[5], 1e-11)
    near(c.chi_square, wanted[6])
    near(c.chi_square_p, wanted[7], 1e-11)
    near(c.jensen_shannon, wanted[8])
    check.eq(table.concat(c.bins.current, " "), wanted[9])
    check.eq({ c.dof, c.ks_exact, c.judged }, { 9, true, true })
  end
  local radius = report.columns.mean_radius
  check.eq(table.concat(radius.bins.reference, " "), "29 27 29 29 28 28 29 28 28 29")
  near(radius.reference.mean, 14.548788732394366)
  near(radius.reference.std, 3.600952507657974)
  check.eq({ radius.reference.q25, radius.reference.median, radius.reference.q75, radius.current.q95 },
    { 11.8975, 13.76, 17.0275, 20.582 })
  near(radius.psi_p, probability.chi_square(radius.psi * 284 * 285 / 569, 9))
end)

check.test("few different numbers are counted by value", function()
  local target = drift.compare(first, last).columns.target
  near(target.psi, 0.33664840682214553)
  near(target.chi_square, 46.178291086191734)
  near(target.chi_square_p, 1.0796667360922233e-11, 1e-10)
  check.eq({ target.bins.labels, target.bins.reference, target.bins.current, target.dof },
    { { "0", "1" }, { 145, 139 }, { 67, 218 }, 1 })
end)

check.test("few different numbers are drawn in their order, categories by how many there are", function()
  local parts = array.from(list(100, function(i) return i % 10 == 0 and 1 or i % 2 == 0 and 3 or 2 end))
  check.eq(drift.compare(parts, parts).columns.x1.drawing, { labels = { "1", "2", "3" }, reference = { 10, 50, 40 },
    current = { 10, 50, 40 } })
  local f = of { "s", list(100, function(i) return i % 4 == 0 and "a" or "b" end) }
  check.eq(drift.compare(f, f).columns.s.drawing.labels, { "b", "a" })
end)

check.test("p-values are those of the distributions", function()
  near(probability.kolmogorov(0.1530763528539659 * math.sqrt(284 * 285 / 569)), 0.0025457208189245562, 1e-11)
  near(probability.kolmogorov(0.19177168272794662 * math.sqrt(284 * 285 / 569)), 5.7157489407295704e-05, 1e-11)
  near(probability.kolmogorov(0.5), 0.9639452436648751, 1e-11)
  near(probability.chi_square(3.841458820694124, 1), 0.05, 1e-11)
  near(probability.chi_square(2, 2), math.exp(-1))
  near(probability.binomial(3, 10, 0.5), 968 / 1024)
  near(probability.binomial(8, 10, 0.5), 56 / 1024)
  -- 2 white balls or more of 3 drawn from 4 white and 6 black: (6 * 6 + 4) / 120
  near(probability.overlap(2, 3, 10, 4), 40 / 120)
  check.eq(probability.overlap(0, 3, 10, 4), 1.0)
  near(probability.smirnov(9, 3, 3), 0.1)                   -- all of one side first: 2 of 20 ways
  check.eq(probability.holm { 0.01, 0.04, 0.03, 0.5 }, { 0.04, 0.09, 0.09, 0.5 })
  check.eq(probability.holm { 0.6, 0.7 }, { 1.0, 1.0 })
end)

check.test("the distance of KS and its exact p-value are those of counting all orders", function()
  -- D >= 2/3 for 3 and 4 rows, counted by hand over all 35 orders
  local n, m, hits, all = 3, 4, 0, 0
  local function walk(i, j, most)
    most = math.max(most, math.abs(i * m - j * n))
    if i == n and j == m then
      all = all + 1
      if most >= 8 then hits = hits + 1 end
      return
    end
    if i < n then walk(i + 1, j, most) end
    if j < m then walk(i, j + 1, most) end
  end
  walk(0, 0, 0)
  near(probability.smirnov(8, n, m), hits / all)
end)

check.test("bins expect 10 rows of the smaller side", function()
  local x = array.random(1000, 1)
  local function number(n) return #drift.compare(x, array.random(n, 2)).columns.x1.bins.reference end
  check.eq({ number(30), number(57), number(100), number(5000) }, { 3, 5, 10, 10 })
  check.eq(#drift.compare(x, x, { bins = 4 }).columns.x1.bins.reference, 4)
end)

-- ---- what the gate finds ----

check.test("the halves of the ordered file differ, and the error names columns and figures", function()
  local report = drift.compare(first, last, { ignore = "target" })
  local passed, findings = gate:check(report)
  check.eq(passed, false)
  check.ok(#findings >= 12, #findings .. " findings")
  check.eq({ findings[1].kind, findings[1].column }, { "drift", "worst_concave_points" })
  raises("the batch is stopped, because of " .. #findings .. " columns:\n  worst_concave_points: drifted: PSI 0.2",
    gate.stop, gate, report)
  check.eq(gate:check(drift.compare(first, first)), true)
  gate:stop(drift.compare(first, first))
end)

check.test("a shifted column is found, and only that one", function()
  local order = array.random(569, 5):argsort()
  local reference, batch = cancer:take(order:slice(1, 455)), cancer:take(order:slice(456, 569))
  local moved = batch:with_column("mean_radius", batch:column "mean_radius" + 2)
  local report = drift.compare(reference, moved)
  check.has(found(report), "drift mean_radius: drifted: PSI")
  check.eq(select(2, gate:check(report))[2], nil)
  check.eq(found(report, drift.gate { drift = false }), "")
  check.eq(found(report, drift.gate { psi = 3 }), "")
end)

check.test("a column whose spread has changed is found", function()
  local x = array.normal(2000, 1)
  check.has(found(drift.compare(x, array.normal(300, 2) * 1.6)), "drift x1")
  check.eq(found(drift.compare(x, array.normal(300, 2))), "")
end)

check.test("a difference that is certain and small does not stop", function()
  local x = array.random(200000, 1)
  local report = drift.compare(x, array.random(200000, 2) + 0.02)
  check.ok(report.columns.x1.corrected.drift < 1e-6, "it is not certain")
  check.eq(gate:check(report), true)
  check.eq(gate:check(drift.compare(x, array.random(200000, 2) + 0.3)), false)
end)

local cities = list(300, function(i) return ({ "Bern", "Basel", "Chur" })[i % 3 + 1] end)

check.test("new categories are named", function()
  local batch = list(40, function(i) return i > 36 and "Genf" or cities[i] end)
  local report = drift.compare(of { "city", cities }, of { "city", batch })
  check.eq(found(report), 'category city: new category "Genf" in 4 of 40 rows')
  check.eq(report.columns.city.new, { values = { "Genf" }, distinct = 1, rows = 4 })
  check.eq(found(report, drift.gate { categories = false }), "")
  local other = drift.compare(of { "city", cities }, of { "city", list(4, function(i) return "c" .. i end) })
  check.eq(found(other), 'category city: new categories "c1", "c2", "c3", "c4" in 4 of 4 rows')
end)

check.test("where categories in one row are usual, new ones are too", function()
  local reference = list(300, function(i) return i <= 40 and "rare" .. i or "Bern" end)
  local batch = list(60, function(i) return i <= 8 and "other" .. i or "Bern" end)
  local report = drift.compare(of { "city", reference }, of { "city", batch })
  check.eq(found(report), "")
  check.has(found(report, drift.gate { categories = "any" }), 'new categories "other1"')
  batch = list(60, function(i) return i <= 30 and "other" .. i or "Bern" end)
  check.has(found(drift.compare(of { "city", reference }, of { "city", batch })), "category city")
end)

check.test("categories whose shares have changed have drifted", function()
  local batch = list(90, function(i) return i % 3 == 0 and "Chur" or "Bern" end)
  check.has(found(drift.compare(of { "city", cities }, of { "city", batch })), "drift city: drifted: PSI")
  local yes = list(200, function(i) return i % 2 == 0 end)
  check.has(found(drift.compare(of { "b", yes }, of { "b", list(200, function(i) return i % 5 == 0 end) })), "drift b")
end)

check.test("strings of many values are no categories", function()
  local ids, others = list(100, function(i) return "id" .. i end), list(100, function(i) return "id" .. (i + 500) end)
  local report = drift.compare(of { "id", ids }, of { "id", others })
  check.eq({ report.columns.id.kind, report.columns.id.judged, found(report) }, { "text", false, "" })
  local f = of { "city", cities }
  check.eq(drift.compare(f, f, { max_categories = 2 }).columns.city.kind, "text")
end)

check.test("a column that became text is found with its first wrong cell", function()
  local numbers = list(50, function(i) return i / 2 end)
  local texts = list(40, function(i) return i == 7 and "12,5" or tostring(i) end)
  local report = drift.compare(of { "x", numbers }, of { "x", texts })
  check.eq(found(report), 'type x: holds strings, numbers in the reference; 1 is not a number: row 7 has "12,5"')
  check.eq(found(report, drift.gate { types = false }), "")
  check.has(found(drift.compare(of { "x", numbers }, of { "x", list(40, function() return true end) })),
    "type x: holds booleans, numbers in the reference")
end)

check.test("numbers that differ by rounding alone are equal", function()
  for _, sign in ipairs { 1, -1 } do
    local noisy = (array.arange(60) * (sign * 1e-13)) + 5
    check.eq(found(drift.compare(array.full(200, 5.0), noisy)), "")
    check.eq(found(drift.compare(noisy, array.full(200, 5.0))), "")
  end
end)

check.test("figures of numbers near the greatest are left out where they are infinite", function()
  local report = drift.compare(array.random(100, 1), array.arange(100) * 1e306)
  check.ok(found(report):find "^drift x1: drifted: PSI [%d.]+, KS 1.00, p < 1e%-15$", found(report))
  check.eq(report.columns.x1.current.mean, nil)
end)

check.test("many categories that are in many rows are categories", function()
  local function names(word, n) return list(n, function(i) return word .. i % 60 end) end
  check.has(found(drift.compare(of { "s", names("k", 600) }, of { "s", names("q", 300) })), 'new categories "q')
end)

check.test("integers that became floats have no other type", function()
  local report = drift.compare(array.arange(100), array.arange(100):astype "f64")
  check.eq({ report.columns.x1.type, report.columns.x1.reference.dtype, found(report) }, { nil, "i64", "" })
end)

check.test("missing and additional columns are found", function()
  local report = drift.compare(cancer:select { "mean_radius", "mean_area" }, cancer:select { "mean_area", "target" })
  check.eq({ found(report), report.absent, report.added },
    { "absent mean_radius: the column is missing", { "mean_radius" }, { "target" } })
  check.has(found(report, drift.gate { added = true }), "added target: the reference has no such column")
  check.eq(found(report, drift.gate { columns = false }), "")
  check.eq(gate:check(drift.compare(cancer, cancer:select { "target", table.unpack(cancer.columns, 1, 30) })), true)
end)

-- ---- missing cells ----

-- n numbers, of which every k-th is missing.
local function holes(n, k)
  return array.from(list(n, function(i) return i % k == 0 and 0 / 0 or (i * 7 % 13) / 7 end))
end

check.test("missing cells are found, also where the reference has none", function()
  local report = drift.compare(holes(200, 1000), holes(40, 5))
  check.eq(found(report), "missing x1: 20 % of the values are missing, none in the reference")
  check.eq(found(report, drift.gate { missing = 0.25 }), "")
  check.eq(found(report, drift.gate { missing = false }), "")
  -- few rows are enough
  check.has(found(drift.compare(holes(200, 1000), holes(5, 5))), "missing x1: 20 %")
end)

check.test("where the reference has some, more of them are found beyond chance", function()
  check.eq(found(drift.compare(holes(500, 10), holes(40, 4))),
    "missing x1: 25 % of the values are missing, 10 % in the reference")
  check.eq(found(drift.compare(holes(500, 10), holes(4, 4))), "")     -- one of 4
  check.eq(found(drift.compare(holes(500, 10), holes(50, 9))), "")
end)

check.test("blank strings and infinite numbers count as missing do, and are told apart", function()
  local report = drift.compare(of { "s", cities }, of { "s", list(40, function(i) return i % 4 == 0 and " " or
    i % 4 == 1 and "" or cities[i] end) })
  check.has(found(report), "missing s: 50 % of the values are missing or blank, none in the reference")
  check.eq({ report.columns.s.current.blank, report.columns.s.current.missing }, { 10, 10 })
  local x = array.from(list(40, function(i) return i % 4 == 0 and (i % 8 == 0 and 1 or -1) / 0 or i / 40 end))
  report = drift.compare(array.random(400, 1), x)
  check.has(found(report), "missing x1: 25 % of the values are infinite, none in the reference")
  local side = report.columns.x1.current
  check.eq({ side.infinite, side.count, side.max }, { 10, 30, 39 / 40 })
end)

-- ---- odd data ----

check.test("an empty batch stops with that sentence, and an empty reference", function()
  local none = cancer:rows(1, 1):filter { target = 7 }
  local report = drift.compare(cancer, none)
  raises("the batch is empty: it has no rows", gate.stop, gate, report)
  check.eq(#select(2, gate:check(report)), 1)
  raises("the reference is empty: it has no rows", gate.stop, gate, drift.compare(none, cancer))
  check.has(tostring(report), "the batch is empty")
  check.has(tostring(drift.compare(none, none)), "the reference is empty")
end)

check.test("too few rows are no good news, and columns that lie elsewhere are named", function()
  local few = of { "x", list(28, function(i) return i + 1000 end), "y", list(28, function(i) return i end) }
  local many = of { "x", list(200, function(i) return i end), "y", list(200, function(i) return i end) }
  local report = drift.compare(many, few)
  check.has(tostring(report), "drift is not judged in 2 columns")
  check.has(tostring(report), "every value is outside of the range of the reference: x\n")
  check.has(report:html(), '<section class="verdict open"><strong>Drift is not judged in 2 columns')
  check.has(drift.compare(many, many):html(), '<section class="verdict good"><strong>No drift found in 2 columns')
end)

check.test("below 30 rows only missing cells, types and categories are judged, and the report says so", function()
  local report = drift.compare(first, last:rows(1, 29))
  check.eq({ report.columns.mean_radius.judged, report.columns.mean_radius.psi, found(report) }, { false, nil, "" })
  check.has(report.columns.mean_radius.note, "29 values in the current rows; 30 are needed")
  check.has(tostring(report), "fewer than 30 rows: only missing cells, types and categories are judged")
  check.eq(drift.compare(first, last:rows(1, 30)).columns.mean_radius.judged, true)
end)

check.test("one row, constant columns and columns without values are compared", function()
  check.eq(gate:check(drift.compare(cancer, cancer:rows(3, 3))), true)
  check.eq(gate:check(drift.compare(cancer:rows(3, 3), cancer)), true)
  local report = drift.compare(array.ones(100), array.ones(50))
  check.eq({ found(report), report.columns.x1.psi, report.columns.x1.ks }, { "", 0.0, 0.0 })
  check.has(found(drift.compare(array.ones(100), array.ones(50) * 2)), "drift x1")
  check.has(found(drift.compare(array.ones(100), array.random(50, 1) + 2)), "drift x1")
  local none = array.full(60, 0 / 0)
  check.eq(gate:check(drift.compare(none, none)), true)
  check.eq(found(drift.compare(array.random(60, 1), none)),
    "missing x1: 100 % of the values are missing, none in the reference")
  check.eq(gate:check(drift.compare(none, array.random(60, 1))), true)
  -- a column of which nothing is there has any type
  check.has(found(drift.compare(of { "s", cities }, of { "s", none })), "missing s: 100 %")
  check.has(found(drift.compare(of { "x", array.random(60, 1) }, of { "x", list(60, function() return "" end) })),
    "missing x: 100 %")
end)

check.test("dates are described and not judged: they move on", function()
  local day = 86400000
  local function dates(from, n) return frame.dates((array.arange(n) + from) * day) end
  local report = drift.compare(of { "d", dates(0, 100) }, of { "d", dates(100, 50) })
  local d = report.columns.d
  check.eq({ d.kind, d.judged, d.reference.min, d.reference.max, d.current.min }, { "date", false, "1970-01-02",
    "1970-04-11", "1970-04-12" })
  check.eq(found(report), "")
  local holey = frame.dates(list(40, function(i) return i % 2 == 0 and "" or "2026-01-01" end))
  check.has(found(drift.compare(of { "d", dates(0, 100) }, of { "d", holey })), "missing d: 50 %")
end)

check.test("matrices and vectors are compared; a frame and a matrix are not", function()
  local m = array.random({ 80, 3 }, 1)
  check.eq(drift.compare(m, m).order, { "x1", "x2", "x3" })
  check.eq(drift.compare(m, m:slice(1, 2, 2)).absent, { "x3" })
  raises("drift.compare: reference is a frame and current is an array", drift.compare, cancer, m)
  raises("drift.compare: current is 3, expected a frame, a matrix or a vector", drift.compare, cancer, 3)
end)

check.test("options that are not known, or wrong, are mistakes", function()
  raises('drift.compare: unknown field "ignroe"; did you mean "ignore"?', drift.compare, first, last, { ignroe = "x" })
  raises('drift.compare: ignore: there is no column "tagret"; did you mean "target"?', drift.compare, first, last,
    { ignore = "tagret" })
  raises("drift.compare: bins is 1, expected an integer from 2 to 100", drift.compare, first, last, { bins = 1 })
  raises("drift.compare: gate is 3, expected what drift.gate gives", drift.compare, first, last, { gate = 3 })
  raises('drift.gate: unknown field "misssing"; did you mean "missing"?', drift.gate, { misssing = 0.1 })
  raises("drift.gate: missing is 10, expected a share from 0 to 1, or false", drift.gate, { missing = 10 })
  raises("drift.gate: alpha is 0, expected a number above 0, at most 1", drift.gate, { alpha = 0 })
  raises('drift.gate: categories is "all", expected true, false or "any"', drift.gate, { categories = "all" })
  raises("check: expected a report of drift.compare, found 3", gate.check, gate, 3)
  local g = drift.gate {}
  raises('drift.gate: unknown field "limit"', function() g.limit = 1 end)
  g.missing = 10
  raises("drift.gate: missing is 10", g.check, g, drift.compare(first, last))
end)

-- ---- the value ----

check.test("a report is read back from its JSON, and other texts are refused", function()
  local report = drift.compare(first, last, { gate = drift.gate { psi = 0.2 } })
  local back = drift.load(report:json())
  check.eq({ back == report, back:json() == report:json(), back.limits.psi }, { true, true, 0.2 })
  check.eq(tostring(back), tostring(report))
  raises("the text is not JSON", drift.load, "x")
  raises("the text is not the JSON of a report: see", drift.load, "{}")
  raises("the text is not the JSON of a report: see mean_area.psi", drift.load,
    (report:json():gsub('("mean_area".-"psi":)[%d.]+', '%1"x"', 1)))
  raises("the report has the format rille.drift 2", drift.load, (report:json():gsub("rille.drift 1", "rille.drift 2")))
end)

check.test("the table has 80 columns, the worst columns first, and a verdict", function()
  local text = tostring(drift.compare(first, last))
  check.has(text, "18 of 31 columns are beyond the limits\nreference 284 rows, current 285 rows\n")
  for line in text:gmatch "[^\n]+" do check.ok(utf8.len(line) <= 80, line) end
  check.has(text:match "\ncolumn .*", "verdict\ntarget ")
  check.has(tostring(drift.compare(first, first)), "no drift found in 31 columns\n")
end)

check.done()
