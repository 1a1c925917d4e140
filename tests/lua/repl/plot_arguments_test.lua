-- What follows .plot at the prompt.

package.path = "../../lib/?.lua;" .. package.path
local array = require "rille.array"
local check = require "check"
local frame = require "rille.frame"
local plot_arguments = require "rille.repl.plot_arguments"

local test = check.test

local SESSION <const> = { cells = {} }

v, w, s = array.arange(3), { 1, 2 }, "text"                -- luacheck: ignore
f = frame.new { { "height", v }, { "name", { "a", "b", "c" } } }      -- luacheck: ignore

local function parse(line) return plot_arguments.parse(SESSION, line) end

local function texts(line)
  local list = {}
  for i, one in ipairs(parse(line).values or {}) do list[i] = one[1] end
  return table.concat(list, " | ")
end

test("expressions with commas are several values, with blanks a scatter", function()
  check.eq(texts "v", "v")
  check.eq(texts "v, w", "v | w")
  check.eq(parse("v, w").scatter, false)
  check.eq(texts "v w", "v | w")
  check.eq(parse("v w").scatter, true)
  check.eq(texts "{ 1, 2 }, v + v", "{ 1, 2 } | v + v")
  check.eq(texts "{ 1, 2 } { 3, 4 }", "{ 1, 2 } | { 3, 4 }")
  check.eq(parse("v + v").scatter, false)
end)

test("a field of a frame is its column", function()
  check.eq(texts "f.height", "f.height")
  check.eq(rawequal(parse("f.height").values[1][2], v) or parse("f.height").values[1][2] == v, true)
end)

test("options stand anywhere, and may be short", function()
  local made = parse "v --hist -o x.svg --width 40"
  check.eq(made.text, "v")
  check.eq(made.options["--histogram"], true)
  check.eq(made.options["-o"], "x.svg")
  check.eq(made.options["--width"], "40")
  check.eq(parse("--log v - 1").text, "v - 1")
  check.eq(table.concat(parse("f --y a --y 'b c'").options["--y"], "|"), "a|b c")
  check.eq(parse("f -x").options["--x"], nil)
end)

test("names are no values: runs, pipelines, unknown globals, texts", function()
  for _, line in ipairs { "digits@-1/train loss", "unknown_name", "s", "unknown.field", "v unknown_name" } do
    check.eq(parse(line).values, nil, line)
  end
end)

test("what is wrong is raised: options, errors of calls", function()
  local function message(line)
    local ok, err = pcall(parse, line)
    check.eq(ok, false, line)
    return type(err) == "table" and err.usage or err
  end
  check.has(message "v --hostogram", 'unknown option --hostogram; did you mean "--histogram"?')
  check.has(message "v -o", "-o takes a value: -o FILE")
  check.has(message "nothing(1)", "attempt to call a nil value (global 'nothing')")
end)

check.done()
