-- schedule_test.lua -- which step begins next: rille.execute.schedule, with a runner that
-- has `places` places.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local schedule = require "rille.execute.schedule"

-- A schedule over steps whose needs are given by position; starts() takes what may begin now.
local function setup(options)
  local needs, running, next_ready = options.needs, {}, 0
  local s = schedule.new { cpu = options.cpu or 2, memory = options.memory or 100, gpu = options.gpu or 0 }
  local runner = {
    accepts = function() return #running < (options.places or 2) and "idle" or nil end,
    count_busy = function() return #running end,
  }
  local world = { runner = runner, needs = function(i) return needs[i] or nil end }
  local function take()
    if next_ready < #needs then
      next_ready = next_ready + 1
      return next_ready
    end
  end
  local function starts()
    local list = {}
    for i in function() return s:pick(take, world) end do
      s:begin(needs[i] or nil)
      running[#running + 1], list[#list + 1] = i, i
    end
    return list
  end
  local function ends(i)
    for k, other in ipairs(running) do if other == i then table.remove(running, k) end end
    s:finish(needs[i] or nil)
  end
  return s, starts, ends
end

check.test("steps without resources begin as long as there are places", function()
  local s, starts, ends = setup { needs = { false, false, false } }
  check.eq(starts(), { 1, 2 })
  check.eq(s:has_held(), true)
  ends(1)
  check.eq(starts(), { 3 })
  check.eq(s:has_held(), false)
end)

check.test("a step that needs two processors waits until both are free, and no later step begins", function()
  local _, starts, ends = setup { needs = { false, { cpu = 2 }, false } }
  check.eq(starts(), { 1 })
  ends(1)
  check.eq(starts(), { 2 })
  ends(2)
  check.eq(starts(), { 3 })
end)

check.test("a step that needs more processors than there are takes all of them", function()
  local _, starts = setup { needs = { { cpu = 64 }, false } }
  check.eq(starts(), { 1 })
end)

check.test("a step that is short of memory waits, steps that need none pass it", function()
  local _, starts, ends = setup { cpu = 8, places = 8,
    needs = { { memory = 80 }, { memory = 30 }, false, { memory = 10 } } }
  check.eq(starts(), { 1, 3 }, "the fourth may not take memory that the second waits for")
  ends(1)
  check.eq(starts(), { 2, 4 })
end)

check.test("a device is given to one step at a time", function()
  local _, starts, ends = setup { cpu = 8, places = 8, gpu = 1, needs = { { gpu = 1 }, { gpu = 1 }, false } }
  check.eq(starts(), { 1, 3 })
  ends(1)
  check.eq(starts(), { 2 })
end)

check.test("a step that is retried begins before those that are ready", function()
  local s, starts, ends = setup { places = 1, needs = { false, false } }
  check.eq(starts(), { 1 })
  ends(1)
  s:retry(1)
  check.eq(starts(), { 1 })
end)

check.done()
