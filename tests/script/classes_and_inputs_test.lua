-- The forms of step and pipeline: classes, inputs of a pipeline, artifacts from
-- outside, and what a step may say of its outputs.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD = [[
local rille = require "rille"
local step, pipeline, t = rille.step, rille.pipeline, rille.types
]]

local function project(text, files)
  local p = scratch.new()
  p:write("main.lua", HEAD .. text)
  for name, content in pairs(files or {}) do p:write(name, content) end
  return p
end

local function ok(p, args, code)
  local r = p:rille(args)
  check.eq(r.code, code or 0, args .. ": " .. r.err .. r.out)
  return r.out, r.err
end

local function run_of(p, name) return json.decode((ok(p, "show " .. (name or "main") .. "@-1 --json"))) end

-- "a=completed b=cached" of the newest run.
local function statuses(p, name)
  local parts = {}
  for i, one in ipairs(run_of(p, name).steps) do parts[i] = one.id .. "=" .. one.status end
  return table.concat(parts, " ")
end

local function edit(p, from, to)
  local text = p:read "main.lua"
  local a, b = text:find(from, 1, true)
  check.ok(a, "main.lua has no " .. from)
  p:write("main.lua", text:sub(1, a - 1) .. to .. text:sub(b + 1))
end

local function number(p, name) return (ok(p, "artifact get " .. name)) end

-- Classes --------------------------------------------------------------------------

local CLASS = [[
local Scale = rille.Step:extend "scale" { doc = "Scales.", inputs = { t.number "x" }, params = { by = 2.0 }, outputs = { t.number "y" } }
Scale.offset = 1
function Scale:shift(x) return x + self.offset end
function Scale:entrypoint(x, p, ctx) return self:shift(x * p.by) end
local Main = rille.Pipeline:extend "main" { params = { by = 2.0 } }
function Main:connect(p) Scale { x = 3, by = p.by } end
return Main
]]

local FUNCTION = [[
local scale = step "scale" { doc = "Scales.", inputs = { t.number "x" }, params = { by = 2.0 }, outputs = { t.number "y" },
  run = function(x, p, ctx) return x * p.by + 1 end }
return pipeline "main" { params = { by = 2.0 }, define = function(p) scale { x = 3, by = p.by } end }
]]

check.test("a step and a pipeline written as classes run, and are cached", function()
  local p <close> = project(CLASS)
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::scale::y"), "7.0")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "scale=cached")
  ok(p, "run main.lua -q --set by=3.0")
  check.eq(number(p, "main::scale::y"), "10.0")
end)

check.test("class style and functional style give one wiring", function()
  local hashes = {}
  for i, text in ipairs { CLASS, FUNCTION } do
    local p <close> = project(text)
    ok(p, "run main.lua -q")
    local shown = json.decode((ok(p, "pipeline show main --json")))
    hashes[i] = shown.hash
    check.eq(shown.nodes[1].step, "scale")
  end
  check.eq(hashes[1], hashes[2])
end)

check.test("an entrypoint without self hits what the function made", function()
  local p <close> = project(FUNCTION)
  ok(p, "run main.lua -q")
  p:write("main.lua", HEAD .. [[
    local Scale = rille.Step:extend "scale" { inputs = { t.number "x" }, params = { by = 2.0 }, outputs = { t.number "y" } }
    function Scale.entrypoint(x, p, ctx) return x * p.by + 1 end
    local Main = rille.Pipeline:extend "main"
    function Main:connect(p) Scale { x = 3 } end
    return Main]])
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "scale=cached")
end)

check.test("an edit misses and a comment hits, as in the functional style", function()
  local p <close> = project(CLASS)
  ok(p, "run main.lua -q")
  edit(p, "function Scale:entrypoint", "-- a comment\n\nfunction Scale:entrypoint")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "scale=cached")
  edit(p, "self:shift(x * p.by)", "self:shift(x * p.by * 10)")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "scale=completed")
  check.eq(number(p, "main::scale::y"), "61.0")
end)

check.test("what self holds is in the key: a value, a method; why names it", function()
  local p <close> = project(CLASS)
  ok(p, "run main.lua -q")
  edit(p, "Scale.offset = 1", "Scale.offset = 5")
  local out = ok(p, "plan main.lua")
  check.has(out, "captured self.offset 1 -> 5")
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::scale::y"), "11.0")
  edit(p, "return x + self.offset", "return x - self.offset")
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::scale::y"), "1.0")
end)

