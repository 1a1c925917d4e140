-- compare: compare two runs.
--
-- compare.runs(a, b) -> {
--   a, b        { name, pipeline, status, seconds, started }
--   run         { { name, a, b }... }          pipeline, status, script, stack, cache
--   parameters  { { name, a, b }... }
--   added, removed   ids of steps that only b, only a has
--   steps       { one of each that both have and in which something differs:
--     id, step = { a, b }?, status = { a, b }?, seconds = { a, b },
--     changes   { { what, lines }... }        parameters, code, inputs (key_parts.lua)
--     wiring    { { port, a, b }... }         where inputs come from
--     reads     { { kind, name, change }... } what it read outside
--     outputs   { { name, a, b = digests, type, difference }... }   compare_value.lua
--     metrics   { { name, a, b, delta }... }
--     curves    { { name, a, b, largest }... } }   compare_series.lua
--   same        how many steps have nothing that differs
-- }
-- a or b is absent where a run has none.  Steps are paired by id, so that runs of different pipelines can be compared.

local compare_series = require "rille.query.compare_series"
local compare_value = require "rille.query.compare_value"
local wiring = require "rille.host.wiring"
local hash = require "rille.host.hash"
local json = require "rille.json"
local observe = require "rille.host.observe"
local outcome = require "rille.record.outcome"
local project = require "rille.project"
local key_parts = require "rille.query.key_parts"
local unfinished_run = require "rille.record.unfinished_run"

local compare = {}

local function unpack(text) return text and json.unpack(text) or {} end

