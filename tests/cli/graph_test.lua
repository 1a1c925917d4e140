-- rille graph, run:graph() and rille.show: a run, a plan, a lineage in every format.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local MAIN <const> = [[
local rille = require "rille"
local t = rille.types
local load = rille.step "load" { params = { n = 3 }, inputs = { t.table "extra" }, outputs = { t.table "rows", t.integer "count" },
  run = function(extra, p) return { p.n, extra }, p.n end }
local train = rille.step "train" { inputs = { t.table "rows" }, params = { k = 1, fail = false }, outputs = { t.number "model" },
  run = function(rows, p)
    if p.fail then error "no luck" end
    return p.k + 0.5
  end }
local eval = rille.step "eval" { inputs = { t.number "model", t.table "rows", t.integer "count" }, outputs = { t.number "score" }, run = function(m) return m * 2 end }
return rille.pipeline "p" { params = { k = 1, fail = false }, define = function(p)
  local d = load { extra = { "given", "by", "script" } }
  eval { model = train { rows = d.rows, k = p.k, fail = p.fail }, rows = d.rows, count = d.count }
end }
]]

local function with(body)
  local project <close> = scratch.new()
  project:write("main.lua", MAIN)
  check.eq(project:rille("run main.lua --name one").code, 0)
  body(project)
end

local function graph_of(project, arguments)
  local r = project:rille("graph " .. arguments .. " --json")
  check.eq(r.err, "")
  check.eq(r.code, 0)
  local g = json.decode(r.out)
  local by = {}
  for _, node in ipairs(g.nodes) do by[node.id] = node end
  return g, by
end

local function edge(g, from, to)
  for _, e in ipairs(g.edges) do if e.from == from and e.to == to then return e end end
end

