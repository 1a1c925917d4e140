-- run: one run of a pipeline from its definition to its record.
--
--   script -> pipeline -> graph -> plan -> execute -> record
--
-- run.pipeline(pipeline, options) returns the run's id and status; run.plan makes
-- the plan alone.  options.emit(event, position, data, more) hears of everything.

local cache = require "rille.cache.lookup"
local child_process = require "rille.execute.child_process"
local context = require "rille.execute.context"
local external = require "rille.script.external"
local internal_error = require "rille.base.internal_error"
local fingerprint = require "rille.host.fingerprint"
local map_items = require "rille.graph.map_items"
local single_flight = require "rille.cache.single_flight"
local graph = require "rille.graph"
local hash = require "rille.host.hash"
local list_items = require "rille.artifact.list_items"
local live_log = require "rille.record.live_log"
local json = require "rille.json"
local key = require "rille.cache.key"
local limits = require "rille.script.limits"
local materialize = require "rille.artifact.materialize"
local meta = require "rille.host.meta"
local errors = require "rille.base.errors"
local observe = require "rille.host.observe"
local parcel = require "rille.execute.message"
local pipelines = require "rille.script.pipeline"
local pipeline_graph = require "rille.script.pipeline_graph"
local plan = require "rille.plan"
local record = require "rille.record"
local selection = require "rille.plan.selection"
local project = require "rille.project"
local global_options = require "rille.project.global_options"
local program = require "rille.project.program"
local signals = require "rille.project.signals"
local running = require "rille.project.running"
local value_parser = require "rille.script.value_parser"
local sys = require "rille.host.sys"
local file_conflicts = require "rille.cache.file_conflicts"
local types = require "rille.script.types"
local running_run = require "rille.record.running_run"

local run = {}

local ID <const>, STEP <const>, INPUTS <const>, PARAMS <const> = graph.ID, graph.STEP, graph.INPUTS, graph.PARAMS

-- Leaves as they are kept: plain data, digests in hex.
local function leaves(info)
  local list = {}
  for i, leaf in ipairs(info.leaves) do
    list[i] = { path = leaf.path, kind = leaf.kind, digest = hash.hex(leaf.digest):sub(1, 32), text = leaf.text, source = leaf.source,
      line = leaf.line, last = leaf.last, code = leaf.code }
  end
  return list
end