check.test("what self holds that cannot be hashed is refused, by its name", function()
  local p <close> = project((CLASS:gsub("Scale.offset = 1", 'Scale.offset = 1\nScale.log = io.open("main.lua")')))
  local _, err = ok(p, "run main.lua", 3)
  check.has(err, "self.log")
end)

check.test("a step that changes its self passes it on neither to another nor through the cache", function()
  local p <close> = project [[
    local Count = rille.Step:extend "count" { params = { i = 0 }, outputs = { t.integer "n" } }
    Count.n = 0
    function Count:entrypoint(p) self.n = self.n + 1 return self.n end
    local Main = rille.Pipeline:extend "main"
    function Main:connect()
      for i = 1, 2 do Count:with { id = "c" .. i } { i = i } end
    end
    return Main]]
  local _, err = ok(p, "run main.lua")
  check.has(err, "self.n")
  check.eq(number(p, "main::c2::n"), "1")
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::c2::n"), "1")
end)

check.test("a class of a class takes over fields, methods and body, and may change each", function()
  local p <close> = project [[
    local Scale = rille.Step:extend "scale" { inputs = { t.number "x" }, params = { by = 2.0, plus = 0.0 }, outputs = { t.number "y" } }
    Scale.offset = 1
    function Scale:shift(x) return x + self.offset end
    function Scale:entrypoint(x, p) return self:shift(x * p.by) + p.plus end
    local Far = Scale:extend "far" { params = { by = 10.0 } }
    Far.offset = 100
    local Both = Far:extend "both"
    function Both:entrypoint(x, p) return Scale.entrypoint(self, x, p) + Far.entrypoint(self, x, p) end
    local Base = rille.Pipeline:extend "base" { params = { x = 1.0 } }
    function Base:connect(p) self.first { x = p.x } end
    Base.first = Scale
    local Main = Base:extend "main"
    function Main:connect(p)
      Base.connect(self, p)
      Far { x = p.x }
      Both { x = p.x }
    end
    return Main]]
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::scale::y"), "3.0")
  check.eq(number(p, "main::far::y"), "110.0")
  check.eq(number(p, "main::both::y"), "220.0")
end)

check.test("extend with no fields of its own is a class, not a call of the parent's body", function()
  local p <close> = project [[
    local Base = rille.Step:extend "base" { outputs = { t.integer "n" } }
    function Base:entrypoint() return self:number() end
    local One = Base:extend "one" {}
    function One:number() return 1 end
    local Two = One:extend "two" {}
    function Two:number() return 2 end
    return pipeline "main" { define = function() One {} Two {} end }
  ]]
  ok(p, "run main.lua")
  check.eq(statuses(p), "one=completed two=completed")
  check.eq(number(p, "main::two::n"), "2")
end)

check.test("a class is called in a step, its fn runs outside, :with keeps its self", function()
  local p <close> = project [[
    local Add = rille.Step:extend "add" { inputs = { t.number "x" }, params = { by = 1.0 }, outputs = { t.number "y" } }
    Add.base = 40
    function Add:entrypoint(x, p) return self.base + x + (p and p.by or 0) end
    local outer = step "outer" { outputs = { t.number "y" }, run = function() return Add(1) end }
    local far = Add:with { id = "far", by = 100.0 }
    local Main = rille.Pipeline:extend "main"
    function Main:connect() outer() far { x = 1 } end
    if rille.main() then print(Add.fn(2), Add { x = 1 }:load()) end
    return Main]]
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::outer::y"), "41.0")
  check.eq(number(p, "main::far::y"), "141.0")
  check.eq((ok(p, "-q main.lua")), "42\t42.0\n")
  edit(p, "Add.base = 40", "Add.base = 50")
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::outer::y"), "51.0", "a captured class")
end)

check.test("a class may be a command, and pass it on", function()
  local p <close> = project [[
    local Echo = rille.Step:extend "echo" { params = { text = "hi" }, outputs = { t.string "s" }, command = { "echo", "{params.text}" }, stdout = "s" }
    local Loud = Echo:extend "loud" { params = { text = "HO" } }
    local Main = rille.Pipeline:extend "main"
    function Main:connect() Echo() Loud {} end
    return Main]]
  ok(p, "run main.lua -q")
  check.has(number(p, "main::echo::s"), "hi")
  check.has(number(p, "main::loud::s"), "HO")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "echo=cached loud=cached")
end)

