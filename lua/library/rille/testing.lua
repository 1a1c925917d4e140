---@meta rille.testing
-- Descriptions of `require "rille.testing"` for editors; this file never runs.  Reference: rille help testing.

---@class rille.testing
local testing = {}
---@param sentence string
---@param test fun()
function testing.test(sentence, test) end
---@param got any
---@param want any
---@param what string?
function testing.equal(got, want, what) end
---@param got any
---@param want any
---@param tolerance number? 1e-9
function testing.near(got, want, tolerance) end
---@param value any
---@param what string?
function testing.ok(value, what) end
---@param f fun()
---@param text string? text that the message must contain
---@return string message
function testing.raises(f, text) end
---@param name string
---@param value any
function testing.golden(name, value) end
---@param sentence string
---@param why string
function testing.skip(sentence, why) end
---Runs a step without a store, as step:test does.
---@param step rille.Step
---@param options { inputs?: table, params?: table, pure?: boolean }? pure: run twice and compare
---@return any ... the outputs in declared order, then { log, metrics, metadata, seconds }
function testing.step(step, options) end
---Runs a pipeline in the store of the test.
---@param pipeline rille.Pipeline
---@param options rille.RunOptions?
---@return rille.Run
function testing.run(pipeline, options) end

return testing
