-- rille runs: choosing, ordering and paging; unlisted runs.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local function fields(list, name)
  local out = {}
  for i, one in ipairs(list) do out[i] = tostring(one[name]) end
  return table.concat(out, " ")
end

local COUNTER = [[
local s = step "s" { params = { n = 0 }, outputs = { t.integer "n" { name = "counter", tags = { "raw" } } }, run = function(p) return p.n end }
return pipeline "main" { params = { n = 0 }, define = function(p) s { n = p.n } end }]]

local METRICS = [[
local train = step "train" { params = { gamma = 0.1, kernel = "rbf" }, outputs = { t.number "m" }, run = function(p, ctx)
  if p.gamma > 1 then error "too large" end
  ctx:log_metric { acc = 1 - p.gamma }
  return p.gamma end }
local score = step "score" { inputs = { t.number "m" }, outputs = { t.number "s" }, cache = false, run = function(m, _, ctx) ctx:log_metric { loss = m, ["f 1"] = 2 * m } return m end }
return pipeline "main" { params = { gamma = 0.1, kernel = "rbf" }, define = function(p) score(train { gamma = p.gamma, kernel = p.kernel }) end }]]

local function with_runs(body)
  local p <close> = scratch.script(METRICS)
  for name, args in pairs { a = "--set gamma=0.1", b = "--set gamma=0.3 --tag good",
    c = "--set gamma=0.2 --set kernel=poly --tag good --tag late" } do
    p:write(name .. ".sh", '"$RILLE" run main.lua -q --name ' .. name .. " " .. args)
  end
  check.eq(p:sh("sh a.sh && sh b.sh && sh c.sh && \"$RILLE\" run main.lua -q --name again --set gamma=0.3").code, 0)
  p:ok("run main.lua -q --name wrong --set gamma=2", 1)
  body(p, function(args) return fields(p:json("runs " .. args).items, "name") end)
end

check.test("runs are chosen by status, tag, time and a condition, and put in order", function()
  with_runs(function(p, names)
    check.eq(names "", "wrong again c b a")
    check.eq({ names "--status failed", names "--tag good", names "--tag goo", names "--since 1h --tag late",
      names "--since 2999-01-01" },
      { "wrong", "c b", "", "c", "" })
    check.eq(names "--where 'params.gamma > 0.15 and status = completed'", "again c b")
    check.eq(names "--where 'metric.acc >= 0.8'", "c a")
    check.eq(names "--where 'metric.acc = 0.7'", "again b", "a metric of a step that was taken from the cache counts")
    check.eq(names "--where 'not (tag = good or name = a)'", "wrong again")
    check.eq(names "--where 'params.kernel != rbf'", "c")
    check.eq(names [[--where 'metric."f 1" < 0.3 and pipeline = "main"']], "a")
    check.eq({ names "--where 'metric.acc = null'", names "--where 'params.kernel > 3'" }, { "wrong", "" })
    check.eq(names "--sort metric.acc", "a c again b wrong")
    check.eq(names "--sort metric.loss:asc", "a c b again wrong")
    check.eq(names "main --sort params.gamma --where 'metric.acc != null'", "again b c a")
  end)
end)

