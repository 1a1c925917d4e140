-- What the prompt shows on a terminal: values, cards, help and their colours.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"
local screen = require "screen"
local text_width = require "rille.base.text_width"

local test = check.test

local READY <const> = '"rille> "'

local SCRIPT <const> = [[
rille, array, frame = require "rille", require "rille.array", require "rille.frame"
local t = rille.types
load = rille.step "load" { doc = "Loads the numbers.", outputs = { t.vector "x" },
  run = function() return array.arange(1, 20) end }
train = rille.step "train" { inputs = { t.vector "x" }, params = { rate = 0.5 }, outputs = { t.number "score" },
  run = function(x, p, ctx)
    for i = 1, 30 do ctx:log_metric { loss = 3 / i } end
    return x:mean() * p.rate
  end }
bad = rille.step "bad" { inputs = { t.number "score" }, outputs = { t.number "z" },
  run = function(s) return s.a.b end }
p = rille.pipeline "p" { define = function() train { x = load() } end }
q = rille.pipeline "q" { define = function() bad { score = train { x = load() } } end }
p:run { run_name = "one" }
]]

-- The screen after these entries; options: columns, environment, arguments.
local function after(project, entries, options)
  options = options or {}
  local words = {}
  for i, entry in ipairs(entries) do words[i] = scratch.quoted(READY .. ":keys:" .. entry .. "^M") end
  words[#words + 1] = scratch.quoted(READY .. ":keys:^D")
  project:write("s.lua", SCRIPT)
  local r = project:sh(string.format("export TERM=xterm LC_ALL=C.UTF-8 RILLE_HISTORY=; unset NO_COLOR; %s "
    .. "%s %d 50 rec %s -- \"$RILLE\" %s repl s.lua", options.environment or "", scratch.pty(check),
    options.columns or 80, table.concat(words, " "), options.arguments or ""))
  check.eq(r.code, 0, r.err)
  return screen.play(project:path "rec", { columns = options.columns or 80, lines = 50 })
end

-- The text in a colour (31 red, 32 green ...) on the screen, in order.
local function coloured(s, code)
  local parts = {}
  for _, line in ipairs(s.lines) do
    for k = 1, #line do if line[k][2] == code then parts[#parts + 1] = line[k][1] end end
    if parts[#parts] ~= "\n" then parts[#parts + 1] = "\n" end
  end
  return table.concat(parts)
end

test("values have mild colours: texts green, keys cyan, notes faint; numbers plain", function()
  local project <close> = scratch.new()
  local s = after(project, { '{ name = "x", on = true, n = 5, [1] = "y" }', "array.arange(1, 500)", "{{{{{5}}}}}" })
  check.has(s:text(), '{ "y", n = 5, name = "x", on = true }\n')
  check.has(coloured(s, "32"), '"y""x"')
  check.has(coloured(s, "36"), "nnameon")
  check.has(coloured(s, "35"), "true")
  check.has(coloured(s, "2"), "more\n")
  check.has(coloured(s, "2"), "… 1 value")
  check.has(coloured(s, "2"), ".last shows all\n")
  check.ok(not coloured(s, "2"):find "500 *%]", s:text())
end)

test("an error is red, and so is its caret; lines around are faint", function()
  local project <close> = scratch.new()
  local s = after(project, { "nothing.x" })
  check.has(coloured(s, "31"), "error: \n")
  check.has(coloured(s, "31"), "^^^^^^^")
end)

test("NO_COLOR, --color=never and TERM=dumb leave colours out; --color=always asks for them", function()
  local project <close> = scratch.new()
  local function has_colour(environment, arguments)
    project:sh "rm -rf .rille"
    local s = after(project, { '{ name = "x" }', "nothing.x", ".help" }, { environment = environment,
      arguments = arguments })
    for _, line in ipairs(s.lines) do
      for k = 1, #line do if line[k][2] ~= "" then return true end end
    end
    return false
  end
  check.eq(has_colour("export NO_COLOR=1;"), false)
  check.eq(has_colour("", "--color=never"), false)
  check.eq(has_colour("export NO_COLOR=1;", "--color=always"), true)
  check.eq(has_colour(""), true)
end)

test("runs, steps, artifacts, lists and definitions are cards with the colours of their statuses", function()
  local project <close> = scratch.new()
  local s = after(project, { "p:run {};", "pcall(q.run, q, {});",
    "rille.pipelines.p.runs[1]", "rille.pipelines.q.runs[-1]",
    "_.steps.bad", "rille.pipelines.p.runs[1].steps.train", "_.series", "_.loss", "rille.pipelines",
    "rille.pipelines.p.runs", "train", "q", "rille.stack", "rille.pipelines.p.runs[1].steps.load.output" })
  local text = s:text()
  check.has(text, "run one  completed in ")
  check.has(text, "pipeline p; 20")
  check.has(text, "\ntrain  completed")
  check.has(text, "score: number; loss 0.1\n")
  check.has(text, "attempt to index a number value (local 's')\n")
  check.has(text, "step bad  failed in ")
  check.has(text, "params   rate = 0.5\noutputs  score: number\nmetrics  loss 0.1\n")
  check.has(text, "{ loss = series of 30: 3 to 0.1 █▄▂▂▁")
  check.has(text, "30 values, steps 1 to 30: 3 to 0.1\nlowest 0.1 at step 30, highest 3 at step 1\n█")
  check.has(text, "pipeline  has\np         2 runs\nq         1 run\n")
  check.has(text, "2 runs of pipeline p\n   run ")
  check.has(text, "step train(x: vector; rate = 0.5) -> score: number  s.lua:5\n")
  check.has(text, "pipeline q  s.lua:")
  check.has(text, "stack default\ncomponent       name     flavor\norchestrator    default  local\n")
  check.has(text, "p::load::x@1; ")
  check.has(text, "made by one/load")
  check.has(coloured(s, "32"), "completed")
  check.has(coloured(s, "34"), "cached")
  check.has(coloured(s, "31"), "failed")
end)

test("a table, an array, a frame and .help fit the terminal, whatever its width", function()
  local project <close> = scratch.new()
  for _, columns in ipairs { 60, 80, 120 } do
    project:sh "rm -rf .rille"
    local s = after(project, { ".help", "array.normal({ 40, 40 }, 1)",
      "frame.new{{'n',array.arange(1,40)},{'text',(function() local l = {} for i = 1, 40 do l[i] = ('x'):rep(i) end "
      .. "return l end)()},{'m',array.arange(1,40)}}" }, { columns = columns })
    local text = s:text()
    for line in text:gmatch "[^\n]+" do check.ok(text_width.width(line) <= columns, line) end
    check.has(text, "Entries\n  .bt                  where the last error came from\n")
    check.has(text, "… 29 more rows\n")
    check.has(text, "40 rows, 3 columns\n.last shows all\n")
  end
end)

test("on a narrow terminal the texts of .help stand below the commands", function()
  local project <close> = scratch.new()
  local s = after(project, { ".help" }, { columns = 30 })
  check.has(s:text(), "Runs\n  .")
  check.has(s:text(), "  .plot X ...\n    draw numbers, frames,\n    metrics\n")
end)

test(".last shows all that the last result left out", function()
  local project <close> = scratch.new()
  local s = after(project, { "t = {}; for i = 1, 150 do t[i] = i end", "t", ".last" })
  check.has(s:text(), "… 50 more")
  check.has(s:text(), "149, 150\n}\n")
end)

test("a __tostring that never ends is interrupted; the session stays", function()
  local project <close> = scratch.new()
  local words = {}
  for i, action in ipairs { READY .. ":keys:setmetatable({}, { __tostring = function() "
    .. "io.stderr:write('here', ' we are') while true do end end })^M",
    '"here we are":keys:^C', '"interrupted":keys:^M', READY .. ":keys:6 * 7^M",
    READY .. ":keys:^D" } do words[i] = scratch.quoted(action) end
  local r = project:sh(string.format("export TERM=xterm NO_COLOR=1 RILLE_HISTORY=; %s 100 50 rec %s "
    .. "-- \"$RILLE\" repl", scratch.pty(check), table.concat(words, " ")))
  check.eq(r.code, 0, r.err)
  local s = screen.play(project:path "rec", { columns = 100, lines = 50 })
  check.has(s:text(), "error: interrupted")
  check.has(s:text(), "rille> 6 * 7\n42\n")
end)

-- The lines of the screen between an entry and the prompt that follows.
local function answer_to(s, entry)
  local text = s:text()
  local _, last = text:find("rille> " .. entry .. "\n", 1, true)
  check.ok(last, text)
  return text:sub(last + 1):match "^(.-)\nrille>"
end

test(".plot: a vector, several, a scatter, columns, metrics, bars, a histogram", function()
  local project <close> = scratch.new()
  local s = after(project, { "v, w = array.arange(1, 30), array.arange(30, 1, -1)", ".plot v", ".plot v, w",
    ".plot v w",
    "f = frame.new{{'height', v}, {'width', w}}", ".plot f.height f.width", ".plot v --hist",
    "r = rille.pipelines.p.runs[1]", ".plot r.metrics.loss", ".plot r.steps.train.metrics.loss --log",
    ".plot r.steps.train.series", ".plot { b = 2, a = 1 }", ".plot p loss", ".plot r", ".plot r.steps.load.output" })
  check.has(answer_to(s, ".plot v"), "⣀⠤")
  check.has(answer_to(s, ".plot v"), "index")
  check.has(answer_to(s, ".plot v, w"), "━ v  ━ w\n")
  check.has(answer_to(s, ".plot v w"), "w against v\n")
  check.has(answer_to(s, ".plot f.height f.width"), "f.width against f.height\n")
  check.has(answer_to(s, ".plot v --hist"), "█")
  check.has(answer_to(s, ".plot r.metrics.loss"), "loss of one/train\n")
  check.has(answer_to(s, ".plot r.metrics.loss"), "step of the metric")
  check.has(answer_to(s, ".plot r.steps.train.metrics.loss --log"), "loss of one/train\n")
  check.has(answer_to(s, ".plot r.steps.train.series"), "step of the metric")
  check.has(answer_to(s, ".plot { b = 2, a = 1 }"), "b  ████")
  check.has(answer_to(s, ".plot p loss"), "loss of p\n")
  check.has(answer_to(s, ".plot r"), "loss of one/train\n")
  check.has(answer_to(s, ".plot r.steps.load.output"), "p::load::x\n")
  check.has(coloured(s, "36"), "━")
  check.has(coloured(s, "35"), "━")
end)

test(".plot fits the terminal and draws in ASCII where the locale is not UTF-8; -o writes SVG", function()
  local project <close> = scratch.new()
  for _, columns in ipairs { 60, 120 } do
    project:sh "rm -rf .rille"
    local s = after(project, { ".plot array.normal({ 100 }, 1)", ".plot array.normal({ 100 }, 1) --hist" },
      { columns = columns })
    for line in s:text():gmatch "[^\n]+" do check.ok(text_width.width(line) <= columns, line) end
  end
  project:sh "rm -rf .rille"
  local s = after(project, { ".plot array.arange(1, 9)", ".plot { 1, 2 } -o o.svg" },
    { environment = "export LC_ALL=C;" })
  check.has(answer_to(s, ".plot array.arange(1, 9)"), "****")
  check.eq(answer_to(s, ".plot { 1, 2 } -o o.svg"), "o.svg")
  check.has(project:read "o.svg", "<svg ")
end)

test("what .plot cannot draw is said", function()
  local project <close> = scratch.new()
  local s = after(project, { ".plot", ".plot nothing", ".plot { 1, 2 } --hst", ".plot { 1 } { 1, 2 }",
    ".plot ({}).x.y", ".plot { 1, 2 } -o x.pdf", ".plot array.zeros { 3, 3, 3 }", ".plot { 0/0 }" })
  check.has(s:text(), "error: .plot: expected numbers, as in .plot x, or .plot x y for y against x")
  check.has(s:text(), 'error: .plot: there is no value "nothing" in the session')
  check.has(s:text(), 'error: .plot: unknown option --hst; available: --heat, --height, --histogram,')
  check.has(s:text(), "error: .plot: { 1 } has 1 value and { 1, 2 } has 2 values")
  check.has(s:text(), "attempt to index a nil value (field 'x')")
  check.has(s:text(), "plots are written as SVG")
  check.has(s:text(), "array with 3 axes")
  check.has(s:text(), "there are no finite values to draw")
end)

test(".graph fits the width, opens a page with --open and writes with -o", function()
  local project <close> = scratch.new()
  local s = after(project, { ".graph p", ".graph rille.pipelines.p.runs[1]", ".graph p -o g.html" }, { columns = 60 })
  for line in s:text():gmatch "[^\n]+" do check.ok(text_width.width(line) <= 60, line) end
  check.has(answer_to(s, ".graph p"), " load")
  check.has(project:read "g.html", "<html")
end)

test(".show opens drawings with $BROWSER from a private folder that goes with the session", function()
  local project <close> = scratch.new()
  project:write("browse", "#!/bin/sh\nstat -c %a \"$(dirname \"$1\")\" >> seen\nhead -c 15 \"$1\" >> seen\n"
    .. "echo \" $1\" >> seen\n")
  project:sh "chmod +x browse"
  local s = after(project, { ".show rille.pipelines.p.runs[1]:graph()", "repeat local f = io.open 'seen' "
    .. "local n = f and #f:read 'a' or 0 if f then f:close() end until n > 20", ".plot { 1, 2 } --open",
    "repeat local f = io.open 'seen' local t = f:read 'a' f:close() until t:find 'svg\\n'" },
    { environment = "export BROWSER=nonesuch:./browse TMPDIR=$PWD;" })
  check.has(s:text(), "opened with ./browse: ")
  local seen = project:read "seen"
  check.has(seen, "700\n<!DOCTYPE html>")
  check.has(seen, "one.html\n700\n<svg xmlns=\"htt ")
  check.eq(project:sh("ls -d rille-show-* 2>/dev/null | wc -l").out, "0\n")
end)

test(".show without a browser says where the file is; a run and a step print as rille show prints them", function()
  local project <close> = scratch.new()
  local s = after(project, { ".show rille.pipelines.p.runs[1]:graph()", ".show rille.pipelines.p.runs[1]", ".show one",
    ".show rille.pipelines.p.runs[1].steps.train", ".show rille.pipelines.p.runs[1].steps.load.output",
    ".show (function() local t = {} for i = 1, 120 do t[i] = i end return t end)()" },
    { environment = "unset BROWSER DISPLAY WAYLAND_DISPLAY;" })
  local text = s:text()
  check.has(text, "no browser here ($BROWSER is not set, and there is no display)")
  check.has(text, "one.html\n")
  check.eq(answer_to(s, ".show rille.pipelines.p.runs[1]"), answer_to(s, ".show one"))
  check.has(answer_to(s, ".show rille.pipelines.p.runs[1].steps.train"), "train")
  check.has(answer_to(s, ".show rille.pipelines.p.runs[1].steps.load.output"), "p::load::x")
  check.has(text, "119, 120\n}")
end)

test("the last value of a metric comes with its course; so do metrics of a run", function()
  local project <close> = scratch.new()
  local s = after(project, { "r = rille.pipelines.p.runs[1]", "r.metrics.loss", "r.steps.train.metrics.loss",
    "r.metrics", "r.series" })
  local course = "0.1\n30 values, steps 1 to 30: 3 to 0.1\nlowest 0.1 at step 30, highest 3 at step 1\n█▄▃"
  check.has(answer_to(s, "r.metrics.loss"), course)
  check.has(answer_to(s, "r.steps.train.metrics.loss"), course)
  check.eq(answer_to(s, "r.metrics"), "{ loss = 0.1 }")
  check.has(answer_to(s, "r.series"), "{ loss = series of 30: 3 to 0.1 █▄")
end)

test("tables of the commands have the colours of statuses, not their sequences", function()
  local project <close> = scratch.new()
  local s = after(project, { ".why", ".runs", ".show one" })
  check.ok(not s:text():find "%[%d+m", s:text())
  check.has(coloured(s, "32"), "ran")
end)

test("a name that is neither a value nor a name of the store is said to be neither", function()
  local project <close> = scratch.new()
  local s = after(project, { ".plot nope", ".show nope", ".graph nope" })
  for _, command in ipairs { "plot", "show", "graph" } do
    check.has(s:text(), "error: ." .. command .. ': there is no value "nope" in the session, and as a name:')
  end
end)

test("the usage of a command is that of the prompt; .stack and .model say what there is", function()
  local project <close> = scratch.new()
  local s = after(project, { ".diff one", ".stack", ".model" })
  check.has(answer_to(s, ".diff one"), "usage: .diff RUN RUN")
  check.eq(answer_to(s, ".stack"), "default")
  check.has(answer_to(s, ".model"), "no models yet")
end)

test(".plot --heat draws a matrix", function()
  local project <close> = scratch.new()
  local s = after(project, { ".plot array.from { { 0, 1 }, { 2, 3 } } --heat" })
  check.has(s:text(), "\n░░▒▒\n▓▓██\n0 ░▒▓█ 3\n")
end)

test("rille.show prints a drawing once", function()
  local project <close> = scratch.new()
  local s = after(project, { "rille.show(rille.pipelines.p.runs[1])" })
  check.eq(select(2, s:text():gsub("● load ", "")), 1)
  check.has(s:text(), "graph of one; .show _ opens it in a browser")
end)

test("tables of a narrow terminal: a row is its name, and the rest below it", function()
  local project <close> = scratch.new()
  for _, columns in ipairs { 30, 50 } do
    project:sh "rm -rf .rille"
    local s = after(project, { ".runs", "rille.pipelines.p.runs" }, { columns = columns })
    local text = answer_to(s, ".runs")
    for line in text:gmatch "[^\n]+" do check.ok(text_width.width(line) <= columns, line) end
    check.has(text, "one\n  status completed")
    check.ok(not text:find "[^%s]%d\n%d", text)
  end
end)

test("where the locale is not UTF-8 .graph is drawn in ASCII, as .plot is", function()
  local project <close> = scratch.new()
  local s = after(project, { ".graph p", "rille.pipelines.p.runs[1]:graph()", ".graph one" },
    { environment = "export LC_ALL=C;" })
  local drawn = answer_to(s, ".graph p") .. answer_to(s, "rille.pipelines.p.runs[1]:graph()")
    .. answer_to(s, ".graph one")
  check.ok(not drawn:find "[\x80-\xff]", drawn)
  check.has(drawn, "* load ")
  check.has(drawn, "| # x  array, 288 B")
end)

check.done()
