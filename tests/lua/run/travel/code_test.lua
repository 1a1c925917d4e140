-- The code of a past run in this process, and what is undone when one leaves.

package.path = "../../../lib/?.lua;" .. package.path
local check = require "check"
local program = require "rille.project.program"
local script_undo = require "rille.run.script_undo"
local steps = require "rille.script.step"

require("rille.run.script_file").interactive()

local test = check.test

test("back to a mark: what was set after the later mark stays", function()
  local globals = package.loaded._G
  rawset(globals, "before", 1)
  local mark = script_undo.mark()
  rawset(globals, "before", 2)
  rawset(globals, "script", "set")
  rawset(globals, "both", "script")
  steps.define "of_the_script" { run = function() end }
  local after = script_undo.mark()
  rawset(globals, "mine", "kept")
  rawset(globals, "both", "mine")
  steps.define "of_mine" { run = function() end }
  script_undo.back(mark, after)
  check.eq({ globals.before, rawget(globals, "script") or "none" }, { 1, "none" })
  check.eq({ globals.mine, globals.both }, { "kept", "mine" })
  check.eq({ steps.steps.of_the_script == nil, steps.steps.of_mine ~= nil }, { true, true })
end)

test("without a later mark all of it goes", function()
  local globals = package.loaded._G
  local mark = script_undo.mark()
  rawset(globals, "other", 1)
  script_undo.back(mark)
  check.eq(rawget(globals, "other") or "none", "none")
end)

test("what a script that is inspected wanted to run is forgotten by the next one", function()
  program.inspect "repl --at"
  check.eq(pcall(program.check_may_run, "p"), false)
  check.eq(program.was_refused(), true)
  program.inspect(nil)
  check.eq(program.was_refused(), true)
  program.inspect "repl --at"
  check.eq(program.was_refused(), false)
  program.inspect(nil)
end)

check.done()
