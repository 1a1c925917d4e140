-- times: which steps of a drawing took too long.

package.path = "../../../lib/?.lua;" .. package.path
local check = require "check"
local times = require "rille.show.draw.times"

local function step(id, seconds, status)
  return { id = id, kind = "step", status = status or "completed", seconds = seconds }
end

check.test("a step that took more than twice its usual time, and 0.1 s more, is slow", function()
  local drawing = { nodes = { step("a", 1.0), step("b", 1.0), step("c", 0.15), step("d", 3.0) } }
  times.mark(drawing, { a = { 0.4, 3 }, b = { 0.6, 3 }, c = { 0.06, 3 }, d = { 1.0, 3 } })
  check.eq(drawing.nodes[1].slow, true)
  check.eq(drawing.nodes[2].slow, nil)
  check.eq(drawing.nodes[3].slow, nil)
  check.eq(drawing.nodes[4].slow, true)
  check.eq(drawing.nodes[1].usual, 0.4)
end)

check.test("one earlier run does not say what is usual", function()
  local drawing = { nodes = { step("a", 9.0) } }
  times.mark(drawing, { a = { 0.1, 1 } })
  check.eq(drawing.nodes[1].slow, nil)
  check.eq(drawing.nodes[1].usual, 0.1)
end)

check.test("the longest step is marked when it took more than half of the time", function()
  local drawing = { nodes = { step("a", 1.0), step("b", 3.0), step("c", 9.0, "cached") } }
  times.mark(drawing, {})
  check.eq(drawing.nodes[2].longest, true)
  check.eq(drawing.nodes[1].longest, nil)
  check.eq(drawing.nodes[3].longest, nil)
  local even = { nodes = { step("a", 1.0), step("b", 1.0) } }
  times.mark(even, {})
  check.eq(even.nodes[1].longest or even.nodes[2].longest, nil)
end)

check.test("a step that is alone, or quick, is not marked", function()
  local alone, quick = { nodes = { step("a", 5.0) } }, { nodes = { step("a", 0.05), step("b", 0.01) } }
  times.mark(alone, {})
  times.mark(quick, {})
  check.eq(alone.nodes[1].longest, nil)
  check.eq(quick.nodes[1].longest, nil)
end)

check.test("artifacts have no usual time", function()
  local drawing = { nodes = { { id = "a", kind = "artifact" } } }
  times.add_usual(drawing, { a = { 1.0, 2 } })
  check.eq(drawing.nodes[1].usual, nil)
end)

check.done()
