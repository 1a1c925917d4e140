-- rille plot: metrics and artifacts as drawings.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local json = require "rille.json"
local scratch = require "scratch"

local p <close> = scratch.script [[
local array, frame = require "rille.array", require "rille.frame"
local train = step "train" { params = { lr = 0.5 }, outputs = { t.vector "w", t.frame "f", t.string "s", t.number "n" },
  run = function(p, ctx)
    for e = 1, 9 do ctx:log_metric({ loss = e * p.lr, acc = -e }, 10 * e) end
    ctx:log_metric { score = p.lr }
    return array.arange(50), frame.new { { "x", { 1, 2, 3 } }, { "y", { 3, 5, 1 } } }, "text", 2.5
  end }
local fold = step "fold" { params = { k = 1 }, outputs = { t.integer "k" }, run = function(p, ctx)
  ctx:log_metric { error_rate = 1 / p.k }
  return p.k
end }
return pipeline "main" { params = { lr = 0.5 }, define = function(p)
  train { lr = p.lr }
  for k = 1, 4 do fold:with { id = "fold_" .. k } { k = k } end
end }
]]
p:ok "run main.lua -q --name r1"
p:ok "run main.lua -q --name r2 --set lr=2"

local function series(arguments) return p:json("plot " .. arguments).series end

check.test("the series of a metric is drawn, of a run, a step, and a step's name alone", function()
  local drawn = p:ok "plot r1 loss"
  check.has(drawn, "loss of r1/train\n")
  check.has(drawn, "step of the metric\n")
  check.eq(json.encode(series "r1/train loss"[1].x), "[10,20,30,40,50,60,70,80,90]")
  check.eq(series "train loss"[1].y[1], 2.0)
end)

check.test("several runs and metrics are a line each", function()
  check.has(p:ok "plot r1 r2 loss", "loss\n* r1  + r2\n")
  check.has(p:ok "plot r1 loss acc", "* loss  + acc\n")
  local names = {}
  for i, one in ipairs(series "r1 r2 loss acc") do names[i] = one.name end
  check.eq(table.concat(names, ", "), "loss of r1, loss of r2, acc of r1, acc of r2")
end)

check.test("a metric that several steps logged once is drawn over the steps, of a pipeline over its runs", function()
  check.eq(json.encode(series "r1 error_rate"[1].y), json.encode { 1.0, 1 / 2, 1 / 3, 1 / 4 })
  local over = p:json "plot main score"
  check.eq(over.title, "score of main")
  check.eq(json.encode(over.series[1].y), "[0.5,2.0]")
  check.eq(json.encode(over.series[1].x), "[1,2]")
end)

check.test("a metric of one step is STEP.NAME, as in rille runs", function()
  check.eq(json.encode(series "main fold_2.error_rate"[1].y), "[0.5,0.5]")
  check.eq(json.encode(series "main metric.train.score"[1].y), "[0.5,2.0]")
  check.has(p:ok "plot r1 fold_4.error_rate", "error_rate of r1/fold_4 is 0.25")
  check.eq(#series "r1 metric.train.loss"[1].y, 9)
  check.has(select(2, p:ok("plot r1 fold_9.error_rate", 3)), 'run r1 has no metric "fold_9.error_rate"')
end)

check.test("one value is said, not drawn", function()
  check.eq(p:ok "plot r1 score", "score of r1/train is 0.5; over all runs: rille plot main score\n")
  check.eq(p:ok "plot main::train::n", "main::train::n is 2.5\n")
end)

check.test("artifacts are drawn by name, and outputs by their step", function()
  check.has(p:ok "plot main::train::w", "main::train::w\n")
  check.eq(#series "r1/train w"[1].y, 50)
  check.has(p:ok "plot main::train::f --x x --y y", "main::train::f: y against x\n")
  check.eq(p:json "plot main::train::w --histogram".bins[1].count, 7)
end)

check.test("an artifact with numbers by name is drawn as bars", function()
  local q <close> = scratch.script [[
return pipeline "shares" { define = function()
  step "count" { outputs = { t.table "n" }, run = function() return { apples = 12, pears = 3 } end } {}
end }
]]
  q:ok "run main.lua -q"
  check.has(q:ok "plot shares::count::n", "\napples  ######")
  local bars = q:json("plot shares::count::n").bars
  check.eq(bars[2].name, "pears")
  check.eq(bars[2].value, 3)
  q:ok "plot shares::count::n -q -o n.svg"
  check.has(q:read "n.svg", ">apples</text>")
end)

check.test("wrong names are told with what there is", function()
  local function says(arguments, text)
    local r = p:rille("plot " .. arguments)
    check.eq(r.code, 3, r.out)
    check.eq(r.err, "rille: " .. text .. "\n")
  end
  says("r1 lss", 'run r1 has no metric "lss"; did you mean "loss"? (metrics: acc, error_rate, loss, score)')
  says("r1/train v", 'step r1/train has no metric or output "v" '
    .. "(metrics: acc, loss, score; outputs: w, f, s, n)")
  says("r1", "name what to draw of run r1 (metrics: acc, error_rate, loss, score)")
  says("loss", '"loss" is a metric: name its run first, as in rille plot RUN loss')
  says("main::train::x", 'there is no artifact "main::train::x"; see rille artifact list; '
    .. 'did you mean "main::train::f"?')
  says("main::train::s", "main::train::s is a string; a plot shows vectors, matrices, frames, lists of numbers, "
    .. "numbers by name and metrics")
  says("main::train::f --y z", 'main::train::f: the frame of 3 x 2 has no column "z"; available: x, y')
  says("r1 loss --y a", "--x and --y name columns of an artifact, and a metric has none")
  says("r1 acc --log", "acc of r1/train: --log draws values greater than 0, and there are none")
  says("nope loss", "no run named 'nope'; see rille runs, rille artifact list")
end)

check.test("-o writes SVG, and another ending is refused", function()
  local r = p:rille "plot r1 loss -o loss.svg"
  check.eq(r.err, "loss.svg: svg of loss of r1/train\n")
  check.has(p:read "loss.svg", "<svg ")
  r = p:rille "plot r1 loss -o loss.png"
  check.eq(r.code, 2)
  check.has(r.err, "plots are written as SVG; use a name that ends with .svg")
end)

check.test("a locale without UTF-8 gets ASCII, a pipe no colour, --color one", function()
  local drawn = p:sh 'LC_ALL=C "$RILLE" plot r1 loss'.out
  check.ok(not drawn:find "[\x80-\xff]", drawn)
  drawn = p:sh 'LC_ALL=C.UTF-8 "$RILLE" plot r1 loss'.out
  check.ok(drawn:find "[\x80-\xff]" and not drawn:find "\27", drawn)
  check.has(p:ok "plot r1 loss --color=always", "\27[36m")
  check.eq(select(2, p:ok "plot r1 loss --width 40 --height 12":gsub("\n", "")), 12)
end)

check.test("a drawing has at most 500 columns and 200 lines", function()
  for flag, most in pairs { width = 500, height = 200 } do
    p:ok("plot r1 loss --" .. flag .. " " .. most)
    local r = p:rille("plot r1 loss --" .. flag .. " " .. most + 1)
    check.eq(r.code, 2)
    check.has(r.err, string.format("--%s %d: expected a number from 1 to %d", flag, most + 1, most))
  end
end)

check.done()
