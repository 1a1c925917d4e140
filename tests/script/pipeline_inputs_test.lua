-- Inputs of a pipeline: from memory, from the command line, in the wiring and in a graph.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local json = require "rille.json"

local HEAD <const> = scratch.HEAD

local function number(p, name) return (p:ok("artifact get " .. name)) end

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
  local p <close> = scratch.script(INPUTS)
  check.eq((p:ok("-q main.lua")), "completed\t3.0\t3\ncached\t3.0\t3\ncompleted\t11.0\t11\n")
end)

check.test("inputs are typed at the boundary: a number port makes 1 into 1.0", function()
  local p <close> = scratch.script [[
    local kind = step "kind" { inputs = { t.any "x" }, outputs = { t.string "k" }, run = function(x) return math.type(x) end }
    local main = pipeline "main" { inputs = { t.number "x" }, define = function(p, inputs) kind(inputs.x) end }
    print(main:run { inputs = { x = 1 } }.steps.kind.output:load())]]
  check.eq((p:ok("-q main.lua")), "float\n")
end)

check.test("false, 0 and the empty text are inputs; several steps and lists share one", function()
  local p <close> = scratch.script [[
    local show = step "show" { inputs = { t.any "a", t.list(t.any) "l" }, outputs = { t.string "s" }, run = function(a, l) return tostring(a) .. #l .. tostring(l[1]) end }
    local main = pipeline "main" { inputs = { t.boolean "b", t.integer "n", t.string "s" }, define = function(p, i)
      show(i.b, { i.n, 2 })
      show:with { id = "again" } (i.s, { i.b })
    end }
    local run = main:run { inputs = { b = false, n = 0, s = "" } }
    print(run.steps.show.output:load(), run.steps.again.output:load())]]
  check.eq((p:ok("-q main.lua")), "false20\t1false\n")
end)

check.test("with slots define has the parameters, the steps, then the inputs", function()
  local p <close> = scratch.script [[
    local id = step "id" { inputs = { t.number "x" }, outputs = { t.number "y" }, run = function(x) return x end }
    local recipe = pipeline "main" { slots = { "work" }, inputs = { t.number "x" }, define = function(p, s, inputs) s.work(inputs.x) end }
    print(recipe { work = id }:run { inputs = { x = 4 } }.steps.work.output:load())]]
  check.eq((p:ok("-q main.lua")), "4.0\n")
end)

check.test("the wiring names an input, and can be asked for without a value", function()
  local p <close> = scratch.script(INPUTS .. "\n")
  p:edit("return main", "")
  p:write("spec.lua", HEAD .. [[
    local total = step "total" { inputs = { t.matrix "X" }, outputs = { t.number "sum" }, run = function(X) return X:sum() end }
    local function of(name) return pipeline "main" { inputs = { t.matrix(name) }, define = function(p, inputs) total(inputs[name]) end } end
    local a, b = of("X"):spec(), of("Y"):spec()
    print(a.nodes[1].inputs[1][1].label, a.hash ~= b.hash)]])
  check.eq((p:ok("spec.lua")), "X\ttrue\n")
  p:ok("-q main.lua")
  check.has((p:ok("pipeline show main")), "external X")
end)

check.test("a graph shows an input of the pipeline by its name, once for all that take it", function()
  local p <close> = scratch.script([[
    local total = step "total" { inputs = { t.table "data" }, outputs = { t.number "sum" }, run = function(d) return d[1] end }
    return pipeline "main" { inputs = { t.table "given" }, define = function(p, i)
      total(i.given)
      total:with { id = "again" } (i.given)
    end }]], { ["d.json"] = "[1]" })
  local function values(args)
    local found = {}
    for _, node in ipairs(json.decode((p:ok("graph " .. args .. " --json"))).nodes) do
      if node.kind == "value" then found[#found + 1] = node.label end
    end
    return table.concat(found, " ")
  end
  check.eq(values "main.lua", "given", "the wiring alone")
  check.has((p:ok("graph main.lua")), "its inputs are not given")
  check.eq(values "main.lua --input given=d.json", "given", "the plan")
  p:ok("run main.lua -q --input given=d.json")
  check.eq(values "main@-1", "given", "the run")
end)

check.test("--input of a file that is no CSV says what it looks like, and null is no value", function()
  local p <close> =
    scratch.script('return pipeline "main" { inputs = { t.frame "f", t.number "n" }, define = function(_, i) end }')
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

check.test("--input of JSON is unpacked and decoded, as a table, a list or a frame", function()
  local p <close> = scratch.script([[
    local s = step "s" { inputs = { t.table "t", t.list(t.table) "l", t.frame "f" }, outputs = { t.string "said" },
      run = function(x, l, f) return x.a .. #l .. l[1].a .. f:column("a")[1] end }
    return pipeline "main" { inputs = { t.table "t", t.list(t.table) "l", t.frame "f" },
      define = function(_, i) s { i.t, i.l, i.f } end }]])
  local function said(table_text, records, lines, options)
    p:write("t.json", table_text)
    for _, ending in ipairs { "json", "jsonl" } do
      local name = "r." .. ending .. ".gz"
      p:write("r." .. ending, ending == "json" and records or lines)
      p:sh("gzip -f r." .. ending)
      p:ok(string.format("run main.lua -q --input 't=t.json%s' --input 'l=%s%s' --input 'f=%s%s'", options,
        name, options, name, options))
      check.eq(p:ok "artifact get main::s::said", "ö1öö", ending)
    end
  end
  said('{"a":"\xc3\xb6"}', '[{"a":"\xc3\xb6"}]', '{"a":"\xc3\xb6"}\n', "")
  said('{"a":"\xf6"}', '[{"a":"\xf6"}]', '{"a":"\xf6"}\n', "?encoding=latin-1")
  local function err(args) return p:rille("run main.lua " .. args).err end
  check.has(err "--input t=t.json", 't.json:1:7: the byte 0xF6 is not UTF-8; for Western European text use '
    .. 'encoding = "latin-1" or "windows-1252"; the option follows the path, as in x.json?encoding=latin-1')
  check.has(err "--input f=r.jsonl.gz", "r.jsonl.gz:1:7: the byte 0xF6 is not UTF-8")
  check.has(err "--input 'f=r.json.gz?encodin=latin-1'", 'unknown field "encodin"; did you mean "encoding"?')
  check.has(err "--input 't=t.json?encoding=latin-7'", 'encoding: there is no "latin-7"; known are utf-8')
  p:write("x.npy", "")
  check.has(err "--input 'f=x.npy?encoding=latin-1'", "a .npy file takes no options after ?")
  p:write("p.json", "\x89PNG\r\n\x1a\n")
  check.has(err "--input t=p.json", "p.json looks like a PNG image")
end)

check.test("--input of a CSV file takes the options of csv.read behind its path", function()
  local p <close> = scratch.script [[
    local sum = step "sum" { inputs = { t.matrix "X" }, outputs = { t.number "y" }, run = function(X) return X:sum() end }
    return pipeline "main" { inputs = { t.matrix "X" }, define = function(_, i) sum(i.X) end }]]
  p:write("x.csv", "a;b\n1.234,5;NA\n1;-\n")
  local r = p:rille "run main.lua --input X=x.csv"
  check.eq(r.code, 2)
  check.has(r.err, 'column "a" holds strings; csv.read(path, { decimal = ",", thousands = "." }) reads it as numbers; '
    .. "options follow the path, as in x.csv?encoding=latin-1&skip=4")
  p:ok "run main.lua --input 'X=x.csv?decimal=,&thousands=.&missing=NA&missing=-'"
  check.eq(p:statuses(), "sum=completed")
  p:write("x.csv.gz", "t\n1,2\n")
  p:ok "run main.lua --input 'X=x.csv.gz?skip=1&header=false&types.column_1=number&separator=,'"
  p:write("x.txt", "a,b\tc\n1,5\t3\n")
  for _, tab in ipairs { "\\t", "tab", "\t" } do
    p:ok("run main.lua --input 'X=x.txt?separator=" .. tab .. "&decimal=,'")
    check.eq((p:ok "artifact get main::sum::y"), "4.5", tab)
  end
  p:write("odd.csv?a=b.csv", "x\n1\n")
  p:ok "run main.lua --input 'X=odd.csv?a=b.csv'"
  check.has(p:rille "run main.lua --input 'X=x.csv?skip'".err, '"skip": expected OPTION=VALUE')
  check.has(p:rille "run main.lua --input 'X=x.csv?skipp=1'".err, 'unknown field "skipp"; did you mean "skip"?')
  check.has(p:rille "run main.lua --input 'X=x.csv?types=1'".err, "types: expected { column = type }")
  check.has(p:rille "run main.lua --input 'X=x.csv?skip=x'".err, "skip: expected a number of lines")
end)

check.test("--input gives a pipeline its inputs from files, for run and plan", function()
  local p <close> = scratch.script([[
    local all = step "all" { inputs = { t.matrix "X", t.vector "v", t.frame "f", t.table "c", t.integer "n", t.string "s", t.file "file" },
      outputs = { t.number "y" },
      run = function(X, v, f, c, n, s, file) return X:sum() + v:sum() + f.n_rows + c.a + n + #s + #file:read() end }
    return pipeline "main" { inputs = { t.matrix "X", t.vector "v", t.frame "f", t.table "c", t.integer "n", t.string "s", t.file "file" },
      define = function(p, i) all(i.X, i.v, i.f, i.c, i.n, i.s, i.file) end }]],
    { ["x.csv"] = "a,b\n1,2\n3,4\n", ["v.csv"] = "v\n5\n6\n", ["c.json"] = '{"a": 7}', ["n.txt"] = "8\n",
      ["s.txt"] = "nine" })
  local args = " main.lua --input X=x.csv --input v=v.csv --input f=x.csv --input c=c.json --input n=n.txt "
    .. "--input s=s.txt --input file=s.txt"
  check.has((p:ok("plan" .. args)), "1 to run")
  p:ok("run -q" .. args)
  check.eq(number(p, "main::all::y"), "46.0")
  check.has((p:ok("plan" .. args)), "1 cached")
  p:write("s.txt", "ninety")
  check.has((p:ok("plan" .. args)), "input s changed")
end)

check.test("--input of JSON records or JSON lines is a frame, its columns in the order of the text", function()
  local p <close> = scratch.script([[
    local s = step "s" { inputs = { t.frame "f" }, outputs = { t.string "o" },
      run = function(f) return table.concat(f.columns, " ") .. " " .. #f end }
    return pipeline "main" { inputs = { t.frame "f" }, define = function(_, i) s(i.f) end }]],
    { ["x.json"] = '[{"z": 1, "a": null}, {"a": 2.5, "q": "t"}]',
      ["x.jsonl"] = '{"z":1,"a":null}\r\n\n{"a":2.5,"q":"t"}',
      ["columns.json"] = '{"z": [1, 2], "a": ["x", "y"]}', ["bad.jsonl"] = '{"z":1}\n{"z":\n', ["one.json"] = "7" })
  for file, text in pairs { ["x.json"] = "z a q 2", ["x.jsonl"] = "z a q 2", ["columns.json"] = "z a 2" } do
    p:ok("run main.lua -q --input f=" .. file)
    check.eq((p:ok "artifact get main::s::o"), text, file)
  end
  p:write("x.jsonl", '{"z":1}')
  p:ok "run main.lua -q --input f=x.jsonl"
  check.eq((p:ok "artifact get main::s::o"), "z 1")
  local _, err = p:ok("run main.lua --input f=bad.jsonl", 2)
  check.has(err, "bad.jsonl:2:6: the text ends, but a value is expected")
  _, err = p:ok("run main.lua --input f=one.json", 2)
  check.has(err, 'one.json: expected [{"x": 1}, ...] or {"x": [1, 2], ...}, found 7')
end)

check.test("a .npy file of records is a frame, in a script that does not load rille.frame", function()
  local p <close> = scratch.script [[
    local s = step "s" { inputs = { t.frame "f" }, outputs = { t.integer "n" }, run = function(f) return f.n_rows end }
    return pipeline "main" { inputs = { t.frame "f" }, define = function(p, i) s { f = i.f } end }]]
  p:write("make.lua", [[require "rille.frame".new { { "x", { 1, 2 } }, { "g", { "a", "b" } } }:write "f.npy"]])
  p:ok "make.lua"
  p:ok "run main.lua -q --input f=f.npy"
  check.eq((p:ok "artifact get main::s::n"), "2")
end)

check.test("a wrong --input is told with its name and file", function()
  local p <close> = scratch.script(INPUTS, { ["x.json"] = "[1]", ["x.csv"] = "a\n1\n" })
  local function err(args) return select(2, p:ok("run main.lua " .. args, 2)) end
  check.has(err "--input Z=x.csv", 'pipeline "main" has no input "Z"; available: X')
  check.has(err "--input X=x.json", "--input X=x.json: expected a matrix (an array of two dimensions), found a table")
  check.has(err "--input X=none.npy", "none.npy: No such file or directory")
  check.has(err "--input X=x.doc",
    "--input X=x.doc: a matrix is read from .npy, .csv, .json, .jsonl or .sqlite, and this is .doc")
  check.has(err "--input X", "expected NAME=PATH")
  check.has(err "--input X=x.csv --input X=x.csv", "--input X: given twice")
  local _, text = p:ok("run main.lua", 3)
  check.has(text, 'input "X" (matrix) is missing; give it to the run: inputs = { X = ... }, or --input X=PATH')
end)

check.done()
