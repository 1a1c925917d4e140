-- mixture: one mixture of two recorded runs, in a process of its own (run/blame/oracle.lua forks it).
--
-- The script is loaded from a text in which each place that changed is as in the one run or as in the other, and the
-- graph that it defines is given the parameters, the values and the results of earlier steps that the mixture says.
-- So a mixture has the keys that an ordinary run of that script has: at both ends all is cached.  A mixture that runs
-- is an invisible run: it has no name in a list, makes no version and leaves nothing but results in the cache.
--
--   report  { ok, stage, text?, nodes, leaves } of a dry order, { ok, status, steps, failed?, text?, ran, key, outputs,
--           metrics, given } of one that ran; plain data

---@class rille.blame.order
---@field path string absolute, of the main script
---@field text string of it
---@field modules table<string, string> files that it requires whose text is another than today's, by their paths
---@field pipeline string
---@field params table<string, any> of the pipeline
---@field forced table<string, table<string, any>> parameters of steps, by id and name
---@field literals table<string, table<string, string>> digests of values that are inputs, by id and port
---@field pinned table<string, table<string, string>> digests of the outputs of steps that do not run, by id and output
---@field target string? id of the step that is asked for; nil: all steps
---@field of string? id of a step: which nodes it needs is told
---@field dry boolean nothing runs
---@field stack string? of the runs; nil: the active one
---@field rows table<string, integer>? step runs whose reads are compared with what is there today, by id
---@field salt integer? other random numbers than usual

local errors = require "rille.base.errors"
local global_options = require "rille.project.global_options"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local lookup = require "rille.cache.lookup"
local mixed_graph = require "rille.run.blame.mixed_graph"
local observe = require "rille.host.observe"
local outcome = require "rille.record.outcome"
local pipelines = require "rille.script.pipeline"
local pipeline_graph = require "rille.script.pipeline_graph"
local program = require "rille.project.program"
local project = require "rille.project"
local script_file = require "rille.run.script_file"

local mixture = {}

local ID <const>, STEP <const> = graph.ID, graph.STEP

-- The script ---------------------------------------------------------------------------------