-- { name, a, b } for each name under which two maps have different values, by name.
local function pairs_that_differ(a, b)
  local names, seen, list = {}, {}, {}
  for _, t in ipairs { a, b } do
    for name in next, t do
      if not seen[name] then names[#names + 1], seen[name] = name, true end
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if not compare_value.same(a[name], b[name]) then list[#list + 1] = { name = name, a = a[name], b = b[name] } end
  end
  return list
end

local function numbers_with_delta(list)
  for _, one in ipairs(list) do
    if math.type(one.a) and math.type(one.b) then one.delta = one.b - one.a end
  end
  return list
end

-- Wiring ---------------------------------------------------------------------------

-- { [id] = { [port] = "train.model, test" } } of a run.
local function wiring_of(run)
  local bytes = project.meta:spec(run.spec)
  local nodes, map = bytes and wiring.read(bytes) or {}, {}
  for _, node in ipairs(nodes) do
    local ports = {}
    for _, input in ipairs(node.inputs) do
      local from = {}
      for k, s in ipairs(input) do
        local source = nodes[s[1]]
        from[k] = not source and (s.label or "a value")
          or #source.outputs > 1 and source.id .. "." .. source.outputs[s[2]] or source.id
      end
      ports[input.port] = table.concat(from, ", ")
    end
    for _, mark in ipairs(node.marks or {}) do
      local from = {}
      for k, s in ipairs(mark) do from[k] = nodes[s[1]] and nodes[s[1]].id end
      if from[1] then ports["(" .. mark.port .. ")"] = table.concat(from, ", ") end
    end
    map[node.id] = ports
  end
  return map
end

local function compare_wiring(a, b)
  local list = pairs_that_differ(a or {}, b or {})
  for _, one in ipairs(list) do one.port, one.name = one.name, nil end
  return list
end

-- Reads ----------------------------------------------------------------------------

local function reads_of(row)
  local map = {}
  for _, one in ipairs(row.reads and observe.describe(row.reads) or {}) do map[one.kind .. " " .. one.name] = one end
  return map
end

local function compare_reads(a, b)
  local x, y, list = reads_of(a), reads_of(b), {}
  local function put(one, change) list[#list + 1] = { kind = one.kind, name = one.name, change = change } end
  for name, one in next, y do
    if not x[name] then put(one, "added") elseif x[name].digest ~= one.digest then put(one, "changed") end
  end
  for name, one in next, x do if not y[name] then put(one, "removed") end end
  table.sort(list, function(plan, q) return plan.name < q.name end)
  return list
end

-- Outputs --------------------------------------------------------------------------

local function outputs_of(row)
  local map = {}
  for _, out in ipairs(row.outputs or {}) do map[out.name] = out end
  return map
end

local function artifact_of(digest) return project.meta:artifact(digest) end

local function compare_output(name, a, b)
  local one = { name = name, a = a and hash.hex(a.digest), b = b and hash.hex(b.digest), type = (b or a).type }
  local x, y = a and artifact_of(a.digest), b and artifact_of(b.digest)
  if x and y then one.difference = compare_value.artifacts(x, y) end
  return one
end

local function compare_outputs(a, b)
  local x, y, list = outputs_of(a), outputs_of(b), {}
  for _, out in ipairs(b.outputs or {}) do
    local was = x[out.name]
    if not was or was.digest ~= out.digest then list[#list + 1] = compare_output(out.name, was, out) end
  end
  for _, out in ipairs(a.outputs or {}) do
    if not y[out.name] then list[#list + 1] = compare_output(out.name, out, nil) end
  end
  return list
end

-- Steps ----------------------------------------------------------------------------

local function word(step) return outcome.STATUS[step.status] or step.status end

-- Seconds that a step took in its run: none when it was cached.
local function took(step) return word(step) == "cached" and 0.0 or step.seconds end

local function is_empty(one)
  for _, field in ipairs { "changes", "wiring", "reads", "outputs", "metrics", "curves" } do
    if #one[field] > 0 then return false end
  end
  return not one.step and not one.status
end

local function pair_if_not_same(a, b) return a ~= b and { a, b } or nil end

-- Whether the step has a result, of this run or of the one that it was taken from.
local DONE = { completed = true, cached = true }

local function compare_step(a, b, wiring_a, wiring_b)
  local one = {
    id = b.node, step = pair_if_not_same(a.step, b.step), seconds = { took(a), took(b) },
    changes = {}, reads = {}, outputs = {}, metrics = {}, curves = {},
    wiring = compare_wiring(wiring_a, wiring_b),
  }
  -- a result is the same whether it was computed or cached
  if not (DONE[word(a)] and DONE[word(b)]) then one.status = pair_if_not_same(word(a), word(b)) end
  -- a step that was skipped left no code to compare
  if not a.row or not b.row or a.row == b.row or word(a) == "skipped" or word(b) == "skipped" then return one end
  local before, now = key_parts.of_row(a.row), key_parts.of_row(b.row)
  one.changes = key_parts.compare(before, now)
  one.reads = compare_reads(before.row, now.row)
  one.outputs = compare_outputs(a, b)
  one.metrics = numbers_with_delta(pairs_that_differ(unpack(a.metrics), unpack(b.metrics)))
  if a.notes or b.notes then
    one.curves = compare_series.differing(unpack(a.notes).series or {}, unpack(b.notes).series or {})
  end
  return one
end

local function head(run)
  return { name = run.name, pipeline = run.pipeline, status = run.status, seconds = run.seconds, started = run.started }
end

local function compare_heads(a, b)
  local list = {}
  for _, name in ipairs { "pipeline", "status", "script", "stack", "cache" } do
    if a[name] ~= b[name] then list[#list + 1] = { name = name, a = a[name], b = b[name] } end
  end
  return list
end

-- a and b: rows of runs
---@param a table
---@param b table
---@return table
function compare.runs(a, b)
  local result = { a = head(a), b = head(b), run = compare_heads(a, b),
    parameters = pairs_that_differ(unpack(a.params), unpack(b.params)),
    added = {}, removed = {}, steps = {}, same = 0 }
  local old, wiring_a, wiring_b = {}, wiring_of(a), wiring_of(b)
  local before, seen = unfinished_run.steps(a), {}
  for _, step in ipairs(before) do old[step.node] = step end
  for _, step in ipairs(unfinished_run.steps(b)) do
    local was = old[step.node]
    seen[step.node] = true
    if not was then result.added[#result.added + 1] = step.node
    else
      local one = compare_step(was, step, wiring_a[step.node], wiring_b[step.node])
      if is_empty(one) then result.same = result.same + 1 else result.steps[#result.steps + 1] = one end
    end
  end
  for _, step in ipairs(before) do if not seen[step.node] then result.removed[#result.removed + 1] = step.node end end
  return result
end

return compare
