-- estimate: how long a plan may take, from how long its steps took in earlier runs.

local graph = require "rille.graph"
local project = require "rille.project"

local estimate = {}

---@class Estimate  by position: { seconds, runs, same_code } of each node that may run and has run before
---@field seconds number  of the steps that are sure to run, one after the other
---@field up_to number  the same with those that wait for others
---@field chain number  of the longest chain of all these
---@field with_jobs number  of all these, jobs at a time
---@field jobs integer
---@field saved number?  what the cached steps took when they ran; nil: there are too many of them
---@field unknown integer  how many steps never ran before
---@field fewest integer?  earlier runs of a step that it is estimated from
---@field most integer?

local WINDOW <const> = 20000    -- newest step runs that are read
local RUNS <const> = 10         -- newest runs of a step that count
local LOOKED_UP <const> = 2000  -- cached steps whose seconds are read, one query each

-- Seconds of the newest step runs, newest first: { same = seconds..., other = seconds... } under
-- "STEP\0NODE" and "STEP"; same: with today's code, wanted[STEP].
local function past_of(wanted)
  local past = {}
  if not project.meta then return past end
  local rows = project.meta:past_step_runs(WINDOW) or {}
  local function add(name, row)
    local list = past[name] or {}
    past[name] = list
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

-- The estimate of one node: from its own runs, else from those of its step under other ids;
-- from runs of today's code, else from those of earlier code.
local function of_node(past, node)
  local name = node[graph.STEP].name
  for _, kind in ipairs { "same", "other" } do
    for _, found in ipairs { name .. "\0" .. node[graph.ID], name } do
      local list = past[found] and past[found][kind]
      if list then return { seconds = median(list), runs = #list, same_code = kind == "same" } end
    end
  end
end

-- Calls visit(position, node) for the steps that may run; with virtual also for maps and `when`.
local function each_open(plan, visit, virtual)
  for _, position in ipairs(plan:order()) do
    local node = plan.graph.nodes[position]
    local is_open = not plan:is_cached(position) and not plan:skip_reason(position)
    local is_step = not (plan:items_of(position) or graph.dynamic_of(node, "when"))
    if is_open and (virtual or is_step) then visit(position, node) end
  end
end

-- Seconds until the last open step ends when jobs run at a time and each begins as soon as it
-- can; math.huge jobs: the longest chain.
local function makespan(plan, list, jobs)
  local ends, last = {}, 0.0
  local free = {}
  for i = 1, jobs == math.huge and 0 or math.min(jobs, #plan.graph.nodes) do free[i] = 0.0 end
  each_open(plan, function(i, node)
    local start, worker = 0.0, nil
    local function after(source) start = math.max(start, ends[source[graph.POSITION]] or 0.0) end
    graph.each_source(plan.graph, node, after)
    for _, item in ipairs(plan:items_of(i) or {}) do after(item) end
    if list[i] then
      for k, free_at in ipairs(free) do if not worker or free_at < free[worker] then worker = k end end
    end
    if worker then start = math.max(start, free[worker]) end
    ends[i] = start + (list[i] and list[i].seconds or 0.0)
    if worker then free[worker] = ends[i] end
    last = math.max(last, ends[i])
  end, true)
  return last
end

local function saved_by(plan)
  local total, asked = 0.0, 0
  for i in ipairs(plan.graph.nodes) do
    local row = plan:is_cached(i) and not plan:is_virtual(i) and plan:result_row(i)
    if row then
      asked = asked + 1
      if asked > LOOKED_UP then return nil end
      total = total + (project.meta:step_seconds(row) or 0)
    end
  end
  return total
end

---@param plan Plan
---@param spec fun(node: table): table
---@param jobs integer steps at a time
---@return Estimate
function estimate.of(plan, spec, jobs)
  local wanted, list = {}, { seconds = 0.0, up_to = 0.0, unknown = 0, jobs = jobs }
  each_open(plan, function(_, node) wanted[node[graph.STEP].name] = spec(node).code.digest end)
  local past = next(wanted) and past_of(wanted) or {}
  each_open(plan, function(i, node)
    local one = of_node(past, node)
    list[i] = one
    if not one then
      list.unknown = list.unknown + 1
      return
    end
    list.up_to = list.up_to + one.seconds
    if plan:status(i) == "ready" then list.seconds = list.seconds + one.seconds end
    list.fewest = math.min(list.fewest or one.runs, one.runs)
    list.most = math.max(list.most or one.runs, one.runs)
  end)
  list.chain, list.with_jobs = makespan(plan, list, math.huge), makespan(plan, list, jobs)
  list.saved = project.meta and saved_by(plan) or 0.0
  return list
end

return estimate
