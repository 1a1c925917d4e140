-- property_test.lua -- reports of random frames with odd values in odd columns: each is shown, read back from its JSON
-- as the same report, and has figures that are numbers.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local drift = require "rille.drift"
local frame = require "rille.frame"

local FRAMES <const> = 500
local SIZES <const> = { 0, 1, 2, 29, 30, 31, 60, 100, 250 }
local NUMBERS <const> = { 0.0, -0.0, 1.0, 1.5, 1 / 0, -1 / 0, 0 / 0, 1e308, -1e308, 5e-324, 2.0 ^ 53, 1e-300 }
local WORDS <const> = { "", " ", "a", "b", "c", "\xff", "ü", ("x"):rep(300), "<b>", "1", "$number", "\0", "a\nb" }
local NAMES <const> = { "x", "y", "z", "\xff<", "$table", "", "ü", "longer than the column of the table is wide",
  "two\nlines" }

local seed = 0
local function random(n)
  seed = seed + 1
  return array.integers(1, n, 1, seed)[1]
end

local function list(n, make)
  local made = {}
  for i = 1, n do made[i] = make(i) end
  return made
end

local function one_of(values) return function() return values[random(#values)] end end

local COLUMNS <const> = {
  function(n) return array.from(list(n, one_of(NUMBERS)), "f64") end,
  function(n) return list(n, one_of(WORDS)) end,
  function(n) return array.integers(-3, random(20), n, random(1000)) end,
  function(n) return array.random(n, random(1000)):lt(random(10) / 10) end,
  function(n)
    local function date() return random(4) == 1 and "" or string.format("2026-%02d-01", random(12)) end
    return frame.dates(list(n, date))
  end,
  function(n) return array.full(n, NUMBERS[random(#NUMBERS)], "f64") end,
  function(n) return list(n, function() return "id" .. random(100000) end) end,
  function(n) return array.normal(n, random(1000)):astype "f32" end,
  function(n) return array.from(list(n, function() return math.maxinteger - random(5) end), "i64") end,
}

local function some_frame()
  local n, columns, seen = SIZES[random(#SIZES)], {}, {}
  for _ = 1, random(6) do
    local name = NAMES[random(#NAMES)]
    if not seen[name] then columns[#columns + 1] = { name, COLUMNS[random(#COLUMNS)](n) } end
    seen[name] = true
  end
  return frame.new(columns)
end

-- A cut text that is no UTF-8 is as wide as its bytes, and "…" has three of them.
local function width(line)
  line = line:gsub("…", ".")
  return utf8.len(line) or #line
end

local function check_figures(report)
  for _, name in ipairs(report.order) do
    local c = report.columns[name]
    for _, field in ipairs { "psi", "psi_p", "ks", "ks_p", "chi_square", "chi_square_p", "p", "missing_p" } do
      local v = c[field]
      check.ok(v == nil or v >= 0 and v < math.huge and (not field:find "p$" or v <= 1), field .. " " .. tostring(v))
    end
  end
end

check.test("reports of random frames are shown, and read back as they are", function()
  for k = 1, FRAMES do
    local a, b = some_frame(), some_frame()
    local report = drift.compare(a, b, { bins = random(30) + 1, max_categories = random(50) })
    local text, html = tostring(report), report:html()
    check_figures(report)
    for line in text:gmatch "[^\n]+" do check.ok(width(line) <= 80, k .. ": " .. line) end
    local at = html:find "%f[%w]nan%f[%W]" or html:find "%f[%w]inf%f[%W]"
    check.ok(not at, at and string.format("%d: nan or inf in the page: %s", k, html:sub(at - 40, at + 40)))
    local back = drift.load(report:json())
    check.ok(back == report and tostring(back) == text and back:html() == html, k .. ": read back")
    drift.gate { categories = "any", added = true, alpha = random(10) / 10, psi = random(3) / 10 }:check(report)
    check.ok(a.n_rows == 0 or drift.gate { missing = 1 }:check(drift.compare(a, a)), k .. ": not like itself")
  end
end)

check.done()
