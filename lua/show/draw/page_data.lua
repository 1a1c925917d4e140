-- page_data: what the script of the page (html.lua) works on, as JSON.
--
-- { run, nodes, wires, views = { full, folded }, texts, signs, open }.  Nodes are numbered from 0: those of the
-- drawing, then the groups of the folded view, which have members.  A view has the places of its nodes, six numbers
-- each (x, y of the shape; left, top, width, height of its box), and its edges { from, to, kind, { x, y... } };
-- kind: 0 plain, 1 dashed, 2 order.  wires are all edges, { from, to, ports, kind }.  texts are logs and sources, by
-- number from 0.  step_facts.lua has the facts of a step.

local draw = require "rille.show.draw"
local fold = require "rille.show.draw.fold"
local format = require "rille.base.format"
local hash = require "rille.host.hash"
local json = require "rille.json"
local json_rows = require "rille.show.json_rows"
local place = require "rille.show.draw.place"
local project = require "rille.project"
local step_facts = require "rille.show.draw.step_facts"
local svg = require "rille.show.draw.svg"
local terminal_text = require "rille.host.terminal_text"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local LEAST <const> = 5                 -- nodes of a group
local MANY <const> = 3000               -- nodes beyond which only the folded view is placed
local PREVIEW <const> = 2048            -- bytes

local function readable(text) return terminal_text.lines(tostring(text)) end

local function rows_of(list)
  local made = {}
  for k, row in ipairs(list or {}) do made[k] = json.array { readable(row[1]), readable(row[2]) } end
  return made[1] and json.array(made) or nil
end

-- Views ------------------------------------------------------------------------------

local function kind_of(edge) return edge.order and 2 or edge.dashed and 1 or 0 end

