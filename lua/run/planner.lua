-- planner: the plan of a graph against the store as it is (plan/plan.lua knows neither disk nor database; what it
-- asks of them is answered here).

local errors = require "rille.base.errors"
local file_conflicts = require "rille.cache.file_conflicts"
local first_plan = require "rille.host.first_plan"
local fingerprint = require "rille.host.fingerprint"
local graph = require "rille.graph"
local internal_error = require "rille.base.internal_error"
local json = require "rille.json"
local key = require "rille.cache.key"
local lookup = require "rille.cache.lookup"
local plan = require "rille.plan"
local program = require "rille.project.program"
local project = require "rille.project"
local run_row = require "rille.record.run_row"
local node_memo = require "rille.cache.node_memo"
local own_run_view = require "rille.record.own_run_view"
local sys = require "rille.host.sys"
local types = require "rille.script.types"

local planner = {}

local STEP <const> = graph.STEP

-- specs(step): what the keys of a step's nodes begin with, and what of its code is recorded; made once for a step.
-- choices gets which components hear of a step that says so.
local function new_specs(stack, choices)
  local by_step = {}
  fingerprint.look()
  return function(step)
    if not step.run then return { prefix = "when", cacheable = false } end
    local spec = by_step[step]
    if not spec then
      spec = key.spec_of(step, program.observed)
      spec.code = run_row.code(step, spec)
      by_step[step] = spec
      if step.options.tracker or step.options.stack then
        choices[step] = require("rille.stack.node_options").choice(stack or require("rille.stack").of(nil), step)
      end
    end
    return spec
  end
end

-- A plan alone writes nothing: its values are hashed and dropped.
local function store_of_values()
  return project.mode == "write" and project.store or require "rille.artifact.null_store"
end

-- The digest of a value of the script that is an input; it becomes an artifact.
local function literal(input, port)
  local artifact = input[2]
  if not artifact then
    local ok, saved = internal_error.call(require("rille.artifact.materialize").save, input[1], input.type or port.type,
      { store = store_of_values() })
    if internal_error.is(saved) then error(saved, 0) end
    if not ok then errors.at(input[3], "%s", tostring(saved)) end
    artifact = saved
    input[2] = artifact
  end
  return artifact.digest
end

-- Calls f(artifact, env, ...) with an env that gives folders for files that it loads; they are removed afterwards.
-- artifact is nil where only its digest is known.
local function with_artifact(view, artifact, digest, f, ...)
  if not artifact then
    local found
    found, artifact = internal_error.call(view.by_digest, view, digest)
    if not found and internal_error.is(artifact) then error(artifact, 0) end
    if not found then return nil, artifact end
  end
  local folders = {}
  local value, message = f(artifact, { store = project.store, folder = function()
    folders[#folders + 1] = errors.need(sys.make_folder(project.scratch() .. "/in-"))
    return folders[#folders]
  end }, ...)
  for _, path in ipairs(folders) do sys.remove(path) end
  return value, message
end

local function items_of(artifact, env, port)
  return require("rille.artifact.list_items").of(artifact, port, env, { store = store_of_values() })
end

-- Values that steps were seen to ask of the run and of the history, and whether they are still the same.
local function value_checks(view)
  return {
    input = function(...) return view:holds(...) end,
    artifact = function(...) return require("rille.query.history").is_unchanged(...) end,
    ["ctx.stack"] = function(recorded, field) return require("rille.stack.view").fact(field) == recorded end,
    model = function(recorded, field, node)
      local data = view.models and view.models:data_of(node)
      return require("rille.record.model_links").fact(data, field) == recorded
    end,
  }
end

-- The names of a step and of its ports, as they are in the wiring.
local function shape_of(step)
  local names = { step.name }
  for _, port in ipairs(step.inputs) do names[#names + 1] = port.name end
  names[#names + 1] = ""
  for _, port in ipairs(step.outputs) do names[#names + 1] = port.name end
  return table.concat(names, "\0")
end

-- The prefix of the keys of a step whose nodes the first plan may look up by themselves, else nil; and its shape.
local function plain_prefix(spec)
  return function(step)
    local own, shape = spec(step), shape_of(step)
    for _, port in ipairs(step.inputs) do if types.takes_artifact(port.type) then return nil, shape end end
    return own.cacheable ~= false and own.prefix or nil, shape
  end
end

local function nothing_has_run() return nil, "not run before" end

-- What the plan asks of the world (plan/plan.lua).
local function world_of(g, view, specs, files, checks, store_id)
  local world = { spec = function(node) return specs(node[STEP]) end, literal = literal, lookup = nothing_has_run }
  if project.meta then
    -- with a memo few are looked up
    local records = lookup.records_for(function() return world.memo and world.memo.found and 0 or #g.nodes end)
    world.lookup = lookup.new(records, files, checks, store_id)
    -- results of another artifact store say so in what was read
    world.records, world.prefix = not store_id and records or nil, plain_prefix(specs)
  end
  function world.begin(begun) view.plan = begun end
  function world.noted(one) return json.pack(view:noted(one)) end
  if g.dynamic then
    function world.items(digest, port, artifact) return with_artifact(view, artifact, digest, items_of, port) end
    function world.truth(digest) return with_artifact(view, nil, digest, require("rille.artifact.list_items").truth) end
  end
  return world
end

-- Makes the plan.
---@param g table the graph
---@param options { pipeline: string, unlisted: boolean?, cache: boolean, only: string[]?, from: string[]?,
--- stack: rille.stack?, models: rille.run_models?, memo: boolean? the nodes of an earlier run may be taken }
---@return table plan
---@return fun(node: table): table spec
---@return table view what steps will see of the run (record/own_run_view.lua)
function planner.plan(g, options)
  -- the plan's own copy: it grows where it depends on data
  g = g.dynamic and require("rille.graph.map_items").growing(g) or g
  local files = file_conflicts.new(g)
  local view, choices = own_run_view.new(options.pipeline, options.unlisted or false), {}
  view.models = options.models
  local checks, specs = value_checks(view), new_specs(options.stack, choices)
  local store_id = options.stack and options.stack:store_id()
  local world = world_of(g, view, specs, files, checks, store_id)
  -- what steps capture is checked for all of them before any runs
  for _, step in ipairs(first_plan.steps(g.nodes, g.rows)) do specs(step) end
  local selection = (options.only or options.from) and require "rille.plan.selection"
  local chosen = selection and selection.of(g, options.only, options.from) or {}
  if project.meta then project.meta:hold() end
  if options.memo and world.records then world.memo = node_memo.of(g, options.pipeline) end
  local made = plan.new(g, world, { cache = options.cache, selected = chosen.selected, forced = chosen.forced })
  if project.meta then project.meta:release() end
  made.memo = made.columns and world.memo
  made.files, made.value_checks, made.choices, made.store_id = files, checks, choices, store_id
  if selection then selection.check(made) end
  return made, world.spec, view
end

return planner
