-- results: the end of a completed run in a few lines: the outputs of its final steps, those whose outputs no other
-- step takes, and the metrics that its steps logged.  Previews are read from the metadata; nothing is loaded.

local format = require "rille.base.format"
local graph = require "rille.graph"
local json_rows = require "rille.show.json_rows"
local json = require "rille.json"
local project = require "rille.project"
local sys = require "rille.host.sys"
local terminal = require "rille.base.terminal"
local text_width = require "rille.base.text_width"
local value_text = require "rille.base.value_text"

local results = {}

local ID <const>, STEP <const>, POSITION <const> = graph.ID, graph.STEP, graph.POSITION
local INPUTS <const>, Node <const> = graph.INPUTS, graph.Node
local MOST <const> = 12             -- lines
local METRICS <const> = 4           -- of these for metrics at least, where there are so many
local ALIKE <const> = 4             -- steps of one kind that are shown as one
local HITS <const> = 100            -- cached steps whose metrics are looked up, at most
local ITEMS <const> = 3             -- items of a map that are shown
local NAMES <const> = 28            -- columns of names, at most
local WIDE <const> = 100            -- columns of a line where there is no terminal
local DIGEST <const> = 32

local function is_done(plan, i)
  local status = plan:status(i)
  return status == "cached" or status == "completed"
end

-- Final steps ----------------------------------------------------------------------------------

-- The positions of the nodes whose outputs nodes that are done take, as a set.
local function taken_positions(plan, all_done)
  local g = plan.graph
  local taken, unknown = {}, nil
  if all_done and g.rows then taken, unknown = g.rows:taken() end
  local function visit(source, k) if k then taken[source[POSITION]] = true end end
  for k = 1, unknown and #unknown or g.wired or #g.nodes do
    local i = unknown and unknown[k] or k
    if all_done or is_done(plan, i) then
      local inputs = g.nodes[i][INPUTS]
      -- most nodes have one input, a node
      if #inputs == 1 and getmetatable(inputs[1]) == Node then taken[inputs[1][POSITION]] = true
      elseif #inputs > 0 or g.dynamic then graph.each_source(g, g.nodes[i], visit) end
    end
  end
  return taken
end