check.test("rille.steps finds a step of either style by its name", function()
  local p <close> = project [[
    step "plain" { run = function() end }
    local Class = rille.Step:extend "class"
    function Class:entrypoint() end
    print(rille.steps.plain, rille.steps.class, rille.steps.class == Class)
    print(pcall(function() return rille.steps.clas end))]]
  local out = ok(p, "main.lua")
  check.has(out, 'step "plain"\tstep "class"\ttrue')
  check.has(out, 'there is no step "clas"; did you mean "class"?')
end)

-- Inputs of a pipeline ---------------------------------------------------------------

local INPUTS = [[
local array = require "rille.array"
local total = step "total" { inputs = { t.matrix "X" }, outputs = { t.number "sum" }, run = function(X) return X:sum() end }
local main = pipeline "main" { inputs = { t.matrix "X" }, define = function(p, inputs) total(inputs.X) end }
if rille.main() then
  local runs = {}
  for i, row in ipairs { { 1, 2 }, { 1, 2 }, { 5, 6 } } do
    local run = main:run { inputs = { X = array.from { row } } }
    print(run.steps.total.status, run.steps.total.output:load(), run.steps.total.inputs.X:load():sum())
  end
end
return main
]]

check.test("arrays from memory are inputs of a pipeline: artifacts, in the key by content", function()
  local p <close> = project(INPUTS)
  check.eq((ok(p, "-q main.lua")), "completed\t3.0\t3\ncached\t3.0\t3\ncompleted\t11.0\t11\n")
end)

check.test("inputs are typed at the boundary: a number port makes 1 into 1.0", function()
  local p <close> = project [[
    local kind = step "kind" { inputs = { t.any "x" }, outputs = { t.string "k" }, run = function(x) return math.type(x) end }
    local main = pipeline "main" { inputs = { t.number "x" }, define = function(p, inputs) kind(inputs.x) end }
    print(main:run { inputs = { x = 1 } }.steps.kind.output:load())]]
  check.eq((ok(p, "-q main.lua")), "float\n")
end)

check.test("false, 0 and the empty text are inputs; several steps and lists share one", function()
  local p <close> = project [[
    local show = step "show" { inputs = { t.any "a", t.list(t.any) "l" }, outputs = { t.string "s" }, run = function(a, l) return tostring(a) .. #l .. tostring(l[1]) end }
    local main = pipeline "main" { inputs = { t.boolean "b", t.integer "n", t.string "s" }, define = function(p, i)
      show(i.b, { i.n, 2 })
      show:with { id = "again" } (i.s, { i.b })
    end }
    local run = main:run { inputs = { b = false, n = 0, s = "" } }
    print(run.steps.show.output:load(), run.steps.again.output:load())]]
  check.eq((ok(p, "-q main.lua")), "false20\t1false\n")
end)

check.test("with slots define has the parameters, the steps, then the inputs", function()
  local p <close> = project [[
    local id = step "id" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x) return x end }
    local recipe = pipeline "main" { slots = { "work" }, inputs = { t.number "x" }, define = function(p, s, inputs) s.work(inputs.x) end }
    print(recipe { work = id }:run { inputs = { x = 4 } }.steps.work.output:load())]]
  check.eq((ok(p, "-q main.lua")), "4.0\n")
end)

check.test("the wiring names an input, and can be asked for without a value", function()
  local p <close> = project(INPUTS .. "\n")
  edit(p, "return main", "")
  p:write("spec.lua", HEAD .. [[
    local total = step "total" { inputs = { t.matrix "X" }, outputs = { t.number "sum" }, run = function(X) return X:sum() end }
    local function of(name) return pipeline "main" { inputs = { t.matrix(name) }, define = function(p, inputs) total(inputs[name]) end } end
    local a, b = of("X"):spec(), of("Y"):spec()
    print(a.nodes[1].inputs[1][1].label, a.hash ~= b.hash)]])
  check.eq((ok(p, "spec.lua")), "X\ttrue\n")
  ok(p, "-q main.lua")
  check.has((ok(p, "pipeline show main")), "external X")
end)

