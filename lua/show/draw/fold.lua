-- fold: many alike as one.
--
-- Steps of one name at the same depth that came to the same end are folded into
-- one node with a count, their outputs and the values they were given likewise.
-- Edges lead to greater depths, so what is folded has no cycle either.
--
-- Mixed (for the page, which unfolds them): whatever end they came to.  Such a node has
-- members, the numbers of its nodes; it is failed or running when one of them is, else as
-- most of them are.

local draw = require "rille.show.draw"
local format = require "rille.base.format"

local fold = {}

-- Moves a value, or a step without inputs, and the nodes that only it leads to, next to the
-- node that takes them.  Otherwise values of steps far from each other would be folded into
-- one node, with edges as long as the drawing.
local function move_near(drawing, out, order, depth)
  local n_in, from = {}, {}
  for _, edge in ipairs(drawing.edges) do n_in[edge.to], from[edge.to] = (n_in[edge.to] or 0) + 1, edge.from end
  local alone = {}
  for _, i in ipairs(order) do
    local before = from[i]
    alone[i] = before == nil or n_in[i] == 1 and alone[before] and #out[before] == 1
  end
  for k = #order, 1, -1 do
    local i = order[k]
    local nearest
    for _, to in ipairs(out[i]) do nearest = math.min(nearest or depth[to], depth[to]) end
    if alone[i] and nearest then depth[i] = nearest - 1 end
  end
  return depth
end

-- The depth of each node: the length of the longest path to it, changed by move_near.
local function depths(drawing)
  local n = #drawing.nodes
  local out, missing, depth = {}, {}, {}
  for i = 1, n do out[i], missing[i], depth[i] = {}, 0, 0 end
  for _, edge in ipairs(drawing.edges) do
    table.insert(out[edge.from], edge.to)
    missing[edge.to] = missing[edge.to] + 1
  end
  local queue = {}
  for i = 1, n do if missing[i] == 0 then queue[#queue + 1] = i end end
  local at = 1
  while queue[at] do
    local i = queue[at]
    for _, to in ipairs(out[i]) do
      depth[to] = math.max(depth[to], depth[i] + 1)
      missing[to] = missing[to] - 1
      if missing[to] == 0 then queue[#queue + 1] = to end
    end
    at = at + 1
  end
  return move_near(drawing, out, queue, depth)
end

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

local WORST <const> = { "failed", "running", "stopped", "skipped", "missing", "unknown", "pending", "wait", "run",
  "completed", "cached", "given" }

-- How often each status, the worst first: { { status, count }... }
local function statuses_of(drawing, members)
  local count, list = {}, {}
  for _, i in ipairs(members) do
    local status = draw.class_of(drawing.nodes[i].status)
    count[status] = (count[status] or 0) + 1
  end
  for _, status in ipairs(WORST) do if count[status] then list[#list + 1] = { status, count[status] } end end
  return list
end

-- "3 failed, 497 cached", for a node of steps of several statuses; else as for any node.
local function mix(node, drawing, members)
  node.members = members
  local statuses = statuses_of(drawing, members)
  local most = statuses[1]
  for _, one in ipairs(statuses) do if one[2] > most[2] then most = one end end
  local worst = statuses[1][1]
  node.status = (worst == "failed" or worst == "running") and worst or most[1]
  if not statuses[2] then return end
  local parts = {}
  for k, one in ipairs(statuses) do
    local word = node.kind ~= "step" and one[1] == "completed" and "new" or draw.word(one[1])
    parts[k] = format.count(one[2]) .. " " .. word
  end
  node.text = table.concat(parts, ", ")
end

-- One node for the members (numbers of nodes).
local function folded(drawing, members)
  local first = drawing.nodes[members[1]]
  local status = first.status and "." .. first.status or ""
  local node = { id = first.group .. "*" .. #members .. status .. "@" .. members[1], kind = first.kind,
    label = first.kind == "step" and first.group or first.label, status = first.status, type = first.type,
    group = first.group, count = #members }
  local times, names = {}, {}
  for i, k in ipairs(members) do
    local one = drawing.nodes[k]
    if one.seconds then
      node.seconds = (node.seconds or 0) + one.seconds
      times[#times + 1] = one.seconds
    end
    if one.size then node.size = (node.size or 0) + one.size end
    if one.slow then node.slow_count = (node.slow_count or 0) + 1 end
    if i <= 8 then names[i] = one.id end
  end
  node.details = { { "these", table.concat(names, ", ") .. (#members > 8 and ", ..." or "") } }
  if #times > 0 and first.status ~= "cached" then
    local typical = median(times)
    table.insert(node.details, { "each", string.format("%s to %s, half of them up to %s", format.seconds(times[1]),
      format.seconds(times[#times]), format.seconds(typical)) })
  end
  if node.slow_count then table.insert(node.details, { "slow", node.slow_count .. " took much longer than usual" }) end
  return node
end

-- Groups by what makes nodes alike, in order of their first members.
local function groups_of(drawing, mixed)
  local depth, by, list = depths(drawing), {}, {}
  for i, node in ipairs(drawing.nodes) do
    local key = table.concat({ node.kind, node.group or node.label, depth[i], not mixed and node.status or "",
      not mixed and node.kind ~= "step" and node.type or "" }, "\0")
    local group = by[key]
    if not group then
      group = {}
      by[key] = group
      list[#list + 1] = group
    end
    group[#group + 1] = i
  end
  return list
end

local function edges_between(drawing, number)
  local edges, at = {}, {}
  for _, edge in ipairs(drawing.edges) do
    local from, to = number[edge.from], number[edge.to]
    local key = from * 16777216 + to
    local one = at[key]
    if not one then
      one = { from = from, to = to, ports = edge.ports, dashed = edge.dashed, order = edge.order }
      at[key] = one
      edges[#edges + 1] = one
    else
      one.dashed = one.dashed and edge.dashed
      one.order = one.order and edge.order
    end
  end
  return edges
end

-- The drawing with groups of at least `least` as one node each; itself when there
-- are none.
---@param drawing table
---@param least integer
---@param mixed boolean? whatever their statuses
---@return table drawing, integer[]? number of each node in it
function fold.fold(drawing, least, mixed)
  local copy, number, any = {}, {}, false
  for k, v in next, drawing do copy[k] = v end
  copy.nodes = {}
  for _, members in ipairs(groups_of(drawing, mixed)) do
    if #members >= least then
      any = true
      local node = folded(drawing, members)
      if mixed then mix(node, drawing, members) end
      copy.nodes[#copy.nodes + 1] = node
      for _, i in ipairs(members) do number[i] = #copy.nodes end
    else
      for _, i in ipairs(members) do
        copy.nodes[#copy.nodes + 1] = drawing.nodes[i]
        number[i] = #copy.nodes
      end
    end
  end
  if not any then return drawing end
  copy.edges = edges_between(drawing, number)
  copy.folded = #drawing.nodes
  return setmetatable(copy, getmetatable(drawing)), number
end

local MANY <const>, LEAST <const> = 250, 8

-- The drawing as it is drawn: folded when it is large, unless all is wanted.
function fold.readable(drawing, options)
  if options.all or #drawing.nodes <= MANY then return drawing end
  return fold.fold(drawing, LEAST)
end

return fold
