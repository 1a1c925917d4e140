-- shards: one step per part of the data, and a branch on the results.
--
-- The number of parts is known only after the file has been read, so `measure` is a
-- map over the parts.  Each part is cached by its content: a new row at the end of
-- the file measures only the last part again.  The parts that differ are examined
-- only if they differ too much.

local rille = require "rille"
local csv = require "rille.csv"
local t = rille.types

local shards = rille.step "shards" {
  params  = { rows = t.integer { min = 1, default = 300 } },
  outputs = { t.list(t.matrix) "parts", t.list(t.integer) "numbers" },
  run = function(p)
    local X = csv.read("data/digits.csv"):drop { "label" }:to_matrix()
    local parts, numbers = {}, {}
    for first = 1, #X, p.rows do
      parts[#parts + 1] = X:slice(first, math.min(first + p.rows - 1, #X))
      numbers[#parts] = #parts
    end
    return parts, numbers
  end,
}

local measure = rille.step "measure" {
  inputs  = { t.matrix "part", t.integer "number" },
  outputs = { t.table "measured" },
  run = function(part, number) return { number = number, rows = #part, ink = part:mean() } end,
}

local compare = rille.step "compare" {
  inputs  = { t.list(t.table) "measured" },
  params  = { tolerance = 0.05 },
  outputs = { t.number "spread", t.boolean "alike" },
  run = function(measured, p)
    local low, high = math.huge, -math.huge
    for _, m in ipairs(measured) do low, high = math.min(low, m.ink), math.max(high, m.ink) end
    return high - low, high - low <= p.tolerance * high
  end,
}

local accept = rille.step "accept" {
  inputs  = { t.list(t.table) "measured" },
  outputs = { t.string "verdict" },
  run = function(measured) return string.format("%d parts that are alike", #measured) end,
}

local inspect = rille.step "inspect" {
  inputs  = { t.list(t.table) "measured", t.number "spread" },
  outputs = { t.string "verdict" },
  run = function(measured, spread)
    table.sort(measured, function(a, b) return a.ink > b.ink end)
    return string.format("part %d has the most ink; the spread is %.3f", measured[1].number, spread)
  end,
}

local p = rille.pipeline "shards" {
  params = { rows = 300, tolerance = 0.05 },
  define = function(p)
    local data = shards { rows = p.rows }
    local measured = measure:map { part = data.parts, number = data.numbers }
    local compared = compare { measured = measured, tolerance = p.tolerance }
    rille.when(compared.alike, {
      function() return accept { measured = measured } end,
      otherwise = function() return inspect { measured = measured, spread = compared.spread } end,
      id = "verdict",
    })
  end,
}

if rille.main() then
  local run = p:run { params = { tolerance = tonumber(arg[1]) } }
  for i, artifact in ipairs(run.steps.measure.outputs.measured) do
    print(string.format("part %d  %.3f", i, artifact:load().ink))
  end
  print(run.steps.verdict.output:load())
end
return p
