-- rille lineage ARTIFACT [--up | --down]: what it was made from, what was made
-- from it, as a tree.
--
-- Lineage is by recorded wires (lua/lineage.lua).  Down, equal runs of a step stand
-- as one; a step of a run is drawn once.

local hash = require "rille.host.hash"
local history = require "rille.history"
local json = require "rille.json"
local lineage = require "rille.lineage"
local paint = require "rille.paint"
local session = require "rille.session"
local settings = require "rille.settings"
local shape = require "rille.shape"
local spell = require "rille.spell"
local sys = require "rille.host.sys"
local terminal = require "rille.terminal"

local command = { usage = "lineage ARTIFACT [--up | --down] [--depth N] [--json]", min = 1, max = 1,
  options = { ["--up"] = true, ["--down"] = true, ["--depth"] = "value" } }

local WIDE <const> = 10         -- artifacts or steps below one that are drawn

local function digests(list)
  local found = {}
  for i, one in ipairs(list) do found[i] = one.digest end
  return found
end

-- The nodes in one list per step, inputs and outputs: { node, runs }, where node is
-- the newest.
local function groups_of(walk, nodes)
  local list, by = {}, {}
  for _, node in ipairs(nodes) do
    local name = table.concat({ node.pipeline or "", node.id, table.concat(digests(walk:inputs(node))), table.concat(digests(walk:outputs(node))) }, "\0")
    local group = by[name]
    if not group then
      group = { node = node, runs = 0 }
      by[name], list[#list + 1] = group, group
    end
    group.runs, group.node = group.runs + 1, node
  end
  return list
end

-- The ends of a node that lead on: what it took, or what it made.
local function ends_of(self, node)
  if self.direction == "up" then return self.walk:inputs(node) end
  local list = {}
  for k, out in ipairs(self.walk:outputs(node)) do list[k] = { node = node, output = k, digest = out.digest } end
  return list
end

local function next_groups(self, e)
  if self.direction == "down" then return groups_of(self.walk, self.walk:consumers(e)) end
  return e.node and { { node = e.node, runs = 1 } } or {}
end

-- Drawing ----------------------------------------------------------------------------

-- A line of pieces { text, colour? }, cut to the terminal.
local function add(self, lead, ...)
  local left, parts = self.columns - utf8.len(lead), { lead }
  for _, piece in ipairs { ... } do
    local text = paint.cut(terminal.line(piece[1]), math.max(1, left))
    left = left - (utf8.len(text) or #text)
    parts[#parts + 1] = piece[2] and paint.in_colour(piece[2], text) or text
    if left <= 0 then break end
  end
  self.lines[#self.lines + 1] = (table.concat(parts):gsub("%s+$", ""))
end

-- What there is to say of an artifact beside its digest.
local function text_of(digest)
  local artifact = session.meta:artifact(digest)
  if not artifact then return "?" end
  local glance = shape.glance(artifact)
  if artifact.preview then return glance end
  return glance and artifact.type .. " " .. glance or artifact.type
end

local function add_artifact(self, lead, digest, aside)
  add(self, lead, { hash.hex(digest):sub(1, 12) .. "  ", "bold" }, { text_of(digest) }, { aside and "  " .. aside or "", "grey" })
end

local function run_text(group)
  local node = group.node
  local of = node.name:sub(1, #node.pipeline) ~= node.pipeline and " of " .. node.pipeline or ""
  return "  " .. node.name .. of .. (node.from and ", cached from " .. node.from or "") .. (group.runs > 1 and string.format(" and %d more", group.runs - 1) or "")
end

-- What is said of a value beside it: its name where it is from outside, and why
-- nothing leads on.
local function aside_of(self, e, again, deeper)
  local origin = self.direction == "up" and not e.node and e.origin or again and "(as above)" or deeper and "..." or nil
  local name = e.name and e.name .. "@" .. e.version or e.label
  return name and origin and name .. "  " .. origin or name or origin
end

local draw

local function draw_step(self, group, lead, last, depth)
  local node = group.node
  add(self, lead .. (last and "`- " or "|- "), { node.id, "green" }, { run_text(group), "grey" })
  local below = lead .. (last and "   " or "|  ")
  if self.seen[node.key] then return add(self, below .. "`- ", { "(as above)", "grey" }) end
  self.seen[node.key] = true
  local list = ends_of(self, node)
  for _, other in ipairs(self.direction == "up" and self.walk:after(node) or {}) do add(self, below .. "|- ", { "(" .. other[2] .. " " .. other[1].id .. ")", "grey" }) end
  for k, e in ipairs(list) do
    if k == WIDE and #list > WIDE then return add(self, below .. "`- ", { "... " .. paint.count(#list - WIDE + 1) .. " more", "grey" }) end
    local nexts = next_groups(self, e)
    local deeper = #nexts > 0 and depth >= self.depth
    add_artifact(self, below .. (k == #list and "`- " or "|- "), e.digest, aside_of(self, e, false, deeper))
    if not deeper then draw(self, nexts, below .. (k == #list and "   " or "|  "), depth + 1) end
  end
end

function draw(self, groups, lead, depth)
  for i, group in ipairs(groups) do
    if i == WIDE and #groups > WIDE then return add(self, lead .. "`- ", { "... " .. paint.plural(#groups - WIDE + 1, "more step"), "grey" }) end
    draw_step(self, group, lead, i == #groups, depth)
  end
end

-- The end that an artifact is: where the command begins.
local function first_end(walk, row)
  local node, output, unknown = walk:maker(row)
  return { node = node, output = output, digest = row.digest, origin = not node and (unknown or "given") or nil }
end

local NOTHING <const> = { given = "given: no step made it", unknown = "unknown: the record does not say what made it" }

-- The lines of the lineage of an artifact.
local function lines_of(row, direction, depth)
  local is_terminal, columns = sys.is_terminal(1)
  local self = { walk = lineage.new(), direction = direction, depth = depth, columns = is_terminal and columns or math.huge, seen = {}, lines = {} }
  add_artifact(self, "", row.digest, row.name)
  local e = first_end(self.walk, row)
  local first = next_groups(self, e)
  draw(self, first, "", 1)
  if #first == 0 then add(self, "`- ", { direction == "up" and NOTHING[e.origin] or "no step took it", "grey" }) end
  if (row.others or 0) > 0 then
    add(self, "", { string.format("made last of %d with these bytes; rille lineage NAME@VERSION asks for another", row.others + 1), "grey" })
  end
  return self.lines
end

-- JSON -------------------------------------------------------------------------------

-- The nodes within so many steps of the end: up the newest first, down the oldest.
local function within(walk, e, direction, depth)
  local self = { walk = walk, direction = direction }
  local list, taken, level = {}, {}, { e }
  while #level > 0 and depth > 0 do
    local following = {}
    for _, one in ipairs(level) do
      local nodes = direction == "up" and { one.node } or walk:consumers(one)
      for _, node in ipairs(nodes) do
        if not taken[node.key] then
          taken[node.key], list[#list + 1] = true, node
          table.move(ends_of(self, node), 1, #ends_of(self, node), #following + 1, following)
        end
      end
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

local function hexes(list)
  local found = {}
  for i, one in ipairs(list) do found[i] = hash.hex(one.digest) end
  return json.array(found)
end

local function print_json(row, direction, depth)
  local walk, items = lineage.new(), {}
  local e = first_end(walk, row)
  for i, node in ipairs(within(walk, e, direction, depth)) do
    items[i] = { step = node.id, pipeline = node.pipeline, run = node.name, cached_from = node.from, inputs = hexes(walk:inputs(node)), outputs = hexes(walk:outputs(node)) }
  end
  io.stdout:write(spell.json { artifact = hash.hex(row.digest), direction = direction, origin = e.origin, others = row.others, items = json.array(items),
    next = json.null }, "\n")
end

function command.run(args)
  if args.up and args.down then error({ usage = "lineage: --up or --down, not both" }, 0) end
  local depth = settings.count("--depth", args.depth, math.huge)
  session.need "read"
  local row = history.need_artifact(args[1])
  local direction = args.down and "down" or "up"
  if session.options.json then print_json(row, direction, depth)
  else terminal.put(table.concat(lines_of(row, direction, depth), "\n"), "\n") end
  return 0
end

return command
