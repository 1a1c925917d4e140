-- build: nodes and edges of a list of steps.

package.path = "../../../lib/?.lua;" .. package.path
local check = require "check"
local build = require "rille.show.draw.build"

local function given() return nil end

-- a -> b, b takes a value of the script too, c comes after b.
local function steps()
  return {
    { id = "a", step = "a", status = "cached", inputs = {}, outputs = { "x", "unused" }, given = given },
    { id = "b", step = "b", status = "run", outputs = {}, given = function() return ("\1"):rep(32), "table", 100 end,
      inputs = { { port = "x", { 1, 1 } }, { port = "options", { 0, 0 } } } },
    { id = "c", step = "c", status = "wait", inputs = {}, outputs = {}, given = given, after = { { 2, "after" } } },
  }
end

local function labels(drawing)
  local list = {}
  for i, node in ipairs(drawing.nodes) do list[i] = node.kind .. " " .. node.label .. " " .. node.status end
  return table.concat(list, ", ")
end

local function edges(drawing)
  local list = {}
  for i, edge in ipairs(drawing.edges) do
    list[i] = drawing.nodes[edge.from].label .. ">" .. drawing.nodes[edge.to].label .. " "
      .. table.concat(edge.ports, "+") .. (edge.dashed and " dashed" or "") .. (edge.order and " order" or "")
  end
  return table.concat(list, ", ")
end

check.test("an output that another step takes is drawn, one that was not made and nobody takes is not", function()
  local drawing = build.drawing({ title = "p" }, steps())
  check.eq(labels(drawing), "step a cached, step b run, step c wait, artifact x missing, value options given")
  check.eq(edges(drawing), "a>x x dashed, x>b x, options>b options, b>c after order")
end)

check.test("of a plan all outputs are drawn", function()
  local list = steps()
  list[1].planned = true
  check.has(labels(build.drawing({ title = "p" }, list)), "artifact unused cached")
end)

check.test("a value that several steps take is one square", function()
  local list = steps()
  list[3].inputs, list[3].given = { { port = "more", { 0, 0 } } }, list[2].given
  local _, count = labels(build.drawing({ title = "p" }, list)):gsub("value ", "")
  check.eq(count, 1)
end)

check.test("a mere number is a detail of its step", function()
  local list = steps()
  list[2].given = function() return nil, "number", 8 end
  local drawing = build.drawing({ title = "p" }, list)
  check.eq(labels(drawing):find "value" or "none", "none")
end)

check.test("a value from outside has its label", function()
  local list = steps()
  list[2].inputs[2][1] = { 0, 0, label = "table" }
  check.has(labels(build.drawing({ title = "p" }, list)), "value table given")
end)

check.done()
