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
-- Everything here is a loop over lists: a lineage may be deeper than the stack of Lua.

local draw = require "rille.show.draw"
local format = require "rille.base.format"
local lineage_graph = require "rille.show.lineage_graph"
local model_marks = require "rille.query.model_marks"

local lineage_tree = {}

local WIDE <const> = 10         -- items of a vertex that are drawn
local LONG <const> = 12         -- steps one after the other that are drawn in full
local FIRST <const>, LAST <const> = 2, 1        -- of a longer chain
local DEEP <const> = 40         -- steps below each other, those folded not counted

local GLYPHS <const> = { output = "■", artifact = "■" }

-- The run that a step is of, with the versions of models that have the artifact; what is cut off on a narrow terminal
-- comes last.
local function run_text(vertex, models)
  local node = vertex.node
  local of = node.name:sub(1, #node.pipeline) ~= node.pipeline and " of " .. node.pipeline or ""
  return node.name .. of .. (models and ", " .. model_marks.text(models) or "")
    .. (node.from and ", cached from " .. node.from or "")
    .. (vertex.runs > 1 and string.format(" and %d more", vertex.runs - 1) or "")
end

local function no_marks() return nil end

-- The row of a vertex, or of one of its values.
local function row_of(self, vertex, source, lead)
  if vertex.kind ~= "step" then
    return { lead = lead, glyph = GLYPHS[vertex.kind], name = source.name or "artifact", digest = source.digest }
  end
  local node = vertex.node
  local outputs = source and self.walk:outputs(node) or {}
  local name = #outputs > 1 and node.id .. "::" .. outputs[source.output].name or node.id
  local models = source and source.digest and self.marks(node.run, source.digest, source.taken_by)
  return { lead = lead, glyph = draw.GLYPHS[node.from and "cached" or draw.class_of(node.status)],
    status = node.from and "cached" or node.status, name = name, digest = source and source.digest,
    aside = run_text(vertex, models) }
end

local function leaf_row(self, item, lead)
  local source = item.leaf
  if not source then return { lead = lead, note = "…" } end
  local name = source.name and source.name .. "@" .. source.version or source.label or source.port
  return { lead = lead, glyph = source.node and "■" or "□", name = name, digest = source.digest,
    aside = source.node and "…" or self.direction == "up" and source.origin or nil }
end

-- The row for an item that is drawn elsewhere, or left out.
local function reference(self, item, lead)
  local row = row_of(self, item.to, item.source, lead)
  row.refers, row.at = item.to, #self.rows + 1
  return row
end

-- The items of a vertex beside its trunk.
local function beside(vertex)
  local list = {}
  for _, item in ipairs(vertex.items) do if item ~= vertex.trunk then list[#list + 1] = item end end
  return list
end

-- Folds the middle of a chain: the vertex after the first ones leads to the last one.
local function fold(vertex)
  local n, at, hidden = vertex.chain, vertex, nil
  for k = 1, n do
    at.folded = true
    if k == FIRST + 1 then hidden = at end
    if k == n - LAST then hidden.leads, hidden.count = at.trunk, n - FIRST - LAST end
    at = at.trunk.to
  end
end

local function put(self, row) self.rows[#self.rows + 1] = row end

-- Draws a vertex and pushes the tasks to draw what is below it, the last first.  link: the
-- rails to what is above it, "" when it goes on in the same column.
local function draw_vertex(self, task)
  local vertex, source, lead, link = task.vertex, task.source, task.lead, task.link
  if vertex.count then
    put(self, { lead = lead, glyph = "⋮", note = " " .. format.plural(vertex.count, "step")
      .. " in a chain (--all shows them)" })
    vertex, source = vertex.leads.to, vertex.leads.source
  end
  local deep = task.deep + (vertex.kind == "step" and 1 or 0)
  if deep > self.deep then
    return put(self, { lead = lead .. link, glyph = "⋮", note = " " .. format.plural(vertex.steps, "more step")
      .. " (--depth N or --all shows them)" })
  end
  if not self.all and not vertex.folded and vertex.chain > LONG then fold(vertex) end
  put(self, row_of(self, vertex, source, lead .. link))
  vertex.drawn = #self.rows
  local below = link == "" and lead or link == "├─" and lead .. "│ " or lead .. "  "
  local items, tasks = beside(vertex), self.tasks
  local shown = not self.all and #items > WIDE and WIDE - 1 or #items
  if vertex.trunk then
    tasks[#tasks + 1] = { vertex = vertex.trunk.to, source = vertex.trunk.source, lead = below, link = "", deep = deep }
  end
  if shown < #items then
    tasks[#tasks + 1] = { note = format.count(#items - shown) .. " more (--all shows them)",
      lead = below .. (vertex.trunk and "├─" or "╰─") .. "…" }
  end
  for k = shown, 1, -1 do
    tasks[#tasks + 1] = { item = items[k], owner = vertex, lead = below, link = k == #items and not vertex.trunk
      and "╰─" or "├─", deep = deep }
  end
end

local function draw_task(self, task)
  if task.vertex then return draw_vertex(self, task) end
  if task.note then return put(self, { lead = task.lead, note = " " .. task.note }) end
  local item, lead = task.item, task.lead .. task.link
  local to = item.to
  if item.note then put(self, { lead = lead, note = item.note })
  elseif not to then
    put(self, leaf_row(self, item, lead))
    self.cut = self.cut or item.deeper
  elseif to.parent ~= task.owner or to.drawn or task.owner.trunk and to == task.owner.trunk.to then
    put(self, reference(self, item, lead))
  else
    draw_vertex(self, { vertex = to, source = item.source, lead = task.lead, link = task.link, deep = task.deep })
  end
end

-- The rows of the lineage of an artifact: { { lead = rails, glyph, status, name, digest,
-- aside, again = the artifact stands elsewhere } or { lead, glyph, note }... }, and whether
-- steps are left out as they are deeper than options.depth.
---@param walk table of lineage.lua
---@param source LineageEnd the artifact, with its name
---@param options { direction: "up"|"down", depth: integer|number|nil, all: boolean?, marks: function? }
--- marks: of query/model_marks.lua
---@return table[] rows, boolean cut
function lineage_tree.rows(walk, source, options)
  local in_full = options.depth or options.all
  local self = { walk = walk, marks = options.marks or no_marks, direction = options.direction, all = options.all,
    rows = {}, tasks = {},
    deep = in_full and math.huge or DEEP }
  local root = lineage_graph.of(walk, source, options.direction, options.depth or math.huge)
  self.tasks[1] = { vertex = root, source = source, lead = "", link = "", deep = 0 }
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

return lineage_tree