-- What a step's code is made of, as JSON: kept for `rille why`.
local function code_text(s, spec)
  local ports = {}
  for _, port in ipairs(s.inputs) do ports[#ports + 1] = port.name .. ":" .. port.type.name end
  ports[#ports + 1] = "->"
  for _, port in ipairs(s.outputs) do ports[#ports + 1] = port.name .. ":" .. port.type.name end
  -- a command's recipe tells more than the leaves of the closure over it
  return json.pack { leaves = not s.command and leaves(spec.info) or {}, command = s.command and require("rille.script.recipe").text(s.command) or nil, ports = table.concat(ports, " "), version = s.version or nil, save = spec.save ~= "" and hash.hex(spec.save) or nil }
end

-- spec(node), one per step and set of options that matter.
local function specs()
  local memo = {}
  fingerprint.look()
  return function(node)
    local s = node[STEP]
    local spec = memo[s]
    if not s.run then return { prefix = "when", cacheable = false } end
    if not spec then
      spec = key.spec_of(s, program.observed)
      spec.code = { digest = hash.fields("c", spec.prefix), leaves = code_text(s, spec) }
      memo[s] = spec
    end
    return spec
  end
end

-- Where values go that become artifacts while a plan is made.
local function store_of_plan() return project.mode == "write" and project.store or require "rille.artifact.null_store" end

-- The digest of a value in the script that is an input; it becomes an artifact.
local function literal(input, port)
  local artifact = input[2]
  if not artifact then
    local ok, made = internal_error.call(materialize.save, input[1], input.type or port.type, { store = store_of_plan() })
    if internal_error.is(made) then error(made, 0) end
    if not ok then errors.at(input[3], "%s", tostring(made)) end
    artifact = made
    input[2] = artifact
  end
  return artifact.digest
end

local artifact_of

-- What a plan asks of the values that it depends on: world.items, world.truth.
-- holder.made are the artifacts that are not committed yet.
local function add_values(world, holder)
  -- f(artifact, env, ...), with folders for files that it loads
  local function look(artifact, digest, f, ...)
    local found = artifact ~= nil
    if not found then found, artifact = internal_error.call(artifact_of, holder, digest) end
    if not found and internal_error.is(artifact) then error(artifact, 0) end
    if not found then return nil, artifact end
    local folders = {}
    local value, message = f(artifact, { store = project.store, folder = function()
      folders[#folders + 1] = errors.need(sys.make_folder(project.scratch() .. "/in-"))
      return folders[#folders]
    end }, ...)
    for _, path in ipairs(folders) do sys.remove(path) end
    return value, message
  end
  local function items_of(artifact, env, port) return list_items.of(artifact, port, env, { store = store_of_plan() }) end
  function world.items(digest, port, artifact) return look(artifact, digest, items_of, port) end
  function world.truth(digest) return look(nil, digest, list_items.truth) end
end

-- What a plan asks of artifacts that inputs are handed; holder.view goes on with the
-- run (within.lua).
local function add_view(world, holder, options)
  local unwritten = { row_of = {}, noted = {}, made = holder.made, prefix = options.pipeline .. "::", is_written = function() return true end }
  local view = running_run.new(nil, unwritten, { pipeline = options.pipeline, unlisted = options.unlisted or false })
  function world.begin(p) view.plan = p end
  function world.noted(one) return json.pack(view:noted(one)) end
  holder.view = view
end

-- The plan of a graph against the store as it is.
local function make_plan(g, options)
  local lookup
  -- the plan's own: it grows where that depends on data
  g = g.dynamic and map_items.growing(g) or g
  local files = file_conflicts.new(g)
  local world, holder = { literal = literal }, { made = {} }
  add_view(world, holder, options)
  -- values that steps were seen to ask this run and the history for
  local checks = {
    input = function(...) return holder.view:holds(...) end,
    artifact = function(...) return require("rille.query.history").is_unchanged(...) end,
  }
  if project.meta then lookup = cache.lookup(#g.nodes, files, checks) else lookup = function() return nil, "nothing has run yet" end end
  local spec = specs()
  -- what a step captures is checked for all before any runs
  for _, node in ipairs(g.nodes) do spec(node) end
  local chosen = selection.of(g, options.only, options.from) or {}
  world.lookup, world.spec = lookup, spec
  if g.dynamic then add_values(world, holder) end
  if project.meta then project.meta:hold() end
  local p = plan.new(g, world, { cache = options.cache, selected = chosen.selected, forced = chosen.forced })
  if project.meta then project.meta:release() end
  p.files, p.value_checks = files, checks
  selection.check(p)
  return p, spec, holder
end

-- An artifact by digest: from this run while it is not committed, else stored.
function artifact_of(recorder, digest)
  local made = recorder.made[digest]
  if made then return made end
  local kind, materializer, version, bytes, name = project.meta:inline(digest)
  if kind then
    return { digest = digest, type = kind, materializer = materializer, version = version, members = { { name = name, size = #bytes, bytes = bytes } } }
  end
  local artifact = project.meta:artifact(digest)
  if not artifact then error("artifact " .. hash.hex(digest):sub(1, 12) .. " is not in the metadata", 0) end
  return artifact
end

-- Makes each of a list of Plan:given the artifact with all that it has; returns what
-- their steps said of them, packed.
local function hand_over(recorder, list)
  local texts = {}
  for k, one in ipairs(list) do
    texts[k] = json.pack(recorder.view:noted(one))
    list[k] = one[2] or recorder.made[one[1]] or project.meta:artifact(one[1]) or artifact_of(recorder, one[1])
  end
  return texts
end

local function request_of(p, i, recorder)
  local node = p.graph.nodes[i]
  local inputs, handed = {}, nil
  for n, input in ipairs(p:known_error(i) and {} or node[INPUTS]) do
    local list, is_list = p:given(input)
    if types.takes_artifact(node[STEP].inputs[n].type) then
      handed = handed or {}
      handed[n] = hand_over(recorder, list)
    else
      for k, one in ipairs(list) do list[k] = one[2] or artifact_of(recorder, one[1]) end
    end
    inputs[n] = is_list and { list = list } or list[1]
  end
  local params, objects = parcel.needed(node[PARAMS])
  local request = { position = i, id = node[ID], seed = key.seed(p:key(i)), params = params, objects = objects, inputs = inputs,
    handed = handed, run = recorder.identity, broken = p:known_error(i) }
  local options = node[STEP].options
  if options.timeout or options.resources then
    request.timeout, request.memory, request.alone = options.timeout or nil, (options.resources or {}).memory, true
  end
  return request
end

-- Does a step's code bring in code, which may set what others capture?
local LOADERS = { dofile = true, load = true, loadfile = true, require = true }
local function loads_code(info)
  for _, name in ipairs(info.reaches) do if LOADERS[name] then return true end end
  return false
end

-- Another node whose code captures what the step of node i changed: its position.
local function sharer(p, spec, i)
  local same = {}
  for j, node in ipairs(p.graph.nodes) do
    local fn = node[STEP].run
    local state = node[STEP].receiver or fn
    if fn and j ~= i and same[state] == nil then
      same[state] = fingerprint.check(fn, spec(node).info)
      if not same[state] then return j end
    end
  end
end

-- Another node whose code may load what the step of node i changed: its position.
local function loader(p, spec, i)
  for j, node in ipairs(p.graph.nodes) do
    if j ~= i and node[STEP].run and loads_code(spec(node).info) then return j end
  end
end

-- May others take the result?  Says why not, once per step and reason.
-- isolated: no step sees what another did to the script's state.
local function judge_with(p, spec, recorder, emit, isolated)
  local said = {}
  local function note(i, text)
    local name = p.graph.nodes[i][STEP].name
    if not said[name .. text] then
      said[name .. text] = true
      emit("note", i, text)
    end
  end
  -- what another step of the graph wrote is read with a wire to it, or not at all
  local function check_files(i, answer)
    local trespassed = p.files:ran(i, p:key(i), answer)
    -- another process may have written what this plan has looked at
    if #(answer.writes or {}) + #(answer.impure or {}) > 0 then observe.new_plan() end
    if trespassed and answer.ok then answer.ok, answer.error, answer.trace = false, trespassed, nil end
  end
  return function(answer)
    -- what another process did may have made stale what this one knows of files
    if isolated then observe.new_plan() end
    -- what made the damaged one is about to run again
    if answer.lost then recorder:catch_up() end
    local i = answer.position
    local node = p.graph.nodes[i]
    local s = spec(node)
    answer.reusable = false
    for _, artifact in ipairs(answer.outputs or {}) do recorder.made[artifact.digest] = artifact end
    if answer.altered then
      note(i, string.format(isolated and "it changed %s, which it captures; no other step sees the change: return the value instead"
        or "it changed %s, which it captures; later steps of this run that capture it are not cached", answer.altered))
    end
    for _, text in ipairs(answer.notes or {}) do note(i, text) end
    for _, text in ipairs(answer.ok and answer.ended or {}) do note(i, text) end
    check_files(i, answer)
    if not answer.ok or node[STEP].options.cache == false then return end
    if s.why then return note(i, "not cached: " .. s.why) end
    local first = answer.impure and answer.impure[1]
    if first and not s.always then
      local where = first.where == "?" and node[STEP].at or first.where
      return note(i, string.format('not cached: it uses %s%s; say cache = "always" to insist', first.what, where and where ~= "" and " at " .. where or ""))
    end
    -- a hit would leave the state alone, and the other would see it so; where
    -- steps are isolated it sees it so anyway
    local other = not isolated and (answer.altered or loads_code(s.info)) and sharer(p, spec, i)
    if other then
      return note(i, string.format("not cached: it changed what step %s captures", p.graph.nodes[other][ID]))
    end
    other = not isolated and answer.acted and loader(p, spec, i)
    if other then
      return note(i, string.format("not cached: what it did to %s may be seen by step %s, which loads code", answer.acted, p.graph.nodes[other][ID]))
    end
    if answer.stale then return note(i, string.format("not cached: %s was changed by an earlier step of this run", answer.stale)) end
    if answer.changed and #answer.changed > 0 then return note(i, "not cached: " .. answer.changed[1] .. " changed while it ran") end
    answer.reusable = true
  end
end

local function check_tags(tags)
  for _, tag in ipairs(tags) do
    local flaw = value_parser.tag_flaw(tag)
    if flaw then errors.raise("tags: %s", flaw) end
  end
  return tags
end

-- What callers add to a run, and which steps it was asked for.
local function extra_of(options)
  local extra = options.extra
  if options.only or options.from then
    extra = {}
    for k, v in next, options.extra or {} do extra[k] = v end
    extra.only, extra.from = options.only, options.from
  end
  return extra and json.pack(extra) or nil
end

local function begin_fields(pipeline, params, g, options)
  local spec, spec_hash = graph.spec(g)
  return {
    id = meta.new_id(), name = options.run_name or pipeline.name .. "-" .. os.date("!%Y%m%d-%H%M%S") .. "-{n}", pipeline = pipeline.name,
    spec_hash = spec_hash, spec = spec, params = json.pack(params), script = program.script and project.show_path(program.script) or "",
    stack = "default", cache = options.cache ~= false, unlisted = options.unlisted or false, started = sys.now(),
    tags = json.pack(check_tags(options.tags or {})), keys = key.FORMAT, sources = observe.sources(), extra = extra_of(options),
    origins = external.origins(g),
  }
end

local function fill_name(name, pipeline)
  local flaw = value_parser.name_flaw(name)
  if flaw then errors.raise("run_name: %s", flaw) end
  local now = os.date "!*t"
  return (name:gsub("{(%a+)}", function(what)
    if what == "n" then return nil end
    if what == "date" then return string.format("%04d%02d%02d", now.year, now.month, now.day) end
    if what == "time" then return string.format("%02d%02d%02d", now.hour, now.min, now.sec) end
    if what == "pipeline" then return pipeline.name end
    errors.raise('run_name: unknown field "{%s}"; there is {n}, {date}, {time}, {pipeline}', what)
  end))
end

local function show_amount(name, amount) return name == "memory" and limits.show_bytes(amount) or tostring(amount) end

-- Without a word about cpu a step that asks for more than there is runs alone.
local function check_needs(s, id, pool, given)
  for _, name in ipairs { "cpu", "memory", "gpu" } do
    local need = (s.options.resources or {})[name]
    if need and need > pool[name] and (name ~= "cpu" or given.cpu) then
      errors.at(s.at, 'step "%s" asks for %s = %s, but this run has %s; rille run --resources %s=... says what there is', id, name,
        show_amount(name, need), show_amount(name, pool[name]), name)
    end
  end
end

-- This process can keep no limits.
local function check_limits(s, id)
  local o = s.options
  if o.timeout or o.resources and o.resources.memory then
    errors.at(s.at, 'step "%s" has a %s, which only a worker process can keep; run it with jobs = 1 or more', id, o.timeout and "timeout" or "memory limit")
  end
end

-- What a run has to run with: jobs, or nil for this process alone, and the pool of
-- resources.  A step that wants more is a mistake told before any runs.
local function means_of(p, options)
  local jobs = global_options.jobs or options.jobs or global_options.processors or nil
  local given = options.resources and limits.pool("resources", options.resources) or {}
  local pool = { cpu = given.cpu or jobs or 1, memory = given.memory or sys.memory(), gpu = given.gpu or 0 }
  for i, node in ipairs(p.graph.nodes) do
    local s = node[STEP]
    if not p:is_cached(i) and (s.options.resources or s.options.timeout) then
      check_needs(s, node[ID], pool, given)
      if not jobs and not options.runner then check_limits(s, node[ID]) end
    end
  end
  return { jobs = jobs, pool = pool }
end

-- Forked workers in the program and where jobs are asked for, else this process.
local function runner_of(env, means, options)
  if options.runner then return options.runner(env) end
  local runner = require "rille.execute.runner"
  return means.jobs and runner.forked(env, means.jobs) or runner.inline(env)
end

-- What the steps that run see of the world around them.
local function environment(p, spec, recorder, options, emit)
  local view = options.view
  recorder.noted, recorder.view = view.recorder.noted, view
  view.recorder, view.run = recorder, { id = recorder.identity.id, name = recorder.identity.name, pipeline = options.pipeline, unlisted = options.unlisted or false }
  local function look(method, ...) return view[method](view, ...) end
  -- a worker that was forked before a map was known to have an item knows the map
  local function node(id) return p.graph.by_id[id] or p.graph.by_id[map_items.map_of(id)] end
  return { store = project.store, root = project.scratch(), node = node, spec = spec,
    epoch = 0, echo = not (global_options.quiet or global_options.json), around = options.audit and options.audit.around,
    kind = function(i) return p.graph.nodes[i][STEP].run end,
    ask = function(method, ...)
      if method == "within" then return look(...) end
      return project.meta[method](project.meta, ...)
    end,
    within = look,
    hand = function(...) return require("rille.query.history").handed(...) end,
    tell = emit,
    history = function()
      context.check_history()
      return require("rille.query.history").pipeline(options.pipeline)
    end }
end

local BRIEF_HOOK <const> = 0.1   -- seconds

-- hook(answer): the step's hook for what became of it.  Nothing is committed while one
-- runs: so what has ended is committed before, unless that hook is known to be brief.
local function hooks_with(p, recorder, env, options)
  local hook = require "rille.execute.hooks"
  local brief = {}
  return function(answer)
    local i = answer.position
    local s = p.graph.nodes[i][STEP]
    local name = answer.ok and "on_success" or "on_failure"
    local f = hook.of(s.options, options.hooks, name)
    if f then
      env.tell("hook", i)
      local waits <close> = signals.waiting_for "step"
      assert(waits)
      if not brief[f] then recorder:commit() end
      local t0 = sys.mono()
      hook.call(name, f, s, request_of(p, i, recorder), answer, env)
      brief[f] = sys.mono() - t0 < BRIEF_HOOK
    end
    if answer.ok then recorder.noted[i] = answer.noted or false end
  end
end

-- What signals ask for (lua/execute/execute.lua).
local ASKED <const> = { [child_process.FINISH] = "finish", [child_process.END] = "end", [child_process.KILL] = "kill" }

local function stop_asked()
  local signal, level = signals.received()
  return signal ~= nil and ASKED[level]
end

local RECORDED = { step_end = true, step_failed = true, step_stopped = true }

local function world_of(p, spec, recorder, emit, options)
  local env = environment(p, spec, recorder, options, emit)
  local where = runner_of(env, options.means, options)
  local nodes = p.graph.nodes
  local judge = judge_with(p, spec, recorder, emit, where.isolated)
  -- what workers wait for comes first, the rows of what they did after it
  local record_step = where.isolated and recorder.later or recorder.add
  env.idle = function() recorder:catch_up() end
  return {
    runner = where, stop_asked = stop_asked, mode = options.execution_mode, pool = options.means.pool, now = sys.mono,
    request = function(i) return request_of(p, i, recorder) end,
    needs = function(i) return nodes[i][STEP].options.resources end,
    -- what can only fail fails once
    retries = function(i) return not p:known_error(i) and nodes[i][STEP].options.retries end,
    hook = hooks_with(p, recorder, env, options),
    judge = options.audit and options.audit:judging(judge, p) or judge,
    emit = function(event, i, extra, more)
      if RECORDED[event] then
        if not extra.unstarted then record_step(recorder, p, i, extra, spec(nodes[i]), p:reason(i)) end
      elseif event == "step_skipped" then
        recorder:add_skipped(p, i, extra)
      end
      emit(event, i, extra, more)
    end,
  }
end

-- Runs the ready steps and what they open up; returns the status.
local function carry_out(p, world, recorder)
  local ok, status = internal_error.call(require("rille.execute").run, p, world)
  world.runner:dismiss()
  if not ok then
    world.emit "abort"
    world.runner:close()
    error(status, 0)
  end
  return status
end

-- Calls f, between the beginning of a run and its end: when it fails the run has failed.
local function ending(recorder, p, f, ...)
  local ok, result = internal_error.call(f, ...)
  if ok then return result end
  recorder:give_up(p, internal_error.is(result) and "internal error" or (tostring(result):match "[^\n]*"))
  error(result, 0)
end

local EXPLAINED <const> = 20     -- misses whose reason is worked out before the run

-- Says of the first misses why they are none, for the console and the record.
local function explain(p, spec, name)
  local why
  for n, i in ipairs(p:ready_positions()) do
    if n > EXPLAINED then return end
    if not p:reason(i) then
      why = why or require "rille.query.why"
      p:set_reason(i, why.of_miss(p, spec, i, name))
    end
  end
end

-- With -v the reason of every step that begins, in full.
local function explain_one(p, spec, name, i)
  if global_options.verbose then p:set_reason(i, require("rille.query.why").of_miss(p, spec, i, name, true)) end
end

local function ignore() end

-- A run from its beginning in the record to its end.
local function perform(result, spec, recorder, options)
  local p, name = result.plan, result.pipeline
  local emit = options.emit or ignore
  emit("plan", nil, { result = result, plan = p, info = recorder.run, spec = spec, jobs = options.means and options.means.jobs, cache = options.cache })
  if recorder.run.number > 1 then explain(p, spec, name) end
  if p:all_cached() then
    result.seconds = sys.mono() - options.began
    emit "run_end"
    return result
  end
  emit "run_begin"
  -- tells of the steps that a condition skipped
  local function tell_skips()
    for i in p.next_skipped, p do emit("step_skipped", i, nil, p:skip_reason(i)) end
  end
  tell_skips()
  local notes = live_log.new(recorder.run, p)
  local function watch(event, i, answer, more)
    if event == "step_begin" then explain_one(p, spec, name, i) end
    notes:heed(event, i, answer, more)
    if event == "step_failed" and not result.failed then result.failed = { position = i, answer = answer, id = p.graph.nodes[i][ID] } end
    emit(event, i, answer, more)
    tell_skips()
  end
  local world = world_of(p, spec, recorder, watch, options)
  local keys <close> = single_flight.join(world, p, recorder, options.newest, watch)
  result.status = carry_out(p, world, recorder)
  program.set_stop_reported(result.status == "stopped" and not (global_options.quiet or global_options.json))
  result.seconds = sys.mono() - options.began
  notes:flush()
  recorder:finish(p, result.status, result.failed and "step " .. result.failed.id .. " failed" or nil, result.seconds)
  keys:committed()
  notes:close()
  world.runner:close()
  emit "run_end"
  if result.failed and result.failed.answer.fault then error(internal_error.of(result.failed.answer), 0) end
  return result
end

-- Runs a graph; options are those of :run (rille help pipelines), and overrides,
-- hooks = { on_failure, on_success }, runner, emit (in place of the console).  jobs
-- nil: the program's number, or in a library this process alone.
---@return table result { id, name, status, number, failed = first failed answer }
function run.graph(pipeline, g, params, options)
  program.check_may_run(string.format('step "%s"', pipeline.name))
  options.run_name = options.run_name and fill_name(options.run_name, pipeline)
  project.need "write"
  local t0 = sys.mono()
  options.cache = options.cache ~= false and pipeline.cache ~= false     -- off anywhere wins
  options.pipeline = pipeline.name
  options.began, options.newest = t0, single_flight.newest()
  local p, spec, holder = make_plan(g, options)
  local fields = begin_fields(pipeline, params, g, options)
  local all_cached = p:all_cached()
  if not all_cached then
    options.means = means_of(p, options)
    project.scratch()       -- a store that cannot have one is told of before there is a run
  end
  local recorder = record.begin(project, fields, p, all_cached and sys.mono() - t0 or nil)
  -- from here on there is a row that says it is running
  local waits <close> = signals.waiting_for(options.means and options.means.jobs and "workers" or "step")
  assert(waits)
  holder.made, options.view = recorder.made, holder.view
  local info = recorder.run
  info.id = fields.id
  recorder.identity = { id = info.id, name = info.name }
  local result = { id = fields.id, row = info.row, name = info.name, pipeline = pipeline.name, status = "completed", plan = p }
  return ending(recorder, p, perform, result, spec, recorder, options)
end

-- The options with what their configuration file says.
local function configured(pipeline, options)
  if not options.config then return options end
  return require("rille.script.config").applied(pipeline, options)
end

-- Runs a pipeline.
function run.pipeline(pipeline, options)
  program.check_may_run(string.format('pipeline "%s"', pipeline.name))
  if running.is_step() then errors.raise('pipeline "%s" cannot be run inside a step', pipeline.name) end
  options = configured(pipeline, options)
  options.hooks = { on_failure = pipeline.on_failure, on_success = pipeline.on_success }
  -- what is from outside is looked up while the graph is built
  local _, exists = project.find()
  if exists then project.need "write" end
  local g, params = pipeline_graph.build(pipeline, options.params, options.overrides, options.adjust, options.inputs or {})
  return run.graph(pipeline, g, params, options)
end

-- The plan of a pipeline, its specs and the options in full: nothing is run,
-- nothing is written.
function run.plan(pipeline, options)
  options = configured(pipeline, options)
  local g = pipeline_graph.build(pipeline, options.params, options.overrides, options.adjust, options.inputs or {})
  local _, exists = project.find()
  if exists then project.need "read" end
  local p, spec = make_plan(g, { cache = options.cache ~= false and pipeline.cache ~= false, pipeline = pipeline.name })
  return p, spec, options
end

return run
