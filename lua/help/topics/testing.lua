-- rille help testing
return { order = 160, text = [[
Testing steps and pipelines: local testing = require "rille.testing"

  -- heights_test.lua
  local rille, testing = require "rille", require "rille.testing"
  local array = require "rille.array"
  require "heights"              -- heights.lua defines the step "mean"

  testing.test("the mean leaves out the ends", function()
    local cm = rille.steps.mean:test {
      inputs = { cm = array.from { 1.0, 170.0, 180.0, 900.0 } },
      params = { trim = 0.25 },
    }
    testing.equal(cm, 175)
  end)

rille test runs the files *_test.lua; rille FILE runs one of them.  Each test
has a store of its own, in memory where the system allows it, which is gone
when the test ends: neither .rille nor the cache is touched.

Steps      step:test { inputs = {...}, params = {...}, pure = true }
           runs the step as a pipeline would and returns its outputs, then
           { log, metrics, metadata, seconds }.  Inputs, parameters and outputs
           are checked against their types.  The step runs twice: it fails the
           test when the results differ, or when it uses what the cache cannot
           see (the clock, random numbers from outside), told with file:line.
           pure = false, or cache = false on the step, runs it once.
           step.fn(...) is the function alone.
Pipelines  testing.run(pipeline, { params = {...} }) -> the run
           local run = testing.run(digits, { params = { gamma = 0.01 } })
           run.status   run.steps.evaluator.outputs.accuracy:load()
           It raises when the run fails, unless raise = false.

testing.equal(got, want [, what])          the first difference is told: in
                                           tables, arrays, frames, long texts
testing.near(got, want [, tolerance])      numbers 1e-9 apart, at any depth
testing.ok(v [, what])
testing.raises(f [, text]) -> message      text is in the message
testing.golden(name, value)                value is the one kept in golden/NAME
                                           beside the test; rille test --update
                                           (or RILLE_UPDATE=1) keeps this one
testing.skip(sentence, why)                counted, not run

require finds the modules beside the test file.  A script that runs its pipeline
asks rille.main() first, so that requiring it runs nothing.
]] }
