-- lineage_tree_test: the rows of lineages, of walks that are made up here.

package.path = "../../lib/?.lua;" .. package.path
local check = require "check"
local tree = require "rille.show.lineage_tree"

-- A walk over steps: { [id] = { inputs = { id of a step or "=" for a given value ... } } },
-- each with one output; asked counts its answers.
local function walk_of(steps)
  local walk, nodes, takers = { asked = 0 }, {}, {}
  for id, step in pairs(steps) do
    nodes[id] = { key = id, id = id, name = "r", pipeline = "r", run = 1, position = 1, row = 1, status = "completed",
      step = step }
  end
  for id, step in pairs(steps) do
    for _, from in ipairs(step.inputs) do
      takers[from] = takers[from] or {}
      table.insert(takers[from], nodes[id])
    end
  end
  local function end_of(id, port)
    if not nodes[id] then return { port = port, digest = id, origin = "given" } end
    return { port = port, digest = id, node = nodes[id], output = 1 }
  end
  function walk:inputs(node)
    self.asked = self.asked + 1
    if not node.inputs then
      node.inputs = {}
      for k, from in ipairs(node.step.inputs) do node.inputs[k] = end_of(from, "p" .. k) end
    end
    return node.inputs
  end
  function walk:outputs(node)
    self.asked = self.asked + 1
    return { { name = "out", digest = node.id } }
  end
  function walk:after() return {} end
  function walk:consumers(e)
    self.asked = self.asked + 1
    return e.node and takers[e.node.id] or {}
  end
  return walk, end_of
end

local function rows_of(steps, id, options)
  local walk, end_of = walk_of(steps)
  options.direction = options.direction or "up"
  return tree.rows(walk, end_of(id), options), walk
end

local function text_of(steps, id, options)
  local lines = {}
  for i, row in ipairs((rows_of(steps, id, options or {}))) do
    local said = row.note or " " .. row.name .. (row.aside and row.aside ~= "r" and "  " .. row.aside or "")
    lines[i] = row.lead .. (row.glyph or "") .. said
  end
  return table.concat(lines, "\n")
end

local function chain(n)
  local steps = { s1 = { inputs = {} } }
  for i = 2, n do steps["s" .. i] = { inputs = { "s" .. i - 1 } } end
  return steps
end

check.test("a chain goes straight down, and a long one is folded", function()
  check.eq(text_of(chain(4), "s4"), "■ artifact\n● s4\n● s3\n● s2\n● s1")
  check.eq(text_of(chain(400), "s400"),
    "■ artifact\n● s400\n● s399\n⋮ 396 steps in a chain (--all shows them)\n● s2\n● s1")
  check.eq(#rows_of(chain(400), "s400", { all = true }), 401)
  check.eq(text_of(chain(400), "s1", { direction = "down" }),
    "■ artifact\n● s2\n● s3\n⋮ 395 steps in a chain (--all shows them)\n● s399\n● s400")
end)

check.test("a part that several lead to is drawn once, others refer to it", function()
  check.eq(text_of({ a = { inputs = {} }, l = { inputs = { "a" } }, m = { inputs = { "a" } },
    r = { inputs = { "m", "=" } }, top = { inputs = { "l", "r" } } },
    "top"),
    "■ artifact\n● top\n├─● l\n│ ╰─● a  see below\n╰─● r\n  ├─□ p2  given\n  ● m\n  ● a")
  local models = { clean = { inputs = {} }, scale = { inputs = { "clean" } }, best = { inputs = {} } }
  for i = 1, 5 do
    models["train" .. i] = { inputs = { "scale" } }
    models.best.inputs[i] = "train" .. i
  end
  local text = text_of(models, "best")
  check.eq({ select(2, text:gsub("clean", "")), select(2, text:gsub("scale", "")),
    select(2, text:gsub("see above", "")) },
    { 1, 5, 4 })
end)

check.test("what a step takes beyond 9 is counted", function()
  local steps = { sum = { inputs = {} } }
  for i = 1, 50 do
    steps["i" .. i] = { inputs = {} }
    steps.sum.inputs[i] = "i" .. i
  end
  local text = text_of(steps, "sum")
  check.has(text, "├─● i9\n╰─… 41 more (--all shows them)")
  check.eq(select(2, text_of(steps, "sum", { all = true }):gsub("● i", "")), 50)
end)

check.test("depth ends where it says, with a mark", function()
  local rows, cut = tree.rows(walk_of(chain(9)), select(2, walk_of(chain(9)))("s9"), { direction = "up", depth = 3 })
  check.eq({ #rows, cut, rows[#rows].aside, rows[4].name }, { 5, true, "…", "s7" })
  -- without it text ends after 40 steps, those folded not counted
  local steps = { a = { inputs = {} }, j0 = { inputs = { "a" } } }
  for i = 1, 200 do
    steps["l" .. i], steps["r" .. i] = { inputs = { "j" .. i - 1 } }, { inputs = { "j" .. i - 1 } }
    steps["j" .. i] = { inputs = { "l" .. i, "r" .. i } }
  end
  local text = text_of(steps, "j200")
  check.ok(text:find "\n⋮ 54%d more steps %(%-%-depth N or %-%-all shows them%)$", text)
  check.eq(text_of(steps, "j200", { all = true }):find("more steps", 1, true), nil)
end)

check.test("lineages of any depth and any number of ways cost each step once, and are not indented", function()
  local function cost(n)
    local steps = { j0 = { inputs = {} } }
    for i = 1, n do
      steps["l" .. i], steps["r" .. i] = { inputs = { "j" .. i - 1 } }, { inputs = { "j" .. i - 1 } }
      steps["j" .. i] = { inputs = { "l" .. i, "r" .. i } }
    end
    local widest, asked = 0, 0
    for _, direction in ipairs { "up", "down" } do
      local rows, walk = rows_of(steps, direction == "up" and "j" .. n or "j0", { all = true, direction = direction })
      check.ok(#rows >= 3 * n, #rows .. " rows")
      for _, row in ipairs(rows) do widest = math.max(widest, utf8.len(row.lead)) end
      asked = asked + walk.asked
    end
    return asked, widest
  end
  local small, large = cost(1000), cost(20000)
  check.ok(large < 21 * small, small .. " -> " .. large)
  check.ok(select(2, cost(20000)) <= 8)
  check.eq(#rows_of(chain(100000), "s100000", { all = true }), 100001)
end)

check.test("a ring, which runs of different wirings can make together, is drawn", function()
  check.has(text_of({ a = { inputs = { "b" } }, b = { inputs = { "a" } } }, "a"), "see above")
end)

check.done()