-- The names under which a file may be required: "lib/sums.lua" as lib.sums, and as sums where package.path has
-- lib/?.lua.
local function names_of(path, modules)
  local stem = path:gsub("%.lua$", ""):gsub("/init$", "")
  local names, rest = { (stem:gsub("/", ".")) }, stem:match "/(.*)$"
  while rest do
    if not modules[rest .. ".lua"] then names[#names + 1] = rest:gsub("/", ".") end
    rest = rest:match "/(.*)$"
  end
  return names
end

-- Makes modules load from texts in place of their files.
local function preload(order)
  local folder = order.path:match "^(.*)/"
  for path, text in next, order.modules do
    local function load_module(name)
      local chunk, message = observe.load_script(folder .. "/" .. path, text, "@" .. path)
      if not chunk then error(string.format("error loading module '%s':\n\t%s", name, message), 0) end
      return chunk(name, path)
    end
    for _, name in ipairs(names_of(path, order.modules)) do package.preload[name] = load_module end
  end
end

-- Loading runs nothing: a script that runs its pipeline when it is loaded is loaded up to there.
local function load(order)
  program.inspect "blame"
  local ok, pipeline = internal_error.call(script_file.pipeline_of_text, order.path, order.text, order.pipeline)
  program.inspect(nil)
  if ok then return pipeline end
  local defined = program.was_refused() and pipelines.pipelines[order.pipeline]
  return defined or error(pipeline, 0)
end

-- The parameters that the pipeline declares in this mixture.
local function params_of(pipeline, order)
  local params = {}
  for _, param in ipairs(pipeline.params) do params[param.name] = order.params[param.name] end
  return params
end

-- The plan -----------------------------------------------------------------------------------

-- What a step run would be, told without running what comes before it.
local function symbol_of(node, spec, symbols, i)
  local parts = { spec.prefix, mixed_graph.params_of(node) }
  for _, from in ipairs(mixed_graph.sources(node)) do
    parts[#parts + 1] = from.literal or symbols[from.position] .. ":" .. from.output
  end
  if spec.cacheable == false then parts[#parts + 1] = "here " .. i end
  return hash.sha256(table.concat(parts, "\0"))
end

-- The ids of the steps that a step takes something from, as a set.
local function sources_of(g, node)
  local ids = {}
  graph.each_source(g, node, function(source) ids[source[ID]] = true end)
  return ids
end

-- Why what the recorded step run of a node read is no longer so; nil where it is.
local function stale_reason(plan, node, row)
  local kept = row and project.meta:step_row(row)
  if not kept or not kept.reads then return nil end
  local same, why = lookup.holds(kept.reads, node, plan.value_checks)
  return not same and (why or "what it read changed") or nil
end

-- The nodes that a branch depends on.
local function conditions_of(g)
  local set = {}
  for _, guard in next, g.guards do
    while guard do
      set[graph.source(guard.condition)] = true
      guard = guard.outer
    end
  end
  return set
end

local function describe_nodes(plan, spec, rows)
  local list, symbols, leaves, conditions = {}, {}, {}, conditions_of(plan.graph)
  for i, node in ipairs(plan.graph.nodes) do
    local one = spec(node)
    local code = one.code and hash.hex(one.code.digest) or ""
    -- steps with the same code may call its parts otherwise
    leaves[node[STEP].name .. code] = one.code and one.code.leaves or ""
    local params, opaque = mixed_graph.params_of(node)
    symbols[i] = symbol_of(node, one, symbols, i)
    list[i] = { id = node[ID], step = node[STEP].name,
      code = code, params = params, opaque = opaque, wires = mixed_graph.wires_text(node),
      literals = mixed_graph.literals(node), values = mixed_graph.value_names(node), symbol = hash.hex(symbols[i]),
      sources = sources_of(plan.graph, node),
      dynamic = graph.dynamic_of(node) ~= nil, condition = conditions[node] or false,
      stale = stale_reason(plan, node, rows[node[ID]]),
      cacheable = one.cacheable ~= false, cached = plan:is_cached(i), random = mixed_graph.is_random(one) }
  end
  return list, leaves
end

local function options_of(order)
  return { unlisted = true, invisible = true, recorded_as = order.pipeline .. " (blame)",
    run_name = order.pipeline .. "-blame-{date}-{time}-{n}", stack = order.stack,
    execution_mode = "stop_on_failure" }
end

-- The pipeline without its hooks.
local function shell_of(pipeline) return { name = pipeline.name, model = rawget(pipeline, "model") } end

-- Marks the nodes that a step needs, and itself.
local function mark_upstream(g, nodes, id)
  local node = id and mixed_graph.node_of(g, id)
  if not node then
    for _, one in ipairs(nodes) do one.upstream = id == nil end
    return
  end
  local set = graph.ancestors(g, node[graph.POSITION])
  for i, one in ipairs(nodes) do one.upstream = set[i] or one.id == node[ID] end
end

local function inspect(pipeline, g, order)
  local plan, spec = require("rille.run").plan_graph(shell_of(pipeline), g, options_of(order))
  local nodes, leaves = describe_nodes(plan, spec, order.rows or {})
  mark_upstream(plan.graph, nodes, order.of)
  return { ok = true, nodes = nodes, leaves = leaves }
end

-- The run ------------------------------------------------------------------------------------

local function step_results(result)
  local steps = {}
  local plan = result.plan
  for i, node in ipairs(plan.graph.nodes) do
    local digests, names = plan:output_digests(i), {}
    for k, port in ipairs(node[STEP].outputs) do
      names[port.name] = digests and hash.hex(digests:sub(32 * k - 31, 32 * k)) or nil
    end
    local key = plan:key(i)
    steps[node[ID]] = { status = plan:status(i), outputs = names, key = key and hash.hex(key) or nil,
      sources = sources_of(plan.graph, node) }
  end
  return steps
end

-- What a step was given: { port, digests as text, id of the step that made the first }.
local function given_to(plan, node)
  local list = {}
  for k, input in ipairs(node[graph.INPUTS]) do
    local digests, given = {}, plan:given(input) or {}
    for n, one in ipairs(given) do digests[n] = hash.hex(one[1]) end
    local source = given[1] and given[1][3] and plan.graph.nodes[given[1][3]]
    list[k] = { port = node[STEP].inputs[k].name, digests = table.concat(digests, " "), from = source and source[ID] }
  end
  return list
end

local function metrics_of(result, id)
  local row = project.meta:step(result.row, id)
  return row and row.metrics and json.unpack(row.metrics) or {}
end

local function first_line(text) return (tostring(text):match "[^\n]*") end

-- What the mixture gave, as asked for by the order.
local function report_of(result, order)
  local counts = outcome.counts(result.plan)
  local report = { ok = result.status == "completed", stage = "run", status = result.status, run = result.name,
    steps = step_results(result), ran = counts.ran or 0 }
  if result.failed then
    report.failed, report.text = result.failed.id, first_line(result.failed.answer.error)
  end
  if order.target then
    local target = report.steps[order.target]
    report.key, report.outputs = target and target.key, target and target.outputs
    report.metrics = report.ok and metrics_of(result, order.target) or {}
    report.given = target and given_to(result.plan, result.plan.graph.by_id[order.target])
  end
  return report
end

local function perform(pipeline, g, params, order)
  mixed_graph.silence(g)
  local options, writes = options_of(order), {}
  function options.emit(event, _, answer)
    if event ~= "step_end" and event ~= "step_failed" then return end
    for _, one in ipairs(answer.writes or {}) do writes[project.resolve(one.path)] = true end
  end
  local report = report_of(require("rille.run").graph(shell_of(pipeline), g, params, options), order)
  report.writes = writes
  return report
end

-- The child ----------------------------------------------------------------------------------

local function text_of(err)
  if type(err) == "table" and (err.usage or err.message) then return tostring(err.usage or err.message) end
  return errors.text_of(err, "the script")
end

local function carry_out(order, stage)
  preload(order)
  local pipeline = load(order)
  stage.name = "build"
  local params = params_of(pipeline, order)
  local g, full = pipeline_graph.build(pipeline, params, nil, nil, mixed_graph.inputs(pipeline, order))
  g = mixed_graph.apply(g, order)
  if order.salt then mixed_graph.salt(g, order.salt) end
  stage.name = "run"
  if order.dry then return inspect(pipeline, g, order) end
  return perform(pipeline, g, full, order)
end

-- Carries out an order in this process, which has loaded no script before.
---@param order rille.blame.order
---@return table report
function mixture.carry_out(order)
  -- no handle survives a fork
  project.abandon()
  global_options.set { silent = true, quiet = true, json = false, verbose = false }
  project.need(order.dry and "read" or "write")
  local stage = { name = "load" }
  local ok, report = internal_error.call(carry_out, order, stage)
  if ok then return report end
  if internal_error.is(report) then return { ok = false, stage = "internal", text = tostring(report) } end
  return { ok = false, stage = stage.name, text = first_line(text_of(report)) }
end

return mixture