-- The positions of the nodes whose outputs no node that is done takes; the items of a map are not looked at.
local function final_positions(plan)
  local g, list = plan.graph, {}
  local all_done = not g.dynamic and not plan:is_partial()
  local taken, wired = taken_positions(plan, all_done), g.wired or #g.nodes
  for i = 1, wired do
    if not taken[i] and (all_done or is_done(plan, i)) then list[#list + 1] = i end
  end
  return list
end

-- The artifact of an output in a line.
local function glance(plan, position, k)
  local digests = plan:output_digests(position)
  local digest = digests and digests:sub((k - 1) * DIGEST + 1, k * DIGEST)
  return digest and #digest == DIGEST and json_rows.glance_of(digest) or nil
end

local function items_text(plan, items, k)
  local parts = {}
  for n = 1, math.min(#items, ITEMS) do parts[n] = glance(plan, items[n][POSITION], k) end
  return string.format("%s: %s%s", format.plural(#items, "item"), table.concat(parts, "; "),
    #items > ITEMS and "; …" or "")
end

-- Adds { name, text } for each output of the node at a position.
local function add_outputs(rows, plan, position)
  local node = plan.graph.nodes[position]
  local chosen = graph.dynamic_of(node, "when") and plan:chosen_wire(position)
  if chosen then
    local source, k = graph.source(chosen)
    rows[#rows + 1] = { node[ID], glance(plan, source[POSITION], k) }
    return
  end
  local ports, items = node[STEP].outputs, plan:items_of(position)
  for k, port in ipairs(ports) do
    local text
    if items then text = items_text(plan, items, k) else text = glance(plan, position, k) end
    if text then rows[#rows + 1] = { #ports == 1 and node[ID] or node[ID] .. "." .. port.name, text } end
  end
end

-- How many outputs the nodes have, for what is left out.
local function count_outputs(plan, list, from)
  local n = 0
  for k = from, #list do n = n + #plan.graph.nodes[list[k]][STEP].outputs end
  return n
end

-- The same of a plan that is read from the record: finals are { position, id, outputs = { names } }.
local function recorded_rows(plan, finals, most)
  local rows, at = {}, 1
  while finals[at] and #rows <= most do
    local one = finals[at]
    for k, name in ipairs(one.outputs) do
      local text = glance(plan, one.position, k)
      if text then rows[#rows + 1] = { #one.outputs == 1 and one.id or one.id .. "." .. name, text } end
    end
    at = at + 1
  end
  local more = #rows
  for n = at, #finals do more = more + #finals[n].outputs end
  return rows, more
end

local function output_rows(plan, most)
  local finals = plan.finals and plan:finals()
  if finals then return recorded_rows(plan, finals, most) end
  local list, rows, at = final_positions(plan), {}, 1
  while list[at] and #rows <= most do
    add_outputs(rows, plan, list[at])
    at = at + 1
  end
  local more = #rows + count_outputs(plan, list, at)
  return rows, more
end

-- Metrics --------------------------------------------------------------------------------------

local function metrics_text(metrics)
  local names = {}
  for name in next, metrics do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do names[i] = name .. " = " .. value_text.number(metrics[name]) end
  return table.concat(names, ", ")
end

-- "loss = 0.2 to 0.5", of steps that logged the same metrics.
local function ranges_text(list)
  local names, parts = {}, {}
  for name in next, list[1] do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    local low, high = math.huge, -math.huge
    for _, metrics in ipairs(list) do
      low, high = math.min(low, metrics[name]), math.max(high, metrics[name])
    end
    parts[i] = name .. " = " .. value_text.number(low) .. (high > low and " to " .. value_text.number(high) or "")
  end
  return table.concat(parts, ", ")
end

-- The names of the metrics and of the step: nodes of one kind.
local function kind_of(node, metrics)
  local names = { node[STEP].name }
  for name, v in next, metrics do names[#names + 1] = v - v == 0 and name or name .. " " .. node[ID] end
  table.sort(names)
  return table.concat(names, "\0")
end

-- Rows of { id, text, metrics, node } with those of many nodes of one kind as one.
local function grouped(rows)
  local kinds, list = {}, {}
  for _, row in ipairs(rows) do
    local kind = kind_of(row.node, row.metrics)
    row.kind, kinds[kind] = kind, kinds[kind] or {}
    table.insert(kinds[kind], row.metrics)
  end
  for _, row in ipairs(rows) do
    local many = kinds[row.kind]
    if not many or #many < ALIKE then list[#list + 1] = row
    elseif not many.shown then
      many.shown = true
      list[#list + 1] = { string.format("%s (%s steps)", row.node[STEP].name, format.count(#many)), ranges_text(many) }
    end
  end
  return list
end

-- { id, text } of the steps that logged metrics.
---@param logged table<integer, table<string, number>> of the steps that ran, by position
local function metric_rows(plan, logged)
  local rows, look_up = {}, plan.n_hits <= HITS
  if not look_up and next(logged) == nil then return rows end
  local nodes = plan.graph.nodes
  for i = 1, #nodes do
    local row = look_up and not logged[i] and plan:is_cached(i) and plan:result_row(i)
    local text = row and project.meta:step_metrics(row)
    local metrics = logged[i] or text and json.unpack(text)
    if metrics and next(metrics) ~= nil then
      rows[#rows + 1] = { nodes[i][ID], metrics_text(metrics), metrics = metrics, node = nodes[i] }
    end
  end
  return grouped(rows)
end

-- Lines ----------------------------------------------------------------------------------------

-- Adds a block of rows, at most so many, to the lines; `count` rows there are in all.
local function add_block(lines, title, rows, most, count, width)
  local shown = math.min(#rows, most)
  local wide = 0
  for i = 1, shown do wide = math.max(wide, text_width.width(terminal.line(rows[i][1], 2))) end
  wide = math.min(wide, NAMES)
  for i = 1, shown do
    local name, text = terminal.line(rows[i][1], 2), terminal.line(rows[i][2]:match "^[^\n]*", 2)
    local padded = name .. (" "):rep(wide - text_width.width(name))
    local head = i == 1 and title or ""
    local room = width - 12 - text_width.width(padded) - 2
    lines[#lines + 1] = string.format("  %-9s %s  %s", head, padded, text_width.cut(text, math.max(room, 8)))
  end
  if count > shown then lines[#lines + 1] = string.format("  %-9s … %s more", "", format.count(count - shown)) end
end

-- The final outputs and the metrics of a run; none of one that did not complete.
---@param result rille.run.result
---@param logged table<integer, table<string, number>> metrics of the steps that ran, by position
---@return string[] lines
function results.lines(result, logged)
  local lines, plan = {}, result.plan
  if result.status ~= "completed" or not project.meta then return lines end
  local is_terminal, columns = sys.is_terminal(2)
  local width = is_terminal and columns or WIDE
  local metrics = metric_rows(plan, logged)
  local room = MOST - math.min(#metrics, METRICS)
  local outputs, count = output_rows(plan, room)
  -- what is left out has a line of its own
  local function shown(n, most) return n > most and most - 1 or n end
  add_block(lines, "outputs", outputs, shown(count, room), count, width)
  add_block(lines, "metrics", metrics, shown(#metrics, MOST - #lines), #metrics, width)
  return lines
end

return results
