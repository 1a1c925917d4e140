-- One row by itself: the figures of transform, to the bit, or nil where transform has to be asked.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local frame = require "rille.frame"
local one_row = require "rille.preprocess.one_row"
local preprocess = require "rille.preprocess"

local state = math.tointeger(tonumber(os.getenv "RILLE_SEED")) or 20261122
local function draw(n)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % n + 1
end
local function pick(list) return list[draw(#list)] end

local NAN <const> = 0 / 0
local seen <const> = frame.new { { "x", { 1.5, -2.0, 1 / 3, NAN, 1e10, 0.1 } }, { "n", { 3, 1, 2, 2, 7, 3 } },
  { "z", { 5.0, 5.0, 5.0, 5.0, 5.0, 5.0 } }, { "city", { "Bern", "Chur", "", "Bern", "Chur", "Basel" } },
  { "ok", { true, false, true, true, false, false } } }

local STEPS <const> = {
  function() return preprocess.impute { strategy = pick { "mean", "median", "most_frequent" } } end,
  function() return preprocess.impute { "city", strategy = "constant", value = "none" } end,
  function() return preprocess.scale { method = pick { "standard", "robust" } } end,
  function() return preprocess.scale { method = "min_max", range = { -3, 2.5 }, clip = pick { true, false } } end,
  function() return preprocess.clip { min = pick { -1, 0.25 }, max = pick { 3, 2.5 } } end,
  function() return preprocess.bins { "x", n = draw(4) + 1, strategy = pick { "quantile", "uniform" } } end,
  function() return preprocess.one_hot { "city", unknown = pick { "error", "ignore", "other" } } end,
  function() return preprocess.one_hot { "n", unknown = pick { "ignore", "other" } } end,
  function() return preprocess.ordinal { "city", unknown = pick { "error", "ignore", "other" } } end,
  function() return preprocess.drop { pick { "z", "ok", "city", "x" } } end,
  function() return preprocess.cast { "ok", to = "number" } end,
  function() return preprocess.pca { "x", "z", n_components = 1 } end,
}

-- A chain of a few of them that can be fitted.
local function chain()
  while true do
    local list = {}
    for i = 1, draw(5) do list[i] = pick(STEPS)() end
    local ok, fitted = pcall(function() return preprocess.chain(list):fit(seen) end)
    if ok and pcall(function() return fitted:transform(seen):to_matrix() end) then return fitted end
  end
end

local VALUES <const> = { x = { 1.5, -0.0, NAN, 1e300, 7, 0.1 }, n = { 3, 1, 2, -5, 1 << 53, (1 << 60) + 1 },
  z = { 5.0, 6.5 }, city = { "Bern", "Chur", "", "Genf", "Basel" }, ok = { true, false } }

local function bits(list)
  local made = {}
  for i, v in ipairs(list) do made[i] = string.pack("<d", v) end
  return table.concat(made)
end

check.test("of random chains and rows", function()
  local same, asked = 0, 0
  for _ = 1, 150 do
    local fitted = chain()
    local row_of = one_row.of(fitted.steps, fitted.columns_in)
    for _ = 1, row_of and 10 or 0 do
      local values, columns = {}, {}
      for j, name in ipairs(fitted.columns_in) do
        values[j] = pick(VALUES[name])
        local dtype = ({ x = "f64", z = "f64", n = "i64", ok = "bool" })[name]
        columns[j] = { name, dtype and array.from({ values[j] }, dtype) or { values[j] } }
      end
      local ok, want = pcall(function() return fitted:transform(frame.new(columns)):to_matrix():totable()[1] end)
      local got = row_of(values)
      if got then
        check.ok(ok, want)
        check.eq(bits(got), bits(want), tostring(fitted))
        same = same + 1
      else
        -- only where a value is missing or refused
        local gaps = not ok
        for _, v in ipairs(ok and want or {}) do gaps = gaps or v ~= v end
        check.ok(gaps, tostring(fitted))
        asked = asked + 1
      end
    end
  end
  check.ok(same > 200 and asked > 20, same .. " " .. asked)
end)

check.test("a step that works on several columns, or is not known, has no row by itself", function()
  check.eq(one_row.of(preprocess.chain { preprocess.pca { "x", "z" } }:fit(seen:fill_missing { x = 1 }).steps,
    { "x", "n", "z", "city", "ok" }), nil)
  check.eq(one_row.of(preprocess.chain { preprocess.cast { "n", to = "number" } }:fit(seen).steps,
    { "x", "n", "z", "city", "ok" }), nil)
end)

check.done()
