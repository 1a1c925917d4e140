-- lineage_tree: a lineage as rows of text, a step a row.
--
--   ■ p::eval::n@1        66967d3c4e97  integer 30
--   ● eval                66967d3c4e97  integer 30  r1
--   ├─● train1            03ec98d3c5cc  integer 4   r1
--   │ ├─□                 487fe2031d0d  integer 1   given
--   │ ╰─◌ scale           dae31af679ff  integer 3   see below
--   ● train2              e2c53f4f132d  integer 5   r1
--   ◌ scale               dae31af679ff  integer 3   r1, cached from r0/scale
--
-- What leads on goes down the page.  Each step is drawn once, below the last of those
-- that lead to it; the others refer to it.  The branch with the most steps goes on in
-- the column of the step that it is of, so that a chain is not indented and n steps are
-- never more than log2(n) columns of rails deep.
--
-- A vertex is { kind = "step" | "output" | "artifact", node, runs, items, drawn = its row };
-- an item is { to = the vertex to which it leads, e = the end that is of it } or { leaf =
-- end, deeper = true where --depth ends } or { note = text }.  Everything here is a loop
-- over lists: a lineage may be deeper than the stack of Lua.

local draw = require "rille.show.draw"
local format = require "rille.base.format"

local tree = {}

local WIDE <const> = 10         -- items of a vertex that are drawn
local LONG <const> = 12         -- steps one after the other that are drawn in full
local FIRST <const>, LAST <const> = 2, 1        -- of a longer chain
local DEEP <const> = 40         -- steps below each other, those folded not counted
local SMALL <const> = 8         -- steps of a branch that is drawn beside others

-- What leads on -----------------------------------------------------------------------

local function digests(list)
  local found = {}
  for i, one in ipairs(list) do found[i] = one.digest end
  return table.concat(found)
end

