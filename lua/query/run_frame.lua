-- run_frame: a recorded run for lineage: its trace, and the wiring that says what was wired to what.

local host = require "rille.host.wiring"
local dynamic_steps = require "rille.record.dynamic_steps"
local project = require "rille.project"

local answer = project.answer

---@class RunFrame
---@field run RunRow
---@field trace TraceEntry[]
---@field by_position table<integer, TraceEntry>
---@field at table<string, TraceEntry> by the id of the node
---@field spec table[] nodes of the wiring, in order
---@field wiring table<string, table> the same by id
---@field items table<string, TraceEntry[]> of the items of a map, by the map's id
---@field whens table<integer, { node: string, output: string }> what each `when` chose, by its position

local run_frame = {}

-- Frames of runs that have ended, which do not change, for walks that follow each other (artifact.producer of many
-- artifacts).  The last ones stay; others while a walk has them.
local KEPT <const> = 4
local ended = setmetatable({}, { __mode = "k" })    -- by the metadata: { frames, specs, last = { frame... }, at }

-- The nodes of a spec, in order and by id; runs of one wiring share them.
local function read_spec(kept, number)
  local spec = number and kept.specs[number]
  if spec then return spec end
  local bytes = number and answer(project.meta:spec(number))
  spec = { nodes = bytes and host.read(bytes) or {}, by_id = {} }
  for _, node in ipairs(spec.nodes) do spec.by_id[node.id] = node end
  if number then kept.specs[number] = spec end
  return spec
end

local function read_frame(kept, row)
  local run = answer(project.meta:run(row))
  local trace = run and answer(project.meta:trace(row))
  if not trace then return false end
  local expansion, spec = dynamic_steps.of(run), read_spec(kept, run.spec)
  local f = { run = run, trace = trace, at = {}, spec = spec.nodes, wiring = spec.by_id, of_spec = spec, items = {},
    whens = expansion.whens, by_position = {} }
  for _, entry in ipairs(trace) do
    if entry.node then f.at[entry.node] = entry end
    f.by_position[entry.position] = entry
    if entry.of then
      f.items[entry.of] = f.items[entry.of] or {}
      table.insert(f.items[entry.of], entry)
    end
  end
  return f
end

local function kept_frames()
  local kept = ended[project.meta]
  if not kept then
    kept = { frames = setmetatable({}, { __mode = "v" }), specs = setmetatable({}, { __mode = "v" }), last = {},
      at = 0 }
    ended[project.meta] = kept
  end
  return kept
end

-- The frame of a run by its row; false when the run cannot be read.
---@param row integer
---@return RunFrame|false
function run_frame.of(row)
  local kept = kept_frames()
  local f = kept.frames[row]
  if f then return f end
  f = read_frame(kept, row)
  if f and f.run.status ~= "running" then
    kept.at = kept.at % KEPT + 1
    kept.frames[row], kept.last[kept.at] = f, f
  end
  return f
end

-- The entry and output that a node stands for: a `when` stands for the output of another node.
---@return table? entry, integer? output, string? id
function run_frame.resolve(f, id, output)
  local entry = f.at[id]
  local when = entry and f.whens[entry.position]
  if not when then return entry, output, id end
  local spec = f.wiring[when.node]
  for k, name in ipairs(spec and spec.outputs or {}) do
    if name == when.output then return run_frame.resolve(f, when.node, k) end
  end
  return run_frame.resolve(f, when.node, 1)
end

local function is_mapped(spec, port)
  for _, mark in ipairs(spec.marks or {}) do if mark.port == "map " .. port then return true end end
  return false
end

-- Appends the source k of an input of an entry to the list: { port, entry, output }, or { port, label } of a literal.
-- whole: the entry made the list that the item is from; lost: the entry is not in the trace.
local function add_source(list, f, entry, input, k, mapped)
  local s = input[k]
  local node = s and f.spec[s[1]]
  if not node then
    list[#list + 1] = { port = input.port, label = s and s.label }
    return
  end
  local from, output, id = run_frame.resolve(f, node.id, s[2])
  local items = id and f.items[id]
  local function add(source, is_list)
    list[#list + 1] = { port = input.port, entry = source, output = output, lost = source == nil,
      whole = is_list or nil }
  end
  if mapped and #input > 1 then add(from)
  elseif items and mapped then add(items[entry.index])
  elseif items then
    for _, item in ipairs(items) do list[#list + 1] = { port = input.port, entry = item, output = output } end
  else add(from, mapped) end
end

-- The sources of the inputs of an entry, in order; nil when the wiring does not have its node.
---@return table[]?
function run_frame.sources(f, entry)
  local spec, list = f.wiring[entry.of or entry.node or ""], {}
  if not spec then return nil end
  for _, input in ipairs(spec.inputs) do
    local mapped = entry.of and is_mapped(spec, input.port)
    if mapped and #input > 1 then               -- the script's list has one for each item
      if input[entry.index] then add_source(list, f, entry, input, entry.index, mapped) end
    else
      for k = 1, #input do add_source(list, f, entry, input, k, mapped) end
    end
  end
  return list
end

return run_frame
