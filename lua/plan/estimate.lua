-- estimate: how long a plan may take, from how long its steps took in earlier runs.
--
-- A step is estimated by its own runs, else by those of its step under other ids; by runs of today's code, else by
-- those of earlier code, which same_code tells; and, where the sizes of its inputs are known, by runs whose inputs were
-- about as large.  Where no run is like it there is no estimate.

local graph = require "rille.graph"
local project = require "rille.project"

local estimate = {}

---@class Estimate  by position: { seconds, runs, same_code, uncertain } of each node that may run and has run before
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
local ALIKE <const> = 1.5       -- sizes of inputs that differ by less than this factor
local SMALL <const> = 65536     -- bytes of inputs that cost nothing worth an estimate
local SURE <const>, SPREAD <const> = 0.5, 3      -- seconds, and factor, by which runs alike differ
local GIVEN <const> = 200       -- inputs whose sizes are looked up
local LOOKED_UP <const> = 2000  -- cached steps whose seconds are read, one query each

-- The newest step runs, newest first: { same = rows, other = rows } under "STEP\0NODE" and "STEP"; same: with today's
-- code, wanted[STEP].
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
    if #list[kind] < RUNS then table.insert(list[kind], row) end
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

-- The bytes of an artifact that is given to an input, or nil.
local function bytes_of(given, uncommitted)
  local artifact = given[2] or uncommitted and uncommitted(given[1]) or project.meta:artifact(given[1])
  return artifact and artifact.size
end

-- The bytes of all inputs of a node; nil where they are not known yet, or too many.
local function input_bytes(plan, node, uncommitted)
  local total, n = 0, 0
  for _, input in ipairs(node[graph.INPUTS]) do
    local given = plan:given(input)
    n = n + (given and #given or GIVEN + 1)
    if n > GIVEN then return nil end
    for _, one in ipairs(given) do
      local bytes = bytes_of(one, uncommitted)
      if not bytes then return nil end
      total = total + bytes
    end
  end
  return total
end

local function are_alike(a, b)
  if a <= SMALL and b <= SMALL then return true end
  return math.max(a, b) <= ALIKE * math.min(a, b)
end

-- The seconds of the runs whose inputs were about as large.
local function seconds_of(rows, bytes)
  local list = {}
  for _, row in ipairs(rows) do
    if bytes and not row.bytes then row.bytes = project.meta:input_bytes(row.row) or 0 end
    if not bytes or are_alike(row.bytes, bytes) then list[#list + 1] = row.seconds end
  end
  return list
end

-- Do the runs differ so much that they say little of the next one?
local function is_uncertain(list)
  local least, most = math.min(table.unpack(list)), math.max(table.unpack(list))
  return most > SURE + SPREAD * least or nil
end

-- The estimate of one node.  A map that has no items yet has none: their number is not known.
local function of_node(past, plan, node, uncommitted)
  if graph.dynamic_of(node, "map") then return nil end
  local name, bytes = node[graph.STEP].name, nil
  for _, kind in ipairs { "same", "other" } do
    for _, found in ipairs { name .. "\0" .. node[graph.ID], name } do
      local rows = past[found] and past[found][kind]
      if rows then
        bytes = bytes or input_bytes(plan, node, uncommitted) or false
        local list = seconds_of(rows, bytes)
        if list[1] then
          return { seconds = median(list), runs = #list, same_code = kind == "same", uncertain = is_uncertain(list) }
        end
      end
    end
  end
end

local ENDED <const> = { completed = true, failed = true, skipped = true }

-- Calls visit(position, node) for the steps that may run, or run; with virtual also for maps and `when`.
local function each_open(plan, visit, virtual)
  for _, position in ipairs(plan:order()) do
    local node, status = plan.graph.nodes[position], plan:status(position)
    local is_open = status ~= "cached" and not ENDED[status] and plan:is_selected(position)
      and not plan:skip_reason(position)
    local is_step = not (plan:items_of(position) or graph.dynamic_of(node, "when"))
    if is_open and (virtual or is_step) then visit(position, node) end
  end
end

-- Seconds until the last open step ends when jobs run at a time and each begins as soon as it
-- can; math.huge jobs: the longest chain.
---@param plan Plan
---@param list table<integer, { seconds: number }> by position; nodes that are not in it cost nothing
---@param jobs number
---@param running table<integer, any>? positions of steps that run now
---@return number
function estimate.makespan(plan, list, jobs, running)
  local ends, last = {}, 0.0
  local free = {}
  for i = 1, jobs == math.huge and 0 or math.min(jobs, #plan.graph.nodes) do free[i] = 0.0 end
  local k = 0
  for i in next, running or {} do
    k = k + 1
    ends[i] = list[i] and list[i].seconds or 0.0
    if free[k] then free[k] = ends[i] end
    last = math.max(last, ends[i])
  end
  each_open(plan, function(i, node)
    if ends[i] then return end
    local start, worker = 0.0, nil
    local function after(source) start = math.max(start, ends[source[graph.POSITION]] or 0.0) end
    graph.each_source(plan.graph, node, after)
    for _, item in ipairs(plan:items_of(i) or {}) do after(item) end
    if list[i] then
      for n, free_at in ipairs(free) do if not worker or free_at < free[worker] then worker = n end end
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

-- What there is to estimate the open steps of a plan from.
---@param plan Plan
---@param spec fun(node: table): table
---@return table past
function estimate.past(plan, spec)
  local wanted = {}
  each_open(plan, function(_, node) wanted[node[graph.STEP].name] = spec(node).code.digest end)
  return next(wanted) and past_of(wanted) or {}
end

-- The estimate of each open step that runs or may run.
---@param past table of estimate.past
---@param plan Plan
---@param uncommitted (fun(digest: string): table?)? artifacts of this run that are not in the metadata yet
---@param visit fun(position: integer, one: { seconds: number, runs: integer, same_code: boolean }?)
function estimate.each(past, plan, uncommitted, visit)
  each_open(plan, function(i, node) visit(i, of_node(past, plan, node, uncommitted)) end)
end

---@param plan Plan
---@param spec fun(node: table): table
---@param jobs integer steps at a time
---@return Estimate
function estimate.of(plan, spec, jobs)
  local list = { seconds = 0.0, up_to = 0.0, unknown = 0, jobs = jobs }
  estimate.each(estimate.past(plan, spec), plan, nil, function(i, one)
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
  list.chain, list.with_jobs = estimate.makespan(plan, list, math.huge), estimate.makespan(plan, list, jobs)
  list.saved = project.meta and saved_by(plan) or 0.0
  return list
end

return estimate
