-- pinning_example_test: examples/pinning shows steps of today and of a commit side by side.

package.path = "../lib/?.lua;" .. package.path
local check = require "check"
local git_project = require "git_project"
local paths = require "paths"
local scratch = require "scratch"

check.test("examples/pinning runs a step of a commit beside that of today", function()
  if not git_project.is_there() then check.cannot "git is not installed" end
  local p <close> = scratch.new()
  local r = p:sh(string.format("sh %s/examples/pinning/demo.sh $RILLE", paths.root))
  check.eq(r.code, 0, r.err)
  check.has(r.err, "rates/prices.lua is not committed")
  check.has(r.err, 'outputs   compare  "7.25 euros, +1.75 since spring"')
  check.ok(r.out:find "code +rates%.postage%.postage@%x+\n", r.out)
  check.has(r.err, "has no file rates_alone.lua")
end)

check.done()
