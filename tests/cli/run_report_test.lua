-- What the console of a run and the commands about it show of values, times and errors.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

-- Large enough to be mapped: 8 bytes times 20,000.
local MAPPED = [[
local rille = require "rille"
local array = require "rille.array"
local t = rille.types
local make = rille.step "make" { outputs = { t.vector "x" }, run = function() return array.arange(1, 20000) end }
local twice = rille.step "twice" { inputs = { t.vector "x" }, outputs = { t.vector "x" }, run = function(x) return x * 2 end }
local total = rille.step "total" {
  inputs = { t.vector "x" }, params = { add = 0 }, outputs = { t.integer "sum" },
  run = function(x, p) return math.tointeger(x:sum()) + p.add end,
}
return rille.pipeline "p" {
  params = { add = t.list(t.integer) { default = { 0 } } },
  define = function(p)
    local x = twice(make())
    for i, add in ipairs(p.add) do total:with { id = "total_" .. i } { x = x, add = add } end
  end,
}
]]

local function with(text, body)
  local project <close> = scratch.new()
  project:write("main.lua", text)
  body(project)
end

local function ran_mapped(phrase, body)
  check.test(phrase, function()
    with(MAPPED, function(project)
      check.eq(project:rille("-q run main.lua").code, 0)
      body(project)
    end)
  end)
end

local FIVE = [[
local rille = require "rille"
local t = rille.types
local long = "a_step_with_a_rather_long_name"
local count = rille.step "count" {
  inputs = { t.file "text" }, outputs = { t.integer "lines", t.string "word", t.table "all" },
  run = function(text)
    local n = 0
    for _ in io.lines(text.path) do n = n + 1 end
    return n, "done", { n = n }
  end,
}
local fail = rille.step "fail" { inputs = { t.file "text" }, outputs = { t.integer "n" }, run = function() error "no" end }
return {
  rille.pipeline "good" { define = function() count:with { id = long } { text = rille.file "a.txt" } end },
  rille.pipeline "bad" { define = function() fail { text = rille.file "a.txt" } end },
}
]]

local function with_five(phrase, body)
  check.test(phrase, function()
    with(FIVE, function(project)
      project:write("a.txt", "1\n2\n")
      check.eq(project:rille("run main.lua good --name one").code, 0)
      body(project)
    end)
  end)
end

with_five("show gives the values that are short", function(project)
  local r = project:rille "show one"
  check.has(r.out, 'lines:integer 2, word:string "done", all:table table with 1 field: n = 2\n')
  check.has(project:rille("show one/a_step_with_a_rather_long_name").out, "lines   integer   1 B")
end)

with_five("ids longer than others move the times of all steps, and no line ends in blanks", function(project)
  local r = project:sh 'touch a.txt; "$RILLE" run main.lua good --no-cache --name two'
  check.has(r.err, "  ran       a_step_with_a_rather_long_name ")
  check.eq(r.err:find " \n", nil)
end)

with_five("a step that fails names the file that it was given", function(project)
  local r = project:rille "run main.lua bad"
  check.eq(r.code, 1)
  check.has(r.err, "  input       text: file a.txt\n")
end)

-- What a command prints on a terminal of so many columns, without its colours.
local function on_terminal(project, columns, arguments)
  scratch.pty(check)
  if not os.execute "command -v script >/dev/null" then check.cannot "there is no program script here" end
  local r = project:sh(string.format([[script -qec 'stty cols %d; "$RILLE" %s' typescript </dev/null]], columns,
    arguments))
  return (r.out:gsub("\27%[[%d;]*m", ""):gsub("\r", ""))
end

with_five("a table in a narrow terminal puts its last column below", function(project)
  project:rille "run main.lua bad --name a-run-of-a-longer-name"
  local out = on_terminal(project, 80, "runs")
  check.has(out, "\n    step fail failed\n")
  for line in out:gmatch "[^\n]+" do check.ok(utf8.len(line) <= 80, line) end
end)

ran_mapped("why tells each change once", function(project)
  project:write("main.lua", (MAPPED:gsub("arange%(1, 20000%)", "arange(1, 20001)")))
  check.eq(project:rille("-q run main.lua").code, 0)
  local out = project:rille("why make").out
  check.has(out, "  its code (main.lua:4) changed\n      - ")
  check.eq(select(2, out:gsub("its code", "")), 1)
end)

local FAILS = [[
local array = require "rille.array"
local make = step "make" { outputs = { t.vector "x", t.table "c" },
  run = function() return array.arange(1, 2000), { a = 1 / 3 } end }
local train = step "train" { inputs = { t.vector "x", t.table "c" }, params = { C = 0.1 }, outputs = { t.number "y" },
  run = function() error "no luck" end }
local item = step "item" { inputs = { t.integer "i" }, outputs = { t.integer "j" },
  run = function(i) if i % 5 == 0 then error("bad item " .. i) end return i end }
return pipeline "p" { define = function()
  local d = make()
  train { x = d.x, c = d.c }
  for i = 1, 12 do item:with { id = "item_" .. i } { i = i } end
end }
]]

