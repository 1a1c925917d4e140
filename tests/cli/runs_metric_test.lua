-- rille runs by metrics and tags: NAME and STEP.NAME, hits, maps, runs that died, pages; the same by an index as by
-- looking at each run.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local MAIN <const> = [[
local log = step "log" { params = { v = 0.0, name = "acc" }, outputs = { t.number "x" },
  run = function(p, ctx) ctx:log_metric { [p.name] = p.v } return p.v end }
local item = step "item" { inputs = { t.integer "i" }, params = { k = 1.0 }, outputs = { t.number "x" },
  run = function(i, p, ctx) ctx:log_metric { loss = i * p.k } return i * p.k end }
local list = step "list" { outputs = { t.list(t.integer) "l" }, run = function() return { 1, 2, 3 } end }
local last = step "last" { inputs = { t.number "x" }, outputs = { t.number "y" }, params = { fail = false },
  cache = false, run = function(x, p) if p.fail then error "no" end return x end }
return pipeline "main" { params = { a = 0.1, b = 0.5, k = 1.0, fail = false, name = "acc" }, define = function(p)
  local first = log:with { id = "first" } { v = p.a, name = p.name }
  local second = log:with { id = "second.one" } { v = p.b }
  item:map { i = list().l, k = p.k }
  last { x = second, fail = p.fail }
end }]]

local function names(p, args)
  local list = {}
  for i, one in ipairs(p:json("runs " .. args).items) do list[i] = one.name end
  return table.concat(list, " ")
end

check.test("metric.NAME is the last one of the run, metric.STEP.NAME that of a step, hits too", function()
  local p <close> = scratch.script(MAIN)
  p:ok "run main.lua -q --name one"
  p:ok "run main.lua -q --name two --set a=0.9 --set k=2.0"
  p:ok "run main.lua -q --name three --set b=0.2"
  p:ok "run main.lua -q --name again"
  p:ok("run main.lua -q --name failed --set a=0.7 --set fail=true", 1)
  check.eq(names(p, "--where 'metric.acc = 0.5'"), "failed again two one")
  check.eq(names(p, "--where 'metric.first.acc > 0.5'"), "failed two")
  check.eq(names(p, [[--where 'metric."second.one".acc < 0.5']]), "three")
  check.eq(names(p, "--sort metric.first.acc"), "two failed again three one")
  check.eq(names(p, "--sort metric.item.loss --limit 1"), "two", "of a map the last item's")
  check.eq(p:json "runs --columns 'metric.item.loss,metric.\"second.one\".acc' --limit 2".items[2].values,
    { ["metric.item.loss"] = 3.0, ['metric."second.one".acc'] = 0.5 })
  check.eq(select(2, p:ok "runs --where 'metric.frist.acc > 7'"),
    'no run has a metric "frist.acc"; did you mean "first.acc"?\nno matching runs\n')
  check.has(select(2, p:ok("runs --where 'metric.second.one.acc > 7'", 2)), 'quotes, as in metric.second."one.acc"')
end)

check.test("a run that died has the metrics that its steps had logged", function()
  local p <close> = scratch.script [[
local one = step "one" { outputs = { t.number "x" }, run = function(_, ctx) ctx:log_metric { acc = 0.25 } return 1 end }
local two = step "two" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x)
  os.execute "sleep 10" return x end }
return pipeline "main" { define = function() two(one()) end }]]
  p:sh [["$RILLE" run main.lua -q --name dead & pid=$!
    for i in $(seq 200); do
      [ -e .rille/meta.db ] && [ "$(sqlite3 .rille/meta.db 'select count(*) from step_run' 2>/dev/null)" = 1 ] && break
      sleep 0.05
    done; kill -9 $pid; wait $pid 2>/dev/null]]
  check.eq(p:json "runs --where 'metric.acc < 0.3 and metric.one.acc = 0.25'".items[1].status, "failed")
end)

-- 400 more runs, with metrics and tags that chance gives.
local function multiply(p)
  local r = p:sh [[sqlite3 .rille/meta.db "
    create temp table n as with recursive c(i) as (select 1 union all select i + 1 from c where i < 400) select i from c;
    create temp table one as select * from run order by row limit 1;
    insert into run(row, id, name, pipeline, number, spec, status, started, seconds, cache, unlisted, first_step,
        last_step, params, counts, placed)
      select 1000 + i, printf('%032x', i), 'past-' || i, one.pipeline, 1000 + i, one.spec,
        case i % 7 when 0 then 'failed' else 'completed' end, one.started + (i * 7919) % 400, 1, 1, i % 13 = 0,
        one.first_step, one.last_step, one.params, one.counts, 1 from n, one;
    insert into run_metric(run, field, value, place) select 1000 + i, f.id,
        case when i % 11 = 0 then null else (i * 31 + f.id * 17) % 50 / 50.0 end, 1 from n, metric_field f
        where i % 5 <> f.id % 5;
    insert into tagging(id, kind, row, tag, added, time) select 1000 + i, 'run', 1000 + i, 't' || (i % 3), 1, 1 from n;
    insert into tagged select kind, tag, row, id from tagging where id > 1000;"]]
  check.eq(r.err, "")
end

check.test("what an index finds is what a look at each run finds, page by page", function()
  local p <close> = scratch.script(MAIN)
  p:ok "run main.lua -q --name one"
  multiply(p)
  local function all(args)
    local found, cursor = {}, nil
    repeat
      local page = p:json("runs --limit 60 " .. args .. (cursor and " --cursor " .. cursor or ""))
      for _, one in ipairs(page.items) do found[#found + 1] = one.name end
      cursor = math.type(page.next) and page.next
    until not cursor
    return found
  end
  -- a condition in "not (not ...)" is one that no index helps with
  for _, condition in ipairs { "metric.acc > 0.8", "metric.first.acc <= 0.1", "metric.acc = 0.5", "tag = t1",
    "metric.acc >= 0.5 and tag = t2", "metric.acc < 0.2 and metric.item.loss > 0.5 and status = completed" } do
    local by_index = all("--where '" .. condition .. "'")
    check.ok(#by_index > 0, condition)
    check.eq(by_index, all("--where 'not (not (" .. condition .. "))'"), condition)
  end
  for _, order in ipairs { "metric.acc", "metric.acc:asc", "metric.first.acc", "metric.nix" } do
    local sorted = all("--unlisted --sort " .. order)
    local seen = {}
    for _, name in ipairs(sorted) do seen[name] = true end
    check.eq(#sorted, 401, order)
    check.eq(next(seen) and #all "--unlisted", 401)
    -- of few runs of a pipeline all are looked at
    check.eq(sorted, all("main --unlisted --sort " .. order), order)
  end
end)

check.done()
