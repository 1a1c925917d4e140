-- estimate: how long what a plan would run may take, from how long it took.
--
-- estimate.of(p, spec, jobs) -> {
--   [i] = { seconds, runs, same_code } of each node that is no hit and has a past,
--   seconds    of those sure to run, one after the other
--   up_to      of those that wait to see, too
--   chain      the longest chain of both
--   with_jobs  all of both, jobs at a time
--   saved      what the hits took when they ran
--   unknown    how many have no past    fewest, most   runs that an estimate is from
-- }

local graph = require "rille.graph"
local project = require "rille.project"

local estimate = {}

local WINDOW <const> = 20000    -- step runs that are looked at, the newest
local RUNS <const> = 10         -- of a step that count, the newest
local LOOKED_UP <const> = 2000  -- hits whose seconds are asked for one by one

-- What is kept of the newest step runs: lists of { seconds, code } under
-- "STEP\0NODE" and "STEP", newest first.
local function past_of(wanted)
  local past = {}
  if not project.meta then return past end
  local rows = project.meta:past_step_runs(WINDOW) or {}
  local function add(name, row)
    local list = past[name] or {}
    past[name] = list
    -- those with today's code come first, whatever their age
    local same = row.code == wanted[row.step]
    local kind = same and "same" or "other"
    list[kind] = list[kind] or {}
    if #list[kind] < RUNS then table.insert(list[kind], row.seconds) end
  end
  for _, row in ipairs(rows) do
    if wanted[row.step] and row.seconds then
      add(row.step .. "\0" .. row.node, row)
      add(row.step, row)
    end
  end
  return past
end

local function median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local n = #sorted
  return n % 2 == 1 and sorted[n // 2 + 1] or (sorted[n // 2] + sorted[n // 2 + 1]) / 2
end

-- By the node's own past, else by that of its step under other ids; by today's
-- code, else by that before.
local function of_node(past, node)
  local name = node[graph.STEP].name
  for _, kind in ipairs { "same", "other" } do
    for _, found in ipairs { name .. "\0" .. node[graph.ID], name } do
      local list = past[found] and past[found][kind]
      if list then return { seconds = median(list), runs = #list, same_code = kind == "same" } end
    end
  end
end

-- visit(i, node) for what may run; with virtual also for the nodes that are no steps.
local function each_open(p, visit, virtual)
  for _, i in ipairs(p:order()) do
    local is_open = not p:is_cached(i) and not p:skip_reason(i)
    if is_open and (virtual or not (p:items_of(i) or graph.dynamic_of(p.graph.nodes[i], "when"))) then visit(i, p.graph.nodes[i]) end
  end
end

-- When the last of the open nodes ends, jobs at a time, each begun as soon as it
-- can; math.huge jobs give the longest chain.
local function makespan(p, list, jobs)
  local ends, last = {}, 0.0
  local free = {}
  for i = 1, jobs == math.huge and 0 or math.min(jobs, #p.graph.nodes) do free[i] = 0.0 end
  each_open(p, function(i, node)
    local start, worker = 0.0, nil
    graph.each_source(p.graph, node, function(source) start = math.max(start, ends[source[graph.POSITION]] or 0.0) end)
    for _, item in ipairs(p:items_of(i) or {}) do start = math.max(start, ends[item[graph.POSITION]] or 0.0) end
    if list[i] then
      for k, at in ipairs(free) do if not worker or at < free[worker] then worker = k end end
    end
    if worker then start = math.max(start, free[worker]) end
    ends[i] = start + (list[i] and list[i].seconds or 0.0)
    if worker then free[worker] = ends[i] end
    last = math.max(last, ends[i])
  end, true)
  return last
end

local function saved_by(p)
  local total, asked = 0.0, 0
  for i in ipairs(p.graph.nodes) do
    local row = p:is_cached(i) and not p:is_virtual(i) and p:result_row(i)
    if row then
      asked = asked + 1
      if asked > LOOKED_UP then return nil end
      total = total + (project.meta:step_seconds(row) or 0)
    end
  end
  return total
end

---@param p table a plan
---@param spec fun(node: table): table
---@param jobs integer steps at a time
function estimate.of(p, spec, jobs)
  local wanted, list = {}, { seconds = 0.0, up_to = 0.0, unknown = 0, jobs = jobs }
  each_open(p, function(_, node) wanted[node[graph.STEP].name] = spec(node).code.digest end)
  local past = next(wanted) and past_of(wanted) or {}
  each_open(p, function(i, node)
    local one = of_node(past, node)
    list[i] = one
    if not one then
      list.unknown = list.unknown + 1
      return
    end
    list.up_to = list.up_to + one.seconds
    if p:status(i) == "ready" then list.seconds = list.seconds + one.seconds end
    list.fewest = math.min(list.fewest or one.runs, one.runs)
    list.most = math.max(list.most or one.runs, one.runs)
  end)
  list.chain, list.with_jobs = makespan(p, list, math.huge), makespan(p, list, jobs)
  list.saved = project.meta and saved_by(p) or 0.0
  return list
end

return estimate
