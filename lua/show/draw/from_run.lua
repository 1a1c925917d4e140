-- from_run: drawings of recorded runs and of steps of them.  A run's wiring is in its spec
-- (meta/wiring_bytes.c), what became of its steps in its rows.

local build = require "rille.show.draw.build"
local context = require "rille.execute.context"
local expand_maps = require "rille.show.draw.expand_maps"
local format = require "rille.base.format"
local lineage = require "rille.query.lineage"
local live_log = require "rille.record.live_log"
local project = require "rille.project"
local recorded_step = require "rille.show.draw.recorded_step"
local times = require "rille.show.draw.times"
local unfinished_run = require "rille.record.unfinished_run"

local from_run = {}

-- What a run whose wiring cannot be read is made of: steps without wires.
local function without_wires(rows)
  local nodes = {}
  for i, row in ipairs(rows) do
    nodes[i] = { id = row.node, step = row.step, inputs = {}, outputs = recorded_step.names(row.outputs) }
  end
  return nodes
end

-- What the marks of a node in the wiring say (graph.lua): the inputs of a map, the
-- conditions that it depends on, the steps that it comes after.
local function read_marks(step)
  step.mapped, step.after = {}, step.after or {}
  for _, mark in ipairs(step.marks or {}) do
    local port = mark.port:match "^map (.*)$"
    if port then step.mapped[port] = true end
    if mark.port == "if" or mark.port == "unless" or mark.port == "after" then
      for _, source in ipairs(mark) do step.after[#step.after + 1] = { source[1], mark.port } end
    end
  end
end

-- The step of an item of a map.
local function item_of(row, map)
  return { id = row.node, step = row.step, outputs = map.outputs, row = row, status = row.status_name,
    made = recorded_step.made(row, map.outputs), given = recorded_step.given(row) }
end

-- outside(port, k) of a recorded step: where that input of it is from, as an end of
-- lineage.lua.
local function outside_of(walk, run, row)
  local by_port
  return function(port, k)
    if not by_port then
      local node = walk:node(run, row.position)
      by_port = {}
      for _, source in ipairs(node and walk:inputs(node) or {}) do
        by_port[source.port] = by_port[source.port] or {}
        table.insert(by_port[source.port], source)
      end
    end
    return by_port[port] and by_port[port][k]
  end
end

-- The status of a step without a row.  Of a run of an older program it may not be known
-- which of its steps this is.
local function status_without_row(run) return not run.placed and run.status ~= "running" and "unknown" or "pending" end

-- What the steps have printed, by id, of which no record has it.
local function printed_by(row)
  local by_id = {}
  for _, one in ipairs(unfinished_run.is(row) and live_log.texts(row.id) or {}) do by_id[one.id] = one.text end
  return by_id
end

local function steps_of(run)
  local row, walk = rawget(run, "row"), lineage.new()
  local by_id, rows, printed = {}, {}, printed_by(row)
  for i = 1, #run.steps do
    rows[i] = rawget(run.steps[i], "row")
    by_id[rows[i].node] = rows[i]
  end
  local spec = row.spec and project.meta:spec(row.spec)
  local list = spec and require("rille.host.wiring").read(spec) or without_wires(rows)
  for _, step in ipairs(list) do
    local found = by_id[step.id]
    step.printed = not (found and found.row) and printed[step.id] or nil
    step.row, step.status = found, found and found.status_name or status_without_row(row)
    step.made, step.given = recorded_step.made(found, step.outputs), recorded_step.given(found)
    step.rows = found and found.items or nil
    step.outside = found and outside_of(walk, row.row, found)
    read_marks(step)
    if step.status == "cached" and found and #list <= build.DETAILED then
      found.seconds_there = project.meta:step_seconds(found.row)
    end
  end
  expand_maps.add(list, item_of)
  return expand_maps.of(list)
end

-- The drawing of a run.
---@param run table a run of the history
---@return Drawing
function from_run.of_run(run)
  context.check_history()
  project.need "read"
  local row = rawget(run, "row")
  local head = { title = row.name, kind = "run", status = row.status, seconds = row.seconds, run = row,
    about = string.format("pipeline %s, %s", row.pipeline, format.time(row.started)) }
  local drawing = build.drawing(head, steps_of(run))
  times.mark(drawing, times.usual(row.pipeline, row.row))
  return drawing
end

-- One step of a run with what it took and made.
---@param step table a step of the history
---@return Drawing
function from_run.of_step(step)
  context.check_history()
  project.need "read"
  local row = rawget(step, "row")
  local drawn = { id = row.node, step = row.step, inputs = {}, outputs = recorded_step.names(row.outputs),
    status = row.status_name, row = row, given = recorded_step.given(row) }
  for _, input in ipairs(row.inputs or {}) do recorded_step.add_source(drawn.inputs, input.name, { 0, 0 }) end
  drawn.made = recorded_step.made(row, drawn.outputs)
  local head = { title = (row.run_name and row.run_name .. "/" or "") .. row.node, kind = "run",
    status = row.status_name, seconds = row.seconds, about = "step " .. (row.step or row.node) }
  return build.drawing(head, { drawn })
end

return from_run
