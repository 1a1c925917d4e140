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

rille test runs all files named *_test.lua; rille FILE runs one of them.  Each
test has its own store, in memory where the system allows it, and removed when
the test ends; your .rille and its cache are not touched.

Steps      step:test { inputs = {...}, params = {...}, pure = true } runs the
           step as a pipeline would and returns its outputs, followed by { log,
           metrics, metadata, seconds }.  Inputs, parameters and outputs are
           checked against their types.  The step runs twice: the test fails if
           the results differ, or if the step uses something that the cache
           cannot see (the clock, random numbers from outside), with file:line.
           With pure = false, or cache = false on the step, it runs once.
           step.fn(...) is the bare function.
Pipelines  testing.run(pipeline, { params = {...} }) -> the run
           local run = testing.run(digits, { params = { gamma = 0.01 } })
           run.status   run.steps.evaluator.outputs.accuracy:load()
           Raises an error if the run fails, unless raise = false.

testing.equal(got, want [, what])          on failure shows the first difference
                                           in tables, arrays, frames, long texts
testing.near(got, want [, tolerance])      numbers within 1e-9, at any depth
testing.ok(v [, what])                     v is true
testing.raises(f [, text]) -> message      f raises an error that contains text
testing.golden(name, value)                value equals the one in golden/NAME
                                           beside the test; to save the value,
                                           run rille test --update (or
                                           RILLE_UPDATE=1)
testing.skip(sentence, why)                counted, not run

require finds modules in the test file's folder.  A script that runs its
pipeline should check rille.main() first, so that requiring it runs nothing.
]] }