check.test("--columns shows fields by name, and with differ the parameters and metrics that differ", function()
  with_runs(function(p)
    local function columns(args)
      local lines = {}
      for line in p:ok("runs " .. args):gmatch "[^\n]+" do
        lines[#lines + 1] = line:gsub("%d+%-%d+%-%d+ %d+:%d+:%d+ +[%d%.]+ [um]?s", "TIME"):gsub("  +", " ")
      end
      return table.concat(lines, "\n")
    end
    check.eq(columns "--columns gamma,acc --tag good", [[
run status started took gamma acc
c completed TIME 0.2 0.8
b completed TIME 0.3 0.7]])
    check.eq(columns "--columns differ --where 'status = completed'", [[
run status started took gamma kernel f 1 acc loss
again completed TIME 0.3 rbf 0.6 0.7 0.3
c completed TIME 0.2 poly 0.4 0.8 0.2
b completed TIME 0.3 rbf 0.6 0.7 0.3
a completed TIME 0.1 rbf 0.2 0.9 0.1]])
    check.eq(p:json("runs --columns differ --tag late").items[1].values, nil)
    check.eq(p:json("runs --columns acc,number --tag late").items[1].values, { ["metric.acc"] = 0.8, number = 3 })
    local _, err = p:ok("runs --columns gamm", 2)
    check.has(err, '--columns: unknown field "gamm"')
    _, err = p:ok("runs --columns params.gamm")
    check.has(err, 'did you mean "gamma"?')
  end)
end)

check.test("a listing goes on where the page before ended, in every order, and shows what was asked for", function()
  with_runs(function(p, names)
    for _, order in ipairs { "", "main", "--sort metric.acc", "main --where 'number > 1' --sort seconds" } do
      local all, got, cursor = names(order), {}, nil
      repeat
        local page = p:json("runs " .. order .. " --limit 2" .. (cursor and " --cursor " .. cursor or ""))
        got[#got + 1] = fields(page.items, "name")
        cursor = page.next
      until not cursor
      check.eq(table.concat(got, " "):gsub(" $", ""), all, order)
    end
    check.eq(p:json("runs --sort metric.acc --limit 1").items[1].values, { ["metric.acc"] = 0.9 })
    check.has(p:ok("runs --where 'metric.acc > 0.85'"), "metric.acc")
    check.has(p:ok("runs --limit 2"), "next page: --cursor")
  end)
end)

check.test("unlisted runs are kept out of listings and of history, and found by name", function()
  local p <close> = scratch.script(COUNTER)
  p:ok("run main.lua -q --name seen")
  p:ok("run main.lua -q --name hidden --unlisted --set n=2")
  check.eq(fields(p:json("runs").items, "name"), "seen")
  check.eq(fields(p:json("runs --unlisted").items, "name"), "hidden seen")
  check.eq({ p:json("show hidden").name, p:json("show main@-1").name, p:json("pipeline list").items[1].runs },
    { "hidden", "seen", 1 })
  p:write("look.lua",
    'local main = require "rille".pipelines.main print(#main.runs, main.runs[-1].name, main:latest().name)')
  check.eq(p:ok("look.lua"), "1\tseen\tseen\n")
end)

local METRIC = [[
  local s = step "s" { params = { gamma = t.number }, outputs = { t.number "n" },
    run = function(p, ctx) ctx:log_metric { accuracy = p.gamma } return p.gamma end }
  return pipeline "main" { params = { gamma = t.number { default = 2 }, svc = t.table { default = { depth = 1 } } },
    define = function(p) s { gamma = p.gamma } end }]]

check.test("a condition or an order by what no run has says so, with the name that is meant", function()
  local p <close> = scratch.script(METRIC)
  p:ok("run main.lua -q")
  local function says(arguments, text)
    local out, err = p:ok("runs " .. arguments)
    check.eq(err, text)
    return out
  end
  says("--where 'params.gama > 1'", 'no run has a parameter "gama"; did you mean "gamma"?\nno matching runs\n')
  says("--where 'params.svc.dept = 1'",
    'no run has a parameter "svc.dept"; did you mean "svc.depth"?\nno matching runs\n')
  says("--where 'metric.acuracy > 1'", 'no run has a metric "acuracy"; did you mean "accuracy"?\nno matching runs\n')
  says("--where 'params.gamma > 7'", "no matching runs\n")
  says("--where 'params.svc.depth > 7 or metric.accuracy > 7'", "no matching runs\n")
  check.has(says("--sort metric.acuracy", 'no run has a metric "acuracy"; did you mean "accuracy"?\n'), "completed")
  check.has(says("--where 'params.gamma > 1'", ""), "completed")
end)

check.done()
