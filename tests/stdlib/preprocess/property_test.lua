-- What holds of every transformer on random frames: the rows stay, their order is nobody's business, and that of the
-- columns neither.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local array = require "rille.array"
local frame = require "rille.frame"
local preprocess = require "rille.preprocess"
local tree = require "rille.tree"

local SEED <const> = tonumber(os.getenv "RILLE_SEED") or 20261130
local ROUNDS <const> = tonumber(os.getenv "RILLE_ROUNDS") or 60

local state
local function draw(n)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % n + 1
end

local WORDS <const> = { "Bern", "Basel", "Chur", "Zürich", "a b", "1" }

-- A value of the kind; it is missing now and then.
local MAKE = {}
function MAKE.float() return draw(6) == 1 and 0 / 0 or (draw(2000) - 1000) / 7 end
function MAKE.integer() return draw(50) - 25 end
function MAKE.string() return draw(6) == 1 and "" or WORDS[draw(#WORDS)] end
function MAKE.boolean() return draw(2) == 1 end
local KINDS <const> = { "float", "integer", "string", "boolean" }

local function random_frame()
  local n, columns = draw(30) + 3, {}
  for j = 1, draw(6) + 1 do
    local kind, list = KINDS[draw(4)], {}
    for i = 1, n do list[i] = MAKE[kind]() end
    if kind == "float" then list[1] = 0.5 elseif kind == "string" then list[1] = "Bern" end
    if kind == "integer" or kind == "float" then list = array.from(list, kind == "float" and "f64" or "i64") end
    columns[j] = { kind .. j, list }
  end
  return frame.new(columns)
end

local function shuffled(n)
  local list = {}
  for i = 1, n do list[i] = i end
  for i = n, 2, -1 do
    local j = draw(i)
    list[i], list[j] = list[j], list[i]
  end
  return list
end

-- The columns in another order, with one that nobody knows.
local function turned(f)
  local names = {}
  for i, k in ipairs(shuffled(#f.columns)) do names[i] = f.columns[k] end
  return f:select(names):with_column("more" .. draw(9), array.zeros(f.n_rows))
end

local function random_transformer()
  local unknown = ({ "ignore", "other" })[draw(2)]
  local one = ({
    function() return preprocess.impute { strategy = ({ "mean", "median" })[draw(2)] } end,
    function() return preprocess.impute { strategy = "most_frequent" } end,
    function() return preprocess.impute { strategy = "constant", value = ({ 3, "none" })[draw(2)] } end,
    function() return preprocess.scale { method = ({ "standard", "robust" })[draw(2)] } end,
    function() return preprocess.scale { method = "min_max", clip = draw(2) == 1, range = { -1, draw(3) } } end,
    function() return preprocess.one_hot { unknown = unknown } end,
    function() return preprocess.ordinal { unknown = unknown } end,
    function() return preprocess.bins { n = draw(5) + 1, strategy = ({ "quantile", "uniform" })[draw(2)] } end,
    function() return preprocess.clip { min = -20, max = draw(100) } end,
    function() return preprocess.cast { type = "boolean", to = ({ "string", "number", "integer" })[draw(3)] } end,
    function() return preprocess.drop { type = "string" } end,
  })[draw(11)]
  return one()
end

-- What is learned does not change a bit when the rows do, but for sums: those are of floats.
local function has_sums(t)
  for _, step in ipairs(t.steps) do
    if step.options.strategy == "mean" or step.options.method == "standard" then return true end
  end
  return false
end

local function each(sentence, law)
  check.test(sentence, function()
    for round = 1, ROUNDS do
      state = SEED * 1000 + round
      local f, steps = random_frame(), {}
      for i = 1, draw(4) do steps[i] = random_transformer() end
      local c = preprocess.chain(steps)
      local ok, why = pcall(law, c, f)
      if not ok then
        error(string.format("RILLE_SEED=%d, round %d: %s\n%s\n%s", SEED, round, tostring(c), f, why), 0)
      end
    end
  end)
end

local function same(a, b) return frame.digest(a) == frame.digest(b) end

each("a row alone becomes what it becomes among the others", function(c, f)
  local fitted = c:fit(f)
  local all = fitted:transform(f)
  check.eq(all.n_rows, f.n_rows)
  for i = 1, f.n_rows do check.ok(same(fitted:transform(f:rows(i, i)), all:rows(i, i)), "row " .. i) end
end)

each("no row, and every other row twice, are as many rows as before", function(c, f)
  local fitted = c:fit(f)
  check.eq(fitted:transform(f:take {}).columns, fitted.columns_out)
  check.eq(fitted:transform(f:take {}).n_rows, 0)
  local rows = {}
  for i = 1, f.n_rows, 2 do rows[#rows + 1], rows[#rows + 2] = i, i end
  check.ok(same(fitted:transform(f:take(rows)), fitted:transform(f):take(rows)))
end)

each("columns in another order, and others among them, change nothing", function(c, f)
  local fitted = c:fit(f)
  check.ok(same(fitted:transform(turned(f)), fitted:transform(f)))
end)

each("what is given out has the columns that were said", function(c, f)
  local made, fitted = c:fit_transform(f)
  check.eq(made.columns, fitted.columns_out)
  check.ok(same(made, fitted:transform(f)))
  for _, name in ipairs(fitted.columns_in) do check.ok(f.data[name], name) end
end)

each("fitted twice, and loaded from its dump, it is the same to the byte", function(c, f)
  local fitted = c:fit(f)
  local loaded = preprocess.load(fitted:dump())
  check.eq(c:fit(f):dump(), fitted:dump())
  check.eq(loaded:dump(), fitted:dump())
  check.ok(same(loaded:transform(f), fitted:transform(f)))
end)

each("the order of the rows changes nothing that is learned, but for sums", function(c, f)
  if has_sums(c) then return end
  check.eq(c:fit(f:take(shuffled(f.n_rows))):dump(), c:fit(f):dump())
end)

each("a matrix becomes what the frame of its columns does", function(c, f)
  local names = {}
  for _, name in ipairs(f.columns) do
    if name:find "^float" or name:find "^integer" then names[#names + 1] = name end
  end
  if #names == 0 then return end
  f = f:select(names)
  local as = {}
  for j, name in ipairs(names) do as[name] = "x" .. j end
  f = f:rename(as)
  for i = #f.columns, 1, -1 do f = f:with_column(f.columns[i], f:column(f.columns[i]):astype "f64") end
  local steps = {}
  for _, step in ipairs(c.steps) do
    if step.options.value ~= "none" and step.kind ~= "cast" and step.kind ~= "drop" then steps[#steps + 1] = step end
  end
  if #steps == 0 then return end
  c = preprocess.chain(steps)
  local of_frame, of_matrix = c:fit_transform(f), c:fit_transform(f:to_matrix())
  check.eq(array.digest(of_matrix), array.digest(of_frame:to_matrix()))
end)

each("a chain with a model predicts for a row alone what it does among the others, and so does its dump", function(c, f)
  if #c:fit(f).columns_out == 0 then return end
  local y = {}
  for i = 1, f.n_rows do y[i] = i <= 2 and i or draw(3) end
  local m = preprocess.chain { c, preprocess.impute { strategy = "constant", value = -1 },
    preprocess.one_hot { unknown = "ignore" }, { tree, max_depth = 3, seed = draw(9) } }:fit(f, y)
  local all = m:predict_proba(turned(f))
  local loaded = preprocess.load(m:dump())
  check.eq(array.digest(loaded:predict_proba(f)), array.digest(all))
  for i = 1, f.n_rows do
    check.eq(m:predict_proba(f:rows(i, i)):totable()[1], all:slice(i, i):totable()[1])
  end
end)

check.done()
