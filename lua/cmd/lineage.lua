-- rille lineage ARTIFACT [--up | --down]: what it was made from, what was made
-- from it, as a tree.
--
-- Lineage is by content.  Up, each artifact has the step run that made it last
-- before it was used, so the rows only go down and there is no cycle; down, equal
-- runs of a step stand as one, and a step run is drawn once.

local hash = require "rille.host.hash"
local history = require "rille.history"
local json = require "rille.json"
local paint = require "rille.paint"
local session = require "rille.session"
local settings = require "rille.settings"
local shape = require "rille.shape"
local sys = require "rille.host.sys"

local command = { usage = "lineage ARTIFACT [--up | --down] [--depth N] [--json]", min = 1, max = 1,
  options = { ["--up"] = true, ["--down"] = true, ["--depth"] = "value" } }

local WIDE <const> = 10         -- artifacts or steps below one that are drawn

-- The facts of a lineage by the digest that leads to them.
local function facts_by_digest(facts, direction)
  local by = {}
  for _, fact in ipairs(facts) do
    for _, d in ipairs(direction == "up" and fact.outputs or fact.inputs) do
      by[d] = by[d] or {}
      table.insert(by[d], fact)
    end
  end
  return by
end

-- Of all that made the same bytes, the one that was there when they were used:
-- the newest before it.
local function maker(facts, before)
  for _, fact in ipairs(facts) do if fact.step_run < before then return fact end end
end

-- The facts in one list per step, inputs and outputs: { fact, runs }, where fact
-- is the newest.
local function groups_of(facts)
  local list, by = {}, {}
  for _, fact in ipairs(facts) do
    local name = table.concat({ fact.pipeline or "", fact.node, table.concat(fact.inputs), table.concat(fact.outputs) }, "\0")
    local group = by[name]
    if not group then
      group = { fact = fact, runs = 0 }
      by[name], list[#list + 1] = group, group
    end
    group.runs = group.runs + 1
    if fact.step_run > group.fact.step_run then group.fact = fact end
  end
  return list
end

local function next_groups(self, digest, before)
  local facts = self.by[digest] or {}
  if self.direction == "down" then return groups_of(facts) end
  local fact = maker(facts, before)
  return fact and { { fact = fact, runs = 1 } } or {}
end

-- Drawing ----------------------------------------------------------------------------

-- A line of pieces { text, colour? }, cut to the terminal.
local function add(self, lead, ...)
  local left, parts = self.columns - utf8.len(lead), { lead }
  for _, piece in ipairs { ... } do
    local text = paint.cut(piece[1], math.max(1, left))
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
  local fact = group.fact
  local run = fact.run and fact.run.name or "?"
  local of = fact.pipeline and run:sub(1, #fact.pipeline) ~= fact.pipeline and " of " .. fact.pipeline or ""
  return "  " .. run .. of .. (group.runs > 1 and string.format(" and %d more", group.runs - 1) or "")
end

local draw

local function draw_step(self, group, lead, last, depth)
  local fact = group.fact
  add(self, lead .. (last and "`- " or "|- "), { fact.node, "green" }, { run_text(group), "grey" })
  local below = lead .. (last and "   " or "|  ")
  if self.seen[fact.step_run] then return add(self, below .. "`- ", { "(as above)", "grey" }) end
  self.seen[fact.step_run] = true
  local list = self.direction == "up" and fact.inputs or fact.outputs
  for k, d in ipairs(list) do
    if k == WIDE and #list > WIDE then return add(self, below .. "`- ", { "... " .. paint.count(#list - WIDE + 1) .. " more", "grey" }) end
    local nexts = next_groups(self, d, fact.step_run)
    local again = self.direction == "down" and #nexts > 0 and self.seen[d]
    local deeper = #nexts > 0 and (again or depth >= self.depth)
    local origin = self.direction == "up" and #nexts == 0 and "given" or again and "(as above)" or deeper and "..." or nil
    self.seen[d] = true
    add_artifact(self, below .. (k == #list and "`- " or "|- "), d, origin)
    if not deeper then draw(self, nexts, below .. (k == #list and "   " or "|  "), depth + 1) end
  end
end

function draw(self, groups, lead, depth)
  for i, group in ipairs(groups) do
    if i == WIDE and #groups > WIDE then return add(self, lead .. "`- ", { "... " .. paint.plural(#groups - WIDE + 1, "more step"), "grey" }) end
    draw_step(self, group, lead, i == #groups, depth)
  end
end

-- The lines of the lineage of an artifact; step_run made it, where that is known.
local function lines_of(row, direction, depth)
  local terminal, columns = sys.is_terminal(1)
  local self = { by = facts_by_digest(session.meta:lineage(row.digest, direction), direction), direction = direction, depth = depth,
    columns = terminal and columns or math.huge, seen = { [row.digest] = true }, lines = {} }
  add_artifact(self, "", row.digest, row.name)
  local first = next_groups(self, row.digest, row.step_run and row.step_run + 1 or math.huge)
  draw(self, first, "", 1)
  if #first == 0 then add(self, "`- ", { direction == "up" and "given: no step made it" or "no step took it", "grey" }) end
  return self.lines
end

-- JSON -------------------------------------------------------------------------------

-- The facts within so many steps of the artifact.
local function within(facts, digest, direction, depth)
  if depth == math.huge then return facts end
  local by, taken, level = facts_by_digest(facts, direction), {}, { digest }
  for _ = 1, depth do
    local following = {}
    for _, d in ipairs(level) do
      for _, fact in ipairs(by[d] or {}) do
        if not taken[fact] then
          taken[fact] = true
          for _, x in ipairs(direction == "up" and fact.inputs or fact.outputs) do following[#following + 1] = x end
        end
      end
    end
    level = following
  end
  local list = {}
  for _, fact in ipairs(facts) do if taken[fact] then list[#list + 1] = fact end end
  return list
end

local function hexes(digests)
  local list = {}
  for i, d in ipairs(digests) do list[i] = hash.hex(d) end
  return json.array(list)
end

local function print_json(row, direction, depth)
  local items = {}
  for i, fact in ipairs(within(session.meta:lineage(row.digest, direction), row.digest, direction, depth)) do
    items[i] = { step = fact.node, pipeline = fact.pipeline, run = fact.run and fact.run.name, inputs = hexes(fact.inputs), outputs = hexes(fact.outputs) }
  end
  io.stdout:write(json.encode { artifact = hash.hex(row.digest), direction = direction, items = json.array(items), next = json.null }, "\n")
end

function command.run(args)
  if args.up and args.down then error({ usage = "lineage: --up or --down, not both" }, 0) end
  local depth = settings.count("--depth", args.depth, math.huge)
  session.need "read"
  local row = history.need_artifact(args[1])
  local direction = args.down and "down" or "up"
  if session.options.json then print_json(row, direction, depth)
  else io.stdout:write(table.concat(lines_of(row, direction, depth), "\n"), "\n") end
  return 0
end

return command
