-- runner: where steps run.  A runner takes requests and gives answers (their
-- shapes: lua/work.lua) and knows nothing else of the plan:
--     { room, submit(self, request), next(self) -> answer | nil, close(self) }

local work = require "rille.work"

local runner = {}

-- In this process, one at a time.
---@param env table see work.lua
function runner.inline(env)
  local waiting
  return {
    room = 1,
    submit = function(_, request) waiting = request end,
    next = function()
      local request = waiting
      waiting = nil
      return request and work.run(request, env)
    end,
    close = function() end,
  }
end

-- What a child does: a request, an answer, until the channel ends.
local function serve(env, channel)
  local value = require "rille.host.value"
  env.history = function() error("history is not to be had in a forked step", 0) end
  while true do
    local bytes = channel:receive()
    if not bytes then return end
    local answer = work.run(value.decode(bytes), env)
    assert(channel:send(value.encode(answer)))
  end
end

-- In one forked child that speaks the protocol: messages are bytes, objects go
-- through the store, the child never sees the metadata.
function runner.forked(env)
  local value = require "rille.host.value"
  local channel = assert(require("rille.host.proc").fork(function(c) serve(env, c) end))
  local waiting
  return {
    room = 1,
    submit = function(_, request)
      assert(channel:send(value.encode(request)))
      waiting = request.position
    end,
    next = function()
      if not waiting then return nil end
      local bytes, message = channel:receive()
      local position = waiting
      waiting = nil
      if not bytes then
        return { position = position, ok = false, error = "the worker died: " .. message, started = 0.0, seconds = 0.0 }
      end
      local answer = value.decode(bytes)
      -- what the child put is synced by the parent before a row names it
      for _, artifact in ipairs(answer.outputs or {}) do
        for _, one in ipairs(artifact.members) do if not one.bytes then assert(env.store:note(one.digest)) end end
      end
      return answer
    end,
    close = function() channel:close() end,
  }
end

return runner