-- A placed drawing; number(i) is the number of its node i in the page.
local function view_of(drawing, number)
  local placed = place(drawing)
  local nodes, places, edges = {}, {}, {}
  for i, at in ipairs(placed.nodes) do
    nodes[i] = number(i)
    for _, v in ipairs { at.x, at.y, at.left, at.top, at.width, at.height } do places[#places + 1] = v end
  end
  for i, edge in ipairs(drawing.edges) do
    edges[i] = json.array { number(edge.from), number(edge.to), kind_of(edge), json.array(placed.edges[i]) }
  end
  return { nodes = json.array(nodes), places = json.array(places), edges = json.array(edges), width = placed.width,
    height = placed.height, direction = placed.direction }, placed
end

-- Nodes ------------------------------------------------------------------------------

-- The preview of an artifact with all its lines, where the metadata has it.
local function preview_of(node)
  local row = node.digest and project.meta and project.meta:artifact(hash.unhex(node.digest))
  local text = row and (row.preview or json_rows.glance(row)) or node.preview
  if not text then return nil end
  if #text > PREVIEW then text = text_width.head(text, PREVIEW) .. "…" end
  return readable(text)
end

local function node_of(node)
  local is_step = node.kind == "step"
  return { id = readable(node.id), label = readable(node.label), kind = node.kind, note = readable(draw.note(node)),
    status = draw.class_of(node.status), word = draw.word(node.status), seconds = node.seconds,
    took = draw.took(node), slow = (node.slow or node.slow_count) and true or nil, count = node.count,
    type = node.type and readable(node.type), size = node.size and format.bytes(node.size),
    group = node.group and readable(node.group), details = rows_of(node.details),
    given = is_step and rows_of(node.given) or nil }
end

-- The numbers of the nodes, those first whose facts matter most, as what is kept of all has a bound: steps that
-- failed, then those of which there are few, then those that ran.
local function by_importance(drawing)
  local rank, order, count = {}, {}, {}
  for _, node in ipairs(drawing.nodes) do
    if node.kind == "step" and node.group then count[node.group] = (count[node.group] or 0) + 1 end
  end
  for i, node in ipairs(drawing.nodes) do
    local status = draw.class_of(node.status)
    rank[i] = (status == "failed" or status == "running") and 1 or (count[node.group] or MANY) < LEAST and 2
      or status == "completed" and 3 or 4
  end
  for pass = 1, 4 do for i = 1, #rank do if rank[i] == pass then order[#order + 1] = i end end end
  return order
end

local function taken_of(drawing)
  local taken = {}
  for _, edge in ipairs(drawing.edges) do taken[edge.from] = true end
  return taken
end

local function nodes_of(drawing, facts)
  local nodes, taken, left = {}, taken_of(drawing), MANY
  for _, i in ipairs(by_importance(drawing)) do
    local node = drawing.nodes[i]
    nodes[i] = node_of(node)
    if node.drawn then nodes[i].facts = facts:of(node.drawn)
    elseif left > 0 and (#drawing.nodes <= MANY or not taken[i]) then
      left, nodes[i].preview = left - 1, preview_of(node)
    end
  end
  return nodes
end

local function group_of(node)
  local made, members = node_of(node), {}
  for k, i in ipairs(node.members) do members[k] = i - 1 end
  made.members = json.array(members)
  return made
end

local function full_text(list, number, placed)
  for i, at in ipairs(placed.nodes) do
    local node = list[number(i) + 1]
    node.text, node.note = at.text, at.note
  end
end

-- Adds the groups of a folded drawing to the nodes; the number in the page of each of its nodes.
local function add_groups(nodes, drawing, number)
  local at = {}
  for i, k in ipairs(number) do at[k] = i - 1 end
  for k, node in ipairs(drawing.nodes) do
    if node.members then
      nodes[#nodes + 1] = group_of(node)
      at[k] = #nodes - 1
    end
  end
  return function(k) return at[k] end
end

-- The run ----------------------------------------------------------------------------

local function parameters_of(row)
  local values, names, list = row.params and json.unpack(row.params) or {}, {}, {}
  for name in next, values do names[#names + 1] = name end
  table.sort(names)
  for k, name in ipairs(names) do list[k] = { name, value_text.text(values[name]) } end
  return rows_of(list)
end

local function run_of(drawing)
  local row = drawing.run
  local about = {}
  local function put(name, text) if text and text ~= "" then about[#about + 1] = { name, text } end end
  if row then
    put("pipeline", row.pipeline)
    put("started", format.time(row.started))
    put("script", row.script)
    put("stack", row.stack)
    put("reason", row.reason)
    put("tags", table.concat(row.tags and json.unpack(row.tags) or {}, ", "))
  end
  return { title = readable(drawing.title), kind = drawing.kind, status = draw.class_of(drawing.status),
    took = drawing.seconds and format.seconds(drawing.seconds), word = drawing.status, about = rows_of(about),
    line = readable(svg.about(drawing)), parameters = row and parameters_of(row) or nil,
    name = row and readable(row.name) or nil }
end

local function wires_of(drawing)
  local list = {}
  for i, edge in ipairs(drawing.edges) do
    list[i] = json.array { edge.from - 1, edge.to - 1, readable(table.concat(edge.ports, ", ")), kind_of(edge) }
  end
  return json.array(list)
end

-- JSON inside of a script element: no "</script>", no "<!--".
local function embedded(data)
  local text = json.encode(data):gsub("[<>&]", { ["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026" })
  return (text:gsub("\u{2028}", "\\u2028"):gsub("\u{2029}", "\\u2029"))
end

---@param drawing Drawing
---@param options table see draw.render
---@return string
return function(drawing, options)
  local facts, views = step_facts.new(drawing.run), {}
  local nodes = nodes_of(drawing, facts)
  local folded, number = fold.fold(drawing, LEAST, true)
  if options.all or not number or #drawing.nodes <= MANY then
    local function same(i) return i - 1 end
    local placed
    views.full, placed = view_of(drawing, same)
    full_text(nodes, same, placed)
  end
  if number then
    local number_of = add_groups(nodes, folded, number)
    local placed
    views.folded, placed = view_of(folded, number_of)
    full_text(nodes, number_of, placed)
  end
  return embedded { run = run_of(drawing), nodes = json.array(nodes), wires = wires_of(drawing), views = views,
    texts = json.array(facts.texts), signs = json.object(svg.SIGNS), open = options.all and "full" or nil }
end