check.test("a run's graph has its steps, what they made and what the script gave", function()
  with(function(project)
    local g, by = graph_of(project, "one")
    check.eq({ g.title, g.kind, g.status }, { "one", "run", "completed" })
    check.eq({ #g.nodes, #g.edges }, { 8, 9 })
    check.eq({ by.load.kind, by.load.status, by["load.rows"].kind, by["load.rows"].type },
      { "step", "completed", "artifact", "table" })
    check.ok(by.load.seconds >= 0)
    check.ok(#by["load.rows"].digest == 64)
    check.eq(by.train.details.parameters, "fail = false, k = 1")
    check.ok(edge(g, "load.rows", "train") and edge(g, "load.rows", "eval") and edge(g, "train.model", "eval"))
    check.eq(edge(g, "load.rows", "train").ports[1], "rows")
    local value
    for _, node in ipairs(g.nodes) do if node.kind == "value" then value = node end end
    check.eq({ value.label, value.status, value.type }, { "extra", "given", "table" })
    check.ok(edge(g, value.id, "load"))
  end)
end)

check.test("cached steps are dashed and say where they are from; others are not", function()
  with(function(project)
    check.eq(project:rille("run main.lua --name two --set k=2").code, 0)
    local g, by = graph_of(project, "two")
    check.eq({ by.load.status, by.train.status, by.eval.status, by["load.rows"].status },
      { "cached", "completed", "completed", "cached" })
    check.eq({ edge(g, "load", "load.rows").dashed, edge(g, "load.rows", "train").dashed }, { true, false })
    check.eq(by.load.details.from, "one/load")
    local r = project:rille "graph two"
    check.has(r.out, "◌ load")
    check.has(r.out, "cached")
  end)
end)

check.test("a failed step and what it leaves out are drawn", function()
  with(function(project)
    check.eq(project:rille("run main.lua --name bad --set fail=true").code, 1)
    local g, by = graph_of(project, "bad")
    check.eq({ g.status, by.train.status, by.eval.status, by["train.model"].status },
      { "failed", "failed", "skipped", "missing" })
    check.eq(by["eval.score"], nil)
    check.has(by.train.details.error, "no luck")
    check.has(project:rille("graph bad").out, "✗ train")
  end)
end)

check.test("a script's graph is its plan: cached, to run, to wait", function()
  with(function(project)
    local g, by = graph_of(project, "main.lua --set k=5")
    check.eq({ g.kind, g.title, by.load.status, by.train.status, by.eval.status, by["eval.score"].status },
      { "plan", "p", "cached", "run", "wait", "wait" })
    check.has(by.train.details.because, "parameter k 1 -> 5")
    check.ok(by.train.usual)
    local _, off = graph_of(project, "main.lua --no-cache")
    check.eq(off.load.status, "run")
    local r = project:rille "graph main.lua p"
    check.has(r.out, "3 cached, 0 to run, 0 undecided")
  end)
end)

check.test("a plan can be drawn where nothing has run, and nothing is made by it", function()
  local project <close> = scratch.new()
  project:write("main.lua", MAIN)
  local r = project:rille "graph main.lua"
  check.eq({ r.code, r.err }, { 0, "" })
  check.has(r.out, "would run")
  check.eq(project:sh("ls -A").out, "main.lua\n")
end)

check.test("each format is written, and -o takes it from the extension", function()
  with(function(project)
    local begins = { svg = "<%?xml", html = "<!DOCTYPE html>", dot = "digraph", mermaid = "flowchart TD",
      text = "one\n", json = "{" }
    for format, pattern in pairs(begins) do
      local r = project:rille("graph one --" .. format)
      check.eq({ r.code, r.err }, { 0, "" })
      check.ok(r.out:find("^" .. pattern), format)
      local extension = ({ mermaid = "mmd", text = "txt" })[format] or format
      local o = project:rille("graph one -o out." .. extension)
      check.eq({ o.code, o.out, o.err }, { 0, "", string.format("out.%s: %s of one\n", extension, format) })
      check.eq(project:read("out." .. extension), r.out, format)
    end
    check.eq(project:rille("-q graph one -o q.svg").err, "")
    check.eq(project:rille("graph one --dot -o picture.txt").code, 0)
    check.has(project:read "picture.txt", "digraph")
  end)
end)

check.test("what cannot be is refused with what to do", function()
  with(function(project)
    local function refused(arguments, code, message)
      local r = project:rille("graph " .. arguments)
      check.eq({ r.code, r.out }, { code, "" }, arguments)
      check.has(r.err, message)
      check.ok(not r.err:find "traceback" and not r.err:find "rille:lua/", r.err)
    end
    refused("", 2, "usage: rille graph RUN | FILE [PIPELINE]")
    refused("one --svg --dot", 2, "graph: --svg and --dot: one format at a time")
    refused("one --json --html", 2, "one format at a time")
    refused("one -o picture", 2, "graph: -o picture: unknown extension")
    refused("one -o picture.sgv", 2, "did you mean .svg?")
    refused("one -o /nowhere/x.svg", 3, "/nowhere/x.svg: No such file or directory")
    refused("one --sgv", 2, "did you mean --svg?")
    refused("onne", 3, 'no run named \'onne\'; did you mean "one"?; no script or artifact has that name')
    refused("one/trian", 3, 'did you mean "train"')
    refused("main.lua q", 2, 'main.lua has no pipeline "q"')
    refused("none.lua", 2, "none.lua: No such file or directory")
    refused("main.lua --set kk=2", 3, 'unknown parameter "kk"')
  end)
  local empty <close> = scratch.new()
  local r = empty:rille "graph one"
  check.eq(r.code, 4)
  check.has(r.err, "there is no store in this folder or above")
end)

check.test("an artifact is drawn with what it was made from, a step with what it took and made", function()
  with(function(project)
    local g, by = graph_of(project, "p::train::model")
    check.eq(g.kind, "lineage")
    check.ok(by.load and by.train and by["train.model"] and by["load.rows"] and not by.eval and not by["load.count"])
    local s, of_step = graph_of(project, "one/eval")
    check.eq(s.title, "one/eval")
    check.ok(of_step.eval and of_step["eval.score"] and not of_step.train)
  end)
end)

check.test("run:graph(), pipeline:graph() and rille.show draw from code", function()
  with(function(project)
    project:write("show.lua", [[
      local rille = require "rille"
      local p = dofile "main.lua"
      local run = rille.pipelines.p.runs[-1]
      local g = run:graph()
      print(tostring(g) == g:text(), #g.nodes)
      g:save "run.svg"
      p:graph { params = { k = 9 } }:save "plan.html"
      print(rille.show(run) ~= nil)
      rille.show(run.steps.train)
      rille.show(run.steps.train.output)
      rille.show(p)
      print(pcall(rille.show, 5))
      print(pcall(function() return p:graph { parms = {} } end))
    ]])
    local r = project:rille "show.lua"
    check.eq({ r.code, r.err }, { 0, "" })
    check.has(r.out, "true\t8\n")
    check.has(r.out, "one/train\n")
    check.has(r.out, "what it was made from")
    check.has(r.out, "3 cached, 0 to run")
    check.has(r.out, "rille.show: expected a run, a step of one, an artifact or a pipeline, found 5")
    check.has(r.out, 'did you mean "params"')
    check.has(project:read "run.svg", "<svg")
    check.has(project:read "plan.html", "would run")
  end)
end)

check.test("history cannot be drawn inside a step that may be cached", function()
  with(function(project)
    project:write("in.lua", [[
      local rille = require "rille"
      local run = rille.pipelines.p.runs[-1]
      local held = function() return run end
      local s = rille.step "s" { outputs = { rille.types.integer "n" }, run = function() return #rille.pipelines.p.runs[-1]:graph().nodes end }
      rille.pipeline "q" { define = function() s {} end }:run {}
    ]])
    local r = project:rille "in.lua"
    check.eq(r.code, 1)
    check.has(r.err, "reads history")
  end)
end)

check.test("a step that takes much longer than it used to stands out", function()
  local project <close> = scratch.new()
  project:write("slow.lua", [[
    local rille = require "rille"
    local t = rille.types
    local work = rille.step "work" { params = { s = 0.001, k = 1 }, cache = "always", outputs = { t.number "x" }, run = function(p)
      local t0 = os.clock()
      while os.clock() - t0 < p.s do end
      return p.k
    end }
    return rille.pipeline "p" { params = { s = 0.001, k = 1 }, define = function(p) work { s = p.s, k = p.k } end }
  ]])
  for i = 1, 3 do check.eq(project:rille("run slow.lua --set k=" .. i).code, 0) end
  local _, before = graph_of(project, "p@-1")
  check.eq(before.work.slow, false)
  check.eq(project:rille("run slow.lua --name slow --set s=0.4").code, 0)
  local _, by = graph_of(project, "slow")
  check.eq(by.work.slow, true)
  check.ok(by.work.usual < by.work.seconds and by.work.seconds > 0.39)
  check.has(project:rille("graph slow").out, "x usual")
  check.has(project:rille("graph slow --svg").out, "its usual")
end)

check.test("ten thousand branches are three steps in the text and a small picture, until all is asked for", function()
  local project <close> = scratch.new()
  project:write("big.lua", [[
    local rille = require "rille"
    local t = rille.types
    local src = rille.step "src" { outputs = { t.integer "n" }, run = function() return 1 end }
    local sim = rille.step "sim" { inputs = { t.integer "n" }, params = { k = 1 }, outputs = { t.integer "x" }, run = function(n, p) return n + p.k end }
    local sum = rille.step "sum" { inputs = { t.list(t.integer) "xs" }, outputs = { t.integer "s" }, run = function(xs) return #xs end }
    return rille.pipeline "big" { params = { n = 10000 }, define = function(p)
      local n, xs = src {}, {}
      for i = 1, p.n do xs[i] = sim:with { id = "sim_" .. i } { n = n, k = i } end
      sum { xs = xs }
    end }
  ]])
  local r = project:rille "graph big.lua"
  check.eq(r.code, 0)
  check.has(r.out, "sim ×10,000")
  check.ok(#r.out < 1500, r.out)
  local g = graph_of(project, "big.lua")
  check.eq({ g.folded, #g.nodes }, { true, 6 })
  local all = graph_of(project, "big.lua --all --set n=2000")
  check.eq({ all.folded, #all.nodes }, { false, 4004 })
end)

-- What comes after what, and what is from outside -----------------------------------

local ORDERED <const> = [[
local rille = require "rille"
local t = rille.types
local make = rille.step "make" { params = { v = 1 }, outputs = { t.table "rows" }, run = function(p) return { p.v, p.v } end }
local use = rille.step "use" { inputs = { t.table "rows" }, outputs = { t.integer "n" }, run = function(rows) return #rows end }
rille.pipeline "q" { define = function() make() end }
rille.pipeline "o" { params = { strict = true }, define = function(p)
  local other = make:with { id = "other" } { v = 2 }
  use:with { after = AFTER } { rows = rille.external { pipeline = "q", artifact = "make::rows" } }
end }
]]

local function ordered(after)
  local project = scratch.new()
  project:write("main.lua", (ORDERED:gsub("AFTER", after)))
  check.eq(project:rille("run main.lua q -q --name q1").code, 0)
  check.eq(project:rille("run main.lua o -q --name o1").code, 0)
  return project
end

check.test("what a step comes after is drawn of a run, apart from what it takes", function()
  local project <close> = ordered "other"
  for _, what in ipairs { "o1", "main.lua o", "o::use::n" } do
    local drawn = graph_of(project, what)
    local found
    for _, edge in ipairs(drawn.edges) do
      if edge.order then found = table.concat({ edge.from, edge.to, edge.ports[1] }, " ") end
    end
    check.eq(found, "other use after", what)
  end
  check.has(project:rille("graph o1").out, "after other")
  check.has(project:rille("lineage o::use::n").out, "(after other)")
  check.has(project:rille("graph o1 --dot").out, 'style="dotted"')
  check.has(project:rille("graph o1 --mermaid").out, "-. after .->")
  check.has(project:rille("graph o1 --svg").out, 'class="e order"')
end)

check.test("after is part of the wiring: shown, compared, a version of its own", function()
  local project <close> = ordered "nil"
  local function shown() return json.decode(project:rille("pipeline show o --json").out) end
  check.eq({ shown().version, shown().nodes[2].after }, { 1, {} })
  project:write("main.lua", (ORDERED:gsub("AFTER", "{ other, 'other' }")))
  check.eq(project:rille("run main.lua o -q --name o2").code, 0)
  check.eq({ shown().version, shown().nodes[2].after }, { 2, { "other" } })
  local text = project:rille("pipeline show o").out
  check.has(text, "(after)  other")
  check.has(text, "~ use runs after other, ran after nothing")
  check.has(project:rille("diff o1 o2").out, "(after)")
end)

check.test("what is from outside is drawn by its name, version and run", function()
  local project <close> = ordered "nil"
  check.eq(project:rille("run main.lua q -q --no-cache --name q2").code, 0)
  local _, by = graph_of(project, "o1")
  local found
  for _, node in pairs(by) do if node.kind == "value" then found = node end end
  check.eq({ found.label, found.details.from }, { "q::make::rows@1", "q1/make" })
  check.has(project:rille("graph o1").out, "q::make::rows@1")
end)

check.done()
