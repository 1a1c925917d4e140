-- runner: where steps run.  A runner takes requests, gives answers, and knows nothing else of the
-- plan.  The two here run steps in this process and in forked workers; others (a queue of another
-- machine) implement the class Runner.
--
-- Requests and answers are plain data, so that they can be sent as messages.

local interrupt = require "rille.host.interrupt"
local worker_process = require "rille.host.worker_process"

local runner = {}

---@class Runner
---@field isolated boolean?  no step sees what another one did to the script's state
---@field accepts fun(self: Runner, position: integer, exclusive: boolean): "idle"|"behind"|nil
---    may the step be submitted now?  "idle": a place is free; "behind": it waits there behind short steps
---@field count_busy fun(self: Runner): integer  places that are taken
---@field submit fun(self: Runner, request: Request)
---@field next fun(self: Runner, seconds: number?): Answer?  waits for so long, nil: for any time; nil: no answer yet
---@field next_here? fun(self: Runner): Answer?  one that came already: it never waits
---@field stop fun(self: Runner, at_once: boolean)  ends running steps: their answers say that they were stopped
---@field shutdown fun(self: Runner)  no more requests come
---@field close fun(self: Runner)  waits for the end of all that it started
---@field worker_of fun(self: Runner, position: integer): (supervisor: integer?, behind: boolean?, single: boolean?)
---    of a step that was submitted: the process above its worker, whether it waits there behind another step,
---    whether there is no other worker

---@class Request
---@field position integer  of the node in the plan
---@field id string  of the node
---@field key string  of the step's result: random numbers follow from it
---@field params string?, and objects table?: see packed_params.lua; nil: those of the node
---@field inputs (table|{ list: table[] }|false)[]  an artifact, the artifacts of a list, false for nil
---@field artifact_notes table<integer, string[]>?  by inputs that are given artifacts, not values: what the steps
---    that made these logged about each, packed
---@field run { id: string, name: string }
---@field model table?  the version that it works for (record/model_links.lua)
---@field known_error string?  a mistake that is known already: the step fails with it
---@field timeout number?  seconds
---@field memory integer?  limit in bytes
---@field exclusive boolean?  no request may be sent behind it: it has a timeout or resources
---@field number integer?  among those sent to one worker

---@class Answer
---@field position integer
---@field ok boolean
---@field outputs table[]?  artifacts
---@field output_digests string?  32 bytes each
---@field error string?
---@field trace string?  the user's part of a traceback
---@field status integer?  of a step in C that failed
---@field fault boolean?  the error is one of rille's own, trace its traceback
---@field started number  seconds of the epoch
---@field seconds number
---@field log string?  what the step printed
---@field reads table?  facts that it observed: see host/observe/fact.h
---@field writes table?
---@field impure { what: string, where: string }[]?  what makes the result not reusable
---@field changed table?  files that changed while it ran
---@field random boolean?  it used random numbers
---@field ended string[]?  sentences about commands that it started and that failed
---@field metrics table<string, number>?
---@field series table<string, MetricSeries>?
---@field metadata table?  of the step
---@field model { of: string, links: table[]?, metadata: table?, promote: table[]? }?  what it asked of its model
---@field logged table?  parameters that the step chose itself
---@field noted table<string, table>?  metadata by the name of an output
---@field notes string[]?  sentences for the user
---@field stale string?  captured state that was no longer what the key was made of
---@field altered string?  captured state that the step changed
---@field acted string?  something loaded before that is not as it was, or may not be
---@field named boolean?  it asked for its own name or id
---@field no_room boolean?  the system has no more of something, or the store cannot be written
---@field lost string?  digest of an input whose bytes are damaged or missing
---@field refused boolean?  nothing was done: an earlier step changed in this process what this one captures
---@field stopped boolean?  by Runner:stop
---@field unstarted boolean?  it never began
---@field died boolean?  the worker ended in it
---@field left string?  sentence about processes that it left running
---@field attempts Answer[]?  those before (lua/execute/execute.lua)

-- The answer of a step in which it was noticed that all has to end: what it made may not be whole.
local function broken_off(answer)
  local reason, message = interrupt.noticed()
  return { position = answer.position, ok = false, started = answer.started, seconds = answer.seconds, log = answer.log,
    reads = answer.reads, error = reason == "exit" and answer.error or message, trace = answer.trace,
    stopped = reason ~= "exit" or nil }
end

-- In this process, one at a time.
---@param env TaskEnv
---@return Runner
function runner.inline(env)
  local waiting
  return {
    accepts = function() return not waiting and "idle" or nil end,
    worker_of = function() end,
    count_busy = function() return waiting and 1 or 0 end,
    submit = function(_, request) waiting = request end,
    next = function(_, seconds)
      local request = waiting
      waiting = nil
      if request then
        env.position = request.position
        local task = require "rille.execute.task"
        local answer = task.run(request, env)
        return interrupt.noticed() and broken_off(answer) or answer
      end
      worker_process.wait({}, seconds)
    end,
    stop = function() end,
    shutdown = function() end,
    close = function() end,
  }
end

-- In forked workers: messages are bytes, objects go through the store, a worker never sees the
-- metadata.
---@param env TaskEnv  and see worker_pool.lua
---@param jobs integer?
---@return Runner
function runner.forked(env, jobs) return require("rille.execute.worker_pool").new(env, jobs or 1) end

return runner
