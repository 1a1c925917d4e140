-- What is no column, no list and no dump of a transformer.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local frame = require "rille.frame"
local hash = require "rille.host.hash"
local json = require "rille.json"
local linear = require "rille.linear"
local preprocess = require "rille.preprocess"
local tree = require "rille.tree"

local function refused(fn, text) check.has(check.raises(fn, text), "mistakes_test.lua:") end

check.test("categories that are integers past 2^53 are refused", function()
  local f = frame.new { { "i", array.from({ 9007199254740993, 9007199254740995 }, "i64") } }
  for _, make in ipairs { preprocess.one_hot, preprocess.ordinal } do
    refused(function() make { "i" }:fit(f) end, 'column "i" has integers past 2^53')
    local small = make { "i" }:fit(frame.new { { "i", array.from({ 1, 2 }, "i64") } })
    refused(function() small:transform(f) end, 'column "i" has integers past 2^53')
  end
end)

check.test("inverse of columns of another type names the column", function()
  local f = frame.new { { "s", { "a", "b" } }, { "x", { 1, 2 } } }
  refused(function() preprocess.ordinal { "s" }:fit(f):inverse(f) end, 'column "s" holds strings, expected numbers')
  refused(function() preprocess.one_hot { "s" }:fit(f):inverse(frame.new { { "s_a", { "x", "y" } },
    { "s_b", { "x", "y" } }, { "x", { 1, 2 } } }) end, 'column "s" holds strings, expected numbers')
  refused(function() preprocess.scale { "x" }:fit(f):inverse(frame.new { { "s", { "a", "b" } },
    { "x", { "p", "q" } } }) end, 'column "x" holds strings, expected numbers')
end)

-- The dump with its text changed, and its right digest.
local function changed(t, change)
  local n, from = t:dump():match "^[^\n]*\n(%d+)\n()"
  local data = json.unpack(t:dump():sub(from, from + n - 1))
  change(data)
  local text = json.pack(data)
  local rest = #text .. "\n" .. text
  return "rille.preprocess 1 " .. hash.hex(hash.sha256(rest)) .. "\n" .. rest
end

check.test("a dump whose names are not those that the transformer gives is damaged", function()
  local f = frame.new { { "s", { "a", "b" } }, { "x", { 1, 2 } }, { "g", { 3, 4 } } }
  local function damaged(t, change)
    check.raises(function() preprocess.load(changed(t, change)) end, "the transformer is damaged (names of columns)")
  end
  local scale, one_hot = preprocess.scale { "x" }:fit(f), preprocess.one_hot { "s" }:fit(f)
  check.ok(preprocess.load(changed(scale, function() end)) == scale)
  damaged(scale, function(d) d.fitted.plan[2].names = {} end)
  damaged(scale, function(d) d.fitted.plan[3].names = { "g", "g" } end)
  damaged(scale, function(d) d.fitted.plan[3].names = { "other" } end)
  damaged(scale, function(d) d.fitted.plan[3] = d.fitted.plan[2] end)
  damaged(one_hot, function(d) d.fitted.plan[1].names = { "s_a", "s_c" } end)
  damaged(one_hot, function(d) d.fitted.plan[1].names = {} end)
  local pca = preprocess.pca { "x", "g", n_components = 1 }:fit(f)
  local function longer(d) d.fitted.plan[3].learned.loadings = { 1, 2 } end
  check.raises(function() preprocess.load(changed(pca, longer)) end, "the transformer is damaged (what was learned)")
  check.raises(function() preprocess.load(changed(pca, function(d) d.fitted.plan[2].learned.ratio = nil end)) end,
    "damaged")
end)

check.test("a nil in the list of a chain, a constant of another type, a range from high to low", function()
  refused(function() preprocess.chain { preprocess.scale {}, nil, tree } end, "element 2 is nil")
  refused(function() preprocess.scale { method = "min_max", range = { 1, 0 } } end, "low less than high")
  refused(function() linear.Logistic.fit({ { 1 }, { 2 } }, { 0, 1 }, { class_wieght = "balanced" }) end,
    'did you mean "class_weight"')
end)

check.test("values that differ by little more than the rounding of their mean are scaled exactly", function()
  local list, steps, sum, squares = {}, {}, 0, 0
  for i = 1, 200 do
    steps[i] = i * 48271 % 1300
    list[i], sum = { 1000 + steps[i] * 2.0 ^ -43 }, sum + steps[i]
  end
  for _, k in ipairs(steps) do squares = squares + (k - sum / 200) ^ 2 end
  local want = math.sqrt(squares / 200) * 2.0 ^ -43
  check.ok(math.abs(preprocess.scale {}:fit(list).learned.x1.scale / want - 1) < 1e-12)
end)

check.done()
