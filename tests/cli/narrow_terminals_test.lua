-- Long names, wide letters and narrow terminals.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local scratch = require "scratch"

local SCRIPT = [[
local rille = require "rille"
local array = require "rille.array"
local t = rille.types
local long = "a_step_with_a_rather_long_name_that_people_do_write_now_and_then"
local data = rille.step "data" {
  params = { n = 20 },
  outputs = { t.matrix "X_train", t.matrix "X_test", t.vector "y_train", t.vector "y_test" },
  run = function(p) return array.random({ p.n, 3 }, 1), array.random({ 5, 3 }, 2), array.arange(p.n), array.arange(5) end,
}
local total = rille.step "total" {
  inputs = { t.matrix "X" }, outputs = { t.number "sum", t.string "word" },
  run = function(X) return 0.5, ("\u{65e5}\u{672c} "):rep(30) end,
}
return rille.pipeline "good" {
  params = { n = 20, share = 0.0 },
  define = function(p) total:with { id = long } { X = data { n = p.n }.X_train } end,
}
]]

local function ran(phrase, body)
  check.test(phrase, function()
    local project <close> = scratch.new()
    project:write("main.lua", SCRIPT)
    local r = project:rille "run main.lua --name one"
    check.eq(r.code, 0, r.err)
    body(project)
  end)
end

-- What a command prints on a terminal of so many columns, without its colours.
local function on_terminal(project, columns, arguments)
  scratch.pty(check)
  if not os.execute "command -v script >/dev/null" then check.cannot "there is no program script here" end
  local r = project:sh(string.format([[script -qec 'stty cols %d; "$RILLE" %s' typescript </dev/null]], columns,
    arguments))
  return (r.out:gsub("\27%[[%d;]*m", ""):gsub("\r", ""))
end

ran("lineage keeps to a line an artifact whose preview has several", function(project)
  local out = project:rille("lineage good::data::y_train --up").out
  check.ok(out:find "^■ good::data::y_train@%d+ +%x+  i64 array of 20, 1 to 20, mean …\n", out)
  check.eq(select(2, out:gsub("\n", "")), 2, out)
end)

ran("show names all outputs of a step that has many", function(project)
  check.has(project:rille("show one").out, "X_train:array, X_test:array, y_train:array, y_test:array\n")
end)

ran("on a narrow terminal a lineage shows the runs before a look at the values", function(project)
  project:rille "run main.lua -q --name a_run_with_a_longer_name"
  check.has(on_terminal(project, 120, "lineage good::data::y_train"), "i64 array of 20")
  local out = on_terminal(project, 60, "lineage good::data::y_train")
  check.has(out, "  one")
  check.ok(not out:find("i64 array", 1, true), out)
end)

ran("a name that is too long for the terminal stands whole on a line of its own", function(project)
  local out = on_terminal(project, 80, "artifact list")
  check.has(out, "\ngood::a_step_with_a_rather_long_name_that_people_do_write_now_and_then::sum\n   ")
  for line in out:gmatch "[^\n]+" do check.ok(#line <= 80, line) end
end)

ran("wide letters are cut by the columns that they take", function(project)
  local out = on_terminal(project, 60, "show one/a_step_with_a_rather_long_name_that_people_do_write_now_and_then")
  local line = out:match "[^\n]*\u{65e5}[^\n]*"
  check.has(line, "…")
  check.ok(utf8.len(line) + 2 * select(2, line:gsub("\u{65e5}\u{672c}", "")) <= 60, line)
end)

check.test("usage is broken into lines of 80 columns", function()
  local project <close> = scratch.new()
  for _, name in ipairs { "run", "plan", "runs", "artifact", "graph", "config", "watch" } do
    local r = project:rille(name == "runs" and "runs a b" or name)
    check.eq(r.code, 2, name)
    check.has(r.err, "rille: usage: rille " .. name)
    for line in r.err:gmatch "[^\n]+" do check.ok(#line <= 80, line) end
  end
end)

ran("bytes that are no text do not go to a terminal", function(project)
  check.has(on_terminal(project, 80, "artifact get good::data::X_train"),
    "value.npy is not text, and this is a terminal; write it to a file with -o PATH")
  check.has(on_terminal(project, 80,
    "artifact get good::a_step_with_a_rather_long_name_that_people_do_write_now_and_then::sum"),
    "0.5")
end)

check.done()
