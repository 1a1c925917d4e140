-- Tab at the prompt: what is on the screen.

package.path = "../lib/?.lua;" .. package.path
local at_prompt = require "at_prompt"
local check = require "check"
local scratch = require "scratch"

local test, READY = check.test, at_prompt.READY

local MAIN <const> = [[
rille = require "rille"
local t = rille.types
svc = rille.step "svc" { params = { gamma = 0.5, kernel = t.enum { "rbf", "linear", default = "rbf" } },
  outputs = { t.number "accuracy" }, run = function(p) return p.gamma end }
digits = rille.pipeline "digits" { define = function() svc {} end }
]]

local function screen_of(texts, options, files)
  local project <close> = scratch.new()
  project:write("main.lua", MAIN)
  for name, text in pairs(files or {}) do
    if name:find "/" then project:sh("mkdir -p '" .. name:match "^(.*)/" .. "'") end
    project:write(name, text)
  end
  options = options or {}
  options.arguments = "-i main.lua"
  local s = at_prompt.play(project, at_prompt.typed(texts), options)
  check.ok(s.status == 0, s:text():sub(-1500))
  return at_prompt.shown(s)
end

test("arguments over several lines, values of an enum, options of a run", function()
  local project <close> = scratch.new()
  project:write("main.lua", MAIN)
  local s = at_prompt.play(project, { READY .. ":keys:v = svc {^M", '"-> ":keys:gamma = 2,^M',
    '"-> ":keys:^I"li^I" }^M', READY .. ':keys:digits:run { run_n^I"one" };^M', READY .. ":keys:^D" },
    { arguments = "-i main.lua" })
  check.ok(s.status == 0, s:text())
  check.has(s:text(), '    -> kernel = "linear" }\n')
  check.has(s:text(), 'rille> digits:run { run_name = "one" };\n')
end)

test("names of the store: pipelines, steps and outputs of a run, runs", function()
  local shown = screen_of { "digits:run { run_name = 'first' };^M",
    "x = rille.pipelines.d^I.runs[-1].steps.s^I.status^M", "x^M", "^D" }
  check.has(shown, "rille> x = rille.pipelines.digits.runs[-1].steps.svc.status\n")
  check.has(shown, '"completed"\n')
end)

test("many choices are in columns that fit the window, with the number of those left out", function()
  local fields = {}
  for i = 1, 99 do fields[i] = string.format("field_number_%02d = %d", i, i) end
  local shown = screen_of({ "big = { " .. table.concat(fields, ", ") .. " };^M", "big.^I^I", "^C", "^D" },
    { columns = 60 })
  check.has(shown, "field_number_01  field_number_13  field_number_25\n")
  check.has(shown, "field_number_12  field_number_24  field_number_36\n… 63 more\n")
end)

test("files with blanks and in folders, below the base", function()
  local shown = screen_of({ "#io.open('my d^Idig^I'):read 'a'^M", "^D" }, nil, { ["my data/digits.csv"] = "12345" })
  check.has(shown, "rille> #io.open('my data/digits.csv'):read 'a'\n5\n")
end)

test("commands and what they take; Tab on an empty line indents", function()
  local shown = screen_of { ".ste^I^M", ".run d^I^M", "^D" }
  check.has(shown, "rille> .steps\nstep")
  check.has(shown, "rille> .run digits")
  local project <close> = scratch.new()
  local s = at_prompt.play(project, { READY .. ":keys:if true then^M", '"-> ":keys:^Ireturn 5 end^M',
    READY .. ":keys:^D" })
  check.has(s:text(), "    ->   return 5 end\n5\n")
end)

check.done()