check.test("a step that fails shows what its inputs were", function()
  local p <close> = scratch.script(FAILS)
  local _, err = p:ok("run main.lua -k", 1)
  check.has(err, '  input       x: output "x" of node "make": i64 array of 2000, 1 to 2000, mean 1000.5\n'
    .. '  input       c: output "c" of node "make": table with 1 field: a = 0.333333\n')
  _, err = p:ok("run main.lua -q", 1)
  check.has(err, '"make": table with 1 field: a = 0.333333\n')
end)

check.test("an item of a list that fails is shown with its value", function()
  local p <close> = scratch.script [[
local list = step "list" { outputs = { t.list(t.integer) "l" }, run = function() return { 1, 2, 3 } end }
local item = step "item" { inputs = { t.integer "i" }, outputs = { t.integer "j" },
  run = function(i) if i == 3 then error "three" end return i end }
return pipeline "p" { define = function() item:map { i = list() } end }
]]
  local _, err = p:ok("run main.lua -k", 1)
  check.has(err, '  input       i: item 3 of node "list": 3\n')
end)

check.test("several failures are listed again at the end", function()
  local p <close> = scratch.script(FAILS)
  local _, err = p:ok("run main.lua -k -j 1", 1)
  check.has(err, "\n\n  failed    item_5   main.lua:9: bad item 5\n"
    .. "  failed    item_10  main.lua:9: bad item 10\n  failed    train    main.lua:7: no luck\n")
end)

check.test("show of a run that failed begins with the failures", function()
  local p <close> = scratch.script(FAILS)
  p:ok("run main.lua -k -j 1 --name one", 1)
  check.eq(p:ok("show one"):match "^.-\n\n.-\n\n", [[
one  failed

step train failed  rille log one/train
  main.lua:7: no luck
  main.lua:7: in run
  parameters  C = 0.1
  input       x: i64 array of 2000, 1 to 2000, mean 1000.5
  input       c: table with 1 field: a = 0.333333
step item_5 failed  main.lua:9: bad item 5
step item_10 failed  main.lua:9: bad item 10

]])
  check.has(p:ok("show one/train"), "\ninput       c: table with 1 field: a = 0.333333\n")
end)

check.test("an artifact as text has its preview; numbers have six digits", function()
  local p <close> = scratch.script [[
local array = require "rille.array"
local make = step "make" { outputs = { t.list(t.vector) "x", t.number "y", t.string "s" },
  run = function(_, ctx)
    ctx:log_metric { loss = 1 / 3, n = 2.0 }
    return { array.arange(1, 20), array.arange(1, 3), array.arange(1, 3), array.arange(1, 3) }, 2 / 3, ("a"):rep(100)
  end }
return pipeline "p" { define = function() make() end }
]]
  p:ok "run main.lua -q"
  p:write("look.lua", [[
for _, name in ipairs { "x", "y", "s" } do print(rille.pipelines.p.runs[-1].steps.make.outputs[name]) end
]])
  p:sh [[sed -i '1i local rille = require "rille"' look.lua]]
  check.eq((p:ok "look.lua":gsub("artifact %x+ ", "")), "(list): list of 4: i64 array of 20, 1 to 20, mean 10.5; "
    .. "i64 array of 3, 1 to 3, mean 2; i64 array of 3, 1 to 3, mean 2; …\n(number): 0.666667\n"
    .. "(string): 100 bytes, 1 line: " .. ("a"):rep(59) .. "…\n")
  check.has(p:ok "show p@-1/make", "\nmetrics     loss = 0.333333, n = 2.0\n")
end)

check.test("a run that was killed before its first commit took nobody knows how long", function()
  with(MAPPED:gsub('return math.tointeger',
    'os.execute [[read _ _ _ supervisor _ < /proc/$PPID/stat; read _ _ _ parent _ < /proc/$supervisor/stat; kill -9 '
      .. '$parent]] return math.tointeger'),
    function(project)
    project:rille "run main.lua -j 1 --name dead"
    project:rille "-q run main.lua -j 1 --name next"
    local listed = project:rille "runs --json"
    check.has(listed.out .. listed.err, '"reason":"interrupted","script":"main.lua","seconds":null')
    check.eq(project:rille("fsck").code, 0)
  end)
end)

check.test("long values of a failed step are cut where a character ends", function()
  for lead = 50, 53 do
    with(string.format([[
local rille = require "rille"
local fail = rille.step "fail" { params = { p = "" }, outputs = { rille.types.integer "n" }, run = function() error "no" end }
return rille.pipeline "p" { define = function() fail { p = ("x"):rep(%d) .. ("é"):rep(100) } end }
]], lead), function(project)
      local r = project:rille "run main.lua"
      check.has(r.err, ("x"):rep(lead))
      check.ok(utf8.len(r.err), r.err)
    end)
  end
end)

check.done()