-- The nodes in one list per step, inputs and outputs: { node, runs }, where node is
-- the newest.
local function groups_of(walk, nodes)
  local list, by = {}, {}
  for _, node in ipairs(nodes) do
    node.alike = node.alike or table.concat({ node.pipeline or "", node.id, digests(walk:inputs(node)),
      digests(walk:outputs(node)) }, "\0")
    local group = by[node.alike]
    if not group then
      group = { node = node, runs = 0 }
      by[node.alike], list[#list + 1] = group, group
    end
    group.runs, group.node = group.runs + 1, node
  end
  return list
end

local Tree = {}
Tree.__index = Tree

-- The vertex of a node, one for each.
function Tree:vertex(node, runs, depth)
  local v = self.vertices[node.key]
  if not v then
    v = { kind = "step", node = node, runs = runs, depth = depth, items = {} }
    self.vertices[node.key], self.open[#self.open + 1] = v, v
  end
  return v
end

-- Appends to the items of a vertex what takes the value that the end is of.
function Tree:add_takers(v, e, depth)
  for _, group in ipairs(groups_of(self.walk, self.walk:consumers(e))) do
    local outputs = self.walk:outputs(group.node)
    v.items[#v.items + 1] = { to = self:vertex(group.node, group.runs, depth),
      e = #outputs == 1 and { output = 1, digest = outputs[1].digest } or nil }
  end
end

local function output_of(walk, e)
  local out = walk:outputs(e.node)[e.output]
  return { output = e.output, digest = out and out.digest or e.digest }
end

function Tree:expand_up(v)
  for _, other in ipairs(self.walk:after(v.node)) do
    v.items[#v.items + 1] = { note = "(" .. other[2] .. " " .. other[1].id .. ")" }
  end
  for _, e in ipairs(self.walk:inputs(v.node)) do
    if not e.node or v.depth >= self.depth then v.items[#v.items + 1] = { leaf = e, deeper = e.node ~= nil }
    else v.items[#v.items + 1] = { to = self:vertex(e.node, 1, v.depth + 1), e = output_of(self.walk, e) } end
  end
end

function Tree:expand_down(v)
  local outputs = self.walk:outputs(v.node)
  for k, out in ipairs(outputs) do
    local e, to = { node = v.node, output = k, digest = out.digest, name = out.name }, v
    if #outputs > 1 then
      to = { kind = "output", items = {} }
      v.items[#v.items + 1] = { to = to, e = e }
    end
    if v.depth < self.depth then self:add_takers(to, e, v.depth + 1)
    elseif self.walk:consumers(e)[1] then to.items[#to.items + 1] = { deeper = true } end
  end
end

-- The root, with all that it leads to within the depth.
local function explore(self, e)
  local root = { kind = "artifact", items = {}, depth = 0 }
  if self.direction == "down" then self:add_takers(root, e, 1)
  elseif e.node then root.items[1] = { to = self:vertex(e.node, 1, 1), e = e } end
  local at = 1
  while self.open[at] do
    self["expand_" .. self.direction](self, self.open[at])
    at = at + 1
  end
  return root
end

-- Where each is drawn -------------------------------------------------------------------

-- All vertices, each after those that lead to it.  A wire back to where it came from,
-- which only runs of different wirings can make together, is left to a reference.
local function in_order(root)
  local order, stack, place = {}, { root }, { 0 }
  root.state = "open"
  while #stack > 0 do
    local v, k = stack[#stack], place[#stack] + 1
    local item = v.items[k]
    local to = item and item.to
    place[#stack] = k
    if not item then
      v.state, order[#order + 1] = "done", v
      stack[#stack], place[#place] = nil, nil
    elseif to and not to.state then
      to.state = "open"
      stack[#stack + 1], place[#place + 1] = to, 0
    elseif to and to.state == "open" then item.back = true end
  end
  local list, n = {}, #order
  for i = 1, n do list[i] = order[n + 1 - i] end
  return list
end

-- The only item that leads to a vertex, which is drawn below it; or nil.
local function only_item(v)
  local only
  for _, item in ipairs(v.items) do
    if item.to then
      if only or item.to.parent ~= v then return nil end
      only = item
    end
  end
  return only
end

-- Sets of each vertex the parent under which it is drawn, the last of those that are
-- most steps away from the root; how many lead to it (takers); how many steps are drawn
-- with it (steps); which of its items goes on in its column (trunk); and how many steps
-- that nothing else leads to follow each other from it on (chain).
local function settle(root)
  local order = in_order(root)
  for _, v in ipairs(order) do v.level, v.takers = 0, 0 end
  for _, v in ipairs(order) do
    for _, item in ipairs(v.items) do
      local to = item.to
      if to and not item.back then
        to.takers = to.takers + 1
        if v.level + 1 >= to.level then to.level, to.parent = v.level + 1, v end
      end
    end
  end
  for i = #order, 1, -1 do
    local v = order[i]
    v.steps = v.kind == "step" and 1 or 0
    local most, others = nil, false
    for _, item in ipairs(v.items) do
      local to = item.to
      if to and to.parent == v and not to.counted then
        to.counted, others = true, most ~= nil
        v.steps = v.steps + to.steps
        if not most or to.steps >= most.to.steps then most = item end
      end
    end
    if most and (not others or most.to.steps >= SMALL) then v.trunk = most end
    local only = v.kind == "step" and v.takers == 1 and only_item(v)
    v.chain = only and only == v.trunk and 1 + only.to.chain or 0
  end
end

-- Rows ----------------------------------------------------------------------------------

local GLYPHS <const> = { output = "■", artifact = "■" }

local function run_text(v)
  local node = v.node
  local of = node.name:sub(1, #node.pipeline) ~= node.pipeline and " of " .. node.pipeline or ""
  return node.name .. of .. (node.from and ", cached from " .. node.from or "")
    .. (v.runs > 1 and string.format(" and %d more", v.runs - 1) or "")
end

-- What stands for a vertex, or an end of it, without what is below it.
local function row_of(self, v, e, lead)
  if v.kind ~= "step" then
    return { lead = lead, glyph = GLYPHS[v.kind], name = e.name or "artifact", digest = e.digest }
  end
  local node = v.node
  local outputs = e and self.walk:outputs(node) or {}
  local name = #outputs > 1 and node.id .. "::" .. outputs[e.output].name or node.id
  return { lead = lead, glyph = draw.GLYPHS[node.from and "cached" or draw.class_of(node.status)],
    status = node.from and "cached" or node.status, name = name, digest = e and e.digest, aside = run_text(v) }
end

local function leaf_row(self, item, lead)
  local e = item.leaf
  if not e then return { lead = lead, note = "…" } end
  local name = e.name and e.name .. "@" .. e.version or e.label or e.port
  return { lead = lead, glyph = e.node and "■" or "□", name = name, digest = e.digest, aside = e.node and "…"
    or self.direction == "up" and e.origin or nil }
end

-- The row for an item that is drawn elsewhere, or left out.
local function reference(self, item, lead)
  local row = row_of(self, item.to, item.e, lead)
  row.refers, row.at = item.to, #self.rows + 1
  return row
end

-- The items of a vertex beside its trunk.
local function beside(v)
  local list = {}
  for _, item in ipairs(v.items) do if item ~= v.trunk then list[#list + 1] = item end end
  return list
end

-- Finds what of a chain is folded: the vertex after the first ones leads to the last.
local function fold(v)
  local n, at, hidden = v.chain, v, nil
  for k = 1, n do
    at.folded = true
    if k == FIRST + 1 then hidden = at end
    if k == n - LAST then hidden.leads, hidden.count = at.trunk, n - FIRST - LAST end
    at = at.trunk.to
  end
end

local function put(self, row) self.rows[#self.rows + 1] = row end

-- Draws a vertex and pushes what is below it, the last first.  link: how it hangs on
-- what is above, "" in the column of that.
local function draw_vertex(self, task)
  local v, e, lead, link = task.v, task.e, task.lead, task.link
  if v.count then
    put(self, { lead = lead, glyph = "⋮", note = " " .. format.plural(v.count, "step")
      .. " in a chain (--all shows them)" })
    v, e = v.leads.to, v.leads.e
  end
  local deep = task.deep + (v.kind == "step" and 1 or 0)
  if deep > self.deep then
    return put(self, { lead = lead .. link, glyph = "⋮", note = " " .. format.plural(v.steps, "more step")
      .. " (--depth N or --all shows them)" })
  end
  if not self.all and not v.folded and v.chain > LONG then fold(v) end
  put(self, row_of(self, v, e, lead .. link))
  v.drawn = #self.rows
  local below = link == "" and lead or link == "├─" and lead .. "│ " or lead .. "  "
  local items, tasks = beside(v), self.tasks
  local shown = not self.all and #items > WIDE and WIDE - 1 or #items
  if v.trunk then tasks[#tasks + 1] = { v = v.trunk.to, e = v.trunk.e, lead = below, link = "", deep = deep } end
  if shown < #items then
    tasks[#tasks + 1] = { note = format.count(#items - shown) .. " more (--all shows them)",
      lead = below .. (v.trunk and "├─" or "╰─") .. "…" }
  end
  for k = shown, 1, -1 do
    tasks[#tasks + 1] = { item = items[k], owner = v, lead = below, link = k == #items and not v.trunk and "╰─" or "├─",
      deep = deep }
  end
end

local function draw_task(self, task)
  if task.v then return draw_vertex(self, task) end
  if task.note then return put(self, { lead = task.lead, note = " " .. task.note }) end
  local item, lead = task.item, task.lead .. task.link
  local to = item.to
  if item.note then put(self, { lead = lead, note = item.note })
  elseif not to then
    put(self, leaf_row(self, item, lead))
    self.cut = self.cut or item.deeper
  elseif to.parent ~= task.owner or to.drawn or task.owner.trunk and to == task.owner.trunk.to then
    put(self, reference(self, item, lead))
  else draw_vertex(self, { v = to, e = item.e, lead = task.lead, link = task.link, deep = task.deep }) end
end

-- The rows of the lineage of an artifact: { { lead = rails, glyph, status, name, digest,
-- aside, again = the artifact stands elsewhere } or { lead, glyph, note }... }, and whether
-- steps are left out as they are deeper than options.depth.
---@param e table the end that the artifact is, with its name
---@param options { direction: "up"|"down", depth: integer|number|nil, all: boolean? }
---@return table[] rows, boolean cut
function tree.rows(walk, e, options)
  local self = setmetatable({ walk = walk, direction = options.direction, depth = options.depth or math.huge,
    all = options.all, vertices = {}, open = {}, rows = {}, tasks = {}, deep = (options.depth or options.all)
    and math.huge or DEEP }, Tree)
  local root = explore(self, e)
  settle(root)
  self.tasks[1] = { v = root, e = e, lead = "", link = "", deep = 0 }
  while #self.tasks > 0 do draw_task(self, table.remove(self.tasks)) end
  for _, row in ipairs(self.rows) do
    local at = row.refers and row.refers.drawn
    if row.refers then
      row.aside = not at and "not shown" or at > row.at and "see below" or "see above"
      row.again = at and self.rows[at].digest == row.digest
    end
  end
  return self.rows, self.cut or false
end

-- The nodes within so many steps of the end, each with what it is of: up the newest
-- first, down the oldest.
---@param depth integer|number
---@return table[] nodes
function tree.within(walk, e, direction, depth)
  local list, taken, level = {}, {}, { e }
  while #level > 0 and depth > 0 do
    local following = {}
    local function reach(node)
      if taken[node.key] then return end
      taken[node.key], list[#list + 1] = true, node
      if direction == "up" then table.move(walk:inputs(node), 1, #walk:inputs(node), #following + 1, following)
      else for k, out in ipairs(walk:outputs(node)) do
        following[#following + 1] = { node = node, output = k, digest = out.digest } end
      end
    end
    for _, one in ipairs(level) do
      if direction == "down" then for _, node in ipairs(walk:consumers(one)) do reach(node) end
      elseif one.node then reach(one.node) end
    end
    level, depth = following, depth - 1
  end
  local way = direction == "up" and -1 or 1
  table.sort(list, function(a, b)
    if a.run ~= b.run then return way * a.run < way * b.run end
    return way * a.position < way * b.position
  end)
  return list
end

return tree