check.test("a graph shows an input of the pipeline by its name, once for all that take it", function()
  local p <close> = project([[
    local total = step "total" { inputs = { t.table "data" }, outputs = { t.number "sum" }, run = function(d) return d[1] end }
    return pipeline "main" { inputs = { t.table "given" }, define = function(p, i)
      total(i.given)
      total:with { id = "again" } (i.given)
    end }]], { ["d.json"] = "[1]" })
  local function values(args)
    local found = {}
    for _, node in ipairs(json.decode((ok(p, "graph " .. args .. " --json"))).nodes) do
      if node.kind == "value" then found[#found + 1] = node.label end
    end
    return table.concat(found, " ")
  end
  check.eq(values "main.lua", "given", "the wiring alone")
  check.has((ok(p, "graph main.lua")), "its inputs are not given")
  check.eq(values "main.lua --input given=d.json", "given", "the plan")
  ok(p, "run main.lua -q --input given=d.json")
  check.eq(values "main@-1", "given", "the run")
end)

check.test("--input of a file that is no CSV says what it looks like, and null is no value", function()
  local p <close> = project('return pipeline "main" { inputs = { t.frame "f", t.number "n" }, define = function(_, i) end }')
  p:write("x.csv", "PK\3\4\20\0\6\0[Content_Types].xml")
  p:write("n.txt", "null\n")
  p:write("none.txt", "\n")
  local r = p:rille "run main.lua --input f=x.csv --input n=n.txt"
  check.eq(r.code, 2)
  check.has(r.err, "x.csv looks like an Excel workbook (zip): export it as CSV")
  p:write("x.csv", "a\n1\n")
  check.has(p:rille "run main.lua --input f=x.csv --input n=n.txt".err, "expected a number, found null")
  check.has(p:rille "run main.lua --input f=x.csv --input n=none.txt".err, "--input n=none.txt: the file is empty")
end)

check.test("--input gives a pipeline its inputs from files, for run and plan", function()
  local p <close> = project([[
    local all = step "all" { inputs = { t.matrix "X", t.vector "v", t.frame "f", t.table "c", t.integer "n", t.string "s", t.file "file" },
      outputs = { t.number "y" },
      run = function(X, v, f, c, n, s, file) return X:sum() + v:sum() + f.n_rows + c.a + n + #s + #file:read() end }
    return pipeline "main" { inputs = { t.matrix "X", t.vector "v", t.frame "f", t.table "c", t.integer "n", t.string "s", t.file "file" },
      define = function(p, i) all(i.X, i.v, i.f, i.c, i.n, i.s, i.file) end }]],
    { ["x.csv"] = "a,b\n1,2\n3,4\n", ["v.csv"] = "v\n5\n6\n", ["c.json"] = '{"a": 7}', ["n.txt"] = "8\n", ["s.txt"] = "nine" })
  local args = " main.lua --input X=x.csv --input v=v.csv --input f=x.csv --input c=c.json --input n=n.txt --input s=s.txt --input file=s.txt"
  check.has((ok(p, "plan" .. args)), "1 to run")
  ok(p, "run -q" .. args)
  check.eq(number(p, "main::all::y"), "46.0")
  check.has((ok(p, "plan" .. args)), "1 cached")
  p:write("s.txt", "ninety")
  check.has((ok(p, "plan" .. args)), "input s changed")
end)

check.test("a wrong --input is told with its name and file", function()
  local p <close> = project(INPUTS, { ["x.json"] = "[1]", ["x.csv"] = "a\n1\n" })
  local function err(args) return select(2, ok(p, "run main.lua " .. args, 2)) end
  check.has(err "--input Z=x.csv", 'pipeline "main" has no input "Z"; there is X')
  check.has(err "--input X=x.json", "--input X=x.json: expected a matrix (an array of two dimensions), found a table")
  check.has(err "--input X=none.npy", "none.npy: No such file or directory")
  check.has(err "--input X=x.txt", "--input X=x.txt: a matrix is read from .npy, .csv or .json, and this is .txt")
  check.has(err "--input X", "expected NAME=PATH")
  check.has(err "--input X=x.csv --input X=x.csv", "it is given twice")
  local _, text = ok(p, "run main.lua", 3)
  check.has(text, 'input "X" (matrix) is missing; give it to the run: inputs = { X = ... }, or --input X=PATH')
end)

-- External artifacts -----------------------------------------------------------------

-- make gives the number n, use takes it from outside.
local EXTERNAL = [[
local make = step "make" { params = { n = 1 }, outputs = { t.integer "n" }, run = function(p) return p.n end }
local producer = pipeline "producer" { params = { n = 1 }, define = function(p) make { n = p.n } end }
local double = step "double" { inputs = { t.integer "x" }, outputs = { t.integer "y" }, run = function(x) return 2 * x end }
local latest = rille.external { pipeline = "producer", artifact = "make::n" }
local user = pipeline "user" { define = function() double(latest) end }
]]

check.test("an artifact of another pipeline is an input; a later version of it is a miss, the same one a hit", function()
  local p <close> = project(EXTERNAL .. [[
    for _, n in ipairs { 1, 1, 7 } do
      producer:run { params = { n = n } }
      local s = user:run {}.steps.double
      print(s.status, s.output:load())
    end
    print(user:plan()[1].status)]])
  check.eq((ok(p, "-q main.lua")), "completed\t2\ncached\t2\ncompleted\t14\ncached\n")
  p:write("main.lua", (p:read "main.lua") .. "\nreturn user")
  local out = ok(p, "lineage user::double::y")
  check.ok(out:find "make +%x+  .* producer%-", out)
  check.has((ok(p, "pipeline show user")), "external producer::make::n")
end)

check.test("an external artifact by version, by id, by the name of its port, by output alone, and from history", function()
  local p <close> = project(EXTERNAL .. [[
    local named = step "named" { outputs = { t.integer "n" { name = "the-answer" } }, run = function() return 42 end }
    pipeline "other" { define = function() named() end }:run {}
    producer:run { params = { n = 1 } }
    local second = producer:run { params = { n = 5 } }.steps.make.output
    local function try(fields)
      return pipeline "try" { define = function() double(rille.external(fields)) end }:run {}.steps.double.output:load()
    end
    print(try { pipeline = "producer", artifact = "make::n", version = 1 }, try { pipeline = "producer", artifact = "n" },
      try { pipeline = "producer", artifact = "n", version = "latest" }, try { pipeline = "producer", artifact = "n", version = "2" },
      try { id = second.digest }, try { id = second.digest:sub(1, 12) }, try { pipeline = "other", artifact = "the-answer" })
    print(double { x = second }:load(), double { x = rille.external { id = second.digest } }:load())]])
  check.eq((ok(p, "-q main.lua")), "2\t10\t10\t10\t10\t10\t84\n10\t10\n")
end)

check.test("0, false and the empty text are values of an external artifact", function()
  local p <close> = project [[
    local show = step "show" { inputs = { t.any "x" }, outputs = { t.string "s" }, run = function(x) return type(x) .. tostring(x) end }
    local main = pipeline "main" { define = function()
      for i, v in ipairs { 0, false, "" } do show:with { id = "s" .. i } { x = rille.external { value = v } } end
    end }
    local run = main:run {}
    print(run.steps.s1.output:load(), run.steps.s2.output:load(), run.steps.s3.output:load())]]
  check.eq((ok(p, "-q main.lua")), "number0\tbooleanfalse\tstring\n")
end)

check.test("an external artifact is an input of a pipeline too, also from the command line", function()
  local p <close> = project(EXTERNAL .. [[
    local main = pipeline "main" { inputs = { t.number "x" }, define = function(p, i) double(i.x) end }
    if rille.main() then
      producer:run { params = { n = 3 } }
      print(main:run { inputs = { x = latest } }.steps.double.output:load())
    end
    return main]])
  check.eq((ok(p, "-q main.lua")), "6\n")
  ok(p, "run main.lua -q --input x=artifact:producer::make::n")
  check.eq(statuses(p), "double=cached")
  check.has(select(2, ok(p, "run main.lua --input x=artifact:nothing", 2)), "no artifact is called 'nothing'")
end)

check.test("an artifact whose bytes are gone is told when it is wired", function()
  local p <close> = project [[
    local array = require "rille.array"
    local make = step "make" { outputs = { t.vector "v" }, run = function() return array.arange(0, 10000) end }
    local sum = step "sum" { inputs = { t.vector "v" }, outputs = { t.number "s" }, run = function(v) return v:sum() end }
    pipeline "producer" { define = function() make() end }:run {}
    os.execute "rm -rf .rille/objects/*"
    pipeline "user" { define = function() sum(rille.external { pipeline = "producer", artifact = "v" }) end }:run {}]]
  local _, err = ok(p, "-q main.lua", 3)
  check.has(err, "main.lua:8: ")
  check.has(err, "its bytes are missing from the store or damaged")
end)

-- What a step says of its outputs ----------------------------------------------------

local STAGED = [[
local make = step "make" { params = { extra = "report" }, outputs = { t.number "score", t.dir "plots", t.file "log" }, run = function(p, ctx)
  local function put(path, text)
    local f <close> = assert(io.open(path, "w"))
    f:write(text)
  end
  put(ctx:output_uri "score" .. "/report.txt", p.extra)
  put(ctx:output_uri "plots" .. "/a.svg", "<svg/>")
  put(ctx:output_uri "log" .. "/train.log", "done")
  ctx:log_artifact_metadata("score", { rows = 3, source = "lab" })
  ctx:log_params { depth = 4 }
  return 0.5
end }
local use = step "use" { inputs = { t.number "score", t.dir "plots", t.file "log" }, outputs = { t.string "s" },
  run = function(score, plots, log) return score .. table.concat(plots:files()) .. log.name .. log:read() end }
return pipeline "main" { params = { extra = "report" }, define = function(p)
  local m = make { extra = p.extra }
  use(m.score, m.plots, m.log)
end }
]]

check.test("files put under ctx:output_uri become members of the output, and nothing else is returned for a folder", function()
  local p <close> = project(STAGED)
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::use::s"), '0.5a.svgtrain.logdone')
  check.has((ok(p, "artifact show main::make::score")), "staged/report.txt")
  ok(p, "artifact get main::make::score -o got")
  check.eq(p:read "got/staged/report.txt", "report")
  ok(p, "run main.lua -q")
  check.eq(statuses(p), "make=cached use=cached")
end)

check.test("another staged file is another artifact, which runs what takes it", function()
  local p <close> = project(STAGED)
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q --set extra=other")
  check.eq(statuses(p), "make=completed use=completed")
end)

check.test("metadata of an output and logged parameters are kept with it, through the cache", function()
  local p <close> = project(STAGED)
  ok(p, "run main.lua -q")
  ok(p, "run main.lua -q")
  local run = run_of(p)
  check.eq(run.steps[1].status, "cached")
  check.eq(run.steps[1].outputs.score.metadata, { rows = 3, source = "lab" })
  check.eq(run.steps[1].logged, { depth = 4 })
  local text = ok(p, "show main@-1/make")
  check.has(text, "score: rows = 3, source = \"lab\"")
  check.has(text, "logged      depth = 4")
  check.has((ok(p, "artifact show main::make::score")), 'metadata    rows = 3, source = "lab"')
end)

-- A step with these outputs and this body, which has to fail so.
local function fails(outputs, body, message)
  local p <close> = project(string.format([[
    local s = step "s" { outputs = { %s }, run = function(p, ctx) %s end }
    return pipeline "main" { define = function() s() end }]], outputs, body))
  local _, err = ok(p, "run main.lua", 1)
  check.has(err, message)
end

check.test("output_uri: no output, several without a name, an unknown name", function()
  fails("", "ctx:output_uri()", 'ctx:output_uri: step "s" has no output')
  fails('t.any "a", t.any "b"', "ctx:output_uri()", 'ctx:output_uri: step "s" has 2 outputs; name one of a, b')
  fails('t.any "model", t.any "b"', 'ctx:output_uri "modle"', 'step "s" has no output "modle"; did you mean "model"?')
  fails('t.number "n"', "ctx:output_uri()", 'output "n": expected a number, found nil')
  fails('t.file "f"', "ctx:output_uri()", 'output "f" is a file, but its folder (ctx:output_uri) holds 0 files')
end)

check.test("output_materializer tells type and version; where the value decides it wants the value", function()
  fails("", "ctx:output_materializer()", 'ctx:output_materializer: step "s" has no output')
  fails('t.any "a", t.any "b"', "ctx:output_materializer()", "has 2 outputs; name one of a, b")
  fails('t.any "a"', 'ctx:output_materializer "x"', 'has no output "x"')
  fails('t.any "a"', "ctx:output_materializer()", "its materializer depends on the value; give that too")
  local p <close> = project [[
    local s = step "s" { outputs = { t.any "a", t.matrix "m" }, run = function(p, ctx)
      local m = require("rille.array").zeros { 1, 1 }
      return ctx:output_materializer("a", { 1 }).type .. ctx:output_materializer("a", 1.5).type .. ctx:output_materializer("m").type
        .. ctx:output_materializer("m").version, m
    end }
    return pipeline "main" { define = function() s() end }]]
  ok(p, "run main.lua -q")
  check.eq(number(p, "main::s::a"), 'tablenumberarray1')
end)

check.test("metadata that is no plain data, and of an output that there is not, are errors in the step", function()
  fails('t.any "a"', "ctx:log_artifact_metadata { f = print }", "ctx:log_artifact_metadata: ")
  fails('t.any "a"', 'ctx:log_artifact_metadata("b", {})', 'has no output "b"')
  fails('t.any "a"', "ctx:log_params(3)", "ctx:log_params: expected a table { name = value }, found the integer 3")
end)

check.done()
