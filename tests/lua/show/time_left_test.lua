-- time_left_test.lua -- how long a run may still take, as its steps turn out.
package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local graph = require "rille.graph"
local time_left = require "rille.show.time_left"

-- A run of n steps of one kind, that have these estimates; ended = seconds of those that ended, running = how long
-- those after them have run.
local function after(given)
  local nodes, running, ended, n_ended = {}, {}, {}, #(given.ended or {})
  for i = 1, given.n do nodes[i] = { [graph.STEP] = { name = given.names and given.names[i] or "s" } } end
  for k, seconds in ipairs(given.ended or {}) do
    local name = nodes[k][graph.STEP].name
    ended[name] = ended[name] or {}
    table.insert(ended[name], { position = k, seconds = seconds })
  end
  for k, elapsed in ipairs(given.running or {}) do running[n_ended + k] = { since = 100.0 - elapsed } end
  local first = true
  local left = time_left.new(nodes, { running = running, ended = ended }, {
    each = function(visit)
      for i = first and 1 or n_ended + 1, given.n do
        local base = given.bases and given.bases[i]
        visit(i, base and { seconds = base, same_code = given.same_code ~= false, uncertain = given.uncertain } or nil)
      end
      first = false
    end,
    makespan = function(list)
      local sum = 0.0
      for _, one in next, list do sum = sum + one.seconds end
      return sum
    end,
  })
  left:update(10.0)           -- while all were open
  left.due = 0.0
  left:update(100.0)
  return left.seconds and math.floor(left.seconds * 10 + 0.5) / 10, left.at_least
end

check.test("what is left is what the open steps took before, less what they have run", function()
  check.eq({ after { n = 3, bases = { 2.0, 2.0, 2.0 }, running = { 0.5 } } }, { 5.5, false })
end)

check.test("steps that turn out longer correct those of their kind", function()
  check.eq({ after { n = 4, bases = { 0.1, 0.1, 0.1, 0.1 }, ended = { 3.0 } } }, { 9.0, false })
  check.eq({ after { n = 3, bases = { 1.0, 10.0, 10.0 }, ended = { 2.0 } } }, { 39.6, false }, "by their factor")
  check.eq({ after { n = 4, ended = { 1.0, 1.0 } } }, { 2.0, false }, "without a history")
end)

check.test("of items that grow the last ones count", function()
  check.eq({ after { n = 7, ended = { 1.0, 2.0, 3.0, 4.0, 5.0 } } }, { 8.0, false })
end)

check.test("a step that takes longer than it did says nothing of the rest", function()
  check.eq({ after { n = 1, bases = { 0.1 }, running = { 2.0 } } }, { nil, false })
  check.eq({ after { n = 100, bases = setmetatable({}, { __index = function() return 0.1 end }), running = { 2.0 } } },
    { nil, false })
  check.eq((after { n = 30, ended = { 1.0, 1.0, 1.0 }, running = { 3.0 } }), 26.0, "a late one among many")
  check.eq((after { n = 5, ended = { 1.0, 1.0, 1.0 }, running = { 3.0 } }), nil, "later than all that is left")
end)

check.test("steps without history make it a lower bound, and nothing where they are many", function()
  check.eq({ after { n = 3, names = { "s", "s", "t" }, bases = { 2.0, 2.0 } } }, { 4.0, true })
  check.eq((after { n = 3, names = { "s", "t", "t" }, bases = { 2.0 } }), nil)
  check.eq((after { n = 2 }), nil)
end)

check.test("runs of other code, and runs that differ much, are no history", function()
  check.eq((after { n = 2, bases = { 2.0, 2.0 }, same_code = false }), nil)
  check.eq((after { n = 2, bases = { 2.0, 2.0 }, uncertain = true }), nil)
end)

check.done()
